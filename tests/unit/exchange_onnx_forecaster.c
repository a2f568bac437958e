/* Recurrent forecasters as ONNX models: raw records in, the forecaster's own predictions out, in
 * every kind of task. */
#include "forecaster_case.h"

#ifdef FRS_WITH_ONNX
#include "data/samples.h"
#include "forecaster/recurrent.h"
#include "freshet/onnx.h"

enum { SAMPLES = 40, MOST = 4 };

typedef struct raw {
    int n; /* samples */
    float *weather, *flow, *attributes, *want;
} raw;

static frs_status keep(void *arg, const frs_forecast_slice *slice) {
    float **to = arg;
    *(*to)++ = slice->values[0];
    return FRS_OK;
}

/* What a centre that knows the records would give: raw numbers, what is missing NaN. Climatology
 * and filled gaps are known only as the samples have them. */
static void fill(const recurrent *f, const frs_samples *s, int64_t i, raw *to) {
    const frs_task *t = &f->base.task;
    const int64_t W = frs_samples_window(s), C = frs_samples_channels(s), n = t->n_inputs;
    const int64_t given = frs_future_shown(t) || t->n_calendar ? W : t->seq_length;
    const int64_t S = t->kind == FRS_FORECAST ? t->seq_length : 0;
    static float x[8192], z[8192];
    assert_true(W * C <= 8192);
    frs_samples_gather(s, NULL, &i, 1,
                       &(frs_batch){.x = x, .statics = to->attributes + i * t->n_statics});
    frs_samples_gather(s, &f->scaler, &i, 1, &(frs_batch){.x = z});
    for (int64_t w = 0; w < given; w++)
        for (int64_t c = 0; c < n; c++) {
            const double known = (double)z[w * C + c] * f->scaler.in_std[c] + f->scaler.in_mean[c];
            to->weather[(i * given + w) * n + c] =
                t->mask == FRS_MASK_NONE ? (float)known : x[w * C + c];
        }
    for (int64_t w = 0; w < S; w++) to->flow[i * S + w] = x[w * C + n];
}

static raw raw_of(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s) {
    const frs_task *t = &f->task;
    const int64_t W = frs_samples_window(s), n = frs_samples_count(s);
    raw r = {.n = (int)n,
             .weather = frs__alloc(ctx, n * W * t->n_inputs, sizeof(float)),
             .flow = frs__alloc(ctx, n * W, sizeof(float)),
             .attributes = frs__alloc(ctx, n * t->n_statics + 1, sizeof(float)),
             .want = frs__alloc(ctx, n * (t->leads + 1), sizeof(float))};
    float *at = r.want;
    for (int64_t i = 0; i < n; i++) fill((const recurrent *)f, s, i, &r);
    if (t->n_codes) /* of a site that has a number; raw samples know none */
        for (int64_t i = 0; i < n; i++) {
            frs_batch b = {.statics = NULL};
            float z[FRS_MAX_VARS];
            b.statics = z;
            frs_samples_gather(s, &((const recurrent *)f)->scaler, &i, 1, &b);
            for (int c = t->n_statics - t->n_codes; c < t->n_statics; c++)
                r.attributes[i * t->n_statics + c] = z[c];
        }
    OK(f->def->predict(ctx, f, s, &(frs_sink){keep, &at}));
    return r;
}

static void raw_free(frs_ctx *ctx, raw *r) {
    frs__free(ctx, r->weather);
    frs__free(ctx, r->flow);
    frs__free(ctx, r->attributes);
    frs__free(ctx, r->want);
}

