#include "kernel/kernel.h"
#include <string.h>

#define FRS_KERNEL(name) extern const frs_kernel frs__##name;
#include "kernel/kernel_list.def"
#undef FRS_KERNEL

static const frs_kernel *const kernels[] = {
#define FRS_KERNEL(name) &frs__##name,
#include "kernel/kernel_list.def"
#undef FRS_KERNEL
};

int64_t frs__n_kernels(void) {
    return FRS_LEN(kernels);
}
const frs_kernel *frs__kernel_at(int64_t i) {
    return kernels[i];
}

const frs_kernel *frs__kernel_pick(const char *op, const frs_kernel_shape *s) {
    for (int64_t i = 0; i < FRS_LEN(kernels); i++)
        if (strcmp(kernels[i]->op, op) == 0 && kernels[i]->fits(s)) return kernels[i];
    return NULL;
}
