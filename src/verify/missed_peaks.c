/* Share of observed peaks without a simulated one near.
 * Peaks of either side: above its own 80th percentile, at least 30 steps apart. Missed: no
 * simulated peak within half a day, at least 1 step; peaks nearer than that to an end or a gap are
 * never missed but counted in the share.
 *     Missed-Peaks = missed / observed
 * undefined: no observed peak (NeuralHydrology says 0)
 * source:    NeuralHydrology 1.11: Kratzert et al. (2022), doi:10.21105/joss.04050 */
#include "verify/series.h"
#include <math.h>

enum { APART = 30 };

/* Of values sorted from high to low; written so that it hits them exactly, as numpy does. */
static double percentile_80(const float *sorted, int64_t n) {
    const double h = 0.8 * (double)(n - 1), below = floor(h), t = h - below;
    const float *at = sorted + n - 1 - (int64_t)below;
    const double a = at[0], b = t > 0 ? at[-1] : at[0];
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

static frs_status high_peaks(frs_ctx *ctx, const float *x, const float *sorted, int64_t n,
                             int64_t **peaks, int64_t *n_peaks) {
    const frs__peak_opts o = {.distance = APART,
                              .min_height = n ? percentile_80(sorted, n) : 0,
                              .min_prominence = -INFINITY};
    return frs__peaks_find(ctx, x, n, o, peaks, n_peaks);
}

static bool any_near(const int64_t *peaks, int64_t n, int64_t at, int64_t w) {
    for (int64_t i = 0; i < n; i++)
        if (peaks[i] >= at - w && peaks[i] <= at + w) return true;
    return false;
}

static frs_status missed_peaks(frs_ctx *ctx, const frs_score_series *d, double *value) {
    frs__joint j = {0}, sorted = {0};
    int64_t *obs = NULL, *sim = NULL, n_obs = 0, n_sim = 0, missed = 0;
    frs_status s = frs__joint_new(ctx, d, &j);
    if (s == FRS_OK) s = frs__fdc_new(ctx, d, &sorted);
    if (s == FRS_OK) s = high_peaks(ctx, j.obs, sorted.obs, j.n, &obs, &n_obs);
    if (s == FRS_OK) s = high_peaks(ctx, j.sim, sorted.sim, j.n, &sim, &n_sim);
    const int64_t n = j.n, w = frs__half_day(d, 1);
    for (int64_t i = 0; s == FRS_OK && i < n_obs; i++)
        missed += frs__window_whole(&j, obs[i], w) && !any_near(sim, n_sim, obs[i], w);
    frs__free(ctx, obs);
    frs__free(ctx, sim);
    frs__joint_free(ctx, &sorted);
    frs__joint_free(ctx, &j);
    FRS_TRY(s);
    return frs__score_end(n, (double)missed / (double)n_obs, value);
}

const frs_score frs__score_missed_peaks = {
    .name = "Missed-Peaks",
    .title = N_("share of observed peaks that the model misses"),
    .kind = FRS_SCORE_SERIES,
    .unit = "-",
    .best = 0,
    .better = -1,
    .series = missed_peaks,
};
