/* Building, differentiating, placing and running: what the harness of the operators does not see.
 */
#include "support.h"

#include "freshet/train.h"

#include "graph/graph_internal.h"

#include <math.h>

/* A model of a build function alone. */
static frs_model *model_of(frs_ctx *ctx, frs_build_fn build) {
    frs_model *m = NULL;
    assert_ok(ctx, frs_model_new(ctx, &(frs_model_opts){.build = build, .seed = 1}, &m));
    return m;
}

static frs_shape vector(int64_t n) {
    return (frs_shape){1, {n}};
}
static frs_shape matrix(int64_t rows, int64_t columns) {
    return (frs_shape){2, {rows, columns}};
}

/* Compiles for inference with batch 2, steps 3, and tells the status; the message is in ctx. */
static frs_status compiled(frs_ctx *ctx, frs_build_fn build) {
    frs_model *m = model_of(ctx, build);
    frs_plan *plan = NULL;
    frs_status s = frs_model_compile(m, FRS_INFER, (frs_dims){2, 3}, &plan);
    frs_model_free(m);
    return s;
}

/* ---- mistakes in a build function */
static frs_status mismatch(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", matrix(2, 5)), *y = frs_input(b, "y", matrix(3, 4));
    frs_scope_push(b, "head");
    frs_tensor *z = frs_matmul(b, x, y, false, false); /* the first error: kept */
    frs_scope_pop(b);
    z = frs_add(b, frs_tanh(b, z), x); /* NULL goes through */
    z = frs_concat(b, (frs_tensor *[]){z, x}, 2, 7);
    frs_output(b, "z", frs_last_step(b, frs_dense(b, z, 3)));
    return frs_build_done(b, frs_loss_mse(b, z, x));
}
static frs_status no_broadcast(frs_builder *b, const void *arg) {
    (void)arg;
    frs_add(b, frs_input(b, "x", matrix(2, 5)), frs_input(b, "y", vector(4)));
    return frs_build_done(b, NULL);
}
static frs_status two_inputs(frs_builder *b, const void *arg) {
    (void)arg;
    frs_input(b, "x", vector(1));
    frs_input(b, "x", vector(1));
    return frs_build_done(b, NULL);
}
static frs_status two_params(frs_builder *b, const void *arg) {
    (void)arg;
    frs_scope_push(b, "a");
    frs_param(b, "w", vector(1), (frs_init){0});
    frs_param(b, "w", vector(1), (frs_init){0});
    return frs_build_done(b, NULL);
}
static frs_status not_scalar(frs_builder *b, const void *arg) {
    (void)arg;
    return frs_build_done(b, frs_input(b, "x", vector(2)));
}
static frs_status too_deep(frs_builder *b, const void *arg) {
    (void)arg;
    for (int i = 0; i < 100; i++) frs_scope_push(b, "scope");
    frs_input(b, "x", vector(1));
    return frs_build_done(b, NULL);
}
static frs_status endless(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", vector(1));
    for (int i = 0; i < 10000; i++) x = frs_add(b, x, x);
    return frs_build_done(b, x);
}
static frs_status many_outputs(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", vector(1));
    for (int i = 0; i < 100; i++) frs_output(b, "x", x);
    return frs_build_done(b, NULL);
}
static frs_status negative(frs_builder *b, const void *arg) {
    (void)arg;
    frs_exp(b, frs_input(b, "x", matrix(2, -5)));
    return frs_build_done(b, NULL);
}
static frs_status huge(frs_builder *b, const void *arg) {
    (void)arg;
    const int64_t n = INT64_C(1) << 40;
    frs_scope_push(b, "a");
    frs_param(b, "w", (frs_shape){3, {n, n, n}}, (frs_init){0});
    return frs_build_done(b, NULL);
}
static frs_status far_slice(frs_builder *b, const void *arg) {
    (void)arg;
    frs_last_steps(b, frs_input(b, "x", (frs_shape){3, {2, 3, 4}}), 5);
    return frs_build_done(b, NULL);
}

