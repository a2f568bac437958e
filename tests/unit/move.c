/* What moves elements and looks along axes, by hand: compositions, ties, indices out of range, and
 * products so large that they are cut. */
#include "support.h"

#include "freshet/graph.h"

#include <math.h>

enum { ROOM = 64 };
typedef struct net {
    frs_tensor *(*make)(frs_builder *b, frs_tensor *x);
    frs_shape in;
} net;

static frs_status build(frs_builder *b, const void *arg) {
    const net *n = arg;
    frs_scope_push(b, "layer");
    frs_tensor *y = n->make(b, frs_input(b, "x", n->in));
    frs_scope_pop(b);
    frs_output(b, "y", y);
    return frs_build_done(b, NULL);
}

static frs_status compile(frs_ctx *ctx, const net *n, frs_model **m, frs_plan **plan) {
    const frs_model_opts o = {.build = build, .arg = n, .arg_size = sizeof *n, .seed = 3};
    assert_ok(ctx, frs_model_new(ctx, &o, m));
    return frs_model_compile(*m, FRS_INFER, (frs_dims){1, 1}, plan);
}

/* y of x = 0, 1, 2, .. is expected. */
static void gives(const net *n, const float *expected, int64_t count) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    float x[ROOM];
    const float *y;
    int64_t n_y;
    for (int i = 0; i < ROOM; i++) x[i] = (float)i;
    assert_ok(ctx, compile(ctx, n, &m, &plan));
    assert_ok(ctx, frs_plan_feed(plan, "x", x, frs_shape_count(n->in)));
    assert_ok(ctx, frs_plan_run(plan, 0));
    assert_ok(ctx, frs_plan_output_f32(plan, "y", &y, &n_y));
    assert_int_equal(n_y, count);
    for (int64_t i = 0; i < count; i++)
        if (isnan(expected[i]))
            assert_true(isnan(y[i]));
        else
            assert_float_equal(y[i], expected[i], 1e-6);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}
#define GIVES(MAKE, SHAPE, ...)                                                                    \
    gives(&(net){MAKE, SHAPE}, (const float[]){__VA_ARGS__},                                       \
          FRS_LEN(((const float[]){__VA_ARGS__})))
#define SHAPE(...) ((frs_shape){__VA_ARGS__})

static frs_tensor *to_space(frs_builder *b, frs_tensor *x) {
    return frs_depth_to_space(b, x, 2);
}
static frs_tensor *to_depth(frs_builder *b, frs_tensor *x) {
    return frs_space_to_depth(b, x, 2);
}
static frs_tensor *there_and_back(frs_builder *b, frs_tensor *x) {
    return frs_depth_to_space(b, frs_space_to_depth(b, x, 2), 2);
}
static frs_tensor *tiled(frs_builder *b, frs_tensor *x) {
    return frs_tile(b, x, (const int64_t[]){2, 3});
}
static frs_tensor *cropped(frs_builder *b, frs_tensor *x) {
    return frs_crop(b, x, (const int64_t[]){0, 1, 0}, (const int64_t[]){0, 1, 1});
}
static frs_tensor *first_row_of_places(frs_builder *b, frs_tensor *x) {
    return frs_add(b, frs_scale(b, x, 0, 0), frs_positions(b, 2, 4));
}

static void compositions(void **state) {
    (void)state;
    /* one pixel of four channels becomes two by two; a row of the block is two pixels */
    GIVES(to_space, SHAPE(4, {1, 1, 2, 4}), 0, 1, 4, 5, 2, 3, 6, 7);
    GIVES(to_depth, SHAPE(4, {1, 2, 4, 1}), 0, 1, 4, 5, 2, 3, 6, 7);
    GIVES(there_and_back, SHAPE(4, {1, 2, 4, 1}), 0, 1, 2, 3, 4, 5, 6, 7);
    GIVES(tiled, SHAPE(2, {2, 2}), 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3,
          2, 3);
    GIVES(cropped, SHAPE(3, {1, 3, 3}), 3, 4);
    GIVES(first_row_of_places, SHAPE(2, {2, 4}), 0, 1, 0, 1, sinf(1), cosf(1), sinf(0.01F),
          cosf(0.01F));
}

