/* Activations, elementwise operators and losses beside PyTorch's: values of tests/golden/math,
 * which tools/golden_math.py makes; in double each element within 1e-9, in float each tensor within
 * 1e-5 in the 2-norm. And arrays large enough to be cut into blocks. */
#include "golden_file.h"
#include "op/op.h"

enum { N = 33, ROWS = 11, CLASSES = 5, ALL = ROWS * CLASSES };

/* y = f(x1, x2), the loss sum(d y); or f is the loss itself */
typedef struct formula {
    const char *name;
    frs_tensor *(*of_one)(frs_builder *b, frs_tensor *x);
    frs_tensor *(*of_two)(frs_builder *b, frs_tensor *x, frs_tensor *y);
    frs_tensor *(*loss)(frs_builder *b, frs_tensor *x);
    double middle, half;
    frs_activation activation;
} formula;

static frs_shape vector(int64_t n) {
    return (frs_shape){1, {n}};
}

static frs_tensor *scalar_sum(frs_builder *b, frs_tensor *x) {
    return frs_reshape(b, frs_reduce_sum(b, x, ~0U), (frs_shape){0});
}

static frs_status build(frs_builder *b, const void *arg) {
    const formula *f = *(const formula *const *)arg;
    const frs_shape s = f->loss ? (frs_shape){2, {ROWS, CLASSES}} : vector(N);
    frs_tensor *x = frs_param(b, "x", s, (frs_init){0}), *y;
    if (f->loss)
        y = f->loss(b, x);
    else if (f->of_two)
        y = f->of_two(b, x, frs_param(b, "y", s, (frs_init){0}));
    else
        y = f->of_one ? f->of_one(b, x) : frs_activate(b, x, f->activation);
    frs_output(b, f->name, y);
    if (f->loss) return frs_build_done(b, y);
    return frs_build_done(b, scalar_sum(b, frs_mul(b, y, frs_input(b, "d", s))));
}

static void set(frs_model *m, int64_t param, const formula *f, bool wide) {
    const frs_param_info p = frs_model_param(m, param);
    for (int64_t i = 0; i < frs_shape_count(p.shape); i++) {
        const uint64_t key = f->loss ? 11 : (uint64_t)param + 1;
        const double v = f->middle + f->half * golden_number(key, (uint64_t)i);
        if (wide)
            ((double *)frs_model_weights(m))[p.offset + i] = v;
        else
            ((float *)frs_model_weights(m))[p.offset + i] = (float)v;
    }
}

/* What the script numbers by `key`, fed as `input` where the net has it. */
static void feed(frs_plan *plan, const char *input, int64_t n, float (*value)(int64_t)) {
    float x[ALL];
    for (int64_t i = 0; i < n; i++) x[i] = value(i);
    frs_plan_feed(plan, input, x, n); /* fails where the net has no such input */
}
static float number_at(uint64_t key, int64_t i) {
    return (float)golden_number(key, (uint64_t)i);
}
static float weight_of(int64_t i) {
    return number_at(3, i);
}
static float class_of(int64_t i) {
    return floorf((number_at(12, i) + 1) / 2 * CLASSES);
}
static float class_or_gap(int64_t i) {
    return i % 3 == 1 ? NAN : class_of(i);
}
static float share_of(int64_t i) {
    return (number_at(13, i) + 1) / 4;
}
static float yes_of(int64_t i) {
    return number_at(14, i) > 0;
}
static float real_of(int64_t i) {
    return 4 * number_at(15, i);
}
static float class_weight_of(int64_t i) {
    return number_at(16, i) + 1;
}

static void feed_all(frs_plan *plan) {
    feed(plan, "d", N, weight_of);
    feed(plan, "classes", ROWS, class_of);
    feed(plan, "gaps", ROWS, class_or_gap);
    feed(plan, "shares", ALL, share_of);
    feed(plan, "yes", ALL, yes_of);
    feed(plan, "real", ALL, real_of);
    feed(plan, "weights", CLASSES, class_weight_of);
}

static void gradient_beside(const golden_file *g, const char *name, const char *axis, frs_model *m,
                            int64_t param, bool wide) {
    char of[48];
    snprintf(of, sizeof of, "%s.%s", name, axis);
    for (int i = 0; i < g->n; i++) {
        if (strcmp(g->records[i].name, of) != 0) continue;
        const frs_param_info p = frs_model_param(m, param);
        const char *gradients = frs_model_gradients(m);
        golden_compare(g, of, gradients + p.offset * (wide ? 8 : 4), frs_shape_count(p.shape), wide,
                       wide ? 1e-9 : 1e-5);
    }
}

