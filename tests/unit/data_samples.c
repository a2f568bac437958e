/* Samples: which there are, what is in them, and that nothing from after the issue time is. */
#include "data_help.h"

static const int64_t START = 10957 * FRS_DAY_S; /* 2000-01-01 */

static frs_period days(int64_t first, int64_t last) {
    return (frs_period){START + first * FRS_DAY_S, START + last * FRS_DAY_S};
}

static frs_task simulation(void) {
    return (frs_task){.kind = FRS_SIMULATION,
                      .n_inputs = 2,
                      .inputs = {"temp", "prcp"},
                      .target = "q",
                      .seq_length = 5,
                      .predict_last_n = 1};
}

static frs_task forecast(frs_future future) {
    frs_task t = simulation();
    t.kind = FRS_FORECAST;
    t.leads = 3;
    t.future = future;
    t.past_target = true;
    return t;
}

static frs_samples *samples(frs_ctx *ctx, const frs_store *store, const frs_task *task,
                            frs_period p, bool training) {
    static const int64_t sites[] = {0, 1};
    int64_t n = frs_store_get_info(store).n_sites;
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx,
                       &(frs_samples_opts){.store = store,
                                           .task = task,
                                           .period = p,
                                           .sites = sites,
                                           .n_sites = n < 2 ? n : 2,
                                           .for_training = training},
                       &s));
    return s;
}

