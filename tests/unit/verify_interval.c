/* Intervals by drawing water years: against a plain way that glues the drawn years together. */
#include "freshet/verify.h"
#include "support.h"
#include <math.h>

enum { YEARS = 8, N = YEARS * 365 + 2, RESAMPLES = 1000, MAX_SCORES = 64 };
typedef struct record {
    float sim[N], obs[N];
    int64_t time_s[N];
} record;

/* Daily from 1 October 2000: eight water years; noise that differs from year to year; gaps. */
static record *make(uint64_t seed) {
    const frs_rng r = {seed, FRS_RNG_TEST, 0}, yearly = {seed, FRS_RNG_TEST, 1};
    record *d = malloc(sizeof *d);
    assert_non_null(d);
    const int64_t start = frs_time_from_civil((frs_civil){2000, 10, 1, 0, 0, 0});
    for (int i = 0; i < N; i++) {
        const double f = frs__rng_normal(yearly, (uint64_t)(i / 365));
        d->time_s[i] = start + i * FRS_DAY_S;
        d->obs[i] = (float)exp(frs__rng_normal(r, (uint64_t)(2 * i)));
        d->sim[i] =
            (float)(d->obs[i] * exp(0.2 * f + 0.3 * frs__rng_normal(r, (uint64_t)(2 * i + 1))));
        if (i % 53 == 5) d->obs[i] = NAN;
        if (i % 71 == 7) d->sim[i] = NAN;
    }
    return d;
}

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(double *v, int64_t n, double q) {
    qsort(v, (size_t)n, sizeof *v, by_value);
    const double h = q * (double)(n - 1);
    const int64_t k = (int64_t)h;
    return v[k] + (h - (double)k) * (v[k + 1] - v[k]);
}

/* Appends the water year's days of d to out; returns how many. */
static int64_t glue(const record *d, int64_t year, float *sim, float *obs) {
    const frs_civil a = {.year = (int)(2000 + year), .month = 10, .day = 1},
                    b = {.year = (int)(2001 + year), .month = 10, .day = 1};
    int64_t n = 0;
    for (int64_t i = 0; i < N; i++) {
        if (d->time_s[i] < frs_time_from_civil(a) || d->time_s[i] >= frs_time_from_civil(b))
            continue;
        sim[n] = d->sim[i];
        obs[n++] = d->obs[i];
    }
    return n;
}

static void plain_interval(const record *d, const frs_score *s, uint64_t seed, double *low,
                           double *high) {
    static float sim[YEARS * 366], obs[YEARS * 366];
    static double values[RESAMPLES];
    const double eps = frs_pairs_of(d->sim, d->obs, N).log_eps;
    for (int64_t r = 0; r < RESAMPLES; r++) {
        int64_t n = 0;
        for (int64_t i = 0; i < YEARS; i++) {
            uint32_t u[4];
            frs__rng_u32x4((frs_rng){seed, FRS_RNG_BOOTSTRAP, (uint64_t)r}, (uint64_t)i / 4, u);
            n += glue(d, (int64_t)floor(u[i % 4] / 4294967296.0 * YEARS), sim + n, obs + n);
        }
        frs_pairs p = {.log_eps = eps};
        frs_pairs_add(&p, sim, obs, n);
        assert_int_equal(s->pair(&p, &values[r]), FRS_OK);
    }
    *low = quantile(values, RESAMPLES, 0.025);
    *high = quantile(values, RESAMPLES, 0.975);
}

static frs_status interval(frs_ctx *ctx, const char *name, const record *d, int start,
                           uint64_t seed, double *v) {
    return frs_score_interval(ctx, frs_score_find(name), &(frs_score_series){d->sim, d->obs, N, 1},
                              &(frs_score_years){d->time_s, start, seed}, &v[0], &v[1]);
}

static void as_years_glued_together(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    record *d = make(test_seed());
    static const char *const some[] = {"NSE", "KGE'", "PBIAS", "log-NSE"};
    for (int k = 0; k < 4; k++) {
        double low, high, v[2];
        assert_ok(ctx, interval(ctx, some[k], d, 10, 11, v));
        plain_interval(d, frs_score_find(some[k]), 11, &low, &high);
        assert_close(v[0], low, 1e-11 * (1 + fabs(low)));
        assert_close(v[1], high, 1e-11 * (1 + fabs(high)));
        assert_true(low < high);
    }
    free(d);
    frs_ctx_free(ctx);
}

static void all_at_once_is_one_by_one(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    record *d = make(test_seed());
    const frs_score_series s = {d->sim, d->obs, N, 1};
    double value[MAX_SCORES], low[MAX_SCORES], high[MAX_SCORES], v[2];
    assert_true(frs_n_scores() <= MAX_SCORES);
    assert_ok(ctx, frs_score_all(ctx, &s, &(frs_score_years){d->time_s, 10, 3}, value, low, high));
    for (int64_t k = 0; k < frs_n_scores(); k++) {
        const frs_score *score = frs_score_at(k);
        assert_ok(ctx, frs_score_value(ctx, score, &s, &v[0]));
        assert_true(v[0] == value[k]);
        if (score->kind == FRS_SCORE_PAIR) {
            assert_ok(ctx, interval(ctx, score->name, d, 10, 3, v));
            assert_true(v[0] == low[k] && v[1] == high[k]);
            assert_true(low[k] < value[k] && value[k] < high[k]);
        } else {
            assert_true(isnan(low[k]) && isnan(high[k]));
        }
    }
    assert_ok(ctx, frs_score_all(ctx, &s, NULL, value, low, high));
    assert_true(isnan(low[0]) && isnan(high[0]) && !isnan(value[0]));
    free(d);
    frs_ctx_free(ctx);
}

