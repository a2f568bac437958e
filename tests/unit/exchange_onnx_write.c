/* frs_onnx_save: names, notes and turns in the file, and what is refused. (What each net computes:
 * tests/exchange/onnx_nets.c.) */
#include "freshet/onnx.h"
#include "support.h"

#ifdef FRS_WITH_ONNX
#include "base/base.h"

#include <onnx.pb-c.h>

typedef struct fixture {
    char dir[256], path[512];
    test_heap heap;
    frs_ctx *ctx;
    frs_model *m;
    Onnx__ModelProto *file;
} fixture;

static int begin(void **state) {
    fixture *f = calloc(1, sizeof *f);
    test_dir(f->dir);
    snprintf(f->path, sizeof f->path, "%s/x.onnx", f->dir);
    f->ctx = test_ctx_new(&f->heap, 1);
    *state = f;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    frs_model_free(f->m);
    if (f->file) onnx__model_proto__free_unpacked(f->file, NULL);
    test_ctx_free(f->ctx, &f->heap);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static frs_status save(fixture *f, frs_build_fn build, const frs_onnx_save_opts *o) {
    frs_model_free(f->m);
    f->m = NULL;
    assert_ok(f->ctx, frs_model_new(f->ctx, &(frs_model_opts){.build = build, .seed = 2}, &f->m));
    return frs_onnx_save(f->m, f->path, o);
}

static const Onnx__GraphProto *read_back(fixture *f) {
    static uint8_t data[1 << 20];
    FILE *from = fopen(f->path, "rb");
    assert_non_null(from);
    const size_t n = fread(data, 1, sizeof data, from);
    assert_int_equal(fclose(from), 0);
    assert_true(n < sizeof data);
    f->file = onnx__model_proto__unpack(NULL, n, data);
    assert_non_null(f->file);
    return f->file->graph;
}

static int nodes_of(const Onnx__GraphProto *g, const char *op) {
    int n = 0;
    for (size_t i = 0; i < g->n_node; i++) n += strcmp(g->node[i]->op_type, op) == 0;
    return n;
}

/* ---- what stands in the file */

static frs_status small(frs_builder *b, const void *arg) {
    const frs_dims d = frs_build_dims(b);
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){4, {d.batch, 8, 8, 2}}), *y;
    frs_input(b, "nobody's", (frs_shape){1, {3}});
    frs_scope_push(b, "first");
    x = frs_conv(b, x, &(frs_conv_opts){.filters = 4, .kernel = {3}, .activation = FRS_RELU});
    frs_scope_pop(b);
    x = frs_max_pool(b, x, &(frs_pool_opts){.kernel = {2}});
    frs_scope_push(b, "second");
    x = frs_conv(b, frs_add(b, x, frs_scale(b, x, 2, 1)),
                 &(frs_conv_opts){.filters = 3, .kernel = {1}});
    frs_scope_pop(b);
    frs_scope_push(b, "head");
    y = frs_dense(b, frs_flatten(b, x), 5);
    frs_scope_pop(b);
    frs_output(b, "y", y);
    frs_output(b, "features", x);
    return frs_build_done(b, NULL);
}

static const float *initialiser(const Onnx__GraphProto *g, const char *name, size_t n) {
    for (size_t i = 0; i < g->n_initializer; i++) {
        if (strcmp(g->initializer[i]->name, name) != 0) continue;
        assert_int_equal(g->initializer[i]->raw_data.len, n * sizeof(float));
        return (const float *)(const void *)g->initializer[i]->raw_data.data;
    }
    fail_msg("no initialiser %s", name);
    return NULL;
}

/* One turn where the channels-last image goes in, one before it becomes a vector; weights under
 * their names, as they are. */
static void file_has(void **state) {
    fixture *f = *state;
    const frs_onnx_note notes[] = {{"river", "Ob"}, {"units", "mm"}};
    assert_ok(f->ctx,
              save(f, small, &(frs_onnx_save_opts){.notes = notes, .n_notes = 2, .opset = 15}));
    const Onnx__GraphProto *g = read_back(f);
    assert_int_equal(f->file->ir_version, 8);
    assert_int_equal(f->file->opset_import[0]->version, 15);
    assert_string_equal(f->file->producer_name, "freshet");
    assert_int_equal(f->file->n_metadata_props, 2);
    assert_string_equal(f->file->metadata_props[0]->key, "river");
    assert_string_equal(f->file->metadata_props[0]->value, "Ob");
    assert_int_equal(nodes_of(g, "Transpose"), 2);
    assert_int_equal(nodes_of(g, "Conv"), 2);
    assert_int_equal(g->n_input, 1); /* nobody needs the other */
    assert_string_equal(g->input[0]->name, "x");
    const Onnx__TensorShapeProto *s = g->input[0]->type->tensor_type->shape;
    assert_string_equal(s->dim[0]->dim_param, "batch");
    assert_int_equal(s->dim[3]->dim_value, 2);
    assert_int_equal(g->n_output, 2);
    assert_string_equal(g->output[0]->name, "y");
    assert_int_equal(g->n_initializer, frs_model_n_params(f->m));
    for (int64_t i = 0; i < frs_model_n_params(f->m); i++) {
        const frs_param_info p = frs_model_param(f->m, i);
        const size_t n = (size_t)frs_shape_count(p.shape);
        assert_memory_equal(initialiser(g, p.name, n),
                            (const float *)frs_model_weights_get(f->m) + p.offset,
                            n * sizeof(float));
    }
}