static void beside(const golden_file *g, const formula *f, bool wide, bool reference) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const frs_model_opts o = {.build = build,
                              .arg = &f,
                              .arg_size = sizeof f,
                              .dtype = wide ? FRS_F64 : FRS_F32,
                              .reference_only = reference};
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    for (int64_t k = 0; k < frs_model_n_params(m); k++) set(m, k, f, wide);
    feed_all(plan);
    assert_ok(ctx, frs_plan_run(plan, 0));
    golden_compare_output(ctx, g, plan, f->name, wide ? 1e-9 : 1e-5, wide);
    gradient_beside(g, f->name, "dx", m, 0, wide);
    if (f->of_two) gradient_beside(g, f->name, "dy", m, 1, wide);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void all_beside(const char *file, const formula *f, int n) {
    golden_file g;
    golden_open(&g, "math", file);
    for (int i = 0; i < n; i++) {
        beside(&g, &f[i], true, false);
        beside(&g, &f[i], false, true);
        beside(&g, &f[i], false, false);
    }
    golden_close(&g);
}

static void activations(void **state) {
    (void)state;
    formula f[FRS_TANH];
    for (int i = 0; i < FRS_TANH; i++) {
        f[i] = (formula){.half = 4, .activation = (frs_activation)(i + 1)};
        f[i].name = frs_activation_name(f[i].activation);
    }
    all_beside("activations", f, FRS_TANH);
}

static void operators(void **state) {
    (void)state;
    static const formula unary[] = {
        {"sign", frs_sign, .half = 2},
        {"floor", frs_floor, .half = 4},
        {"ceil", frs_ceil, .half = 4},
        {"round", frs_round, .half = 4},
        {"reciprocal", frs_reciprocal, .middle = 2, .half = 1},
        {"erf", frs_erf, .half = 3},
        {"log1p", frs_log1p, .middle = 1, .half = 1.5},
        {"expm1", frs_expm1, .half = 2},
        {"sin", frs_sin, .half = 4},
        {"cos", frs_cos, .half = 4},
        {"tan", frs_tan, .half = 1.25},
        {"asin", frs_asin, .half = 0.875},
        {"acos", frs_acos, .half = 0.875},
        {"atan", frs_atan, .half = 4},
        {"sinh", frs_sinh, .half = 3},
        {"cosh", frs_cosh, .half = 3},
        {"asinh", frs_asinh, .half = 4},
        {"acosh", frs_acosh, .middle = 3, .half = 1.5},
        {"atanh", frs_atanh, .half = 0.875},
        {"abs", frs_abs, .half = 2},
        {"exp", frs_exp, .half = 4},
        {"log", frs_log, .middle = 2, .half = 1.5},
        {"sqrt", frs_sqrt, .middle = 2, .half = 1.5},
    };
    static const formula binary[] = {
        {"min", .of_two = frs_min, .half = 2},
        {"max", .of_two = frs_max, .half = 2},
        {"mod", .of_two = frs_mod, .half = 4},
        {"fmod", .of_two = frs_fmod, .half = 4},
        {"prelu", .of_two = frs_prelu, .half = 2},
        {"pow", .of_two = frs_pow, .middle = 2, .half = 1.5},
    };
    all_beside("unary", unary, FRS_LEN(unary));
    all_beside("binary", binary, FRS_LEN(binary));
}