static frs_tensor *rows_of(frs_builder *b, frs_tensor *x, double from) {
    frs_tensor *index = frs_scale(b, frs_reshape(b, x, SHAPE(1, {4})), 1, from);
    return frs_gather(b, frs_positions(b, 3, 1), index, 0);
}
static frs_tensor *beyond(frs_builder *b, frs_tensor *x) {
    return rows_of(b, x, 0);
}
static frs_tensor *from_the_end(frs_builder *b, frs_tensor *x) {
    return rows_of(b, x, -4);
}
static frs_tensor *classes(frs_builder *b, frs_tensor *x) {
    return frs_one_hot(b, frs_scale(b, x, 1, -2), 2);
}
static frs_tensor *sums(frs_builder *b, frs_tensor *x) {
    return frs_scatter_add(b, x, frs_scale(b, x, -1, 2), 0, 2);
}

static void indices(void **state) {
    (void)state;
    GIVES(beyond, SHAPE(1, {4}), 0, sinf(1), sinf(2), NAN);
    GIVES(from_the_end, SHAPE(1, {4}), NAN, 0, sinf(1), sinf(2));
    GIVES(classes, SHAPE(1, {5}), 1, 0, 0, 1, 1, 0, 0, 1, 0, 0);
    /* 2 1 0 -1 -2 -3: 1 and 3 go to the last, 2 and 4 to the first */
    GIVES(sums, SHAPE(1, {6}), 6, 4);
}

static frs_tensor *places(frs_builder *b, frs_tensor *x) {
    frs_tensor *flat = frs_mul(b, frs_relu(b, frs_scale(b, x, 1, -3)), frs_scale(b, x, -1, 6));
    frs_tensor *both[] = {frs_argmax(b, flat, 0), frs_argmin(b, flat, 0)};
    return frs_concat(b, both, 2, 0);
}

/* The first of equals: (x - 3)+ (6 - x) of 0 .. 6 is 0 0 0 0 2 2 0. */
static void first_of_equals(void **state) {
    (void)state;
    GIVES(places, SHAPE(1, {7}), 4, 0);
}

/* ---- gradients */
typedef struct graded {
    frs_tensor *(*loss)(frs_builder *b, frs_tensor *x);
    float x[4], gradient[4];
} graded;

static frs_status build_graded(frs_builder *b, const void *arg) {
    const graded *g = arg;
    frs_tensor *x = frs_param(b, "x", SHAPE(1, {4}), (frs_init){0});
    return frs_build_done(b, frs_reshape(b, g->loss(b, x), SHAPE(0)));
}
static frs_tensor *largest(frs_builder *b, frs_tensor *x) {
    return frs_reduce_max(b, x, ~0U);
}
static frs_tensor *least(frs_builder *b, frs_tensor *x) {
    return frs_reduce_min(b, x, ~0U);
}
static frs_tensor *product(frs_builder *b, frs_tensor *x) {
    return frs_reduce_prod(b, x, ~0U);
}
/* Row 1 three times, row 3 once. */
static frs_tensor *looked_up(frs_builder *b, frs_tensor *x) {
    frs_tensor *ones = frs_scale(b, frs_positions(b, 4, 1), 0, 1);
    frs_tensor *last = frs_slice(b, ones, 0, 0, 1);
    frs_tensor *index[] = {frs_slice(b, ones, 0, 0, 3), frs_scale(b, last, 3, 0)};
    return frs_reduce_sum(b, frs_gather(b, x, frs_concat(b, index, 2, 0), 0), ~0U);
}

static void gradients(void **state) {
    (void)state;
    static const graded table[] = {
        {largest, {1, 3, 2, 3}, {0, 0.5F, 0, 0.5F}},
        {least, {1, 1, 2, 1}, {1 / 3.F, 1 / 3.F, 0, 1 / 3.F}},
        {product, {2, 0, 3, -1}, {0, -6, 0, 0}},
        {product, {2, 0, 0, -1}, {0, 0, 0, 0}},
        {product, {2, 1, 3, -1}, {-3, -6, -2, 6}},
        {looked_up, {0, 0, 0, 0}, {0, 3, 0, 1}},
    };
    for (int k = 0; k < FRS_LEN(table); k++)
        for (int reference = 0; reference < 2; reference++) {
            test_heap heap = {0};
            frs_ctx *ctx = test_ctx_new(&heap, 1);
            frs_model *m = NULL;
            frs_plan *plan = NULL;
            const frs_model_opts o = {.build = build_graded,
                                      .arg = &table[k],
                                      .arg_size = sizeof table[k],
                                      .reference_only = reference};
            assert_ok(ctx, frs_model_new(ctx, &o, &m));
            assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
            memcpy(frs_model_weights(m), table[k].x, sizeof table[k].x);
            assert_ok(ctx, frs_plan_run(plan, 0));
            const float *g = frs_model_gradients(m);
            for (int i = 0; i < 4; i++) assert_float_equal(g[i], table[k].gradient[i], 1e-6);
            frs_model_free(m);
            test_ctx_free(ctx, &heap);
        }
}

