/* Models and weights of Keras 2: what comes out is what Keras' formulas give; what is said of files
 * that are damaged, of layers that are not known, of models that do not fit. */
#include "exchange/keras_file.h"
#include "golden_file.h"
#include "io/hdf5_lib.h"

typedef test_home fixture;

static int begin(void **state) {
    return test_home_begin(state, 1);
}

static const char *golden_path(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/golden/weights/%s.h5", FRS_TEST_DIR, name);
    return path;
}

/* The golden inputs of two samples through the net against y. */
static void compare(fixture *f, frs_net *net, const char *name, const frs_net_input *inputs) {
    golden_file g;
    frs_array arrays[2];
    float *data[2] = {0}, y[64];
    int n = 0;
    frs_arrays all;
    golden_open(&g, "weights", name);
    for (; n < 2 && inputs[n].name; n++) {
        const golden_record *r = golden_find(&g, inputs[n].name);
        data[n] = malloc((size_t)r->n * sizeof(float));
        for (int64_t i = 0; i < r->n; i++) data[n][i] = (float)golden_value(r, i);
        arrays[n] = (frs_array){.shape = inputs[n].shape, .data = data[n]};
        snprintf(arrays[n].name, sizeof arrays[n].name, "%s", inputs[n].name);
    }
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 2, arrays, n, &all));
    assert_ok(f->ctx, frs_net_predict(net, &all, NULL, 2, y, golden_find(&g, "y")->n));
    golden_compare(&g, "y", y, golden_find(&g, "y")->n, false, 1e-5);
    frs_arrays_free(f->ctx, &all);
    free(data[0]);
    free(data[1]);
    golden_close(&g);
}

/* ---- whole models */

static const struct {
    const char *name;
    frs_net_input inputs[3];
} models[] = {{"keras_image", {{"pixels", {3, {6, 6, 2}}}, {"statics", {1, {2}}}}},
              {"keras_text", {{"embedding_input", {1, {5}}}}},
              {"keras_softmax", {{"input_1", {1, {4}}}}}};

/* As a net, and that net saved and loaded as any other. */
static void as_keras(void **state) {
    if (frs__hdf5_missing()) skip();
    fixture *f = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/net.frs", f->dir);
    for (int64_t i = 0; i < FRS_LEN(models); i++) {
        frs_net *net = NULL;
        assert_ok(f->ctx, frs_net_read_keras(f->ctx, golden_path(models[i].name), &net));
        compare(f, net, models[i].name, models[i].inputs);
        assert_ok(f->ctx, frs_net_save(net, path));
        frs_net_free(net);
        assert_ok(f->ctx, frs_net_load(f->ctx, path, &net));
        compare(f, net, models[i].name, models[i].inputs);
        frs_net_free(net);
    }
}

/* ---- weights alone */

static const frs_layer three_layers[] = {{.type = "dense", .units = 3},
                                         {.type = "dense", .name = "second", .units = 3},
                                         {.type = "dense", .units = 2}};
static const frs_net_opts three = {.inputs = {{"x", {1, {4}}}}, FRS_LAYERS(three_layers)};

static void weights_alone(void **state) {
    if (frs__hdf5_missing()) skip();
    fixture *f = *state;
    frs_net *net = NULL;
    assert_ok(f->ctx, frs_net_new(f->ctx, &three, &net));
    assert_ok(f->ctx, frs_net_load_keras(net, golden_path("keras_weights"), NULL));
    compare(f, net, "keras_weights", three.inputs);
    /* of a whole model, which does not fit: nothing changes */
    assert_status(f->ctx, frs_net_load_keras(net, golden_path("keras_text"), NULL), FRS_E_INPUT);
    assert_message(f->ctx, "keras_text.h5: layer 'dense_1': 'dense_1.weight' is 3 x 4");
    compare(f, net, "keras_weights", three.inputs);
    frs_net_free(net);
    net = NULL;
    assert_status(f->ctx, frs_net_read_keras(f->ctx, golden_path("keras_weights"), &net),
                  FRS_E_INPUT);
    assert_message(f->ctx, "model_config");
    assert_null(net);
}

