/* y = tan(x), x in radians;  dx = dy (1 + y^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(tan, tan(x), frs_mul(b, d, frs_scale(b, frs_square(b, y), 1, 1)), -1.2, 1.2)
