/* Ratio of the standard deviations: the variability term of NSE and KGE.
 *     alpha = std sim / std obs
 * undefined: obs constant
 * source:    Gupta et al. (2009), doi:10.1016/j.jhydrol.2009.08.003 */
#include "verify/score.h"
#include <math.h>

static frs_status alpha_nse(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, sqrt(p->m2_sim / p->m2_obs), value);
}

const frs_score frs__score_alpha_nse = {
    .name = "Alpha-NSE",
    .title = N_("ratio of the standard deviations"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 0,
    .pair = alpha_nse,
};
