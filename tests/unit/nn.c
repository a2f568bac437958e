/* Layers and losses: shapes, names, first values, carried state, dropout's shares, losses by hand.
 */
#include "support.h"

#include "freshet/graph.h"

#include <math.h>

typedef struct layer {
    frs_tensor *(*make)(frs_builder *b, frs_tensor *x, const struct layer *l);
    frs_shape in;
    frs_lstm_opts lstm;
    int64_t units;
    double rate;
    bool states;     /* h0 and c0 are inputs */
    int64_t statics; /* so many of x's features at the first time are given apart */
} layer;

static frs_status build(frs_builder *b, const void *arg) {
    layer l = *(const layer *)arg;
    frs_tensor *x = frs_input(b, "x", l.in);
    const frs_shape state = {3,
                             {l.lstm.layers > 0 ? l.lstm.layers : 1, l.in.dim[0], l.lstm.hidden}};
    if (l.states) {
        l.lstm.h0 = frs_input(b, "h0", state);
        l.lstm.c0 = frs_input(b, "c0", state);
    }
    if (l.statics) {
        const int64_t F = l.in.dim[2] - l.statics;
        frs_tensor *first = frs_slice(b, frs_slice(b, x, 1, 0, 1), 2, F, l.statics);
        l.lstm.statics = frs_reshape(b, first, (frs_shape){2, {l.in.dim[0], l.statics}});
        x = frs_slice(b, x, 2, 0, F);
    }
    frs_scope_push(b, "net");
    frs_output(b, "y", l.make(b, x, &l));
    frs_scope_pop(b);
    return frs_build_done(b, NULL);
}

static frs_tensor *make_dense(frs_builder *b, frs_tensor *x, const layer *l) {
    return frs_dense(b, x, l->units);
}
static frs_tensor *make_lstm(frs_builder *b, frs_tensor *x, const layer *l) {
    return frs_lstm(b, x, &l->lstm);
}

static frs_tensor *make_gru(frs_builder *b, frs_tensor *x, const layer *l) {
    return frs_gru(b, x, &l->lstm);
}

static frs_status compile(frs_ctx *ctx, const layer *l, frs_model **m, frs_plan **plan) {
    const frs_model_opts o = {.build = build, .arg = l, .arg_size = sizeof *l, .seed = 8};
    assert_ok(ctx, frs_model_new(ctx, &o, m));
    return frs_model_compile(*m, FRS_INFER, (frs_dims){1, 1}, plan);
}

/* Runs on x = sin(1), sin(2), ..; y has n elements. */
static void run(frs_ctx *ctx, frs_plan *plan, int64_t n_in, float *y, int64_t n) {
    float x[512];
    const float *out = NULL;
    int64_t n_out = 0;
    for (int64_t i = 0; i < n_in; i++) x[i] = sinf((float)(i + 1));
    assert_ok(ctx, frs_plan_feed(plan, "x", x, n_in));
    assert_ok(ctx, frs_plan_run(plan, 0));
    assert_ok(ctx, frs_plan_output_f32(plan, "y", &out, &n_out));
    assert_int_equal(n_out, n);
    memcpy(y, out, (size_t)n * sizeof *y);
}

