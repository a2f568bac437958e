/* Pooling and normalisation beside PyTorch's: values of tests/golden/norm, which
 * tools/golden_norm.py makes; and by hand what PyTorch does not say: TensorFlow's padding, the
 * words of errors, whole channels dropped. */
#include "golden_file.h"

#include "graph/graph_internal.h"
#include "op/window.h"

enum { STEPS = 3, W = 9 }; /* as the script; key of the outputs' weights */

typedef struct layer {
    const char *name;
    frs_shape x;
    frs_tensor *(*make)(frs_builder *b, frs_tensor *x);
} layer;

/* ---- the layers, named as in the script */
#define POOL(NAME, KIND, ...)                                                                      \
    static frs_tensor *NAME(frs_builder *b, frs_tensor *x) {                                       \
        return frs_##KIND##_pool(b, x, &(frs_pool_opts){__VA_ARGS__});                             \
    }
POOL(max, max, .kernel = {2})
POOL(max_ceil, max, .kernel = {3}, .stride = {2}, .padding = FRS_EXPLICIT, .pad_lo = {1, 1},
     .pad_hi = {1, 1}, .ceil_mode = true)
POOL(max_dilated, max, .kernel = {2, 3}, .stride = {1, 2}, .dilation = {3, 1})
POOL(max_volume, max, .kernel = {2}, .padding = FRS_EXPLICIT, .pad_lo = {1, 1, 1},
     .pad_hi = {1, 1, 1})
POOL(avg_counted, avg, .kernel = {3}, .stride = {2}, .padding = FRS_EXPLICIT, .pad_lo = {1, 1},
     .pad_hi = {1, 1}, .ceil_mode = true, .count_padding = true)
POOL(avg, avg, .kernel = {3, 2}, .stride = {2, 1}, .padding = FRS_EXPLICIT, .pad_lo = {1},
     .pad_hi = {1})
POOL(avg_series, avg, .kernel = {4}, .stride = {3}, .ceil_mode = true, .count_padding = true)

static frs_tensor *adaptive_avg(frs_builder *b, frs_tensor *x) {
    return frs_adaptive_pool(b, x, FRS_POOL_AVG, (const int[3]){3, 4});
}
static frs_tensor *adaptive_max(frs_builder *b, frs_tensor *x) {
    return frs_adaptive_pool(b, x, FRS_POOL_MAX, (const int[3]){4, 2});
}
static frs_tensor *global_avg(frs_builder *b, frs_tensor *x) {
    return frs_global_pool(b, x, FRS_POOL_AVG);
}
static frs_tensor *batch(frs_builder *b, frs_tensor *x) {
    return frs_batch_norm(b, x, NULL);
}
static frs_tensor *batch_relu(frs_builder *b, frs_tensor *x) {
    return frs_batch_norm(b, x, &(frs_batch_norm_opts){.eps = 1e-3, .momentum = 0.3, .relu = true});
}
static frs_tensor *over_last(frs_builder *b, frs_tensor *x) {
    return frs_layer_norm(b, x, 2, NULL);
}
static frs_tensor *group(frs_builder *b, frs_tensor *x) {
    return frs_group_norm(b, x, 3, NULL);
}
static frs_tensor *instance(frs_builder *b, frs_tensor *x) {
    return frs_instance_norm(b, x, &(frs_norm_opts){.no_affine = true});
}
static frs_tensor *lrn(frs_builder *b, frs_tensor *x) {
    return frs_lrn(b, x, &(frs_lrn_opts){.size = 5, .alpha = 0.5, .beta = 0.75, .k = 2});
}
static frs_tensor *lrn_even(frs_builder *b, frs_tensor *x) {
    return frs_lrn(b, x, &(frs_lrn_opts){.size = 4, .alpha = 0.3, .beta = 0.6});
}

