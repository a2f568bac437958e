/* The whole study of a site: what it must find in records whose truth is known, what it must not
 * say, and that it survives whatever comes: gaps, a single step, hours, months, no memory. */
#include "freshet/report.h"
#include "freshet/stats.h"
#include "support.h"
#include <math.h>

typedef struct known {
    frs_study_opts o;
    frs_study_input in[1];
    double *q, *p;
} known;

/* Flow with a season of 2, rain that it answers after three steps, and a small trend. */
static void make(frs_ctx *ctx, known *k, int64_t n, frs_step step) {
    const frs_rng rng = {20240229, FRS_RNG_TEST, 0};
    const int64_t start = frs_time_from_civil((frs_civil){.year = 1961, .month = 10, .day = 1});
    *k = (known){0};
    k->q = frs__alloc(ctx, n, sizeof *k->q);
    k->p = frs__alloc(ctx, n, sizeof *k->p);
    assert_true(k->q && k->p);
    double wet = 1;
    for (int64_t i = 0; i < n; i++) {
        const double years =
            (double)(frs_step_add(step, start, i) - start) / (365.2425 * (double)FRS_DAY_S);
        k->p[i] = frs__rng_uniform(rng, 2 * (uint64_t)i) < 0.3
                      ? -8 * log(1 - frs__rng_uniform(rng, 2 * (uint64_t)i + 1))
                      : 0;
        wet = 0.9 * wet + (i >= 3 ? 0.1 * k->p[i - 3] : 0);
        k->q[i] = exp(sin(2 * M_PI * years)) * (0.2 + wet) * (1 + 0.02 * years);
    }
    k->in[0] = (frs_study_input){"prcp", "mm", k->p};
    k->o = (frs_study_opts){.site = "known",
                            .target = "q",
                            .unit = "mm",
                            .flow = {k->q, n, start, step},
                            .inputs = k->in,
                            .n_inputs = 1,
                            .precipitation = 0,
                            .pet = -1,
                            .resamples = 50};
}

static void unmake(frs_ctx *ctx, known *k) {
    frs__free(ctx, k->q);
    frs__free(ctx, k->p);
}

static const frs_step day = {FRS_DAY_S, FRS_STEP_SECOND};

static double value(const frs_study *s, const char *method, const char *series, const char *name) {
    const frs_study_row *r = frs_study_find(s, method, series, name);
    if (!r) fail_msg("no row %s, %s, %s", method, series, name);
    return r->value;
}

static void finds_what_is_there(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 2);
    known k;
    frs_study s;
    make(ctx, &k, 365 * 30, day);
    assert_ok(ctx, frs_study_site(ctx, &k.o, &s));
    assert_close(value(&s, "ccf", "prcp", "response time"), 3, 0);
    assert_close(value(&s, "periodogram", "flow", "period 1"), 365, 20);
    assert_true(value(&s, "yearly_cycle", "flow", "share of variance") > 0.2);
    assert_true(value(&s, "stl", "monthly flow", "strength of season") > 0.8);
    const frs_study_row *slope = frs_study_find(&s, "sen", "mean year", "slope");
    assert_true(slope && slope->low > 0 && slope->p < 0.01);
    assert_true(frs_study_find(&s, "adf", "log flow", "statistic")->p < 0.01);
    /* spring from December on: sin is greatest three months after October */
    const double djf = value(&s, "describe", "DJF", "mean"),
                 jja = value(&s, "describe", "JJA", "mean");
    assert_true(djf > 2 * jja);
    assert_close(value(&s, "balance", "flow", "runoff_ratio"),
                 value(&s, "describe", "year", "mean") / value(&s, "describe", "prcp", "mean"),
                 1e-9);
    frs_study_free(ctx, &s);
    unmake(ctx, &k);
    test_ctx_free(ctx, &h);
}

/* 29 full years, since 30 times 365 days end before the last one does. */
static void no_period_beyond_twice_the_record(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 2);
    known k;
    frs_study s;
    make(ctx, &k, 365 * 30, day);
    for (int64_t i = 3660; i < 3660 + 40; i++) k.q[i] = NAN; /* 11 % of 1972 */
    for (int64_t i = 5000; i < 5030; i++) k.q[i] = NAN;      /* 8 % of another */
    assert_ok(ctx, frs_study_site(ctx, &k.o, &s));
    const double years = value(&s, "extremes", "maximum", "years");
    assert_close(value(&s, "extremes", "maximum", "years dropped"), 1, 0);
    assert_true(years >= 28 && years < 30);
    for (int64_t i = 0; i < frs_n_distributions(); i++) {
        char name[64];
        const char *d = frs_distribution_at(i)->name;
        snprintf(name, sizeof name, "%s T=50", d);
        const frs_study_row *r = frs_study_find(&s, "extremes", "maximum", name);
        assert_true(r && isfinite(r->value) && r->low < r->value && r->value < r->high);
        snprintf(name, sizeof name, "%s T=100", d);
        assert_null(frs_study_find(&s, "extremes", "maximum", name));
    }
    /* curves end there, too, and rise */
    const frs_study_table *t = frs_study_table_find(&s, "maxima");
    assert_non_null(t);
    assert_true(t->values[t->n - 1] >= 1 / (2 * years) - 1e-12);
    for (int64_t i = 1; i < t->n; i++) assert_true(t->values[t->n + i] > t->values[t->n + i - 1]);
    frs_study_free(ctx, &s);
    unmake(ctx, &k);
    test_ctx_free(ctx, &h);
}

