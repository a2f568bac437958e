/* y = artanh(x), NaN outside [-1, 1];  dx = dy / (1 - x^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(atanh, atanh(x), frs_div(b, d, frs_scale(b, frs_square(b, x), -1, 1)), -0.9, 0.9)