static const layer pools[] = {
    {"max", {4, {3, 6, 9, 4}}, max},
    {"max_ceil", {4, {2, 8, 7, 3}}, max_ceil},
    {"max_dilated", {4, {2, 7, 8, 1}}, max_dilated},
    {"max_volume", {5, {2, 4, 5, 3, 2}}, max_volume},
    {"avg_counted", {4, {2, 8, 6, 5}}, avg_counted},
    {"avg", {4, {2, 7, 6, 17}}, avg},
    {"avg_series", {3, {3, 12, 6}}, avg_series},
    {"adaptive_avg", {4, {2, 7, 10, 3}}, adaptive_avg},
    {"adaptive_max", {4, {2, 6, 5, 3}}, adaptive_max},
    {"global_avg", {5, {2, 3, 4, 5, 6}}, global_avg},
};
static const layer norms[] = {
    {"batch", {4, {3, 4, 6, 5}}, batch},       {"batch_relu", {3, {4, 7, 3}}, batch_relu},
    {"layer", {4, {3, 5, 4, 6}}, over_last},   {"group", {4, {2, 3, 5, 12}}, group},
    {"instance", {4, {2, 3, 5, 7}}, instance}, {"lrn", {4, {2, 3, 4, 19}}, lrn},
    {"lrn_even", {3, {2, 5, 7}}, lrn_even},
};

/* loss = sum (w y); x is a parameter, so that it has a gradient. */
static frs_status build(frs_builder *b, const void *arg) {
    const layer *l = arg;
    frs_tensor *y = l->make(b, frs_param(b, "x", l->x, (frs_init){0}));
    frs_output(b, "y", y);
    frs_tensor *w = frs_input(b, "w", frs_tensor_shape(y));
    return frs_build_done(b,
                          frs_reshape(b, frs_reduce_sum(b, frs_mul(b, y, w), ~0U), (frs_shape){0}));
}

static void set(frs_model *m, int64_t i) {
    const frs_param_info p = frs_model_param(m, i);
    const double more = strcmp(p.name, "weight") == 0 ? 1.5 : 0;
    for (int64_t j = 0; j < frs_shape_count(p.shape) && !p.state; j++) {
        const double v = golden_number((uint64_t)i, (uint64_t)j) + more;
        if (frs_model_dtype(m) == FRS_F64)
            ((double *)frs_model_weights(m))[p.offset + j] = v;
        else
            ((float *)frs_model_weights(m))[p.offset + j] = (float)v;
    }
}

static void feed(frs_ctx *ctx, frs_plan *plan, int64_t n) {
    float *w = malloc((size_t)n * sizeof *w);
    for (int64_t i = 0; i < n; i++) w[i] = (float)golden_number(W, (uint64_t)i);
    assert_ok(ctx, frs_plan_feed(plan, "w", w, n));
    free(w);
}

/* Output y of the plan as the record's. */
static void compare_y(frs_plan *plan, const golden_file *g, const char *record, bool wide) {
    const int64_t n = golden_find(g, record)->n;
    double *y = malloc((size_t)n * sizeof *y);
    float *narrow = malloc((size_t)n * sizeof *narrow);
    assert_int_equal(frs_plan_output(plan, "y", y, n), FRS_OK);
    for (int64_t i = 0; i < n; i++) narrow[i] = (float)y[i];
    golden_compare(g, record, wide ? (const void *)y : narrow, n, wide, wide ? 1e-9 : 1e-5);
    free(narrow);
    free(y);
}

static void compare_params(frs_model *m, const golden_file *g, const char *name, bool wide) {
    const size_t size = wide ? sizeof(double) : sizeof(float);
    char record[48];
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        const char *all = p.state ? frs_model_weights_get(m) : frs_model_gradients(m);
        snprintf(record, sizeof record, "%s.%s", name, p.name);
        golden_compare(g, record, all + (size_t)p.offset * size, frs_shape_count(p.shape), wide,
                       wide ? 1e-9 : 1e-5);
    }
}