/* ---- losses of x [ROWS, CLASSES] */
static frs_tensor *classes(frs_builder *b) {
    return frs_input(b, "classes", vector(ROWS));
}
static frs_tensor *weights(frs_builder *b) {
    return frs_input(b, "weights", vector(CLASSES));
}
static frs_tensor *each(frs_builder *b, const char *name) {
    return frs_input(b, name, (frs_shape){2, {ROWS, CLASSES}});
}
static frs_tensor *probability(frs_builder *b, frs_tensor *x) {
    return frs_scale(b, x, 1.0 / 32, 4.5 / 32);
}
static frs_tensor *ce(frs_builder *b, frs_tensor *x) {
    return frs_loss_cross_entropy(b, x, classes(b), NULL, 0);
}
static frs_tensor *ce_gaps(frs_builder *b, frs_tensor *x) {
    return frs_loss_cross_entropy(b, x, frs_input(b, "gaps", vector(ROWS)), weights(b), 0);
}
static frs_tensor *ce_smooth(frs_builder *b, frs_tensor *x) {
    return frs_loss_cross_entropy(b, x, classes(b), NULL, 0.125);
}
static frs_tensor *ce_smooth_weights(frs_builder *b, frs_tensor *x) {
    return frs_loss_cross_entropy(b, x, classes(b), weights(b), 0.125);
}
static frs_tensor *ce_shares(frs_builder *b, frs_tensor *x) {
    return frs_loss_cross_entropy(b, x, each(b, "shares"), weights(b), 0.125);
}
static frs_tensor *focal_classes(frs_builder *b, frs_tensor *x) {
    return frs_loss_focal_classes(b, x, classes(b), weights(b), 2);
}
static frs_tensor *nll(frs_builder *b, frs_tensor *x) {
    return frs_loss_nll(b, probability(b, x), classes(b), weights(b));
}
static frs_tensor *kl(frs_builder *b, frs_tensor *x) {
    return frs_loss_kl(b, probability(b, x), each(b, "shares"));
}
static frs_tensor *bce(frs_builder *b, frs_tensor *x) {
    return frs_loss_bce(b, probability(b, x), each(b, "yes"), 1);
}
static frs_tensor *bce_logits(frs_builder *b, frs_tensor *x) {
    return frs_loss_bce_logits(b, x, each(b, "yes"), 2.5);
}
static frs_tensor *focal_binary(frs_builder *b, frs_tensor *x) {
    return frs_loss_focal_binary(b, x, each(b, "yes"), 0.25, 2);
}
static frs_tensor *hinge(frs_builder *b, frs_tensor *x) {
    return frs_loss_hinge(b, x, each(b, "yes"));
}
static frs_tensor *squared_hinge(frs_builder *b, frs_tensor *x) {
    return frs_loss_squared_hinge(b, x, each(b, "yes"));
}
static frs_tensor *mae(frs_builder *b, frs_tensor *x) {
    return frs_loss_mae(b, x, each(b, "real"));
}
static frs_tensor *log_cosh(frs_builder *b, frs_tensor *x) {
    return frs_loss_log_cosh(b, x, each(b, "real"));
}

