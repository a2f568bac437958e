/* Pearson's correlation.
 *     r = cov(sim, obs) / (std sim  std obs)
 * undefined: obs or sim constant
 * source:    Pearson (1895), doi:10.1098/rspl.1895.0041 */
#include "verify/score.h"
#include <math.h>

static frs_status pearson_r(const frs_pairs *p, double *value) {
    const double r = p->co / (sqrt(p->m2_sim) * sqrt(p->m2_obs));
    return frs__score_end(p->n, r > 1 ? 1 : r < -1 ? -1 : r, value);
}

const frs_score frs__score_pearson_r = {
    .name = "Pearson-r",
    .title = N_("Pearson's correlation"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 1,
    .pair = pearson_r,
};
