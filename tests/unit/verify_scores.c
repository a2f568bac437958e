/* Scores of pairs: properties that hold whatever the numbers. Values: verify_cases.c,
 * verify_golden.c. */
#include "freshet/verify.h"
#include "support.h"
#include <math.h>

enum { N = 400 };
typedef struct record {
    float sim[N], obs[N];
} record;

/* Skewed like flow, with gaps on either side and a few days of no flow. */
static record make(uint64_t seed) {
    const frs_rng r = {seed, FRS_RNG_TEST, 0};
    record d;
    for (int i = 0; i < N; i++) {
        d.obs[i] = (float)exp(1 + 1.2 * frs__rng_normal(r, (uint64_t)(2 * i)));
        d.sim[i] = (float)(0.8 * d.obs[i] + 0.5 * fabs(frs__rng_normal(r, (uint64_t)(2 * i + 1))));
        if (i % 37 == 5) d.obs[i] = NAN;
        if (i % 41 == 7) d.sim[i] = NAN;
        if (i % 53 == 11) d.obs[i] = 0;
    }
    return d;
}

static double pair_value(const char *name, const frs_pairs *p) {
    double v = 1e300;
    assert_int_equal(frs_score_find(name)->pair(p, &v), FRS_OK);
    return v;
}

static void perfect_is_best(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    const record d = make(test_seed());
    const frs_score_series s = {d.obs, d.obs, N, 1};
    for (int64_t k = 0; k < frs_n_scores(); k++) {
        double v = NAN;
        assert_ok(ctx, frs_score_value(ctx, frs_score_at(k), &s, &v));
        assert_close(v, frs_score_at(k)->best, 1e-12);
    }
    frs_ctx_free(ctx);
}

static void a_split_merges_to_the_whole(void **state) {
    (void)state;
    const record d = make(test_seed());
    for (int cut = 0; cut <= N; cut += 25) {
        frs_pairs whole = {.log_eps = 0.1}, a = whole, b = whole;
        frs_pairs_add(&whole, d.sim, d.obs, N);
        frs_pairs_add(&a, d.sim, d.obs, cut);
        frs_pairs_add(&b, d.sim + cut, d.obs + cut, N - cut);
        frs_pairs_merge(&a, &b);
        assert_int_equal(a.n, whole.n);
        for (int64_t k = 0; k < frs_n_scores(); k++) {
            if (frs_score_at(k)->kind != FRS_SCORE_PAIR) continue;
            const double w = pair_value(frs_score_at(k)->name, &whole);
            assert_close(pair_value(frs_score_at(k)->name, &a), w, 1e-12 * (1 + fabs(w)));
        }
    }
}

static void names(void **state) {
    (void)state;
    static const char *const same[][2] = {{"nse", "NSE"},
                                          {"pearson-r", "Pearson-r"},
                                          {"pearsonr", "Pearson-r"},
                                          {"alpha_nse", "Alpha-NSE"},
                                          {"Beta-KGE", "Beta-KGE"},
                                          {"kge'", "KGE'"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_non_null(frs_score_find(same[i][0]));
        assert_string_equal(frs_score_find(same[i][0])->name, same[i][1]);
    }
    static const char *const none[] = {"", "N", "NSEx", "KG", "-"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_null(frs_score_find(none[i]));
    for (int64_t k = 0; k < frs_n_scores(); k++)
        assert_ptr_equal(frs_score_find(frs_score_at(k)->name), frs_score_at(k));
    assert_null(frs_score_find(NULL));
    assert_null(frs_score_at(-1));
    assert_null(frs_score_at(frs_n_scores()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_is_best),
        cmocka_unit_test(a_split_merges_to_the_whole),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