static void losses(void **state) {
    (void)state;
#define LOSS(fn)                                                                                   \
    { #fn, .loss = fn, .half = 4 }
    static const formula f[] = {
        LOSS(ce),
        LOSS(ce_gaps),
        LOSS(ce_smooth),
        LOSS(ce_smooth_weights),
        LOSS(ce_shares),
        LOSS(focal_classes),
        LOSS(nll),
        LOSS(kl),
        LOSS(bce),
        LOSS(bce_logits),
        LOSS(focal_binary),
        LOSS(hinge),
        LOSS(squared_hinge),
        LOSS(mae),
        LOSS(log_cosh),
    };
    all_beside("losses", f, FRS_LEN(f));
}

/* A number that is no class is an error in the data: it is seen, not passed over. */
static void no_such_class(void **state) {
    (void)state;
    static const formula f = {"ce", .loss = ce};
    const formula *arg = &f;
    float target[ROWS] = {0};
    for (int i = 0; i < 4; i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        const frs_model_opts o = {
            .build = build, .arg = &arg, .arg_size = sizeof arg, .reference_only = i % 2};
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        double loss = 0;
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
        target[4] = i < 2 ? CLASSES : -1;
        assert_ok(ctx, frs_plan_feed(plan, "classes", target, ROWS));
        assert_ok(ctx, frs_plan_run(plan, 0));
        assert_ok(ctx, frs_plan_output(plan, "loss", &loss, 1));
        assert_true(isnan(loss));
        frs_model_free(m);
        test_ctx_free(ctx, &heap);
    }
}

/* ---- by hand */
static frs_tensor *not_within(frs_builder *b, frs_tensor *x) {
    return frs_not(b, frs_isinf(b, frs_clip(b, x, -INFINITY, 2)));
}
static frs_tensor *isnan_or_above(frs_builder *b, frs_tensor *x) {
    return frs_or(b, frs_isnan(b, x), frs_greater(b, x, frs_relu(b, x)));
}
static frs_tensor *both_or_none(frs_builder *b, frs_tensor *x) {
    frs_tensor *y = frs_scale(b, x, -1, 1); /* above 0 where x is below 1 */
    return frs_sub(b, frs_and(b, x, y), frs_xor(b, x, y));
}
static frs_tensor *clipped(frs_builder *b, frs_tensor *x) {
    return frs_clip(b, x, -1.5, 2);
}
static frs_tensor *l1_and_l2(frs_builder *b, frs_tensor *x) {
    return frs_add(b, frs_scale(b, x, 0, 0), frs_penalty(b, frs_clip(b, x, -1, 1), 2, 3));
}

static frs_status hand_build(frs_builder *b, const void *arg) {
    frs_tensor *x = frs_input(b, "x", vector(6));
    frs_output(b, "y", (*(frs_tensor * (*const *)(frs_builder *, frs_tensor *)) arg)(b, x));
    return frs_build_done(b, NULL);
}

static void by_hand(void **state) {
    (void)state;
    static const struct {
        frs_tensor *(*fn)(frs_builder *b, frs_tensor *x);
        float x[6], y[6];
    } cases[] = {
        {frs_round, {0.5F, 1.5F, 2.5F, -0.5F, -1.5F, NAN}, {0, 2, 2, 0, -2, NAN}},
        {clipped, {-INFINITY, -1.5F, 0, 2, INFINITY, NAN}, {-1.5F, -1.5F, 0, 2, 2, NAN}},
        {not_within, {-INFINITY, -1.5F, 0, 2, INFINITY, 7}, {0, 1, 1, 1, 1, 1}},
        {isnan_or_above, {-1, 0, 1, NAN, 2, NAN}, {0, 0, 0, 1, 0, 1}},
        {both_or_none, {-1, 0.5F, 2, NAN, 0, 1}, {-1, 1, -1, 0, -1, -1}},
        {frs_relu, {-INFINITY, -0.0F, INFINITY, NAN, -1, 1e30F}, {0, 0, INFINITY, NAN, 0, 1e30F}},
        {frs_softplus, {-200, 200, NAN, 0, 1e30F, -1e30F}, {0, 200, NAN, 0.6931472F, 1e30F, 0}},
        /* 2 (1 + 1 + 0 + 0.5) + 3 (1 + 1 + 0 + 0.25), twice an element of 0 */
        {l1_and_l2, {-4, 1, 0, 0.5F, 0, 0}, {11.75F, 11.75F, 11.75F, 11.75F, 11.75F, 11.75F}},
    };
    for (int i = 0; i < 2 * FRS_LEN(cases); i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        const frs_model_opts o = {.build = hand_build,
                                  .arg = &cases[i / 2].fn,
                                  .arg_size = sizeof cases[0].fn,
                                  .reference_only = i % 2};
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        double y[6];
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
        assert_ok(ctx, frs_plan_feed(plan, "x", cases[i / 2].x, 6));
        assert_ok(ctx, frs_plan_run(plan, 0));
        assert_ok(ctx, frs_plan_output(plan, "y", y, 6));
        for (int k = 0; k < 6; k++) {
            const double expected = (double)cases[i / 2].y[k];
            if (isnan(expected) || isinf(expected))
                assert_true(isnan(expected) ? isnan(y[k]) : y[k] == expected);
            else
                assert_close(y[k], expected, 1e-6 * (1 + fabs(expected)));
        }
        frs_model_free(m);
        test_ctx_free(ctx, &heap);
    }
}

static void names(void **state) {
    (void)state;
    frs_activation kind;
    for (int i = 0; i <= FRS_TANH; i++) {
        assert_true(frs_activation_find(frs_activation_name((frs_activation)i), &kind));
        assert_int_equal(kind, i);
    }
    assert_true(frs_activation_find("swish", &kind));
    assert_int_equal(kind, FRS_SILU);
    assert_false(frs_activation_find("relu7", &kind));
    assert_null(frs_activation_name((frs_activation)(FRS_TANH + 1)));
}

/* ---- what cannot be */
static frs_status impossible(frs_builder *b, const void *arg) {
    frs_tensor *x = frs_param(b, "x", (frs_shape){2, {3, 4}}, (frs_init){0});
    frs_tensor *three = frs_input(b, "three", vector(3));
    switch (*(const int *)arg) {
    case 0:
        return frs_build_done(b, scalar_sum(b, frs_activate(b, x, (frs_activation)99)));
    case 1:
        return frs_build_done(b, scalar_sum(b, frs_activate_with(b, x, FRS_CELU, 0, 0)));
    case 2:
        return frs_build_done(b,
                              frs_loss_cross_entropy(b, x, frs_input(b, "t", vector(4)), NULL, 0));
    case 3:
        return frs_build_done(b, frs_loss_cross_entropy(b, x, three, three, 0));
    case 4: /* would be cut to 3 in 32 bits */
        return frs_build_done(b,
                              scalar_sum(b, frs_expand(b, three, vector((INT64_C(1) << 32) + 3))));
    case 5:
        return frs_build_done(b, scalar_sum(b, frs_reshape(b, x, vector((INT64_C(1) << 32) + 12))));
    case 6:
        return frs_build_done(b, scalar_sum(b, frs__fill(b, vector((INT64_C(1) << 32) + 3), 1)));
    case 7:
        return frs_build_done(b, scalar_sum(b, frs_positions(b, (INT64_C(1) << 32) + 2, 4)));
    case 8:
        return frs_build_done(b, scalar_sum(b, frs_expand(b, three, vector(-3))));
    default:
        return frs_build_done(b, frs_loss_mae(b, x, three));
    }
}

static void impossible_nets(void **state) {
    (void)state;
    static const char *const messages[] = {"no activation 99",
                                           "celu needs an alpha",
                                           "targets of classes differ",
                                           "one weight a class",
                                           "expand: axis 0 of 4294967299",
                                           "reshape: axis 0 of 42",
                                           "fill: axis 0 of 4294967299",
                                           "positions: axis 0 of 42",
                                           "expand: axis 0 of -3",
                                           "differ in shape"};
    for (int i = 0; i < FRS_LEN(messages); i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        const frs_model_opts o = {.build = impossible, .arg = &i, .arg_size = sizeof i};
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        assert_int_not_equal(frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan), FRS_OK);
        assert_message(ctx, messages[i]);
        frs_model_free(m);
        test_ctx_free(ctx, &heap);
    }
}

