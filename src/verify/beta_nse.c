/* Bias in standard deviations: the bias term of NSE.
 *     beta = (mean sim - mean obs) / std obs       std: the population's, over n
 * undefined: obs constant
 * source:    Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003 */
#include "verify/score.h"
#include <math.h>

static frs_status beta_nse(const frs_pairs *p, double *value) {
    const double n = (double)p->n;
    return frs__score_end(p->n, p->sum_diff / n / sqrt(p->m2_obs / n), value);
}

const frs_score frs__score_beta_nse = {
    .name = "Beta-NSE",
    .title = N_("bias in standard deviations of the observations"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 0,
    .better = 0,
    .pair = beta_nse,
};