static void mistakes(void **state) {
    (void)state;
    static const struct {
        frs_build_fn build;
        const char *says[3];
    } table[] = {
        {mismatch, {"head.matmul", "[2, 5] [3, 4]", "5 and 3"}},
        {no_broadcast, {"add", "[2, 5] [4]", "broadcast"}},
        {two_inputs, {"two inputs", "'x'", ""}},
        {two_params, {"two parameters", "'a.w'", ""}},
        {not_scalar, {"not a scalar", "", ""}},
        {too_deep, {"nest too deeply", "scope", ""}},
        {endless, {"4096 nodes", "", ""}},
        {many_outputs, {"more than 64 outputs", "", ""}},
        {negative, {"'x'", "[2, -5]", ""}},
        {huge, {"'a.w'", "1099511627776", ""}},
        {far_slice, {"slice", "[2, 3, 4]", "axis 1"}},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        assert_status(ctx, compiled(ctx, table[i].build), FRS_E_ARG);
        for (int k = 0; k < 3; k++) assert_message(ctx, table[i].says[k]);
    }
    test_ctx_free(ctx, &heap);
}

static frs_status no_loss(frs_builder *b, const void *arg) {
    (void)arg;
    frs_output(b, "y", frs_exp(b, frs_input(b, "x", vector(frs_build_dims(b).batch))));
    return frs_build_done(b, NULL);
}
static frs_status through_step(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *w = frs_param(b, "w", vector(1), (frs_init){FRS_INIT_CONST, 2, 0});
    frs_tensor *in[] = {w, frs_input(b, "t", vector(1)), w};
    extern const frs_op frs__loss_squared_grad_op; /* an operator without a gradient */
    return frs_build_done(b, frs__op_add(b, &frs__loss_squared_grad_op, in, 3, "\0", 2));
}

static void cannot_train(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_plan *plan = NULL;
    frs_model *m = model_of(ctx, no_loss);
    assert_status(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){2, 3}, &plan), FRS_E_ARG);
    assert_message(ctx, "needs a loss");
    frs_model_free(m);
    m = model_of(ctx, through_step);
    assert_status(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){2, 3}, &plan), FRS_E_UNSUPPORTED);
    assert_message(ctx, "loss_squared_grad has no gradient");
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- plans: cached, of one set of weights, independent of what ran between */
static frs_status net(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, 4}});
    frs_tensor *h = frs_tanh(b, frs_lstm(b, x, &(frs_lstm_opts){.hidden = 9, .last_only = true}));
    /* a kernel for each but abs */
    frs_tensor *y = frs_dense(b, frs_dropout(b, frs_abs(b, h), 0.5), 2);
    frs_output(b, "y", y);
    return frs_build_done(b, frs_loss_rmse(b, y, frs_input(b, "obs", matrix(d.batch, 2))));
}

static void feed(frs_ctx *ctx, frs_plan *plan, int64_t batch, int64_t steps) {
    float x[7 * 5 * 4], obs[14];
    for (int i = 0; i < 140; i++) x[i] = sinf((float)(i * i));
    for (int i = 0; i < 14; i++) obs[i] = (float)i / 10;
    assert_ok(ctx, frs_plan_feed(plan, "x", x, batch * steps * 4));
    assert_ok(ctx, frs_plan_feed(plan, "obs", obs, batch * 2));
}

static double loss_of(frs_ctx *ctx, frs_plan *plan, uint64_t step) {
    double loss = NAN;
    assert_ok(ctx, frs_plan_run(plan, step));
    assert_ok(ctx, frs_plan_output(plan, "loss", &loss, 1));
    return loss;
}

