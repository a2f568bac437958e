/* y = |x|;  dx = dy sign(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(abs, fabs(x), frs_mul(b, d, frs_sign(b, x)), -2, 2)
