/* What the page and the files read from a frs_report: its scores as a dense table, medians over
 * sites, the order of the models, the samples that all models share. */
#ifndef FRS_REPORT_VIEW_H
#define FRS_REPORT_VIEW_H

#include "base/base.h"
#include "freshet/report.h"
#include "freshet/verify.h"

enum {
    FRS_MAX_METRICS = 64,
    FRS_MAX_PERIODS = 8,
    FRS_MAX_SHOWN = 12, /* sites whose hydrographs go into the page */
    FRS_COLOURS = 7     /* of models; they repeat, dashed, after that */
};

typedef struct frs_value {
    double value, low, high;
} frs_value;

typedef struct frs_view {
    frs_ctx *ctx;
    const frs_report *r;
    bool russian;
    int64_t n_leads;                /* at least 1 */
    int n_metrics, n_periods, main; /* main: index of the main metric, -1: it was not scored */
    char metrics[FRS_MAX_METRICS][32];
    char periods[FRS_MAX_PERIODS][24]; /* 0: the test period */
    frs_value *table;                  /* [period][site][lead][model][metric] */
    unsigned char *common; /* [site][issue][lead] 1: observed and predicted by every model; NULL: no
                              archives */
    int64_t *n_common;     /* [lead] */
    double *scratch;       /* [n_sites], for medians */
    int64_t *order;        /* models, best first; those without a score last */
    int64_t best;          /* by the test period; -1: nothing is defined */
    int64_t chosen;        /* on the validation period; -1: none was */
    int64_t shown[FRS_MAX_SHOWN];
    int64_t n_shown;
} frs_view;

/* FRS_E_ARG: archives of another geometry than the observations, which are of the report's sites
 * and leads. */
frs_status frs__check_geometry(frs_ctx *ctx, const frs_report *r);
frs_status frs__view_new(frs_ctx *ctx, const frs_report *r, frs_view *v);
void frs__view_free(frs_view *v);
int frs__view_metric(const frs_view *v, const char *name); /* -1: none */
frs_value frs__view_at(const frs_view *v, int period, int64_t site, int64_t lead, int64_t model,
                       int metric);
/* One site: its value and interval. Several: median and quartiles over the sites where it is
 * defined. n may be NULL. */
frs_value frs__view_median(const frs_view *v, int period, int64_t lead, int64_t model, int metric,
                           int64_t *n);
/* Mean over leads of the median over sites. */
double frs__view_overall(const frs_view *v, int64_t model, int metric);
/* The model whose errors are looked at: the one that the validation period chose, else the best of
 * the test period; -1: none. */
int64_t frs__view_winner(const frs_view *v);
bool frs__is_efficiency(const char *metric); /* 1 is perfect, 0 is the mean of the observations */
/* Signed so that more is better, whatever the metric; NaN when value is. */
double frs__goodness(const char *metric, double value);
int64_t frs__view_best_at(const frs_view *v, int64_t lead,
                          bool baselines_only); /* index of a model or -1 */
/* Values that round to the same text are all best: no false winner by an invisible digit. */
bool frs__is_best(const frs_view *v, int period, int64_t lead, int64_t model, int metric);
/* Digits after the point that a score of this metric deserves, by its size. */
int frs__digits(const char *metric, double v);
const char *frs__model_title(const frs_report *r, int64_t model);
double frs__quantile(const double *sorted, int64_t n,
                     double q); /* linear between order statistics (type 7) */
void frs__sort(double *a, int64_t n);
/* Difference a - b of the main metric, with a 95 % interval: one site: bootstrap of whole
 * hydrological years; several: median over sites of the paired differences, bootstrap of sites.
 * low, high NaN: no interval (fewer than 8 years or 3 sites). FRS_E_NOMEM only. wins (may be NULL):
 * sites where a is better. */
typedef struct frs_difference {
    double value, low, high;
    int64_t wins, sites;
} frs_difference;
frs_status frs__compare(const frs_view *v, int64_t a, int64_t b, int64_t lead, frs_difference *d);
/* Archive values of one model or of the observations (model -1); NULL: none. [n_issues][n_leads] of
 * the site. */
const float *frs__site_values(const frs_view *v, int64_t model, int64_t site);
int64_t frs__valid_time(const frs_view *v, int64_t issue, int64_t lead); /* lead: index from 0 */
#endif
