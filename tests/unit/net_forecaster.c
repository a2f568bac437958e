/* The forecaster net: layers of a config on the windows of the recurrent nets. What holds for every
 * forecaster is in forecasters.c. */
#include "forecaster_there.h"

#include "data_help.h"
#include "forecaster/forecaster.h"
#include "forecaster/layered_net.h"
#include "net/net.h"

enum { SEQ = 20, LEADS = 3, MAX_SETS = 16 };

typedef struct world {
    frs_ctx *ctx;
    frs_store *store;
    frs_task task;
    frs_samples *training, *test;
} world;

static frs_samples *samples(const world *w, int y0, int y1) {
    static const int64_t sites[2] = {0, 1};
    const frs_samples_opts o = {.store = w->store,
                                .task = &w->task,
                                .period = {date(y0, 3, 1), date(y1, 12, 31)},
                                .sites = sites,
                                .n_sites = 2,
                                .for_training = true};
    frs_ctx *ctx = w->ctx;
    frs_samples *s;
    OK(frs_samples_new(ctx, &o, &s));
    return s;
}

static frs_task task_of(frs_task_kind kind, int statics) {
    return (frs_task){.kind = kind,
                      .n_inputs = 2,
                      .n_statics = statics,
                      .inputs = {"prcp", "temp"},
                      .statics = {"area", "slope"},
                      .target = "q",
                      .seq_length = SEQ,
                      .leads = kind == FRS_FORECAST ? LEADS : 0,
                      .predict_last_n = 1,
                      .past_target = kind == FRS_FORECAST};
}

static world world_of(frs_task task) {
    const char *names[2] = {"a", "b"};
    frs_series s[2], truth;
    world w = {.ctx = new_ctx(), .task = task};
    frs_ctx *ctx = w.ctx;
    for (int i = 0; i < 2; i++) {
        const frs_synth_opts o = {.seed = (uint64_t)(7 + i), .years = 3, .start_year = 2001};
        OK(frs_synth(ctx, &o, names[i], &s[i], &truth));
        frs_series_free(ctx, &truth);
    }
    frs_statics st = make_statics(ctx, names, 2, "area", "slope");
    w.store = pack(ctx, s, 2, &st);
    frs_series_free(ctx, &s[0]);
    frs_series_free(ctx, &s[1]);
    frs_statics_free(ctx, &st);
    w.training = samples(&w, 2001, 2001);
    w.test = samples(&w, 2003, 2003);
    return w;
}

static void end(world *w) {
    frs_samples_free(w->training);
    frs_samples_free(w->test);
    frs_store_close(w->store);
    frs_ctx_free(w->ctx);
}

/* more: "key=value" up to NULL */
static frs_config *config(const world *w, const char *const *more) {
    const char *sets[MAX_SETS] = {"hidden_size=5", "epochs=2", "batch_size=64",
                                  "learning_rate=1e-2"};
    frs_ctx *ctx = w->ctx;
    frs_config *c;
    int64_t n = 4;
    for (; more && *more; more++) sets[n++] = *more;
    OK(frs_config_load(ctx, NULL, sets, n, &c));
    return c;
}

/* What to fit: a name of the config, or NULL, which is `model`; where, how far. */
typedef struct fitting {
    const char *name, *dir;
    int64_t stop_after;
    bool resume;
} fitting;

static frs_forecaster *fit(const world *w, const char *const *more, fitting how) {
    frs_ctx *ctx = w->ctx;
    frs_config *c = config(w, more);
    const frs_fit_args a = {.training = w->training,
                            .config = c,
                            .seed = 3,
                            .run_dir = how.dir,
                            .resume = how.resume,
                            .stop_after = how.stop_after};
    frs_forecaster *f = NULL;
    const frs_candidate k = how.name ? frs__candidate_find(c, how.name) : frs__candidate_model(c);
    OK(frs__candidate_fit(ctx, k, &a, &f));
    frs_config_free(c);
    return f;
}

static frs_archive predict(const world *w, const frs_forecaster *f) {
    frs_ctx *ctx = w->ctx;
    frs_archive a;
    OK(frs_archive_new(ctx, w->test, &a));
    const frs_sink sink = frs_archive_sink(&a);
    OK(f->def->predict(ctx, f, w->test, &sink));
    return a;
}

