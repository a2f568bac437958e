/* Plain loops in float: these serve arrays of [batch, hidden] and smaller. */
#include "kernel/cpu/rows.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <math.h>
#include <string.h>

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#define FRS_CPU(NAME, RUN)                                                                         \
    const frs_kernel frs__##NAME##_cpu = {                                                         \
        .op = #NAME, .backend = "cpu", .name = #NAME, .fits = always, .run = RUN};

#define FRS_CPU_BINARY(NAME, VALUE)                                                                \
    static void run_##NAME(const frs_kernel_args *a) {                                             \
        const frs_rows rx = frs__rows_of(a->out_shape[0], a->in_shape[0]);                         \
        const frs_rows ry = frs__rows_of(a->out_shape[0], a->in_shape[1]);                         \
        const int64_t n = frs_shape_count(a->out_shape[0]);                                        \
        for (int64_t k = 0; k * rx.row < n; k++) {                                                 \
            const float *restrict px = a->in[0] + frs__row_at(&rx, k);                             \
            const float *restrict py = a->in[1] + frs__row_at(&ry, k);                             \
            float *restrict z = a->out[0] + k * rx.row;                                            \
            for (int64_t i = 0; i < rx.row; i++) {                                                 \
                const float x = px[i * rx.stride], y = py[i * ry.stride];                          \
                z[i] = (VALUE);                                                                    \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    FRS_CPU(NAME, run_##NAME)
FRS_CPU_BINARY(add, x + y)
FRS_CPU_BINARY(sub, x - y)
FRS_CPU_BINARY(mul, x *y)
FRS_CPU_BINARY(div, x / y)

#define FRS_CPU_UNARY(NAME, VALUE)                                                                 \
    static void run_##NAME(const frs_kernel_args *a) {                                             \
        const int64_t n = frs_shape_count(a->in_shape[0]);                                         \
        const float *restrict px = a->in[0];                                                       \
        float *restrict y = a->out[0];                                                             \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const float x = px[i];                                                                 \
            y[i] = (VALUE);                                                                        \
        }                                                                                          \
    }                                                                                              \
    FRS_CPU(NAME, run_##NAME)
FRS_CPU_UNARY(square, x *x)
FRS_CPU_UNARY(sigmoid, 1 / (1 + expf(-x)))
FRS_CPU_UNARY(tanh, tanhf(x))
FRS_CPU_UNARY(relu, x < 0 ? 0 : x)
FRS_CPU_UNARY(step, isnan(x) ? x : (float)(x > 0))

static void run_scale(const frs_kernel_args *a) {
    const frs_scale_attr *s = a->attr;
    const float k = (float)s->a, c = (float)s->c;
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = k * a->in[0][i] + c;
}
FRS_CPU(scale, run_scale)

static void run_fill(const frs_kernel_args *a) {
    const float v = (float)((const frs_fill_attr *)a->attr)->value;
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = v;
}
FRS_CPU(fill, run_fill)

/* ---- moving elements */
static void run_reshape(const frs_kernel_args *a) {
    memcpy(a->out[0], a->in[0], (size_t)frs_shape_count(a->in_shape[0]) * sizeof(float));
}
FRS_CPU(reshape, run_reshape)

static void run_slice(const frs_kernel_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer, inner;
    frs__around(a->in_shape[0], s->axis, &outer, &inner);
    const int64_t total = a->in_shape[0].dim[s->axis], piece = s->n * inner;
    for (int64_t o = 0; o < outer; o++)
        memcpy(a->out[0] + o * piece, a->in[0] + (o * total + s->first) * inner,
               (size_t)piece * sizeof(float));
}
FRS_CPU(slice, run_slice)

static void run_unslice(const frs_kernel_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer, inner;
    frs__around(a->in_shape[0], s->axis, &outer, &inner);
    const int64_t piece = a->in_shape[0].dim[s->axis] * inner;
    memset(a->out[0], 0, (size_t)frs_shape_count(a->out_shape[0]) * sizeof(float));
    for (int64_t o = 0; o < outer; o++)
        memcpy(a->out[0] + (o * s->n + s->first) * inner, a->in[0] + o * piece,
               (size_t)piece * sizeof(float));
}
FRS_CPU(unslice, run_unslice)

static void run_concat(const frs_kernel_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer, inner;
    frs__around(a->out_shape[0], s->axis, &outer, &inner);
    float *to = a->out[0];
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < a->n_in; i++) {
            const int64_t piece = a->in_shape[i].dim[s->axis] * inner;
            memcpy(to, a->in[i] + o * piece, (size_t)piece * sizeof(float));
            to += piece;
        }
}
FRS_CPU(concat, run_concat)

static void run_expand(const frs_kernel_args *a) {
    const frs_rows r = frs__rows_of(a->out_shape[0], a->in_shape[0]);
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t k = 0; k * r.row < n; k++) {
        const float *x = a->in[0] + frs__row_at(&r, k);
        for (int64_t i = 0; i < r.row; i++) a->out[0][k * r.row + i] = x[i * r.stride];
    }
}
FRS_CPU(expand, run_expand)

