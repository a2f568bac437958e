/* Samples whose inputs have gaps: what fills them is what was known at the issue time; masks,
 * drops, periods by site, what stands beside the attributes, other scalings. */
#include "data_help.h"
#include "freshet/data.h"

static const int64_t START = 10957 * FRS_DAY_S; /* 2000-01-01 */

static frs_period days(int64_t first, int64_t last) {
    return (frs_period){START + first * FRS_DAY_S, START + last * FRS_DAY_S};
}

/* ---- one value */

static void one_gap(void **state) {
    (void)state;
    const float n = NAN;
    float v[12] = {n, 1, n, n, n, 5, 6, n, n, 9, n, n};
    const frs__gappy g = {v, 1, 12, 3}, narrow = {v, 1, 12, 2};
    assert_true(frs__gap_value(&g, 2, 11) == 2 && frs__gap_value(&g, 4, 11) == 4);
    assert_true(frs__gap_value(&g, 3, 5) == 3); /* known as soon as it has ended */
    assert_true(frs__gap_value(&g, 3, 4) == 1); /* not ended: the last value */
    assert_true(frs__gap_value(&g, 2, 2) == 1);
    assert_true(isnan(frs__gap_value(&g, 0, 11))); /* nothing before it */
    assert_true(frs__gap_value(&g, 8, 11) == 8);
    assert_true(frs__gap_value(&g, 10, 11) == 9 && frs__gap_value(&g, 11, 11) == 9);
    assert_true(isnan(frs__gap_value(&g, 11, 10)));     /* nothing is known of later rows */
    assert_true(isnan(frs__gap_value(&narrow, 2, 11))); /* longer than is filled */
    assert_true(isnan(frs__gap_value(&narrow, 4, 4)));  /* already longer */
    assert_true(frs__gap_value(&narrow, 3, 3) == 1);    /* not known to be longer */
    assert_true(frs__gap_value(&narrow, 8, 9) == 8);
    float rows[6] = {1, 100, n, 200, 3, 300};
    const frs__gappy column = {rows, 2, 3, 1};
    assert_true(frs__gap_value(&column, 1, 2) == 2);
}

/* ---- which windows are samples, against a count by hand of every window */

typedef struct world {
    frs_series s;
    frs_task t;
} world;

static frs_task task(frs_task_kind kind, frs_future future) {
    return (frs_task){.kind = kind,
                      .n_inputs = 2,
                      .inputs = {"prcp", "temp"},
                      .target = "q",
                      .seq_length = 5,
                      .predict_last_n = 1,
                      .leads = kind == FRS_FORECAST ? 3 : 0,
                      .future = future,
                      .past_target = kind == FRS_FORECAST};
}

/* Is the value of an input there, as row `known` knows the record? Straight from the definition:
 * the whole gap that the row lies in, as far as it goes by then. */
static bool there(const world *w, int v, int64_t row, int64_t known) {
    const float *x = w->s.values[v];
    if (!isnan(x[row])) return true;
    if (w->t.gaps == FRS_GAPS_CLIMATOLOGY) return true;
    if (w->t.gaps == FRS_GAPS_LEAVE) return false;
    int64_t lo = row, hi = row;
    while (lo > 0 && isnan(x[lo - 1])) lo--;
    while (hi < known && hi < w->s.n - 1 && isnan(x[hi + 1])) hi++;
    return lo > 0 && hi - lo + 1 <= w->t.max_gap;
}

static bool valid(const world *w, frs_period p, int64_t r) {
    const frs_task *t = &w->t;
    const int64_t T = t->seq_length, L = t->kind == FRS_FORECAST ? t->leads : 0;
    const int64_t ahead = t->future == FRS_FUTURE_OBSERVED ? L : 0;
    const int64_t lo = (p.first_s - START) / FRS_DAY_S, hi = (p.last_s - START) / FRS_DAY_S;
    int64_t last_seen = -1000;
    if (r < lo || r > hi || r - T + 1 < 0 || r + ahead >= w->s.n) return false;
    for (int64_t row = r - T + 1; row <= r + ahead; row++) {
        const int n = there(w, 0, row, r + ahead) + there(w, 1, row, r + ahead);
        if (t->mask == FRS_MASK_NONE && n < 2) return false;
        if (t->mask == FRS_MASK_GROUPS && n == 0) return false;
        if (n > 0) last_seen = row;
    }
    return t->mask != FRS_MASK_INPUTS || r - last_seen <= T / 2;
}

