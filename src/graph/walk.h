/* A model's graph as its build function made it, before anything is planned: for those who write it
 * down in another form. */
#ifndef FRS_GRAPH_WALK_H
#define FRS_GRAPH_WALK_H
#include "op/op.h"

typedef enum frs_walk_kind { FRS_WALK_INPUT, FRS_WALK_PARAM, FRS_WALK_OP } frs_walk_kind;
typedef struct frs_walk_node {
    frs_walk_kind kind;
    const char *name; /* "lstm.seq", or the input's or parameter's own */
    const frs_op *op;
    _Alignas(16) unsigned char attr[FRS_OP_ATTR];
    int64_t param; /* number of a parameter in the model */
    int n_in, n_out;
    int64_t in[FRS_OP_MAX_IN]; /* values; -1: absent */
    frs_shape out[FRS_OP_MAX_OUT];
} frs_walk_node;
/* Output k of node i is value i * FRS_OP_MAX_OUT + k. Nodes stand in an order of computing. */
typedef struct frs_walk {
    int64_t n;
    frs_walk_node *nodes;
    int n_outputs; /* named by the build function */
    const char **output;
    int64_t *value; /* of each */
} frs_walk;
/* The graph for inference of these dims; all in `memory`. The weights are there after it. */
frs_status frs__walk(frs_model *m, frs_dims dims, frs_arena *memory, frs_walk *w);
frs_ctx *frs__model_ctx(const frs_model *m);
#endif
