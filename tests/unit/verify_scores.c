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

static double value_of(const char *name, const record *d) {
    frs_ctx *ctx = NULL;
    double v = 1e300;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    assert_ok(ctx, frs_score_value(ctx, frs_score_find(name),
                                   &(frs_score_series){d->sim, d->obs, N, 1}, &v));
    frs_ctx_free(ctx);
    return v;
}

static record changed(const record *d, double factor, double offset) {
    record e;
    for (int i = 0; i < N; i++) {
        e.sim[i] = (float)(factor * d->sim[i] + offset);
        e.obs[i] = (float)(factor * d->obs[i] + offset);
    }
    return e;
}

/* Factors are powers of two, exact in float; the offset rounds, hence the wider tolerance. */
static void units_do_not_matter(void **state) {
    (void)state;
    static const char *const dimensionless[] = {
        "NSE",      "KGE",   "KGE'", "log-NSE",     "Pearson-r",    "Alpha-NSE", "Beta-NSE",
        "Beta-KGE", "PBIAS", "FHV",  "Peak-Timing", "Missed-Peaks", "Peak-MAPE"};
    static const char *const any_zero[] = {"NSE",      "MSE",         "RMSE",
                                           "MAE",      "Pearson-r",   "Alpha-NSE",
                                           "Beta-NSE", "Peak-Timing", "Missed-Peaks"};
    const record d = make(test_seed()), scaled = changed(&d, 8, 0), shifted = changed(&d, 1, 4);
    for (int64_t k = 0; k < FRS_LEN(dimensionless); k++) {
        const double v = value_of(dimensionless[k], &d);
        assert_close(value_of(dimensionless[k], &scaled), v, 1e-12 * (1 + fabs(v)));
    }
    for (int64_t k = 0; k < FRS_LEN(any_zero); k++) {
        const double v = value_of(any_zero[k], &d);
        assert_close(value_of(any_zero[k], &shifted), v, 1e-5 * (1 + fabs(v)));
    }
    assert_close(value_of("RMSE", &scaled), 8 * value_of("RMSE", &d), 1e-9);
    assert_close(value_of("MSE", &scaled), 64 * value_of("MSE", &d), 1e-9);
}

/* Missing pairs in the middle change nothing but what needs neighbours in time. */
static void missing_is_skipped(void **state) {
    (void)state;
    const record d = make(test_seed());
    record dense;
    int n = 0;
    for (int i = 0; i < N; i++) {
        if (isnan(d.sim[i]) || isnan(d.obs[i])) continue;
        dense.sim[n] = d.sim[i];
        dense.obs[n++] = d.obs[i];
    }
    assert_true(n < N - 10);
    for (; n < N; n++) dense.sim[n] = dense.obs[n] = NAN;
    for (int64_t k = 0; k < frs_n_scores(); k++) {
        const char *name = frs_score_at(k)->name;
        if (strcmp(name, "Peak-Timing") != 0 && strcmp(name, "Missed-Peaks") != 0)
            assert_true(value_of(name, &dense) == value_of(name, &d));
    }
}

/* Floods every 130 days; the model is late by 0 to 3 days: exactly what Peak-Timing says. */
static void late_floods(void **state) {
    (void)state;
    for (int late = -3; late <= 3; late++) {
        record d;
        for (int i = 0; i < N; i++) {
            d.obs[i] = 10 / (1 + (float)fabs(i % 130 - 60.0));
            d.sim[i] = 9 / (1 + (float)fabs((i - late) % 130 - 60.0));
        }
        assert_close(value_of("Peak-Timing", &d), abs(late), 0);
        assert_close(value_of("Missed-Peaks", &d), abs(late) > 1 ? 1 : 0, 0);
        if (late == 0) assert_close(value_of("Peak-MAPE", &d), 10, 1e-5);
    }
}

static void infinite_is_undefined(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    record d = make(test_seed());
    d.sim[0] = d.sim[200] = INFINITY;
    for (int64_t k = 0; k < frs_n_scores(); k++) {
        if (frs_score_at(k)->kind != FRS_SCORE_PAIR) continue;
        double v = 0;
        assert_status(
            ctx, frs_score_value(ctx, frs_score_at(k), &(frs_score_series){d.sim, d.obs, N, 1}, &v),
            FRS_E_UNDEFINED);
        assert_true(isnan(v));
    }
    frs_ctx_free(ctx);
}

/* A million equal readings: sums alone would leave a spread of rounding errors, and an NSE. */
static void constant_stays_constant(void **state) {
    (void)state;
    frs_pairs p = {0}, part = {0};
    const float obs[3] = {0.1f, 0.1f, 0.1f}, sim[3] = {1, 2, 3};
    frs_pairs_add(&part, sim, obs, 3);
    for (int i = 0; i < 300000; i++) {
        frs_pairs_add(&p, sim, obs, 3);
        frs_pairs_merge(&p, &part);
    }
    assert_true(p.m2_obs == 0 && p.m2_log_obs == 0 && p.mean_obs == (double)0.1f);
    double v = 0;
    assert_int_equal(frs_score_find("NSE")->pair(&p, &v), FRS_E_UNDEFINED);
    assert_true(isnan(v));
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
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(missing_is_skipped),
        cmocka_unit_test(late_floods),
        cmocka_unit_test(infinite_is_undefined),
        cmocka_unit_test(constant_stays_constant),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
