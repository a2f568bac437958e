/* y = arccos(x) in radians, NaN outside [-1, 1];  dx = -dy / sqrt(1 - x^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(acos, acos(x),
          frs_neg(b, frs_div(b, d, frs_sqrt(b, frs_scale(b, frs_square(b, x), -1, 1)))), -0.9, 0.9)
