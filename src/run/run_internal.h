/* The workflow's own parts. */
#ifndef FRS_RUN_RUN_INTERNAL_H
#define FRS_RUN_RUN_INTERNAL_H
#include "base/base.h"
#include "freshet/report.h"
#include "freshet/run.h"
#include <stdio.h>

/* One period: the samples, what was observed and what each model says, in one geometry. */
typedef struct frs_eval {
    const char *period; /* "validation" | "test" */
    frs_samples *samples;
    frs_archive observed;
    frs_archive *archives; /* [n_models] */
    double *predict_s;     /* [n_models] */
    int64_t n_models;
} frs_eval;
frs_status frs__eval_new(frs_ctx *ctx, const frs_run_data *d, bool test,
                         frs_forecaster *const *models, int64_t n, frs_eval *e);
void frs__eval_free(frs_ctx *ctx, frs_eval *e);

/* Sorts v; NaN when n is 0. */
double frs__median(double *v, int64_t n);
/* How far predictions by one stateful pass through the record are from those by windows. A model or
 * task that cannot be streamed leaves *p as it is. */
frs_status frs__eval_pass(frs_ctx *ctx, const frs_eval *e, const frs_forecaster *model, int64_t m,
                          frs_report_pass *p);

typedef struct frs_scores {
    int64_t n, cap;
    frs_report_score *items;
} frs_scores;
typedef struct frs_scoring {
    frs_ctx *ctx;
    const frs_eval *e;
    frs_forecaster *const *models;
    const int64_t
        *site_of;      /* [n_sites of the period] -> index in the report's sites; -1: not shown */
    int64_t *n_common; /* [n_leads]: added to */
    double steps_per_day;
    int year_start; /* month in which the water year starts */
    bool intervals;
    uint64_t seed;
    frs_scores *out;
} frs_scoring;
/* Adds a row per (site, lead, model, score), and the skill against the better baseline. */
frs_status frs__eval_score(const frs_scoring *w);

/* One call of frs_run, from folder to page. */
enum { FRS_MAX_MODELS = 64, FRS_MAX_STAGES = 16 };
typedef struct frs_job {
    frs_ctx *ctx;
    const frs_run_opts *o;
    const frs_config *config;
    frs_config *own_config; /* read from the folder */
    char *dir;
    frs_lock lock;
    bool locked;
    bool made;    /* the folder is this call's */
    bool fresh;   /* config.yml is this call's */
    bool started; /* a forecaster was fitted or begun */
    frs_run_data data;
    frs_findings findings;
    frs_forecaster *models[FRS_MAX_MODELS];
    char names[FRS_MAX_MODELS][40];   /* in scores.csv; a member of an ensemble: "lstm_1" */
    int64_t ensemble[FRS_MAX_MODELS]; /* of a member: its ensemble's number + 1, which owns it; else
                                         0 */
    double fit_s[FRS_MAX_MODELS];
    int64_t n_models;
    frs_report_stage stages[FRS_MAX_STAGES];
    int64_t n_stages;
} frs_job;
char *frs__run_path(const frs_job *j, const char *name); /* in the folder; frs__free */
frs_status frs__run_folder(frs_job *j);
frs_status frs__run_config(frs_job *j);
/* A run refused before it began leaves nothing behind but findings.csv, which says why. */
void frs__run_undo(frs_job *j);
frs_status frs__run_fit(frs_job *j);
frs_status frs__run_load_models(frs_job *j);
void frs__run_free_models(frs_job *j);
/* Scores, forecast.nc, run.json, the page. */
frs_status frs__run_evaluate(frs_job *j);
void frs__run_stage(frs_job *j, const char *name, double since_s);
#endif
