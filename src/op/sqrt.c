/* y = sqrt(x);  dx = dy / (2 y) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(sqrt, sqrt(x), frs_scale(b, frs_div(b, d, y), 0.5, 0), 0.2, 3)
