/* The files of a run folder: written and read back they give the same report and the same page. */
#include "support.h"

#include <math.h>

#include "report_case.h"

static const report_case_opts cases[] = {
    {.sites = 1, .issues = 900, .rain = true, .gaps = true, .efficiency = true},
    {.sites = 14, .issues = 400, .rain = true, .places = true}, /* more than the page shows */
    {.sites = 2,
     .leads = 3,
     .issues = 800,
     .gaps = true,
     .open_water = true,
     .efficiency = true,
     .future = FRS_FUTURE_OBSERVED},
    {.sites = 4, .issues = 300, .rain = true, .hostile = true, .russian = true},
    {.sites = 1, .leads = 2, .issues = 1, .rain = true, .baseline_wins = true},
};

static char *join(char *buf, const char *dir, const char *name) {
    snprintf(buf, 512, "%s/%s", dir, name);
    return buf;
}

/* The page of r as text; free with frs__free. */
static char *page(frs_ctx *ctx, const frs_report *r, const char *dir, int64_t *n) {
    char path[512], *text = NULL;
    assert_ok(ctx, frs_report_write(ctx, r, join(path, dir, "report.html")));
    assert_ok(ctx, frs__read_file(ctx, path, INT64_C(1) << 30, &text, n));
    return text;
}

static void same_text(const char *a, const char *b) {
    if (a || b) assert_true(a && b);
    if (a) assert_string_equal(a, b);
}

static bool same_number(double a, double b) {
    return (isnan(a) && isnan(b)) || (a <= b && a >= b);
}

/* Every member that the files hold. */
static void same_run(const frs_report *a, const frs_report *b) {
    const char *const x[] = {
        a->title,  a->lang, a->config_text,        a->command,     a->data_path, a->isa,
        a->target, a->unit, a->precipitation_unit, a->main_metric, a->best};
    const char *const y[] = {
        b->title,  b->lang, b->config_text,        b->command,     b->data_path, b->isa,
        b->target, b->unit, b->precipitation_unit, b->main_metric, b->best};
    for (int64_t i = 0; i < FRS_LEN(x); i++) same_text(x[i], y[i]);
    assert_int_equal(a->threads, b->threads);
    assert_true(a->seed == b->seed);
    assert_true(a->finished_s == b->finished_s);
    assert_int_equal(a->task, b->task);
    assert_int_equal(a->future, b->future);
    assert_int_equal(a->leads, b->leads);
    assert_int_equal(a->year_start, b->year_start);
    assert_int_equal(a->n_versions, b->n_versions);
    for (int64_t i = 0; i < a->n_versions; i++)
        same_text(a->versions[i].value, b->versions[i].value);
    assert_int_equal(a->n_hashes, b->n_hashes);
    for (int64_t i = 0; i < a->n_hashes; i++) same_text(a->hashes[i].name, b->hashes[i].name);
    assert_int_equal(a->n_stages, b->n_stages);
    for (int64_t i = 0; i < a->n_stages; i++)
        assert_close(a->stages[i].seconds, b->stages[i].seconds, 1e-4);
    assert_int_equal(a->n_spans, b->n_spans);
    for (int64_t i = 0; i < a->n_spans; i++) {
        assert_true(a->spans[i].period.first_s == b->spans[i].period.first_s);
        assert_true(a->spans[i].period.last_s == b->spans[i].period.last_s);
    }
    assert_int_equal(a->n_sites, b->n_sites);
    for (int64_t i = 0; i < a->n_sites; i++) same_text(a->sites[i], b->sites[i]);
    assert_true(!a->places == !b->places);
    for (int64_t i = 0; a->places && i < a->n_sites; i++) {
        assert_true(same_number(a->places[i].latitude, b->places[i].latitude));
        assert_true(same_number(a->places[i].longitude, b->places[i].longitude));
    }
}

