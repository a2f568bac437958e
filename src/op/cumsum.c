/* y_i = sum of x_j over j <= i on one axis; exclusive: j < i; reverse: from the end, j >= i or
 * j > i. NaN goes on to all that follows it.
 *     dx = the same sums of dy in the other direction */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, AXIS, EXCLUSIVE, REVERSE, ...)                                                  \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{__VA_ARGS__}}, .lo = -1, .hi = 1,                         \
        .FRS_ATTR(frs_cumsum_attr, .axis = AXIS, .exclusive = EXCLUSIVE, .reverse = REVERSE)       \
    }
static const frs_op_case cases[] = {
    CASE("a row", 0, false, false, 1, {17}),
    CASE("exclusive", 0, true, false, 1, {9}),
    CASE("from the end", 1, false, true, 2, {3, 7}),
    CASE("steps", 1, false, false, 3, {2, 5, 17}),
    CASE("steps from the end, exclusive", 1, true, true, 3, {2, 5, 3}),
    CASE("rows", 0, true, false, 2, {6, 33}),
    CASE("one", 1, true, true, 2, {3, 1}),
    CASE("empty", 1, false, false, 3, {2, 0, 3}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_cumsum_attr *t = a->attr;
    a->out[0] = a->in[0];
    if (t->axis < 0 || t->axis >= a->in[0].rank)
        return frs__shape_fail(a, _("no axis %d to add up on"), (int)t->axis);
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_cumsum_attr *t = a->attr;
    const frs_shape s = a->in_shape[0];
    const int64_t n = s.dim[t->axis];
    int64_t outer = 1, inner = 1;
    for (int k = 0; k < s.rank; k++)
        if (k != t->axis) *(k < t->axis ? &outer : &inner) *= s.dim[k];
    for (int64_t i = 0; i < outer * inner; i++) {
        const int64_t start = i / inner * n * inner + i % inner;
        double sum = 0;
        for (int64_t k = 0; k < n; k++) {
            const int64_t at = start + (t->reverse ? n - 1 - k : k) * inner;
            const double before = sum;
            sum += a->in[0][at];
            a->out[0][at] = t->exclusive ? before : sum;
        }
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_cumsum_attr *t = g->attr;
    const frs_cumsum_opts back = {.exclusive = t->exclusive, .reverse = !t->reverse};
    g->d_in[0] = frs_cumsum(g->b, g->d_out[0], t->axis, &back);
    return FRS_OK;
}

const frs_op frs__cumsum_op = {.name = "cumsum",
                               .n_in_min = 1,
                               .n_in_max = 1,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

frs_tensor *frs_cumsum(frs_builder *b, frs_tensor *x, int axis, const frs_cumsum_opts *o) {
    const frs_cumsum_attr attr = {axis, o && o->exclusive, o && o->reverse};
    return frs__op_add(b, &frs__cumsum_op, &x, 1, &attr, sizeof attr);
}
