/* z = x where x >= 0, else y x; y, the slope, is learned: of one value, or one a channel. He et al.
 * (2015), doi:10.1109/ICCV.2015.123. NaN in x stays NaN; NaN in y where x < 0.
 *     dx = dz where x >= 0, else y dz;  dy = dz min(x, 0) */
#include "op/elementwise.h"
#include "op/op_internal.h"

static frs_tensor *zero(frs_builder *b) {
    return frs__fill(b, (frs_shape){0}, 0);
}
FRS_BINARY(prelu, x < 0 ? x * y : x, frs_where(b, frs_less(b, x, zero(b)), frs_mul(b, d, y), d),
           frs_mul(b, d, frs_min(b, x, zero(b))), -2, 2)
