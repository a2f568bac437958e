/* y = largest of x over some axes, kept with size 1; NaN wins.
 * dx = dy where x equals y (each of several equal ones gets it), else 0.
 * Second output, for the gradient: 1 where x equals y, else 0. */
#include "op/elementwise.h"
#include "op/reduce.h"
#include <math.h>

FRS_REDUCE_CASES

static frs_status shape(const frs_shape_args *a) {
    a->out[1] = a->in[0];
    return frs__shape_reduce(a);
}

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    double *y = a->out[0], *mask = a->out[1];
    const double *x = a->in[0];
    for (int64_t i = 0; i < m; i++) y[i] = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        double *to = &y[frs__broadcast_at(a->in_shape[0], a->out_shape[0], i)];
        if (x[i] > *to || isnan(x[i])) *to = x[i];
    }
    for (int64_t i = 0; mask && i < n; i++)
        mask[i] = x[i] == y[frs__broadcast_at(a->in_shape[0], a->out_shape[0], i)];
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_mul(g->b, g->d_out[0], g->out[1]);
    return FRS_OK;
}

const frs_op frs__reduce_max_op = {.name = "reduce_max",
                                   .n_in_min = 1,
                                   .n_in_max = 1,
                                   .n_out = 2,
                                   .n_main = 1,
                                   .shape = shape,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

frs_tensor *frs_reduce_max(frs_builder *b, frs_tensor *x, uint32_t axes) {
    return frs__reduce_add(b, &frs__reduce_max_op, x, axes);
}
