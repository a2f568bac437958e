/* Elementwise kernels work on rows: as long a run of the output as each input walks by step 0 or 1.
 * The loops are compiled once an ISA level (row_isa.c), from row_list.def. */
#ifndef FRS_KERNEL_CPU_ROW_H
#define FRS_KERNEL_CPU_ROW_H
#include "kernel/cpu/nest.h"

typedef struct frs_row {
    const float *in[FRS_NEST_IN];
    int64_t step[FRS_NEST_IN]; /* 0 or 1 */
    float *out;
    int64_t n;
    float a, c;
} frs_row;
typedef void (*frs_row_fn)(const frs_row *r);

#define FRS_ROW_DECLARE(name)                                                                      \
    void frs__row_##name##_scalar(const frs_row *r);                                               \
    void frs__row_##name##_avx2(const frs_row *r);                                                 \
    void frs__row_##name##_avx512(const frs_row *r);
#define FRS_ROW0(name, work, VALUE)        FRS_ROW_DECLARE(name)
#define FRS_ROW1(name, work, VALUE)        FRS_ROW_DECLARE(name)
#define FRS_ROW1_SCALED(name, work, VALUE) FRS_ROW_DECLARE(name)
#define FRS_ROW2(name, work, VALUE)        FRS_ROW_DECLARE(name)
#define FRS_ROW3(name, work, VALUE)        FRS_ROW_DECLARE(name)
#include "kernel/cpu/row_list.def"
#undef FRS_ROW0
#undef FRS_ROW1
#undef FRS_ROW1_SCALED
#undef FRS_ROW2
#undef FRS_ROW3

/* Sums over the rows of x [n_rows, width], `stride` apart, width <= FRS_SUM_COLUMNS, added to acc
 * [width]: in float over FRS_SUM_ROWS rows at a time, beyond them in double. */
enum { FRS_SUM_COLUMNS = 64, FRS_SUM_ROWS = 64 };
typedef struct frs_columns {
    const float *x;
    int64_t stride, n_rows, width;
} frs_columns;
typedef void (*frs_columns_fn)(const frs_columns *c, double *acc);
void frs__sum_columns_scalar(const frs_columns *c, double *acc);
void frs__sum_columns_avx2(const frs_columns *c, double *acc);
void frs__sum_columns_avx512(const frs_columns *c, double *acc);
#endif
