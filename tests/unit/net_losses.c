/* Losses of a net by name: values worked by hand, weights of classes, scores of yes and no and of
 * shares; what a beginner gets wrong. */
#include "support.h"

#include "freshet/nn.h"

#include <math.h>

/* A net that gives back what it gets. */
static const frs_layer same[] = {{.type = "rescale"}};
typedef struct set {
    frs_shape x, y;
    float of_x[12], of_y[12];
    int64_t n;
} set;

static frs_status scored(frs_ctx *ctx, const set *s, const frs_compile_opts *o,
                         frs_net_scores *scores) {
    const frs_array arrays[] = {{.name = "x", .shape = s->x, .data = s->of_x},
                                {.name = "y", .shape = s->y, .target = true, .data = s->of_y}};
    frs_arrays a = {0};
    frs_net *net = NULL;
    frs_status status = frs_arrays_borrow(ctx, s->n, arrays, 2, &a);
    if (status == FRS_OK)
        status = frs_net_new(ctx, &(frs_net_opts){.inputs = {{"x", s->x}}, FRS_LAYERS(same)}, &net);
    if (status == FRS_OK) status = frs_net_compile(net, o);
    if (status == FRS_OK) status = frs_net_evaluate(net, &a, 0, scores);
    frs_net_free(net);
    frs_arrays_free(ctx, &a);
    return status;
}

#define LN(x) log(x)
static void values(void **state) {
    (void)state;
    static const set numbers = {{0}, {0}, {1, 4}, {2, 2}, 2};
    static const set yes = {{0}, {0}, {0, 1.09861229F}, {1, 0}, 2}; /* of p = 1/2, 3/4 */
    static const set shares = {{0}, {0}, {0.5F, 0.75F}, {1, 0}, 2};
    static const set logits = {{1, {3}}, {0}, {0, 0, 0.693147181F, 0, 0, 0}, {2, 1}, 2};
    static const set one_hot = {
        {1, {3}}, {1, {3}}, {0, 0, 0.693147181F, 0, 0, 0}, {0, 0, 1, 0, 1, 0}, 2};
    static const set probabilities = {{1, {2}}, {0}, {0.25F, 0.75F, 0.5F, 0.5F}, {1, 0}, 2};
    const double third = 1.0 / 3;
    const struct {
        const char *loss;
        const set *s;
        double loss_is, accuracy, mae;
    } table[] = {
        {"mse", &numbers, 2.5, NAN, 1.5},
        {"rmse", &numbers, sqrt(2.5), NAN, 1.5},
        {"mae", &numbers, 1.5, NAN, 1.5},
        {"huber", &numbers, 1, NAN, 1.5}, /* (1/2 + 3/2) / 2 */
        {"log_cosh", &numbers, (LN(cosh(1)) + LN(cosh(2))) / 2, NAN, 1.5},
        {"binary_cross_entropy", &yes, (LN(2) + LN(4)) / 2, 0, NAN},
        {"binary_nll", &shares, (LN(2) + LN(4)) / 2, 0, NAN},
        {"binary_focal", &yes, (0.25 / 4 * LN(2) + 0.75 * 9 / 16 * LN(4)) / 2, 0, NAN},
        {"hinge", &yes, (1 + 1 + LN(3)) / 2, 0, NAN},
        {"squared_hinge", &yes, (1 + pow(1 + LN(3), 2)) / 2, 0, NAN},
        {"cross_entropy", &logits, (LN(2) + LN(3)) / 2, 0.5, NAN},
        {"cross_entropy", &one_hot, (LN(2) + LN(3)) / 2, 0.5, NAN},
        {"focal", &logits, (LN(2) / 4 + LN(3) * 4 / 9) / 2, 0.5, NAN},
        {"nll", &probabilities, (LN(4.0 / 3) + LN(2)) / 2, 1, NAN},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        frs_net_scores s;
        assert_ok(ctx, scored(ctx, table[i].s, &(frs_compile_opts){.loss = table[i].loss}, &s));
        if (!(fabs(s.loss - table[i].loss_is) <= 1e-6))
            fail_msg("%s: %g, not %g", table[i].loss, s.loss, table[i].loss_is);
        assert_true(isnan(table[i].accuracy) ? isnan(s.accuracy) : s.accuracy == table[i].accuracy);
        assert_true(isnan(table[i].mae) ? isnan(s.mae) : s.mae == table[i].mae);
    }
    const double weights[] = {1, 2, 4}; /* (4 ln 2 + 2 ln 3) / 6 */
    frs_net_scores s;
    assert_ok(ctx,
              scored(ctx, &logits,
                     &(frs_compile_opts){
                         .loss = "cross_entropy", .class_weights = weights, .n_class_weights = 3},
                     &s));
    assert_close(s.loss, 2 * third * LN(2) + third * LN(3), 1e-6);
    test_ctx_free(ctx, &heap);
}

