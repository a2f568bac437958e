/* The zoo: published numbers of parameters, shapes, and LeNet's ability to learn. */
#include "freshet/zoo.h"
#include "net/net.h"
#include "support.h"
#include <math.h>

/* ---- parameters: every net's published number. Sources:
 *   torchvision's table of weights (pytorch.org/vision/stable/models, num_params):
 *     alexnet_one_tower 61,100,840; vgg16 138,357,544; googlenet_bn 6,624,904 (aux_logits=False);
 *     resnet18 11,689,512; resnet34 21,797,672; resnet50 25,557,032; squeezenet1_0 1,248,424;
 *     squeezenet1_1 1,235,496
 *   perceptron: LeCun et al. (1998), III.C.1, "7850 free parameters"
 *   mlp: LeNet-300-100, "267K" in Han et al. (2015), arXiv:1506.02626, table 1
 *   lenet: LeCun et al. (1998), II.B, "60,000 trainable free parameters" up to F6: C1 156, S2 12,
 * C3 1,516, S4 32, C5 48,120, F6 10,164; the output of 84 x 10 + 10 is ours lenet_relu: 156 + 2,416
 * + 48,120 + 10,164 + 850, its layers' sum alexnet: "60 million parameters" in the paper; layer by
 * layer as in Caffe's bvlc_alexnet googlenet: Szegedy et al. (2015), table 1, layer by layer with
 * biases unet: the paper has none; its figure 1 layer by layer. Two more convolutions in place of
 * the last (2 x (9 x 64 + 1) + 3 for 130) give the 31,031,685 of the Keras code that most refer to.
 *   rainnet: the authors' Keras code, 31,380,613 trainable */
static void counts(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    for (int64_t i = 0; frs_zoo_list(i); i++) {
        const frs_zoo_net *z = frs_zoo_list(i);
        frs_net *net = NULL;
        assert_ok(ctx, frs_zoo_new(ctx, z->name, NULL, &net));
        int64_t n = -1;
        assert_ok(ctx, frs_net_count(net, "", &n));
        if (n != z->parameters)
            print_error("%s: %lld parameters, published %lld\n", z->name, (long long)n,
                        (long long)z->parameters);
        assert_int_equal(n, z->parameters);
        frs_net_free(net);
    }
    test_ctx_free(ctx, &heap);
}

static void layers_of_lenet(void **state) {
    (void)state;
    static const struct {
        const char *layer;
        int64_t parameters;
    } published[] = {{"C1", 156},   {"S2", 12},    {"C3", 1516},   {"S4", 32},
                     {"C5", 48120}, {"F6", 10164}, {"output", 850}};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_net *net = NULL;
    int64_t n;
    assert_ok(ctx, frs_zoo_new(ctx, "lenet", NULL, &net));
    for (int64_t i = 0; i < FRS_LEN(published); i++) {
        assert_ok(ctx, frs_net_count(net, published[i].layer, &n));
        assert_int_equal(n, published[i].parameters);
    }
    frs_net_free(net);
    test_ctx_free(ctx, &heap);
}

/* ---- shapes of outputs, at small inputs where the net allows */
static void shapes(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t side, channels, classes;
        frs_shape out;
    } cases[] = {
        {"perceptron", 0, 0, 0, {1, {10}}},    {"mlp", 9, 3, 4, {1, {4}}},
        {"lenet", 28, 0, 0, {1, {10}}},        {"lenet_relu", 0, 0, 5, {1, {5}}},
        {"alexnet", 67, 0, 3, {1, {3}}},       {"alexnet_one_tower", 63, 0, 3, {1, {3}}},
        {"vgg16", 32, 0, 11, {1, {11}}},       {"googlenet", 64, 0, 7, {1, {7}}},
        {"googlenet_bn", 65, 1, 7, {1, {7}}},  {"resnet18", 32, 0, 10, {1, {10}}},
        {"resnet34", 33, 0, 10, {1, {10}}},    {"resnet50", 32, 1, 10, {1, {10}}},
        {"squeezenet1_0", 64, 0, 6, {1, {6}}}, {"squeezenet1_1", 61, 0, 6, {1, {6}}},
        {"unet", 188, 0, 0, {3, {4, 4, 2}}},   {"rainnet", 32, 0, 0, {3, {32, 32, 1}}},
    };
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 2);
    for (int64_t i = 0; i < FRS_LEN(cases); i++) {
        const frs_zoo_opts o = {.height = cases[i].side,
                                .width = cases[i].side,
                                .channels = cases[i].channels,
                                .classes = cases[i].classes,
                                .seed = 3};
        frs_net *net = NULL;
        int64_t n;
        assert_ok(ctx, frs_zoo_new(ctx, cases[i].name, &o, &net));
        assert_ok(ctx, frs_net_count(net, "", &n)); /* without weights */
        const frs_shape s = net->shapes[net->n_layers - 1];
        assert_int_equal(s.rank, cases[i].out.rank + 1);
        for (int k = 1; k < s.rank; k++) assert_int_equal(s.dim[k], cases[i].out.dim[k - 1]);
        frs_net_free(net);
    }
    test_ctx_free(ctx, &heap);
}

