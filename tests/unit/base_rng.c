/* Philox against the known answers of its authors (Random123, kat_vectors), and what is built on
 * it. */
#include "support.h"

#include <math.h>

static void known_answers(void **state) {
    (void)state;
    /* philox4x32 10 <counter 4> <key 2> -> <4>; our counter is {index low, index high, step,
     * purpose} */
    static const uint32_t kat[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (int i = 0; i < 3; i++) {
        const uint32_t *k = kat[i];
        frs_rng r = {.seed = (uint64_t)k[5] << 32 | k[4], .purpose = k[3], .step = k[2]};
        uint32_t out[4];
        frs__rng_u32x4(r, (uint64_t)k[1] << 32 | k[0], out);
        assert_memory_equal(out, k + 6, sizeof out);
    }
}

static void uniform_is_uniform(void **state) {
    (void)state;
    enum { N = 100000, BINS = 10 };
    frs_rng r = {.seed = test_seed(), .purpose = FRS_RNG_TEST};
    int count[BINS] = {0};
    double sum = 0, square = 0;
    for (uint64_t i = 0; i < N; i++) {
        double u = frs__rng_uniform(r, i);
        assert_true(u >= 0 && u < 1);
        count[(int)(u * BINS)]++;
        sum += u, square += u * u;
    }
    for (int b = 0; b < BINS; b++) assert_close(count[b], N / BINS, 5 * sqrt(N * 0.09));
    assert_close(sum / N, 0.5, 5 * sqrt(1.0 / 12 / N));
    assert_close(square / N, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));
}

static void normal_is_normal(void **state) {
    (void)state;
    enum { N = 100000 };
    frs_rng r = {.seed = test_seed(), .purpose = FRS_RNG_NOISE, .step = 3};
    double m[5] = {0};
    for (uint64_t i = 0; i < N; i++) {
        double z = frs__rng_normal(r, i), p = 1;
        assert_true(isfinite(z));
        for (int k = 0; k < 5; k++, p *= z) m[k] += p / N;
    }
    assert_close(m[1], 0, 5 / sqrt(N));
    assert_close(m[2], 1, 5 * sqrt(2.0 / N));
    assert_close(m[3], 0, 5 * sqrt(15.0 / N));
    assert_close(m[4], 3, 5 * sqrt(96.0 / N));
}

static void keys_matter(void **state) {
    (void)state;
    frs_rng a = {.seed = 1, .purpose = 1, .step = 1}, b[3] = {a, a, a};
    b[0].seed = 2, b[1].purpose = 2, b[2].step = 2;
    for (int i = 0; i < 3; i++)
        assert_true(frs__rng_uniform(a, 0) < frs__rng_uniform(b[i], 0) ||
                    frs__rng_uniform(a, 0) > frs__rng_uniform(b[i], 0));
    assert_memory_equal(&(double){frs__rng_uniform(a, 9)}, &(double){frs__rng_uniform(a, 9)},
                        sizeof(double));
}

static void permutation_is_one(void **state) {
    (void)state;
    static const int64_t sizes[] = {1,  2,  3,   4,   5,    7,    16,   17,   31,
                                    64, 65, 100, 365, 1023, 1024, 1025, 40000};
    static bool seen[40000];
    uint64_t seed = test_seed();
    for (int s = 0; s < FRS_LEN(sizes); s++)
        for (uint64_t step = 0; step < 5; step++) {
            frs_rng r = {.seed = seed, .purpose = FRS_RNG_SHUFFLE, .step = step};
            memset(seen, 0, sizeof seen);
            for (int64_t i = 0; i < sizes[s]; i++) {
                int64_t p = frs__rng_permute(r, sizes[s], i);
                assert_true(p >= 0 && p < sizes[s] && !seen[p]);
                seen[p] = true;
            }
        }
    int64_t huge = frs__rng_permute((frs_rng){.seed = seed}, INT64_C(1) << 40, 12345);
    assert_true(huge >= 0 && huge < INT64_C(1) << 40);
}

/* Over many steps each element lands in each place about as often: catches a network too weak for
 * small n. */
static void permutation_is_fair(void **state) {
    (void)state;
    enum { N = 5, STEPS = 20000 };
    int count[N][N] = {{0}}, in_order = 0;
    uint64_t seed = test_seed();
    for (uint64_t step = 0; step < STEPS; step++) {
        frs_rng r = {.seed = seed, .purpose = FRS_RNG_SHUFFLE, .step = step};
        int64_t last = -1;
        bool rising = true;
        for (int64_t i = 0; i < N; i++) {
            int64_t p = frs__rng_permute(r, N, i);
            count[i][p]++;
            rising = rising && p > last;
            last = p;
        }
        in_order += rising;
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) assert_close(count[i][j], STEPS / N, 6 * sqrt(STEPS * 0.16));
    assert_close(in_order, STEPS / 120.0, 6 * sqrt(STEPS / 120.0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),      cmocka_unit_test(uniform_is_uniform),
        cmocka_unit_test(normal_is_normal),   cmocka_unit_test(keys_matter),
        cmocka_unit_test(permutation_is_one), cmocka_unit_test(permutation_is_fair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
