/* A whole search, from config to winner and page, with the n-th allocation failing: it says so,
 * leaks nothing, never crashes; and the folder can be taken up again. */
#include "support.h"

#include "freshet/io.h"
#include "freshet/tune.h"

enum { FIRST = 120, STRIDE = 31 }; /* every one of the first, then one in so many */

typedef struct job {
    char dir[256], config[512], folder[512];
} job;

static void write_inputs(job *j) {
    char path[512];
    frs_ctx *ctx = NULL;
    frs_series s = {0}, truth = {0};
    const frs_synth_opts o = {.seed = 1, .years = 3, .start_year = 2001};
    test_dir(j->dir);
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_ok(ctx, frs_synth(ctx, &o, "a", &s, &truth));
    snprintf(path, sizeof path, "%s/records", j->dir);
    assert_ok(ctx, frs__mkdirs(ctx, path));
    snprintf(path, sizeof path, "%s/records/a.csv", j->dir);
    assert_ok(ctx, frs_write_csv(ctx, path, &s));
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    frs_ctx_free(ctx);
    test_file(j->config, j->dir, "run.yml",
              "experiment_name: small\ndata_dir: records\nforecasters: [lstm]\n"
              "dynamic_inputs: [prcp, temp]\ntarget_variables: [q]\n"
              "train_start_date: 2001-03-01\ntrain_end_date: 2001-12-31\n"
              "validation_start_date: 2002-07-01\nvalidation_end_date: 2002-12-31\n"
              "test_start_date: 2003-01-01\ntest_end_date: 2003-06-30\n"
              "seq_length: 10\nhidden_size: 2\nepochs: 2\nbatch_size: 128\n"
              "tune:\n  trials: 3\n  eta: 2\n  method: halving\n  search:\n"
              "    hidden_size: [2, 3]\n    learning_rate: {log: [1e-3, 1e-1]}\n");
    snprintf(j->folder, sizeof j->folder, "%s/tuning", j->dir);
}

static frs_status search(frs_ctx *ctx, const job *j, const frs_config *c) {
    frs_tune *t = NULL;
    int64_t left = 0;
    frs_status s = frs_tune_open(ctx, &(frs_tune_opts){c, j->folder}, &t);
    while (s == FRS_OK && (s = frs_tune_next(t, &left)) == FRS_OK && left > 0)
        s = frs_tune_work(ctx, j->folder);
    if (s == FRS_OK) s = frs_tune_finish(t);
    frs_tune_close(t);
    return s;
}

static frs_status once(frs_ctx *ctx, const job *j) {
    frs_config *c = NULL;
    frs_status s = frs_config_load(ctx, j->config, NULL, 0, &c);
    if (s == FRS_OK) s = search(ctx, j, c);
    frs_config_free(c);
    return s;
}

/* A folder that a failed search left is taken up: it holds a config, or nothing that matters. */
static void take_up(const job *j) {
    char path[600];
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx), FRS_OK);
    snprintf(path, sizeof path, "%s/config.yml", j->folder);
    if (frs__exists(path))
        assert_ok(ctx, search(ctx, j, NULL));
    else
        assert_ok(ctx, once(ctx, j));
    snprintf(path, sizeof path, "%s/tune.html", j->folder);
    assert_true(frs__exists(path));
    frs_ctx_free(ctx);
}

static void test_search(void **unused) {
    (void)unused;
    job j;
    bool failed = true;
    int64_t n = 1, runs = 0;
    write_inputs(&j);
    for (; failed; n += n < FIRST ? 1 : STRIDE, runs++) {
        test_heap h = {.fail_at = n};
        frs_ctx *ctx = NULL;
        frs_ctx_opts o = {.threads = 1, .allocator = {test_heap_alloc, test_heap_free, &h}};
        test_dir_remove(j.folder);
        frs_status s = frs_ctx_new(&o, &ctx);
        if (s == FRS_OK) {
            s = once(ctx, &j);
            if (s != FRS_OK && s != FRS_E_NOMEM)
                print_error("allocation %lld: %s: %s\n", (long long)n, frs_status_name(s),
                            frs_message(ctx));
            failed = h.failed;
            test_ctx_free(ctx, &h);
        }
        assert_true(s == FRS_OK || (s == FRS_E_NOMEM && h.failed));
        if (failed && n % 50 == 0) take_up(&j);
    }
    print_message("%lld runs, %lld allocations\n", (long long)runs, (long long)n);
    test_dir_remove(j.dir);
}

int main(void) {
#ifndef FRS_SQLITE_SO
    print_message("skipped: built without SQLite\n");
    (void)test_search;
    return 0;
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_search)};
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
