/* check: each fault is found where it is, and a sound record is left in peace. */
#include "data_help.h"

static const int64_t START = 10957 * FRS_DAY_S; /* 2000-01-01 */

static const frs_finding *find(const frs_findings *f, const char *code, const char *var) {
    for (int64_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].code, code) == 0 && strcmp(f->items[i].var, var) == 0)
            return &f->items[i];
    return NULL;
}

static frs_task task_of(const char *a, const char *b) {
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = 2,
                  .target = "q",
                  .seq_length = 30,
                  .predict_last_n = 1};
    snprintf(t.inputs[0], 64, "%s", a);
    snprintf(t.inputs[1], 64, "%s", b);
    return t;
}

/* The findings of one series. change may spoil it; f is to be freed. */
static frs_findings findings_of(frs_ctx *ctx, void (*change)(frs_series *), frs_task *t,
                                frs_period training) {
    frs_series s, truth;
    frs_synth_opts o = {.seed = 4, .years = 10, .start_year = 2000, .gap_share = -1};
    OK(frs_synth(ctx, &o, "a", &s, &truth));
    if (change) change(&s);
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_findings f = {0};
    frs_check_opts c = {.precipitation = "prcp", .target = "q", .task = t, .training = training};
    OK(frs_check_site(ctx, store, 0, &c, &f));
    for (int64_t i = 0; i < f.n; i++) {
        assert_true(f.items[i].text[0] && f.items[i].action[0]);
        assert_string_equal(f.items[i].site, "a");
    }
    frs_store_close(store);
    frs_series_free(ctx, &s);
    frs_series_free(ctx, &truth);
    return f;
}

static void sound_record(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_findings f = findings_of(ctx, NULL, NULL, (frs_period){0});
    for (int64_t i = 0; i < f.n; i++) print_error("%s: %s\n", f.items[i].code, f.items[i].text);
    assert_int_equal(f.n, 0);
    frs_findings_free(ctx, &f);
    frs_ctx_free(ctx);
}

static void spoil(frs_series *s) {
    float *prcp = s->values[0], *temp = s->values[1], *q = s->values[3];
    for (int t = 100; t < 140; t++) q[t] = NAN; /* 40 steps from 2000-04-10 */
    q[200] = NAN;
    q[300] = -9.1F;
    q[301] = -0.5F;
    for (int t = 500; t < 525; t++) q[t] = 1.25F;
    for (int t = 600; t < 900; t++) q[t] = 0.5F + 0.004F * (float)(t - 600);
    q[1000] = 900;
    temp[50] = 95;
    prcp[60] = NAN;
    prcp[70] = -1;
    prcp[80] = 2500;
}

static void faults(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_findings f = findings_of(ctx, spoil, NULL, (frs_period){0});
    const frs_finding *x = find(&f, "missing", "q");
    assert_non_null(x);
    assert_int_equal(x->count, 41);
    assert_int_equal(x->longest, 40);
    assert_int_equal(x->first_s, START + 100 * FRS_DAY_S);
    assert_int_equal(x->severity, FRS_NOTE);
    assert_non_null(strstr(x->text, "missing values: 41 of 3653"));
    assert_non_null(strstr(x->text, "2000-04-10"));
    x = find(&f, "missing", "prcp");
    assert_non_null(x);
    assert_int_equal(x->severity, FRS_WARNING);
    x = find(&f, "negative", "q");
    assert_non_null(x);
    assert_int_equal(x->count, 2);
    assert_near(x->value, -9.1, 1e-6);
    assert_non_null(strstr(x->text, "-9.100"));
    assert_non_null(find(&f, "negative", "prcp"));
    assert_null(find(&f, "negative", "temp"));
    x = find(&f, "constant", "q");
    assert_non_null(x);
    assert_int_equal(x->count, 25);
    assert_int_equal(x->first_s, START + 500 * FRS_DAY_S);
    x = find(&f, "interpolated", "q");
    assert_non_null(x);
    assert_int_equal(x->severity, FRS_WARNING);
    assert_true(x->longest > 100);
    x = find(&f, "spike", "q");
    assert_non_null(x);
    assert_int_equal(x->first_s, START + 1000 * FRS_DAY_S);
    assert_int_equal(find(&f, "spike", "temp")->first_s, START + 50 * FRS_DAY_S);
    assert_int_equal(find(&f, "spike", "prcp")->first_s, START + 80 * FRS_DAY_S);
    frs_findings_free(ctx, &f);
    frs_ctx_free(ctx);
}

