/* Nash-Sutcliffe efficiency.
 *     NSE = 1 - sum (sim - obs)^2 / sum (obs - mean obs)^2
 * undefined: obs constant
 * source:    Nash & Sutcliffe (1970), doi:10.1016/0022-1694(70)90255-6 */
#include "verify/score.h"

static frs_status nse(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, 1 - p->sum_sq / p->m2_obs, value);
}

const frs_score frs__score_nse = {
    .name = "NSE",
    .title = N_("Nash-Sutcliffe efficiency"),
    .kind = FRS_SCORE_PAIR,
    .unit = "-",
    .best = 1,
    .better = 1,
    .pair = nse,
};
