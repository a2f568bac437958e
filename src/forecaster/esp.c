/* Ensemble streamflow prediction: a simulation model is run to the issue time; from its state it
 * goes on with the weather of the same dates of each training year. A member a year, the target
 * year left out; the forecast is their mean. Day (1985),
 * doi:10.1061/(ASCE)0733-9496(1985)111:2(157). The simulation model is any forecaster of the list
 * that streams (key esp_model), fitted for that. Its state is carried on from the first step of the
 * record and begins anew after a missing input. */
#include "data/samples.h"
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"
#include "forecaster/stream.h"
#include <math.h>
#include <string.h>

/* The training weather of one site, raw: rows first .. first + n - 1 of its record. */
typedef struct trace {
    char site[64];
    int64_t start_s, n;
    float *weather; /* [n][n_inputs] */
} trace;
typedef struct esp {
    frs_forecaster base;
    frs_forecaster *inner; /* a simulation */
    frs_step step;
    int first_year, last_year; /* of the training period */
    int64_t n_sites;
    trace *traces;
} esp;
extern const frs_forecaster_def frs__esp;
enum { MAX_LEADS = 366 };

static bool serves(const frs_task *t) {
    const bool streams = t->n_calendar == 0 && t->n_evolving == 0 && t->n_codes == 0;
    if (t->n_upstream) return false; /* a simulation would need it of the days to come */
    return streams && t->kind == FRS_FORECAST && t->future == FRS_FUTURE_ESP && t->n_inputs > 0;
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    esp *f = (esp *)base;
    if (!f) return;
    frs_forecaster_free(ctx, f->inner);
    for (int64_t i = 0; f->traces && i < f->n_sites; i++) frs__free(ctx, f->traces[i].weather);
    frs__free(ctx, f->traces);
    frs__free(ctx, f);
}

/* ---- fit */

static frs_task simulation_of(const frs_task *t) {
    frs_task s = *t;
    s.kind = FRS_SIMULATION;
    s.leads = 0;
    s.future = FRS_FUTURE_NONE;
    s.past_target = false;
    s.predict_last_n = 1;
    return s;
}

static bool in_training(const frs_samples *s, int64_t site, int64_t row) {
    const frs__sample_site *p = &s->sites[site];
    for (int64_t i = 0; i < p->n_periods; i++)
        if (row >= p->periods[i].lo && row <= p->periods[i].hi) return !frs__excluded(s, site, row);
    return false;
}

static frs_status keep_weather(frs_ctx *ctx, const frs_samples *s, esp *f) {
    const int n = s->task.n_inputs;
    f->step = s->step;
    f->traces = frs__alloc(ctx, s->n_sites, sizeof *f->traces);
    if (!f->traces) return FRS_E_NOMEM;
    f->n_sites = s->n_sites;
    f->first_year = INT32_MAX;
    for (int64_t i = 0; i < s->n_sites; i++) {
        const frs__sample_site *p = &s->sites[i];
        trace *t = &f->traces[i];
        memcpy(t->site, p->at.name, strnlen(p->at.name, sizeof t->site - 1));
        if (p->n_periods == 0) continue;
        const frs__rows first_of = p->periods[0], last_of = p->periods[p->n_periods - 1];
        const int64_t lo = first_of.lo > 0 ? first_of.lo : 0;
        const int64_t hi = last_of.hi < p->at.n ? last_of.hi : p->at.n - 1;
        if (hi < lo) continue;
        t->start_s = frs_step_add(s->step, p->at.start_s, lo);
        t->weather = frs__alloc(ctx, (hi - lo + 1) * n, sizeof *t->weather);
        if (!t->weather) return FRS_E_NOMEM;
        t->n = hi - lo + 1;
        for (int64_t r = 0; r < t->n; r++)
            for (int k = 0; k < n; k++)
                t->weather[r * n + k] = !in_training(s, i, lo + r)
                                            ? (float)NAN
                                            : p->at.values[(lo + r) * s->n_vars + s->inputs[k]];
        const int first = frs_civil_from_time(t->start_s).year;
        const int last = frs_civil_from_time(frs_step_add(s->step, t->start_s, t->n - 1)).year;
        if (first < f->first_year) f->first_year = first;
        if (last > f->last_year) f->last_year = last;
    }
    return FRS_OK;
}

