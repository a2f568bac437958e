/* From the config's training keys to frs_train, for every net of this folder. */
#ifndef FRS_FORECASTER_NET_TRAIN_H
#define FRS_FORECASTER_NET_TRAIN_H
#include "freshet/forecaster.h"
#include "freshet/trainer.h"

typedef struct frs_net_training {
    const char *name; /* of the forecaster: its checkpoint and weights are named after it */
    frs_model *model;
    frs_batches batches;
    frs_status (*validate)(frs_ctx *ctx, const void *arg, double *loss);
    const void *validate_arg;
} frs_net_training;
frs_status frs__net_train(frs_ctx *ctx, const frs_fit_args *a, const frs_net_training *t,
                          frs_history *history);
/* Index of `text` among the names, without regard to case; 0 when it is none of them. */
int frs__choice(const char *text, const char *const *names, int n);
/* A dense layer with a name of its own. */
frs_tensor *frs__net_dense(frs_builder *b, const char *name, frs_tensor *x, int64_t units);
/* A model whose weights are there: frs_model_new, and compiled once. */
frs_status frs__net_model(frs_ctx *ctx, const frs_model_opts *o, frs_model **m);
#endif
