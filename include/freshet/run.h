/* The workflow: config -> check -> fit every forecaster -> evaluate -> report, in one run folder.
 *
 *   config.yml    as used           data.frs       the records, packed
 *   findings.csv  what check found  models/NAME.frs   every forecaster
 *   checkpoint-NAME.frs while training learning.csv   loss by epoch
 *   scores.csv, tests.csv, forecast.nc, run.json, log.txt, report.html */
#ifndef FRESHET_RUN_H
#define FRESHET_RUN_H
#include "freshet/config.h"
#include "freshet/data.h"
#include "freshet/forecaster.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Who takes part: indices in the store, and the periods of each, NULL when they are the same. */
typedef struct frs_sites {
    int64_t n;
    int64_t *index;
    frs_periods *periods; /* [n] */
} frs_sites;
/* A config's data, ready: the store, the task and who is in which period. */
typedef struct frs_run_data {
    frs_store *store;
    frs_task task;
    frs_period training, validation, test; /* from the first day of any site to the last */
    frs_period *site_periods[3]; /* what the sites' periods point to: training, validation, test */
    frs_sites training_sites, validation_sites, test_sites;
    frs_period *exclude;
    int64_t n_exclude;      /* held out of training */
    char precipitation[64]; /* "" : none known */
} frs_run_data;
/* Reads (and packs into store_path) what the config names; findings gets what check found (NULL:
 * nothing is checked). Hard findings do not fail here. */
frs_status frs_run_data_open(frs_ctx *ctx, const frs_config *c, const char *store_path,
                             frs_run_data *d, frs_findings *findings);
void frs_run_data_close(frs_ctx *ctx, frs_run_data *d);
/* FRS_OK, or FRS_E_INPUT with the first hard finding and their number. */
frs_status frs_findings_verdict(frs_ctx *ctx, const frs_findings *f);

enum {
    FRS_STAGE_CHECK = 1,
    FRS_STAGE_FIT = 2,
    FRS_STAGE_EVALUATE = 4,
    FRS_STAGE_REPORT = 8,
    FRS_STAGE_ALL = 15
};
typedef struct frs_run_opts {
    const frs_config
        *config;         /* NULL with `resume` or a later stage alone: the folder's config.yml */
    const char *run_dir; /* NULL: <run_dir>/<experiment_name>_<time> */
    bool resume;
    unsigned stages;
    const char *command; /* how the user called, for the report */
    /* without `config`: "key=value" over the folder's own; a data_dir among them is read anew */
    const char *const *sets;
    int64_t n_sets;
    int64_t epoch; /* of a run of NeuralHydrology: whose weights; 0: the last */
} frs_run_opts;
/* With site_folds and no site_fold: a run of each fold in FOLDER/fold-N, and their test scores
 * together in FOLDER/scores.csv; FOLDER/folds.csv says which site was in which. With
 * learning_curve_years: a run of each number of years in FOLDER/years-N, FOLDER/learning_curve.csv,
 * and in FOLDER/scores.csv the test scores of the most. FOLDER/report.html is of all of them.
 * *run_dir (frs_text_free) is set as soon as the folder is there, also on error (NULL before).
 * errors: FRS_E_BUSY another run holds the folder; FRS_E_INPUT the folder holds a run already and
 * resume is false. */
frs_status frs_run(frs_ctx *ctx, const frs_run_opts *o, char **run_dir);

typedef struct frs_forecast_opts {
    const char *run_dir;
    const char *data_dir; /* NULL: the run's data */
    int64_t issue_s;      /* INT64_MIN: the last step of each record */
    const char *model;    /* NULL: all */
} frs_forecast_opts;
/* An operational forecast: each slice goes to sink with the site's name through `row`. NaN among
 * the inputs of the window is FRS_E_INPUT, naming site, variable and date. */
typedef struct frs_forecast_row {
    const char *site, *model, *unit;
    int64_t issue_s, valid_s, lead;
    double value;
} frs_forecast_row;
frs_status frs_forecast_now(frs_ctx *ctx, const frs_forecast_opts *o,
                            frs_status (*row)(void *arg, const frs_forecast_row *r), void *arg);

#ifdef __cplusplus
}
#endif
#endif
