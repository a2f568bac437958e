/* z = x - y floor(x / y): what is left of x, with the sign of y (Python's %); y = 0: NaN
 *     dx = dz;  dy = -dz floor(x / y) = -dz (x - z) / y */
#include "op/elementwise.h"
#include <math.h>

static double left(double x, double y) {
    const double z = fmod(x, y);
    return z != 0 && (z < 0) != (y < 0) ? z + y : z;
}
FRS_BINARY(mod, left(x, y), d, frs_mul(b, d, frs_div(b, frs_sub(b, g->out[0], x), y)), 0.6, 4)
