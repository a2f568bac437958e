/* Who wins, medians, quartiles, differences and their intervals, by hand. */
#include "support.h"

#include <math.h>

#include "report/view.h"

static const char *const sites[] = {"a", "b", "c", "d"};
static const frs_report_model models[] = {
    {.name = "x"}, {.name = "y", .baseline = true}, {.name = "z"}};

/* value[site][lead][model] of one metric in the test period */
static int64_t fill(frs_report *r, const char *metric, const double *value, frs_report_score *s) {
    const int64_t leads = r->leads > 0 ? r->leads : 1;
    int64_t n = 0;
    for (int64_t i = 0; i < r->n_sites * leads * r->n_models; i++) {
        s[n] = (frs_report_score){.site = i / r->n_models / leads,
                                  .lead = r->leads > 0 ? i / r->n_models % leads + 1 : 0,
                                  .model = i % r->n_models,
                                  .period = "test",
                                  .value = value[i],
                                  .low = NAN,
                                  .high = NAN};
        snprintf(s[n++].metric, sizeof s->metric, "%s", metric);
    }
    r->scores = s;
    r->n_scores = n;
    return n;
}

static frs_report of(int64_t n_sites, int64_t leads, const char *metric) {
    return (frs_report){.n_sites = n_sites,
                        .leads = leads,
                        .sites = sites,
                        .models = models,
                        .n_models = 3,
                        .main_metric = metric,
                        .observed.step = {FRS_DAY_S, FRS_STEP_SECOND}};
}

static int64_t best(const frs_report *r) {
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const int64_t k = frs_report_best(ctx, r);
    test_ctx_free(ctx, &h);
    return k;
}

static void highest(void **state) {
    (void)state;
    frs_report_score s[16];
    frs_report r = of(1, 0, NULL); /* NULL: NSE */
    fill(&r, "NSE", (double[]){0.4, 0.7, 0.6}, s);
    assert_int_equal(best(&r), 1);
    fill(&r, "NSE", (double[]){0.4, NAN, -3}, s);
    assert_int_equal(best(&r), 0);
    fill(&r, "NSE", (double[]){0.5, 0.5, 0.5}, s); /* a tie keeps the order of the config */
    assert_int_equal(best(&r), 0);
    fill(&r, "NSE", (double[]){NAN, NAN, NAN}, s);
    assert_int_equal(best(&r), -1);
    fill(&r, "KGE", (double[]){0.4, 0.7, 0.6}, s); /* the main metric was not scored */
    assert_int_equal(best(&r), -1);
    assert_int_equal(best(&(frs_report){0}), -1);
}

/* Less error wins; of a bias, the nearest to zero on either side. */
static void other_metrics(void **state) {
    (void)state;
    frs_report_score s[16];
    frs_report r = of(1, 0, "RMSE");
    fill(&r, "RMSE", (double[]){0.4, 0.7, 0.3}, s);
    assert_int_equal(best(&r), 2);
    r.main_metric = "PBIAS";
    fill(&r, "PBIAS", (double[]){-20, 3, -2.5}, s);
    assert_int_equal(best(&r), 2);
    fill(&r, "PBIAS", (double[]){-20, 2, -2.5}, s);
    assert_int_equal(best(&r), 1);
}

/* Median over sites: x 0.5 of {0.1, 0.5, 0.9}, y 0.6 of {0.6, -9, 0.7}, z 0.55 of its two. */
static void median_over_sites(void **state) {
    (void)state;
    frs_report_score s[16];
    frs_report r = of(3, 0, "NSE");
    fill(&r, "NSE", (double[]){0.1, 0.6, 0.2, 0.5, -9, NAN, 0.9, 0.7, 0.9}, s);
    assert_int_equal(best(&r), 1);
}

/* Mean over leads of the median: x (0.9 + 0.1) / 2, y 0.55, z undefined at one lead. */
static void mean_over_leads(void **state) {
    (void)state;
    frs_report_score s[16];
    frs_report r = of(1, 2, "NSE");
    fill(&r, "NSE", (double[]){0.9, 0.6, 0.99, 0.1, 0.5, NAN}, s);
    assert_int_equal(best(&r), 1);
}