static void one(const golden_file *g, const layer *l, bool wide, bool reference) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    const frs_model_opts o = {.build = build,
                              .arg = l,
                              .arg_size = sizeof *l,
                              .dtype = wide ? FRS_F64 : FRS_F32,
                              .reference_only = reference};
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    char record[48];
    snprintf(record, sizeof record, "%s.y", l->name);
    const int64_t n = golden_find(g, record)->n;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    for (int64_t i = 0; i < frs_model_n_params(m); i++) set(m, i);
    feed(ctx, plan, n);
    for (int step = 0; step < STEPS; step++) assert_ok(ctx, frs_plan_run(plan, 0));
    compare_y(plan, g, record, wide);
    compare_params(m, g, l->name, wide);
    if (strncmp(l->name, "batch", 5) == 0) {
        assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
        feed(ctx, plan, n);
        assert_ok(ctx, frs_plan_run(plan, 0));
        snprintf(record, sizeof record, "%s.infer", l->name);
        compare_y(plan, g, record, wide);
    }
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void every(const char *file, const layer *l, int64_t n) {
    golden_file g;
    golden_open(&g, "norm", file);
    for (int64_t i = 0; i < n; i++) {
        one(&g, &l[i], true, true);
        one(&g, &l[i], false, false);
        one(&g, &l[i], false, true);
    }
    golden_close(&g);
}

static void pooling(void **state) {
    (void)state;
    every("pool", pools, FRS_LEN(pools));
}

static void normalising(void **state) {
    (void)state;
    every("norm", norms, FRS_LEN(norms));
}

/* ---- windows by hand */
static frs_status same_windows(frs_builder *b, const void *arg) {
    /* in, kernel, stride, dilation -> lo, hi, out: tf.nn.pool's rule, and PyTorch's of ceil_mode */
    static const struct {
        int in, kernel, stride, dilation;
        frs_padding padding;
        bool ceil;
        int lo, hi, out;
    } table[] = {
        {5, 2, 2, 1, FRS_SAME, false, 0, 1, 3},  {7, 3, 2, 1, FRS_SAME, false, 1, 1, 4},
        {6, 3, 2, 1, FRS_SAME, false, 0, 1, 3},  {6, 3, 1, 1, FRS_SAME, false, 1, 1, 6},
        {6, 4, 1, 1, FRS_SAME, false, 1, 2, 6},  {6, 3, 1, 2, FRS_SAME, false, 2, 2, 6},
        {4, 1, 3, 1, FRS_SAME, false, 0, 0, 2},  {4, 1, 3, 1, FRS_SAME, true, 0, 0, 2},
        {6, 3, 2, 1, FRS_VALID, false, 0, 0, 2}, {6, 3, 2, 1, FRS_VALID, true, 0, 1, 3},
        {6, 2, 3, 1, FRS_VALID, true, 0, 0, 2},  {6, 2, 4, 1, FRS_VALID, true, 0, 0, 2},
        {5, 2, 4, 1, FRS_VALID, true, 0, 1, 2},  {4, 2, 4, 1, FRS_VALID, true, 0, 0, 1},
    };
    (void)arg;
    for (int i = 0; i < FRS_LEN(table); i++) {
        frs_window w;
        const frs_window_opts o = {.kernel = (const int[3]){table[i].kernel},
                                   .stride = (const int[3]){table[i].stride},
                                   .dilation = (const int[3]){table[i].dilation},
                                   .padding = table[i].padding,
                                   .ceil_mode = table[i].ceil};
        const frs_shape x = {4, {1, 9, table[i].in, 1}};
        assert_int_equal(frs__window_make(b, "pool", x, &o, &w), FRS_OK);
        assert_int_equal(w.pad_lo[1], table[i].lo);
        assert_int_equal(w.pad_hi[1], table[i].hi);
        assert_int_equal(frs__window_out(&w, 1, table[i].in), table[i].out);
    }
    return frs_build_done(b, NULL);
}

