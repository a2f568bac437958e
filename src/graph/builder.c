/* Building: nodes are added in order, shapes inferred at once, the first error is kept. */
#include "graph/graph_internal.h"
#include "op/elementwise.h"
#include <stdio.h>
#include <string.h>

int64_t frs_shape_count(frs_shape s) {
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++) n *= s.dim[i];
    return n;
}

void frs__shape_text(frs_shape s, char *buf, size_t n) {
    size_t at = 0;
    at += (size_t)snprintf(buf, n, "[");
    for (int i = 0; i < s.rank && at + 24 < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%lld", i ? ", " : "", (long long)s.dim[i]);
    snprintf(buf + at, n - at, "]");
}

/* No axis below 0, and fewer elements than any arena holds, so that sizes never overflow. */
static bool possible(frs_shape s) {
    const int64_t most = INT64_C(1) << 44;
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++)
        if (s.dim[i] < 0 || __builtin_mul_overflow(n, s.dim[i] ? s.dim[i] : 1, &n) || n > most)
            return false;
    return s.rank <= FRS_MAX_RANK;
}

static bool check_shape(frs_builder *b, const char *name, frs_shape s) {
    char text[160];
    if (b->status == FRS_OK && possible(s)) return true;
    frs__shape_text(s, text, sizeof text);
    frs__build_fail(b, FRS_E_ARG, _("'%s' cannot have the shape %s"), name, text);
    return false;
}

frs_status frs__build_fail(frs_builder *b, frs_status s, const char *fmt, ...) {
    if (b->status != FRS_OK) return b->status;
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    b->status = frs__fail(b->ctx, s, "%s%s%s", b->scope, b->scope[0] ? ": " : "", text);
    return s;
}

/* ---- shapes told in the errors of the rules */

frs_status frs__shape_fail(const frs_shape_args *a, const char *fmt, ...) {
    char text[256], shapes[512] = "", one[128];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    for (int i = 0; i < a->n_in; i++) {
        const size_t at = strlen(shapes);
        frs__shape_text(a->in[i], one, sizeof one);
        snprintf(shapes + at, sizeof shapes - at, "%s%s", i ? " " : "", one);
    }
    return frs__fail(a->ctx, FRS_E_ARG, _("%s; the inputs have shapes %s"), text, shapes);
}

frs_dims frs_build_dims(const frs_builder *b) {
    return b->dims;
}
frs_mode frs_build_mode(const frs_builder *b) {
    return b->mode;
}
frs_shape frs_tensor_shape(const frs_tensor *t) {
    return t ? t->shape : (frs_shape){0};
}

void frs_scope_push(frs_builder *b, const char *name) {
    const size_t at = strlen(b->scope), n = strlen(name);
    if (at + n + 2 > sizeof b->scope) {
        frs__build_fail(b, FRS_E_ARG, _("layer names nest too deeply at '%s'"), name);
        return;
    }
    snprintf(b->scope + at, sizeof b->scope - at, "%s%s", at ? "." : "", name);
}

void frs_scope_pop(frs_builder *b) {
    char *dot = strrchr(b->scope, '.');
    if (dot)
        *dot = 0;
    else
        b->scope[0] = 0;
}

frs_node *frs__node_new(frs_builder *b, frs_node_kind kind, const char *name) {
    if (b->status != FRS_OK) return NULL;
    if (b->n_nodes == FRS_MAX_NODES) {
        frs__build_fail(b, FRS_E_ARG, _("a net of more than %d nodes"), FRS_MAX_NODES);
        return NULL;
    }
    frs_node *n = frs__arena_alloc(&b->arena, 1, sizeof *n);
    char full[FRS_MAX_SCOPE + 80];
    snprintf(full, sizeof full, "%s%s%s", b->scope, b->scope[0] ? "." : "", name);
    if (n) n->name = frs__arena_strdup(&b->arena, full);
    if (!n || !n->name) {
        b->status = FRS_E_NOMEM;
        return NULL;
    }
    n->kind = kind;
    for (int k = 0; k < FRS_OP_MAX_OUT; k++) n->out[k] = (frs_tensor){.node = n, .out = k};
    b->nodes[b->n_nodes++] = n;
    return n;
}

