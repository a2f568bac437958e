/* study CONFIG|DATA: the statistical study of each site; a table for people, files and pages. */
#include "cmd/cmd.h"
#include "data/data.h"
#include "freshet/io.h"
#include "freshet/report.h"
#include "freshet/run.h"
#include "freshet/stats.h"
#include <math.h>
#include <string.h>

enum { MAX_INPUTS = 16, MAX_STUDY_SEASONS = 16 };

typedef struct study {
    cmd *c;
    frs_ctx *ctx;
    const frs_config *config;
    const char *out;
    frs_season seasons[MAX_STUDY_SEASONS];
    int n_seasons;
    frs_study_about about;
    frs_study_writer *writer;
    term_table tab;
    int64_t done;
} study;

/* One site's variables as they lie in a store (stride: variables a step) or a series (stride 1). */
typedef struct source {
    const char *site;
    int64_t start_s, n;
    frs_step step;
    int n_vars;
    const frs_var *vars;
    const float *values[FRS_MAX_VARS];
    int64_t stride;
} source;

/* ---- which variable is what */
static int find_var(const source *s, const char *const *names, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        for (int v = 0; v < s->n_vars; v++)
            if (strcmp(s->vars[v].name, names[k]) == 0) return v;
    return -1;
}

static int target_of(const study *u, const source *s) {
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

static int role_of(const study *u, const source *s, const char *key, const char *const *usual,
                   int64_t n) {
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

/* ---- the table for people: one line a number that matters most */
static void cell_number(double v, char *buf) {
    const double a = fabs(v);
    term_number(v, a >= 1000 ? 0 : a >= 100 ? 1 : a >= 1 ? 2 : a >= 0.001 || a == 0 ? 4 : 6, buf);
}

static void line(term_table *tab, const frs_study *s, const char *title, const frs_study_row *r) {
    char value[40] = "", low[40] = "", high[40] = "", p[40] = "";
    if (!r || !isfinite(r->value)) return;
    cell_number(r->value, value);
    cell_number(r->low, low);
    cell_number(r->high, high);
    if (isfinite(r->p)) term_number(r->p, 4, p);
    const char *cells[] = {s->site, title, value, low, high, p, r->unit};
    term_row(tab, cells);
}

static const struct {
    const char *title, *method, *series, *quantity;
} told[] = {{N_("mean flow"), "describe", "year", "mean"},
            {N_("coefficient of variation"), "describe", "year", "cv"},
            {N_("flow exceeded 5 percent of the time"), "signature", "flow", "q95"},
            {N_("flow exceeded 95 percent of the time"), "signature", "flow", "q5"},
            {N_("share of baseflow"), "baseflow", "flow", "index"},
            {N_("runoff ratio"), "balance", "flow", "runoff_ratio"},
            {N_("aridity, PE/P"), "balance", "flow", "aridity"},
            {N_("autocorrelation, one step"), "acf", "flow", "lag 1"},
            {N_("yearly cycle, share of variance"), "yearly_cycle", "flow", "share of variance"},
            {N_("Box-Cox lambda"), "box_cox", "flow", "lambda"},
            {N_("Dickey-Fuller, log flow"), "adf", "log flow", "statistic"},
            {N_("KPSS, log flow"), "kpss", "log flow", "statistic"},
            {N_("Sen's slope, yearly mean"), "sen", "mean year", "slope"},
            {N_("Sen's slope, yearly maximum"), "sen", "maximum year", "slope"},
            {N_("Sen's slope, 7-day minimum"), "sen", "7-day minimum year", "slope"},
            {N_("break of the yearly mean (Pettitt)"), "pettitt", "mean year", "first year after"},
            {N_("10-year maximum, GEV"), "extremes", "maximum", "gev T=10"},
            {N_("100-year maximum, GEV"), "extremes", "maximum", "gev T=100"},
            {N_("100-year maximum, Kritsky-Menkel"), "extremes", "maximum", "kritsky_menkel T=100"},
            {N_("10-year 7-day minimum, Kritsky-Menkel"), "extremes", "7-day minimum",
             "kritsky_menkel T=10"}};

static void tell_site(study *u, const frs_study *s) {
    char title[160];
    for (int64_t i = 0; i < FRS_LEN(told); i++)
        line(&u->tab, s, _(told[i].title),
             frs_study_find(s, told[i].method, told[i].series, told[i].quantity));
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, "ccf") != 0 || strcmp(r->quantity, "response time") != 0 ||
            *r->note) /* no clear answer */
            continue;
        snprintf(title, sizeof title, _("response time to %.60s"), r->series);
        line(&u->tab, s, title, r);
    }
}

