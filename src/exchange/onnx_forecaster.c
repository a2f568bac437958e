/* A recurrent forecaster as an ONNX model in physical units: what gathering a window does to the
 * numbers (data/gather.c), as a part of the graph. Inputs are in docs/onnx.md; missing is NaN. */
#include "data/samples.h"
#include "exchange/onnx_write.h"
#include "forecaster/forecaster.h"
#include "forecaster/recurrent.h"

#include <math.h>
#include <string.h>

static bool is_recurrent(const frs_forecaster *f) {
    return f->def->load == frs__recurrent_load;
}

/* Steps that an input says something of; those behind them are not known. */
static int64_t flow_steps(const frs_task *t) {
    return t->kind == FRS_FORECAST ? t->seq_length : t->seq_length - frs__last_n(t);
}

static int64_t weather_steps(const frs_task *t) {
    const bool future = frs_future_shown(t) || t->n_calendar > 0;
    return t->seq_length + (future ? frs__leads(t) : 0);
}

static frs_tensor *constant(frs_builder *b, const char *name, int64_t rows, int64_t columns) {
    const frs_shape s = rows ? (frs_shape){2, {rows, columns}} : (frs_shape){1, {columns}};
    return frs_state(b, name, s, (frs_init){0});
}

/* (x - mean) / std of the last axis; the numbers are states scaler.NAME.mean and .std. */
static frs_tensor *standardised(frs_builder *b, frs_tensor *x, const char *name, int64_t n) {
    frs_scope_push(b, "scaler");
    frs_scope_push(b, name);
    frs_tensor *mean = constant(b, "mean", 0, n), *std = constant(b, "std", 0, n);
    frs_scope_pop(b);
    frs_scope_pop(b);
    return frs_div(b, frs_sub(b, x, mean), std);
}

static frs_tensor *zero(frs_builder *b) {
    return frs__fill(b, (frs_shape){0}, 0);
}

/* With `value` behind the last step up to `steps`. */
static frs_tensor *prolong(frs_builder *b, frs_tensor *x, int64_t steps, double value) {
    frs_pad_opts p = {.value = value};
    p.hi[1] = steps - frs_tensor_shape(x).dim[1];
    return p.hi[1] > 0 ? frs_pad(b, x, &p) : x;
}

/* Parts of a window's channels, in their order. */
typedef struct channels {
    const recurrent *f;
    int64_t T, W;
    frs_tensor *weather, *flow, *lead, *flags, *q0;
    frs_tensor
        *must; /* [B, 1]: NaN where an input is missing that must be there; NULL: none must */
} channels;

/* Other programs' recurrent layers make numbers of NaN: what is missing is looked at beside them.
 */
static void must_be_there(frs_builder *b, channels *c, frs_tensor *x) {
    const frs_shape s = {2, {frs_build_dims(b).batch, 1}};
    const uint32_t own = (1U << frs_tensor_shape(x).rank) - 2; /* all axes of a sample */
    frs_tensor *sum = frs_reshape(b, frs_reduce_sum(b, x, own), s);
    c->must = c->must ? frs_add(b, c->must, sum) : sum;
}

/* An input that is missing hides those that share its flag: "mask.groups" [flags, inputs] is 1
 * where an input has a flag. */
static void masked(frs_builder *b, channels *c, frs_tensor *z, frs_tensor *missing) {
    const frs_task *t = &c->f->base.task;
    const int64_t flags = frs__n_flags(t), B = frs_build_dims(b).batch;
    const frs_shape rows = {2, {B * c->W, t->n_inputs}}, of = {3, {B, c->W, t->n_inputs}};
    frs_tensor *group = constant(b, "mask.groups", flags, t->n_inputs);
    frs_tensor *any =
        frs_greater(b, frs_matmul(b, frs_reshape(b, missing, rows), group, false, true), zero(b));
    frs_tensor *hidden = frs_reshape(b, frs_matmul(b, any, group, false, false), of);
    c->flags = frs_reshape(b, any, (frs_shape){3, {B, c->W, flags}});
    c->weather = frs_where(b, frs_add(b, hidden, missing), zero(b), z);
}

