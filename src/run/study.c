/* The study of one site: which variable is what, and which of its steps count. */
#include "run/study.h"
#include "base/base.h"
#include "data/data.h"
#include <math.h>
#include <string.h>

enum { MAX_INPUTS = 16 };

typedef frs__study_source source;
typedef struct making {
    const frs__study_scope *scope;
    const source *source;
    frs_periods periods; /* n 0: the whole record */
    frs_study_opts o;
    frs_study_input inputs[MAX_INPUTS];
    double *values; /* [1 + n_inputs][n] */
} making;

/* ---- which variable is what */
static int find_var(const source *s, const char *const *names, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        for (int v = 0; v < s->n_vars; v++)
            if (strcmp(s->vars[v].name, names[k]) == 0) return v;
    return -1;
}

static int target_of(const frs__study_scope *u, const source *s) {
    static const char *const usual[] = {
        "q",          "Q",    "discharge", "streamflow",     "flow",
        "QObs(mm/d)", "qobs", "Qobs",      "discharge_spec", "Q_mm"};
    const char *named = frs_config_list_count(u->config, "target_variables") > 0
                            ? frs_config_list_at(u->config, "target_variables", 0)
                            : NULL;
    if (named) return find_var(s, &named, 1);
    const int found = find_var(s, usual, FRS_LEN(usual));
    return found < 0 && s->n_vars == 1 ? 0 : found;
}

static int role_of(const frs__study_scope *u, const source *s, const char *key,
                   const char *const *usual, int64_t n) {
    const char *named = frs_config_text(u->config, key);
    return named ? find_var(s, &named, 1) : find_var(s, usual, n);
}

/* mm a step of one unit; NaN: not a depth. An empty unit is taken for the depth of a step. */
static double depth_of(const char *unit, double steps_per_day) {
    static const char *const a_day[] = {"mm/day", "mm/d", "mm d-1", "mm day-1", "mm day^-1"};
    static const char *const an_hour[] = {"mm/h", "mm/hour", "mm h-1", "mm hour-1"};
    if (!*unit || strcmp(unit, "mm") == 0) return 1;
    for (int64_t i = 0; i < FRS_LEN(a_day); i++)
        if (strcmp(unit, a_day[i]) == 0) return 1 / steps_per_day;
    for (int64_t i = 0; i < FRS_LEN(an_hour); i++)
        if (strcmp(unit, an_hour[i]) == 0) return 24 / steps_per_day;
    return NAN;
}

frs_status frs__study_scope_of(frs_ctx *ctx, const frs_config *c, frs__study_scope *scope) {
    const int64_t n = frs_config_list_count(c, "seasons");
    char where[512];
    *scope = (frs__study_scope){.config = c};
    if (n > FRS_MAX_STUDY_SEASONS)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: at most %d seasons"),
                         frs_config_where(c, "seasons", where), FRS_MAX_STUDY_SEASONS);
    for (int64_t i = 0; i < n; i++)
        FRS_TRY(frs_season_parse(ctx, frs_config_list_at(c, "seasons", i),
                                 &scope->seasons[scope->n_seasons++]));
    return FRS_OK;
}

/* ---- which steps */

/* The rows from the first of the periods to the last, within the record; hi < lo: none. */
static frs__rows span_of(const source *s, frs_periods periods) {
    frs__rows all = {0, s->n - 1};
    for (int64_t i = 0; i < periods.n; i++) {
        const frs__rows r = frs__period_rows(s->step, s->start_s, periods.at[i]);
        if (i == 0 || r.lo < all.lo) all.lo = r.lo;
        if (i == 0 || r.hi > all.hi) all.hi = r.hi;
    }
    if (all.lo < 0) all.lo = 0;
    if (all.hi > s->n - 1) all.hi = s->n - 1;
    return all;
}

static void copy_rows(const source *s, int var, frs__rows from, frs__rows to, double *out) {
    for (int64_t i = from.lo > to.lo ? from.lo : to.lo; i <= from.hi && i <= to.hi; i++)
        out[i - to.lo] = (double)s->values[var][i * s->stride];
}

/* One variable in the rows: what no period has, or an excluded one, is missing. */
static void copy_var(const making *m, int var, frs__rows rows, double *out) {
    const source *s = m->source;
    const frs__study_scope *u = m->scope;
    for (int64_t i = rows.lo; i <= rows.hi; i++) out[i - rows.lo] = NAN;
    for (int64_t k = 0; k < m->periods.n; k++)
        copy_rows(s, var, frs__period_rows(s->step, s->start_s, m->periods.at[k]), rows, out);
    if (m->periods.n == 0) copy_rows(s, var, rows, rows, out);
    for (int64_t k = 0; k < u->n_exclude; k++) {
        const frs__rows x = frs__period_rows(s->step, s->start_s, u->exclude[k]);
        for (int64_t i = x.lo > rows.lo ? x.lo : rows.lo; i <= x.hi && i <= rows.hi; i++)
            out[i - rows.lo] = NAN;
    }
}

/* ---- which inputs: those that the config names (names, or lists of names), else all but the
 * target */
