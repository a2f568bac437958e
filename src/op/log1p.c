/* y = ln(1 + x), exact near 0;  dx = dy / (1 + x) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(log1p, log1p(x), frs_div(b, d, frs_scale(b, x, 1, 1)), -0.5, 3)
