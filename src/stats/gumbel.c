/* Gumbel's distribution, F(x) = exp(-exp(-(x - xi) / alpha)), by L-moments: alpha = l2 / ln 2,
 * xi = l1 - 0.5772 alpha. source: Gumbel (1958), Statistics of Extremes; Hosking (1990),
 * doi:10.1111/j.2517-6161.1990.tb01775.x */
#include "stats/stats.h"
#include <math.h>

static const double euler = 0.57721566490153286;

static frs_status fit(const double *sorted, int64_t n, double *par) {
    double l[4];
    frs__l_moments(sorted, n, l);
    if (!(l[1] > 0)) return FRS_E_UNDEFINED;
    par[1] = l[1] / log(2);
    par[0] = l[0] - euler * par[1];
    return FRS_OK;
}

static double quantile(const double *par, double p) {
    return par[0] - par[1] * log(-log(p));
}

const frs_distribution frs__gumbel = {.name = "gumbel",
                                      .title = N_("Gumbel (L-moments)"),
                                      .n_par = 2,
                                      .par = {"xi", "alpha"},
                                      .mirrored = true,
                                      .fit = fit,
                                      .quantile = quantile};
