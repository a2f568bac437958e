/* What the members of the forecaster list share. */
#ifndef FRS_FORECASTER_FORECASTER_H
#define FRS_FORECASTER_FORECASTER_H
#include "base/base.h"
#include "freshet/forecaster.h"

/* Number of values a sample's forecast has: the leads, or 1. */
static inline int64_t frs__n_leads(const frs_task *t) {
    return t->kind == FRS_FORECAST ? t->leads : 1;
}
/* Hands on one sample's forecast, q [frs__n_leads] in raw units; below 0 becomes 0 where the task
 * says so. */
frs_status frs__put_forecast(const frs_task *t, frs_sample_id id, const float *q,
                             const frs_sink *sink);
/* A simulation that is shown past flow hides the last steps of each window, so no state can carry
 * it on: FRS_E_UNSUPPORTED. */
frs_status frs__streams(frs_ctx *ctx, const frs_task *t);
static inline float frs__clip(const frs_task *t, float q) {
    return t->clip_to_zero && q < 0 ? 0.0F : q;
}
#endif