/* Without a mask a missing input makes the forecast missing, but after the issue time, where it is
 * the mean. */
static void weather(frs_builder *b, channels *c) {
    const frs_task *t = &c->f->base.task;
    const frs_shape s = {3, {frs_build_dims(b).batch, weather_steps(t), t->n_inputs}};
    if (t->n_inputs == 0) return;
    frs_tensor *z = standardised(b, frs_input(b, "weather", s), "weather", t->n_inputs);
    if (t->mask != FRS_MASK_NONE) {
        z = prolong(b, z, c->W, NAN);
        masked(b, c, z, frs_isnan(b, z));
    } else if (s.dim[1] < c->W || c->W == c->T) {
        must_be_there(b, c, z);
        c->weather = prolong(b, z, c->W, 0);
    } else {
        frs_tensor *after = frs_slice(b, z, 1, c->T, c->W - c->T);
        after = frs_where(b, frs_isnan(b, after), zero(b), after);
        frs_tensor *parts[] = {frs_slice(b, z, 1, 0, c->T), after};
        must_be_there(b, c, parts[0]);
        c->weather = frs_concat(b, parts, 2, 1);
    }
}

/* The last known flow of [B, S, 1]: at the largest of t + 1 where it is known. */
static frs_tensor *last_known(frs_builder *b, frs_tensor *flow, frs_tensor *known, int64_t S) {
    const int64_t B = frs_build_dims(b).batch;
    frs_tensor *steps = frs_cumsum(b, frs__fill(b, (frs_shape){2, {1, S}}, 1), 1, NULL);
    frs_tensor *number = frs_mul(b, frs_reshape(b, known, (frs_shape){2, {B, S}}), steps);
    frs_tensor *at = frs_reshape(b, frs_argmax(b, number, 1), (frs_shape){1, {B}});
    frs_tensor *chosen =
        frs_mul(b, frs_reshape(b, flow, (frs_shape){2, {B, S}}), frs_one_hot(b, at, S));
    return frs_reduce_sum(b, chosen, 1U << 1);
}

static void past_flow(frs_builder *b, channels *c) {
    const frs_task *t = &c->f->base.task;
    const frs_scaler *k = &c->f->scaler;
    const int64_t B = frs_build_dims(b).batch, S = flow_steps(t);
    if (!frs__has_flow(t)) return;
    frs_tensor *q = frs_input(b, "past_flow", (frs_shape){2, {B, S}});
    q = frs_scale(b, q, 1, -k->target_mean);
    q = frs_reshape(b, frs_scale(b, q, 1 / k->target_std, 0), (frs_shape){3, {B, S, 1}});
    frs_tensor *missing = frs_isnan(b, q);
    frs_tensor *parts[] = {frs_where(b, missing, zero(b), q), frs_not(b, missing)};
    if (c->f->net.skip) c->q0 = last_known(b, parts[0], parts[1], S);
    c->flow = prolong(b, frs_concat(b, parts, 2, 2), c->W, 0);
}

/* 1, or with count_leads the lead, after the issue time. */
static void lead(frs_builder *b, channels *c) {
    const frs_task *t = &c->f->base.task;
    const int64_t L = c->W - c->T;
    if (t->kind != FRS_FORECAST) return;
    frs_tensor *after = frs__fill(b, (frs_shape){3, {1, L, 1}}, 1);
    if (t->count_leads) after = frs_cumsum(b, after, 1, NULL);
    after = frs_pad(b, after, &(frs_pad_opts){.lo = {0, c->T}});
    c->lead = frs_expand(b, after, (frs_shape){3, {frs_build_dims(b).batch, c->W, 1}});
}

