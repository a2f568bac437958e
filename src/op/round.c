/* y = nearest whole number, of two the even one; NaN stays NaN; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(round, rint(x), NULL, -3, 3)
