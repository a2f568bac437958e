/* z = 1 where both are above 0, else 0: a NaN counts as 0; its gradient is 0 */
#include "op/elementwise.h"
FRS_BINARY(and, x > 0 && y > 0, NULL, NULL, -2, 2)
