/* y = a x + c;  dx = a dy.  Also the negative (a = -1) and a plain copy (a = 1). */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "copy",
     .n_in = 1,
     .in = {{1, {17}}},
     .attr = {[6] = 0xF0, [7] = 0x3F},
     .lo = -2,
     .hi = 2},
    {.name = "a quarter less, plus one",
     .n_in = 1,
     .in = {{1, {31}}},
     .attr = {[6] = 0xE8, [7] = 0x3F, [14] = 0xF0, [15] = 0x3F},
     .lo = -2,
     .hi = 2},
    {.name = "empty",
     .n_in = 1,
     .in = {{2, {3, 0}}},
     .attr = {[6] = 0xF0, [7] = 0x3F},
     .lo = -2,
     .hi = 2},
    {.name = "to zero", .n_in = 1, .in = {{2, {3, 4}}}, .lo = -2, .hi = 2},
};
#endif

static void reference(const frs_ref_args *a) {
    const frs_scale_attr *s = a->attr;
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = s->a * a->in[0][i] + s->c;
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_scale_attr *s = g->attr;
    g->d_in[0] = frs_scale(g->b, g->d_out[0], s->a, 0);
    return FRS_OK;
}

const frs_op frs__scale_op = {.name = "scale",
                              .n_in_min = 1,
                              .n_in_max = 1,
                              .n_out = 1,
                              .n_main = 1,
                              .shape = frs__shape_same,
                              .reference = reference,
                              .gradient = gradient,
                              FRS_CASES};

frs_tensor *frs_scale(frs_builder *b, frs_tensor *x, double a, double c) {
    const frs_scale_attr attr = {a, c};
    return frs__op_add(b, &frs__scale_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_neg(frs_builder *b, frs_tensor *x) {
    return frs_scale(b, x, -1, 0);
}
