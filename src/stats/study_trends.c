/* Trends and breaks of yearly and seasonal values: mean, maximum, 7-day minimum. */
#include "stats/study.h"
#include <math.h>
#include <stdio.h>

static const struct {
    const char *name;
    frs_yearly what;
    double days;
} kinds[] = {{"mean", FRS_YEARLY_MEAN, 0},
             {"maximum", FRS_YEARLY_MAX, 0},
             {"7-day minimum", FRS_YEARLY_MIN, 7}};
enum { N_KINDS = 3, FEW_YEARS = 10 };

static frs_status put_trend(study_work *w, const char *series, const double *x, int64_t n) {
    frs_trend t;
    frs_status s = frs_mann_kendall(w->ctx, x, n, &t);
    if (s != FRS_OK) return frs__study_note(w, s, "mann_kendall", series, "z");
    frs_study_row *r = frs__study_row(w, "mann_kendall", series, "z");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = t.z;
    r->p = t.p;
    r = frs__study_row(w, "mann_kendall", series, "variance correction");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = t.correction;
    r = frs__study_row(w, "sen", series, "slope");
    if (!r) return FRS_E_NOMEM;
    snprintf(r->unit, sizeof r->unit, "%.30s/year", *w->s->unit ? w->s->unit : "1");
    r->value = t.slope;
    r->low = t.low;
    r->high = t.high;
    r->p = t.p;
    r = frs__study_row(w, "sen", series, "years");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = (double)t.n;
    return FRS_OK;
}

static frs_status put_break(study_work *w, const char *method, const char *series, frs_status s,
                            const frs_break *b, int64_t first_year) {
    if (s != FRS_OK) return frs__study_note(w, s, method, series, "first year after");
    frs_study_row *r = frs__study_row(w, method, series, "first year after");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = (double)(first_year + b->at);
    r->p = b->p;
    r = frs__study_row(w, method, series, "statistic");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = b->statistic;
    r->p = b->p;
    r = frs__study_row(w, method, series, "change of the mean");
    if (!r) return FRS_E_NOMEM;
    r->value = b->after - b->before;
    return FRS_OK;
}

static frs_status one_series(study_work *w, const char *series, const frs_years *y) {
    frs_break b;
    int64_t full = 0;
    for (int64_t i = 0; i < y->n; i++) full += isfinite(y->values[i]) != 0;
    if (full < FEW_YEARS) {
        const frs_status s =
            frs__fail(w->ctx, FRS_E_NODATA, _("a trend needs %d full years, found %lld"), FEW_YEARS,
                      (long long)full);
        return frs__study_note(w, s, "mann_kendall", series, "z");
    }
    FRS_TRY(put_trend(w, series, y->values, y->n));
    frs_status s = frs_pettitt(w->ctx, y->values, y->n, &b);
    FRS_TRY(put_break(w, "pettitt", series, s, &b, y->first_year));
    s = frs_snht(w->ctx, y->values, y->n, w->o->seed, &b);
    return put_break(w, "snht", series, s, &b, y->first_year);
}

/* The table of yearly values: its years are those that the record touches. */
static frs_study_table *yearly_table(study_work *w, int64_t *first_year) {
    const int64_t first = frs_civil_from_time(w->s->first_s).year,
                  last = frs_civil_from_time(w->s->last_s).year + 1;
    frs_study_table *t =
        frs__study_table(w, "yearly", 1 + N_KINDS * w->n_seasons, last - first + 1);
    *first_year = first;
    if (!t) return NULL;
    frs__study_column(t, 0, "year");
    for (int64_t i = 0; i < t->n; i++) frs__study_values(t, 0)[i] = (double)(first + i);
    return t;
}

static frs_status season_kind(study_work *w, int season, int kind, frs_study_table *t,
                              int64_t first_year) {
    const frs_season *part = &w->seasons[season];
    const frs_yearly_opts o = {.what = kinds[kind].what,
                               .first_month = part->first_month,
                               .n_months = part->n_months,
                               .window_days = kinds[kind].days};
    const int column = 1 + season * N_KINDS + kind;
    char name[96];
    frs_years y;
    snprintf(name, sizeof name, "%s %.64s", kinds[kind].name, part->name);
    frs__study_column(t, column, name);
    frs_status s = frs_yearly_values(w->ctx, &w->o->flow, &o, &y);
    if (s != FRS_OK) return frs__study_note(w, s, "mann_kendall", name, "z");
    for (int64_t i = 0; i < y.n; i++) {
        const int64_t at = y.first_year + i - first_year;
        if (at >= 0 && at < t->n) frs__study_values(t, column)[at] = y.values[i];
    }
    s = one_series(w, name, &y);
    frs_years_free(w->ctx, &y);
    return s;
}

frs_status frs__study_trends(study_work *w) {
    int64_t first_year;
    frs_study_table *made = yearly_table(w, &first_year);
    if (!made) return FRS_E_NOMEM;
    const bool fine = w->steps_per_day > 0.9; /* a 7-day minimum needs days */
    for (int season = 0; season < w->n_seasons; season++)
        for (int kind = 0; kind < (fine ? N_KINDS : 2); kind++)
            FRS_TRY(season_kind(w, season, kind, made, first_year));
    return FRS_OK;
}
