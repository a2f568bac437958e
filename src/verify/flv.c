/* Bias of the low flows: the lower 30 % of the flow duration curve, in logarithms above the lowest.
 *     FLV = -100 (low sim - low obs) / (low obs + 1e-6)
 *     low = sum_{l<=L} (ln Q_l - min ln Q),  L = 0.3 n
 * 1e-6 and no flow counted as 1e-6 are NeuralHydrology's.
 * undefined: those obs all equal, a negative obs there
 * source:    Yilmaz, Gupta & Wagener (2008), doi:10.1029/2007WR006716 */
#include "verify/series.h"
#include <math.h>

static const double low_share = 0.3;

/* Sum of the logarithms of q[n], sorted from high to low, above the least of them. That is the
 * last, unless it is nothing, counted as 1e-6, and another is less than that. */
static double low_volume(const float *q, int64_t n, double (*log_of)(float)) {
    const double last = n ? log_of(q[n - 1]) : 0;
    double sum = 0, least = 0;
    for (int64_t i = 0; i < n; i++) {
        const double above = log_of(q[i]) - last;
        sum += above;
        if (above < least) least = above;
    }
    return sum - (double)n * least;
}

static frs_status flv(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j;
    FRS_TRY(frs__fdc_new(ctx, d, &j));
    const int64_t n = j.n, n_low = (int64_t)rint(low_share * (double)n), from = n - n_low;
    const double sim = low_volume(j.sim + from, n_low, frs__log_sim);
    const double obs = low_volume(j.obs + from, n_low, frs__log_obs);
    const bool flat = n_low == 0 || j.obs[from] == j.obs[n - 1];
    frs__joint_free(ctx, &j);
    return frs__score_end(n, flat ? (double)NAN : -100 * (sim - obs) / (obs + 1e-6), value);
}

const frs_score frs__score_flv = {
    .name = "FLV",
    .title = N_("bias of the lowest 30 percent of flows"),
    .kind = FRS_SCORE_SERIES,
    .unit = "%",
    .best = 0,
    .better = 0,
    .series = flv,
};
