/* What the page says, and that nothing from users gets into it as anything but text. */
#include "support.h"

#include <ctype.h>
#include <math.h>

#include "report_case.h"

typedef struct made {
    char dir[256], path[512];
    char *text;
    int64_t n;
    frs_ctx *ctx;
    test_heap heap;
    report_case c;
} made;

static void start(made *m, const report_case_opts *o) {
    *m = (made){.heap = {0}};
    m->ctx = test_ctx_new(&m->heap, 1);
    snprintf(m->path, sizeof m->path, "%s/report.html", test_dir(m->dir));
    assert_true(report_case_make(m->ctx, o, &m->c));
}

static void write_page(made *m) {
    frs__free(m->ctx, m->text);
    m->text = NULL;
    assert_ok(m->ctx, frs_report_write(m->ctx, &m->c.r, m->path));
    assert_ok(m->ctx, frs__read_file(m->ctx, m->path, INT64_C(1) << 30, &m->text, &m->n));
}

static void end(made *m) {
    frs__free(m->ctx, m->text);
    report_case_free(&m->c);
    test_ctx_free(m->ctx, &m->heap);
    test_dir_remove(m->dir);
}

static int count(const char *text, const char *part) {
    int n = 0;
    for (const char *p = text; (p = strstr(p, part)); p++) n++;
    return n;
}

#define assert_says(m, part)  assert_true(count((m)->text, part) > 0)
#define assert_quiet(m, part) assert_int_equal(count((m)->text, part), 0)

/* From `from` to the next `to` after it: a copy to be freed. */
static char *between(const made *m, const char *from, const char *to) {
    const char *a = strstr(m->text, from), *b = a ? strstr(a, to) : NULL;
    assert_true(a && b);
    return frs__strndup(m->ctx, a, (size_t)(b - a));
}

/* Every text that a report can hold. */
static void everything_is_escaped(void **state) {
    (void)state;
    static const char evil[] = "\"'><script>alert(1)</script>&amp;<img src=x onerror=alert(2)>";
    static const char *const sites[] = {evil, "]]></script>", "<!--", "\\u003cscript>"};
    static const frs_report_fact facts[] = {{evil, evil}};
    static const frs_report_stage stages[] = {{evil, 1}};
    static const frs_report_span spans[] = {{evil, {0, 1}}, {"test", {0, 1}}};
    made m;
    start(&m,
          &(report_case_opts){.sites = 4, .leads = 2, .issues = 60, .rain = true, .places = true});
    write_page(&m);
    const int scripts = count(m.text, "<script");
    frs_report *r = &m.c.r;
    r->title = r->config_text = r->command = r->data_path = r->version = r->isa = evil;
    r->target = r->unit = r->precipitation_unit = r->lang = evil;
    r->versions = r->hashes = facts;
    r->n_versions = r->n_hashes = r->n_stages = 1;
    r->stages = stages;
    r->spans = spans;
    r->n_spans = 2;
    r->sites = sites;
    frs_report_model *models = (frs_report_model *)r->models; /* the case's own memory */
    for (int64_t k = 0; k < r->n_models; k++)
        models[k].name = models[k].title = models[k].describe = evil;
    r->best = evil;
    frs_finding *f = r->findings.items;
    snprintf(f->site, sizeof f->site, "%.60s", evil);
    snprintf(f->var, sizeof f->var, "%.60s", evil);
    snprintf(f->text, sizeof f->text, "%s", evil);
    snprintf(f->action, sizeof f->action, "%s", evil);
    frs_report_score *s = (frs_report_score *)r->scores;
    for (int64_t i = 0; i < r->n_scores; i += 7) {
        snprintf(s[i].metric, sizeof s->metric, "%.31s", evil);
        snprintf(s[i].period, sizeof s->period, "%.23s", i % 2 ? evil : "test");
    }
    r->main_metric = s[0].metric;
    write_page(&m);
    assert_int_equal(count(m.text, "<script"), scripts);
    assert_int_equal(count(m.text, "</script"), scripts);
    assert_quiet(&m, "<img");
    assert_quiet(&m, "onerror=alert(2)>");
    assert_quiet(&m, "<!--");
    assert_says(&m, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;");
    assert_says(&m, "<html lang=\"en\">");
    end(&m);
}

/* One file: no address of anything outside but in texts. */
static void asks_for_nothing(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 3, .issues = 60, .places = true});
    write_page(&m);
    assert_says(&m, "id=\"frs-map\"");
    assert_says(&m, "default-src 'none'");
    for (const char *p = m.text; (p = strpbrk(p, "<")); p++) {
        assert_false(!strncmp(p, "<link", 5) &&
                     strncmp(p, "<link rel=\"icon\" href=\"data:,\"", 30) != 0);
        assert_false(!strncmp(p, "<iframe", 7) || !strncmp(p, "<object", 7) ||
                     !strncmp(p, "<base", 5));
        if (!strncmp(p, "<script", 7)) assert_null(memmem(p, strcspn(p, ">"), "src", 3));
    }
    assert_quiet(&m, "@import");
    assert_quiet(&m, "fetch(");
    end(&m);
}

