/* Every type of layer: the example of docs/layers.md builds, has the shape told there, is trained
 * and comes back from a file; values worked by hand; what is said of a wrong one. */
#include "support.h"

#include "net/net.h"

#include <math.h>

enum { ROOM = 16384, SAMPLES = 3 };
typedef test_home fixture;

static int begin(void **state) {
    return test_home_begin(state, 2);
}

/* ---- the examples */
static const char *const names[] = {"a", "b", "c", "d"};

/* Inputs of the type's example, then the target of its output. */
static int arrays_of(const frs_layer_type *t, float *values, frs_array *arrays) {
    int n = 0;
    for (int i = 0; i < ROOM; i++)
        values[i] = (float)frs__rng_uniform((frs_rng){5, FRS_RNG_TEST, 0}, (uint64_t)i);
    for (; n < 4 && t->in[n].rank; n++) {
        arrays[n] = (frs_array){.shape = t->in[n], .data = values};
        snprintf(arrays[n].name, sizeof arrays[n].name, "%s", names[n]);
    }
    arrays[n] = (frs_array){.name = "y", .shape = t->out, .target = true, .data = values};
    return n;
}

static void build_example(fixture *f, const frs_layer_type *t) {
    frs_array arrays[5];
    static float values[ROOM];
    float y[ROOM], again[ROOM];
    frs_arrays set = {0};
    frs_net *net = NULL, *read = NULL;
    frs_shape shape;
    char path[512];
    frs_net_opts o = {.layers = &t->example, .n_layers = 1};
    const int n = arrays_of(t, values, arrays);
    const int64_t count = SAMPLES * frs_shape_count(t->out);
    assert_true(count <= ROOM);
    for (int i = 0; i < n; i++) o.inputs[i] = (frs_net_input){names[i], t->in[i]};
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, SAMPLES, arrays, n + 1, &set));
    assert_ok(f->ctx, frs_net_new(f->ctx, &o, &net));
    assert_ok(f->ctx, frs_net_output_shape(net, NULL, &shape));
    if (shape.rank != t->out.rank ||
        memcmp(shape.dim, t->out.dim, sizeof *shape.dim * (size_t)shape.rank) != 0)
        fail_msg("%s: the example's shape is another", t->name);
    assert_ok(f->ctx, frs_net_compile(net, &(frs_compile_opts){0}));
    assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 2, .batch = 2}, NULL));
    assert_ok(f->ctx, frs_net_predict(net, &set, NULL, 0, y, count));
    for (int64_t i = 0; i < count; i++) assert_true(isfinite(y[i]));
    snprintf(path, sizeof path, "%s/net.frs", f->dir);
    assert_ok(f->ctx, frs_net_save(net, path));
    assert_ok(f->ctx, frs_net_load(f->ctx, path, &read));
    assert_ok(f->ctx, frs_net_predict(read, &set, NULL, 0, again, count));
    assert_memory_equal(y, again, sizeof *y * (size_t)count);
    frs_net_free(read);
    frs_net_free(net);
    frs_arrays_free(f->ctx, &set);
}

static void examples(void **state) {
    for (int64_t i = 0; frs__layer_type_at(i); i++) {
        const frs_layer_type *t = frs__layer_type_at(i);
        assert_true(t->group && t->shapes && t->doc);
        if (t->example.type)
            build_example(*state, t);
        else
            assert_string_equal(t->name, "custom");
    }
}

/* Each field is some type's, and each type's fields are there. */
static void fields(void **state) {
    (void)state;
    char word[64];
    bool used[64] = {0};
    for (int64_t i = 0; frs__layer_type_at(i); i++) {
        const char *at = frs__layer_type_at(i)->fields;
        while (frs__word_next(&at, word, sizeof word)) {
            const frs_field *f = frs__field_find(word);
            if (!f) fail_msg("%s: no field '%s'", frs__layer_type_at(i)->name, word);
            used[f - frs__field_at(0)] = true;
        }
    }
    for (int64_t i = 4; frs__field_at(i); i++)
        if (!used[i]) fail_msg("field '%s' is no layer's", frs__field_at(i)->name);
}

