/* Operators that exist for other operators' gradients. */
#ifndef FRS_OP_OP_INTERNAL_H
#define FRS_OP_OP_INTERNAL_H
#include "op/op.h"

frs_tensor *frs__sign(frs_builder *b, frs_tensor *x); /* -1, 0, 1; no gradient */
frs_tensor *frs__step(frs_builder *b, frs_tensor *x); /* 1 where x > 0, else 0; no gradient */
/* x in the place [first, first + n) of `axis`, zeros around it: the gradient of slice. */
frs_tensor *frs__unslice(frs_builder *b, frs_tensor *x, int axis, int64_t first, int64_t total);

typedef struct frs_scale_attr {
    double a, c;
} frs_scale_attr;
typedef struct frs_matmul_attr {
    bool trans_x, trans_y;
} frs_matmul_attr;
typedef struct frs_axes_attr {
    uint32_t axes;
} frs_axes_attr;
typedef struct frs_slice_attr {
    int axis;
    int64_t first, n; /* n: of the slice; of the whole for unslice */
} frs_slice_attr;
typedef struct frs_permute_attr {
    int8_t order[FRS_MAX_RANK]; /* axis k of the output is the input's axis order[k] */
} frs_permute_attr;
/* A shape in few bytes: reshape, expand, fill. */
typedef struct frs_fill_attr {
    int rank;
    int32_t dim[FRS_MAX_RANK];
    double value;
} frs_fill_attr;
typedef struct frs_dropout_attr {
    double rate;
    uint64_t key; /* which dropout of the net */
} frs_dropout_attr;
/* Squared losses. root: its square root; weighted: in[2] is the site's std */
typedef struct frs_loss_attr {
    bool root, weighted;
} frs_loss_attr;
#endif
