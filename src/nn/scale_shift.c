/* A weight and a bias for each channel: the trained part of LeCun's sub-sampling (1998,
 * doi:10.1109/5.726791, II.B). */
#include "op/op.h"

frs_tensor *frs_scale_shift(frs_builder *b, frs_tensor *x) {
    if (!x) return NULL;
    const frs_shape s = frs_tensor_shape(x);
    const frs_shape each = {1, {s.rank ? s.dim[s.rank - 1] : 1}};
    frs_tensor *w = frs_param(b, "weight", each, (frs_init){FRS_INIT_CONST, 1, 0});
    frs_tensor *shift = frs_param(b, "bias", each, (frs_init){FRS_INIT_ZERO, 0, 0});
    return frs_add(b, frs_mul(b, x, w), shift);
}