static void which_windows(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const frs_rng rng = {20260102, FRS_RNG_TEST, 0};
    uint64_t at = 0;
#define PICK(n) ((int64_t)(frs__rng_uniform(rng, at++) * (double)(n)))
    int64_t kept = 0, lost = 0;
    for (int round = 0; round < 250; round++) {
        world w = {.s = make_series(ctx, "a", START, 30 + PICK(50), "prcp temp q")};
        w.t = task(round % 2 ? FRS_SIMULATION : FRS_FORECAST, (frs_future)PICK(3));
        w.t.seq_length = 1 + PICK(10);
        w.t.gaps = (frs_gaps)PICK(3);
        w.t.max_gap = 1 + PICK(5);
        w.t.mask = (frs_mask)PICK(3);
        w.t.n_groups = w.t.mask == FRS_MASK_GROUPS;
        for (int v = 0; v < 2; v++)
            for (int64_t k = PICK(5); k > 0; k--)
                for (int64_t row = PICK(w.s.n), n = 1 + PICK(7); n > 0 && row < w.s.n; n--)
                    w.s.values[v][row++] = NAN;
        const int64_t lo = PICK(30), site = 0;
        const frs_period p = days(lo, lo + PICK(40));
        frs_store *store = pack(ctx, &w.s, 1, NULL);
        const frs_samples_opts o = {
            .store = store, .task = &w.t, .period = p, .sites = &site, .n_sites = 1};
        frs_samples *s = NULL;
        OK(frs_samples_new(ctx, &o, &s));
        int64_t k = 0;
        for (int64_t r = 0; r < w.s.n; r++) {
            if (!valid(&w, p, r)) {
                lost++;
                continue;
            }
            assert_true(k < frs_samples_count(s));
            assert_int_equal(frs_samples_id(s, k).row, r);
            k++;
        }
        assert_int_equal(frs_samples_count(s), k);
        kept += k;
        frs_samples_free(s);
        frs_store_close(store);
        frs_series_free(ctx, &w.s);
    }
    assert_true(kept > 2000 && lost > 2000);
    frs_ctx_free(ctx);
}

/* ---- nothing from after the issue time */

static frs_task policy(int i) {
    frs_task t = task(i % 2 ? FRS_FORECAST : FRS_SIMULATION, FRS_FUTURE_NONE);
    t.gaps = (frs_gaps)(i / 2 % 3);
    t.max_gap = 4;
    t.mask = (frs_mask)(i / 6 % 3);
    t.n_groups = t.mask == FRS_MASK_GROUPS;
    t.n_evolving = t.n_statics = 1;
    snprintf(t.statics[0], 64, "temp_shift1");
    t.n_calendar = 2;
    t.n_inputs = 5;
    snprintf(t.inputs[2], 64, "q_shift1");
    snprintf(t.inputs[3], 64, FRS_CALENDAR_SIN);
    snprintf(t.inputs[4], 64, FRS_CALENDAR_COS);
    t.group[3] = t.group[4] = -1;
    return t;
}
enum { N_POLICIES = 18 };

/* Random values with short and long gaps; from row `from` on others, with other gaps. */
static frs_store *gappy_store(frs_ctx *ctx, int64_t from) {
    static const frs_lag lags[] = {{"q", 1}, {"temp", 1}};
    const frs_prepare p = {.lags = lags, .n_lags = 2, .calendar = true};
    frs_series s = make_series(ctx, "a", START, 900, "prcp temp q");
    frs_rng rng = {9, FRS_RNG_TEST, 1};
    for (int v = 0; v < 3; v++) {
        int64_t hole = 0;
        for (int64_t t = 0; t < s.n; t++) {
            const bool spoilt = t >= from;
            const uint64_t i = (uint64_t)(v * 10000 + t) + (spoilt ? 500000 : 0);
            const float x = (float)frs__rng_uniform(rng, i);
            if (frs__rng_uniform(rng, 50000 + i) < 0.03) hole = 1 + t % 6;
            s.values[v][t] = hole-- > 0 ? NAN : spoilt ? 900 + x : x;
        }
    }
    frs_findings f = {0};
    OK(frs_prepare_series(ctx, &p, (frs_periods){0}, false, &s, &f));
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

static frs_samples *samples(frs_ctx *ctx, const frs_store *store, const frs_task *t, frs_period p,
                            bool training) {
    const int64_t site = 0;
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx,
                       &(frs_samples_opts){.store = store,
                                           .task = t,
                                           .period = p,
                                           .sites = &site,
                                           .n_sites = 1,
                                           .for_training = training},
                       &s));
    return s;
}

