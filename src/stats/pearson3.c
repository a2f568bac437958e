/* Pearson's type III: mean + sd K(skew, p), by L-moments with Hosking & Wallis's approximation of
 * the skewness (relative error below 5e-5).
 * source: Hosking & Wallis (1997), Regional Frequency Analysis, A.9 */
#include "stats/stats.h"
#include <math.h>

static const double slight = 0.01;

double frs__pearson3_factor(double g, double p) {
    if (fabs(g) < slight) { /* Cornish & Fisher (1938): the gamma function's argument is over 4e4 */
        const double z = frs__normal_quantile(p);
        return z + (z * z - 1) * g / 6 + (z * z * z - 6 * z) * g * g / 36;
    }
    const double a = 4 / (g * g);
    const double x = frs__gamma_quantile(a, g > 0 ? p : 1 - p);
    return (x - a) / sqrt(a) * (g > 0 ? 1 : -1);
}

static frs_status fit(const double *sorted, int64_t n, double *par) {
    double l[4], alpha;
    frs__l_moments(sorted, n, l);
    if (!(l[1] > 0) || !(fabs(l[2]) < 1)) return FRS_E_UNDEFINED;
    const double t = fabs(l[2]);
    if (t < 1e-6) {
        par[2] = 0;
        par[1] = l[1] * sqrt(M_PI);
    } else {
        if (t < 1.0 / 3) {
            const double z = 3 * M_PI * t * t;
            alpha = (1 + 0.2906 * z) / (z * (1 + z * (0.1882 + z * 0.0442)));
        } else {
            const double z = 1 - t;
            alpha = z * (0.36067 + z * (-0.59567 + z * 0.25361)) /
                    (1 + z * (-2.78861 + z * (2.56096 + z * -0.77045)));
        }
        par[2] = 2 / sqrt(alpha) * (l[2] > 0 ? 1 : -1);
        par[1] =
            l[1] * sqrt(M_PI * alpha) * exp(frs__log_gamma(alpha) - frs__log_gamma(alpha + 0.5));
    }
    par[0] = l[0];
    return FRS_OK;
}

static double quantile(const double *par, double p) {
    return par[0] + par[1] * frs__pearson3_factor(par[2], p);
}

const frs_distribution frs__pearson3 = {.name = "pearson3",
                                        .title = N_("Pearson III (L-moments)"),
                                        .n_par = 3,
                                        .par = {"mean", "sd", "skew"},
                                        .fit = fit,
                                        .quantile = quantile};
