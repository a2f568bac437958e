/* y = x broadcast to a shape;  dx = dy summed back. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "rows",
     .n_in = 1,
     .in = {{2, {1, 6}}},
     .attr = {2, [4] = 4, [8] = 6},
     .lo = -1,
     .hi = 1},
    {.name = "columns",
     .n_in = 1,
     .in = {{2, {5, 1}}},
     .attr = {2, [4] = 5, [8] = 17},
     .lo = -1,
     .hi = 1},
    {.name = "both, one more axis",
     .n_in = 1,
     .in = {{2, {1, 1}}},
     .attr = {3, [4] = 2, [8] = 3, [12] = 5},
     .lo = -1,
     .hi = 1},
    {.name = "empty",
     .n_in = 1,
     .in = {{1, {1}}},
     .attr = {2, [4] = 0, [8] = 1},
     .lo = -1,
     .hi = 1},
    {.name = "a scalar",
     .n_in = 1,
     .in = {{0, {0}}},
     .attr = {2, [4] = 2, [8] = 3},
     .lo = -1,
     .hi = 1},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_fill_attr *t = a->attr;
    frs_shape out = {.rank = t->rank}, in = a->in[0];
    for (int k = 0; k < t->rank; k++) out.dim[k] = t->dim[k];
    bool fits = in.rank <= out.rank;
    for (int k = 1; fits && k <= in.rank; k++)
        fits = in.dim[in.rank - k] == 1 || in.dim[in.rank - k] == out.dim[out.rank - k];
    if (!fits) return frs__shape_fail(a, _("cannot be broadcast to rank %d"), out.rank);
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++)
        a->out[0][i] = a->in[0][frs__broadcast_at(a->out_shape[0], a->in_shape[0], i)];
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs__sum_to(g->b, g->d_out[0], frs_tensor_shape(g->in[0]));
    return FRS_OK;
}

const frs_op frs__expand_op = {.name = "expand",
                               .n_in_min = 1,
                               .n_in_max = 1,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

frs_tensor *frs_expand(frs_builder *b, frs_tensor *x, frs_shape s) {
    frs_fill_attr attr = {.rank = s.rank};
    if (!frs__shape_kept(b, "expand", s)) return NULL;
    for (int k = 0; k < s.rank; k++) attr.dim[k] = (int32_t)s.dim[k];
    return frs__op_add(b, &frs__expand_op, &x, 1, &attr, sizeof attr);
}
