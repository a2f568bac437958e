/* Replaying a graph's nodes in a builder. A node whose inputs are all known is computed at once, by
 * the same handlers in a small model of its own in double, so that nothing is written twice. */
#include "exchange/onnx_internal.h"

#include <stdio.h>
#include <string.h>

#define MAX_NODES    65536
#define MAX_INPUTS   (1 << 15)          /* elements that a node is computed of when compiling */
#define MAX_COMPUTED (INT64_C(1) << 26) /* elements of all constants that are computed */

static const frs__onnx_op ops[] = {
#define FRS_ONNX(op, handler, known)        {#op, frs__onnx_do_##handler, known, false, false},
#define FRS_ONNX_SHAPES(op, handler)        {#op, frs__onnx_do_##handler, 0, true, false},
#define FRS_ONNX_GRAPHS(op, handler, known) {#op, frs__onnx_do_##handler, known, false, true},
#include "exchange/onnx_list.def"
#undef FRS_ONNX
#undef FRS_ONNX_SHAPES
#undef FRS_ONNX_GRAPHS
};

const frs__onnx_op *frs__onnx_op_find(const frs__onnx_node *node) {
    if (node->domain && node->domain[0] && strcmp(node->domain, "ai.onnx") != 0) return NULL;
    for (int64_t i = 0; node->op_type && i < FRS_LEN(ops); i++)
        if (strcmp(ops[i].name, node->op_type) == 0) return &ops[i];
    return NULL;
}

/* ---- numbers into parameters */

static void put(frs_model *m, int64_t at, const frs__onnx_data *d) {
    for (int64_t i = 0; i < d->n; i++) {
        if (frs_model_dtype(m) == FRS_F64)
            ((double *)frs_model_weights(m))[at + i] = frs__onnx_real(d, i);
        else
            ((float *)frs_model_weights(m))[at + i] = (float)frs__onnx_real(d, i);
    }
}

frs_status frs__onnx_load_into(frs_ctx *ctx, frs_model *m, const char *scope,
                               const frs__onnx_load *loads, int64_t n) {
    const size_t prefix = strlen(scope);
    const int64_t n_params = frs_model_n_params(m);
    int64_t next = 0; /* parameters come in the order of their loads */
    for (int64_t k = 0; k < n; k++) {
        int64_t tried = 0;
        for (; tried < n_params; tried++, next++) {
            const frs_param_info p = frs_model_param(m, next % n_params);
            if (strncmp(p.name, scope, prefix) != 0 || (prefix && p.name[prefix] != '.')) continue;
            if (strcmp(p.name + prefix + (prefix > 0), loads[k].param) != 0) continue;
            if (frs_shape_count(p.shape) != loads[k].data->n) continue;
            put(m, p.offset, loads[k].data);
            break;
        }
        if (tried == n_params)
            return frs__fail(ctx, FRS_E_ARG, _("the model has no parameter '%s%s%s'"), scope,
                             prefix ? "." : "", loads[k].param);
    }
    return FRS_OK;
}

/* ---- computing when compiling */

typedef struct folding {
    frs__onnx_call *c;
    const frs__onnx_op *op;
} folding;

static char *output_name(int64_t k, char *buf, size_t size) {
    snprintf(buf, size, "%lld", (long long)k);
    return buf;
}

static bool computed(const frs__onnx_v *v) {
    return v && v->set && !v->data;
}

static frs_status build_folded(frs_builder *b, const void *arg) {
    const folding *f = arg;
    char name[24];
    f->c->b = f->c->r->b = b;
    FRS_TRY(f->op->handler(f->c));
    for (int64_t k = 0; k < f->c->n_out; k++)
        if (computed(f->c->out[k]))
            frs_output(b, output_name(k, name, sizeof name),
                       frs__onnx_as(f->c, f->c->out[k], false));
    return frs_build_done(b, NULL);
}

