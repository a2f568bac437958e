/* The synthetic catchment: water is neither made nor lost, and the record looks like a river's. */
#include "data_help.h"

static void water_balance(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s, truth;
    OK(frs_synth(ctx, &(frs_synth_opts){.seed = 3}, "demo", &s, &truth));
    assert_int_equal(s.n, 20 * 365 + 5);
    assert_int_equal(truth.n, s.n);
    const float *p = s.values[frs_series_var(&s, "prcp")];
    const float *q = truth.values[frs_series_var(&truth, "q_true")];
    const float *aet = truth.values[frs_series_var(&truth, "aet")];
    const char *stores[] = {"swe", "soil", "groundwater", "quick"};
    double before = NAN;
    for (int64_t t = 0; t < s.n; t++) {
        double now = 0;
        for (int k = 0; k < 4; k++) {
            double v = truth.values[frs_series_var(&truth, stores[k])][t];
            assert_true(v >= 0);
            now += v;
        }
        assert_true(p[t] >= 0 && q[t] > 0 && aet[t] >= 0);
        /* the record is in float: each of ten numbers is rounded to 6e-8 of some 100 mm */
        if (t) assert_near(p[t] - aet[t] - q[t] - (now - before), 0, 1e-4);
        before = now;
    }
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    frs_ctx_free(ctx);
}

static void plausible(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const char *sites[] = {"a", "b", "c", "d", "e"};
    for (int k = 0; k < 5; k++) {
        frs_series s, truth;
        frs_synth_opts o = {.seed = 11, .years = 40, .gap_share = 0.1, .noise_share = 0.05};
        OK(frs_synth(ctx, &o, sites[k], &s, &truth));
        double rain = 0, runoff = 0, temp = 0, pet = 0, swe = 0, gaps = 0, log_error = 0, n = 0;
        for (int64_t t = 0; t < s.n; t++) {
            rain += s.values[0][t] / 40;
            temp += s.values[1][t] / (double)s.n;
            pet += s.values[2][t] / 40;
            runoff += truth.values[0][t] / 40;
            swe = fmax(swe, truth.values[1][t]);
            float obs = s.values[3][t];
            if (isnan(obs)) {
                gaps++;
                continue;
            }
            double e = log((double)obs / (double)truth.values[0][t]);
            log_error += e * e;
            n++;
        }
        assert_true(rain > 400 && rain < 1300);
        assert_true(temp > 1 && temp < 8);
        assert_true(pet > 300 && pet < 900);
        assert_true(runoff > 0.15 * rain && runoff < 0.8 * rain);
        assert_true(swe > 20);
        assert_near(gaps / (double)s.n, 0.1, 0.05);
        assert_near(sqrt(log_error / n), 0.05, 0.003);
        frs_series_free(ctx, &s);
        frs_series_free(ctx, &truth);
    }
    frs_ctx_free(ctx);
}

static void repeatable(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s[3], truth[3];
    OK(frs_synth(ctx, &(frs_synth_opts){.seed = 5, .years = 3}, "x", &s[0], &truth[0]));
    OK(frs_synth(ctx, &(frs_synth_opts){.seed = 5, .years = 6}, "x", &s[1], &truth[1]));
    OK(frs_synth(ctx, &(frs_synth_opts){.seed = 6, .years = 3}, "x", &s[2], &truth[2]));
    for (int v = 0; v < 4; v++)
        assert_memory_equal(s[0].values[v], s[1].values[v], (size_t)s[0].n * sizeof(float));
    assert_memory_not_equal(s[0].values[0], s[2].values[0], (size_t)s[0].n * sizeof(float));
    for (int i = 0; i < 3; i++) frs_series_free(ctx, &s[i]), frs_series_free(ctx, &truth[i]);
    frs_series a, b;
    frs_synth_opts bad = {.gap_share = 1.5};
    assert_int_equal(frs_synth(ctx, &bad, "x", &a, &b), FRS_E_ARG);
    bad = (frs_synth_opts){.years = -2};
    assert_int_equal(frs_synth(ctx, &bad, "x", &a, &b), FRS_E_ARG);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(water_balance),
        cmocka_unit_test(plausible),
        cmocka_unit_test(repeatable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
