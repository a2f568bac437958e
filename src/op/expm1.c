/* y = exp(x) - 1, exact near 0;  dx = dy (y + 1) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(expm1, expm1(x), frs_mul(b, d, frs_scale(b, y, 1, 1)), -3, 2)
