/* The section of the study in a page: text, tables and figures of a filled frs_study. */
#ifndef FRS_REPORT_STUDY_H
#define FRS_REPORT_STUDY_H

#include "freshet/stats.h"
#include "report/page.h"

/* Everything of one site, parted by headings (p->nested: as one section's parts, without the
 * extremes); needs of p->r and p->v only the language. */
void frs__page_study(frs_page *p, const frs_study *s);

/* ---- of its parts: a number with the digits that its size deserves; buf >= 40 */
char *frs__study_number(const frs_page *p, double v, char *buf);
double frs__study_value(const frs_study *s, const char *method, const char *series,
                        const char *quantity); /* NaN: there is none */
/* The column of a table, NULL: there is none; *n its length. */
const double *frs__study_column_of(const frs_study *s, const char *table, const char *column,
                                   int64_t *n);
/* "7-day minimum DJF" for people. buf >= 160. */
char *frs__study_series_title(const char *series, char *buf);
const char *frs__season_title(const char *name);
/* "q, mm" */
char *frs__study_unit_text(const frs_study *s, char *buf, size_t size);

/* Months of a year that starts with `first` (1 to 12), at 0.5, 1.5, ... */
void frs__month_marks(int first, frs_mark marks[12]);
/* study_figures.c: each a figure of its own; nothing when the study lacks the table. */
void frs__figure_regime(frs_page *p, const frs_study *s);
void frs__figure_duration(frs_page *p, const frs_study *s);
void frs__figure_correlogram(frs_page *p, const frs_study *s, bool partial);
void frs__figure_response(frs_page *p, const frs_study *s);
void frs__figure_baseflow(frs_page *p, const frs_study *s);
void frs__figure_periodogram(frs_page *p, const frs_study *s);
void frs__figure_stl(frs_page *p, const frs_study *s, const char *column);
void frs__figure_trend(frs_page *p, const frs_study *s, const char *kind);
void frs__figure_frequency(frs_page *p, const frs_study *s, bool minima);
#endif
