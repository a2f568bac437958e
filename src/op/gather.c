/* y[o, i.., r] = x[o, index[i..], r]: slices of x on one axis, in whose place the index's axes
 * stand. An index is a whole number (rounded to the nearest one); negative: from the end. One that
 * is NaN or out of range gives NaN.
 *     dx = dy added up at the indices (scatter_add);  the index has no gradient */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, X, I, LO, HI, ...)                                                              \
    {                                                                                              \
        .name = NAME, .n_in = 2, .in = {X, I}, .lo = LO, .hi = HI, .no_grad = 2,                   \
        .FRS_ATTR(frs_gather_attr, __VA_ARGS__)                                                    \
    }
#define S(...)                                                                                     \
    { __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("rows", S(2, {5, 7}), S(1, {9}), -0.49, 4.49, .axis = 0),
    CASE("from the end", S(2, {5, 17}), S(2, {2, 3}), -5.49, -0.51, .axis = 0),
    CASE("middle", S(3, {2, 4, 3}), S(2, {5, 2}), -4.49, 3.49, .axis = 1),
    CASE("columns", S(2, {33, 6}), S(1, {7}), -6.49, 5.49, .axis = 1),
    CASE("one", S(3, {2, 4, 3}), S(0, {0}), -4.49, 3.49, .axis = 1),
    CASE("zeros out of range", S(2, {3, 4}), S(1, {19}), -6, 6, .axis = 0, .zero = true),
    CASE("no indices", S(2, {5, 7}), S(1, {0}), 0, 4, .axis = 0),
    CASE("of nothing", S(2, {0, 7}), S(1, {3}), 0, 4, .axis = 1),
    {.name = "out of range",
     .n_in = 2,
     .in = {{2, {3, 4}}, {1, {19}}},
     .lo = -6,
     .hi = 6,
     .no_grad = 3},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_gather_attr *t = a->attr;
    const frs_shape x = a->in[0], index = a->in[1];
    frs_shape out = {.rank = x.rank - 1 + index.rank};
    if (t->axis < 0 || t->axis >= x.rank)
        return frs__shape_fail(a, _("no axis %d to gather on"), (int)t->axis);
    if (out.rank > FRS_MAX_RANK)
        return frs__shape_fail(a, _("the result has more than %d axes"), FRS_MAX_RANK);
    for (int k = 0; k < t->axis; k++) out.dim[k] = x.dim[k];
    for (int k = 0; k < index.rank; k++) out.dim[t->axis + k] = index.dim[k];
    for (int k = t->axis + 1; k < x.rank; k++) out.dim[k - 1 + index.rank] = x.dim[k];
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_gather_attr *t = a->attr;
    const frs_shape x = a->in_shape[0];
    const int64_t n = x.dim[t->axis], count = frs_shape_count(a->in_shape[1]);
    int64_t outer = 1, inner = 1;
    for (int k = 0; k < x.rank; k++)
        if (k != t->axis) *(k < t->axis ? &outer : &inner) *= x.dim[k];
    double *to = a->out[0];
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < count; i++) {
            const int64_t at = frs__index_of(a->in[1][i], n);
            for (int64_t r = 0; r < inner; r++)
                *to++ = at >= 0 ? a->in[0][(o * n + at) * inner + r] : t->zero ? 0 : NAN;
        }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_gather_attr *t = g->attr;
    g->d_in[0] = frs_scatter_add(g->b, g->d_out[0], g->in[1], t->axis,
                                 frs_tensor_shape(g->in[0]).dim[t->axis]);
    return FRS_OK;
}

const frs_op frs__gather_op = {.name = "gather",
                               .n_in_min = 2,
                               .n_in_max = 2,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

frs_tensor *frs_gather(frs_builder *b, frs_tensor *x, frs_tensor *index, int axis) {
    const frs_gather_attr attr = {.axis = axis};
    frs_tensor *in[] = {x, index};
    return frs__op_add(b, &frs__gather_op, in, 2, &attr, sizeof attr);
}
