/* y = erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x
 * dx = dy 2 / sqrt(pi) exp(-x^2) */
#include "op/elementwise.h"
#include <math.h>
FRS_UNARY(erf, erf(x),
          frs_mul(b, d, frs_scale(b, frs_exp(b, frs_neg(b, frs_square(b, x))), M_2_SQRTPI, 0)), -3,
          3)