static void plans_are_cached(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, net);
    const frs_dims dims[] = {{7, 5}, {3, 5}, {7, 2}};
    frs_plan *p[2][3] = {0}, *again = NULL;
    const float *weights = NULL;
    double loss[2][3];
    for (int mode = 0; mode < 2; mode++)
        for (int i = 0; i < 3; i++) {
            assert_ok(ctx, frs_model_compile(m, (frs_mode)mode, dims[i], &p[mode][i]));
            feed(ctx, p[mode][i], dims[i].batch, dims[i].steps);
            loss[mode][i] = loss_of(ctx, p[mode][i], 4);
            assert_true(isfinite(loss[mode][i]));
            if (!weights) weights = frs_model_weights_get(m);
            assert_ptr_equal(frs_model_weights_get(m), weights);
            for (int k = 0; k < mode * 3 + i; k++)
                assert_ptr_not_equal(p[k / 3][k % 3], p[mode][i]);
        }
    const int64_t made = frs_ctx_alloc_count(ctx);
    for (int k = 5; k >= 0; k--) {
        const frs_dims d = dims[k % 3];
        assert_ok(ctx, frs_model_compile(m, (frs_mode)(k / 3), d, &again));
        assert_ptr_equal(again, p[k / 3][k % 3]);
        feed(ctx, again, d.batch, d.steps);
        const double now = loss_of(ctx, again, 4);
        assert_memory_equal(&now, &loss[k / 3][k % 3], sizeof now);
    }
    assert_int_equal(frs_ctx_alloc_count(ctx), made);
    assert_true(frs_plan_arena_bytes(p[0][0]) < frs_plan_arena_bytes(p[1][0]));
    assert_true(frs_plan_arena_bytes(p[1][1]) < frs_plan_arena_bytes(p[1][0]));
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* Inputs keep their values from run to run; steps differ by their dropout. */
static void runs_repeat(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, net);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){7, 5}, &plan));
    feed(ctx, plan, 7, 5);
    const double first = loss_of(ctx, plan, 1), other = loss_of(ctx, plan, 2);
    const size_t bytes = (size_t)frs_model_flat_count(m) * sizeof(float);
    float *gradients = malloc(bytes);
    assert_true(first != other);
    assert_true(loss_of(ctx, plan, 1) == first);
    memcpy(gradients, frs_model_gradients(m), bytes);
    memset(frs_model_gradients(m), 0xFF, bytes); /* a run sums into nothing that stood there */
    assert_true(loss_of(ctx, plan, 1) == first);
    assert_memory_equal(gradients, frs_model_gradients(m), bytes);
    free(gradients);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void wrong_names_and_counts(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, net);
    frs_plan *plan = NULL;
    float x[4 * 3 * 2], *at = NULL;
    const float *y = NULL;
    double out[4];
    int64_t n = 0;
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){2, 3}, &plan));
    assert_status(ctx, frs_plan_feed(plan, "z", x, 24), FRS_E_ARG);
    assert_message(ctx, "'z'");
    assert_status(ctx, frs_plan_feed(plan, "x", x, 23), FRS_E_ARG);
    assert_message(ctx, "23 elements, expected 24");
    assert_status(ctx, frs_plan_input(plan, "y", &at, &n), FRS_E_ARG);
    assert_status(ctx, frs_plan_output(plan, "x", out, 4), FRS_E_ARG);
    assert_status(ctx, frs_plan_output(plan, "y", out, 3), FRS_E_ARG);
    assert_status(ctx, frs_plan_output_f32(plan, "x", &y, &n), FRS_E_ARG);
    assert_ok(ctx, frs_plan_input(plan, "x", &at, &n));
    assert_int_equal(n, 24);
    const frs_dims impossible[] = {
        {-1, 3}, {2, -3}, {INT64_MAX, 3}, {INT64_MAX / 8, INT64_MAX / 8}};
    for (int i = 0; i < FRS_LEN(impossible); i++)
        assert_status(ctx, frs_model_compile(m, FRS_INFER, impossible[i], &plan), FRS_E_ARG);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* An empty batch is a plan, too. */
static void empty_batch(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, net);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){0, 3}, &plan));
    assert_close(loss_of(ctx, plan, 0), 0, 0);
    for (int64_t i = 0; i < frs_model_flat_count(m); i++)
        assert_close(((const float *)frs_model_gradients(m))[i], 0, 0);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- one set of weights for all plans */
static frs_status depends_on_batch(frs_builder *b, const void *arg) {
    (void)arg;
    const int64_t B = frs_build_dims(b).batch;
    frs_scope_push(b, "a");
    if (B != 3) frs_param(b, "w", vector(B == 5 ? 5 : 2), (frs_init){0});
    frs_param(b, "v", vector(2), (frs_init){0});
    if (B == 4) frs_param(b, "late", vector(2), (frs_init){0});
    return frs_build_done(b, NULL);
}

