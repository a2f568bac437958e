/* The parts of the study of one site. */
#ifndef FRS_STATS_STUDY_H
#define FRS_STATS_STUDY_H
#include "stats/stats.h"

enum { FRS_MAX_SEASONS = 16 };
typedef struct study_work {
    frs_ctx *ctx;
    const frs_study_opts *o;
    frs_study *s;
    frs_season seasons[FRS_MAX_SEASONS + 1]; /* the whole year first */
    int n_seasons;
    double steps_per_day;
    double *anomaly; /* [n] flow without its yearly cycle */
    double *scratch; /* [n] */
} study_work;

/* A new row, all numbers NaN, of the flow's unit; NULL: out of memory. Valid until the next. */
frs_study_row *frs__study_row(study_work *w, const char *method, const char *series,
                              const char *quantity);
/* The same with its value. */
frs_status frs__study_put(study_work *w, const char *method, const char *series,
                          const char *quantity, double value);
/* What a method that failed leaves: a row with the reason, and FRS_OK; FRS_E_NOMEM stays. */
frs_status frs__study_note(study_work *w, frs_status s, const char *method, const char *series,
                           const char *quantity);
/* A table with these columns, values NaN; NULL: out of memory. Valid until the next. */
frs_study_table *frs__study_table(study_work *w, const char *name, int n_columns, int64_t n);
void frs__study_column(frs_study_table *t, int column, const char *name);
double *frs__study_values(const frs_study_table *t, int column);
frs_status frs__study_unit(frs_study_row *row, const char *unit); /* NULL row: FRS_E_NOMEM */

frs_status frs__study_description(study_work *w); /* study_flow.c */
frs_status frs__study_regime(study_work *w);
frs_status frs__study_duration(study_work *w);
frs_status frs__study_baseflow(study_work *w);
frs_status frs__study_signatures(study_work *w);
frs_status frs__study_balance(study_work *w);
frs_status frs__study_dependence(study_work *w); /* study_time.c */
frs_status frs__study_stationarity(study_work *w);
frs_status frs__study_shape(study_work *w);
frs_status frs__study_rhythm(study_work *w);
frs_status frs__study_trends(study_work *w);   /* study_trends.c */
frs_status frs__study_extremes(study_work *w); /* study_extremes.c */
#endif
