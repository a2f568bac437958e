/* Streaming: one step of a site's record at a time, the state a flat blob. */
#include "data/samples.h"
#include "forecaster/forecaster.h"
#include "forecaster/recurrent.h"
#include "forecaster/window_state.h"
#include <math.h>
#include <string.h>

/* After the header: h [layers][H], c [layers][H] (0 where the cell has none), sim (standardised, of
 * the last step), standardised statics. */
static float *payload(void *state) {
    return (float *)((char *)state + sizeof(frs_state_header));
}

static int64_t carried(const recurrent *f) {
    return f->net.layers * f->net.hidden;
}

size_t frs__recurrent_state_size(const frs_forecaster *base) {
    const recurrent *f = (const recurrent *)base;
    const int64_t floats = 2 * carried(f) + 2 + f->scaler.n_statics;
    return sizeof(frs_state_header) + (size_t)floats * sizeof(float);
}

static uint64_t model_hash(const recurrent *f) {
    return frs__hash64(frs_model_weights_get(f->model),
                       frs_model_flat_count(f->model) * (int64_t)sizeof(float), 0);
}

frs_status frs__recurrent_state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                                     const float *statics, void *state) {
    (void)site;
    const recurrent *f = (const recurrent *)base;
    FRS_TRY(frs__streams(ctx, &base->task));
    if (f->net.input.positions)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("a net that is told of a step's place in its window "
                           "(nan_handling_pos_encoding_size) cannot be run step by step"));
    frs__state_start(state, frs__recurrent_state_size(base), model_hash(f));
    float *p = payload(state), *st = p + 2 * carried(f) + 2;
    p[2 * carried(f)] = NAN;
    frs__step_statics(&f->scaler, statics, st);
    return FRS_OK;
}

static frs_status keep(frs_plan *plan, const char *name, float *to, int64_t n) {
    const float *from;
    int64_t count;
    FRS_TRY(frs_plan_output_f32(plan, name, &from, &count));
    memcpy(to, from, (size_t)n * sizeof *to);
    return FRS_OK;
}

static frs_status no_nan(frs_ctx *ctx, const frs_task *t, const float *weather, int64_t time_s) {
    char date[32];
    for (int i = 0; i < t->n_inputs; i++)
        if (isnan(weather[i]) && t->mask == FRS_MASK_NONE)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s is missing on %s: a recurrent net needs every input"),
                             t->inputs[i], frs_date_format(time_s, date));
    return FRS_OK;
}

/* p: the payload. */
static frs_status feed_carried(const recurrent *f, frs_plan *plan, const float *p) {
    const int64_t n = carried(f), S = f->net.statics;
    float *q0, *statics;
    int64_t count;
    FRS_TRY(frs__recurrent_feed_state(f, plan, p));
    if (S) FRS_TRY(frs_plan_input(plan, "statics", &statics, &count));
    if (S) memcpy(statics, p + 2 * n + 2, (size_t)S * sizeof *statics);
    if (!f->net.skip) return FRS_OK;
    FRS_TRY(frs_plan_input(plan, "q0", &q0, &count));
    *q0 = p[2 * n + 1];
    return FRS_OK;
}

frs_status frs__recurrent_state_step(frs_ctx *ctx, const frs_forecaster *base, void *state,
                                     int64_t time_s, const float *weather, float target) {
    const recurrent *f = (const recurrent *)base;
    const int64_t n = carried(f);
    float *p = payload(state), *x;
    int64_t count;
    frs_plan *plan;
    FRS_TRY(no_nan(ctx, &base->task, weather, time_s));
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, (frs_dims){1, 1}, &plan));
    FRS_TRY(frs_plan_input(plan, "x", &x, &count));
    frs__step_channels(&(frs_window_state){&base->task, &f->scaler, 0}, weather, target, 0, x);
    if (!isnan(target))
        p[2 * n + 1] = (float)((target - f->scaler.target_mean) / f->scaler.target_std);
    FRS_TRY(feed_carried(f, plan, p));
    FRS_TRY(frs_plan_run(plan, 0));
    FRS_TRY(keep(plan, "h_n", p, n));
    if (frs__cell_dims((int)f->net.cell)->states > 1) FRS_TRY(keep(plan, "c_n", p + n, n));
    return keep(plan, "sim", p + 2 * n, 1);
}

frs_status frs__recurrent_state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *state,
                                        const float *future, float *out) {
    (void)ctx;
    const recurrent *f = (const recurrent *)base;
    const frs_task *t = &base->task;
    const int64_t n = carried(f), L = t->leads;
    const float *p = (const float *)((const char *)state + sizeof(frs_state_header)), *sim;
    if (t->kind == FRS_SIMULATION) {
        out[0] = frs__recurrent_flow(f, p[2 * n]);
        return FRS_OK;
    }
    const frs_window_state w = {t, &f->scaler, 0};
    frs_plan *plan;
    float *x;
    int64_t count;
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, (frs_dims){1, L}, &plan));
    FRS_TRY(frs_plan_input(plan, "x", &x, &count));
    for (int64_t l = 0; l < L; l++)
        frs__step_channels(&w, future ? future + l * t->n_inputs : NULL, NAN, l + 1,
                           x + l * f->net.channels);
    FRS_TRY(feed_carried(f, plan, p));
    FRS_TRY(frs_plan_run(plan, 0));
    FRS_TRY(frs_plan_output_f32(plan, "sim", &sim, &count));
    for (int64_t l = 0; l < L; l++) out[l] = frs__recurrent_flow(f, sim[l]);
    return FRS_OK;
}
