/* y = x W' + b on the last axis; W [units, F] and b start as PyTorch's nn.Linear: UNIFORM(-1/sqrt
 * F, 1/sqrt F). */
#include "op/op.h"
#include <math.h>

frs_tensor *frs_dense(frs_builder *b, frs_tensor *x, int64_t units) {
    if (!x) return NULL;
    const frs_shape in = frs_tensor_shape(x);
    const int64_t F = in.rank > 0 ? in.dim[in.rank - 1] : 0;
    if (units < 1 || F < 1) {
        frs__build_fail(b, FRS_E_ARG,
                        _("dense: %lld units on %lld features; both must be at least 1"),
                        (long long)units, (long long)F);
        return NULL;
    }
    const frs_init init = {FRS_INIT_UNIFORM, 1 / sqrt((double)F), 0};
    frs_tensor *w = frs_param(b, "weight", (frs_shape){2, {units, F}}, init);
    frs_tensor *bias = frs_param(b, "bias", (frs_shape){1, {units}}, init);
    const int64_t rows = frs_shape_count(in) / F;
    frs_tensor *flat = frs_reshape(b, x, (frs_shape){2, {rows, F}});
    frs_tensor *y = frs_add(b, frs_matmul(b, flat, w, false, true), bias);
    frs_shape out = in;
    out.dim[out.rank - 1] = units;
    return frs_reshape(b, y, out);
}
