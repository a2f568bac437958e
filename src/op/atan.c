/* y = arctan(x) in radians;  dx = dy / (1 + x^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(atan, atan(x), frs_div(b, d, frs_scale(b, frs_square(b, x), 1, 1)), -4, 4)
