/* Autocorrelation and partial autocorrelation.
 *     c_k = (n - k) / n * mean of (x_t - m)(x_t+k - m) over the pairs that are there,
 * which without gaps is the usual sum / n; r_k = c_k / c_0. Partial: Durbin-Levinson; with gaps,
 * where r need not belong to any process, Burg's recursion over the stretches without gaps. source:
 * Box & Jenkins (1976); Bartlett (1946), doi:10.2307/2983611; Durbin (1960), doi:10.2307/1401322;
 * Burg (1975), Maximum entropy spectral analysis, Stanford */
#include "stats/stats.h"
#include <math.h>
#include <string.h>

static const double z95 = 1.959963984540054;

/* Deviations from the mean, 0 where missing, and a 1 or 0 for each. */
static int64_t deviations(const double *x, int64_t n, double *e, double *there) {
    double sum = 0;
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            m++;
        }
    for (int64_t i = 0; i < n; i++) {
        there[i] = isfinite(x[i]) ? 1 : 0;
        e[i] = isfinite(x[i]) ? x[i] - sum / (double)m : 0;
    }
    return m;
}

static double lagged(const double *a, const double *b, int64_t n, int64_t k) {
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n - k; i += 4)
        for (int j = 0; j < 4; j++) sum[j] += a[i + j] * b[i + j + k];
    for (; i < n - k; i++) sum[0] += a[i] * b[i + k];
    return sum[0] + sum[1] + (sum[2] + sum[3]);
}

static void durbin_levinson(const double *r, int64_t lags, double *phi, double *old, double *pacf) {
    double v = 1;
    pacf[0] = 1;
    for (int64_t k = 1; k <= lags; k++) {
        double a = r[k];
        for (int64_t j = 1; j < k; j++) a -= old[j] * r[k - j];
        phi[k] = v > 0 ? a / v : NAN;
        for (int64_t j = 1; j < k; j++) phi[j] = old[j] - phi[k] * old[k - j];
        for (int64_t j = 1; j <= k; j++) old[j] = phi[j];
        v *= 1 - phi[k] * phi[k];
        pacf[k] = phi[k];
    }
}

/* phi_k = 2 sum f_t b_t-1 / sum (f_t^2 + b_t-1^2) over t with k values before it that are there. */
static void burg(const double *there, int64_t n, int64_t lags, double *f, double *b, double *pacf) {
    pacf[0] = 1;
    for (int64_t k = 1; k <= lags; k++) {
        double up = 0, down = 0;
        int64_t run = 0;
        for (int64_t t = 0; t < n; t++) {
            run = there[t] > 0 ? run + 1 : 0;
            if (run <= k) continue;
            up += f[t] * b[t - 1];
            down += f[t] * f[t] + b[t - 1] * b[t - 1];
        }
        pacf[k] = down > 0 ? 2 * up / down : NAN;
        if (!(down > 0)) continue;
        double before = b[0]; /* b_t-1 as it was */
        for (int64_t t = 1; t < n; t++) {
            const double old = f[t];
            f[t] = old - pacf[k] * before;
            const double next = before - pacf[k] * old;
            before = b[t];
            b[t] = next;
        }
    }
}