static void weights_are_fixed(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, depends_on_batch);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){2, 1}, &plan));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){3, 1}, &plan));
    assert_status(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){5, 1}, &plan), FRS_E_ARG);
    assert_message(ctx, "'a.w' was [2] and is now [5]");
    assert_status(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){4, 1}, &plan), FRS_E_ARG);
    assert_message(ctx, "'a.late' was not there");
    assert_int_equal(frs_model_n_params(m), 2);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- first weights */
typedef struct init_case {
    frs_init init;
    double mean, sd, bound;
} init_case;
enum { OUT = 60, IN = 50 };

static frs_status init_build(frs_builder *b, const void *arg) {
    frs_param(b, "w", matrix(OUT, IN), ((const init_case *)arg)->init);
    frs_param(b, "same", matrix(OUT, IN), ((const init_case *)arg)->init);
    return frs_build_done(b, NULL);
}

/* A model of one parameter "w". */
typedef struct starting {
    frs_init init;
    frs_shape shape;
} starting;

static frs_status starting_build(frs_builder *b, const void *arg) {
    const starting *s = arg;
    frs_param(b, "w", s->shape, s->init);
    return frs_build_done(b, NULL);
}

static frs_model *starting_model(frs_ctx *ctx, const starting *s, frs_plan **plan) {
    const frs_model_opts o = {
        .build = starting_build, .arg = s, .arg_size = sizeof *s, .seed = test_seed()};
    frs_model *m = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, plan));
    return m;
}

static void first_weights(void **state) {
    (void)state;
    const double glorot = sqrt(6.0 / (IN + OUT)), inf = INFINITY;
    const init_case cases[] = {
        {{FRS_INIT_ZERO, 5, 5}, 0, 0, 0},
        {{FRS_INIT_CONST, 0.25, 0}, 0.25, 0, 0.25},
        {{FRS_INIT_UNIFORM, 0.5, 0}, 0, 0.5 / sqrt(3), 0.5},
        {{FRS_INIT_NORMAL, 0.1, 0}, 0, 0.1, inf},
        {{FRS_INIT_GLOROT_UNIFORM, 0, 0}, 0, glorot / sqrt(3), glorot},
        {{FRS_INIT_HE_NORMAL, 0, 0}, 0, sqrt(2.0 / IN), inf},
        {{FRS_INIT_HE_UNIFORM, 0, 0}, 0, sqrt(2.0 / IN), sqrt(6.0 / IN)},
        {{FRS_INIT_GLOROT_NORMAL, 0, 0}, 0, sqrt(2.0 / (IN + OUT)), inf},
        {{FRS_INIT_LECUN_NORMAL, 0, 0}, 0, sqrt(1.0 / IN), inf},
        {{FRS_INIT_LECUN_UNIFORM, 0, 0}, 0, sqrt(1.0 / IN), sqrt(3.0 / IN)},
        /* sd of a normal distribution cut at 2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)) */
        {{FRS_INIT_TRUNCATED_NORMAL, 0.1, 0}, 0, 0.1 * 0.87962566103423978, 0.2},
        {{FRS_INIT_LSTM_FORGET, 0, 3}, 0.75, 3 * sqrt(3) / 4, 3}, /* a quarter is 3 */
    };
    enum { N = OUT * IN };
    for (int i = 0; i < FRS_LEN(cases); i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        const init_case *c = &cases[i];
        const bool forget = c->init.kind == FRS_INIT_LSTM_FORGET;
        float first[N];
        for (uint64_t seed = 0; seed < 3; seed++) {
            frs_model *m = NULL;
            frs_plan *plan = NULL;
            assert_ok(ctx, frs_model_new(ctx,
                                         &(frs_model_opts){.build = init_build,
                                                           .arg = c,
                                                           .arg_size = sizeof *c,
                                                           .seed = seed / 2},
                                         &m));
            assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
            const float *w = frs_model_weights_get(m);
            double mean = 0, square = 0;
            for (int k = 0; k < N; k++) {
                mean += (double)w[k] / N;
                square += (double)w[k] * (double)w[k] / N;
                assert_true(fabs((double)w[k]) <= c->bound + 1e-7);
            }
            const double spread = 4 * c->sd / sqrt(N) + 1e-7; /* of a mean, four standard errors */
            assert_close(mean, c->mean, forget ? 1e-6 : spread);
            assert_close(sqrt(fmax(square - mean * mean, 0)), c->sd, 4 * c->sd / sqrt(N) + 1e-4);
            const bool random = c->sd > 0 && !forget;
            const int64_t same = frs_model_param(m, 1).offset;
            if (seed == 0) memcpy(first, w, sizeof first);
            bool like_other = true, like_first = true;
            for (int k = 0; k < N; k++)
                like_other &= w[k] == w[same + k], like_first &= w[k] == first[k];
            assert_int_equal(like_other, !random);
            assert_int_equal(like_first, !(random && seed == 2));
            frs_model_free(m);
        }
        test_ctx_free(ctx, &heap);
    }
}