static void windows(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    assert_ok(ctx, frs_model_new(ctx, &(frs_model_opts){.build = same_windows}, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* ---- what cannot be */
POOL(no_kernel, max, .stride = {2})
POOL(too_wide, avg, .kernel = {7})
POOL(negative, max, .kernel = {2}, .padding = FRS_EXPLICIT, .pad_lo = {-1})
static frs_tensor *no_outputs(frs_builder *b, frs_tensor *x) {
    return frs_adaptive_pool(b, x, FRS_POOL_AVG, (const int[3]){0});
}
static frs_tensor *four_groups(frs_builder *b, frs_tensor *x) {
    return frs_group_norm(b, x, 4, NULL);
}
static frs_tensor *many_axes(frs_builder *b, frs_tensor *x) {
    return frs_layer_norm(b, x, 6, NULL);
}
static frs_tensor *no_size(frs_builder *b, frs_tensor *x) {
    return frs_lrn(b, x, &(frs_lrn_opts){0});
}
static frs_tensor *a_value(frs_builder *b, frs_tensor *x) {
    return frs_spatial_dropout(b, x, 0.5);
}

static frs_status build_alone(frs_builder *b, const void *arg) {
    const layer *l = arg;
    frs_scope_push(b, "net");
    frs_output(b, "y", l->make(b, frs_input(b, "x", l->x)));
    frs_scope_pop(b);
    return frs_build_done(b, NULL);
}

static void impossible(void **state) {
    (void)state;
    static const layer table[] = {
        {"kernel", {4, {2, 5, 6, 3}}, no_kernel},
        {"of 7", {4, {2, 5, 6, 3}}, too_wide},
        {"padding", {4, {2, 5, 6, 3}}, negative},
        {"rank 2", {2, {5, 6}}, max},
        {"spatial", {2, {5, 6}}, adaptive_max},
        {"0 outputs", {4, {2, 5, 6, 3}}, no_outputs},
        {"4 equal", {4, {2, 5, 6, 6}}, four_groups},
        {"rank 4", {4, {2, 5, 6, 6}}, many_axes},
        {"rank 1", {1, {6}}, batch},
        {"0 channels", {2, {5, 6}}, no_size},
        {"rank 1", {1, {6}}, a_value},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        const frs_model_opts o = {
            .build = build_alone, .arg = &table[i], .arg_size = sizeof table[i]};
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        assert_ok(ctx, frs_model_new(ctx, &o, &m));
        assert_status(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan), FRS_E_ARG);
        assert_message(ctx, table[i].name);
        assert_message(ctx, "net");
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- whole channels of a sample stay or go; about as many as asked */
static frs_tensor *dropped(frs_builder *b, frs_tensor *x) {
    return frs_spatial_dropout(b, x, 0.25);
}

static void drops_channels(void **state) {
    (void)state;
    enum { B = 40, S = 6, C = 50 };
    const layer l = {"dropped", {3, {B, S, C}}, dropped};
    const frs_model_opts o = {.build = build, .arg = &l, .arg_size = sizeof l, .seed = 3};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    static float ones[B * S * C];
    const float *y = NULL;
    int64_t n = 0, kept = 0;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    for (int i = 0; i < B * S * C; i++) ((float *)frs_model_weights(m))[i] = 3, ones[i] = 1;
    assert_ok(ctx, frs_plan_feed(plan, "w", ones, B * S * C));
    assert_ok(ctx, frs_plan_run(plan, 7));
    assert_ok(ctx, frs_plan_output_f32(plan, "y", &y, &n));
    assert_int_equal(n, B * S * C);
    const float *dx = frs_model_gradients(m);
    for (int i = 0; i < n; i++) {
        const float first = y[i / (S * C) * S * C + i % C];
        assert_true(y[i] == first && (first == 0 || first == 4));
        assert_close(dx[i], first / 3, 1e-6);
        kept += i / C % S == 0 && first == 4;
    }
    assert_true(kept > B * C * 7 / 10 && kept < B * C * 8 / 10);
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    assert_ok(ctx, frs_plan_feed(plan, "w", ones, B * S * C));
    assert_ok(ctx, frs_plan_run(plan, 7));
    assert_ok(ctx, frs_plan_output_f32(plan, "y", &y, &n));
    for (int i = 0; i < n; i++) assert_true(y[i] == 3);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooling),    cmocka_unit_test(normalising),    cmocka_unit_test(windows),
        cmocka_unit_test(impossible), cmocka_unit_test(drops_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
