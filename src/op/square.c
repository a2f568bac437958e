/* y = x^2;  dx = 2 x dy */
#include "op/elementwise.h"
FRS_UNARY(square, x *x, frs_scale(b, frs_mul(b, d, x), 2, 0), -2, 2)
