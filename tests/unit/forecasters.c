/* Every forecaster of the list, in every kind of task: nothing later than the issue time is seen,
 * files and streams give the same numbers, threads the same bits. */
#include "forecaster/forecaster.h"
#include "forecaster_case.h"
#include "forecaster_there.h"
#include "freshet/config.h"

/* Can it be run step by step? */
static bool streams(const frs_task *t) {
    return t->n_evolving == 0 && t->n_codes == 0;
}

static frs_archive predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s) {
    frs_archive a;
    OK(frs_archive_new(ctx, s, &a));
    const frs_sink sink = frs_archive_sink(&a);
    OK(f->def->predict(ctx, f, s, &sink));
    return a;
}

static int64_t count(const frs_archive *a) {
    return a->n_sites * a->n_issues * a->n_leads;
}

static void same_bits(const frs_archive *a, const frs_archive *b) {
    assert_int_equal(count(a), count(b));
    assert_memory_equal(a->values, b->values, (size_t)count(a) * sizeof(float));
}

typedef void (*check)(frs_ctx *ctx, const frs_forecaster_def *def, const frs_task *t);
static void for_all(check fn) {
    frs_ctx *ctx = new_ctx();
    for (int64_t k = 0; k < frs_n_forecasters(); k++)
        for (int i = 0; i < N_TASKS; i++) {
            const frs_task t = tasks(i);
            if (test_forecaster_there(frs_forecaster_at(k)->name) &&
                frs_forecaster_at(k)->serves(&t))
                fn(ctx, frs_forecaster_at(k), &t);
        }
    frs_ctx_free(ctx);
}

/* ---- fitted and asked on a record whose later part is another: not one bit changes */

static void leak_one(frs_ctx *ctx, const frs_forecaster_def *def, const frs_task *t) {
    const int64_t issue = date(LEAK_ISSUE);
    /* What is observed after the issue time is shown where the task says so. */
    const int64_t shown = t->future == FRS_FUTURE_OBSERVED ? t->leads : 0;
    const bool holes = t->gaps != FRS_GAPS_LEAVE;
    frs_store *whole = store_with(ctx, INT64_MAX, holes);
    frs_store *spoilt = store_with(ctx, issue + shown * FRS_DAY_S, holes);
    frs_forecaster *f = fit(ctx, def, whole, t), *g = fit(ctx, def, spoilt, t);
    frs_samples *s = samples(ctx, whole, t, 2004, 2004, false);
    frs_samples *u = samples(ctx, spoilt, t, 2004, 2004, false);
    frs_archive a = predict(ctx, f, s), b = predict(ctx, g, u);
    int64_t compared = 0;
    for (int64_t site = 0; site < a.n_sites; site++)
        for (int64_t i = 0; i < a.n_issues; i++) {
            if (a.first_issue_s + i * FRS_DAY_S > issue) continue;
            const int64_t at = (site * a.n_issues + i) * a.n_leads;
            assert_memory_equal(a.values + at, b.values + at, (size_t)a.n_leads * sizeof(float));
            for (int64_t l = 0; l < a.n_leads; l++) compared += !isnan(a.values[at + l]);
        }
    assert_true(compared > 50);
    if (strcmp(def->name, "climatology") != 0) /* the spoilt part does matter to those who see it */
        assert_memory_not_equal(a.values, b.values, (size_t)count(&a) * sizeof(float));
    frs_archive_free(ctx, &a);
    frs_archive_free(ctx, &b);
    frs_samples_free(s);
    frs_samples_free(u);
    frs_forecaster_free(ctx, f);
    frs_forecaster_free(ctx, g);
    frs_store_close(whole);
    frs_store_close(spoilt);
}
static void test_no_leak(void **state) {
    (void)state;
    for_all(leak_one);
}

/* ---- files */