/* 60 days: prcp 1000 + t, temp 2000 + t, q 3000 + t */
static frs_store *small_store(frs_ctx *ctx, void (*change)(frs_series *)) {
    frs_series s = make_series(ctx, "a", START, 60, "prcp temp q");
    if (change) change(&s);
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

static void which_simulation(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = small_store(ctx, NULL);
    frs_task t = simulation();
    frs_samples *s = samples(ctx, store, &t, days(0, 59), true);
    assert_int_equal(frs_samples_count(s), 56); /* the first four have no whole window */
    assert_int_equal(frs_samples_id(s, 0).row, 4);
    assert_int_equal(frs_samples_id(s, 0).issue_s, START + 4 * FRS_DAY_S);
    assert_int_equal(frs_samples_id(s, 55).row, 59);
    frs_samples_free(s);
    s = samples(ctx, store, &t, days(20, 29), true); /* warm-up before the period */
    assert_int_equal(frs_samples_count(s), 10);
    assert_int_equal(frs_samples_id(s, 0).row, 20);
    frs_samples_free(s);
    t.predict_last_n = 3; /* as NeuralHydrology: the first window's targets start the period */
    s = samples(ctx, store, &t, days(20, 29), true);
    assert_int_equal(frs_samples_count(s), 8);
    assert_int_equal(frs_samples_id(s, 0).row, 22);
    assert_int_equal(frs_samples_n_targets(s), 3);
    float y[3];
    frs_samples_target(s, 0, y);
    assert_true(y[0] == 3020 && y[1] == 3021 && y[2] == 3022);
    frs_samples_free(s);
    s = samples(ctx, store, &t, days(20, 29), false);
    assert_int_equal(frs_samples_count(s), 10);
    frs_samples_target(s, 0, y); /* targets never lie outside the period */
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == 3020);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

static void punch(frs_series *s) {
    s->values[0][10] = NAN; /* prcp: five windows are lost */
    s->values[2][30] = NAN; /* q */
    s->values[2][40] = s->values[2][41] = s->values[2][42] = NAN;
}

static void which_with_gaps(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = small_store(ctx, punch);
    frs_task t = simulation();
    frs_samples *s = samples(ctx, store, &t, days(0, 59), true);
    assert_int_equal(frs_samples_count(s), 56 - 5 - 4);
    for (int64_t i = 0; i < frs_samples_count(s); i++) {
        int64_t r = frs_samples_id(s, i).row;
        assert_true(r < 10 || r > 14);
        assert_true(r != 30 && (r < 40 || r > 42));
        if (i) assert_true(r > frs_samples_id(s, i - 1).row);
    }
    frs_samples_free(s);
    s = samples(ctx, store, &t, days(0, 59), false);
    assert_int_equal(frs_samples_count(s), 56 - 5);
    frs_samples_free(s);
    t = forecast(FRS_FUTURE_NONE);
    s = samples(ctx, store, &t, days(0, 59), true);
    /* issue rows 4..56; rows 10-14 have a gap in the window; row 39's three targets are missing */
    assert_int_equal(frs_samples_count(s), 53 - 5 - 1);
    frs_samples_free(s);
    t = forecast(FRS_FUTURE_OBSERVED); /* rows 7-9 need the missing rain too */
    s = samples(ctx, store, &t, days(0, 59), true);
    assert_int_equal(frs_samples_count(s), 53 - 8 - 1);
    frs_samples_free(s);
    t = forecast(FRS_FUTURE_NONE);
    s = samples(ctx, store, &t, days(50, 59), false); /* up to the last day, targets run out */
    assert_int_equal(frs_samples_count(s), 10);
    float y[3];
    frs_samples_target(s, 8, y);
    assert_true(y[0] == 3059 && isnan(y[1]) && isnan(y[2]));
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* Brute force beside the scan: random gaps, every task kind, many periods. */
static bool valid_by_hand(const frs_store *store, const frs_task *t, frs_period p, bool training,
                          frs_period exclude, int64_t r) {
    frs_store_site a = frs_store_get_site(store, 0);
    int64_t L = t->kind == FRS_FORECAST ? t->leads : 0, T = t->seq_length;
    int64_t lo = (p.first_s - START) / FRS_DAY_S, hi = (p.last_s - START) / FRS_DAY_S;
    int64_t elo = (exclude.first_s - START) / FRS_DAY_S, ehi = (exclude.last_s - START) / FRS_DAY_S;
    if (r < lo || r > hi || r - T + 1 < 0) return false;
    bool observed = L && t->future == FRS_FUTURE_OBSERVED;
    for (int64_t w = r - T + 1; w <= r + (observed ? L : 0); w++) {
        if (w >= a.n) return false;
        for (int v = 0; v < 2; v++)
            if (isnan(a.values[3 * w + v])) return false;
    }
    if (!training) return true;
    if (r + L > hi || (!L && r - t->predict_last_n + 1 < lo)) return false;
    for (int64_t w = r - T + 1; w <= r + L; w++)
        if (w >= elo && w <= ehi) return false;
    for (int64_t w = L ? r + 1 : r - t->predict_last_n + 1; w <= r + L; w++)
        if (w < a.n && !isnan(a.values[3 * w + 2])) return true;
    return false;
}

static uint64_t seed_of_test(void) {
    const char *text = getenv("SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 20260101;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void against_brute_force(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_rng rng = {seed_of_test(), FRS_RNG_TEST, 0};
    uint64_t at = 0;
#define PICK(n) ((int64_t)(frs__rng_uniform(rng, at++) * (double)(n)))
    for (int round = 0; round < 300; round++) {
        frs_series a = make_series(ctx, "a", START, 40 + PICK(60), "prcp temp q");
        for (int v = 0; v < 3; v++)
            for (int64_t k = PICK(v == 2 ? 60 : 6); k > 0; k--) {
                int64_t row = PICK(a.n);
                a.values[v][row] = NAN;
            }
        frs_store *store = pack(ctx, &a, 1, NULL);
        frs_task t = round % 2 ? simulation() : forecast((frs_future)PICK(3));
        t.seq_length = 1 + PICK(12);
        t.leads = t.kind == FRS_FORECAST ? 1 + PICK(6) : 0;
        t.predict_last_n = 1 + PICK(t.seq_length < 4 ? t.seq_length : 4);
        int64_t lo = PICK(50) - 5;
        frs_period p = days(lo, lo + PICK(60)), e = days(0, 0);
        e.first_s += (20 + PICK(20)) * FRS_DAY_S;
        e.last_s = e.first_s + PICK(20) * FRS_DAY_S;
        bool training = PICK(2) == 1;
        const int64_t site = 0;
        frs_samples_opts o = {.store = store,
                              .task = &t,
                              .period = p,
                              .sites = &site,
                              .n_sites = 1,
                              .for_training = training,
                              .exclude = &e,
                              .n_exclude = PICK(2)};
        if (!o.n_exclude) e = days(-100, -100);
        frs_samples *s = NULL;
        frs_status st = frs_samples_new(ctx, &o, &s);
        int64_t k = 0;
        for (int64_t r = 0; r < a.n; r++) {
            if (!valid_by_hand(store, &t, p, training, e, r)) continue;
            assert_int_equal(st, FRS_OK);
            assert_true(k < frs_samples_count(s));
            assert_int_equal(frs_samples_id(s, k).row, r);
            k++;
        }
        if (k == 0 && training)
            assert_int_equal(st, FRS_E_NODATA);
        else
            assert_int_equal(frs_samples_count(s), k);
        frs_samples_free(s);
        frs_store_close(store);
        frs_series_free(ctx, &a);
    }
    frs_ctx_free(ctx);
}

static void values_of_a_window(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a[2] = {make_series(ctx, "a", START, 60, "prcp temp q"),
                       make_series(ctx, "b", START - 3 * FRS_DAY_S, 60, "prcp temp q")};
    a[0].values[2][12] = NAN;
    const char *names[] = {"a", "b"};
    frs_statics st = make_statics(ctx, names, 2, "area", "slope");
    frs_store *store = pack(ctx, a, 2, &st);
    frs_task t = forecast(FRS_FUTURE_NONE);
    t.n_statics = 1;
    snprintf(t.statics[0], 64, "slope");
    frs_samples *s = samples(ctx, store, &t, days(10, 20), false);
    assert_int_equal(frs_samples_count(s), 22);
    assert_int_equal(frs_samples_window(s), 8);
    assert_int_equal(frs_samples_channels(s), 5); /* temp prcp | q known | lead flag */
    float x[2][8][5], y[2][3], std[2], slope[2];
    int64_t index[2] = {3, 11 + 4}; /* day 13 at a, day 14 at b */
    assert_int_equal(frs_samples_id(s, 15).site, 1);
    assert_int_equal(frs_samples_id(s, 15).issue_s, START + 14 * FRS_DAY_S);
    assert_string_equal(frs_samples_site_name(s, 1), "b");
    frs_samples_gather(
        s, NULL, index, 2,
        &(frs_batch){.x = &x[0][0][0], .statics = slope, .y = &y[0][0], .site_std = std});
    assert_true(slope[0] == 2 && slope[1] == 12);
    for (int w = 0; w < 5; w++) {
        assert_true(x[0][w][0] == 2000 + 9 + (float)w && x[0][w][1] == 1000 + 9 + (float)w);
        assert_true(x[1][w][0] == 2000 + 13 + (float)w);
        if (w == 3)
            assert_true(isnan(x[0][w][2]) && x[0][w][3] == 0);
        else
            assert_true(x[0][w][2] == 3000 + 9 + (float)w && x[0][w][3] == 1);
        assert_true(x[0][w][4] == 0);
    }
    for (int w = 5; w < 8; w++)
        assert_true(isnan(x[0][w][0]) && isnan(x[0][w][2]) && x[0][w][3] == 0 && x[0][w][4] == 1);
    assert_true(y[0][0] == 3014 && y[0][2] == 3016 && y[1][0] == 3018);
    assert_true(isnan(std[0]));
    frs_samples_free(s);
    t = simulation();
    t.past_target = true;
    s = samples(ctx, store, &t, days(10, 20), false);
    assert_int_equal(frs_samples_channels(s), 4);
    float z[5][4];
    frs_samples_gather(s, NULL, index, 1, &(frs_batch){.x = &z[0][0]});
    assert_true(z[2][2] == 3011 && z[2][3] == 1);
    assert_true(isnan(z[4][2]) && z[4][3] == 0); /* the target itself is not shown */
    frs_samples_free(s);
    frs_store_close(store);
    frs_statics_free(ctx, &st);
    frs_series_free(ctx, &a[0]);
    frs_series_free(ctx, &a[1]);
    frs_ctx_free(ctx);
}

static void scaled(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = small_store(ctx, punch);
    frs_task t = simulation();
    frs_samples *s = samples(ctx, store, &t, days(20, 29), true);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    /* inputs over days 16..29 (4 of warm-up), target over days 20..29: means and std by hand */
    assert_near(k.in_mean[1], 1022.5, 1e-9);
    assert_near(k.in_std[1], sqrt((14.0 * 14 - 1) / 12), 1e-9);
    assert_near(k.target_mean, 3024.5, 1e-9);
    assert_near(k.target_std, sqrt((10.0 * 10 - 1) / 12), 1e-9);
    assert_near(k.site_std[0], sqrt((10.0 * 10 - 1) / 12), 1e-6);
    assert_string_equal(k.site_names[0], "a");
    float x[5][2], y, std;
    int64_t i = 0;
    frs_samples_gather(s, &k, &i, 1,
                       &(frs_batch){.x = &x[0][0], .statics = NULL, .y = &y, .site_std = &std});
    assert_near(x[4][1], (1020 - 1022.5) / k.in_std[1], 1e-6);
    assert_near(y, (3020 - 3024.5) / k.target_std, 1e-6);
    assert_near(std, k.site_std[0], 0);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

static void constant_prcp(frs_series *s) {
    for (int64_t t = 0; t < s->n; t++) s->values[0][t] = 0.1F;
}

static void scaler_of_a_constant(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = small_store(ctx, constant_prcp);
    frs_task t = simulation();
    frs_samples *s = samples(ctx, store, &t, days(0, 59), true);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    assert_true(k.in_std[1] == 1);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    s = samples(ctx, store, &t, days(0, 59), false);
    assert_int_equal(frs_scaler_fit(ctx, s, &k), FRS_E_ARG);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* One random record of 400 days; from `from` on its values are different ones when `corrupt`. */
static frs_store *random_store(frs_ctx *ctx, int64_t from, bool corrupt) {
    frs_series s = make_series(ctx, "a", START, 900, "prcp temp q");
    frs_rng rng = {7, FRS_RNG_TEST, 1};
    for (int v = 0; v < 3; v++) {
        for (int64_t t = 0; t < s.n; t++) {
            uint64_t i = (uint64_t)(v * 10000 + t);
            float x = (float)frs__rng_uniform(rng, i);
            bool gap = v == 2 && frs__rng_uniform(rng, 50000 + i) < 0.2;
            if (corrupt && t >= from) x = 9e5F + 100 * x, gap = v == 2 && t % 2;
            s.values[v][t] = gap ? NAN : x;
        }
    }
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

/* Everything after the issue time is replaced; x must be the same to the bit. */
static void nothing_leaks(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *clean = random_store(ctx, 0, false);
    frs_task tasks[] = {simulation(), simulation(), forecast(FRS_FUTURE_NONE),
                        forecast(FRS_FUTURE_CLIMATOLOGY), forecast(FRS_FUTURE_OBSERVED)};
    tasks[1].past_target = true;
    for (int k = 0; k < 5; k++) {
        frs_samples *train = samples(ctx, clean, &tasks[k], days(0, 500), true);
        frs_samples *test = samples(ctx, clean, &tasks[k], days(501, 850), false);
        frs_scaler scaler;
        OK(frs_scaler_fit(ctx, train, &scaler));
        assert_true((scaler.input_climatology != NULL) == (k == 3));
        const int64_t size = frs_samples_window(test) * frs_samples_channels(test);
        float x[2][100];
        assert_true(size <= 100);
        for (int64_t i = 0; i < 350; i += 29) {
            frs_sample_id id = frs_samples_id(test, i);
            /* a simulation's own target belongs to the time of issue: corrupt it, keep weather */
            frs_store *bad = random_store(ctx, id.row + 1, true);
            frs_samples *other = samples(ctx, bad, &tasks[k], days(501, 850), false);
            for (int raw = 0; raw < 2; raw++) {
                const frs_scaler *with = raw ? NULL : &scaler;
                frs_samples_gather(test, with, &i, 1, &(frs_batch){.x = x[0]});
                frs_samples_gather(other, with, &i, 1, &(frs_batch){.x = x[1]});
                bool same = memcmp(x[0], x[1], sizeof(float) * (size_t)size) == 0;
                assert_int_equal(same, k != 4);
            }
            frs_samples_free(other);
            frs_store_close(bad);
        }
        frs_scaler_free(ctx, &scaler);
        frs_samples_free(train);
        frs_samples_free(test);
    }
    frs_store_close(clean);
    frs_ctx_free(ctx);
}

/* Random values, others in the rows lo..hi. */
static frs_store *changed_store(frs_ctx *ctx, int64_t lo, int64_t hi) {
    frs_series s = make_series(ctx, "a", START, 900, "prcp temp q");
    frs_rng rng = {8, FRS_RNG_TEST, 2};
    for (int v = 0; v < 3; v++)
        for (int64_t t = 0; t < s.n; t++) {
            float x = (float)frs__rng_uniform(rng, (uint64_t)(v * 10000 + t));
            s.values[v][t] = t >= lo && t <= hi ? 1e6F - x : x;
        }
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

/* All that training can see of a store, as one hash. */
static uint64_t training_hash(frs_ctx *ctx, const frs_store *store, const frs_task *t) {
    const int64_t site = 0;
    const frs_period out = days(300, 399);
    frs_samples *s;
    OK(frs_samples_new(ctx,
                       &(frs_samples_opts){.store = store,
                                           .task = t,
                                           .period = days(50, 700),
                                           .sites = &site,
                                           .n_sites = 1,
                                           .for_training = true,
                                           .exclude = &out,
                                           .n_exclude = 1},
                       &s));
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    float x[100], y[10], std;
    int64_t size = frs_samples_window(s) * frs_samples_channels(s), n = frs_samples_count(s);
    uint64_t hash = frs__hash64(&n, sizeof n, 0);
    for (int64_t i = 0; i < n; i++) {
        frs_samples_gather(s, &k, &i, 1,
                           &(frs_batch){.x = x, .statics = NULL, .y = y, .site_std = &std});
        hash = frs__hash64(x, size * 4, hash);
        hash = frs__hash64(y, frs_samples_n_targets(s) * 4, hash);
        hash = frs__hash64(&std, 4, hash);
    }
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    return hash;
}

/* Leave one year out: neither it nor what comes after training reaches samples or scaler. */
static void excluded_and_later_years(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task tasks[] = {simulation(), forecast(FRS_FUTURE_NONE), forecast(FRS_FUTURE_CLIMATOLOGY),
                        forecast(FRS_FUTURE_OBSERVED)};
    const struct {
        int64_t lo, hi;
        bool same;
    } cases[] = {{1000, 1000, true},
                 {300, 399, true},
                 {701, 899, true},
                 {299, 299, false},
                 {700, 700, false}};
    for (int k = 0; k < 4; k++) {
        uint64_t want = 0;
        for (int i = 0; i < 5; i++) {
            frs_store *store = changed_store(ctx, cases[i].lo, cases[i].hi);
            uint64_t hash = training_hash(ctx, store, &tasks[k]);
            if (i == 0) want = hash;
            assert_int_equal(hash == want, cases[i].same);
            frs_store_close(store);
        }
    }
    frs_ctx_free(ctx);
}

static void climatology_of_inputs(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a = make_series(ctx, "a", START, 3 * 366, "prcp temp q");
    for (int64_t t = 0; t < a.n; t++)
        a.values[0][t] = (float)frs__day_of_year(START + t * FRS_DAY_S) + (t < 366 ? 0.0F : 1.0F);
    frs_store *store = pack(ctx, &a, 1, NULL);
    frs_task t = forecast(FRS_FUTURE_CLIMATOLOGY);
    t.seq_length = 2;
    frs_samples *s = samples(ctx, store, &t, days(0, 730), true); /* 2000 and 2001 */
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    const float *c = k.input_climatology;
    assert_near(c[2 * 10 + 1], 10.5, 1e-6);
    assert_near(c[2 * 59 + 1], 59, 1e-6); /* 29 February is in 2000 alone */
    int64_t i = 8;                        /* issued on day 9 */
    float x[5][5];
    assert_int_equal(frs_samples_channels(s), 5);
    frs_samples_gather(s, &k, &i, 1, &(frs_batch){.x = &x[0][0]});
    assert_near(x[2][1], (10.5 - k.in_mean[1]) / k.in_std[1], 1e-5);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_series_free(ctx, &a);
    frs_ctx_free(ctx);
}

static void bad_requests(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = small_store(ctx, NULL);
    const int64_t site = 0, other = 5;
    frs_task t = simulation();
    frs_samples *s = NULL;
    frs_samples_opts o = {.store = store,
                          .task = &t,
                          .period = days(0, 59),
                          .sites = &site,
                          .n_sites = 1,
                          .for_training = true};
    snprintf(t.inputs[1], 64, "prpc");
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_INPUT);
    assert_non_null(strstr(frs_message(ctx), "did you mean prcp?"));
    t = simulation();
    t.seq_length = 61;
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_NODATA);
    assert_non_null(strstr(frs_message(ctx), "61 steps"));
    t.seq_length = -3;
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_INPUT);
    t = simulation();
    o.sites = &other;
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_ARG);
    o.sites = &site;
    o.period = (frs_period){INT64_MIN, INT64_MAX};
    OK(frs_samples_new(ctx, &o, &s));
    assert_int_equal(frs_samples_count(s), 56);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

typedef struct many {
    const frs_samples *s;
    const frs_scaler *k;
    float *x, *y;
} many;

static void gather_block(void *arg, int64_t block, int worker) {
    (void)worker;
    const many *m = arg;
    int64_t size = frs_samples_window(m->s) * frs_samples_channels(m->s), index[10];
    for (int64_t i = 0; i < 10; i++) index[i] = 10 * block + i;
    frs_samples_gather(m->s, m->k, index, 10,
                       &(frs_batch){.x = m->x + 10 * block * size, .y = m->y + 30 * block});
}

/* Many threads gather from the same samples and scaler, without a lock or an allocation. */
static void many_threads(void **state) {
    (void)state;
    frs_ctx *ctx = NULL;
    frs_ctx_opts o = {.threads = 4};
    assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
    frs_store *store = random_store(ctx, 0, false);
    frs_task t = forecast(FRS_FUTURE_CLIMATOLOGY);
    frs_samples *s = samples(ctx, store, &t, days(0, 800), true);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    int64_t size = frs_samples_window(s) * frs_samples_channels(s);
    assert_true(frs_samples_count(s) >= 600);
    many a = {s, &k, frs__alloc(ctx, 600 * size, sizeof(float)),
              frs__alloc(ctx, 1800, sizeof(float))};
    many b = {s, &k, frs__alloc(ctx, 600 * size, sizeof(float)),
              frs__alloc(ctx, 1800, sizeof(float))};
    int64_t before = frs_ctx_alloc_count(ctx);
    frs__parallel(ctx, 60, gather_block, &a);
    for (int64_t block = 0; block < 60; block++) gather_block(&b, block, 0);
    assert_int_equal(frs_ctx_alloc_count(ctx), before);
    assert_memory_equal(a.x, b.x, (size_t)(600 * size) * sizeof(float));
    assert_memory_equal(a.y, b.y, 1800 * sizeof(float));
    frs__free(ctx, a.x), frs__free(ctx, a.y), frs__free(ctx, b.x), frs__free(ctx, b.y);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* MOPEX 01567000 with NeuralHydrology 1.11: 5,479 samples; its scaler (train_data_scaler.yml). */
static void as_neuralhydrology(void **state) {
    (void)state;
    const char *path = shared_data("data/mopex/01567000.dly");
    if (!path) skip();
    frs_ctx *ctx = new_ctx();
    frs_series a = read_mopex(ctx, path, "01567000");
    frs_store *store = pack(ctx, &a, 1, NULL);
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = 4,
                  .inputs = {"prcp", "pet", "tmax", "tmin"},
                  .target = "q",
                  .seq_length = 365,
                  .predict_last_n = 1};
    frs_period p = {date(1970, 10, 1), date(1985, 9, 30)};
    frs_samples *s = samples(ctx, store, &t, p, true);
    assert_int_equal(frs_samples_count(s), 5479);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    const double mean[] = {2.8299245834350586, 2.278225898742676, 15.7836275100708,
                           4.167975902557373};
    const double std[] = {5.888267993927002, 1.2783924341201782, 10.644317626953125,
                          9.112835884094238};
    for (int i = 0; i < 4; i++) {
        assert_near(k.in_mean[i], mean[i], 1e-5);
        assert_near(k.in_std[i], std[i], 1e-5);
    }
    assert_near(k.target_mean, 1.3768579959869385, 1e-5);
    assert_near(k.target_std, 1.8644381761550903, 1e-5);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_series_free(ctx, &a);
    frs_ctx_free(ctx);
}

/* The 41 catchments of NeuralHydrology's regional run: its scaler, attributes with ddof 1. */
static void as_neuralhydrology_regional(void **state) {
    (void)state;
    const char *found = shared_data("data/mopex");
    if (!found) skip();
    char folder[512], path[600];
    snprintf(folder, sizeof folder, "%s", found);
    snprintf(path, sizeof path, "%s/attributes.csv", folder);
    frs_ctx *ctx = new_ctx();
    frs_statics st = read_table(ctx, path, 3);
    frs_store *store = mopex_store(ctx, folder, &st);
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = 4,
                  .inputs = {"prcp", "pet", "tmax", "tmin"},
                  .n_statics = 3,
                  .statics = {"aridity", "area_km2", "k_sat"},
                  .target = "q",
                  .seq_length = 365,
                  .predict_last_n = 1};
    int64_t sites[64], n = 0;
    for (int64_t i = 0; i < frs_store_get_info(store).n_sites; i++)
        if (strcmp(frs_store_get_site(store, i).name, "01060000") != 0) sites[n++] = i;
    assert_int_equal(n, 41);
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx,
                       &(frs_samples_opts){.store = store,
                                           .task = &t,
                                           .period = {date(1970, 10, 1), date(1985, 9, 30)},
                                           .sites = sites,
                                           .n_sites = n,
                                           .for_training = true},
                       &s));
    assert_true((frs_samples_count(s) + 255) / 256 == 878); /* its steps an epoch */
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    const double mean[] = {2.8907229900360107, 2.514927387237549, 16.78376579284668,
                           4.501590728759766};
    const double std[] = {6.978405475616455, 1.6100610494613647, 11.310763359069824,
                          9.735700607299805};
    for (int i = 0; i < 4; i++) {
        assert_near(k.in_mean[i], mean[i], 1e-5 * mean[i]);
        assert_near(k.in_std[i], std[i], 1e-5 * std[i]);
    }
    assert_near(k.target_mean, 1.1840453147888184, 1e-5);
    assert_near(k.target_std, 2.1212716102600098, 1e-5);
    const double st_mean[] = {0.9468170731707316, 3023.3439024390245, 3.258317073170732e-06};
    const double st_std[] = {0.3787838637682703, 2384.236447172216, 2.279634975593948e-06};
    for (int i = 0; i < 3; i++) { /* the store holds them as float */
        assert_near(k.st_mean[i], st_mean[i], 1e-6 * st_mean[i]);
        assert_near(k.st_std[i], st_std[i], 1e-6 * st_std[i]);
    }
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_statics_free(ctx, &st);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_simulation),
        cmocka_unit_test(which_with_gaps),
        cmocka_unit_test(against_brute_force),
        cmocka_unit_test(values_of_a_window),
        cmocka_unit_test(scaled),
        cmocka_unit_test(scaler_of_a_constant),
        cmocka_unit_test(nothing_leaks),
        cmocka_unit_test(excluded_and_later_years),
        cmocka_unit_test(climatology_of_inputs),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(as_neuralhydrology),
        cmocka_unit_test(as_neuralhydrology_regional),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
