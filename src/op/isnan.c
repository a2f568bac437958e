/* y = 1 where x is NaN, else 0; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(isnan, isnan(x) != 0, NULL, -2, 2)
