/* ONNX models of a few nodes: layouts, what is computed when compiling, weights, training in a net
 * of ours; hostile files are refused with a message that says where and what. (What each operator
 * computes: tests/exchange/onnx_suite.c.) */
#include "freshet/onnx.h"
#include "support.h"

#ifdef FRS_WITH_ONNX
#include "onnx_case.h"

typedef struct fixture {
    char dir[256], path[512];
    test_heap heap;
    frs_ctx *ctx;
    onnx_case c;
    frs_onnx *net;
} fixture;

static int begin(void **state) {
    fixture *f = calloc(1, sizeof *f);
    test_dir(f->dir);
    f->ctx = test_ctx_new(&f->heap, 1);
    *state = f;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    frs_onnx_free(f->net);
    test_ctx_free(f->ctx, &f->heap);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static const char *write_bytes(fixture *f, const uint8_t *data, size_t n) {
    snprintf(f->path, sizeof f->path, "%s/x.onnx", f->dir);
    remove(f->path); /* a file that is cut waits for the disk */
    FILE *to = fopen(f->path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(data, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
    return f->path;
}

static const char *write_case(fixture *f) {
    size_t n;
    uint8_t *data = case_bytes(&f->c, &n);
    write_bytes(f, data, n);
    free(data);
    return f->path;
}

static void open_case(fixture *f) {
    assert_ok(f->ctx, frs_onnx_open(f->ctx, write_case(f), &f->net));
}

static void expect(fixture *f, int i, frs_shape shape, const float *want) {
    frs_shape is;
    const float *v;
    assert_ok(f->ctx, frs_onnx_result(f->net, i, &is, &v));
    assert_int_equal(is.rank, shape.rank);
    for (int k = 0; k < shape.rank; k++) assert_int_equal(is.dim[k], shape.dim[k]);
    for (int64_t k = 0; k < frs_shape_count(shape); k++) assert_close(v[k], want[k], 1e-5);
}

/* ---- a net of dense layers on a batch of any size: y = relu(x W + b) */

static float weights[] = {1, 2, 3, -1, -2, -3}, bias[] = {0.5f, -0.5f};
static const float x23[] = {1, 0, 2, -1, 1, 0}; /* [2,3]; W [3,2] */

static void make_dense(onnx_case *c) {
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_node(c, "Gemm x W b -> h");
    case_node(c, "Relu h -> y");
    case_tensor(c, "W", 2, (const int64_t[]){3, 2}, weights, NULL);
    case_tensor(c, "b", 1, (const int64_t[]){2}, bias, NULL);
}

static void dense(void **state) {
    fixture *f = *state;
    make_dense(&f->c);
    open_case(f);
    assert_int_equal(frs_onnx_n_inputs(f->net), 1);
    assert_string_equal(frs_onnx_input(f->net, 0).name, "x");
    assert_false(frs_onnx_input(f->net, 0).decides_shapes);
    assert_string_equal(frs_onnx_output(f->net, 0).name, "y");
    assert_status(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23}), FRS_E_ARG);
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 3}}}));
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23}));
    expect(f, 0, (frs_shape){2, {2, 2}}, (const float[]){0, 0, 2.5f, 0});
    assert_status(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 4}}}),
                  FRS_E_ARG);
    assert_message(f->ctx, "x.onnx: node 0 '' (Gemm)");
    assert_message(f->ctx, "[2, 4] [3, 2]");
    assert_ok(f->ctx,
              frs_onnx_run(f->net, (const float *const[]){x23})); /* the plan before stays */
    expect(f, 0, (frs_shape){2, {2, 2}}, (const float[]){0, 0, 2.5f, 0});
}

