/* Seasons, classes of flow, floods: thresholds from the training period alone, scores by hand; and
 * the comparisons of the winner: which are made, how they are corrected, what is said of them. */
#include "data_help.h"
#include "freshet/verify.h"
#include "run/subsets.h"

static frs_period span(int y1, int m1, int d1, int y2, int m2, int d2) {
    return (frs_period){date(y1, m1, d1), date(y2, m2, d2)};
}

/* Four years of q: 0, 1, .. 99 again and again in 1990 and 1992, a thousand otherwise. */
static frs_store *store_of(frs_ctx *ctx) {
    frs_series s = make_series(ctx, "a", date(1990, 1, 1), 1461, "prcp q");
    for (int64_t t = 0; t < s.n; t++) {
        const int year = frs_civil_from_time(s.start_s + t * FRS_DAY_S).year;
        s.values[1][t] = year == 1990 || year == 1992 ? (float)(t % 100) : 1000;
    }
    s.values[1][7] = NAN;
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

static const frs_subsets three = {.n_seasons = 2,
                                  .season = {{12, 2}, {5, 7}},
                                  .n_classes = 1,
                                  .class_q = {0.5},
                                  .n_events = 1,
                                  .event_q = {0.9}};

static void thresholds_of_training(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_period out[] = {span(1991, 1, 1, 1991, 12, 31)};
    frs_run_data d = {.store = store_of(ctx),
                      .training = span(1990, 1, 1, 1992, 12, 31),
                      .test = span(1993, 1, 1, 1993, 12, 31),
                      .exclude = out,
                      .n_exclude = 1};
    snprintf(d.task.target, sizeof d.task.target, "q");
    frs_site_norm k;
    OK(frs__norm_new(ctx, &d, 0, &three, &k));
    assert_true(k.class_at[0] > 45 && k.class_at[0] < 52); /* nothing of the thousands */
    assert_true(k.event_at[0] > 85 && k.event_at[0] < 92);
    assert_true(isnan(k.flow[7]) && isnan(k.flow[400]) && isnan(k.flow[1200]));
    assert_near(k.flow[99], 99, 0);
    frs_site_norm held_out = k;
    /* a test year inside the training period says nothing of itself either */
    d.n_exclude = 0;
    d.test = out[0];
    OK(frs__norm_new(ctx, &d, 0, &three, &k));
    assert_true(memcmp(k.flow, held_out.flow, (size_t)k.n * sizeof(float)) == 0);
    assert_near(k.event_at[0], held_out.event_at[0], 0);
    frs__norm_free(ctx, &k);
    frs__norm_free(ctx, &held_out);
    d.training = span(1990, 1, 1, 1990, 1, 9); /* eight values */
    OK(frs__norm_new(ctx, &d, 0, &three, &k));
    assert_true(isnan(k.class_at[0]) && isnan(k.event_at[0]));
    frs__norm_free(ctx, &k);
    frs_store_close(d.store);
    frs_ctx_free(ctx);
}

/* ---- one column, a month a step */

enum { N = 12 };
typedef struct stage {
    frs_column c;
    frs_scores out;
    frs_scoring w;
    float obs[N], sim[N], part[N], *sims[1];
    int64_t time[N];
    unsigned char month[N];
} stage;

static void set_stage(stage *s, frs_ctx *ctx) {
    static const float obs[N] = {2, 4, 1, 1, 9, 3, 3, 1, 1, 1, 8, 6},
                       sim[N] = {3, 4, 1, 1, 8, 3, 5, 1, 1, NAN, 1, 4};
    memset(s, 0, sizeof *s);
    for (int i = 0; i < N; i++) {
        s->obs[i] = isnan(sim[i]) ? NAN : obs[i];
        s->sim[i] = sim[i];
        s->month[i] = (unsigned char)(i + 1);
    }
    s->sims[0] = s->sim;
    s->c = (frs_column){
        .n = N, .obs = s->obs, .part = s->part, .sim = s->sims, .time = s->time, .month = s->month};
    s->w = (frs_scoring){.ctx = ctx, .out = &s->out, .subsets = &three, .steps_per_day = 1};
}

static double value_of(const stage *s, const char *subset, const char *metric) {
    for (int64_t i = 0; i < s->out.n; i++)
        if (!strcmp(s->out.items[i].subset, subset) && !strcmp(s->out.items[i].metric, metric))
            return s->out.items[i].value;
    print_error("no %s of '%s'\n", metric, subset);
    fail();
    return 0;
}

static void parts_by_hand(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    stage s;
    set_stage(&s, ctx);
    float flow[] = {1, 3, 1, 3, 1, 3}, season[6];
    unsigned char month[] = {4, 5, 6, 7, 8, 9};
    frs_site_norm k = {
        .flow = flow, .season = season, .month = month, .n = 6, .class_at = {3}, .event_at = {5}};
    OK(frs__score_subsets(&s.w, &s.c, &k, (frs_report_score){.lead = 1}));
    assert_int_equal(s.out.n, 2 + 2 * 6 + 2 * 3 + 4);
    /* December to February: observed 6 2 4, model 4 3 4 */
    assert_near(value_of(&s, "months_12-2", "RMSE"), sqrt(5.0 / 3), 1e-12);
    assert_near(value_of(&s, "months_12-2", "NSE"), 1 - 5.0 / 8, 1e-12);
    assert_near(value_of(&s, "months_12-2", "PBIAS"), -100.0 / 12, 1e-12);
    /* May to July: observed 9 3 3, model 8 3 5 */
    assert_near(value_of(&s, "months_5-7", "RMSE"), sqrt(5.0 / 3), 1e-12);
    assert_near(value_of(&s, "months_5-7", "NSE"), 1 - 5.0 / 24, 1e-12);
    /* below 3: observed 2 1 1 1 1, model 3 1 1 1 1; from 3: 4 9 3 3 8 6, model 4 8 3 5 1 4 */
    assert_near(value_of(&s, "flow_0-0.5", "MAE"), 1.0 / 5, 1e-12);
    assert_near(value_of(&s, "flow_0.5-1", "MAE"), 12.0 / 6, 1e-12);
    assert_near(value_of(&s, "flow_0.5-1", "PBIAS"), -100.0 * 8 / 33, 1e-12);
    /* floods from 5: May, which the model has; November, beside the gap of October: not counted;
     * the model's July never was */
    assert_near(value_of(&s, "events_0.9", "POD"), 1, 0);
    assert_near(value_of(&s, "events_0.9", "FAR"), 0.5, 0);
    assert_near(value_of(&s, "events_0.9", "events"), 1, 0);
    /* changes over a step: 2 -2 2 -2 2, standard deviation sqrt(4.8); admissible 1.477 */
    assert_near(value_of(&s, "", "S/sigma-delta"), sqrt((1 + 1 + 4 + 49 + 4) / 11.0 / 4.8), 1e-6);
    assert_near(value_of(&s, "", "within-admissible"), 800.0 / 11, 1e-9);
    /* changes that end in May, June, July: 2 -2 2, standard deviation sqrt(16 / 3); none in winter
     */
    assert_near(value_of(&s, "months_5-7", "S/sigma-delta"), sqrt(5.0 / 3 / (16.0 / 3)), 1e-6);
    assert_near(value_of(&s, "months_5-7", "within-admissible"), 200.0 / 3, 1e-9);
    assert_true(isnan(value_of(&s, "months_12-2", "S/sigma-delta")));
    /* thresholds that are not known: no class, no flood, but seasons */
    s.out.n = 0;
    k.class_at[0] = k.event_at[0] = NAN;
    OK(frs__score_subsets(&s.w, &s.c, &k, (frs_report_score){.lead = 0}));
    assert_true(isnan(value_of(&s, "flow_0-0.5", "MAE")) &&
                isnan(value_of(&s, "events_0.9", "POD")));
    assert_near(value_of(&s, "months_5-7", "RMSE"), sqrt(5.0 / 3), 1e-12);
    assert_true(value_of(&s, "", "S/sigma") > 0);
    frs__free(ctx, s.out.items);
    frs_ctx_free(ctx);
}

/* ---- comparisons */

static const frs_forecaster_def names[] = {
    {.name = "first"}, {.name = "second"}, {.name = "third"}};

typedef struct trial {
    int64_t sites, years, leads; /* leads 0: a simulation */
    frs_eval e;
    frs_archive archives[3];
    frs_scores scores;
    frs_forecaster models[3], *list[3];
    frs_scoring w;
    frs_config *config;
    frs_report_test *tests;
    int64_t n;
} trial;

static frs_archive archive(frs_ctx *ctx, const trial *t, double error, uint64_t what) {
    const int64_t leads = t->leads ? t->leads : 1, n = t->years * 12;
    frs_archive a = {.n_sites = t->sites,
                     .n_issues = n,
                     .n_leads = leads,
                     .first_issue_s = date(1980, 1, 1),
                     .step = {1, FRS_STEP_MONTH},
                     .simulation = t->leads == 0};
    a.values = frs__alloc(ctx, t->sites * n * leads, sizeof(float));
    for (int64_t i = 0; i < t->sites * n * leads; i++) {
        const double q = exp(frs__rng_normal((frs_rng){5, FRS_RNG_TEST, 1}, (uint64_t)(i / leads)));
        a.values[i] =
            (float)(q + error * frs__rng_normal((frs_rng){5, FRS_RNG_TEST, what}, (uint64_t)i));
    }
    return a;
}

/* first: small errors; second: three times as large; third: as first. The first is the winner. */
static void try(frs_ctx *ctx, trial *t, const char *references) {
    static const double error[] = {0.2, 0.6, 0.2};
    t->e = (frs_eval){.period = "test", .archives = t->archives, .n_models = 3};
    t->e.observed = archive(ctx, t, 0, 9);
    for (int m = 0; m < 3; m++) {
        t->archives[m] = archive(ctx, t, error[m], 2 + (uint64_t)m);
        t->models[m].def = &names[m];
        t->list[m] = &t->models[m];
    }
    static const char titles[3][FRS_RUN_NAME] = {"first", "second", "third"};
    const char *sets[] = {"data_dir=x", references};
    OK(frs_config_load(ctx, NULL, sets, references ? 2 : 1, &t->config));
    t->w = (frs_scoring){.ctx = ctx,
                         .e = &t->e,
                         .models = t->list,
                         .names = titles,
                         .out = &t->scores,
                         .year_start = 1,
                         .seed = 3,
                         .steps_per_day = 1 / 30.4};
    for (int64_t s = 0; s < t->sites; s++)
        for (int64_t l = 0; l < (t->leads ? t->leads : 1); l++)
            for (int64_t m = 0; m < 3; m++) {
                frs_report_score row = {.site = s, .lead = t->leads ? l + 1 : 0, .model = m};
                row.value = 0.8 - (m == 1 ? 0.3 : 0) + 0.01 * (double)((s * 7 + m * 3) % 10);
                snprintf(row.period, sizeof row.period, "test");
                snprintf(row.metric, sizeof row.metric, "NSE");
                OK(frs__put_score(&t->w, row));
                snprintf(row.subset, sizeof row.subset, "months_5-7"); /* not to be taken for it */
                row.value = -5;
                OK(frs__put_score(&t->w, row));
            }
    OK(frs__eval_tests(&t->w, t->config, 0, &t->tests, &t->n));
}

static void end(frs_ctx *ctx, trial *t) {
    for (int m = 0; m < 3; m++) frs__free(ctx, t->archives[m].values);
    frs__free(ctx, t->e.observed.values);
    frs__free(ctx, t->scores.items);
    frs__free(ctx, t->tests);
    frs_config_free(t->config);
}

static const frs_report_test *find(const trial *t, frs_test_method method, int64_t site,
                                   int64_t lead, int64_t reference) {
    for (int64_t i = 0; i < t->n; i++)
        if (t->tests[i].method == method && t->tests[i].site == site && t->tests[i].lead == lead &&
            t->tests[i].reference == reference)
            return &t->tests[i];
    print_error("no such comparison\n");
    fail();
    return NULL;
}

static void one_catchment(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    trial t = {.sites = 1, .years = 20};
    try(ctx, &t, NULL);
    assert_int_equal(t.n, 2);
    const frs_report_test *far = find(&t, FRS_BOOTSTRAP_YEARS, 0, 0, 1),
                          *near = find(&t, FRS_BOOTSTRAP_YEARS, 0, 0, 2);
    assert_int_equal(far->verdict, FRS_BETTER);
    assert_true(far->low > 0 && far->n == 20 && !strcmp(far->metric, "NSE"));
    assert_int_equal(near->verdict, FRS_UNPROVEN);
    assert_near(far->p_holm, 2 * far->p, 1e-15); /* the smaller of two */
    assert_near(near->p_holm, near->p, 1e-15);
    end(ctx, &t);
    trial few = {.sites = 1, .years = 7};
    try(ctx, &few, NULL);
    assert_int_equal(few.tests[0].verdict, FRS_UNTESTED);
    assert_int_equal(few.tests[0].note, FRS_NOTE_FEW_YEARS);
    assert_true(isnan(few.tests[0].p_holm) && isfinite(few.tests[0].difference));
    end(ctx, &few);
    frs_ctx_free(ctx);
}

static void forecasts(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    trial t = {.sites = 2, .years = 10, .leads = 3};
    try(ctx, &t, "references=[second]");
    assert_int_equal(t.n, 3 * (1 + 2 * 2)); /* a lead: signed ranks; by site years and errors */
    const frs_report_test *ranks = find(&t, FRS_WILCOXON, -1, 2, 1),
                          *errors = find(&t, FRS_DIEBOLD_MARIANO, 1, 3, 1);
    assert_int_equal(ranks->verdict, FRS_UNTESTED);
    assert_int_equal(ranks->note, FRS_NOTE_FEW_CATCHMENTS);
    assert_int_equal(errors->verdict, FRS_BETTER);
    assert_true(errors->difference < 0 && !strcmp(errors->metric, "MSE"));
    double p[3], least = 1;
    for (int64_t l = 0; l < 3; l++) {
        p[l] = find(&t, FRS_DIEBOLD_MARIANO, 1, l + 1, 1)->p;
        least = fmin(least, p[l]);
    }
    for (int64_t l = 0; l < 3; l++) /* a family: the leads of one site and method */
        if (!(p[l] > least))
            assert_near(find(&t, FRS_DIEBOLD_MARIANO, 1, l + 1, 1)->p_holm, 3 * least, 1e-18);
    end(ctx, &t);
    frs_ctx_free(ctx);
}

/* Over thirteen sites the second is 0.3 worse at each, the third here and there. */
static void many_catchments(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    trial t = {.sites = 13, .years = 3};
    try(ctx, &t, NULL);
    assert_int_equal(t.n, 2); /* too many to draw years of each */
    const frs_report_test *far = find(&t, FRS_WILCOXON, -1, 0, 1);
    assert_int_equal(far->verdict, FRS_BETTER);
    assert_near(far->p, 2.0 / 8192, 1e-15); /* all thirteen of one sign */
    assert_near(far->p_holm, 4.0 / 8192, 1e-15);
    assert_true(far->difference > 0.2 && far->low > 0.2 && far->high < 0.4 && far->n == 13);
    assert_int_equal(find(&t, FRS_WILCOXON, -1, 0, 2)->verdict, FRS_UNPROVEN);
    end(ctx, &t);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_of_training), cmocka_unit_test(parts_by_hand),
        cmocka_unit_test(one_catchment),          cmocka_unit_test(forecasts),
        cmocka_unit_test(many_catchments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
