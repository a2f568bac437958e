/* An optional library that this build has not: its row stays in the table, every call says
 * "built without ...", and nothing is left behind. One that it has: no row says so. */
#include "freshet/io.h"
#include "support.h"

#ifdef FRS_NETCDF_SO
static const bool has_netcdf = true;
#else
static const bool has_netcdf = false;
#endif
#ifdef FRS_UDUNITS_SO
static const bool has_udunits = true;
#else
static const bool has_udunits = false;
#endif

static void rows(void **state) {
    (void)state;
    bool seen = false;
    for (int64_t i = 0; i < frs_n_readers(); i++) {
        const frs_reader *r = frs_reader_at(i);
        const bool netcdf = strcmp(r->name, "netcdf") == 0;
        seen = seen || netcdf;
        const char *missing = r->built_without ? r->built_without() : NULL;
        assert_int_equal(missing != NULL, netcdf && !has_netcdf);
    }
    assert_true(seen);
}

static void no_netcdf(void **state) {
    (void)state;
    if (has_netcdf) skip();
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_file(path, test_dir(dir), "a.nc", "CDF\1 and so on");
    frs_series s = {0};
    assert_status(ctx, frs_read_series(ctx, path, NULL, &s), FRS_E_UNSUPPORTED);
    assert_message(ctx, "built without NetCDF");
    snprintf(path, sizeof path, "%s/b.nc", dir);
    const char *const names[] = {"a"};
    const int64_t zero[] = {0};
    const frs_forecast_nc_opts o = {names, 1, names, 1, zero, 1, zero, 1, 0, "q", "mm", "t", "h"};
    frs_forecast_nc *f = NULL;
    assert_status(ctx, frs_forecast_nc_create(ctx, path, &o, &f), FRS_E_UNSUPPORTED);
    assert_message(ctx, "built without NetCDF");
    assert_int_not_equal(access(path, F_OK), 0);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void no_udunits(void **state) {
    (void)state;
    if (has_udunits) skip();
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    double a, c;
    assert_status(ctx, frs_unit_convert(ctx, "m3/s", "ft3/s", 1, &a, &c), FRS_E_UNSUPPORTED);
    assert_message(ctx, "built without UDUNITS");
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(no_netcdf),
                                       cmocka_unit_test(no_udunits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
