/* Sen's slope: the median of (x_j - x_i) / (j - i); the interval by the normal approximation of
 * Kendall's S; the line goes through the medians.
 * source: Sen (1968), doi:10.1080/01621459.1968.10480934 */
#include "stats/stats.h"
#include <math.h>

static const double z95 = 1.959963984540054;

double frs__ties(const double *sorted, int64_t n) {
    double sum = 0;
    for (int64_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && sorted[j] == sorted[i]; j++) continue;
        const double k = (double)(j - i);
        sum += k * (k - 1) * (2 * k + 5);
    }
    return sum;
}

static void slopes(const double *x, int64_t n, double *all, int64_t *count) {
    *count = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; isfinite(x[i]) && j < n; j++)
            if (isfinite(x[j])) all[(*count)++] = (x[j] - x[i]) / (double)(j - i);
    frs__ascending(all, *count);
}

static double median_position(const double *x, int64_t n, double *work) {
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) work[m++] = (double)i;
    return frs__order_quantile(work, m, 0.5);
}

frs_status frs_sen_slope(frs_ctx *ctx, const double *x, int64_t n, frs_trend *t) {
    double *sorted = NULL, *all = NULL;
    int64_t m, count;
    t->slope = t->low = t->high = t->intercept = NAN;
    FRS_TRY(frs__present(ctx, x, n, true, &sorted, &m));
    t->n = m;
    if (m < 3 || m > 100000) {
        frs__free(ctx, sorted);
        return frs__fail(ctx, FRS_E_NODATA, _("a trend needs 3 to 100000 values, found %lld"),
                         (long long)m);
    }
    all = frs__alloc(ctx, m * (m - 1) / 2, sizeof *all);
    frs_status s = all ? FRS_OK : FRS_E_NOMEM;
    if (all) {
        const double k = (double)m;
        slopes(x, n, all, &count);
        const double spread = z95 * sqrt((k * (k - 1) * (2 * k + 5) - frs__ties(sorted, m)) / 18);
        const int64_t lo = (int64_t)nearbyint(((double)count - spread) / 2) - 1;
        const int64_t hi = (int64_t)nearbyint(((double)count + spread) / 2);
        t->slope = frs__order_quantile(all, count, 0.5);
        t->low = all[lo < 0 ? 0 : lo];
        t->high = all[hi > count - 1 ? count - 1 : hi];
        t->intercept = frs__order_quantile(sorted, m, 0.5) - t->slope * median_position(x, n, all);
    }
    frs__free(ctx, sorted);
    frs__free(ctx, all);
    return s;
}