static void same_bits_for_any_threads(void **state) {
    (void)state;
    frs_study s[2];
    for (int i = 0; i < 2; i++) {
        test_heap h = {0};
        frs_ctx *ctx = test_ctx_new(&h, i == 0 ? 1 : 3);
        known k;
        make(ctx, &k, 365 * 12, day);
        assert_ok(ctx, frs_study_site(ctx, &k.o, &s[i]));
        unmake(ctx, &k);
        if (i == 1) {
            assert_int_equal(s[0].n_rows, s[1].n_rows);
            for (int64_t r = 0; r < s[0].n_rows; r++)
                assert_memory_equal(&s[0].rows[r], &s[1].rows[r], sizeof s[0].rows[r]);
        }
        if (i == 0) { /* kept beyond its context: copied rows */
            frs_study_row *copy = malloc((size_t)s[0].n_rows * sizeof *copy);
            assert_non_null(copy);
            memcpy(copy, s[0].rows, (size_t)s[0].n_rows * sizeof *copy);
            const int64_t n = s[0].n_rows;
            frs_study_free(ctx, &s[0]);
            s[0].rows = copy;
            s[0].n_rows = n;
        } else
            frs_study_free(ctx, &s[1]);
        test_ctx_free(ctx, &h);
    }
    free(s[0].rows);
}

/* Whatever the record is, a number of a row is finite or absent, and a reason stands beside it. */
static void one_record(frs_ctx *ctx, int64_t n, frs_step step, double gaps, double level) {
    known k;
    frs_study s;
    make(ctx, &k, n, step);
    const frs_rng rng = {3, FRS_RNG_TEST, 1};
    for (int64_t i = 0; i < n; i++) {
        if (frs__rng_uniform(rng, (uint64_t)i) < gaps) k.q[i] = NAN;
        if (level >= 0) k.q[i] = level;
    }
    k.q[n - 1] = level >= 0 ? level : 1;
    assert_ok(ctx, frs_study_site(ctx, &k.o, &s));
    for (int64_t i = 0; i < s.n_rows; i++) {
        const frs_study_row *r = &s.rows[i];
        if (isinf(r->value) || isinf(r->low) || isinf(r->high) || isinf(r->p))
            fail_msg("%s, %s, %s is infinite (%lld steps of %lld)", r->method, r->series,
                     r->quantity, (long long)n, (long long)step.count);
        if (isfinite(r->low) && isfinite(r->value)) assert_true(r->low <= r->value + 1e-9);
    }
    frs_study_free(ctx, &s);
    unmake(ctx, &k);
}

static void any_record(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 2);
    const frs_step hour = {3600, FRS_STEP_SECOND}, month = {1, FRS_STEP_MONTH},
                   week = {7 * FRS_DAY_S, FRS_STEP_SECOND};
    const int64_t lengths[] = {1, 2, 3, 10, 40, 400, 2000};
    for (int64_t i = 0; i < FRS_LEN(lengths); i++) {
        one_record(ctx, lengths[i], day, 0, -1);
        one_record(ctx, lengths[i], day, 0.3, -1);
        one_record(ctx, lengths[i], day, 0, 0); /* dry */
        one_record(ctx, lengths[i], day, 0, 5); /* constant */
        one_record(ctx, lengths[i], hour, 0.1, -1);
        one_record(ctx, lengths[i], week, 0.1, -1);
    }
    one_record(ctx, 240, month, 0.05, -1);
    one_record(ctx, 365 * 15, day, 0.95, -1);
    one_record(ctx, 365 * 15, day, 0, 0);
    test_ctx_free(ctx, &h);
}

