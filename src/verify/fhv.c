/* Bias of the high flows: the upper 2 % of the flow duration curve.
 *     FHV = 100 sum_{h<=H} (sim_h - obs_h) / sum_{h<=H} obs_h      H = 0.02 n, sorted high to low
 * undefined: those observations sum to zero; FRS_E_NODATA where 2 % are not one value
 * source:    Yilmaz, Gupta & Wagener (2008), doi:10.1029/2007WR006716 */
#include "verify/series.h"
#include <math.h>

static const double high_share = 0.02;

static frs_status fhv(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j;
    FRS_TRY(frs__fdc_new(ctx, d, &j));
    const int64_t n = j.n, n_high = (int64_t)rint(high_share * (double)n);
    double diff = 0, sum = 0;
    for (int64_t i = 0; i < n_high; i++) {
        diff += (double)j.sim[i] - (double)j.obs[i];
        sum += j.obs[i];
    }
    frs__joint_free(ctx, &j);
    return frs__score_end(n_high ? n : 0, 100 * diff / sum, value);
}

const frs_score frs__score_fhv = {
    .name = "FHV",
    .title = N_("bias of the highest 2 percent of flows"),
    .kind = FRS_SCORE_SERIES,
    .unit = "%",
    .best = 0,
    .better = 0,
    .series = fhv,
};
