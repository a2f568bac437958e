/* y = cos(x), x in radians;  dx = -dy sin(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(cos, cos(x), frs_neg(b, frs_mul(b, d, frs_sin(b, x))), -4, 4)