/* ---- by hand: a sample through a layer without weights */
typedef struct by_hand {
    frs_layer layer;
    frs_shape a, b;
    float of_a[16], of_b[16];
    float y[32];
    int n;
} by_hand;
#define STEPS                                                                                      \
    {                                                                                              \
        2, {                                                                                       \
            3, 2                                                                                   \
        }                                                                                          \
    }
#define X                                                                                          \
    { 1, -2, 3, 4, 5, 0 }
static const by_hand table[] = {
    {{.type = "permute", .order = {2, {2, 1}}}, STEPS, {0}, X, {0}, {1, 3, 5, -2, 4, 0}, 6},
    {{.type = "repeat", .size = 2}, {1, {2}}, {0}, {7, 8}, {0}, {7, 8, 7, 8}, 4},
    {{.type = "slice", .first = -1}, STEPS, {0}, X, {0}, {5, 0}, 2},
    {{.type = "slice", .axis = -1, .first = 1, .size = 1}, STEPS, {0}, X, {0}, {-2, 4, 0}, 3},
    {{.type = "gather", .from = "a, b"},
     STEPS,
     {1, {4}},
     X,
     {2, 0, -1, 3},
     {5, 0, 1, -2, 5, 0, NAN, NAN},
     8},
    {{.type = "reduce"}, STEPS, {0}, X, {0}, {3, 2.0F / 3}, 2},
    {{.type = "reduce", .mode = "max", .axis = 2}, STEPS, {0}, X, {0}, {1, 4, 5}, 3},
    {{.type = "reduce", .mode = "argmin"}, STEPS, {0}, X, {0}, {0, 0}, 2},
    {{.type = "reduce", .mode = "prod"}, STEPS, {0}, X, {0}, {15, 0}, 2},
    {{.type = "crop", .pad_lo = {1}}, STEPS, {0}, X, {0}, {3, 4, 5, 0}, 4},
    {{.type = "pad", .pad_hi = {1}, .mode = "replicate"},
     STEPS,
     {0},
     X,
     {0},
     {1, -2, 3, 4, 5, 0, 5, 0},
     8},
    {{.type = "rescale", .beta = 1}, STEPS, {0}, X, {0}, {2, -1, 4, 5, 6, 1}, 6},
    {{.type = "prelu", .alpha = 0.5}, STEPS, {0}, X, {0}, {1, -1, 3, 4, 5, 0}, 6},
    {{.type = "softmax"}, {1, {2}}, {0}, {0, 1.09861229F}, {0}, {0.25, 0.75}, 2},
    {{.type = "softmax", .mode = "log", .axis = 1},
     {2, {2, 1}},
     {0},
     {0, 0},
     {0},
     {-0.693147181F, -0.693147181F},
     2},
    {{.type = "subtract", .from = "a, b"}, {1, {2}}, {1, {2}}, {1, 2}, {3, 5}, {-2, -3}, 2},
    {{.type = "average", .from = "a, b"}, {1, {2}}, {1, {2}}, {1, 2}, {3, 5}, {2, 3.5}, 2},
    {{.type = "maximum", .from = "a, b"}, {1, {2}}, {1, {2}}, {1, 6}, {3, 5}, {3, 6}, 2},
    {{.type = "minimum", .from = "a, b"}, {1, {2}}, {1, {1}}, {1, 6}, {3}, {1, 3}, 2},
    {{.type = "concat", .from = "a, b", .axis = 1},
     {2, {1, 2}},
     {2, {2, 2}},
     {1, 2},
     {3, 4, 5, 6},
     {1, 2, 3, 4, 5, 6},
     6},
    /* q k' / sqrt 1 = 0 and ln 3: shares 1/4 and 3/4 */
    {{.type = "dot_attention", .from = "a, b"},
     {2, {1, 1}},
     {2, {2, 1}},
     {1},
     {0, 1.09861229F},
     {0.823959217F},
     1},
    {{.type = "dot_attention", .causal = true},
     {2, {2, 1}},
     {0},
     {1.04814707F, 0},
     {0},
     {1.04814707F, 0.524073535F},
     2},
    {{.type = "time_distributed", .of = "reduce", .axis = 1},
     {3, {2, 2, 1}},
     {0},
     {1, 3, 5, 9},
     {0},
     {2, 7},
     2},
    {{.type = "depth_to_space", .size = 2},
     {3, {1, 2, 4}},
     {0},
     {1, 2, 3, 4, 5, 6, 7, 8},
     {0},
     {1, 2, 5, 6, 3, 4, 7, 8},
     8},
};

