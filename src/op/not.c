/* y = 1 - x: of 0 and 1 the other one, NaN stays NaN;  dx = -dy */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(not, 1 - x, frs_neg(b, d), 0, 1)
