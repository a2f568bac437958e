/* The report of a run: one struct that the workflow fills, one page (report.html: one file,
 * offline) and the files beside it (run.json, scores.csv, tests.csv, learning.csv, findings.csv,
 * precipitation.csv, sites.csv, forecast.nc) from which the page can be made again.
 *
 * frs_report only borrows: every pointer in it must live until the call returns. {0} is a valid
 * empty report. Numbers that are not known are NaN, texts NULL, counts 0, times INT64_MIN. Texts
 * for people (titles, describe) come translated already; names are keys in files and are never
 * translated.
 *
 *     frs_report r = {.title = "Taz", .task = FRS_FORECAST, .target = "q", .unit = "mm", .leads =
 * 7}; r.models = models; r.n_models = 4; ... frs_report_save(ctx, &r, run_dir);            // the
 * files frs_report_write(ctx, &r, "run/report.html"); // the page */
#ifndef FRESHET_REPORT_H
#define FRESHET_REPORT_H
#include "freshet/data.h"
#include "freshet/forecaster.h"
#include "freshet/stats.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_report_fact {
    const char *name, *value;
} frs_report_fact; /* {"onednn", "3.0.1"} */
typedef struct frs_report_stage {
    const char *name;
    double seconds;
} frs_report_stage; /* {"training", 12.3} */
typedef struct frs_report_span {
    const char *name;
    frs_period period;
} frs_report_span; /* "train", "validation", "test" */

/* The test period read as one stateful pass through the record, beside exact windows; all 0: not
 * made. */
typedef struct frs_report_pass {
    int64_t n;            /* predictions that both have */
    double windows, pass; /* NSE of each on them, median over the sites; NaN: undefined */
    double rms, largest;  /* of the differences, in the target's unit */
} frs_report_pass;

typedef struct frs_report_model {
    const char *name;     /* "lstm": the key in scores.csv and forecast.nc */
    const char *title;    /* "LSTM", translated; NULL: name */
    const char *describe; /* a paragraph, translated, or NULL */
    bool baseline;        /* persistence, climatology: what the others must beat */
    frs_archive archive;  /* test period; values NULL: no predictions kept */
    const frs_epoch *epochs;
    int64_t n_epochs;        /* learning curve; 0: does not learn by epochs */
    double fit_s, predict_s; /* NaN or 0: not known */
    frs_report_pass pass;
    int64_t seeds; /* trainings from other first weights that it is made of; 0: none in it is
                      random. Fewer than FRS_CLAIM_SEEDS prove nothing about the method */
} frs_report_model;
enum { FRS_CLAIM_SEEDS = 5 };

/* One number of scores.csv. value NaN: undefined there. low, high: 95 % interval, NaN: none. */
typedef struct frs_report_score {
    int64_t site;    /* index in sites */
    int64_t lead;    /* steps; 0: simulation */
    int64_t model;   /* index in models */
    char period[24]; /* "test"; others ("open_water") are tabled apart */
    char metric[32]; /* frs_score.name, also of what is beside the list: "skill", "POD", ... */
    double value, low, high;
    char subset[24]; /* "": the whole period; "months_5-7", "flow_0.3-0.7", "events_0.98": a part */
} frs_report_score;

/* One comparison of tests.csv: the model that the validation period chose against a reference, in
 * the test period. Numbers that are not known are NaN. */
typedef enum frs_test_method {
    FRS_BOOTSTRAP_YEARS, /* one catchment: whole water years drawn anew */
    FRS_WILCOXON,        /* many: signed ranks of the scores by catchment */
    FRS_DIEBOLD_MARIANO  /* forecasts of one catchment: squared errors */
} frs_test_method;
/* p_holm below 0.05: the winner is better or worse; else no difference was shown. */
typedef enum frs_verdict { FRS_UNTESTED, FRS_UNPROVEN, FRS_BETTER, FRS_WORSE } frs_verdict;
typedef enum frs_test_note {
    FRS_NOTE_NONE,
    FRS_NOTE_FEW_YEARS,      /* fewer than 8 water years */
    FRS_NOTE_FEW_CATCHMENTS, /* fewer than 6: no p below 0.05 can be */
    FRS_NOTE_FEW_STEPS,
    FRS_NOTE_UNDEFINED /* the score has no value, or the models never differ */
} frs_test_note;
typedef struct frs_report_test {
    int64_t site;              /* index in sites; -1: all of them */
    int64_t lead;              /* steps; 0: simulation */
    int64_t winner, reference; /* indices in models */
    frs_test_method method;
    char metric[32];                            /* of the difference: "NSE", "MSE" */
    double difference, low, high, statistic, p; /* winner - reference */
    double p_holm; /* corrected for all rows of the same site and method */
    int64_t n;     /* years, catchments or steps */
    frs_verdict verdict;
    frs_test_note note;
} frs_report_test;
/* Of a catchment: its gauge or its middle, degrees north and east (WGS 84). NaN: not known. */
typedef struct frs_report_place {
    double latitude, longitude;
} frs_report_place;

/* The statistical study of a catchment's training period, made when the page comes to it: nothing
 * of the test period may be in it. make: frs_study_free after FRS_OK; FRS_E_NODATA: there is none
 * of this catchment. make NULL: of no catchment. */
typedef struct frs_report_study {
    frs_status (*make)(void *arg, int64_t site, frs_study *s); /* site: index in sites */
    void *arg;
} frs_report_study;

