/* The report of a run: one struct that the workflow fills, one page (report.html: one file,
 * offline) and the files beside it (run.json, scores.csv, learning.csv, findings.csv,
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
} frs_report_model;

/* One number of scores.csv. value NaN: undefined there. low, high: 95 % interval, NaN: none. */
typedef struct frs_report_score {
    int64_t site;    /* index in sites */
    int64_t lead;    /* steps; 0: simulation */
    int64_t model;   /* index in models */
    char period[24]; /* "test"; others ("open_water") are tabled apart */
    char metric[32]; /* frs_score.name, or "skill" (against the better of persistence and
                        climatology) */
    double value, low, high;
} frs_report_score;

/* Of a catchment: its gauge or its middle, degrees north and east (WGS 84). NaN: not known. */
typedef struct frs_report_place {
    double latitude, longitude;
} frs_report_place;

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
    const char *main_metric; /* the winner is named by it; NULL: "NSE" */
    const int64_t *n_common; /* [max(1, leads)] samples over all sites that every model was scored
                                on; NULL: counted from the archives */
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
 * '.', '-' and '_' replaced, and a number where two would be the same.
 * errors: as frs_report_write; FRS_E_CANCELLED. */
frs_status frs_report_make(frs_ctx *ctx, const frs_report *r, const char *run_dir);
/* run.json, scores.csv, learning.csv, findings.csv, precipitation.csv and sites.csv (if there is
 * any) in run_dir. */
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
frs_status frs_report_write_run_json(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_learning(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs_report_write_findings(frs_ctx *ctx, const frs_report *r, const char *path);

/* Index of the model that wins by main_metric in the test period (median over sites, mean over
 * leads); -1: no score is defined. */
int64_t frs_report_best(frs_ctx *ctx, const frs_report *r);

#ifdef __cplusplus
}
#endif
#endif
