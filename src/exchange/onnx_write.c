/* frs_onnx_save: a model's graph for inference into an ONNX file. Documented in freshet/onnx.h. */
#include "exchange/onnx_write.h"
#include "exchange/onnx_internal.h"
#include "net/net.h"

#include <stdio.h>
#include <string.h>

#define MAX_FILE INT64_C(0x7fffffff) /* protobuf's own limit */
enum { MIN_OPSET = 13, MAX_OPSET = 17 };

static const struct entry {
    const char *op;
    frs__ow_handler handler;
    const char *onnx;
} entries[] = {
#define FRS_ONNX_WRITE(op, handler, onnx) {#op, frs__ow_do_##handler, onnx},
#include "exchange/onnx_write_list.def"
#undef FRS_ONNX_WRITE
};

static const struct entry *entry_of(const frs_walk_node *n) {
    for (int i = 0; i < FRS_LEN(entries); i++)
        if (strcmp(entries[i].op, n->op->name) == 0) return &entries[i];
    return NULL;
}

static char *text_of(const char *s) {
    return (char *)(uintptr_t)s;
}

/* ---- the graph, for two batches */

static bool alike(const frs_walk *a, const frs_walk *b) {
    bool same = a->n == b->n && a->n_outputs == b->n_outputs;
    for (int64_t i = 0; same && i < a->n; i++) {
        const frs_walk_node *x = &a->nodes[i], *y = &b->nodes[i];
        same = x->kind == y->kind && x->op == y->op && x->n_in == y->n_in &&
               x->out[0].rank == y->out[0].rank && strcmp(x->name, y->name) == 0;
        for (int k = 0; same && k < x->n_in; k++) same = x->in[k] == y->in[k];
    }
    return same;
}

static frs_status walk(frs__ow *w) {
    const int64_t steps = w->o->steps ? w->o->steps : 1;
    const int64_t batch = w->o->batch ? w->o->batch : 2; /* and 3: per_batch() counts on them */
    w->status = frs__walk(w->m, (frs_dims){batch, steps}, w->memory, &w->graph);
    if (w->status != FRS_OK || w->o->batch) return w->status;
    w->status = frs__walk(w->m, (frs_dims){3, steps}, w->memory, &w->other);
    if (w->status == FRS_OK && !alike(&w->graph, &w->other))
        frs__ow_fail(w, FRS_E_ARG,
                     _("the graph is another for another batch; give the batch that the file "
                       "shall be for"));
    return w->status;
}

/* ---- what is wanted */

static bool chosen(const frs__ow *w, const char *name) {
    return w->o->outputs ? frs__word_in(w->o->outputs, name) : strcmp(name, "loss") != 0;
}

static int64_t output_named(const frs__ow *w, const char *name) {
    for (int i = 0; i < w->graph.n_outputs; i++)
        if (strcmp(w->graph.output[i], name) == 0) return w->graph.value[i];
    return -1;
}

static frs_status check_outputs(frs__ow *w) {
    const char *at = w->o->outputs ? w->o->outputs : "";
    char word[64];
    while (frs__word_next(&at, word, sizeof word))
        if (output_named(w, word) < 0)
            return frs__ow_fail(w, FRS_E_ARG, _("the model has no output '%s'"), word);
    for (int i = 0; i < w->graph.n_outputs; i++)
        for (int k = 0; k < i && chosen(w, w->graph.output[i]); k++)
            if (strcmp(w->graph.output[i], w->graph.output[k]) == 0)
                return frs__ow_fail(w, FRS_E_ARG,
                                    _("two outputs are named '%s'; say which "
                                      "outputs are wanted"),
                                    w->graph.output[i]);
    return w->status;
}

static void want(frs__ow *w, int64_t value) {
    if (value < 0) return;
    w->wanted[value / FRS_OP_MAX_OUT] = true;
    w->v[value].used = true;
}