static bool has_comma_number(const char *text) {
    for (const char *p = text; (p = strchr(p, ',')); p++)
        if (p > text && isdigit((unsigned char)p[-1]) && isdigit((unsigned char)p[1])) return true;
    return false;
}

static char *file(const made *m, const char *name) {
    char path[512], *text = NULL;
    int64_t n;
    snprintf(path, sizeof path, "%s/%s", m->dir, name);
    assert_ok(m->ctx, frs__read_file(m->ctx, path, INT64_C(1) << 30, &text, &n));
    return text;
}

/* A Russian page has the decimal comma in its sentences and nowhere else. */
static void decimal_comma_only_in_prose(void **state) {
    (void)state;
    static const char *const files[] = {"scores.csv", "learning.csv", "findings.csv",
                                        "precipitation.csv"};
    made ru, en;
    report_case_opts o = {.sites = 2, .leads = 2, .issues = 400, .rain = true};
    start(&en, &o);
    o.russian = true;
    start(&ru, &o);
    write_page(&ru);
    write_page(&en);
    char *summary = between(&ru, "<section id=\"summary\">", "</section>"),
         *english = between(&en, "<section id=\"summary\">", "</section>"),
         *scores = between(&ru, "<section id=\"leaderboard\">", "</section>");
    assert_true(has_comma_number(summary));
    assert_false(has_comma_number(english));
    assert_false(has_comma_number(scores));
    for (const char *p = ru.text; (p = strstr(p, "<svg")); p += 4) {
        char *figure = frs__strndup(ru.ctx, p, (size_t)(strstr(p, "</svg>") - p));
        assert_false(has_comma_number(figure));
        frs__free(ru.ctx, figure);
    }
    assert_ok(ru.ctx, frs_report_save(ru.ctx, &ru.c.r, ru.dir));
    assert_ok(en.ctx, frs_report_save(en.ctx, &en.c.r, en.dir));
    for (int64_t i = 0; i < FRS_LEN(files); i++) {
        char *a = file(&ru, files[i]), *b = file(&en, files[i]);
        assert_string_equal(a, b);
        frs__free(ru.ctx, a);
        frs__free(en.ctx, b);
    }
    char *json = file(&ru, "run.json");
    assert_non_null(strstr(json, "\"lang\": \"ru\""));
    assert_non_null(strstr(json, "\"fit_s\": 12.25"));
    frs__free(ru.ctx, json);
    frs__free(ru.ctx, summary);
    frs__free(ru.ctx, scores);
    frs__free(en.ctx, english);
    end(&ru);
    end(&en);
}

/* Who won is said as it is. */
static void plain_words(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 1, .leads = 2, .issues = 1200, .baseline_wins = true});
    m.c.r.best = "lstm";
    write_page(&m);
    assert_says(&m, "A simple baseline wins: Persistence.");
    assert_says(
        &m,
        "The validation period would have chosen another model: LSTM (NSE in the test period: ");
    assert_quiet(&m, "Upper bound");
    assert_quiet(&m, "Open-water period");
    end(&m);
    start(&m, &(report_case_opts){.sites = 1, .issues = 3200, .rain = true});
    m.c.r.best = "lstm";
    write_page(&m);
    assert_says(&m, "Best in the test period: LSTM.");
    assert_says(&m, "The interval excludes zero.");
    assert_quiet(&m, "A simple baseline wins");
    assert_quiet(&m, "would have chosen");
    assert_quiet(&m, ">skill<"); /* no model of a simulation has it */
    end(&m);
}

/* Two models with the same predictions: the difference is nought, and may be chance. */
static void no_difference(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 1, .issues = 3000});
    frs_report *r = &m.c.r;
    frs_report_model *models = (frs_report_model *)r->models; /* climatology, ridge, lstm */
    memcpy(models[0].archive.values, models[2].archive.values, 3000 * sizeof(float));
    for (int64_t i = 0; i < r->n_scores; i++)
        ((frs_report_score *)r->scores)[i].value = r->scores[i].model == 1 ? 0.4 : 0.5;
    write_page(&m);
    assert_says(
        &m, "The difference is 0.000 (95 % interval 0.000 to 0.000). The interval includes zero");
    end(&m);
}

static void upper_bound_and_open_water(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 14,
                                  .leads = 7,
                                  .issues = 800,
                                  .open_water = true,
                                  .future = FRS_FUTURE_OBSERVED});
    write_page(&m);
    assert_true(count(m.text, "Upper bound") >= 3); /* summary, leads, hydrograph */
    assert_says(&m, "(upper bound)");
    char *scores = between(&m, "<section id=\"leaderboard\">", "</section>");
    const char *test = strstr(scores, "<h3>Test period</h3>"),
               *open = strstr(scores, "<h3>Open-water period</h3>");
    assert_true(test && open && open > test);
    assert_int_equal(count(test, "<table"), 14);
    assert_int_equal(count(open, "<table"), 7);
    frs__free(m.ctx, scores);
    assert_says(&m, "worst catchments: 12 of 14.");
    char *data = between(&m, "id=\"frs-data\">", "</script>");
    assert_int_equal(count(data, "\"obs\":"), 12);
    assert_int_equal(count(data, "\"steps\":"), 7);
    frs__free(m.ctx, data);
    end(&m);
}