/* The largest difference, of so many predictions. */
static double difference(const world *w, const frs_forecaster *f, const frs_forecaster *g) {
    frs_archive a = predict(w, f), b = predict(w, g);
    double most = 0;
    int64_t n = 0;
    for (int64_t i = 0; i < a.n_sites * a.n_issues * a.n_leads; i++) {
        assert_int_equal(isnan(a.values[i]), isnan(b.values[i]));
        if (isnan(a.values[i])) continue;
        const double d = fabs((double)a.values[i] - (double)b.values[i]);
        assert_true(isfinite(d));
        most = d > most ? d : most;
        n++;
    }
    assert_true(n > 100);
    frs_archive_free(w->ctx, &a);
    frs_archive_free(w->ctx, &b);
    return most;
}

/* ---- an LSTM by its layers is the LSTM */

static void same_as_lstm(frs_task task, const char *layers, double limit) {
    world w = world_of(task);
    const char *const own[] = {layers, "output_dropout=0.3", "initial_forget_bias=3", NULL};
    const char *const lstm[] = {"output_dropout=0.3", "initial_forget_bias=3", NULL};
    frs_forecaster *f = fit(&w, own, (fitting){0}), *g = fit(&w, lstm, (fitting){0});
    assert_string_equal(f->def->name, "net");
    assert_string_equal(g->def->name, "lstm");
    assert_true(difference(&w, f, g) <= limit);
    frs_forecaster_free(w.ctx, f);
    frs_forecaster_free(w.ctx, g);
    end(&w);
}

static void test_lstm(void **state) {
    (void)state;
    static const char last[] = "model=[{type: lstm, units: hidden_size, forget_bias: 3}]";
    static const char all[] =
        "model=[{type: lstm, units: hidden_size, forget_bias: 3, sequences: true}]";
    frs_task several = task_of(FRS_SIMULATION, 0);
    several.predict_last_n = 4;
    same_as_lstm(task_of(FRS_SIMULATION, 0), last, 0);
    same_as_lstm(task_of(FRS_FORECAST, 0), all, 0);
    same_as_lstm(several, all, 0);
    /* attributes at every step in place of once: the same sums in another order */
    same_as_lstm(task_of(FRS_SIMULATION, 2), last, 1e-3);
}

/* ---- inputs by name */

static void test_inputs(void **state) {
    (void)state;
    world w = world_of(task_of(FRS_FORECAST, 2));
    const char *const sets[] = {
        "nets={both: [{type: lstm, units: 4, from: dynamic}, {type: dense, units: 3, from: static, "
        "name: of_site}, {type: concat, from: [lstm_1, of_site]}], plain: [{type: lstm, units: 4, "
        "from: dynamic}]}",
        "model=plain", NULL};
    frs_forecaster *both = fit(&w, sets, (fitting){.name = "both"});
    frs_forecaster *plain = fit(&w, sets, (fitting){.name = "plain"});
    frs_forecaster *model = fit(&w, sets, (fitting){0});
    assert_string_equal(frs_forecaster_name(both), "both");
    assert_string_equal(frs_forecaster_name(model), "plain");
    assert_string_equal(frs_forecaster_title(both), "both");
    assert_true(difference(&w, plain, model) == 0);
    assert_true(difference(&w, both, plain) > 1e-3);
    frs_forecaster_free(w.ctx, both);
    frs_forecaster_free(w.ctx, plain);
    frs_forecaster_free(w.ctx, model);
    end(&w);
}

/* ---- the end of a net: what gets a head, of which shape */

static void head_is(const world *w, const char *layers, const char *shape) {
    frs_ctx *ctx = w->ctx;
    char set[512], found[64] = "none";
    const char *const sets[] = {set, NULL}, *name = NULL;
    snprintf(set, sizeof set, "model=[%s]", layers);
    frs_config *c = config(w, sets);
    const frs_layered_sizes sizes = frs__layered_sizes(c, &w->task);
    frs_net *net = NULL;
    frs_model *m = NULL;
    OK(frs__layered_read(ctx, c, &w->task, &name, &net));
    OK(frs__layered_model(ctx, net, &sizes, 1, &m));
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        if (strcmp(p.name, "head.weight") == 0)
            snprintf(found, sizeof found, "%lld x %lld", (long long)p.shape.dim[0],
                     (long long)p.shape.dim[1]);
    }
    if (strcmp(found, shape) != 0) print_error("%s\n", layers);
    assert_string_equal(found, shape);
    frs_model_free(m);
    frs_net_free(net);
    frs_config_free(c);
}

