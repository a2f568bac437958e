/* y = index of the largest (or least) of x on one axis, kept with size 1; of equal ones the first.
 * A NaN counts as the largest and as the least, as NumPy's and PyTorch's: the first one's index. No
 * gradient. */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, AXIS, LEAST, ...)                                                               \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{__VA_ARGS__}}, .lo = -1, .hi = 1, .no_grad = 1,           \
        .FRS_ATTR(frs_arg_attr, .axis = AXIS, .least = LEAST)                                      \
    }
static const frs_op_case cases[] = {
    CASE("largest", 1, false, 2, {5, 17}), CASE("least", 1, true, 2, {5, 17}),
    CASE("rows", 0, false, 2, {6, 33}),    CASE("least of the middle", 1, true, 3, {2, 5, 3}),
    CASE("a vector", 0, false, 1, {7}),    CASE("one", 1, true, 2, {3, 1}),
    CASE("empty", 1, false, 2, {0, 3}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_arg_attr *t = a->attr;
    a->out[0] = a->in[0];
    if (t->axis < 0 || t->axis >= a->in[0].rank)
        return frs__shape_fail(a, _("no axis %d to search"), (int)t->axis);
    if (a->in[0].dim[t->axis] == 0)
        return frs__shape_fail(a, _("nothing to search on axis %d"), (int)t->axis);
    a->out[0].dim[t->axis] = 1;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_arg_attr *t = a->attr;
    const frs_shape s = a->in_shape[0];
    const int64_t n = s.dim[t->axis], m = frs_shape_count(a->out_shape[0]);
    int64_t inner = 1;
    for (int k = t->axis + 1; k < s.rank; k++) inner *= s.dim[k];
    for (int64_t i = 0; i < m; i++) {
        const double *x = a->in[0] + i / inner * n * inner + i % inner;
        int64_t best = 0;
        for (int64_t k = 1; k < n && !isnan(x[best * inner]); k++) {
            const double v = x[k * inner], most = x[best * inner];
            if (isnan(v) || (t->least ? v < most : v > most)) best = k;
        }
        a->out[0][i] = (double)best;
    }
}

const frs_op frs__argmax_op = {.name = "argmax",
                               .n_in_min = 1,
                               .n_in_max = 1,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               FRS_CASES};

frs_tensor *frs_argmax(frs_builder *b, frs_tensor *x, int axis) {
    const frs_arg_attr attr = {axis, false};
    return frs__op_add(b, &frs__argmax_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_argmin(frs_builder *b, frs_tensor *x, int axis) {
    const frs_arg_attr attr = {axis, true};
    return frs__op_add(b, &frs__argmax_op, &x, 1, &attr, sizeof attr);
}
