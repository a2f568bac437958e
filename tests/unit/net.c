/* Networks of layers: built from a list and from YAML, trained, scored, saved; what is said of a
 * wrong one. */
#include "support.h"

#include "freshet/nn.h"

#include <math.h>

enum { N = 240, SIDE = 8 };

/* Images of one bright row (class 0), column (1) or diagonal (2), at a place and with noise. */
typedef struct fixture {
    test_heap heap;
    frs_ctx *ctx;
    float *x, *y;
    frs_arrays all, training, held;
} fixture;

static float noise(int64_t i) {
    return (float)frs__rng_uniform((frs_rng){11, FRS_RNG_TEST, 3}, (uint64_t)i);
}

static void draw(float *image, int k, int64_t sample) {
    const int place = (int)(noise(sample) * (SIDE - 2)) + 1;
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++) {
            const bool on = k == 0 ? r == place : k == 1 ? c == place : (r + place) % SIDE == c;
            image[r * SIDE + c] = 0.3F * noise(1000 + sample * 64 + r * 8 + c) + (float)on;
        }
}

static int begin(void **state) {
    static fixture f;
    f = (fixture){0};
    f.ctx = test_ctx_new(&f.heap, 2);
    f.x = malloc(sizeof(float) * N * SIDE * SIDE);
    f.y = malloc(sizeof(float) * N);
    for (int64_t i = 0; i < N; i++) {
        f.y[i] = (float)(i % 3);
        draw(f.x + i * SIDE * SIDE, (int)(i % 3), i);
    }
    const frs_array arrays[] = {{.name = "x", .shape = {3, {SIDE, SIDE, 1}}, .data = f.x},
                                {.name = "y", .shape = {0}, .target = true, .data = f.y}};
    assert_ok(f.ctx, frs_arrays_borrow(f.ctx, N, arrays, 2, &f.all));
    assert_ok(f.ctx,
              frs_arrays_split(f.ctx, &f.all, &(frs_cut){.first = 180}, &f.training, &f.held));
    *state = &f;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    frs_arrays_free(f->ctx, &f->held);
    frs_arrays_free(f->ctx, &f->training);
    frs_arrays_free(f->ctx, &f->all);
    free(f->x);
    free(f->y);
    test_ctx_free(f->ctx, &f->heap);
    return 0;
}

static const frs_layer small[] = {
    {.type = "conv", .name = "first", .filters = 6, .kernel = {3}, .padding = FRS_SAME},
    {.type = "batch_norm", .activation = FRS_RELU},
    {.type = "max_pool", .kernel = {2}},
    {.type = "flatten"},
    {.type = "dense", .name = "classes", .units = 3, .init = "glorot_uniform"},
};
static const frs_net_input image = {"x", {3, {SIDE, SIDE, 1}}};

static frs_net *small_net(fixture *f) {
    frs_net *net = NULL;
    assert_ok(f->ctx,
              frs_net_new(f->ctx, &(frs_net_opts){.inputs = {image}, FRS_LAYERS(small), .seed = 4},
                          &net));
    return net;
}

static void compile(fixture *f, frs_net *net) {
    const frs_compile_opts o = {
        .loss = "cross_entropy", .optimiser = {.kind = FRS_OPTIM_ADAM}, .learning_rate = 1e-2};
    assert_ok(f->ctx, frs_net_compile(net, &o));
}

static void learns(void **state) {
    fixture *f = *state;
    frs_net *net = small_net(f);
    frs_net_scores before, after;
    frs_history h = {0};
    compile(f, net);
    assert_ok(f->ctx, frs_net_evaluate(net, &f->held, 0, &before));
    assert_ok(f->ctx, frs_net_fit(net, &f->training,
                                  &(frs_fit_opts){.epochs = 8, .validation = &f->held}, &h));
    assert_ok(f->ctx, frs_net_evaluate(net, &f->held, 7, &after));
    assert_true(before.accuracy < 0.7);
    assert_true(after.accuracy > 0.95 && after.top5 == 1 && isnan(after.rmse));
    assert_int_equal(h.n, 8);
    assert_true(fabs(h.items[7].validation_loss - after.loss) < 1e-6);
    frs_history_free(f->ctx, &h);
    frs_net_free(net);
}