/* Standard deviation of the first weights of a shape. */
static double spread_of(frs_init_kind kind, frs_shape shape) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const starting s = {{kind, 0, 0}, shape};
    const int64_t n = frs_shape_count(shape);
    frs_plan *plan = NULL;
    frs_model *m = starting_model(ctx, &s, &plan);
    const float *w = frs_model_weights_get(m);
    double square = 0;
    for (int64_t k = 0; k < n; k++) square += (double)w[k] * (double)w[k];
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
    return sqrt(square / (double)n);
}

/* A convolution's weight [O, I, kernel..]: fan in I x kernel, fan out O x kernel. */
static void fans_of_kernels(void **state) {
    (void)state;
    const frs_shape image = {4, {8, 40, 3, 5}}, series = {3, {90, 20, 7}};
    const double few = 4 / sqrt(2 * 4800), fewer = 4 / sqrt(2 * 12600);
    assert_close(spread_of(FRS_INIT_HE_NORMAL, image) / sqrt(2.0 / 600), 1, few);
    assert_close(spread_of(FRS_INIT_LECUN_UNIFORM, image) / sqrt(1.0 / 600), 1, few);
    assert_close(spread_of(FRS_INIT_GLOROT_UNIFORM, image) / sqrt(2.0 / (600 + 120)), 1, few);
    assert_close(spread_of(FRS_INIT_GLOROT_NORMAL, series) / sqrt(2.0 / (140 + 630)), 1, fewer);
}

/* As [m, n] the rows, or the columns where there are fewer, are orthonormal. */
static void orthonormal(void **state) {
    (void)state;
    const frs_shape shapes[] = {{2, {5, 9}},    {2, {9, 5}}, {4, {6, 2, 3, 3}},
                                {3, {7, 2, 2}}, {1, {4}},    {0, {0}}};
    for (int i = 0; i < FRS_LEN(shapes); i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        const starting s = {{FRS_INIT_ORTHOGONAL, 0, 0}, shapes[i]};
        frs_plan *plan = NULL;
        frs_model *model = starting_model(ctx, &s, &plan);
        const float *w = frs_model_weights_get(model);
        const int64_t m = shapes[i].rank ? shapes[i].dim[0] : 1;
        const int64_t n = frs_shape_count(shapes[i]) / m, least = m < n ? m : n;
        const int64_t vector = m <= n ? n : 1, element = m <= n ? 1 : n;
        for (int64_t j = 0; j < least; j++)
            for (int64_t k = 0; k < least; k++) {
                double dot = 0;
                for (int64_t l = 0; l < m * n / least; l++)
                    dot +=
                        (double)w[j * vector + l * element] * (double)w[k * vector + l * element];
                assert_close(dot, j == k, 1e-6);
            }
        frs_model_free(model);
        test_ctx_free(ctx, &heap);
    }
}

/* ---- gradients that meet or never come: loss = sum(a a + a b) + c, d unused, e = f in one sum */
static frs_status meeting(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *v[6];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    for (int i = 0; i < 6; i++)
        v[i] = frs_param(b, names[i], vector(i == 2 ? 1 : 3), (frs_init){FRS_INIT_CONST, i + 1, 0});
    frs_tensor *sum = frs_add(b, frs_mul(b, v[0], v[0]), frs_mul(b, v[0], v[1]));
    sum = frs_add(b, sum, frs_add(b, v[4], v[5]));
    return frs_build_done(b, frs_add(b, frs_reduce_sum(b, sum, ~0U), v[2]));
}
static frs_status itself(frs_builder *b, const void *arg) {
    (void)arg;
    return frs_build_done(b, frs_param(b, "a", vector(1), (frs_init){FRS_INIT_CONST, 7, 0}));
}

