/* What follows a product, done by the kernel that made it while the values are in its cache: a sum
 * with other values, an activation. The same bits as nodes of their own would give. */
#ifndef FRS_KERNEL_CPU_EPILOGUE_H
#define FRS_KERNEL_CPU_EPILOGUE_H
#include "kernel/cpu/activation.h"
#include "kernel/kernel.h"
#include "op/activation.h"

typedef struct frs_epilogue {
    frs_activation_attr then; /* FRS_LINEAR: none */
    frs_isa isa;
} frs_epilogue;
frs_activation_loops frs__activation_loops(frs_isa isa); /* of the values (activation.c) */
/* y = then(y + add), n values; add NULL: none. */
void frs__epilogue(const frs_epilogue *e, float *y, const float *add, int64_t n);
#endif
