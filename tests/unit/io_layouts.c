/* Published data sets, each in its own layout: what is found, how it is called, units, attributes.
 */
#include "layout_case.h"

#include <math.h>

#ifdef FRS_UDUNITS_SO
static const bool with_units = true;
#else
static const bool with_units = false; /* built without UDUNITS */
#endif

typedef struct opened {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256];
    frs_dataset *d;
    frs_series s;
} opened;

/* Puts the files, opens them (`format` NULL: by looking) and reads a site. */
static void set_up(opened *o, const layout_file *files, const frs_read_opts *opts,
                   const char *layout, const char *site) {
    memset(o, 0, sizeof *o);
    o->ctx = test_ctx_new(&o->heap, 1);
    test_dir(o->dir);
    for (const layout_file *f = files; f->path; f++) layout_put(o->dir, f->path, f->text);
    assert_ok(o->ctx, frs_dataset_open(o->ctx, o->dir, opts, &o->d));
    assert_string_equal(frs_dataset_layout(o->d), layout);
    int64_t i = 0;
    while (i < frs_dataset_n_sites(o->d) && strcmp(frs_dataset_site(o->d, i), site) != 0) i++;
    assert_true(i < frs_dataset_n_sites(o->d));
    assert_ok(o->ctx, frs_dataset_read(o->d, i, &o->s));
    assert_string_equal(o->s.site, site);
    assert_non_null(o->s.source);
}

static void tear_down(opened *o) {
    frs_series_free(o->ctx, &o->s);
    frs_dataset_close(o->d);
    test_dir_remove(o->dir);
    test_ctx_free(o->ctx, &o->heap);
}

/* Variable, step, value (NAN: missing); the unit unless NULL. */
static void value(const opened *o, const char *name, int64_t t, double expected, const char *unit) {
    const int v = frs_series_var(&o->s, name);
    if (v < 0) print_error("no variable %s\n", name);
    assert_true(v >= 0 && t < o->s.n);
    if (isnan(expected))
        assert_true(isnan(o->s.values[v][t]));
    else
        assert_close(o->s.values[v][t], expected, 1e-6 * fabs(expected));
    if (unit) assert_string_equal(o->s.vars[v].unit, unit);
}

static double attribute(const opened *o, const char *site, const char *name) {
    const frs_statics *a = frs_dataset_statics(o->d);
    assert_non_null(a);
    for (int64_t i = 0; i < a->n_sites; i++)
        for (int k = 0; k < a->n_attrs; k++)
            if (strcmp(a->sites[i], site) == 0 && strcmp(a->names[k], name) == 0)
                return (double)a->values[i * a->n_attrs + k];
    fail_msg("no attribute %s of %s", name, site);
    return NAN;
}

static bool has_attribute(const opened *o, const char *name) {
    const frs_statics *a = frs_dataset_statics(o->d);
    for (int k = 0; k < a->n_attrs; k++)
        if (strcmp(a->names[k], name) == 0) return true;
    return false;
}

static void starts(const opened *o, const char *date, int64_t step_s, int64_t n) {
    int64_t t;
    assert_int_equal(frs_date_parse(date, strlen(date), &t), FRS_OK);
    assert_int_equal(o->s.start_s, t);
    assert_int_equal(o->s.step.unit, FRS_STEP_SECOND);
    assert_int_equal(o->s.step.count, step_s);
    assert_int_equal(o->s.n, n);
}

/* ---- CAMELS-US: 864 km2, so that 100 ft3/s are 0.28316846592 mm/day */

static void us_daymet(void **state) {
    (void)state;
    opened o;
    set_up(&o, camels_us, NULL, "camels_us", "01022500");
    assert_int_equal(frs_dataset_n_sites(o.d), 2);
    starts(&o, "2000-02-28", FRS_DAY_S, 4);
    assert_int_equal(o.s.n_vars, 8);
    value(&o, "prcp(mm/day)", 1, 1.5, "mm/day");
    value(&o, "tmin(C)", 0, -14.36, "C");
    value(&o, "prcp(mm/day)", 3, NAN, NULL); /* flow goes on for a day */
    value(&o, "QObs(mm/d)", 0, 0.28316846592, "mm/day");
    value(&o, "QObs(mm/d)", 1, 0.14158423296, NULL);
    value(&o, "QObs(mm/d)", 2, NAN, NULL);
    assert_int_equal(o.s.n_estimated, 2);
    value(&o, "QObs(mm/d)", 3, 0.028316846592, NULL);
    assert_close(o.s.area_km2, 864, 0);
    assert_close(attribute(&o, "01022500", "area_gages2"), 573.6, 1e-4);
    assert_true(isnan(attribute(&o, "01022500", "root_depth_50")));
    assert_false(has_attribute(&o, "dom_land_cover"));
    tear_down(&o);
}