static void one_by_hand(fixture *f, const by_hand *h) {
    frs_array arrays[2] = {{.name = "a", .shape = h->a, .data = h->of_a},
                           {.name = "b", .shape = h->b, .data = h->of_b}};
    const bool two = h->b.rank > 0;
    frs_arrays set = {0};
    frs_net *net = NULL;
    float y[32];
    const frs_net_opts o = {
        .inputs = {{"a", h->a}, {two ? "b" : NULL, h->b}}, .layers = &h->layer, .n_layers = 1};
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 1, arrays, two ? 2 : 1, &set));
    assert_ok(f->ctx, frs_net_new(f->ctx, &o, &net));
    assert_ok(f->ctx, frs_net_predict(net, &set, NULL, 0, y, h->n));
    for (int i = 0; i < h->n; i++)
        if (!(fabsf(y[i] - h->y[i]) <= 1e-5F) && !(isnan(y[i]) && isnan(h->y[i])))
            fail_msg("%s: element %d is %g, not %g", h->layer.type, i, (double)y[i],
                     (double)h->y[i]);
    frs_net_free(net);
    frs_arrays_free(f->ctx, &set);
}

static void values(void **state) {
    for (int64_t i = 0; i < FRS_LEN(table); i++) one_by_hand(*state, &table[i]);
}

/* A masked step leaves the state of a recurrent layer as it was: two samples that differ there. */
static void masks(void **state) {
    fixture *f = *state;
    const float x[] = {1, 2, 3, 1, 2, -9}, mask[] = {1, 1, 0, 1, 1, 0};
    const frs_array arrays[] = {{.name = "x", .shape = {2, {3, 1}}, .data = x},
                                {.name = "m", .shape = {1, {3}}, .data = mask}};
    const char *const types[] = {"lstm", "gru", "rnn", "transformer_encoder"};
    frs_arrays set = {0};
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 2, arrays, 2, &set));
    for (int i = 0; i < FRS_LEN(types); i++) {
        const frs_layer layers[] = {{.type = types[i], .from = "x, m", .units = 4},
                                    {.type = "slice", .size = i == 3 ? 2 : 4}};
        frs_net *net = NULL;
        float y[8];
        assert_ok(f->ctx,
                  frs_net_new(f->ctx,
                              &(frs_net_opts){.inputs = {{"x", {2, {3, 1}}}, {"m", {1, {3}}}},
                                              FRS_LAYERS(layers)},
                              &net));
        assert_ok(f->ctx, frs_net_predict(net, &set, NULL, 0, y, i == 3 ? 4 : 8));
        assert_memory_equal(y, y + (i == 3 ? 2 : 4), sizeof *y * (i == 3 ? 2 : 4));
        frs_net_free(net);
    }
    frs_arrays_free(f->ctx, &set);
}

