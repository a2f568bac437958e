/* Rows of a table by index; a layer on each step of a sequence. */
#include "op/op.h"

frs_tensor *frs_embed(frs_builder *b, frs_tensor *index, int64_t n, int64_t units) {
    if (!index) return NULL;
    if (n < 1 || units < 1) {
        frs__build_fail(b, FRS_E_ARG, _("embedding: %lld rows of %lld; both must be at least 1"),
                        (long long)n, (long long)units);
        return NULL;
    }
    const frs_init init = {FRS_INIT_NORMAL, 1, 0};
    return frs_gather(b, frs_param(b, "weight", (frs_shape){2, {n, units}}, init), index, 0);
}

frs_tensor *frs_each_step(frs_builder *b, frs_tensor *x, frs_layer_fn layer, const void *arg) {
    const frs_shape s = frs_tensor_shape(x);
    if (!x) return NULL;
    if (s.rank < 2) {
        frs__build_fail(b, FRS_E_ARG, _("a layer on each step needs [batch, steps, ..]"));
        return NULL;
    }
    frs_shape flat = {s.rank - 1, {s.dim[0] * s.dim[1]}};
    for (int k = 1; k < flat.rank; k++) flat.dim[k] = s.dim[k + 1];
    frs_tensor *y = layer(b, frs_reshape(b, x, flat), arg);
    const frs_shape of_y = frs_tensor_shape(y);
    frs_shape out = {of_y.rank + 1, {s.dim[0], s.dim[1]}};
    if (!y) return NULL;
    if (of_y.rank < 1 || of_y.rank == FRS_MAX_RANK || of_y.dim[0] != flat.dim[0]) {
        frs__build_fail(b, FRS_E_ARG, _("a layer on each step changed the number of rows"));
        return NULL;
    }
    for (int k = 1; k < of_y.rank; k++) out.dim[k + 1] = of_y.dim[k];
    return frs_reshape(b, y, out);
}
