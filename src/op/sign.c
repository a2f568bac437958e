/* y = -1, 0, 1 as x is below, at, above 0; NaN stays NaN; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(sign, isnan(x) ? x : (x > 0) - (x < 0), NULL, -2, 2)
