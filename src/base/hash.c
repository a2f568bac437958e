/* MurmurHash64A (Appleby, public domain), reading little-endian words on any machine. */
#include "base/base.h"

#define M UINT64_C(0xc6a4a7935bd1e995)
#define R 47

static uint64_t word(const unsigned char *p, int64_t n) {
    uint64_t w = 0;
    for (int64_t i = 0; i < n; i++) w |= (uint64_t)p[i] << (8 * i);
    return w;
}

uint64_t frs__hash64(const void *data, int64_t n, uint64_t seed) {
    const unsigned char *p = data;
    uint64_t h = seed ^ ((uint64_t)n * M);
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t k = word(p, 8) * M;
        k = (k ^ k >> R) * M;
        h = (h ^ k) * M;
    }
    if (n) h = (h ^ word(p, n)) * M;
    h = (h ^ h >> R) * M;
    return h ^ h >> R;
}
