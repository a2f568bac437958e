#include "graph/walk.h"
#include "graph/graph_internal.h"
#include <string.h>

/* The value that a tensor is, seen from node `at`: what it is made of stands shortly before. */
static int64_t value_of(const frs_builder *b, const frs_tensor *t, int64_t at) {
    for (int64_t i = at; t && i-- > 0;)
        if (b->nodes[i] == t->node) return i * FRS_OP_MAX_OUT + t->out;
    return -1;
}

static frs_status copy_node(const frs_builder *b, int64_t i, frs_arena *memory, frs_walk_node *to) {
    const frs_node *n = b->nodes[i];
    static const frs_walk_kind kinds[] = {[FRS_NODE_INPUT] = FRS_WALK_INPUT,
                                          [FRS_NODE_PARAM] = FRS_WALK_PARAM,
                                          [FRS_NODE_OP] = FRS_WALK_OP};
    *to = (frs_walk_node){.kind = kinds[n->kind],
                          .name = frs__arena_strdup(memory, n->name),
                          .op = n->op,
                          .param = n->param,
                          .n_in = n->n_in,
                          .n_out = n->n_out};
    memcpy(to->attr, n->attr, sizeof to->attr);
    for (int k = 0; k < n->n_in; k++) to->in[k] = value_of(b, n->in[k], i);
    for (int k = 0; k < n->n_out; k++) to->out[k] = n->out[k].shape;
    return to->name ? FRS_OK : FRS_E_NOMEM;
}

static frs_status copy(const frs_builder *b, frs_arena *memory, frs_walk *w) {
    *w = (frs_walk){.n = b->n_nodes, .n_outputs = b->n_outputs};
    w->nodes = frs__arena_alloc(memory, w->n, sizeof *w->nodes);
    w->output = frs__arena_alloc(memory, w->n_outputs, sizeof *w->output);
    w->value = frs__arena_alloc(memory, w->n_outputs, sizeof *w->value);
    if (!w->nodes || !w->output || !w->value) return FRS_E_NOMEM;
    for (int64_t i = 0; i < w->n; i++) FRS_TRY(copy_node(b, i, memory, &w->nodes[i]));
    for (int k = 0; k < w->n_outputs; k++) {
        w->output[k] = frs__arena_strdup(memory, b->outputs[k].name);
        w->value[k] = value_of(b, b->outputs[k].t, b->n_nodes);
        if (!w->output[k]) return FRS_E_NOMEM;
    }
    return FRS_OK;
}

frs_status frs__walk(frs_model *m, frs_dims dims, frs_arena *memory, frs_walk *w) {
    frs_plan *p;
    FRS_TRY(frs__plan_sketch(m, dims, &p));
    const frs_status s = copy(&p->b, memory, w);
    frs__plan_free(p);
    return s;
}

frs_ctx *frs__model_ctx(const frs_model *m) {
    return m->ctx;
}
