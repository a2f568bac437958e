/* What training tells, epoch by epoch: kept with the model and shown in the report. */
#ifndef FRESHET_HISTORY_H
#define FRESHET_HISTORY_H
#include "freshet/base.h"
#ifdef __cplusplus
extern "C" {
#endif

/* validation_loss NaN: not validated in this epoch. epoch counts from 1. */
typedef struct frs_epoch {
    int64_t epoch;
    double training_loss, validation_loss, seconds, learning_rate;
} frs_epoch;
typedef struct frs_history {
    int64_t n;
    frs_epoch *items;
} frs_history;
void frs_history_free(frs_ctx *ctx, frs_history *h);

#ifdef __cplusplus
}
#endif
#endif
