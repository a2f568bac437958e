/* The layer before a recurrent net beside PyTorch's: values of tests/golden/input_net, which
 * tools/golden_input_net.py makes; in double each element within 1e-9, in float each tensor within
 * 1e-5 in the 2-norm. And what a group that is missing must not do. */
#include "golden_file.h"

#include "forecaster/input_net.h"

enum { WHOLE = 4, MAX_ROOM = 4096 };

/* As FIELDS of the script. */
typedef struct golden_case {
    double method, batch, steps, others, positions, span, statics, activation, missing;
    double groups[4], dynamics[3], static_layers[3];
} golden_case;

typedef struct layer {
    frs_input_net net;
    frs_dims dims;
    int64_t others, statics;
    double missing;
} layer;

static const char *const names[] = {"mean_bare",      "mean",      "mean_statics", "attention",
                                    "attention_flat", "replacing", "whole"};

static frs_embedding embedding(const double *units, double activation) {
    frs_embedding e = {.activation = (int64_t)activation};
    for (int i = 0; i < 3 && units[i] > 0; i++) e.units[e.n++] = (int64_t)units[i];
    return e;
}

static layer layer_of(const golden_file *g) {
    golden_case c;
    assert_int_equal(golden_find(g, "case")->n, sizeof c / sizeof(double));
    memcpy(&c, golden_find(g, "case")->data, sizeof c);
    layer l = {.net = {.method = (int64_t)c.method,
                       .positions = (int64_t)c.positions,
                       .span = (int64_t)c.span,
                       .dynamics = embedding(c.dynamics, c.activation),
                       .statics = embedding(c.static_layers, c.activation)},
               .dims = {(int64_t)c.batch, (int64_t)c.steps},
               .others = (int64_t)c.others,
               .statics = (int64_t)c.statics,
               .missing = c.missing};
    for (int i = 0; i < 4 && c.groups[i] > 0; i++) {
        l.net.size[i] = (int64_t)c.groups[i];
        l.net.weather += l.net.size[i];
        l.net.flags++;
    }
    l.net.groups = c.method > 0 ? l.net.flags : 0;
    if (l.net.flags == 0) l.net.weather = WHOLE;
    assert_true(frs__input_net_sane(&l.net, l.net.weather + l.others + l.net.flags));
    return l;
}

static int64_t channels(const layer *l) {
    return l->net.weather + l->others + l->net.flags;
}

static frs_status build(frs_builder *b, const void *arg) {
    const layer *l = arg;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, channels(l)}}), *s = NULL;
    if (l->statics) s = frs_input(b, "statics", (frs_shape){2, {d.batch, l->statics}});
    s = frs__input_net_statics(b, &l->net, s);
    frs_tensor *y = frs__input_net_build(b, &l->net, x, s);
    frs_output(b, "y", y);
    frs_tensor *loss = frs_loss_mse(b, y, frs_input(b, "target", frs_tensor_shape(y)));
    if (s) {
        frs_output(b, "s", s);
        frs_tensor *of_s = frs_loss_mse(b, s, frs_input(b, "s_target", frs_tensor_shape(s)));
        loss = frs_add(b, loss, of_s);
    }
    return frs_build_done(b, loss);
}

/* ---- inputs as the script has them: [row][group] flags, then x */

typedef struct inputs {
    float x[MAX_ROOM], flags[MAX_ROOM];
} inputs;

static bool missing(const layer *l, int64_t row, int64_t g) {
    const int64_t G = l->net.flags;
    bool gone[FRS_INPUT_GROUPS], all = true;
    for (int64_t k = 0; k < G; k++) {
        gone[k] = golden_number(1001, (uint64_t)(row * G + k)) < 2 * l->missing - 1;
        all &= gone[k];
    }
    if (all && l->net.method == FRS_INPUT_ATTENTION) gone[0] = false;
    return gone[g];
}

/* filler: what stands for a missing input. */
static void make(const layer *l, float filler, inputs *in) {
    const int64_t rows = l->dims.batch * l->dims.steps, C = channels(l), G = l->net.flags;
    const int64_t W = l->net.weather;
    assert_true(rows * C <= MAX_ROOM);
    for (int64_t r = 0; r < rows; r++) {
        float *x = in->x + r * C;
        int64_t at = 0;
        for (int64_t k = 0; k < W; k++) x[k] = (float)golden_number(1000, (uint64_t)(r * W + k));
        for (int64_t k = 0; k < l->others; k++)
            x[W + k] = (float)golden_number(1002, (uint64_t)(r * l->others + k));
        for (int64_t g = 0; g < G; at += l->net.size[g++]) {
            const bool gone = missing(l, r, g);
            x[C - G + g] = gone;
            for (int64_t k = 0; gone && k < l->net.size[g]; k++) x[at + k] = filler;
        }
    }
}

