/* forecast.nc: written, read back. */
#include "support.h"

#include <math.h>

#include "freshet/io.h"

enum { MODELS = 2, SITES = 3, ISSUES = 10, LEADS = 4 };
static const char *const models[] = {"persistence", "lstm"};
static const char *const sites[] = {"01022500", "\320\242\320\260\320\267", "a b"};

static float value(int64_t model, int64_t site, int64_t i) {
    return (i + site) % 5 == 0 ? NAN : (float)(100 * (model + 1) + 10 * site) + 0.5F * (float)i;
}

static void fill(float *v, int64_t model, int64_t site) {
    for (int64_t i = 0; i < ISSUES * LEADS; i++) v[i] = value(model, site, i);
}

static frs_forecast_nc_opts options(int64_t *issue_s, int64_t *leads, int64_t step_s) {
    for (int64_t i = 0; i < ISSUES; i++) issue_s[i] = (i - 5) * (step_s ? step_s : FRS_DAY_S);
    for (int64_t i = 0; i < LEADS; i++) leads[i] = i + 1;
    return (frs_forecast_nc_opts){.models = models,
                                  .n_models = MODELS,
                                  .sites = sites,
                                  .n_sites = SITES,
                                  .issue_s = issue_s,
                                  .n_issues = ISSUES,
                                  .leads = leads,
                                  .n_leads = LEADS,
                                  .step_s = step_s,
                                  .target = "q",
                                  .unit = "mm/day",
                                  .title = "Test",
                                  .history = "freshet run x.yml"};
}

static void write_all(frs_ctx *ctx, const char *path, const frs_forecast_nc_opts *o) {
    frs_forecast_nc *f;
    float v[ISSUES * LEADS];
    assert_ok(ctx, frs_forecast_nc_create(ctx, path, o, &f));
    for (int64_t m = MODELS - 1; m >= -1; m--)
        for (int64_t s = 0; s < SITES; s++) {
            if (m == 0 && s == 1) continue; /* never put: all missing */
            fill(v, m, s);
            assert_ok(ctx, frs_forecast_nc_put(f, m, s, v));
        }
    assert_ok(ctx, frs_forecast_nc_close(f));
}

static void check_info(const frs_forecast_nc_opts *a, const frs_forecast_nc_opts *b) {
    assert_int_equal(a->n_models, b->n_models);
    assert_int_equal(a->n_sites, b->n_sites);
    assert_int_equal(a->n_issues, b->n_issues);
    assert_int_equal(a->n_leads, b->n_leads);
    assert_int_equal(a->step_s, b->step_s);
    for (int64_t i = 0; i < a->n_models; i++) assert_string_equal(a->models[i], b->models[i]);
    for (int64_t i = 0; i < a->n_sites; i++) assert_string_equal(a->sites[i], b->sites[i]);
    for (int64_t i = 0; i < a->n_issues; i++) assert_int_equal(a->issue_s[i], b->issue_s[i]);
    for (int64_t i = 0; i < a->n_leads; i++) assert_int_equal(a->leads[i], b->leads[i]);
    assert_string_equal(a->target, b->target);
    assert_string_equal(a->unit, b->unit);
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->history, b->history);
}

static void round_trip(int64_t step_s) {
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    char dir[256], path[512];
    int64_t issue_s[ISSUES], leads[LEADS];
    const frs_forecast_nc_opts o = options(issue_s, leads, step_s);
    snprintf(path, sizeof path, "%s/forecast.nc", test_dir(dir));
    write_all(ctx, path, &o);
    frs_forecast_nc_reader *f;
    assert_ok(ctx, frs_forecast_nc_open(ctx, path, &f));
    check_info(frs_forecast_nc_info(f), &o);
    for (int64_t m = -1; m < MODELS; m++)
        for (int64_t s = 0; s < SITES; s++) {
            float got[ISSUES * LEADS], want[ISSUES * LEADS];
            fill(want, m, s);
            assert_ok(ctx, frs_forecast_nc_get(f, m, s, got));
            for (int64_t i = 0; i < ISSUES * LEADS; i++)
                if (isnan(want[i]) || (m == 0 && s == 1))
                    assert_true(isnan(got[i]));
                else
                    assert_true(got[i] == want[i]);
        }
    frs_forecast_nc_free(f);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void written_is_read(void **state) {
    (void)state;
    round_trip(FRS_DAY_S);
    round_trip(7 * FRS_DAY_S);
    round_trip(6 * 3600);
    round_trip(900);
    round_trip(0); /* months, or a simulation */
}

/* What would take much memory is written aside: nothing of that name until it is closed, nothing
 * at all when it is given up. */
enum { MANY_ISSUES = 20000, MANY_LEADS = 256 };
static int64_t names_in(frs_ctx *ctx, const char *dir) {
    char **names;
    int64_t n;
    assert_ok(ctx, frs__list_dir(ctx, dir, &names, &n));
    frs__free(ctx, names);
    return n;
}

static void put_large(frs_ctx *ctx, const char *path, const float *v, bool close) {
    static int64_t issue_s[MANY_ISSUES], leads[MANY_LEADS];
    frs_forecast_nc_opts o = options(issue_s, leads, FRS_DAY_S);
    for (int64_t i = 0; i < MANY_ISSUES; i++) issue_s[i] = i * FRS_DAY_S;
    for (int64_t i = 0; i < MANY_LEADS; i++) leads[i] = i + 1;
    o.n_issues = MANY_ISSUES;
    o.n_leads = MANY_LEADS;
    o.n_models = 1;
    frs_forecast_nc *f;
    assert_ok(ctx, frs_forecast_nc_create(ctx, path, &o, &f));
    assert_ok(ctx, frs_forecast_nc_put(f, 0, 2, v));
    assert_false(frs__exists(path));
    if (close)
        assert_ok(ctx, frs_forecast_nc_close(f));
    else
        frs_forecast_nc_abort(f);
}

static void large_stands_aside(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const int64_t n = (int64_t)MANY_ISSUES * MANY_LEADS;
    char dir[256], path[512];
    float *v = malloc((size_t)n * sizeof *v), *got = malloc((size_t)n * sizeof *got);
    assert_true(v && got);
    for (int64_t i = 0; i < n; i++) v[i] = (float)(i % 1000);
    snprintf(path, sizeof path, "%s/forecast.nc", test_dir(dir));
    put_large(ctx, path, v, false);
    assert_int_equal(names_in(ctx, dir), 0);
    put_large(ctx, path, v, true);
    assert_int_equal(names_in(ctx, dir), 1);
    frs_forecast_nc_reader *f;
    assert_ok(ctx, frs_forecast_nc_open(ctx, path, &f));
    assert_ok(ctx, frs_forecast_nc_get(f, 0, 2, got));
    assert_memory_equal(got, v, (size_t)n * sizeof *v);
    frs_forecast_nc_free(f);
    free(v);
    free(got);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(written_is_read),
                                       cmocka_unit_test(large_stands_aside)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
