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

/* ---- made here */

static void mkdirs(frs_ctx *ctx, const char *dir, const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_ok(ctx, frs__mkdirs(ctx, path));
}

static void generic_layout(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    test_dir(dir);
    mkdirs(ctx, dir, "time_series");
    mkdirs(ctx, dir, "attributes");
    test_file(path, dir, "time_series/b.csv", "date,q\n2000-01-01,1\n2000-01-02,2\n");
    test_file(path, dir, "time_series/a-1.csv", "date,q\n2000-01-01,3\n");
    test_file(path, dir, "time_series/a.csv", "date,q\n2000-01-01,4\n");
    test_file(path, dir, "time_series/.hidden.csv", "rubbish");
    test_file(path, dir, "time_series/readme.md", "rubbish");
    test_file(path, dir, "attributes/x.csv", "basin,area\na,1\nb,2\n");
    test_file(path, dir, "attributes/y.csv", "basin,slope\nb,3\n");
    frs_dataset *d = NULL;
    assert_ok(ctx, frs_dataset_open(ctx, dir, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 3);
    assert_string_equal(frs_dataset_site(d, 0), "a");
    assert_string_equal(frs_dataset_site(d, 1), "a-1");
    assert_string_equal(frs_dataset_site(d, 2), "b");
    assert_null(frs_dataset_site(d, 3));
    assert_null(frs_dataset_site(d, -1));
    frs_series s = {0};
    assert_status(ctx, frs_dataset_read(d, 3, &s), FRS_E_ARG);
    assert_ok(ctx, frs_dataset_read(d, 2, &s));
    assert_int_equal(s.n, 2);
    frs_series_free(ctx, &s);
    const frs_statics *a = frs_dataset_statics(d);
    assert_int_equal(a->n_sites, 2);
    assert_string_equal(a->names[1], "slope");
    assert_true(isnan(a->values[1]));
    frs_dataset_close(d);
    /* A broken record is no site less: it is told when it is read. */
    test_file(path, dir, "time_series/c.csv", "");
    assert_ok(ctx, frs_dataset_open(ctx, dir, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 4);
    assert_status(ctx, frs_dataset_read(d, 3, &s), FRS_E_FORMAT);
    assert_message(ctx, "c.csv: the file is empty");
    frs_dataset_close(d);
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static const char dly[] = "1948 1 1    2.7800  -99.0000  -99.0000   -0.7778   -7.2278\n";

static void plain_folder(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    frs_series s = {0};
    test_dir(dir);
    assert_status(ctx, frs_dataset_open(ctx, dir, NULL, &d), FRS_E_NODATA);
    assert_message(ctx, "none of the 0 files in this folder is a record that can be read");
    test_file(path, dir, "2.dly", dly);
    test_file(path, dir, "1.dly", dly);
    test_file(path, dir, "attributes.csv", "basin,area\n1,5\n2,6\n");
    test_file(path, dir, "basins.txt", "1\n2\n");
    test_file(path, dir, "README", "Daily records, 1948-01-01 and later.\n");
    test_file(path, dir, "empty.csv", "");
    assert_ok(ctx, frs_dataset_open(ctx, dir, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 2);
    assert_string_equal(frs_dataset_site(d, 0), "1");
    assert_int_equal(frs_dataset_statics(d)->n_sites, 2);
    assert_ok(ctx, frs_dataset_read(d, 1, &s));
    assert_string_equal(s.site, "2");
    assert_close(s.values[0][0], 2.78F, 0);
    frs_series_free(ctx, &s);
    frs_dataset_close(d);
    test_file(path, dir, "3.csv", "date,q\n2000-01-01,1\n");
    assert_status(ctx, frs_dataset_open(ctx, dir, NULL, &d), FRS_E_INPUT);
    assert_message(ctx, "files of different formats in one folder: ");
    frs_read_opts o = {.format = "csv"};
    assert_ok(ctx, frs_dataset_open(ctx, dir, &o, &d));
    assert_int_equal(frs_dataset_n_sites(d), 1);
    assert_string_equal(frs_dataset_site(d, 0), "3");
    frs_dataset_close(d);
    o.format = "wat";
    assert_status(ctx, frs_dataset_open(ctx, dir, &o, &d), FRS_E_ARG);
    test_file(path, dir, "3.tsv", "date,q\n2000-01-01,1\n");
    o.format = "csv";
    assert_status(ctx, frs_dataset_open(ctx, dir, &o, &d), FRS_E_INPUT);
    assert_message(ctx, "site 3 has two files: ");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void one_file(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    frs_series s = {0};
    test_dir(dir);
    test_file(path, dir, "taz.csv", "2000-01-01,1\n2000-01-02,2\n");
    char name[] = "flow";
    const char *names[] = {name};
    frs_read_opts o = {.names = names, .n_names = 1};
    assert_ok(ctx, frs_dataset_open(ctx, path, &o, &d));
    names[0] = "gone"; /* the data set keeps copies */
    name[0] = 'x';
    assert_int_equal(frs_dataset_n_sites(d), 1);
    assert_string_equal(frs_dataset_site(d, 0), "taz");
    assert_null(frs_dataset_statics(d));
    assert_ok(ctx, frs_dataset_read(d, 0, &s));
    assert_string_equal(s.vars[0].name, "flow");
    frs_series_free(ctx, &s);
    frs_dataset_close(d);
    snprintf(path, sizeof path, "%s/none", dir);
    assert_status(ctx, frs_dataset_open(ctx, path, NULL, &d), FRS_E_IO);
    assert_message(ctx, "none: No such file or directory");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

static void store(void **state) {
    (void)state;
    char dir[256], path[512];
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_dataset *d = NULL;
    frs_series s = {0};
    test_dir(dir);
    snprintf(path, sizeof path, "%s/two.bin", dir);
    char sites[1][64] = {"b"}, names[1][64] = {"area"};
    float area = 7;
    const frs_statics st = {
        .n_sites = 1, .n_attrs = 1, .sites = sites, .names = names, .values = &area};
    frs_store_writer *w = NULL;
    assert_ok(ctx, frs_store_create(ctx, path, &st, &w));
    for (int i = 0; i < 2; i++) {
        assert_ok(ctx, frs_series_new(ctx, i ? "a" : "b", 0, (frs_step){3600, FRS_STEP_SECOND},
                                      2 + i, 2, &s));
        for (int v = 0; v < 2; v++) snprintf(s.vars[v].name, 64, "%s", v ? "p" : "q");
        s.values[1][1] = (float)(10 + i);
        assert_ok(ctx, frs_store_add(w, &s));
        frs_series_free(ctx, &s);
    }
    assert_ok(ctx, frs_store_finish(w));
    assert_ok(ctx, frs_dataset_open(ctx, path, NULL, &d));
    assert_int_equal(frs_dataset_n_sites(d), 2);
    assert_string_equal(frs_dataset_site(d, 1), "a");
    assert_close(frs_dataset_statics(d)->values[0], 7, 0);
    assert_true(isnan(frs_dataset_statics(d)->values[1]));
    assert_ok(ctx, frs_dataset_read(d, 1, &s));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.step.count, 3600);
    assert_close(s.values[frs_series_var(&s, "p")][1], 11, 0);
    assert_true(isnan(s.values[0][0]));
    frs_series_free(ctx, &s);
    frs_dataset_close(d);
    assert_status(ctx, frs_read_series(ctx, path, NULL, &s), FRS_E_INPUT);
    assert_message(ctx, "two.bin: a store of 2 sites: open it as a data set to pick one");
    test_dir_remove(dir);
    test_ctx_free(ctx, &h);
}

/* Every public call with the n-th allocation failing. */
static frs_status read_all(frs_ctx *ctx, const char *path) {
    frs_dataset *d = NULL;
    FRS_TRY(frs_dataset_open(ctx, path, &(frs_read_opts){.names = NULL}, &d));
    frs_status st = FRS_OK;
    for (int64_t i = 0; st == FRS_OK && i < frs_dataset_n_sites(d); i++) {
        frs_series s = {0};
        st = frs_dataset_read(d, i, &s);
        frs_series_free(ctx, &s);
    }
    frs_dataset_close(d);
    return st;
}

static frs_status everything(frs_ctx *ctx, void *arg) {
    const char *dir = arg;
    char path[512], (*sites)[64] = NULL;
    int64_t n = 0;
    frs_series s = {0};
    frs_statics a = {0};
    FRS_TRY(read_all(ctx, dir));
    snprintf(path, sizeof path, "%s/basins.txt", dir);
    FRS_TRY(frs_read_site_list(ctx, path, &sites, &n));
    frs__free(ctx, sites);
    snprintf(path, sizeof path, "%s/attributes/x.csv", dir);
    FRS_TRY(frs_read_statics(ctx, (const char *const[]){path}, 1, &a));
    snprintf(path, sizeof path, "%s/out.csv", dir);
    frs_status st = frs_write_statics_csv(ctx, path, &a);
    frs_statics_free(ctx, &a);
    FRS_TRY(st);
    snprintf(path, sizeof path, "%s/time_series/a.csv", dir);
    FRS_TRY(frs_read_series(ctx, path, NULL, &s));
    snprintf(path, sizeof path, "%s/out.csv", dir);
    st = frs_write_csv(ctx, path, &s);
    frs_series_free(ctx, &s);
    return st;
}

static void each_allocation_fails(void **state) {
    (void)state;
    char dir[256], path[512];
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    test_dir(dir);
    mkdirs(ctx, dir, "time_series");
    mkdirs(ctx, dir, "attributes");
    test_file(path, dir, "time_series/a.csv", "date,q (mm),p\n02/01/2000,1,2\n02/13/2000,2,5\n");
    test_file(path, dir, "time_series/b.csv", "2000-01-03,1,2\n2000-01-01,2,3\n2000-01-01,3,3\n");
    test_file(path, dir, "attributes/x.csv", "basin,area,name\na,1,A\nb,2,B\n");
    test_file(path, dir, "basins.txt", "a\nb\n");
    test_oom(everything, dir);
    test_dir_remove(dir);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(real_mopex),
                                       cmocka_unit_test(real_russia),
                                       cmocka_unit_test(plain_folder),
                                       cmocka_unit_test(generic_layout),
                                       cmocka_unit_test(one_file),
                                       cmocka_unit_test(store),
                                       cmocka_unit_test(each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