static void compare(frs_ctx *ctx, const char *path, const raw *r, bool masked) {
    frs_onnx *net;
    frs_onnx_given given[MOST] = {0};
    const float *feed[MOST] = {0}, *is;
    frs_shape shape;
    OK(frs_onnx_open(ctx, path, &net));
    for (int i = 0; i < frs_onnx_n_inputs(net); i++) {
        const frs_onnx_value v = frs_onnx_input(net, i);
        given[i].shape.rank = v.rank;
        for (int k = 0; k < v.rank; k++) given[i].shape.dim[k] = v.dim[k] < 0 ? r->n : v.dim[k];
        assert_string_equal(v.dim_name[0], "batch");
        feed[i] = strcmp(v.name, "weather") == 0     ? r->weather
                  : strcmp(v.name, "past_flow") == 0 ? r->flow
                                                     : r->attributes;
    }
    OK(frs_onnx_compile(net, given));
    OK(frs_onnx_run(net, feed));
    OK(frs_onnx_result(net, 0, &shape, &is));
    assert_int_equal(shape.dim[0], r->n);
    int64_t positive = 0;
    for (int64_t i = 0; i < frs_shape_count(shape); i++) {
        assert_near((double)is[i], (double)r->want[i], 2e-5 * (1 + fabs((double)r->want[i])));
        positive += is[i] > 0;
    }
    assert_true(positive > frs_shape_count(shape) / 4);
    for (int i = 0; i < frs_onnx_n_inputs(net) && !masked; i++) { /* its first sample is missing */
        const frs_onnx_value v = frs_onnx_input(net, i);
        if (strcmp(v.name, "past_flow") != 0) ((float *)(uintptr_t)feed[i])[0] = NAN;
    }
    OK(frs_onnx_run(net, feed));
    OK(frs_onnx_result(net, 0, &shape, &is));
    assert_true(isnan(is[0]) == !masked && !isnan(is[shape.dim[1]]));
    frs_onnx_free(net);
}

static void one(frs_ctx *ctx, const char *name, const frs_task *t) {
    static const int64_t sites[2] = {0, 1};
    const char *path = temp_path("model.onnx");
    const bool holes = t->gaps != FRS_GAPS_LEAVE;
    frs_store *store = store_with(ctx, INT64_MAX, holes);
    frs_forecaster *f = fit(ctx, frs_forecaster_find(name), store, t);
    const frs_samples_opts o = {.store = store,
                                .task = t,
                                .period = {date(2004, 5, 1), date(2004, 5, 1 + SAMPLES / 2)},
                                .sites = sites,
                                .n_sites = 2};
    frs_samples *s;
    OK(frs_samples_new(ctx, &o, &s));
    raw r = raw_of(ctx, f, s);
    OK(frs_export_onnx(ctx, f, path, NULL));
    compare(ctx, path, &r, t->mask != FRS_MASK_NONE);
    unlink(path);
    raw_free(ctx, &r);
    frs_samples_free(s);
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
}

static void every_task(void **state) {
    static const char *const names[] = {"lstm", "gru", "rnn", "ealstm"};
    frs_ctx *ctx = new_ctx();
    (void)state;
    for (int i = 0; i < N_TASKS; i++) {
        const frs_task t = tasks(i);
        one(ctx, "lstm", &t);
        if (frs_forecaster_find(names[i % 4])->serves(&t)) one(ctx, names[i % 4], &t);
    }
    for (int kind = 0; kind < 2; kind++) {
        const frs_task t = grouped(kind ? FRS_FORECAST : FRS_SIMULATION);
        one(ctx, "lstm", &t);
    }
    frs_ctx_free(ctx);
}

static void others_are_refused(void **state) {
    frs_ctx *ctx = new_ctx();
    const frs_task t = tasks(1);
    (void)state;
    frs_store *store = store_with(ctx, INT64_MAX, false);
    frs_forecaster *f = fit(ctx, frs_forecaster_find("ridge"), store, &t);
    const char *path = temp_path("model.onnx");
    assert_int_equal(frs_export_onnx(ctx, f, path, NULL), FRS_E_UNSUPPORTED);
    assert_non_null(strstr(frs_message(ctx), "only an LSTM, GRU, RNN or EA-LSTM"));
    assert_int_not_equal(access(path, F_OK), 0);
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_task),
                                       cmocka_unit_test(others_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void) {
    print_message("skipped: built without ONNX\n");
    return 0;
}
#endif