static void test_heads(void **state) {
    (void)state;
    world w = world_of(task_of(FRS_FORECAST, 0)); /* windows of 23 steps, 5 channels, 3 leads */
    head_is(&w, "{type: flatten}", "3 x 115");
    head_is(&w, "{type: flatten}, {type: dense, units: 3}", "none");
    head_is(&w, "{type: dense, units: 1}", "none"); /* of every step: its last three */
    head_is(&w,
            "{type: global_average_pool}, {type: dense, units: 3}, {type: activation, "
            "activation: softplus}",
            "none");
    head_is(&w, "{type: conv, filters: 6, kernel: 3, padding: same}", "1 x 6");
    head_is(&w, "{type: conv, filters: 6, kernel: 3}, {type: global_max_pool}", "3 x 6");
    head_is(&w, "{type: lstm, units: 3}", "3 x 3"); /* as wide as the flow, but a state */
    head_is(&w, "{type: gru, units: 7, sequences: true, bidirectional: true}", "1 x 14");
    end(&w);
    w = world_of(task_of(FRS_SIMULATION, 0));
    head_is(&w, "{type: conv, filters: 6, kernel: 3, stride: 2}", "1 x 6"); /* of its last step */
    head_is(&w, "{type: lstm, units: 1}", "1 x 1");
    end(&w);
}

/* ---- what is wrong */

static void refused(const world *w, const char *const *sets, const char *words) {
    frs_ctx *ctx = w->ctx;
    frs_config *c = config(w, sets);
    frs_status s = frs__nets_check(ctx, c, &w->task);
    if (s == FRS_OK) s = frs__candidate_check(ctx, c, frs__candidate_model(c), &w->task);
    if (s != FRS_E_INPUT || !strstr(frs_message(ctx), words)) {
        print_error("%s: %s, expected '%s'\n", frs_status_name(s), frs_message(ctx), words);
        fail();
    }
    frs_config_free(c);
}

static void test_wrong(void **state) {
    (void)state;
    static const char *const table[][2] = {
        {"model=[]", "--set: layers: expected a list of 1 to 4096 layers"},
        {"model=[conv]", "expected 'type: ..' and fields, found 'conv'"},
        {"model=[{units: 4}]", "without a type"},
        {"model=[{type: denze, units: 3}]", "no layer of type 'denze': did you mean 'dense'?"},
        {"model=[{type: dense, units: many}]", "units: expected a whole number, found 'many'"},
        {"model=[{type: dense, units: seq_length}, {type: dense, units: 7}]",
         "--set: dense_2: it makes [23, 7] of a sample, but the flow is [3], or [23, 1]"},
        {"model=[{type: flatten}, {type: dense, units: 2}]",
         "dense_1: it makes [2] of a sample, but the flow is [3]"},
        {"model=[{type: conv, filters: 4, kernel: 3}]",
         "conv_1: it makes [21, 4] of a sample, but the flow is [3], or [23, 1] of all steps"},
        {"model=[{type: conv, filters: 4, kernel: 30}]",
         "a window of 30 along spatial axis 0 does not fit; the inputs have shapes [1, 23, 5]"},
        {"model=[{type: lstm, units: 4, name: x}]", "there is a 'x' already"},
        {"model=[{type: lstm, units: 4, from: static}]", "no layer or input 'static'"},
        {"nets=[{type: lstm, units: 4}]", "nets: expected {name: [layers]}"},
        {"nets={lstm: [{type: lstm, units: 4}]}", "there is a forecaster 'lstm' already"},
        {"nets={members_mean: [{type: lstm, units: 4}]}", "already"},
        {"nets={cnn: [{type: lstm, units: 4}], cnn_2: [{type: lstm, units: 4}]}",
         "'cnn_2' is what a member of an ensemble is called"},
        {"nets={my net: [{type: lstm, units: 4}]}", "'my net': a name has 1 to 30"},
        {"nets={cnn: {type: conv}}", "expected a list of 1 to 4096 layers"},
    };
    world w = world_of(task_of(FRS_FORECAST, 0));
    for (int i = 0; i < FRS_LEN(table); i++)
        refused(&w, (const char *const[]){table[i][0], NULL}, table[i][1]);
    frs_ctx *ctx = w.ctx;
    frs_config *c = config(&w, NULL); /* named, but nothing says what it is */
    assert_int_equal(frs__candidate_check(ctx, c, frs__candidate_find(c, "net"), &w.task),
                     FRS_E_INPUT);
    assert_non_null(strstr(frs_message(ctx), "the forecaster net needs layers"));
    frs_config_free(c);
    end(&w);
}

