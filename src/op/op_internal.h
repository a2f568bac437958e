/* Operators that exist for other operators' gradients. */
#ifndef FRS_OP_OP_INTERNAL_H
#define FRS_OP_OP_INTERNAL_H
#include "op/activation.h"

/* x in the place [first, first + n) of `axis`, zeros around it: the gradient of slice. */
frs_tensor *frs__unslice(frs_builder *b, frs_tensor *x, int axis, int64_t first, int64_t total);
/* x where lo <= column - row <= hi in the last two axes, else 0. */
frs_tensor *frs__band(frs_builder *b, frs_tensor *x, int64_t lo, int64_t hi);
/* Element of an axis of n that a float says: negative from the end, -1 none (NaN as well). */
static inline int64_t frs__index_of(double index, int64_t n) {
    if (!(index >= -(double)n - 0.5 && index <= (double)n)) return -1;
    int64_t i = (int64_t)(index < 0 ? index - 0.5 : index + 0.5);
    if (i < 0) i += n;
    return i >= 0 && i < n ? i : -1;
}

typedef struct frs_scale_attr {
    double a, c;
} frs_scale_attr;
typedef struct frs_matmul_attr {
    bool trans_x, trans_y;
    frs_then then; /* the activation behind it */
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
typedef struct frs_pad_attr {
    double value;
    int32_t lo[FRS_MAX_RANK], hi[FRS_MAX_RANK];
    int8_t mode;
} frs_pad_attr;
typedef struct frs_gather_attr {
    int32_t axis;
    bool zero; /* 0, not NaN, for an index out of range: gather as the gradient of scatter_add */
    int64_t n; /* size of the axis, for scatter_add and one_hot */
} frs_gather_attr;
typedef struct frs_cumsum_attr {
    int32_t axis;
    bool exclusive, reverse;
} frs_cumsum_attr;
typedef struct frs_arg_attr {
    int32_t axis;
    bool least;
} frs_arg_attr;
typedef struct frs_softmax_attr {
    int32_t back; /* the axis, counted from the last */
} frs_softmax_attr;
typedef struct frs_band_attr {
    int64_t lo, hi; /* kept where lo <= column - row <= hi */
} frs_band_attr;
typedef struct frs_resize_attr {
    double scale[3]; /* output / input */
    int32_t from[3], to[3];
    int8_t mode, at, round;
} frs_resize_attr;
typedef struct frs_positions_attr {
    int32_t steps, units;
} frs_positions_attr;
/* A shape in few bytes: reshape, expand, fill. */
typedef struct frs_fill_attr {
    int rank;
    int32_t dim[FRS_MAX_RANK];
    double value;
} frs_fill_attr;
typedef struct frs_dropout_attr {
    double rate;
    uint64_t key;  /* which dropout of the net */
    bool channels; /* of x [B, .., C] whole channels */
} frs_dropout_attr;
/* The number of the draw that decides on element i of x. */
static inline uint64_t frs__dropout_draw(const frs_dropout_attr *d, frs_shape x, int64_t i) {
    if (!d->channels) return (uint64_t)i;
    const int64_t C = x.dim[x.rank - 1], sample = frs_shape_count(x) / x.dim[0];
    return (uint64_t)(i / sample * C + i % C);
}
/* Squared losses. root: its square root; weighted: in[2] is the site's std */
typedef struct frs_loss_attr {
    bool root, weighted;
} frs_loss_attr;
#endif