static void us_two_products(void **state) {
    (void)state;
    opened o;
    const char *products[] = {"daymet", "maurer"};
    set_up(&o, camels_us, &(frs_read_opts){.forcings = products, .n_forcings = 2}, "camels_us",
           "01022500");
    assert_int_equal(o.s.n_vars, 15);
    value(&o, "prcp(mm/day)_daymet", 0, 0, "mm/day");
    value(&o, "PRCP(mm/day)_maurer", 0, 7, "mm/day");
    value(&o, "PRCP(mm/day)_maurer", 1, NAN, NULL);
    value(&o, "QObs(mm/d)", 0, 2 * 0.28316846592, NULL); /* the last product's area */
    tear_down(&o);
    if (!with_units) return;
    const char *unit = "QObs(mm/d)=ft3/s"; /* and back by the same */
    set_up(&o, camels_us,
           &(frs_read_opts){.forcings = products, .n_forcings = 2, .units = &unit, .n_units = 1},
           "camels_us", "01022500");
    value(&o, "QObs(mm/d)", 0, 100, "ft3/s");
    tear_down(&o);
}

/* A unit asked for; the area is the forcing file's. */
static void us_units(void **state) {
    (void)state;
    if (!with_units) skip();
    opened o;
    const char *units[] = {"QObs(mm/d)=ft3/s", "tmin(C)=degF"};
    set_up(&o, camels_us, &(frs_read_opts){.units = units, .n_units = 2}, "camels_us", "01022500");
    value(&o, "QObs(mm/d)", 0, 100, "ft3/s");
    value(&o, "tmin(C)", 0, -14.36 * 1.8 + 32, "degF");
    tear_down(&o);
}

static void us_hourly_csv(void **state) {
    (void)state;
    opened o;
    const char *products[] = {"nldas_hourly", "daymet"};
    frs_read_opts opts = {.format = "hourly_camels_us"};
    set_up(&o, hourly_csv, &opts, "hourly_camels_us", "01022500");
    starts(&o, "2000-02-29", 3600, 3);
    value(&o, "total_precipitation", 1, 0.25, NULL);
    value(&o, "QObs(mm/h)", 0, NAN, "mm/h");
    value(&o, "QObs(mm/h)", 1, 0.125, NULL);
    value(&o, "QObs(mm/h)", 2, NAN, NULL);
    tear_down(&o);
    opts.forcings = products;
    opts.n_forcings = 2;
    set_up(&o, hourly_csv, &opts, "hourly_camels_us", "01022500");
    starts(&o, "2000-02-29", 3600, 24);
    value(&o, "temperature_nldas_hourly", 1, 281, NULL);
    value(&o, "prcp(mm/day)_daymet", 23, 1.5, "mm/day");
    value(&o, "QObs(mm/h)", 1, 0.125, NULL);
    tear_down(&o);
}

/* ---- the others */

static void gb(void **state) {
    (void)state;
    opened o;
    set_up(&o, camels_gb, NULL, "camels_gb", "10002");
    starts(&o, "1970-10-01", FRS_DAY_S, 2);
    assert_int_equal(o.s.n_vars, 10);
    value(&o, "discharge_spec", 0, NAN, "mm/day");
    value(&o, "discharge_spec", 1, 1.25, NULL);
    value(&o, "discharge_vol", 1, 3.5, "m3/s");
    value(&o, "peti", 1, 0.7, "mm/day");
    assert_close(attribute(&o, "10002", "area"), 325, 0);
    assert_close(attribute(&o, "10002", "q5_uncert"), 22.5, 0);
    assert_false(has_attribute(&o, "gauge_name"));
    tear_down(&o);
}

