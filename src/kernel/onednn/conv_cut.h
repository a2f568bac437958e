/* How a convolution is cut into pieces that bodies of frs__parallel run by oneDNN on one thread
 * each: groups of images, or slabs of rows (of the first spatial axis) of one image. A function of
 * shapes alone. */
#ifndef FRS_KERNEL_ONEDNN_CONV_CUT_H
#define FRS_KERNEL_ONEDNN_CONV_CUT_H
#include "op/conv.h"

enum { FRS_CONV_SHAPES = 8 };
/* Pieces of one shape are run by one primitive. */
typedef struct frs_conv_piece {
    int64_t images, in, out; /* rows */
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
/* images: at most so many in a group; slabs: so many of an image (1: whole images). */
bool frs__conv_cut(const frs_conv_attr *a, const frs_conv_dims *d, int64_t images, int64_t slabs,
                   frs_conv_cut *cut);
#endif