static void gradients_meet(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, meeting);
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    for (int64_t i = 0; i < 3; i++) /* a gradient that nobody writes is 0 at each run */
        ((float *)frs_model_gradients(m))[frs_model_param(m, 3).offset + i] = 9;
    assert_close(loss_of(ctx, plan, 0), 3 * (1 + 2 + 5 + 6) + 3, 0);
    const double expected[] = {2 * 1 + 2, 1, 1, 0, 1, 1};
    for (int i = 0; i < 6; i++) {
        const frs_param_info p = frs_model_param(m, i);
        for (int64_t k = 0; k < 16; k++) {
            const float g = ((const float *)frs_model_gradients(m))[p.offset + k];
            assert_close(g, k < frs_shape_count(p.shape) ? expected[i] : 0, 0);
        }
    }
    frs_model_free(m);
    m = model_of(ctx, itself);
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    assert_close(loss_of(ctx, plan, 0), 7, 0);
    assert_close(((const float *)frs_model_gradients(m))[0], 1, 0);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- states, frozen parameters, shared ones: loss = sum((w x + s)^2), s -> s + mean(x) */
static frs_status with_state(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_shape three = vector(3);
    frs_tensor *x = frs_input(b, "x", three);
    frs_scope_push(b, "a");
    frs_tensor *w = frs_param(b, "w", three, (frs_init){FRS_INIT_CONST, 2, 0});
    frs_scope_pop(b);
    frs_tensor *s = frs_state(b, "s", vector(1), (frs_init){FRS_INIT_CONST, 1, 0});
    frs_share_begin(b);
    frs_tensor *again = frs_state(b, "s", vector(1), (frs_init){0});
    frs_share_end(b);
    frs_state_set(b, s, frs_add(b, again, frs_reduce_mean(b, x, ~0U)));
    frs_tensor *y = frs_add(b, frs_mul(b, w, x), s);
    frs_output(b, "y", y);
    return frs_build_done(b, frs_reduce_sum(b, frs_square(b, y), ~0U));
}

static float weight_of(const frs_model *m, int64_t i) {
    return ((const float *)frs_model_weights_get(m))[frs_model_param(m, i).offset];
}

static void states_change(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, with_state);
    frs_plan *train = NULL, *infer = NULL;
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &infer));
    assert_null(frs_model_gradients(m)); /* inference needs none */
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &train));
    assert_int_equal(frs_model_n_params(m), 2);
    assert_true(frs_model_param(m, 1).state && !frs_model_param(m, 0).state);
    const float x[] = {1, 2, 6}, bad[] = {1, NAN, 6};
    assert_ok(ctx, frs_plan_feed(infer, "x", x, 3));
    assert_close(loss_of(ctx, infer, 0), 9 + 25 + 169, 0);
    assert_close(weight_of(m, 1), 1, 0);
    assert_ok(ctx, frs_plan_feed(train, "x", x, 3));
    assert_close(loss_of(ctx, train, 0), 9 + 25 + 169, 0); /* with the state before */
    assert_close(weight_of(m, 1), 4, 0);
    assert_close(((const float *)frs_model_gradients(m))[frs_model_param(m, 0).offset], 6, 0);
    assert_close(((const float *)frs_model_gradients(m))[frs_model_param(m, 1).offset], 0, 0);
    assert_ok(ctx, frs_plan_feed(train, "x", bad, 3));
    loss_of(ctx, train, 0); /* NaN: nothing changes */
    assert_close(weight_of(m, 1), 4, 0);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void freezes(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = model_of(ctx, with_state);
    frs_plan *train = NULL;
    frs_optim *optim = NULL;
    const float x[] = {1, 2, 6};
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &train));
    assert_ok(ctx, frs_optim_new(ctx, m, &(frs_optim_opts){.kind = FRS_OPTIM_ADAMW}, &optim));
    for (int i = 0; i < 3; i++) { /* trained, frozen, trained */
        assert_ok(ctx, frs_model_freeze(m, i == 1 ? "a" : "a.w", i == 1));
        assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &train));
        assert_ok(ctx, frs_plan_feed(train, "x", x, 3));
        const float w = weight_of(m, 0), s = weight_of(m, 1);
        loss_of(ctx, train, 0);
        assert_ok(ctx, frs_optim_step(optim, 0.1, 0));
        assert_true((weight_of(m, 0) == w) == (i == 1));
        assert_close(weight_of(m, 1), s + 3, 0); /* not shrunk by AdamW */
    }
    assert_status(ctx, frs_model_freeze(m, "a.", true), FRS_E_ARG);
    assert_status(ctx, frs_model_freeze(m, "s", true), FRS_E_ARG);
    assert_ok(ctx, frs_model_freeze(m, "", true));
    frs_optim_free(optim);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* A layer used twice: y = w (w x), its gradient the sum of both uses. */
