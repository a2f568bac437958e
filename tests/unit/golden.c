/* Nets, losses and optimisers beside PyTorch's: values of tests/golden/torch, which
 * tools/golden_torch.py makes. In double each element within 1e-9; in float each tensor within 1e-5
 * in the 2-norm, 1e-4 after ten optimiser steps (STEPS there). */
#include "golden_file.h"

#include "forecaster/lagged_nets.h"
#include "freshet/train.h"

enum { STEPS = 10 };

/* As FIELDS of the script, then its EXTRA, which the recurrent nets' files have not. */
typedef struct golden_case {
    double layers, hidden, features, steps, batch, outputs, loss, optimiser, momentum, clip;
    double forget_bias, missing, amplitude, cell, both, statics;
    double net, last_flow, code;
} golden_case;
enum { RECURRENT, MLP, AUTOENCODER, N_EXTRA = 3 };

typedef struct golden {
    golden_file f;
    golden_case c;
    const double *rates;
} golden;

static const char *const names[] = {
    "dense_adam",  "dense_sgd",  "lstm_1",      "lstm_5",           "lstm_20",
    "lstm_20_two", "lstm_5_two", "lstm_6_both", "lstm_64",          "gru_1",
    "gru_20",      "gru_7_both", "rnn_tanh",    "rnn_relu",         "ealstm_20",
    "mlp_adam",    "mlp_sgd",    "mlp_nse",     "autoencoder_adam", "autoencoder_rmsprop"};

static void golden_read(golden *g, const char *name) {
    *g = (golden){0};
    golden_open(&g->f, "torch", name);
    const int64_t all = sizeof g->c / sizeof(double), n = golden_find(&g->f, "case")->n;
    assert_true(n == all || n == all - N_EXTRA);
    memcpy(&g->c, golden_find(&g->f, "case")->data, (size_t)n * sizeof(double));
    g->rates = golden_find(&g->f, "rates")->data;
}

typedef struct net {
    golden_case c;
    double dropout;
} net;

/* Cells as the script counts them. */
enum { LSTM, GRU, RNN_TANH, RNN_RELU, EALSTM };
static frs_tensor *recurrent(frs_builder *b, const golden_case *c, frs_tensor *x,
                             const frs_recurrent_opts *o) {
    const frs_shape statics = {2, {frs_build_dims(b).batch, (int64_t)c->statics}};
    switch ((int)c->cell) {
    case LSTM:
        return frs_lstm(b, x, o);
    case GRU:
        return frs_gru(b, x, o);
    case EALSTM:
        return frs_ealstm(b, x, frs_input(b, "statics", statics), o);
    default:
        return frs_rnn(b, x, o);
    }
}

static frs_tensor *body(frs_builder *b, const net *n, frs_tensor *x) {
    const golden_case *c = &n->c;
    if (c->layers == 0) {
        frs_scope_push(b, "first");
        frs_tensor *h = frs_relu(b, frs_dense(b, frs_last_steps(b, x, 1), (int64_t)c->hidden));
        frs_scope_pop(b);
        return h;
    }
    frs_scope_push(b, "lstm");
    frs_tensor *h = recurrent(b, c, x,
                              &(frs_recurrent_opts){.hidden = (int64_t)c->hidden,
                                                    .layers = (int)c->layers,
                                                    .forget_bias = c->forget_bias,
                                                    .last_only = c->outputs == 1,
                                                    .bidirectional = c->both != 0,
                                                    .relu = c->cell == RNN_RELU});
    frs_scope_pop(b);
    return c->outputs == 1 ? h : frs_last_steps(b, h, (int64_t)c->outputs);
}

static frs_status build(frs_builder *b, const void *arg) {
    const net *n = arg;
    const frs_dims d = frs_build_dims(b);
    const frs_shape rows = {2, {d.batch, (int64_t)n->c.outputs}};
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, (int64_t)n->c.features}});
    frs_tensor *h = frs_dropout(b, body(b, n, x), n->dropout);
    frs_scope_push(b, "head");
    frs_tensor *sim = frs_reshape(b, frs_dense(b, h, 1), rows);
    frs_scope_pop(b);
    frs_output(b, "sim", sim);
    frs_tensor *obs = frs_input(b, "y", rows);
    if (n->c.loss == 0) return frs_build_done(b, frs_loss_mse(b, sim, obs));
    if (n->c.loss == 1) return frs_build_done(b, frs_loss_rmse(b, sim, obs));
    return frs_build_done(
        b, frs_loss_nse(b, sim, obs, frs_input(b, "std", (frs_shape){1, {d.batch}})));
}

