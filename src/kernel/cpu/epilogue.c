#include "kernel/cpu/epilogue.h"

enum { STRETCH = 1 << 12 }; /* values: of both arrays less than the first cache */

static void (*const sums[])(float *y, const float *x, int64_t n) = {
    [FRS_ISA_SCALAR] = frs__activation_add_scalar,
#ifdef FRS_X86
    [FRS_ISA_AVX2] = frs__activation_add_avx2,
    [FRS_ISA_AVX512] = frs__activation_add_avx512,
#endif
};

static void stretch(const frs_epilogue *e, float *y, const float *add, int64_t n) {
    if (add) sums[e->isa](y, add, n);
    if (e->then.kind == FRS_LINEAR) return;
    frs__activation_loops(e->isa)(
        e->then.kind,
        &(frs_activation_run){
            .x = y, .y = y, .n = n, .alpha = (float)e->then.alpha, .beta = (float)e->then.beta});
}

void frs__epilogue(const frs_epilogue *e, float *y, const float *add, int64_t n) {
    if (!add && e->then.kind == FRS_LINEAR) return;
    for (int64_t i = 0; i < n; i += STRETCH)
        stretch(e, y + i, add ? add + i : NULL, n - i < STRETCH ? n - i : STRETCH);
}
