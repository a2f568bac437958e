/* y = product of x over some axes, kept with size 1; 1 of nothing.
 *     dx_i = dy product of the x_j, j not i, also where some are 0
 * Second output, for the gradient: these products. */
#include "op/elementwise.h"
#include "op/reduce.h"

FRS_REDUCE_CASES

static frs_status shape(const frs_shape_args *a) {
    a->out[1] = a->in[0];
    return frs__shape_reduce(a);
}

/* The others' product is the product of those before and that of those behind: forwards one lies in
 * out[1], backwards the other is gathered in y. */
static void reference(const frs_ref_args *a) {
    const frs_shape in = a->in_shape[0], out = a->out_shape[0];
    const int64_t n = frs_shape_count(in), m = frs_shape_count(out);
    double *y = a->out[0], *others = a->out[1];
    for (int64_t i = 0; i < m; i++) y[i] = 1;
    for (int64_t i = n - 1; others && i >= 0; i--) {
        double *behind = &y[frs__broadcast_at(in, out, i)];
        others[i] = *behind;
        *behind *= a->in[0][i];
    }
    for (int64_t i = 0; i < m; i++) y[i] = 1;
    for (int64_t i = 0; i < n; i++) {
        double *before = &y[frs__broadcast_at(in, out, i)];
        if (others) others[i] *= *before;
        *before *= a->in[0][i];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_mul(g->b, g->d_out[0], g->out[1]);
    return FRS_OK;
}

const frs_op frs__reduce_prod_op = {.name = "reduce_prod",
                                    .n_in_min = 1,
                                    .n_in_max = 1,
                                    .n_out = 2,
                                    .n_main = 1,
                                    .shape = shape,
                                    .reference = reference,
                                    .gradient = gradient,
                                    FRS_CASES};

frs_tensor *frs_reduce_prod(frs_builder *b, frs_tensor *x, uint32_t axes) {
    return frs__reduce_add(b, &frs__reduce_prod_op, x, axes);
}
