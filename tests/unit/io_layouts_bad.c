/* Broken files in published layouts: each is refused with a message that says where; and every
 * layout with the n-th allocation failing. */
#include "layout_case.h"

static frs_status read_all(frs_ctx *ctx, const char *dir, const frs_read_opts *o) {
    frs_dataset *d = NULL;
    FRS_TRY(frs_dataset_open(ctx, dir, o, &d));
    frs_status st = FRS_OK;
    for (int64_t i = 0; st == FRS_OK && i < frs_dataset_n_sites(d); i++) {
        frs_series s = {0};
        st = frs_dataset_read(d, i, &s);
        frs_series_free(ctx, &s);
    }
    frs_dataset_close(d);
    return st;
}

typedef struct bad {
    const layout_file *good;
    const char *path, *text; /* this file instead; text NULL: not there */
    frs_status status;
    const char *message;
} bad;

#define FLOW    "usgs_streamflow/01/01022500_streamflow_qc.txt"
#define FORCING "basin_mean_forcing/daymet/01/01022500_lump_cida_forcing_leap.txt"
#define NAMES   "Year Mnth Day Hr dayl(s) prcp(mm/day)\n"
#define AUS     "03_streamflow/streamflow_mmd.csv"
#define RAIN    "05_hydrometeorology/01_precipitation_timeseries/precipitation_AWAP.csv"

static const bad bads[] = {
    {camels_us, FLOW, "", FRS_E_FORMAT, "the file is empty"},
    {camels_us, FLOW, "01022500 2000 02 30 1.00 A\n", FRS_E_FORMAT,
     "_qc.txt:1: expected a date (as 2001-02-28), found '2000 02 30'"},
    {camels_us, FLOW, "01022500 2000 02 28 Ice A\n", FRS_E_FORMAT,
     "_qc.txt:1: column 'QObs': expected a number, found 'Ice'"},
    {camels_us, FLOW, "01022500 2000 02 28 1.00\n", FRS_E_FORMAT, ":1: expected 6 columns"},
    {camels_us, FLOW, "01022500 2000 02 28 1e300 A\n", FRS_E_FORMAT, "expected a number"},
    {camels_us, FLOW, "01022500 20000000000 02 28 1 A\n", FRS_E_FORMAT, "expected a date"},
    {camels_us, FORCING, " 44.82\n 133.00\n area\n" NAMES "2000 02 28 12 1 1\n", FRS_E_FORMAT,
     "leap.txt:3: expected the catchment's area in m2 (line 3), found 'area'"},
    {camels_us, FORCING, " 44.82\n 133.00\n 0\n" NAMES "2000 02 28 12 1 1\n", FRS_E_FORMAT,
     "expected the catchment's area in m2 (line 3), found '0'"},
    {camels_us, FORCING,
     " 44.82\n 133.00\n 864000000\n" NAMES "2000 02 28 12 1 wet\n2000 02 29 12 1 1\n", FRS_E_FORMAT,
     "leap.txt:5: column 'prcp(mm/day)': expected a number, found 'wet'"},
    {camels_us, FORCING,
     " 44.82\n 133.00\n 864000000\n" NAMES "2000 02 28 12 1 1\n2000 02 29 12 1\n", FRS_E_FORMAT,
     "leap.txt:6: expected 6 columns as in the first line, found 5"},
    {camels_us, "camels_attributes_v2.0/camels_topo.txt", "gauge_id;area\n01022500;1\n01022500;2\n",
     FRS_E_FORMAT, "camels_topo.txt:3: site 01022500 stands in line 2, too"},
    {camels_us, FLOW, "01022500 9000 02 28 1 A\n", FRS_E_FORMAT,
     "go from 2000-02-28 to 9000-02-28: a date is mistyped"},
    {hourly_csv, "hourly/nldas_hourly/01022500_hourly_nldas.csv", NULL, FRS_E_NODATA,
     "no record of the layout hourly_camels_us"},
    {hourly_csv, "hourly/usgs-streamflow/01022500-usgs-hourly.csv", NULL, FRS_E_NODATA,
     "no site has all its files: 01022500 has none in "},
    {camels_gb, camels_gb[0].path, "date,precipitation\n1970-10-01,1\n1970-10-32,1\n1970-10-03,1\n",
     FRS_E_FORMAT, ".csv:3: column 1: the date '1970-10-32' does not exist"},
    {camels_cl_2022, "q_mm_day.csv", "date,1001001\n2000-01-01,1\n2000-01-02,1,2\n", FRS_E_FORMAT,
     "q_mm_day.csv:3: expected 2 columns as in the first line, found 3"},
    {camels_cl_2022, "q_mm_day.csv", "date,1001001\n2000-01-01,one\n", FRS_E_FORMAT,
     "q_mm_day.csv:2: site 1001001: expected a number, found 'one'"},
    {camels_cl_2022, "q_mm_day.csv", "date,9\n2000-01-01,1\n", FRS_E_FORMAT,
     "precip_cr2met_day.csv: no column of site 9, which "},
    {camels_cl_2022, "q_mm_day.csv", "day,9\n1,1\n", FRS_E_FORMAT,
     "q_mm_day.csv:1: expected a column 'date', or 'year', 'month' and 'day'"},
    {camels_cl_2022, "q_mm_day.csv", "date\n", FRS_E_FORMAT, "expected a header of dates and 1 to"},
    {camels_cl_2022, "q_mm_day.csv", "date,a,a\n2000-01-01,1,1\n", FRS_E_FORMAT,
     "two columns are called 'a'"},
    {camels_cl_2022, "q_mm_day.csv", "date,a\n", FRS_E_NODATA, "no row of data"},
    {camels_cl_2022, "q_mm_day.csv", "date,\n2000-01-01,\n", FRS_E_FORMAT,
     "column 2: expected a site of 1 to 63 bytes"},
    {camels_aus, AUS, "year,month,day,912101A\n1980,2,30,1\n", FRS_E_FORMAT,
     "streamflow_mmd.csv:2: expected a date (as 2001-02-28), found '30'"},
    {camels_aus, AUS, NULL, FRS_E_IO, "streamflow_mmd.csv"},
    {camels_aus, RAIN, "", FRS_E_FORMAT, "precipitation_AWAP.csv: no line of data"},
    {camels_br, camels_br[1].path,
     "year month day streamflow_mm\n1980 13 1 5\n1980 1 2 5\n1980 1 3 5\n", FRS_E_FORMAT,
     "10500000_streamflow_mm.txt:2: column 1: the date '1980 13 1' does not exist"},
    {lamah, "D_gauges/1_attributes/Gauge_attributes.csv", "ID;elev\n1;5\n", FRS_E_INPUT,
     "no area_gov of site 1"},
    {lamah, "D_gauges/2_timeseries/daily/ID_1.csv", "YYYY;MM;DD;flow\n1981;1;1;50\n1981;1;2;50\n",
     FRS_E_FORMAT, "no column 'qobs'"},
    {lamah, "D_gauges/2_timeseries/daily/ID_1.csv",
     "YYYY;MM;DD;prec;qobs\n1981;1;1;50;1\n1981;1;8;50;1\n", FRS_E_FORMAT,
     "expected a daily or hourly record"},
    {caravan, caravan[0].path, "date,streamflow\n1951-01-02,1\nx,2\n1951-01-04,1\n", FRS_E_FORMAT,
     "camels_01022500.csv:3: column 1: expected a date"},
};

