/* Weights of PyTorch in nets of the same shape: what comes out is what PyTorch computes; what is
 * said of a file that does not fit, and that the net is then as before. */
#include "exchange/pt.h"
#include "exchange/zip.h"
#include "golden_file.h"

#include "freshet/weights.h"

typedef test_home fixture;

static int begin(void **state) {
    return test_home_begin(state, 1);
}

static frs_net *net_of(fixture *f, const frs_net_opts *o) {
    frs_net *net = NULL;
    assert_ok(f->ctx, frs_net_new(f->ctx, o, &net));
    return net;
}

static const char *golden_path(const char *name) {
    static char path[512];
    snprintf(path, sizeof path, "%s/golden/weights/%s", FRS_TEST_DIR, name);
    return path;
}

/* ---- nets of tools/golden_weights.py */

static const frs_layer lenet_layers[] = {
    {.type = "conv", .filters = 3, .kernel = {5}, .padding = FRS_SAME},
    {.type = "average_pool", .kernel = {2}},
    {.type = "activation", .activation = FRS_TANH},
    {.type = "conv", .filters = 4, .kernel = {5}},
    {.type = "average_pool", .kernel = {2}},
    {.type = "activation", .activation = FRS_TANH},
    {.type = "flatten"},
    {.type = "dropout", .rate = 0.5},
    {.type = "dense", .units = 7, .activation = FRS_TANH},
    {.type = "dense", .units = 3}};
static const frs_net_opts lenet = {.inputs = {{"x", {3, {16, 16, 1}}}}, FRS_LAYERS(lenet_layers)};

static const frs_layer resnet_layers[] = {
    {.type = "conv",
     .from = "x",
     .filters = 4,
     .kernel = {3},
     .stride = {2},
     .padding = FRS_EXPLICIT,
     .pad_lo = {1, 1},
     .pad_hi = {1, 1},
     .no_bias = true},
    {.type = "batch_norm", .name = "bn1", .eps = 1e-3, .activation = FRS_RELU},
    {.type = "conv", .filters = 4, .kernel = {3}, .padding = FRS_SAME, .groups = 2},
    {.type = "batch_norm", .name = "bn2"},
    {.type = "conv", .from = "x", .filters = 4, .kernel = {1}, .stride = {2}, .no_bias = true},
    {.type = "batch_norm", .name = "short"},
    {.type = "add", .from = "bn2, short", .activation = FRS_RELU},
    {.type = "flatten"},
    {.type = "batch_norm", .name = "flat"},
    {.type = "concat", .from = "s, flat"},
    {.type = "dense", .units = 2}};
static const frs_net_opts resnet = {.inputs = {{"x", {3, {6, 6, 2}}}, {"s", {1, {2}}}},
                                    FRS_LAYERS(resnet_layers)};

static const frs_layer recurrent_layers[] = {
    {.type = "lstm", .units = 4, .sequences = true, .bidirectional = true},
    {.type = "lstm", .units = 4, .sequences = true, .bidirectional = true},
    {.type = "gru", .units = 3, .sequences = true},
    {.type = "rnn", .units = 2, .sequences = true},
    {.type = "flatten"},
    {.type = "dense", .units = 2}};
static const frs_net_opts recurrent = {.inputs = {{"x", {2, {5, 3}}}},
                                       FRS_LAYERS(recurrent_layers)};

static const frs_layer unet_layers[] = {
    {.type = "conv",
     .name = "high",
     .filters = 3,
     .kernel = {3},
     .padding = FRS_SAME,
     .activation = FRS_RELU},
    {.type = "max_pool", .kernel = {2}},
    {.type = "conv", .filters = 6, .kernel = {3}, .padding = FRS_SAME},
    {.type = "group_norm", .groups = 2},
    {.type = "activation", .activation = FRS_RELU},
    {.type = "conv_transpose", .name = "up", .filters = 3, .kernel = {2}, .stride = {2}},
    {.type = "concat", .from = "high, up"},
    {.type = "conv", .filters = 1, .kernel = {1}}};