static frs_status fit_inner(frs_ctx *ctx, const frs_fit_args *a, esp *f) {
    char where[512];
    const frs_task t = simulation_of(frs_samples_task(a->training));
    const char *named = frs_config_text(a->config, "esp_model");
    const frs_candidate inner =
        named && *named ? frs__candidate_find(a->config, named) : frs__candidate_model(a->config);
    if (!inner.def || !inner.def->serves(&t))
        return frs__fail(ctx, FRS_E_INPUT, _("%s: no forecaster '%s' that simulates"),
                         frs_config_where(a->config, "esp_model", where),
                         inner.def ? inner.name : named);
    frs_samples *training = NULL, *validation = NULL;
    frs_status s = frs__samples_like(a->training, &t, &training);
    if (s == FRS_OK && a->validation) s = frs__samples_like(a->validation, &t, &validation);
    const frs_fit_args own = {.training = training,
                              .validation = validation,
                              .config = a->config,
                              .seed = a->seed}; /* no checkpoint: its name would be another's */
    if (s == FRS_OK) s = frs__candidate_fit(ctx, inner, &own, &f->inner);
    frs_samples_free(training);
    frs_samples_free(validation);
    return s;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    esp *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){&frs__esp, *frs_samples_task(a->training)};
    frs_status s = keep_weather(ctx, a->training, f);
    if (s == FRS_OK) s = fit_inner(ctx, a, f);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

/* ---- predict */

/* The row of a trace at the issue date moved to another year; 29 February becomes the 28th. */
static int64_t row_in_year(const esp *f, const trace *t, int64_t issue_s, int year) {
    frs_civil c = frs_civil_from_time(issue_s);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (c.month == 2 && c.day == 29 && !leap) c.day = 28;
    c.year = year;
    return frs__step_index(f->step, t->start_s, frs_time_from_civil(c));
}

/* The weather of the leads in that year, [L][n_inputs]; NULL: not all of it is there. */
static const float *weather_of(const esp *f, const trace *t, int64_t issue_s, int year) {
    const int64_t n = f->base.task.n_inputs, L = f->base.task.leads;
    const int64_t row = row_in_year(f, t, issue_s, year) + 1;
    if (row < 0 || row + L > t->n) return NULL;
    for (int64_t i = 0; i < L * n; i++)
        if (isnan(t->weather[row * n + i])) return NULL;
    return t->weather + row * n;
}

/* What goes through a prediction. */
typedef struct running {
    frs_ctx *ctx;
    const esp *f;
    const frs_samples *s;
    const frs_sink *sink; /* NULL: members go nowhere */
    void *room;           /* as large as the inner state */
} running;

/* One member from a state: q [L]. */
static frs_status member(const running *w, const void *state, int64_t issue_s, const float *weather,
                         float *q) {
    const frs_forecaster *inner = w->f->inner;
    memcpy(w->room, state, inner->def->state_size(inner));
    for (int64_t l = 0; l < w->f->base.task.leads; l++) {
        FRS_TRY(inner->def->state_step(w->ctx, inner, w->room,
                                       frs_step_add(w->f->step, issue_s, l + 1),
                                       weather + l * w->f->base.task.n_inputs, NAN));
        FRS_TRY(inner->def->state_predict(w->ctx, inner, w->room, NULL, q + l));
    }
    return FRS_OK;
}

static frs_status put_member(const esp *f, frs_sample_id id, int year, const float *q,
                             const frs_sink *sink) {
    for (int64_t l = 0; sink && l < f->base.task.leads; l++) {
        const frs_forecast_slice slice = {.issue_s = id.issue_s,
                                          .lead = l + 1,
                                          .kind = FRS_MEMBER,
                                          .level = year,
                                          .first = id.site,
                                          .n = 1,
                                          .values = q + l};
        FRS_TRY(sink->put(sink->arg, &slice));
    }
    return FRS_OK;
}