/* ---- images of several blocks: the same bits for any number of threads, beside the references */
enum { IMAGES = 3, HEIGHT = 61, WIDTH = 50, CHANNELS = 24, PIXELS = IMAGES * HEIGHT * WIDTH };

static frs_status large(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_shape s = {4, {IMAGES, HEIGHT, WIDTH, CHANNELS}}, w = {4, {IMAGES, 1, 1, CHANNELS}};
    const frs_init spread = {FRS_INIT_UNIFORM, 1, 0};
    frs_tensor *x = frs_param(b, "x", s, spread), *bias = frs_param(b, "bias", vector(24), spread);
    frs_tensor *scale = frs_param(b, "scale", w, spread), *y = frs_add(b, x, bias);
    y = frs_mul(b, frs_activate(b, y, FRS_GELU), scale);
    frs_tensor *mean = frs_reduce_mean(b, y, 6); /* [B, 1, 1, C] */
    y = frs_dropout(b, frs_where(b, frs_less(b, y, mean), frs_square(b, y), y), 0.25);
    frs_tensor *target = frs_input(b, "target", (frs_shape){3, {IMAGES, HEIGHT, WIDTH}});
    frs_tensor *loss = frs_loss_cross_entropy(b, frs_scale(b, y, 2, 1), target, NULL, 0.1);
    frs_output(b, "y", y);
    return frs_build_done(b, frs_add(b, loss, frs_loss_log_cosh(b, y, frs_square(b, x))));
}

/* Gradients, flat, and the loss behind them; the caller frees. */
static void *large_run(int threads, frs_dtype dtype, int64_t *n) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, threads);
    const frs_model_opts o = {.build = large, .seed = 3, .dtype = dtype};
    const size_t size = dtype == FRS_F64 ? 8 : 4;
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){IMAGES, 1}, &plan));
    float *target = malloc(PIXELS * sizeof *target);
    for (int64_t i = 0; i < PIXELS; i++) target[i] = i % 7 ? (float)(i % CHANNELS) : NAN;
    assert_ok(ctx, frs_plan_feed(plan, "target", target, PIXELS));
    assert_ok(ctx, frs_plan_run(plan, 2));
    *n = frs_model_flat_count(m);
    void *g = malloc((size_t)*n * size);
    memcpy(g, frs_model_gradients(m), (size_t)*n * size);
    free(target);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
    return g;
}

static void large_arrays(void **state) {
    (void)state;
    int64_t n = 0;
    float *one = large_run(1, FRS_F32, &n), *three = large_run(3, FRS_F32, &n);
    double *exact = large_run(1, FRS_F64, &n), d = 0, size = 0;
    assert_memory_equal(one, three, (size_t)n * sizeof *one);
    /* of the bias and the scale the sums over pixels count, so each part for itself */
    const int64_t first = (int64_t)PIXELS * CHANNELS;
    for (int64_t i = 0; i < n; i++) {
        if (i == first) {
            assert_true(sqrt(d / size) <= 1e-5);
            d = size = 0;
        }
        d += ((double)one[i] - exact[i]) * ((double)one[i] - exact[i]);
        size += exact[i] * exact[i];
    }
    assert_true(sqrt(d / size) <= 1e-5);
    free(one);
    free(three);
    free(exact);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations),     cmocka_unit_test(operators),    cmocka_unit_test(losses),
        cmocka_unit_test(no_such_class),   cmocka_unit_test(by_hand),      cmocka_unit_test(names),
        cmocka_unit_test(impossible_nets), cmocka_unit_test(large_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