static void damage(frs_ctx *ctx, const char *path) {
    char *data;
    int64_t n;
    frs_forecaster *f = NULL;
    OK(frs__read_file(ctx, path, 1 << 30, &data, &n));
    for (int64_t cut = 0; cut < n; cut += 1 + n / 40) {
        OK(frs__write_file(ctx, path, data, cut));
        assert_int_equal(frs_forecaster_load(ctx, path, &f), FRS_E_FORMAT);
        assert_non_null(strstr(frs_message(ctx), path));
    }
    for (int64_t at = 0; at < n; at += 1 + n / 40) {
        data[at] ^= 0x10;
        OK(frs__write_file(ctx, path, data, n));
        assert_int_equal(frs_forecaster_load(ctx, path, &f), FRS_E_FORMAT);
        data[at] ^= 0x10;
    }
    assert_null(f);
    frs__free(ctx, data);
}

static void file_one(frs_ctx *ctx, const frs_forecaster_def *def, const frs_task *t) {
    const char *path = temp_path("model.frs");
    frs_store *store = store_of(ctx, INT64_MAX);
    frs_forecaster *f = fit(ctx, def, store, t), *g = NULL;
    frs_samples *s = samples(ctx, store, t, 2004, 2004, false);
    OK(def->save(ctx, f, path));
    OK(frs_forecaster_load(ctx, path, &g));
    assert_ptr_equal(g->def, def);
    frs_archive a = predict(ctx, f, s), b = predict(ctx, g, s);
    same_bits(&a, &b);
    char *text;
    OK(def->describe(ctx, g, &text));
    assert_true(strlen(text) > 20);
    frs_text_free(ctx, text);
    if (def->explain) { /* nothing of a net runs on the slow reference */
        OK(def->explain(ctx, g, &text));
        assert_non_null(strstr(text, "step arena"));
        assert_null(strstr(text, "reference"));
        frs_text_free(ctx, text);
    }
    damage(ctx, path);
    unlink(path);
    frs_archive_free(ctx, &a);
    frs_archive_free(ctx, &b);
    frs_samples_free(s);
    frs_forecaster_free(ctx, f);
    frs_forecaster_free(ctx, g);
    frs_store_close(store);
}
static void test_files(void **state) {
    (void)state;
    for_all(file_one);
}

/* ---- the record given day by day: what the window gives. The nets carry their state from the
 * first day, so they are compared where the record is no longer than the window. */

static void stream(frs_ctx *ctx, const frs_forecaster *f, const frs_store *store, int64_t from,
                   int64_t to, float *out) {
    const frs_store_site site = frs_store_get_site(store, 1);
    const int n = frs_store_get_info(store).n_vars, q = frs_store_find_var(store, "q");
    const int in[2] = {frs_store_find_var(store, f->task.inputs[0]),
                       frs_store_find_var(store, f->task.inputs[1])};
    const size_t size = f->def->state_size(f);
    void *state = frs__alloc(ctx, 1, size), *back = frs__alloc(ctx, 1, size);
    OK(f->def->state_init(ctx, f, "b", site.statics, state));
    OK(f->def->state_init(ctx, f, "b", site.statics, back));
    for (int64_t t = from; t <= to; t++) {
        const float *row = site.values + t * n, weather[2] = {row[in[0]], row[in[1]]};
        OK(f->def->state_step(ctx, f, state, site.start_s + t * FRS_DAY_S, weather, row[q]));
        if (t != (from + to) / 2) continue;
        const char *path = temp_path("state.frs"); /* on from a snapshot */
        OK(frs_state_snapshot(ctx, f, state, path));
        OK(frs_state_restore(ctx, f, path, back));
        assert_memory_equal(state, back, size);
        assert_int_equal(truncate(path, (off_t)size - 1), 0);
        assert_int_equal(frs_state_restore(ctx, f, path, back), FRS_E_FORMAT);
        unlink(path);
    }
    float future[LEADS * 2];
    for (int64_t k = 0; k < LEADS * 2; k++)
        future[k] = site.values[(to + 1 + k / 2) * n + in[k % 2]];
    const bool shown = f->task.future == FRS_FUTURE_OBSERVED;
    OK(f->def->state_predict(ctx, f, state, shown ? future : NULL, out));
    frs__free(ctx, state);
    frs__free(ctx, back);
}

