/* Every public call of src/data with the n-th allocation failing: no crash, no leak, and the file
 * of a store that was not finished does not appear. */
#include "support.h"

#include "data/data.h"
#include <math.h>

static frs_status make_statics(frs_ctx *ctx, frs_statics *s) {
    static const char *const sites[] = {"a", "b", "none"};
    *s = (frs_statics){.n_sites = 3, .n_attrs = 2};
    s->sites = frs__alloc(ctx, 3, sizeof *s->sites);
    s->names = frs__alloc(ctx, 2, sizeof *s->names);
    s->values = frs__alloc(ctx, 6, sizeof *s->values);
    if (!s->sites || !s->names || !s->values) return FRS_E_NOMEM;
    for (int i = 0; i < 3; i++) snprintf(s->sites[i], 64, "%s", sites[i]);
    snprintf(s->names[0], 64, "area");
    snprintf(s->names[1], 64, "q_mean");
    for (int i = 0; i < 6; i++) s->values[i] = (float)i;
    return FRS_OK;
}

static frs_status prepare(frs_ctx *ctx, frs_series *s) {
    static const frs_copies copies = {"prcp", 2};
    static const frs_lag lag = {"q", 1};
    static const frs_holdout hole = {"pet", 0.1, 3};
    static const char used[][64] = {"prcp", "q"};
    const frs_period all = {INT64_MIN, INT64_MAX};
    const frs_prepare p = {.resample = {2 * FRS_DAY_S, FRS_STEP_SECOND},
                           .outliers = FRS_OUTLIERS_MISSING,
                           .outlier_factor = 0.1,
                           .target = "q",
                           .used = used,
                           .copies = &copies,
                           .lags = &lag,
                           .holdouts = &hole,
                           .n_used = 2,
                           .n_copies = 1,
                           .n_lags = 1,
                           .n_holdouts = 1,
                           .calendar = true};
    frs_findings f = {0};
    const frs_status st = frs_prepare_series(ctx, &p, (frs_periods){1, &all}, true, s, &f);
    if (st == FRS_OK) assert_true(f.n > 0 && s->n_vars == 11);
    frs_findings_free(ctx, &f);
    return st;
}

static frs_status add_site(frs_ctx *ctx, frs_store_writer *w, const char *site) {
    frs_series s = {0}, truth = {0};
    frs_synth_opts o = {.seed = 1, .years = 2, .gap_share = 0.2};
    frs_status st = frs_synth(ctx, &o, site, &s, &truth);
    const frs_upstream u = {.target = "q", .n_columns = 2, .n_gauges = 1, .gauges = &truth};
    if (st == FRS_OK) snprintf(truth.vars[0].name, sizeof truth.vars[0].name, "q");
    if (st == FRS_OK) st = frs_prepare_upstream(ctx, &u, &s);
    if (st == FRS_OK) st = prepare(ctx, &s);
    if (st == FRS_OK) st = frs_store_add(w, &s);
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    return st;
}

static frs_status write_store(frs_ctx *ctx, const char *path) {
    frs_statics statics;
    frs_store_writer *w = NULL;
    frs_status st = make_statics(ctx, &statics);
    if (st == FRS_OK) st = frs_store_create(ctx, path, &statics, &w);
    if (st == FRS_OK) st = add_site(ctx, w, "a");
    if (st == FRS_OK) st = add_site(ctx, w, "b");
    if (st == FRS_OK)
        st = frs_store_finish(w);
    else
        frs_store_abort(w);
    frs_statics_free(ctx, &statics);
    return st;
}

static frs_task task(void) {
    return (frs_task){.kind = FRS_FORECAST,
                      .n_inputs = 2,
                      .inputs = {"prcp", "temp"},
                      .n_statics = 1,
                      .statics = {"area"},
                      .target = "q",
                      .seq_length = 30,
                      .leads = 5,
                      .in_norm = {{FRS_CENTRE_MEDIAN, FRS_SCALING_MINMAX}},
                      .gaps = FRS_GAPS_LINEAR,
                      .max_gap = 3,
                      .future = FRS_FUTURE_CLIMATOLOGY,
                      .past_target = true};
}

static frs_status learn(frs_ctx *ctx, const frs_store *store) {
    const frs_task t = task();
    const int64_t sites[] = {0, 1}, index[] = {0, 40};
    const frs_period all = {INT64_MIN, INT64_MAX}, left_out = {0, 1000};
    frs_samples *s = NULL;
    frs_scaler k = {0};
    float x[2 * 35 * 5], y[10], std[2], statics[2 * FRS_MAX_VARS];
    frs_status st = frs_samples_new(ctx,
                                    &(frs_samples_opts){.store = store,
                                                        .task = &t,
                                                        .period = all,
                                                        .sites = sites,
                                                        .n_sites = 2,
                                                        .for_training = true,
                                                        .exclude = &left_out,
                                                        .n_exclude = 1},
                                    &s);
    if (st == FRS_OK) st = frs_scaler_fit(ctx, s, &k);
    if (st == FRS_OK) {
        assert_int_equal(frs_samples_window(s) * frs_samples_channels(s), 35 * 5);
        frs_samples_gather(s, &k, index, 2,
                           &(frs_batch){.x = x, .statics = statics, .y = y, .site_std = std});
        for (int i = 0; i < 2 * 35 * 5; i++) assert_true(isfinite(x[i]));
    }
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    return st;
}

static frs_status wrong_name(frs_ctx *ctx, const frs_store *store) {
    frs_task t = task();
    const int64_t site = 0;
    snprintf(t.inputs[1], 64, "tmep");
    frs_samples *s = NULL;
    frs_status st = frs_samples_new(
        ctx, &(frs_samples_opts){.store = store, .task = &t, .sites = &site, .n_sites = 1}, &s);
    assert_null(s);
    return st == FRS_E_INPUT ? FRS_OK : st;
}

static frs_status look(frs_ctx *ctx, const frs_store *store) {
    const int64_t sites[] = {0, 1};
    const frs_check_opts o = {
        .precipitation = "prcp", .target = "q", .training = {0, 400 * INT64_C(1000000)}};
    frs_findings f = {0};
    frs_status st = FRS_OK;
    for (int k = 0; k < 20 && st == FRS_OK; k++) { /* so many that the list grows */
        st = frs_check_site(ctx, store, k % 2, &o, &f);
        if (st == FRS_OK) st = frs_check_statics(ctx, store, sites, 2, &o, &f);
    }
    frs_findings_free(ctx, &f);
    return st;
}

static frs_status everything(frs_ctx *ctx, void *arg) {
    const char *path = arg;
    unlink(path);
    frs_status written = write_store(ctx, path);
    assert_int_equal(frs__exists(path), written == FRS_OK);
    FRS_TRY(written);
    frs_store *store = NULL;
    FRS_TRY(frs_store_open(ctx, path, &store));
    frs_status st = learn(ctx, store);
    if (st == FRS_OK) st = wrong_name(ctx, store);
    if (st == FRS_OK) st = look(ctx, store);
    frs_store_close(store);
    return st;
}

static void each_allocation_fails(void **state) {
    (void)state;
    char path[256];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/freshet-oom-%ld.frs", dir ? dir : "/tmp", (long)getpid());
    test_oom(everything, path);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