/* ---- what is said: always the layer, and the shapes that it was given */
static void says(void **state) {
    fixture *f = *state;
    static const struct {
        frs_layer layer;
        const char *says[3];
    } bad[] = {
        {{.type = "dense"}, {"dense_1", "0 units", "[1, 6, 4]"}},
        {{.type = "conv", .filters = 2, .kernel = {9}}, {"conv_1", "does not fit", "[1, 6, 4]"}},
        {{.type = "conv", .filters = 2}, {"conv_1", "kernel", "[1, 6, 4]"}},
        {{.type = "conv", .filters = 3, .kernel = {3}, .groups = 3}, {"conv_1", "3", "[1, 6, 4]"}},
        {{.type = "conv_lstm", .filters = 3, .kernel = {3}}, {"conv_lstm_1", "[1, 6, 4]", "steps"}},
        {{.type = "max_pool", .kernel = {7}}, {"max_pool_1", "7", "[1, 6, 4]"}},
        {{.type = "adaptive_max_pool", .shape = {2, {2, 2}}},
         {"adaptive_max_pool_1", "2 sizes", "[1, 6, 4]"}},
        {{.type = "attention", .heads = 3}, {"attention_1", "3 heads", "[1, 6, 4]"}},
        {{.type = "additive_attention"}, {"additive_attention_1", "units", "[1, 6, 4]"}},
        {{.type = "dot_attention", .from = "a, b"}, {"dot_attention_1", "[1, 6, 4]", "[1, 3]"}},
        {{.type = "transformer_encoder", .units = 2, .heads = 3}, {"transformer_encoder_1", "3"}},
        {{.type = "add", .from = "a, b"}, {"add_1", "[1, 6, 4]", "[1, 3]"}},
        {{.type = "concat", .from = "a, b"}, {"concat_1", "[1, 6, 4]", "[1, 3]"}},
        {{.type = "concat"}, {"concat_1", "1 inputs, expected 2 to 12"}},
        {{.type = "dense", .units = 2, .from = "a, b"}, {"dense_1", "2 inputs, expected 1 to 1"}},
        {{.type = "reshape", .shape = {1, {23}}}, {"reshape_1", "[1, 6, 4]", "23 elements"}},
        {{.type = "permute", .order = {1, {2}}}, {"permute_1", "axes 1 to 2", "[1, 6, 4]"}},
        {{.type = "reduce", .axis = 3}, {"reduce_1", "axis 3", "[1, 6, 4]"}},
        {{.type = "reduce", .mode = "median"}, {"reduce_1", "'median'", "mean, sum"}},
        {{.type = "slice", .first = 7}, {"slice_1", "[1, 6, 4]"}},
        {{.type = "gather", .from = "a, a"}, {"gather_1", "[batch, n]", "[1, 6, 4]"}},
        {{.type = "dense", .units = 2, .init = "he"}, {"dense_1", "'he'"}},
        {{.type = "group_norm", .groups = 3}, {"group_norm_1", "3 equal", "[1, 6, 4]"}},
        {{.type = "positional_encoding", .from = "b"}, {"positional_encoding_1", "[1, 3]"}},
        {{.type = "time_distributed", .of = "conv", .filters = 1, .kernel = {3}},
         {"time_distributed_1", "[1, 6, 4]"}},
        {{.type = "time_distributed"}, {"'of'"}},
        {{.type = "time_distributed", .of = "add"}, {"one input"}},
        {{.type = "time_distributed", .of = "dens"}, {"'dense'"}},
        {{.type = "time_distributed", .of = "dense", .rate = 2}, {"'dense' has no field 'rate'"}},
    };
    for (int64_t i = 0; i < FRS_LEN(bad); i++) {
        const frs_net_opts o = {.inputs = {{"a", {2, {6, 4}}}, {"b", {1, {3}}}},
                                .layers = &bad[i].layer,
                                .n_layers = 1};
        frs_net *net = NULL;
        frs_shape shape;
        frs_status s = frs_net_new(f->ctx, &o, &net);
        if (s == FRS_OK) s = frs_net_output_shape(net, NULL, &shape);
        assert_status(f->ctx, s, FRS_E_ARG);
        for (int k = 0; k < 3 && bad[i].says[k]; k++) assert_message(f->ctx, bad[i].says[k]);
        frs_net_free(net);
    }
}

