/* Baselines that see the flow alone: the readings of the window, newest last. */
#ifndef FRS_FORECASTER_RECENT_H
#define FRS_FORECASTER_RECENT_H
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"

/* flow [T] raw, NaN missing; q [leads]. site: a name. */
typedef void (*frs_recent_fn)(const frs_forecaster *f, const char *site, int64_t issue_s,
                              const float *flow, float *q);
typedef struct recent { /* first member of each of them */
    frs_forecaster base;
    frs_recent_fn flow;
    uint64_t hash;
} recent;
bool frs__recent_serves(const frs_task *t); /* forecasts */
/* Steps since the newest reading of flow [T]; -1: none is there. */
int64_t frs__recent_age(const float *flow, int64_t T);
/* The raw flow of a window, [T], from a window x [W][C] without scaling. */
void frs__recent_flow(const frs_task *t, int64_t C, const float *x, float *flow);
/* Each training sample: its flow and its targets y [leads] in turn. */
typedef struct frs_recent_sample {
    int64_t site; /* of the samples */
    int64_t issue_s;
    const float *flow, *y;
} frs_recent_sample;
frs_status frs__recent_each(frs_ctx *ctx, const frs_samples *s,
                            void (*fn)(void *arg, const frs_recent_sample *r), void *arg);

frs_status frs__recent_predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                               const frs_sink *sink);
size_t frs__recent_state_size(const frs_forecaster *f);
frs_status frs__recent_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                  const float *statics, void *state);
frs_status frs__recent_state_step(frs_ctx *ctx, const frs_forecaster *f, void *state,
                                  int64_t time_s, const float *weather, float target);
frs_status frs__recent_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                     const float *future, float *out);
#endif
