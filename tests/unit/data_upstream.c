/* Flow of gauges upstream beside a site's record: on its time axis, lagged, never shown after the
 * issue time. */
#include "data_help.h"

static const int64_t START = 10957 * FRS_DAY_S; /* 2000-01-01 */
enum { T = 5, LEADS = 3, N = 400 };

/* ---- the columns */

static void columns(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = make_series(ctx, "down", START, 10, "prcp q");
    frs_series g[2] = {make_series(ctx, "long", START - 3 * FRS_DAY_S, 30, "q"),
                       make_series(ctx, "short", START + 2 * FRS_DAY_S, 4, "temp q")};
    g[0].values[0][6] = NAN; /* of day 3 */
    const frs_upstream u = {.target = "q", .lag = 2, .n_columns = 3, .n_gauges = 2, .gauges = g};
    OK(frs_prepare_upstream(ctx, &u, &s));
    assert_int_equal(s.n_vars, 5);
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "upstream_%d", i + 1);
        assert_int_equal(frs_series_var(&s, name), 2 + i);
        assert_string_equal(s.vars[2 + i].unit, "mm");
    }
    for (int64_t t = 0; t < 10; t++) {
        const int64_t day = t - 2; /* whose flow it is */
        const float *v[3] = {s.values[2], s.values[3], s.values[4]};
        if (day == 3)
            assert_true(isnan(v[0][t]));
        else
            assert_true(v[0][t] == (float)(1000 + day + 3));
        if (day >= 2 && day < 6)
            assert_true(v[1][t] == (float)(2000 + day - 2));
        else
            assert_true(isnan(v[1][t]));
        assert_true(isnan(v[2][t]));
    }
    for (int i = 0; i < 2; i++) frs_series_free(ctx, &g[i]);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void months(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s, g;
    const frs_step month = {1, FRS_STEP_MONTH};
    OK(frs_series_new(ctx, "down", date(2000, 3, 1), month, 4, 1, &s));
    OK(frs_series_new(ctx, "up", date(1999, 12, 1), month, 6, 1, &g));
    snprintf(s.vars[0].name, sizeof s.vars[0].name, "q");
    snprintf(g.vars[0].name, sizeof g.vars[0].name, "q");
    for (int64_t t = 0; t < 6; t++) g.values[0][t] = (float)t;
    const frs_upstream u = {.target = "q", .lag = 1, .n_columns = 1, .n_gauges = 1, .gauges = &g};
    OK(frs_prepare_upstream(ctx, &u, &s));
    for (int64_t t = 0; t < 4; t++) assert_true(s.values[1][t] == (float)(t + 2)); /* February on */
    frs_series_free(ctx, &g);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void refused(frs_ctx *ctx, frs_series *g, const char *names, const char *text) {
    frs_series s = make_series(ctx, "down", START, 10, names);
    const frs_upstream u = {.target = "q", .n_columns = 1, .n_gauges = 1, .gauges = g};
    assert_int_equal(frs_prepare_upstream(ctx, &u, &s), FRS_E_INPUT);
    if (!strstr(frs_message(ctx), text)) print_error("%s\n", frs_message(ctx));
    assert_non_null(strstr(frs_message(ctx), text));
    frs_series_free(ctx, &s);
    frs_series_free(ctx, g);
}

static void refusals(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series g = make_series(ctx, "up", START + 3600, 10, "q");
    refused(ctx, &g, "q", "gauge up, upstream of down: its time steps");
    g = make_series(ctx, "up", START, 10, "q");
    g.step.count = 3600;
    refused(ctx, &g, "q", "gauge up, upstream of down: its time steps");
    g = make_series(ctx, "up", START, 10, "prcp");
    refused(ctx, &g, "q", "no variable 'q' in its record");
    g = make_series(ctx, "up", START, 10, "q");
    snprintf(g.vars[0].unit, sizeof g.vars[0].unit, "m3/s");
    refused(ctx, &g, "q", "q is in 'm3/s' there and in 'mm' here");
    g = make_series(ctx, "up", START, 10, "q");
    refused(ctx, &g, "q upstream_1", "upstream_1 already");
    frs_ctx_free(ctx);
}

/* ---- samples */

/* Every future, gap policy and mask. */
enum { N_TASKS = 2 * 3 * 3 * 3 };
static frs_task task(int i) {
    frs_task t = {
        .kind = i % 2 ? FRS_FORECAST : FRS_SIMULATION,
        .n_inputs = 5,
        .inputs = {"prcp", "upstream_1", "upstream_2", FRS_CALENDAR_SIN, FRS_CALENDAR_COS},
        .n_upstream = 2,
        .n_calendar = 2,
        .target = "q",
        .seq_length = T,
        .predict_last_n = 1,
        .leads = i % 2 ? LEADS : 0,
        .past_target = i % 2,
        .gaps = (frs_gaps)(i / 2 % 3),
        .max_gap = 3,
        .mask = (frs_mask)(i / 6 % 3),
        .group = {0, 1, 2, -1, -1},
        .future = i % 2 ? (frs_future)(i / 18 % 3) : FRS_FUTURE_NONE};
    t.n_groups = t.mask == FRS_MASK_GROUPS ? 3 : 0;
    return t;
}

/* Random values with gaps; flow upstream is another from row `from` on. It is shown `lag` later. */
static frs_store *store_of(frs_ctx *ctx, int64_t from, int64_t lag) {
    const frs_rng rng = {11, FRS_RNG_TEST, 0};
    frs_series s = make_series(ctx, "down", START, N, "prcp q");
    frs_series g[2] = {make_series(ctx, "a", START, N, "q"), make_series(ctx, "b", START, N, "q")};
    float *const values[4] = {s.values[0], s.values[1], g[0].values[0], g[1].values[0]};
    for (int v = 0; v < 4; v++) {
        int64_t hole = 0;
        for (int64_t t = 0; t < N; t++) {
            const bool spoilt = v >= 2 && t >= from;
            const uint64_t i = (uint64_t)(v * N + t) + (spoilt ? 90000 : 0);
            if (frs__rng_uniform(rng, 300000 + i) < 0.04) hole = 1 + t % 5;
            values[v][t] = hole-- > 0 ? NAN : (float)frs__rng_uniform(rng, i) + 50.0F * spoilt;
        }
    }
    const frs_prepare calendar = {.calendar = true};
    const frs_upstream u = {.target = "q", .lag = lag, .n_columns = 2, .n_gauges = 2, .gauges = g};
    OK(frs_prepare_series(ctx, &calendar, (frs_periods){0}, false, &s, NULL));
    OK(frs_prepare_upstream(ctx, &u, &s));
    frs_store *store = pack(ctx, &s, 1, NULL);
    for (int i = 0; i < 2; i++) frs_series_free(ctx, &g[i]);
    frs_series_free(ctx, &s);
    return store;
}

static frs_samples *samples(frs_ctx *ctx, const frs_store *store, const frs_task *t, bool train) {
    static const int64_t site;
    const frs_samples_opts o = {
        .store = store,
        .task = t,
        .period = {START + (train ? 0 : 100) * FRS_DAY_S, START + (train ? 99 : N - 1) * FRS_DAY_S},
        .sites = &site,
        .n_sites = 1,
        .for_training = train};
    frs_samples *s = NULL;
    OK(frs_samples_new(ctx, &o, &s));
    return s;
}

static int64_t of_row(const frs_samples *s, int64_t row) {
    for (int64_t i = 0; i < frs_samples_count(s); i++)
        if (frs_samples_id(s, i).row == row) return i;
    return -1;
}

/* One row's window of both records; -1: neither has one. */
static bool same_window(const frs_samples *const s[2], const frs_scaler *k, int64_t row) {
    float x[2][200];
    const int64_t i[2] = {of_row(s[0], row), of_row(s[1], row)};
    const int64_t W = frs_samples_window(s[0]), C = frs_samples_channels(s[0]);
    assert_true(W * C <= 200);
    assert_int_equal(i[0] < 0, i[1] < 0);
    if (i[0] < 0) return false;
    for (int side = 0; side < 2; side++)
        frs_samples_gather(s[side], k, &i[side], 1, &(frs_batch){.x = x[side]});
    assert_memory_equal(x[0], x[1], sizeof(float) * (size_t)(W * C));
    for (int64_t w = T; w < W; w++) /* after the issue time: the mean */
        assert_true(x[0][w * C + 1] == 0 && x[0][w * C + 2] == 0);
    return true;
}

static void nothing_leaks(void **state) {
    (void)state;
    enum { STEP = 29 };
    frs_ctx *ctx = new_ctx();
    frs_store *clean = store_of(ctx, N, 0);
    int64_t compared[N_TASKS] = {0};
    for (int64_t row = 110; row < N - LEADS; row += STEP) {
        frs_store *bad = store_of(ctx, row + 1, 0);
        for (int i = 0; i < N_TASKS; i++) {
            const frs_task t = task(i);
            frs_samples *train = samples(ctx, clean, &t, true);
            frs_samples *const s[2] = {samples(ctx, clean, &t, false),
                                       samples(ctx, bad, &t, false)};
            frs_scaler k;
            OK(frs_scaler_fit(ctx, train, &k));
            for (int64_t r = row; r > row - STEP; r--)
                compared[i] += same_window((const frs_samples *const *)s, &k, r);
            frs_scaler_free(ctx, &k);
            for (int side = 0; side < 2; side++) frs_samples_free(s[side]);
            frs_samples_free(train);
        }
        frs_store_close(bad);
    }
    for (int i = 0; i < N_TASKS; i++) assert_true(compared[i] > 50);
    frs_store_close(clean);
    frs_ctx_free(ctx);
}

/* Straight from the definition: is the value of a column there, as `known` knows the record? */
static bool there(const frs_task *t, const float *x, int stride, int64_t row, int64_t known) {
    int64_t lo = row, hi = row;
    if (!isnan(x[row * stride]) || t->gaps == FRS_GAPS_CLIMATOLOGY) return true;
    while (lo > 0 && isnan(x[(lo - 1) * stride])) lo--;
    while (hi < known && isnan(x[(hi + 1) * stride])) hi++;
    return t->gaps == FRS_GAPS_LINEAR && lo > 0 && hi - lo + 1 <= t->max_gap;
}

static bool valid(const frs_store *store, const frs_task *t, int64_t r) {
    const frs_store_site site = frs_store_get_site(store, 0);
    const int n = frs_store_get_info(store).n_vars;
    const int64_t ahead = t->future == FRS_FUTURE_OBSERVED ? t->leads : 0;
    if (r + ahead >= site.n) return false;
    for (int i = 0; i < 3; i++) {
        const int64_t known = r + (i == 0 ? ahead : 0);
        const float *x = site.values + frs_store_find_var(store, t->inputs[i]);
        for (int64_t row = r - T + 1; row <= known; row++)
            if (!there(t, x, n, row, known)) return false;
    }
    return true;
}

/* A window is a sample whatever is missing upstream after its issue time. */
static void which_windows(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    for (int64_t lag = 0; lag < 3; lag += 2) {
        frs_store *store = store_of(ctx, N, lag);
        int64_t kept = 0, lost = 0;
        for (int i = 0; i < N_TASKS; i++) {
            const frs_task t = task(i);
            if (t.mask != FRS_MASK_NONE) continue;
            frs_samples *s = samples(ctx, store, &t, false);
            for (int64_t r = 100; r < N; r++) {
                assert_int_equal(of_row(s, r) >= 0, valid(store, &t, r));
                valid(store, &t, r) ? kept++ : lost++;
            }
            frs_samples_free(s);
        }
        assert_true(kept > 500 && lost > 500);
        frs_store_close(store);
    }
    frs_ctx_free(ctx);
}

/* With a mask a gauge may be missing throughout: no sample is lost, its flag says so. */
static void masked(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_series s = make_series(ctx, "down", START, 30, "prcp q");
    frs_series g = make_series(ctx, "up", START, 30, "q");
    const frs_upstream u = {.target = "q", .n_columns = 2, .n_gauges = 1, .gauges = &g};
    OK(frs_prepare_series(ctx, &(frs_prepare){.calendar = true}, (frs_periods){0}, false, &s,
                          NULL));
    OK(frs_prepare_upstream(ctx, &u, &s));
    frs_store *store = pack(ctx, &s, 1, NULL);
    for (int i = 0; i < N_TASKS; i++) {
        const frs_task t = task(i);
        if (t.mask == FRS_MASK_NONE) continue;
        const int64_t site = 0, first = 0;
        frs_samples *all;
        OK(frs_samples_new(ctx,
                           &(frs_samples_opts){.store = store,
                                               .task = &t,
                                               .period = {START, START + 29 * FRS_DAY_S},
                                               .sites = &site,
                                               .n_sites = 1},
                           &all));
        const bool observed = t.future == FRS_FUTURE_OBSERVED;
        assert_int_equal(frs_samples_count(all), 30 - T + 1 - (observed ? LEADS : 0));
        float x[200];
        const int64_t C = frs_samples_channels(all), W = frs_samples_window(all);
        frs_samples_gather(all, NULL, &first, 1, &(frs_batch){.x = x});
        for (int64_t w = 0; w < W; w++) {
            const float *o = x + w * C, *flags = o + C - 3;
            assert_true(w < T ? o[1] == (float)(1000 + w) : (bool)isnan(o[1]));
            assert_true(isnan(o[2]));
            assert_true(flags[1] == (float)(w >= T) && flags[2] == 1);
            if (w < T || observed) assert_true(flags[0] == 0 && o[0] == (float)(1000 + w));
        }
        frs_samples_free(all);
    }
    frs_store_close(store);
    frs_series_free(ctx, &g);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns),       cmocka_unit_test(months),
        cmocka_unit_test(refusals),      cmocka_unit_test(nothing_leaks),
        cmocka_unit_test(which_windows), cmocka_unit_test(masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
