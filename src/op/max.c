/* z = the larger of x and y, NaN where one is;  dx = dz where x >= y, dy = dz where y > x, else 0
 */
#include "op/elementwise.h"
#include <math.h>
FRS_BINARY(max, isnan(x) || x > y ? x : y, frs_mul(b, d, frs_greater_equal(b, x, y)),
           frs_mul(b, d, frs_greater(b, y, x)), -2, 2)