/* The sample of a row; -1: there is none. */
static int64_t of_row(const frs_samples *s, int64_t row) {
    for (int64_t i = 0; i < frs_samples_count(s); i++)
        if (frs_samples_id(s, i).row == row) return i;
    return -1;
}

/* One row's sample of both records, raw and scaled, by one policy: the same bits, or no sample in
 * either. Counts what was compared. */
static int64_t compare(frs_ctx *ctx, const frs_store *const stores[2], const frs_task *t,
                       const frs_scaler *scaler, int64_t row) {
    frs_samples *s[2];
    int64_t i[2];
    float x[2][200], st[2][1];
    for (int k = 0; k < 2; k++) {
        s[k] = samples(ctx, stores[k], t, days(501, 850), false);
        i[k] = of_row(s[k], row);
    }
    const int64_t size = frs_samples_window(s[0]) * frs_samples_channels(s[0]);
    assert_true(size <= 200);
    assert_int_equal(i[0] < 0, i[1] < 0);
    for (int raw = 0; raw < 2 && i[0] >= 0; raw++) {
        for (int k = 0; k < 2; k++)
            frs_samples_gather(s[k], raw ? NULL : scaler, &i[k], 1,
                               &(frs_batch){.x = x[k], .statics = st[k]});
        assert_memory_equal(x[0], x[1], sizeof(float) * (size_t)size);
        assert_memory_equal(st[0], st[1], sizeof st[0]);
    }
    const bool compared = i[0] >= 0;
    frs_samples_free(s[0]);
    frs_samples_free(s[1]);
    return compared;
}

static void nothing_leaks(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *clean = gappy_store(ctx, 10000);
    frs_scaler scalers[N_POLICIES];
    int64_t compared[N_POLICIES] = {0};
    for (int k = 0; k < N_POLICIES; k++) {
        const frs_task t = policy(k);
        frs_samples *train = samples(ctx, clean, &t, days(10, 500), true);
        OK(frs_scaler_fit(ctx, train, &scalers[k]));
        frs_samples_free(train);
    }
    for (int64_t row = 510; row < 840; row += 5) {
        frs_store *bad = gappy_store(ctx, row + 1);
        const frs_store *const both[2] = {clean, bad};
        for (int k = 0; k < N_POLICIES; k++) {
            const frs_task t = policy(k);
            compared[k] += compare(ctx, both, &t, &scalers[k], row);
        }
        frs_store_close(bad);
    }
    for (int k = 0; k < N_POLICIES; k++) {
        assert_true(compared[k] > 5);
        frs_scaler_free(ctx, &scalers[k]);
    }
    frs_store_close(clean);
    frs_ctx_free(ctx);
}

/* All that training can see, as one hash: what fills gaps comes from the training period alone. */
static uint64_t training_hash(frs_ctx *ctx, const frs_store *store, const frs_task *t) {
    frs_samples *s = samples(ctx, store, t, days(50, 700), true);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    float x[200], y[10], st[1];
    const int64_t size = frs_samples_window(s) * frs_samples_channels(s), n = frs_samples_count(s);
    uint64_t hash = frs__hash64(&n, sizeof n, 0);
    for (int64_t i = 0; i < n; i++) {
        frs_samples_gather(s, &k, &i, 1, &(frs_batch){.x = x, .statics = st, .y = y});
        hash = frs__hash64(x, size * 4, hash);
        hash = frs__hash64(y, frs_samples_n_targets(s) * 4, hash);
        hash = frs__hash64(st, 4, hash);
    }
    if (k.input_climatology)
        hash = frs__hash64(k.input_climatology, INT64_C(4) * 2 * 366 * t->n_inputs, hash);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    return hash;
}

