/* U-Net: O. Ronneberger, P. Fischer, T. Brox (2015), U-Net: convolutional networks for biomedical
 * image segmentation, MICCAI, doi:10.1007/978-3-319-24574-4_28, arXiv:1505.04597, figure 1.
 *
 * Down: twice a convolution of 3 x 3 without padding, then a maximum of 2 x 2, four times, with
 * twice as many maps each time. Up: an up-convolution of 2 x 2 to half as many maps, beside the
 * maps of the same size from the way down, cropped to it, and two convolutions. Of 572 x 572 it
 * makes 388 x 388, two classes a pixel. An input must be 16 n + 12 pixels high and wide, so that
 * each maximum takes whole windows. 31,030,658 parameters. */
#include "zoo/zoo.h"

enum { LEVELS = 4 };

static const char *twice(frs_zoo *z, const char *way, int level, int64_t filters) {
    ADD(.type = "conv", .name = frs__zoo_text(z, "%s%d_conv1", way, level), .filters = filters,
        .kernel = {3}, .activation = FRS_RELU, .init = "he_normal");
    return ADD(.type = "conv", .name = frs__zoo_text(z, "%s%d_conv2", way, level),
               .filters = filters, .kernel = {3}, .activation = FRS_RELU, .init = "he_normal");
}

/* The middle h x w of what is larger by 2 n(h), 2 n(w): what is odd goes at the end. */
static const char *cropped(frs_zoo *z, const char *from, const int64_t has[2],
                           const int64_t wants[2]) {
    const int h = (int)(has[0] - wants[0]), w = (int)(has[1] - wants[1]);
    return ADD(.type = "crop", .name = frs__zoo_text(z, "%s_cropped", from), .from = from,
               .pad_lo = {h / 2, w / 2}, .pad_hi = {h - h / 2, w - w / 2});
}

static void unet(frs_zoo *z) {
    const char *skip[LEVELS];
    int64_t size[LEVELS][2], now[2] = {z->height, z->width};
    for (int i = 0; i < LEVELS; i++) {
        skip[i] = twice(z, "down", i + 1, INT64_C(64) << i);
        ADD(.type = "max_pool", .name = frs__zoo_text(z, "pool%d", i + 1), .kernel = {2});
        for (int k = 0; k < 2; k++) {
            size[i][k] = now[k] - 4;
            now[k] = size[i][k] / 2;
        }
    }
    twice(z, "bottom", LEVELS + 1, INT64_C(64) << LEVELS);
    for (int i = LEVELS - 1; i >= 0; i--) {
        for (int k = 0; k < 2; k++) now[k] = 2 * (now[k] - 4);
        const char *up = ADD(.type = "conv_transpose", .name = frs__zoo_text(z, "upconv%d", i + 1),
                             .filters = INT64_C(64) << i, .kernel = {2}, .stride = {2});
        ADD(.type = "concat", .name = frs__zoo_text(z, "beside%d", i + 1),
            .from = frs__zoo_text(z, "%s, %s", cropped(z, skip[i], size[i], now), up));
        twice(z, "up", i + 1, INT64_C(64) << i);
    }
    ADD(.type = "conv", .name = "output", .filters = z->classes, .kernel = {1});
}

FRS_ZOO_NET(unet, unet, .title = "U-Net", .year = 2015,
            .source = "Ronneberger et al. (2015), doi:10.1007/978-3-319-24574-4_28",
            .parameters = 31030658, .input = {3, {572, 572, 1}}, .classes = 2, .maps = true,
            .bench_side = 252);