frs_tensor *frs_input(frs_builder *b, const char *name, frs_shape shape) {
    if (!check_shape(b, name, shape)) return NULL;
    for (int64_t i = 0; i < b->n_nodes; i++)
        if (b->nodes[i]->kind == FRS_NODE_INPUT && strcmp(b->nodes[i]->name, name) == 0) {
            frs__build_fail(b, FRS_E_ARG, _("two inputs named '%s'"), name);
            return NULL;
        }
    char scope[FRS_MAX_SCOPE]; /* an input's name stands alone */
    memcpy(scope, b->scope, sizeof scope);
    b->scope[0] = 0;
    frs_node *n = frs__node_new(b, FRS_NODE_INPUT, name);
    memcpy(b->scope, scope, sizeof scope);
    if (!n) return NULL;
    n->n_out = 1;
    n->out[0].shape = shape;
    return &n->out[0];
}

static frs_node *param_node(const frs_builder *b, const char *name) {
    for (int64_t i = 0; i < b->n_nodes; i++)
        if (b->nodes[i]->kind == FRS_NODE_PARAM && strcmp(b->nodes[i]->name, name) == 0)
            return b->nodes[i];
    return NULL;
}

/* The parameter of this name that is there, when layers share; otherwise two are a mistake. */
static frs_tensor *param_again(frs_builder *b, frs_node *there, frs_shape shape) {
    if (!b->sharing)
        frs__build_fail(b, FRS_E_ARG, _("two parameters named '%s'"), there->name);
    else
        frs__model_param(b, there->name, &(frs_param_entry){.shape = shape});
    return b->status == FRS_OK ? &there->out[0] : NULL;
}

static frs_tensor *param(frs_builder *b, const char *name, const frs_param_entry *wanted) {
    char full[FRS_MAX_SCOPE + 80];
    if (b->status != FRS_OK) return NULL;
    snprintf(full, sizeof full, "%s%s%s", b->scope, b->scope[0] ? "." : "", name);
    frs_node *there = param_node(b, full);
    if (there) return param_again(b, there, wanted->shape);
    if (!check_shape(b, full, wanted->shape)) return NULL;
    frs_node *n = frs__node_new(b, FRS_NODE_PARAM, name);
    if (!n) return NULL;
    n->n_out = 1;
    n->out[0].shape = wanted->shape;
    n->out[0].place = FRS_IN_WEIGHTS;
    n->param = frs__model_param(b, n->name, wanted);
    if (n->param < 0) return NULL;
    const frs_param_entry *p = &b->model->params[n->param];
    n->trained = !p->state && !p->frozen;
    n->out[0].offset = p->offset * frs__element(b->model);
    return &n->out[0];
}

frs_tensor *frs_param(frs_builder *b, const char *name, frs_shape shape, frs_init init) {
    return param(b, name, &(frs_param_entry){.shape = shape, .init = init});
}

frs_tensor *frs_state(frs_builder *b, const char *name, frs_shape shape, frs_init init) {
    return param(b, name, &(frs_param_entry){.shape = shape, .init = init, .state = true});
}

void frs_state_set(frs_builder *b, frs_tensor *state, frs_tensor *value) {
    if (!state || !value || b->mode != FRS_TRAIN || b->status != FRS_OK) return;
    if (state->node->kind != FRS_NODE_PARAM || !b->model->params[state->node->param].state ||
        !frs__shape_equal(state->shape, value->shape)) {
        frs__build_fail(b, FRS_E_ARG, _("'%s' is no state of the shape of its new value"),
                        state->node->name);
        return;
    }
    frs_state_change *c = frs__arena_alloc(&b->arena, 1, sizeof *c);
    if (!c) {
        b->status = FRS_E_NOMEM;
        return;
    }
    *c = (frs_state_change){state, value, b->changes};
    b->changes = c;
}