/* The forget gate's biases that the case names are the model's own first values. */
static void set_weights(frs_model *m, const golden_case *c, bool wide) {
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        const int64_t n = frs_shape_count(p.shape);
        const bool own = c->forget_bias != 0 && strncmp(p.name, "lstm.bias_hh", 12) == 0;
        const int64_t H = (int64_t)c->hidden, first = c->cell == EALSTM ? 0 : H;
        for (int64_t j = 0; j < n; j++) {
            const double v = golden_number((uint64_t)i, (uint64_t)j) * c->amplitude;
            if (own && j >= first && j < first + H) continue;
            if (wide)
                ((double *)frs_model_weights(m))[p.offset + j] = v;
            else
                ((float *)frs_model_weights(m))[p.offset + j] = (float)v;
        }
    }
}

/* The nets on lags have a target only in training. */
static void feed(frs_ctx *ctx, frs_plan *plan, const golden_case *c, bool training, uint64_t step) {
    const bool has_target = training || c->net == RECURRENT;
    const int64_t B = (int64_t)c->batch, K = (int64_t)c->outputs;
    const int64_t n = B * (int64_t)c->steps * (int64_t)c->features, S = (int64_t)c->statics;
    float *v = malloc((size_t)(n + B * K + B + B * S) * sizeof *v), *y = v + n, *std = y + B * K;
    float *statics = std + B;
    for (int64_t i = 0; i < n; i++) v[i] = (float)golden_number(1000 + step, (uint64_t)i);
    for (int64_t i = 0; i < B * K; i++) {
        const bool missing = golden_number(3000 + step, (uint64_t)i) < 2 * c->missing - 1;
        y[i] = missing ? NAN : (float)golden_number(2000 + step, (uint64_t)i);
    }
    for (int64_t i = 0; i < B; i++) std[i] = (float)(golden_number(4000 + step, (uint64_t)i) + 1);
    assert_ok(ctx, frs_plan_feed(plan, c->net == RECURRENT ? "x" : "z", v, n));
    if (c->net != AUTOENCODER && has_target) assert_ok(ctx, frs_plan_feed(plan, "y", y, B * K));
    if (c->loss == 2 && has_target) assert_ok(ctx, frs_plan_feed(plan, "std", std, B));
    for (int64_t i = 0; i < B * S; i++) statics[i] = (float)golden_number(5000 + step, (uint64_t)i);
    if (S > 0) assert_ok(ctx, frs_plan_feed(plan, "statics", statics, B * S));
    free(v);
}

static frs_model *model_new(frs_ctx *ctx, const golden *g, frs_dtype dtype, bool reference) {
    static const frs_net_loss_kind losses[] = {FRS_NET_MSE, FRS_NET_RMSE, FRS_NET_NSE};
    const golden_case *c = &g->c;
    const net n = {.c = *c};
    const mlp_net mlp = {.features = (int64_t)c->features,
                         .hidden = (int64_t)c->hidden,
                         .outputs = (int64_t)c->outputs,
                         .last_flow = (int64_t)c->last_flow,
                         .loss = {.kind = losses[(int)c->loss]}};
    const code_net code = {(int64_t)c->features, (int64_t)c->hidden, (int64_t)c->code};
    frs_model_opts o = {.build = build,
                        .arg = &n,
                        .arg_size = sizeof n,
                        .dtype = dtype,
                        .reference_only = reference};
    if (c->net == MLP) o.build = frs__mlp_build, o.arg = &mlp, o.arg_size = sizeof mlp;
    if (c->net == AUTOENCODER) o.build = frs__code_build, o.arg = &code, o.arg_size = sizeof code;
    frs_model *m = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    return m;
}

/* Every parameter's part of a flat buffer against the records "prefix.name". */
static void compare_all(const golden *g, const char *prefix, const frs_model *m, const void *flat,
                        bool wide, double limit) {
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        char name[80];
        snprintf(name, sizeof name, "%s.%s", prefix, p.name);
        golden_compare(&g->f, name, (const char *)flat + p.offset * (wide ? 8 : 4),
                       frs_shape_count(p.shape), wide, limit);
    }
}

/* What the net puts out. */
static void compare_outputs(frs_ctx *ctx, const golden *g, frs_plan *plan, double limit,
                            bool wide) {
    if (g->c.net != AUTOENCODER) {
        golden_compare_output(ctx, &g->f, plan, "sim", limit, wide);
        return;
    }
    golden_compare_output(ctx, &g->f, plan, "code", limit, wide);
    golden_compare_output(ctx, &g->f, plan, "back", limit, wide);
}

