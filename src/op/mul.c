/* z = x y;  dx = dz y, dy = dz x */
#include "op/elementwise.h"
FRS_BINARY(mul, x *y, frs_mul(b, d, y), frs_mul(b, d, x), -2, 2)