static void channels_first(void **state) {
    fixture *f = *state;
    assert_ok(f->ctx, save(f, small,
                           &(frs_onnx_save_opts){
                               .channels_first = true, .outputs = "features", .batch = 4}));
    const Onnx__GraphProto *g = read_back(f);
    assert_int_equal(nodes_of(g, "Transpose"), 0);
    const Onnx__TensorShapeProto *s = g->input[0]->type->tensor_type->shape;
    assert_int_equal(s->dim[0]->dim_value, 4);
    assert_int_equal(s->dim[1]->dim_value, 2);
    assert_int_equal(s->dim[3]->dim_value, 8);
    assert_int_equal(g->n_output, 1);
    assert_int_equal(g->n_initializer, 4); /* the head is not needed */
}

/* ONNX's gates are i o f c. Layers that share weights share initialisers. */
static frs_status twice(frs_builder *b, const void *arg) {
    const frs_dims d = frs_build_dims(b);
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, 4, 2}});
    for (int i = 0; i < 2; i++) {
        frs_scope_push(b, "lstm");
        frs_share_begin(b);
        x = frs_lstm(b, x, &(frs_recurrent_opts){.hidden = 2});
        frs_share_end(b);
        frs_scope_pop(b);
    }
    frs_output(b, "y", x);
    return frs_build_done(b, NULL);
}

static void gates(void **state) {
    static const int from[] = {0, 3, 1, 2};
    fixture *f = *state;
    assert_status(f->ctx, save(f, twice, NULL), FRS_E_ARG);
    assert_message(f->ctx, "two outputs are named 'h_n'");
    assert_ok(f->ctx, save(f, twice, &(frs_onnx_save_opts){.outputs = "y"}));
    const Onnx__GraphProto *g = read_back(f);
    assert_int_equal(nodes_of(g, "LSTM"), 2);
    assert_int_equal(g->n_initializer, 3);
    const float *is = initialiser(g, "lstm.weight_ih_l0", 16);
    const float *w = (const float *)frs_model_weights_get(f->m) + frs_model_param(f->m, 0).offset;
    assert_string_equal(frs_model_param(f->m, 0).name, "lstm.weight_ih_l0");
    for (int k = 0; k < 4; k++)
        assert_memory_equal(is + 4L * k, w + 4L * from[k], 4 * sizeof(float));
    initialiser(g, "lstm.bias_ih_l0+lstm.bias_hh_l0", 16);
}

/* ---- what is refused, and leaves no file */

static frs_status masked(frs_builder *b, const void *arg) {
    const frs_dims d = frs_build_dims(b);
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, 4, 2}});
    frs_tensor *mask = frs_input(b, "mask", (frs_shape){2, {d.batch, 4}});
    frs_scope_push(b, "river");
    frs_output(b, "y", frs_gru(b, x, &(frs_recurrent_opts){.hidden = 2, .mask = mask}));
    frs_scope_pop(b);
    return frs_build_done(b, NULL);
}

static frs_status of_the_batch(frs_builder *b, const void *arg) {
    const int64_t B = frs_build_dims(b).batch;
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {B + 1, 2}});
    frs_output(b, "y", frs_exp(b, x));
    return frs_build_done(b, NULL);
}

static frs_status unlike(frs_builder *b, const void *arg) {
    const int64_t B = frs_build_dims(b).batch;
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {B, 2}});
    frs_output(b, "y", B > 2 ? frs_exp(b, x) : frs_log(b, x));
    return frs_build_done(b, NULL);
}

static frs_status uneven(frs_builder *b, const void *arg) {
    const int64_t B = frs_build_dims(b).batch;
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){4, {B, 7, 7, 1}});
    frs_scope_push(b, "pool");
    frs_output(b, "y", frs_adaptive_pool(b, x, FRS_POOL_AVG, (const int[3]){3}));
    frs_output(b, "upper", frs_triu(b, x, 0));
    frs_scope_pop(b);
    return frs_build_done(b, NULL);
}

static frs_status named_twice(frs_builder *b, const void *arg) {
    const int64_t B = frs_build_dims(b).batch;
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {B, 2}});
    frs_output(b, "y", frs_add(b, x, frs_param(b, "x", (frs_shape){1, {2}}, (frs_init){0})));
    return frs_build_done(b, NULL);
}

typedef struct refusal {
    frs_build_fn build;
    frs_onnx_save_opts o;
    frs_status s;
    const char *says;
} refusal;

