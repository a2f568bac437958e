/* What layouts share: pieces of records put together. */
#include "data/data.h"
#include "io/layout.h"
#include <math.h>
#include <string.h>

frs_status frs__read_table(frs_dataset *d, const char *path, frs_series *s) {
    frs_read_opts o = d->opts;
    o.format = "csv";
    o.names = NULL;
    o.n_names = 0;
    o.whole_names = true;
    return frs_read_series(d->ctx, path, &o, s);
}

/* ---- joining */

typedef struct span {
    int64_t start_s, end_s; /* first and last time of any part */
    int n_vars;
    int64_t n_rows; /* of all parts */
} span;

/* A mistyped year in one file must not become a record of centuries. */
#define MAX_STEPS(n) (INT64_C(200000) + 100 * (n))

static frs_status far_apart(frs_ctx *ctx, const frs_series *parts, const span *all) {
    char first[32], last[32];
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("%s and the files beside it go from %s to %s: a date is mistyped, or they "
                       "have more gaps than can be filled"),
                     parts[0].source, frs_date_format(all->start_s, first),
                     frs_date_format(all->end_s, last));
}

static int64_t last_time(const frs_series *s) {
    return frs_step_add(s->step, s->start_s, s->n - 1);
}

static frs_status fits_first(frs_ctx *ctx, const frs_series *a, const frs_series *b) {
    if (a->step.unit != b->step.unit || a->step.count != b->step.count)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s and %s differ in their time step"), a->source,
                         b->source);
    const int64_t k =
        a->step.unit == FRS_STEP_SECOND ? (b->start_s - a->start_s) % a->step.count : 0;
    if (k != 0)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s and %s: their times are %lld s apart"), a->source,
                         b->source, (long long)k);
    for (int v = 0; v < b->n_vars; v++)
        if (frs_series_var(a, b->vars[v].name) >= 0)
            return frs__fail(ctx, FRS_E_FORMAT, _("%s and %s both have a variable '%s'"), a->source,
                             b->source, b->vars[v].name);
    return FRS_OK;
}

static frs_status find_span(frs_ctx *ctx, const frs_series *parts, int n, span *out) {
    *out = (span){.start_s = parts[0].start_s, .end_s = last_time(&parts[0])};
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++) FRS_TRY(fits_first(ctx, &parts[k], &parts[i]));
        if (parts[i].start_s < out->start_s) out->start_s = parts[i].start_s;
        if (last_time(&parts[i]) > out->end_s) out->end_s = last_time(&parts[i]);
        out->n_vars += parts[i].n_vars;
        out->n_rows += parts[i].n;
    }
    return FRS_OK;
}

static void take_part(const frs_series *p, int var, frs_series *out) {
    for (int v = 0; v < p->n_vars; v++) {
        out->vars[var + v] = p->vars[v];
        for (int64_t t = 0; t < p->n; t++) {
            const int64_t at =
                frs__step_index(out->step, out->start_s, frs_step_add(p->step, p->start_s, t));
            out->values[var + v][at] = p->values[v][t];
        }
    }
    out->n_duplicate_dates += p->n_duplicate_dates;
    out->n_unordered_dates += p->n_unordered_dates;
    out->n_gap_steps += p->n_gap_steps;
    out->n_estimated += p->n_estimated;
    if (!out->first_trouble_line) {
        out->first_trouble_line = p->first_trouble_line;
        out->first_trouble_s = p->first_trouble_s;
    }
}

static bool all_missing(const frs_series *s, int64_t t) {
    for (int v = 0; v < s->n_vars; v++)
        if (!isnan(s->values[v][t])) return false;
    return true;
}

/* Of a record without any value one step stays. */
static void cut_empty_ends(frs_series *s) {
    int64_t lo = 0, hi = s->n;
    while (lo + 1 < s->n && all_missing(s, lo)) lo++;
    while (hi - 1 > lo && all_missing(s, hi - 1)) hi--;
    for (int v = 0; v < s->n_vars; v++)
        memmove(s->values[v], s->values[v] + lo, (size_t)(hi - lo) * sizeof **s->values);
    s->start_s = frs_step_add(s->step, s->start_s, lo);
    s->n = hi - lo;
}

