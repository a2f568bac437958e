#include "report_case.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "freshet/verify.h"

enum { MODELS = 4 };
static const char *const names[MODELS] = {"persistence", "climatology", "ridge", "lstm"};
static const char *const titles[MODELS] = {"Persistence", "Climatology", "Ridge regression",
                                           "LSTM"},
                         *const russian_titles[MODELS] = {"Инерционный прогноз",
                                                          "Климатический прогноз",
                                                          "Гребневая регрессия", "LSTM"};
static const char *const hostile_sites[] = {"<script>alert(1)</script>",
                                            "a&b\"c'd</title>",
                                            "]]></script><img src=x onerror=alert(2)>",
                                            "\xd0\xa2\xd0\xb0\xd0\xb7",
                                            "../x",
                                            "..",
                                            "a/b",
                                            "a\\b",
                                            "A_b",
                                            "freshet.css",
                                            "50% of x?#y",
                                            "\xe2\x80\xaexcod.exe",
                                            "\xc3\x28 not UTF-8",
                                            "Река с именем в 63 байта, Нева"};

typedef struct weather {
    float *rain, *flow;
    int64_t n;
} weather;

static frs_rng rng(int64_t site, uint64_t what) {
    return (frs_rng){.seed = 20261123, .purpose = FRS_RNG_TEST, .step = (uint64_t)site * 16 + what};
}

/* Rain on a third of the days, a linear store and a snowmelt season. */
static void make_weather(int64_t site, weather *w) {
    double store = 20;
    for (int64_t i = 0; i < w->n; i++) {
        const double u = frs__rng_uniform(rng(site, 1), (uint64_t)i),
                     v = frs__rng_uniform(rng(site, 2), (uint64_t)i);
        const double p = u < 0.33 ? -7 * log(1 - v) : 0,
                     season = sin(2 * M_PI * (double)(i % 365) / 365.25 - 1.5);
        store += 0.6 * p + (season > 0.6 ? 1.5 : 0);
        const double q = 0.045 * store + 0.0004 * store * store;
        store -= q;
        w->rain[i] = (float)(round(p * 10) / 10);
        w->flow[i] = (float)q;
    }
}

static float predict(const weather *w, const report_case_opts *o, int64_t site, int model,
                     int64_t issue, int64_t lead) {
    static const double climate[] = {1, 1.1, 1.2, 1.5, 1.6, 1.4, 1.1, 0.9, 0.8, 0.8, 0.9, 1};
    const int64_t valid = issue + lead;
    const double noise =
        frs__rng_normal(rng(site, 3 + (uint64_t)model), (uint64_t)(issue * 32 + lead));
    const double truth = (double)w->flow[valid], worse = 1 + 0.2 * (double)lead +
                                                         0.1 * (double)(site % 7) +
                                                         (o->uneven ? 0.9 * (double)(site % 8) : 0);
    if (model == 0) return o->leads > 0 ? w->flow[issue] : NAN;
    if (model == 1) return (float)(1.4 * climate[valid % 365 / 31]);
    if (model == 2) return (float)fmax(0, truth * 0.9 + 0.15 + 0.25 * noise * worse);
    return (float)fmax(0, truth + (o->baseline_wins ? 2.5 : 0.12) * noise * worse);
}

static frs_archive archive(report_case *c, const report_case_opts *o) {
    const int64_t leads = o->leads > 0 ? o->leads : 1;
    return (frs_archive){
        .n_sites = o->sites,
        .n_issues = o->issues,
        .n_leads = leads,
        .first_issue_s = frs_time_from_civil((frs_civil){1990, 10, 1, 0, 0, 0}),
        .step = {FRS_DAY_S, FRS_STEP_SECOND},
        .simulation = o->leads == 0,
        .values = frs__arena_alloc(&c->arena, o->sites * o->issues * leads, sizeof(float))};
}