static void refused(void **state) {
    static const float one = 1;
    static const frs_onnx_constant constant = {"x", &one}, unknown = {"z", &one};
    const refusal all[] = {
        {masked, {.outputs = "y"}, FRS_E_UNSUPPORTED, "node 'river.seq': a mask over steps"},
        {of_the_batch, {0}, FRS_E_ARG, "'x': its sizes are no multiples of the batch"},
        {unlike, {0}, FRS_E_ARG, "another for another batch"},
        {uneven, {.outputs = "y"}, FRS_E_UNSUPPORTED, "node 'pool.avg_pool': adaptive pooling"},
        {uneven, {.outputs = "upper", .opset = 13}, FRS_E_UNSUPPORTED, "want operator set 14"},
        {named_twice, {0}, FRS_E_ARG, "'x' names two things"},
        {small, {.opset = 18}, FRS_E_ARG, "operator set 18 of ONNX; 13 to 17"},
        {small, {.opset = 12}, FRS_E_ARG, "operator set 12 of ONNX; 13 to 17"},
        {small, {.outputs = "y, z"}, FRS_E_ARG, "no output 'z'"},
        {small, {.constants = &unknown, .n_constants = 1}, FRS_E_ARG, "no input 'z'"},
        {small, {.constants = &constant, .n_constants = 1}, FRS_E_ARG, "'x' is of the batch"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_status(f->ctx, save(f, all[i].build, &all[i].o), all[i].s);
        assert_message(f->ctx, all[i].says);
        assert_message(f->ctx, "x.onnx: ");
        assert_int_not_equal(access(f->path, F_OK), 0);
    }
    assert_ok(f->ctx, save(f, of_the_batch, &(frs_onnx_save_opts){.batch = 4}));
    snprintf(f->path, sizeof f->path, "%s/no/such/folder.onnx", f->dir);
    assert_status(f->ctx, save(f, small, NULL), FRS_E_IO);
}

/* ---- no memory: an error, and nothing left behind */

static frs_status all_of_it(frs_ctx *ctx, void *arg) {
    fixture *f = arg;
    static const frs_onnx_note note = {"a", "b"};
    const frs_onnx_save_opts o = {.outputs = "y", .notes = &note, .n_notes = 1};
    frs_status s = FRS_OK;
    for (int i = 0; i < 2 && s == FRS_OK; i++) {
        frs_model *m = NULL;
        s = frs_model_new(ctx, &(frs_model_opts){.build = i ? twice : small}, &m);
        if (s == FRS_OK) s = frs_onnx_save(m, f->path, &o);
        frs_model_free(m);
    }
    return s;
}

static void no_memory(void **state) {
    test_oom(all_of_it, *state);
}

/* ---- the document names what there is a form for */

static void documented(void **state) {
    static const char *const names[] = {
#define FRS_ONNX_WRITE(op, handler, onnx) "`" #op "`",
#include "exchange/onnx_write_list.def"
    };
    char *text;
    int64_t n;
    (void)state;
    assert_ok(NULL, frs__read_file(NULL, FRS_TEST_DIR "/../docs/onnx.md", 1 << 20, &text, &n));
    const char *list = strstr(text, "## Writing");
    assert_non_null(list);
    for (int64_t i = 0; i < FRS_LEN(names); i++) {
        if (!strstr(list, names[i])) print_error("docs/onnx.md does not name %s\n", names[i]);
        assert_non_null(strstr(list, names[i]));
    }
    frs_text_free(NULL, text);
}

/* ---- nets of layers: their own outputs, not the states that recurrent layers show */

static void of_a_net(void **state) {
    static const frs_layer layers[] = {{.type = "lstm", .units = 3}, {.type = "dense", .units = 1}};
    fixture *f = *state;
    frs_net *net;
    assert_ok(f->ctx,
              frs_net_new(f->ctx,
                          &(frs_net_opts){.inputs = {{"x", {2, {0, 2}}}}, FRS_LAYERS(layers)},
                          &net));
    assert_status(f->ctx, frs_onnx_save_net(net, f->path, NULL), FRS_E_ARG);
    assert_message(f->ctx, "sequences of any length");
    assert_ok(f->ctx, frs_onnx_save_net(net, f->path, &(frs_onnx_save_opts){.steps = 6}));
    const Onnx__GraphProto *g = read_back(f);
    assert_int_equal(g->n_output, 1);
    assert_string_equal(g->output[0]->name, "dense_1");
    assert_int_equal(g->input[0]->type->tensor_type->shape->dim[1]->dim_value, 6);
    frs_net_free(net);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {TEST(file_has),  TEST(channels_first), TEST(gates),
                                       TEST(refused),   TEST(of_a_net),       TEST(no_memory),
                                       TEST(documented)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void without(void **state) {
    static const frs_layer layers[] = {{.type = "dense", .units = 1}};
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_net *net;
    (void)state;
    assert_ok(
        ctx,
        frs_net_new(ctx, &(frs_net_opts){.inputs = {{"x", {1, {2}}}}, FRS_LAYERS(layers)}, &net));
    assert_status(ctx, frs_onnx_save_net(net, "x.onnx", NULL), FRS_E_UNSUPPORTED);
    assert_message(ctx, "built without ONNX");
    frs_net_free(net);
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(without)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
