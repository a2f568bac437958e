/* Kling-Gupta efficiency with the ratio of the variation coefficients, so that bias and
 * variability are not counted twice.
 *     KGE' = 1 - sqrt((r - 1)^2 + (gamma - 1)^2 + (beta - 1)^2)
 *     gamma = (std sim / mean sim) / (std obs / mean obs),  beta = mean sim / mean obs
 * undefined: obs or sim constant, mean of either zero
 * source:    Kling, Fuchs & Paulin (2012), doi:10.1016/j.jhydrol.2012.01.011 */
#include "verify/score.h"
#include <math.h>

static frs_status kge_2012(const frs_pairs *p, double *value) {
    const double r = p->co / (sqrt(p->m2_sim) * sqrt(p->m2_obs));
    const double beta = p->mean_sim / p->mean_obs, gamma = sqrt(p->m2_sim / p->m2_obs) / beta;
    const double sq = (r - 1) * (r - 1) + (gamma - 1) * (gamma - 1) + (beta - 1) * (beta - 1);
    return frs__score_end(p->n, 1 - sqrt(sq), value);
}

const frs_score frs__score_kge_2012 = {
    .name = "KGE'",
    .title = N_("Kling-Gupta efficiency (2012)"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 1,
    .pair = kge_2012,
};
