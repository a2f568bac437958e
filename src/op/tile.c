/* Copies of a tensor behind each other: a composition, axis by axis, of reshape and expand. */
#include "op/op.h"

frs_tensor *frs_tile(frs_builder *b, frs_tensor *x, const int64_t *times) {
    const frs_shape s = frs_tensor_shape(x);
    frs_shape out = s;
    for (int k = 0; k < s.rank && x; k++) {
        if (times[k] < 1) {
            frs__build_fail(b, FRS_E_ARG, _("tile: %lld copies on axis %d"), (long long)times[k],
                            k);
            return NULL;
        }
        if (times[k] == 1) continue;
        int64_t outer = 1, inner = 1;
        for (int j = 0; j < s.rank; j++) *(j < k ? &outer : &inner) *= out.dim[j];
        x = frs_reshape(b, x, (frs_shape){3, {outer, 1, inner}});
        x = frs_expand(b, x, (frs_shape){3, {outer, times[k], inner}});
        out.dim[k] *= times[k];
        x = frs_reshape(b, x, out);
    }
    return x;
}
