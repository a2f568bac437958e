/* Local response normalisation: rows shared out to threads. */
#include "kernel/cpu/lrn.h"
#include "kernel/cpu/blocks.h"

typedef void (*rows_fn)(const frs_lrn_rows *r);
static const rows_fn math[][2] = {
    [FRS_ISA_SCALAR] = {frs__lrn_rows_scalar, frs__lrn_back_scalar},
#ifdef FRS_X86
    [FRS_ISA_AVX2] = {frs__lrn_rows_avx2, frs__lrn_back_avx2},
    [FRS_ISA_AVX512] = {frs__lrn_rows_avx512, frs__lrn_back_avx512},
#endif
};

typedef struct job {
    frs_lrn_rows rows;
    frs_blocks blocks;
    rows_fn run;
} job;

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    frs_lrn_rows r = j->rows;
    r.first = frs__block_first(j->blocks, block);
    r.end = frs__block_first(j->blocks, block + 1);
    r.scratch += worker * frs__lrn_scratch(r.C, r.attr->size);
    j->run(&r);
}

static void share(const frs_kernel_args *a, frs_lrn_rows r, bool back) {
    const frs_shape x = a->in_shape[0];
    r.attr = a->attr;
    r.C = x.dim[x.rank - 1];
    r.out = a->out[0];
    r.scratch = a->scratch;
    job j = {.rows = r,
             .blocks = frs__blocks(r.C ? frs_shape_count(x) / r.C : 0, r.C),
             .run = math[a->isa][back]};
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

static void run_lrn(const frs_kernel_args *a) {
    share(a, (frs_lrn_rows){.x = a->in[0], .s = a->out[1]}, false);
}
static void run_lrn_grad(const frs_kernel_args *a) {
    share(a, (frs_lrn_rows){.dy = a->in[0], .x = a->in[1], .s_in = a->in[2]}, true);
}

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static size_t scratch(const frs_kernel_shape *s, int threads) {
    const int64_t C = s->in[0].dim[s->in[0].rank - 1];
    const int64_t each = frs__lrn_scratch(C, ((const frs_lrn_attr *)s->attr)->size);
    return (size_t)threads * (size_t)each * sizeof(float);
}

#define LRN(NAME)                                                                                  \
    const frs_kernel frs__##NAME##_cpu = {.op = #NAME,                                             \
                                          .backend = "cpu",                                        \
                                          .name = #NAME,                                           \
                                          .fits = always,                                          \
                                          .scratch_bytes = scratch,                                \
                                          .run = run_##NAME};
LRN(lrn)
LRN(lrn_grad)
