/* Median over catchments and its 95 % interval by drawing catchments anew (percentile bootstrap).
 * source: Efron (1979), doi:10.1214/aos/1176344552 */
#include "verify/years.h"
#include <math.h>

enum { RESAMPLES = 1000, MIN_VALUES = 3 };

static double draw_median(const double *v, int64_t n, frs_rng rng, double *scratch) {
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = (int64_t)(frs__rng_uniform(rng, (uint64_t)i) * (double)n);
        scratch[i] = v[k < n ? k : n - 1];
    }
    return frs__quantile_of(scratch, n, 0.5);
}

frs_status frs_median_interval(frs_ctx *ctx, const double *v, int64_t n, uint64_t seed,
                               frs_test *t) {
    *t = FRS_NO_TEST;
    double *there = frs__alloc(ctx, 2 * n + RESAMPLES, sizeof *there);
    if (!there) return FRS_E_NOMEM;
    double *scratch = there + n, *medians = there + 2 * n;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(v[i])) there[t->n++] = v[i];
    for (int64_t k = 0; k < RESAMPLES && t->n >= MIN_VALUES; k++)
        medians[k] =
            draw_median(there, t->n, (frs_rng){seed, FRS_RNG_BOOTSTRAP, (uint64_t)k}, scratch);
    if (t->n >= MIN_VALUES) {
        t->low = frs__quantile_of(medians, RESAMPLES, 0.025);
        t->high = frs__quantile_of(medians, RESAMPLES, 0.975);
    }
    if (t->n > 0) t->difference = frs__quantile_of(there, t->n, 0.5);
    frs__free(ctx, there);
    return FRS_OK;
}