/* A net over steps that needs more than one of them comes back from its file. */
static void remembers_steps(void **state) {
    fixture *f = *state;
    const float x[2 * 9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, y[2] = {1, 0};
    const frs_array arrays[] = {{.name = "x", .shape = {2, {9, 1}}, .data = x},
                                {.name = "y", .target = true, .data = y}};
    const frs_layer layers[] = {{.type = "conv", .filters = 2, .kernel = {5}},
                                {.type = "lstm", .units = 3},
                                {.type = "dense", .units = 1}};
    frs_arrays set = {0};
    frs_net *net = NULL, *read = NULL;
    char path[512], *summary = NULL;
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 2, arrays, 2, &set));
    assert_ok(f->ctx,
              frs_net_new(f->ctx,
                          &(frs_net_opts){.inputs = {{"x", {2, {0, 1}}}}, FRS_LAYERS(layers)},
                          &net));
    assert_status(f->ctx, frs_net_summary(net, 1, &summary), FRS_E_ARG);
    assert_message(f->ctx, "[1, 1, 1]");
    assert_ok(f->ctx, frs_net_compile(net, &(frs_compile_opts){0}));
    assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){0}, NULL));
    snprintf(path, sizeof path, "%s/net.frs", f->dir);
    assert_ok(f->ctx, frs_net_save(net, path));
    assert_ok(f->ctx, frs_net_load(f->ctx, path, &read));
    assert_ok(f->ctx, frs_net_summary(read, 1, &summary));
    assert_non_null(strstr(summary, "[1, 5, 2]"));
    frs_text_free(f->ctx, summary);
    frs_net_free(read);
    frs_net_free(net);
    frs_arrays_free(f->ctx, &set);
}

/* Every name of first weights gives some; of one that is none the layer tells. */
static void first_weights(void **state) {
    fixture *f = *state;
    static const char *const inits[] = {
        "glorot_uniform", "glorot_normal", "he_uniform", "he_normal",
        "lecun_uniform",  "lecun_normal",  "orthogonal", "truncated_normal",
        "normal",         "uniform",       "zeros"};
    for (int i = 0; i < FRS_LEN(inits); i++) {
        const frs_layer layers[] = {{.type = "dense", .units = 40, .init = inits[i]}};
        const frs_net_opts o = {.inputs = {{"x", {1, {40}}}}, FRS_LAYERS(layers), .seed = 3};
        frs_net *net = NULL;
        frs_shape shape;
        double most = 0, squares = 0;
        assert_ok(f->ctx, frs_net_new(f->ctx, &o, &net));
        assert_ok(f->ctx, frs_net_output_shape(net, NULL, &shape));
        const float *w = frs_model_weights_get(frs_net_model(net));
        for (int k = 0; k < 1600; k++) {
            most = fmax(most, fabs((double)w[k]));
            squares += (double)w[k] * (double)w[k];
        }
        const double sd = sqrt(squares / 1600);
        switch (i) {
        case 10:
            assert_true(most == 0);
            break;
        case 9:
            assert_true(most <= 0.05 && most > 0.049);
            break;
        case 8:
            assert_true(sd > 0.045 && sd < 0.055 && most > 0.11);
            break;
        case 7: /* cut at 2 sd */
            assert_true(sd > 0.040 && sd < 0.048 && most <= 0.1);
            break;
        default: /* variances 1/40 to 2/40 */
            assert_true(sd > 0.14 && sd < 0.25);
        }
        frs_net_free(net);
    }
}

/* A frozen batch norm works by its running values, and they stay. */
static void freezes_norm(void **state) {
    fixture *f = *state;
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[4] = {0};
    const frs_array arrays[] = {{.name = "x", .shape = {1, {2}}, .data = x},
                                {.name = "y", .shape = {1, {1}}, .target = true, .data = y}};
    const frs_layer layers[] = {{.type = "batch_norm", .name = "norm"},
                                {.type = "dense", .units = 1}};
    frs_arrays set = {0};
    frs_net *net = NULL;
    assert_ok(f->ctx, frs_arrays_borrow(f->ctx, 4, arrays, 2, &set));
    assert_ok(f->ctx,
              frs_net_new(f->ctx, &(frs_net_opts){.inputs = {{"x", {1, {2}}}}, FRS_LAYERS(layers)},
                          &net));
    assert_ok(f->ctx, frs_net_compile(net, &(frs_compile_opts){.learning_rate = 1e-9}));
    const frs_model *m = frs_net_model(net);
    for (int frozen = 1; frozen >= 0; frozen--) {
        assert_ok(f->ctx, frs_net_freeze(net, "norm", frozen == 1));
        assert_ok(f->ctx, frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 1}, NULL));
        const float *w = frs_model_weights_get(m);
        for (int64_t i = 0; i < frs_model_n_params(m); i++)
            if (strstr(frs_model_param(m, i).name, "running_mean"))
                assert_close(w[frs_model_param(m, i).offset], frozen ? 0 : 0.4, 1e-6);
    }
    frs_net_free(net);
    frs_arrays_free(f->ctx, &set);
}

