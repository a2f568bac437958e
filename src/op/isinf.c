/* y = 1 where x is infinite, else 0, also where it is NaN; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(isinf, isinf(x) != 0, NULL, -2, 2)
