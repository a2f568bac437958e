/* Named architectures, each read from its paper: freshet/nn.h's lists of layers.
 *
 *     frs_net *net = NULL;
 *     frs_zoo_new(ctx, "lenet", &(frs_zoo_opts){.height = 28, .width = 28, .seed = 1}, &net);
 *     frs_net_compile(net, &(frs_compile_opts){.loss = "cross_entropy"});
 *
 * Nets of classes end in logits [B, classes], those of maps in [B, H, W, classes] (U-Net) or in
 * [B, H, W, 1] (RainNet). First weights are drawn, never downloaded. */
#ifndef FRESHET_ZOO_H
#define FRESHET_ZOO_H
#include "freshet/nn.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_zoo_net {
    const char *name;  /* "resnet18" */
    const char *title; /* "ResNet-18", as its authors write it */
    int year;
    const char *source; /* authors (year), DOI or arXiv number */
    int64_t parameters; /* trained ones, of the published sizes below; the tests count them */
    frs_shape input;    /* [H, W, C] of one sample, as published */
    int64_t classes;    /* as published; of RainNet 1, its one map */
    bool maps;          /* makes an image, not classes */
    int64_t bench_side; /* a smaller H and W at which a batch of 16 is not too much; 0: none */
    double rate;        /* of Adam, a good first choice for `freshet zoo train`; 0: 1e-3 */
} frs_zoo_net;
/* Nets by their number from 0, in the order of their years; NULL behind the last. */
const frs_zoo_net *frs_zoo_list(int64_t i);
const frs_zoo_net *frs_zoo_find(const char *name); /* NULL: none is called so */

typedef struct frs_zoo_opts {
    int64_t height, width, channels; /* of the input "x"; 0: as published */
    int64_t classes;                 /* 0: as published */
    uint64_t seed;
} frs_zoo_opts;
/* opts may be NULL. Sizes that are too small for the net are found when it is first compiled for a
 * batch. Caller frees by frs_net_free.
 * errors: FRS_E_ARG no such net (with the nearest name), a size that is negative */
frs_status frs_zoo_new(frs_ctx *ctx, const char *name, const frs_zoo_opts *opts, frs_net **net);

#ifdef __cplusplus
}
#endif
#endif