/* ---- one site */

/* Rows of the period, excluded periods taken away. */
static void copy_var(const source *s, int var, const frs_run_data *d, frs__rows rows, double *out) {
    for (int64_t i = rows.lo; i <= rows.hi; i++)
        out[i - rows.lo] = (double)s->values[var][i * s->stride];
    for (int64_t k = 0; d && k < d->n_exclude; k++) {
        const frs__rows x = frs__period_rows(s->step, s->start_s, d->exclude[k]);
        for (int64_t i = x.lo > rows.lo ? x.lo : rows.lo; i <= x.hi && i <= rows.hi; i++)
            out[i - rows.lo] = NAN;
    }
}

/* Inputs: of a config those that it names, else all but the target. */
static int list_inputs(const study *u, const source *s, int target, int *inputs) {
    int n = 0;
    const int64_t named = frs_config_list_count(u->config, "dynamic_inputs");
    for (int64_t i = 0; i < named && n < MAX_INPUTS; i++) {
        const char *name = frs_config_list_at(u->config, "dynamic_inputs", i);
        const int v = find_var(s, &name, 1);
        if (v >= 0 && v != target) inputs[n++] = v;
    }
    for (int v = 0; named == 0 && v < s->n_vars && n < MAX_INPUTS; v++)
        if (v != target) inputs[n++] = v;
    return n;
}

typedef struct made {
    frs_study_opts o;
    frs_study_input inputs[MAX_INPUTS];
    double *values; /* [1 + n_inputs][n] */
} made;

