/* The kernels of row_list.def: rows of the broadcast output, over fixed blocks of it. */
#include "kernel/cpu/row.h"
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"

typedef struct job {
    const frs_kernel_args *a;
    frs_row_fn run;
    frs_nest nest;
    frs_blocks blocks;
    float k, c;
} job;

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const frs_nest *t = &j->nest;
    (void)worker;
    int64_t i = frs__block_first(j->blocks, block);
    const int64_t end = frs__block_first(j->blocks, block + 1);
    frs_walk w = frs__walk_from(t, i);
    while (i < end) {
        const int64_t row = t->n[0] - w.index[0], n = row < end - i ? row : end - i;
        frs_row r = {.out = j->a->out[0] + i, .n = n, .a = j->k, .c = j->c};
        for (int k = 0; k < t->n_in; k++) {
            r.in[k] = j->a->in[k] + w.at[k];
            r.step[k] = t->step[k][0];
        }
        j->run(&r);
        frs__walk_on(t, &w, n);
        i += n;
    }
}

/* work: of an element, beside a sum of two. */
static void rows(const frs_kernel_args *a, frs_row_fn run, int64_t work, float k, float c) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    if (n == 0) return;
    job j = {.a = a, .run = run, .blocks = frs__blocks(n, work), .k = k, .c = c};
    j.nest = frs__nest(a->out_shape[0], a->in_shape, a->n_in);
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#ifdef FRS_X86
#define LEVELS(name)                                                                               \
    {                                                                                              \
        [FRS_ISA_SCALAR] = frs__row_##name##_scalar, [FRS_ISA_AVX2] = frs__row_##name##_avx2,      \
        [FRS_ISA_AVX512] = frs__row_##name##_avx512                                                \
    }
#else
#define LEVELS(name)                                                                               \
    { [FRS_ISA_SCALAR] = frs__row_##name##_scalar }
#endif
#define KERNEL(name_, work, k, c)                                                                  \
    static void run_##name_(const frs_kernel_args *a) {                                            \
        static const frs_row_fn levels[] = LEVELS(name_);                                          \
        rows(a, levels[a->isa], work, (float)(k), (float)(c));                                     \
    }                                                                                              \
    const frs_kernel frs__##name_##_cpu = {                                                        \
        .op = #name_, .backend = "cpu", .name = #name_, .fits = always, .run = run_##name_};
#define SCALE_OF(a)                        ((const frs_scale_attr *)(a)->attr)
#define FRS_ROW0(name, work, VALUE)        KERNEL(name, work, 0, ((const frs_fill_attr *)a->attr)->value)
#define FRS_ROW1_SCALED(name, work, VALUE) KERNEL(name, work, SCALE_OF(a)->a, SCALE_OF(a)->c)
#define FRS_ROW1(name, work, VALUE)        KERNEL(name, work, 0, 0)
#define FRS_ROW2(name, work, VALUE)        KERNEL(name, work, 0, 0)
#define FRS_ROW3(name, work, VALUE)        KERNEL(name, work, 0, 0)
#include "kernel/cpu/row_list.def"