static const frs_net_opts unet = {.inputs = {{"x", {3, {8, 8, 1}}}}, FRS_LAYERS(unet_layers)};

static const frs_layer words_layers[] = {
    {.type = "embedding", .name = "words", .size = 7, .units = 6},
    {.type = "attention", .name = "attn", .heads = 2},
    {.type = "add", .from = "words, attn"},
    {.type = "layer_norm", .name = "norm"},
    {.type = "conv", .filters = 3, .kernel = {2}},
    {.type = "flatten"},
    {.type = "dense", .name = "out", .units = 2}};
static const frs_net_opts words = {.inputs = {{"x", {1, {5}}}}, FRS_LAYERS(words_layers)};

static const struct {
    const char *name;
    const frs_net_opts *net;
} nets[] = {{"lenet", &lenet},
            {"resnet", &resnet},
            {"recurrent", &recurrent},
            {"unet", &unet},
            {"words", &words}};

/* The golden inputs of two samples through the net, to y. */
static void predict(fixture *f, frs_net *net, const frs_net_opts *o, const golden_file *g,
                    float *y) {
    frs_array arrays[2];
    float *data[2] = {0};
    int n = 0;
    for (; n < 2 && o->inputs[n].name; n++) {
        const golden_record *r = golden_find(g, o->inputs[n].name);
        data[n] = malloc((size_t)r->n * sizeof(float));
        for (int64_t i = 0; i < r->n; i++) data[n][i] = (float)golden_value(r, i);
        arrays[n] = (frs_array){.shape = o->inputs[n].shape, .data = data[n]};
        snprintf(arrays[n].name, sizeof arrays[n].name, "%s", o->inputs[n].name);
    }
    frs_arrays all;
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 2, arrays, n, &all));
    assert_ok(f->ctx, frs_net_predict(net, &all, NULL, 2, y, golden_find(g, "y")->n));
    frs_arrays_free(f->ctx, &all);
    free(data[0]);
    free(data[1]);
}

static void as_pytorch(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    char again[512];
    snprintf(again, sizeof again, "%s/again.pt", f->dir);
    for (int64_t i = 0; i < FRS_LEN(nets); i++) {
        golden_file g;
        float y[256];
        char file[64];
        snprintf(file, sizeof file, "%s.pt", nets[i].name);
        golden_open(&g, "weights", nets[i].name);
        frs_net *net = net_of(f, nets[i].net);
        assert_ok(f->ctx, frs_net_load_pytorch(net, golden_path(file), NULL));
        predict(f, net, nets[i].net, &g, y);
        golden_compare(&g, "y", y, golden_find(&g, "y")->n, false, 1e-5);
        /* there and back */
        assert_ok(f->ctx, frs_net_save_pytorch(net, again, NULL));
        frs_net_free(net);
        net = net_of(f, nets[i].net);
        assert_ok(f->ctx, frs_net_load_pytorch(net, again, NULL));
        predict(f, net, nets[i].net, &g, y);
        golden_compare(&g, "y", y, golden_find(&g, "y")->n, false, 1e-5);
        frs_net_free(net);
        golden_close(&g);
    }
}

/* Without the turn of the columns the flattened nets give something else. */
static void columns_kept(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    golden_file g;
    float y[256], turned[256];
    frs_net *net = net_of(f, &lenet);
    golden_open(&g, "weights", "lenet");
    assert_ok(f->ctx, frs_net_load_pytorch(net, golden_path("lenet.pt"), NULL));
    predict(f, net, &lenet, &g, turned);
    assert_ok(f->ctx, frs_net_load_pytorch(net, golden_path("lenet.pt"),
                                           &(frs_weights_opts){.keep_columns = true}));
    predict(f, net, &lenet, &g, y);
    assert_true(fabsf(y[0] - turned[0]) > 1e-3F);
    golden_close(&g);
    frs_net_free(net);
}