/* Precipitation and potential evaporation in the flow's unit, where all are depths. */
static void set_roles(const study *u, const source *s, int target, const int *inputs, made *m) {
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

static frs_status make_site(study *u, const source *s, const frs_run_data *d, frs_period period,
                            made *m) {
    int inputs[MAX_INPUTS];
    const int target = target_of(u, s);
    frs__rows rows = frs__period_rows(s->step, s->start_s, period);
    if (rows.lo < 0) rows.lo = 0;
    if (rows.hi > s->n - 1) rows.hi = s->n - 1;
    if (target < 0)
        return frs__fail(u->ctx, FRS_E_INPUT,
                         _("%s: which variable is the flow? --set target_variables=[NAME] says"),
                         s->site);
    if (rows.lo > rows.hi)
        return frs__fail(u->ctx, FRS_E_NODATA, _("%s: no record in the period"), s->site);
    const int n = list_inputs(u, s, target, inputs);
    const int64_t steps = rows.hi - rows.lo + 1;
    m->values = frs__alloc(u->ctx, (1 + n) * steps, sizeof *m->values);
    if (!m->values) return FRS_E_NOMEM;
    copy_var(s, target, d, rows, m->values);
    for (int i = 0; i < n; i++) {
        double *x = m->values + (1 + i) * steps;
        copy_var(s, inputs[i], d, rows, x);
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
        .seed = (uint64_t)frs_config_int(u->config, "seed")};
    set_roles(u, s, target, inputs, m);
    return FRS_OK;
}

static frs_status study_one(study *u, const source *s, const frs_run_data *d, frs_period period) {
    made m = {0};
    frs_study result = {0};
    frs_status status = make_site(u, s, d, period, &m);
    if (status == FRS_OK) status = frs_study_site(u->ctx, &m.o, &result);
    if (status == FRS_OK) status = frs_study_writer_add(u->writer, &result);
    if (status == FRS_OK) tell_site(u, &result);
    frs_study_free(u->ctx, &result);
    frs__free(u->ctx, m.values);
    u->done++;
    frs__progress(u->ctx, &(frs_progress_info){.stage = _("studying"),
                                               .done = u->done,
                                               .total = u->about.n_sites,
                                               .value = NAN,
                                               .eta_s = NAN});
    if (status != FRS_E_NODATA) return status;
    term_log(&u->c->t, FRS_LOG_WARN,
             frs_message(u->ctx)); /* a site without flow: the others go on */
    return FRS_OK;
}

/* ---- of data */
static const frs_period always = {INT64_MIN, INT64_MAX};

static frs_status study_series(study *u, const frs_series *s) {
    source from = {.site = s->site,
                   .start_s = s->start_s,
                   .n = s->n,
                   .step = s->step,
                   .n_vars = s->n_vars < FRS_MAX_VARS ? s->n_vars : FRS_MAX_VARS,
                   .vars = s->vars,
                   .stride = 1};
    for (int v = 0; v < from.n_vars; v++) from.values[v] = s->values[v];
    return study_one(u, &from, NULL, always);
}

static frs_status open_writer(study *u) {
    u->about.lang = _("en");
    return frs_study_writer_open(u->ctx, u->out, &u->about, &u->writer);
}

static frs_status all_data(study *u, frs_dataset *data) {
    frs_status s = FRS_OK;
    u->about.n_sites = frs_dataset_n_sites(data);
    FRS_TRY(open_writer(u));
    for (int64_t i = 0; s == FRS_OK && i < u->about.n_sites; i++) {
        frs_series one = {0};
        if (frs__cancelled(u->ctx)) return frs__fail(u->ctx, FRS_E_CANCELLED, _("interrupted"));
        s = frs_dataset_read(data, i, &one);
        if (s == FRS_OK) s = study_series(u, &one);
        frs_series_free(u->ctx, &one);
    }
    return s;
}

static frs_status study_data(study *u) {
    const frs_read_opts r = {0};
    frs_dataset *data = NULL;
    u->about.data_path = u->c->o->args.at[0];
    FRS_TRY(frs_dataset_open(u->ctx, u->c->o->args.at[0], &r, &data));
    const frs_status s = all_data(u, data);
    frs_dataset_close(data);
    return s;
}

/* ---- of a config */
static frs_status study_store(study *u, const frs_run_data *d, frs_period period) {
    const frs_store_info info = frs_store_get_info(d->store);
    const int n_vars = info.n_vars < FRS_MAX_VARS ? info.n_vars : FRS_MAX_VARS;
    frs_var *vars = frs__alloc(u->ctx, n_vars, sizeof *vars);
    if (!vars) return FRS_E_NOMEM;
    for (int v = 0; v < n_vars; v++) vars[v] = frs_store_var(d->store, v);
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < d->training_sites.n; i++) {
        const frs_store_site site = frs_store_get_site(d->store, d->training_sites.index[i]);
        source from = {.site = site.name,
                       .start_s = site.start_s,
                       .n = site.n,
                       .step = info.step,
                       .n_vars = n_vars,
                       .vars = vars,
                       .stride = info.n_vars};
        for (int v = 0; v < n_vars; v++) from.values[v] = site.values + v;
        s = frs__cancelled(u->ctx) ? frs__fail(u->ctx, FRS_E_CANCELLED, _("interrupted"))
                                   : study_one(u, &from, u->c->o->all ? NULL : d, period);
    }
    frs__free(u->ctx, vars);
    return s;
}

