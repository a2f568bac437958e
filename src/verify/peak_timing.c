/* Mean distance in steps between an observed peak and the simulated one.
 *     Peak-Timing = sum_p |step of sim's peak - step of obs' peak| / P
 * Peaks: of obs, at least a standard deviation prominent and 100 steps apart; those nearer than the
 * window to an end or a gap are left out. The simulated peak is at the same step if sim is higher
 * there than on both sides, else at its highest value in the window: half a day, at least 3 steps,
 * on either side.
 * undefined: no such peak
 * source:    Kratzert et al. (2021), appendix, doi:10.5194/hess-25-2685-2021 */
#include "verify/series.h"
#include <math.h>

static int64_t offset(const float *sim, int64_t w) {
    if (sim[0] > sim[-1] && sim[0] > sim[1]) return 0;
    int64_t at = -w;
    for (int64_t i = -w + 1; i <= w; i++)
        if (sim[i] > sim[at]) at = i;
    return at < 0 ? -at : at;
}

static frs_status peak_timing(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j;
    FRS_TRY(frs__joint_new(ctx, d, &j));
    const int64_t n = j.n, w = frs__half_day(d, 3);
    int64_t *peaks = NULL, n_peaks = 0, used = 0, sum = 0;
    const frs_status s = frs__observed_peaks(ctx, &j, &peaks, &n_peaks);
    for (int64_t i = 0; i < n_peaks; i++) {
        if (!frs__window_whole(&j, peaks[i], w)) continue;
        sum += offset(j.sim + peaks[i], w);
        used++;
    }
    frs__free(ctx, peaks);
    frs__joint_free(ctx, &j);
    FRS_TRY(s);
    return frs__score_end(n, (double)sum / (double)used, value);
}

const frs_score frs__score_peak_timing = {
    .name = "Peak-Timing",
    .title = N_("mean error of the time of a peak"),
    .kind = FRS_SCORE_SERIES,
    .unit = "step",
    .best = 0,
    .better = -1,
    .series = peak_timing,
};