static bool fill(report_case *c, const report_case_opts *o, frs_report_model *models, float *rain) {
    weather w = {.n = o->issues + o->leads + 1};
    w.rain = frs__arena_alloc(&c->arena, w.n, sizeof(float));
    w.flow = frs__arena_alloc(&c->arena, w.n, sizeof(float));
    const frs_archive *obs = &c->r.observed;
    if (!w.rain || !w.flow) return false;
    for (int64_t s = 0; s < o->sites; s++) {
        make_weather(s, &w);
        for (int64_t i = 0; i < o->issues; i++) {
            rain[s * o->issues + i] = w.rain[i];
            for (int64_t l = 0; l < obs->n_leads; l++) {
                const int64_t lead = o->leads > 0 ? l + 1 : 0,
                              at = (s * o->issues + i) * obs->n_leads + l, valid = i + lead;
                const bool gap = o->gaps && (valid % 97 < 9 || (valid > 500 && valid < 640));
                obs->values[at] = gap ? NAN : w.flow[valid];
                for (int m = 0; m < MODELS; m++)
                    models[m].archive.values[at] = predict(&w, o, s, m, i, lead);
            }
        }
    }
    return true;
}

static frs_pairs pairs(const report_case *c, const frs_report_score *row) {
    const frs_archive *o = &c->r.observed;
    const int64_t first =
        row->site * o->n_issues * o->n_leads + (row->lead > 0 ? row->lead - 1 : 0);
    const float *sim = c->r.models[row->model].archive.values + first, *obs = o->values + first;
    frs_pairs p = {0};
    for (int64_t i = 0; i < o->n_issues; i++) {
        const int month = frs_civil_from_time(frs_step_add(o->step, o->first_issue_s, i)).month;
        if (strcmp(row->period, "open_water") != 0 || (month >= 6 && month <= 9))
            frs_pairs_add(&p, &sim[i * o->n_leads], &obs[i * o->n_leads], 1);
    }
    return p;
}

/* Mean squared error of persistence (model 0) or climatology (1) in the same place. */
static double reference(const report_case *c, frs_report_score row, int64_t model) {
    row.model = model;
    const frs_pairs p = pairs(c, &row);
    return p.sum_sq / (double)p.n;
}

/* FHV is undefined everywhere; skill only in a simulation. */
static void add_score(report_case *c, frs_report_score row, const char *metric,
                      frs_report_score *out) {
    const frs_pairs p = pairs(c, &row);
    const frs_score *s = frs_score_find(metric);
    snprintf(row.metric, sizeof row.metric, "%s", metric);
    row.value = row.low = row.high = NAN;
    if (s && s->pair && s->pair(&p, &row.value) != FRS_OK) row.value = NAN;
    if (!strcmp(metric, "skill") && row.lead > 0) {
        const double mse = p.sum_sq / (double)p.n, a = reference(c, row, 0),
                     b = reference(c, row, 1);
        row.value = 1 - mse / fmin(a, b);
    }
    if (!strcmp(metric, "FHV")) row.value = NAN;
    if (isfinite(row.value)) {
        row.low = row.value - 0.03;
        row.high = row.value + 0.02;
    }
    *out = row;
}

static bool score(report_case *c, const report_case_opts *o) {
    static const char *const metrics[] = {"NSE", "KGE", "RMSE", "MAE", "PBIAS", "FHV", "skill"},
                             *const periods[] = {"test", "open_water"};
    const int64_t leads = o->leads > 0 ? o->leads : 1, n_periods = o->open_water ? 2 : 1,
                  n = o->sites * leads * c->r.n_models * n_periods * FRS_LEN(metrics);
    frs_report_score *all = frs__arena_alloc(&c->arena, n, sizeof *all);
    if (!all) return false;
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = i / FRS_LEN(metrics), period = k % n_periods,
                      model = k / n_periods % c->r.n_models, place = k / n_periods / c->r.n_models;
        frs_report_score row = {
            .site = place / leads, .lead = o->leads > 0 ? place % leads + 1 : 0, .model = model};
        snprintf(row.period, sizeof row.period, "%s", periods[period]);
        add_score(c, row, metrics[i % FRS_LEN(metrics)], &all[i]);
    }
    c->r.scores = all;
    c->r.n_scores = n;
    return true;
}

