/* The kinds of activation, for operator and kernel alike. */
#ifndef FRS_OP_ACTIVATION_H
#define FRS_OP_ACTIVATION_H
#include "op/op.h"

typedef struct frs_activation_attr {
    int kind; /* frs_activation */
    double alpha, beta;
} frs_activation_attr;
/* For operators with an activation in them, in few bytes: of a product (src/graph/fuse.c). */
typedef struct frs_then {
    float alpha, beta;
    int8_t kind;
} frs_then;
static inline frs_activation_attr frs__then(frs_then t) {
    return (frs_activation_attr){t.kind, (double)t.alpha, (double)t.beta};
}
double frs__activation_value(const frs_activation_attr *t, double x);
bool frs__activation_by_value(const frs_activation_attr *t); /* the slope is found from the value */
/* The gradient before such an operator's activation, given its value y and the gradient d of that.
 */
frs_tensor *frs__then_gradient(frs_builder *b, frs_then t, frs_tensor *y, frs_tensor *d);
extern const frs_op frs__activation_grad_op;
#endif
