/* What goes along one axis, or looks at the place in two: cumulative sums, the largest and where it
 * is, bands of matrices. */
#include "kernel/cpu/rows.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <math.h>
#include <string.h>

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#define FRS_CPU(NAME)                                                                              \
    const frs_kernel frs__##NAME##_cpu = {                                                         \
        .op = #NAME, .backend = "cpu", .name = #NAME, .fits = always, .run = run_##NAME};

/* ---- cumulative sums: of a row in double; of rows beneath each other in float, row by row */
static void sum_row(const frs_cumsum_attr *t, const float *x, float *y, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        const int64_t at = t->reverse ? n - 1 - k : k;
        const double before = sum;
        sum += (double)x[at];
        y[at] = (float)(t->exclusive ? before : sum);
    }
}

static void sum_rows(const frs_cumsum_attr *t, const float *x, float *y, int64_t n, int64_t inner) {
    for (int64_t k = 0; k < n; k++) {
        const int64_t at = (t->reverse ? n - 1 - k : k) * inner;
        const int64_t before = at + (t->reverse ? inner : -inner);
        for (int64_t i = 0; i < inner; i++) {
            const float more = !t->exclusive ? x[at + i] : k ? x[before + i] : 0;
            y[at + i] = k ? y[before + i] + more : more;
        }
    }
}

static void run_cumsum(const frs_kernel_args *a) {
    const frs_cumsum_attr *t = a->attr;
    const int64_t n = a->in_shape[0].dim[t->axis];
    int64_t outer, inner;
    frs__around(a->in_shape[0], t->axis, &outer, &inner);
    for (int64_t o = 0; o < outer; o++) {
        const int64_t at = o * n * inner;
        if (inner == 1)
            sum_row(t, a->in[0] + at, a->out[0] + at, n);
        else
            sum_rows(t, a->in[0] + at, a->out[0] + at, n, inner);
    }
}
FRS_CPU(cumsum)

static void run_argmax(const frs_kernel_args *a) {
    const frs_arg_attr *t = a->attr;
    const int64_t n = a->in_shape[0].dim[t->axis], m = frs_shape_count(a->out_shape[0]);
    int64_t outer, inner;
    frs__around(a->in_shape[0], t->axis, &outer, &inner);
    for (int64_t i = 0; i < m; i++) {
        const float *x = a->in[0] + i / inner * n * inner + i % inner;
        int64_t best = 0;
        for (int64_t k = 1; k < n && !isnan(x[best * inner]); k++) {
            const float v = x[k * inner], most = x[best * inner];
            if (isnan(v) || (t->least ? v < most : v > most)) best = k;
        }
        a->out[0][i] = (float)best;
    }
}
FRS_CPU(argmax)

static void extreme(const frs_kernel_args *a, float sign) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    const frs_rows r = frs__rows_of(a->in_shape[0], a->out_shape[0]);
    for (int64_t i = 0; i < m; i++) a->out[0][i] = -INFINITY * sign;
    for (int64_t k = 0; k * r.row < n; k++) {
        const float *x = a->in[0] + k * r.row;
        float *y = a->out[0] + frs__row_at(&r, k);
        for (int64_t i = 0; i < r.row; i++) {
            float *to = y + i * r.stride;
            if (x[i] * sign > *to * sign || isnan(x[i])) *to = x[i];
        }
    }
    for (int64_t k = 0; a->out[1] && k * r.row < n; k++) {
        const float *y = a->out[0] + frs__row_at(&r, k);
        for (int64_t i = k * r.row; i < (k + 1) * r.row; i++)
            a->out[1][i] = a->in[0][i] == y[(i - k * r.row) * r.stride];
    }
}
static void run_reduce_max(const frs_kernel_args *a) {
    extreme(a, 1);
}
static void run_reduce_min(const frs_kernel_args *a) {
    extreme(a, -1);
}
FRS_CPU(reduce_max)
FRS_CPU(reduce_min)

static void run_band(const frs_kernel_args *a) {
    const frs_band_attr *t = a->attr;
    const frs_shape s = a->in_shape[0];
    const int64_t n = frs_shape_count(s), H = s.dim[s.rank - 2], W = s.dim[s.rank - 1];
    for (int64_t k = 0; k * W < n; k++) {
        const int64_t row = k % H;
        int64_t first = t->lo <= -row ? 0 : t->lo >= W - row ? W : row + t->lo;
        int64_t end = t->hi < -row ? 0 : t->hi >= W - 1 - row ? W : row + t->hi + 1;
        if (first > end) first = end;
        memset(a->out[0] + k * W, 0, (size_t)first * sizeof(float));
        memcpy(a->out[0] + k * W + first, a->in[0] + k * W + first,
               (size_t)(end - first) * sizeof(float));
        memset(a->out[0] + k * W + end, 0, (size_t)(W - end) * sizeof(float));
    }
}
FRS_CPU(band)

/* In double: an angle of a late step has few digits left in float. */
static void run_positions(const frs_kernel_args *a) {
    const frs_positions_attr *p = a->attr;
    for (int64_t k = 0; k < p->units; k++) {
        const double rate = pow(1e4, -(double)(k - k % 2) / (double)p->units);
        for (int64_t t = 0; t < p->steps; t++) {
            const double angle = (double)t * rate;
            a->out[0][t * p->units + k] = (float)(k % 2 ? cos(angle) : sin(angle));
        }
    }
}
FRS_CPU(positions)
