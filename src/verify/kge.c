/* Kling-Gupta efficiency: correlation, variability and bias, each at its distance from perfect.
 *     KGE = 1 - sqrt((r - 1)^2 + (alpha - 1)^2 + (beta - 1)^2)
 *     alpha = std sim / std obs,  beta = mean sim / mean obs
 * undefined: obs or sim constant, mean of obs zero
 * source:    Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003 */
#include "verify/score.h"
#include <math.h>

static frs_status kge(const frs_pairs *p, double *value) {
    const double r = p->co / (sqrt(p->m2_sim) * sqrt(p->m2_obs));
    const double alpha = sqrt(p->m2_sim / p->m2_obs), beta = p->mean_sim / p->mean_obs;
    const double sq = (r - 1) * (r - 1) + (alpha - 1) * (alpha - 1) + (beta - 1) * (beta - 1);
    return frs__score_end(p->n, 1 - sqrt(sq), value);
}

const frs_score frs__score_kge = {
    .name = "KGE",
    .title = N_("Kling-Gupta efficiency (2009)"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 1,
    .pair = kge,
};
