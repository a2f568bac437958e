/* The whole workflow, from text file and config to the page, with the n-th allocation failing. */
#include "folder_oom.h"

static const char config[] =
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
    "nan_step_probability: 0.1\nper_basin_test_periods_file: test.csv\n";

static frs_status once(frs_ctx *ctx, const folder_job *j) {
    frs_config *c = NULL;
    char *folder = NULL;
    frs_status s = frs_config_load(ctx, j->config, NULL, 0, &c);
    const frs_run_opts o = {.config = c, .run_dir = j->folder, .stages = FRS_STAGE_ALL};
    if (s == FRS_OK) s = frs_run(ctx, &o, &folder);
    frs_text_free(ctx, folder);
    frs_config_free(c);
    return s;
}

static frs_status again(frs_ctx *ctx, const folder_job *j) {
    char *folder = NULL;
    const frs_run_opts o = {.run_dir = j->folder, .resume = true, .stages = FRS_STAGE_ALL};
    const frs_status s = frs_run(ctx, &o, &folder);
    frs_text_free(ctx, folder);
    return s;
}

static void test_run(void **unused) {
    (void)unused;
    const folder_work work = {"report.html", once, again, 400, 37};
    folder_job j;
    char path[512];
    folder_inputs(&j, config);
    test_file(path, j.dir, "test.csv", "a,2003-01-01,2003-06-30\na,2003-09-01,2003-12-31\n");
    folder_oom(&j, &work);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
