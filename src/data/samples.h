/* What samples.c, gather.c and scaler.c share. */
#ifndef FRS_DATA_SAMPLES_H
#define FRS_DATA_SAMPLES_H
#include "data/data.h"

typedef struct frs__sample_site {
    frs_store_site at;        /* borrowed from the store */
    const frs__rows *periods; /* [n_periods], ascending, apart */
    int64_t n_periods;
    const frs__rows *exclude; /* [n_exclude] */
} frs__sample_site;

/* Consecutive valid issue times of one site; `before`: samples of all the runs before it. */
typedef struct frs__run {
    int64_t site, first_row, before;
} frs__run;

struct frs_samples {
    frs_ctx *ctx;
    const frs_store *store;
    frs_task task;
    frs_step step;
    bool for_training;
    int64_t n_sites, n_exclude, n_runs, cap_runs, count;
    frs__sample_site *sites;
    frs__rows *periods; /* of all sites, one after another */
    frs__rows *exclude; /* [n_sites][n_exclude] */
    frs__run *runs;
    int n_vars, target; /* columns of a row; target -1: the store has none */
    int inputs[FRS_MAX_VARS];
    int statics[FRS_MAX_VARS]; /* attributes, then the columns of the evolving ones */
};

/* Steps a window reaches before its issue time, and targets before it (SIMULATION). */
static inline int64_t frs__last_n(const frs_task *t) {
    return t->predict_last_n > 0 ? t->predict_last_n : 1;
}
static inline int64_t frs__leads(const frs_task *t) {
    return t->kind == FRS_FORECAST ? t->leads : 0;
}
static inline bool frs__has_flow(const frs_task *t) {
    return t->kind == FRS_FORECAST || t->past_target;
}
/* Flags of missing inputs, at the end of a step's channels. */
static inline int frs__n_flags(const frs_task *t) {
    return t->mask == FRS_MASK_NONE     ? 0
           : t->mask == FRS_MASK_GROUPS ? t->n_groups
                                        : t->n_inputs - t->n_calendar;
}
/* frs_samples_channels, _window and _n_targets of a task. */
static inline int64_t frs__channels(const frs_task *t) {
    return t->n_inputs + (frs__has_flow(t) ? 2 : 0) + (t->kind == FRS_FORECAST) + frs__n_flags(t);
}
static inline int64_t frs__window(const frs_task *t) {
    return t->seq_length + frs__leads(t);
}
static inline int64_t frs__n_targets(const frs_task *t) {
    return t->kind == FRS_FORECAST ? t->leads : frs__last_n(t);
}
/* Which flag tells of an input; -1: none, it is always there. */
static inline int frs__flag_of(const frs_task *t, int input) {
    if (input >= t->n_inputs - t->n_calendar) return -1;
    return t->mask == FRS_MASK_GROUPS ? t->group[input] : input;
}
/* One step's inputs, NaN missing: those become `missing`, and with a mask those that share a flag
 * with one of them do, too. flags [n_flags] is set. */
void frs__hide_missing(const frs_task *t, float missing, float *inputs, float *flags);
/* Samples of another task over the same sites, periods and exclusions; `from` may be freed before.
 */
frs_status frs__samples_like(const frs_samples *from, const frs_task *task, frs_samples **s);
bool frs__excluded(const frs_samples *s, int64_t site, int64_t row);
#endif
