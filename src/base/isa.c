/* Which vector instructions our kernels may use: the best here, or what opts.isa or FRS_ISA says.
 */
#include "base/context.h"

#include <stdlib.h>
#include <string.h>

static const char *const isa_names[] = {
    [FRS_ISA_SCALAR] = "scalar", [FRS_ISA_AVX2] = "avx2", [FRS_ISA_AVX512] = "avx512"};

static bool cpu_has(frs_isa isa) {
#ifdef FRS_X86
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == FRS_ISA_AVX2) return avx2;
    if (isa == FRS_ISA_AVX512)
        return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#endif
    return isa == FRS_ISA_SCALAR;
}

frs_status frs__isa_choose(frs_ctx *ctx, const char *name, frs_isa *isa) {
    if (!name) name = getenv("FRS_ISA");
    if (!name || !*name) {
        *isa = FRS_ISA_AVX512;
        while (!cpu_has(*isa)) *isa = (frs_isa)(*isa - 1);
        return FRS_OK;
    }
    for (int i = 0; i < FRS_LEN(isa_names); i++) {
        if (strcmp(name, isa_names[i]) != 0) continue;
        if (!cpu_has((frs_isa)i))
            return frs__fail(ctx, FRS_E_ARG, _("this processor has no %s instructions"), name);
        *isa = (frs_isa)i;
        return FRS_OK;
    }
    return frs__fail(ctx, FRS_E_ARG, _("unknown instruction set \"%s\" (scalar, avx2 or avx512)"),
                     name);
}

frs_isa frs__isa(const frs_ctx *ctx) {
    return ctx->isa;
}

const char *frs_ctx_isa(const frs_ctx *ctx) {
    return isa_names[ctx->isa];
}
