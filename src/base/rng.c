/* Random numbers as a pure function of (seed, purpose, step, index): Philox4x32 with 10 rounds.
 * Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
 * doi:10.1145/2063384.2063405. Constants are the paper's. */
#include "base/base.h"

#include <math.h>

#define M0     UINT64_C(0xD2511F53)
#define M1     UINT64_C(0xCD9E8D57)
#define W0     UINT32_C(0x9E3779B9) /* golden ratio */
#define W1     UINT32_C(0xBB67AE85) /* sqrt(3) - 1 */
#define TWO_PI 6.283185307179586476925

void frs__rng_u32x4(frs_rng r, uint64_t index, uint32_t out[4]) {
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)r.step, c3 = r.purpose;
    uint32_t k0 = (uint32_t)r.seed, k1 = (uint32_t)(r.seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = M0 * c0, p1 = M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += W0;
        k1 += W1;
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

static double to_unit(uint32_t high, uint32_t low) {
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

double frs__rng_uniform(frs_rng r, uint64_t index) {
    uint32_t v[4];
    frs__rng_u32x4(r, index, v);
    return to_unit(v[0], v[1]);
}

/* Box & Muller (1958), doi:10.1214/aoms/1177706645; the first number is in (0, 1]. */
double frs__rng_normal(frs_rng r, uint64_t index) {
    uint32_t v[4];
    frs__rng_u32x4(r, index, v);
    return sqrt(-2 * log(1 - to_unit(v[0], v[1]))) * cos(TWO_PI * to_unit(v[2], v[3]));
}

/* The last mixing step of MurmurHash3 (Appleby, public domain). */
static uint64_t mix(uint64_t x) {
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* A balanced Feistel network on the smallest even number of bits that holds n; values that fall
 * outside 0..n-1 walk on along the cycle (at most 4 steps on average). */
int64_t frs__rng_permute(frs_rng r, int64_t n, int64_t i) {
    if (n < 2) return 0;
    uint32_t key[4];
    frs__rng_u32x4(r, UINT64_MAX, key);
    uint64_t k = (uint64_t)key[0] << 32 | key[1], q = (uint64_t)key[2] << 32 | key[3];
    int half = 1;
    while (half < 32 && (uint64_t)(n - 1) >> (2 * half)) half++;
    uint64_t mask = (UINT64_C(1) << half) - 1, x = (uint64_t)i;
    do {
        uint64_t left = x >> half, right = x & mask;
        for (uint64_t round = 0; round < 8; round++) {
            uint64_t f = mix(right + k + round * q) & mask, old = right;
            right = left ^ f;
            left = old;
        }
        x = left << half | right;
    } while (x >= (uint64_t)n);
    return (int64_t)x;
}