static void too_wet(frs_series *s) {
    for (int64_t t = 0; t < s->n; t++) s->values[3][t] *= 5;
}

/* Flow two days early: its rise now comes before the rain. */
static void early(frs_series *s) {
    for (int64_t t = 0; t + 1 < s->n; t++) s->values[3][t] = s->values[3][t + 1];
}

static void water(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_findings f = findings_of(ctx, too_wet, NULL, (frs_period){0});
    const frs_finding *x = find(&f, "runoff_ratio", "q");
    assert_non_null(x);
    assert_true(x->value > 1 && x->value < 5);
    frs_findings_free(ctx, &f);
    f = findings_of(ctx, early, NULL, (frs_period){0});
    assert_non_null(find(&f, "lag", "q"));
    frs_findings_free(ctx, &f);
    frs_ctx_free(ctx);
}

static void no_pet(frs_series *s) {
    for (int64_t t = 0; t < s->n; t++) s->values[2][t] = NAN;
}
static void no_flow(frs_series *s) {
    for (int64_t t = 0; t < 1500; t++) s->values[3][t] = NAN;
}
static void flat_flow(frs_series *s) {
    for (int64_t t = 0; t < s->n; t++) s->values[3][t] = 2;
}

static void hard_ones(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = task_of("prcp", "pet");
    frs_period p = {START, START + 1000 * FRS_DAY_S};
    frs_findings f = findings_of(ctx, no_pet, &t, p);
    const frs_finding *x = find(&f, "no_data", "pet");
    assert_non_null(x);
    assert_int_equal(x->severity, FRS_HARD);
    assert_non_null(strstr(x->action, "compute potential evapotranspiration"));
    frs_findings_free(ctx, &f);
    t = task_of("prcp", "temp"); /* nobody asks for PE: no word about it */
    f = findings_of(ctx, no_pet, &t, p);
    assert_null(find(&f, "no_data", "pet"));
    frs_findings_free(ctx, &f);
    f = findings_of(ctx, no_flow, &t, p);
    assert_int_equal(find(&f, "no_data", "q")->severity, FRS_HARD);
    frs_findings_free(ctx, &f);
    f = findings_of(ctx, flat_flow, &t, p);
    assert_int_equal(find(&f, "constant_target", "q")->severity, FRS_HARD);
    frs_findings_free(ctx, &f);
    f = findings_of(ctx, NULL, &t, (frs_period){date(1950, 1, 1), date(1960, 1, 1)});
    x = find(&f, "no_data", "");
    assert_int_equal(x->severity, FRS_HARD);
    assert_non_null(strstr(x->text, "2000-01-01"));
    frs_findings_free(ctx, &f);
    f = findings_of(ctx, NULL, &t, (frs_period){START, START + 20 * FRS_DAY_S});
    assert_int_equal(find(&f, "short_training", "")->severity, FRS_HARD);
    assert_non_null(
        strstr(find(&f, "short_training", "")->text, "training period: 21; seq_length is 30"));
    frs_findings_free(ctx, &f);
    frs_ctx_free(ctx);
}

