/* y = sinh(x);  dx = dy cosh(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(sinh, sinh(x), frs_mul(b, d, frs_cosh(b, x)), -3, 3)