static int list_inputs(const frs__study_scope *u, const source *s, int target, int *inputs) {
    const frs_part *all = frs_config_part(u->config, "dynamic_inputs");
    const int64_t n_parts = all ? frs_part_count(all) : 0;
    int n = 0;
    for (int64_t i = 0; i < n_parts; i++) {
        const frs_part *part = frs_part_at(all, i);
        for (int64_t k = 0; k < frs_part_count(part) && n < MAX_INPUTS; k++) {
            const char *name = frs_part_text(frs_part_at(part, k));
            const int v = find_var(s, &name, 1);
            if (v >= 0 && v != target) inputs[n++] = v;
        }
    }
    for (int v = 0; n_parts == 0 && v < s->n_vars && n < MAX_INPUTS; v++)
        if (v != target) inputs[n++] = v;
    return n;
}

/* Precipitation and potential evaporation in the flow's unit, where all are depths. */
static void set_roles(const frs__study_scope *u, const source *s, int target, const int *inputs,
                      making *m) {
    static const char *const rain[] = {"prcp", "precipitation",           "P",           "p", "pr",
                                       "rain", "total_precipitation_sum", "prcp(mm/day)"};
    static const char *const pe[] = {
        "pet", "PET", "pe", "PE", "E", "evap", "potential_evaporation", "pet(mm/day)"};
    const double steps = s->step.unit == FRS_STEP_SECOND ? (double)FRS_DAY_S / (double)s->step.count
                                                         : 12 / 365.2425 / (double)s->step.count;
    const int role[2] = {role_of(u, s, "precipitation", rain, FRS_LEN(rain)),
                         role_of(u, s, "potential_evaporation", pe, FRS_LEN(pe))};
    int *at[2] = {&m->o.precipitation, &m->o.pet};
    const double flow = depth_of(s->vars[target].unit, steps);
    m->o.precipitation = m->o.pet = -1;
    m->o.depth = flow;
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < m->o.n_inputs; i++) {
            const double factor = depth_of(s->vars[inputs[i]].unit, steps) / flow;
            if (inputs[i] != role[k] || !isfinite(factor)) continue;
            *at[k] = i;
            if (factor == 1) continue;
            double *x = m->values + (1 + i) * m->o.flow.n;
            for (int64_t j = 0; j < m->o.flow.n; j++) x[j] *= factor;
            m->inputs[i].unit = s->vars[target].unit;
        }
}

static frs_status fill(frs_ctx *ctx, int target, frs__rows rows, making *m) {
    const frs__study_scope *u = m->scope;
    const source *s = m->source;
    int inputs[MAX_INPUTS];
    const int n = list_inputs(u, s, target, inputs);
    const int64_t steps = rows.hi - rows.lo + 1;
    m->values = frs__alloc(ctx, (1 + n) * steps, sizeof *m->values);
    if (!m->values) return FRS_E_NOMEM;
    copy_var(m, target, rows, m->values);
    for (int i = 0; i < n; i++) {
        double *x = m->values + (1 + i) * steps;
        copy_var(m, inputs[i], rows, x);
        m->inputs[i] = (frs_study_input){s->vars[inputs[i]].name, s->vars[inputs[i]].unit, x};
    }
    m->o = (frs_study_opts){
        .site = s->site,
        .target = s->vars[target].name,
        .unit = s->vars[target].unit,
        .flow = {m->values, steps, frs_step_add(s->step, s->start_s, rows.lo), s->step},
        .inputs = m->inputs,
        .n_inputs = n,
        .seasons = u->seasons,
        .n_seasons = u->n_seasons,
        .year_start = (int)frs_config_int(u->config, "water_year_start"),
        .baseflow_alpha = frs_config_real(u->config, "baseflow_alpha"),
        .no_extremes = u->no_extremes,
        .seed = (uint64_t)frs_config_int(u->config, "seed")};
    set_roles(u, s, target, inputs, m);
    return FRS_OK;
}

frs_status frs__study_source_of(frs_ctx *ctx, const frs__study_scope *scope, const source *s,
                                frs_periods periods, frs_study *out) {
    const int target = target_of(scope, s);
    const frs__rows rows = span_of(s, periods);
    making m = {.scope = scope, .source = s, .periods = periods};
    *out = (frs_study){0};
    if (target < 0)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: which variable is the flow? --set target_variables=[NAME] says"),
                         s->site);
    if (rows.lo > rows.hi)
        return frs__fail(ctx, FRS_E_NODATA, _("%s: no record in the period"), s->site);
    frs_status status = fill(ctx, target, rows, &m);
    if (status == FRS_OK) status = frs_study_site(ctx, &m.o, out);
    frs__free(ctx, m.values);
    return status;
}

frs_status frs__study_training(frs_ctx *ctx, const frs__study_scope *scope, const frs_run_data *d,
                               int64_t i, bool whole, frs_study *out) {
    const frs_store_info info = frs_store_get_info(d->store);
    const frs_store_site site = frs_store_get_site(d->store, d->training_sites.index[i]);
    frs_var vars[FRS_MAX_VARS];
    source from = {.site = site.name,
                   .start_s = site.start_s,
                   .n = site.n,
                   .step = info.step,
                   .n_vars = info.n_vars < FRS_MAX_VARS ? info.n_vars : FRS_MAX_VARS,
                   .vars = vars,
                   .stride = info.n_vars};
    frs_periods periods =
        d->training_sites.periods ? d->training_sites.periods[i] : (frs_periods){1, &d->training};
    for (int v = 0; v < from.n_vars; v++) {
        vars[v] = frs_store_var(d->store, v);
        from.values[v] = site.values + v;
    }
    if (whole) periods = (frs_periods){0};
    return frs__study_source_of(ctx, scope, &from, periods, out);
}