/* ---- configs */

#define FLAT(kind, ...)                                                                            \
    "{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":\"" kind               \
    "\",\"config\":{\"name\":\"it\",\"batch_input_shape\":[null,4,4,2]," __VA_ARGS__ "}}]}}"
#define CONV "\"filters\":2,\"kernel_size\":[3,3]"
#define INPUT(name)                                                                                \
    "{\"class_name\":\"InputLayer\",\"name\":\"" name "\",\"config\":{\"name\":\"" name            \
    "\",\"batch_input_shape\":[null,4]},\"inbound_nodes\":[]}"
#define GRAPH(layers, in, out)                                                                     \
    "{\"class_name\":\"Functional\",\"config\":{\"layers\":[" layers "],\"input_layers\":[" in     \
    "],\"output_layers\":[" out "]}}"
#define ADD(name, inbound)                                                                         \
    "{\"class_name\":\"Flatten\",\"name\":\"" name "\",\"config\":{\"name\":\"" name               \
    "\"},\"inbound_nodes\":[" inbound "]}"

static const struct {
    const char *config, *what;
    frs_status status;
} refused[] = {
    {"{", "model_config: line 1", FRS_E_FORMAT},
    {"[]", "no model", FRS_E_FORMAT},
    {"{\"class_name\":\"Mine\",\"config\":{}}", "class 'Mine'", FRS_E_UNSUPPORTED},
    {"{\"class_name\":\"Sequential\",\"config\":{\"layers\":[]}}", "1 to 4096 layers",
     FRS_E_FORMAT},
    {"{\"class_name\":\"Sequential\",\"config\":{\"layers\":[{\"class_name\":3}]}}",
     "without name, class", FRS_E_FORMAT},
    {FLAT("Lambda", "\"x\":1"), "layer 'it': a layer of class 'Lambda'", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", "\"filters\":2,\"kernel_size\":[3,-3]"), "'it' (Conv2D): kernel_size",
     FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", "\"filters\":2,\"kernel_size\":[1,1,1,1]"), "kernel_size", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", "\"filters\":99999999999"), "filters", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", CONV ",\"data_format\":\"channels_first\""),
     "data_format: only 'channels_last'", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", CONV ",\"padding\":\"causal\""), "'causal' is of one axis", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", CONV ",\"activation\":\"mine\""), "activation", FRS_E_UNSUPPORTED},
    {FLAT("Conv2D", CONV ",\"use_bias\":1"), "use_bias: expected true", FRS_E_UNSUPPORTED},
    {FLAT("Conv2DTranspose", CONV ",\"strides\":[4,4]"), "strides", FRS_E_UNSUPPORTED},
    {FLAT("Embedding", "\"input_dim\":4,\"output_dim\":2,\"mask_zero\":true"), "mask_zero",
     FRS_E_UNSUPPORTED},
    {FLAT("LSTM", "\"units\":4,\"recurrent_activation\":\"hard_sigmoid\""), "recurrent_activation",
     FRS_E_UNSUPPORTED},
    {FLAT("GRU", "\"units\":4,\"reset_after\":false"), "reset_after", FRS_E_UNSUPPORTED},
    {FLAT("LSTM", "\"units\":4,\"return_state\":true"), "return_state", FRS_E_UNSUPPORTED},
    {FLAT("BatchNormalization", "\"axis\":[1]"), "axis: only the last", FRS_E_UNSUPPORTED},
    {FLAT("BatchNormalization", "\"epsilon\":0"), "epsilon", FRS_E_UNSUPPORTED},
    {FLAT("Reshape", "\"target_shape\":[-1,2]"), "target_shape", FRS_E_UNSUPPORTED},
    {FLAT("Bidirectional", "\"merge_mode\":\"sum\",\"layer\":{\"class_name\":\"LSTM\","
                           "\"config\":{}}"),
     "merge_mode", FRS_E_UNSUPPORTED},
    {FLAT("TimeDistributed", "\"layer\":{\"class_name\":\"Conv2D\",\"config\":{}}"), "Conv2D",
     FRS_E_UNSUPPORTED},
    {FLAT("TimeDistributed", "\"layer\":7"), "expected a layer", FRS_E_UNSUPPORTED},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"c\",0,0,{}]]"), "[\"a\",0,0]", "[\"b\",0,0]"),
     "'b': an input that no layer makes", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"a\",0,1,{}]]"), "[\"a\",0,0]", "[\"b\",0,0]"),
     "'b': an input that no layer makes", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"c\",0,0,{}]]") "," ADD("c", "[[\"b\",0,0,{}]]"),
           "[\"a\",0,0]", "[\"b\",0,0]"),
     "wait for each other", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"a\",0,0,{}]]"), "[\"b\",0,0]", "[\"b\",0,0]"),
     "a name that is no input's", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"a\",0,0,{}]]"), "", "[\"b\",0,0]"),
     "an input that input_layers lack", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "[[\"a\",0,0,{}]]"), "[\"a\",0,0]", "[\"x\",0,0]"),
     "a name that is no layer's", FRS_E_FORMAT},
    {GRAPH(INPUT("a") "," ADD("b", "{\"args\":1}"), "[\"a\",0,0]", "[\"b\",0,0]"), "Keras 3",
     FRS_E_FORMAT},
};

