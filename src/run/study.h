/* What a record tells before any model: the statistical study of one site of a config's data. */
#ifndef FRS_RUN_STUDY_H
#define FRS_RUN_STUDY_H
#include "freshet/run.h"
#include "freshet/stats.h"

enum { FRS_MAX_STUDY_SEASONS = 16 };
/* What is studied, the same for every site. */
typedef struct frs__study_scope {
    const frs_config *config; /* target, inputs, precipitation, evaporation, year, seed */
    frs_season seasons[FRS_MAX_STUDY_SEASONS];
    int n_seasons;
    const frs_period *exclude; /* left out, whatever the periods */
    int64_t n_exclude;
    bool no_extremes;
} frs__study_scope;
/* FRS_E_INPUT names the key `seasons`. */
frs_status frs__study_scope_of(frs_ctx *ctx, const frs_config *c, frs__study_scope *scope);

/* One site's variables as they lie in a store (stride: variables a step) or a series (stride 1). */
typedef struct frs__study_source {
    const char *site;
    int64_t start_s, n;
    frs_step step;
    int n_vars;
    const frs_var *vars;
    const float *values[FRS_MAX_VARS];
    int64_t stride;
} frs__study_source;
/* Of the steps in `periods` (n 0: of all). frs_study_free after FRS_OK.
 * errors: FRS_E_INPUT no variable is the flow; FRS_E_NODATA no flow in the periods */
frs_status frs__study_source_of(frs_ctx *ctx, const frs__study_scope *scope,
                                const frs__study_source *source, frs_periods periods, frs_study *s);
/* The i-th training site, in its training periods or (whole) in all of its record. */
frs_status frs__study_training(frs_ctx *ctx, const frs__study_scope *scope, const frs_run_data *d,
                               int64_t i, bool whole, frs_study *s);
#endif
