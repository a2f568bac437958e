/* y = 1 / (1 + exp(-x));  dx = dy y (1 - y) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(sigmoid, 1 / (1 + exp(-x)), frs_mul(b, d, frs_mul(b, y, frs_scale(b, y, -1, 1))), -4, 4)