/* ---- layers */
static frs_tensor *table_of(frs_builder *b, frs_tensor *x) {
    return frs_embed(b, frs_reshape(b, x, SHAPE(2, {2, 2})), 4, 3);
}
static frs_tensor *twice_the_first(frs_builder *b, frs_tensor *x, const void *arg) {
    const double *factor = arg;
    assert_int_equal(frs_tensor_shape(x).rank, 2);
    return frs_scale(b, frs_slice(b, x, 1, 0, 1), *factor, 0);
}
static frs_tensor *each_step(frs_builder *b, frs_tensor *x) {
    static const double factor = 2;
    return frs_each_step(b, x, twice_the_first, &factor);
}
static frs_tensor *sum_of_rows(frs_builder *b, frs_tensor *x, const void *arg) {
    (void)arg;
    return frs_reduce_sum(b, x, 1);
}
static frs_tensor *rows_lost(frs_builder *b, frs_tensor *x) {
    return frs_each_step(b, x, sum_of_rows, NULL);
}

static void layers(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const net n = {table_of, {1, {4}}};
    const float index[] = {2, 0, 2, -1};
    static const int rows[] = {2, 0, 2, 3};
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    const float *y;
    int64_t n_y;
    assert_ok(ctx, compile(ctx, &n, &m, &plan));
    assert_string_equal(frs_model_param(m, 0).name, "layer.weight");
    assert_ok(ctx, frs_plan_feed(plan, "x", index, 4));
    assert_ok(ctx, frs_plan_run(plan, 0));
    assert_ok(ctx, frs_plan_output_f32(plan, "y", &y, &n_y));
    assert_int_equal(n_y, 12);
    const float *w = (const float *)frs_model_weights_get(m) + frs_model_param(m, 0).offset;
    for (int i = 0; i < 4; i++) assert_memory_equal(y + i * 3, w + rows[i] * 3, 3 * sizeof *y);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
    GIVES(each_step, SHAPE(3, {2, 2, 2}), 0, 4, 8, 12);
}

/* ---- what cannot be */
static frs_tensor *no_order(frs_builder *b, frs_tensor *x) {
    return frs_permute(b, x, (const int[]){0, 0, 1});
}
static frs_tensor *mirrored_too_far(frs_builder *b, frs_tensor *x) {
    return frs_pad(b, x, &(frs_pad_opts){.lo = {0, 3}, .mode = FRS_PAD_REFLECT});
}
static frs_tensor *padded_below(frs_builder *b, frs_tensor *x) {
    return frs_pad(b, x, &(frs_pad_opts){.lo = {-1}});
}
static frs_tensor *no_axis(frs_builder *b, frs_tensor *x) {
    return frs_gather(b, x, x, 3);
}
static frs_tensor *too_many_axes(frs_builder *b, frs_tensor *x) {
    x = frs_reshape(b, x, SHAPE(4, {2, 3, 2, 2}));
    return frs_gather(b, x, x, 0);
}
static frs_tensor *to_nothing(frs_builder *b, frs_tensor *x) {
    return frs_resize(b, x, &(frs_resize_opts){.size = {0}});
}
static frs_tensor *odd_blocks(frs_builder *b, frs_tensor *x) {
    return frs_space_to_depth(b, frs_reshape(b, x, SHAPE(4, {2, 3, 4, 1})), 2);
}
static frs_tensor *no_copies(frs_builder *b, frs_tensor *x) {
    return frs_tile(b, x, (const int64_t[]){1, 0, 1});
}
static frs_tensor *odd_heads(frs_builder *b, frs_tensor *x) {
    return frs_attention(b, x, x, x, &(frs_attention_opts){.heads = 3});
}
static frs_tensor *batches_differ(frs_builder *b, frs_tensor *x) {
    return frs_matmul(b, x, frs_slice(b, frs_reshape(b, x, SHAPE(3, {4, 3, 2})), 0, 0, 3), true,
                      false);
}
static frs_tensor *mask_of_another(frs_builder *b, frs_tensor *x) {
    return frs_softmax(b, x, frs_slice(b, x, 2, 0, 2));
}

