/* Sorting by a float with something in tow. */
#ifndef FRS_VERIFY_SORT_H
#define FRS_VERIFY_SORT_H

#include <stdint.h>
#include <string.h>

/* Order of the keys is the order of the floats (no NaN). */
static inline uint32_t frs__float_key(float v) {
    uint32_t u;
    memcpy(&u, &v, sizeof u);
    return u >> 31 ? ~u : u | UINT32_C(1) << 31; /* a negative one sorts the other way round */
}

static inline float frs__key_float(uint32_t key) {
    const uint32_t u = key >> 31 ? key & ~(UINT32_C(1) << 31) : ~key;
    float v;
    memcpy(&v, &u, sizeof v);
    return v;
}

/* Ascending by the upper 32 bits, keeping the order of equals. Returns where the result is: a or
 * scratch [n]. */
uint64_t *frs__radix_sort(uint64_t *a, uint64_t *scratch, int64_t n);

#endif