/* Members of all training years but the target's; their mean into out [L]: NaN when there is none.
 */
static frs_status members(const running *w, const trace *t, const void *state, frs_sample_id id,
                          float *out) {
    const esp *f = w->f;
    const int64_t L = f->base.task.leads;
    double sum[MAX_LEADS] = {0};
    float q[MAX_LEADS];
    int64_t n = 0;
    const int target = frs_civil_from_time(id.issue_s).year;
    for (int year = f->first_year; t && year <= f->last_year; year++) {
        const float *weather = year == target ? NULL : weather_of(f, t, id.issue_s, year);
        if (!weather) continue;
        FRS_TRY(member(w, state, id.issue_s, weather, q));
        FRS_TRY(put_member(f, id, year, q, w->sink));
        for (int64_t l = 0; l < L; l++) sum[l] += (double)q[l];
        n++;
    }
    for (int64_t l = 0; l < L; l++) out[l] = n ? (float)(sum[l] / (double)n) : (float)NAN;
    return FRS_OK;
}

static const trace *trace_of(const esp *f, const char *site) {
    for (int64_t i = 0; i < f->n_sites; i++)
        if (strcmp(f->traces[i].site, site) == 0) return &f->traces[i];
    return NULL;
}

static frs_status predict_one(void *arg, frs_sample_id id, const void *state) {
    const running *p = arg;
    float q[MAX_LEADS];
    const trace *t = trace_of(p->f, frs_samples_site_name(p->s, id.site));
    FRS_TRY(members(p, t, state, id, q));
    return frs__put_forecast(&p->f->base.task, id, q, p->sink);
}

static frs_status predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                          const frs_sink *sink) {
    const esp *f = (const esp *)base;
    const running p = {.ctx = ctx,
                       .f = f,
                       .s = s,
                       .sink = sink,
                       .room = frs__alloc(ctx, (int64_t)f->inner->def->state_size(f->inner), 1)};
    frs_status st =
        p.room ? frs__stream_each(ctx, f->inner, s, predict_one, (void *)&p) : FRS_E_NOMEM;
    frs__free(ctx, p.room);
    return st;
}

/* ---- files: the weather, then the inner forecaster's own file as a block */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const esp *f = (const esp *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__blob_put_int(&b, f->step.count);
    frs__blob_put_int(&b, f->step.unit);
    frs__blob_put_int(&b, f->first_year);
    frs__blob_put_int(&b, f->last_year);
    frs__blob_put_int(&b, f->n_sites);
    for (int64_t i = 0; i < f->n_sites; i++) {
        const trace *t = &f->traces[i];
        frs__blob_put(&b, t->site, sizeof t->site);
        frs__blob_put_int(&b, t->start_s);
        frs__blob_put_int(&b, t->n);
        frs__blob_put(&b, t->weather, t->n * base->task.n_inputs * (int64_t)sizeof(float));
    }
    const frs_status s = frs__blob_put_inner(&b, f->inner, path);
    if (s == FRS_OK) return frs__blob_save(&b, path);
    frs__buf_free(&b.buf);
    return s;
}

