/* y = sin(x), x in radians;  dx = dy cos(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(sin, sin(x), frs_mul(b, d, frs_cos(b, x)), -4, 4)
