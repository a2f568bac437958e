/* y = cosh(x);  dx = dy sinh(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(cosh, cosh(x), frs_mul(b, d, frs_sinh(b, x)), -3, 3)
