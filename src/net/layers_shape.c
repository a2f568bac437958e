/* Shapes, and what is taken of an array. */
#include "net/layer.h"

#define GROUP .group = "Shapes and parts"

FRS_LAYER_OF_ONE(flatten, frs_flatten(b, in[0]))
FRS_LAYER_TYPE(flatten, flatten, GROUP, .fields = "", .shapes = "[B, ..] -> [B, n]",
               .doc = "a sample as one row, in the order of memory: channels are the fastest",
               FRS_EXAMPLE(flatten), .in = {{3, {8, 8, 4}}}, .out = {1, {256}});

static frs_tensor *reshape(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_shape x = frs_tensor_shape(in[0]);
    frs_shape s = {.rank = l->shape.rank + 1, .dim = {x.rank ? x.dim[0] : 0}};
    for (int i = 0; i < l->shape.rank && i + 1 < FRS_MAX_RANK; i++) s.dim[i + 1] = l->shape.dim[i];
    return frs_reshape(b, in[0], s);
}
FRS_LAYER_TYPE(reshape, reshape, GROUP, .fields = "shape", .shapes = "[B, ..] -> [B, shape..]",
               .doc = "the same values in the same order",
               FRS_EXAMPLE(reshape, .shape = {2, {16, 16}}), .in = {{3, {8, 8, 4}}},
               .out = {2, {16, 16}});

static frs_tensor *permute(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const int rank = frs_tensor_shape(in[0]).rank;
    int order[FRS_MAX_RANK] = {0};
    unsigned seen = 0;
    for (int i = 0; i < l->order.rank && i + 1 < FRS_MAX_RANK; i++) {
        const int64_t axis = l->order.dim[i];
        order[i + 1] = axis > 0 && axis < rank ? (int)axis : 0;
        seen |= 1U << order[i + 1];
    }
    if (in[0] && (l->order.rank != rank - 1 || seen != (1U << rank) - 2))
        frs__build_fail(b, FRS_E_ARG, _("permute: 'order' must have each of the axes 1 to %d once"),
                        rank - 1);
    else
        return frs_permute(b, in[0], order);
    return NULL;
}
FRS_LAYER_TYPE(permute, permute, GROUP, .fields = "order",
               .shapes = "axis i of a sample is axis order[i] of x's",
               .doc = "Keras' `Permute`; [2, 1] turns steps and features",
               FRS_EXAMPLE(permute, .order = {2, {2, 1}}), .in = {{2, {6, 4}}}, .out = {2, {4, 6}});

static frs_tensor *repeat(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_shape x = frs_tensor_shape(in[0]);
    frs_shape one = {.rank = x.rank + 1, .dim = {x.dim[0], 1}};
    if (!in[0]) return NULL;
    if (x.rank == FRS_MAX_RANK || l->size < 1) {
        frs__build_fail(b, FRS_E_ARG, _("repeat: %lld times an input of rank %d"),
                        (long long)l->size, x.rank);
        return NULL;
    }
    for (int i = 1; i < x.rank; i++) one.dim[i + 1] = x.dim[i];
    in = &(frs_tensor *){frs_reshape(b, in[0], one)};
    one.dim[1] = l->size;
    return frs_expand(b, in[0], one);
}
FRS_LAYER_TYPE(repeat, repeat, GROUP, .fields = "size", .shapes = "[B, ..] -> [B, size, ..]",
               .doc = "a sample as each of `size` steps", FRS_EXAMPLE(repeat, .size = 7),
               .in = {{1, {10}}}, .out = {2, {7, 10}});

/* ---- at the edges of the spatial axes */
static frs_tensor *pad(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    static const char *const names[] = {"zero", "reflect", "replicate"};
    static const frs_pad_mode modes[] = {FRS_PAD_CONSTANT, FRS_PAD_REFLECT, FRS_PAD_EDGE};
    (void)n;
    frs_pad_opts o = {.mode = modes[frs__mode_of(b, l->mode, names, FRS_LEN(names))]};
    for (int i = 0; i < 3; i++) {
        o.lo[i + 1] = l->pad_lo[i];
        o.hi[i + 1] = l->pad_hi[i];
    }
    return frs_pad(b, in[0], &o);
}
FRS_LAYER_TYPE(pad, pad, GROUP, .fields = "pad_lo pad_hi mode",
               .shapes = "[B, n.., C] -> [B, lo + n + hi .., C]",
               .doc =
                   "each axis its own numbers; mode `zero` (the default), `reflect` (mirrored at "
                   "the first and last element), `replicate` (these repeated)",
               FRS_EXAMPLE(pad, .pad_lo = {1, 2}, .pad_hi = {1, 0}, .mode = "reflect"),
               .in = {{3, {8, 8, 4}}}, .out = {3, {10, 10, 4}});