/* Parameters bear ONNX's names; what was changed stays over a compile for another batch. */
static void weights_stay(void **state) {
    fixture *f = *state;
    make_dense(&f->c);
    open_case(f);
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 3}}}));
    frs_model *m = frs_onnx_model(f->net);
    assert_int_equal(frs_model_n_params(m), 2);
    assert_string_equal(frs_model_param(m, 0).name, "W");
    assert_string_equal(frs_model_param(m, 1).name, "b");
    ((float *)frs_model_weights(m))[frs_model_param(m, 1).offset] = 10;
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {1, 3}}}));
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23}));
    expect(f, 0, (frs_shape){2, {1, 2}}, (const float[]){7, 0});
}

/* The graph in a net of ours, with a loss; its weights get gradients. */
static frs_status trained(frs_builder *b, const void *arg) {
    frs_onnx *net = *(frs_onnx *const *)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {frs_build_dims(b).batch, 3}}), *y;
    frs_tensor *target = frs_input(b, "target", (frs_shape){2, {frs_build_dims(b).batch, 2}});
    frs_scope_push(b, "body");
    frs_status s = frs_onnx_build(b, net, &x, &y);
    frs_scope_pop(b);
    if (s != FRS_OK) return s;
    return frs_build_done(b, frs_loss_mse(b, y, target));
}

static void trains(void **state) {
    static const float target[] = {0, 0, 0, 0};
    fixture *f = *state;
    frs_model *m;
    frs_plan *p;
    double loss;
    make_dense(&f->c);
    open_case(f);
    assert_ok(f->ctx,
              frs_model_new(
                  f->ctx,
                  &(frs_model_opts){.build = trained, .arg = &f->net, .arg_size = sizeof f->net},
                  &m));
    assert_ok(f->ctx, frs_model_compile(m, FRS_TRAIN, (frs_dims){2, 1}, &p));
    assert_status(f->ctx, frs_onnx_load(f->net, m, "head"), FRS_E_ARG);
    assert_message(f->ctx, "head.W");
    assert_ok(f->ctx, frs_onnx_load(f->net, m, "body"));
    assert_ok(f->ctx, frs_plan_feed(p, "x", x23, 6));
    assert_ok(f->ctx, frs_plan_feed(p, "target", target, 4));
    assert_ok(f->ctx, frs_plan_run(p, 0));
    assert_ok(f->ctx, frs_plan_output(p, "loss", &loss, 1));
    assert_close(loss, 2.5 * 2.5 / 4, 1e-6);
    assert_string_equal(frs_model_param(m, 0).name, "body.W");
    const float *g = (const float *)frs_model_gradients(m) + frs_model_param(m, 0).offset;
    const double want[] = {-1.25, 0, 1.25, 0, 0, 0}; /* x' dy */
    for (int i = 0; i < 6; i++) assert_close(g[i], want[i], 1e-6);
    frs_model_free(m);
}

/* ---- orders of axes */

static int count_of(const char *text, const char *part) {
    int n = 0;
    for (; (text = strstr(text, part)); text += strlen(part)) n++;
    return n;
}

/* Conv, Relu, Conv, + [C,1,1], pooling: turned once at each end. */
static void chain_stays_channels_last(void **state) {
    static float w1[] = {1, 0, 0, 1}, w2[] = {1, 1, 1, -1}, shift[] = {10, 20};
    static int64_t two[] = {2, 2};
    fixture *f = *state;
    onnx_case *c = &f->c;
    char *text;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_node(c, "Conv x w1 -> a");
    case_node(c, "Relu a -> b");
    case_node(c, "Conv b w2 -> c");
    case_node(c, "Add shift c -> d");
    Onnx__NodeProto *pool = case_node(c, "MaxPool d -> y");
    case_ints(c, pool, "kernel_shape", two, 2);
    case_ints(c, pool, "strides", two, 2);
    case_tensor(c, "w1", 4, (const int64_t[]){2, 2, 1, 1}, w1, NULL);
    case_tensor(c, "w2", 4, (const int64_t[]){2, 2, 1, 1}, w2, NULL);
    case_tensor(c, "shift", 3, (const int64_t[]){2, 1, 1}, shift, NULL);
    open_case(f);
    const float x[] = {1, -2, 3, 4, 5, 6, -7, 8}; /* [1,2,2,2] */
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {4, {1, 2, 2, 2}}}));
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x}));
    /* relu(x): 1 0 3 4, 5 6 0 8; sums 6 6 3 12, differences -4 -6 3 -4 */
    expect(f, 0, (frs_shape){4, {1, 2, 1, 1}}, (const float[]){22, 23});
    assert_ok(f->ctx, frs_plan_explain(frs_onnx_plan(f->net), &text));
    const int turned = count_of(text, "\npermute ") + (strncmp(text, "permute ", 8) == 0);
    frs_text_free(f->ctx, text);
    assert_int_equal(turned, 3); /* x, shift, y */
}