static void get_traces(frs_blob_in *b, esp *f) {
    f->step.count = frs__blob_get_int(b, 1, INT32_MAX);
    f->step.unit = (frs_step_unit)frs__blob_get_int(b, FRS_STEP_SECOND, FRS_STEP_MONTH);
    f->first_year = (int)frs__blob_get_int(b, -10000, INT32_MAX);
    f->last_year = (int)frs__blob_get_int(b, -10000, 10000);
    const int64_t n = frs__blob_get_int(b, 0, INT32_MAX);
    if (n > (b->n - b->at) / 80) b->failed = true;
    if (b->failed) return;
    f->traces = frs__alloc(b->ctx, n, sizeof *f->traces);
    if (!f->traces) {
        b->failed = b->no_memory = true;
        return;
    }
    f->n_sites = n;
    for (int64_t i = 0; i < n && !b->failed; i++) {
        trace *t = &f->traces[i];
        frs__blob_get(b, t->site, sizeof t->site);
        t->site[63] = 0;
        t->start_s = frs__blob_get_int(b, INT64_MIN / 4, INT64_MAX / 4);
        const int64_t rows = frs__blob_get_int(b, 0, INT32_MAX);
        if (rows) t->weather = frs__blob_get_block(b, rows * b->task.n_inputs, sizeof(float));
        if (t->weather) t->n = rows;
    }
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    esp *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    f->base = (frs_forecaster){&frs__esp, b.task};
    get_traces(&b, f);
    if (b.task.leads < 1 || b.task.leads > MAX_LEADS) b.failed = true;
    frs_status s = frs__blob_get_inner(&b, &f->inner);
    if (s == FRS_OK)
        s = frs__blob_end(&b);
    else
        frs__blob_close(&b);
    if (s == FRS_OK && (f->inner->def == &frs__esp || f->inner->task.kind != FRS_SIMULATION ||
                        f->inner->task.n_inputs != b.task.n_inputs))
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: its inner model is no simulation"), path);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const esp *f = (const esp *)base;
    *text = frs__asprintf(ctx,
                          _("Ensemble streamflow prediction: %s simulates up to the issue time and "
                            "goes on with the weather of the same dates of each training year, %d "
                            "to %d, the target year left out; the mean of these members."),
                          frs_forecaster_title(f->inner), f->first_year, f->last_year);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

/* ---- streaming: site and time, then the inner state */

typedef struct state {
    frs_state_header header;
    char site[64];
    int64_t time_s, pad;
} state;
static void *inner_state(void *blob) {
    return (char *)blob + sizeof(state);
}

static size_t state_size(const frs_forecaster *base) {
    const esp *f = (const esp *)base;
    return sizeof(state) + f->inner->def->state_size(f->inner);
}

static frs_status state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                             const float *statics, void *blob) {
    const esp *f = (const esp *)base;
    state *s = blob;
    FRS_TRY(f->inner->def->state_init(ctx, f->inner, site, statics, inner_state(blob)));
    frs_state_header own;
    memcpy(&own, inner_state(blob), sizeof own);
    memset(s, 0, sizeof *s);
    s->header = own; /* of the inner model's hash, with its own size */
    s->header.size = state_size(base);
    s->time_s = INT64_MIN;
    return frs__name_copy(ctx, s->site, sizeof s->site, site);
}

static frs_status state_step(frs_ctx *ctx, const frs_forecaster *base, void *blob, int64_t time_s,
                             const float *weather, float target) {
    (void)target;
    const esp *f = (const esp *)base;
    ((state *)blob)->time_s = time_s;
    return f->inner->def->state_step(ctx, f->inner, inner_state(blob), time_s, weather, NAN);
}

static frs_status state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *blob,
                                const float *future, float *out) {
    (void)future;
    const esp *f = (const esp *)base;
    const state *s = blob;
    const frs_sample_id id = {.issue_s = s->time_s};
    const running w = {.ctx = ctx,
                       .f = f,
                       .room = frs__alloc(ctx, (int64_t)f->inner->def->state_size(f->inner), 1)};
    if (!w.room) return FRS_E_NOMEM;
    frs_status st = members(&w, trace_of(f, s->site), (const char *)blob + sizeof *s, id, out);
    for (int64_t l = 0; l < base->task.leads; l++) out[l] = frs__clip(&base->task, out[l]);
    frs__free(ctx, w.room);
    return st;
}

static const frs_history *history(const frs_forecaster *base) {
    const frs_forecaster *inner = ((const esp *)base)->inner;
    return inner->def->history ? inner->def->history(inner) : NULL;
}

const frs_forecaster_def frs__esp = {
    .name = "esp",
    .title = N_("ESP"),
    .serves = serves,
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = state_size,
    .state_init = state_init,
    .state_step = state_step,
    .state_predict = state_predict,
    .free = free_it,
    .history = history,
};
