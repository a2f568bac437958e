#ifndef FRS_TRAIN_OPTIM_H
#define FRS_TRAIN_OPTIM_H
#include "base/base.h"
#include "freshet/train.h"

typedef struct frs_span {
    int64_t first, n;
} frs_span;
struct frs_optim {
    frs_ctx *ctx;
    frs_model *model;
    frs_optim_opts o;
    int64_t n, step;
    float *first, *second; /* [n]: momentum or Adam's m; Adam's v or RMSprop's mean square; NULL:
                              the optimiser has none */
    double *sums;          /* a block's share of the squared norm */
    frs_span *spans;       /* of trained elements in the flat buffer */
    int64_t n_spans;
};
/* FRS_E_ARG unless the model has float32 weights: it was compiled, and not in float64. */
frs_status frs__need_weights(frs_ctx *ctx, const frs_model *m);
/* The text of a model file; the caller frees. */
frs_status frs__weights_text(frs_ctx *ctx, const char *path, char **text);
/* The bytes of a model file; o NULL: weights alone. For frs_checkpoint_load and the fuzzer. */
frs_status frs__model_file_parse(frs_ctx *ctx, const char *name, const char *data, int64_t n,
                                 frs_model *m, frs_optim *o, frs_checkpoint *c);
#endif
