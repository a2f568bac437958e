/* Matrix products too small for a library's call: a step of one series has a few, attention over a
 * short window has many. */
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/epilogue.h"
#include "kernel/kernel.h"
#include "op/matmul.h"

enum { MOST = 4096 }; /* multiplications; a call of oneDNN costs as much */

static bool fits(const frs_kernel_shape *s) {
    const frs_matmul_dims d = frs__matmul_dims(s->attr, s->in, s->out);
    return frs_shape_count(s->out[0]) > 0 && d.K > 0 && d.M * d.N <= MOST / d.K;
}

/* sum over k of x[k dx] y[k dy], four sums at a time. */
static float dot(const float *x, int64_t dx, const float *y, int64_t dy, int64_t n) {
    float sum[4] = {0};
    int64_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (int j = 0; j < 4; j++) sum[j] += x[(k + j) * dx] * y[(k + j) * dy];
    for (; k < n; k++) sum[0] += x[k * dx] * y[k * dy];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

typedef struct job {
    const frs_kernel_args *a;
    frs_matmul_dims d;
    frs_blocks blocks;
} job;

static void one(const job *j, int64_t product) {
    const frs_matmul_attr *t = j->a->attr;
    const int64_t M = j->d.M, K = j->d.K, N = j->d.N;
    const float *x = j->a->in[0] + frs__matmul_x(&j->d, product);
    const float *y = j->a->in[1] + frs__matmul_y(&j->d, product);
    float *z = j->a->out[0] + product * M * N;
    for (int64_t i = 0; i < M; i++)
        for (int64_t k = 0; k < N; k++)
            z[i * N + k] = dot(x + (t->trans_x ? i : i * K), t->trans_x ? M : 1,
                               y + (t->trans_y ? k * K : k), t->trans_y ? 1 : N, K);
    const frs_epilogue e = {frs__then(t->then), j->a->isa};
    const float *bias = j->a->n_in > 2 ? j->a->in[2] : NULL;
    for (int64_t i = 0; i < M; i++) frs__epilogue(&e, z + i * N, bias, N);
}

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < frs__block_first(j->blocks, block + 1);
         i++)
        one(j, i);
}

static void run(const frs_kernel_args *a) {
    job j = {a, frs__matmul_dims(a->attr, a->in_shape, a->out_shape), {0}};
    j.blocks = frs__blocks(j.d.count, j.d.M * j.d.N * j.d.K);
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

const frs_kernel frs__matmul_thin_cpu = {
    .op = "matmul", .backend = "cpu", .name = "matmul_thin", .fits = fits, .run = run};
