/* Tasks of every kind, two synthetic rivers to fit on, and small nets: for tests over all
 * forecasters. */
#ifndef FRS_TESTS_FORECASTER_CASE_H
#define FRS_TESTS_FORECASTER_CASE_H
#include "data_help.h"
#include "forecaster_there.h"
#include "freshet/config.h"
#include "freshet/forecaster.h"

enum { YEARS = 4, SEQ = 40, LEADS = 3 };
static const char settings[] =
    "trees_rounds=8\ntrees_depth=3\nensemble_members=2\nhidden_size=5\nepochs="
    "2\nbatch_size=64\nlearning_rate=1e-2\nseed=3";

/* Of inputs in two groups a recurrent net sees a mean, in a simulation by attention. */
static inline frs_config *config(frs_ctx *ctx, const frs_task *t, const char *forecaster) {
    char copy[512];
    const char *sets[16];
    int64_t n = 0;
    snprintf(copy, sizeof copy, "%s", settings);
    char *save = NULL;
    for (char *p = strtok_r(copy, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) sets[n++] = p;
    if (t->n_groups == 2) {
        const bool attention = t->kind == FRS_SIMULATION;
        sets[n++] = attention ? "nan_handling_method=attention" : "nan_handling_method=masked_mean";
        sets[n++] = "dynamics_embedding={hiddens: [4, 3], dropout: 0.1}";
        sets[n++] = "statics_embedding={hiddens: 2}";
        sets[n++] = "nan_step_probability=0.1";
    }
    if (test_forecaster_set(forecaster)) sets[n++] = test_forecaster_set(forecaster);
    frs_config *c;
    OK(frs_config_load(ctx, NULL, sets, n, &c));
    return c;
}

static inline frs_task task_of(frs_task_kind kind, frs_future future) {
    frs_task t = {.kind = kind,
                  .n_inputs = 2,
                  .n_statics = 2,
                  .inputs = {"prcp", "temp"},
                  .statics = {"area", "slope"},
                  .target = "q",
                  .seq_length = SEQ,
                  .leads = kind == FRS_FORECAST ? LEADS : 0,
                  .predict_last_n = 1,
                  .future = future,
                  .past_target = kind == FRS_FORECAST,
                  .clip_to_zero = true};
    return t;
}

/* Inputs may lack, short gaps are filled; one of them is yesterday's flow. */
static inline frs_task gappy(frs_task_kind kind) {
    frs_task t = task_of(kind, FRS_FUTURE_NONE);
    t.gaps = FRS_GAPS_LINEAR;
    t.max_gap = 3;
    t.mask = kind == FRS_FORECAST ? FRS_MASK_INPUTS : FRS_MASK_GROUPS;
    t.n_groups = kind == FRS_SIMULATION;
    t.count_leads = kind == FRS_FORECAST;
    snprintf(t.inputs[1], 64, "q_shift1");
    return t;
}

static inline frs_task grouped(frs_task_kind kind) {
    frs_task t = gappy(kind);
    t.mask = FRS_MASK_GROUPS;
    t.n_groups = 2;
    t.group[1] = 1;
    return t;
}

/* Gaps filled by the season; the season, a variable and the site's number beside the inputs. */
static inline frs_task seasonal(frs_task_kind kind) {
    frs_task t = task_of(kind, FRS_FUTURE_NONE);
    t.gaps = FRS_GAPS_CLIMATOLOGY;
    t.n_inputs = 4;
    t.n_calendar = 2;
    snprintf(t.inputs[2], 64, FRS_CALENDAR_SIN);
    snprintf(t.inputs[3], 64, FRS_CALENDAR_COS);
    t.n_evolving = 1;
    t.n_codes = 2;
    t.n_statics = 5;
    snprintf(t.statics[2], 64, "pet");
    return t;
}

/* The weather of the leads is seen, the flow of the other river up to the issue time. */
static inline frs_task routed(void) {
    frs_task t = task_of(FRS_FORECAST, FRS_FUTURE_OBSERVED);
    t.n_upstream = 1;
    snprintf(t.inputs[1], 64, "upstream_1");
    return t;
}

static inline frs_task tasks(int i) {
    static const frs_future future[5] = {FRS_FUTURE_NONE, FRS_FUTURE_NONE, FRS_FUTURE_CLIMATOLOGY,
                                         FRS_FUTURE_OBSERVED, FRS_FUTURE_ESP};
    const frs_task_kind kind = i % 2 ? FRS_FORECAST : FRS_SIMULATION;
    if (i == 3) return routed();
    if (i < 5) return task_of(i ? FRS_FORECAST : FRS_SIMULATION, future[i]);
    return i < 7 ? gappy(kind) : seasonal(kind);
}
enum { N_TASKS = 9 };

#define LEAK_ISSUE 2004, 5, 17
static inline void punch(frs_series *s) {
    const frs_rng rng = {5, FRS_RNG_TEST, 3};
    for (int v = 0; v < 2; v++)
        for (int64_t t = 20; t < s->n; t++)
            if (frs__rng_uniform(rng, (uint64_t)(v * s->n + t)) < 0.02)
                for (int64_t k = t; k < s->n && k <= t + t % 5; k++) s->values[v][k] = NAN;
    const int64_t issue = (date(LEAK_ISSUE) - s->start_s) / FRS_DAY_S;
    for (int64_t k = issue - 4; k <= issue + 1; k++) /* a gap that has not ended by then */
        s->values[0][k] = k < issue - 1 ? 1 : NAN;
}

static inline void spoil(frs_series *s, int64_t after) {
    for (int64_t t = 0; t < s->n; t++)
        for (int v = 0; v < s->n_vars && frs_step_add(s->step, s->start_s, t) > after; v++)
            s->values[v][t] = s->values[v][t] * 3 + 17;
}

/* A third river, upstream of both; a spoilt one is another from the issue time on. */
static inline void put_upstream(frs_ctx *ctx, bool spoilt, frs_series *s) {
    frs_series g, truth;
    OK(frs_synth(ctx,
                 &(frs_synth_opts){.seed = 9, .years = YEARS, .start_year = 2001, .gap_share = -1},
                 "up", &g, &truth));
    if (spoilt) spoil(&g, date(LEAK_ISSUE));
    const frs_upstream u = {.target = "q", .n_columns = 1, .n_gauges = 1, .gauges = &g};
    OK(frs_prepare_upstream(ctx, &u, s));
    frs_series_free(ctx, &truth);
    frs_series_free(ctx, &g);
}

/* Two synthetic rivers; everything after `spoil_after` is changed when it is not INT64_MAX. holes:
 * the weather has gaps. */
static inline frs_store *store_with(frs_ctx *ctx, int64_t spoil_after, bool holes) {
    static const frs_lag yesterday = {"q", 1};
    const frs_prepare prepare = {.lags = &yesterday, .n_lags = 1, .calendar = true};
    const char *names[2] = {"a", "b"};
    frs_series s[2], truth;
    for (int i = 0; i < 2; i++) {
        const frs_synth_opts o = {.seed = (uint64_t)(7 + i), .years = YEARS, .start_year = 2001};
        OK(frs_synth(ctx, &o, names[i], &s[i], &truth));
        frs_series_free(ctx, &truth);
        spoil(&s[i], spoil_after);
        if (holes) punch(&s[i]);
        OK(frs_prepare_series(ctx, &prepare, (frs_periods){0}, false, &s[i], NULL));
        put_upstream(ctx, spoil_after != INT64_MAX, &s[i]);
    }
    frs_statics st = make_statics(ctx, names, 2, "area", "slope");
    frs_store *store = pack(ctx, s, 2, &st);
    frs_series_free(ctx, &s[0]);
    frs_series_free(ctx, &s[1]);
    frs_statics_free(ctx, &st);
    return store;
}

static inline frs_store *store_of(frs_ctx *ctx, int64_t spoil_after) {
    return store_with(ctx, spoil_after, false);
}

static inline frs_samples *samples(frs_ctx *ctx, const frs_store *store, const frs_task *t, int y0,
                                   int y1, bool training) {
    static const int64_t sites[2] = {0, 1};
    const frs_samples_opts o = {.store = store,
                                .task = t,
                                .period = {date(y0, 3, 1), date(y1, 12, 31)},
                                .sites = sites,
                                .n_sites = 2,
                                .for_training = training};
    frs_samples *s;
    OK(frs_samples_new(ctx, &o, &s));
    return s;
}

static inline frs_forecaster *fit(frs_ctx *ctx, const frs_forecaster_def *def,
                                  const frs_store *store, const frs_task *t) {
    frs_config *c = config(ctx, t, def->name);
    frs_samples *training = samples(ctx, store, t, 2001, 2002, true);
    frs_samples *validation = samples(ctx, store, t, 2003, 2003, true);
    const frs_fit_args a = {.training = training, .validation = validation, .config = c, .seed = 3};
    frs_forecaster *f = NULL;
    OK(def->fit(ctx, &a, &f));
    assert_ptr_equal(f->def, def);
    frs_samples_free(training);
    frs_samples_free(validation);
    frs_config_free(c);
    return f;
}
#endif
