/* y = max(x, 0), NaN stays NaN;  dx = dy where x > 0 */
#include "op/elementwise.h"
#include "op/op_internal.h"
FRS_UNARY(relu, x < 0 ? 0 : x, frs_mul(b, d, frs__step(b, x)), -2, 2)