static void feed_numbers(frs_ctx *ctx, frs_plan *plan, const char *name, uint64_t key, int64_t n) {
    float v[MAX_ROOM];
    assert_true(n <= MAX_ROOM);
    for (int64_t i = 0; i < n; i++) v[i] = (float)golden_number(key, (uint64_t)i);
    assert_ok(ctx, frs_plan_feed(plan, name, v, n));
}

static void feed(frs_ctx *ctx, frs_plan *plan, const layer *l, const inputs *in) {
    const int64_t B = l->dims.batch, rows = B * l->dims.steps;
    const frs_embedding *e = &l->net.statics;
    float place[MAX_ROOM];
    assert_ok(ctx, frs_plan_feed(plan, "x", in->x, rows * channels(l)));
    if (l->statics) feed_numbers(ctx, plan, "statics", 1003, B * l->statics);
    frs__input_net_positions(&l->net, l->dims.steps, place);
    if (l->net.positions)
        assert_ok(ctx, frs_plan_feed(plan, "position", place, l->dims.steps * l->net.positions));
    const int64_t S = e->n ? e->units[e->n - 1] : l->statics, E = l->net.dynamics.n;
    const int64_t width = E ? l->net.dynamics.units[E - 1] : l->net.size[0];
    feed_numbers(ctx, plan, "target", 1004, rows * (width + l->others));
    if (l->statics) feed_numbers(ctx, plan, "s_target", 1005, B * S);
}

/* A model whose training plan was run on the inputs; frees nothing. */
static frs_model *run(frs_ctx *ctx, const layer *l, const inputs *in, const frs_model_opts *how,
                      frs_plan **plan) {
    frs_model_opts o = *how;
    frs_model *m = NULL;
    o.build = build;
    o.arg = l;
    o.arg_size = sizeof *l;
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, l->dims, plan));
    golden_set_weights(m);
    feed(ctx, *plan, l, in);
    assert_ok(ctx, frs_plan_run(*plan, 0));
    return m;
}

static void compare(const golden_file *g, const frs_model_opts *how) {
    const bool wide = how->dtype == FRS_F64;
    const double limit = wide ? 1e-9 : 1e-5;
    const layer l = layer_of(g);
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    inputs in;
    frs_plan *plan = NULL;
    make(&l, 0, &in);
    frs_model *m = run(ctx, &l, &in, how, &plan);
    golden_compare_output(ctx, g, plan, "y", limit, wide);
    golden_compare_output(ctx, g, plan, "loss", limit, wide);
    if (l.statics) golden_compare_output(ctx, g, plan, "s", limit, wide);
    static const char net[] = "embedding_net.";
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        char name[80];
        assert_memory_equal(p.name, net, strlen(net));
        snprintf(name, sizeof name, "grad.%s", p.name + strlen(net));
        golden_compare(g, name, (const char *)frs_model_gradients(m) + p.offset * (wide ? 8 : 4),
                       frs_shape_count(p.shape), wide, limit);
    }
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void for_all(const frs_model_opts *how) {
    for (int i = 0; i < FRS_LEN(names); i++) {
        golden_file g;
        golden_open(&g, "input_net", names[i]);
        compare(&g, how);
        golden_close(&g);
    }
}

static void in_double(void **state) {
    (void)state;
    for_all(&(frs_model_opts){.dtype = FRS_F64});
}
static void in_float(void **state) {
    (void)state;
    for_all(&(frs_model_opts){0});
    for_all(&(frs_model_opts){.reference_only = true});
}

/* ---- what is missing */

static void outputs(frs_plan *plan, float *y, int64_t *n) {
    const float *from;
    assert_int_equal(frs_plan_output_f32(plan, "y", &from, n), FRS_OK);
    assert_true(*n <= MAX_ROOM);
    memcpy(y, from, (size_t)*n * sizeof *y);
}

/* But for the sign of a zero. */
static void same_values(const float *a, const float *b, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!(a[i] == b[i])) fail_msg("element %lld: %g and %g", (long long)i, a[i], b[i]);
}

