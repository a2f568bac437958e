/* Plans: compiled once, run without allocating. */
#include "graph/graph_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

void *frs__tensor_data(const frs_plan *p, const frs_tensor *t) {
    if (!t || !t->wanted) return NULL;
    char *base[] = {p->model->arena, p->model->weights, p->model->gradients};
    return base[t->place] + t->offset;
}

/* ---- choosing a kernel and its scratch */

typedef struct frs_node_shapes {
    frs_shape in[FRS_OP_MAX_IN], out[FRS_OP_MAX_OUT];
    frs_kernel_shape k;
} shapes;

static void shapes_of(const frs_plan *p, const frs_node *n, shapes *s) {
    for (int i = 0; i < n->n_in; i++)
        s->in[i] = n->in[i] ? n->in[i]->shape : (frs_shape){.rank = -1};
    s->k = (frs_kernel_shape){.attr = n->attr,
                              .n_in = n->n_in,
                              .n_out = n->n_out,
                              .in = s->in,
                              .out = s->out,
                              .isa = frs__isa(p->model->ctx)};
    for (int i = 0; i < FRS_OP_MAX_IN; i++)
        if (i >= n->n_in || !n->in[i] ||
            (n->in[i]->place == FRS_IN_WEIGHTS && p->b.mode == FRS_INFER))
            s->k.constant |= 1U << i;
    for (int k = 0; k < n->n_out; k++) {
        s->out[k] = n->out[k].shape;
        if (n->out[k].wanted) s->k.out_wanted |= 1U << k;
    }
}

/* The reference of a float32 node works on widened copies. */
static int64_t widened_bytes(const frs_node *n) {
    int64_t bytes = 0;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i]) bytes += frs__align(frs_shape_count(n->in[i]->shape) * 8);
    for (int k = 0; k < n->n_out; k++)
        if (n->out[k].wanted) bytes += frs__align(frs_shape_count(n->out[k].shape) * 8);
    return bytes;
}

/* Packed weights last as long as the plan where nothing changes them between runs. */
static void make_room(frs_plan *p, frs_node *n, const frs_kernel_shape *s) {
    const frs_kernel_room room = n->kernel->room(n->kernel_state);
    n->scratch_bytes = (int64_t)room.scratch;
    n->kept_bytes = (int64_t)room.kept;
    n->kept_long = (s->constant & n->kernel->kept_in) == n->kernel->kept_in;
    if (!n->kept_long || !n->kept_bytes) return;
    n->kept_offset = p->kept_bytes;
    p->kept_bytes += frs__align(n->kept_bytes);
}

static frs_status choose(frs_plan *p, frs_node *n) {
    frs_model *m = p->model;
    shapes *s = frs__arena_alloc(&p->b.arena, 1, sizeof *s);
    if (!s) return FRS_E_NOMEM;
    shapes_of(p, n, s);
    n->shapes = s;
    if (m->o.dtype == FRS_F32 && !m->o.reference_only)
        n->kernel = frs__kernel_pick(n->op->name, &s->k);
    if (n->kernel) {
        if (n->kernel->scratch_bytes)
            n->scratch_bytes = (int64_t)n->kernel->scratch_bytes(&s->k, frs_ctx_threads(m->ctx));
        if (n->kernel->prepare) FRS_TRY(n->kernel->prepare(m->ctx, &s->k, &n->kernel_state));
        if (n->kernel->room) make_room(p, n, &s->k);
    } else if (m->o.dtype == FRS_F32)
        n->scratch_bytes = widened_bytes(n);
    return FRS_OK;
}

static frs_status differentiate(frs_plan *p) {
    if (!p->b.loss) return frs__fail(p->model->ctx, FRS_E_ARG, _("training needs a loss"));
    FRS_TRY(frs__differentiate(&p->b));
    p->reached = frs__arena_alloc(&p->b.arena, p->model->n_params, sizeof *p->reached);
    if (!p->reached) return FRS_E_NOMEM;
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        const frs_node *n = p->b.nodes[i];
        if (n->kind == FRS_NODE_PARAM && n->trained) p->reached[n->param] = n->out[0].grad != NULL;
    }
    return FRS_OK;
}

frs_status frs__plan_finish(frs_plan *p) {
    if (!p->model->o.unfused) frs__fuse(&p->b);
    if (p->b.mode == FRS_TRAIN) FRS_TRY(differentiate(p));
    frs__mark_wanted(p);
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        frs_node *n = p->b.nodes[i];
        if (n->kind == FRS_NODE_OP && n->wanted) FRS_TRY(choose(p, n));
    }
    if (p->kept_bytes) {
        p->kept = frs__alloc(p->model->ctx, p->kept_bytes, 1);
        if (!p->kept) return FRS_E_NOMEM;
    }
    return frs__place(p);
}