/* ---- a summary's columns stand under each other whatever the language */
static int column_of(const char *text, const char *word) {
    const char *at = strstr(text, word);
    int n = 0;
    assert_non_null(at);
    while (at > text && at[-1] != '\n') n += ((unsigned char)*--at & 0xc0) != 0x80;
    return n;
}

static void aligns(void **state) {
    fixture *f = *state;
    const frs_layer layers[] = {{.type = "dense", .name = "слой", .units = 2},
                                {.type = "flatten", .name = "b", .from = "слой"}};
    frs_net *net = NULL;
    char *text = NULL;
    assert_ok(f->ctx,
              frs_net_new(f->ctx, &(frs_net_opts){.inputs = {{"x", {1, {2}}}}, FRS_LAYERS(layers)},
                          &net));
    assert_ok(f->ctx, frs_net_summary(net, 3, &text));
    assert_int_equal(column_of(text, "dense"), column_of(text, "flatten"));
    assert_int_equal(column_of(text, "[3, 2]"),
                     column_of(strstr(text, "flatten"), "[3, 2]") + column_of(text, "flatten"));
    frs_text_free(f->ctx, text);
    frs_net_free(net);
}

/* ---- the nets of the documents */
static void read_blocks(fixture *f, const char *page, int expected) {
    char path[512];
    char *text = NULL;
    int n = 0;
    snprintf(path, sizeof path, "%s/../docs/%s", FRS_TEST_DIR, page);
    assert_ok(f->ctx, frs__read_file(f->ctx, path, 1 << 20, &text, &(int64_t){0}));
    static const char start[] = "```yaml\ninputs:";
    for (char *at = text; (at = strstr(at, start)); n++) {
        frs_net *net = NULL;
        frs_shape shape;
        at += strlen("```yaml\n");
        char *end = strstr(at, "```");
        *end = 0;
        assert_ok(f->ctx, frs_net_read(f->ctx, test_file(path, f->dir, "net.yml", at), &net));
        assert_ok(f->ctx, frs_net_output_shape(net, NULL, &shape));
        frs_net_free(net);
        at = end + 1;
    }
    assert_int_equal(n, expected);
    frs__free(f->ctx, text);
}

static void documents(void **state) {
    read_blocks(*state, "nets.md", 2);
    read_blocks(*state, "tutorial-convolution.md", 1);
}

/* ---- without memory: layers that build by several nodes */
static frs_status several(frs_ctx *ctx, void *arg) {
    static const frs_layer layers[] = {
        {.type = "time_distributed", .of = "dense", .units = 4},
        {.type = "transformer_encoder", .units = 3},
        {.type = "additive_attention", .units = 2},
        {.type = "conv_gru", .from = "movie", .filters = 1, .kernel = {3}, .bidirectional = true},
        {.type = "gather", .from = "x, index"},
    };
    const frs_net_opts o = {
        .inputs = {{"x", {2, {3, 2}}}, {"movie", {3, {2, 3, 1}}}, {"index", {1, {2}}}},
        FRS_LAYERS(layers)};
    frs_net *net = NULL;
    char *text = NULL;
    (void)arg;
    frs_status s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK) s = frs_net_summary(net, 2, &text);
    frs_text_free(ctx, text);
    frs_net_free(net);
    return s;
}

static void no_memory(void **state) {
    (void)state;
    test_oom(several, NULL);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, test_home_end)
    const struct CMUnitTest tests[] = {
        TEST(examples),     TEST(fields),          TEST(values),    TEST(masks),
        TEST(says),         TEST(remembers_steps), TEST(no_memory), TEST(first_weights),
        TEST(freezes_norm), TEST(aligns),          TEST(documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
