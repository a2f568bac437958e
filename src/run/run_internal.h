/* The workflow's own parts. */
#ifndef FRS_RUN_RUN_INTERNAL_H
#define FRS_RUN_RUN_INTERNAL_H
#include "base/base.h"
#include "forecaster/forecaster.h"
#include "freshet/report.h"
#include "freshet/run.h"
#include "run/study.h"
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

/* One (site, lead) of a period: what was observed and what each model says, NaN where any of them
 * is missing. */
typedef struct frs_column {
    int64_t n;
    float *obs, *part;    /* part: scratch */
    float **sim;          /* [n_models] */
    int64_t *time;        /* valid times */
    unsigned char *month; /* of them, 1 to 12 */
    int64_t n_common;
    double *scores; /* [3 * frs_n_scores()]: value, low, high */
} frs_column;
/* frs__column_free after it, also on error. */
frs_status frs__column_new(frs_ctx *ctx, const frs_eval *e, frs_column *c);
void frs__column_free(frs_ctx *ctx, frs_column *c, int64_t n_models);
void frs__column_cut(const frs_eval *e, int64_t site, int64_t lead_index, frs_column *c);

/* What is scored apart: seasons (first and last month), and quantiles of the training period's flow
 * that bound its classes and define floods. */
enum { FRS_MAX_SUBSETS = 12 };
typedef struct frs_subsets {
    int n_seasons, n_classes, n_events;
    int season[FRS_MAX_SUBSETS][2];
    double class_q[FRS_MAX_SUBSETS], event_q[FRS_MAX_SUBSETS];
} frs_subsets;
/* From the keys seasons, flow_quantiles, event_quantiles. FRS_E_INPUT names the key. */
frs_status frs__subsets_of(frs_ctx *ctx, const frs_config *c, frs_subsets *s);

typedef struct frs_scores {
    int64_t n, cap;
    frs_report_score *items;
} frs_scores;
/* What models are chosen by: of a score in the validation period the median over sites, mean over
 * those leads that have one; *leads: how many. room [s->n]. NaN: none. */
double frs__choice_score(const frs_scores *s, const char *metric, int64_t model, double *room,
                         int64_t *leads);
enum { FRS_RUN_NAME = 48 }; /* bytes of a model's name in a run, "lstm_1" */
typedef struct frs_scoring {
    frs_ctx *ctx;
    const frs_eval *e;
    frs_forecaster *const *models;
    const char (*names)[FRS_RUN_NAME]; /* [n_models]: theirs in the run */
    const int64_t *ensemble; /* [n_models]: not 0: a member of an ensemble; NULL: none is */
    const int64_t
        *site_of;      /* [n_sites of the period] -> index in the report's sites; -1: not shown */
    int64_t *n_common; /* [n_leads]: added to */
    double steps_per_day;
    int year_start; /* month in which the water year starts */
    bool intervals;
    uint64_t seed;
    frs_scores *out;
    const frs_run_data *data;
    const frs_subsets *subsets; /* NULL: only the whole period */
} frs_scoring;
frs_status frs__put_score(const frs_scoring *w, frs_report_score row);
/* Adds a row per (site, lead, model, score), and the skill against the better baseline. */
frs_status frs__eval_score(const frs_scoring *w);

/* Comparisons of `winner` with every reference (`references`; when the key is not given all others
 * that are no members of an ensemble) on the period of w, whose scores are in w->out. *tests:
 * frs__free, also on error. */
frs_status frs__eval_tests(const frs_scoring *w, const frs_config *c, int64_t winner,
                           frs_report_test **tests, int64_t *n_tests);

/* One call of frs_run, from folder to page. */
enum { FRS_MAX_MODELS = 64, FRS_MAX_STAGES = 16 };
typedef struct frs_job {
    frs_ctx *ctx;
    const frs_run_opts *o;
    const frs_config *config;
    frs_config *own_config; /* read from the folder */
    frs_arena memory;       /* of its --set */
    char *dir;
    frs_lock lock;
    bool locked;
    bool made;    /* the folder is this call's */
    bool fresh;   /* config.yml is this call's */
    bool started; /* a forecaster was fitted or begun */
    frs_run_data data;
    frs_findings findings;
    frs_forecaster *models[FRS_MAX_MODELS];
    char names[FRS_MAX_MODELS][FRS_RUN_NAME]; /* in scores.csv; a member of an ensemble: "lstm_1" */
    int64_t ensemble[FRS_MAX_MODELS]; /* of a member: its ensemble's number + 1, which owns it; else
                                         0 */
    double fit_s[FRS_MAX_MODELS];
    int64_t n_models;
    frs_report_stage stages[FRS_MAX_STAGES];
    int64_t n_stages;
    frs__study_scope scope; /* of the page's studies, and whose they are */
    const char *const *studied;
} frs_job;
char *frs__run_path(const frs_job *j, const char *name); /* in the folder; frs__free */
frs_status frs__run_folder(frs_job *j);
frs_status frs__run_config(frs_job *j);
/* A run refused before it began leaves nothing behind but findings.csv, which says why. */
void frs__run_undo(frs_job *j);
/* Is it named in `forecasters`, or one of those that take part when none is? */
bool frs__run_takes_part(const frs_config *c, frs_candidate k);
/* A period's samples as a fit gets them; FRS_E_NODATA when training has none. */
frs_status frs__run_samples(frs_ctx *ctx, const frs_run_data *d, bool training, frs_samples **s);
frs_status frs__run_enough(frs_ctx *ctx, const frs_run_data *d, const frs_samples *training);
/* Removes what a killed process left half-written in a run's folder and those in it; the folder is
 * locked: nobody writes there now. */
frs_status frs__sweep(frs_ctx *ctx, const char *folder);
frs_status frs__run_fit(frs_job *j);
frs_status frs__run_load_models(frs_job *j);
void frs__run_free_models(frs_job *j);
/* Scores, forecast.nc, run.json, the page. */
frs_status frs__run_evaluate(frs_job *j);
/* own_study.c: r->study, from the data that j has open; of a page that is made again, from what
 * lies packed in the folder (without it the page has none, and the log says so). */
frs_status frs__run_study(frs_job *j, frs_report *r);
frs_status frs__run_study_again(frs_job *j, frs_report *r);
/* The page is in the language of today; what the run wrote down (descriptions, findings) stays. r:
 * from frs_report_load. */
void frs__run_speak(frs_report *r);
void frs__run_stage(frs_job *j, const char *name, double since_s);
#endif
