/* Pooling on channels last: an output pixel's channels are vectors; a row of outputs (of inputs,
 * for a gradient) is done by one thread. The axes of a plan are always three: missing ones come
 * first and are 1. */
#ifndef FRS_KERNEL_CPU_POOL_H
#define FRS_KERNEL_CPU_POOL_H
#include "kernel/kernel.h"
#include "op/pool.h"

typedef struct frs_pool_range {
    int32_t first, end;
} frs_pool_range;
typedef struct frs_pool_plan { /* made at compile */
    int64_t B, C, in[FRS_SPATIAL], out[FRS_SPATIAL];
    int64_t most[FRS_SPATIAL];              /* numbers of taps: frs__pool_most */
    const frs_pool_span *span[FRS_SPATIAL]; /* of each output */
    const frs_pool_range *holds[2];         /* windows that may hold an input of the outer axes */
    bool count_padding;
    bool apart; /* no input is in two windows */
} frs_pool_plan;

/* Rows count through (batch, axis 0, axis 1). */
typedef struct frs_pool_rows {
    const frs_pool_plan *plan;
    const float *x, *at; /* x, or dy; numbers of the taps */
    float *y, *y_at;     /* y, or dx; numbers of the taps or NULL */
    int64_t first, end;
} frs_pool_rows;
typedef struct frs_pool_math { /* one table an ISA level */
    void (*max)(const frs_pool_rows *r);
    void (*max_back)(const frs_pool_rows *r);
    void (*avg)(const frs_pool_rows *r);
    void (*avg_back)(const frs_pool_rows *r);
} frs_pool_math;
#define FRS_POOL_DECLARE(level)                                                                    \
    void frs__pool_max_##level(const frs_pool_rows *r);                                            \
    void frs__pool_max_back_##level(const frs_pool_rows *r);                                       \
    void frs__pool_avg_##level(const frs_pool_rows *r);                                            \
    void frs__pool_avg_back_##level(const frs_pool_rows *r);
FRS_POOL_DECLARE(scalar)
FRS_POOL_DECLARE(avx2)
FRS_POOL_DECLARE(avx512)
#endif
