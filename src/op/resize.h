/* Where the elements of a resized axis come from, for resize, its gradient and their kernels. */
#ifndef FRS_OP_RESIZE_H
#define FRS_OP_RESIZE_H
#include "op/op_internal.h"

/* Element i of axis k (0: the first behind the batch) is (1 - share) x[at[0]] + share x[at[1]]. */
typedef struct frs_resize_from {
    int64_t at[2];
    double share;
} frs_resize_from;
frs_resize_from frs__resize_from(const frs_resize_attr *t, int k, int64_t i);
/* [B, the three axes, C] of an input or output of rank 3 to 5; an axis that is not there is 1. */
void frs__resize_axes(frs_shape s, int64_t axes[5]);
extern const frs_op frs__resize_grad_op;
#endif
