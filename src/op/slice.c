/* y = x[.., first : first + n, ..] on one axis;  dx = dy with zeros around it (unslice). */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "none of it", .n_in = 1, .in = {{2, {3, 5}}}, .lo = -1, .hi = 1},
    {.name = "rows",
     .n_in = 1,
     .in = {{2, {5, 7}}},
     .attr = {[8] = 2, [16] = 3},
     .lo = -1,
     .hi = 1},
    {.name = "middle",
     .n_in = 1,
     .in = {{3, {3, 6, 5}}},
     .attr = {1, [8] = 1, [16] = 4},
     .lo = -1,
     .hi = 1},
    {.name = "last",
     .n_in = 1,
     .in = {{2, {3, 31}}},
     .attr = {1, [8] = 30, [16] = 1},
     .lo = -1,
     .hi = 1},
    {.name = "empty",
     .n_in = 1,
     .in = {{2, {0, 9}}},
     .attr = {1, [8] = 2, [16] = 3},
     .lo = -1,
     .hi = 1},
};
#endif

/* Sizes before, along and after an axis. */
typedef struct span {
    int64_t outer, inner;
} span;
static span around(frs_shape s, int axis) {
    span a = {1, 1};
    for (int k = 0; k < s.rank; k++)
        if (k != axis) *(k < axis ? &a.outer : &a.inner) *= s.dim[k];
    return a;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_slice_attr *s = a->attr;
    a->out[0] = a->in[0];
    if (s->axis < 0 || s->axis >= a->in[0].rank || s->first < 0 || s->n < 0 ||
        s->first > a->in[0].dim[s->axis] - s->n)
        return frs__shape_fail(a, _("no elements %lld to %lld on axis %d"), (long long)s->first,
                               (long long)(s->first + s->n - 1), s->axis);
    a->out[0].dim[s->axis] = s->n;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_slice_attr *s = a->attr;
    const span sp = around(a->in_shape[0], s->axis);
    const int64_t total = a->in_shape[0].dim[s->axis], piece = s->n * sp.inner;
    for (int64_t o = 0; o < sp.outer; o++)
        for (int64_t i = 0; i < piece; i++)
            a->out[0][o * piece + i] = a->in[0][(o * total + s->first) * sp.inner + i];
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_slice_attr *s = g->attr;
    g->d_in[0] =
        frs__unslice(g->b, g->d_out[0], s->axis, s->first, frs_tensor_shape(g->in[0]).dim[s->axis]);
    return FRS_OK;
}

const frs_op frs__slice_op = {.name = "slice",
                              .n_in_min = 1,
                              .n_in_max = 1,
                              .n_out = 1,
                              .n_main = 1,
                              .shape = shape,
                              .reference = reference,
                              .gradient = gradient,
                              FRS_CASES};

frs_tensor *frs_slice(frs_builder *b, frs_tensor *x, int axis, int64_t first, int64_t n) {
    const frs_slice_attr attr = {axis, first, n};
    return frs__op_add(b, &frs__slice_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_last_steps(frs_builder *b, frs_tensor *x, int64_t n) {
    const frs_shape s = frs_tensor_shape(x);
    return frs_slice(b, x, 1, s.rank > 1 ? s.dim[1] - n : 0, n);
}

frs_tensor *frs_last_step(frs_builder *b, frs_tensor *x) {
    const frs_shape s = frs_tensor_shape(x);
    return frs_reshape(b, frs_last_steps(b, x, 1), (frs_shape){2, {s.dim[0], s.dim[2]}});
}
