/* Pooling, and other sizes of the spatial axes. */
#include "net/layer.h"
#include <string.h>

#define GROUP  .group = "Pooling and other sizes"
#define WINDOW "kernel stride padding pad_lo pad_hi dilation"

static frs_pool_opts pool_of(const frs_layer *l) {
    frs_pool_opts o = {0};
    FRS_LAYER_WINDOW(o, l);
    return o;
}
static frs_tensor *max_pool(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_pool_opts o = pool_of(l);
    return frs_max_pool(b, in[0], &o);
}
static frs_tensor *average_pool(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_pool_opts o = pool_of(l);
    return frs_avg_pool(b, in[0], &o);
}
FRS_LAYER_TYPE(max_pool, max_pool, GROUP, .fields = WINDOW, .shapes = "as `conv`, of C channels",
               .doc = "the largest of each window; stride 0: the kernel",
               FRS_EXAMPLE(max_pool, .kernel = {2}), .in = {{3, {8, 8, 4}}}, .out = {3, {4, 4, 4}});
FRS_LAYER_TYPE(average_pool, average_pool, GROUP, .fields = WINDOW,
               .shapes = "as `conv`, of C channels",
               .doc = "the mean of what of each window lies within x",
               FRS_EXAMPLE(average_pool, .kernel = {3}, .stride = {2}, .padding = FRS_SAME),
               .in = {{2, {9, 4}}}, .out = {2, {5, 4}});

FRS_LAYER_OF_ONE(global_max, frs_global_pool(b, in[0], FRS_POOL_MAX))
FRS_LAYER_OF_ONE(global_average, frs_global_pool(b, in[0], FRS_POOL_AVG))
FRS_LAYER_TYPE(global_max_pool, global_max, GROUP, .fields = "", .shapes = "[B, n.., C] -> [B, C]",
               .doc = "the largest over all of space", FRS_EXAMPLE(global_max_pool),
               .in = {{3, {8, 8, 4}}}, .out = {1, {4}});
FRS_LAYER_TYPE(global_average_pool, global_average, GROUP, .fields = "",
               .shapes = "[B, n.., C] -> [B, C]",
               .doc = "the mean over all of space. Lin et al. (2014), arXiv:1312.4400",
               FRS_EXAMPLE(global_average_pool), .in = {{3, {8, 8, 4}}}, .out = {1, {4}});

/* shape: the sizes of the spatial axes */
static frs_tensor *adaptive(frs_builder *b, const frs_layer *l, frs_tensor *x, frs_pool_kind kind) {
    const int n = frs_tensor_shape(x).rank - 2;
    int out[3] = {0};
    for (int i = 0; i < 3 && i < l->shape.rank; i++)
        out[i] = l->shape.dim[i] > INT16_MAX ? INT16_MAX : (int)l->shape.dim[i];
    if (x && l->shape.rank != 1 && l->shape.rank != n)
        frs__build_fail(b, FRS_E_ARG, _("%s: %d sizes in 'shape' for %d spatial axes"), l->type,
                        l->shape.rank, n);
    return frs_adaptive_pool(b, x, kind, out);
}
FRS_LAYER_OF_ONE(adaptive_max, adaptive(b, l, in[0], FRS_POOL_MAX))
FRS_LAYER_OF_ONE(adaptive_average, adaptive(b, l, in[0], FRS_POOL_AVG))
FRS_LAYER_TYPE(adaptive_max_pool, adaptive_max, GROUP, .fields = "shape",
               .shapes = "[B, n.., C] -> [B, shape.., C]",
               .doc = "the largest of the inputs from floor(i n / m) to ceil((i + 1) n / m), as "
                      "PyTorch",
               FRS_EXAMPLE(adaptive_max_pool, .shape = {2, {3, 2}}), .in = {{3, {8, 8, 4}}},
               .out = {3, {3, 2, 4}});
FRS_LAYER_TYPE(adaptive_average_pool, adaptive_average, GROUP, .fields = "shape",
               .shapes = "[B, n.., C] -> [B, shape.., C]", .doc = "their mean",
               FRS_EXAMPLE(adaptive_average_pool, .shape = {2, {6, 6}}), .in = {{3, {8, 8, 4}}},
               .out = {3, {6, 6, 4}});

static frs_tensor *upsample(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    static const char *const modes[] = {"nearest", "bilinear"};
    (void)n;
    const bool linear = frs__mode_of(b, l->mode, modes, 2) == 1;
    return frs_upsample(b, in[0], l->size, linear ? FRS_RESIZE_LINEAR : FRS_RESIZE_NEAREST);
}
FRS_LAYER_TYPE(
    upsample, upsample, GROUP, .fields = "size mode", .shapes = "[B, n.., C] -> [B, size n.., C]",
    .doc = "size times as large; mode `nearest` (the default) or `bilinear` (linear along "
           "1 to 3 axes, between the pixels' middles)",
    FRS_EXAMPLE(upsample, .size = 2, .mode = "bilinear"), .in = {{3, {8, 8, 4}}},
    .out = {3, {16, 16, 4}});

FRS_LAYER_OF_ONE(to_space, frs_depth_to_space(b, in[0], l->size))
FRS_LAYER_OF_ONE(to_depth, frs_space_to_depth(b, in[0], l->size))
FRS_LAYER_TYPE(depth_to_space, to_space, GROUP, .fields = "size",
               .shapes = "[B, H, W, size^2 C] -> [B, size H, size W, C]",
               .doc = "channels laid out as blocks of pixels. Shi et al. (2016), "
                      "doi:10.1109/CVPR.2016.207",
               FRS_EXAMPLE(depth_to_space, .size = 2), .in = {{3, {8, 8, 4}}},
               .out = {3, {16, 16, 1}});
FRS_LAYER_TYPE(space_to_depth, to_depth, GROUP, .fields = "size",
               .shapes = "[B, size H, size W, C] -> [B, H, W, size^2 C]", .doc = "the inverse",
               FRS_EXAMPLE(space_to_depth, .size = 2), .in = {{3, {8, 8, 4}}},
               .out = {3, {4, 4, 16}});