static void cl(void **state) {
    (void)state;
    opened o;
    set_up(&o, camels_cl_2022, NULL, "camels_cl", "1001001");
    assert_int_equal(frs_dataset_n_sites(o.d), 2);
    starts(&o, "2000-01-02", FRS_DAY_S, 2); /* nothing is known on the first */
    assert_int_equal(o.s.n_vars, 2);
    value(&o, "q_mm", 0, 1.5, "mm/day");
    value(&o, "precip_cr2met", 0, 9, "mm/day");
    assert_close(attribute(&o, "1001002", "area"), 525.3, 1e-4);
    assert_true(isnan(attribute(&o, "1001002", "elev_mean")));
    assert_false(has_attribute(&o, "record_period_start"));
    tear_down(&o);
    set_up(&o, camels_cl_2018, NULL, "camels_cl", "1001001");
    starts(&o, "2000-01-01", FRS_DAY_S, 2);
    value(&o, "streamflow_mm", 0, NAN, "mm/day");
    value(&o, "streamflow_mm", 1, 1.5, NULL);
    value(&o, "precip_cr2met", 1, 8, NULL);
    tear_down(&o);
}

static void br(void **state) {
    (void)state;
    opened o;
    set_up(&o, camels_br, NULL, "camels_br", "10500000");
    assert_int_equal(frs_dataset_n_sites(o.d), 2);
    starts(&o, "1980-01-02", FRS_DAY_S, 2);
    assert_int_equal(o.s.n_vars, 3);
    value(&o, "streamflow_mm", 0, 2.5, "mm/day");
    value(&o, "simulated_streamflow", 0, 2.25, NULL);
    value(&o, "precipitation_chirps", 1, 13, "mm/day");
    assert_close(attribute(&o, "10500000", "area"), 61535, 0);
    frs_series_free(o.ctx, &o.s);
    assert_ok(o.ctx, frs_dataset_read(o.d, 1, &o.s)); /* without a simulation */
    assert_int_equal(o.s.n_vars, 3);
    value(&o, "simulated_streamflow", 0, NAN, NULL);
    value(&o, "precipitation_chirps", 0, 14, NULL);
    tear_down(&o);
}

static void aus(void **state) {
    (void)state;
    opened o;
    set_up(&o, camels_aus, NULL, "camels_aus", "A2390519");
    assert_int_equal(frs_dataset_n_sites(o.d), 2);
    starts(&o, "1980-02-28", FRS_DAY_S, 2);
    assert_int_equal(o.s.n_vars, 2);
    value(&o, "streamflow_mmd", 0, 0.5, "mm/day");
    value(&o, "streamflow_mmd", 1, NAN, NULL);
    value(&o, "precipitation_AWAP", 1, 21, "mm/day");
    assert_close(attribute(&o, "912101A", "catchment_area"), 12649, 0);
    tear_down(&o);
    set_up(&o, preprocessed, NULL, "camels_aus", "912101A");
    value(&o, "streamflow_mmd", 1, 1.5, "mm/day");
    assert_close(attribute(&o, "912101A", "catchment_area"), 12649, 0);
    tear_down(&o);
}

static void lamah_layouts(void **state) {
    (void)state;
    opened o;
    set_up(&o, lamah, NULL, "lamah", "1");
    starts(&o, "1981-01-01", FRS_DAY_S, 2);
    value(&o, "2m_temp_mean", 1, 0.5, "degC");
    value(&o, "qobs", 0, 5, "mm/day"); /* 50 m3/s over 864 km2 */
    value(&o, "qobs", 1, NAN, NULL);
    assert_int_equal(frs_series_var(&o.s, "ckhs"), -1);
    assert_close(attribute(&o, "1", "elev_mean"), 1776, 0);
    tear_down(&o);
    set_up(&o, lamah, &(frs_read_opts){.format = "lamah_b"}, "lamah_b", "1");
    value(&o, "prec", 0, 77, "mm");
    tear_down(&o);
    set_up(&o, lamah_hourly, NULL, "lamah", "1");
    starts(&o, "1981-01-01", 3600, 2);
    assert_int_equal(o.s.n_vars, 3);
    value(&o, "qobs", 1, 2, "mm/h"); /* 72 m3/s over 129.6 km2 */
    tear_down(&o);
}