/* Predictions are the net's outputs whatever the batch, and those of the file's net. */
static void saves_and_loads(void **state) {
    fixture *f = *state;
    frs_net *net = small_net(f), *again = NULL;
    char dir[256];
    char path[512];
    float a[60 * 3], b[60 * 3];
    compile(f, net);
    assert_ok(f->ctx, frs_net_fit(net, &f->training, &(frs_fit_opts){.epochs = 2}, NULL));
    assert_ok(f->ctx, frs_net_predict(net, &f->held, NULL, 60, a, 180));
    assert_ok(f->ctx, frs_net_predict(net, &f->held, "classes", 7, b, 180));
    for (int i = 0; i < 180; i++) assert_true(fabsf(a[i] - b[i]) <= 1e-5F * (1 + fabsf(a[i])));
    test_dir(dir);
    snprintf(path, sizeof path, "%s/net.frs", dir);
    assert_ok(f->ctx, frs_net_save(net, path));
    assert_ok(f->ctx, frs_net_load(f->ctx, path, &again));
    assert_ok(f->ctx, frs_net_predict(again, &f->held, NULL, 60, b, 180));
    assert_memory_equal(a, b, sizeof a);
    assert_status(f->ctx, frs_net_predict(again, &f->held, "first", 60, b, 180), FRS_E_ARG);
    assert_status(f->ctx, frs_net_predict(again, &f->held, NULL, 60, b, 179), FRS_E_ARG);
    assert_message(f->ctx, "180");
    frs_net_free(again);
    frs_net_free(net);
    test_dir_remove(dir);
}

/* Killed after two epochs of four and taken up again: the same bits. */
static bool stop_at_two(void *arg, const frs_epoch *e, const frs_net_scores *s) {
    (void)arg, (void)s;
    return e->epoch < 2;
}

static void resumes(void **state) {
    fixture *f = *state;
    char dir[256];
    char path[512], log[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/checkpoint.frs", dir);
    snprintf(log, sizeof log, "%s/log.csv", dir);
    frs_net *whole = small_net(f), *parts = NULL;
    compile(f, whole);
    frs_fit_opts o = {.epochs = 4, .augment = &(frs_augment){.shift = 0.1}};
    assert_ok(f->ctx, frs_net_fit(whole, &f->training, &o, NULL));
    o.checkpoint = path;
    o.csv_log = log;
    o.resume = true;
    for (int part = 0; part < 2; part++) {
        parts = small_net(f);
        compile(f, parts);
        o.after_epoch = part ? NULL : stop_at_two;
        assert_ok(f->ctx, frs_net_fit(parts, &f->training, &o, NULL));
        if (!part) frs_net_free(parts);
    }
    const int64_t n = frs_model_flat_count(frs_net_model(whole));
    assert_memory_equal(frs_model_weights_get(frs_net_model(whole)),
                        frs_model_weights_get(frs_net_model(parts)), (size_t)n * sizeof(float));
    char *text;
    assert_ok(f->ctx, frs__read_file(f->ctx, log, 1 << 16, &text, &(int64_t){0}));
    assert_non_null(strstr(text, "epoch,loss,validation_loss"));
    for (const char *row = text, *epoch = "1234"; *epoch;
         epoch++) { /* those before the resume, too */
        row = strchr(row, '\n') + 1;
        assert_true(row[0] == *epoch && row[1] == ',');
    }
    frs__free(f->ctx, text);
    frs_net_free(whole);
    frs_net_free(parts);
    test_dir_remove(dir);
}

/* ---- YAML: two inputs, shared weights, a skip, two outputs */
static const char text[] = "inputs:\n"
                           "  a: [steps, 2]\n"
                           "  b: [steps, 2]\n"
                           "seed: 3\n"
                           "layers:\n"
                           "  - {type: dense, name: one, units: 4, activation: tanh, from: a}\n"
                           "  - {type: dense, name: two, units: 4, activation: tanh, from: b,\n"
                           "     share: one}\n"
                           "  - {type: add, name: sum, from: [one, two]}\n"
                           "  - {type: lstm, units: 5, sequences: true}\n"
                           "  - {type: dense, name: skip, units: 4}\n"
                           "  - {type: concat, from: [skip, sum]}\n"
                           "  - {type: gru, name: left, units: 1}\n"
                           "  - {type: rnn, name: right, units: 2, from: concat_1}\n"
                           "outputs: [left, right]\n";

static void reads_yaml(void **state) {
    fixture *f = *state;
    char dir[256];
    char path[512];
    frs_net *net = NULL;
    test_dir(dir);
    snprintf(path, sizeof path, "%s/net.yml", dir);
    assert_ok(f->ctx, frs__write_file(f->ctx, path, text, (int64_t)sizeof text - 1));
    assert_ok(f->ctx, frs_net_read(f->ctx, path, &net));
    const float x[3 * 5 * 2] = {1, 2, 3, 4}, left[3] = {1, 0, 1}, right[6] = {0, 1};
    const frs_array arrays[] = {
        {.name = "a", .shape = {2, {5, 2}}, .data = x},
        {.name = "b", .shape = {2, {5, 2}}, .data = x},
        {.name = "left", .shape = {0}, .target = true, .data = left},
        {.name = "right", .shape = {1, {2}}, .target = true, .data = right}};
    frs_arrays set = {0};
    frs_net_scores s;
    frs_shape shape;
    char *summary;
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 3, arrays, 4, &set));
    const double weights[] = {1, 0.5};
    assert_ok(f->ctx, frs_net_compile(net, &(frs_compile_opts){.loss = "mse, mae",
                                                               .l2 = 1e-3,
                                                               .loss_weights = weights,
                                                               .learning_rate = 0.05}));
    assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 60}, NULL));
    assert_ok(f->ctx, frs_net_evaluate(net, &set, 0, &s));
    assert_true(s.loss < 0.5 && isnan(s.accuracy) && s.mae < 0.6);
    assert_ok(f->ctx, frs_net_output_shape(net, "right", &shape));
    assert_true(shape.rank == 1 && shape.dim[0] == 2);
    assert_ok(f->ctx, frs_net_summary(net, 3, &summary));
    assert_non_null(strstr(summary, "concat_1"));
    frs_text_free(f->ctx, summary);
    for (int64_t i = 0; i < frs_model_n_params(frs_net_model(net)); i++)
        assert_null(strstr(frs_model_param(frs_net_model(net), i).name, "two"));
    frs_arrays_free(f->ctx, &set);
    frs_net_free(net);
    test_dir_remove(dir);
}

