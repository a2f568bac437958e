/* The sizes of a product of matrices, for the operator and its kernels. */
#ifndef FRS_OP_MATMUL_H
#define FRS_OP_MATMUL_H
#include "op/op_internal.h"

typedef struct frs_matmul_dims {
    int64_t M, N, K, count; /* count products of [M, K] by [K, N] */
    frs_shape lead[3];      /* the leading axes of x, y, z */
} frs_matmul_dims;
/* Of shapes that the operator's rule has passed. Rows of x that all meet one y are one product. */
frs_matmul_dims frs__matmul_dims(const frs_matmul_attr *t, const frs_shape *in,
                                 const frs_shape *out);
/* Where the matrices of product i of all begin, in elements. */
int64_t frs__matmul_x(const frs_matmul_dims *d, int64_t i);
int64_t frs__matmul_y(const frs_matmul_dims *d, int64_t i);
#endif
