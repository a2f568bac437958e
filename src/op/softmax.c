/* Shares of one axis, of those that count:
 *     y_i = m_i exp(x_i) / sum_j m_j exp(x_j),  m_i = 1 where the mask is above 0, else 0
 * 0 everywhere where none counts. What does not count is not looked at: a NaN there does no harm;
 * one that counts makes all of its shares NaN.
 *     dx_i = y_i (dy_i - sum_j dy_j y_j);  the mask has no gradient
 * in: x, mask, which may be broadcast to x (without it all count) */
#include "op/elementwise.h"
#include "op/op_internal.h"
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
    {.name = "no mask", .n_in = 1, .in = {{2, {5, 33}}}, .lo = -3, .hi = 3},
    {.name = "no mask of two",
     .n_in = 2,
     .in = {{2, {3, 5}}, {.rank = -1}},
     .lo = -3,
     .hi = 3,
     .no_grad = 2},
    {.name = "rows of a matrix",
     .n_in = 1,
     .in = {{2, {5, 19}}},
     .lo = -3,
     .hi = 3,
     .FRS_ATTR(frs_softmax_attr, .back = 1)},
    {.name = "the middle with a mask",
     .n_in = 2,
     .in = {{3, {2, 5, 17}}, {3, {2, 5, 17}}},
     .lo = -3,
     .hi = 3,
     .no_grad = 2,
     .FRS_ATTR(frs_softmax_attr, .back = 1)},
    {.name = "a mask of keys",
     .n_in = 2,
     .in = {{4, {2, 3, 4, 7}}, {4, {2, 1, 1, 7}}},
     .lo = -3,
     .hi = 3,
     .no_grad = 2},
    {.name = "a mask of rank 2, stretched along the axis",
     .n_in = 2,
     .in = {{3, {2, 3, 5}}, {2, {3, 1}}},
     .lo = -3,
     .hi = 3,
     .no_grad = 2},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 4}}, {2, {0, 4}}}, .lo = -1, .hi = 1, .no_grad = 2},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_softmax_attr *t = a->attr;
    const frs_shape x = a->in[0];
    if (t->back < 0 || t->back >= x.rank)
        return frs__shape_fail(a, _("no axis %d to share out"), x.rank - 1 - (int)t->back);
    a->out[0] = x;
    if (a->n_in < 2 || a->in[1].rank < 0) return FRS_OK;
    bool fits = a->in[1].rank <= x.rank;
    for (int k = 1; fits && k <= a->in[1].rank; k++) {
        const int64_t n = a->in[1].dim[a->in[1].rank - k];
        fits = n == 1 || n == x.dim[x.rank - k];
    }
    return fits ? FRS_OK : frs__shape_fail(a, _("the mask cannot be broadcast to the values"));
}

static bool counts(const frs_ref_args *a, int64_t at) {
    if (a->n_in < 2 || !a->in[1]) return true;
    return a->in[1][frs__broadcast_at(a->in_shape[0], a->in_shape[1], at)] > 0;
}

/* n elements from `first`, `step` apart. */
static void one_row(const frs_ref_args *a, int64_t first, int64_t n, int64_t step) {
    const double *x = a->in[0];
    double *y = a->out[0], most = -INFINITY, sum = 0;
    for (int64_t i = 0, at = first; i < n; i++, at += step)
        if (counts(a, at) && x[at] > most) most = x[at];
    for (int64_t i = 0, at = first; i < n; i++, at += step) {
        y[at] = counts(a, at) ? exp(x[at] - most) : 0;
        sum += y[at];
    }
    for (int64_t i = 0, at = first; i < n; i++, at += step)
        if (counts(a, at)) y[at] /= sum;
}

static void reference(const frs_ref_args *a) {
    const frs_shape s = a->in_shape[0];
    const int axis = s.rank - 1 - ((const frs_softmax_attr *)a->attr)->back;
    const int64_t n = s.dim[axis], rows = n ? frs_shape_count(s) / n : 0;
    int64_t inner = 1;
    for (int k = axis + 1; k < s.rank; k++) inner *= s.dim[k];
    for (int64_t i = 0; i < rows; i++) one_row(a, i / inner * n * inner + i % inner, n, inner);
}

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *y = g->out[0], *d = g->d_out[0];
    const int axis = frs_tensor_shape(y).rank - 1 - ((const frs_softmax_attr *)g->attr)->back;
    frs_tensor *mean = frs_reduce_sum(g->b, frs_mul(g->b, d, y), 1U << axis);
    g->d_in[0] = frs_mul(g->b, y, frs_sub(g->b, d, mean));
    return FRS_OK;
}

const frs_op frs__softmax_op = {.name = "softmax",
                                .n_in_min = 1,
                                .n_in_max = 2,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

frs_tensor *frs_softmax_axis(frs_builder *b, frs_tensor *x, frs_tensor *mask, int axis) {
    const frs_softmax_attr attr = {frs_tensor_shape(x).rank - 1 - axis};
    frs_tensor *in[] = {x, mask};
    return frs__op_add(b, &frs__softmax_op, in, mask ? 2 : 1, &attr, sizeof attr);
}

frs_tensor *frs_softmax(frs_builder *b, frs_tensor *x, frs_tensor *mask) {
    return frs_softmax_axis(b, x, mask, frs_tensor_shape(x).rank - 1);
}