/* What is wrong is told with the layer, and by YAML with the line. */
static void says_what_is_wrong(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, units: 2}\n  - {type: dens, units: 1}\n",
         ":4: no layer of type 'dens': did you mean 'dense'?"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, unit: 2}\n",
         ":3: a layer has no field 'unit': did you mean 'units'?"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, units: 2, rate: 0.5}\n",
         ":3: 'dense' has no field 'rate'"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, units: many}\n",
         ":3: units: expected a whole number, found 'many'"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, units: 2, from: z}\n",
         "no layer or input 'z' before it"},
        {"inputs: {x: [4]}\n", "a net without layers"},
        {"inputs: {x: [-4]}\nlayers: []\n", "inputs: expected a list of sizes"},
        {"layers:\n  - {type: flatten}\n", "a net without inputs"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: dense, units: 2, activation: tan}\n",
         "the name of an activation"},
        {"- 1\n", "'inputs: ..' and 'layers: ..'"},
        {"inputs: {x: [4]}\nlayers:\n  - {type: flatten}\noutputs: [y]\n", "output 'y'"},
        {"inputs: {x: [4]}\nlayer: []\n", "inputs | layers | outputs | seed"},
    };
    char dir[256];
    char path[512];
    test_dir(dir);
    snprintf(path, sizeof path, "%s/net.yml", dir);
    for (int64_t i = 0; i < FRS_LEN(bad); i++) {
        frs_net *net = NULL;
        assert_ok(f->ctx, frs__write_file(f->ctx, path, bad[i].text, (int64_t)strlen(bad[i].text)));
        assert_status(f->ctx, frs_net_read(f->ctx, path, &net), FRS_E_INPUT);
        assert_message(f->ctx, bad[i].says);
        assert_message(f->ctx, path);
    }
    test_dir_remove(dir);
}

static void says_which_shapes(void **state) {
    fixture *f = *state;
    const frs_layer wrong[] = {{.type = "conv", .filters = 2, .kernel = {9}},
                               {.type = "flatten"},
                               {.type = "dense", .units = 3}};
    frs_net *net = NULL;
    frs_shape shape;
    assert_ok(f->ctx,
              frs_net_new(f->ctx, &(frs_net_opts){.inputs = {image}, FRS_LAYERS(wrong)}, &net));
    assert_status(f->ctx, frs_net_output_shape(net, NULL, &shape), FRS_E_ARG);
    assert_message(f->ctx, "conv_1");
    assert_message(f->ctx, "[1, 8, 8, 1]");
    assert_status(f->ctx, frs_net_fit(net, &f->all, &(frs_fit_opts){0}, NULL), FRS_E_ARG);
    assert_message(f->ctx, "compile it first");
    assert_status(f->ctx, frs_net_compile(net, &(frs_compile_opts){.loss = "msee"}), FRS_E_ARG);
    assert_message(f->ctx, "cross_entropy");
    frs_net_free(net);
}

