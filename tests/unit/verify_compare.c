/* Is one model better? The tests beside what SciPy and statsmodels say (golden/comparisons), the
 * bootstrap of years beside plain years glued together, and floods and the admissible error by
 * hand. */
#include "freshet/verify.h"
#include "support.h"
#include "verify/student.h"
#include <math.h>

static frs_ctx *ctx;

static int make_ctx(void **state) {
    (void)state;
    return frs_ctx_new(NULL, &ctx) != FRS_OK;
}

static int free_ctx(void **state) {
    (void)state;
    frs_ctx_free(ctx);
    return 0;
}

/* ---- golden/comparisons/cases.txt */

enum { MAX_VALUES = 700 };
typedef struct numbers {
    double v[MAX_VALUES];
    float f[MAX_VALUES];
    int64_t n;
} numbers;

static numbers parse(char *rest) {
    numbers x = {.n = 0};
    for (char *word = strtok(rest, " \n"); word; word = strtok(NULL, " \n")) {
        assert_true(x.n < MAX_VALUES);
        double v = NAN;
        if (strcmp(word, "nan") != 0) assert_true(frs__parse_double(word, strlen(word), '.', &v));
        x.v[x.n] = v;
        x.f[x.n++] = (float)v;
    }
    return x;
}

static void near(const char *title, double got, double want, double relative) {
    if (!(fabs(got - want) <= relative * (1e-12 + fabs(want)))) {
        print_error("%s: expected %.17g, got %.17g\n", title, want, got);
        fail();
    }
}

typedef struct golden {
    char title[256];
    numbers d, p, a, b, obs, flow;
    int checked;
} golden;

static void check_holm(golden *g, const numbers *want) {
    double p[MAX_VALUES];
    memcpy(p, g->p.v, sizeof p);
    assert_ok(ctx, frs_holm(ctx, p, g->p.n, p));
    assert_int_equal(g->p.n, want->n);
    for (int64_t i = 0; i < want->n; i++) near(g->title, p[i], want->v[i], 1e-12);
}

/* What `word` says of the case so far. */
static void check_golden(golden *g, const char *word, const numbers *x) {
    frs_test t;
    double q;
    if (strcmp(word, "wilcoxon") == 0) {
        assert_ok(ctx, frs_wilcoxon(ctx, g->d.v, g->d.n, &t));
        near(g->title, t.statistic, x->v[0], 1e-12);
        near(g->title, t.p, x->v[1], 1e-9);
    } else if (strcmp(word, "holm") == 0) {
        check_holm(g, x);
    } else if (strcmp(word, "dm") == 0) {
        const frs_rivals r = {g->a.f, g->b.f, g->obs.f, g->obs.n};
        assert_ok(ctx, frs_diebold_mariano(ctx, &r, (int64_t)x->v[0], &t));
        near(g->title, t.difference, x->v[1], 1e-10);
        near(g->title, t.statistic, x->v[2], 1e-9);
        near(g->title, t.p, x->v[3], 1e-8);
    } else if (strcmp(word, "student") == 0) {
        near(g->title, frs__student_p(x->v[0], x->v[1]), x->v[2], 1e-9);
    } else if (strcmp(word, "quantile") == 0) {
        assert_ok(ctx, frs_flow_quantiles(ctx, g->flow.f, g->flow.n, x->v, 1, &q));
        near(g->title, q, x->v[1], 1e-12);
    } else {
        return;
    }
    g->checked++;
}

static void as_scipy_and_statsmodels(void **state) {
    (void)state;
    FILE *f = fopen(FRS_TEST_DIR "/golden/comparisons/cases.txt", "r");
    assert_non_null(f);
    char line[40000];
    golden *g = calloc(1, sizeof *g);
    numbers *x = calloc(1, sizeof *x);
    const struct {
        const char *word;
        numbers *to;
    } given[] = {{"d", &g->d}, {"p", &g->p},     {"a", &g->a},
                 {"b", &g->b}, {"obs", &g->obs}, {"flow", &g->flow}};
    while (fgets(line, sizeof line, f)) {
        char *rest = strchr(line, ' ');
        assert_non_null(rest);
        *rest++ = 0;
        if (strcmp(line, "case") == 0) snprintf(g->title, sizeof g->title, "%.250s", rest);
        if (*line == '#' || strcmp(line, "case") == 0) continue;
        *x = parse(rest);
        for (int i = 0; i < 6; i++)
            if (strcmp(line, given[i].word) == 0) *given[i].to = *x;
        check_golden(g, line, x);
    }
    fclose(f);
    print_message("%d golden values\n", g->checked);
    assert_true(g->checked >= 30);
    free(g);
    free(x);
}