/* What is saved is what a state_dict of this net would be: the names, and the columns turned. */
static void saved(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    char path[512];
    frs__pt ours, theirs;
    snprintf(path, sizeof path, "%s/lenet.pt", f->dir);
    frs_net *net = net_of(f, &lenet);
    assert_ok(f->ctx, frs_net_load_pytorch(net, golden_path("lenet.pt"), NULL));
    assert_ok(f->ctx, frs_net_save_pytorch(net, path, NULL));
    assert_ok(f->ctx, frs__pt_read(f->ctx, path, &ours));
    assert_ok(f->ctx, frs__pt_read(f->ctx, golden_path("lenet.pt"), &theirs));
    assert_int_equal(ours.n, theirs.n);
    assert_string_equal(ours.tensors[4].name, "dense_1.weight");
    for (int64_t i = 0; i < ours.n; i++)
        assert_memory_equal(ours.tensors[i].values, theirs.tensors[i].values,
                            (size_t)ours.tensors[i].n * sizeof(float));
    frs__pt_free(&ours);
    frs__pt_free(&theirs);
    frs_net_free(net);
}

/* ---- what does not fit */

static void refused(fixture *f, frs_net *net, const char *path, const char *const *parts) {
    frs_model *m = frs_net_model(net);
    const size_t bytes = (size_t)frs_model_flat_count(m) * sizeof(float);
    float *before = malloc(bytes);
    memcpy(before, frs_model_weights_get(m), bytes);
    assert_status(f->ctx, frs_net_load_pytorch(net, path, NULL), FRS_E_INPUT);
    assert_message(f->ctx, path);
    for (; *parts; parts++) assert_message(f->ctx, *parts);
    assert_memory_equal(before, frs_model_weights_get(m), bytes);
    free(before);
}

