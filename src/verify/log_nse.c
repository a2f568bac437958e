/* Nash-Sutcliffe efficiency of the logarithms: low flows count as much as floods.
 *     log-NSE = 1 - sum (ln(sim + eps) - ln(obs + eps))^2 / sum (ln(obs + eps) - mean)^2
 * eps is frs_pairs.log_eps; a whole record is scored with eps = mean(obs) / 100, so that days
 * without flow count too.
 * undefined: obs constant; fewer than two pairs that have a logarithm: FRS_E_NODATA
 * source:    Pushpalatha et al. (2012), doi:10.1016/j.jhydrol.2011.11.055 */
#include "verify/score.h"

static frs_status log_nse(const frs_pairs *p, double *value) {
    return frs__score_end(p->n_log, 1 - p->sum_sq_log / p->m2_log_obs, value);
}

const frs_score frs__score_log_nse = {
    .name = "log-NSE",
    .title = N_("Nash-Sutcliffe efficiency of the logarithms"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 1,
    .pair = log_nse,
};