/* ---- a pass forwards: finite numbers that differ with the input */
static void forwards(void **state) {
    (void)state;
    static const char *const names[] = {"lenet", "mlp", "googlenet_bn", "squeezenet1_1"};
    enum { FEW = 2, BIG = 64 };
    static float x[FEW * BIG * BIG];
    for (int i = 0; i < FEW * BIG * BIG; i++) x[i] = (float)((i * 7919) % 1009) / 1009;
    for (int64_t i = 0; i < FRS_LEN(names); i++) {
        const int side = i < 2 ? 32 : BIG;
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 2);
        const frs_array array = {.name = "x", .shape = {3, {side, side, 1}}, .data = x};
        const frs_zoo_opts o = {.height = side, .width = side, .channels = 1, .classes = 4};
        frs_arrays a = {0};
        frs_net *net = NULL;
        float y[FEW * 4];
        assert_ok(ctx, frs_arrays_borrow(ctx, FEW, &array, 1, &a));
        assert_ok(ctx, frs_zoo_new(ctx, names[i], &o, &net));
        assert_ok(ctx, frs_net_predict(net, &a, NULL, 0, y, FEW * 4));
        for (int k = 0; k < 4; k++) assert_true(isfinite(y[k]) && y[k] != y[4 + k]);
        frs_net_free(net);
        frs_arrays_free(ctx, &a);
        test_ctx_free(ctx, &heap);
    }
}

/* ---- learning: stripes of three kinds in noise */
enum { N = 96, SIDE = 28 };

static float noise(int i) {
    return (float)((i * 7919) % 1009) / 1009 - 0.5F;
}

static frs_arrays stripes(frs_ctx *ctx, float *x, float *y) {
    for (int s = 0; s < N; s++) {
        y[s] = (float)(s % 3);
        for (int i = 0; i < SIDE * SIDE; i++) {
            const int r = i / SIDE + s, c = i % SIDE + s;
            const int at = s % 3 == 0 ? r : s % 3 == 1 ? c : r + c;
            x[s * SIDE * SIDE + i] = 0.3F * noise(s * SIDE * SIDE + i) + (float)(at / 2 % 3 == 0);
        }
    }
    const frs_array arrays[] = {{.name = "x", .shape = {3, {SIDE, SIDE, 1}}, .data = x},
                                {.name = "y", .shape = {0}, .target = true, .data = y}};
    frs_arrays a = {0};
    assert_ok(ctx, frs_arrays_borrow(ctx, N, arrays, 2, &a));
    return a;
}

static void learns(void **state) {
    (void)state;
    static float x[N * SIDE * SIDE], y[N];
    static const char *const names[] = {"lenet", "lenet_relu"};
    for (int k = 0; k < 2; k++) {
        test_heap heap = {0};
        frs_ctx *ctx = test_ctx_new(&heap, 2);
        frs_arrays a = stripes(ctx, x, y);
        frs_net *net = NULL;
        frs_net_scores before, after;
        const frs_zoo_opts o = {.height = SIDE, .width = SIDE, .classes = 3, .seed = 2};
        assert_ok(ctx, frs_zoo_new(ctx, names[k], &o, &net));
        assert_ok(ctx,
                  frs_net_compile(net, &(frs_compile_opts){.loss = "cross_entropy",
                                                           .optimiser = {.kind = FRS_OPTIM_ADAM},
                                                           .learning_rate = 2e-3}));
        assert_ok(ctx, frs_net_evaluate(net, &a, 0, &before));
        assert_ok(ctx, frs_net_fit(net, &a, &(frs_fit_opts){.epochs = 10, .batch = 16}, NULL));
        assert_ok(ctx, frs_net_evaluate(net, &a, 0, &after));
        assert_true(before.accuracy < 0.8 && after.accuracy > 0.95);
        assert_true(after.loss < 0.5 * before.loss);
        frs_net_free(net);
        frs_arrays_free(ctx, &a);
        test_ctx_free(ctx, &heap);
    }
}

