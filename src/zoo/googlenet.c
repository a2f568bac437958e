/* GoogLeNet: C. Szegedy et al. (2015), Going deeper with convolutions, CVPR,
 * doi:10.1109/CVPR.2015.7298594, arXiv:1409.4842, table 1, without the two heads that help its
 * training along. 6,998,552 parameters: nearly the table's sums.
 *
 * googlenet_bn: the sizes of torchvision's `googlenet` (6,624,904 parameters, aux_logits=False):
 * batch normalisation (eps 1e-3) in place of biases and of response normalisation, as in S. Ioffe,
 * C. Szegedy (2015), arXiv:1502.03167; its branch of 5 x 5 is one of 3 x 3 (an old slip that its
 * weights keep), and its last pooling is of 2 x 2. */
#include "zoo/zoo.h"

/* A convolution with ReLU, or one without bias, normalised, with ReLU. */
typedef struct unit {
    bool bn;
    int64_t filters;
    int kernel, stride, around;
} unit;
static const char *convolve(frs_zoo *z, const char *name, const char *from, unit u) {
    if (!u.bn)
        return ADD(.type = "conv", .name = name, .from = from, .filters = u.filters,
                   .kernel = {u.kernel}, .stride = {u.stride}, AROUND(u.around),
                   .activation = FRS_RELU, .init = "he_normal");
    ADD(.type = "conv", .name = name, .from = from, .filters = u.filters, .kernel = {u.kernel},
        .stride = {u.stride}, AROUND(u.around), .no_bias = true, .init = "he_normal");
    return ADD(.type = "batch_norm", .name = frs__zoo_text(z, "%s_bn", name), .eps = 1e-3,
               .activation = FRS_RELU);
}

/* The module of figure 2b, by a row of table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool
 * proj. */
static const char *inception(frs_zoo *z, const char *name, const char *x, bool bn,
                             const int64_t n[6]) {
    const int five = bn ? 3 : 5; /* see above */
    const char *ones = convolve(z, frs__zoo_text(z, "%s_1x1", name), x, (unit){bn, n[0], 1, 1, 0});
    const char *y =
        convolve(z, frs__zoo_text(z, "%s_3x3_reduce", name), x, (unit){bn, n[1], 1, 1, 0});
    const char *threes =
        convolve(z, frs__zoo_text(z, "%s_3x3", name), y, (unit){bn, n[2], 3, 1, 1});
    y = convolve(z, frs__zoo_text(z, "%s_5x5_reduce", name), x, (unit){bn, n[3], 1, 1, 0});
    const char *fives =
        convolve(z, frs__zoo_text(z, "%s_5x5", name), y, (unit){bn, n[4], five, 1, five / 2});
    y = ADD(.type = "max_pool", .name = frs__zoo_text(z, "%s_pool", name), .from = x, .kernel = {3},
            .stride = {1}, AROUND(1));
    const char *pooled =
        convolve(z, frs__zoo_text(z, "%s_pool_proj", name), y, (unit){bn, n[5], 1, 1, 0});
    return ADD(.type = "concat", .name = name,
               .from = frs__zoo_text(z, "%s, %s, %s, %s", ones, threes, fives, pooled));
}

static void normalise(frs_zoo *z, bool bn) {
    if (!bn) ADD(.type = "local_response_norm", .size = 5, .alpha = 1e-4, .beta = 0.75, .k = 1);
}

static void googlenet(frs_zoo *z, bool bn) {
    convolve(z, "conv1", "x", (unit){bn, 64, 7, 2, 3});
    const char *x = ADD(.type = "max_pool", .name = "pool1", CEIL_3_2);
    normalise(z, bn);
    convolve(z, "conv2_reduce", NULL, (unit){bn, 64, 1, 1, 0});
    convolve(z, "conv2", NULL, (unit){bn, 192, 3, 1, 1});
    normalise(z, bn);
    x = ADD(.type = "max_pool", .name = "pool2", CEIL_3_2);
    x = inception(z, "inception_3a", x, bn, (int64_t[]){64, 96, 128, 16, 32, 32});
    x = inception(z, "inception_3b", x, bn, (int64_t[]){128, 128, 192, 32, 96, 64});
    x = ADD(.type = "max_pool", .name = "pool3", CEIL_3_2);
    x = inception(z, "inception_4a", x, bn, (int64_t[]){192, 96, 208, 16, 48, 64});
    x = inception(z, "inception_4b", x, bn, (int64_t[]){160, 112, 224, 24, 64, 64});
    x = inception(z, "inception_4c", x, bn, (int64_t[]){128, 128, 256, 24, 64, 64});
    x = inception(z, "inception_4d", x, bn, (int64_t[]){112, 144, 288, 32, 64, 64});
    x = inception(z, "inception_4e", x, bn, (int64_t[]){256, 160, 320, 32, 128, 128});
    x = bn ? ADD(.type = "max_pool", .name = "pool4", .kernel = {2})
           : ADD(.type = "max_pool", .name = "pool4", CEIL_3_2);
    x = inception(z, "inception_5a", x, bn, (int64_t[]){256, 160, 320, 32, 128, 128});
    inception(z, "inception_5b", x, bn, (int64_t[]){384, 192, 384, 48, 128, 128});
    ADD(.type = "global_average_pool");
    ADD(.type = "dropout", .rate = bn ? 0.2 : 0.4);
    ADD(.type = "dense", .name = "output", .units = z->classes);
}

static void as_published(frs_zoo *z) {
    googlenet(z, false);
}
static void normalised(frs_zoo *z) {
    googlenet(z, true);
}

#define SIZES .input = {3, {224, 224, 3}}, .classes = 1000
FRS_ZOO_NET(googlenet, as_published, .title = "GoogLeNet", .year = 2014,
            .source = "Szegedy et al. (2015), arXiv:1409.4842", .parameters = 6998552, SIZES);
FRS_ZOO_NET(googlenet_bn, normalised, .title = "GoogLeNet, batch norm", .year = 2015,
            .source = "Szegedy et al. (2015), arXiv:1409.4842", .parameters = 6624904, SIZES);
