/* Shared by the intervals: sums a water year, drawing years anew, quantiles of what comes out. */
#ifndef FRS_VERIFY_YEARS_H
#define FRS_VERIFY_YEARS_H

#include "verify/score.h"

/* One frs_pairs a water year that has any pair; *years is freed with frs__free, also on error.
 * FRS_E_ARG: start_month. */
frs_status frs__years_gather(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                             frs_pairs **years, int64_t *n_years);
/* As many years as there are, each drawn from all of them. Which ones depends on seed, number of
 * years and resample only. */
frs_pairs frs__years_draw(const frs_pairs *years, int64_t n_years, uint64_t seed, int64_t resample);
/* Linear between the two order statistics around q (n - 1), n >= 1; a is put in another order. */
double frs__quantile_of(double *a, int64_t n, double q);

#endif