/* The first step: loss and gradients of the training plan, outputs of the other one. */
static void first_step(const golden *g, frs_dtype dtype, bool reference) {
    const bool wide = dtype == FRS_F64;
    const double limit = wide ? 1e-9 : 1e-5;
    const frs_dims dims = {(int64_t)g->c.batch, (int64_t)g->c.steps};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    frs_model *m = model_new(ctx, g, dtype, reference);
    frs_plan *train = NULL, *infer = NULL;
    double loss = NAN;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, dims, &train));
    set_weights(m, &g->c, wide);
    feed(ctx, train, &g->c, true, 0);
    assert_ok(ctx, frs_plan_run(train, 0));
    compare_outputs(ctx, g, train, limit, wide);
    assert_ok(ctx, frs_plan_output(train, "loss", &loss, 1));
    assert_close(loss, golden_value(golden_find(&g->f, "losses"), 0), limit * fabs(loss));
    compare_all(g, "grad", m, frs_model_gradients(m), wide, limit);
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, dims, &infer));
    feed(ctx, infer, &g->c, false, 0);
    assert_ok(ctx, frs_plan_run(infer, 0));
    compare_outputs(ctx, g, infer, limit, wide);
    if (g->c.layers > 0) golden_compare_output(ctx, &g->f, infer, "h_n", limit, wide);
    if (g->c.layers > 0 && (g->c.cell == LSTM || g->c.cell == EALSTM))
        golden_compare_output(ctx, &g->f, infer, "c_n", limit, wide);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void ten_steps(const golden *g) {
    static const frs_optim_kind kinds[] = {FRS_OPTIM_SGD, FRS_OPTIM_ADAM, FRS_OPTIM_ADAMW,
                                           FRS_OPTIM_RMSPROP}; /* as the script counts them */
    const frs_optim_opts o = {.kind = kinds[(int)g->c.optimiser], .momentum = g->c.momentum};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    frs_model *m = model_new(ctx, g, FRS_F32, false);
    frs_plan *plan = NULL;
    frs_optim *optim = NULL;
    const frs_dims dims = {(int64_t)g->c.batch, (int64_t)g->c.steps};
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, dims, &plan));
    set_weights(m, &g->c, false);
    assert_ok(ctx, frs_optim_new(ctx, m, &o, &optim));
    for (uint64_t step = 0; step < STEPS; step++) {
        double loss = NAN;
        feed(ctx, plan, &g->c, true, step);
        assert_ok(ctx, frs_plan_run(plan, step));
        assert_ok(ctx, frs_plan_output(plan, "loss", &loss, 1));
        assert_close(loss, golden_value(golden_find(&g->f, "losses"), (int64_t)step),
                     1e-4 * fabs(loss));
        assert_ok(ctx, frs_optim_step(optim, g->rates[step], g->c.clip));
        const double norm = frs_optim_last_norm(optim);
        assert_close(norm, golden_value(golden_find(&g->f, "norms"), (int64_t)step), 1e-4 * norm);
    }
    compare_all(g, "last", m, frs_model_weights(m), false, 1e-4);
    frs_optim_free(optim);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* Dropout takes no part when inferring. */
static void dropout_off(void **state) {
    (void)state;
    golden g;
    golden_read(&g, "lstm_5");
    const net n = {.c = g.c, .dropout = 0.4};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(
        ctx,
        frs_model_new(ctx, &(frs_model_opts){.build = build, .arg = &n, .arg_size = sizeof n}, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER,
                                     (frs_dims){(int64_t)g.c.batch, (int64_t)g.c.steps}, &plan));
    set_weights(m, &g.c, false);
    feed(ctx, plan, &g.c, false, 0);
    assert_ok(ctx, frs_plan_run(plan, 0));
    golden_compare_output(ctx, &g.f, plan, "sim", 1e-5, false);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
    golden_close(&g.f);
}

static void for_all(void (*fn)(const golden *g)) {
    for (int i = 0; i < FRS_LEN(names); i++) {
        golden g;
        golden_read(&g, names[i]);
        fn(&g);
        golden_close(&g.f);
    }
}

static void one_double(const golden *g) {
    first_step(g, FRS_F64, false);
}
static void one_float(const golden *g) {
    first_step(g, FRS_F32, false);
    first_step(g, FRS_F32, true);
}

static void in_double(void **state) {
    (void)state;
    for_all(one_double);
}
static void in_float(void **state) {
    (void)state;
    for_all(one_float);
}
static void after_ten_steps(void **state) {
    (void)state;
    for_all(ten_steps);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_double),
        cmocka_unit_test(in_float),
        cmocka_unit_test(after_ten_steps),
        cmocka_unit_test(dropout_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