void frs__plan_free(frs_plan *p) {
    if (!p) return;
    frs_ctx *ctx = p->model->ctx;
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        frs_node *n = p->b.nodes[i];
        if (n->kernel && n->kernel->release) n->kernel->release(ctx, n->kernel_state);
    }
    frs__free(ctx, p->kept);
    frs__free(ctx, p->b.nodes);
    frs__arena_free(&p->b.arena);
    frs__free(ctx, p);
}

/* ---- running */

static void widen(double *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = (double)from[i];
}

static void narrow(float *to, const double *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
}

/* A node by its reference; a float32 one through widened copies in its scratch. */
static void run_reference(const frs_plan *p, const frs_node *n, const shapes *s, frs_run_info run) {
    const bool f32 = p->model->o.dtype == FRS_F32;
    const double *in[FRS_OP_MAX_IN] = {0};
    double *out[FRS_OP_MAX_OUT] = {0};
    char *scratch = p->model->arena + n->scratch_offset;
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i]) continue;
        const void *data = frs__tensor_data(p, n->in[i]);
        in[i] = data;
        if (!f32) continue;
        const int64_t count = frs_shape_count(s->in[i]);
        widen((double *)scratch, data, count);
        in[i] = (double *)scratch;
        scratch += frs__align(count * 8);
    }
    for (int k = 0; k < n->n_out; k++) {
        if (!n->out[k].wanted) continue;
        out[k] = f32 ? (double *)scratch : frs__tensor_data(p, &n->out[k]);
        if (f32) scratch += frs__align(frs_shape_count(s->out[k]) * 8);
    }
    const frs_ref_args a = {.attr = n->attr,
                            .n_in = n->n_in,
                            .in = in,
                            .out = out,
                            .in_shape = s->in,
                            .out_shape = s->out,
                            .run = run};
    n->op->reference(&a);
    for (int k = 0; f32 && k < n->n_out; k++)
        if (out[k]) narrow(frs__tensor_data(p, &n->out[k]), out[k], frs_shape_count(s->out[k]));
}

static void run_kernel(const frs_plan *p, const frs_node *n, const shapes *s, frs_run_info run) {
    const float *in[FRS_OP_MAX_IN] = {0};
    float *out[FRS_OP_MAX_OUT] = {0};
    for (int i = 0; i < n->n_in; i++) in[i] = frs__tensor_data(p, n->in[i]);
    for (int k = 0; k < n->n_out; k++) out[k] = frs__tensor_data(p, &n->out[k]);
    const frs_kernel_args a = {.ctx = p->model->ctx,
                               .attr = n->attr,
                               .in = in,
                               .out = out,
                               .in_shape = s->in,
                               .out_shape = s->out,
                               .n_in = n->n_in,
                               .n_out = n->n_out,
                               .scratch = p->model->arena + n->scratch_offset,
                               .kept = (n->kept_long ? p->kept : p->model->arena) + n->kept_offset,
                               .state = n->kernel_state,
                               .run = run,
                               .isa = frs__isa(p->model->ctx)};
    if (n->kernel->keep && (!n->kept_long || p->kept_version != p->model->version))
        n->kernel->keep(&a);
    n->kernel->run(&a);
}

/* The states take their new values, unless the run went wrong. */
static void change_states(frs_plan *p) {
    double loss = 0;
    if (!p->b.changes) return;
    (void)frs_plan_output(p, "loss", &loss, 1);
    if (!isfinite(loss)) return;
    p->model->version++;
    for (const frs_state_change *c = p->b.changes; c; c = c->next)
        memcpy(frs__tensor_data(p, c->state), frs__tensor_data(p, c->value),
               (size_t)(frs_shape_count(c->state->shape) * frs__element(p->model)));
}

/* Weights that the loss does not reach have no node that writes their gradient; padding is 0. */
static void zero_gradients(const frs_plan *p) {
    const frs_model *m = p->model;
    const int64_t e = frs__element(m);
    for (int64_t i = 0; i < m->n_params && p->b.mode == FRS_TRAIN; i++) {
        const int64_t n = frs_shape_count(m->params[i].shape), first = p->reached[i] ? n : 0;
        memset(m->gradients + (m->params[i].offset + first) * e, 0,
               (size_t)((((n + 15) & ~INT64_C(15)) - first) * e));
    }
}

frs_status frs_plan_run(frs_plan *p, uint64_t step) {
    const frs_run_info run = {p->model->o.seed, step};
    const unsigned flush = frs__flush_begin();
    zero_gradients(p);
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        const frs_node *n = p->b.nodes[i];
        if (n->kind != FRS_NODE_OP || !n->wanted) continue;
        if (n->kernel)
            run_kernel(p, n, n->shapes, run);
        else
            run_reference(p, n, n->shapes, run);
    }
    p->kept_version = p->model->version;
    change_states(p);
    frs__flush_end(flush);
    return FRS_OK;
}

/* ---- feeding and reading */

