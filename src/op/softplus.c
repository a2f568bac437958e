/* y = ln(1 + exp(x)), written so that it cannot overflow;  dx = dy sigmoid(x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(softplus, (x > 0 ? x : 0) + log1p(exp(-fabs(x))), frs_mul(b, d, frs_sigmoid(b, x)), -4, 4)
