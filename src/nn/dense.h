/* Dense layers whose parameters start otherwise than PyTorch's nn.Linear. */
#ifndef FRS_NN_DENSE_H
#define FRS_NN_DENSE_H
#include "op/op.h"

/* x W' + bias on the last axis of x; W [units, F], bias [units]. */
frs_tensor *frs__affine(frs_builder *b, frs_tensor *x, frs_tensor *w, frs_tensor *bias);
/* The same with parameters "weight" and "bias" that start as said. */
frs_tensor *frs__dense(frs_builder *b, frs_tensor *x, int64_t units, frs_init weight,
                       frs_init bias);
#endif
