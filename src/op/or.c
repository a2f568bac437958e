/* z = 1 where one is above 0, else 0: a NaN counts as 0; its gradient is 0 */
#include "op/elementwise.h"
FRS_BINARY(or, x > 0 || y > 0, NULL, NULL, -2, 2)