static frs_tensor *beside(frs_builder *b, const channels *c) {
    frs_tensor *const all[] = {c->weather, c->flow, c->lead, c->flags};
    frs_tensor *there[FRS_LEN(all)];
    int n = 0;
    for (int i = 0; i < FRS_LEN(all); i++)
        if (all[i]) there[n++] = all[i];
    return n == 1 ? there[0] : n ? frs_concat(b, there, n, 2) : NULL;
}

static frs_tensor *attributes(frs_builder *b, const frs_task *t) {
    const int64_t named = t->n_statics - t->n_codes;
    if (!t->n_statics) return NULL;
    frs_tensor *s =
        frs_input(b, "attributes", (frs_shape){2, {frs_build_dims(b).batch, t->n_statics}});
    if (!named) return s;
    frs_tensor *z = t->n_codes ? frs_slice(b, s, 1, 0, named) : s;
    z = standardised(b, z, "attributes", named);
    if (!t->n_codes) return z;
    frs_tensor *parts[] = {z, frs_slice(b, s, 1, named, t->n_codes)};
    return frs_concat(b, parts, 2, 1);
}

static frs_status build(frs_builder *b, const void *arg) {
    const recurrent *f = *(const recurrent *const *)arg;
    const frs_task *t = &f->base.task;
    const int64_t n = frs__n_leads(t);
    channels c = {.f = f, .T = t->seq_length, .W = t->seq_length + frs__leads(t)};
    weather(b, &c);
    past_flow(b, &c);
    lead(b, &c);
    const frs_recurrent_in in = {
        .x = beside(b, &c), .statics = attributes(b, t), .q0 = c.q0, .from_zero = true};
    frs_tensor *sim = frs__recurrent_net_sim(b, &f->net, &in);
    const frs_shape s = frs_tensor_shape(sim);
    if (s.rank == 2 && s.dim[1] > n) sim = frs_slice(b, sim, 1, s.dim[1] - n, n);
    sim = frs_scale(b, sim, f->scaler.target_std, f->scaler.target_mean);
    if (t->clip_to_zero) sim = frs_relu(b, sim);
    if (c.must) sim = frs_where(b, frs_isnan(b, c.must), frs__fill(b, (frs_shape){0}, NAN), sim);
    frs_output(b, "flow", sim);
    return frs_build_done(b, NULL);
}

/* ---- numbers */

static void copy(float *to, const double *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] = (float)from[i];
}

static void put_groups(const frs_task *t, float *to) {
    for (int c = 0; c < t->n_inputs; c++)
        if (frs__flag_of(t, c) >= 0) to[frs__flag_of(t, c) * t->n_inputs + c] = 1;
}

static void put_state(const recurrent *f, const frs_param_info *p, float *to) {
    const frs_scaler *k = &f->scaler;
    const int64_t n = frs_shape_count(p->shape);
    if (strcmp(p->name, "scaler.weather.mean") == 0) copy(to, k->in_mean, n);
    if (strcmp(p->name, "scaler.weather.std") == 0) copy(to, k->in_std, n);
    if (strcmp(p->name, "scaler.attributes.mean") == 0) copy(to, k->st_mean, n);
    if (strcmp(p->name, "scaler.attributes.std") == 0) copy(to, k->st_std, n);
    if (strcmp(p->name, "mask.groups") == 0) put_groups(&f->base.task, to);
}

static void put_weights(const recurrent *f, frs_model *m) {
    float *to = frs_model_weights(m);
    const float *from = frs_model_weights_get(f->model);
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        put_state(f, &p, to + p.offset);
        for (int64_t k = 0; k < frs_model_n_params(f->model); k++) {
            const frs_param_info q = frs_model_param(f->model, k);
            if (strcmp(p.name, q.name) == 0)
                memcpy(to + p.offset, from + q.offset,
                       (size_t)frs_shape_count(p.shape) * sizeof *to);
        }
    }
}

/* ---- what is said about it */

enum { MOST_NOTES = 16 };
typedef struct told {
    frs_arena *memory;
    frs_onnx_note notes[MOST_NOTES];
    int n;
} told;

