/* The whole workflow, from text file and config to the page, with the n-th allocation failing: it
 * says so or does without, leaks nothing, never crashes; and the folder can be taken up again. */
#include "support.h"

#include "freshet/io.h"
#include "freshet/run.h"

enum { FIRST = 400, STRIDE = 37 }; /* every one of the first, then one in so many */

typedef struct job {
    char dir[256], config[512], run[512];
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
    snprintf(path, sizeof path, "%s/records/b.csv", j->dir);
    assert_ok(ctx, frs_write_csv(ctx, path, &s));
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    frs_ctx_free(ctx);
    test_file(j->config, j->dir, "run.yml",
              "experiment_name: small\ndata_dir: records\nsites: [a]\ntask: forecast\nleads: 2\n"
              "future_weather: climatology\ndynamic_inputs: [prcp, temp]\ntarget_variables: [q]\n"
              "train_start_date: 2001-03-01\ntrain_end_date: 2002-06-30\n"
              "validation_start_date: 2002-07-01\nvalidation_end_date: 2002-12-31\n"
              "test_start_date: 2003-01-01\ntest_end_date: 2003-12-31\n"
              "seq_length: 20\nhidden_size: 3\nepochs: 1\nbatch_size: 128\n"
              "upstream_gauges: {a: [b]}\n"
              "lagged_features: {prcp: [1, 2]}\nduplicate_features: [temp]\noutliers: flag\n"
              "evolving_attributes: [prcp_shift1]\nuse_basin_id_encoding: true\n"
              "custom_normalization: {prcp: {centering: median}}\ngap_policy: mask\n"
              "nan_step_probability: 0.1\nper_basin_test_periods_file: test.csv\n");
    test_file(path, j->dir, "test.csv", "a,2003-01-01,2003-06-30\na,2003-09-01,2003-12-31\n");
    snprintf(j->run, sizeof j->run, "%s/run", j->dir);
}

static frs_status once(frs_ctx *ctx, const job *j) {
    frs_config *c = NULL;
    char *folder = NULL;
    frs_status s = frs_config_load(ctx, j->config, NULL, 0, &c);
    const frs_run_opts o = {.config = c, .run_dir = j->run, .stages = FRS_STAGE_ALL};
    if (s == FRS_OK) s = frs_run(ctx, &o, &folder);
    frs_text_free(ctx, folder);
    frs_config_free(c);
    return s;
}

static frs_status again(frs_ctx *ctx, const job *j) {
    char *folder = NULL;
    const frs_run_opts o = {.run_dir = j->run, .resume = true, .stages = FRS_STAGE_ALL};
    const frs_status s = frs_run(ctx, &o, &folder);
    frs_text_free(ctx, folder);
    return s;
}

/* A folder that a failed run left is taken up: it holds a config, or nothing that matters. */
static void take_up(const job *j) {
    char path[600];
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx), FRS_OK);
    snprintf(path, sizeof path, "%s/config.yml", j->run);
    if (frs__exists(path))
        assert_ok(ctx, again(ctx, j));
    else {
        test_dir_remove(j->run);
        assert_ok(ctx, once(ctx, j));
    }
    snprintf(path, sizeof path, "%s/report.html", j->run);
    assert_true(frs__exists(path));
    frs_ctx_free(ctx);
}

static void test_run(void **unused) {
    (void)unused;
    job j;
    bool failed = true;
    int64_t n = 1, runs = 0;
    write_inputs(&j);
    for (; failed; n += n < FIRST ? 1 : STRIDE, runs++) {
        test_heap h = {.fail_at = n};
        frs_ctx *ctx = NULL;
        frs_ctx_opts o = {.threads = 1, .allocator = {test_heap_alloc, test_heap_free, &h}};
        test_dir_remove(j.run);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
