/* Root mean squared error.
 *     RMSE = sqrt(sum (sim - obs)^2 / n) */
#include "verify/score.h"
#include <math.h>

static frs_status rmse(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, sqrt(p->sum_sq / (double)p->n), value);
}

const frs_score frs__score_rmse = {
    .name = "RMSE",
    .title = N_("root mean squared error"),
    .kind = FRS_SCORE_PAIR,
    .unit = "target",
    .best = 0,
    .better = -1,
    .pair = rmse,
};
