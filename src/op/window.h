/* A window that moves over the 1 to 3 spatial axes of [B, spatial.., C]: what pooling and
 * convolutions share. Axes in the tensor's order, slowest first; those that a tensor has not are
 * one wide. Output o of an axis looks at o stride - pad_lo + k dilation, k = 0 .. kernel - 1. */
#ifndef FRS_OP_WINDOW_H
#define FRS_OP_WINDOW_H
#include "op/op.h"

enum { FRS_SPATIAL = 3 };
typedef struct frs_window { /* fits an operator's attributes */
    int16_t kernel[FRS_SPATIAL], stride[FRS_SPATIAL], dilation[FRS_SPATIAL];
    int16_t pad_lo[FRS_SPATIAL], pad_hi[FRS_SPATIAL];
} frs_window;

/* As builders are given it, each of FRS_SPATIAL numbers. kernel: 0 after the first axis: as the
 * first. stride, dilation: NULL or all 0: 1; 0 after the first: as the first. */
typedef struct frs_window_opts {
    const int *kernel, *stride, *dilation;
    frs_padding padding;
    const int *pad_lo, *pad_hi; /* with FRS_EXPLICIT */
    bool ceil_mode; /* a last window that begins inside counts, though it ends outside: more pad_hi
                       (PyTorch's rule; FRS_SAME needs none) */
} frs_window_opts;

/* Spatial axes of [B, spatial.., C]; 0 where it has no such shape. */
int frs__spatial(frs_shape x);
/* For x [B, spatial.., C]; what cannot be is told with the name of the layer and x's shape. */
frs_status frs__window_make(frs_builder *b, const char *layer, frs_shape x,
                            const frs_window_opts *o, frs_window *w);
/* Outputs along a spatial axis with `in` inputs; 0: the window does not fit. */
int64_t frs__window_out(const frs_window *w, int axis, int64_t in);
/* Shape rule: in[0] [B, spatial.., C] -> *out [B, spatial of the outputs.., channels]. */
frs_status frs__window_shape(const frs_shape_args *a, const frs_window *w, int64_t channels,
                             frs_shape *out);
#endif
