/* Augmented Dickey-Fuller test with a constant:
 *     dx_t = c + rho x_t-1 + sum_i g_i dx_t-i + e_t;   the statistic is rho / its standard error.
 * One Cholesky factor of all lags gives the residuals of every smaller number of lags, hence each
 * AIC. source: Dickey & Fuller (1979), doi:10.2307/2286348; lags: Schwert (1989),
 * doi:10.1080/07350015.1989.10509723; p: MacKinnon (1994), doi:10.1080/07350015.1994.10510005;
 * critical values: MacKinnon (2010), Queen's University working paper 1227 */
#include "stats/cholesky.h"
#include "stats/stats.h"
#include <math.h>

typedef struct regression {
    frs_ctx *ctx;
    const double *x; /* less its mean: the statistic does not change, the sums keep their digits */
    int64_t n, lags, rows;
    double *gram, *z, *row; /* [k][k], [k], [k]: k = lags + 2, columns 1, x_t-1, dx_t-1 .. */
    double yy, mean;
    int64_t *run; /* [n] how many values in a row end here */
} regression;

/* Sums over the rows whose values are all there; z becomes L^-1 X'y. */
static bool solve(regression *g, int64_t lags) {
    const int64_t k = lags + 2;
    const double *x = g->x;
    g->lags = lags;
    g->rows = 0;
    g->yy = 0;
    for (int64_t i = 0; i < k * k; i++) g->gram[i] = 0;
    for (int64_t i = 0; i < k; i++) g->z[i] = 0;
    for (int64_t t = lags + 1; t < g->n; t++) {
        if (g->run[t] < lags + 2) continue;
        const double y = x[t] - x[t - 1];
        g->row[0] = 1;
        g->row[1] = x[t - 1] - g->mean;
        for (int64_t i = 1; i <= lags; i++) g->row[i + 1] = x[t - i] - x[t - i - 1];
        for (int64_t i = 0; i < k; i++) {
            const double f = g->row[i];
            double *into = g->gram + i * k;
            for (int64_t j = 0; j <= i; j++) into[j] += f * g->row[j];
            g->z[i] += f * y;
        }
        g->yy += y * y;
        g->rows++;
    }
    if (g->rows <= k || !frs__cholesky(g->gram, k)) return false;
    frs__forward(g->gram, k, g->z);
    return true;
}

/* The number of lags of the least AIC, all on the same rows. */
static int64_t least_aic(const regression *g) {
    const double n = (double)g->rows;
    double left = g->yy - g->z[0] * g->z[0] - g->z[1] * g->z[1], best = INFINITY;
    int64_t at = 0;
    for (int64_t lags = 0; lags <= g->lags; lags++) {
        if (lags > 0) left -= g->z[lags + 1] * g->z[lags + 1];
        const double aic = n * log(left / n) + 2 * (double)(lags + 2);
        if (aic < best) {
            best = aic;
            at = lags;
        }
    }
    return at;
}

/* rho / se: with unit vector e of rho, se^2 = s^2 e'(X'X)^-1 e = s^2 |L^-1 e|^2. */
static double statistic(regression *g) {
    const int64_t k = g->lags + 2;
    double left = g->yy;
    for (int64_t i = 0; i < k; i++) left -= g->z[i] * g->z[i];
    frs__backward(g->gram, k, g->z);
    const double rho = g->z[1];
    for (int64_t i = 0; i < k; i++) g->row[i] = i == 1;
    frs__forward(g->gram, k, g->row);
    double norm = 0;
    for (int64_t i = 0; i < k; i++) norm += g->row[i] * g->row[i];
    return left > 0 ? rho / sqrt(left / (double)(g->rows - k) * norm) : NAN;
}

static double mackinnon_p(double t) {
    if (isnan(t)) return NAN;
    if (t > 2.74) return 1;
    if (t < -18.83) return 0;
    if (t <= -1.61) return frs__normal_cdf(2.1659 + t * (1.4412 + t * 0.038269));
    return frs__normal_cdf(1.7339 + t * (0.93202 + t * (-0.12745 + t * -0.010368)));
}

static void critical_values(double n, double c[3]) {
    static const double b[3][4] = {{-3.43035, -6.5393, -16.786, -79.433},
                                   {-2.86154, -2.8903, -4.234, -40.040},
                                   {-2.56677, -1.5384, -2.809, 0}};
    for (int i = 0; i < 3; i++) c[i] = b[i][0] + (b[i][1] + (b[i][2] + b[i][3] / n) / n) / n;
}

static frs_status test(regression *g, frs_unit_root *r) {
    int64_t m = 0;
    double sum = 0;
    for (int64_t i = 0; i < g->n; i++) {
        g->run[i] = isfinite(g->x[i]) ? (i ? g->run[i - 1] : 0) + 1 : 0;
        if (g->run[i]) sum += g->x[i], m++;
    }
    if (m < 10) return frs__fail(g->ctx, FRS_E_NODATA, _("unit root test: fewer than 10 values"));
    g->mean = sum / (double)m;
    if (!solve(g, g->lags))
        return frs__fail(g->ctx, FRS_E_UNDEFINED,
                         _("unit root test: constant values or too many gaps"));
    const int64_t lags = least_aic(g);
    if (!solve(g, lags))
        return frs__fail(g->ctx, FRS_E_UNDEFINED, _("unit root test: constant values"));
    r->lags = lags;
    r->n = g->rows;
    r->statistic = statistic(g);
    r->p = mackinnon_p(r->statistic);
    critical_values((double)g->rows, r->critical);
    return isfinite(r->statistic)
               ? FRS_OK
               : frs__fail(g->ctx, FRS_E_UNDEFINED, _("unit root test: constant values"));
}

frs_status frs_adf(frs_ctx *ctx, const double *x, int64_t n, frs_unit_root *r) {
    int64_t most = (int64_t)ceil(12 * pow((double)n / 100, 0.25));
    if (most > n / 2 - 2) most = n / 2 - 2;
    *r = (frs_unit_root){.statistic = NAN, .p = NAN, .critical = {NAN, NAN, NAN}};
    if (n < 10) return frs__fail(ctx, FRS_E_NODATA, _("unit root test: fewer than 10 values"));
    const int64_t k = most + 2;
    regression g = {.ctx = ctx, .x = x, .n = n, .lags = most};
    double *work = frs__alloc(ctx, k * k + 2 * k, sizeof *work);
    g.run = frs__alloc(ctx, n, sizeof *g.run);
    frs_status s = FRS_E_NOMEM;
    if (work && g.run) {
        g.gram = work;
        g.z = work + k * k;
        g.row = g.z + k;
        s = test(&g, r);
    }
    frs__free(ctx, work);
    frs__free(ctx, g.run);
    return s;
}
