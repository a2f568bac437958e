/* Layer norm and RMS norm: operator group_norm where a sample is one row and one group. */
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/norm.h"

static frs_blocks blocks_of(frs_norm_dims d) {
    return frs__blocks(d.images, d.C);
}

typedef struct job {
    frs_norm_rows rows;
    frs_blocks blocks;
    double *sums; /* [blocks, 2, K]: dgamma, dbeta */
    float *some;  /* [blocks, 2, K] */
    void (*run)(const frs_norm_rows *r);
} job;

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t K = j->rows.K, at = 2 * block * K;
    frs_norm_rows r = j->rows;
    (void)worker;
    r.first = frs__block_first(j->blocks, block);
    r.end = frs__block_first(j->blocks, block + 1);
    if (j->sums) {
        r.dgamma = j->sums + at;
        r.dbeta = j->sums + at + K;
        r.some = j->some + at;
    }
    j->run(&r);
}

static const float *input(const frs_kernel_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
}

static void run(const frs_kernel_args *a) {
    const frs_group_norm_attr *t = a->attr;
    const frs_norm_dims d = frs__group_norm_dims(t, a->in_shape[FRS_GN_X]);
    job j = {.rows = {.x = a->in[FRS_GN_X],
                      .gamma = input(a, FRS_GN_GAMMA),
                      .beta = input(a, FRS_GN_BETA),
                      .out = a->out[FRS_GN_Y],
                      .mean = a->out[FRS_GN_MEAN],
                      .rstd = a->out[FRS_GN_RSTD],
                      .K = d.C,
                      .eps = t->eps,
                      .rms = t->rms},
             .blocks = blocks_of(d),
             .run = frs__norm_math(a->isa)->rows};
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

/* Sums of the blocks, in order. */
static void join(const job *j, int which, float *to) {
    const int64_t K = j->rows.K;
    for (int64_t k = 0; to && k < K; k++) {
        double sum = 0;
        for (int64_t b = 0; b < j->blocks.blocks; b++) sum += j->sums[(2 * b + which) * K + k];
        to[k] = (float)sum;
    }
}

static void run_grad(const frs_kernel_args *a) {
    const frs_group_norm_attr *t = a->attr;
    const frs_norm_dims d = frs__group_norm_dims(t, a->in_shape[FRS_GN_G_X]);
    job j = {.rows = {.x = a->in[FRS_GN_G_X],
                      .dy = a->in[FRS_GN_G_DY],
                      .gamma = input(a, FRS_GN_G_GAMMA),
                      .mean_in = a->in[FRS_GN_G_MEAN],
                      .rstd_in = a->in[FRS_GN_G_RSTD],
                      .out = a->out[FRS_NORM_DX],
                      .K = d.C,
                      .rms = t->rms},
             .blocks = blocks_of(d),
             .sums = a->scratch,
             .run = frs__norm_math(a->isa)->rows_back};
    j.some = (float *)(j.sums + 2 * j.blocks.blocks * d.C);
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
    join(&j, 0, a->out[FRS_NORM_DGAMMA]);
    join(&j, 1, a->out[FRS_NORM_DBETA]);
}

static bool one_row(frs_norm_dims d) {
    return d.rows == 1 && d.groups == 1 && d.C > 0;
}
static bool fits(const frs_kernel_shape *s) {
    return one_row(frs__group_norm_dims(s->attr, s->in[FRS_GN_X]));
}
static bool fits_grad(const frs_kernel_shape *s) {
    return one_row(frs__group_norm_dims(s->attr, s->in[FRS_GN_G_X]));
}
static size_t grad_scratch(const frs_kernel_shape *s, int threads) {
    const frs_norm_dims d = frs__group_norm_dims(s->attr, s->in[FRS_GN_G_X]);
    (void)threads;
    return (size_t)(2 * blocks_of(d).blocks * d.C) * (sizeof(double) + sizeof(float));
}

const frs_kernel frs__layer_norm_cpu = {
    .op = "group_norm", .backend = "cpu", .name = "layer_norm", .fits = fits, .run = run};
const frs_kernel frs__layer_norm_grad_cpu = {.op = "group_norm_grad",
                                             .backend = "cpu",
                                             .name = "layer_norm_grad",
                                             .fits = fits_grad,
                                             .scratch_bytes = grad_scratch,
                                             .run = run_grad};