static void caravan_csv(void **state) {
    (void)state;
    opened o;
    set_up(&o, caravan, NULL, "caravan", "camels_01022500");
    assert_int_equal(frs_dataset_n_sites(o.d), 2);
    starts(&o, "1951-01-02", FRS_DAY_S, 2);
    value(&o, "streamflow", 0, NAN, "mm/day");
    value(&o, "streamflow", 1, 0.75, NULL);
    assert_close(attribute(&o, "camels_01022500", "aridity"), 0.5, 0);
    assert_close(attribute(&o, "lamah_200048", "gauge_lat"), 47.1, 1e-5);
    assert_true(isnan(attribute(&o, "lamah_200048", "aridity")));
    tear_down(&o);
}

/* ---- single files */

static void rdb(void **state) {
    (void)state;
    opened o;
    const layout_file daily[] = {{"01646500.txt", rdb_daily}, {NULL, NULL}};
    const layout_file instant[] = {{"01646500.rdb", rdb_instant}, {NULL, NULL}};
    set_up(&o, daily, NULL, "folder", "01646500");
    starts(&o, "2020-02-28", FRS_DAY_S, 3);
    assert_int_equal(o.s.n_vars, 2);
    value(&o, "discharge", 0, 5020, "ft3/s");
    value(&o, "discharge", 1, NAN, NULL);
    value(&o, "water_temperature_max", 2, 9.5, "degC");
    assert_int_equal(o.s.n_estimated, 1);
    tear_down(&o);
    set_up(&o, instant, NULL, "folder", "01646500");
    starts(&o, "2020-03-08T06:45", 900, 3); /* no hour is missing */
    value(&o, "discharge", 1, 11, NULL);
    tear_down(&o);
}

static void grdc(void **state) {
    (void)state;
    opened o;
    const layout_file daily[] = {{"6335020_Q_Day.Cmd.txt", grdc_daily}, {NULL, NULL}};
    const layout_file monthly[] = {{"6335020_Q_Month.txt", grdc_monthly}, {NULL, NULL}};
    set_up(&o, daily, NULL, "folder", "6335020");
    starts(&o, "2000-02-28", FRS_DAY_S, 3);
    value(&o, "discharge", 0, 100, "m3/s");
    value(&o, "discharge", 1, NAN, NULL);
    assert_close(o.s.area_km2, 864, 0);
    tear_down(&o);
    set_up(&o, monthly, NULL, "folder", "6335020");
    assert_int_equal(o.s.step.unit, FRS_STEP_MONTH);
    value(&o, "discharge", 1, 110, NULL);
    tear_down(&o);
    const char *units[] = {"discharge=mm/day"};
    if (!with_units) skip();
    set_up(&o, daily, &(frs_read_opts){.units = units, .n_units = 1}, "folder", "6335020");
    value(&o, "discharge", 0, 10, "mm/day");
    tear_down(&o);
}

/* The variables of a published set fit a store of several sites. */
static void packs(void **state) {
    (void)state;
    opened o;
    char path[512];
    frs_store_writer *w = NULL;
    frs_store *store = NULL;
    set_up(&o, camels_br, NULL, "camels_br", "10500000");
    snprintf(path, sizeof path, "%s/all.frs", o.dir);
    assert_ok(o.ctx, frs_store_create(o.ctx, path, frs_dataset_statics(o.d), &w));
    for (int64_t i = 0; i < 2; i++) {
        frs_series s = {0};
        assert_ok(o.ctx, frs_dataset_read(o.d, i, &s));
        assert_ok(o.ctx, frs_store_add(w, &s));
        frs_series_free(o.ctx, &s);
    }
    assert_ok(o.ctx, frs_store_finish(w));
    assert_ok(o.ctx, frs_store_open(o.ctx, path, &store));
    assert_int_equal(frs_store_get_info(store).n_sites, 2);
    assert_close(frs_store_get_site(store, frs_store_find_site(store, "11400000")).statics[0], 99,
                 0);
    frs_store_close(store);
    tear_down(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(us_daymet),
                                       cmocka_unit_test(us_two_products),
                                       cmocka_unit_test(us_units),
                                       cmocka_unit_test(us_hourly_csv),
                                       cmocka_unit_test(gb),
                                       cmocka_unit_test(cl),
                                       cmocka_unit_test(br),
                                       cmocka_unit_test(aus),
                                       cmocka_unit_test(lamah_layouts),
                                       cmocka_unit_test(caravan_csv),
                                       cmocka_unit_test(rdb),
                                       cmocka_unit_test(grdc),
                                       cmocka_unit_test(packs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
