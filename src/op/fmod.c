/* z = x - y trunc(x / y): what is left of x, with the sign of x (C's fmod); y = 0: NaN
 *     dx = dz;  dy = -dz trunc(x / y) = -dz (x - z) / y */
#include "op/elementwise.h"
#include <math.h>
FRS_BINARY(fmod, fmod(x, y), d, frs_mul(b, d, frs_div(b, frs_sub(b, g->out[0], x), y)), 0.6, 4)