static frs_status read_output(frs__onnx_call *c, frs_plan *p, int64_t k) {
    char name[24];
    frs__onnx_data *d;
    const frs__onnx_v *v = c->out[k];
    const frs_shape shape = frs_tensor_shape(v->logical ? v->logical : v->last);
    FRS_TRY(frs__onnx_data_new(c->r->memory, v->type, shape, &d));
    double *values = frs__alloc(c->r->ctx, d->n, sizeof *values);
    if (!values) return FRS_E_NOMEM;
    const frs_status s = frs_plan_output(p, output_name(k, name, sizeof name), values, d->n);
    for (int64_t i = 0; i < d->n && s == FRS_OK; i++) frs__onnx_data_set(d, i, values[i]);
    frs__free(c->r->ctx, values);
    c->out[k]->data = d;
    return s;
}

static frs_status run_folded(const folding *f, frs_model *m) {
    frs__onnx_call *c = f->c;
    frs_plan *p;
    bool any = false;
    FRS_TRY(frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, &p));
    for (int64_t k = 0; k < c->n_out; k++) any |= computed(c->out[k]);
    if (!any) return FRS_OK;
    FRS_TRY(frs__onnx_load_into(c->r->ctx, m, "", c->r->loads, c->r->n_loads));
    FRS_TRY(frs_plan_run(p, 0));
    for (int64_t k = 0; k < c->n_out; k++)
        if (computed(c->out[k])) FRS_TRY(read_output(c, p, k));
    return FRS_OK;
}

/* The node alone: its values without the tensors that they have in the graph's builder. */
static frs_status copy_values(const frs__onnx_call *from, frs__onnx_call *to, frs_arena *memory) {
    to->in = frs__arena_alloc(memory, from->n_in, sizeof *to->in);
    to->out = frs__arena_alloc(memory, from->n_out, sizeof *to->out);
    frs__onnx_v *v = frs__arena_alloc(memory, from->n_in + from->n_out, sizeof *v);
    if (!to->in || !to->out || !v) return FRS_E_NOMEM;
    for (int64_t i = 0; i < from->n_in; i++) {
        for (int64_t k = 0; k < i && !to->in[i]; k++) /* the same value twice is one parameter */
            if (from->in[k] == from->in[i]) to->in[i] = to->in[k];
        if (to->in[i] || !from->in[i]) continue;
        v[i] = *from->in[i];
        v[i].logical = v[i].last = NULL;
        to->in[i] = &v[i];
    }
    for (int64_t k = 0; k < from->n_out; k++) {
        if (!from->out[k]) continue;
        v[from->n_in + k].name = from->out[k]->name;
        to->out[k] = &v[from->n_in + k];
    }
    return FRS_OK;
}

static frs_status count(frs__onnx_replay *r, const frs__onnx_call *c) {
    for (int64_t k = 0; k < c->n_out; k++)
        if (c->out[k] && c->out[k]->data) r->computed += c->out[k]->data->n;
    return r->computed <= MAX_COMPUTED
               ? FRS_OK
               : frs__fail(r->ctx, FRS_E_FORMAT,
                           _("more than %lld elements of constants to compute when compiling"),
                           (long long)MAX_COMPUTED);
}

static frs_status fold_in(frs__onnx_call *c, const frs__onnx_op *op, frs_arena *memory) {
    frs__onnx_replay alone = *c->r;
    frs__onnx_call call = *c;
    folding f = {&call, op};
    frs_model *m;
    alone.loads = NULL;
    alone.n_loads = alone.cap_loads = 0;
    call.r = &alone;
    FRS_TRY(copy_values(c, &call, memory));
    for (int64_t i = 0; i < call.n_in; i++)
        if (call.in[i] && !call.in[i]->data) FRS_TRY(frs__onnx_on_demand(c, call.in[i]));
    FRS_TRY(frs_model_new(
        c->r->ctx,
        &(frs_model_opts){.build = build_folded, .arg = &f, .arg_size = sizeof f, .dtype = FRS_F64},
        &m));
    const frs_status s = run_folded(&f, m);
    frs_model_free(m);
    FRS_TRY(s);
    for (int64_t k = 0; k < c->n_out; k++)
        if (call.out[k] && call.out[k]->set) FRS_TRY(frs__onnx_give_data(c, k, call.out[k]->data));
    return count(c->r, c);
}