static void same_archive(const frs_archive *a, const frs_archive *b) {
    const int64_t n = a->n_sites * a->n_issues * a->n_leads;
    assert_int_equal(n, b->n_sites * b->n_issues * b->n_leads);
    assert_int_equal(a->n_leads, b->n_leads);
    assert_true(a->first_issue_s == b->first_issue_s);
    assert_true(a->simulation == b->simulation);
    for (int64_t i = 0; i < n; i++)
        assert_true(same_number((double)a->values[i], (double)b->values[i]));
}

static void same_models(const frs_report *a, const frs_report *b, bool archives) {
    assert_int_equal(a->n_models, b->n_models);
    for (int64_t m = 0; m < a->n_models; m++) {
        const frs_report_model *x = &a->models[m], *y = &b->models[m];
        same_text(x->name, y->name);
        same_text(x->title, y->title);
        same_text(x->describe, y->describe);
        assert_true(x->baseline == y->baseline);
        assert_close(x->fit_s, y->fit_s, 1e-9);
        assert_int_equal(x->seeds, y->seeds);
        assert_int_equal(x->n_epochs, y->n_epochs);
        for (int64_t i = 0; i < x->n_epochs; i++) {
            assert_int_equal(x->epochs[i].epoch, y->epochs[i].epoch);
            assert_true(same_number(x->epochs[i].training_loss, y->epochs[i].training_loss));
            assert_true(same_number(x->epochs[i].validation_loss, y->epochs[i].validation_loss));
            assert_true(same_number(x->epochs[i].learning_rate, y->epochs[i].learning_rate));
        }
        if (archives) same_archive(&x->archive, &y->archive);
    }
}

static void same_scores(const frs_report *a, const frs_report *b) {
    assert_int_equal(a->n_scores, b->n_scores);
    for (int64_t i = 0; i < a->n_scores; i++) {
        const frs_report_score *x = &a->scores[i], *y = &b->scores[i];
        assert_int_equal(x->site, y->site);
        assert_int_equal(x->lead, y->lead);
        assert_int_equal(x->model, y->model);
        assert_string_equal(x->period, y->period);
        assert_string_equal(x->metric, y->metric);
        assert_string_equal(x->subset, y->subset);
        assert_true(same_number(x->value, y->value));
        assert_true(same_number(x->low, y->low));
        assert_true(same_number(x->high, y->high));
    }
}

static void same_tests(const frs_report *a, const frs_report *b) {
    assert_int_equal(a->n_tests, b->n_tests);
    for (int64_t i = 0; i < a->n_tests; i++) {
        const frs_report_test *x = &a->tests[i], *y = &b->tests[i];
        const double p[] = {x->difference, x->low, x->high, x->statistic, x->p, x->p_holm},
                     q[] = {y->difference, y->low, y->high, y->statistic, y->p, y->p_holm};
        for (int64_t k = 0; k < FRS_LEN(p); k++) assert_true(same_number(p[k], q[k]));
        assert_int_equal(x->site, y->site);
        assert_int_equal(x->lead, y->lead);
        assert_int_equal(x->winner, y->winner);
        assert_int_equal(x->reference, y->reference);
        assert_int_equal(x->method, y->method);
        assert_string_equal(x->metric, y->metric);
        assert_int_equal(x->n, y->n);
        assert_int_equal(x->verdict, y->verdict);
        assert_int_equal(x->note, y->note);
    }
}

static void same_findings(const frs_findings *a, const frs_findings *b) {
    assert_int_equal(a->n, b->n);
    for (int64_t i = 0; i < a->n; i++) {
        const frs_finding *x = &a->items[i], *y = &b->items[i];
        assert_int_equal(x->severity, y->severity);
        assert_string_equal(x->site, y->site);
        assert_string_equal(x->var, y->var);
        assert_string_equal(x->code, y->code);
        assert_string_equal(x->text, y->text);
        assert_string_equal(x->action, y->action);
        assert_int_equal(x->count, y->count);
        assert_int_equal(x->longest, y->longest);
        assert_true(x->first_s == y->first_s);
        assert_true(same_number(x->value, y->value));
    }
}

