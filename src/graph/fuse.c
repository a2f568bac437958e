/* Operators behind a convolution or a matrix product become part of it, where nobody else reads
 * what is in between: a bias, a batch normalisation by running values (inference alone), a sum with
 * a tensor of the same shape, an activation. The last node of such a chain takes over the product
 * with all its inputs, so that every input stands before it; nobody reads the first one any more.
 * When training, an activation only where its gradient is found from its value. Plans in double
 * stay as built: they are what others are compared with. */
#include "graph/graph_internal.h"
#include "op/activation.h"
#include "op/conv.h"
#include "op/elementwise.h"
#include "op/norm.h"
#include "op/op_internal.h"
#include <string.h>

extern const frs_op frs__conv_op, frs__matmul_op, frs__activation_op, frs__add_op,
    frs__batch_norm_infer_op;

static void count_readers(frs_builder *b) {
    for (int64_t i = 0; i < b->n_nodes; i++)
        for (int k = 0; k < b->nodes[i]->n_in; k++)
            if (b->nodes[i]->in[k]) b->nodes[i]->in[k]->readers++;
    for (int k = 0; k < b->n_outputs; k++) b->outputs[k].t->readers++;
    for (frs_state_change *c = b->changes; c; c = c->next) c->value->readers++;
}

static frs_then *then_of(frs_node *n) {
    return n->op == &frs__conv_op ? &((frs_conv_attr *)(void *)n->attr)->then
                                  : &((frs_matmul_attr *)(void *)n->attr)->then;
}

/* The node that makes t, if it is a product that something can still be put behind. */
static frs_node *product(const frs_tensor *t) {
    if (!t || t->readers != 1 || t->node->kind != FRS_NODE_OP) return NULL;
    frs_node *n = t->node;
    if (n->op != &frs__conv_op && n->op != &frs__matmul_op) return NULL;
    return then_of(n)->kind == FRS_LINEAR ? n : NULL;
}

static bool has(const frs_node *n, int input) {
    return n->n_in > input && n->in[input];
}

/* n becomes what `from` was. */
static void take(frs_node *n, const frs_node *from) {
    n->op = from->op;
    n->name = from->name;
    n->n_in = from->n_in;
    memcpy(n->in, from->in, sizeof n->in);
    memcpy(n->attr, from->attr, sizeof n->attr);
}

static void put_input(frs_node *n, int input, frs_tensor *t) {
    if (n->n_in <= input) n->n_in = input + 1;
    n->in[input] = t;
}

static void fuse_activation(const frs_builder *b, frs_node *n) {
    frs_activation_attr t;
    const frs_node *from = product(n->in[0]);
    memcpy(&t, n->attr, sizeof t);
    if (!from || (b->mode == FRS_TRAIN && !frs__activation_by_value(&t))) return;
    take(n, from);
    *then_of(n) = (frs_then){(float)t.alpha, (float)t.beta, (int8_t)t.kind};
}

/* The other operand of a sum: a bias of a matrix product, or of the result's shape. */
static bool fits_behind(const frs_node *from, frs_shape sum, const frs_tensor *other) {
    if (!frs__shape_equal(from->out[0].shape, sum)) return false;
    if (from->op == &frs__conv_op)
        return !has(from, FRS_CONV_ADD) && frs__shape_equal(other->shape, sum);
    return !has(from, 2) && other->shape.rank == 1 && other->shape.dim[0] == sum.dim[sum.rank - 1];
}

static void fuse_add(frs_node *n) {
    for (int k = 0; k < 2; k++) {
        const frs_node *from = product(n->in[k]);
        frs_tensor *other = n->in[1 - k];
        if (!from || !fits_behind(from, n->out[0].shape, other)) continue;
        take(n, from);
        put_input(n, n->op == &frs__conv_op ? FRS_CONV_ADD : 2, other);
        return;
    }
}

/* Weights, which a plan of inference keeps folded. */
static bool kept(const frs_node *n, int first, int end) {
    for (int k = first; k < end; k++)
        if (has(n, k) && n->in[k]->place != FRS_IN_WEIGHTS) return false;
    return true;
}

static void fuse_norm(const frs_builder *b, frs_node *n) {
    const frs_node *from = product(n->in[FRS_BN_X]);
    if (b->mode != FRS_INFER || !from || from->op != &frs__conv_op || has(from, FRS_CONV_ADD) ||
        has(from, FRS_CONV_VAR) || !kept(n, FRS_BN_GAMMA, FRS_BN_N_IN) ||
        !kept(from, FRS_CONV_W, FRS_CONV_ADD))
        return;
    frs_batch_norm_attr t;
    frs_tensor *in[FRS_BN_N_IN];
    memcpy(&t, n->attr, sizeof t);
    memcpy(in, n->in, sizeof in);
    take(n, from);
    put_input(n, FRS_CONV_GAMMA, in[FRS_BN_GAMMA]);
    put_input(n, FRS_CONV_BETA, in[FRS_BN_BETA]);
    put_input(n, FRS_CONV_MEAN, in[FRS_BN_RUN_MEAN]);
    put_input(n, FRS_CONV_VAR, in[FRS_BN_RUN_VAR]);
    ((frs_conv_attr *)(void *)n->attr)->eps = (float)t.eps;
    if (t.relu) *then_of(n) = (frs_then){.kind = FRS_RELU};
}

void frs__fuse(frs_builder *b) {
    if (b->model->o.dtype == FRS_F64) return;
    count_readers(b);
    for (int64_t i = 0; i < b->n_nodes; i++) {
        frs_node *n = b->nodes[i];
        if (n->kind != FRS_NODE_OP) continue;
        if (n->op == &frs__activation_op)
            fuse_activation(b, n);
        else if (n->op == &frs__add_op)
            fuse_add(n);
        else if (n->op == &frs__batch_norm_infer_op)
            fuse_norm(b, n);
    }
}