static frs_status fold(frs__onnx_call *c, const frs__onnx_op *op) {
    frs_arena memory = {.ctx = c->r->ctx};
    const frs_status s = fold_in(c, op, &memory);
    frs__arena_free(&memory);
    return s;
}

/* ---- nodes */

static frs_status collect(frs__onnx_replay *r, const frs__onnx_node *node, frs__onnx_call *c) {
    *c = (frs__onnx_call){.r = r,
                          .b = r->b,
                          .node = node,
                          .opset = r->opset,
                          .n_in = (int64_t)node->n_input,
                          .n_out = (int64_t)node->n_output};
    if (c->n_in > FRS__ONNX_MAX_ARGS || c->n_out > FRS__ONNX_MAX_ARGS)
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%lld inputs and %lld outputs; at most %d"),
                         (long long)c->n_in, (long long)c->n_out, FRS__ONNX_MAX_ARGS);
    c->in = frs__arena_alloc(r->memory, c->n_in, sizeof *c->in);
    c->out = frs__arena_alloc(r->memory, c->n_out, sizeof *c->out);
    if (!c->in || !c->out) return FRS_E_NOMEM;
    for (int64_t i = 0; i < c->n_in; i++) {
        if (!node->input[i] || !node->input[i][0]) continue;
        c->in[i] = frs__onnx_find(&r->table, node->input[i]);
        if (!c->in[i] || !c->in[i]->set)
            return frs__fail(r->ctx, FRS_E_FORMAT,
                             _("no node before this one computes its input '%.80s'"),
                             node->input[i]);
    }
    for (int64_t k = 0; k < c->n_out; k++) {
        if (!node->output[k] || !node->output[k][0]) continue;
        c->out[k] = frs__onnx_find(&r->table, node->output[k]);
        if (!c->out[k] || c->out[k]->set)
            return frs__fail(r->ctx, FRS_E_FORMAT, _("two nodes compute '%.80s'"), node->output[k]);
    }
    return FRS_OK;
}

/* The node's outputs are computed a second time, now as numbers. */
static frs_status compute_again(frs__onnx_replay *r, const frs__onnx_node *node) {
    frs__onnx_call of;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < node->n_output; k++) {
            const char *name = node->output[k];
            frs__onnx_v *out = name && name[0] ? frs__onnx_find(&r->table, name) : NULL;
            if (out) out->set = pass == 1;
        }
        if (pass == 0) FRS_TRY(collect(r, node, &of));
    }
    return fold(&of, frs__onnx_op_find(node));
}

frs_status frs__onnx_on_demand(frs__onnx_call *c, frs__onnx_v *v) {
    frs__onnx_v *kept = frs__onnx_find(&c->r->table, v->name);
    if (!v->from || !kept) return frs__fail(c->r->ctx, FRS_E_INTERNAL, "%s", v->name);
    if (!kept->data) FRS_TRY(compute_again(c->r, v->from));
    v->data = kept->data;
    return v->data ? FRS_OK : frs__fail(c->r->ctx, FRS_E_INTERNAL, "%s", v->name);
}

typedef enum known { NOTHING, TRAINED, ALL } known;

/* ALL: to be computed now, unless it is much: shapes are small, and what is not is left to the run.
 * TRAINED: what is made of float initialisers stays a part of the net, so that they are trained;
 * its numbers are there on demand. */
static known what_is_known(const frs__onnx_call *c) {
    bool trained = false;
    int64_t elements = 0;
    for (int64_t i = 0; i < c->n_in; i++) {
        const frs__onnx_v *v = c->in[i];
        if (!v) continue;
        if (!v->data && !v->from) return NOTHING;
        trained |= v->trained || v->from;
        if (v->data) elements += v->data->n;
    }
    return trained ? TRAINED : elements <= MAX_INPUTS ? ALL : NOTHING;
}

