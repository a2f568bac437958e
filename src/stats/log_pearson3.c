/* Pearson's type III of the decimal logarithms, by their moments: mean, standard deviation (ddof 1)
 * and G = n sum d^3 / ((n-1) (n-2) s^3). The station skewness is used as it is, without a regional
 * one. source: Interagency Advisory Committee on Water Data (1982), Bulletin 17B */
#include "stats/stats.h"
#include <math.h>

static frs_status fit(const double *sorted, int64_t n, double *par) {
    const double k = (double)n;
    double mean = 0, m2 = 0, m3 = 0;
    if (!(sorted[0] > 0)) return FRS_E_UNDEFINED;
    for (int64_t i = 0; i < n; i++) mean += log10(sorted[i]) / k;
    for (int64_t i = 0; i < n; i++) {
        const double d = log10(sorted[i]) - mean;
        m2 += d * d;
        m3 += d * d * d;
    }
    if (n < 3 || !(m2 > 0)) return FRS_E_UNDEFINED;
    par[0] = mean;
    par[1] = sqrt(m2 / (k - 1));
    par[2] = k * m3 / ((k - 1) * (k - 2) * par[1] * par[1] * par[1]);
    return FRS_OK;
}

static double quantile(const double *par, double p) {
    return pow(10, par[0] + par[1] * frs__pearson3_factor(par[2], p));
}

const frs_distribution frs__log_pearson3 = {.name = "log_pearson3",
                                            .title = N_("log-Pearson III (moments)"),
                                            .n_par = 3,
                                            .par = {"mean_log10", "sd_log10", "skew_log10"},
                                            .fit = fit,
                                            .quantile = quantile};
