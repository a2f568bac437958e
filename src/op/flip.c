/* y = x read from the end to the start on some axes;  dx = dy flipped the same way. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "rows", .n_in = 1, .in = {{2, {5, 7}}}, .attr = {1}, .lo = -1, .hi = 1},
    {.name = "columns", .n_in = 1, .in = {{2, {5, 17}}}, .attr = {2}, .lo = -1, .hi = 1},
    {.name = "both ends", .n_in = 1, .in = {{3, {2, 5, 3}}}, .attr = {5}, .lo = -1, .hi = 1},
    {.name = "middle", .n_in = 1, .in = {{4, {2, 5, 3, 4}}}, .attr = {6}, .lo = -1, .hi = 1},
    {.name = "none", .n_in = 1, .in = {{2, {5, 7}}}, .lo = -1, .hi = 1},
    {.name = "empty", .n_in = 1, .in = {{2, {0, 7}}}, .attr = {3}, .lo = -1, .hi = 1},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_axes_attr *t = a->attr;
    a->out[0] = a->in[0];
    if (t->axes >> a->in[0].rank)
        return frs__shape_fail(a, _("an axis to flip is beyond the rank %d"), a->in[0].rank);
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_axes_attr *t = a->attr;
    const frs_shape s = a->in_shape[0];
    const int64_t n = frs_shape_count(s);
    for (int64_t i = 0; i < n; i++) {
        int64_t at = 0, rest = i, stride = 1;
        for (int k = s.rank - 1; k >= 0; k--) {
            const int64_t index = rest % s.dim[k];
            at += (t->axes >> k & 1 ? s.dim[k] - 1 - index : index) * stride;
            rest /= s.dim[k];
            stride *= s.dim[k];
        }
        a->out[0][i] = a->in[0][at];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_flip(g->b, g->d_out[0], ((const frs_axes_attr *)g->attr)->axes);
    return FRS_OK;
}

const frs_op frs__flip_op = {.name = "flip",
                             .n_in_min = 1,
                             .n_in_max = 1,
                             .n_out = 1,
                             .n_main = 1,
                             .shape = shape,
                             .reference = reference,
                             .gradient = gradient,
                             FRS_CASES};

frs_tensor *frs_flip(frs_builder *b, frs_tensor *x, uint32_t axes) {
    const frs_axes_attr attr = {axes};
    return frs__op_add(b, &frs__flip_op, &x, 1, &attr, sizeof attr);
}
