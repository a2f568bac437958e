/* Nets whose operators became part of the products before them, beside the same nets as built:
 * values, gradients, what is folded anew when weights and states change, and what must not be
 * joined. */
#include "support.h"

#include "freshet/graph.h"

#include <math.h>

enum { B = 3, SIDE = 12, C = 5, MOST = 1 << 16 };
typedef struct two {
    frs_model *m[2]; /* fused, as built */
    frs_plan *infer[2], *train[2];
} two;

static frs_tensor *conv(frs_builder *b, const char *name, frs_tensor *x, frs_activation then) {
    const frs_conv_opts o = {.filters = C, .kernel = {3}, .padding = FRS_SAME, .activation = then};
    frs_scope_push(b, name);
    x = frs_conv(b, x, &o);
    frs_scope_pop(b);
    return x;
}

static frs_tensor *normed(frs_builder *b, const char *name, frs_tensor *x, bool relu) {
    frs_scope_push(b, name);
    x = frs_batch_norm(b, conv(b, "conv", x, FRS_LINEAR),
                       &(frs_batch_norm_opts){.relu = relu, .eps = 1e-3});
    frs_scope_pop(b);
    return x;
}

static frs_tensor *dense(frs_builder *b, const char *name, frs_tensor *x, frs_activation then) {
    frs_scope_push(b, name);
    x = frs_dense_with(b, x, &(frs_dense_opts){.units = 7, .activation = then});
    frs_scope_pop(b);
    return x;
}

/* Chains of every kind: activations with and without a slope by their value, a residual, a
 * bottleneck whose shortcut is a convolution, a product without a bias, dense layers. */
static frs_status chains(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){4, {B, SIDE, SIDE, C}});
    x = conv(b, "a", x, FRS_TANH);
    x = conv(b, "b", x, FRS_SILU);
    x = frs_relu(b, frs_add(b, normed(b, "d", normed(b, "c", x, true), false), x));
    x = frs_activate(b, frs_add(b, normed(b, "e", x, false), normed(b, "f", x, false)), FRS_RELU6);
    x = frs_add(b, conv(b, "g", x, FRS_LEAKY_RELU), conv(b, "h", x, FRS_LINEAR));
    x = dense(b, "i", frs_flatten(b, x), FRS_SIGMOID);
    x = dense(b, "k", dense(b, "j", x, FRS_GELU), FRS_LINEAR);
    frs_output(b, "y", x);
    return frs_build_done(b, frs_loss_mse(b, x, frs_input(b, "obs", frs_tensor_shape(x))));
}

/* What is in between is an output, or read twice: it must be there. */
static frs_status read_twice(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){4, {B, SIDE, SIDE, C}});
    frs_tensor *y = conv(b, "a", x, FRS_LINEAR), *z = conv(b, "b", x, FRS_LINEAR);
    frs_output(b, "between", y);
    x = frs_add(b, frs_relu(b, y), frs_mul(b, frs_tanh(b, z), z));
    frs_tensor *twice = conv(b, "c", x, FRS_LINEAR);
    x = frs_add(b, twice, twice);
    frs_output(b, "y", x);
    return frs_build_done(b, frs_loss_mse(b, x, frs_input(b, "obs", frs_tensor_shape(x))));
}

static void feed(frs_ctx *ctx, frs_plan *p, const char *name) {
    float *x;
    int64_t n;
    assert_ok(ctx, frs_plan_input(p, name, &x, &n));
    for (int64_t i = 0; i < n; i++) x[i] = (float)sin(1 + 0.37 * (double)i);
}

static two make(frs_ctx *ctx, frs_build_fn build, bool reference) {
    two t = {0};
    for (int k = 0; k < 2; k++) {
        const frs_model_opts o = {
            .build = build, .seed = 4, .unfused = k == 1, .reference_only = reference};
        assert_ok(ctx, frs_model_new(ctx, &o, &t.m[k]));
        assert_ok(ctx, frs_model_compile(t.m[k], FRS_INFER, (frs_dims){B, 1}, &t.infer[k]));
        assert_ok(ctx, frs_model_compile(t.m[k], FRS_TRAIN, (frs_dims){B, 1}, &t.train[k]));
    }
    return t;
}

static void drop(const two *t) {
    frs_model_free(t->m[0]);
    frs_model_free(t->m[1]);
}

/* Values of both plans, whose distance is small beside their size; the first one's. */
static int64_t same_values(frs_ctx *ctx, frs_plan *const p[2], const char *name, double within,
                           float *first) {
    const float *y[2];
    int64_t n = 0;
    double d = 0, size = 0;
    for (int k = 0; k < 2; k++) {
        feed(ctx, p[k], "x");
        assert_ok(ctx, frs_plan_run(p[k], 1));
        assert_ok(ctx, frs_plan_output_f32(p[k], name, &y[k], &n));
        if (k == 0) memcpy(first, y[0], (size_t)n * sizeof *first);
    }
    assert_true(n < MOST);
    for (int64_t i = 0; i < n; i++) {
        d += pow((double)first[i] - (double)y[1][i], 2);
        size += pow((double)y[1][i], 2);
    }
    assert_true(size > 0 && sqrt(d) <= within * sqrt(size));
    return n;
}

