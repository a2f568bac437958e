/* A whole search, from config to winner and page, with the n-th allocation failing. */
#include "folder_oom.h"

#include "freshet/tune.h"

static const char config[] =
    "experiment_name: small\ndata_dir: records\nsites: [a]\nforecasters: [lstm]\n"
    "dynamic_inputs: [prcp, temp]\ntarget_variables: [q]\n"
    "train_start_date: 2001-03-01\ntrain_end_date: 2001-12-31\n"
    "validation_start_date: 2002-07-01\nvalidation_end_date: 2002-12-31\n"
    "test_start_date: 2003-01-01\ntest_end_date: 2003-06-30\n"
    "seq_length: 10\nhidden_size: 2\nepochs: 2\nbatch_size: 128\n"
    "tune:\n  trials: 3\n  eta: 2\n  method: halving\n  search:\n"
    "    hidden_size: [2, 3]\n    learning_rate: {log: [1e-3, 1e-1]}\n";

static frs_status search(frs_ctx *ctx, const folder_job *j, const frs_config *c) {
    frs_tune *t = NULL;
    int64_t left = 0;
    frs_status s = frs_tune_open(ctx, &(frs_tune_opts){c, j->folder}, &t);
    while (s == FRS_OK && (s = frs_tune_next(t, &left)) == FRS_OK && left > 0)
        s = frs_tune_work(ctx, j->folder);
    if (s == FRS_OK) s = frs_tune_finish(t);
    frs_tune_close(t);
    return s;
}

static frs_status once(frs_ctx *ctx, const folder_job *j) {
    frs_config *c = NULL;
    frs_status s = frs_config_load(ctx, j->config, NULL, 0, &c);
    if (s == FRS_OK) s = search(ctx, j, c);
    frs_config_free(c);
    return s;
}

static frs_status again(frs_ctx *ctx, const folder_job *j) {
    return search(ctx, j, NULL);
}

static void test_search(void **unused) {
    (void)unused;
    const folder_work work = {"tune.html", once, again, 120, 31};
    folder_job j;
    folder_inputs(&j, config);
    folder_oom(&j, &work);
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
