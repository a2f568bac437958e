/* Differentiation: the operators' own gradients, from the loss back, accumulated by frs_add. */
#include "graph/graph_internal.h"
#include <string.h>

/* Which tensors depend on a weight: only they get gradients. */
static void mark_dependent(const frs_builder *b, bool *dep) {
    for (int64_t i = 0; i < b->n_nodes; i++) {
        const frs_node *n = b->nodes[i];
        dep[i] = n->kind == FRS_NODE_PARAM && n->trained;
        for (int k = 0; k < n->n_in && !dep[i]; k++) {
            if (!n->in[k]) continue;
            for (int64_t j = 0; j < i; j++)
                if (b->nodes[j] == n->in[k]->node) dep[i] |= dep[j];
        }
    }
}

static void accumulate(frs_builder *b, frs_tensor *t, frs_tensor *d) {
    if (!t || !d) return;
    t->grad = t->grad ? frs_add(b, t->grad, d) : d;
}

static frs_status back_through(frs_builder *b, frs_node *n) {
    frs_tensor *d_out[FRS_OP_MAX_OUT] = {0}, *d_in[FRS_OP_MAX_IN] = {0}, *out[FRS_OP_MAX_OUT];
    bool any = false;
    for (int k = 0; k < n->n_out; k++) {
        out[k] = &n->out[k];
        d_out[k] = n->out[k].grad;
        any |= d_out[k] != NULL;
    }
    if (!any) return FRS_OK;
    if (!n->op->gradient)
        return frs__build_fail(b, FRS_E_UNSUPPORTED, _("%s has no gradient"), n->name);
    const frs_grad_args g = {.b = b,
                             .node = n,
                             .in = n->in,
                             .out = out,
                             .d_out = d_out,
                             .d_in = d_in,
                             .attr = n->attr,
                             .n_in = n->n_in};
    FRS_TRY(n->op->gradient(&g));
    for (int k = 0; k < n->n_in; k++) accumulate(b, n->in[k], d_in[k]);
    return b->status;
}

/* The gradient of a weight lands in the flat gradient buffer. A tensor that is a weight, an input,
 * or the gradient of another weight already, is copied there. */
static void place_gradients(frs_builder *b, int64_t n_forward) {
    for (int64_t i = 0; i < n_forward; i++) {
        frs_node *n = b->nodes[i];
        if (n->kind != FRS_NODE_PARAM || !n->trained || !n->out[0].grad) continue;
        frs_tensor *g = n->out[0].grad;
        if (g->place != FRS_IN_ARENA || g->node->kind != FRS_NODE_OP || g == b->loss)
            g = frs_scale(b, g, 1, 0);
        if (!g) return;
        g->place = FRS_IN_GRADIENTS;
        g->offset = n->out[0].offset;
        n->out[0].grad = g;
    }
}

frs_status frs__differentiate(frs_builder *b) {
    const int64_t n_forward = b->n_nodes;
    bool *dep = frs__alloc(b->ctx, n_forward, sizeof *dep);
    if (!dep) return FRS_E_NOMEM;
    mark_dependent(b, dep);
    frs_scope_push(b, "gradient");
    b->loss->grad = frs__fill(b, b->loss->shape, 1);
    frs_status s = b->status;
    for (int64_t i = n_forward - 1; i >= 0 && s == FRS_OK; i--)
        if (b->nodes[i]->kind == FRS_NODE_OP && dep[i]) s = back_through(b, b->nodes[i]);
    if (s == FRS_OK) place_gradients(b, n_forward);
    frs_scope_pop(b);
    frs__free(b->ctx, dep);
    return s == FRS_OK ? b->status : s;
}