/* ---- what the workflow adds beside: numbers that only have to look right */

static const struct {
    const char *subset, *metrics[6];
} parts[] = {
    {"", {"S/sigma-delta", "within-admissible"}},
    {"months_12-2", {"NSE", "KGE", "RMSE", "PBIAS", "S/sigma-delta", "within-admissible"}},
    {"months_3-5", {"NSE", "KGE", "RMSE", "PBIAS", "S/sigma-delta", "within-admissible"}},
    {"months_6-6", {"NSE", "KGE", "RMSE", "PBIAS", "S/sigma-delta", "within-admissible"}},
    {"flow_0-0.3", {"RMSE", "MAE", "PBIAS"}},
    {"flow_0.3-0.995", {"RMSE", "MAE", "PBIAS"}},
    {"flow_0.995-1", {"RMSE", "MAE", "PBIAS"}},
    {"events_0.9", {"POD", "FAR", "CSI", "events"}},
    {"events_0.98", {"POD", "FAR", "CSI", "events"}},
};

/* Better the later the model, worse the longer the lead; of floods one threshold is never reached.
 */
static double look(const char *metric, const char *subset, int64_t lead, int64_t model) {
    const double good = 0.5 + 0.1 * (double)model - 0.05 * (double)lead;
    if (!strcmp(metric, "events")) return strcmp(subset, "events_0.98") ? 12 : 0;
    if (!strcmp(subset, "events_0.98")) return NAN;
    if (!strcmp(metric, "PBIAS")) return 20 * good - 11.26;
    if (!strcmp(metric, "within-admissible")) return 100 * good;
    return !strcmp(metric, "FAR") || strchr(metric, '/') ? 1 - good : good;
}

static bool add_parts(report_case *c) {
    frs_report *r = &c->r;
    const int64_t leads = r->leads > 0 ? r->leads : 1,
                  most = r->n_scores + r->n_sites * leads * r->n_models * FRS_LEN(parts) * 6;
    frs_report_score *all = frs__arena_alloc(&c->arena, most, sizeof *all);
    if (!all) return false;
    int64_t n = r->n_scores;
    memcpy(all, r->scores, (size_t)n * sizeof *all);
    for (int64_t i = 0; i < r->n_sites * leads * r->n_models * FRS_LEN(parts); i++) {
        const int64_t k = i % FRS_LEN(parts), place = i / FRS_LEN(parts) / r->n_models;
        frs_report_score row = {.site = place / leads,
                                .lead = r->leads > 0 ? place % leads + 1 : 0,
                                .model = i / FRS_LEN(parts) % r->n_models,
                                .low = NAN,
                                .high = NAN};
        snprintf(row.period, sizeof row.period, "test");
        snprintf(row.subset, sizeof row.subset, "%s", parts[k].subset);
        for (int m = 0; m < 6 && parts[k].metrics[m]; m++) {
            const char *metric = parts[k].metrics[m];
            const bool simulation = r->leads == 0 && !strcmp(metric, "S/sigma-delta");
            snprintf(row.metric, sizeof row.metric, "%s", simulation ? "S/sigma" : metric);
            row.value = look(metric, row.subset, row.lead, row.model);
            all[n++] = row;
        }
    }
    r->scores = all;
    r->n_scores = n;
    return true;
}

