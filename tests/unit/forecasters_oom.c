/* Every forecaster fitted, saved, loaded, described, asked and streamed with the n-th allocation
 * failing: no crash, no leak, no half a file. */
#include "support.h"

#include "forecaster_there.h"

#include "forecaster/forecaster.h"
#include "freshet/config.h"
#include <math.h>
#include <sys/stat.h>

typedef struct job {
    const frs_forecaster_def *def;
    frs_task task;
    const frs_store *store;
    char path[512];
} job;

static frs_status record(frs_ctx *ctx, const char *path) {
    frs_series s = {0}, truth = {0};
    frs_store_writer *w = NULL;
    const frs_synth_opts o = {.seed = 1, .years = 2, .start_year = 2001};
    frs_status st = frs_synth(ctx, &o, "a", &s, &truth);
    if (st == FRS_OK) st = frs_store_create(ctx, path, NULL, &w);
    if (st == FRS_OK) st = frs_store_add(w, &s);
    if (st == FRS_OK) st = frs_store_finish(w);
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    return st;
}

static frs_status use(frs_ctx *ctx, const job *j, const frs_forecaster *f, const frs_samples *s) {
    char *text = NULL;
    frs_archive a = {0}, o = {0};
    frs_status st = f->def->describe(ctx, f, &text);
    frs_text_free(ctx, text);
    if (st == FRS_OK) st = frs_archive_new(ctx, s, &a);
    const frs_sink sink = frs_archive_sink(&a);
    if (st == FRS_OK) st = f->def->predict(ctx, f, s, &sink);
    if (st == FRS_OK) st = frs_archive_observed(ctx, s, &o);
    void *state = frs__alloc(ctx, 1, f->def->state_size(f));
    if (!state) st = FRS_E_NOMEM;
    const float weather[2] = {1, 2};
    float out[2];
    if (st == FRS_OK) st = f->def->state_init(ctx, f, "a", NULL, state);
    if (st == FRS_OK) st = f->def->state_step(ctx, f, state, 0, weather, 3);
    if (st == FRS_OK) st = f->def->state_predict(ctx, f, state, NULL, out);
    if (st == FRS_OK) st = frs_state_snapshot(ctx, f, state, j->path);
    if (st == FRS_OK) st = frs_state_restore(ctx, f, j->path, state);
    frs__remove(j->path);
    frs__free(ctx, state);
    frs_archive_free(ctx, &a);
    frs_archive_free(ctx, &o);
    return st;
}

static frs_status life(frs_ctx *ctx, void *arg) {
    const job *j = arg;
    static const int64_t site = 0;
    const char *const sets[] = {"hidden_size=3",      "epochs=1",
                                "batch_size=256",     "trees_rounds=4",
                                "ensemble_members=2", test_forecaster_set(j->def->name)};
    const int64_t n_sets = FRS_LEN(sets) - !sets[5];
    const frs_samples_opts o = {
        .store = j->store,
        .task = &j->task,
        .period = {frs_time_from_civil((frs_civil){.year = 2001, .month = 6, .day = 1}),
                   frs_time_from_civil((frs_civil){.year = 2002, .month = 6, .day = 1})},
        .sites = &site,
        .n_sites = 1,
        .for_training = true};
    frs_samples *s = NULL;
    frs_config *c = NULL;
    frs_forecaster *f = NULL, *g = NULL;
    frs_status st = frs_samples_new(ctx, &o, &s);
    if (st == FRS_OK) st = frs_config_load(ctx, NULL, sets, n_sets, &c);
    const frs_fit_args a = {.training = s, .config = c, .seed = 1};
    if (st == FRS_OK) st = j->def->fit(ctx, &a, &f);
    if (st == FRS_OK) st = j->def->save(ctx, f, j->path);
    if (st == FRS_OK) st = frs_forecaster_load(ctx, j->path, &g);
    frs__remove(j->path);
    if (st == FRS_OK) st = use(ctx, j, g, s);
    frs_forecaster_free(ctx, f);
    frs_forecaster_free(ctx, g);
    frs_config_free(c);
    frs_samples_free(s);
    assert_false(frs__exists(j->path));
    return st;
}

static void test_lives(void **unused) {
    (void)unused;
    char dir[256], path[512];
    frs_ctx *ctx = NULL;
    frs_store *store = NULL;
    test_dir(dir);
    snprintf(path, sizeof path, "%s/store.frs", dir);
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_ok(ctx, record(ctx, path));
    assert_ok(ctx, frs_store_open(ctx, path, &store));
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        job j = {.def = frs_forecaster_at(k), .store = store};
        j.task = (frs_task){.kind = FRS_FORECAST,
                            .n_inputs = 2,
                            .inputs = {"prcp", "temp"},
                            .target = "q",
                            .seq_length = 20,
                            .leads = 2,
                            .future = FRS_FUTURE_CLIMATOLOGY,
                            .past_target = true};
        if (strcmp(j.def->name, "esp") == 0) j.task.future = FRS_FUTURE_ESP;
        if (!test_forecaster_there(j.def->name)) continue;
        if (!j.def->serves(&j.task))
            continue; /* EA-LSTM needs attributes; its code is the LSTM's */
        snprintf(j.path, sizeof j.path, "%s/%s.frs", dir, j.def->name);
        test_oom(life, &j);
    }
    char **names;
    int64_t n;
    assert_ok(ctx, frs__list_dir(ctx, dir, &names, &n));
    assert_int_equal(n, 1); /* the store: nothing half-written beside it */
    frs__free(ctx, names);
    frs_store_close(store);
    frs_ctx_free(ctx);
    test_dir_remove(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
