/* ResNet-18, -34, -50: K. He, X. Zhang, S. Ren, J. Sun (2016), Deep residual learning for image
 * recognition, CVPR, doi:10.1109/CVPR.2016.90, arXiv:1512.03385, table 1 and figure 5.
 *
 * y = relu(F(x) + x), F two convolutions of 3 x 3, or a bottleneck of 1 x 1, 3 x 3 and 1 x 1 to
 * four times as many; where F halves the image, x goes through a convolution of 1 x 1 (option B).
 * The stride of a bottleneck stands at its 3 x 3, as in torchvision, not at its first 1 x 1. Names
 * are torchvision's, with _ for the point: 11,689,512, 21,797,672 and 25,557,032 parameters. */
#include "zoo/zoo.h"

typedef struct unit {
    int64_t filters;
    int kernel, stride;
    frs_activation activation;
} unit;
/* A convolution named "conv.." and its normalisation "bn..". */
static const char *convolve(frs_zoo *z, const char *block, const char *number, const char *from,
                            unit u) {
    ADD(.type = "conv", .name = frs__zoo_text(z, "%sconv%s", block, number), .from = from,
        .filters = u.filters, .kernel = {u.kernel}, .stride = {u.stride}, AROUND(u.kernel / 2),
        .no_bias = true, .init = "he_normal");
    return ADD(.type = "batch_norm", .name = frs__zoo_text(z, "%sbn%s", block, number),
               .activation = u.activation);
}

static const char *shortcut(frs_zoo *z, const char *block, const char *x, int64_t filters,
                            int stride) {
    ADD(.type = "conv", .name = frs__zoo_text(z, "%sdownsample_0", block), .from = x,
        .filters = filters, .kernel = {1}, .stride = {stride}, .no_bias = true,
        .init = "he_normal");
    return ADD(.type = "batch_norm", .name = frs__zoo_text(z, "%sdownsample_1", block));
}

typedef struct stage {
    int number, blocks;
    int64_t width;
    bool bottleneck;
} stage;

static const char *block(frs_zoo *z, const char *x, const stage *s, int i) {
    const char *in = frs__zoo_text(z, "layer%d_%d_", s->number, i), *y;
    const int stride = i == 0 && s->number > 1 ? 2 : 1;
    const int64_t w = s->width, out = s->bottleneck ? 4 * w : w;
    if (s->bottleneck) {
        convolve(z, in, "1", x, (unit){w, 1, 1, FRS_RELU});
        convolve(z, in, "2", NULL, (unit){w, 3, stride, FRS_RELU});
        y = convolve(z, in, "3", NULL, (unit){out, 1, 1, FRS_LINEAR});
    } else {
        convolve(z, in, "1", x, (unit){w, 3, stride, FRS_RELU});
        y = convolve(z, in, "2", NULL, (unit){w, 3, 1, FRS_LINEAR});
    }
    const bool same = i > 0 || (s->number == 1 && !s->bottleneck);
    const char *skip = same ? x : shortcut(z, in, x, out, stride);
    return ADD(.type = "add", .name = frs__zoo_text(z, "%sadd", in),
               .from = frs__zoo_text(z, "%s, %s", y, skip), .activation = FRS_RELU);
}

static void resnet(frs_zoo *z, const int blocks[4], bool bottleneck) {
    convolve(z, "", "1", "x", (unit){64, 7, 2, FRS_RELU});
    const char *x =
        ADD(.type = "max_pool", .name = "maxpool", .kernel = {3}, .stride = {2}, AROUND(1));
    for (int k = 0; k < 4; k++) {
        const stage s = {k + 1, blocks[k], INT64_C(64) << k, bottleneck};
        for (int i = 0; i < s.blocks; i++) x = block(z, x, &s, i);
    }
    ADD(.type = "global_average_pool", .name = "avgpool");
    ADD(.type = "dense", .name = "fc", .units = z->classes);
}

static void resnet18(frs_zoo *z) {
    resnet(z, (int[]){2, 2, 2, 2}, false);
}
static void resnet34(frs_zoo *z) {
    resnet(z, (int[]){3, 4, 6, 3}, false);
}
static void resnet50(frs_zoo *z) {
    resnet(z, (int[]){3, 4, 6, 3}, true);
}

#define SOURCE                                                                                     \
    .year = 2015, .source = "He et al. (2016), doi:10.1109/CVPR.2016.90",                          \
    .input = {3, {224, 224, 3}}, .classes = 1000
FRS_ZOO_NET(resnet18, resnet18, .title = "ResNet-18", .parameters = 11689512, SOURCE);
FRS_ZOO_NET(resnet34, resnet34, .title = "ResNet-34", .parameters = 21797672, SOURCE);
FRS_ZOO_NET(resnet50, resnet50, .title = "ResNet-50", .parameters = 25557032, SOURCE);
