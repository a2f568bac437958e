/* The criterion of the Russian hydrometeorological service: the error beside what the flow itself
 * changes by within the lead time.
 *     S = sqrt(sum (sim - obs)^2 / n)
 *     sigma-delta: standard deviation (over n - 1) of q(t + L) - q(t) in the training period; for a
 *     simulation (L = 0) sigma, that of q(t)
 *     S / sigma-delta below 0.5: good; to 0.8: satisfactory; a larger one: of no use
 *     admissible error: 0.674 sigma-delta, which half of all errors of the forecast "no change but
 *     the mean one" keep to where they are normal
 * S counts no parameters: none was fitted to the pairs that it is made of.
 * source: Manual on the forecasting service (Nastavlenie po sluzhbe prognozov), section 3, part I
 * (1962); Appolov, Kalinin & Komarov (1974), Course of hydrological forecasts */
#include "verify/score.h"
#include <math.h>

static const double probable = 0.674; /* of the standard deviation: the quartile of a normal one */

frs_status frs_change_sigma(const float *from, const float *to, int64_t n, int64_t lead,
                            double *sigma) {
    int64_t k = 0;
    double mean = 0, m2 = 0;
    for (int64_t i = 0; i + lead < n; i++) {
        const double x = (double)to[i + lead] - (lead > 0 ? (double)from[i] : 0);
        if (isnan(x)) continue;
        const double from_mean = x - mean;
        mean += from_mean / (double)++k;
        m2 += from_mean * (x - mean);
    }
    return frs__score_end(k, sqrt(m2 / (double)(k - 1)), sigma);
}

frs_status frs_admissible(const float *sim, const float *obs, int64_t n, double sigma,
                          double *s_to_sigma, double *share_percent) {
    int64_t pairs = 0, within = 0;
    double sq = 0;
    for (int64_t i = 0; i < n; i++) {
        const double e = (double)sim[i] - (double)obs[i];
        if (isnan(e)) continue;
        sq += e * e;
        within += fabs(e) <= probable * sigma;
        pairs++;
    }
    const bool known = sigma > 0;
    frs__score_end(pairs, known ? 100.0 * (double)within / (double)pairs : (double)NAN,
                   share_percent);
    return frs__score_end(pairs, known ? sqrt(sq / (double)pairs) / sigma : (double)NAN,
                          s_to_sigma);
}
