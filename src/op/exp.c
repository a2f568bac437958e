/* y = exp(x);  dx = dy y */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(exp, exp(x), frs_mul(b, d, y), -2, 2)