/* ---- reductions: sums in order, in float as far as one output has few inputs, else in double by
 * output */
enum { LONG = 1024, COLUMNS = 64 };

/* Only leading axes are summed: [.., n] -> [1, .., n], the gradient of a bias. */
static bool columns_alone(frs_shape in, frs_shape out) {
    const int64_t m = frs_shape_count(out);
    return m > 0 && out.rank > 0 && m == frs__last_axis(out) && m == frs__last_axis(in);
}

static void sum_columns(const frs_kernel_args *a, int64_t n, int64_t m, float scale) {
    for (int64_t first = 0; first < m; first += COLUMNS) {
        const int64_t width = m - first < COLUMNS ? m - first : COLUMNS;
        double sum[COLUMNS] = {0};
        for (int64_t at = first; at < n; at += m)
            for (int64_t i = 0; i < width; i++) sum[i] += (double)a->in[0][at + i];
        for (int64_t i = 0; i < width; i++) a->out[0][first + i] = (float)(sum[i] * (double)scale);
    }
}

static void reduce(const frs_kernel_args *a, float scale) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    if (m == 1) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += (double)a->in[0][i];
        a->out[0][0] = (float)(sum * (double)scale);
        return;
    }
    if (columns_alone(a->in_shape[0], a->out_shape[0]) && n / m > LONG) {
        sum_columns(a, n, m, scale);
        return;
    }
    const frs_rows r = frs__rows_of(a->in_shape[0], a->out_shape[0]);
    for (int64_t i = 0; i < m; i++) a->out[0][i] = 0;
    for (int64_t k = 0; k * r.row < n; k++) {
        float *y = a->out[0] + frs__row_at(&r, k);
        for (int64_t i = 0; i < r.row; i++) y[i * r.stride] += a->in[0][k * r.row + i];
    }
    for (int64_t i = 0; i < m; i++) a->out[0][i] *= scale;
}
static void run_reduce_sum(const frs_kernel_args *a) {
    reduce(a, 1);
}
static void run_reduce_mean(const frs_kernel_args *a) {
    const int64_t m = frs_shape_count(a->out_shape[0]);
    reduce(a, m ? (float)m / (float)frs_shape_count(a->in_shape[0]) : 1);
}
FRS_CPU(reduce_sum, run_reduce_sum)
FRS_CPU(reduce_mean, run_reduce_mean)

static void run_dropout(const frs_kernel_args *a) {
    const frs_dropout_attr *d = a->attr;
    const frs_rng r = {a->run.seed, FRS_RNG_DROPOUT, a->run.step};
    const float scale = (float)(1 / (1 - d->rate));
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const bool keep = frs__rng_uniform(r, d->key << 40 | (uint64_t)i) >= d->rate;
        a->out[0][i] = keep ? a->in[0][i] * scale : 0;
    }
}
FRS_CPU(dropout, run_dropout)

/* ---- squared losses */
static double weight(const frs_loss_attr *t, const float *std, int64_t row) {
    const double s = t->weighted ? (double)std[row] + 0.1 : 1;
    return 1 / (s * s);
}

/* Mean of w d^2 over the targets that are there, in double. */
static double mean_squared(const frs_kernel_args *a, const float *std, int64_t *count) {
    const int64_t n = frs_shape_count(a->in_shape[0]), B = a->in_shape[0].dim[0];
    double sum = 0;
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = weight(a->attr, std, i / (n / B));
        const double d = (double)a->in[0][i] - (double)a->in[1][i];
        if (isnan(a->in[1][i]) || isnan(w)) continue;
        sum += w * d * d;
        ++*count;
    }
    return *count ? sum / (double)*count : 0;
}

static void run_loss_squared(const frs_kernel_args *a) {
    int64_t count;
    const double mean = mean_squared(a, a->n_in > 2 ? a->in[2] : NULL, &count);
    a->out[0][0] = (float)(((const frs_loss_attr *)a->attr)->root ? sqrt(mean) : mean);
}
FRS_CPU(loss_squared, run_loss_squared)

static void run_loss_squared_grad(const frs_kernel_args *a) {
    const frs_loss_attr *t = a->attr;
    const float *std = a->n_in > 3 ? a->in[3] : NULL;
    const int64_t n = frs_shape_count(a->in_shape[0]), B = a->in_shape[0].dim[0];
    int64_t count;
    const double mean = mean_squared(a, std, &count);
    double scale = count ? 2 * (double)a->in[2][0] / (double)count : 0;
    if (t->root) scale = mean > 0 ? scale / (2 * sqrt(mean)) : 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = weight(t, std, i / (n / B));
        const bool counts = !isnan(a->in[1][i]) && !isnan(w);
        const double d = (double)a->in[0][i] - (double)a->in[1][i];
        a->out[0][i] = counts ? (float)(scale * w * d) : 0;
    }
}
FRS_CPU(loss_squared_grad, run_loss_squared_grad)