/* Whatever stands in the place of a missing input, y and the gradients are the same. */
static void missing_is_not_seen(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++) {
        golden_file g;
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        golden_open(&g, "input_net", names[i]);
        const layer l = layer_of(&g);
        inputs in;
        frs_plan *plan = NULL;
        float y[2][MAX_ROOM];
        frs_model *m[2];
        for (int k = 0; k < 2; k++) {
            int64_t n;
            make(&l, k ? 7 : 0, &in);
            m[k] = run(ctx, &l, &in, &(frs_model_opts){0}, &plan);
            outputs(plan, y[k], &n);
            if (k) same_values(y[0], y[1], n);
        }
        same_values(frs_model_gradients(m[0]), frs_model_gradients(m[1]),
                    frs_model_flat_count(m[0]));
        for (int k = 0; k < 2; k++) frs_model_free(m[k]);
        golden_close(&g);
        test_ctx_free(ctx, &heap);
    }
}

/* A group that is never there: its net has no gradient at all. None is there: the layer is a
 * constant, 0 for the mean. */
static void never_there(frs_ctx *ctx, const layer *l, int64_t groups_gone) {
    inputs in;
    frs_plan *plan = NULL;
    float y[MAX_ROOM];
    int64_t n, moved = 0;
    make(l, 0, &in);
    const int64_t C = channels(l), G = l->net.flags, rows = l->dims.batch * l->dims.steps;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t g = 0; g < G; g++) in.x[r * C + C - G + g] = g >= G - groups_gone;
    frs_model *m = run(ctx, l, &in, &(frs_model_opts){0}, &plan);
    outputs(plan, y, &n);
    const int64_t F = n / rows;
    for (int64_t i = 0; i < n; i++) {
        assert_true(isfinite(y[i]));
        if (groups_gone == G && l->net.method == FRS_INPUT_MEAN && i % F < F - l->others)
            assert_true(y[i] == 0);
        if (groups_gone == G && l->others == 0) assert_true(y[i] == y[i % F]);
    }
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        const float *d = (const float *)frs_model_gradients(m) + p.offset;
        const char *group = strstr(p.name, "dynamics_embeddings.");
        const bool gone = group && group[20] - '0' >= G - groups_gone;
        for (int64_t j = 0; j < frs_shape_count(p.shape); j++) {
            assert_true(isfinite(d[j]) && !(gone && d[j] != 0));
            moved += group && d[j] != 0;
        }
    }
    assert_int_equal(moved > 0, groups_gone < G);
    frs_model_free(m);
}

static void groups_never_there(void **state) {
    (void)state;
    static const char *const which[] = {"mean", "mean_statics", "attention", "attention_flat"};
    for (int i = 0; i < FRS_LEN(which); i++) {
        golden_file g;
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 1);
        golden_open(&g, "input_net", which[i]);
        const layer l = layer_of(&g);
        never_there(ctx, &l, 1);
        never_there(ctx, &l, l.net.flags);
        golden_close(&g);
        test_ctx_free(ctx, &heap);
    }
}

/* What a file may hold and a net cannot be. */
static void sane(void **state) {
    (void)state;
    const frs_input_net good = {.method = FRS_INPUT_MEAN,
                                .weather = 3,
                                .flags = 2,
                                .groups = 2,
                                .size = {2, 1},
                                .dynamics = {.n = 1, .units = {4}}};
    frs_input_net bad[9];
    for (int i = 0; i < FRS_LEN(bad); i++) bad[i] = good;
    bad[0].method = 3;
    bad[1].groups = FRS_INPUT_GROUPS + 1;
    bad[2].size[1] = 0;
    bad[3].size[1] = INT64_MAX;
    bad[4].dynamics.n = FRS_EMBEDDING_LAYERS + 1;
    bad[5].dynamics.units[0] = 1 << 20;
    bad[6].flags = 1;
    bad[7].positions = -1;
    bad[8].statics.dropout = NAN;
    assert_true(frs__input_net_sane(&good, 5));
    assert_false(frs__input_net_sane(&good, 4));
    assert_true(frs__input_net_sane(&(frs_input_net){0}, 5));
    for (int i = 0; i < FRS_LEN(bad); i++) assert_false(frs__input_net_sane(&bad[i], 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_double),
        cmocka_unit_test(in_float),
        cmocka_unit_test(missing_is_not_seen),
        cmocka_unit_test(groups_never_there),
        cmocka_unit_test(sane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
