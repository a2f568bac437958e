/* What the normalisations share: attributes, and how an array is divided. */
#ifndef FRS_OP_NORM_H
#define FRS_OP_NORM_H
#include "op/op.h"

typedef struct frs_batch_norm_attr {
    double eps, momentum;
    bool relu;
} frs_batch_norm_attr;
typedef struct frs_group_norm_attr {
    double eps;
    int32_t groups; /* of channels */
    int32_t last; /* above 0: over the last so many axes instead, each value its own gamma, beta */
    bool rms;     /* the mean counts as 0 */
} frs_group_norm_attr;

/* x as [images, rows, C]: statistics of each image's groups of C / groups channels over its rows. A
 * batch norm has one image and C groups. */
typedef struct frs_norm_dims {
    int64_t images, rows, C, groups;
} frs_norm_dims;
frs_norm_dims frs__batch_norm_dims(frs_shape x);
frs_norm_dims frs__group_norm_dims(const frs_group_norm_attr *t, frs_shape x);
/* Of one operator the inputs and outputs, of its gradient the inputs and outputs. */
enum { FRS_BN_X, FRS_BN_GAMMA, FRS_BN_BETA, FRS_BN_RUN_MEAN, FRS_BN_RUN_VAR, FRS_BN_N_IN };
enum { FRS_BN_Y, FRS_BN_NEW_MEAN, FRS_BN_NEW_VAR, FRS_BN_MEAN, FRS_BN_RSTD, FRS_BN_N_OUT };
enum {
    FRS_BN_G_DY,
    FRS_BN_G_X,
    FRS_BN_G_GAMMA,
    FRS_BN_G_MEAN,
    FRS_BN_G_RSTD,
    FRS_BN_G_Y,         /* with relu */
    FRS_BN_G_DNEW_MEAN, /* NULL: none */
    FRS_BN_G_DNEW_VAR,
    FRS_BN_G_N_IN
};
enum { FRS_GN_X, FRS_GN_GAMMA, FRS_GN_BETA, FRS_GN_N_IN };
enum { FRS_GN_Y, FRS_GN_MEAN, FRS_GN_RSTD, FRS_GN_N_OUT };
enum { FRS_GN_G_DY, FRS_GN_G_X, FRS_GN_G_MEAN, FRS_GN_G_RSTD, FRS_GN_G_GAMMA, FRS_GN_G_N_IN };
enum { FRS_NORM_DX, FRS_NORM_DGAMMA, FRS_NORM_DBETA, FRS_NORM_G_N_OUT }; /* of both gradients */
frs_tensor *frs__batch_norm(frs_builder *b, frs_tensor *const in[FRS_BN_N_IN],
                            frs_batch_norm_attr t);
frs_tensor *frs__batch_norm_infer(frs_builder *b, frs_tensor *const in[FRS_BN_N_IN],
                                  frs_batch_norm_attr t);
frs_tensor *frs__group_norm(frs_builder *b, frs_tensor *const in[FRS_GN_N_IN],
                            frs_group_norm_attr t);
#endif
