/* Normalisations, by what the node gives for scale and shift. */
#include "exchange/onnx_internal.h"

#include "op/norm.h"
#include "op/op.h"

#include <math.h>

/* By the given means and variances. A vector and a matrix hold their channels as the last axis
 * already. */
frs_status frs__onnx_do_batch_norm(frs__onnx_call *c) {
    if (frs__onnx_int(c, "training_mode", 0))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "training_mode");
    if (!frs__onnx_int(c, "spatial", 1))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "spatial");
    frs_tensor *const in[FRS_BN_N_IN] = {frs__onnx_last(c, 0), frs__onnx_t(c, 1), frs__onnx_t(c, 2),
                                         frs__onnx_t(c, 3), frs__onnx_t(c, 4)};
    for (int i = 1; i < FRS_BN_N_IN; i++)
        if (!in[i]) return frs__onnx_give(c, 0, NULL, 0);
    const frs_batch_norm_attr t = {.eps = frs__onnx_float(c, "epsilon", 1e-5)};
    frs_tensor *y = frs__batch_norm_infer(c->b, in, t);
    return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_instance_norm(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    frs_tensor *const in[FRS_GN_N_IN] = {frs__onnx_last(c, 0), frs__onnx_t(c, 1),
                                         frs__onnx_t(c, 2)};
    if (s.rank < 3)
        return frs__onnx_fail(c, _("an input of %d axes; 3 to 5 are supported"), s.rank);
    const frs_group_norm_attr t = {.eps = frs__onnx_float(c, "epsilon", 1e-5),
                                   .groups = (int32_t)s.dim[1]};
    return frs__onnx_give_last(c, 0, frs__group_norm(c->b, in, t), frs__onnx_type(c, 0));
}

/* mean and 1 / standard deviation over the last axes, as outputs 1 and 2. */
static frs_status statistics(frs__onnx_call *c, int axis, double eps) {
    frs_tensor *x = frs__onnx_t(c, 0);
    uint32_t axes = 0;
    for (int k = axis; k < frs_tensor_shape(x).rank; k++) axes |= 1U << k;
    if (c->n_out < 2) return FRS_OK;
    frs_tensor *mean = frs_reduce_mean(c->b, x, axes);
    frs_tensor *var = frs_reduce_mean(c->b, frs_square(c->b, frs_sub(c->b, x, mean)), axes);
    FRS_TRY(frs__onnx_give(c, 1, mean, FRS__ONNX_FLOAT));
    frs_tensor *sd = frs_sqrt(c->b, frs_scale(c->b, var, 1, eps));
    return frs__onnx_give(c, 2, frs_reciprocal(c->b, sd), FRS__ONNX_FLOAT);
}

frs_status frs__onnx_do_layer_norm(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", -1, s.rank, &axis));
    frs_shape of = {.rank = s.rank - axis};
    for (int k = 0; k < of.rank; k++) of.dim[k] = s.dim[axis + k];
    frs_tensor *const in[FRS_GN_N_IN] = {
        frs__onnx_t(c, 0), frs_expand(c->b, frs__onnx_t(c, 1), of),
        frs__onnx_has(c, 2) ? frs_expand(c->b, frs__onnx_t(c, 2), of) : NULL};
    const frs_group_norm_attr t = {.eps = frs__onnx_float(c, "epsilon", 1e-5), .last = of.rank};
    FRS_TRY(frs__onnx_give(c, 0, frs__group_norm(c->b, in, t), frs__onnx_type(c, 0)));
    return statistics(c, axis, t.eps);
}

/* (x - mean) / standard deviation over the axes. */
frs_status frs__onnx_do_mean_variance_norm(frs__onnx_call *c) {
    int64_t axes[FRS_MAX_RANK] = {0, 2, 3}, n;
    const int rank = frs__onnx_shape(c, 0).rank;
    uint32_t bits = 0;
    frs_tensor *x = frs__onnx_t(c, 0);
    FRS_TRY(frs__onnx_ints(c, "axes", FRS_MAX_RANK, axes, &n));
    for (int k = 0; k < (n < 0 ? 3 : n); k++) {
        const int64_t axis = axes[k] < 0 ? axes[k] + rank : axes[k];
        if (axis < 0 || axis >= rank)
            return frs__onnx_fail(c, _("axis %lld of a tensor of %d axes"), (long long)axes[k],
                                  rank);
        bits |= 1U << axis;
    }
    frs_tensor *centred = frs_sub(c->b, x, frs_reduce_mean(c->b, x, bits));
    frs_tensor *var = frs_reduce_mean(c->b, frs_square(c->b, centred), bits);
    frs_tensor *sd = frs_sqrt(c->b, frs_scale(c->b, var, 1, 1e-9));
    return frs__onnx_give(c, 0, frs_div(c->b, centred, sd), frs__onnx_type(c, 0));
}

/* alpha goes with the mean over `size` channels, as the engine's. ONNX's k is its `bias`. */
frs_status frs__onnx_do_lrn(frs__onnx_call *c) {
    const int64_t size = frs__onnx_int(c, "size", 0);
    if (size < 1 || size > INT16_MAX)
        return frs__onnx_fail(c, _("attribute '%s' is %lld"), "size", (long long)size);
    if (size % 2 == 0) /* ONNX looks one channel further up, the engine one further down */
        return frs__onnx_cannot(c,
                                _("local response normalisation over an even number of channels"));
    const frs_lrn_opts o = {.size = (int)size,
                            .alpha = frs__onnx_float(c, "alpha", 1e-4),
                            .beta = frs__onnx_float(c, "beta", 0.75),
                            .k = frs__onnx_float(c, "bias", 1)};
    return frs__onnx_give_last(c, 0, frs_lrn(c->b, frs__onnx_last(c, 0), &o), frs__onnx_type(c, 0));
}
