/* y = tanh(x);  dx = dy (1 - y^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(tanh, tanh(x), frs_mul(b, d, frs_scale(b, frs_square(b, y), -1, 1)), -3, 3)
