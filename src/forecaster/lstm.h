/* The LSTM forecaster's insides, shared by lstm.c (fit, predict, files) and lstm_state.c
 * (streaming). */
#ifndef FRS_FORECASTER_LSTM_H
#define FRS_FORECASTER_LSTM_H
#include "forecaster/blob.h"
#include "forecaster/lstm_net.h"
#include "freshet/trainer.h"

enum { FRS_LSTM_MAX_OUTPUTS = 366 };
typedef struct lstm_forecaster {
    frs_forecaster base;
    frs_lstm_net net;
    frs_scaler scaler;
    frs_model *model; /* its plans are scratch: one thread at a time */
    frs_history history;
} lstm_forecaster;

extern const frs_forecaster_def frs__lstm;
float frs__lstm_flow(const lstm_forecaster *f, float standardised); /* raw units, clipped */
frs_status frs__lstm_feed_state(frs_plan *plan, const float *h, const float *c); /* NULL: zero */

size_t frs__lstm_state_size(const frs_forecaster *f);
frs_status frs__lstm_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                const float *statics, void *state);
frs_status frs__lstm_state_step(frs_ctx *ctx, const frs_forecaster *f, void *state, int64_t time_s,
                                const float *weather, float target);
frs_status frs__lstm_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                   const float *future, float *out);
#endif
