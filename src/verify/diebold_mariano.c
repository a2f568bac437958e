/* Diebold-Mariano test that two forecasts have the same mean squared error, two-sided.
 *     d_t = (a_t - o_t)^2 - (b_t - o_t)^2
 *     V = (g_0 + 2 sum_{k=1..m} (1 - k / (m + 1)) g_k) / n,  g_k the autocovariance of d
 *     DM = mean(d) / sqrt(V) sqrt((n + 1 - 2 L + L (L - 1) / n) / n), against Student's t, n - 1
 * m: at least L - 1, for errors of L steps ahead overlap, and at least 4 (n / 100)^(2/9), for they
 * outlast that. g_k sums over the t where d_t and d_{t+k} are there and divides by n.
 * source: Diebold & Mariano (1995), doi:10.1080/07350015.1995.10524599; HAC: Newey & West (1987),
 * doi:10.2307/1913610, (1994), doi:10.2307/2297912; small samples: Harvey, Leybourne & Newbold
 * (1997), doi:10.1016/S0169-2070(96)00719-4; gaps: Datta & Du (2012), FRB IFDP 1060 */
#include "verify/score.h"
#include "verify/student.h"
#include <math.h>

enum { MIN_STEPS = 20 };

/* Deviations of d from its mean, 0 where d is not there: such a step adds nothing to any sum. */
static int64_t deviations(const frs_rivals *r, double *d, double *mean) {
    int64_t n = 0;
    double sum = 0;
    for (int64_t i = 0; i < r->n; i++) {
        const double a = (double)r->a[i] - (double)r->obs[i],
                     b = (double)r->b[i] - (double)r->obs[i];
        d[i] = a * a - b * b;
        if (isnan(d[i])) continue;
        sum += d[i];
        n++;
    }
    *mean = sum / (double)n;
    for (int64_t i = 0; i < r->n; i++) d[i] = isnan(d[i]) ? 0 : d[i] - *mean;
    return n;
}

static double covariance(const double *d, int64_t n, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i + k < n; i++) sum += d[i] * d[i + k];
    return sum;
}

static double variance_of_mean(const double *d, int64_t length, int64_t n, int64_t m) {
    double sum = covariance(d, length, 0);
    for (int64_t k = 1; k <= m; k++)
        sum += 2 * (1 - (double)k / (double)(m + 1)) * covariance(d, length, k);
    return sum / (double)n / (double)n;
}

static frs_status test(const frs_rivals *r, int64_t lead, double *d, frs_test *t) {
    const int64_t L = lead > 1 ? lead : 1;
    double mean;
    t->n = deviations(r, d, &mean);
    const double n = (double)t->n, h = (double)L;
    const int64_t usual = (int64_t)(4 * pow(n / 100, 2.0 / 9)), m = L - 1 > usual ? L - 1 : usual;
    if (t->n < MIN_STEPS || t->n <= 2 * m) return FRS_E_NODATA;
    t->difference = mean;
    const double v = variance_of_mean(d, r->n, t->n, m);
    if (!(v > 0)) return FRS_E_UNDEFINED;
    t->statistic = mean / sqrt(v) * sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n);
    t->p = frs__student_p(t->statistic, n - 1);
    return FRS_OK;
}

frs_status frs_diebold_mariano(frs_ctx *ctx, const frs_rivals *r, int64_t lead, frs_test *t) {
    *t = FRS_NO_TEST;
    double *d = frs__alloc(ctx, r->n, sizeof *d);
    if (!d) return FRS_E_NOMEM;
    const frs_status s = test(r, lead, d, t);
    frs__free(ctx, d);
    if (s == FRS_E_NODATA)
        return frs__fail(ctx, s, _("too few: %lld steps for a test of forecasts %lld steps ahead"),
                         (long long)t->n, (long long)lead);
    if (s == FRS_E_UNDEFINED)
        return frs__fail(ctx, s, _("the errors of the two forecasts never differ"));
    return s;
}
