/* KPSS test of stationarity about a level:
 *     eta = sum_t S_t^2 / n^2 / s^2,   S_t: running sum of the deviations from the mean,
 *     s^2 = (sum e_t^2 + 2 sum_{i<=l} (1 - i / (l + 1)) sum e_t e_t-i) / n.
 * source: Kwiatkowski et al. (1992), doi:10.1016/0304-4076(92)90104-Y; l: Hobijn, Franses & Ooms
 * (2004), doi:10.1111/j.1467-9574.2004.00272.x */
#include "stats/stats.h"
#include <math.h>

static double product(const double *e, int64_t n, int64_t lag) {
    double sum = 0;
    for (int64_t i = lag; i < n; i++) sum += e[i] * e[i - lag];
    return sum;
}

static int64_t bandwidth(const double *e, int64_t n, double count) {
    double s0 = product(e, n, 0) / count, s1 = 0;
    const int64_t most = (int64_t)pow(count, 2.0 / 9);
    for (int64_t i = 1; i <= most && i < n; i++) {
        const double c = product(e, n, i) / (count / 2);
        s0 += c;
        s1 += (double)i * c;
    }
    const double l = 1.1447 * cbrt(s1 / s0 * (s1 / s0)) * cbrt(count);
    return l < count - 1 ? (int64_t)l : (int64_t)count - 1;
}

static double table_p(double eta, frs_unit_root *r) {
    static const double at[4] = {0.347, 0.463, 0.574, 0.739}, p[4] = {0.10, 0.05, 0.025, 0.01};
    r->p_greatest = eta <= at[0];
    r->p_least = eta >= at[3];
    if (r->p_greatest) return p[0];
    for (int i = 1; i < 4; i++)
        if (eta < at[i])
            return p[i - 1] + (p[i] - p[i - 1]) * (eta - at[i - 1]) / (at[i] - at[i - 1]);
    return p[3];
}

frs_status frs_kpss(frs_ctx *ctx, const double *x, int64_t n, frs_unit_root *r) {
    *r = (frs_unit_root){.statistic = NAN, .p = NAN, .critical = {0.739, 0.463, 0.347}};
    double *e = frs__alloc(ctx, n, sizeof *e);
    if (!e) return FRS_E_NOMEM;
    double sum = 0, eta = 0, run = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            r->n++;
        }
    const double count = (double)r->n;
    for (int64_t i = 0; i < n; i++) {
        e[i] = isfinite(x[i]) ? x[i] - sum / count : 0;
        run += e[i];
        if (isfinite(x[i])) eta += run * run;
    }
    double s2 = r->n > 0 ? product(e, n, 0) : 0;
    if (r->n >= 10 && s2 > 0) {
        r->lags = bandwidth(e, n, count);
        for (int64_t i = 1; i <= r->lags && i < n; i++)
            s2 += 2 * product(e, n, i) * (1 - (double)i / ((double)r->lags + 1));
        r->statistic = eta / count / s2;
        r->p = table_p(r->statistic, r);
    }
    frs__free(ctx, e);
    if (r->n < 10) return frs__fail(ctx, FRS_E_NODATA, _("KPSS test: fewer than 10 values"));
    return isfinite(r->statistic)
               ? FRS_OK
               : frs__fail(ctx, FRS_E_UNDEFINED, _("KPSS test: constant values"));
}
