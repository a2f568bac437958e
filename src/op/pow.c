/* z = x^y; NaN where x < 0 and y is no whole number
 *     dx = dz y x^(y - 1), 0 where y is 0;  dy = dz z ln x, 0 where x is 0, NaN where x < 0 */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

/* x, and 1 more where it is 0: what a zero must not become an infinity by. */
static frs_tensor *but_zero(frs_builder *b, frs_tensor *x) {
    return frs_add(b, x, frs_equal(b, x, frs__fill(b, (frs_shape){0}, 0)));
}
FRS_BINARY(pow, pow(x, y),
           frs_mul(b, d, frs_mul(b, y, frs_pow(b, x, frs_scale(b, but_zero(b, y), 1, -1)))),
           frs_mul(b, d, frs_mul(b, g->out[0], frs_log(b, but_zero(b, x)))), 0.5, 2)
