/* Shares of an axis, vectorised (softmax_isa.c). */
#ifndef FRS_KERNEL_CPU_SOFTMAX_H
#define FRS_KERNEL_CPU_SOFTMAX_H
#include "base/base.h"

typedef struct frs_softmax_part {
    const float *x, *mask; /* mask NULL: all count */
    float *y;
    int64_t n;         /* of the axis */
    int64_t mask_step; /* 0: one mask for the row */
    int64_t inner;     /* columns: elements from one of the axis to the next */
    int64_t columns;   /* so many of them, side by side; without a mask */
    bool log;
} frs_softmax_part;

#define FRS_SOFTMAX(level)                                                                         \
    void frs__softmax_row_##level(const frs_softmax_part *p);                                      \
    void frs__softmax_columns_##level(const frs_softmax_part *p);
FRS_SOFTMAX(scalar)
#ifdef FRS_X86
FRS_SOFTMAX(avx2)
FRS_SOFTMAX(avx512)
#endif
#endif
