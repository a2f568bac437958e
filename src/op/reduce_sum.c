/* y = sum of x over some axes, kept with size 1;  dx = dy, stretched */
#include "op/elementwise.h"
#include "op/reduce.h"

FRS_REDUCE_CASES

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < m; i++) a->out[0][i] = 0;
    for (int64_t i = 0; i < n; i++)
        a->out[0][frs__broadcast_at(a->in_shape[0], a->out_shape[0], i)] += a->in[0][i];
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs_expand(g->b, g->d_out[0], frs_tensor_shape(g->in[0]));
    return FRS_OK;
}

const frs_op frs__reduce_sum_op = {.name = "reduce_sum",
                                   .n_in_min = 1,
                                   .n_in_max = 1,
                                   .n_out = 1,
                                   .n_main = 1,
                                   .shape = frs__shape_reduce,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

frs_tensor *frs_reduce_sum(frs_builder *b, frs_tensor *x, uint32_t axes) {
    return frs__reduce_add(b, &frs__reduce_sum_op, x, axes);
}