static void refused(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
        char dir[256];
        test_dir(dir);
        for (const layout_file *f = bads[i].good; f->path; f++) {
            const bool this = strcmp(f->path, bads[i].path) == 0;
            if (!this || bads[i].text) layout_put(dir, f->path, this ? bads[i].text : f->text);
        }
        if (!bads[i].text) { /* its folder stays */
            char stub[600];
            snprintf(stub, sizeof stub, "%s.gone", bads[i].path);
            layout_put(dir, stub, "");
        }
        const bool hourly = bads[i].good == hourly_csv;
        frs_read_opts o = {.format = hourly ? "hourly_camels_us" : NULL};
        const frs_status st = read_all(ctx, dir, &o);
        if (st != bads[i].status || !strstr(frs_message(ctx), bads[i].message))
            print_error("case %zu: %s: %s\n", i, frs_status_name(st), frs_message(ctx));
        assert_int_equal(st, bads[i].status);
        assert_message(ctx, bads[i].message);
        test_dir_remove(dir);
    }
    test_ctx_free(ctx, &h);
}

/* ---- single files */

static const struct {
    const char *name, *text, *message;
} files[] = {
    {"1.rdb", "# c\nagency_cd\tsite_no\tdatetime\t1_00060_00003\nUSGS\t1\t2020-01-01\t5\n",
     "1.rdb:3: expected the widths of the columns"},
    {"1.rdb", "# c\nagency_cd\tsite_no\tdatetime\n5s\t15s\t20d\n", "no column of values"},
    {"1.rdb", "# only comments\n", "no line of data"},
    {"1.rdb",
     "agency_cd\tsite_no\tdatetime\t1_00060_00003\n5s\t15s\t20d\t14n\nUSGS\t1\t2020-01-01\t5\n"
     "USGS\t2\t2020-01-02\t5\n",
     "1.rdb:4: site 2 after site 1: one file holds one site"},
    {"1.rdb",
     "agency_cd\tsite_no\tdatetime\ttz_cd\t1_00060\n5s\t15s\t20d\t6s\t14n\n"
     "USGS\t1\t2020-01-01 00:00\tXYZ\t5\n",
     "1.rdb:3: time zone 'XYZ' is not known"},
    {"1.rdb",
     "agency_cd\tsite_no\tdatetime\t1_00060_00003\n5s\t15s\t20d\t14n\nUSGS\t1\t2020-02-30\t5\n",
     "1.rdb:3: expected a date (as 2001-02-28), found '2020-02-30'"},
    {"1.rdb",
     "agency_cd\tsite_no\tdatetime\t1_00060_00003\n5s\t15s\t20d\t14n\nUSGS\t1\t2020-02-28\t5..0\n",
     "1.rdb:3: column 'discharge': expected a number, found '5..0'"},
    {"1.rdb", "agency_cd\tsite_no\tdatetime\t1_00060_00003\n5s\t15s\t20d\t14n\nUSGS\t1\n",
     "1.rdb:3: expected 4 columns"},
    {"1.txt", GRDC_HEAD, "no line of data"},
    {"1.txt", GRDC_HEAD "DATE;Q\n2000-01-01;5\n", "1.txt:8: expected the header YYYY-MM-DD"},
    {"1.txt", GRDC_HEAD "YYYY-MM-DD;hh:mm; Value\n", "no row of data"},
    {"1.txt", GRDC_HEAD "YYYY-MM-DD;hh:mm; Value\n2000-02-30;--:--;5\n",
     "1.txt:9: expected a date (as 2001-02-28), found '2000-02-30'"},
    {"1.txt", GRDC_HEAD "YYYY-MM-DD;hh:mm; Value\n2000-02-28;--:--;five\n",
     "1.txt:9: column 'Value': expected a number, found 'five'"},
    {"1.txt", GRDC_HEAD "YYYY-MM-DD;hh:mm; Value\n2000-02-28;5\n",
     "1.txt:9: expected a date, a time and a value"},
};

