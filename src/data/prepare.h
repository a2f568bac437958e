/* The parts of frs_prepare_series: each changes a record in place (prepare.c says in which order).
 */
#ifndef FRS_DATA_PREPARE_H
#define FRS_DATA_PREPARE_H
#include "data/data.h"

typedef struct frs__preparing {
    frs_ctx *ctx;
    const frs_prepare *p;
    frs_periods training;
    bool target_too;
    frs_series *s;
    frs_findings *findings;
} frs__preparing;
frs_status frs__resample(const frs__preparing *k); /* resample.c */
frs_status frs__outliers(const frs__preparing *k); /* outliers.c */
frs_status frs__copies(const frs__preparing *k);   /* derive.c */
frs_status frs__lags(const frs__preparing *k);
frs_status frs__holdouts(const frs__preparing *k);
frs_status frs__calendar(const frs__preparing *k);

/* One more variable of a record, all missing, described as `like`; *to [s->n] borrows. */
frs_status frs__add_variable(frs_ctx *ctx, frs_series *s, const char *name, const frs_var *like,
                             float **to);

/* The variable of the record that an input goes back to, and how many steps; NULL: nothing was
 * made. */
typedef struct frs__origin {
    char name[64];
    int64_t lag;
} frs__origin;
frs__origin frs__origin_of(const frs_prepare *p, const char *name);
#endif
