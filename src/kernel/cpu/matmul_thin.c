/* Matrix products too small for a library's call: a step of one series has a few. */
#include "kernel/kernel.h"
#include "op/op_internal.h"

enum { MOST = 4096 }; /* multiplications; a call of oneDNN costs as much */

static bool fits(const frs_kernel_shape *s) {
    const frs_matmul_attr *t = s->attr;
    const int64_t k = s->in[0].dim[!t->trans_x], n = frs_shape_count(s->out[0]);
    return n > 0 && k > 0 && n <= MOST / k;
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

static void run(const frs_kernel_args *a) {
    const frs_matmul_attr *t = a->attr;
    const int64_t *x = a->in_shape[0].dim, *y = a->in_shape[1].dim;
    const int64_t M = x[t->trans_x], K = x[!t->trans_x], N = y[!t->trans_y];
    for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N; j++)
            a->out[0][i * N + j] = dot(a->in[0] + (t->trans_x ? i : i * K), t->trans_x ? M : 1,
                                       a->in[1] + (t->trans_y ? j * K : j), t->trans_y ? 1 : N, K);
}

const frs_kernel frs__matmul_thin_cpu = {
    .op = "matmul", .backend = "cpu", .name = "matmul_thin", .fits = fits, .run = run};
