/* Activations of a run of values, once an ISA level (activation_isa.c). */
#ifndef FRS_KERNEL_CPU_ACTIVATION_H
#define FRS_KERNEL_CPU_ACTIVATION_H
#include <stdint.h>

/* y = f(x), or y = f'(x) d, where x is what the slope of the kind is found from. */
typedef struct frs_activation_run {
    const float *x, *d;
    float *y;
    int64_t n;
    float alpha, beta;
} frs_activation_run;
typedef void (*frs_activation_loops)(int kind, const frs_activation_run *r);

/* y += x, for what follows a product (epilogue.h). */
#define FRS_ACTIVATION_DECLARE(level)                                                              \
    void frs__activation_add_##level(float *y, const float *x, int64_t n);                         \
    void frs__activation_values_##level(int kind, const frs_activation_run *r);                    \
    void frs__activation_slopes_##level(int kind, const frs_activation_run *r);
FRS_ACTIVATION_DECLARE(scalar)
FRS_ACTIVATION_DECLARE(avx2)
FRS_ACTIVATION_DECLARE(avx512)
#endif
