/* z = 1 where x == y, else 0, also where one is NaN; its gradient is 0 */
#include "op/elementwise.h"
FRS_BINARY(equal, x == y, NULL, NULL, -2, 2)