static void does_not_fit(void **state) {
    (void)state;
    static const set of_three = {{1, {3}}, {0}, {0}, {0}, 2};
    static const set of_two = {{1, {3}}, {1, {2}}, {0}, {0}, 2};
    const double weights[] = {1, 2};
    const struct {
        const set *s;
        frs_compile_opts o;
        const char *says[3];
    } table[] = {
        {&of_three, {.loss = "mse"}, {"[2, 3]", "[2]", "mse"}},
        {&of_two, {.loss = "mse"}, {"[2, 3]", "[2, 2]"}},
        {&of_two, {.loss = "cross_entropy"}, {"[2, 3]", "[2, 2]"}},
        {&of_three, {.loss = "binary_cross_entropy"}, {"[2, 3]", "[2]"}},
        {&of_three, {.loss = "mse, mae"}, {"1 outputs"}},
        {&of_three, {.loss = "crossentropy"}, {"'crossentropy'", "cross_entropy"}},
        {&of_three,
         {.loss = "cross_entropy", .class_weights = weights, .n_class_weights = 2},
         {"2 weights", "3 classes"}},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        frs_net_scores s;
        assert_status(ctx, scored(ctx, table[i].s, &table[i].o, &s), FRS_E_ARG);
        for (int k = 0; k < 3 && table[i].says[k]; k++) assert_message(ctx, table[i].says[k]);
    }
    test_ctx_free(ctx, &heap);
}

/* Arrays that are not the net's, a class that is none: told with names and shapes. */
static void data_does_not_fit(void **state) {
    (void)state;
    static const float x[2 * 6], classes[2] = {1, 3};
    static const frs_array images = {.name = "images", .shape = {1, {3}}, .data = x};
    static const frs_array wide = {.name = "x", .shape = {2, {3, 2}}, .data = x};
    static const frs_array fine = {.name = "x", .shape = {1, {3}}, .data = x};
    static const frs_array y = {.name = "y", .target = true, .data = classes};
    const struct {
        frs_array x;
        const char *says[2];
    } table[] = {
        {images, {"input 'x'", "it has: images, y"}},
        {wide, {"input 'x': a sample is [3]", "[3, 2]"}},
        {fine, {"the classes 0 to 2; sample 1 is of class 3", "dense_1"}},
    };
    const frs_layer layers[] = {{.type = "dense", .units = 3}};
    const frs_net_opts o = {.inputs = {{"x", {1, {3}}}}, FRS_LAYERS(layers)};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    for (int i = 0; i < FRS_LEN(table); i++) {
        const frs_array arrays[] = {table[i].x, y};
        frs_arrays a = {0};
        frs_net *net = NULL;
        assert_ok(ctx, frs_arrays_borrow(ctx, 2, arrays, 2, &a));
        assert_ok(ctx, frs_net_new(ctx, &o, &net));
        assert_ok(ctx, frs_net_compile(net, &(frs_compile_opts){.loss = "cross_entropy"}));
        assert_status(ctx, frs_net_fit(net, &a, &(frs_fit_opts){0}, NULL), FRS_E_ARG);
        for (int k = 0; k < 2; k++) assert_message(ctx, table[i].says[k]);
        frs_net_free(net);
        frs_arrays_free(ctx, &a);
    }
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(does_not_fit),
        cmocka_unit_test(data_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