static frs_status tell(told *t, const char *key, const char *value) {
    if (t->n == MOST_NOTES) return FRS_OK;
    t->notes[t->n++] = (frs_onnx_note){key, frs__arena_strdup(t->memory, value)};
    return t->notes[t->n - 1].value ? FRS_OK : FRS_E_NOMEM;
}

static frs_status tell_number(told *t, const char *key, int64_t v) {
    char text[40];
    return tell(t, key, frs__format_double((double)v, text));
}

static frs_status tell_names(told *t, const char *key, const char (*names)[64], int n) {
    frs_buf b = {.ctx = t->memory->ctx};
    for (int i = 0; i < n; i++) frs__buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK && n) s = tell(t, key, b.data);
    frs__buf_free(&b);
    return s;
}

static frs_status tell_all(told *t, const frs_forecaster *f, const frs_export_onnx_opts *o) {
    static const char *const futures[] = {[FRS_FUTURE_NONE] = "none",
                                          [FRS_FUTURE_CLIMATOLOGY] = "climatology",
                                          [FRS_FUTURE_OBSERVED] = "observed",
                                          [FRS_FUTURE_ESP] = "esp"};
    const frs_task *k = &f->task;
    FRS_TRY(tell(t, "model", f->def->name));
    FRS_TRY(tell(t, "task", k->kind == FRS_FORECAST ? "forecast" : "simulation"));
    FRS_TRY(tell_names(t, "weather", k->inputs, k->n_inputs));
    FRS_TRY(tell_names(t, "attributes", k->statics, k->n_statics - k->n_codes));
    FRS_TRY(tell(t, "flow", k->target));
    FRS_TRY(tell_number(t, "hindcast_steps", k->seq_length));
    if (k->kind == FRS_FORECAST) {
        FRS_TRY(tell_number(t, "lead_steps", k->leads));
        FRS_TRY(tell(t, "future_weather", futures[k->future]));
    }
    for (int i = 0; o && i < o->n_notes; i++) FRS_TRY(tell(t, o->notes[i].key, o->notes[i].value));
    return FRS_OK;
}

static frs_status save(const recurrent *f, frs_model *m, const char *path,
                       const frs_export_onnx_opts *o, told *t) {
    const frs_input_net *net = &f->net.input;
    const int64_t W = f->base.task.seq_length + frs__leads(&f->base.task);
    frs_onnx_constant place = {.input = "position"};
    frs_onnx_save_opts to = {.opset = o ? o->opset : 0, .steps = W, .outputs = "flow"};
    if (net->positions) {
        float *v = frs__arena_alloc(t->memory, W * net->positions, sizeof *v);
        if (!v) return FRS_E_NOMEM;
        frs__input_net_positions(net, W, v);
        place.values = v;
        to.constants = &place;
        to.n_constants = 1;
    }
    frs_plan *plan;
    FRS_TRY(frs_model_compile(m, FRS_INFER, (frs_dims){1, W}, &plan)); /* the weights are there */
    put_weights(f, m);
    FRS_TRY(tell_all(t, &f->base, o));
    to.notes = t->notes;
    to.n_notes = t->n;
    return frs_onnx_save(m, path, &to);
}

frs_status frs_export_onnx(frs_ctx *ctx, const frs_forecaster *base, const char *path,
                           const frs_export_onnx_opts *o) {
    const recurrent *f = (const recurrent *)base;
    frs_arena memory = {.ctx = ctx};
    told t = {.memory = &memory};
    frs_model *m;
    if (!is_recurrent(base))
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("%s: only an LSTM, GRU, RNN or EA-LSTM goes to ONNX"),
                         _(base->def->title));
    FRS_TRY(
        frs_model_new(ctx, &(frs_model_opts){.build = build, .arg = &f, .arg_size = sizeof f}, &m));
    const frs_status s = save(f, m, path, o, &t);
    frs_model_free(m);
    frs__arena_free(&memory);
    return s;
}