/* ---- what is computed when compiling */

/* Reshape to [shape of x [0], -1], as exporters write it. */
static void shape_arithmetic(void **state) {
    static int64_t zero[] = {0}, minus[] = {-1};
    fixture *f = *state;
    onnx_case *c = &f->c;
    char *text;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_output(c, "to");
    case_node(c, "Shape x -> s");
    case_node(c, "Gather s zero -> n");
    case_node(c, "Concat n minus -> to");
    case_int(c, c->nodes[2], "axis", 0);
    case_node(c, "Reshape x to -> y");
    case_tensor(c, "zero", 1, (const int64_t[]){1}, NULL, zero);
    case_tensor(c, "minus", 1, (const int64_t[]){1}, NULL, minus);
    open_case(f);
    for (int64_t n = 1; n < 4; n++) {
        const float x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {3, {n, 2, 2}}}));
        assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x}));
        expect(f, 0, (frs_shape){2, {n, 4}}, x);
        expect(f, 1, (frs_shape){1, {2}}, (const float[]){(float)n, -1});
    }
    assert_ok(f->ctx, frs_plan_explain(frs_onnx_plan(f->net), &text));
    const int lines = count_of(text, "\n");
    frs_text_free(f->ctx, text);
    assert_int_equal(lines, 2); /* the reshape, and the line of the arena */
}

/* An input that decides a shape: said so, refused when running, taken when compiling. */
static void given_shapes(void **state) {
    fixture *f = *state;
    onnx_case *c = &f->c;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_input(c, "half", 7);
    case_output(c, "y");
    case_node(c, "Add half half -> to");
    case_node(c, "Reshape x to -> y");
    open_case(f);
    assert_false(frs_onnx_input(f->net, 0).decides_shapes);
    assert_true(frs_onnx_input(f->net, 1).decides_shapes);
    frs_onnx_given given[2] = {{.shape = {1, {6}}}, {.shape = {1, {1}}}};
    assert_status(f->ctx, frs_onnx_compile(f->net, given), FRS_E_UNSUPPORTED);
    assert_message(f->ctx, "node 1 '' (Reshape)");
    assert_message(f->ctx, "input 'to' decides a shape");
    given[1].values = (const double[]){3};
    assert_ok(f->ctx, frs_onnx_compile(f->net, given));
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23, NULL}));
    expect(f, 0, (frs_shape){1, {6}}, x23);
    given[1].values = (const double[]){2};
    assert_status(f->ctx, frs_onnx_compile(f->net, given), FRS_E_ARG);
}

/* Weights that are turned stay weights; where their numbers are wanted they are computed. */
static void trained_constants(void **state) {
    static float two_three[] = {1, 1};
    static int64_t shape[] = {1}, two[] = {2, 3};
    fixture *f = *state;
    onnx_case *c = &f->c;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_node(c, "Reshape W two -> U");
    case_node(c, "Transpose U -> V");
    case_node(c, "MatMul x V -> h");
    case_node(c, "Neg f -> g");
    case_node(c, "Neg g -> h2");
    case_node(c, "Cast h2 -> k");
    case_int(c, c->nodes[5], "to", 7);
    case_node(c, "Tile h k -> y");
    case_tensor(c, "W", 1, (const int64_t[]){6}, weights, NULL);
    case_tensor(c, "two", 1, (const int64_t[]){2}, NULL, two);
    case_tensor(c, "f", 1, (const int64_t[]){2}, two_three, NULL);
    case_tensor(c, "unused", 1, (const int64_t[]){1}, NULL, shape);
    open_case(f);
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 3}}}));
    assert_string_equal(frs_model_param(frs_onnx_model(f->net), 0).name, "W");
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23}));
    expect(f, 0, (frs_shape){2, {2, 2}}, (const float[]){7, -7, 1, -1});
}