static void refuses(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    known k;
    frs_study s;
    frs_season season;
    make(ctx, &k, 100, day);
    for (int64_t i = 0; i < 100; i++) k.q[i] = NAN;
    assert_status(ctx, frs_study_site(ctx, &k.o, &s), FRS_E_NODATA);
    assert_message(ctx, "known");
    k.o.year_start = 13;
    assert_status(ctx, frs_study_site(ctx, &k.o, &s), FRS_E_ARG);
    assert_ok(ctx, frs_season_parse(ctx, "spring flood 4-6", &season));
    assert_string_equal(season.name, "spring flood");
    assert_int_equal(season.first_month, 4);
    assert_int_equal(season.n_months, 3);
    assert_ok(ctx, frs_season_parse(ctx, "winter: 11-3", &season));
    assert_string_equal(season.name, "winter");
    assert_int_equal(season.n_months, 5);
    assert_ok(ctx, frs_season_parse(ctx, "5-7", &season)); /* its months are its name */
    assert_string_equal(season.name, "5-7");
    assert_int_equal(season.first_month, 5);
    static const char *const bad[] = {
        "",     "DJF",  "DJF 0-3", "DJF 1-13", "1-",
        " 1-3", "x 1-", "x -3",    "x 1-3-5",  "x 99999999999999999999"};
    for (int64_t i = 0; i < FRS_LEN(bad); i++)
        assert_status(ctx, frs_season_parse(ctx, bad[i], &season), FRS_E_INPUT);
    unmake(ctx, &k);
    test_ctx_free(ctx, &h);
}

/* The interval of a 50-year flood holds the true one nearly as often as it says: percentiles of
 * resamples are somewhat narrow in the tail of a short record (docs/study.md). */
static void intervals_cover(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 2);
    const double par[3] = {100, 30, -0.1}, period = 50;
    const frs_distribution *gev = frs_distribution_find("gev");
    const double truth = gev->quantile(par, 1 - 1 / period);
    enum { TRIES = 200, YEARS = 60 };
    int held = 0;
    for (int t = 0; t < TRIES; t++) {
        double x[YEARS], v, lo, hi;
        for (int i = 0; i < YEARS; i++)
            x[i] = gev->quantile(
                par, frs__rng_uniform((frs_rng){11, FRS_RNG_TEST, (uint64_t)t}, (uint64_t)i));
        const frs_frequency_opts o = {
            .seed = (uint64_t)t, .resamples = 200, .periods = &period, .n_periods = 1};
        frs_frequency f = {.value = &v, .low = &lo, .high = &hi};
        assert_ok(ctx, frs_frequency_curve(ctx, x, YEARS, gev, &o, &f));
        held += lo <= truth && truth <= hi;
    }
    print_message("%d of %d intervals hold the true 50-year flood\n", held, TRIES);
    assert_true(held >= 164 && held < 200);
    test_ctx_free(ctx, &h);
}

/* ---- the n-th allocation fails */
typedef struct oom_case {
    char dir[256];
} oom_case;

static frs_status study_and_write(frs_ctx *ctx, void *arg) {
    oom_case *c = arg;
    enum { N = 366 * 11 };
    double *x = frs__alloc(ctx, 2 * N, sizeof *x);
    if (!x) return FRS_E_NOMEM;
    for (int i = 0; i < N; i++) {
        x[i] = 2 + sin(i * 0.0172) + (i % 7) * 0.1;
        x[N + i] = i % 5;
    }
    const frs_study_input in = {"prcp", "mm", x + N};
    const frs_season season = {"year half", 4, 6};
    const frs_study_opts o = {.site = "s",
                              .target = "q",
                              .unit = "mm",
                              .flow = {x, N, 0, day},
                              .inputs = &in,
                              .n_inputs = 1,
                              .pet = -1,
                              .resamples = 2,
                              .seasons = &season,
                              .n_seasons = 1};
    const frs_study_about about = {.lang = "en", .n_sites = 1, .no_figure_files = true};
    frs_study s = {0};
    frs_study_writer *w = NULL;
    frs_status status = frs_study_writer_open(ctx, c->dir, &about, &w);
    if (status == FRS_OK) status = frs_study_site(ctx, &o, &s);
    if (status == FRS_OK) status = frs_study_writer_add(w, &s);
    frs_study_free(ctx, &s);
    if (status == FRS_OK)
        status = frs_study_writer_close(w);
    else
        frs_study_writer_abort(w);
    frs__free(ctx, x);
    return status;
}

static void survives_without_memory(void **state) {
    (void)state;
    oom_case c;
    test_dir(c.dir);
    test_oom(study_and_write, &c);
    test_dir_remove(c.dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_is_there),
                                       cmocka_unit_test(no_period_beyond_twice_the_record),
                                       cmocka_unit_test(same_bits_for_any_threads),
                                       cmocka_unit_test(any_record),
                                       cmocka_unit_test(refuses),
                                       cmocka_unit_test(intervals_cover),
                                       cmocka_unit_test(survives_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
