/* Attributes: several tables joined, text columns skipped, broken cells told; basin files. */
#include "support.h"

#include "freshet/io.h"
#include <math.h>

static char notes[1024];
static void keep(void *user, frs_log_level level, const char *text) {
    (void)user;
    if (level <= FRS_LOG_INFO) snprintf(notes, sizeof notes, "%s", text);
}

static frs_ctx *talkative(void) {
    frs_ctx *ctx = NULL;
    frs_ctx_opts o = {.threads = 1, .log = keep};
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    return ctx;
}

static void join(void **state) {
    (void)state;
    char dir[256], a[512], b[512];
    frs_ctx *ctx = talkative();
    test_dir(dir);
    test_file(a, dir, "a.csv", "basin,area_km2,name\n02,365.2,Fish\n01,1841.5,\"Salt, upper\"\n");
    test_file(b, dir, "b.txt", "gauge_id;aridity;slope\r\n01;0,5;NA\r\n03;;-999\r\n");
    const char *const paths[] = {a, b};
    frs_statics s = {0};
    assert_ok(ctx, frs_read_statics(ctx, paths, 2, &s));
    assert_int_equal(s.n_sites, 3);
    assert_int_equal(s.n_attrs, 3);
    const char *const sites[] = {"01", "02", "03"}, *const names[] = {"area_km2", "aridity",
                                                                      "slope"};
    const float want[] = {1841.5F, 0.5F, NAN, 365.2F, NAN, NAN, NAN, NAN, NAN};
    for (int i = 0; i < 3; i++) {
        assert_string_equal(s.sites[i], sites[i]);
        assert_string_equal(s.names[i], names[i]);
    }
    for (int i = 0; i < 9; i++)
        assert_true(isnan(want[i]) ? isnan(s.values[i]) : s.values[i] == want[i]);
    assert_non_null(strstr(notes, "a.csv: attribute 'name' is text ('Fish'): skipped"));
    assert_non_null(strstr(s.source, "a.csv, "));
    frs_statics_free(ctx, &s);
    test_dir_remove(dir);
    frs_ctx_free(ctx);
}

typedef struct bad {
    const char *a, *b;
    frs_status status;
    const char *want;
} bad;

static const bad bads[] = {
    {"basin\n01\n", NULL, FRS_E_FORMAT,
     "a.csv:1: expected a header: the site's column and at least one attribute"},
    {"basin,x\n01,1\n02\n", NULL, FRS_E_FORMAT,
     "a.csv:3: expected 2 columns as in the first line, found 1"},
    {"basin,x\n01,1\n02,high\n", NULL, FRS_E_FORMAT,
     "a.csv:3: column 'x': expected a number, found 'high'"},
    {"basin,x\n01,1\n01,2\n", NULL, FRS_E_FORMAT, "a.csv:3: site 01 stands in line 2, too"},
    {"basin,x\n,1\n", NULL, FRS_E_FORMAT,
     "a.csv:2: column 1: expected a site of 1 to 63 bytes of UTF-8, found ''"},
    {"basin,x,x\n01,1,1\n", NULL, FRS_E_FORMAT, "a.csv:1: two columns are called 'x'"},
    {"basin,x\n01,1e60\n", NULL, FRS_E_FORMAT,
     "a.csv:2: column 'x': expected a number of at most 3.4e38, found '1e60'"},
    {"basin,x\n", NULL, FRS_E_NODATA, "a.csv: no attributes"},
    {"basin,x\n01,text\n", NULL, FRS_E_NODATA, "a.csv: no attributes"},
    {"basin,x\n01,1\n", "basin,x\n01,1\n", FRS_E_INPUT,
     "b.csv: attribute 'x' is in another of the files, too"},
    {"", NULL, FRS_E_FORMAT, "a.csv: the file is empty"},
};

