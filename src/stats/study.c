/* The whole study of one site: what is done, in order, and where its numbers go. */
#include "stats/study.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const frs_season usual[] = {{"DJF", 12, 3}, {"MAM", 3, 3}, {"JJA", 6, 3}, {"SON", 9, 3}};

frs_study_row *frs__study_row(study_work *w, const char *method, const char *series,
                              const char *quantity) {
    frs_study *s = w->s;
    if (s->n_rows == s->cap_rows) {
        const int64_t cap = s->cap_rows ? 2 * s->cap_rows : 256;
        frs_study_row *more = frs__realloc(w->ctx, s->rows, s->n_rows, cap, sizeof *more);
        if (!more) return NULL;
        s->rows = more;
        s->cap_rows = cap;
    }
    frs_study_row *r = &s->rows[s->n_rows++];
    *r = (frs_study_row){.value = NAN, .low = NAN, .high = NAN, .p = NAN};
    snprintf(r->method, sizeof r->method, "%s", method);
    snprintf(r->series, sizeof r->series, "%s", series);
    snprintf(r->quantity, sizeof r->quantity, "%s", quantity);
    snprintf(r->unit, sizeof r->unit, "%s", s->unit);
    return r;
}

frs_status frs__study_put(study_work *w, const char *method, const char *series,
                          const char *quantity, double value) {
    frs_study_row *r = frs__study_row(w, method, series, quantity);
    if (!r) return FRS_E_NOMEM;
    r->value = value;
    return FRS_OK;
}

frs_status frs__study_unit(frs_study_row *row, const char *unit) {
    if (!row) return FRS_E_NOMEM;
    snprintf(row->unit, sizeof row->unit, "%s", unit);
    return FRS_OK;
}

frs_status frs__study_note(study_work *w, frs_status s, const char *method, const char *series,
                           const char *quantity) {
    if (s == FRS_OK || s == FRS_E_NOMEM || s == FRS_E_CANCELLED || s == FRS_E_INTERNAL) return s;
    frs_study_row *r = frs__study_row(w, method, series, quantity);
    if (!r) return FRS_E_NOMEM;
    const char *text = frs_message(w->ctx);
    size_t n = strlen(text);
    if (n >= sizeof r->note) n = sizeof r->note - 1;
    while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
    memcpy(r->note, text, n);
    return FRS_OK;
}

frs_study_table *frs__study_table(study_work *w, const char *name, int n_columns, int64_t n) {
    frs_study *s = w->s;
    if (s->n_tables == s->cap_tables) {
        const int64_t cap = s->cap_tables + 16;
        frs_study_table *more = frs__realloc(w->ctx, s->tables, s->n_tables, cap, sizeof *more);
        if (!more) return NULL;
        s->tables = more;
        s->cap_tables = cap;
    }
    frs_study_table t = {.n_columns = n_columns, .n = n};
    snprintf(t.name, sizeof t.name, "%s", name);
    t.columns = frs__alloc(w->ctx, n_columns, sizeof *t.columns);
    t.values = frs__alloc(w->ctx, n_columns * n, sizeof *t.values);
    if (!t.columns || !t.values) {
        frs__free(w->ctx, t.columns);
        frs__free(w->ctx, t.values);
        return NULL;
    }
    for (int64_t i = 0; i < n_columns * n; i++) t.values[i] = NAN;
    s->tables[s->n_tables] = t;
    return &s->tables[s->n_tables++];
}

void frs__study_column(frs_study_table *t, int column, const char *name) {
    snprintf(t->columns[column], sizeof t->columns[column], "%s", name);
}

double *frs__study_values(const frs_study_table *t, int column) {
    return t->values + column * t->n;
}

static frs_status check_opts(frs_ctx *ctx, const frs_study_opts *o) {
    if (o->flow.n < 1 || o->flow.step.count < 1)
        return frs__fail(ctx, FRS_E_NODATA, _("%s: an empty record"), o->site);
    if (o->n_seasons < 0 || o->n_seasons > FRS_MAX_SEASONS)
        return frs__fail(ctx, FRS_E_ARG, _("%d seasons: at most %d are expected"), o->n_seasons,
                         FRS_MAX_SEASONS);
    if (o->year_start < 0 || o->year_start > 12)
        return frs__fail(ctx, FRS_E_ARG, _("the hydrological year cannot start in month %d"),
                         o->year_start);
    return FRS_OK;
}