static void nothing_from_later_years(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *clean = gappy_store(ctx, 10000), *later = gappy_store(ctx, 701);
    frs_store *inside = gappy_store(ctx, 690);
    for (int k = 0; k < N_POLICIES; k++) {
        const frs_task t = policy(k);
        const uint64_t hash = training_hash(ctx, clean, &t);
        assert_true(training_hash(ctx, later, &t) == hash);
        assert_true(training_hash(ctx, inside, &t) != hash);
    }
    frs_store_close(clean);
    frs_store_close(later);
    frs_store_close(inside);
    frs_ctx_free(ctx);
}

/* ---- values of a window */

/* 20 days: prcp 1000 + t, temp 2000 + t, q 3000 + t; prcp lacks 5 and 6, temp 8. */
static frs_store *holed(frs_ctx *ctx) {
    frs_series s = make_series(ctx, "a", START, 20, "prcp temp q");
    s.values[0][5] = s.values[0][6] = s.values[1][8] = NAN;
    frs_store *store = pack(ctx, &s, 1, NULL);
    frs_series_free(ctx, &s);
    return store;
}

static void linear_values(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = holed(ctx);
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.gaps = FRS_GAPS_LINEAR;
    t.max_gap = 2;
    frs_samples *s = samples(ctx, store, &t, days(0, 19), false);
    assert_int_equal(frs_samples_count(s), 16);
    float x[5][2];
    int64_t i = of_row(s, 6); /* rows 2 .. 6: the gap has not ended */
    frs_samples_gather(s, NULL, &i, 1, &(frs_batch){.x = &x[0][0]});
    assert_true(x[2][0] == 1004 && x[3][0] == 1004 && x[4][0] == 1004 && x[4][1] == 2006);
    i = of_row(s, 7);
    frs_samples_gather(s, NULL, &i, 1, &(frs_batch){.x = &x[0][0]});
    assert_true(x[2][0] == 1005 && x[3][0] == 1006 && x[4][0] == 1007);
    frs_samples_free(s);
    t.max_gap = 1; /* temp's gap is filled, prcp's only until it turns out too long */
    s = samples(ctx, store, &t, days(0, 19), false);
    assert_int_equal(frs_samples_count(s), 11);
    assert_true(of_row(s, 5) >= 0 && of_row(s, 6) < 0 && of_row(s, 10) < 0 && of_row(s, 11) >= 0);
    frs_scaler k;
    frs_samples *train = samples(ctx, store, &t, days(0, 19), true);
    OK(frs_scaler_fit(ctx, train, &k)); /* of what was read, not of what was filled */
    assert_near(k.in_mean[0], (20 * 1009.5 - 1005 - 1006) / 18, 1e-9);
    frs_scaler_free(ctx, &k);
    frs_samples_free(train);
    frs_samples_free(s);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

static void climatology_values(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a[2] = {make_series(ctx, "a", START, 3 * 366, "prcp temp q"),
                       make_series(ctx, "b", START, 3 * 366, "prcp temp q")};
    for (int i = 0; i < 2; i++)
        for (int64_t t = 0; t < a[i].n; t++)
            a[i].values[0][t] =
                (float)frs__day_of_year(START + t * FRS_DAY_S) + (t < 366 ? 0.0F : 1.0F);
    a[0].values[0][731 + 40] = a[1].values[0][731 + 40] = NAN; /* 10 February 2002 */
    frs_store *store = pack(ctx, a, 2, NULL);
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.gaps = FRS_GAPS_CLIMATOLOGY;
    frs_samples *s = samples(ctx, store, &t, days(0, 730), true); /* 2000 and 2001 of site a */
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    const int64_t b = 1, i = 40;
    for (int site = 0; site < 2; site++) { /* b was not trained on: the mean of those that were */
        frs_samples *test = NULL;
        const int64_t which = site ? b : 0;
        OK(frs_samples_new(ctx,
                           &(frs_samples_opts){.store = store,
                                               .task = &t,
                                               .period = days(731, 1000),
                                               .sites = &which,
                                               .n_sites = 1},
                           &test));
        float x[5][2];
        frs_samples_gather(test, &k, &i, 1, &(frs_batch){.x = &x[0][0]});
        assert_near(x[4][0], (40.5 - k.in_mean[0]) / k.in_std[0], 1e-5);
        frs_samples_free(test);
    }
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_series_free(ctx, &a[0]);
    frs_series_free(ctx, &a[1]);
    frs_ctx_free(ctx);
}

static void masks(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_store *store = holed(ctx);
    frs_task t = task(FRS_FORECAST, FRS_FUTURE_NONE);
    t.mask = FRS_MASK_GROUPS;
    t.n_groups = 1;
    frs_samples *s = samples(ctx, store, &t, days(0, 19), true);
    assert_int_equal(frs_samples_channels(s), 6); /* prcp temp | q known | lead | missing */
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    float x[8][6];
    int64_t i = of_row(s, 8);
    frs_samples_gather(s, &k, &i, 1, &(frs_batch){.x = &x[0][0]});
    for (int w = 0; w < 5; w++) { /* rows 4 .. 8: what shares a flag is hidden together */
        const bool missing = w == 1 || w == 2 || w == 4;
        assert_true(x[w][5] == (float)missing);
        assert_true((x[w][0] == 0) == missing && (x[w][1] == 0) == missing);
        assert_true(x[w][3] == 1 && x[w][2] != 0);
    }
    assert_true(x[5][5] == 1 && x[5][0] == 0 && x[5][4] == 1);
    frs_samples_free(s);
    t.mask = FRS_MASK_INPUTS;
    t.count_leads = true;
    s = samples(ctx, store, &t, days(0, 19), true);
    assert_int_equal(frs_samples_channels(s), 7);
    float z[8][7];
    i = of_row(s, 8);
    frs_samples_gather(s, NULL, &i, 1, &(frs_batch){.x = &z[0][0]});
    assert_true(isnan(z[1][0]) && z[1][1] == 2005 && z[1][5] == 1 && z[1][6] == 0);
    assert_true(isnan(z[4][1]) && z[4][0] == 1008 && z[4][5] == 0 && z[4][6] == 1);
    assert_true(z[4][4] == 0 && z[5][4] == 1 && z[6][4] == 2 && z[7][4] == 3);
    frs_samples_free(s);
    frs_scaler_free(ctx, &k);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* ---- drops */

static void drops(void **state) {
    (void)state;
    enum { T = 50, C = 4 };
    frs_ctx *ctx = new_ctx();
    frs_series a = make_series(ctx, "a", START, 1500, "prcp temp q");
    frs_store *store = pack(ctx, &a, 1, NULL);
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.seq_length = T;
    t.mask = FRS_MASK_INPUTS;
    frs_samples *s = samples(ctx, store, &t, days(0, 1400), true);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    static float x[1000][T][C], y[1000][T][C];
    int64_t index[1000];
    for (int64_t i = 0; i < 1000; i++) index[i] = i;
    const frs_drop steps = {.step = 0.2, .seed = 4, .epoch = 1};
    frs_samples_gather(s, &k, index, 1000, &(frs_batch){.x = &x[0][0][0], .drop = &steps});
    double dropped[2] = {0}, both = 0;
    for (int i = 0; i < 1000; i++)
        for (int w = 0; w < T; w++) {
            for (int g = 0; g < 2; g++) {
                dropped[g] += x[i][w][2 + g];
                assert_true(x[i][w][2 + g] == 0 || x[i][w][g] == 0);
            }
            both += x[i][w][2] * x[i][w][3];
        }
    assert_near(dropped[0] / (1000 * T), 0.2, 0.01);
    assert_near(dropped[1] / (1000 * T), 0.2, 0.01);
    assert_near(both / (1000 * T), 0.04, 0.005);
    /* one by one the same, in another epoch others, without a drop none */
    for (int64_t i = 0; i < 1000; i += 111) {
        frs_samples_gather(s, &k, &i, 1, &(frs_batch){.x = &y[0][0][0], .drop = &steps});
        assert_memory_equal(y[0], x[i], sizeof x[i]);
    }
    const frs_drop later = {.step = 0.2, .seed = 4, .epoch = 2};
    frs_samples_gather(s, &k, index, 1, &(frs_batch){.x = &y[0][0][0], .drop = &later});
    assert_memory_not_equal(y[0], x[0], sizeof x[0]);
    frs_samples_gather(s, &k, index, 1, &(frs_batch){.x = &y[0][0][0]});
    for (int w = 0; w < T; w++) assert_true(y[0][w][2] == 0 && y[0][w][3] == 0);
    const frs_drop whole = {.sequence = 0.4, .seed = 4};
    frs_samples_gather(s, &k, index, 1000, &(frs_batch){.x = &x[0][0][0], .drop = &whole});
    dropped[0] = dropped[1] = 0;
    for (int i = 0; i < 1000; i++) {
        for (int w = 1; w < T; w++)
            assert_true(x[i][w][2] == x[i][0][2] && x[i][w][3] == x[i][0][3]);
        assert_true(x[i][0][2] + x[i][0][3] < 2); /* never all */
        dropped[0] += x[i][0][2], dropped[1] += x[i][0][3];
    }
    assert_near(dropped[0] / 1000, 0.4 - 0.08, 0.04);
    assert_near(dropped[1] / 1000, 0.4 - 0.08, 0.04);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    frs_store_close(store);
    frs_series_free(ctx, &a);
    frs_ctx_free(ctx);
}

/* ---- periods by site */

static void periods_by_site(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a[2] = {make_series(ctx, "a", START, 100, "prcp temp q"),
                       make_series(ctx, "b", START, 100, "prcp temp q")};
    frs_store *store = pack(ctx, a, 2, NULL);
    const frs_period of_a[] = {days(20, 29), days(32, 40)}, of_b[] = {days(60, 64)};
    const frs_periods p[] = {{2, of_a}, {1, of_b}}, none[] = {{2, of_a}, {0}};
    const int64_t sites[] = {0, 1};
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.predict_last_n = 3;
    frs_samples_opts o = {.store = store,
                          .task = &t,
                          .site_periods = p,
                          .sites = sites,
                          .n_sites = 2,
                          .for_training = true};
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx, &o, &s));
    assert_int_equal(frs_samples_count(s), 8 + 7 + 3);
    assert_int_equal(frs_samples_id(s, 7).row, 29);
    assert_int_equal(frs_samples_id(s, 8).row, 34);
    assert_int_equal(frs_samples_id(s, 15).site, 1);
    assert_int_equal(frs_samples_id(s, 15).row, 62);
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    /* warm-up of two days before each period; 30 and 31 are it of the second: no row twice */
    assert_near(k.in_mean[0], 1000 + ((18 + 40) / 2.0 * 23 + 61 * 7) / 30, 1e-9);
    assert_near(k.target_mean, 3000 + (24.5 * 10 + 36 * 9 + 62 * 5) / 24, 1e-9);
    assert_near(k.site_std[1], sqrt(2), 1e-6);
    frs_scaler_free(ctx, &k);
    frs_samples_free(s);
    o.for_training = false;
    OK(frs_samples_new(ctx, &o, &s));
    assert_int_equal(frs_samples_count(s), 10 + 9 + 5);
    float y[3];
    frs_samples_target(s, 10, y); /* day 32: the two before are in no period */
    assert_true(isnan(y[0]) && isnan(y[1]) && y[2] == 3032);
    frs_samples_free(s);
    o.site_periods = none;
    OK(frs_samples_new(ctx, &o, &s));
    assert_int_equal(frs_samples_count(s), 19);
    frs_samples_free(s);
    const frs_period backwards[] = {days(32, 40), days(20, 29)};
    const frs_periods wrong[] = {{2, backwards}, {0}};
    o.site_periods = wrong;
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_ARG);
    frs_store_close(store);
    frs_series_free(ctx, &a[0]);
    frs_series_free(ctx, &a[1]);
    frs_ctx_free(ctx);
}

