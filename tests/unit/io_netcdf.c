/* Records as NetCDF: what is written is read back; what is damaged is told. */
#include "support.h"

#include <math.h>

#include "freshet/io.h"

static frs_series make(frs_ctx *ctx, int64_t n) {
    frs_series s;
    assert_ok(ctx,
              frs_series_new(ctx, "01022500", -12 * FRS_DAY_S, (frs_step){FRS_DAY_S, 0}, n, 3, &s));
    s.vars[0] = (frs_var){.name = "prcp(mm d-1)", .unit = "mm/day", .kind = FRS_VAR_SUM};
    s.vars[1] = (frs_var){.name = "t(mean/day)", .unit = "degC", .kind = FRS_VAR_MEAN};
    s.vars[2] = (frs_var){.name = "\320\241\321\202\320\276\320\272",
                          .unit = "m3/s",
                          .kind = FRS_VAR_INSTANT,
                          .label_end = true};
    for (int v = 0; v < 3; v++)
        for (int64_t t = 0; t < n; t++)
            if ((t + v) % 7) s.values[v][t] = (float)(0.1 * (double)t - 3 * v);
    return s;
}

static void assert_same(const frs_series *a, const frs_series *b) {
    assert_string_equal(a->site, b->site);
    assert_int_equal(a->start_s, b->start_s);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_vars, b->n_vars);
    assert_true(a->step.count == b->step.count && a->step.unit == b->step.unit);
    for (int v = 0; v < a->n_vars; v++) {
        assert_string_equal(a->vars[v].name, b->vars[v].name);
        assert_string_equal(a->vars[v].unit, b->vars[v].unit);
        assert_int_equal(a->vars[v].kind, b->vars[v].kind);
        assert_int_equal(a->vars[v].label_end, b->vars[v].label_end);
        for (int64_t t = 0; t < a->n; t++)
            assert_true(a->values[v][t] == b->values[v][t] ||
                        (isnan(a->values[v][t]) && isnan(b->values[v][t])));
    }
}

static void round_trip(frs_ctx *ctx, frs_step step, int64_t start_s, int64_t n) {
    char dir[256], path[512];
    snprintf(path, sizeof path, "%s/01022500.nc", test_dir(dir));
    frs_series s = make(ctx, n), back = {0};
    s.step = step;
    s.start_s = start_s;
    assert_ok(ctx, frs_write_netcdf(ctx, path, &s));
    assert_ok(ctx, frs_read_series(ctx, path, NULL, &back));
    assert_same(&s, &back);
    assert_string_equal(back.source, path);
    assert_int_equal(back.n_gap_steps + back.n_duplicate_dates + back.n_unordered_dates, 0);
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &back);
    test_dir_remove(dir);
}

static void written_is_read(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    round_trip(ctx, (frs_step){FRS_DAY_S, FRS_STEP_SECOND}, -12 * FRS_DAY_S, 40);
    round_trip(ctx, (frs_step){3600, FRS_STEP_SECOND}, 1800, 100);
    round_trip(ctx, (frs_step){1, FRS_STEP_MONTH}, 0, 30);
    round_trip(ctx, (frs_step){FRS_DAY_S, FRS_STEP_SECOND}, 0, 1);
    round_trip(ctx, (frs_step){FRS_DAY_S, FRS_STEP_SECOND}, 0, 150000); /* several chunks */
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(written_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