frs_status frs__join(frs_ctx *ctx, frs_series *parts, int n, bool trim, frs_series *out) {
    span all;
    frs_series s = {0};
    FRS_TRY(find_span(ctx, parts, n, &all));
    if (all.n_vars > FRS_MAX_VARS)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: %d variables together; at most %d"),
                         parts[0].source, all.n_vars, FRS_MAX_VARS);
    const int64_t steps = frs__step_index(parts[0].step, all.start_s, all.end_s) + 1;
    if (steps > MAX_STEPS(all.n_rows)) return far_apart(ctx, parts, &all);
    FRS_TRY(frs_series_new(ctx, parts[0].site, all.start_s, parts[0].step, steps, all.n_vars, &s));
    s.source = frs__strdup(ctx, parts[0].source);
    if (!s.source) {
        frs_series_free(ctx, &s);
        return FRS_E_NOMEM;
    }
    for (int i = 0, var = 0; i < n; var += parts[i++].n_vars) take_part(&parts[i], var, &s);
    if (trim) cut_empty_ends(&s);
    for (int i = 0; i < n; i++)
        if (parts[i].area_km2 > 0 && !(s.area_km2 > 0)) s.area_km2 = parts[i].area_km2;
    *out = s;
    return FRS_OK;
}

/* ---- variables */

void frs__drop_var(frs_ctx *ctx, frs_series *s, const char *name) {
    const int v = frs_series_var(s, name);
    if (v < 0) return;
    frs__free(ctx, s->values[v]);
    s->n_vars--;
    for (int i = v; i < s->n_vars; i++) {
        s->values[i] = s->values[i + 1];
        s->vars[i] = s->vars[i + 1];
    }
}

frs_status frs__suffix_var(frs_ctx *ctx, frs_series *s, int v, const char *product) {
    char *name = s->vars[v].name;
    const size_t n = strlen(name), m = strlen(product);
    if (n + 1 + m >= sizeof s->vars->name)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: '%s_%s' is longer than 63 characters"), s->source,
                         name, product);
    name[n] = '_';
    memcpy(name + n + 1, product, m + 1);
    return FRS_OK;
}

void frs__negative_missing(frs_ctx *ctx, frs_series *s, int var) {
    if (var < 0) return;
    int64_t n = 0;
    for (int64_t t = 0; t < s->n; t++)
        if (s->values[var][t] < 0) {
            s->values[var][t] = NAN;
            n++;
        }
    if (n)
        frs__log(ctx, FRS_LOG_INFO, _("%s: %lld values of '%s' below zero count as missing"),
                 s->source, (long long)n, s->vars[var].name);
}

void frs__set_units(frs_series *s, const frs__unit_row *rows, int64_t n) {
    for (int v = 0; v < s->n_vars; v++) {
        frs_var *var = &s->vars[v];
        for (int64_t i = 0; i < n; i++) {
            if (strncmp(var->name, rows[i].begins, strlen(rows[i].begins)) != 0) continue;
            if (!var->unit[0]) memcpy(var->unit, rows[i].unit, strlen(rows[i].unit) + 1);
            if (var->kind == FRS_VAR_UNKNOWN) var->kind = rows[i].kind;
            break;
        }
    }
}

/* ---- units */

static double area_of(const frs_dataset *d, const frs_series *s) {
    static const char *const names[] = {"area_km2", "area_gages2", "area_gov",     "catchment_area",
                                        "area",     "area_calc",   "drainage_area"};
    if (s->area_km2 > 0) return s->area_km2;
    for (int64_t i = 0; i < FRS_LEN(names); i++) {
        const double a = frs__ds_attribute(d, s->site, names[i]);
        if (a > 0) return a;
    }
    return NAN;
}

static frs_status convert(frs_dataset *d, frs_series *s, const char *name, size_t n,
                          const char *unit) {
    for (int v = 0; v < s->n_vars; v++) {
        frs_var *var = &s->vars[v];
        double a, c;
        if (strlen(var->name) != n || strncmp(var->name, name, n) != 0) continue;
        if (strlen(unit) >= sizeof var->unit)
            return frs__fail(d->ctx, FRS_E_INPUT, _("unknown unit \"%.40s\""), unit);
        const frs_status st = frs_unit_convert(d->ctx, var->unit, unit, area_of(d, s), &a, &c);
        if (st != FRS_OK) return frs__fail_in(d->ctx, st, _("%s: '%s'"), s->source, var->name);
        for (int64_t t = 0; t < s->n; t++)
            s->values[v][t] = (float)(a * (double)s->values[v][t] + c);
        memset(var->unit, 0, sizeof var->unit);
        memcpy(var->unit, unit, strlen(unit));
        return FRS_OK;
    }
    return frs__fail(d->ctx, FRS_E_INPUT, _("%s: units are given for '%.*s', which is not in it"),
                     s->source, (int)n, name);
}

frs_status frs__apply_units(frs_dataset *d, frs_series *s) {
    for (int i = 0; i < d->opts.n_units; i++) {
        const char *text = d->opts.units[i], *mark = strrchr(text, '=');
        if (!mark || mark == text || !mark[1])
            return frs__fail(d->ctx, FRS_E_ARG, _("units: expected NAME=UNIT, found '%.80s'"),
                             text);
        FRS_TRY(convert(d, s, text, (size_t)(mark - text), mark + 1));
    }
    return FRS_OK;
}