static frs_status correlate(frs_ctx *ctx, const double *x, int64_t n, int64_t lags,
                            frs_correlogram *c, double *work) {
    double *e = work, *there = work + n, *phi = work + 2 * n, *old = phi + lags + 1;
    const int64_t m = deviations(x, n, e, there);
    if (m < 3) return frs__fail(ctx, FRS_E_NODATA, _("autocorrelation: fewer than 3 values"));
    const double c0 = lagged(e, e, n, 0) / (double)m;
    if (!(c0 > 0)) return frs__fail(ctx, FRS_E_UNDEFINED, _("autocorrelation: constant values"));
    double sum = 0;
    for (int64_t k = 0; k <= lags; k++) {
        const double pairs = m == n ? (double)(n - k) : lagged(there, there, n, k);
        c->acf[k] = pairs > 0 ? lagged(e, e, n, k) / pairs * (double)(n - k) / (double)n / c0 : NAN;
        if (c->acf_bound) c->acf_bound[k] = k == 0 ? 0 : z95 * sqrt((1 + 2 * sum) / (double)m);
        if (k > 0) sum += c->acf[k] * c->acf[k];
    }
    if (c->pacf && m == n) durbin_levinson(c->acf, lags, phi, old, c->pacf);
    if (c->pacf && m < n) {
        double *b = old + lags + 1;
        memcpy(b, e, (size_t)n * sizeof *b);
        burg(there, n, lags, e, b, c->pacf);
    }
    c->pacf_bound = z95 / sqrt((double)m);
    return FRS_OK;
}

frs_status frs_acf(frs_ctx *ctx, const double *x, int64_t n, int64_t lags, frs_correlogram *c) {
    c->pacf_bound = NAN;
    for (int64_t k = 0; k <= lags; k++) {
        c->acf[k] = NAN;
        if (c->acf_bound) c->acf_bound[k] = NAN;
        if (c->pacf) c->pacf[k] = NAN;
    }
    if (lags < 0 || lags >= n)
        return frs__fail(ctx, FRS_E_ARG, _("%lld lags of %lld values"), (long long)lags,
                         (long long)n);
    double *work = frs__alloc(ctx, 3 * n + 2 * (lags + 1), sizeof *work);
    if (!work) return FRS_E_NOMEM;
    const frs_status s = correlate(ctx, x, n, lags, c, work);
    frs__free(ctx, work);
    return s;
}

/* ---- cross-correlation */
static frs_status cross(frs_ctx *ctx, const frs_record *x, const double *y, int64_t lags,
                        frs_cross *c, double *work) {
    const int64_t n = x->n;
    double *ex = work, *tx = work + n, *ey = work + 2 * n, *ty = work + 3 * n;
    const int64_t mx = deviations(x->x, n, ex, tx), my = deviations(y, n, ey, ty);
    if (mx < 3 || my < 3)
        return frs__fail(ctx, FRS_E_NODATA, _("cross-correlation: fewer than 3 values"));
    const double sx = sqrt(lagged(ex, ex, n, 0) / (double)mx),
                 sy = sqrt(lagged(ey, ey, n, 0) / (double)my);
    if (!(sx > 0) || !(sy > 0))
        return frs__fail(ctx, FRS_E_UNDEFINED, _("cross-correlation: constant values"));
    for (int64_t k = 0; k <= lags; k++) {
        const double pairs = mx == n && my == n ? (double)(n - k) : lagged(tx, ty, n, k);
        if (!(pairs > 0)) continue;
        c->r[k] = lagged(ex, ey, n, k) / pairs * (double)(n - k) / (double)n / (sx * sy);
        if (k == 0) c->bound = z95 / sqrt(pairs);
        if (c->response < 0 || c->r[k] > c->r[c->response]) c->response = k;
    }
    return c->response < 0 ? frs__fail(ctx, FRS_E_NODATA, _("cross-correlation: no pair of values"))
                           : FRS_OK;
}

frs_status frs_ccf(frs_ctx *ctx, const frs_record *x, const double *y, int64_t lags, frs_cross *c) {
    c->bound = NAN;
    c->response = -1;
    for (int64_t k = 0; k <= lags; k++) c->r[k] = NAN;
    if (lags < 0 || lags >= x->n)
        return frs__fail(ctx, FRS_E_ARG, _("%lld lags of %lld values"), (long long)lags,
                         (long long)x->n);
    double *work = frs__alloc(ctx, 4 * x->n, sizeof *work);
    if (!work) return FRS_E_NOMEM;
    const frs_status s = cross(ctx, x, y, lags, c, work);
    frs__free(ctx, work);
    return s;
}
