/* Generalised extreme-value distribution, by L-moments; k > 0 is bounded above.
 *     F(x) = exp(-(1 - k (x - xi) / alpha)^(1/k))
 *     t3 = 2 (1 - 3^-k) / (1 - 2^-k) - 3
 *     alpha = l2 k / ((1 - 2^-k) Gamma(1 + k))
 *     xi = l1 - alpha (1 - Gamma(1 + k)) / k
 * source: Jenkinson (1955), doi:10.1002/qj.49708134804; Hosking, Wallis & Wood (1985),
 * doi:10.1080/00401706.1985.10488049 */
#include "stats/stats.h"
#include <math.h>

static const double euler = 0.57721566490153286, nearly_zero = 1e-7;

static double t3_less(const void *arg, double k) {
    const double t3 = fabs(k) < nearly_zero ? 2 * log(3) / log(2) - 3
                                            : 2 * expm1(-k * log(3)) / expm1(-k * log(2)) - 3;
    return t3 - *(const double *)arg;
}

static frs_status fit(const double *sorted, int64_t n, double *par) {
    double l[4];
    frs__l_moments(sorted, n, l);
    if (!(l[1] > 0)) return FRS_E_UNDEFINED;
    const double k = frs__root(t3_less, &l[2], -0.999, 20);
    if (!isfinite(k)) return FRS_E_UNDEFINED;
    if (fabs(k) < nearly_zero) {
        par[1] = l[1] / log(2);
        par[0] = l[0] - euler * par[1];
        par[2] = 0;
        return FRS_OK;
    }
    const double gamma = exp(frs__log_gamma(1 + k));
    par[1] = l[1] * k / (-expm1(-k * log(2)) * gamma);
    par[0] = l[0] - par[1] * (1 - gamma) / k;
    par[2] = k;
    return FRS_OK;
}

static double quantile(const double *par, double p) {
    const double y = -log(-log(p)), k = par[2];
    return par[0] + par[1] * (k == 0 ? y : -expm1(-k * y) / k);
}

const frs_distribution frs__gev = {.name = "gev",
                                   .title = N_("GEV (L-moments)"),
                                   .n_par = 3,
                                   .par = {"xi", "alpha", "k"},
                                   .mirrored = true,
                                   .fit = fit,
                                   .quantile = quantile};
