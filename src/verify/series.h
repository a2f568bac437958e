/* Shared by the scores of a series: the steps where both sides are there, the flow duration curve,
 * peaks. */
#ifndef FRS_VERIFY_SERIES_H
#define FRS_VERIFY_SERIES_H

#include "verify/score.h"

/* The steps where sim and obs are both there, in order; at: their place in the record. */
typedef struct frs__joint {
    float *sim, *obs;
    int64_t *at, n;
} frs__joint;
frs_status frs__joint_new(frs_ctx *ctx, const frs_score_series *d, frs__joint *j);
void frs__joint_free(frs_ctx *ctx, frs__joint *j);

/* Each side sorted by itself from high to low. */
frs_status frs__fdc_new(frs_ctx *ctx, const frs_score_series *d, frs__joint *j);
/* Natural logarithm where nothing counts as 1e-6, as in NeuralHydrology's flow duration scores. A
 * simulation below zero counts as nothing, an observation below zero has no logarithm: NaN. */
double frs__log_sim(float v);
double frs__log_obs(float v);

/* Peaks of x[n]: the middle of every flat top that is higher than both its neighbours; not below
 * min_height; the highest first, each removing the lower ones less than `distance` steps away; then
 * those of at least min_prominence. What scipy.signal.find_peaks does; of equally high ones the
 * later goes first. *peaks [*n_peaks] ascending, free with frs__free; n_peaks 0: none. */
typedef struct frs__peak_opts {
    int64_t distance;
    double min_height, min_prominence; /* -INFINITY: any */
} frs__peak_opts;
frs_status frs__peaks_find(frs_ctx *ctx, const float *x, int64_t n, frs__peak_opts o,
                           int64_t **peaks, int64_t *n_peaks);
/* Whether the window of w steps either side of j's step i is inside the record and without a gap.
 */
bool frs__window_whole(const frs__joint *j, int64_t i, int64_t w);
/* Peaks of the observations at least one (population's) standard deviation prominent and 100 steps
 * apart, as NeuralHydrology takes them for timing and height. */
frs_status frs__observed_peaks(frs_ctx *ctx, const frs__joint *j, int64_t **peaks,
                               int64_t *n_peaks);
/* Half a day in steps, but at least `least`. */
int64_t frs__half_day(const frs_score_series *d, int64_t least);

#endif