/* Backwards from the outputs. */
static frs_status find_wanted(frs__ow *w) {
    bool any = false;
    w->v = frs__ow_alloc(w, w->graph.n * FRS_OP_MAX_OUT, sizeof *w->v);
    w->wanted = frs__ow_alloc(w, w->graph.n, sizeof *w->wanted);
    if (!w->v || !w->wanted || check_outputs(w) != FRS_OK) return w->status;
    for (int i = 0; i < w->graph.n_outputs; i++) {
        if (!chosen(w, w->graph.output[i])) continue;
        any = true;
        want(w, w->graph.value[i]);
        if (!w->v[w->graph.value[i]].output) w->v[w->graph.value[i]].output = w->graph.output[i];
    }
    for (int64_t i = w->graph.n; i-- > 0;) {
        const frs_walk_node *n = &w->graph.nodes[i];
        int64_t some[4];
        if (!w->wanted[i] || n->kind != FRS_WALK_OP) continue;
        const bool recurrent = strcmp(n->op->name, "seq") == 0;
        if (recurrent) frs__ow_recurrent_wants(w, n, some);
        for (int k = 0; k < (recurrent ? 4 : n->n_in); k++) want(w, recurrent ? some[k] : n->in[k]);
    }
    return any ? w->status : frs__ow_fail(w, FRS_E_ARG, _("the model has no output"));
}

/* ---- inputs and outputs as the file describes them */

static Onnx__TensorShapeProto__Dimension *dimension(frs__ow *w, int64_t dim, int64_t per) {
    Onnx__TensorShapeProto__Dimension *d = frs__ow_alloc(w, 1, sizeof *d);
    if (!d) return NULL;
    onnx__tensor_shape_proto__dimension__init(d);
    if (per == 0) {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        d->dim_value = dim;
    } else if (per == 1) {
        d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        d->dim_param = text_of("batch");
    }
    return d;
}

static frs__ow_form outside(const frs__ow *w, int rank) {
    return w->o->channels_first && rank >= 4 ? FRS__OW_FIRST : FRS__OW_LAST;
}

static Onnx__ValueInfoProto *describe(frs__ow *w, const char *name, int64_t value) {
    const frs__ow_dims d = frs__ow_dims_of(w, value);
    Onnx__ValueInfoProto *v = frs__ow_alloc(w, 1, sizeof *v);
    Onnx__TypeProto *t = frs__ow_alloc(w, 1, sizeof *t);
    Onnx__TypeProto__Tensor *tensor = frs__ow_alloc(w, 1, sizeof *tensor);
    Onnx__TensorShapeProto *s = frs__ow_alloc(w, 1, sizeof *s);
    void **dims = frs__ow_alloc(w, FRS_MAX_RANK, sizeof *dims);
    if (!v || !t || !tensor || !s || !dims) return NULL;
    onnx__value_info_proto__init(v);
    onnx__type_proto__init(t);
    onnx__type_proto__tensor__init(tensor);
    onnx__tensor_shape_proto__init(s);
    v->name = text_of(name);
    v->type = t;
    t->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    t->tensor_type = tensor;
    tensor->has_elem_type = 1;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = s;
    s->dim = (Onnx__TensorShapeProto__Dimension **)dims;
    s->n_dim = (size_t)d.rank;
    for (int at = 0; at < d.rank; at++) {
        const int axis = frs__ow_axis_of(outside(w, d.rank), d.rank, at);
        s->dim[at] = dimension(w, d.dim[axis], d.per[axis]);
    }
    return v;
}

static const frs_onnx_constant *constant_of(const frs__ow *w, const char *input) {
    for (int i = 0; i < w->o->n_constants; i++)
        if (strcmp(w->o->constants[i].input, input) == 0) return &w->o->constants[i];
    return NULL;
}

static frs_status check_constants(frs__ow *w) {
    for (int i = 0; i < w->o->n_constants; i++) {
        bool there = false;
        for (int64_t k = 0; k < w->graph.n; k++)
            there |= w->graph.nodes[k].kind == FRS_WALK_INPUT &&
                     strcmp(w->graph.nodes[k].name, w->o->constants[i].input) == 0;
        if (!there)
            return frs__ow_fail(w, FRS_E_ARG, _("the model has no input '%s'"),
                                w->o->constants[i].input);
    }
    return w->status;
}

