/* VGG-16: K. Simonyan, A. Zisserman (2015), Very deep convolutional networks for large-scale image
 * recognition, ICLR, arXiv:1409.1556, table 1, configuration D. Convolutions of 3 x 3 only, one
 * pixel of zeros around; maximum pooling of 2 x 2 behind each of five stages. 138,357,544
 * parameters, 124 million of them in the dense layers. */
#include "zoo/zoo.h"

static void stage(frs_zoo *z, int number, int layers, int64_t filters) {
    for (int i = 1; i <= layers; i++)
        ADD(.type = "conv", .name = frs__zoo_text(z, "conv%d_%d", number, i), .filters = filters,
            .kernel = {3}, AROUND(1), .activation = FRS_RELU, .init = "he_normal");
    ADD(.type = "max_pool", .name = frs__zoo_text(z, "pool%d", number), .kernel = {2});
}

static void vgg16(frs_zoo *z) {
    stage(z, 1, 2, 64);
    stage(z, 2, 2, 128);
    stage(z, 3, 3, 256);
    stage(z, 4, 3, 512);
    stage(z, 5, 3, 512);
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "fc6", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc7", .units = 4096, .activation = FRS_RELU);
    ADD(.type = "dropout", .rate = 0.5);
    ADD(.type = "dense", .name = "fc8", .units = z->classes);
}

FRS_ZOO_NET(vgg16, vgg16, .title = "VGG-16", .year = 2014,
            .source = "Simonyan & Zisserman (2015), arXiv:1409.1556", .parameters = 138357544,
            .input = {3, {224, 224, 3}}, .classes = 1000, .rate = 1e-4);