/* C3's table: a map does not change with channels that it does not see. */
static void table(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    const frs_layer layers[] = {
        {.type = "table_conv", .table = "0 2; 1;0 1 2 3 ; 3", .kernel = {1}, .no_bias = true}};
    const float x[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    static const bool sees[4][4] = {{1, 0, 1, 0}, {0, 1, 1, 0}, {1, 0, 1, 0}, {0, 0, 1, 1}};
    const frs_array arrays[] = {{.name = "x", .shape = {3, {1, 1, 4}}, .data = x}};
    frs_net *net = NULL;
    frs_arrays a = {0};
    float out[16];
    assert_ok(ctx, frs_arrays_borrow(ctx, 4, arrays, 1, &a));
    const frs_net_opts o = {.inputs = {{"x", {3, {1, 1, 4}}}}, FRS_LAYERS(layers)};
    assert_ok(ctx, frs_net_new(ctx, &o, &net));
    assert_ok(ctx, frs_net_predict(net, &a, NULL, 0, out, 16));
    for (int channel = 0; channel < 4; channel++)
        for (int filter = 0; filter < 4; filter++)
            assert_int_equal(out[channel * 4 + filter] != 0, sees[channel][filter]);
    frs_net_free(net);
    static const char *const wrong[] = {"", "0 0", "1 0", "4", "0;;1", "a", "-1"};
    for (int64_t i = 0; i < FRS_LEN(wrong); i++) {
        const frs_layer bad[] = {{.type = "table_conv", .table = wrong[i], .kernel = {1}}};
        const frs_net_opts b = {.inputs = {{"x", {3, {1, 1, 4}}}}, FRS_LAYERS(bad)};
        int64_t n;
        assert_ok(ctx, frs_net_new(ctx, &b, &net));
        assert_status(ctx, frs_net_count(net, "", &n), FRS_E_ARG);
        assert_message(ctx, "table_conv");
        frs_net_free(net);
    }
    frs_arrays_free(ctx, &a);
    test_ctx_free(ctx, &heap);
}

/* ---- what is refused; a file of a net holds its layers */
static void refuses(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_net *net = NULL;
    int64_t n;
    assert_null(frs_zoo_find("lenet6"));
    assert_status(ctx, frs_zoo_new(ctx, "lenet6", NULL, &net), FRS_E_ARG);
    assert_message(ctx, "did you mean 'lenet'?");
    assert_status(ctx, frs_zoo_new(ctx, "transformer-xl", NULL, &net), FRS_E_ARG);
    assert_status(ctx, frs_zoo_new(ctx, "mlp", &(frs_zoo_opts){.height = -1}, &net), FRS_E_ARG);
    assert_ok(ctx, frs_zoo_new(ctx, "alexnet", &(frs_zoo_opts){.height = 20, .width = 20}, &net));
    assert_status(ctx, frs_net_count(net, "", &n), FRS_E_ARG);
    assert_message(ctx, "pool");
    frs_net_free(net);
    test_ctx_free(ctx, &heap);
}

static void saves(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    static float x[N * SIDE * SIDE], y[N];
    frs_arrays a = stripes(ctx, x, y);
    char dir[256], path[512];
    frs_net *net = NULL, *again = NULL;
    float p[N * 10], q[N * 10];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/lenet.frs", dir);
    const frs_zoo_opts o = {.height = SIDE, .width = SIDE, .seed = 5};
    assert_ok(ctx, frs_zoo_new(ctx, "lenet", &o, &net));
    assert_ok(ctx, frs_net_predict(net, &a, NULL, 0, p, N * 10));
    assert_ok(ctx, frs_net_save(net, path));
    assert_ok(ctx, frs_net_load(ctx, path, &again));
    assert_ok(ctx, frs_net_predict(again, &a, NULL, 0, q, N * 10));
    assert_memory_equal(p, q, sizeof p);
    frs_net_free(again);
    frs_net_free(net);
    frs_arrays_free(ctx, &a);
    test_ctx_free(ctx, &heap);
    test_dir_remove(dir);
}

static frs_status without(frs_ctx *ctx, void *arg) {
    (void)arg;
    frs_net *net = NULL;
    int64_t n;
    frs_status s = frs_zoo_new(ctx, "lenet", NULL, &net);
    if (s == FRS_OK) s = frs_net_count(net, "", &n);
    frs_net_free(net);
    return s;
}

static void no_memory(void **state) {
    (void)state;
    test_oom(without, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),   cmocka_unit_test(layers_of_lenet), cmocka_unit_test(shapes),
        cmocka_unit_test(forwards), cmocka_unit_test(learns),          cmocka_unit_test(table),
        cmocka_unit_test(refuses),  cmocka_unit_test(saves),           cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