/* Other periods and rows of no known site, lead or model say nothing. */
static void only_the_test_period(void **state) {
    (void)state;
    frs_report_score s[16];
    frs_report r = of(1, 0, "NSE");
    const int64_t n = fill(&r, "NSE", (double[]){0.4, 0.7, 0.6}, s);
    for (int64_t i = 0; i < 5; i++) {
        s[n + i] = s[0];
        s[n + i].value = 0.99;
    }
    snprintf(s[n].period, sizeof s[n].period, "open_water");
    s[n + 1].site = 7;
    s[n + 2].lead = 1;
    s[n + 3].model = 3;
    s[n + 4].model = -1;
    r.n_scores = n + 5;
    assert_int_equal(best(&r), 1);
}

static void quantiles(void **state) {
    (void)state;
    const double x[] = {1, 2, 4, 8};
    assert_close(frs__quantile(x, 4, 0), 1, 0);
    assert_close(frs__quantile(x, 4, 0.5), 3, 0);
    assert_close(frs__quantile(x, 4, 0.25), 1.75, 0);
    assert_close(frs__quantile(x, 4, 1), 8, 0);
    assert_close(frs__quantile(x, 1, 0.3), 1, 0);
    assert_true(isnan(frs__quantile(x, 0, 0.5)));
}

/* Differences x - y are 0.1, 0.1, 0.1, -0.3: median 0.1, better at 3 of 4; every draw of four sites
 * has its median between -0.3 and 0.1. */
static void difference_over_sites(void **state) {
    (void)state;
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    frs_report_score s[16];
    frs_report r = of(4, 0, "NSE");
    r.n_models = 2;
    fill(&r, "NSE", (double[]){0.6, 0.5, 0.7, 0.6, 0.9, 0.8, 0.2, 0.5}, s);
    frs_view v;
    frs_difference d;
    assert_ok(ctx, frs__view_new(ctx, &r, &v));
    assert_ok(ctx, frs__compare(&v, 0, 1, 0, &d));
    assert_close(d.value, 0.1, 1e-12);
    assert_int_equal(d.wins, 3);
    assert_int_equal(d.sites, 4);
    assert_close(d.high, 0.1, 1e-12);
    assert_true(d.low >= -0.3 - 1e-12 && d.low < 0.1);
    r.n_sites = 2; /* two sites: no interval */
    r.n_scores = 4;
    frs__view_free(&v);
    assert_ok(ctx, frs__view_new(ctx, &r, &v));
    assert_ok(ctx, frs__compare(&v, 0, 1, 0, &d));
    assert_true(isnan(d.low) && isnan(d.high));
    frs__view_free(&v);
    test_ctx_free(ctx, &h);
}

/* Site 0..3 by NSE; twelve are shown of thirteen and more: the best, the middle, the worst four. */
static void shown_sites(void **state) {
    (void)state;
    enum { N = 15 };
    test_heap h = {0};
    frs_ctx *ctx = test_ctx_new(&h, 1);
    const char *names[N];
    double value[N];
    frs_report_score s[N];
    for (int i = 0; i < N; i++) {
        names[i] = "n";
        value[i] = i == 3 ? (double)NAN : 0.01 * i; /* best first: 14 13 .. 4 2 1 0, then 3 */
    }
    frs_report r = of(N, 0, "NSE");
    r.sites = names;
    r.n_models = 1;
    fill(&r, "NSE", value, s);
    frs_view v;
    assert_ok(ctx, frs__view_new(ctx, &r, &v));
    static const int64_t want[] = {14, 13, 12, 11, 9, 8, 7, 6, 2, 1, 0, 3};
    assert_int_equal(v.n_shown, FRS_LEN(want));
    for (int64_t i = 0; i < FRS_LEN(want); i++) assert_int_equal(v.shown[i], want[i]);
    frs__view_free(&v);
    test_ctx_free(ctx, &h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(highest),           cmocka_unit_test(other_metrics),
        cmocka_unit_test(median_over_sites), cmocka_unit_test(mean_over_leads),
        cmocka_unit_test(quantiles),         cmocka_unit_test(only_the_test_period),
        cmocka_unit_test(shown_sites),       cmocka_unit_test(difference_over_sites)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