static frs_status shared(frs_builder *b, const void *arg) {
    const bool wrong = *(const bool *)arg;
    frs_tensor *y = frs_input(b, "x", vector(1));
    frs_share_begin(b);
    for (int i = 0; i < 2; i++)
        y = frs_mul(b, y,
                    frs_param(b, "w", vector(1 + (wrong && i)), (frs_init){FRS_INIT_CONST, 3, 0}));
    frs_share_end(b);
    return frs_build_done(b, wrong ? NULL : y);
}

static void shares(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int wrong = 0; wrong < 2; wrong++) {
        const bool arg = wrong;
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        const frs_model_opts o = {.build = shared, .arg = &arg, .arg_size = sizeof arg};
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        if (wrong) {
            assert_status(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan), FRS_E_ARG);
            assert_message(ctx, "'w' was [1] and is now [2]");
        } else {
            assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
            assert_ok(ctx, frs_plan_feed(plan, "x", &(const float){5}, 1));
            assert_close(loss_of(ctx, plan, 0), 45, 0);
            assert_close(((const float *)frs_model_gradients(m))[0], 30, 0);
        }
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- what is told, and what happens without memory */
static void explains(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int reference = 0; reference < 2; reference++) {
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        char *text = NULL;
        const frs_model_opts o = {.build = net, .reference_only = reference};
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){700, 5}, &plan));
        assert_ok(ctx, frs_plan_explain(plan, &text));
        assert_non_null(strstr(text, "gradient.seq_grad"));
        assert_int_equal(strstr(text, "onednn") == NULL, reference);
        assert_int_equal(strstr(text, "seq_cpu") == NULL && strstr(text, "cpu") == NULL, reference);
        assert_int_equal(strstr(text, "reference") != NULL, reference); /* training has kernels */
        assert_non_null(strstr(text, "step arena: "));
        frs_text_free(ctx, text);
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

static frs_status all_of_it(frs_ctx *ctx, void *arg) {
    (void)arg;
    const double unused = 1;
    frs_model *m = NULL;
    char *text = NULL;
    frs_status s = frs_model_new(
        ctx, &(frs_model_opts){.build = net, .arg = &unused, .arg_size = sizeof unused}, &m);
    for (int64_t batch = 7; batch > 0 && s == FRS_OK; batch -= 3) {
        frs_plan *plan = NULL;
        s = frs_model_compile(m, batch == 4 ? FRS_INFER : FRS_TRAIN, (frs_dims){batch, 5}, &plan);
        if (s != FRS_OK) break;
        feed(ctx, plan, batch, 5);
        loss_of(ctx, plan, 0);
        s = frs_plan_explain(plan, &text);
        if (s == FRS_OK) frs_text_free(ctx, text);
    }
    frs_model_free(m);
    return s;
}

static void out_of_memory(void **state) {
    (void)state;
    test_oom(all_of_it, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes),          cmocka_unit_test(cannot_train),
        cmocka_unit_test(plans_are_cached),  cmocka_unit_test(runs_repeat),
        cmocka_unit_test(empty_batch),       cmocka_unit_test(wrong_names_and_counts),
        cmocka_unit_test(weights_are_fixed), cmocka_unit_test(first_weights),
        cmocka_unit_test(fans_of_kernels),   cmocka_unit_test(orthonormal),
        cmocka_unit_test(gradients_meet),    cmocka_unit_test(states_change),
        cmocka_unit_test(freezes),           cmocka_unit_test(shares),
        cmocka_unit_test(explains),          cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
