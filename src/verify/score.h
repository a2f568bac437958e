/* Shared by the scores: one file a score, one line each in score_list.def. */
#ifndef FRS_VERIFY_SCORE_H
#define FRS_VERIFY_SCORE_H

#include "base/base.h"
#include "freshet/verify.h"

#define SCORE(id) extern const frs_score frs__score_##id;
#include "verify/score_list.def"
#undef SCORE

/* Values that functions of their own make: beside.c. */
enum { FRS_N_BESIDE = 8 };
extern const frs_score frs__beside[FRS_N_BESIDE];

/* No test was made. */
#define FRS_NO_TEST ((frs_test){(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN, 0})

/* How every score ends: *value = v. Fewer than two pairs: FRS_E_NODATA; v not finite, because the
 * formula divided by zero or took the logarithm of nothing: FRS_E_UNDEFINED; then *value is NaN. */
frs_status frs__score_end(int64_t n_pairs, double v, double *value);

/* mean(obs) / 100 over the pairs; 0 where that mean is not positive. */
double frs__log_eps(const float *sim, const float *obs, int64_t n);

/* Intervals of several pair scores from the same resamples; NaN where one is undefined in more than
 * one resample of ten. Fewer than three years with data: FRS_E_NODATA. */
typedef struct frs__interval {
    const frs_score *score;
    double low, high;
    int64_t defined; /* resamples in which it is; 0 before */
} frs__interval;
frs_status frs__score_intervals(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                                frs__interval *out, int64_t n_out);

#endif
