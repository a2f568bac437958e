/* z = x - y;  dx = dz, dy = -dz */
#include "op/elementwise.h"
FRS_BINARY(sub, x - y, d, frs_neg(b, d), -2, 2)
