/* Kritsky and Menkel's three-parameter gamma distribution: with Z of the gamma distribution of
 * shape g,
 *     x / mean = c Z^b,   c = Gamma(g) / Gamma(g + b);
 * with b = 1 it is the gamma distribution, Cs = 2 Cv; with b to either infinity the lognormal one,
 * Cs = 3 Cv + Cv^3, and what is more skewed has b < 0 (and g + b > 0).
 * By the approximate maximum likelihood of SP 33-101-2003: the statistics
 *     L2 = sum ln k_i / (n - 1),   L3 = sum k_i ln k_i / (n - 1),   k_i = x_i / mean
 * are set equal to what they are expected to be, which is exactly
 *     ln c + b psi(g)   and   ln c + b psi(g + b).
 * Their sum is twice the difference of psi's integral over [g, g + b] and its trapezoid, and psi is
 * concave: b has the sign that L2 + L3 has not. The equations are solved, not read from nomograms.
 * confirmed: the distribution, b < 0 with it, by printed ordinates (tests/cases/stats) and by
 *     integrating its density (tests/golden/stats), the expectations by the latter; k_i and lg by
 *     (5.2), (5.3) of SP 33-101-2003 as transcribed in a public repository, where n - 1 stands
 *     beside the sum, its fraction bar lost. The nomograms themselves were not at hand.
 * source: Kritsky & Menkel (1946); Blokhinov (1974); SP 33-101-2003, part 5 */
#include "stats/stats.h"
#include <math.h>

static const double least_b = 0.05, most_b = 20, least_g = 1e-4, most_g = 1e6;

typedef struct equations {
    double l2, l3, sign, b;
} equations;

/* g from its distance to the least that there may be: the mean needs g + b > 0 */
static double shape_at(const equations *e, double log_distance) {
    return fmax(0, -e->b) + exp(log_distance);
}

/* b (psi(g + b) - psi(g)) - (L3 - L2), which falls with g */
static double spread(const void *arg, double log_distance) {
    const equations *e = arg;
    const double g = shape_at(e, log_distance);
    return e->b * (frs__digamma(g + e->b) - frs__digamma(g)) - (e->l3 - e->l2);
}

static double shape(const equations *e) {
    const double lo = log(least_g), hi = log(most_g);
    const double r = frs__root(spread, e, lo, hi);
    return shape_at(e, isfinite(r) ? r : spread(e, lo) < 0 ? lo : hi);
}

static double level(const void *arg, double log_b) {
    equations e = *(const equations *)arg;
    e.b = e.sign * exp(log_b);
    const double g = shape(&e);
    return frs__log_gamma(g) - frs__log_gamma(g + e.b) + e.b * frs__digamma(g) - e.l2;
}

static frs_status fit(const double *sorted, int64_t n, double *par) {
    equations e = {0};
    const double mean = frs__mean(sorted, n), k = (double)(n - 1);
    if (!(sorted[0] > 0) || n < 3 || !(sorted[n - 1] > sorted[0])) return FRS_E_UNDEFINED;
    for (int64_t i = 0; i < n; i++) {
        const double r = sorted[i] / mean;
        e.l2 += log(r) / k;
        e.l3 += r * log(r) / k;
    }
    e.sign = e.l2 + e.l3 > 0 ? -1 : 1;
    const double lo = log(least_b), hi = log(most_b);
    double log_b = frs__root(level, &e, lo, hi);
    if (!isfinite(log_b)) log_b = fabs(level(&e, lo)) < fabs(level(&e, hi)) ? lo : hi;
    e.b = e.sign * exp(log_b);
    par[0] = mean;
    par[1] = shape(&e);
    par[2] = e.b;
    return FRS_OK;
}

static double quantile(const double *par, double p) {
    const double g = par[1], b = par[2];
    return par[0] * exp(frs__log_gamma(g) - frs__log_gamma(g + b) +
                        b * log(frs__gamma_quantile(g, b > 0 ? p : 1 - p)));
}

/* E (x / mean)^m = Gamma(g)^(m-1) Gamma(g + m b) / Gamma(g + b)^m, where g + m b > 0 */
void frs__kritsky_menkel_moments(const double *par, double *cv, double *cs) {
    const double g = par[1], b = par[2];
    const double lg = frs__log_gamma(g), lb = frs__log_gamma(g + b);
    *cv = *cs = NAN;
    if (!(g + 2 * b > 0)) return;
    const double m2 = exp(lg + frs__log_gamma(g + 2 * b) - 2 * lb);
    *cv = sqrt(m2 - 1);
    if (!(g + 3 * b > 0)) return;
    const double m3 = exp(2 * lg + frs__log_gamma(g + 3 * b) - 3 * lb);
    *cs = (m3 - 3 * m2 + 2) / (*cv * *cv * *cv);
}

const frs_distribution frs__kritsky_menkel = {.name = "kritsky_menkel",
                                              .title = N_("Kritsky-Menkel (SP 33-101-2003)"),
                                              .n_par = 3,
                                              .par = {"mean", "gamma", "b"},
                                              .fit = fit,
                                              .quantile = quantile};
