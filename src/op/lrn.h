/* Attributes of local response normalisation. */
#ifndef FRS_OP_LRN_H
#define FRS_OP_LRN_H
#include "op/op.h"

enum { FRS_LRN_MOST = 1024 };
typedef struct frs_lrn_attr {
    int32_t size;
    double alpha, beta, k;
} frs_lrn_attr;
#endif