/* ---- beside the attributes */

static void evolving_and_codes(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a[2] = {make_series(ctx, "a", START, 40, "prcp temp q"),
                       make_series(ctx, "b", START, 40, "prcp temp q")};
    a[1].values[1][30] = NAN;
    const char *names[] = {"a", "b"};
    frs_statics st = make_statics(ctx, names, 2, "area", "slope");
    frs_store *store = pack(ctx, a, 2, &st);
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.n_inputs = 1;
    t.n_evolving = 1;
    t.n_codes = 2;
    t.n_statics = 4;
    snprintf(t.statics[0], 64, "slope");
    snprintf(t.statics[1], 64, "temp");
    const int64_t sites[] = {0, 1};
    const frs_samples_opts o = {.store = store,
                                .task = &t,
                                .period = days(0, 39),
                                .sites = sites,
                                .n_sites = 2,
                                .for_training = true};
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx, &o, &s));
    assert_int_equal(frs_samples_count(s), 36 + 35); /* its value must be known at the issue time */
    frs_scaler k;
    OK(frs_scaler_fit(ctx, s, &k));
    assert_int_equal(k.n_statics, 2);
    assert_near(k.st_mean[0], 7, 1e-9);
    assert_near(k.st_std[0], sqrt(50), 1e-9); /* ddof 1 */
    assert_near(k.st_mean[1], (80 * 2019.5 - 2030) / 79, 1e-9);
    float z[2][4];
    const int64_t index[] = {3, 36 + 3}; /* day 7 of each */
    frs_samples_gather(s, &k, index, 2, &(frs_batch){.statics = &z[0][0]});
    for (int i = 0; i < 2; i++) {
        assert_near(z[i][0], (i ? 5 : -5) / sqrt(50), 1e-6);
        assert_near(z[i][1], (2007 - k.st_mean[1]) / k.st_std[1], 1e-5);
        assert_true(z[i][2] == (float)(i == 0) && z[i][3] == (float)(i == 1));
    }
    frs_samples_free(s);
    snprintf(t.statics[1], 64, "tenp");
    assert_int_equal(frs_samples_new(ctx, &o, &s), FRS_E_INPUT);
    assert_non_null(strstr(frs_message(ctx), "evolving attribute tenp"));
    frs_scaler_free(ctx, &k);
    frs_store_close(store);
    frs_statics_free(ctx, &st);
    frs_series_free(ctx, &a[0]);
    frs_series_free(ctx, &a[1]);
    frs_ctx_free(ctx);
}

