/* y = arcosh(x), NaN below 1;  dx = dy / sqrt(x^2 - 1) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(acosh, acosh(x), frs_div(b, d, frs_sqrt(b, frs_scale(b, frs_square(b, x), 1, -1))), 1.2,
          4)