static bool recurrent_net(const frs_forecaster_def *def) {
    static const char *const names[5] = {"rnn", "gru", "lstm", "ealstm", "ensemble"};
    for (int i = 0; i < 5; i++)
        if (strcmp(def->name, names[i]) == 0) return true;
    return false;
}

static void stream_one(frs_ctx *ctx, const frs_forecaster_def *def, const frs_task *t) {
    if (!streams(t)) return;
    if (t->future == FRS_FUTURE_CLIMATOLOGY) return; /* the caller of a stream gives the future */
    frs_store *store = store_of(ctx, INT64_MAX);
    frs_forecaster *f = fit(ctx, def, store, t);
    frs_samples *s = samples(ctx, store, t, 2004, 2004, false);
    frs_archive a = predict(ctx, f, s);
    const int64_t row = (date(2004, 6, 1) - date(2001, 1, 1)) / FRS_DAY_S;
    const int64_t issue = (date(2004, 6, 1) - a.first_issue_s) / FRS_DAY_S;
    float out[LEADS];
    const bool net = recurrent_net(def);
    const bool esp = strcmp(def->name, "esp") == 0; /* carries its state from the first step on */
    stream(ctx, f, store, net ? row - SEQ + 1 : esp ? 0 : 900, row, out);
    for (int64_t l = 0; l < a.n_leads; l++)
        assert_near(out[l], a.values[(1 * a.n_issues + issue) * a.n_leads + l],
                    1e-5 * (1 + fabsf(out[l])));
    frs_archive_free(ctx, &a);
    frs_samples_free(s);
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
}
static void test_stream(void **state) {
    (void)state;
    for_all(stream_one);
}

/* ---- a whole period by one pass through each record: the same predictions */

static void pass_one(frs_ctx *ctx, const frs_forecaster_def *def, const frs_task *asked) {
    /* A window knows how a gap ended, where a pass had to go on without: not the same, so none is
     * filled here. */
    frs_task own = *asked;
    const frs_task *t = &own;
    if (own.gaps == FRS_GAPS_LINEAR) own.gaps = FRS_GAPS_LEAVE;
    frs_store *store = store_of(ctx, INT64_MAX);
    frs_forecaster *f = fit(ctx, def, store, t);
    frs_samples *s = samples(ctx, store, t, 2001, 2002, false);
    frs_archive a = predict(ctx, f, s), b;
    OK(frs_archive_new(ctx, s, &b));
    const frs_sink sink = frs_archive_sink(&b);
    /* a net remembers a little of what lies before its window */
    const bool net = recurrent_net(def);
    const float limit = net ? 0.1F : 1e-5F;
    if (frs_future_shown(t) || !streams(t)) {
        assert_int_equal(frs_forecaster_stream(ctx, f, s, &sink), FRS_E_UNSUPPORTED);
    } else {
        OK(frs_forecaster_stream(ctx, f, s, &sink));
        int64_t same = 0;
        for (int64_t i = 0; i < count(&a); i++) {
            assert_int_equal(isnan(a.values[i]), isnan(b.values[i]));
            same += !(fabsf(a.values[i] - b.values[i]) > limit * (1 + fabsf(a.values[i])));
        }
        /* an EA-LSTM starts with unit recurrent weights: after 2 epochs it remembers more than 40
         * steps */
        const bool long_memory = strcmp(def->name, "ealstm") == 0;
        assert_true(same >= count(&a) - (long_memory ? count(&a) / 4 : net ? count(&a) / 100 : 0));
    }
    frs_archive_free(ctx, &a);
    frs_archive_free(ctx, &b);
    frs_samples_free(s);
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
}
static void test_pass(void **state) {
    (void)state;
    for_all(pass_one);
}

/* ---- threads */