static void refused_files(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char dir[256], path[512];
        frs_series s = {0};
        test_file(path, test_dir(dir), files[i].name, files[i].text);
        const frs_status st = frs_read_series(ctx, path, NULL, &s);
        if (!strstr(frs_message(ctx), files[i].message))
            print_error("case %zu: %s\n", i, frs_message(ctx));
        assert_true(st == FRS_E_FORMAT || st == FRS_E_NODATA);
        assert_message(ctx, files[i].message);
        test_dir_remove(dir);
    }
    test_ctx_free(ctx, &h);
}

/* ---- what is asked for is not there */

static void wrong_questions(void **state) {
    (void)state;
    char dir[256];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    for (const layout_file *f = camels_us; f->path; f++) layout_put(dir, f->path, f->text);
    const char *product = "nldas", *up = "../daymet", *unit = "QObs(mm/d)=", *var = "flow=mm";
    frs_read_opts o = {.forcings = &product, .n_forcings = 1};
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_INPUT);
    assert_message(ctx, "no forcing product 'nldas' in ");
    o.forcings = &up;
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_INPUT);
    o = (frs_read_opts){.units = &unit, .n_units = 1};
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_ARG);
    assert_message(ctx, "units: expected NAME=UNIT, found 'QObs(mm/d)='");
    o.units = &var;
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_INPUT);
    assert_message(ctx, "units are given for 'flow', which is not in it");
    o = (frs_read_opts){.format = "lamah_c"};
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_INPUT);
    assert_message(ctx, "not there, but the layout lamah_c has it");
    o = (frs_read_opts){.format = "camels_de"};
    assert_status(ctx, read_all(ctx, dir, &o), FRS_E_ARG);
    assert_message(ctx, "no file format is called 'camels_de'; there are: ");
    assert_message(ctx, "camels_us");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* ---- memory runs out */

static frs_status read_either(frs_ctx *ctx, void *arg) {
    return read_all(ctx, arg, NULL);
}

static void each_allocation_fails(void **state) {
    (void)state;
    const layout_file rdb[] = {{"1.rdb", rdb_daily}, {NULL, NULL}};
    const layout_file grdc[] = {{"6335020_Q_Day.Cmd.txt", grdc_daily}, {NULL, NULL}};
    const layout_file *const all[] = {camels_us, camels_gb, camels_cl_2022, camels_cl_2018,
                                      camels_br, lamah,     camels_aus,     preprocessed,
                                      caravan,   rdb,       grdc,           hourly_csv};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char dir[256];
        test_dir(dir);
        for (const layout_file *f = all[i]; f->path; f++) layout_put(dir, f->path, f->text);
        test_oom(read_either, dir);
        test_dir_remove(dir);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(refused), cmocka_unit_test(refused_files),
                                       cmocka_unit_test(wrong_questions),
                                       cmocka_unit_test(each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
