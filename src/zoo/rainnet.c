/* RainNet v1.0: G. Ayzel, T. Scheffer, M. Heistermann (2020), RainNet v1.0: a convolutional neural
 * network for radar-based precipitation nowcasting, Geosci. Model Dev. 13, 2631-2644,
 * doi:10.5194/gmd-13-2631-2020, figure 1, and the authors' Keras code, github.com/hydrogo/rainnet.
 *
 * A U-Net over the last four radar images (15, 10, 5 and 0 minutes old), as channels, that makes
 * the one 5 minutes ahead; intensities as ln(x + 0.01), loss log cosh. Convolutions of 3 x 3 with
 * the image's own size, up-sampling by repetition, dropout where the maps are 1/8 and 1/16; what is
 * set beside the up-sampled maps was not dropped. The image is 928 x 928 there; any multiple of 16
 * fits. 31,380,613 parameters. */
#include "zoo/zoo.h"

static const char *convolve(frs_zoo *z, const char *name, int64_t filters) {
    return ADD(.type = "conv", .name = name, .filters = filters, .kernel = {3}, .padding = FRS_SAME,
               .activation = FRS_RELU, .init = "he_normal");
}

static const char *twice(frs_zoo *z, int level, int64_t filters) {
    convolve(z, frs__zoo_text(z, "conv%df", level), filters);
    return convolve(z, frs__zoo_text(z, "conv%ds", level), filters);
}

static void up(frs_zoo *z, int level, const char *skip, int64_t filters) {
    ADD(.type = "upsample", .name = frs__zoo_text(z, "larger%d", level), .size = 2);
    ADD(.type = "concat", .name = frs__zoo_text(z, "up%d", level),
        .from = frs__zoo_text(z, "larger%d, %s", level, skip));
    twice(z, level, filters);
}

static void down(frs_zoo *z, int level) {
    ADD(.type = "max_pool", .name = frs__zoo_text(z, "pool%d", level), .kernel = {2});
}

static void rainnet(frs_zoo *z) {
    const char *one = twice(z, 1, 64);
    down(z, 1);
    const char *two = twice(z, 2, 128);
    down(z, 2);
    const char *three = twice(z, 3, 256);
    down(z, 3);
    const char *four = twice(z, 4, 512);
    ADD(.type = "dropout", .name = "drop4", .rate = 0.5);
    down(z, 4);
    twice(z, 5, 1024);
    ADD(.type = "dropout", .name = "drop5", .rate = 0.5);
    up(z, 6, four, 512);
    up(z, 7, three, 256);
    up(z, 8, two, 128);
    up(z, 9, one, 64);
    convolve(z, "conv9t", 2);
    ADD(.type = "conv", .name = "output", .filters = z->classes, .kernel = {1});
}

FRS_ZOO_NET(rainnet, rainnet, .title = "RainNet", .year = 2020,
            .source = "Ayzel et al. (2020), doi:10.5194/gmd-13-2631-2020", .parameters = 31380613,
            .input = {3, {928, 928, 4}}, .classes = 1, .maps = true, .bench_side = 256,
            .rate = 1e-4);
