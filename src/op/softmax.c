/* Shares of the last axis, of those that count:
 *     y_i = m_i exp(x_i) / sum_j m_j exp(x_j),  m_i = 1 where the mask is above 0, else 0
 * 0 everywhere where none counts. What does not count is not looked at: a NaN there does no harm.
 *     dx_i = y_i (dy_i - sum_j dy_j y_j);  the mask has no gradient
 * in: x, mask [.., n] of one shape */
#include "op/elementwise.h"
#include <math.h>

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "vector", .n_in = 2, .in = {{1, {7}}, {1, {7}}}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "rows", .n_in = 2, .in = {{2, {5, 3}}, {2, {5, 3}}}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "steps",
     .n_in = 2,
     .in = {{3, {3, 5, 2}}, {3, {3, 5, 2}}},
     .lo = -3,
     .hi = 3,
     .no_grad = 2},
    {.name = "one of one",
     .n_in = 2,
     .in = {{2, {9, 1}}, {2, {9, 1}}},
     .lo = -2,
     .hi = 2,
     .no_grad = 2},
    {.name = "all count",
     .n_in = 2,
     .in = {{1, {17}}, {1, {17}}},
     .lo = 0.5,
     .hi = 2,
     .no_grad = 2},
    {.name = "none counts",
     .n_in = 2,
     .in = {{2, {2, 5}}, {2, {2, 5}}},
     .lo = -2,
     .hi = 0,
     .no_grad = 2},
    {.name = "a mask of NaN",
     .n_in = 2,
     .in = {{2, {4, 6}}, {2, {4, 6}}},
     .lo = -2,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 0.3,
     .nan_in = 1},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 4}}, {2, {0, 4}}}, .lo = -1, .hi = 1, .no_grad = 2},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    bool fits = a->in[0].rank == a->in[1].rank && a->in[0].rank > 0;
    for (int k = 0; fits && k < a->in[0].rank; k++) fits = a->in[0].dim[k] == a->in[1].dim[k];
    if (!fits) return frs__shape_fail(a, _("values and mask differ in shape"));
    a->out[0] = a->in[0];
    return FRS_OK;
}

static void one_row(const double *x, const double *m, int64_t n, double *y) {
    double most = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++)
        if (m[i] > 0 && x[i] > most) most = x[i];
    for (int64_t i = 0; i < n; i++) {
        y[i] = m[i] > 0 ? exp(x[i] - most) : 0;
        sum += y[i];
    }
    for (int64_t i = 0; i < n; i++)
        if (m[i] > 0) y[i] /= sum;
}

static void reference(const frs_ref_args *a) {
    const int64_t n = a->in_shape[0].dim[a->in_shape[0].rank - 1];
    const int64_t count = frs_shape_count(a->in_shape[0]);
    for (int64_t at = 0; at < count; at += n)
        one_row(a->in[0] + at, a->in[1] + at, n, a->out[0] + at);
}

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *y = g->out[0], *d = g->d_out[0];
    const uint32_t last = 1U << (frs_tensor_shape(y).rank - 1);
    frs_tensor *mean = frs_reduce_sum(g->b, frs_mul(g->b, d, y), last);
    g->d_in[0] = frs_mul(g->b, y, frs_sub(g->b, d, mean));
    return FRS_OK;
}

const frs_op frs__softmax_op = {.name = "softmax",
                                .n_in_min = 2,
                                .n_in_max = 2,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

frs_tensor *frs_softmax(frs_builder *b, frs_tensor *x, frs_tensor *mask) {
    frs_tensor *in[] = {x, mask};
    return frs__op_add(b, &frs__softmax_op, in, 2, NULL, 0);
}