static const float some[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const frs_layer two_layers[] = {{.type = "dense", .name = "a", .units = 3},
                                       {.type = "dense", .name = "b", .units = 2}};
static const frs_net_opts two = {.inputs = {{"x", {1, {2}}}}, FRS_LAYERS(two_layers)};
#define T(NAME, RANK, ...)                                                                         \
    { .name = NAME, .rank = RANK, .dim = {__VA_ARGS__}, .values = some }

static const struct {
    frs__pt_tensor t[6];
    const char *what[3];
} unfit[] = {
    {{T("a.weight", 2, 3, 2), T("a.bias", 1, 3), T("c.weight", 2, 2, 4), T("c.bias", 1, 2)},
     {"layer 'b': 'b.weight' is 2 x 3", "'c.weight' of the file 2 x 4"}},
    {{T("a.weight", 2, 2, 3), T("a.bias", 1, 3), T("b.weight", 2, 2, 3), T("b.bias", 1, 2)},
     {"layer 'a': 'a.weight' is 3 x 2", "'a.weight' of the file 2 x 3"}},
    {{T("a.weight", 2, 3, 2), T("b.weight", 2, 2, 3), T("b.bias", 1, 2)},
     {"layer 'a' has 'a.bias' (3)", "'a.weight' of the file has none"}},
    {{T("a.weight", 2, 3, 2), T("a.bias", 1, 3)}, {"no weights for layer 'b' ('b.weight', 2 x 3)"}},
    {{T("a.weight", 2, 3, 2), T("a.bias", 1, 3), T("a.more", 1, 3), T("b.weight", 2, 2, 3),
      T("b.bias", 1, 2)},
     {"layer 'a' has no place for 'a.more'"}},
    {{T("a.weight", 2, 3, 2), T("a.bias", 1, 3), T("b.weight", 2, 2, 3), T("b.bias", 1, 2),
      T("c.weight", 2, 2, 3), T("c.bias", 1, 2)},
     {"the net has no layer for 'c.weight'"}},
};

static int64_t count(const frs__pt_tensor *t) {
    int64_t n = 1;
    for (int i = 0; i < t->rank; i++) n *= t->dim[i];
    return n;
}

static const char *write_file(fixture *f, const frs__pt_tensor *given) {
    static char path[512];
    frs__pt_tensor t[6];
    int64_t n = 0;
    for (; n < 6 && given[n].name; n++) {
        t[n] = given[n];
        t[n].n = count(&t[n]);
    }
    snprintf(path, sizeof path, "%s/x.pt", f->dir);
    assert_ok(f->ctx, frs__pt_write(f->ctx, path, t, n));
    return path;
}

static void does_not_fit(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    frs_plan *plan;
    frs_net *net = net_of(f, &two);
    assert_ok(f->ctx, frs_model_compile(frs_net_model(net), FRS_INFER, (frs_dims){1, 1}, &plan));
    for (int64_t i = 0; i < FRS_LEN(unfit); i++)
        refused(f, net, write_file(f, unfit[i].t), unfit[i].what);
    static const float bad[6] = {1, 2, NAN, 4, 5, 6};
    const frs__pt_tensor t[6] = {T("a.weight", 2, 3, 2),
                                 T("a.bias", 1, 3),
                                 {.name = "b.weight", .rank = 2, .dim = {2, 3}, .values = bad},
                                 T("b.bias", 1, 2)};
    refused(f, net, write_file(f, t),
            (const char *const[]){"'b.weight' holds a number that is not finite", NULL});
    frs_net_free(net);
}

/* Part of a file into part of a net: what fits is taken, the rest stays. */
static void partial(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    const frs_weights_opts part = {.partial = true};
    frs_net *net = net_of(f, &two);
    assert_ok(f->ctx, frs_net_load_pytorch(net, write_file(f, unfit[0].t), &part));
    const float *w = frs_model_weights_get(frs_net_model(net));
    assert_memory_equal(w, some, 6 * sizeof(float));
    const frs_param_info b = frs_model_param(frs_net_model(net), 2);
    assert_true(w[b.offset] != 1);
    assert_ok(f->ctx, frs_net_load_pytorch(net, write_file(f, unfit[5].t), &part));
    w = frs_model_weights_get(frs_net_model(net));
    assert_true(w[b.offset] == 1);
    const frs__pt_tensor other[6] = {T("z", 1, 5)};
    assert_status(f->ctx, frs_net_load_pytorch(net, write_file(f, other), &part), FRS_E_INPUT);
    frs_net_free(net);
}

static frs_status load_and_save(frs_ctx *ctx, void *arg) {
    const fixture *f = arg;
    char path[512];
    frs_net *net = NULL;
    snprintf(path, sizeof path, "%s/oom.pt", f->dir);
    FRS_TRY(frs_net_new(ctx, &lenet, &net));
    frs_status s = frs_net_load_pytorch(net, golden_path("lenet.pt"), NULL);
    if (s == FRS_OK) s = frs_net_save_pytorch(net, path, NULL);
    frs_net_free(net);
    return s;
}

static void no_memory(void **state) {
    if (frs__zip_missing()) skip();
    test_oom(load_and_save, *state);
}

static void without_libzip(void **state) {
    if (!frs__zip_missing()) skip();
    fixture *f = *state;
    frs_net *net = net_of(f, &two);
    assert_status(f->ctx, frs_net_load_pytorch(net, golden_path("lenet.pt"), NULL),
                  FRS_E_UNSUPPORTED);
    assert_message(f->ctx, "built without libzip");
    frs_net_free(net);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, test_home_end)
    const struct CMUnitTest tests[] = {
        TEST(as_pytorch), TEST(columns_kept), TEST(saved),          TEST(does_not_fit),
        TEST(partial),    TEST(no_memory),    TEST(without_libzip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