static void round_trip(const report_case_opts *o) {
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    report_case c;
    frs_report r;
    assert_true(report_case_make(ctx, o, &c));
    assert_ok(ctx, frs_report_save(ctx, &c.r, test_dir(dir)));
    const frs_status s = frs_report_save_forecast(ctx, &c.r, dir);
    const bool archives = s == FRS_OK;
    if (!archives) assert_status(ctx, s, FRS_E_UNSUPPORTED); /* built without NetCDF */
    assert_ok(ctx, frs_report_load(ctx, dir, &r));
    same_run(&c.r, &r);
    same_models(&c.r, &r, archives);
    same_scores(&c.r, &r);
    same_tests(&c.r, &r);
    same_findings(&c.r.findings, &r.findings);
    if (archives) {
        int64_t n_direct, n_loaded;
        same_archive(&c.r.observed, &r.observed);
        char *direct = page(ctx, &c.r, dir, &n_direct), *loaded = page(ctx, &r, dir, &n_loaded);
        assert_int_equal(n_direct, n_loaded);
        assert_memory_equal(direct, loaded, (size_t)n_direct);
        frs__free(ctx, direct);
        frs__free(ctx, loaded);
    }
    frs_report_free(ctx, &r);
    assert_null(r.memory);
    report_case_free(&c);
    test_ctx_free(ctx, &h);
    test_dir_remove(dir);
}

static void written_and_read_back(void **state) {
    (void)state;
    for (int64_t i = 0; i < FRS_LEN(cases); i++) round_trip(&cases[i]);
}

/* A finding's texts are as long as they may be; a site's name is in another encoding (CP1251). */
static void long_texts_and_other_encodings(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    report_case c;
    frs_report r;
    assert_true(report_case_make(ctx, &(report_case_opts){.sites = 1, .issues = 40}, &c));
    frs_finding *f = c.r.findings.items;
    memset(f[0].text, 'x', sizeof f[0].text - 1);
    memset(f[0].action, 'y', sizeof f[0].action - 1);
    memset(f[1].site, 'z', sizeof f[1].site - 1);
    c.r.sites = (const char *const[]){"\xd2\xe0\xe7"};
    c.r.config_text = "# \xd2\xe0\xe7\nseed: 1\n";
    assert_ok(ctx, frs_report_save(ctx, &c.r, test_dir(dir)));
    const frs_status s = frs_report_save_forecast(ctx, &c.r, dir);
    if (s != FRS_OK) assert_status(ctx, s, FRS_E_UNSUPPORTED);
    assert_ok(ctx, frs_report_load(ctx, dir, &r));
    same_findings(&c.r.findings, &r.findings);
    assert_string_equal(r.sites[0], "\xc3\x92\xc3\xa0\xc3\xa7"); /* byte by byte as Latin-1 */
    assert_string_equal(r.config_text, "# \xc3\x92\xc3\xa0\xc3\xa7\nseed: 1\n");
    assert_int_equal(r.n_scores, c.r.n_scores);
    frs_report_free(ctx, &r);
    report_case_free(&c);
    test_ctx_free(ctx, &h);
    test_dir_remove(dir);
}

/* Without forecast.nc there is a page, which says so. */
static void no_predictions(void **state) {
    (void)state;
    char dir[256];
    int64_t n;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    report_case c;
    frs_report r;
    assert_true(report_case_make(ctx, &cases[1], &c));
    assert_ok(ctx, frs_report_save(ctx, &c.r, test_dir(dir)));
    assert_ok(ctx, frs_report_load(ctx, dir, &r));
    assert_null(r.observed.values);
    assert_null(r.precipitation);
    char *text = page(ctx, &r, dir, &n);
    assert_non_null(strstr(text, "forecast.nc"));
    assert_null(strstr(text, "id=\"frs-data\""));
    frs__free(ctx, text);
    frs_report_free(ctx, &r);
    frs_report_free(ctx, &r); /* of an empty one: nothing */
    assert_status(ctx, frs_report_save_forecast(ctx, &(frs_report){0}, dir), FRS_E_NODATA);
    report_case_free(&c);
    test_ctx_free(ctx, &h);
    test_dir_remove(dir);
}

