/* y = largest whole number that is not above x; NaN stays NaN; its gradient is 0 */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(floor, floor(x), NULL, -3, 3)