static frs_status run_node(frs__onnx_replay *r, const frs__onnx_node *node) {
    frs__onnx_call c;
    const frs__onnx_op *op = frs__onnx_op_find(node);
    if (!op) return frs__fail(r->ctx, FRS_E_UNSUPPORTED, _("this operator is not supported"));
    FRS_TRY(collect(r, node, &c));
    const known k = op->graphs ? NOTHING : what_is_known(&c);
    if (k == ALL) {
        const frs_status s = fold(&c, op);
        if (s != FRS_E_UNSUPPORTED) return s;
    }
    FRS_TRY(op->handler(&c));
    for (int64_t i = 0; i < c.n_out && k == TRAINED; i++)
        if (c.out[i] && c.out[i]->set && !c.out[i]->data) c.out[i]->from = node;
    return frs_build_done(r->b, NULL);
}

static frs_status initialisers(frs__onnx_replay *r, const Onnx__GraphProto *g) {
    char what[400];
    for (size_t i = 0; i < g->n_initializer; i++) {
        const Onnx__TensorProto *t = g->initializer[i];
        frs__onnx_data *d;
        snprintf(what, sizeof what, _("initialiser '%.80s'"), t->name ? t->name : "");
        frs__onnx_v *v = t->name && t->name[0] ? frs__onnx_find(&r->table, t->name) : NULL;
        if (!v || v->set)
            return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: it has no name of its own"), what);
        FRS_TRY(frs__onnx_data_read(r->memory, what, t, &d));
        *v = (frs__onnx_v){.name = t->name,
                           .set = true,
                           .type = d->type,
                           .data = d,
                           .trained = frs__onnx_is_real(d->type)};
    }
    return FRS_OK;
}

static frs_status run_nodes(frs__onnx_replay *r, const Onnx__GraphProto *g) {
    for (size_t i = 0; i < g->n_node; i++) {
        const frs__onnx_node *n = g->node[i];
        const frs_status s = run_node(r, n);
        if (s != FRS_OK)
            return frs__fail_in(r->ctx, s, _("node %zu '%.80s' (%.60s)"), i, n->name ? n->name : "",
                                n->op_type ? n->op_type : "");
    }
    return FRS_OK;
}

/* The branch that is taken, in place of the node. Its names are its own: ONNX wants them to differ
 * from all around. */
frs_status frs__onnx_do_if(frs__onnx_call *c) {
    const frs__onnx_data *condition;
    FRS_TRY(frs__onnx_known(c, 0, &condition));
    const bool yes = condition->n > 0 && frs__onnx_whole(condition, 0) != 0;
    const Onnx__AttributeProto *a = frs__onnx_attr(c, yes ? "then_branch" : "else_branch");
    if (!a || !a->g || a->g->n_output != (size_t)c->n_out)
        return frs__onnx_fail(c, _("it has no branch of %lld outputs"), (long long)c->n_out);
    FRS_TRY(initialisers(c->r, a->g));
    FRS_TRY(run_nodes(c->r, a->g));
    for (int64_t k = 0; k < c->n_out; k++) {
        const char *name = a->g->output[k]->name;
        const frs__onnx_v *v = name ? frs__onnx_find(&c->r->table, name) : NULL;
        if (!v || !v->set) return frs__onnx_fail(c, _("its branch has no output %d"), (int)k);
        if (!c->out[k]) continue;
        const char *own = c->out[k]->name;
        *c->out[k] = *v;
        c->out[k]->name = own;
        c->out[k]->from = NULL; /* it is known under the branch's own name */
    }
    return FRS_OK;
}

frs_status frs__onnx_replay_graph(frs__onnx_replay *r, const Onnx__GraphProto *g) {
    frs_status s = initialisers(r, g);
    if (s != FRS_OK) return frs__fail_in(r->ctx, s, "%s", r->path);
    if (g->n_node > MAX_NODES)
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: %zu nodes; at most %d"), r->path, g->n_node,
                         MAX_NODES);
    s = run_nodes(r, g);
    return s == FRS_OK ? s : frs__fail_in(r->ctx, s, "%s", r->path);
}
