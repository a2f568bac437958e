/* Mean absolute error.
 *     MAE = sum |sim - obs| / n */
#include "verify/score.h"

static frs_status mae(const frs_pairs *p, double *value) {
    return frs__score_end(p->n, p->sum_abs / (double)p->n, value);
}

const frs_score frs__score_mae = {
    .name = "MAE",
    .title = N_("mean absolute error"),
    .kind = FRS_SCORE_PAIR,
    .unit = "target",
    .best = 0,
    .better = -1,
    .pair = mae,
};