/* The last model against the others: every verdict and note is there, in turn. */
static bool add_tests(report_case *c) {
    frs_report *r = &c->r;
    const bool many = r->n_sites > 1;
    const int64_t leads = r->leads > 0 ? r->leads : 1, references = r->n_models - 1,
                  places = (many ? 1 : 0) + 2 * r->n_sites;
    frs_report_test *all = frs__arena_alloc(&c->arena, places * leads * references, sizeof *all);
    if (!all) return false;
    for (int64_t i = 0; i < places * leads * references; i++) {
        const int64_t place = i / leads / references, site = (place - many) / 2;
        frs_report_test *t = &all[r->n_tests++];
        *t = (frs_report_test){.site = many && place == 0 ? -1 : site,
                               .lead = r->leads > 0 ? i / references % leads + 1 : 0,
                               .winner = r->n_models - 1,
                               .reference = i % references,
                               .method =
                                   (place - many) % 2 ? FRS_DIEBOLD_MARIANO : FRS_BOOTSTRAP_YEARS,
                               .difference = 0.1 - 0.04 * (double)(i % 5),
                               .low = -0.02,
                               .high = 0.22,
                               .p = 0.0001 + 0.02 * (double)(i % 5),
                               .p_holm = 0.0002 + 0.04 * (double)(i % 5),
                               .statistic = 1.5,
                               .n = 11};
        if (t->site < 0) t->method = FRS_WILCOXON;
        snprintf(t->metric, sizeof t->metric, "%s",
                 t->method == FRS_DIEBOLD_MARIANO ? "MSE" : "NSE");
        t->verdict = t->p_holm >= 0.05 ? FRS_UNPROVEN : i % 3 ? FRS_BETTER : FRS_WORSE;
        if (i % 11 != 7) continue;
        t->low = t->high = t->p = t->p_holm = NAN;
        t->verdict = FRS_UNTESTED;
        t->note = (frs_test_note)(1 + i / 11 % FRS_NOTE_UNDEFINED);
    }
    r->tests = all;
    r->best = r->models[r->n_models - 1].name;
    return true;
}

static bool texts(report_case *c, const report_case_opts *o) {
    static const frs_report_fact versions[] = {{"oneDNN", "2.6.0"}, {"compiler", "12.2.0"}},
                                 hashes[] = {{"config", "0123456789abcdef"},
                                             {"data", "fedcba9876543210"}};
    static const frs_report_stage stages[] = {
        {"reading", 0.4}, {"training", 12.25}, {"evaluating", 1.5}};
    static const frs_report_span spans[] = {{"train", {0, 599529600}},
                                            {"validation", {599616000, 654652800}},
                                            {"test", {654739200, 970272000}}};
    const char **sites = frs__arena_alloc(&c->arena, o->sites, sizeof *sites);
    frs_finding *f = frs__arena_alloc(&c->arena, 3, sizeof *f);
    if (!sites || !f) return false;
    for (int64_t s = 0; s < o->sites; s++) {
        char name[64];
        snprintf(name, sizeof name, "%08lld", (long long)(1567000 + 50 * s));
        sites[s] = o->hostile ? hostile_sites[s % FRS_LEN(hostile_sites)]
                              : frs__arena_strdup(&c->arena, name);
    }
    f[0] = (frs_finding){FRS_WARNING,
                         "01567000",
                         "q",
                         "missing",
                         12,
                         5,
                         662688000,
                         0,
                         "12 values are missing, the longest gap is 5 days",
                         "left out of training and scores"};
    f[1] = (frs_finding){FRS_NOTE,
                         "01567000",
                         "prcp",
                         "lag",
                         0,
                         0,
                         INT64_MIN,
                         1,
                         "precipitation, shifted by +1 day, fits flow better",
                         "nothing: check the time stamps"};
    f[2] = (frs_finding){FRS_HARD,       "<b>x</b>", "q",
                         "negative",     2,          1,
                         663688800,      -9.1,       "negative flow, \"quoted\", with a comma",
                         "stops the run"};
    c->r.sites = sites;
    c->r.findings = (frs_findings){.n = 3, .cap = 3, .items = f};
    c->r.title =
        o->hostile ? "</title><script>alert(3)</script>" : "Flow of the Juniata at Newport";
    c->r.config_text = o->hostile ? "experiment_name: </pre><script>alert(4)</script>\n"
                                  : "experiment_name: juniata\nmodel: cudalstm\nhidden_size: 20\n";
    c->r.command = "freshet run juniata.yml --set seed=7";
    c->r.data_path = "data/juniata.csv";
    c->r.versions = versions;
    c->r.n_versions = FRS_LEN(versions);
    c->r.hashes = hashes;
    c->r.n_hashes = FRS_LEN(hashes);
    c->r.stages = stages;
    c->r.n_stages = FRS_LEN(stages);
    c->r.spans = spans;
    c->r.n_spans = FRS_LEN(spans);
    return true;
}

