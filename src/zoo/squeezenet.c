/* SqueezeNet: F.N. Iandola et al. (2016), SqueezeNet: AlexNet-level accuracy with 50x fewer
 * parameters, arXiv:1602.07360, table 1 (1.0: 1,248,424 parameters), and the authors' 1.1
 * (1,235,496), which pools earlier and has 2.4 times fewer operations.
 *
 * A fire module squeezes its input to few maps by 1 x 1, and expands them by 1 x 1 and 3 x 3 side
 * by side. No dense layer: the last convolution makes a map a class, whose mean is its logit. */
#include "zoo/zoo.h"

static const char *convolve(frs_zoo *z, const char *name, const char *from, int64_t filters,
                            int kernel) {
    return ADD(.type = "conv", .name = name, .from = from, .filters = filters, .kernel = {kernel},
               AROUND(kernel / 2), .activation = FRS_RELU, .init = "he_normal");
}

static void fire(frs_zoo *z, int number, int64_t squeeze, int64_t expand) {
    const char *s = frs__zoo_text(z, "fire%d_squeeze", number);
    const char *one = frs__zoo_text(z, "fire%d_expand1x1", number);
    const char *three = frs__zoo_text(z, "fire%d_expand3x3", number);
    convolve(z, s, NULL, squeeze, 1);
    convolve(z, one, s, expand, 1);
    convolve(z, three, s, expand, 3);
    ADD(.type = "concat", .name = frs__zoo_text(z, "fire%d", number),
        .from = frs__zoo_text(z, "%s, %s", one, three));
}

static void first(frs_zoo *z, int64_t filters, int kernel) {
    ADD(.type = "conv", .name = "conv1", .filters = filters, .kernel = {kernel}, .stride = {2},
        .activation = FRS_RELU, .init = "he_normal");
    ADD(.type = "max_pool", .name = "pool1", CEIL_3_2);
}

static void last(frs_zoo *z) {
    ADD(.type = "dropout", .rate = 0.5);
    convolve(z, "conv10", NULL, z->classes, 1);
    ADD(.type = "global_average_pool");
}

static void squeezenet1_0(frs_zoo *z) {
    first(z, 96, 7);
    fire(z, 2, 16, 64);
    fire(z, 3, 16, 64);
    fire(z, 4, 32, 128);
    ADD(.type = "max_pool", .name = "pool4", CEIL_3_2);
    fire(z, 5, 32, 128);
    fire(z, 6, 48, 192);
    fire(z, 7, 48, 192);
    fire(z, 8, 64, 256);
    ADD(.type = "max_pool", .name = "pool8", CEIL_3_2);
    fire(z, 9, 64, 256);
    last(z);
}

static void squeezenet1_1(frs_zoo *z) {
    first(z, 64, 3);
    fire(z, 2, 16, 64);
    fire(z, 3, 16, 64);
    ADD(.type = "max_pool", .name = "pool3", CEIL_3_2);
    fire(z, 4, 32, 128);
    fire(z, 5, 32, 128);
    ADD(.type = "max_pool", .name = "pool5", CEIL_3_2);
    fire(z, 6, 48, 192);
    fire(z, 7, 48, 192);
    fire(z, 8, 64, 256);
    fire(z, 9, 64, 256);
    last(z);
}

#define SOURCE                                                                                     \
    .year = 2016, .source = "Iandola et al. (2016), arXiv:1602.07360",                             \
    .input = {3, {224, 224, 3}}, .classes = 1000
FRS_ZOO_NET(squeezenet1_0, squeezenet1_0, .title = "SqueezeNet 1.0", .parameters = 1248424, SOURCE);
FRS_ZOO_NET(squeezenet1_1, squeezenet1_1, .title = "SqueezeNet 1.1", .parameters = 1235496, SOURCE);
