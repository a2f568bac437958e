/* How a convolution is cut into pieces that bodies of frs__parallel run by oneDNN on one thread
 * each: groups of images, or slabs of rows (of the first spatial axis) of one image: rows of the
 * outputs y, or, the other way, of x. A function of shapes alone. */
#ifndef FRS_KERNEL_ONEDNN_CONV_CUT_H
#define FRS_KERNEL_ONEDNN_CONV_CUT_H
#include "op/conv.h"

enum { FRS_CONV_SHAPES = 8 };
/* Pieces of one shape are run by one primitive. */
typedef struct frs_conv_piece {
    int64_t images, in, out; /* rows of x, of y */
    int64_t pad_lo, pad_hi;  /* of the first spatial axis */
} frs_conv_piece;
typedef struct frs_conv_block {
    int shape;
    int64_t x, y; /* where it starts, in elements */
} frs_conv_block;
typedef struct frs_conv_cut {
    int n_shapes;
    frs_conv_piece shapes[FRS_CONV_SHAPES];
    int64_t n_blocks;
    frs_conv_block *blocks; /* NULL: only counted */
} frs_conv_cut;
typedef struct frs_conv_wish {
    int64_t images; /* at most so many in a group */
    int64_t slabs;  /* so many of an image (1: whole images) */
    bool of_x;      /* slabs of x */
} frs_conv_wish;
/* False: not so; with one slab it never fails. */
bool frs__conv_cut(const frs_conv_attr *a, const frs_conv_dims *d, const frs_conv_wish *wish,
                   frs_conv_cut *cut);
#endif