static void other_scalings(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series a = make_series(ctx, "a", START, 6, "prcp temp q");
    const float prcp[] = {9, 1, 4, NAN, 2, 30};
    memcpy(a.values[0], prcp, sizeof prcp);
    frs_store *store = pack(ctx, &a, 1, NULL);
    frs_task t = task(FRS_SIMULATION, FRS_FUTURE_NONE);
    t.seq_length = 1;
    static const struct {
        frs_norm norm;
        double mean, std;
    } cases[] = {{{FRS_CENTRE_MEDIAN, FRS_SCALING_MINMAX}, 4, 29},
                 {{FRS_CENTRE_MIN, FRS_SCALING_NONE}, 1, 1},
                 {{FRS_CENTRE_NONE, FRS_SCALING_STD}, 0, 10.759182}};
    for (int i = 0; i < 3; i++) {
        t.in_norm[0] = cases[i].norm;
        t.target_norm = (frs_norm){FRS_CENTRE_MEDIAN, FRS_SCALING_MINMAX};
        frs_samples *s = samples(ctx, store, &t, days(0, 5), true);
        frs_scaler k;
        OK(frs_scaler_fit(ctx, s, &k));
        assert_near(k.in_mean[0], cases[i].mean, 1e-9);
        assert_near(k.in_std[0], cases[i].std, 1e-6);
        assert_near(k.in_mean[1], 2002.5, 1e-9);  /* the others as ever */
        assert_near(k.target_mean, 3002.5, 1e-9); /* even number: between the two in the middle */
        assert_near(k.target_std, 5, 1e-9);
        frs_scaler_free(ctx, &k);
        frs_samples_free(s);
    }
    frs_store_close(store);
    frs_series_free(ctx, &a);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_gap),         cmocka_unit_test(which_windows),
        cmocka_unit_test(nothing_leaks),   cmocka_unit_test(nothing_from_later_years),
        cmocka_unit_test(linear_values),   cmocka_unit_test(climatology_values),
        cmocka_unit_test(masks),           cmocka_unit_test(drops),
        cmocka_unit_test(periods_by_site), cmocka_unit_test(evolving_and_codes),
        cmocka_unit_test(other_scalings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
