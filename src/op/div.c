/* z = x / y;  dx = dz / y, dy = -dz z / y */
#include "op/elementwise.h"
FRS_BINARY(div, x / y, frs_div(b, d, y), frs_neg(b, frs_div(b, frs_mul(b, d, g->out[0]), y)), 0.5,
           2)
