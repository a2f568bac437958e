/* Percent bias; positive: the model gives too much. Moriasi et al. print the opposite sign.
 *     PBIAS = 100 sum (sim - obs) / sum obs
 * undefined: obs sums to zero
 * source:    Moriasi et al. (2007), doi:10.13031/2013.23153 */
#include "verify/score.h"

static frs_status pbias(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, 100 * p->sum_diff / p->sum_obs, value);
}

const frs_score frs__score_pbias = {
    .name = "PBIAS",
    .title = N_("percent bias of the volume"),
    .kind = FRS_SCORE_PAIR,
    .unit = "%",
    .best = 0,
    .better = 0,
    .pair = pbias,
};
