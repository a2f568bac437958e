#ifndef FRS_STATS_BINS_H
#define FRS_STATS_BINS_H
#include "stats/stats.h"
/* Means over days (a sub-daily record) or calendar months; NaN where less than half is there. *own
 * is frs__free'd. r->n > 0; no step longer than the bin. */
frs_status frs__bin(frs_ctx *ctx, const frs_record *r, bool months, frs_record *out, double **own);
#endif