static void configs(void **state) {
    fixture *f = *state;
    for (int64_t i = 0; i < FRS_LEN(refused); i++) {
        frs_net *net = NULL;
        frs__keras_file file = {.memory = {.ctx = f->ctx}, .config = refused[i].config};
        assert_status(f->ctx, frs__keras_net(f->ctx, "m.h5", &file, &net), refused[i].status);
        assert_message(f->ctx, "m.h5");
        assert_message(f->ctx, refused[i].what);
        assert_null(net);
        frs__keras_file_free(&file);
    }
}

/* ---- files */

static void damaged(void **state) {
    if (frs__hdf5_missing()) skip();
    fixture *f = *state;
    char path[512];
    frs_net *net = NULL;
    frs_map whole;
    test_file(path, f->dir, "a.h5", "no HDF5");
    assert_status(f->ctx, frs_net_read_keras(f->ctx, path, &net), FRS_E_FORMAT);
    assert_message(f->ctx, "not an HDF5 file");
    assert_ok(f->ctx, frs__map_open(f->ctx, golden_path("keras_softmax"), &whole));
    for (int64_t n = 16; n < whole.n; n += 997) {
        assert_ok(f->ctx, frs__write_file(f->ctx, path, whole.data, n));
        assert_status(f->ctx, frs_net_read_keras(f->ctx, path, &net), FRS_E_FORMAT);
        assert_message(f->ctx, path);
    }
    frs__map_close(&whole);
    assert_status(f->ctx, frs_net_read_keras(f->ctx, "/nowhere.h5", &net), FRS_E_IO);
}

static frs_status read_it(frs_ctx *ctx, void *arg) {
    (void)arg;
    frs_net *net = NULL;
    const frs_status s = frs_net_read_keras(ctx, golden_path("keras_text"), &net);
    frs_net_free(net);
    return s;
}

static void no_memory(void **state) {
    if (frs__hdf5_missing()) skip();
    (void)state;
    test_oom(read_it, NULL);
}

static void without_hdf5(void **state) {
    if (!frs__hdf5_missing()) skip();
    fixture *f = *state;
    frs_net *net = NULL;
    assert_status(f->ctx, frs_net_read_keras(f->ctx, golden_path("keras_text"), &net),
                  FRS_E_UNSUPPORTED);
    assert_message(f->ctx, "built without HDF5");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, test_home_end)
    const struct CMUnitTest tests[] = {
        TEST(as_keras), TEST(weights_alone), TEST(configs),
        TEST(damaged),  TEST(no_memory),     TEST(without_hdf5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
