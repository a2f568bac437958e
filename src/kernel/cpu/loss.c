/* Losses beside the squared ones: float values, sums in double. */
#include "op/loss.h"
#include "kernel/kernel.h"
#include <math.h>

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#define FRS_CPU(NAME)                                                                              \
    const frs_kernel frs__##NAME##_cpu = {                                                         \
        .op = #NAME, .backend = "cpu", .name = #NAME, .fits = always, .run = run_##NAME};

static frs_loss_at point(const frs_kernel_args *a, int64_t i) {
    const frs_point_attr *t = a->attr;
    const double obs = a->in[1][i];
    return frs__loss_point(t->kind, t->a, t->b, (double)a->in[0][i] - obs, obs);
}

static void run_loss_point(const frs_kernel_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    double sum = 0, count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (isnan(a->in[1][i])) continue;
        sum += point(a, i).value;
        count += 1;
    }
    a->out[0][0] = count > 0 ? (float)(sum / count) : 0;
}
FRS_CPU(loss_point)

static void run_loss_point_grad(const frs_kernel_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    double count = 0;
    for (int64_t i = 0; i < n; i++) count += !isnan(a->in[1][i]);
    const double dy = a->in[2][0];
    for (int64_t i = 0; i < n; i++)
        a->out[0][i] = isnan(a->in[1][i]) ? 0 : (float)(point(a, i).slope * dy / count);
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