static void what_cannot_be_tested(void **state) {
    (void)state;
    frs_test t;
    const double none[] = {NAN, NAN}, zeros[] = {0, 0, 0};
    assert_status(ctx, frs_wilcoxon(ctx, none, 2, &t), FRS_E_NODATA);
    assert_true(t.n == 0 && isnan(t.p));
    assert_status(ctx, frs_wilcoxon(ctx, zeros, 3, &t), FRS_E_UNDEFINED);
    assert_true(t.n == 3 && isnan(t.p));
    float a[60], b[60], obs[60];
    for (int i = 0; i < 60; i++) {
        obs[i] = (float)(i % 7);
        a[i] = b[i] = (float)(i % 5);
    }
    const frs_rivals same = {a, b, obs, 60};
    assert_status(ctx, frs_diebold_mariano(ctx, &same, 1, &t), FRS_E_UNDEFINED);
    assert_true(isnan(t.p) && t.n == 60);
    for (int i = 0; i < 60; i++) b[i] += (float)(i % 3);
    assert_status(ctx, frs_diebold_mariano(ctx, &(frs_rivals){a, b, obs, 19}, 1, &t), FRS_E_NODATA);
    assert_message(ctx, "19 steps");
    assert_ok(ctx, frs_diebold_mariano(ctx, &(frs_rivals){a, b, obs, 20}, 1, &t));
    assert_status(ctx, frs_diebold_mariano(ctx, &same, 31, &t), FRS_E_NODATA);
    double p[] = {NAN, 0.04, NAN, 0.03};
    assert_ok(ctx, frs_holm(ctx, p, 4, p));
    assert_true(isnan(p[0]) && isnan(p[2]));
    assert_close(p[1], 0.06, 1e-15);
    assert_close(p[3], 0.06, 1e-15);
    double q[2];
    const double at[] = {0.3, 0.9};
    assert_status(ctx, frs_flow_quantiles(ctx, obs, 9, at, 2, q), FRS_E_NODATA);
    assert_true(isnan(q[0]) && isnan(q[1]));
    const frs_score *pod = frs_score_find("POD");
    assert_non_null(pod);
    assert_status(ctx, frs_score_value(ctx, pod, &(frs_score_series){a, obs, 60, 1}, q), FRS_E_ARG);
}

/* ---- whole water years drawn anew */

enum { YEARS = 9, STEPS = 12 * YEARS, DRAWS = 10000 };
typedef struct record {
    float a[STEPS], b[STEPS], obs[STEPS];
    int64_t time_s[STEPS];
} record;

/* Months of nine calendar years; b's errors are twice a's when `worse`. */
static record make(uint64_t seed, uint64_t k, double worse) {
    record r;
    const frs_rng rng = {seed, FRS_RNG_TEST, k};
    for (int i = 0; i < STEPS; i++) {
        const uint64_t at = (uint64_t)i * 3;
        r.obs[i] = (float)exp(frs__rng_normal(rng, at));
        r.a[i] = r.obs[i] + 0.5f * (float)frs__rng_normal(rng, at + 1);
        r.b[i] = r.obs[i] + (float)(0.5 * worse * frs__rng_normal(rng, at + 2));
        r.time_s[i] =
            frs_time_from_civil((frs_civil){.year = 1990 + i / 12, .month = 1 + i % 12, .day = 1});
    }
    return r;
}

static frs_status difference(const record *r, int64_t n, const char *score, frs_test *t) {
    const frs_rivals rivals = {r->a, r->b, r->obs, n};
    const frs_score_years years = {r->time_s, 1, 11};
    return frs_score_difference(ctx, frs_score_find(score), &rivals, &years, t);
}