static void seeds_and_years(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    record *d = make(test_seed());
    double a[2], b[2];
    assert_ok(ctx, interval(ctx, "NSE", d, 10, 3, a));
    assert_ok(ctx, interval(ctx, "NSE", d, 10, 3, b));
    assert_true(a[0] == b[0] && a[1] == b[1]);
    assert_ok(ctx, interval(ctx, "NSE", d, 10, 4, b));
    assert_true(a[0] != b[0]);
    /* 1 January 2001 to 31 December 2002: two calendar years, three water years from October */
    for (int i = 0; i < N; i++)
        if (frs_civil_from_time(d->time_s[i]).year != 2001 &&
            frs_civil_from_time(d->time_s[i]).year != 2002)
            d->obs[i] = NAN;
    assert_ok(ctx, interval(ctx, "NSE", d, 10, 3, a));
    assert_status(ctx, interval(ctx, "NSE", d, 1, 3, a), FRS_E_NODATA);
    assert_message(ctx, "3 water years");
    assert_true(isnan(a[0]) && isnan(a[1]));
    assert_status(ctx, interval(ctx, "NSE", d, 0, 3, a), FRS_E_ARG);
    assert_status(ctx, interval(ctx, "NSE", d, 13, 3, a), FRS_E_ARG);
    assert_status(ctx, interval(ctx, "FHV", d, 10, 3, a), FRS_E_ARG);
    assert_message(ctx, "FHV");
    for (int i = 0; i < N; i++) d->obs[i] = 0.7f;
    assert_status(ctx, interval(ctx, "NSE", d, 10, 3, a), FRS_E_UNDEFINED);
    assert_true(isnan(a[0]) && isnan(a[1]));
    assert_message(ctx, "NSE is not defined");
    assert_ok(ctx, interval(ctx, "MAE", d, 10, 3, a));
    const frs_score_series flat = {d->sim, d->obs, N, 1};
    assert_status(ctx, frs_score_value(ctx, frs_score_find("NSE"), &flat, a), FRS_E_UNDEFINED);
    assert_message(ctx, "divides by zero");
    assert_status(ctx, frs_score_value(ctx, frs_score_find("FLV"), &flat, a), FRS_E_UNDEFINED);
    assert_message(ctx, "no spread of flows");
    free(d);
    frs_ctx_free(ctx);
}

/* |N(0, 1)| has mean sqrt(2 / pi): nineteen intervals of twenty should hold it; with twelve years
 * to draw from, a percentile interval is known to hold it a little less often. */
static void holds_the_truth(void **state) {
    (void)state;
    enum { RECORDS = 400, BLOCKS = 12, STEPS = BLOCKS * 12 };
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    const double truth = sqrt(2 / acos(-1));
    const uint64_t seed = test_seed();
    int held = 0;
    for (int k = 0; k < RECORDS; k++) {
        float sim[STEPS], obs[STEPS] = {0};
        int64_t time_s[STEPS];
        for (int i = 0; i < STEPS; i++) {
            sim[i] =
                (float)frs__rng_normal((frs_rng){seed, FRS_RNG_TEST, (uint64_t)k}, (uint64_t)i);
            time_s[i] = frs_time_from_civil(
                (frs_civil){.year = 2000 + i / 12, .month = 1 + i % 12, .day = 1});
        }
        double low, high;
        assert_ok(ctx, frs_score_interval(ctx, frs_score_find("MAE"),
                                          &(frs_score_series){sim, obs, STEPS, 12 / 365.25},
                                          &(frs_score_years){time_s, 1, seed}, &low, &high));
        held += low <= truth && truth <= high;
    }
    print_message("%d of %d intervals hold the truth\n", held, RECORDS);
    assert_true(held >= 0.86 * RECORDS && held <= 0.98 * RECORDS);
    frs_ctx_free(ctx);
}

static frs_status everything(frs_ctx *ctx, void *arg) {
    const record *d = (const record *)arg;
    const frs_score_series s = {d->sim, d->obs, N, 1};
    double value[MAX_SCORES], low[MAX_SCORES], high[MAX_SCORES];
    for (int64_t k = 0; k < frs_n_scores(); k++)
        FRS_TRY(frs_score_value(ctx, frs_score_at(k), &s, &value[k]));
    FRS_TRY(frs_score_interval(ctx, frs_score_at(0), &s, &(frs_score_years){d->time_s, 10, 3}, low,
                               high));
    return frs_score_all(ctx, &s, &(frs_score_years){d->time_s, 10, 3}, value, low, high);
}

static void no_memory(void **state) {
    (void)state;
    record *d = make(test_seed());
    test_oom(everything, d);
    free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_years_glued_together),
        cmocka_unit_test(all_at_once_is_one_by_one),
        cmocka_unit_test(seeds_and_years),
        cmocka_unit_test(holds_the_truth),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
