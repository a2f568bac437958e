/* Rows of images resized (resize_isa.c). Axes [B, D, H, W, C]; a row is [W, C]. */
#ifndef FRS_KERNEL_CPU_RESIZE_H
#define FRS_KERNEL_CPU_RESIZE_H
#include "op/resize.h"

/* Some channels of the rows: of all that are `far` apart from pixel to pixel, `n` in the packed
 * row between the two directions. */
typedef struct frs_resize_rows {
    const frs_resize_from *across; /* of the large W */
    int64_t W, n, far;             /* large W */
    const float *in[4];            /* rows that one row is mixed from */
    float share[4];
    int n_in;
    float *packed; /* small W, n channels */
} frs_resize_rows;

/* mix: packed = the rows by their shares. unmix: packed, by their shares, added to rows. spread: a
 * large row of packed. gather: packed += what a large row's gradient gives to it. */
#define FRS_RESIZE(level)                                                                          \
    void frs__resize_mix_##level(const frs_resize_rows *r, int64_t small);                         \
    void frs__resize_unmix_##level(const frs_resize_rows *r, int64_t small, float *const to[4]);   \
    void frs__resize_spread_##level(const frs_resize_rows *r, float *to);                          \
    void frs__resize_gather_##level(const frs_resize_rows *r, const float *from);
FRS_RESIZE(scalar)
#ifdef FRS_X86
FRS_RESIZE(avx2)
FRS_RESIZE(avx512)
#endif
#endif
