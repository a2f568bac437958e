/* Data sets in NetCDF as xarray writes it (tools/golden_netcdf.py): hourly CAMELS-US, Caravan;
 * calendars without leap days. */
#include "support.h"

#include "freshet/io.h"
#include <math.h>

static void golden_copy(const char *name, const char *dir, const char *to) {
    char command[2048];
    snprintf(command, sizeof command,
             "mkdir -p \"$(dirname '%s/%s')\" && cp '%s/golden/netcdf/%s' '%s/%s'", dir, to,
             FRS_TEST_DIR, name, dir, to);
    assert_int_equal(system(command), 0);
}

static void read_site(frs_ctx *ctx, const char *dir, const frs_read_opts *o, int64_t i,
                      frs_series *s) {
    frs_dataset *d = NULL;
    assert_ok(ctx, frs_dataset_open(ctx, dir, o, &d));
    assert_true(i < frs_dataset_n_sites(d));
    assert_ok(ctx, frs_dataset_read(d, i, s));
    assert_string_equal(s->site, frs_dataset_site(d, i));
    frs_dataset_close(d);
}

/* One file of all sites, in either order of its dimensions. */
static void hourly(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const char *products[] = {"nldas_hourly", "turned_hourly"};
    test_dir(dir);
    for (int k = 0; k < 2; k++) {
        char name[128], to[160];
        snprintf(name, sizeof name, "usgs-streamflow-%s.nc", products[k]);
        snprintf(to, sizeof to, "hourly/%s", name);
        golden_copy(name, dir, to);
        frs_read_opts o = {.forcings = &products[k], .n_forcings = 1};
        frs_series s = {0};
        read_site(ctx, dir, &o, 0, &s);
        assert_string_equal(s.site, "01022500");
        assert_int_equal(s.start_s, 11015 * FRS_DAY_S + 22 * 3600); /* 2000-02-28 22:00 UTC */
        assert_int_equal(s.step.count, 3600);
        assert_int_equal(s.n, 5);
        assert_int_equal(s.n_vars, 2);
        const int p = frs_series_var(&s, "total_precipitation"),
                  q = frs_series_var(&s, "qobs_mm_per_hour");
        assert_close(s.values[p][3], 13, 0);
        assert_true(isnan(s.values[p][4]));
        assert_close(s.values[q][4], 5, 0);
        frs_series_free(ctx, &s);
        read_site(ctx, dir, &o, 1, &s);
        assert_close(s.values[p][1], 0.5, 0);
        assert_true(isnan(s.values[q][2])); /* -1 */
        assert_string_equal(s.vars[q].unit, "mm/h");
        frs_series_free(ctx, &s);
    }
    frs_series s = {0};
    read_site(ctx, dir, &(frs_read_opts){.forcings = products, .n_forcings = 2}, 1, &s);
    assert_int_equal(s.n_vars, 3); /* flow once */
    assert_true(frs_series_var(&s, "total_precipitation_turned_hourly") >= 0);
    frs_series_free(ctx, &s);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void caravan(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_series s = {0};
    test_dir(dir);
    golden_copy("camels_01022500.nc", dir, "timeseries/netcdf/camels/camels_01022500.nc");
    read_site(ctx, dir, NULL, 0, &s);
    assert_string_equal(s.site, "camels_01022500");
    assert_int_equal(s.n, 3);
    const int q = frs_series_var(&s, "streamflow");
    assert_true(isnan(s.values[q][0]));
    assert_close(s.values[q][1], 0.75, 0);
    assert_string_equal(s.vars[q].unit, "mm/day");
    frs_series_free(ctx, &s);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* 28 February, 1 March, 2 March 2000: the 29th is absent and counts as missing (cftime says the
 * same). */
static void noleap(void **state) {
    (void)state;
    char path[1024];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_series s = {0};
    snprintf(path, sizeof path, "%s/golden/netcdf/noleap.nc", FRS_TEST_DIR);
    assert_ok(ctx, frs_read_series(ctx, path, NULL, &s));
    assert_int_equal(s.start_s, 11015 * FRS_DAY_S);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.n_gap_steps, 1);
    assert_close(s.values[0][0], 1, 0);
    assert_true(isnan(s.values[0][1]));
    assert_close(s.values[0][2], 2, 0);
    assert_close(s.values[0][3], 3, 0);
    frs_series_free(ctx, &s);
    snprintf(path, sizeof path, "%s/golden/netcdf/360_day.nc", FRS_TEST_DIR);
    assert_status(ctx, frs_read_series(ctx, path, NULL, &s), FRS_E_UNSUPPORTED);
    assert_message(ctx, "calendar \"360_day\" is not supported");
    test_ctx_free(ctx, &h);
}

static void broken(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    test_dir(dir);
    golden_copy("noleap.nc", dir, "hourly/usgs-streamflow-nldas_hourly.nc");
    assert_status(ctx, frs_dataset_open(ctx, dir, NULL, &d), FRS_E_FORMAT);
    assert_message(ctx, "no variable \"basin\" with the sites");
    const char *daily = "daymet";
    assert_status(
        ctx, frs_dataset_open(ctx, dir, &(frs_read_opts){.forcings = &daily, .n_forcings = 1}, &d),
        FRS_E_INPUT);
    assert_message(ctx, "at least one that ends in _hourly");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static frs_status read_all(frs_ctx *ctx, void *arg) {
    frs_dataset *d = NULL;
    FRS_TRY(frs_dataset_open(ctx, arg, NULL, &d));
    frs_status st = FRS_OK;
    for (int64_t i = 0; st == FRS_OK && i < frs_dataset_n_sites(d); i++) {
        frs_series s = {0};
        st = frs_dataset_read(d, i, &s);
        frs_series_free(ctx, &s);
    }
    frs_dataset_close(d);
    return st;
}

static void each_allocation_fails(void **state) {
    (void)state;
    char dir[256];
    test_dir(dir);
    golden_copy("usgs-streamflow-nldas_hourly.nc", dir, "hourly/usgs-streamflow-nldas_hourly.nc");
    test_oom(read_all, dir);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hourly), cmocka_unit_test(caravan),
                                       cmocka_unit_test(noleap), cmocka_unit_test(broken),
                                       cmocka_unit_test(each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
