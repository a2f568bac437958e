/* Values in their orders of axes, nodes, attributes and constants of an ONNX graph being written.
 */
#include "exchange/onnx_write.h"

#include <stdio.h>
#include <string.h>

/* ---- errors and memory */

frs_status frs__ow_fail(frs__ow *w, frs_status s, const char *fmt, ...) {
    char text[400];
    if (w->status != FRS_OK) return w->status;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    w->status = frs__fail(w->ctx, s, "%s", text);
    return w->status;
}

void frs__ow_cannot(frs__ow_call *c, const char *fmt, ...) {
    char text[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    frs__ow_fail(c->w, FRS_E_UNSUPPORTED, _("node '%.120s': %s"), c->n->name, text);
}

void *frs__ow_alloc(frs__ow *w, int64_t n, size_t size) {
    void *p = w->status == FRS_OK ? frs__arena_alloc(w->memory, n, size) : NULL;
    if (!p) frs__ow_fail(w, FRS_E_NOMEM, "%s", _("out of memory"));
    return p;
}

void frs__ow_add(frs__ow *w, frs__ow_list *l, void *item) {
    if (!item) return;
    if (l->n == l->cap) {
        const size_t cap = l->cap ? 2 * l->cap : 64;
        void **grown = frs__ow_alloc(w, (int64_t)cap, sizeof *grown);
        if (!grown) return;
        if (l->n) memcpy(grown, l->at, l->n * sizeof *grown);
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->n++] = item;
}

/* protobuf-c's structures have no const; nothing writes there. */
static char *text_of(const char *s) {
    return (char *)(uintptr_t)s;
}

/* No two are equal, and none is a parameter's: finish() of onnx_write.c looks. */
static const char *new_name(frs__ow *w) {
    char name[160];
    snprintf(name, sizeof name, "%lld:%.120s", (long long)++w->n_names, w->graph.nodes[w->at].name);
    char *kept = w->status == FRS_OK ? frs__arena_strdup(w->memory, name) : NULL;
    if (!kept) frs__ow_fail(w, FRS_E_NOMEM, "%s", _("out of memory"));
    return kept;
}

/* ---- orders of axes */

static bool has_form(frs__ow_form f, int rank) {
    return f == FRS__OW_FIRST ? rank >= 3 : f == FRS__OW_TIME ? rank == 3 : true;
}

int frs__ow_axis_of(frs__ow_form f, int rank, int at) {
    if (f == FRS__OW_LAST || !has_form(f, rank)) return at;
    if (f == FRS__OW_TIME) return at == 2 ? 2 : 1 - at;
    return at == 0 ? 0 : at == 1 ? rank - 1 : at - 1;
}

int frs__ow_axis(frs__ow_form f, int rank, int axis) {
    for (int at = 0; at < rank; at++)
        if (frs__ow_axis_of(f, rank, at) == axis) return at;
    return axis;
}

static int64_t per_batch(frs__ow *w, int64_t value, int64_t one, int64_t two) {
    const int64_t b1 = 2, b2 = 3; /* onnx_write.c walks for these */
    if (one % b1 == 0 && one / b1 * b2 == two) return one / b1;
    frs__ow_fail(w, FRS_E_ARG,
                 _("node '%.120s': its sizes are no multiples of the batch; give the batch that "
                   "the file shall be for"),
                 w->graph.nodes[value / FRS_OP_MAX_OUT].name);
    return 1;
}

frs__ow_dims frs__ow_dims_of(frs__ow *w, int64_t value) {
    const int64_t node = value / FRS_OP_MAX_OUT, k = value % FRS_OP_MAX_OUT;
    const frs_shape s = w->graph.nodes[node].out[k];
    const frs_shape t = w->other.n ? w->other.nodes[node].out[k] : s;
    frs__ow_dims d = {.rank = s.rank};
    for (int i = 0; i < s.rank; i++) {
        d.dim[i] = s.dim[i];
        if (s.dim[i] != t.dim[i]) d.per[i] = per_batch(w, value, s.dim[i], t.dim[i]);
    }
    return d;
}

bool frs__ow_same(const frs__ow_dims *a, const frs__ow_dims *b) {
    bool same = a->rank == b->rank;
    for (int i = 0; same && i < a->rank; i++)
        same = a->dim[i] == b->dim[i] && a->per[i] == b->per[i];
    return same;
}

/* ---- nodes */

const char *frs__ow_node(frs__ow *w, const char *op, const char *const *in, int n) {
    const char *out = new_name(w);
    Onnx__NodeProto *node = frs__ow_alloc(w, 1, sizeof *node);
    char **names = frs__ow_alloc(w, n + 4, sizeof *names);
    for (int i = 0; i < n; i++)
        if (!in[i]) return NULL;
    if (!out || !node || !names) return NULL;
    onnx__node_proto__init(node);
    node->op_type = text_of(op);
    node->name = text_of(out);
    node->n_input = (size_t)n;
    node->input = names;
    node->output = names + n;
    node->n_output = 1;
    for (int i = 0; i < n; i++) names[i] = text_of(in[i]);
    node->output[0] = text_of(out);
    frs__ow_add(w, &w->nodes, node);
    return out;
}

static Onnx__NodeProto *last_node(const frs__ow *w) {
    return w->status == FRS_OK && w->nodes.n ? w->nodes.at[w->nodes.n - 1] : NULL;
}

const char *frs__ow_more(frs__ow *w) {
    Onnx__NodeProto *node = last_node(w);
    const char *name = new_name(w);
    if (node && name) node->output[node->n_output++] = text_of(name);
    return name;
}

static Onnx__AttributeProto *attribute(frs__ow *w, const char *name, int type) {
    enum { MOST = 12 };
    Onnx__NodeProto *node = last_node(w);
    Onnx__AttributeProto *a = frs__ow_alloc(w, 1, sizeof *a);
    if (!node || !a) return NULL;
    if (!node->attribute) node->attribute = frs__ow_alloc(w, MOST, sizeof(void *));
    if (!node->attribute || node->n_attribute == MOST) return NULL;
    onnx__attribute_proto__init(a);
    a->name = text_of(name);
    a->has_type = 1;
    a->type = (Onnx__AttributeProto__AttributeType)type;
    node->attribute[node->n_attribute++] = a;
    return a;
}

void frs__ow_int(frs__ow *w, const char *name, int64_t v) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (!a) return;
    a->has_i = 1;
    a->i = v;
}

