/* y = x, elements in the same order, another shape;  dx = dy in the old shape. */
#include "op/elementwise.h"
#include "op/op_internal.h"

static frs_status shape(const frs_shape_args *a) {
    const frs_fill_attr *t = a->attr;
    frs_shape out = {.rank = t->rank};
    for (int k = 0; k < t->rank; k++) out.dim[k] = t->dim[k];
    if (frs_shape_count(out) != frs_shape_count(a->in[0]))
        return frs__shape_fail(a, _("cannot become %lld elements"),
                               (long long)frs_shape_count(out));
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = a->in[0][i];
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_reshape(g->b, g->d_out[0], frs_tensor_shape(g->in[0]));
    return FRS_OK;
}

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "to a scalar", .n_in = 1, .in = {{2, {1, 1}}}, .lo = -1, .hi = 1},
    {.name = "empty",
     .n_in = 1,
     .in = {{2, {0, 6}}},
     .attr = {2, [4] = 4, [8] = 0},
     .lo = -1,
     .hi = 1},
    {.name = "to [4, 3]",
     .n_in = 1,
     .in = {{2, {2, 6}}},
     .attr = {2, [4] = 4, [8] = 3},
     .lo = -1,
     .hi = 1},
};
#endif

const frs_op frs__reshape_op = {.name = "reshape",
                                .n_in_min = 1,
                                .n_in_max = 1,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

frs_tensor *frs_reshape(frs_builder *b, frs_tensor *x, frs_shape s) {
    frs_fill_attr attr = {.rank = s.rank};
    if (!x) return NULL;
    if (frs__shape_equal(frs_tensor_shape(x), s)) return x;
    if (!frs__shape_kept(b, "reshape", s)) return NULL;
    for (int k = 0; k < s.rank; k++) attr.dim[k] = (int32_t)s.dim[k];
    return frs__op_add(b, &frs__reshape_op, &x, 1, &attr, sizeof attr);
}
