/* The kinds of activation, for operator and kernel alike. */
#ifndef FRS_OP_ACTIVATION_H
#define FRS_OP_ACTIVATION_H
#include "op/op.h"

typedef struct frs_activation_attr {
    int kind; /* frs_activation */
    double alpha, beta;
} frs_activation_attr;
extern const frs_op frs__activation_grad_op; /* for operators with an activation in them */
#endif
