/* Activations and their gradients: vectors over fixed blocks. */
#include "op/activation.h"
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/epilogue.h"
#include "kernel/kernel.h"

typedef frs_activation_loops loops;
static const loops values[] = {
    [FRS_ISA_SCALAR] = frs__activation_values_scalar,
#ifdef FRS_X86
    [FRS_ISA_AVX2] = frs__activation_values_avx2,
    [FRS_ISA_AVX512] = frs__activation_values_avx512,
#endif
};
static const loops slopes[] = {
    [FRS_ISA_SCALAR] = frs__activation_slopes_scalar,
#ifdef FRS_X86
    [FRS_ISA_AVX2] = frs__activation_slopes_avx2,
    [FRS_ISA_AVX512] = frs__activation_slopes_avx512,
#endif
};

frs_activation_loops frs__activation_loops(frs_isa isa) {
    return values[isa];
}

typedef struct job {
    const frs_kernel_args *a;
    loops run;
    frs_blocks blocks;
} job;

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const frs_kernel_args *a = j->a;
    const frs_activation_attr *t = a->attr;
    (void)worker;
    const int64_t first = frs__block_first(j->blocks, block);
    j->run(t->kind, &(frs_activation_run){
                        .x = a->in[0] + first,
                        .d = a->n_in > 1 ? a->in[1] + first : NULL,
                        .y = a->out[0] + first,
                        .n = frs__block_first(j->blocks, block + 1) - first,
                        .alpha = (float)t->alpha,
                        .beta = (float)t->beta,
                    });
}

static void all(const frs_kernel_args *a, loops run) {
    job j = {a, run, frs__blocks(frs_shape_count(a->in_shape[0]), 1)};
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

static void run_values(const frs_kernel_args *a) {
    all(a, values[a->isa]);
}
static void run_slopes(const frs_kernel_args *a) {
    all(a, slopes[a->isa]);
}

static bool fits(const frs_kernel_shape *s) {
    return ((const frs_activation_attr *)s->attr)->kind != FRS_LINEAR;
}

const frs_kernel frs__activation_cpu = {
    .op = "activation", .backend = "cpu", .name = "activation", .fits = fits, .run = run_values};
const frs_kernel frs__activation_grad_cpu = {.op = "activation_grad",
                                             .backend = "cpu",
                                             .name = "activation_grad",
                                             .fits = fits,
                                             .run = run_slopes};