/* On the last axis of any rank; PyTorch's first values. */
static void dense(void **state) {
    (void)state;
    const frs_shape shapes[] = {{1, {5}}, {2, {3, 5}}, {3, {2, 3, 5}}, {4, {2, 1, 3, 5}}};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int k = 0; k < 4; k++) {
        const layer l = {.make = make_dense, .in = shapes[k], .units = 4};
        const int64_t n = frs_shape_count(l.in), rows = n / 5;
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        float y[64];
        assert_ok(ctx, compile(ctx, &l, &m, &plan));
        run(ctx, plan, n, y, rows * 4);
        assert_int_equal(frs_model_n_params(m), 2);
        const frs_param_info w = frs_model_param(m, 0), b = frs_model_param(m, 1);
        assert_string_equal(w.name, "net.weight");
        assert_string_equal(b.name, "net.bias");
        const float *all = frs_model_weights_get(m);
        for (int i = 0; i < 20; i++) assert_true(fabsf(all[w.offset + i]) <= 1 / sqrtf(5));
        for (int64_t r = 0; r < rows; r++)
            for (int u = 0; u < 4; u++) {
                double sum = (double)all[b.offset + u];
                for (int f = 0; f < 5; f++)
                    sum += (double)all[w.offset + u * 5 + f] * sin((double)(r * 5 + f + 1));
                assert_close(y[r * 4 + u], sum, 1e-6);
            }
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

static void impossible_layers(void **state) {
    (void)state;
    const frs_shape x = {3, {2, 3, 5}};
    const struct {
        layer l;
        const char *says;
    } table[] = {
        {{.make = make_dense, .in = x, .units = 0}, "units"},
        {{.make = make_dense, .in = x, .units = -3}, "units"},
        {{.make = make_dense, .in = {2, {3, 0}}, .units = 2}, "units"},
        {{.make = make_dense, .in = {0, {0}}, .units = 2}, "units"},
        {{.make = make_lstm, .in = x, .lstm = {.hidden = 0}}, "hidden"},
        {{.make = make_lstm, .in = x, .lstm = {.hidden = -4}}, "hidden"},
        {{.make = make_lstm, .in = x, .lstm = {.hidden = 5000}}, "hidden"},
        {{.make = make_lstm, .in = x, .lstm = {.hidden = 3, .layers = 13}}, "layers"},
        {{.make = make_lstm, .in = x, .lstm = {.hidden = 3, .layers = 7, .bidirectional = true}},
         "layers"},
        {{.make = make_lstm, .in = {2, {3, 5}}, .lstm = {.hidden = 3}}, "features"},
        {{.make = make_lstm, .in = {3, {3, 0, 5}}, .lstm = {.hidden = 3}}, "one step"},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        assert_status(ctx, compile(ctx, &table[i].l, &m, &plan), FRS_E_ARG);
        assert_message(ctx, table[i].says);
        assert_message(ctx, "net");
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- LSTM: PyTorch's names and first values */
static void lstm_parameters(void **state) {
    (void)state;
    static const char *const names[] = {"net.weight_ih_l0", "net.weight_hh_l0", "net.bias_ih_l0",
                                        "net.bias_hh_l0",   "net.weight_ih_l1", "net.weight_hh_l1",
                                        "net.bias_ih_l1",   "net.bias_hh_l1"};
    const layer l = {.make = make_lstm,
                     .in = {3, {2, 3, 5}},
                     .lstm = {.hidden = 4, .layers = 2, .forget_bias = 3}};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, compile(ctx, &l, &m, &plan));
    assert_int_equal(frs_model_n_params(m), 8);
    for (int i = 0; i < 8; i++) {
        const frs_param_info p = frs_model_param(m, i);
        assert_string_equal(p.name, names[i]);
        assert_int_equal(p.shape.dim[0], 16);
        if (i % 4 < 2) assert_int_equal(p.shape.dim[1], i == 0 ? 5 : 4);
        for (int64_t k = 0; k < frs_shape_count(p.shape); k++) {
            const float w = ((const float *)frs_model_weights_get(m))[p.offset + k];
            const bool forget = i % 4 == 3 && k >= 4 && k < 8;
            assert_true(forget ? w == 3 : w != 0 && fabsf(w) <= 0.5F);
        }
    }
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* Five steps at once, and three then two with the state handed on: the same numbers. */
static void state_is_carried(void **state) {
    (void)state;
    enum { B = 3, F = 2, H = 6, L = 2 };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    layer l = {.make = make_lstm, .lstm = {.hidden = H, .layers = L}, .states = true};
    float x[B * 5 * F], y[2][B * 5 * H], h[L * B * H] = {0}, c[L * B * H] = {0};
    double out[L * B * H], last[L * B * H];
    for (int i = 0; i < B * 5 * F; i++) x[i] = cosf((float)i);
    for (int part = 0; part < 3; part++) { /* 0: all; 1: steps 0-2; 2: steps 3-4 */
        const int64_t first = part == 2 ? 3 : 0, T = part == 0 ? 5 : part == 1 ? 3 : 2;
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        float piece[B * 5 * F], zero[L * B * H] = {0};
        const float *got = NULL;
        int64_t n = 0;
        l.in = (frs_shape){3, {B, T, F}};
        assert_ok(ctx, compile(ctx, &l, &m, &plan)); /* the seed is the same, so are the weights */
        for (int64_t b = 0; b < B; b++)
            memcpy(piece + b * T * F, x + (b * 5 + first) * F, (size_t)(T * F) * sizeof *x);
        assert_ok(ctx, frs_plan_feed(plan, "x", piece, B * T * F));
        assert_ok(ctx, frs_plan_feed(plan, "h0", part == 2 ? h : zero, L * B * H));
        assert_ok(ctx, frs_plan_feed(plan, "c0", part == 2 ? c : zero, L * B * H));
        assert_ok(ctx, frs_plan_run(plan, 0));
        assert_ok(ctx, frs_plan_output_f32(plan, "y", &got, &n));
        for (int64_t b = 0; b < B; b++)
            memcpy(y[part > 0] + (b * 5 + first) * H, got + b * T * H,
                   (size_t)(T * H) * sizeof *got);
        assert_ok(ctx, frs_plan_output(plan, "h_n", out, L * B * H));
        for (int i = 0; i < L * B * H; i++) h[i] = (float)out[i];
        if (part == 0) memcpy(last, out, sizeof last);
        if (part == 2)
            for (int i = 0; i < L * B * H; i++) assert_close(out[i], last[i], 1e-6);
        assert_ok(ctx, frs_plan_output(plan, "c_n", out, L * B * H));
        for (int i = 0; i < L * B * H; i++) c[i] = (float)out[i];
        frs_model_free(m);
    }
    for (int i = 0; i < B * 5 * H; i++) assert_close(y[0][i], y[1][i], 1e-6);
    test_ctx_free(ctx, &heap);
}

/* Static attributes given apart, and the same at every step behind x: the same weights and numbers.
 */
static void statics_apart(void **state) {
    (void)state;
    enum { T = 4, F = 3, S = 2, H = 5, N = 37 * T * (F + S) };
    static frs_tensor *(*const makes[])(frs_builder *, frs_tensor *, const layer *) = {make_lstm,
                                                                                       make_gru};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int k = 0; k < 4; k++) {
        const int64_t B = k < 2 ? 2 : 37; /* one by one, and packed */
        float x[N], y[2][37 * T * 2 * H];
        for (int64_t i = 0; i < N; i++)
            x[i] =
                i % (F + S) < F ? sinf((float)i) : cosf((float)(i / (T * (F + S)) + i % (F + S)));
        for (int apart = 0; apart < 2; apart++) {
            const layer l = {.make = makes[k % 2],
                             .in = {3, {B, T, F + S}},
                             .lstm = {.hidden = H, .layers = 2, .bidirectional = true},
                             .statics = apart ? S : 0};
            frs_model *m = NULL;
            frs_plan *plan = NULL;
            const float *out = NULL;
            int64_t n;
            assert_ok(ctx, compile(ctx, &l, &m, &plan));
            assert_ok(ctx, frs_plan_feed(plan, "x", x, B * T * (F + S)));
            assert_ok(ctx, frs_plan_run(plan, 0));
            assert_ok(ctx, frs_plan_output_f32(plan, "y", &out, &n));
            memcpy(y[apart], out, (size_t)n * sizeof *out);
            frs_model_free(m);
        }
        for (int64_t i = 0; i < B * T * 2 * H; i++) assert_close(y[0][i], y[1][i], 1e-6);
    }
    test_ctx_free(ctx, &heap);
}

static void last_only_is_the_last(void **state) {
    (void)state;
    enum { B = 5, T = 4, F = 3, H = 7 };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int layers = 1; layers <= 10; layers += 3) {
        layer l = {
            .make = make_lstm, .in = {3, {B, T, F}}, .lstm = {.hidden = H, .layers = layers}};
        float all[B * T * H], last[B * H];
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        assert_ok(ctx, compile(ctx, &l, &m, &plan));
        run(ctx, plan, B * T * F, all, B * T * H);
        frs_model_free(m);
        l.lstm.last_only = true;
        assert_ok(ctx, compile(ctx, &l, &m, &plan));
        run(ctx, plan, B * T * F, last, B * H);
        frs_model_free(m);
        for (int b = 0; b < B; b++)
            for (int u = 0; u < H; u++)
                assert_close(last[b * H + u], all[(b * T + T - 1) * H + u], 1e-6);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- dropout */
enum { DROPS = 40000 };
static frs_status build_dropout(frs_builder *b, const void *arg) {
    const double rate = *(const double *)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){1, {DROPS}});
    frs_tensor *w = frs_param(b, "w", (frs_shape){1, {1}}, (frs_init){FRS_INIT_CONST, 1, 0});
    frs_tensor *y = frs_dropout(b, x, rate), *z = frs_dropout(b, x, rate);
    frs_output(b, "y", y);
    frs_output(b, "z", z);
    frs_tensor *sum = frs_add(b, frs_reduce_sum(b, y, ~0U), frs_reduce_sum(b, z, ~0U));
    return frs_build_done(b, frs_mul(b, sum, w));
}

static void dropout_shares(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (double rate = 0; rate < 1; rate += 0.3) {
        const frs_model_opts o = {
            .build = build_dropout, .arg = &rate, .arg_size = sizeof rate, .seed = 2};
        frs_model *m = NULL;
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        double *y = malloc(3 * DROPS * sizeof *y), *z = y + DROPS, *next = z + DROPS;
        for (int mode = 0; mode < 2; mode++) {
            frs_plan *plan = NULL;
            float *x = NULL;
            int64_t n = 0, dropped = 0, both = 0, differ = 0;
            assert_ok(ctx, frs_model_compile(m, (frs_mode)mode, (frs_dims){1, 1}, &plan));
            assert_ok(ctx, frs_plan_input(plan, "x", &x, &n));
            for (int64_t i = 0; i < n; i++) x[i] = 1;
            assert_ok(ctx, frs_plan_run(plan, 6));
            assert_ok(ctx, frs_plan_output(plan, "y", y, DROPS));
            assert_ok(ctx, frs_plan_output(plan, "z", z, DROPS));
            assert_ok(ctx, frs_plan_run(plan, 7));
            assert_ok(ctx, frs_plan_output(plan, "y", next, DROPS));
            const double share = mode == FRS_TRAIN ? rate : 0;
            for (int64_t i = 0; i < DROPS; i++) {
                assert_true(y[i] == 0 || fabs(y[i] - 1 / (1 - share)) < 1e-6);
                dropped += y[i] == 0;
                both += y[i] == 0 && z[i] == 0;
                differ += y[i] != next[i];
            }
            const double sd =
                4 * sqrt(DROPS) / 2; /* four standard deviations of a count, at most */
            assert_close(dropped, share * DROPS, sd);
            assert_close(both, share * share * DROPS,
                         sd); /* two dropouts know nothing of each other */
            assert_close(differ, 2 * share * (1 - share) * DROPS, sd);
        }
        free(y);
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- losses, worked by hand */
typedef struct loss_case {
    char kind; /* m r n */
    float sim[4], obs[4], std[2];
    double loss, gradient[4];
} loss_case;

static frs_status build_loss(frs_builder *b, const void *arg) {
    const char kind = *(const char *)arg;
    frs_tensor *sim = frs_param(b, "sim", (frs_shape){2, {2, 2}}, (frs_init){0});
    frs_tensor *obs = frs_input(b, "obs", (frs_shape){2, {2, 2}});
    frs_tensor *std = frs_input(b, "std", (frs_shape){1, {2}});
    if (kind == 'm') return frs_build_done(b, frs_loss_mse(b, sim, obs));
    if (kind == 'r') return frs_build_done(b, frs_loss_rmse(b, sim, obs));
    return frs_build_done(b, frs_loss_nse(b, sim, obs, std));
}

static void losses_by_hand(void **state) {
    (void)state;
    static const loss_case cases[] = {
        /* errors 1, -2, 0, 3: squares 1 + 4 + 0 + 9 = 14 */
        {'m', {1, 1, 1, 4}, {0, 3, 1, 1}, {0}, 14.0 / 4, {2.0 / 4, -4.0 / 4, 0, 6.0 / 4}},
        {'m', {1, 1, 1, 4}, {0, NAN, 1, 1}, {0}, 10.0 / 3, {2.0 / 3, 0, 0, 6.0 / 3}},
        {'m', {1, 1, 1, 4}, {NAN, NAN, NAN, NAN}, {0}, 0, {0, 0, 0, 0}},
        /* errors 0, 0, 3, -4, over two of them 25 / 2; d = error / (n rmse) */
        {'r',
         {1, 1, 4, 1},
         {NAN, NAN, 1, 5},
         {0},
         3.5355339059327378,
         {0, 0, 3 / (2 * 3.5355339059327378), -4 / (2 * 3.5355339059327378)}},
        {'r', {1, 2, 3, 4}, {1, 2, 3, NAN}, {0}, 0, {0, 0, 0, 0}},
        /* std 0.4 and 1.9: weights 1 / 0.25 and 1 / 4; (4 1 + 4 4 + 0.25 0 + 0.25 9) / 4 */
        {'n', {1, 1, 1, 4}, {0, 3, 1, 1}, {0.4F, 1.9F}, 22.25 / 4, {2, -4, 0, 1.5 / 4}},
        {'n', {1, 1, 1, 4}, {0, 3, 1, 1}, {NAN, 1.9F}, 2.25 / 2, {0, 0, 0, 1.5 / 2}},
        {'n', {1, 1, 1, 4}, {0, NAN, NAN, 1}, {0.4F, 1.9F}, 6.25 / 2, {4, 0, 0, 1.5 / 2}},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(cases); i++)
        for (int reference = 0; reference < 2; reference++) {
            const loss_case *c = &cases[i];
            const frs_model_opts o = {
                .build = build_loss, .arg = &c->kind, .arg_size = 1, .reference_only = reference};
            frs_model *m = NULL;
            frs_plan *plan = NULL;
            double loss = NAN;
            assert_ok(ctx, frs_model_new(ctx, &o, &m));
            assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){2, 1}, &plan));
            memcpy(frs_model_weights(m), c->sim, sizeof c->sim);
            assert_ok(ctx, frs_plan_feed(plan, "obs", c->obs, 4));
            assert_ok(ctx, frs_plan_feed(plan, "std", c->std, 2));
            assert_ok(ctx, frs_plan_run(plan, 0));
            assert_ok(ctx, frs_plan_output(plan, "loss", &loss, 1));
            assert_close(loss, c->loss, 1e-6 * (1 + c->loss));
            for (int k = 0; k < 4; k++)
                assert_close(((const float *)frs_model_gradients(m))[k], c->gradient[k], 2e-6);
            frs_model_free(m);
        }
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dense),
        cmocka_unit_test(impossible_layers),
        cmocka_unit_test(lstm_parameters),
        cmocka_unit_test(state_is_carried),
        cmocka_unit_test(dropout_shares),
        cmocka_unit_test(statics_apart),
        cmocka_unit_test(last_only_is_the_last),
        cmocka_unit_test(losses_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