static frs_status begin(study_work *w) {
    const frs_study_opts *o = w->o;
    frs_study *s = w->s;
    FRS_TRY(check_opts(w->ctx, o));
    snprintf(s->site, sizeof s->site, "%s", o->site);
    snprintf(s->target, sizeof s->target, "%s", o->target ? o->target : "q");
    snprintf(s->unit, sizeof s->unit, "%s", o->unit ? o->unit : "");
    s->first_s = o->flow.start_s;
    s->last_s = frs_step_add(o->flow.step, o->flow.start_s, o->flow.n - 1);
    s->step = o->flow.step;
    s->year_start = o->year_start ? o->year_start : 10;
    w->steps_per_day = frs__steps_per_day(o->flow.step);
    w->seasons[0] = (frs_season){"year", s->year_start, 12};
    const frs_season *seasons = o->n_seasons ? o->seasons : usual;
    w->n_seasons = 1 + (o->n_seasons ? o->n_seasons : (int)FRS_LEN(usual));
    memcpy(w->seasons + 1, seasons, (size_t)(w->n_seasons - 1) * sizeof *seasons);
    s->n = o->flow.n;
    for (int64_t i = 0; i < s->n; i++) s->n_missing += !isfinite(o->flow.x[i]);
    if (s->n_missing == s->n)
        return frs__fail(w->ctx, FRS_E_NODATA, _("%s: no value of %s in the period"), s->site,
                         s->target);
    w->anomaly = frs__alloc(w->ctx, s->n, sizeof *w->anomaly);
    w->scratch = frs__alloc(w->ctx, s->n, sizeof *w->scratch);
    return w->anomaly && w->scratch ? FRS_OK : FRS_E_NOMEM;
}

static frs_status all_parts(study_work *w) {
    static frs_status (*const parts[])(study_work *) = {
        frs__study_description,  frs__study_regime,  frs__study_duration,
        frs__study_signatures,   frs__study_balance, frs__study_dependence,
        frs__study_stationarity, frs__study_shape,   frs__study_rhythm,
        frs__study_baseflow,     frs__study_trends,  frs__study_extremes};
    for (int64_t i = 0; i < FRS_LEN(parts); i++) {
        if (frs__cancelled(w->ctx)) return frs__fail(w->ctx, FRS_E_CANCELLED, _("interrupted"));
        if (parts[i] != frs__study_extremes || !w->o->no_extremes) FRS_TRY(parts[i](w));
    }
    return FRS_OK;
}

frs_status frs_study_site(frs_ctx *ctx, const frs_study_opts *o, frs_study *s) {
    study_work w = {.ctx = ctx, .o = o, .s = s};
    *s = (frs_study){0};
    frs_status status = begin(&w);
    if (status == FRS_OK) status = all_parts(&w);
    frs__free(ctx, w.anomaly);
    frs__free(ctx, w.scratch);
    if (status != FRS_OK) frs_study_free(ctx, s);
    return status;
}

void frs_study_free(frs_ctx *ctx, frs_study *s) {
    for (int64_t i = 0; i < s->n_tables; i++) {
        frs__free(ctx, s->tables[i].columns);
        frs__free(ctx, s->tables[i].values);
    }
    frs__free(ctx, s->tables);
    frs__free(ctx, s->rows);
    *s = (frs_study){0};
}

const frs_study_row *frs_study_find(const frs_study *s, const char *method, const char *series,
                                    const char *quantity) {
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, method) == 0 && strcmp(r->series, series) == 0 &&
            strcmp(r->quantity, quantity) == 0)
            return r;
    }
    return NULL;
}

const frs_study_table *frs_study_table_find(const frs_study *s, const char *name) {
    for (int64_t i = 0; i < s->n_tables; i++)
        if (strcmp(s->tables[i].name, name) == 0) return &s->tables[i];
    return NULL;
}
