/* y = the inputs side by side on one axis;  dx_i = its slice of dy. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "rows", .n_in = 3, .in = {{2, {3, 4}}, {2, {1, 4}}, {2, {2, 4}}}, .lo = -1, .hi = 1},
    {.name = "one", .n_in = 1, .in = {{1, {7}}}, .lo = -1, .hi = 1},
    {.name = "with nothing",
     .n_in = 2,
     .in = {{2, {3, 0}}, {2, {3, 5}}},
     .attr = {1},
     .lo = -1,
     .hi = 1},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 2}}, {2, {0, 5}}}, .attr = {1}, .lo = -1, .hi = 1},
    {.name = "columns",
     .n_in = 2,
     .in = {{3, {2, 3, 4}}, {3, {2, 3, 1}}},
     .attr = {2},
     .lo = -1,
     .hi = 1},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_slice_attr *s = a->attr;
    frs_shape out = a->in[0];
    if (s->axis < 0 || s->axis >= out.rank)
        return frs__shape_fail(a, _("no axis %d to concatenate on"), s->axis);
    for (int i = 1; i < a->n_in; i++) {
        bool fits = a->in[i].rank == out.rank;
        for (int k = 0; fits && k < out.rank; k++)
            fits = k == s->axis || a->in[i].dim[k] == out.dim[k];
        if (!fits) return frs__shape_fail(a, _("input %d does not fit beside the first"), i);
        out.dim[s->axis] += a->in[i].dim[s->axis];
    }
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer = 1, inner = 1;
    for (int k = 0; k < a->out_shape[0].rank; k++)
        if (k != s->axis) *(k < s->axis ? &outer : &inner) *= a->out_shape[0].dim[k];
    double *to = a->out[0];
    for (int64_t o = 0; o < outer; o++)
        for (int i = 0; i < a->n_in; i++) {
            const int64_t piece = a->in_shape[i].dim[s->axis] * inner;
            for (int64_t k = 0; k < piece; k++) *to++ = a->in[i][o * piece + k];
        }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_slice_attr *s = g->attr;
    int64_t at = 0;
    for (int i = 0; i < g->n_in; i++) {
        const int64_t n = frs_tensor_shape(g->in[i]).dim[s->axis];
        g->d_in[i] = frs_slice(g->b, g->d_out[0], s->axis, at, n);
        at += n;
    }
    return FRS_OK;
}

const frs_op frs__concat_op = {.name = "concat",
                               .n_in_min = 1,
                               .n_in_max = FRS_OP_MAX_IN,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

frs_tensor *frs_concat(frs_builder *b, frs_tensor *const *xs, int n, int axis) {
    const frs_slice_attr attr = {.axis = axis};
    for (int i = 0; i < n; i++)
        if (!xs[i]) return NULL;
    if (n <= FRS_OP_MAX_IN) return frs__op_add(b, &frs__concat_op, xs, n, &attr, sizeof attr);
    frs_tensor *part[FRS_OP_MAX_IN]; /* of parts, each of several */
    const int each = (n + FRS_OP_MAX_IN - 1) / FRS_OP_MAX_IN;
    int k = 0;
    for (int i = 0; i < n; i += each)
        part[k++] = frs_concat(b, xs + i, n - i < each ? n - i : each, axis);
    return frs_concat(b, part, k, axis);
}