static void write_input(frs__ow *w, int64_t i) {
    const frs_walk_node *n = &w->graph.nodes[i];
    const int64_t value = i * FRS_OP_MAX_OUT;
    const frs_onnx_constant *k = constant_of(w, n->name);
    if (!k) {
        w->v[value].name[outside(w, n->out[0].rank)] = n->name;
        frs__ow_add(w, &w->inputs, describe(w, n->name, value));
        return;
    }
    const frs__ow_dims d = frs__ow_dims_of(w, value);
    for (int a = 0; a < d.rank; a++)
        if (d.per[a])
            frs__ow_fail(w, FRS_E_ARG, _("input '%s' is of the batch: no constant"), n->name);
    w->v[value].name[FRS__OW_LAST] = frs__ow_floats(w, n->out[0], k->values);
}

static void write_outputs(frs__ow *w) {
    for (int i = 0; i < w->graph.n_outputs; i++) {
        const char *name = w->graph.output[i];
        if (!chosen(w, name)) continue;
        const int64_t value = w->graph.value[i];
        const char *held = frs__ow_as(w, value, outside(w, frs__ow_dims_of(w, value).rank), false);
        if (held && strcmp(held, name) != 0) {
            FRS__OW(w, "Identity", held);
            if (w->status == FRS_OK)
                ((Onnx__NodeProto *)w->nodes.at[w->nodes.n - 1])->output[0] = text_of(name);
        }
        frs__ow_add(w, &w->outputs, describe(w, name, value));
    }
}

static void write_nodes(frs__ow *w) {
    for (w->at = 0; w->at < w->graph.n && w->status == FRS_OK; w->at++) {
        const frs_walk_node *n = &w->graph.nodes[w->at];
        frs__ow_call c = {.w = w, .n = n};
        if (!w->wanted[w->at] || n->kind == FRS_WALK_PARAM) continue;
        if (n->kind == FRS_WALK_INPUT) {
            write_input(w, w->at);
            continue;
        }
        const struct entry *e = entry_of(n);
        if (!e) {
            frs__ow_cannot(&c, _("'%s' has no form in ONNX"), n->op->name);
            return;
        }
        c.onnx = e->onnx;
        e->handler(&c);
    }
    w->at = w->graph.n - 1;
}

/* Inputs, parameters and what nodes compute share one space of names. */
static frs_status check_names(frs__ow *w) {
    frs__onnx_table t;
    const size_t n = w->inputs.n + w->initialisers.n + 4 * w->nodes.n;
    if (w->status == FRS_OK) w->status = frs__onnx_table_new(w->memory, (int64_t)n, &t);
    for (size_t i = 0; i < n && w->status == FRS_OK; i++) {
        const size_t k = i - w->inputs.n, l = k - w->initialisers.n;
        const char *name;
        if (i < w->inputs.n)
            name = ((Onnx__ValueInfoProto *)w->inputs.at[i])->name;
        else if (k < w->initialisers.n)
            name = ((Onnx__TensorProto *)w->initialisers.at[k])->name;
        else {
            const Onnx__NodeProto *node = w->nodes.at[l / 4];
            if (l % 4 >= node->n_output) continue;
            name = node->output[l % 4];
        }
        frs__onnx_v *v = frs__onnx_find(&t, name);
        if (!v || v->set)
            return frs__ow_fail(w, FRS_E_ARG,
                                _("'%s' names two things among inputs, outputs and parameters"),
                                name);
        v->set = true;
    }
    return w->status;
}

/* ---- the file */

typedef struct sink {
    ProtobufCBuffer base;
    frs_writer *to;
    frs_status status;
} sink;

static void put(ProtobufCBuffer *buffer, size_t n, const uint8_t *data) {
    sink *s = (sink *)buffer;
    if (s->status == FRS_OK) s->status = frs__writer_put(s->to, data, (int64_t)n);
}

