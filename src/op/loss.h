/* The arithmetic of the losses beside the squared ones, shared by references, kernels and the
 * validation of a net. */
#ifndef FRS_OP_LOSS_H
#define FRS_OP_LOSS_H
#include "base/base.h"

typedef enum frs_point_kind {
    FRS_POINT_HUBER,
    FRS_POINT_PINBALL,
    FRS_POINT_PEAKS,
    FRS_POINT_FOCAL,
    FRS_POINT_MAE,
    FRS_POINT_LOG_COSH,
    FRS_POINT_BCE,
    FRS_POINT_BCE_LOGITS,
    FRS_POINT_FOCAL_BINARY,
    FRS_POINT_HINGE,
    FRS_POINT_SQUARED_HINGE
} frs_point_kind;
typedef struct frs_point_attr {
    int kind;
    double a, b;
} frs_point_attr;
typedef struct frs_loss_at {
    double value, slope; /* slope: by the prediction */
} frs_loss_at;
/* Of one value. Formulas and sources: loss_point.c. */
frs_loss_at frs__loss_point(int kind, double a, double b, double sim, double obs);

/* Cross-entropy and what is like it: loss_classes.c */
typedef struct frs_classes_attr {
    double smoothing, gamma;
    bool probabilities; /* x is of probabilities, not of logits */
    bool entropy;       /* less that of the targets */
} frs_classes_attr;
#define FRS_LEAST_SHARE 1e-7 /* of a probability, before its logarithm is taken (Keras') */

typedef struct frs_kge_attr {
    double shift;
} frs_kge_attr;
typedef struct frs_kge_sums {
    double sim, obs, sim2, obs2, cov; /* sums of s, o, s^2, o^2, s o */
} frs_kge_sums;
/* d value / d s_i = c + of_sim (s_i - mean_sim) + of_obs (o_i - mean_obs) */
typedef struct frs_kge_at {
    double value, c, of_sim, of_obs, mean_sim, mean_obs;
} frs_kge_at;
frs_kge_at frs__loss_kge(double n, frs_kge_sums s, double shift);
#endif
