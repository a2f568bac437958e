/* Losses beside the squared ones: float values, sums in double. */
#include "op/loss.h"
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include <math.h>

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#define FRS_CPU(NAME)                                                                              \
    const frs_kernel frs__##NAME##_cpu = {                                                         \
        .op = #NAME, .backend = "cpu", .name = #NAME, .fits = always, .run = run_##NAME};

/* ---- losses of each value: fixed blocks, whose sums are added in their order */
enum { POINT_WORK = 16 }; /* of one value, beside a sum of two floats */
typedef struct points {
    const frs_kernel_args *a;
    frs_blocks blocks;
    double (*partial)[2]; /* sum and count of a block */
    double scale;
} points;

static frs_loss_at point(const frs_kernel_args *a, int64_t i) {
    const frs_point_attr *t = a->attr;
    return frs__loss_point(t->kind, t->a, t->b, (double)a->in[0][i], (double)a->in[1][i]);
}

static frs_blocks point_blocks(const frs_shape *in) {
    return frs__blocks(frs_shape_count(in[0]), POINT_WORK);
}

static size_t point_scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return (size_t)point_blocks(s->in).blocks * 2 * sizeof(double);
}

static void point_values(void *arg, int64_t block, int worker) {
    const points *p = arg;
    const int64_t end = frs__block_first(p->blocks, block + 1);
    double sum = 0, count = 0;
    (void)worker;
    for (int64_t i = frs__block_first(p->blocks, block); i < end; i++) {
        if (isnan(p->a->in[1][i])) continue;
        sum += point(p->a, i).value;
        count += 1;
    }
    p->partial[block][0] = sum;
    p->partial[block][1] = count;
}

static void run_loss_point(const frs_kernel_args *a) {
    points p = {.a = a, .blocks = point_blocks(a->in_shape), .partial = a->scratch};
    double sum = 0, count = 0;
    frs__parallel(a->ctx, p.blocks.blocks, point_values, &p);
    for (int64_t k = 0; k < p.blocks.blocks; k++) {
        sum += p.partial[k][0];
        count += p.partial[k][1];
    }
    a->out[0][0] = count > 0 ? (float)(sum / count) : 0;
}
const frs_kernel frs__loss_point_cpu = {.op = "loss_point",
                                        .backend = "cpu",
                                        .name = "loss_point",
                                        .fits = always,
                                        .scratch_bytes = point_scratch,
                                        .run = run_loss_point};

static void point_slopes(void *arg, int64_t block, int worker) {
    const points *p = arg;
    const int64_t end = frs__block_first(p->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(p->blocks, block); i < end; i++)
        p->a->out[0][i] = isnan(p->a->in[1][i]) ? 0 : (float)(point(p->a, i).slope * p->scale);
}

static void run_loss_point_grad(const frs_kernel_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += !isnan(a->in[1][i]);
    points p = {.a = a, .blocks = point_blocks(a->in_shape)};
    p.scale = (double)a->in[2][0] / (double)count;
    frs__parallel(a->ctx, p.blocks.blocks, point_slopes, &p);
}
FRS_CPU(loss_point_grad)

static frs_kge_at kge(const frs_kernel_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    frs_kge_sums sums = {0};
    double count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double s = a->in[0][i], o = a->in[1][i];
        if (isnan(o)) continue;
        count += 1;
        sums.sim += s;
        sums.obs += o;
        sums.sim2 += s * s;
        sums.obs2 += o * o;
        sums.cov += s * o;
    }
    return frs__loss_kge(count, sums, ((const frs_kge_attr *)a->attr)->shift);
}

static void run_loss_kge(const frs_kernel_args *a) {
    a->out[0][0] = (float)kge(a).value;
}
FRS_CPU(loss_kge)

static void run_loss_kge_grad(const frs_kernel_args *a) {
    const frs_kge_at e = kge(a);
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const double s = a->in[0][i], o = a->in[1][i];
        const double slope = e.c + e.of_sim * (s - e.mean_sim) + e.of_obs * (o - e.mean_obs);
        a->out[0][i] = isnan(o) ? 0 : (float)(slope * (double)a->in[2][0]);
    }
}
FRS_CPU(loss_kge_grad)