static void dates_of_a_series(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = make_series(ctx, "a", START, 5, "q");
    frs_findings f = {0};
    OK(frs_check_series(ctx, &s, false, &f));
    assert_int_equal(f.n, 0);
    s.n_duplicate_dates = 2, s.n_unordered_dates = 1, s.first_trouble_line = 17, s.n_gap_steps = 4;
    s.first_trouble_s = START + 3 * FRS_DAY_S;
    OK(frs_check_series(ctx, &s, false, &f));
    assert_int_equal(find(&f, "dates", "")->count, 3);
    assert_int_equal(find(&f, "dates", "")->severity, FRS_HARD);
    assert_int_equal(find(&f, "dates", "")->first_s, s.first_trouble_s);
    assert_non_null(strstr(find(&f, "dates", "")->text, "a:17: date "));
    f.n = 0;
    OK(frs_check_series(ctx, &s, true, &f));
    assert_int_equal(find(&f, "dates", "")->severity, FRS_WARNING);
    assert_int_equal(find(&f, "absent_dates", "")->count, 4);
    frs_findings_free(ctx, &f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

enum { N_SITES = 12 };

/* Twelve sites; attribute 0 is 1 - Q/P of each to four digits, attribute 1 its mean rain of all
 * years. */
static frs_store *leaky(frs_ctx *ctx, const char *name, double wrong) {
    frs_series s[N_SITES];
    frs_statics st = {.n_sites = N_SITES, .n_attrs = 2};
    st.sites = frs__alloc(ctx, N_SITES, 64);
    st.names = frs__alloc(ctx, 2, 64);
    st.values = frs__alloc(ctx, 2 * N_SITES, sizeof(float));
    snprintf(st.names[0], 64, "%s", name);
    snprintf(st.names[1], 64, "p_mean");
    for (int i = 0; i < N_SITES; i++) {
        frs_series truth;
        snprintf(st.sites[i], 64, "site%d", i);
        OK(frs_synth(ctx, &(frs_synth_opts){.seed = 9, .years = 3}, st.sites[i], &s[i], &truth));
        frs_series_free(ctx, &truth);
        double p = 0, q = 0;
        for (int64_t t = 0; t < s[i].n; t++) {
            if (isnan(s[i].values[3][t])) continue;
            p += s[i].values[0][t];
            q += s[i].values[3][t];
        }
        st.values[2 * i] = (float)(round(1e4 * (1 - q / p)) / 1e4 + wrong * (i % 3));
        double rain = 0;
        for (int64_t t = 0; t < s[i].n; t++) rain += s[i].values[0][t] / (double)s[i].n;
        st.values[2 * i + 1] = (float)(round(1e4 * rain) / 1e4);
    }
    frs_store *store = pack(ctx, s, N_SITES, &st);
    for (int i = 0; i < N_SITES; i++) frs_series_free(ctx, &s[i]);
    frs_statics_free(ctx, &st);
    return store;
}

static frs_findings statics_of(frs_ctx *ctx, const frs_store *store, const frs_check_opts *o) {
    int64_t sites[N_SITES];
    for (int i = 0; i < N_SITES; i++) sites[i] = i;
    frs_findings f = {0};
    OK(frs_check_statics(ctx, store, sites, N_SITES, o, &f));
    return f;
}

static void leaks(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_check_opts o = {.precipitation = "prcp", .target = "q"};
    frs_store *store = leaky(ctx, "harmless", 0); /* the numbers give it away */
    frs_findings f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 1);
    assert_int_equal(find(&f, "leak", "harmless")->severity, FRS_HARD);
    assert_non_null(strstr(f.items[0].text, "1 - the runoff ratio"));
    frs_findings_free(ctx, &f);
    const char *names[] = {"harmless"};
    o.allowed = names, o.n_allowed = 1;
    f = statics_of(ctx, store, &o);
    assert_int_equal(find(&f, "leak", "harmless")->severity, FRS_WARNING);
    frs_findings_free(ctx, &f);
    frs_store_close(store);
    store = leaky(ctx, "Baseflow_Index", 0.5); /* its name gives it away */
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 1);
    assert_int_equal(find(&f, "leak", "Baseflow_Index")->severity, FRS_HARD);
    frs_findings_free(ctx, &f);
    frs_store_close(store);
    store = leaky(ctx, "snow", 0.5);
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 0);
    o.training = (frs_period){date(1981, 1, 1), date(1982, 6, 30)}; /* p_mean knows more */
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 1);
    assert_int_equal(find(&f, "leak", "p_mean")->severity, FRS_HARD);
    assert_non_null(strstr(f.items[0].text, "the mean of prcp over the whole record"));
    frs_findings_free(ctx, &f);
    o.test = (frs_period){date(1983, 1, 1), date(1983, 12, 31)}; /* of the test years, too */
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 1);
    frs_findings_free(ctx, &f);
    o.test = (frs_period){date(1990, 1, 1), date(1990, 12, 31)}; /* none of the record: not known */
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 1);
    frs_findings_free(ctx, &f);
    o.training.last_s = date(1983, 12, 31); /* now it does not */
    f = statics_of(ctx, store, &o);
    assert_int_equal(f.n, 0);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* ---- real data */

static frs_series read_arctic(frs_ctx *ctx, const char *path, const char *site) {
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    static float v[12000];
    char line[128];
    int64_t n = 0, start = 0;
    while (fgets(line, sizeof line, in) && n < 12000) {
        int64_t t;
        assert_int_equal(frs_date_parse(line, 10, &t), FRS_OK);
        if (n == 0) start = t;
        char *end, *p = strchr(line, ',') + 1;
        float x = strtof(p, &end);
        v[n++] = end == p ? NAN : x;
    }
    fclose(in);
    frs_series s = make_series(ctx, site, start, n, "q");
    memcpy(s.values[0], v, sizeof(float) * (size_t)n);
    return s;
}

