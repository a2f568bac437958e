/* y = 1 / x;  dx = -dy y^2 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(reciprocal, 1 / x, frs_neg(b, frs_mul(b, d, frs_square(b, y))), 0.5, 2)
