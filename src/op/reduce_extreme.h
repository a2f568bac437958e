/* Largest and least over axes: all of an operator's file but its name. NaN wins.
 *     dx = dy, shared equally among the elements that equal y (PyTorch's amax and amin), else 0;
 *     NaN behind a NaN
 * Second output, for the gradient: 1 where x equals y, else 0. */
#ifndef FRS_OP_REDUCE_EXTREME_H
#define FRS_OP_REDUCE_EXTREME_H
#include "op/elementwise.h"
#include "op/reduce.h"
#include <math.h>

static frs_status shape(const frs_shape_args *a) {
    a->out[1] = a->in[0];
    return frs__shape_reduce(a);
}

static inline void extreme(const frs_ref_args *a, double sign) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    double *y = a->out[0], *mask = a->out[1];
    const double *x = a->in[0];
    for (int64_t i = 0; i < m; i++) y[i] = -INFINITY * sign;
    for (int64_t i = 0; i < n; i++) {
        double *to = &y[frs__broadcast_at(a->in_shape[0], a->out_shape[0], i)];
        if (x[i] * sign > *to * sign || isnan(x[i])) *to = x[i];
    }
    for (int64_t i = 0; mask && i < n; i++)
        mask[i] = x[i] == y[frs__broadcast_at(a->in_shape[0], a->out_shape[0], i)];
}

static frs_status gradient(const frs_grad_args *g) {
    frs_builder *b = g->b;
    const frs_axes_attr *t = g->attr;
    frs_tensor *equal = g->out[1], *count = frs_reduce_sum(b, equal, t->axes);
    g->d_in[0] = frs_mul(b, equal, frs_div(b, g->d_out[0], count));
    return FRS_OK;
}

#define FRS_EXTREME(NAME, SIGN)                                                                    \
    FRS_REDUCE_CASES                                                                               \
    static void reference(const frs_ref_args *a) {                                                 \
        extreme(a, SIGN);                                                                          \
    }                                                                                              \
    const frs_op frs__##NAME##_op = {.name = #NAME,                                                \
                                     .n_in_min = 1,                                                \
                                     .n_in_max = 1,                                                \
                                     .n_out = 2,                                                   \
                                     .n_main = 1,                                                  \
                                     .shape = shape,                                               \
                                     .reference = reference,                                       \
                                     .gradient = gradient,                                         \
                                     FRS_CASES};                                                   \
    frs_tensor *frs_##NAME(frs_builder *b, frs_tensor *x, uint32_t axes) {                         \
        return frs__reduce_add(b, &frs__##NAME##_op, x, axes);                                     \
    }
#endif
