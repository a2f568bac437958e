/* study CONFIG|DATA: the statistical study of each site; a table for people, files and pages. */
#include "run/study.h"
#include "cmd/cmd.h"
#include "freshet/io.h"
#include "freshet/report.h"
#include "freshet/run.h"
#include <math.h>
#include <string.h>

typedef struct study {
    cmd *c;
    frs_ctx *ctx;
    const frs_config *config;
    const char *out;
    frs__study_scope scope;
    frs_study_about about;
    frs_study_writer *writer;
    term_table tab;
    int64_t done;
} study;

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
/* Ends the site's study, if `status` of it says that there is one. */
static frs_status add_site(study *u, frs_status status, frs_study *result) {
    if (status == FRS_OK) status = frs_study_writer_add(u->writer, result);
    if (status == FRS_OK) tell_site(u, result);
    frs_study_free(u->ctx, result);
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
static frs_status study_series(study *u, const frs_series *s) {
    frs__study_source from = {.site = s->site,
                              .start_s = s->start_s,
                              .n = s->n,
                              .step = s->step,
                              .n_vars = s->n_vars < FRS_MAX_VARS ? s->n_vars : FRS_MAX_VARS,
                              .vars = s->vars,
                              .stride = 1};
    frs_study result = {0};
    for (int v = 0; v < from.n_vars; v++) from.values[v] = s->values[v];
    const frs_status status =
        frs__study_source_of(u->ctx, &u->scope, &from, (frs_periods){0}, &result);
    return add_site(u, status, &result);
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
static frs_status study_store(study *u, const frs_run_data *d) {
    const bool all = u->c->o->all;
    frs_status s = FRS_OK;
    if (!all) {
        u->scope.exclude = d->exclude;
        u->scope.n_exclude = d->n_exclude;
    }
    for (int64_t i = 0; s == FRS_OK && i < d->training_sites.n; i++) {
        frs_study result = {0};
        if (frs__cancelled(u->ctx)) return frs__fail(u->ctx, FRS_E_CANCELLED, _("interrupted"));
        const frs_status status = frs__study_training(u->ctx, &u->scope, d, i, all, &result);
        s = add_site(u, status, &result);
    }
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
    if (s == FRS_OK) s = study_store(u, &d);
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
    FRS_TRY(frs__study_scope_of(u->ctx, u->config, &u->scope));
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
