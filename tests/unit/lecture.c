/* The lecture's worked convolution (tests/cases/convolution/lecture.json): all 18 outputs, by the
 * net of examples/convolution.yml in float and by the operator's reference in double. */
#include "support.h"

#include "freshet/nn.h"

#include <jansson.h>

enum { SIDE = 5, CHANNELS = 3, FILTERS = 2, OUT = 3, WEIGHTS = FILTERS * CHANNELS * 9 };
typedef struct lecture {
    float x[SIDE * SIDE * CHANNELS]; /* channels last */
    float weight[WEIGHTS], bias[FILTERS];
    double y[OUT * OUT * FILTERS]; /* channels last */
} lecture;

static double at(const json_t *a, const int *index, int n) {
    for (int i = 0; i < n; i++) a = json_array_get(a, (size_t)index[i]);
    assert_true(json_is_number(a));
    return json_number_value(a);
}

static void read_lecture(lecture *l) {
    json_error_t e;
    json_t *root = json_load_file(FRS_TEST_DIR "/cases/convolution/lecture.json", 0, &e);
    assert_non_null(root);
    const json_t *x = json_object_get(root, "input"), *w = json_object_get(root, "filters");
    const json_t *b = json_object_get(root, "bias"), *y = json_object_get(root, "output");
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++)
            for (int k = 0; k < CHANNELS; k++)
                l->x[(r * SIDE + c) * CHANNELS + k] = (float)at(x, (int[]){k, r, c}, 3);
    for (int i = 0; i < WEIGHTS; i++)
        l->weight[i] = (float)at(w, (int[]){i / 27, i / 9 % 3, i / 3 % 3, i % 3}, 4);
    for (int k = 0; k < FILTERS; k++) l->bias[k] = (float)at(b, &k, 1);
    for (int i = 0; i < OUT * OUT * FILTERS; i++)
        l->y[i] = at(y, (int[]){i % FILTERS, i / FILTERS / OUT, i / FILTERS % OUT}, 3);
    json_decref(root);
}

/* Values of the parameter that ends so. */
static void put(frs_model *m, const char *end, const float *values, int n) {
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        if (!strstr(p.name, end)) continue;
        assert_int_equal(frs_shape_count(p.shape), n);
        for (int k = 0; k < n; k++) {
            void *to = frs_model_weights(m);
            if (frs_model_dtype(m) == FRS_F64)
                ((double *)to)[p.offset + k] = (double)values[k];
            else
                ((float *)to)[p.offset + k] = values[k];
        }
        return;
    }
    fail_msg("no parameter '%s'", end);
}

static void by_the_net(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    lecture l;
    frs_net *net = NULL;
    frs_shape shape;
    frs_arrays set = {0};
    float y[OUT * OUT * FILTERS];
    read_lecture(&l);
    const frs_array x = {.name = "x", .shape = {3, {SIDE, SIDE, CHANNELS}}, .data = l.x};
    assert_ok(ctx, frs_net_read(ctx, FRS_TEST_DIR "/../examples/convolution.yml", &net));
    assert_ok(ctx, frs_net_output_shape(net, NULL, &shape));
    put(frs_net_model(net), "first.weight", l.weight, WEIGHTS);
    put(frs_net_model(net), "first.bias", l.bias, FILTERS);
    assert_ok(ctx, frs_arrays_borrow(ctx, 1, &x, 1, &set));
    assert_ok(ctx, frs_net_predict(net, &set, NULL, 0, y, FRS_LEN(y)));
    for (int i = 0; i < FRS_LEN(y); i++) assert_true((double)y[i] == l.y[i]);
    frs_net_free(net);
    frs_arrays_free(ctx, &set);
    test_ctx_free(ctx, &heap);
}

static frs_status build(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_conv_opts o = {.filters = FILTERS, .kernel = {3}, .stride = {2}, .padding = FRS_SAME};
    frs_output(b, "y", frs_conv(b, frs_input(b, "x", (frs_shape){4, {1, 5, 5, 3}}), &o));
    return frs_build_done(b, NULL);
}

/* Padding SAME is 1 on each side here. */
static void by_the_reference(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    lecture l;
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    double y[OUT * OUT * FILTERS];
    read_lecture(&l);
    assert_ok(ctx, frs_model_new(ctx, &(frs_model_opts){.build = build, .dtype = FRS_F64}, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &plan));
    put(m, "weight", l.weight, WEIGHTS);
    put(m, "bias", l.bias, FILTERS);
    assert_ok(ctx, frs_plan_feed(plan, "x", l.x, FRS_LEN(l.x)));
    assert_ok(ctx, frs_plan_run(plan, 0));
    assert_ok(ctx, frs_plan_output(plan, "y", y, FRS_LEN(y)));
    for (int i = 0; i < FRS_LEN(y); i++) assert_true(y[i] == l.y[i]);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

/* The sum of filter 0's outputs: its bias has gradient 9, the middle weight of its first channel 8.
 */
static frs_status build_sum(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_conv_opts o = {.filters = FILTERS, .kernel = {3}, .stride = {2}, .padding = FRS_SAME};
    frs_tensor *y = frs_conv(b, frs_input(b, "x", (frs_shape){4, {1, 5, 5, 3}}), &o);
    y = frs_reduce_sum(b, frs_slice(b, y, 3, 0, 1), ~0U);
    return frs_build_done(b, frs_reshape(b, y, (frs_shape){0}));
}

static void gradients(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    lecture l;
    frs_model *m = NULL;
    frs_plan *plan = NULL;
    read_lecture(&l);
    assert_ok(ctx, frs_model_new(ctx, &(frs_model_opts){.build = build_sum}, &m));
    assert_ok(ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){1, 1}, &plan));
    assert_ok(ctx, frs_plan_feed(plan, "x", l.x, FRS_LEN(l.x)));
    assert_ok(ctx, frs_plan_run(plan, 0));
    const float *g = frs_model_gradients(m);
    assert_true(g[frs_model_param(m, 0).offset + 4] == 8);
    assert_true(g[frs_model_param(m, 1).offset] == 9 && g[frs_model_param(m, 1).offset + 1] == 0);
    frs_model_free(m);
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_net),
        cmocka_unit_test(by_the_reference),
        cmocka_unit_test(gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