static frs_tensor *crop(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    int64_t lo[FRS_MAX_RANK] = {0}, hi[FRS_MAX_RANK] = {0};
    for (int i = 0; i < 3; i++) {
        lo[i + 1] = l->pad_lo[i];
        hi[i + 1] = l->pad_hi[i];
    }
    return frs_crop(b, in[0], lo, hi);
}
FRS_LAYER_TYPE(crop, crop, GROUP, .fields = "pad_lo pad_hi",
               .shapes = "[B, n.., C] -> [B, n - lo - hi .., C]", .doc = "without its edges",
               FRS_EXAMPLE(crop, .pad_lo = {1, 2}, .pad_hi = {1, 0}), .in = {{3, {8, 8, 4}}},
               .out = {3, {6, 6, 4}});

/* ---- parts of an axis */
static frs_tensor *slice(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const int axis = frs__axis_of(b, l, in[0], 1);
    if (!in[0] || axis < 0) return NULL;
    const int64_t size = frs_tensor_shape(in[0]).dim[axis];
    const int64_t first = l->first < 0 ? l->first + size : l->first;
    return frs_slice(b, in[0], axis, first, l->size ? l->size : size - first);
}
FRS_LAYER_TYPE(slice, slice, GROUP, .fields = "axis first size",
               .shapes = "the axis (1) has `size` elements",
               .doc = "those from `first` on; size 0: to the end. `first: -1` is the last step",
               FRS_EXAMPLE(slice, .first = -3), .in = {{2, {6, 4}}}, .out = {2, {3, 4}});

/* Sample b's index is that of row b size + index of all samples' rows. */
static frs_tensor *gather(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)l, (void)n;
    const frs_shape x = frs_tensor_shape(in[0]), i = frs_tensor_shape(in[1]);
    if (!in[0] || !in[1]) return NULL;
    if (x.rank < 2 || i.rank != 2 || x.dim[0] != i.dim[0]) {
        frs__build_fail(b, FRS_E_ARG,
                        _("gather: x of rank %d and indices of rank %d; [batch, steps, ..] and "
                          "[batch, n] expected"),
                        x.rank, i.rank);
        return NULL;
    }
    const frs_shape scalar = {0}, each = {2, {x.dim[0], 1}};
    frs_shape rows = {x.rank - 1, {x.dim[0] * x.dim[1]}};
    for (int k = 2; k < x.rank; k++) rows.dim[k - 1] = x.dim[k];
    const double size = (double)x.dim[1];
    frs_tensor *zero = frs__fill(b, scalar, 0), *end = frs__fill(b, scalar, size);
    frs_tensor *index = frs_where(b, frs_less(b, in[1], zero), frs_scale(b, in[1], 1, size), in[1]);
    frs_tensor *inside = frs_and(b, frs_greater_equal(b, index, zero), frs_less(b, index, end));
    frs_tensor *before =
        frs_cumsum(b, frs__fill(b, each, size), 0, &(frs_cumsum_opts){.exclusive = true});
    index = frs_where(b, inside, frs_add(b, index, before), frs__fill(b, scalar, 1e30));
    return frs_gather(b, frs_reshape(b, in[0], rows), index, 0);
}
FRS_LAYER_TYPE(
    gather, gather, GROUP, .fields = "", .n_in_min = 2, .n_in_max = 2,
    .shapes = "x [B, T, ..], index [B, n] -> [B, n, ..]",
    .doc = "of each sample the steps that the second input names, -1 the last; NaN where "
           "there is none",
    FRS_EXAMPLE(gather, .from = "a, b"), .in = {{2, {6, 4}}, {1, {2}}}, .out = {2, {2, 4}});

/* ---- over an axis, which goes */
static frs_tensor *reduce(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    static const char *const names[] = {"mean", "sum", "max", "min", "prod", "argmax", "argmin"};
    static frs_tensor *(*const of[])(frs_builder *, frs_tensor *, uint32_t) = {
        frs_reduce_mean, frs_reduce_sum, frs_reduce_max, frs_reduce_min, frs_reduce_prod};
    (void)n;
    const int axis = frs__axis_of(b, l, in[0], 1);
    const int64_t mode = frs__mode_of(b, l->mode, names, FRS_LEN(names));
    if (!in[0] || axis < 0) return NULL;
    frs_shape s = frs_tensor_shape(in[0]);
    frs_tensor *y = mode < FRS_LEN(of) ? of[mode](b, in[0], 1U << axis)
                    : mode == 5        ? frs_argmax(b, in[0], axis)
                                       : frs_argmin(b, in[0], axis);
    s.rank--;
    for (int i = axis; i < s.rank; i++) s.dim[i] = s.dim[i + 1];
    return frs_reshape(b, y, s);
}
FRS_LAYER_TYPE(reduce, reduce, GROUP, .fields = "axis mode", .shapes = "without the axis (1)",
               .doc =
                   "its `mean` (the default), `sum`, `max`, `min`, `prod`, or `argmax`, `argmin`, "
                   "which no gradient goes through",
               FRS_EXAMPLE(reduce, .mode = "max"), .in = {{2, {6, 4}}}, .out = {1, {4}});
