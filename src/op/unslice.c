/* y = zeros with x in y[.., first : first + n, ..] on one axis;  dx = that slice of dy. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "into five rows",
     .n_in = 1,
     .in = {{2, {3, 4}}},
     .attr = {[8] = 1, [16] = 5},
     .lo = -1,
     .hi = 1},
    {.name = "middle",
     .n_in = 1,
     .in = {{3, {3, 2, 5}}},
     .attr = {1, [8] = 3, [16] = 7},
     .lo = -1,
     .hi = 1},
    {.name = "nothing",
     .n_in = 1,
     .in = {{2, {3, 0}}},
     .attr = {1, [8] = 4, [16] = 9},
     .lo = -1,
     .hi = 1},
    {.name = "empty", .n_in = 1, .in = {{2, {0, 3}}}, .attr = {1, [16] = 9}, .lo = -1, .hi = 1},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_slice_attr *s = a->attr;
    a->out[0] = a->in[0];
    if (s->axis < 0 || s->axis >= a->in[0].rank || s->first < 0 ||
        s->first > s->n - a->in[0].dim[s->axis])
        return frs__shape_fail(a, _("does not fit into %lld on axis %d"), (long long)s->n, s->axis);
    a->out[0].dim[s->axis] = s->n;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer = 1, inner = 1;
    for (int k = 0; k < a->in_shape[0].rank; k++)
        if (k != s->axis) *(k < s->axis ? &outer : &inner) *= a->in_shape[0].dim[k];
    const int64_t piece = a->in_shape[0].dim[s->axis] * inner;
    for (int64_t o = 0; o < outer; o++) {
        double *to = a->out[0] + o * s->n * inner;
        for (int64_t i = 0; i < s->n * inner; i++) to[i] = 0;
        for (int64_t i = 0; i < piece; i++) to[s->first * inner + i] = a->in[0][o * piece + i];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_slice_attr *s = g->attr;
    g->d_in[0] =
        frs_slice(g->b, g->d_out[0], s->axis, s->first, frs_tensor_shape(g->in[0]).dim[s->axis]);
    return FRS_OK;
}

const frs_op frs__unslice_op = {.name = "unslice",
                                .n_in_min = 1,
                                .n_in_max = 1,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

frs_tensor *frs__unslice(frs_builder *b, frs_tensor *x, int axis, int64_t first, int64_t total) {
    const frs_slice_attr attr = {axis, first, total};
    return frs__op_add(b, &frs__unslice_op, &x, 1, &attr, sizeof attr);
}