/* The share of days on a straight line: 20 to 27 % in the three Arctic rivers. */
static void arctic_rivers(void **state) {
    (void)state;
    const char *folder = shared_data("data/russia");
    if (!folder) skip();
    frs_ctx *ctx = new_ctx();
    const struct {
        const char *name;
        int64_t missing;
        double share;
    } rivers[] = {{"taz", 1915, 0.273}, {"pur", 1324, 0.202}, {"nadym", 0, 0.225}};
    for (int i = 0; i < 3; i++) {
        char path[600];
        snprintf(path, sizeof path, "%s/%s.csv", folder, rivers[i].name);
        frs_series s = read_arctic(ctx, path, rivers[i].name);
        frs_store *store = pack(ctx, &s, 1, NULL);
        frs_findings f = {0};
        frs_check_opts o = {.target = "q"};
        OK(frs_check_site(ctx, store, 0, &o, &f));
        for (int64_t k = 0; k < f.n; k++)
            print_message("%s %s: %s\n", rivers[i].name, f.items[k].code, f.items[k].text);
        assert_near(find(&f, "interpolated", "q")->value, rivers[i].share, 0.002);
        if (rivers[i].missing) assert_int_equal(find(&f, "missing", "q")->count, rivers[i].missing);
        frs_findings_free(ctx, &f);
        frs_store_close(store);
        frs_series_free(ctx, &s);
    }
    frs_ctx_free(ctx);
}

static void mopex(void **state) {
    (void)state;
    const char *folder = shared_data("data/mopex");
    if (!folder) skip();
    frs_ctx *ctx = new_ctx();
    char path[600];
    snprintf(path, sizeof path, "%s/attributes.csv", folder);
    frs_statics st = read_table(ctx, path, 3);
    frs_store *store = mopex_store(ctx, folder, &st);
    frs_task t = task_of("prcp", "pet");
    t.seq_length = 365;
    frs_check_opts o = {.precipitation = "prcp",
                        .target = "q",
                        .task = &t,
                        .period = {date(1970, 10, 1), date(2000, 9, 30)},
                        .training = {date(1970, 10, 1), date(1985, 9, 30)}};
    frs_findings f = {0};
    int64_t n = frs_store_get_info(store).n_sites, sites[64];
    assert_int_equal(n, 42);
    for (int64_t i = 0; i < n; i++) {
        sites[i] = i;
        OK(frs_check_site(ctx, store, i, &o, &f));
    }
    for (int64_t i = 0; i < f.n; i++) {
        print_message("%s %s %s: %s\n", f.items[i].site, f.items[i].code, f.items[i].var,
                      f.items[i].text);
        bool hard = f.items[i].severity == FRS_HARD;
        assert_int_equal(hard, strcmp(f.items[i].site, "01060000") == 0 &&
                                   strcmp(f.items[i].var, "pet") == 0);
    }
    assert_non_null(find(&f, "no_data", "pet"));
    frs_findings_free(ctx, &f);
    o.task = NULL; /* the attributes computed without flow: none is accused */
    OK(frs_check_statics(ctx, store, sites, n, &o, &f));
    for (int64_t i = 0; i < f.n; i++) {
        if (f.items[i].code[0] == 'l') print_error("%s\n", f.items[i].text);
        assert_string_equal(f.items[i].code, "missing_attribute");
        assert_string_equal(f.items[i].site, "01060000");
    }
    frs_findings_free(ctx, &f);
    frs_store_close(store);
    frs_statics_free(ctx, &st);

    snprintf(path, sizeof path, "%s/Basin_indices.txt", folder);
    st = read_table(ctx, path, 1);
    snprintf(st.names[1], 64, "index_2"); /* by its numbers, not by its name */
    store = mopex_store(ctx, folder, &st);
    OK(frs_check_statics(ctx, store, sites, n, &o, &f));
    for (int64_t i = 0; i < f.n; i++) print_message("%s: %s\n", f.items[i].code, f.items[i].text);
    assert_non_null(find(&f, "leak", "index_2"));
    frs_findings_free(ctx, &f);
    frs_store_close(store);
    frs_statics_free(ctx, &st);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_record),  cmocka_unit_test(faults),
        cmocka_unit_test(water),         cmocka_unit_test(hard_ones),
        cmocka_unit_test(leaks),         cmocka_unit_test(dates_of_a_series),
        cmocka_unit_test(arctic_rivers), cmocka_unit_test(mopex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