static void threads_one(frs_ctx *unused, const frs_forecaster_def *def, const frs_task *t) {
    (void)unused;
    static const int threads[4] = {1, 2, 3, 7};
    frs_archive first = {0};
    frs_ctx *ctxs[4];
    for (int i = 0; i < 4; i++) {
        const frs_ctx_opts o = {.threads = threads[i]};
        frs_ctx *ctx = NULL;
        assert_int_equal(frs_ctx_new(&o, &ctx), FRS_OK);
        ctxs[i] = ctx;
        frs_store *store = store_of(ctx, INT64_MAX);
        frs_forecaster *f = fit(ctx, def, store, t);
        frs_samples *s = samples(ctx, store, t, 2004, 2004, false);
        frs_archive a = predict(ctx, f, s);
        if (i == 0)
            first = a;
        else
            same_bits(&first, &a), frs_archive_free(ctx, &a);
        frs_samples_free(s);
        frs_forecaster_free(ctx, f);
        frs_store_close(store);
    }
    frs_archive_free(ctxs[0], &first);
    for (int i = 0; i < 4; i++) frs_ctx_free(ctxs[i]);
}

static void test_threads(void **state) {
    (void)state;
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        const frs_forecaster_def *def = frs_forecaster_at(k);
        const frs_task t = tasks(strcmp(def->name, "esp") == 0 ? 4 : 3);
        if (test_forecaster_there(def->name)) threads_one(NULL, def, &t);
    }
}

/* ---- recurrent nets on groups of inputs that may be missing: all of the above */

static void test_groups(void **state) {
    (void)state;
    static const check checks[] = {leak_one, file_one, stream_one, pass_one, threads_one};
    static const struct {
        const char *name;
        frs_task_kind kind;
    } nets[] = {{"lstm", FRS_SIMULATION}, {"gru", FRS_FORECAST}, {"ealstm", FRS_SIMULATION}};
    frs_ctx *ctx = new_ctx();
    for (int i = 0; i < FRS_LEN(nets); i++) {
        const frs_task t = grouped(nets[i].kind);
        for (int k = 0; k < FRS_LEN(checks); k++)
            checks[k](ctx, frs_forecaster_find(nets[i].name), &t);
    }
    frs_ctx_free(ctx);
}

/* ---- hand-worked */

/* One river whose weather and flow are given. */
static frs_forecaster *fit_series(frs_ctx *ctx, const char *name, frs_series *series,
                                  const frs_task *t, frs_archive *out) {
    frs_store *store = pack(ctx, series, 1, NULL);
    const int64_t site = 0;
    const int64_t last = series->start_s + (series->n - 1) * FRS_DAY_S;
    frs_samples_opts o = {.store = store,
                          .task = t,
                          .period = {series->start_s, last},
                          .sites = &site,
                          .n_sites = 1,
                          .for_training = true};
    frs_samples *s;
    OK(frs_samples_new(ctx, &o, &s));
    frs_config *c = config(ctx, t, name);
    const frs_fit_args a = {.training = s, .config = c, .seed = 3};
    frs_forecaster *f = NULL;
    OK(frs_forecaster_find(name)->fit(ctx, &a, &f));
    *out = predict(ctx, f, s);
    frs_samples_free(s);
    frs_store_close(store);
    frs_config_free(c);
    return f;
}