/* ---- layers, losses and nets of the user's own */
static frs_tensor *twice(frs_builder *b, frs_tensor *const *in, int n, const void *arg) {
    (void)n;
    return frs_scale(b, in[0], *(const double *)arg, 0);
}
static frs_tensor *own_loss(frs_builder *b, frs_tensor *y, frs_tensor *target, const void *arg) {
    (void)arg;
    return frs_reshape(b, frs_reduce_mean(b, frs_abs(b, frs_sub(b, y, target)), ~0U),
                       (frs_shape){0});
}
static frs_status own_net(frs_builder *b, frs_tensor *const *in, frs_tensor **out,
                          const void *arg) {
    (void)arg;
    frs_scope_push(b, "line");
    out[0] = frs_dense(b, in[0], 1);
    frs_scope_pop(b);
    return FRS_OK;
}

static void takes_functions(void **state) {
    fixture *f = *state;
    const double two = 2;
    const frs_layer layers[] = {{.type = "custom", .name = "own", .build = twice, .arg = &two}};
    const frs_net_input x = {"x", {1, {1}}};
    const float v[] = {1, 2, 3, 4}, target[] = {3, 5, 7, 9};
    const frs_array arrays[] = {{.name = "x", .shape = {1, {1}}, .data = v},
                                {.name = "t", .shape = {1, {1}}, .target = true, .data = target}};
    frs_arrays set = {0};
    frs_net *net = NULL;
    frs_net_scores s;
    float y[4];
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 4, arrays, 2, &set));
    assert_ok(f->ctx,
              frs_net_new(f->ctx, &(frs_net_opts){.inputs = {x}, FRS_LAYERS(layers)}, &net));
    assert_ok(f->ctx, frs_net_predict(net, &set, NULL, 3, y, 4));
    for (int i = 0; i < 4; i++) assert_true(y[i] == 2 * v[i]);
    frs_net_free(net);
    assert_ok(f->ctx, frs_net_new(f->ctx, &(frs_net_opts){.inputs = {x}, .build = own_net}, &net));
    assert_ok(f->ctx, frs_net_compile(
                          net, &(frs_compile_opts){.loss_fn = own_loss, .learning_rate = 0.05}));
    assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 400, .cosine = true}, NULL));
    assert_ok(f->ctx, frs_net_evaluate(net, &set, 0, &s));
    assert_true(s.loss < 0.2 && s.mae < 0.2); /* 2 x + 1 */
    assert_ok(f->ctx, frs_net_freeze(net, "line", true));
    const float was = *(const float *)frs_model_weights_get(frs_net_model(net));
    assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 3}, NULL));
    assert_true(was == *(const float *)frs_model_weights_get(frs_net_model(net)));
    frs_net_free(net);
    frs_arrays_free(f->ctx, &set);
}

/* ---- without memory */
static frs_status all_of_it(frs_ctx *ctx, void *arg) {
    fixture *f = arg;
    frs_arrays few = {0};
    frs_net *net = NULL;
    frs_net_scores s;
    const int64_t index[] = {0, 1, 2, 3, 4};
    frs_status status = frs_arrays_subset(ctx, &f->all, index, 5, &few);
    if (status == FRS_OK)
        status = frs_net_new(ctx, &(frs_net_opts){.inputs = {image}, FRS_LAYERS(small)}, &net);
    if (status == FRS_OK)
        status = frs_net_compile(net, &(frs_compile_opts){.loss = "cross_entropy"});
    if (status == FRS_OK) status = frs_net_fit(net, &few, &(frs_fit_opts){.batch = 3}, NULL);
    if (status == FRS_OK) status = frs_net_evaluate(net, &few, 2, &s);
    frs_net_free(net);
    frs_arrays_free(ctx, &few);
    return status;
}

static void no_memory(void **state) {
    test_oom(all_of_it, *state);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(learns),          TEST(saves_and_loads),    TEST(resumes),
        TEST(reads_yaml),      TEST(says_what_is_wrong), TEST(says_which_shapes),
        TEST(takes_functions), TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
