/* Placing buffers: lifetimes, then offsets in one arena, the largest first, each at the lowest free
 * spot. */
#include "graph/graph_internal.h"
#include <stdlib.h>

/* A stretch of the arena: a tensor's, or a node's scratch. */
typedef struct piece {
    int64_t bytes, first, last; /* lifetime in node positions */
    int64_t *offset;
    int64_t order;
} piece;

static void want(frs_tensor *t) {
    if (!t || t->wanted) return;
    t->wanted = true;
    t->node->wanted = true;
}

/* Backwards from what is read outside: outputs and gradients of weights. */
static void mark_wanted(frs_builder *b) {
    for (int k = 0; k < b->n_outputs; k++) want(b->outputs[k].t);
    for (frs_state_change *c = b->changes; c; c = c->next) want(c->value), want(c->state);
    for (int64_t i = 0; i < b->n_nodes; i++)
        for (int k = 0; k < b->nodes[i]->n_out; k++)
            if (b->nodes[i]->out[k].place == FRS_IN_GRADIENTS) want(&b->nodes[i]->out[k]);
    for (int64_t i = b->n_nodes - 1; i >= 0; i--) {
        frs_node *n = b->nodes[i];
        if (!n->wanted) continue;
        for (int k = 0; k < n->n_in; k++) want(n->in[k]);
    }
    for (int64_t i = 0; i < b->n_nodes; i++) /* inputs can be fed even if nobody reads them */
        if (b->nodes[i]->kind == FRS_NODE_INPUT) want(&b->nodes[i]->out[0]);
}

static void lifetimes(frs_builder *b) {
    for (int64_t i = 0; i < b->n_nodes; i++) {
        frs_node *n = b->nodes[i];
        const bool input = n->kind == FRS_NODE_INPUT;
        for (int k = 0; k < n->n_out; k++) {
            n->out[k].first_use = input ? -1 : i;
            n->out[k].last_use = input ? b->n_nodes : i;
        }
        if (!n->wanted) continue;
        for (int k = 0; k < n->n_in; k++)
            if (n->in[k] && n->in[k]->last_use < i) n->in[k]->last_use = i;
    }
    for (int k = 0; k < b->n_outputs; k++) b->outputs[k].t->last_use = b->n_nodes;
    for (frs_state_change *c = b->changes; c; c = c->next) c->value->last_use = b->n_nodes;
}

static int larger_first(const void *a, const void *b) {
    const piece *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? 1 : -1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int lower_first(const void *a, const void *b) {
    const piece *x = *(piece *const *)a, *y = *(piece *const *)b;
    return (*x->offset > *y->offset) - (*x->offset < *y->offset);
}

/* Lowest offset where p meets no placed piece that lives at the same time. */
static void place_one(piece *p, piece *placed, int64_t n, piece **live) {
    int64_t n_live = 0, at = 0;
    for (int64_t i = 0; i < n; i++)
        if (placed[i].first <= p->last && p->first <= placed[i].last) live[n_live++] = &placed[i];
    qsort(live, (size_t)n_live, sizeof(piece *), lower_first);
    for (int64_t i = 0; i < n_live; i++) {
        if (*live[i]->offset - at >= p->bytes) break;
        const int64_t end = *live[i]->offset + live[i]->bytes;
        if (end > at) at = end;
    }
    *p->offset = at;
}

static int64_t gather_pieces(frs_plan *p, piece *pieces) {
    int64_t n = 0;
    const int64_t e = frs__element(p->model);
    for (int64_t i = 0; i < p->b.n_nodes; i++) {
        frs_node *node = p->b.nodes[i];
        if (!node->wanted) continue;
        for (int k = 0; k < node->n_out; k++) {
            frs_tensor *t = &node->out[k];
            if (!t->wanted || t->place != FRS_IN_ARENA) continue;
            pieces[n] = (piece){frs__align(frs_shape_count(t->shape) * e + 1), t->first_use,
                                t->last_use, &t->offset, n};
            n++;
        }
        if (node->scratch_bytes) {
            pieces[n] = (piece){frs__align(node->scratch_bytes), i, i, &node->scratch_offset, n};
            n++;
        }
        if (node->kept_bytes && !node->kept_long) {
            pieces[n] = (piece){frs__align(node->kept_bytes), i, i, &node->kept_offset, n};
            n++;
        }
    }
    return n;
}

frs_status frs__place(frs_plan *p) {
    const int64_t cap = p->b.n_nodes * (FRS_OP_MAX_OUT + 2);
    piece *pieces = frs__alloc(p->model->ctx, cap, sizeof *pieces);
    piece **live = frs__alloc(p->model->ctx, cap, sizeof *live);
    frs_status s = pieces && live ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) {
        const int64_t n = gather_pieces(p, pieces);
        qsort(pieces, (size_t)n, sizeof *pieces, larger_first);
        for (int64_t i = 0; i < n; i++) {
            place_one(&pieces[i], pieces, i, live);
            const int64_t end = *pieces[i].offset + pieces[i].bytes;
            if (end > p->arena_bytes) p->arena_bytes = end;
        }
    }
    frs__free(p->model->ctx, pieces);
    frs__free(p->model->ctx, live);
    return s;
}

void frs__mark_wanted(frs_plan *p) {
    mark_wanted(&p->b);
    lifetimes(&p->b);
}
