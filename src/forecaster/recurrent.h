/* What the recurrent forecasters share: recurrent.c (fit, predict, files), recurrent_state.c
 * (streaming). */
#ifndef FRS_FORECASTER_RECURRENT_H
#define FRS_FORECASTER_RECURRENT_H
#include "forecaster/blob.h"
#include "forecaster/recurrent_net.h"

typedef struct recurrent {
    frs_forecaster base;
    frs_recurrent_net net;
    frs_scaler scaler;
    frs_model *model; /* its plans are scratch: one thread at a time */
    frs_history history;
} recurrent;

/* Weights trained elsewhere, by the names of recurrent_net.h; borrowed. */
typedef struct frs_weight {
    const char *name;
    const float *values;
    int64_t n;
} frs_weight;
typedef struct frs_weights {
    const frs_weight *items;
    int64_t n;
} frs_weights;
/* A forecaster of the kind that net->cell names. net->channels and net->outputs must be those of
 * samples of the task; net->skip is 0 for a net without a connection from the last flow. On success
 * the scaler is the forecaster's and *scaler empty. errors: FRS_E_INPUT a parameter that is missing
 * or of another size, FRS_E_ARG another net. */
frs_status frs__recurrent_make(frs_ctx *ctx, const frs_task *task, const frs_recurrent_net *net,
                               frs_scaler *scaler, const frs_weights *w, frs_forecaster **f);

frs_status frs__recurrent_fit(frs_ctx *ctx, const frs_forecaster_def *def, frs_cell_kind cell,
                              const frs_fit_args *a, frs_forecaster **f);
frs_status frs__recurrent_predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                                  const frs_sink *sink);
frs_status frs__recurrent_save(frs_ctx *ctx, const frs_forecaster *f, const char *path);
frs_status frs__recurrent_load(frs_ctx *ctx, const char *path, frs_forecaster **f);
frs_status frs__recurrent_describe(frs_ctx *ctx, const frs_forecaster *f, char **text);
frs_status frs__recurrent_explain(frs_ctx *ctx, const frs_forecaster *f, char **text);
const frs_history *frs__recurrent_history(const frs_forecaster *f);
void frs__recurrent_free(frs_ctx *ctx, frs_forecaster *f);

float frs__recurrent_flow(const recurrent *f, float standardised); /* raw units, clipped */
/* h, then c, of all layers into a plan of one series. */
frs_status frs__recurrent_feed_state(const recurrent *f, frs_plan *plan, const float *p);

size_t frs__recurrent_state_size(const frs_forecaster *f);
frs_status frs__recurrent_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                     const float *statics, void *state);
frs_status frs__recurrent_state_step(frs_ctx *ctx, const frs_forecaster *f, void *state,
                                     int64_t time_s, const float *weather, float target);
frs_status frs__recurrent_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                        const float *future, float *out);

/* The table of one cell. */
#define FRS_RECURRENT(NAME, CELL, TITLE, SERVES)                                                   \
    extern const frs_forecaster_def frs__##NAME;                                                   \
    static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **f) {               \
        return frs__recurrent_fit(ctx, &frs__##NAME, CELL, a, f);                                  \
    }                                                                                              \
    const frs_forecaster_def frs__##NAME = {.name = #NAME,                                         \
                                            .title = TITLE,                                        \
                                            .serves = SERVES,                                      \
                                            .fit = fit,                                            \
                                            .predict = frs__recurrent_predict,                     \
                                            .save = frs__recurrent_save,                           \
                                            .load = frs__recurrent_load,                           \
                                            .describe = frs__recurrent_describe,                   \
                                            .state_size = frs__recurrent_state_size,               \
                                            .state_init = frs__recurrent_state_init,               \
                                            .state_step = frs__recurrent_state_step,               \
                                            .state_predict = frs__recurrent_state_predict,         \
                                            .free = frs__recurrent_free,                           \
                                            .history = frs__recurrent_history,                     \
                                            .explain = frs__recurrent_explain};
#endif