/* ---- interrupted after any epoch, saved, loaded: the same bits. Running statistics and dropout
 * among them. */

static void test_resume(void **state) {
    (void)state;
    static const char layers[] =
        "model=[{type: conv, filters: 6, kernel: 5, activation: relu}, {type: batch_norm}, {type: "
        "dropout, rate: 0.2}, {type: attention, heads: 2}, {type: layer_norm}, {type: "
        "spatial_dropout, rate: 0.2}, {type: lstm, units: 4}]";
    const char *const sets[] = {layers,     "epochs=3", "optimizer=AdamW", "clip_gradient_norm=1",
                                "loss=NSE", NULL};
    world w = world_of(task_of(FRS_SIMULATION, 2));
    frs_ctx *ctx = w.ctx;
    char dir[] = "/tmp/net-forecaster-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    frs_forecaster *whole = fit(&w, sets, (fitting){0}), *back = NULL;
    for (int64_t epoch = 1; epoch <= 2; epoch++)
        frs_forecaster_free(
            ctx, fit(&w, sets, (fitting){.dir = dir, .stop_after = epoch, .resume = true}));
    frs_forecaster *f = fit(&w, sets, (fitting){.dir = dir, .resume = true});
    assert_true(difference(&w, whole, f) == 0);
    snprintf(path, sizeof path, "%s/net.frs", dir);
    OK(f->def->save(ctx, f, path));
    OK(frs_forecaster_load(ctx, path, &back));
    assert_string_equal(frs_forecaster_name(back), "net");
    assert_true(difference(&w, whole, back) == 0);
    assert_true(difference(&w, back, back) == 0); /* nothing is drawn when predicting */
    frs_forecaster_free(ctx, whole);
    frs_forecaster_free(ctx, f);
    frs_forecaster_free(ctx, back);
    frs__remove(path);
    snprintf(path, sizeof path, "%s/checkpoint-net.frs", dir);
    assert_true(frs__exists(path));
    frs__remove(path);
    snprintf(path, sizeof path, "%s/models", dir);
    rmdir(path);
    assert_int_equal(rmdir(dir), 0);
    end(&w);
}

/* ---- every loss that the nets know */

static void test_losses(void **state) {
    (void)state;
    static const char *const losses[] = {"MSE",   "RMSE",    "NSE",          "KGE",
                                         "Huber", "Pinball", "PeakWeighted", "Focal"};
    world w = world_of(task_of(FRS_FORECAST, 0));
    for (int i = 0; i < FRS_LEN(losses); i++) {
        char set[32];
        snprintf(set, sizeof set, "loss=%s", losses[i]);
        const char *const sets[] = {
            "model=[{type: conv, filters: 4, kernel: 5, activation: relu}, {type: flatten}]", set,
            "epochs=20", "batch_size=1000", NULL};
        frs_forecaster *f = fit(&w, sets, (fitting){0});
        const frs_history *h = f->def->history(f);
        assert_int_equal(h->n, 20);
        assert_true(h->items[19].training_loss < h->items[0].training_loss);
        frs_forecaster_free(w.ctx, f);
    }
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),  cmocka_unit_test(test_inputs), cmocka_unit_test(test_heads),
        cmocka_unit_test(test_wrong), cmocka_unit_test(test_resume), cmocka_unit_test(test_losses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
