/* Preparing a record, by hand: resampling, outliers, copies, lags, holdouts, the season. */
#include "data_help.h"

static const int64_t START = 10957 * FRS_DAY_S; /* 2000-01-01 */
static const frs_periods NO_TRAINING = {0};

static frs_status prepare(frs_ctx *ctx, const frs_prepare *p, frs_series *s) {
    frs_findings f = {0};
    const frs_status st = frs_prepare_series(ctx, p, NO_TRAINING, false, s, &f);
    frs_findings_free(ctx, &f);
    return st;
}

static float at(const frs_series *s, const char *name, int64_t t) {
    const int v = frs_series_var(s, name);
    assert_true(v >= 0);
    return s->values[v][t];
}

static void copies_and_lags(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = make_series(ctx, "a", START, 10, "prcp temp q");
    s.values[0][4] = NAN;
    const frs_copies copies[] = {{"prcp", 2}};
    const frs_lag lags[] = {{"prcp", 2}, {"q", 1}, {"temp", -3}, {"prcp_copy2", 0}};
    const frs_prepare p = {.copies = copies, .n_copies = 1, .lags = lags, .n_lags = 4};
    OK(prepare(ctx, &p, &s));
    assert_int_equal(s.n_vars, 9);
    assert_string_equal(s.vars[frs_series_var(&s, "prcp_shift2")].unit, "mm");
    assert_true(at(&s, "prcp_copy1", 3) == 1003 && at(&s, "prcp_copy2", 9) == 1009);
    assert_true(isnan(at(&s, "prcp_copy1", 4)) && isnan(at(&s, "prcp_copy2_shift0", 4)));
    assert_true(isnan(at(&s, "prcp_shift2", 1)) && at(&s, "prcp_shift2", 2) == 1000);
    assert_true(isnan(at(&s, "prcp_shift2", 6)) && at(&s, "prcp_shift2", 9) == 1007);
    assert_true(isnan(at(&s, "q_shift1", 0)) && at(&s, "q_shift1", 1) == 3000);
    assert_true(at(&s, "temp_shift-3", 0) == 2003 && isnan(at(&s, "temp_shift-3", 7)));
    assert_true(at(&s, "temp_shift-3", 6) == 2009);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void refused(frs_ctx *ctx, const frs_prepare *p, const char *text) {
    frs_series s = make_series(ctx, "a", START, 10, "prcp temp q prcp_shift1 calendar_cos");
    assert_int_equal(prepare(ctx, p, &s), FRS_E_INPUT);
    if (!strstr(frs_message(ctx), text)) print_error("%s\n", frs_message(ctx));
    assert_non_null(strstr(frs_message(ctx), text));
    frs_series_free(ctx, &s);
}

static void refusals(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const frs_copies copy = {"rain", 1};
    const frs_lag taken = {"prcp", 1}, unknown = {"snow", 1};
    const frs_holdout hole = {"snow", 0.5, 3};
    refused(ctx, &(frs_prepare){.copies = &copy, .n_copies = 1}, "no variable 'rain'");
    refused(ctx, &(frs_prepare){.lags = &taken, .n_lags = 1}, "prcp_shift1 already");
    refused(ctx, &(frs_prepare){.lags = &unknown, .n_lags = 1}, "prcp, temp, q");
    refused(ctx, &(frs_prepare){.holdouts = &hole, .n_holdouts = 1}, "no variable 'snow'");
    refused(ctx, &(frs_prepare){.calendar = true}, "calendar_cos already");
    refused(ctx, &(frs_prepare){.resample = {3600, FRS_STEP_SECOND}}, "whole number of times");
    refused(ctx, &(frs_prepare){.resample = {100000, FRS_STEP_SECOND}}, "whole number of times");
    frs_ctx_free(ctx);
}

/* The share of holes and their mean length come out; another site or seed has others. */
static void holdouts(void **state) {
    (void)state;
    enum { N = 40000 };
    frs_ctx *ctx = new_ctx();
    const frs_holdout holes[] = {{"prcp", 0.2, 5}, {"temp", 1, 1}, {"q", 0, 1}};
    frs_series s[4];
    for (int i = 0; i < 4; i++) {
        const frs_prepare p = {.holdouts = holes, .n_holdouts = 3, .seed = i == 2 ? 8 : 7};
        s[i] = make_series(ctx, i == 1 ? "b" : "a", START, N, "prcp temp q");
        OK(prepare(ctx, &p, &s[i]));
    }
    int64_t missing = 0, stretches = 0, same[4] = {0};
    for (int64_t t = 0; t < N; t++) {
        const bool out = isnan(s[0].values[0][t]);
        missing += out ? 1 : 0;
        stretches += out && !isnan(s[0].values[0][t - 1]) ? 1 : 0;
        for (int i = 1; i < 4; i++) same[i] += out == (isnan(s[i].values[0][t]) != 0);
        assert_true(isnan(s[0].values[1][t]) && !isnan(s[0].values[2][t]));
    }
    assert_true(!isnan(s[0].values[0][0])); /* as NeuralHydrology begins */
    assert_near((double)missing / N, 0.2, 0.02);
    assert_near((double)missing / (double)stretches, 5, 0.4);
    assert_true(same[3] == N && same[1] < N * 0.8 && same[2] < N * 0.8);
    for (int i = 0; i < 4; i++) frs_series_free(ctx, &s[i]);
    frs_ctx_free(ctx);
}

static void calendar(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    float s, c;
    frs_calendar(date(2001, 1, 1), &s, &c);
    assert_near(s, 0, 1e-7), assert_near(c, 1, 1e-7);
    frs_calendar(date(2001, 7, 2) + FRS_DAY_S / 2, &s, &c); /* half of 365 days */
    assert_near(s, 0, 1e-6), assert_near(c, -1, 1e-6);
    frs_calendar(date(2000, 4, 1) + FRS_DAY_S / 2, &s, &c); /* a quarter of 366 */
    assert_near(s, 1, 1e-6), assert_near(c, 0, 1e-6);
    frs_series r = make_series(ctx, "a", date(2000, 12, 31), 2, "prcp");
    OK(prepare(ctx, &(frs_prepare){.calendar = true}, &r));
    assert_near(at(&r, FRS_CALENDAR_SIN, 0), sin(2 * 3.14159265358979 * 365 / 366), 1e-6);
    assert_near(at(&r, FRS_CALENDAR_COS, 1), 1, 1e-7);
    frs_series_free(ctx, &r);
    frs_ctx_free(ctx);
}

/* ---- resampling */

/* 3 days of hours from 2000-01-01 `first` o'clock: value t of each variable is t. */
static frs_series hours(frs_ctx *ctx, int first) {
    static const char *const names[] = {"rain", "flow", "temp"};
    static const frs_var_kind kinds[] = {FRS_VAR_SUM, FRS_VAR_MEAN, FRS_VAR_INSTANT};
    frs_series s;
    OK(frs_series_new(ctx, "a", START + first * INT64_C(3600), (frs_step){3600, FRS_STEP_SECOND},
                      72, 3, &s));
    for (int v = 0; v < 3; v++) {
        snprintf(s.vars[v].name, 64, "%s", names[v]);
        s.vars[v].kind = kinds[v];
        snprintf(s.vars[v].unit, 32, "mm");
        for (int64_t t = 0; t < 72; t++) s.values[v][t] = (float)t;
    }
    return s;
}

static void hourly_to_daily(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_prepare p = {.resample = DAILY};
    frs_series s = hours(ctx, 0);
    s.values[0][30] = NAN;
    OK(prepare(ctx, &p, &s));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.start_s, START);
    assert_int_equal(s.step.count, FRS_DAY_S);
    assert_true(at(&s, "rain", 0) == 276 && isnan(at(&s, "rain", 1)) && at(&s, "rain", 2) == 1428);
    assert_true(at(&s, "flow", 0) == 11.5F && at(&s, "flow", 1) == 35.5F);
    assert_true(at(&s, "temp", 2) == 59.5F);
    assert_int_equal(s.vars[2].kind, FRS_VAR_MEAN);
    frs_series_free(ctx, &s);

    p.missing_share = 1.0 / 24; /* one hour of a day may lack: a sum is made up in proportion */
    s = hours(ctx, 0);
    s.values[0][30] = s.values[1][50] = s.values[1][51] = NAN;
    OK(prepare(ctx, &p, &s));
    assert_near(at(&s, "rain", 1), (852.0 - 30) / 23 * 24, 1e-3);
    assert_true(isnan(at(&s, "flow", 2)));
    frs_series_free(ctx, &s);

    s = hours(ctx, 5); /* the first and the last day are not whole */
    p.missing_share = 0;
    OK(prepare(ctx, &p, &s));
    assert_int_equal(s.n, 4);
    assert_int_equal(s.start_s, START);
    assert_true(isnan(at(&s, "rain", 0)) && isnan(at(&s, "rain", 3)));
    assert_true(at(&s, "flow", 1) == 30.5F); /* hours 19 .. 42 */
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

/* A reading labelled 00:00 by its end belongs to the day before. */
static void labelled_by_the_end(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = hours(ctx, 1);
    for (int v = 0; v < 3; v++) s.vars[v].label_end = true;
    OK(prepare(ctx, &(frs_prepare){.resample = DAILY}, &s));
    assert_int_equal(s.n, 3);
    assert_int_equal(s.start_s, START);
    assert_true(at(&s, "rain", 0) == 276 && at(&s, "rain", 2) == 1428);
    assert_false(s.vars[0].label_end);
    frs_series_free(ctx, &s);
    s = hours(ctx, 0);
    s.vars[1].label_end = true;
    OK(prepare(ctx, &(frs_prepare){.resample = DAILY}, &s));
    assert_int_equal(s.n, 4);
    assert_int_equal(s.start_s, START - FRS_DAY_S);
    assert_true(at(&s, "rain", 1) == 276 && at(&s, "flow", 1) == 12.5F);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void daily_to_monthly(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = make_series(ctx, "a", date(1999, 12, 31), 92, "rain");
    for (int64_t t = 0; t < s.n; t++) s.values[0][t] = 1;
    OK(prepare(ctx, &(frs_prepare){.resample = {1, FRS_STEP_MONTH}}, &s));
    assert_int_equal(s.n, 4); /* December to March */
    assert_int_equal(s.start_s, date(1999, 12, 1));
    assert_true(isnan(at(&s, "rain", 0)) && at(&s, "rain", 1) == 31);
    assert_true(at(&s, "rain", 2) == 29 && at(&s, "rain", 3) == 31);
    OK(prepare(ctx, &(frs_prepare){.resample = {3, FRS_STEP_MONTH}}, &s));
    assert_int_equal(s.n, 2);
    assert_true(at(&s, "rain", 1) == 91);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void mean_or_sum(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const frs_kind_of kind = {"rain", FRS_VAR_SUM};
    static const struct {
        const char *unit;
        bool told;
    } cases[] = {{"mm/h", true}, {"m3 s-1", true}, {"degC", true}, {"\u00b0C", true},
                 {"mm", false},  {"", false},      {"m", false}};
    for (int i = 0; i < 7; i++) {
        frs_series s = hours(ctx, 0);
        s.vars[0].kind = FRS_VAR_UNKNOWN;
        snprintf(s.vars[0].unit, 32, "%s", cases[i].unit);
        frs_prepare p = {.resample = DAILY};
        const frs_status st = prepare(ctx, &p, &s);
        if (cases[i].told) {
            OK(st);
            assert_true(at(&s, "rain", 0) == 11.5F);
        } else {
            assert_int_equal(st, FRS_E_INPUT);
            assert_non_null(strstr(frs_message(ctx), "resample_kinds: {rain: mean}"));
            p.kinds = &kind, p.n_kinds = 1;
            OK(prepare(ctx, &p, &s));
            assert_true(at(&s, "rain", 0) == 276);
        }
        frs_series_free(ctx, &s);
    }
    frs_ctx_free(ctx);
}

/* ---- outliers */

/* 400 days of 0 .. 100 in steps of 0.25, shuffled: q01 0.9975, q50 49.875, q99 98.7525. */
static frs_series ramp(frs_ctx *ctx) {
    frs_series s = make_series(ctx, "a", START, 600, "prcp q");
    for (int v = 0; v < 2; v++)
        for (int64_t t = 0; t < 600; t++) s.values[v][t] = (float)(t * 7 % 400) / 4;
    return s;
}

static void outliers(void **state) {
    (void)state;
    static const char used[][64] = {"prcp", "q"};
    frs_ctx *ctx = new_ctx();
    const frs_period days = {START, START + 399 * FRS_DAY_S};
    const frs_periods training = {1, &days};
    frs_prepare p = {.outliers = FRS_OUTLIERS_FLAG,
                     .outlier_factor = 2,
                     .target = "q",
                     .used = used,
                     .n_used = 2};
    /* high 98.7525 + 2 * 48.8775 = 196.5075, low 0.9975 - 2 * 48.8775 = -96.7575 */
    for (int mode = FRS_OUTLIERS_FLAG; mode <= FRS_OUTLIERS_MISSING; mode++) {
        frs_findings f = {0};
        frs_series s = ramp(ctx);
        p.outliers = (frs_outliers)mode;
        s.values[0][500] = 196.6F, s.values[0][501] = 196.4F, s.values[0][502] = -97;
        s.values[1][10] = 9999, s.values[1][550] = 9999;
        OK(frs_prepare_series(ctx, &p, training, true, &s, &f));
        assert_int_equal(f.n, 2);
        assert_string_equal(f.items[0].code, "outlier");
        assert_string_equal(f.items[0].var, "prcp");
        assert_int_equal(f.items[0].count, 2);
        assert_true(f.items[0].value == -97 && f.items[0].first_s == START + 502 * FRS_DAY_S);
        assert_non_null(strstr(f.items[0].text, "196.5"));
        assert_int_equal(f.items[1].count, 2);
        const bool gone = mode == FRS_OUTLIERS_MISSING;
        assert_int_equal(isnan(s.values[0][500]) != 0, gone);
        assert_true(s.values[0][501] == 196.4F);
        assert_int_equal(isnan(s.values[0][502]) != 0, gone);
        assert_int_equal(isnan(s.values[1][10]) != 0, gone); /* the target: in training alone */
        assert_true(s.values[1][550] == 9999);
        frs_series_free(ctx, &s);
        frs_findings_free(ctx, &f);
    }
    frs_ctx_free(ctx);
}

/* What lies after the training period does not move the bounds; without training there are none; a
 * site that is only tested keeps its target. */
static void outliers_of_training_alone(void **state) {
    (void)state;
    static const char used[][64] = {"prcp", "q"};
    frs_ctx *ctx = new_ctx();
    const frs_period days = {START, START + 399 * FRS_DAY_S};
    const frs_prepare p = {.outliers = FRS_OUTLIERS_MISSING,
                           .outlier_factor = 2,
                           .target = "q",
                           .used = used,
                           .n_used = 2};
    for (int i = 0; i < 3; i++) {
        frs_findings f = {0};
        frs_series s = ramp(ctx);
        for (int64_t t = 400; t < 600; t++) s.values[0][t] = 1e6F;
        s.values[1][20] = 1e6F;
        const frs_periods training = {i != 1, &days};
        OK(frs_prepare_series(ctx, &p, training, i == 0, &s, &f));
        assert_int_equal(f.n, i == 0 ? 2 : i == 1 ? 0 : 1);
        assert_int_equal(isnan(s.values[0][400]) != 0, i != 1);
        assert_int_equal(isnan(s.values[1][20]) != 0, i == 0);
        frs_series_free(ctx, &s);
        frs_findings_free(ctx, &f);
    }
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_and_lags),  cmocka_unit_test(refusals),
        cmocka_unit_test(holdouts),         cmocka_unit_test(calendar),
        cmocka_unit_test(hourly_to_daily),  cmocka_unit_test(labelled_by_the_end),
        cmocka_unit_test(daily_to_monthly), cmocka_unit_test(mean_or_sum),
        cmocka_unit_test(outliers),         cmocka_unit_test(outliers_of_training_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