static void test_climatology_by_hand(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = 1,
                  .inputs = {"p"},
                  .target = "q",
                  .seq_length = 1,
                  .predict_last_n = 1};
    /* Four whole years from 2001: flow 10 on every day, 26 on 29 February 2004, nothing on 1 July.
     */
    frs_series s = make_series(ctx, "x", date(2001, 1, 1), 1461, "p q");
    for (int64_t i = 0; i < s.n; i++) {
        const frs_civil c = frs_civil_from_time(s.start_s + i * FRS_DAY_S);
        s.values[1][i] = c.month == 2 && c.day == 29 ? 26.0F : 10.0F;
        if (c.month == 7 && c.day == 1) s.values[1][i] = NAN;
        if (c.month == 12 && c.day == 25) s.values[1][i] = 40;
    }
    frs_archive a;
    frs_forecaster *f = fit_series(ctx, "climatology", &s, &t, &a);
    const int64_t y = date(2001, 1, 1);
    /* 1 March: 14 days of four years and one 29 February: (56 * 10 + 26) / 57. */
    assert_near(a.values[(date(2001, 3, 1) - y) / FRS_DAY_S], (560.0 + 26) / 57, 1e-5);
    assert_near(a.values[(date(2004, 2, 29) - y) / FRS_DAY_S], (560.0 + 26) / 57, 1e-5);
    assert_near(a.values[(date(2001, 2, 21) - y) / FRS_DAY_S], 10, 1e-6); /* 8 days before */
    assert_near(a.values[(date(2001, 3, 8) - y) / FRS_DAY_S], 10, 1e-6);  /* 8 days after */
    assert_near(a.values[(date(2002, 7, 3) - y) / FRS_DAY_S], 10, 1e-6);
    /* Round the new year: 1 January is 7 days after 25 December, 2 January 8 days. */
    assert_near(a.values[(date(2002, 1, 1) - y) / FRS_DAY_S], (14 * 10 + 40) / 15.0, 1e-5);
    assert_near(a.values[(date(2002, 1, 2) - y) / FRS_DAY_S], 10, 1e-6);
    frs_archive_free(ctx, &a);
    frs_forecaster_free(ctx, f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

static void test_persistence_by_hand(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {
        .kind = FRS_FORECAST, .target = "q", .seq_length = 3, .leads = 2, .past_target = true};
    frs_series s = make_series(ctx, "x", date(2001, 1, 1), 9, "q");
    static const float q[9] = {1, 2, NAN, NAN, NAN, 6, 7, 8, 9};
    memcpy(s.values[0], q, sizeof q);
    frs_archive a;
    frs_forecaster *f = fit_series(ctx, "persistence", &s, &t, &a);
    assert_int_equal(a.first_issue_s, date(2001, 1, 4)); /* with a target, after 3 steps */
    assert_near(a.values[0], 2, 0);                      /* the 2nd is the last known */
    assert_near(a.values[1], 2, 0);
    assert_true(isnan(a.values[2])); /* the 5th: all of its window is missing */
    assert_near(a.values[4], 6, 0);
    frs_archive_free(ctx, &a);
    frs_forecaster_free(ctx, f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

/* A flow on a straight line is met exactly by the trend; where one reading is off the line, it
 * still stands on the last known flow. */
static void test_trend_by_hand(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {
        .kind = FRS_FORECAST, .target = "q", .seq_length = 5, .leads = 2, .past_target = true};
    frs_series s = make_series(ctx, "x", date(2001, 1, 1), 40, "q");
    for (int64_t i = 0; i < s.n; i++) s.values[0][i] = (float)(10 + 3 * i);
    s.values[0][20] = NAN;
    frs_archive a;
    frs_forecaster *f = fit_series(ctx, "trend", &s, &t, &a);
    const int64_t shift = (a.first_issue_s - s.start_s) / FRS_DAY_S;
    for (int64_t i = 0; i < a.n_issues; i++)
        for (int l = 0; l < 2; l++)
            assert_near(a.values[i * 2 + l], (double)(10 + 3 * (i + shift + l + 1)), 1e-4);
    frs_archive_free(ctx, &a);
    frs_forecaster_free(ctx, f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

/* Flow that halves every day in winter, falls by a fifth in summer, stands still in between, and
 * rises to 100 every eighth day. */
static void test_recession_by_hand(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {
        .kind = FRS_FORECAST, .target = "q", .seq_length = 2, .leads = 2, .past_target = true};
    frs_series s = make_series(ctx, "x", date(2001, 1, 1), 365, "q");
    for (int64_t i = 0; i < s.n; i++) {
        const int m = frs_civil_from_time(s.start_s + i * FRS_DAY_S).month % 12 / 3;
        s.values[0][i] = i % 8 == 0 ? 100.0F
                                    : s.values[0][i - 1] * (m == 0   ? 0.5F
                                                            : m == 2 ? 0.8F
                                                                     : 1.0F);
    }
    frs_archive a;
    frs_forecaster *f = fit_series(ctx, "recession", &s, &t, &a);
    const int64_t days[3] = {11, 170, 100}; /* January, June, April */
    const double ratio[3] = {0.5, 0.8, 1};  /* April never falls */
    for (int k = 0; k < 3; k++) {
        const int64_t at = (days[k] - (a.first_issue_s - s.start_s) / FRS_DAY_S) * 2;
        const double q = s.values[0][days[k]];
        assert_near(a.values[at], q * ratio[k], 1e-3);
        assert_near(a.values[at + 1], q * ratio[k] * ratio[k], 1e-3);
    }
    frs_archive_free(ctx, &a);
    frs_forecaster_free(ctx, f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

/* ---- members: their mean is the value; ESP leaves the target year out */

typedef struct seen {
    int64_t n_values, n_members;
    bool own_year;
} seen;

static frs_status look(void *arg, const frs_forecast_slice *s) {
    seen *w = arg;
    if (s->lead != 1) return FRS_OK; /* one lead is enough */
    if (s->kind == FRS_MEMBER) {
        w->n_members++;
        w->own_year |= (int)s->level == frs_civil_from_time(s->issue_s).year;
        return FRS_OK;
    }
    w->n_values++;
    return FRS_OK;
}

static void test_esp_members(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const frs_task t = task_of(FRS_FORECAST, FRS_FUTURE_ESP);
    frs_store *store = store_of(ctx, INT64_MAX);
    frs_forecaster *f = fit(ctx, frs_forecaster_find("esp"), store, &t);
    /* trained on 2001-03 to 2002-12: asked in 2002 only 2001 is left, in 2004 both */
    for (int year = 2002; year <= 2004; year += 2) {
        frs_samples *s = samples(ctx, store, &t, year, year, false);
        seen w = {0};
        const frs_sink sink = {look, &w};
        OK(f->def->predict(ctx, f, s, &sink));
        assert_false(w.own_year);
        assert_int_equal(w.n_values, frs_samples_count(s));
        const int64_t at_end = 2 * LEADS; /* 2002's last days have no weather behind them */
        assert_int_equal(w.n_members, year == 2002 ? w.n_values : 2 * w.n_values - at_end);
        frs_samples_free(s);
    }
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* Members come first, all of one before the next, so sums are kept by place. */
typedef struct sums {
    frs_archive *sum;
    int64_t members, compared;
} sums;

static frs_status add_member(void *arg, const frs_forecast_slice *s) {
    sums *w = arg;
    float *at = w->sum->values +
                (s->first * w->sum->n_issues + (s->issue_s - w->sum->first_issue_s) / FRS_DAY_S) *
                    w->sum->n_leads +
                s->lead - 1;
    if (s->kind == FRS_MEMBER) {
        *at = s->level == 1 ? s->values[0] : *at + s->values[0];
        w->members++;
    } else {
        assert_near(s->values[0], *at / 2, 1e-5);
        w->compared++;
    }
    return FRS_OK;
}

static void test_ensemble_is_the_mean(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    const frs_task t = task_of(FRS_FORECAST, FRS_FUTURE_NONE);
    frs_store *store = store_of(ctx, INT64_MAX);
    frs_forecaster *f = fit(ctx, frs_forecaster_find("ensemble"), store, &t);
    frs_samples *s = samples(ctx, store, &t, 2004, 2004, false);
    frs_archive a;
    OK(frs_archive_new(ctx, s, &a));
    sums w = {.sum = &a};
    const frs_sink sink = {add_member, &w};
    OK(f->def->predict(ctx, f, s, &sink));
    assert_int_equal(w.members, 2 * w.compared);
    assert_int_equal(w.compared, frs_samples_count(s) * LEADS);
    frs_archive_free(ctx, &a);
    frs_samples_free(s);
    frs_forecaster_free(ctx, f);
    frs_store_close(store);
    frs_ctx_free(ctx);
}

/* ---- hourly records: every forecaster of a forecast runs, and its numbers are finite */

static void test_hourly(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {.kind = FRS_FORECAST,
                  .n_inputs = 1,
                  .inputs = {"p"},
                  .target = "q",
                  .seq_length = 48,
                  .leads = 6,
                  .past_target = true};
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        if (!test_forecaster_there(frs_forecaster_at(k)->name) || !frs_forecaster_at(k)->serves(&t))
            continue;
        frs_series s = make_series(ctx, "x", date(2001, 1, 1), 24 * 40, "p q");
        s.step = (frs_step){3600, FRS_STEP_SECOND};
        const frs_rng r = {5, FRS_RNG_TEST, 0};
        for (int64_t i = 0; i < s.n; i++) {
            s.values[0][i] = (float)frs__rng_uniform(r, (uint64_t)i);
            s.values[1][i] = 0.9F * (i ? s.values[1][i - 1] : 1) + s.values[0][i];
        }
        frs_archive a;
        frs_forecaster *f = fit_series(ctx, frs_forecaster_at(k)->name, &s, &t, &a);
        for (int64_t i = 0; i < count(&a); i++) assert_true(isfinite(a.values[i]));
        assert_int_equal(a.step.count, 3600);
        frs_archive_free(ctx, &a);
        frs_forecaster_free(ctx, f);
        frs_series_free(ctx, &s);
    }
    frs_ctx_free(ctx);
}

/* A flow that is a weighted sum of what ridge regression sees is found again, with nothing but the
 * chosen (least) penalty between them. */
static void test_ridge_finds_a_linear_flow(void **state) {
    (void)state;
    frs_ctx *ctx = new_ctx();
    frs_task t = {.kind = FRS_SIMULATION,
                  .n_inputs = 1,
                  .inputs = {"p"},
                  .target = "q",
                  .seq_length = 365,
                  .predict_last_n = 1};
    frs_series s = make_series(ctx, "x", date(2001, 1, 1), 4000, "p q");
    const frs_rng r = {5, FRS_RNG_TEST, 0};
    for (int64_t i = 0; i < s.n; i++) s.values[0][i] = (float)frs__rng_uniform(r, (uint64_t)i);
    double variance = 0;
    for (int64_t i = 0; i < s.n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < 90 && k <= i; k++) sum += s.values[0][i - k];
        s.values[1][i] =
            (float)(5 + sum / 9 + 2 * s.values[0][i] + (i > 3 ? s.values[0][i - 3] : 0));
    }
    frs_archive a;
    frs_forecaster *f = fit_series(ctx, "ridge", &s, &t, &a);
    double error = 0, mean = 0;
    for (int64_t i = 0; i < a.n_issues; i++) mean += s.values[1][i + 364] / (double)a.n_issues;
    for (int64_t i = 0; i < a.n_issues; i++) {
        error += pow(a.values[i] - s.values[1][i + 364], 2);
        variance += pow(s.values[1][i + 364] - mean, 2);
    }
    print_message("ridge on a linear flow: 1 - NSE %g\n", error / variance);
    assert_true(error / variance < 1e-8);
    frs_archive_free(ctx, &a);
    frs_forecaster_free(ctx, f);
    frs_series_free(ctx, &s);
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_leak),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_climatology_by_hand),
        cmocka_unit_test(test_persistence_by_hand),
        cmocka_unit_test(test_trend_by_hand),
        cmocka_unit_test(test_recession_by_hand),
        cmocka_unit_test(test_esp_members),
        cmocka_unit_test(test_ensemble_is_the_mean),
        cmocka_unit_test(test_hourly),
        cmocka_unit_test(test_ridge_finds_a_linear_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
