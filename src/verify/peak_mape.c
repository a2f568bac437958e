/* Mean absolute percentage error at the observed peaks.
 *     Peak-MAPE = 100 / P sum_{p<=P} |sim_p - obs_p| / |obs_p|
 * Peaks: of obs, at least a standard deviation prominent and 100 steps apart.
 * undefined: no such peak, or one of zero height
 * source:    NeuralHydrology 1.11: Kratzert et al. (2022), doi:10.21105/joss.04050 */
#include "verify/series.h"
#include <math.h>

static frs_status peak_mape(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j;
    FRS_TRY(frs__joint_new(ctx, d, &j));
    int64_t *peaks = NULL, n_peaks = 0;
    const frs_status s = frs__observed_peaks(ctx, &j, &peaks, &n_peaks);
    double sum = 0;
    for (int64_t i = 0; i < n_peaks; i++) {
        const double sim = j.sim[peaks[i]], obs = j.obs[peaks[i]];
        sum += fabs((sim - obs) / obs);
    }
    const int64_t n = j.n;
    frs__free(ctx, peaks);
    frs__joint_free(ctx, &j);
    FRS_TRY(s);
    return frs__score_end(n, 100 * sum / (double)n_peaks, value);
}

const frs_score frs__score_peak_mape = {
    .name = "Peak-MAPE",
    .title = N_("mean absolute percentage error of the peaks"),
    .kind = FRS_SCORE_SERIES,
    .unit = "%",
    .best = 0,
    .better = -1,
    .series = peak_mape,
};
