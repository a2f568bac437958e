/* Data sets: folders, files, stores; attributes beside them. Real data where they are at hand. */
#include "support.h"

#include "freshet/io.h"
#include <math.h>

static void real_mopex(void **state) {
    (void)state;
    char path[1024];
    if (!test_data(path, "mopex")) skip();
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    assert_ok(ctx, frs_dataset_open(ctx, path, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 42);
    assert_string_equal(frs_dataset_site(d, 0), "01060000");
    assert_string_equal(frs_dataset_site(d, 41), "13351000");
    frs_series s = {0};
    assert_ok(ctx, frs_dataset_read(d, 0, &s));
    assert_string_equal(s.site, "01060000");
    assert_int_equal(s.n_vars, 5);
    assert_int_equal(s.n, 20454); /* 1948-01-01 to 2003-12-31 */
    assert_int_equal(s.start_s, -8036 * FRS_DAY_S);
    assert_int_equal(s.n_gap_steps, 0);
    assert_close(s.values[frs_series_var(&s, "prcp")][0], 2.78F, 0);
    assert_true(isnan(s.values[frs_series_var(&s, "pet")][0]));
    assert_close(s.values[frs_series_var(&s, "tmin")][1], -8.5667F, 0);
    frs_series_free(ctx, &s);
    const frs_statics *a = frs_dataset_statics(d);
    assert_non_null(a);
    assert_int_equal(a->n_sites, 42);
    assert_int_equal(a->n_attrs, 19);
    frs_dataset_close(d);
    test_ctx_free(ctx, &h);
}

static void real_russia(void **state) {
    (void)state;
    char path[1024];
    if (!test_data(path, "russia")) skip();
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    assert_ok(ctx, frs_dataset_open(ctx, path, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 3);
    frs_series s = {0};
    assert_ok(ctx, frs_dataset_read(d, 2, &s));
    assert_string_equal(s.site, "taz");
    assert_int_equal(s.n, 6940);
    assert_string_equal(s.vars[0].name, "q");
    int64_t missing = 0;
    for (int64_t t = 0; t < s.n; t++) missing += isnan(s.values[0][t]);
    assert_int_equal(missing, 1915);
    assert_close(s.values[0][1], 0.190944F, 0);
    frs_series_free(ctx, &s);
    frs_dataset_close(d);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(real_mopex), cmocka_unit_test(real_russia)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