static void impossible(void **state) {
    (void)state;
    const struct {
        frs_tensor *(*make)(frs_builder *b, frs_tensor *x);
        const char *says;
    } table[] = {
        {no_order, "order"},           {mirrored_too_far, "too short"}, {padded_below, "below 0"},
        {no_axis, "no axis 3"},        {too_many_axes, "axes"},         {to_nothing, "become 0"},
        {odd_blocks, "multiples"},     {no_copies, "copies"},           {odd_heads, "heads"},
        {batches_differ, "broadcast"}, {mask_of_another, "mask"},       {rows_lost, "rows"},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        const net n = {table[i].make, {3, {2, 3, 4}}};
        frs_model *m = NULL;
        frs_plan *plan = NULL;
        assert_status(ctx, compile(ctx, &n, &m, &plan), FRS_E_ARG);
        assert_message(ctx, table[i].says);
        assert_message(ctx, "layer");
        frs_model_free(m);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- products that are cut into pieces: each way of lying, the last piece whole and narrower */
typedef struct large {
    int64_t M, N, K;
    bool tx, ty;
} large;

static frs_status build_large(frs_builder *b, const void *arg) {
    const large *l = arg;
    const frs_shape x = {2, {l->tx ? l->K : l->M, l->tx ? l->M : l->K}};
    const frs_shape y = {2, {l->ty ? l->N : l->K, l->ty ? l->K : l->N}};
    const frs_init init = {FRS_INIT_UNIFORM, 1, 0};
    frs_tensor *px = frs_param(b, "x", x, init), *py = frs_param(b, "y", y, init);
    frs_output(b, "z", frs_matmul(b, px, py, l->tx, l->ty));
    return frs_build_done(b, NULL);
}

static double element(const frs_model *m, const large *l, int64_t i, int64_t j) {
    const float *all = frs_model_weights_get(m);
    const float *x = all + frs_model_param(m, 0).offset, *y = all + frs_model_param(m, 1).offset;
    double sum = 0;
    for (int64_t k = 0; k < l->K; k++)
        sum += (double)x[l->tx ? k * l->M + i : i * l->K + k] *
               (double)y[l->ty ? j * l->K + k : k * l->N + j];
    return sum;
}

static void run_large(const large *l, int threads, float *z) {
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, threads);
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    const float *out;
    int64_t n;
    const frs_model_opts o = {.build = build_large, .arg = l, .arg_size = sizeof *l, .seed = 4};
    assert_ok(ctx, frs_model_new(ctx, &o, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    assert_ok(ctx, frs_plan_run(plan, 0));
    assert_ok(ctx, frs_plan_output_f32(plan, "z", &out, &n));
    memcpy(z, out, (size_t)n * sizeof *z);
    for (int64_t at = 0; at < n; at += threads == 1 ? 61 : n) /* 61 meets each row and column */
        assert_close(z[at], element(m, l, at / l->N, at % l->N), 2e-4);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

static void large_products(void **state) {
    (void)state;
    static const large table[] = {{16, 1910, 300, false, true},
                                  {16, 2048, 300, true, false},
                                  {1910, 17, 300, false, false},
                                  {2048, 16, 300, true, true}};
    for (int k = 0; k < FRS_LEN(table); k++) {
        const size_t bytes = (size_t)(table[k].M * table[k].N) * sizeof(float);
        float *one = malloc(bytes), *three = malloc(bytes);
        run_large(&table[k], 1, one);
        run_large(&table[k], 3, three);
        assert_memory_equal(one, three, bytes);
        free(one);
        free(three);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compositions),    cmocka_unit_test(indices),
        cmocka_unit_test(first_of_equals), cmocka_unit_test(gradients),
        cmocka_unit_test(layers),          cmocka_unit_test(impossible),
        cmocka_unit_test(large_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
