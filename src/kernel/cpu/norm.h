/* Normalisation on channels last. An array [rows, C] is seen as rows of `width` lanes, a multiple
 * of C that whole vectors fill, so that few channels are as fast as many; a lane has one channel.
 * What is left makes a last row of `rest` lanes. */
#ifndef FRS_KERNEL_CPU_NORM_H
#define FRS_KERNEL_CPU_NORM_H
#include "kernel/kernel.h"
#include "op/norm.h"

typedef struct frs_norm_span { /* a stretch of rows, by one thread */
    const float *x, *dy;
    const float *y; /* where it is not above 0, dy counts as 0; NULL: everywhere as it is */
    float *out;
    int64_t width, rows, rest;     /* rest 0: no last row */
    const float *mean, *a, *b, *c; /* [width] */
    bool relu;
    double *sum, *squares; /* [width] */
} frs_norm_span;
/* Rows [first, end) of [rows, K], each normalised by itself. */
typedef struct frs_norm_rows {
    const float *x, *dy, *gamma, *beta; /* gamma, beta [K] or NULL */
    const float *mean_in, *rstd_in;     /* of the gradient */
    float *out;                         /* y or dx; dx may be NULL */
    float *mean, *rstd;                 /* [rows] or NULL */
    int64_t K, first, end;
    double eps;
    bool rms;
    double *dgamma, *dbeta; /* [K] of these rows */
    float *some;            /* [2, K] */
} frs_norm_rows;
typedef struct frs_norm_math {                  /* one table an ISA level */
    void (*moments)(const frs_norm_span *s);    /* sum = mean, squares = sum (x - mean)^2, a lane */
    void (*apply)(const frs_norm_span *s);      /* out = (x - mean) a + b, then relu */
    void (*grad_sums)(const frs_norm_span *s);  /* sum = sum dy, squares = sum dy (x - mean) */
    void (*grad_apply)(const frs_norm_span *s); /* out = dy a + (x - mean) b + c */
    void (*rows)(const frs_norm_rows *r);
    void (*rows_back)(const frs_norm_rows *r);
} frs_norm_math;
const frs_norm_math *frs__norm_math(frs_isa isa);
#define FRS_NORM_DECLARE(level)                                                                    \
    void frs__norm_moments_##level(const frs_norm_span *s);                                        \
    void frs__norm_apply_##level(const frs_norm_span *s);                                          \
    void frs__norm_grad_sums_##level(const frs_norm_span *s);                                      \
    void frs__norm_grad_apply_##level(const frs_norm_span *s);                                     \
    void frs__norm_rows_##level(const frs_norm_rows *r);                                           \
    void frs__norm_rows_back_##level(const frs_norm_rows *r);
FRS_NORM_DECLARE(scalar)
FRS_NORM_DECLARE(avx2)
FRS_NORM_DECLARE(avx512)
#endif