typedef struct frs_report {
    const char *title;       /* the experiment's name */
    const char *lang;        /* "ru": html lang attribute and decimal comma in prose; NULL: "en" */
    const char *config_text; /* YAML as used */
    const char *command;     /* the command line that makes this run again */
    const char *data_path;
    const char *version; /* of Freshet; NULL: FRS_VERSION */
    const char *isa;
    int threads;
    uint64_t seed;
    int64_t finished_s; /* wall time UTC; 0: not told */
    const frs_report_fact *versions;
    int64_t n_versions; /* libraries, compiler, system */
    const frs_report_fact *hashes;
    int64_t n_hashes; /* "config", "data", "weights": hexadecimal */
    const frs_report_stage *stages;
    int64_t n_stages;

    frs_task_kind task;
    frs_future future;         /* OBSERVED is labelled an upper bound everywhere */
    int64_t leads;             /* L; 0: simulation */
    const char *target, *unit; /* "q", "mm/day" */
    const frs_report_span *spans;
    int64_t n_spans;
    const char *const *sites;
    int64_t n_sites;
    const frs_report_place *places; /* [n_sites], or NULL: no map */
    const frs_report_model *models;
    int64_t n_models;
    frs_archive observed; /* same geometry as every model's; values NULL: none */
    const float
        *precipitation; /* [n_sites][n_issues] at the issue times of `observed`; NULL: none */
    const char *precipitation_unit; /* NULL: "mm" */
    const frs_report_score *scores;
    int64_t n_scores;
    const frs_report_test *tests;
    int64_t n_tests;
    const char *main_metric; /* the winner is named by it; NULL: "NSE" */
    const int64_t *n_common; /* [max(1, leads)] samples over all sites that every model was scored
                                on; NULL: counted from the archives */
    frs_report_study study;
    frs_findings findings;
    int year_start;   /* first month of the hydrological year, for intervals; 0: October */
    const char *best; /* name of the model chosen on the validation period; NULL: none was chosen */
    void *memory;     /* what frs_report_load made; NULL in a report that only borrows */
} frs_report;

/* The page. Self-contained: no network request, everything from users is escaped. At most 12 sites'
 * hydrographs are embedded (the best, the median and the worst by main_metric when there are more),
 * and the page says so. Text that is not UTF-8 counts as Latin-1, here and in the files.
 * errors: FRS_E_ARG archives of another geometry than `observed`, or more scores than a page can
 * hold (16 million of sites x leads x models x metrics x periods); FRS_E_IO. */
frs_status frs_report_write(frs_ctx *ctx, const frs_report *r, const char *path);
/* report.html in run_dir and beside it figures/NAME.svg, .png and .pdf of every static figure (PNG
 * and PDF by Cairo; without it a line in the log says so), and for more than 12 sites a page each,
 * site/NAME.html, with the files that they share. NAME is the site's with anything but letters,
 * digits,
 * '.', '-' and '_' replaced, and a number where two would be the same. Studies: of up to 12 sites
 * in report.html, of more in their own pages, of more than 100 only those of the 12 that it shows.
 * errors: as frs_report_write; FRS_E_CANCELLED. */
frs_status frs_report_make(frs_ctx *ctx, const frs_report *r, const char *run_dir);
/* run.json, scores.csv, tests.csv, learning.csv, findings.csv, precipitation.csv and sites.csv (if
 * there is any) in run_dir. */
frs_status frs_report_save(frs_ctx *ctx, const frs_report *r, const char *run_dir);
/* forecast.nc in run_dir from the archives. FRS_E_UNSUPPORTED: built without NetCDF. */
frs_status frs_report_save_forecast(frs_ctx *ctx, const frs_report *r, const char *run_dir);
/* Reads all of it back; only run.json must be there. Free with frs_report_free. Without forecast.nc
 * the page has no hydrograph and says so.
 * errors: FRS_E_FORMAT with file and line, also for files of different runs (sites, models, dates);
 * FRS_E_UNSUPPORTED forecast.nc cannot be read because NetCDF is missing; FRS_E_IO. */
frs_status frs_report_load(frs_ctx *ctx, const char *run_dir, frs_report *r);
void frs_report_free(frs_ctx *ctx,
                     frs_report *r); /* what load made; nothing of a borrowing report */

/* The single files, for `evaluate` and for tests. */
frs_status frs_report_write_scores(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_tests(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_run_json(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_learning(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_findings(frs_ctx *ctx, const frs_report *r, const char *path);

/* Index of the model that wins by main_metric in the test period (median over sites, mean over
 * leads); -1: no score is defined. */
int64_t frs_report_best(frs_ctx *ctx, const frs_report *r);

/* ---- the statistical study (freshet/stats.h): study.csv with every number, SITE/NAME.csv with
 * every curve, and study.html: of several sites an overview that links to SITE/study.html. Sites
 * are added one by one, so that thousands need no memory. errors: FRS_E_IO; of add after a failure,
 * the first one */
typedef struct frs_study_about {
    const char *title, *lang, *command, *data_path, *version; /* as in frs_report */
    const char *period;   /* a sentence for people: which part of the record, and why; NULL: none */
    int64_t n_sites;      /* that will be added */
    bool no_figure_files; /* else figures/ too: of each of up to 12 sites, and of the overview */
} frs_study_about;
typedef struct frs_study_writer frs_study_writer;
frs_status frs_study_writer_open(frs_ctx *ctx, const char *folder, const frs_study_about *about,
                                 frs_study_writer **w);
frs_status frs_study_writer_add(frs_study_writer *w, const frs_study *s);
frs_status frs_study_writer_close(frs_study_writer *w); /* study.csv and study.html; frees w */
void frs_study_writer_abort(frs_study_writer *w);       /* frees w; NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
