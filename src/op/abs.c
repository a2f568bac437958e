/* y = |x|;  dx = dy sign(x) */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>
FRS_UNARY(abs, fabs(x), frs_mul(b, d, frs__sign(b, x)), -2, 2)