static double plain_nse(const float *sim, const float *obs, const int *year) {
    double sum = 0, sq = 0, spread = 0;
    for (int i = 0; i < STEPS; i++) sum += obs[12 * year[i / 12] + i % 12];
    for (int i = 0; i < STEPS; i++) {
        const int k = 12 * year[i / 12] + i % 12;
        sq += pow((double)sim[k] - (double)obs[k], 2);
        spread += pow((double)obs[k] - sum / STEPS, 2);
    }
    return 1 - sq / spread;
}

static int ascending(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double between(const double *d, double q) {
    const double h = q * (DRAWS - 1), k = floor(h);
    return d[(int)k] + (h - k) * (d[(int)k + 1] - d[(int)k]);
}

static void as_years_glued_together(void **state) {
    (void)state;
    static double d[DRAWS];
    const record r = make(test_seed(), 1, 1.3);
    int below = 0;
    for (int k = 0; k < DRAWS; k++) {
        uint32_t u[12];
        int year[YEARS];
        for (uint64_t i = 0; i < 3; i++)
            frs__rng_u32x4((frs_rng){11, FRS_RNG_BOOTSTRAP, (uint64_t)k}, i, u + 4 * i);
        for (int i = 0; i < YEARS; i++) year[i] = (int)(((uint64_t)u[i] * YEARS) >> 32);
        d[k] = plain_nse(r.a, r.obs, year) - plain_nse(r.b, r.obs, year);
        below += d[k] <= 0;
    }
    qsort(d, DRAWS, sizeof *d, ascending);
    const int all[YEARS] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    frs_test t;
    assert_ok(ctx, difference(&r, STEPS, "NSE", &t));
    assert_int_equal(t.n, YEARS);
    assert_close(t.difference, plain_nse(r.a, r.obs, all) - plain_nse(r.b, r.obs, all), 1e-11);
    assert_close(t.low, between(d, 0.025), 1e-11);
    assert_close(t.high, between(d, 0.975), 1e-11);
    const int least = below < DRAWS - below ? below : DRAWS - below;
    assert_close(t.p, fmin(1, 2.0 * (1 + least) / (1 + DRAWS)), 1e-12);
}

static void years_and_gaps(void **state) {
    (void)state;
    record r = make(test_seed(), 2, 3);
    frs_test t, with_gaps;
    assert_ok(ctx, difference(&r, STEPS, "NSE", &t));
    assert_true(t.low > 0 && t.p < 0.01); /* errors three times as large */
    assert_status(ctx, difference(&r, 7 * 12, "NSE", &t), FRS_E_NODATA);
    assert_message(ctx, "too few: 7 water years");
    assert_true(t.n == 7 && isfinite(t.difference) && isnan(t.p) && isnan(t.low));
    assert_ok(ctx, difference(&r, 8 * 12, "NSE", &t));
    assert_status(ctx, difference(&r, STEPS, "FHV", &t), FRS_E_ARG);
    r.a[5] = r.obs[17] = r.b[40] = NAN; /* a gap of one is a gap of all */
    assert_ok(ctx, difference(&r, STEPS, "MAE", &t));
    r.a[40] = r.b[5] = r.a[17] = r.b[17] = r.obs[5] = r.obs[40] = NAN;
    assert_ok(ctx, difference(&r, STEPS, "MAE", &with_gaps));
    assert_memory_equal(&t, &with_gaps, sizeof t);
    memcpy(r.b, r.a, sizeof r.a);
    assert_ok(ctx, difference(&r, STEPS, "NSE", &t));
    assert_close(t.p, 1, 0);
    assert_close(t.low, 0, 0);
    assert_close(t.high, 0, 0);
    for (int i = 0; i < STEPS; i++) r.obs[i] = 1;
    assert_status(ctx, difference(&r, STEPS, "NSE", &t), FRS_E_UNDEFINED);
    const frs_rivals rivals = {r.a, r.b, r.obs, STEPS};
    assert_status(ctx,
                  frs_score_difference(ctx, frs_score_find("NSE"), &rivals,
                                       &(frs_score_years){r.time_s, 13, 1}, &t),
                  FRS_E_ARG);
}

/* Two models of the same skill: the test should cry wolf once in twenty records; with nine years to
 * draw from a percentile bootstrap is known to do so somewhat more often. */
static void holds_its_level(void **state) {
    (void)state;
    enum { RECORDS = 200 };
    const uint64_t seed = test_seed();
    int cried = 0;
    for (uint64_t k = 0; k < RECORDS; k++) {
        const record r = make(seed, 100 + k, 1);
        frs_test t;
        assert_ok(ctx, difference(&r, STEPS, "MSE", &t));
        cried += t.p < 0.05;
    }
    print_message("%d of %d records of equal models are told apart\n", cried, RECORDS);
    assert_true(cried >= 2 && cried <= 0.16 * RECORDS);
}

/* ---- over catchments */

static void medians(void **state) {
    (void)state;
    frs_test t;
    const double d[] = {0.1, NAN, 0.3, 0.2, -0.4}, two[] = {1, 3};
    assert_ok(ctx, frs_median_interval(ctx, d, 5, 1, &t));
    assert_int_equal(t.n, 4);
    assert_close(t.difference, 0.15, 1e-15);
    assert_true(t.low >= -0.4 && t.low < 0.15 && t.high > 0.15 && t.high <= 0.3);
    assert_true(isnan(t.p));
    assert_ok(ctx, frs_median_interval(ctx, two, 2, 1, &t));
    assert_close(t.difference, 2, 0);
    assert_true(isnan(t.low) && isnan(t.high));
    assert_ok(ctx, frs_median_interval(ctx, d, 0, 1, &t));
    assert_true(t.n == 0 && isnan(t.difference));
}

/* ---- floods */

static frs_events events(const float *sim, const float *obs, int64_t n, double steps_per_day) {
    frs_events e;
    assert_ok(ctx, frs_events_of(ctx, &(frs_score_series){sim, obs, n, steps_per_day}, 5, &e));
    return e;
}

static void assert_events(frs_events e, int64_t hits, int64_t misses, int64_t false_alarms) {
    assert_int_equal(e.hits, hits);
    assert_int_equal(e.misses, misses);
    assert_int_equal(e.false_alarms, false_alarms);
}

/* Observed floods peak on days 2, 6 and 11. The model peaks a day late on 3, not at all, and two
 * days late on 13. */
static void floods_by_hand(void **state) {
    (void)state;
    float obs[] = {1, 1, 9, 1, 1, 1, 8, 1, 1, 1, 1, 7, 1, 1, 1},
          sim[] = {1, 1, 4, 6, 1, 1, 4, 1, 1, 1, 1, 1, 1, 5, 1};
    const frs_events e = events(sim, obs, 15, 1);
    assert_events(e, 1, 2, 1);
    assert_close(e.pod, 1.0 / 3, 1e-15);
    assert_close(e.far, 1.0 / 2, 1e-15);
    assert_close(e.csi, 1.0 / 4, 1e-15);
    assert_events(events(sim, obs, 15, 2), 2, 1, 0); /* two steps a day: day 13 is near enough */
    assert_events(events(sim, obs, 15, 1 / 30.4), 0, 3, 2);
    sim[5] = NAN; /* beside the flood of day 6: what was missed may have been there */
    assert_events(events(sim, obs, 15, 1), 1, 1, 1);
    assert_events(events(obs, obs, 15, 1), 3, 0, 0);
    const float dry[15] = {0};
    const frs_events none = events(dry, dry, 15, 1);
    assert_events(none, 0, 0, 0);
    assert_true(isnan(none.pod) && isnan(none.far) && isnan(none.csi));
}

/* A stretch is one flood, however it goes up and down, until it falls below the threshold or a step
 * is missing; each matches once. */
static void stretches(void **state) {
    (void)state;
    const float obs[] = {0, 6, 7, 6, 7, 6, 0, 0, 9, 9, 0, 0},
                one[] = {0, 0, 8, 0, 8, 0, 0, 0, 0, 5, 0, 0};
    assert_events(events(one, obs, 12, 1), 2, 0, 1); /* 2 and 9 match; 4 is one too many */
    const float gap[] = {0, 6, 7, NAN, 7, 6, 0, 0, 9, 9, 0, 0};
    assert_events(events(gap, obs, 12, 1), 3, 0, 0);
    const float edge[] = {9, 0, 0, 0}, later[] = {0, 0, 9, 0};
    assert_events(events(later, edge, 4, 1), 0, 0,
                  1); /* before the record it may have been higher */
}

/* ---- the admissible error */

static void admissible_by_hand(void **state) {
    (void)state;
    const float flow[] = {1, 3, 2, NAN, 6, 10}; /* changes over a step: 2, -1, 4, over two: 1, 4 */
    double sigma, ratio, share;
    assert_int_equal(frs_change_sigma(flow, flow, 6, 1, &sigma), FRS_OK);
    /* mean 5/3; squares of 1/3, -8/3, 7/3 are 114/9; over 2 */
    assert_close(sigma, sqrt(114.0 / 18), 1e-12);
    assert_int_equal(frs_change_sigma(flow, flow, 6, 2, &sigma), FRS_OK); /* 2 - 1, 6 - 2 */
    assert_close(sigma, sqrt(4.5), 1e-12);
    assert_int_equal(frs_change_sigma(flow, flow, 6, 0, &sigma), FRS_OK); /* 1 3 2 6 10: mean 4.4 */
    assert_close(sigma, sqrt(53.2 / 4), 1e-6);
    assert_int_equal(frs_change_sigma(flow, flow, 6, 5, &sigma), FRS_E_NODATA);
    assert_true(isnan(sigma));
    const float late[] = {NAN, NAN, 2, NAN, 6, 10}; /* a season: changes -1 and 4 */
    assert_int_equal(frs_change_sigma(flow, late, 6, 1, &sigma), FRS_OK);
    assert_close(sigma, sqrt(12.5), 1e-12);
    const float obs[] = {1, 2, 3, 4, NAN}, sim[] = {1.5f, 2, 2, 6, 9};
    assert_int_equal(frs_admissible(sim, obs, 5, 2, &ratio, &share), FRS_OK);
    assert_close(ratio, sqrt((0.25 + 1 + 4) / 4) / 2,
                 1e-12); /* errors 0.5 0 1 2; 1.348 admissible */
    assert_close(share, 75, 1e-12);
    assert_int_equal(frs_admissible(sim, obs, 5, 0, &ratio, &share), FRS_E_UNDEFINED);
    assert_true(isnan(ratio) && isnan(share));
    assert_int_equal(frs_admissible(sim, obs, 5, NAN, &ratio, &share), FRS_E_UNDEFINED);
    assert_int_equal(frs_admissible(sim, obs, 1, 2, &ratio, &share), FRS_E_NODATA);
}

/* ---- memory */

static frs_status everything(frs_ctx *c, void *arg) {
    const record *r = arg;
    frs_test t;
    frs_events e;
    double d[STEPS], q[1];
    const double at[] = {0.9};
    for (int i = 0; i < STEPS; i++) d[i] = (double)r->a[i] - (double)r->b[i];
    const frs_rivals rivals = {r->a, r->b, r->obs, STEPS};
    FRS_TRY(frs_score_difference(c, frs_score_find("NSE"), &rivals,
                                 &(frs_score_years){r->time_s, 1, 1}, &t));
    FRS_TRY(frs_wilcoxon(c, d, 30, &t));
    FRS_TRY(frs_wilcoxon(c, d, STEPS, &t));
    FRS_TRY(frs_median_interval(c, d, STEPS, 1, &t));
    FRS_TRY(frs_holm(c, d, STEPS, d));
    FRS_TRY(frs_diebold_mariano(c, &rivals, 1, &t));
    FRS_TRY(frs_flow_quantiles(c, r->obs, STEPS, at, 1, q));
    return frs_events_of(c, &(frs_score_series){r->a, r->obs, STEPS, 1}, q[0], &e);
}

static void no_memory(void **state) {
    (void)state;
    record r = make(test_seed(), 3, 2);
    test_oom(everything, &r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_scipy_and_statsmodels), cmocka_unit_test(what_cannot_be_tested),
        cmocka_unit_test(as_years_glued_together),  cmocka_unit_test(years_and_gaps),
        cmocka_unit_test(holds_its_level),          cmocka_unit_test(medians),
        cmocka_unit_test(floods_by_hand),           cmocka_unit_test(stretches),
        cmocka_unit_test(admissible_by_hand),       cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, make_ctx, free_ctx);
}
