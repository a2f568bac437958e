/* y = arsinh(x);  dx = dy / sqrt(x^2 + 1) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(asinh, asinh(x), frs_div(b, d, frs_sqrt(b, frs_scale(b, frs_square(b, x), 1, 1))), -4, 4)