/* The branch whose condition is a constant stands in place of the node. */
static void branches(void **state) {
    static int64_t yes[] = {1};
    static onnx_case inner;
    fixture *f = *state;
    onnx_case *c = &f->c;
    case_begin(&inner, 13);
    case_node(&inner, "Neg x -> minus");
    case_output(&inner, "minus");
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    Onnx__NodeProto *n = case_node(c, "If condition -> z");
    case_attribute(c, n, "then_branch")->g = &inner.g;
    case_node(c, "Relu z -> y");
    case_tensor(c, "condition", 0, NULL, NULL, yes);
    open_case(f);
    assert_ok(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {1, {6}}}));
    assert_ok(f->ctx, frs_onnx_run(f->net, (const float *const[]){x23}));
    expect(f, 0, (frs_shape){1, {6}}, (const float[]){0, 0, 0, 1, 0, 0});
    frs_onnx_free(f->net);
    f->net = NULL;
    yes[0] = 0;
    open_case(f);
    assert_status(f->ctx, frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {1, {6}}}),
                  FRS_E_ARG);
    assert_message(f->ctx, "it has no branch of 1 outputs");
}

/* ---- hostile files */

static void refused(fixture *f, frs_status want, const char *message) {
    frs_status s = frs_onnx_open(f->ctx, write_case(f), &f->net);
    if (s == FRS_OK) s = frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 3}}});
    assert_status(f->ctx, s, want);
    assert_message(f->ctx, message);
    assert_message(f->ctx, "x.onnx");
    frs_onnx_free(f->net);
    f->net = NULL;
    make_dense(&f->c);
}

static void hostile_graphs(void **state) {
    fixture *f = *state;
    onnx_case *c = &f->c;
    make_dense(c);
    c->opset.version = 18;
    refused(f, FRS_E_UNSUPPORTED, "operator set 18");
    c->m.graph = NULL;
    refused(f, FRS_E_FORMAT, "it has no graph");
    c->g.n_output = 0;
    refused(f, FRS_E_FORMAT, "at least one output");
    c->in[0][0] = c->out[1][0]; /* h = f(y), y = g(h) */
    refused(f, FRS_E_FORMAT, "no node before this one computes its input 'y'");
    c->in[1][0] = (char *)(uintptr_t) "nowhere";
    refused(f, FRS_E_FORMAT,
            "node 1 '' (Relu): no node before this one computes its input 'nowhere'");
    c->out[1][0] = c->in[1][0];
    refused(f, FRS_E_FORMAT, "two nodes compute 'h'");
    c->node[1].op_type = (char *)(uintptr_t) "Levitate";
    refused(f, FRS_E_UNSUPPORTED, "(Levitate): this operator is not supported");
    c->node[1].op_type = (char *)(uintptr_t) "LRN";
    case_int(c, &c->node[1], "size", 4);
    refused(f, FRS_E_UNSUPPORTED, "over an even number of channels");
    c->node[1].domain = (char *)(uintptr_t) "com.example";
    refused(f, FRS_E_UNSUPPORTED, "(Relu): this operator is not supported");
    c->node[0].n_input = 0;
    refused(f, FRS_E_ARG, "an input is missing");
    c->g.n_node = 1;
    refused(f, FRS_E_FORMAT, "no node computes the output 'y'");
    c->value[0].name = c->tensor[0].name; /* an input with a default is none */
    refused(f, FRS_E_FORMAT, "no node before this one computes its input 'x'");
}

