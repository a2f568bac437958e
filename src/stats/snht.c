/* Standard normal homogeneity test for one break: z = (x - mean) / sd (ddof 1),
 *     T_k = k mean(z_1..k)^2 + (n - k) mean(z_k+1..n)^2,   T_0 = max T_k.
 * p: the share of draws of n independent normal values whose T_0 is no less.
 * source: Alexandersson (1986), doi:10.1002/joc.3370060607 */
#include "stats/breaks.h"
#include <math.h>

enum { DRAWS = 2000 };

static double statistic(const double *x, int64_t n, int64_t *at) {
    const double m = (double)n, mean = frs__mean(x, n);
    double sq = 0, sum = 0, best = -1;
    for (int64_t i = 0; i < n; i++) sq += (x[i] - mean) * (x[i] - mean);
    for (int64_t k = 1; k < n; k++) { /* the z sum to 0: one running sum gives both means */
        sum += x[k - 1] - mean;
        const double t = sum * sum * (1 / (double)k + 1 / (m - (double)k));
        if (t > best) {
            best = t;
            *at = k;
        }
    }
    return sq > 0 ? best / (sq / (m - 1)) : NAN;
}

static void draw(frs_rng rng, double *x, int64_t n) {
    for (int64_t i = 0; i < n; i += 2) {
        uint32_t u[4];
        frs__rng_u32x4(rng, (uint64_t)i / 2, u);
        const double r = sqrt(-2 * log(((double)u[0] + 0.5) * 0x1p-32)),
                     a = 2 * M_PI * (double)u[1] * 0x1p-32;
        x[i] = r * cos(a);
        if (i + 1 < n) x[i + 1] = r * sin(a);
    }
}

frs_status frs_snht(frs_ctx *ctx, const double *x, int64_t n, uint64_t seed, frs_break *b) {
    double *v = NULL;
    int64_t k = 1, dummy, more = 0;
    FRS_TRY(frs__break_begin(ctx, x, n, &v, b));
    const double t0 = statistic(v, b->n, &k);
    for (int i = 0; i < DRAWS && isfinite(t0); i++) {
        draw((frs_rng){seed, FRS_RNG_TEST, (uint64_t)i}, v, b->n);
        more += statistic(v, b->n, &dummy) >= t0;
    }
    frs__free(ctx, v);
    if (!isfinite(t0)) return frs__fail(ctx, FRS_E_UNDEFINED, _("SNHT: all values are equal"));
    frs__break_at(x, n, k, b);
    b->statistic = t0;
    b->p = (double)(more + 1) / (DRAWS + 1);
    return FRS_OK;
}
