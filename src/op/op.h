/* The op contract. One operator = one file: formula and gradient in its head comment, shape rule,
 * reference, gradient, cases (only with FRS_OP_CASES), one const definition, constructor; plus a
 * line in op_list.def and a prototype in freshet/graph.h. */
#ifndef FRS_OP_OP_H
#define FRS_OP_OP_H
#include "base/base.h"
#include "freshet/graph.h"

#define FRS_OP_MAX_IN  12
#define FRS_OP_MAX_OUT 8
#define FRS_OP_ATTR    64 /* bytes of attributes kept in a node */
/* In a case: .FRS_ATTR(frs_scale_attr, 2, 1) */
#define FRS_ATTR(type, ...) attr_of = &(const type){__VA_ARGS__}, .attr_size = sizeof(type)

typedef struct frs_run_info {
    uint64_t seed, step;
} frs_run_info;

/* What the shape rule sees: fills out_shape[0..n_out-1]. Says what is wrong through
 * frs__shape_fail. */
typedef struct frs_shape_args {
    frs_ctx *ctx;
    const void *attr;
    int n_in;
    const frs_shape *in;
    frs_shape *out;
    frs_mode mode;
} frs_shape_args;
frs_status frs__shape_fail(const frs_shape_args *a, const char *fmt, ...) FRS_PRINTF(2, 3);

/* The reference, in double: the oracle of every kernel. An output that nobody needs is NULL
 * (extra outputs are dropped by an inference compile); an optional input that is absent is NULL. */
typedef struct frs_ref_args {
    const void *attr;
    int n_in;
    const double *const *in;
    double *const *out;
    const frs_shape *in_shape, *out_shape;
    frs_run_info run;
} frs_ref_args;

typedef struct frs_node frs_node;
/* The gradient adds nodes: given the node and the gradients of its outputs (NULL: none), sets the
 * gradients of its inputs (NULL: none). Accumulation over several uses is the engine's. */
typedef struct frs_grad_args {
    frs_builder *b;
    const frs_node *node;
    const void *attr;
    int n_in;
    frs_tensor *const *in;
    frs_tensor *const *out;
    frs_tensor *const *d_out;
    frs_tensor **d_in;
} frs_grad_args;

typedef struct frs_op_case { /* built only into tests */
    const char *name;
    int n_in;
    frs_shape in[FRS_OP_MAX_IN];
    unsigned char attr[FRS_OP_ATTR];
    const void *attr_of; /* a static struct instead of the bytes of attr; NULL: attr */
    size_t attr_size;
    double lo, hi;    /* inputs drawn uniformly from [lo, hi) with a printed seed */
    unsigned no_grad; /* bit i: input i has no gradient (masks, targets) */
    unsigned no_nan;  /* bit i: no NaN is tried in input i (weights) */
    double nan_share; /* of input `nan_in` */
    int nan_in;
    bool training;
} frs_op_case;

typedef struct frs_op {
    const char *name;
    int n_in_min, n_in_max, n_out; /* outputs beyond n_main exist for the gradient only */
    int n_main;
    frs_status (*shape)(const frs_shape_args *a);
    void (*reference)(const frs_ref_args *a);
    frs_status (*gradient)(const frs_grad_args *g); /* NULL: not differentiable */
    /* Multiplications and additions of a run, of the products alone; NULL: it has none. */
    double (*operations)(const frs_shape_args *a);
    const frs_op_case *cases;
    int n_cases;
} frs_op;

/* Inputs from n_in_min on may be NULL: absent (their shape then has rank -1).
 * Adds a node; returns its first output (frs__node_out for the others), NULL on error. */
frs_tensor *frs__op_add(frs_builder *b, const frs_op *op, frs_tensor *const *in, int n_in,
                        const void *attr, size_t attr_size);
frs_tensor *frs__op_out(frs_tensor *first, int i);
/* Keeps the first error, told with the name of the layer; returns it. For layers and operators. */
frs_status frs__build_fail(frs_builder *b, frs_status s, const char *fmt, ...) FRS_PRINTF(3, 4);
/* The context when the plan is one of kernels in float; NULL when references compute it. */
frs_ctx *frs__build_kernels(const frs_builder *b);
/* The i-th trained parameter so far, by node; NULL: node i is none. i < frs__build_position. */
frs_tensor *frs__build_param(const frs_builder *b, uint64_t i);
bool frs__param_trained(const frs_tensor *t); /* a parameter, no state, not frozen */
uint64_t
frs__build_position(const frs_builder *b); /* number of the next node: a key that plans share */
frs_tensor *frs__fill(frs_builder *b, frs_shape shape, double value); /* op "fill" */
/* x summed over the axes that broadcasting stretched, so that it has `shape` again. */
frs_tensor *frs__sum_to(frs_builder *b, frs_tensor *x, frs_shape shape);
#endif
