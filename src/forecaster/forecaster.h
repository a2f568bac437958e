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
enum { FRS_NET_NAME = 30 }; /* characters of the name of a net of `nets` */
/* What a config can name: a row of the list, or a net of its `nets`, which come after these. */
typedef struct frs_candidate {
    const frs_forecaster_def *def; /* NULL: there is none */
    const char *name;
} frs_candidate;
int64_t frs__n_candidates(const frs_config *c);
frs_candidate frs__candidate_at(const frs_config *c, int64_t i);
frs_candidate frs__candidate_find(const frs_config *c, const char *name);
/* The net that `model` names or is. */
frs_candidate frs__candidate_model(const frs_config *c);
/* Fits it with what `a` has else. */
frs_status frs__candidate_fit(frs_ctx *ctx, frs_candidate k, const frs_fit_args *a,
                              frs_forecaster **f);
/* Names and layers of `nets` and `model`, but not whether their shapes fit.
 * errors: FRS_E_INPUT with the place in the file */
frs_status frs__nets_check(frs_ctx *ctx, const frs_config *c, const frs_task *t);
/* Whether a candidate that is a net of layers fits the task. errors: as above, which layer */
frs_status frs__candidate_check(frs_ctx *ctx, const frs_config *c, frs_candidate k,
                                const frs_task *t);
const char *frs__candidate_title(frs_candidate k); /* translated; of a net its name */
/* All names, "a, b, c", for messages. */
void frs__candidate_names(const frs_config *c, frs_buf *b);

static inline float frs__clip(const frs_task *t, float q) {
    return t->clip_to_zero && q < 0 ? 0.0F : q;
}
#endif
