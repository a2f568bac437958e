/* y = ln(x);  dx = dy / x */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(log, log(x), frs_div(b, d, x), 0.2, 3)