/* What the tests say, no more; parts of the test period apart. */
static void efficiency(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 1, .leads = 2, .issues = 400, .efficiency = true});
    write_page(&m);
    assert_says(&m, "Chosen on the validation period: LSTM.");
    assert_says(&m, "against each reference and lead: 6.");
    assert_says(&m, "Trained from fewer than 5 seeds: LSTM.");
    char *tests = between(&m, "<section id=\"tests\">", "</section>");
    assert_int_equal(count(tests, "<table"), 2); /* years, squared errors */
    assert_int_equal(count(tests, "<tr>"), 2 * (1 + 6));
    assert_true(strstr(tests, "&lt; 0.001") && strstr(tests, "no difference shown"));
    frs__free(m.ctx, tests);
    char *parts = between(&m, "<section id=\"parts\">", "</section>");
    assert_int_equal(count(parts, "<details"), 2);
    assert_int_equal(count(parts, "<table"), 2 * 4);
    assert_true(strstr(parts, "<th>December – February</th>") && strstr(parts, "<th>June</th>"));
    assert_true(strstr(parts, "<th>lowest 30 %</th>") && strstr(parts, "<th>30 to 99.5 %</th>") &&
                strstr(parts, "<th>highest 0.5 %</th>"));
    assert_true(strstr(parts, "<th>above the 98 % quantile</th>"));
    frs__free(m.ctx, parts);
    assert_says(&m, "S/σΔ");
    assert_int_equal(count(m.text, "<section id=\"leaderboard\">"), 1);
    assert_quiet(&m, "months_");
    end(&m);
    start(&m, &(report_case_opts){.sites = 1, .issues = 400});
    write_page(&m);
    assert_says(&m, "No validation period chose a model");
    assert_quiet(&m, "id=\"parts\"");
    end(&m);
}

/* Many catchments: all together, and how many are how. */
static void efficiency_of_many(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 7, .issues = 100, .efficiency = true});
    write_page(&m);
    char *tests = between(&m, "<section id=\"tests\">", "</section>");
    assert_int_equal(count(tests, "<table"), 3);
    assert_true(strstr(tests, ": catchment by catchment"));
    frs__free(m.ctx, tests);
    assert_says(&m, "S/σ<");
    end(&m);
}

/* The budget of a page: 30 years of 12 sites and 7 leads are cut, and the page says how. */
static void large_pages_are_cut(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){.sites = 12, .leads = 7, .issues = 11000});
    write_page(&m);
    assert_true(m.n < 8 << 20);
    assert_says(&m, "Leads in the page: first, middle, last.");
    assert_says(&m, "All are in forecast.nc.");
    end(&m);
}

static frs_status all(frs_ctx *ctx, void *arg) {
    const made *m = arg;
    frs_report r = {0};
    frs_status s = frs_report_save(ctx, &m->c.r, m->dir);
    if (s == FRS_OK) s = frs_report_load(ctx, m->dir, &r);
    if (s == FRS_OK && frs_report_best(ctx, &r) < 0) s = FRS_E_NOMEM;
    if (s == FRS_OK) s = frs_report_write(ctx, &m->c.r, m->path);
    frs_report_free(ctx, &r);
    return s;
}

static frs_status predictions(frs_ctx *ctx, void *arg) {
    const made *m = arg;
    frs_report r = {0};
    frs_status s = frs_report_save_forecast(ctx, &m->c.r, m->dir);
    if (s == FRS_E_UNSUPPORTED) s = FRS_OK; /* built without NetCDF */
    if (s == FRS_OK) s = frs_report_load(ctx, m->dir, &r);
    frs_report_free(ctx, &r);
    return s;
}

static void memory_runs_out(void **state) {
    (void)state;
    made m;
    start(&m, &(report_case_opts){
                  .sites = 2, .leads = 2, .issues = 400, .rain = true, .efficiency = true});
    test_oom(all, &m);
    test_oom(predictions, &m);
    end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(everything_is_escaped),
                                       cmocka_unit_test(asks_for_nothing),
                                       cmocka_unit_test(decimal_comma_only_in_prose),
                                       cmocka_unit_test(plain_words),
                                       cmocka_unit_test(no_difference),
                                       cmocka_unit_test(efficiency),
                                       cmocka_unit_test(efficiency_of_many),
                                       cmocka_unit_test(upper_bound_and_open_water),
                                       cmocka_unit_test(large_pages_are_cut),
                                       cmocka_unit_test(memory_runs_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
