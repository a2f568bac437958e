/* AlexNet: A. Krizhevsky, I. Sutskever, G.E. Hinton (2012), ImageNet classification with deep
 * convolutional neural networks, NIPS 25; again in Commun. ACM 60(6), 2017, doi:10.1145/3065386.
 *
 * As published, in two towers that two cards held: conv2, conv4 and conv5 see the maps of their own
 * tower alone (groups). Response normalisation over n = 5 maps, k = 2, alpha = 1e-4, beta = 0.75;
 * here alpha goes with the mean of squares, so it is n times theirs. The paper's 224 x 224 does not
 * give its own 55 x 55 maps: 227 x 227, as in the authors' code and in Caffe. 60,965,224
 * parameters.
 *
 * alexnet_one_tower: A. Krizhevsky (2014), One weird trick for parallelizing convolutional neural
 * networks, arXiv:1404.5997. One tower, no normalisation, the sizes of torchvision's `alexnet`
 * (61,100,840 parameters), which drops before the dense layers, not behind them. */
#include "zoo/zoo.h"

static void normalise(frs_zoo *z, const char *name) {
    ADD(.type = "local_response_norm", .name = name, .size = 5, .alpha = 5 * 1e-4, .beta = 0.75,
        .k = 2);
}
static void pool(frs_zoo *z, const char *name) { /* windows overlap */
    ADD(.type = "max_pool", .name = name, .kernel = {3}, .stride = {2});
}

static void alexnet(frs_zoo *z) {
    ADD(.type = "conv", .name = "conv1", .filters = 96, .kernel = {11}, .stride = {4},
        .activation = FRS_RELU);
    normalise(z, "norm1");
    pool(z, "pool1");
    ADD(.type = "conv", .name = "conv2", .filters = 256, .kernel = {5}, AROUND(2), .groups = 2,
        .activation = FRS_RELU);
    normalise(z, "norm2");
    pool(z, "pool2");
    ADD(.type = "conv", .name = "conv3", .filters = 384, .kernel = {3}, AROUND(1),
        .activation = FRS_RELU);
    ADD(.type = "conv", .name = "conv4", .filters = 384, .kernel = {3}, AROUND(1), .groups = 2,
        .activation = FRS_RELU);
    ADD(.type = "conv", .name = "conv5", .filters = 256, .kernel = {3}, AROUND(1), .groups = 2,
        .activation = FRS_RELU);
    pool(z, "pool5");
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "fc6", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc7", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc8", .units = z->classes);
}

static void one_tower(frs_zoo *z) {
    ADD(.type = "conv", .name = "conv1", .filters = 64, .kernel = {11}, .stride = {4}, AROUND(2),
        .activation = FRS_RELU);
    pool(z, "pool1");
    ADD(.type = "conv", .name = "conv2", .filters = 192, .kernel = {5}, AROUND(2),
        .activation = FRS_RELU);
    pool(z, "pool2");
    ADD(.type = "conv", .name = "conv3", .filters = 384, .kernel = {3}, AROUND(1),
        .activation = FRS_RELU);
    ADD(.type = "conv", .name = "conv4", .filters = 256, .kernel = {3}, AROUND(1),
        .activation = FRS_RELU);
    ADD(.type = "conv", .name = "conv5", .filters = 256, .kernel = {3}, AROUND(1),
        .activation = FRS_RELU);
    pool(z, "pool5");
    ADD(.type = "flatten");
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc6", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc7", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dense", .name = "fc8", .units = z->classes);
}

FRS_ZOO_NET(alexnet, alexnet, .title = "AlexNet", .year = 2012,
            .source = "Krizhevsky et al. (2012), doi:10.1145/3065386", .parameters = 60965224,
            .input = {3, {227, 227, 3}}, .classes = 1000, .rate = 1e-4);
FRS_ZOO_NET(alexnet_one_tower, one_tower, .title = "AlexNet, one tower", .year = 2014,
            .source = "Krizhevsky (2014), arXiv:1404.5997", .parameters = 61100840,
            .input = {3, {224, 224, 3}}, .classes = 1000, .rate = 1e-4);
