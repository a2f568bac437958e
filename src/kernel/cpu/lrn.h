/* Local response normalisation: rows of C channels, each by itself. */
#ifndef FRS_KERNEL_CPU_LRN_H
#define FRS_KERNEL_CPU_LRN_H
#include "kernel/kernel.h"
#include "op/lrn.h"

typedef struct frs_lrn_rows {
    const frs_lrn_attr *attr;
    const float *x, *dy, *s_in;
    float *out, *s; /* s: NULL when not wanted */
    int64_t C, first, end;
    float *scratch; /* frs__lrn_scratch(C, size) floats */
} frs_lrn_rows;
static inline int64_t frs__lrn_scratch(int64_t C, int64_t size) {
    return 2 * C + size;
}
#define FRS_LRN_DECLARE(level)                                                                     \
    void frs__lrn_rows_##level(const frs_lrn_rows *r);                                             \
    void frs__lrn_back_##level(const frs_lrn_rows *r);
FRS_LRN_DECLARE(scalar)
FRS_LRN_DECLARE(avx2)
FRS_LRN_DECLARE(avx512)
#endif
