/* z = x + y;  dx = dz, dy = dz (summed over broadcast axes) */
#include "op/elementwise.h"
FRS_BINARY(add, x + y, d, d, -2, 2)