static frs_status with_store(void *arg, const frs_config *config, const char *store) {
    study *u = arg;
    frs_run_data d;
    frs_findings findings = {0};
    char text[400], a[32], b[32];
    frs_status s = frs_run_data_open(u->ctx, config, store, &d, &findings);
    if (s == FRS_OK && frs_findings_verdict(u->ctx, &findings) != FRS_OK)
        term_log(&u->c->t, FRS_LOG_WARN, frs_message(u->ctx));
    frs_findings_free(u->ctx, &findings);
    FRS_TRY(s);
    if (u->c->o->all)
        snprintf(
            text, sizeof text, "%s",
            _("The whole record is studied, the test period too: choose nothing by this page."));
    else
        snprintf(text, sizeof text,
                 _("Only the training period, %s to %s, is studied: nothing of the test period is "
                   "in this page."),
                 frs_date_format(d.training.first_s, a), frs_date_format(d.training.last_s, b));
    u->about.period = text;
    u->about.n_sites = d.training_sites.n;
    s = open_writer(u);
    if (s == FRS_OK) s = study_store(u, &d, u->c->o->all ? always : d.training);
    frs_run_data_close(u->ctx, &d);
    if (s == FRS_OK) {
        s = frs_study_writer_close(u->writer); /* while `text` is there */
        u->writer = NULL;
    }
    return s;
}

static frs_status study_config(study *u) {
    char *data = frs_config_path(u->config, "data_dir");
    u->about.data_path = data;
    const frs_status s = cmd_with_store(u->c, u->config, with_store, u);
    frs_text_free(u->ctx, data);
    return s;
}

/* ---- the verb */
static frs_status read_seasons(study *u) {
    const int64_t n = frs_config_list_count(u->config, "seasons");
    char where[512];
    if (n > MAX_STUDY_SEASONS)
        return frs__fail(u->ctx, FRS_E_INPUT, _("%s: at most %d seasons"),
                         frs_config_where(u->config, "seasons", where), MAX_STUDY_SEASONS);
    for (int64_t i = 0; i < n; i++)
        FRS_TRY(frs_season_parse(u->ctx, frs_config_list_at(u->config, "seasons", i),
                                 &u->seasons[u->n_seasons++]));
    return FRS_OK;
}

static bool ends_with(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static frs_status nothing_in_the_way(study *u) {
    char *path = frs__path_join(u->ctx, u->out, "study.csv");
    if (!path) return FRS_E_NOMEM;
    const frs_status s = cmd_may_write(u->c, path);
    frs__free(u->ctx, path);
    return s;
}

static frs_status work(study *u, bool config) {
    FRS_TRY(read_seasons(u));
    FRS_TRY(nothing_in_the_way(u));
    FRS_TRY(config ? study_config(u) : study_data(u));
    frs_study_writer *w = u->writer;
    u->writer = NULL;
    return w ? frs_study_writer_close(w) : FRS_OK;
}

static frs_status tell_end(study *u) {
    char *page = frs__path_join(u->ctx, u->out, "study.html");
    if (!page) return FRS_E_NOMEM;
    const term_fact facts[] = {{"report", _("Report"), page}};
    term_facts(&u->c->t, "done", facts, 1);
    frs__free(u->ctx, page);
    return FRS_OK;
}

frs_status cmd_study(cmd *c) {
    const char *path = c->o->args.at[0];
    const bool config = ends_with(path, ".yml") || ends_with(path, ".yaml");
    study u = {.c = c, .ctx = c->ctx, .out = c->o->out ? c->o->out : "study"};
    frs_config *loaded = NULL;
    u.tab = (term_table){.memory.ctx = c->ctx,
                         .name = "study",
                         .n_columns = 7,
                         .columns = {{"site", _("Site"), false},
                                     {"quantity", _("Quantity"), false},
                                     {"value", _("Value"), true},
                                     {"low", _("Low"), true},
                                     {"high", _("High"), true},
                                     {"p", "p", true},
                                     {"unit", _("Unit"), false}}};
    frs_status s = cmd_load_config(c, config ? path : NULL, &loaded);
    u.config = loaded;
    u.about.command = c->line;
    if (s == FRS_OK) s = work(&u, config);
    frs_study_writer_abort(u.writer);
    frs_config_free(loaded);
    if (s == FRS_OK)
        s = term_table_print(&c->t, &u.tab, c->o->csv);
    else
        frs__arena_free(&u.tab.memory);
    return s == FRS_OK ? tell_end(&u) : s;
}