static void hostile_tensors(void **state) {
    static uint8_t raw[24];
    static Onnx__StringStringEntryProto entry, *entries[] = {&entry};
    fixture *f = *state;
    onnx_case *c = &f->c;
    Onnx__TensorProto *w = &c->tensor[0];
    make_dense(c);
    w->n_float_data = 5;
    refused(f, FRS_E_FORMAT, "initialiser 'W': 5 elements, expected 6");
    w->n_float_data = 0;
    w->has_raw_data = 1;
    w->raw_data = (ProtobufCBinaryData){23, raw};
    refused(f, FRS_E_FORMAT, "initialiser 'W': 23 bytes of data, expected 24");
    w->dims[0] = -3;
    refused(f, FRS_E_FORMAT, "axis 0 of size -3");
    w->dims[0] = w->dims[1] = INT64_C(1) << 32;
    refused(f, FRS_E_FORMAT, "axis 0 of size 4294967296");
    w->n_dims = 7;
    refused(f, FRS_E_UNSUPPORTED, "a tensor of 7 axes");
    w->data_type = 8;
    refused(f, FRS_E_UNSUPPORTED, "tensors of type 8");
    onnx__string_string_entry_proto__init(&entry);
    entry.key = (char *)(uintptr_t) "location";
    entry.value = (char *)(uintptr_t) "/etc/passwd";
    w->external_data = entries;
    w->n_external_data = 1;
    refused(f, FRS_E_UNSUPPORTED, "its data are in another file");
    w->name = c->tensor[1].name;
    refused(f, FRS_E_FORMAT, "initialiser 'b': it has no name of its own");
    w->name = NULL;
    refused(f, FRS_E_FORMAT, "it has no name of its own");
}