static void refused(void **state) {
    (void)state;
    char dir[256], a[512], b[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    for (int64_t i = 0; i < FRS_LEN(bads); i++) {
        frs_statics s = {0};
        test_file(a, dir, "a.csv", bads[i].a);
        test_file(b, dir, "b.csv", bads[i].b ? bads[i].b : "");
        const char *const paths[] = {a, b};
        assert_status(ctx, frs_read_statics(ctx, paths, bads[i].b ? 2 : 1, &s), bads[i].status);
        assert_message(ctx, bads[i].want);
        assert_null(s.values);
    }
    frs_statics s = {0};
    assert_status(ctx, frs_read_statics(ctx, NULL, 0, &s), FRS_E_ARG);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void round_trip(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    char sites[3][64] = {"01022500", "a, b", "c \"d\""}, names[2][64] = {"area (km2)", "p;mean"};
    float values[6] = {1.0F / 3, NAN, -9999, 1e-38F, 16777216, -0.0F};
    frs_statics s = {.n_sites = 3, .n_attrs = 2, .sites = sites, .names = names, .values = values};
    snprintf(path, sizeof path, "%s/s.csv", dir);
    assert_ok(ctx, frs_write_statics_csv(ctx, path, &s));
    frs_statics back = {0};
    assert_ok(ctx, frs_read_statics(ctx, (const char *const[]){path}, 1, &back));
    assert_int_equal(back.n_sites, 3);
    assert_int_equal(back.n_attrs, 2);
    for (int i = 0; i < 3; i++) assert_string_equal(back.sites[i], sites[i]);
    for (int i = 0; i < 2; i++) assert_string_equal(back.names[i], names[i]);
    for (int i = 0; i < 6; i++)
        assert_true(isnan(values[i]) ? isnan(back.values[i])
                                     : memcmp(&values[i], &back.values[i], sizeof(float)) == 0);
    frs_statics_free(ctx, &back);
    values[3] = INFINITY;
    assert_status(ctx, frs_write_statics_csv(ctx, path, &s), FRS_E_INPUT);
    assert_message(ctx, "s.csv: site a, b: attribute p;mean is infinite");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void site_list(void **state) {
    (void)state;
    char dir[256], path[512], (*sites)[64] = NULL;
    int64_t n = 0;
    frs_ctx *ctx = talkative();
    test_dir(dir);
    test_file(path, dir, "basins.txt",
              "\xEF\xBB\xBF"
              "02\r\n# left out: 03\n\n  01  \n02\nupper Salt");
    assert_ok(ctx, frs_read_site_list(ctx, path, &sites, &n));
    assert_int_equal(n, 3);
    assert_string_equal(sites[0], "02");
    assert_string_equal(sites[1], "01");
    assert_string_equal(sites[2], "upper Salt");
    assert_non_null(strstr(notes, "basins.txt:5: site 02 is named twice: counted once"));
    frs__free(ctx, sites);
    test_file(path, dir, "basins.txt", "# none\n");
    assert_status(ctx, frs_read_site_list(ctx, path, &sites, &n), FRS_E_NODATA);
    assert_message(ctx, "basins.txt: no site in this list");
    test_file(path, dir, "basins.txt",
              "01\n0123456789012345678901234567890123456789012345678901234567890123\n");
    assert_status(ctx, frs_read_site_list(ctx, path, &sites, &n), FRS_E_FORMAT);
    assert_message(ctx,
                   "basins.txt:2: expected a site of 1 to 63 bytes of UTF-8, found '0123456789");
    test_dir_remove(dir);
    frs_ctx_free(ctx);
}

/* CAMELS-US attributes: seven tables parted by semicolons, some columns of text. */
static void real_camels(void **state) {
    (void)state;
    char root[1024], paths[3][1100];
    if (!test_data(root, "camels_us")) skip();
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const char *const files[] = {"clim", "topo", "vege"};
    for (int i = 0; i < 3; i++)
        snprintf(paths[i], sizeof paths[i], "%s/camels_attributes_v2.0/camels_%s.txt", root,
                 files[i]);
    frs_statics s = {0};
    assert_ok(ctx,
              frs_read_statics(ctx, (const char *const[]){paths[0], paths[1], paths[2]}, 3, &s));
    assert_int_equal(s.n_sites, 671);
    assert_int_equal(s.n_attrs,
                     9 + 6 + 8); /* high_prec_timing, low_prec_timing, dom_land_cover are text */
    assert_string_equal(s.sites[1], "01022500");
    assert_string_equal(s.names[13], "area_gages2");
    assert_close(s.values[s.n_attrs + 13], 573.6F, 0);
    frs_statics_free(ctx, &s);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(join), cmocka_unit_test(refused),
                                       cmocka_unit_test(round_trip), cmocka_unit_test(site_list),
                                       cmocka_unit_test(real_camels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