void frs_share_begin(frs_builder *b) {
    b->sharing++;
}
void frs_share_end(frs_builder *b) {
    b->sharing--;
}

void frs_output(frs_builder *b, const char *name, frs_tensor *t) {
    if (!t || b->status != FRS_OK) return;
    if (b->n_outputs == FRS_MAX_NAMED) {
        frs__build_fail(b, FRS_E_ARG, _("more than %d outputs"), FRS_MAX_NAMED);
        return;
    }
    const char *kept = frs__arena_strdup(&b->arena, name);
    if (!kept) {
        b->status = FRS_E_NOMEM;
        return;
    }
    b->outputs[b->n_outputs++] = (frs_named){kept, t};
}

frs_status frs_build_done(frs_builder *b, frs_tensor *loss) {
    if (b->status != FRS_OK) return b->status;
    if (loss && frs_shape_count(loss->shape) != 1)
        return frs__build_fail(b, FRS_E_ARG, _("the loss is not a scalar"));
    b->loss = loss;
    if (loss) frs_output(b, "loss", loss);
    return b->status;
}

static frs_status infer(frs_builder *b, frs_node *n) {
    frs_shape in[FRS_OP_MAX_IN] = {0}, out[FRS_OP_MAX_OUT] = {0};
    for (int i = 0; i < n->n_in; i++) in[i] = n->in[i] ? n->in[i]->shape : (frs_shape){.rank = -1};
    const frs_shape_args a = {
        .ctx = b->ctx, .attr = n->attr, .n_in = n->n_in, .in = in, .out = out, .mode = b->mode};
    FRS_TRY(n->op->shape(&a));
    for (int k = 0; k < n->n_out; k++) {
        if (!possible(out[k])) return frs__shape_fail(&a, _("the result is too large"));
        n->out[k].shape = out[k];
    }
    return FRS_OK;
}

frs_tensor *frs__op_add(frs_builder *b, const frs_op *op, frs_tensor *const *in, int n_in,
                        const void *attr, size_t attr_size) {
    if (b->status != FRS_OK) return NULL;
    if (n_in < op->n_in_min || n_in > op->n_in_max || attr_size > FRS_OP_ATTR) {
        frs__build_fail(b, FRS_E_ARG, _("%s: %d inputs, expected %d to %d"), op->name, n_in,
                        op->n_in_min, op->n_in_max);
        return NULL;
    }
    for (int i = 0; i < op->n_in_min; i++)
        if (!in[i]) return NULL; /* an earlier error that was not kept, or an optional layer */
    frs_node *n = frs__node_new(b, FRS_NODE_OP, op->name);
    if (!n) return NULL;
    n->op = op;
    n->n_in = n_in;
    n->n_out = op->n_out;
    if (n_in) memcpy(n->in, in, (size_t)n_in * sizeof *in);
    if (attr_size) memcpy(n->attr, attr, attr_size);
    frs_status s = infer(b, n);
    if (s != FRS_OK) {
        b->status = frs__fail_in(b->ctx, s, "%s", n->name);
        return NULL;
    }
    return &n->out[0];
}

frs_ctx *frs__build_kernels(const frs_builder *b) {
    const frs_model_opts *o = &b->model->o;
    return o->dtype == FRS_F32 && !o->reference_only ? b->ctx : NULL;
}

uint64_t frs__build_position(const frs_builder *b) {
    return (uint64_t)b->n_nodes;
}

frs_tensor *frs__op_out(frs_tensor *first, int i) {
    return first ? &first->node->out[i] : NULL;
}

bool frs__param_trained(const frs_tensor *t) {
    return t && t->node->kind == FRS_NODE_PARAM && t->node->trained;
}

frs_tensor *frs__build_param(const frs_builder *b, uint64_t i) {
    frs_node *n = b->nodes[i];
    return n->kind == FRS_NODE_PARAM && n->trained ? &n->out[0] : NULL;
}