static frs_status write_file(frs__ow *w, const char *path, const Onnx__ModelProto *m) {
    sink s = {.base = {put}};
    const size_t n = onnx__model_proto__get_packed_size(m);
    if (n > (size_t)MAX_FILE)
        return frs__fail(w->ctx, FRS_E_UNSUPPORTED,
                         _("%s: %lld bytes; an ONNX file has at most 2 GiB"), path, (long long)n);
    FRS_TRY(frs__writer_open(w->ctx, path, &s.to));
    onnx__model_proto__pack_to_buffer(m, &s.base);
    if (s.status == FRS_OK) return frs__writer_commit(s.to);
    frs__writer_abort(s.to);
    return s.status;
}

static void notes(frs__ow *w, Onnx__ModelProto *m) {
    frs__ow_list l = {0};
    for (int i = 0; i < w->o->n_notes; i++) {
        Onnx__StringStringEntryProto *e = frs__ow_alloc(w, 1, sizeof *e);
        if (!e) return;
        onnx__string_string_entry_proto__init(e);
        e->key = text_of(w->o->notes[i].key);
        e->value = text_of(w->o->notes[i].value);
        frs__ow_add(w, &l, e);
    }
    m->metadata_props = (Onnx__StringStringEntryProto **)l.at;
    m->n_metadata_props = l.n;
}

/* IR version 7 goes with operator sets 12 to 14, 8 with 15 to 18. */
static frs_status finish(frs__ow *w, const char *path) {
    Onnx__ModelProto m = ONNX__MODEL_PROTO__INIT;
    Onnx__GraphProto g = ONNX__GRAPH_PROTO__INIT;
    Onnx__OperatorSetIdProto set = ONNX__OPERATOR_SET_ID_PROTO__INIT, *sets[] = {&set};
    notes(w, &m);
    if (check_names(w) != FRS_OK) return w->status;
    g.name = text_of("freshet");
    g.node = (Onnx__NodeProto **)w->nodes.at;
    g.n_node = w->nodes.n;
    g.initializer = (Onnx__TensorProto **)w->initialisers.at;
    g.n_initializer = w->initialisers.n;
    g.input = (Onnx__ValueInfoProto **)w->inputs.at;
    g.n_input = w->inputs.n;
    g.output = (Onnx__ValueInfoProto **)w->outputs.at;
    g.n_output = w->outputs.n;
    set.domain = text_of("");
    set.has_version = 1;
    set.version = w->o->opset;
    m.has_ir_version = 1;
    m.ir_version = w->o->opset < 15 ? 7 : 8;
    m.opset_import = sets;
    m.n_opset_import = 1;
    m.producer_name = text_of("freshet");
    m.producer_version = text_of(FRS_VERSION);
    m.graph = &g;
    return write_file(w, path, &m);
}

static frs_status save(frs__ow *w, const char *path) {
    FRS_TRY(walk(w));
    if (w->o->opset < MIN_OPSET || w->o->opset > MAX_OPSET)
        return frs__ow_fail(w, FRS_E_ARG, _("operator set %d of ONNX; %d to %d are written"),
                            w->o->opset, MIN_OPSET, MAX_OPSET);
    FRS_TRY(check_constants(w));
    FRS_TRY(find_wanted(w));
    write_nodes(w);
    if (w->status == FRS_OK) write_outputs(w);
    FRS_TRY(w->status);
    return finish(w, path);
}

frs_status frs_onnx_save(frs_model *m, const char *path, const frs_onnx_save_opts *opts) {
    frs_onnx_save_opts o = opts ? *opts : (frs_onnx_save_opts){0};
    if (!o.opset) o.opset = MAX_OPSET;
    frs_ctx *ctx = frs__model_ctx(m);
    frs_arena memory = {.ctx = ctx};
    frs__ow w = {.ctx = ctx, .m = m, .memory = &memory, .o = &o};
    const frs_status s = save(&w, path);
    frs__arena_free(&memory);
    return s == FRS_OK ? s : frs__fail_in(ctx, s, "%s", path);
}
