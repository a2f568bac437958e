/* y = smallest whole number that is not below x; NaN stays NaN; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(ceil, ceil(x), NULL, -3, 3)
