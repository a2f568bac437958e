/* Pooling kernels: what a compile makes, and rows shared out to threads. The math: pool_isa.c. */
#include "kernel/cpu/pool.h"
#include "kernel/cpu/blocks.h"

#define MATH(level)                                                                                \
    {                                                                                              \
        .max = frs__pool_max_##level, .max_back = frs__pool_max_back_##level,                      \
        .avg = frs__pool_avg_##level, .avg_back = frs__pool_avg_back_##level                       \
    }
static const frs_pool_math math[] = {
    [FRS_ISA_SCALAR] = MATH(scalar),
#ifdef FRS_X86
    [FRS_ISA_AVX2] = MATH(avx2),
    [FRS_ISA_AVX512] = MATH(avx512),
#endif
};

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

/* The windows that may hold each input; whether none is in two. */
static bool mark(const frs_pool_span *span, int64_t outputs, frs_pool_range *holds,
                 int64_t inputs) {
    for (int64_t i = 0; i < inputs; i++) holds[i] = (frs_pool_range){INT32_MAX, 0};
    for (int64_t o = 0; o < outputs; o++)
        for (int32_t k = span[o].k0; k < span[o].k1; k++) {
            frs_pool_range *h = &holds[span[o].base + k * span[o].step];
            if (o < h->first) h->first = (int32_t)o;
            h->end = (int32_t)o + 1;
        }
    bool apart = true;
    for (int64_t i = 0; i < inputs; i++) apart &= holds[i].end - holds[i].first <= 1;
    return apart;
}

/* large: x or dx; small: y or dy. Everything in one allocation, which `release` frees. */
static frs_status plan_new(frs_ctx *ctx, const frs_pool_attr *t, frs_shape large, frs_shape small,
                           void **state) {
    const int n = large.rank - 2, missing = FRS_SPATIAL - n;
    frs_pool_plan p = {.B = large.dim[0],
                       .C = large.dim[large.rank - 1],
                       .count_padding = t->count_padding,
                       .apart = true};
    int64_t bytes = sizeof p;
    for (int i = 0; i < FRS_SPATIAL; i++) {
        p.in[i] = i < missing ? 1 : large.dim[1 + i - missing];
        p.out[i] = i < missing ? 1 : small.dim[1 + i - missing];
        bytes += p.out[i] * (int64_t)sizeof(frs_pool_span);
        bytes += p.in[i] * (int64_t)sizeof(frs_pool_range);
    }
    frs_pool_plan *made = frs__alloc(ctx, bytes, 1);
    if (!made) return FRS_E_NOMEM;
    char *at = (char *)(made + 1);
    for (int i = 0; i < FRS_SPATIAL; i++) {
        const int axis = i < missing ? n + i : i - missing; /* of the attributes */
        frs_pool_span *span = (frs_pool_span *)(void *)at;
        at += p.out[i] * (int64_t)sizeof *span;
        frs_pool_range *holds = (frs_pool_range *)(void *)at;
        at += p.in[i] * (int64_t)sizeof *holds;
        for (int64_t o = 0; o < p.out[i]; o++) span[o] = frs__pool_span(t, axis, p.in[i], o);
        p.apart &= mark(span, p.out[i], holds, p.in[i]);
        p.span[i] = span;
        p.most[i] = frs__pool_most(t, axis, p.in[i]);
        if (i < 2) p.holds[i] = holds;
    }
    *made = p;
    *state = made;
    return FRS_OK;
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    return plan_new(ctx, s->attr, s->in[0], s->out[0], state);
}

static frs_status prepare_grad(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    return plan_new(ctx, s->attr, s->out[0], s->in[0], state);
}

static void release(frs_ctx *ctx, void *state) {
    frs__free(ctx, state);
}

/* ---- rows to threads */
typedef struct job {
    frs_pool_rows rows;
    frs_blocks blocks;
    void (*run)(const frs_pool_rows *r);
} job;

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    frs_pool_rows r = j->rows;
    (void)worker;
    r.first = frs__block_first(j->blocks, block);
    r.end = frs__block_first(j->blocks, block + 1);
    j->run(&r);
}

static void share(const frs_kernel_args *a, bool back, void (*run)(const frs_pool_rows *r)) {
    const frs_pool_plan *p = a->state;
    const int64_t *n = back ? p->in : p->out;
    const int64_t rows = p->B * n[0] * n[1], pixels = p->in[0] * p->in[1] * p->in[2];
    const int64_t work =
        rows ? p->B * pixels * p->C / rows : 0; /* each value of x is met, mostly once */
    job j = {.rows = {.plan = p,
                      .x = a->in[0],
                      .at = back && a->n_in > 1 ? a->in[1] : NULL,
                      .y = a->out[0],
                      .y_at = !back && a->n_out > 1 ? a->out[1] : NULL},
             .blocks = frs__blocks(rows, work),
             .run = run};
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

static void run_max_pool(const frs_kernel_args *a) {
    share(a, false, math[a->isa].max);
}
static void run_avg_pool(const frs_kernel_args *a) {
    share(a, false, math[a->isa].avg);
}
static void run_max_pool_grad(const frs_kernel_args *a) {
    share(a, true, math[a->isa].max_back);
}
static void run_avg_pool_grad(const frs_kernel_args *a) {
    share(a, true, math[a->isa].avg_back);
}

#define POOL(NAME, PREPARE)                                                                        \
    const frs_kernel frs__##NAME##_cpu = {.op = #NAME,                                             \
                                          .backend = "cpu",                                        \
                                          .name = #NAME,                                           \
                                          .fits = always,                                          \
                                          .prepare = PREPARE,                                      \
                                          .release = release,                                      \
                                          .run = run_##NAME};
POOL(max_pool, prepare)
POOL(avg_pool, prepare)
POOL(max_pool_grad, prepare_grad)
POOL(avg_pool_grad, prepare_grad)
