/* y = x W' + b on the last axis; W [units, F] and b start as PyTorch's nn.Linear: UNIFORM(-1/sqrt
 * F, 1/sqrt F). */
#include "nn/dense.h"
#include <math.h>

frs_tensor *frs__affine(frs_builder *b, frs_tensor *x, frs_tensor *w, frs_tensor *bias) {
    if (!x || !w) return NULL;
    frs_shape s = frs_tensor_shape(x);
    const int64_t F = s.dim[s.rank - 1], rows = F ? frs_shape_count(s) / F : 0;
    frs_tensor *y = frs_matmul(b, frs_reshape(b, x, (frs_shape){2, {rows, F}}), w, false, true);
    s.dim[s.rank - 1] = frs_tensor_shape(w).dim[0];
    return frs_reshape(b, bias ? frs_add(b, y, bias) : y, s);
}

frs_tensor *frs__dense(frs_builder *b, frs_tensor *x, int64_t units, frs_init weight,
                       frs_init bias) {
    const frs_shape s = frs_tensor_shape(x);
    const int64_t F = s.rank > 0 ? s.dim[s.rank - 1] : 0;
    frs_tensor *w = frs_param(b, "weight", (frs_shape){2, {units, F}}, weight);
    return frs__affine(b, x, w, frs_param(b, "bias", (frs_shape){1, {units}}, bias));
}

frs_tensor *frs_dense_with(frs_builder *b, frs_tensor *x, const frs_dense_opts *o) {
    if (!x) return NULL;
    const frs_shape in = frs_tensor_shape(x);
    const int64_t F = in.rank > 0 ? in.dim[in.rank - 1] : 0, units = o->units;
    if (units < 1 || F < 1) {
        frs__build_fail(b, FRS_E_ARG,
                        _("dense: %lld units on %lld features; both must be at least 1"),
                        (long long)units, (long long)F);
        return NULL;
    }
    const frs_init usual = {FRS_INIT_UNIFORM, 1 / sqrt((double)F), 0};
    const frs_init init = o->init.kind == FRS_INIT_ZERO ? usual : o->init;
    frs_tensor *w = frs_param(b, "weight", (frs_shape){2, {units, F}}, init);
    frs_tensor *bias = o->no_bias ? NULL : frs_param(b, "bias", (frs_shape){1, {units}}, usual);
    return frs_activate(b, frs__affine(b, x, w, bias), o->activation);
}

frs_tensor *frs_dense(frs_builder *b, frs_tensor *x, int64_t units) {
    return frs_dense_with(b, x, &(frs_dense_opts){.units = units});
}