static frs_tensor *find_input(const frs_plan *p, const char *name) {
    for (int64_t i = 0; i < p->b.n_nodes; i++)
        if (p->b.nodes[i]->kind == FRS_NODE_INPUT && strcmp(p->b.nodes[i]->name, name) == 0)
            return &p->b.nodes[i]->out[0];
    frs__fail(p->model->ctx, FRS_E_ARG, _("no input named '%s'"), name);
    return NULL;
}

frs_status frs_plan_input(frs_plan *p, const char *input, float **data, int64_t *n) {
    frs_tensor *t = find_input(p, input);
    if (!t) return FRS_E_ARG;
    if (p->model->o.dtype != FRS_F32)
        return frs__fail(p->model->ctx, FRS_E_ARG, _("input '%s' of a float64 model: feed it"),
                         input);
    *data = frs__tensor_data(p, t);
    *n = frs_shape_count(t->shape);
    return FRS_OK;
}

frs_status frs_plan_feed(frs_plan *p, const char *input, const float *data, int64_t n) {
    frs_tensor *t = find_input(p, input);
    if (!t) return FRS_E_ARG;
    if (n != frs_shape_count(t->shape))
        return frs__fail(p->model->ctx, FRS_E_ARG, _("input '%s': %lld elements, expected %lld"),
                         input, (long long)n, (long long)frs_shape_count(t->shape));
    void *to = frs__tensor_data(p, t);
    if (p->model->o.dtype == FRS_F64)
        widen(to, data, n);
    else
        memcpy(to, data, (size_t)n * sizeof *data);
    return FRS_OK;
}

static frs_tensor *find_output(const frs_plan *p, const char *name) {
    for (int k = 0; k < p->b.n_outputs; k++)
        if (strcmp(p->b.outputs[k].name, name) == 0) return p->b.outputs[k].t;
    frs__fail(p->model->ctx, FRS_E_ARG, _("no output named '%s'"), name);
    return NULL;
}

frs_status frs_plan_output(frs_plan *p, const char *name, double *out, int64_t n) {
    const frs_tensor *t = find_output(p, name);
    if (!t) return FRS_E_ARG;
    if (n != frs_shape_count(t->shape))
        return frs__fail(p->model->ctx, FRS_E_ARG,
                         _("output '%s': %lld elements asked, it has %lld"), name, (long long)n,
                         (long long)frs_shape_count(t->shape));
    const void *data = frs__tensor_data(p, t);
    if (p->model->o.dtype == FRS_F64)
        memcpy(out, data, (size_t)n * sizeof *out);
    else
        widen(out, data, n);
    return FRS_OK;
}

frs_status frs_plan_output_shape(const frs_plan *p, const char *name, frs_shape *shape) {
    const frs_tensor *t = find_output(p, name);
    if (!t) return FRS_E_ARG;
    *shape = t->shape;
    return FRS_OK;
}

frs_status frs_plan_output_f32(frs_plan *p, const char *name, const float **data, int64_t *n) {
    const frs_tensor *t = find_output(p, name);
    if (!t) return FRS_E_ARG;
    if (p->model->o.dtype != FRS_F32)
        return frs__fail(p->model->ctx, FRS_E_ARG, _("output '%s' is float64"), name);
    *data = frs__tensor_data(p, t);
    *n = frs_shape_count(t->shape);
    return FRS_OK;
}

size_t frs_plan_arena_bytes(const frs_plan *p) {
    return (size_t)p->arena_bytes;
}

double frs_plan_operations(const frs_plan *p, const char *scope) {
    double sum = 0;
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        const frs_node *n = p->b.nodes[i];
        if (n->kind != FRS_NODE_OP || !n->wanted || !n->op->operations ||
            !frs__within(n->name, scope))
            continue;
        frs_shape out[FRS_OP_MAX_OUT];
        for (int k = 0; k < n->n_out; k++) out[k] = n->out[k].shape;
        const frs_shape_args a = {
            .attr = n->attr, .n_in = n->n_in, .in = n->shapes->in, .out = out};
        sum += n->op->operations(&a);
    }
    return sum;
}

frs_status frs_plan_explain(const frs_plan *p, char **text) {
    frs_buf b = {.ctx = p->model->ctx};
    char shape[128];
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        const frs_node *n = p->b.nodes[i];
        if (n->kind != FRS_NODE_OP || !n->wanted) continue;
        frs__shape_text(n->out[0].shape, shape, sizeof shape);
        const char *backend = n->kernel ? n->kernel->backend : "reference";
        frs__buf_printf(&b, "%-40s %-14s %-10s %-16s %s", n->name, n->op->name, backend,
                        n->kernel ? n->kernel->name : "-", shape);
        frs__buf_printf(&b, "  %lld bytes scratch\n", (long long)n->scratch_bytes);
    }
    frs__buf_printf(&b, "step arena: %lld bytes\n", (long long)p->arena_bytes);
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}
