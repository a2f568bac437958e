/* Ratio of the means: the bias term of KGE.
 *     beta = mean sim / mean obs
 * undefined: mean of obs zero
 * source:    Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003 */
#include "verify/score.h"

static frs_status beta_kge(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, p->mean_sim / p->mean_obs, value);
}

const frs_score frs__score_beta_kge = {
    .name = "Beta-KGE",
    .title = N_("ratio of the means"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 0,
    .pair = beta_kge,
};
