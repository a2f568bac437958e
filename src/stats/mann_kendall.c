/* Mann-Kendall test with Hamed & Rao's variance:
 *     S = sum_{i<j} sgn(x_j - x_i),   V0 = (n (n-1) (2n+5) - ties) / 18,
 *     V = V0 (1 + 2 / (n (n-1) (n-2)) sum_k (n-k) (n-k-1) (n-k-2) rho_k),
 * rho: autocorrelation of the ranks of x less Sen's line, where it is significant at 5 %. A V below
 * V0 is not used: negative rho of a short record is mostly chance, and would make a trend of it.
 * source: Mann (1945), doi:10.2307/1907187; Hamed & Rao (1998), doi:10.1016/S0022-1694(97)00125-X
 */
#include "stats/stats.h"
#include <math.h>

/* Mean ranks of what is there; NaN elsewhere. Yearly series are short: n^2 is fine. */
static void rank_all(const double *x, int64_t n, double *rank) {
    for (int64_t i = 0; i < n; i++) {
        double r = 0.5;
        for (int64_t j = 0; j < n; j++) r += x[j] < x[i] ? 1 : x[j] == x[i] ? 0.5 : 0;
        rank[i] = isfinite(x[i]) ? r : NAN;
    }
}

static frs_status correction(frs_ctx *ctx, const double *x, int64_t n, frs_trend *t) {
    double *work = frs__alloc(ctx, 3 * n, sizeof *work);
    if (!work) return FRS_E_NOMEM;
    double *flat = work, *rank = work + n, *rho = work + 2 * n;
    for (int64_t i = 0; i < n; i++) flat[i] = x[i] - t->slope * (double)i;
    rank_all(flat, n, rank);
    frs_correlogram c = {.acf = rho};
    const frs_status s = frs_acf(ctx, rank, n, n - 1, &c);
    const double m = (double)t->n, bound = 1.959963984540054 / sqrt(m);
    double sum = 0;
    for (int64_t k = 1; s == FRS_OK && k < n && k < t->n; k++)
        if (fabs(rho[k]) > bound)
            sum += (m - (double)k) * (m - (double)k - 1) * (m - (double)k - 2) * rho[k];
    t->correction = 1 + 2 / (m * (m - 1) * (m - 2)) * sum;
    frs__free(ctx, work);
    return s == FRS_E_NOMEM ? s
                            : FRS_OK; /* ranks all equal: x lies on the line, nothing to correct */
}

static double kendall_s(const double *x, int64_t n) {
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) s += x[j] > x[i] ? 1 : x[j] < x[i] ? -1 : 0;
    return s;
}

static double two_sided(double z) {
    return 2 * frs__normal_cdf(-fabs(z));
}

frs_status frs_mann_kendall(frs_ctx *ctx, const double *x, int64_t n, frs_trend *t) {
    double *sorted = NULL;
    int64_t m;
    *t = (frs_trend){.s = NAN, .z = NAN, .p = NAN, .p_plain = NAN, .correction = NAN};
    FRS_TRY(frs_sen_slope(ctx, x, n, t));
    FRS_TRY(frs__present(ctx, x, n, true, &sorted, &m));
    const double k = (double)m, v0 = (k * (k - 1) * (2 * k + 5) - frs__ties(sorted, m)) / 18;
    frs__free(ctx, sorted);
    if (!(v0 > 0)) return frs__fail(ctx, FRS_E_UNDEFINED, _("trend: all values are equal"));
    FRS_TRY(correction(ctx, x, n, t));
    t->s = kendall_s(x, n);
    const double less = t->s > 0 ? t->s - 1 : t->s < 0 ? t->s + 1 : 0;
    t->z = less / sqrt(v0 * fmax(1, t->correction));
    t->p = two_sided(t->z);
    t->p_plain = two_sided(less / sqrt(v0));
    return FRS_OK;
}
