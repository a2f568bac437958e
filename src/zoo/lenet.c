/* LeNet-5: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998), Gradient-based learning applied to
 * document recognition, Proc. IEEE 86(11), 2278-2324, doi:10.1109/5.726791, II.B and appendix A.
 *
 * As published: input 32 x 32 in which white is -0.1 and black 1.175; squashing A tanh(S a) with A
 * = 1.7159, S = 2/3; sub-sampling adds four neighbours up, multiplies by a coefficient and adds a
 * bias, both trained, one a map (the sum is a mean here, whose coefficient is four times theirs); a
 * table says which maps of S2 each map of C3 sees; C5 is a convolution over all of its input.
 * Another way than published: the output is logits for softmax with cross-entropy, in place of
 * distances to fixed pictures of the characters (RBF); weights start uniform within 1 /
 * sqrt(fan in) in place of 2.4 / fan in. 60,000 parameters up to F6, and 850 of the output.
 *
 * lenet_relu: what is often called LeNet-5 today. ReLU and maximum pooling, each map of C3 sees all
 * of S2: 61,706 parameters. */
#include "zoo/zoo.h"

/* Images of 28 x 28, as digits come, get a border of 2 on each side. */
static void to_32(frs_zoo *z) {
    const int h = z->height < 32 ? (int)(32 - z->height) : 0;
    const int w = z->width < 32 ? (int)(32 - z->width) : 0;
    if (h || w)
        ADD(.type = "pad", .name = "border", .pad_lo = {h / 2, w / 2},
            .pad_hi = {h - h / 2, w - w / 2});
}

static void subsampling(frs_zoo *z, const char *name) {
    ADD(.type = "average_pool", .kernel = {2});
    ADD(.type = "scale_shift", .name = name, .activation = FRS_SCALED_TANH);
}

/* Table I: row by row, the maps of S2 that a map of C3 sees. */
static const char table_1[] = "0 1 2; 1 2 3; 2 3 4; 3 4 5; 0 4 5; 0 1 5; "
                              "0 1 2 3; 1 2 3 4; 2 3 4 5; 0 3 4 5; 0 1 4 5; 0 1 2 5; "
                              "0 1 3 4; 1 2 4 5; 0 2 3 5; 0 1 2 3 4 5";

static void lenet(frs_zoo *z) {
    to_32(z);
    ADD(.type = "rescale", .alpha = 1.275, .beta = -0.1);
    ADD(.type = "conv", .name = "C1", .filters = 6, .kernel = {5}, .activation = FRS_SCALED_TANH);
    subsampling(z, "S2");
    ADD(.type = "table_conv", .name = "C3", .table = table_1, .kernel = {5},
        .activation = FRS_SCALED_TANH);
    subsampling(z, "S4");
    ADD(.type = "conv", .name = "C5", .filters = 120, .kernel = {5}, .activation = FRS_SCALED_TANH);
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "F6", .units = 84, .activation = FRS_SCALED_TANH);
    ADD(.type = "dense", .name = "output", .units = z->classes);
}

static void lenet_relu(frs_zoo *z) {
    to_32(z);
    ADD(.type = "conv", .name = "C1", .filters = 6, .kernel = {5}, .activation = FRS_RELU);
    ADD(.type = "max_pool", .name = "S2", .kernel = {2});
    ADD(.type = "conv", .name = "C3", .filters = 16, .kernel = {5}, .activation = FRS_RELU);
    ADD(.type = "max_pool", .name = "S4", .kernel = {2});
    ADD(.type = "conv", .name = "C5", .filters = 120, .kernel = {5}, .activation = FRS_RELU);
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "F6", .units = 84, .activation = FRS_RELU);
    ADD(.type = "dense", .name = "output", .units = z->classes);
}

#define SOURCE                                                                                     \
    .year = 1998, .source = "LeCun et al. (1998), doi:10.1109/5.726791",                           \
    .input = {3, {32, 32, 1}}, .classes = 10
FRS_ZOO_NET(lenet, lenet, .title = "LeNet-5", .parameters = 60850, .rate = 4e-3, SOURCE);
FRS_ZOO_NET(lenet_relu, lenet_relu, .title = "LeNet-5, ReLU, max", .parameters = 61706,
            .rate = 2e-3, SOURCE);
