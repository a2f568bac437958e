/* Tests for one break share: what is there, in order, with its place, and the means beside it. */
#ifndef FRS_STATS_BREAKS_H
#define FRS_STATS_BREAKS_H
#include "stats/stats.h"
/* *v (frs__free) holds *m values; FRS_E_NODATA fewer than 5. b gets n, NaN else. */
frs_status frs__break_begin(frs_ctx *ctx, const double *x, int64_t n, double **v, frs_break *b);
/* The break is before the k-th present value. */
void frs__break_at(const double *x, int64_t n, int64_t k, frs_break *b);
#endif
