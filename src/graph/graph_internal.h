/* The graph under construction and the plan made of it. Only src/graph includes this. */
#ifndef FRS_GRAPH_INTERNAL_H
#define FRS_GRAPH_INTERNAL_H
#include "base/base.h"
#include "freshet/graph.h"
#include "kernel/kernel.h"

typedef enum frs_place { FRS_IN_ARENA, FRS_IN_WEIGHTS, FRS_IN_GRADIENTS } frs_place;
struct frs_tensor {
    frs_node *node;
    int out; /* which output of the node */
    frs_shape shape;
    frs_tensor *grad; /* its gradient while differentiating */
    int64_t readers;  /* nodes and outputs that read it, while fusing */
    bool wanted;      /* somebody reads it */
    frs_place place;
    int64_t offset;              /* bytes from the start of its place */
    int64_t first_use, last_use; /* positions of nodes; the lifetime in the arena */
};
typedef enum frs_node_kind { FRS_NODE_INPUT, FRS_NODE_PARAM, FRS_NODE_OP } frs_node_kind;
struct frs_node {
    frs_node_kind kind;
    const frs_op *op;
    char *name; /* "lstm.seq", or the input's or parameter's own name */
    int n_in, n_out;
    frs_tensor *in[FRS_OP_MAX_IN]; /* NULL: an optional input that is absent */
    frs_tensor out[FRS_OP_MAX_OUT];
    _Alignas(16) unsigned char attr[FRS_OP_ATTR];
    int64_t param; /* index in the model's table */
    bool trained;  /* of a parameter: gets a gradient */
    bool wanted;
    const frs_kernel *kernel; /* NULL: the reference */
    void *kernel_state;
    const struct frs_node_shapes *shapes;  /* what a run sees, made at compile */
    int64_t scratch_offset, scratch_bytes; /* in the arena */
    /* What the kernel packs of its weights: for the plan's life, or in the arena for one run. */
    int64_t kept_offset, kept_bytes;
    bool kept_long;
};

typedef struct frs_named {
    const char *name;
    frs_tensor *t;
} frs_named;
/* A state and its value after this run. */
typedef struct frs_state_change {
    frs_tensor *state, *value;
    struct frs_state_change *next;
} frs_state_change;
enum { FRS_MAX_NODES = 4096, FRS_MAX_NAMED = 64, FRS_MAX_SCOPE = 256 };
struct frs_builder {
    frs_ctx *ctx;
    frs_model *model;
    frs_arena arena; /* owns nodes and names */
    frs_dims dims;
    frs_mode mode;
    frs_node **nodes;
    int64_t n_nodes;
    frs_named outputs[FRS_MAX_NAMED];
    int n_outputs;
    frs_tensor *loss;
    frs_state_change *changes;
    int sharing;       /* depth of frs_share_begin */
    frs_status status; /* the first error */
    char scope[FRS_MAX_SCOPE];
};

typedef struct frs_param_entry {
    char *name;
    frs_shape shape;
    int64_t offset; /* elements */
    frs_init init;
    bool state, frozen;
} frs_param_entry;
struct frs_model {
    frs_ctx *ctx;
    frs_model_opts o;
    void *arg; /* our copy of o.arg */
    frs_param_entry *params;
    int64_t n_params, cap_params;
    int64_t flat; /* elements */
    char *weights, *gradients;
    uint64_t version; /* of the weights: who may have changed them was given them */
    char *arena;      /* the step arena: as large as the largest plan asks */
    int64_t arena_bytes;
    frs_plan **plans;
    int64_t n_plans, cap_plans;
};
struct frs_plan {
    frs_model *model;
    frs_builder b; /* the graph, with places */
    char *kept;    /* packed weights of an inference plan */
    int64_t kept_bytes;
    uint64_t kept_version; /* of the weights they are packed from */
    bool *reached;         /* by parameter: a node of this plan writes its gradient */
    int64_t arena_bytes;
};

static inline int64_t frs__element(const frs_model *m) {
    return m->o.dtype == FRS_F64 ? 8 : 4;
}
static inline int64_t frs__align(int64_t bytes) {
    return (bytes + 63) & ~INT64_C(63);
}
frs_node *frs__node_new(frs_builder *b, frs_node_kind kind, const char *name);
/* Index of a parameter in the model's table, registering it at the first compile; -1 on error. */
int64_t frs__model_param(frs_builder *b, const char *name, const frs_param_entry *wanted);
void frs__fuse(frs_builder *b);                /* fuse.c */
frs_status frs__differentiate(frs_builder *b); /* gradient.c */
frs_status frs__place(frs_plan *p);            /* memory.c */
void *frs__tensor_data(const frs_plan *p, const frs_tensor *t);
void frs__shape_text(frs_shape s, char *buf, size_t n);
void frs__mark_wanted(frs_plan *p);       /* memory.c */
frs_status frs__plan_finish(frs_plan *p); /* plan.c: gradient, kernels, places */
void frs__plan_free(frs_plan *p);
/* The graph alone, for inference, with nothing planned; the caller's to free. model.c */
frs_status frs__plan_sketch(frs_model *m, frs_dims dims, frs_plan **plan);
bool frs__within(const char *name, const char *scope); /* "scope" or "scope.*"; "": any */
void frs__init_param(const frs_model *m, int64_t i);   /* init.c */
#endif
