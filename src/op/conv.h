/* Convolution: ops "conv", "conv_data" and "conv_weights", each the gradient of the other two.
 * Documented in conv.c. */
#ifndef FRS_OP_CONV_H
#define FRS_OP_CONV_H
#include "op/activation.h"
#include "op/window.h"

typedef struct frs_conv_attr {
    frs_window window;
    int32_t groups;
    int32_t size[FRS_SPATIAL]; /* conv_data: the spatial axes of its result */
    frs_then then;             /* conv: the activation behind it */
    float eps;                 /* conv: of the normalisation behind it */
} frs_conv_attr;
_Static_assert(sizeof(frs_conv_attr) <= FRS_OP_ATTR, "attributes are kept in a node");
/* Inputs of conv. All from FRS_CONV_BIAS on may be absent; those from FRS_CONV_GAMMA on are there
 * together, in plans of inference alone. */
enum {
    FRS_CONV_X,
    FRS_CONV_W,
    FRS_CONV_BIAS,
    FRS_CONV_ADD, /* of the shape of y */
    FRS_CONV_GAMMA,
    FRS_CONV_BETA,
    FRS_CONV_MEAN,
    FRS_CONV_VAR,
    FRS_CONV_N_IN
};
/* Sizes with all spatial axes there are; those that a tensor has not are 1. x [B, in.., C], w [O,
 * C/G, k..], y [B, out.., O] */
typedef struct frs_conv_dims {
    int64_t B, C, O, G, in[FRS_SPATIAL], out[FRS_SPATIAL], k[FRS_SPATIAL];
    int n; /* spatial axes that the tensors have */
} frs_conv_dims;
frs_conv_dims frs__conv_dims(const frs_conv_attr *a, frs_shape x, frs_shape w, frs_shape y);
/* Told of each output y_at and input x_at (numbers of positions, all axes but the channels) that
 * meet in the weights' position `tap`. */
typedef void (*frs_conv_visit)(void *arg, int64_t x_at, int64_t y_at, int64_t tap);
void frs__conv_walk(const frs_conv_attr *a, const frs_conv_dims *d, frs_conv_visit visit,
                    void *arg);
frs_tensor *frs__conv(frs_builder *b, frs_tensor *x, frs_tensor *w, frs_tensor *bias,
                      const frs_conv_attr *a);
/* size: spatial axes of x */
frs_tensor *frs__conv_data(frs_builder *b, frs_tensor *y, frs_tensor *w, const int64_t *size,
                           const frs_conv_attr *a);
frs_tensor *frs__conv_weights(frs_builder *b, frs_tensor *x, frs_tensor *y, const frs_conv_attr *a);
/* Shape rules' own: the weights fit the channels and the window's kernel. */
frs_status frs__conv_check(const frs_shape_args *a, const frs_conv_attr *t, frs_shape w,
                           int64_t channels);
#endif
