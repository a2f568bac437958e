/* y = least of x over some axes, kept with size 1; gradient and NaN: reduce_extreme.h */
#include "op/reduce_extreme.h"
FRS_EXTREME(reduce_min, -1)