/* The page of r, and its folder, without a number that is none. */
static void holds(frs_ctx *ctx, const frs_report *r) {
    char dir[256], path[512], *text;
    int64_t n;
    assert_ok(ctx, frs_report_save(ctx, r, test_dir(dir)));
    text = page(ctx, r, dir, &n);
    const char *head = strstr(text, "<body>"), *tail = strstr(text, "<script>");
    assert_true(head && tail && tail > head);
    for (const char *p = head; p < tail; p++)
        assert_false(!strncmp(p, "nan", 3) || !strncmp(p, "NaN", 3) || !strncmp(p, "\"inf", 4));
    frs__free(ctx, text);
    assert_ok(ctx, frs__read_file(ctx, join(path, dir, "scores.csv"), INT64_C(1) << 30, &text, &n));
    assert_null(strstr(text, "nan"));
    frs__free(ctx, text);
    test_dir_remove(dir);
}

static void all_missing(float *v, int64_t n, float with) {
    for (int64_t i = 0; v && i < n; i++) v[i] = with;
}

static void odd_reports(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    holds(ctx, &(frs_report){0});
    for (int k = 0; k < 4; k++) {
        report_case c;
        const report_case_opts o = {.sites = k == 3 ? 8 : 1,
                                    .leads = k % 2 ? 2 : 0,
                                    .issues = k == 0 ? 1 : 500,
                                    .rain = true};
        assert_true(report_case_make(ctx, &o, &c));
        const int64_t n = o.sites * o.issues * (o.leads ? o.leads : 1);
        if (k == 1 || k == 2) all_missing(c.r.observed.values, n, k == 1 ? 2.5F : NAN);
        for (int64_t m = 0; k == 3 && m < c.r.n_models; m++)
            all_missing(c.r.models[m].archive.values, n, NAN);
        for (int64_t i = 0; k >= 1 && i < c.r.n_scores; i++)
            ((frs_report_score *)c.r.scores)[i].value = NAN; /* the case's own memory */
        holds(ctx, &c.r);
        c.r.n_scores = 0;
        c.r.n_models = 0;
        holds(ctx, &c.r);
        report_case_free(&c);
    }
    test_ctx_free(ctx, &h);
}

/* Archives of another shape than the observations are refused, in every function that reads them.
 */
static void geometry(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    report_case c;
    assert_true(report_case_make(ctx, &(report_case_opts){.sites = 2, .issues = 50}, &c));
    join(path, test_dir(dir), "report.html");
    frs_report_model *m = (frs_report_model *)c.r.models; /* the case's own memory */
    m[1].archive.n_issues--;
    assert_status(ctx, frs_report_write(ctx, &c.r, path), FRS_E_ARG);
    assert_message(ctx, "ridge");
    assert_status(ctx, frs_report_save_forecast(ctx, &c.r, dir), FRS_E_ARG);
    m[1].archive.n_issues++;
    c.r.n_sites = 1;
    assert_status(ctx, frs_report_write(ctx, &c.r, path), FRS_E_ARG);
    assert_false(frs__exists(path));
    report_case_free(&c);
    test_ctx_free(ctx, &h);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(written_and_read_back),
                                       cmocka_unit_test(long_texts_and_other_encodings),
                                       cmocka_unit_test(no_predictions),
                                       cmocka_unit_test(odd_reports), cmocka_unit_test(geometry)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
