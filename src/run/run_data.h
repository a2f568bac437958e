/* Parts of making a config's data ready, shared by the files that do it. */
#ifndef FRS_RUN_RUN_DATA_H
#define FRS_RUN_RUN_DATA_H
#include "base/base.h"
#include "freshet/io.h"
#include "freshet/run.h"

/* Copies a name of at most 63 bytes; the message names the key. */
frs_status frs__run_name(frs_ctx *ctx, const frs_config *c, const char *key, const char *text,
                         char out[64]);
/* run_task.c: everything but the site codes. */
frs_status frs__run_task(frs_ctx *ctx, const frs_config *c, frs_task *t);

/* The records that the config names are a packed store, which is used as it is. */
frs_status frs__run_data_packed(frs_ctx *ctx, const frs_config *c, bool *packed);

/* folds.c: with site_folds and site_fold, who is trained on and who is the test. */
frs_status frs__run_fold(frs_ctx *ctx, const frs_config *c, frs_run_data *d);
/* learning_years.c: learning_curve_years makes sense for the training period. */
frs_status frs__check_years(frs_ctx *ctx, const frs_config *c);

/* run_prepare.c: what is done with each record before it is packed, and what its lists hold. */
typedef struct frs__preparation {
    frs_prepare p;
    frs_kind_of *kinds;
    frs_copies *copies;
    frs_lag *lags;
    frs_holdout *holdouts;
    char (*used)[64];
} frs__preparation;
/* errors: FRS_E_INPUT a value that makes no sense, or an input that would show the models what they
 * are to predict. On error, too, frs__preparation_free. */
frs_status frs__preparation_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                                 frs__preparation *out);
void frs__preparation_free(frs_ctx *ctx, frs__preparation *p);
/* A store can be used as it is. */
bool frs__preparation_empty(const frs__preparation *p);

/* run_upstream.c: upstream_gauges and upstream_lag. {0}: none. Borrows from the config. */
typedef struct frs__upstream {
    const frs_part *all; /* {SITE: GAUGE or [GAUGE, ...]}; NULL: none */
    int n_columns;
    int64_t lag;
    bool masked; /* a site may have fewer gauges than others */
} frs__upstream;
int64_t frs__upstream_columns(const frs_config *c); /* the most gauges that any site has */
/* errors: FRS_E_INPUT names file and line: a value that makes no sense, a gauge twice, a site
 * upstream of itself, a name of the columns among the task's inputs, a lag of 0 in a simulation. */
frs_status frs__upstream_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                              frs__upstream *u);
/* errors: FRS_E_INPUT a site or gauge without a record in the data. dir: their folder. */
frs_status frs__upstream_known(frs_ctx *ctx, const frs_config *c, const frs__upstream *u,
                               const frs_dataset *ds, const char *dir);
/* Adds the columns to a site's prepared record s. p, training: how a gauge's record is prepared.
 * errors: FRS_E_INPUT the site has too few gauges and the models would not be
 * told so. */
typedef struct frs__upstream_args {
    const frs_config *c;
    const frs__upstream *u;
    frs_dataset *ds;
    const frs_prepare *p;
    frs_periods training;
    bool mend_dates;
    bool *told; /* [sites of ds]: what is wrong with it has been said */
    frs_findings *findings;
} frs__upstream_args;
frs_status frs__upstream_add(frs_ctx *ctx, const frs__upstream_args *a, frs_series *s);

/* periods.c: lines `site,start,end`, sorted by site, then time. {0} is empty. */
typedef struct frs__site_period {
    char site[64];
    frs_period period;
    int64_t line;
} frs__site_period;
typedef struct frs__period_table {
    int64_t n, cap;
    frs__site_period *items;
    frs_period *at; /* [n] the periods alone */
} frs__period_table;
frs_status frs__read_periods(frs_ctx *ctx, const char *path, frs__period_table *t);
/* path names the text in messages. */
frs_status frs__parse_periods(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                              frs__period_table *t);
void frs__period_table_free(frs_ctx *ctx, frs__period_table *t);
frs_periods frs__periods_of(const frs__period_table *t, const char *site); /* n 0: none */
#endif
