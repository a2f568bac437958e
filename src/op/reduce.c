#include "op/reduce.h"

frs_status frs__shape_reduce(const frs_shape_args *a) {
    const frs_axes_attr *t = a->attr;
    a->out[0] = a->in[0];
    if (a->in[0].rank < 32 && t->axes >> a->in[0].rank)
        return frs__shape_fail(a, _("an axis to reduce is beyond the rank %d"), a->in[0].rank);
    for (int k = 0; k < a->in[0].rank; k++)
        if (t->axes >> k & 1) a->out[0].dim[k] = 1;
    return FRS_OK;
}

int64_t frs__reduce_share(const frs_ref_args *a) {
    const int64_t out = frs_shape_count(a->out_shape[0]);
    return out ? frs_shape_count(a->in_shape[0]) / out : 0;
}

frs_tensor *frs__reduce_add(frs_builder *b, const frs_op *op, frs_tensor *x, uint32_t axes) {
    const int rank = frs_tensor_shape(x).rank;
    const frs_axes_attr attr = {axes == ~0U ? (1U << rank) - 1 : axes};
    return frs__op_add(b, op, &x, 1, &attr, sizeof attr);
}
