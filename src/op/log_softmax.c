/* y_i = x_i - log sum_j exp(x_j) on one axis; a NaN makes all of its axis NaN.
 *     dx_i = dy_i - softmax(x)_i sum_j dy_j */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, BACK, ...)                                                                      \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{__VA_ARGS__}}, .lo = -3, .hi = 3,                         \
        .FRS_ATTR(frs_softmax_attr, BACK)                                                          \
    }
static const frs_op_case cases[] = {
    CASE("vector", 0, 1, {7}),        CASE("rows", 0, 2, {5, 33}),
    CASE("columns", 1, 2, {5, 19}),   CASE("middle", 1, 3, {2, 5, 17}),
    CASE("one of one", 0, 2, {9, 1}), CASE("empty", 0, 2, {0, 4}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_softmax_attr *t = a->attr;
    a->out[0] = a->in[0];
    if (t->back < 0 || t->back >= a->in[0].rank)
        return frs__shape_fail(a, _("no axis %d to share out"), a->in[0].rank - 1 - (int)t->back);
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_shape s = a->in_shape[0];
    const int axis = s.rank - 1 - ((const frs_softmax_attr *)a->attr)->back;
    const int64_t n = s.dim[axis], rows = n ? frs_shape_count(s) / n : 0;
    int64_t inner = 1;
    for (int k = axis + 1; k < s.rank; k++) inner *= s.dim[k];
    for (int64_t i = 0; i < rows; i++) {
        const double *x = a->in[0] + i / inner * n * inner + i % inner;
        double *y = a->out[0] + (x - a->in[0]), most = -INFINITY, sum = 0;
        for (int64_t k = 0; k < n; k++)
            if (x[k * inner] > most) most = x[k * inner];
        for (int64_t k = 0; k < n; k++) sum += exp(x[k * inner] - most);
        for (int64_t k = 0; k < n; k++) y[k * inner] = x[k * inner] - most - log(sum);
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const int axis =
        frs_tensor_shape(g->in[0]).rank - 1 - ((const frs_softmax_attr *)g->attr)->back;
    frs_tensor *share = frs_softmax_axis(g->b, g->in[0], NULL, axis), *d = g->d_out[0];
    g->d_in[0] = frs_sub(g->b, d, frs_mul(g->b, share, frs_reduce_sum(g->b, d, 1U << axis)));
    return FRS_OK;
}

const frs_op frs__log_softmax_op = {.name = "log_softmax",
                                    .n_in_min = 1,
                                    .n_in_max = 1,
                                    .n_out = 1,
                                    .n_main = 1,
                                    .shape = shape,
                                    .reference = reference,
                                    .gradient = gradient,
                                    FRS_CASES};

frs_tensor *frs_log_softmax(frs_builder *b, frs_tensor *x, int axis) {
    const frs_softmax_attr attr = {frs_tensor_shape(x).rank - 1 - axis};
    return frs__op_add(b, &frs__log_softmax_op, &x, 1, &attr, sizeof attr);
}
