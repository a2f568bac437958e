/* Mean squared error.
 *     MSE = sum (sim - obs)^2 / n */
#include "verify/score.h"

static frs_status mse(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, p->sum_sq / (double)p->n, value);
}

const frs_score frs__score_mse = {
    .name = "MSE",
    .title = N_("mean squared error"),
    .kind = FRS_SCORE_PAIR,
    .unit = "target^2",
    .best = 0,
    .better = -1,
    .pair = mse,
};
