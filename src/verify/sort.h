/* Sorting by a float with something in tow. */
#ifndef FRS_VERIFY_SORT_H
#define FRS_VERIFY_SORT_H

#include <stdint.h>

/* Order of the keys is the order of the floats (no NaN). */
uint32_t frs__float_key(float v);
float frs__key_float(uint32_t key);
/* Ascending by the upper 32 bits, keeping the order of equals. Returns where the result is: a or
 * scratch [n]. */
uint64_t *frs__radix_sort(uint64_t *a, uint64_t *scratch, int64_t n);

#endif