void frs__ow_float(frs__ow *w, const char *name, double v) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    if (!a) return;
    a->has_f = 1;
    a->f = (float)v;
}

void frs__ow_ints(frs__ow *w, const char *name, const int64_t *v, int n) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    int64_t *own = frs__ow_alloc(w, n, sizeof *own);
    if (!a || !own) return;
    memcpy(own, v, (size_t)n * sizeof *own);
    a->ints = own;
    a->n_ints = (size_t)n;
}

static ProtobufCBinaryData bytes_of(const char *s) {
    return (ProtobufCBinaryData){strlen(s), (uint8_t *)(uintptr_t)s};
}

void frs__ow_text(frs__ow *w, const char *name, const char *v) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    if (!a) return;
    a->has_s = 1;
    a->s = bytes_of(v);
}

void frs__ow_texts(frs__ow *w, const char *name, const char *v) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS);
    ProtobufCBinaryData *own = frs__ow_alloc(w, 1, sizeof *own);
    if (!a || !own) return;
    *own = bytes_of(v);
    a->strings = own;
    a->n_strings = 1;
}

void frs__ow_tensor(frs__ow *w, const char *name, Onnx__TensorProto *t) {
    Onnx__AttributeProto *a = attribute(w, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    if (a) a->t = t;
}

/* ---- tensors of numbers. Those that are no parameters are nodes "Constant", not initialisers: an
 * importer that trains takes the latter for weights. */

static Onnx__TensorProto *proto(frs__ow *w, const char *name, int type, frs_shape s) {
    Onnx__TensorProto *t = frs__ow_alloc(w, 1, sizeof *t);
    int64_t *dims = frs__ow_alloc(w, FRS_MAX_RANK, sizeof *dims);
    if (!t || !dims) return NULL;
    onnx__tensor_proto__init(t);
    t->name = text_of(name);
    t->has_data_type = 1;
    t->data_type = type;
    t->dims = dims;
    t->n_dims = (size_t)s.rank;
    for (int i = 0; i < s.rank; i++) dims[i] = s.dim[i];
    t->has_raw_data = 1;
    return t;
}

Onnx__TensorProto *frs__ow_proto(frs__ow *w, const char *name, frs_shape s, const float *v) {
    Onnx__TensorProto *t = proto(w, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, s);
    if (t)
        t->raw_data =
            (ProtobufCBinaryData){(size_t)frs_shape_count(s) * sizeof *v, (uint8_t *)(uintptr_t)v};
    return t;
}

static const char *constant(frs__ow *w, Onnx__TensorProto *t) {
    const char *name = frs__ow_node(w, "Constant", NULL, 0);
    frs__ow_tensor(w, "value", t);
    return name;
}

const char *frs__ow_floats(frs__ow *w, frs_shape s, const float *v) {
    const int64_t n = frs_shape_count(s);
    float *own = frs__ow_alloc(w, n, sizeof *own);
    if (!own) return NULL;
    if (n) memcpy(own, v, (size_t)n * sizeof *own);
    return constant(w, frs__ow_proto(w, NULL, s, own));
}

const char *frs__ow_scalar(frs__ow *w, double v) {
    const float f = (float)v;
    return frs__ow_floats(w, (frs_shape){0}, &f);
}

static const char *whole_numbers(frs__ow *w, frs_shape s, const int64_t *v) {
    const size_t n = (size_t)frs_shape_count(s) * sizeof *v;
    int64_t *own = frs__ow_alloc(w, frs_shape_count(s), sizeof *own);
    Onnx__TensorProto *t = proto(w, NULL, ONNX__TENSOR_PROTO__DATA_TYPE__INT64, s);
    if (!own || !t) return NULL;
    if (n) memcpy(own, v, n);
    t->raw_data = (ProtobufCBinaryData){n, (uint8_t *)own};
    return constant(w, t);
}

const char *frs__ow_wholes(frs__ow *w, const int64_t *v, int n) {
    return whole_numbers(w, (frs_shape){1, {n}}, v);
}

const char *frs__ow_whole(frs__ow *w, int64_t v) {
    return whole_numbers(w, (frs_shape){0}, &v);
}

static bool equal(const Onnx__TensorProto *a, const Onnx__TensorProto *b) {
    return a->n_dims == b->n_dims && a->raw_data.len == b->raw_data.len &&
           memcmp(a->dims, b->dims, a->n_dims * sizeof *a->dims) == 0 &&
           memcmp(a->raw_data.data, b->raw_data.data, a->raw_data.len) == 0;
}

/* Layers that share weights share the initialiser. */
const char *frs__ow_initialiser(frs__ow *w, const char *name, frs_shape s, const float *v) {
    Onnx__TensorProto *t = frs__ow_proto(w, name, s, v);
    bool taken = !name || !name[0];
    for (size_t i = 0; t && i < w->initialisers.n && !taken; i++) {
        const Onnx__TensorProto *there = w->initialisers.at[i];
        taken = strcmp(there->name, name) == 0;
        if (taken && equal(there, t)) return there->name;
    }
    if (taken) name = new_name(w);
    if (t) t->name = text_of(name);
    frs__ow_add(w, &w->initialisers, t);
    return w->status == FRS_OK ? name : NULL;
}

const float *frs__ow_weights(frs__ow *w, int64_t param) {
    const frs_param_info p = frs_model_param(w->m, param);
    const int64_t n = frs_shape_count(p.shape);
    const void *all = frs_model_weights_get(w->m);
    if (frs_model_dtype(w->m) == FRS_F32) return (const float *)all + p.offset;
    float *narrow = frs__ow_alloc(w, n, sizeof *narrow);
    for (int64_t i = 0; narrow && i < n; i++)
        narrow[i] = (float)((const double *)all)[p.offset + i];
    return narrow;
}

/* ---- sizes as tensors */

/* The batch as a tensor [1], of an input that has it as an axis. */
static const char *batch_of(frs__ow *w) {
    for (int64_t i = 0; i < w->graph.n && !w->batch; i++) {
        const frs__ow_value *v = &w->v[i * FRS_OP_MAX_OUT];
        const frs__ow_form f = v->name[FRS__OW_LAST] ? FRS__OW_LAST : FRS__OW_FIRST;
        if (w->graph.nodes[i].kind != FRS_WALK_INPUT || !w->wanted[i] || !v->name[f]) continue;
        const frs__ow_dims d = frs__ow_dims_of(w, i * FRS_OP_MAX_OUT);
        for (int k = 0; k < d.rank && !w->batch; k++) {
            if (d.per[k] != 1) continue;
            const int64_t at = frs__ow_axis(f, d.rank, k);
            const char *sizes = FRS__OW(w, "Shape", v->name[f]);
            w->batch = FRS__OW(w, "Gather", sizes, frs__ow_wholes(w, &at, 1));
        }
    }
    if (!w->batch) frs__ow_fail(w, FRS_E_ARG, _("no input of the model has the batch as an axis"));
    return w->batch;
}

static const char *computed_sizes(frs__ow *w, const frs__ow_dims *d) {
    const char *part[FRS_MAX_RANK];
    for (int i = 0; i < d->rank; i++) {
        part[i] = d->per[i] ? batch_of(w) : frs__ow_wholes(w, &d->dim[i], 1);
        if (d->per[i] > 1) part[i] = FRS__OW(w, "Mul", part[i], frs__ow_wholes(w, &d->per[i], 1));
    }
    const char *all = frs__ow_node(w, "Concat", part, d->rank);
    frs__ow_int(w, "axis", 0);
    return all;
}

const char *frs__ow_sizes(frs__ow *w, const frs__ow_dims *d, bool infer) {
    int64_t n[FRS_MAX_RANK] = {0};
    int open = 0;
    bool empty = false;
    for (int i = 0; i < d->rank; i++) {
        n[i] = d->per[i] ? -1 : d->dim[i];
        open += d->per[i] > 0;
        empty |= n[i] == 0;
    }
    if (open == 0 || (open == 1 && infer && !empty)) return frs__ow_wholes(w, n, d->rank);
    return computed_sizes(w, d);
}

/* ---- values */

/* A name that a node just added has, is the output's own one where the value is one. */
static const char *settle(frs__ow *w, int64_t value, frs__ow_form f, const char *name) {
    frs__ow_value *v = &w->v[value];
    Onnx__NodeProto *node = last_node(w);
    const int rank = frs__ow_dims_of(w, value).rank;
    const frs__ow_form want = w->o->channels_first && rank >= 4 ? FRS__OW_FIRST : FRS__OW_LAST;
    if (!has_form(f, rank)) f = FRS__OW_LAST;
    if (v->output && f == want && node && name && node->output[0] == name && !v->name[f])
        name = node->output[0] = text_of(v->output);
    v->name[f] = name;
    return name;
}

static const char *turned(frs__ow *w, const char *x, int rank, frs__ow_form from, frs__ow_form to) {
    int64_t order[FRS_MAX_RANK];
    for (int k = 0; k < rank; k++)
        order[k] = frs__ow_axis(from, rank, frs__ow_axis_of(to, rank, k));
    const char *y = FRS__OW(w, "Transpose", x);
    frs__ow_ints(w, "perm", order, rank);
    return y;
}

static const char *cast(frs__ow *w, const char *x, int type) {
    const char *y = FRS__OW(w, "Cast", x);
    frs__ow_int(w, "to", type);
    return y;
}

/* A parameter is written where it is first wanted: some are never, but as parts of others. */
static void write_param(frs__ow *w, int64_t value) {
    const frs_walk_node *n = &w->graph.nodes[value / FRS_OP_MAX_OUT];
    if (n->kind != FRS_WALK_PARAM || w->v[value].name[FRS__OW_LAST]) return;
    const frs_param_info p = frs_model_param(w->m, n->param);
    w->v[value].name[FRS__OW_LAST] =
        frs__ow_initialiser(w, n->name, p.shape, frs__ow_weights(w, n->param));
}

const char *frs__ow_as(frs__ow *w, int64_t value, frs__ow_form f, bool truth) {
    frs__ow_value *v = &w->v[value];
    const int rank = frs__ow_dims_of(w, value).rank;
    if (!has_form(f, rank)) f = FRS__OW_LAST;
    write_param(w, value);
    if (w->status != FRS_OK) return NULL;
    if (!truth && v->name[f]) return v->name[f];
    if (truth && v->truth[f]) return v->truth[f];
    if (truth && v->name[f])
        return v->truth[f] = FRS__OW(w, "Greater", v->name[f], frs__ow_scalar(w, 0));
    if (v->truth[f])
        return settle(w, value, f, cast(w, v->truth[f], ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT));
    for (int g = 0; g < FRS__OW_FORMS; g++) {
        if (!v->name[g] && !v->truth[g]) continue;
        const char *x =
            turned(w, frs__ow_as(w, value, (frs__ow_form)g, truth), rank, (frs__ow_form)g, f);
        return truth ? (v->truth[f] = x) : settle(w, value, f, x);
    }
    frs__ow_fail(w, FRS_E_INTERNAL, "%s", w->graph.nodes[value / FRS_OP_MAX_OUT].name);
    return NULL;
}

bool frs__ow_has(const frs__ow_call *c, int i) {
    return i < c->n->n_in && c->n->in[i] >= 0;
}

bool frs__ow_used(const frs__ow_call *c, int k) {
    return c->w->v[c->w->at * FRS_OP_MAX_OUT + k].used;
}

static int64_t out_value(const frs__ow_call *c, int k) {
    return c->w->at * FRS_OP_MAX_OUT + k;
}

frs__ow_dims frs__ow_in_dims(frs__ow_call *c, int i) {
    return frs__ow_has(c, i) ? frs__ow_dims_of(c->w, c->n->in[i]) : (frs__ow_dims){0};
}

frs__ow_dims frs__ow_out_dims(frs__ow_call *c, int k) {
    return frs__ow_dims_of(c->w, out_value(c, k));
}

const char *frs__ow_in(frs__ow_call *c, int i, frs__ow_form f) {
    return frs__ow_has(c, i) ? frs__ow_as(c->w, c->n->in[i], f, false) : "";
}

/* Fewer axes than the others are the last of the engine's: 1 before them, then all in the order of
 * f. */
static const char *with_rank(frs__ow *w, const char *x, const frs__ow_dims *d, int rank,
                             frs__ow_form f) {
    frs__ow_dims full = {.rank = rank}, in_form = {.rank = rank};
    int wide = 0;
    for (int i = 0; i < rank; i++) {
        const int from = i - (rank - d->rank);
        full.dim[i] = from < 0 ? 1 : d->dim[from];
        full.per[i] = from < 0 ? 0 : d->per[from];
        wide += full.per[i] || full.dim[i] != 1;
    }
    for (int at = 0; at < rank; at++) {
        const int axis = frs__ow_axis_of(f, rank, at);
        in_form.dim[at] = full.dim[axis];
        in_form.per[at] = full.per[axis];
    }
    if (wide == 0) return x;
    if (wide == 1) return FRS__OW(w, "Reshape", x, frs__ow_sizes(w, &in_form, true));
    x = FRS__OW(w, "Reshape", x, frs__ow_sizes(w, &full, true));
    return turned(w, x, rank, FRS__OW_LAST, f);
}

const char *frs__ow_beside(frs__ow_call *c, int i, frs__ow_form f, int rank, bool truth) {
    const frs__ow_dims d = frs__ow_in_dims(c, i);
    if (!has_form(f, rank)) f = FRS__OW_LAST;
    if (d.rank == rank) return frs__ow_as(c->w, c->n->in[i], f, truth);
    const char *x = frs__ow_as(c->w, c->n->in[i], FRS__OW_LAST, truth);
    return f == FRS__OW_LAST ? x : with_rank(c->w, x, &d, rank, f);
}

/* Inputs of the output's rank that are computed, and how many of them are there in f. */
static void held(frs__ow_call *c, int rank, frs__ow_form f, int *n, int *there) {
    *n = *there = 0;
    for (int i = 0; i < c->n->n_in; i++) {
        if (!frs__ow_has(c, i) || frs__ow_in_dims(c, i).rank != rank) continue;
        const frs__ow_value *v = &c->w->v[c->n->in[i]];
        if (c->w->graph.nodes[c->n->in[i] / FRS_OP_MAX_OUT].kind == FRS_WALK_PARAM) continue;
        ++*n;
        *there += v->name[f] || v->truth[f];
    }
}

frs__ow_form frs__ow_follow(frs__ow_call *c) {
    const int rank = frs__ow_out_dims(c, 0).rank;
    frs__ow_form best = FRS__OW_LAST;
    int most = -1;
    for (int f = 0; f < FRS__OW_FORMS; f++) {
        int n, there;
        if (!has_form((frs__ow_form)f, rank)) continue;
        held(c, rank, (frs__ow_form)f, &n, &there);
        if (there > most) {
            most = there;
            best = (frs__ow_form)f;
        }
    }
    return best;
}

void frs__ow_give(frs__ow_call *c, int k, frs__ow_form f, const char *name) {
    settle(c->w, out_value(c, k), f, name);
}

void frs__ow_give_truth(frs__ow_call *c, int k, frs__ow_form f, const char *name) {
    if (!has_form(f, frs__ow_out_dims(c, k).rank)) f = FRS__OW_LAST;
    c->w->v[out_value(c, k)].truth[f] = name;
}

void frs__ow_alias(frs__ow_call *c) {
    write_param(c->w, c->n->in[0]);
    frs__ow_value *to = &c->w->v[out_value(c, 0)];
    const frs__ow_value was = *to;
    *to = c->w->v[c->n->in[0]];
    to->output = was.output;
    to->used = was.used;
}