static const frs_epoch *learning(report_case *c, int64_t n) {
    frs_epoch *e = frs__arena_alloc(&c->arena, n, sizeof *e);
    for (int64_t i = 0; e && i < n; i++)
        e[i] = (frs_epoch){i + 1, 0.2 + 0.8 * exp(-0.2 * (double)i),
                           i % 2 ? (double)NAN : 0.27 + 0.7 * exp(-0.15 * (double)i), 0.5, 1e-3};
    return e;
}

/* Over the Volga's basin and the Urals; the last of several is not known. */
static bool place(report_case *c, const report_case_opts *o) {
    frs_report_place *at = frs__arena_alloc(&c->arena, o->sites, sizeof *at);
    for (int64_t i = 0; at && i < o->sites; i++)
        at[i] = (frs_report_place){48 + 14 * frs__rng_uniform(rng(i, 14), 0),
                                   36 + 26 * frs__rng_uniform(rng(i, 14), 1)};
    if (at && o->sites > 2) at[o->sites - 1] = (frs_report_place){NAN, NAN};
    c->r.places = at;
    return at != NULL;
}

bool report_case_make(frs_ctx *ctx, const report_case_opts *o, report_case *c) {
    *c = (report_case){.arena = {.ctx = ctx}};
    frs_report *r = &c->r;
    frs_report_model *models = frs__arena_alloc(&c->arena, MODELS, sizeof *models);
    float *rain = frs__arena_alloc(&c->arena, o->sites * o->issues, sizeof *rain);
    r->observed = archive(c, o);
    if (!models || !rain || !r->observed.values || !texts(c, o)) return false;
    for (int m = 0; m < MODELS; m++)
        models[m] = (frs_report_model){
            .name = names[m],
            .title = o->russian ? russian_titles[m] : titles[m],
            .baseline = m < 2,
            .archive = archive(c, o),
            .fit_s = m == 3 ? 12.25 : 0.01,
            .describe = m == 3 ? "A long short-term memory of 20 cells (Hochreiter & Schmidhuber "
                                 "1997) with 365 days of weather."
                               : "A simple model."};
    *r = (frs_report){.title = r->title,
                      .config_text = r->config_text,
                      .command = r->command,
                      .data_path = r->data_path,
                      .versions = r->versions,
                      .n_versions = r->n_versions,
                      .hashes = r->hashes,
                      .n_hashes = r->n_hashes,
                      .stages = r->stages,
                      .n_stages = r->n_stages,
                      .spans = r->spans,
                      .n_spans = r->n_spans,
                      .sites = r->sites,
                      .findings = r->findings,
                      .observed = r->observed,
                      .n_sites = o->sites,
                      .models = models,
                      .n_models = MODELS,
                      .leads = o->leads,
                      .task = o->leads > 0 ? FRS_FORECAST : FRS_SIMULATION,
                      .future = o->future,
                      .target = "q",
                      .unit = "mm/day",
                      .isa = "avx2",
                      .threads = 2,
                      .seed = 7,
                      .finished_s = 1795456800,
                      .lang = o->russian ? "ru" : "en"};
    models[3].epochs = learning(c, 30);
    models[3].n_epochs = 30;
    if (!fill(c, o, models, rain)) return false;
    if (o->leads == 0) { /* persistence serves no simulation */
        r->models = models + 1;
        r->n_models = MODELS - 1;
    }
    if (o->rain) r->precipitation = rain;
    if (o->places && !place(c, o)) return false;
    if (!score(c, o)) return false;
    models[3].seeds = 1;
    return !o->efficiency || (add_parts(c) && add_tests(c));
}

void report_case_free(report_case *c) {
    frs__arena_free(&c->arena);
}