static void train(frs_ctx *ctx, const two *t) {
    double loss[2];
    for (int k = 0; k < 2; k++) {
        feed(ctx, t->train[k], "x");
        feed(ctx, t->train[k], "obs");
        assert_ok(ctx, frs_plan_run(t->train[k], 1));
        assert_ok(ctx, frs_plan_output(t->train[k], "loss", &loss[k], 1));
    }
    assert_true(loss[0] > 0 && fabs(loss[0] - loss[1]) <= 1e-6 * loss[1]);
    const float *g[2] = {frs_model_gradients(t->m[0]), frs_model_gradients(t->m[1])};
    double d = 0, size = 0;
    for (int64_t i = 0; i < frs_model_flat_count(t->m[0]); i++) {
        d += pow((double)g[0][i] - (double)g[1][i], 2);
        size += pow((double)g[1][i], 2);
    }
    assert_true(size > 0 && sqrt(d) <= 1e-6 * sqrt(size));
}

/* How many nodes of a plan are of the operator. */
static int nodes(frs_ctx *ctx, const frs_plan *p, const char *op) {
    char *text = NULL, word[32];
    int n = 0;
    snprintf(word, sizeof word, " %s ", op);
    assert_ok(ctx, frs_plan_explain(p, &text));
    for (const char *at = text; (at = strstr(at, word)); at++) { /* not the kernel's name */
        const char *backend = at + strlen(word) + strspn(at + strlen(word), " ");
        n += strncmp(backend, "cpu", 3) == 0 || strncmp(backend, "onednn", 6) == 0;
    }
    frs_text_free(ctx, text);
    return n;
}

static void joins(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const two t = make(ctx, chains, false);
    static const struct {
        const char *op;
        int infer,
            train; /* SILU and GELU have a gradient by x; batch norms stand before two sums */
    } left[] = {{"activation", 0, 4},
                {"add", 0, 2},
                {"batch_norm_infer", 0, 0},
                {"conv", 8, 8},
                {"matmul", 3, 3 + 6}};
    for (int i = 0; i < FRS_LEN(left); i++) {
        assert_int_equal(nodes(ctx, t.infer[0], left[i].op), left[i].infer);
        if (i != 1) assert_int_equal(nodes(ctx, t.train[0], left[i].op), left[i].train);
    }
    assert_int_equal(nodes(ctx, t.infer[1], "batch_norm_infer"), 4);
    assert_int_equal(nodes(ctx, t.infer[1], "activation"), 7);
    assert_true(frs_plan_operations(t.infer[0], "c.conv") > 0);
    assert_true(frs_plan_operations(t.infer[0], "") == frs_plan_operations(t.infer[1], ""));
    drop(&t);
    test_ctx_free(ctx, &heap);
}

static void same(bool reference) {
    static float before[MOST], after[MOST];
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const two t = make(ctx, chains, reference);
    const size_t bytes = (size_t)same_values(ctx, t.infer, "y", 1e-6, before) * sizeof *before;
    train(ctx, &t); /* changes the running means and variances */
    same_values(ctx, t.infer, "y", 1e-6, after);
    assert_memory_not_equal(before, after, bytes);
    for (int k = 0; k < 2; k++) {
        float *w = frs_model_weights(t.m[k]);
        for (int64_t i = 0; i < frs_model_n_params(t.m[k]); i++) {
            const frs_param_info p = frs_model_param(t.m[k], i);
            if (!p.state) w[p.offset] += 0.25F;
        }
    }
    same_values(ctx, t.infer, "y", 1e-6, before);
    assert_memory_not_equal(before, after, bytes);
    drop(&t);
    test_ctx_free(ctx, &heap);
}

static void same_as_built(void **state) {
    (void)state;
    same(false);
    same(true);
}

static void keeps_what_is_read(void **state) {
    static float y[MOST];
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const two t = make(ctx, read_twice, false);
    assert_int_equal(nodes(ctx, t.infer[0], "activation"), 2);
    assert_int_equal(nodes(ctx, t.infer[0], "add"), 2);
    same_values(ctx, t.infer, "between", 0, y);
    same_values(ctx, t.infer, "y", 0, y);
    train(ctx, &t);
    drop(&t);
    test_ctx_free(ctx, &heap);
}

static void same_bits(void **state) {
    static float y[4][MOST];
    static const int threads[] = {1, 2, 3, 7};
    (void)state;
    for (int i = 0; i < 4; i++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, threads[i]);
        const two t = make(ctx, chains, false);
        const size_t n = (size_t)same_values(ctx, t.infer, "y", 1e-6, y[i]);
        train(ctx, &t);
        memcpy(y[i] + n, frs_model_gradients(t.m[0]),
               (size_t)frs_model_flat_count(t.m[0]) * sizeof(float));
        assert_memory_equal(y[0], y[i], sizeof y[0]);
        drop(&t);
        test_ctx_free(ctx, &heap);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(same_as_built),
        cmocka_unit_test(keeps_what_is_read),
        cmocka_unit_test(same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
