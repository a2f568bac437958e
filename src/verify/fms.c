/* Bias of the flow duration curve's slope between exceedance 0.2 and 0.7: how flashy the flow is.
 *     FMS = 100 (slope sim - slope obs) / (slope obs + 1e-6),   slope = ln Q_0.2 - ln Q_0.7
 * 1e-6 and no flow counted as 1e-6 are NeuralHydrology's.
 * undefined: Q_0.2 = Q_0.7 in obs, a negative obs there
 * source:    Yilmaz, Gupta & Wagener (2008), doi:10.1029/2007WR006716 */
#include "verify/series.h"
#include <math.h>

static const double upper = 0.2, lower = 0.7;

static frs_status fms(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j;
    FRS_TRY(frs__fdc_new(ctx, d, &j));
    const int64_t n = j.n;
    double v = (double)NAN;
    if (n >= 2) {
        const int64_t a = (int64_t)rint(upper * (double)n), b = (int64_t)rint(lower * (double)n);
        const double sim = frs__log_sim(j.sim[a]) - frs__log_sim(j.sim[b]);
        const double obs = frs__log_obs(j.obs[a]) - frs__log_obs(j.obs[b]);
        if (obs != 0) v = 100 * (sim - obs) / (obs + 1e-6);
    }
    frs__joint_free(ctx, &j);
    return frs__score_end(n, v, value);
}

const frs_score frs__score_fms = {
    .name = "FMS",
    .title = N_("bias of the middle slope of the flow duration curve"),
    .kind = FRS_SCORE_SERIES,
    .unit = "%",
    .best = 0,
    .better = 0,
    .series = fms,
};
