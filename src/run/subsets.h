/* The parts of the test period that are scored apart. */
#ifndef FRS_RUN_SUBSETS_H
#define FRS_RUN_SUBSETS_H
#include "freshet/verify.h"
#include "run/run_internal.h"

/* A part: months first to last (over the turn of the year when last is before first), observed flow
 * from `least` up to `below`, and the scores that are told of it. A NaN bound: no step is in it. */
typedef struct frs_subset {
    int first, last;
    double least, below;
    const char *metrics[4];
} frs_subset;
/* What the training period says of a site's flow; flow: NaN outside of that period. */
typedef struct frs_site_norm {
    float *flow, *season; /* season: scratch */
    unsigned char *month;
    int64_t n;
    double class_at[FRS_MAX_SUBSETS], event_at[FRS_MAX_SUBSETS];
} frs_site_norm;
/* site: index in the store. frs__norm_free after it, also on error. */
frs_status frs__norm_new(frs_ctx *ctx, const frs_run_data *d, int64_t site, const frs_subsets *s,
                         frs_site_norm *k);
void frs__norm_free(frs_ctx *ctx, frs_site_norm *k);
/* Rows of the parts, and of the admissible error, for the model, lead and site of `row`. */
frs_status frs__score_subsets(const frs_scoring *w, const frs_column *c, const frs_site_norm *k,
                              frs_report_score row);
#endif