/* A type of a sequence of a sequence of ... */
static void nested(void **state) {
    fixture *f = *state;
    size_t n = 0;
    const size_t most = 1 << 20;
    uint8_t *data = malloc(most + 8), *at = data + most;
    while (n + 12 < most) { /* from the inside: sequence_type { elem_type {..} } */
        size_t length = n, digits = 0;
        uint8_t head[12] = {n % 2 ? 0x22 : 0x0a};
        do head[1 + digits++] = (uint8_t)((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
        while (length >>= 7);
        at -= 1 + digits;
        memcpy(at, head, 1 + digits);
        n += 1 + digits;
    }
    frs_onnx *net;
    assert_status(f->ctx, frs_onnx_open(f->ctx, write_bytes(f, at, n), &net), FRS_E_FORMAT);
    /* and as what recurses: a graph in an attribute of a node of a graph */
    n = 0;
    at = data + most;
    static const uint8_t tag[] = {0x0a /* graph.node */, 0x2a /* node.attribute */,
                                  0x32 /* attribute.g */};
    for (int level = 0; level < 3000; level++) {
        size_t length = n, digits = 0;
        uint8_t head[12] = {level == 2999 ? 0x3a /* model.graph */ : tag[(2998 - level) % 3]};
        do head[1 + digits++] = (uint8_t)((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
        while (length >>= 7);
        at -= 1 + digits;
        memcpy(at, head, 1 + digits);
        n += 1 + digits;
    }
    assert_status(f->ctx, frs_onnx_open(f->ctx, write_bytes(f, at, n), &net), FRS_E_FORMAT);
    assert_message(f->ctx, "it nests too deeply");
    free(data);
}

static void try_file(fixture *f, const uint8_t *data, size_t n) {
    if (frs_onnx_open(f->ctx, write_bytes(f, data, n), &f->net) == FRS_OK &&
        frs_onnx_n_inputs(f->net) == 1)
        frs_onnx_compile(f->net, &(frs_onnx_given){.shape = {2, {2, 3}}});
    frs_onnx_free(f->net);
    f->net = NULL;
}

static void cut_and_changed(void **state) {
    fixture *f = *state;
    size_t n;
    make_dense(&f->c);
    uint8_t *data = case_bytes(&f->c, &n);
    for (size_t k = 0; k < n; k++) {
        assert_int_not_equal(frs_onnx_open(f->ctx, write_bytes(f, data, k), &f->net), FRS_OK);
        for (int bit = 0; bit < 8; bit += 3) {
            data[k] ^= (uint8_t)(1 << bit);
            try_file(f, data, n);
            data[k] ^= (uint8_t)(1 << bit);
        }
    }
    free(data);
}

/* What a file may ask for when compiling is bounded. */
static void hostile_sizes(void **state) {
    static int64_t huge[] = {INT64_C(1) << 40, INT64_C(1) << 40};
    fixture *f = *state;
    onnx_case *c = &f->c;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_node(c, "ConstantOfShape huge -> a");
    case_node(c, "Add x a -> y");
    case_tensor(c, "huge", 1, (const int64_t[]){2}, NULL, huge);
    refused(f, FRS_E_ARG, "(ConstantOfShape)");
}

/* ---- the document names every operator */

static void documented(void **state) {
    (void)state;
    static const char *const names[] = {
#define FRS_ONNX(op, handler, known)        "`" #op "`",
#define FRS_ONNX_SHAPES(op, handler)        "`" #op "`",
#define FRS_ONNX_GRAPHS(op, handler, known) "`" #op "`",
#include "exchange/onnx_list.def"
    };
    char *text;
    int64_t n;
    assert_ok(NULL, frs__read_file(NULL, FRS_TEST_DIR "/../docs/onnx.md", 1 << 20, &text, &n));
    const char *list = strstr(text, "## Operators");
    assert_non_null(list);
    for (int64_t i = 0; i < FRS_LEN(names); i++) {
        if (!strstr(list, names[i])) print_error("docs/onnx.md does not name %s\n", names[i]);
        assert_non_null(strstr(list, names[i]));
    }
    frs_text_free(NULL, text);
}

/* ---- no memory */

static frs_status use(frs_ctx *ctx, void *arg) {
    fixture *f = arg;
    frs_onnx *net;
    FRS_TRY(frs_onnx_open(ctx, f->path, &net));
    frs_status s = frs_onnx_compile(net, &(frs_onnx_given){.shape = {3, {2, 2, 2}}});
    if (s == FRS_OK) s = frs_onnx_run(net, (const float *const[]){(const float[8]){0}});
    frs_onnx_free(net);
    return s;
}

static void no_memory(void **state) {
    static int64_t zero[] = {0}, minus[] = {-1};
    fixture *f = *state;
    onnx_case *c = &f->c;
    case_begin(c, 13);
    case_input(c, "x", 1);
    case_output(c, "y");
    case_node(c, "Shape x -> s");
    case_node(c, "Gather s zero -> n");
    case_node(c, "Concat n minus -> to");
    case_int(c, c->nodes[2], "axis", 0);
    case_node(c, "Reshape x to -> y");
    case_tensor(c, "zero", 1, (const int64_t[]){1}, NULL, zero);
    case_tensor(c, "minus", 1, (const int64_t[]){1}, NULL, minus);
    write_case(f);
    test_oom(use, f);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(dense),
        TEST(weights_stay),
        TEST(trains),
        TEST(shape_arithmetic),
        TEST(given_shapes),
        TEST(trained_constants),
        TEST(branches),
        TEST(hostile_graphs),
        TEST(hostile_tensors),
        TEST(nested),
        TEST(cut_and_changed),
        TEST(hostile_sizes),
        TEST(documented),
        TEST(no_memory),
        TEST(chain_stays_channels_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else /* built without ONNX */

static void without(void **state) {
    (void)state;
    test_heap heap = {0};
    frs_ctx *ctx = test_ctx_new(&heap, 1);
    frs_onnx *net;
    assert_status(ctx, frs_onnx_open(ctx, "x.onnx", &net), FRS_E_UNSUPPORTED);
    assert_message(ctx, "built without ONNX");
    test_ctx_free(ctx, &heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(without)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
