/* Streaming: the state is the window itself, standardised, oldest step first, then the static
 * attributes. What came before the
 * first step is missing, that is, the mean. */
#include "data/samples.h"
#include "forecaster/lagged.h"
#include <math.h>
#include <string.h>

static float *window_of(void *state) {
    return (float *)((char *)state + sizeof(frs_state_header));
}

static int64_t channels(const frs_task *t) {
    const bool forecast = t->kind == FRS_FORECAST;
    return t->n_inputs + 2 * (forecast || t->past_target) + forecast;
}

static int64_t steps(const frs_task *t) {
    return t->seq_length + (t->kind == FRS_FORECAST ? t->leads : 0);
}

size_t frs__lagged_state_size(const frs_forecaster *base) {
    return sizeof(frs_state_header) +
           (size_t)(steps(&base->task) * channels(&base->task) + base->task.n_statics) *
               sizeof(float);
}

frs_status frs__lagged_state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                                  const float *statics, void *state) {
    (void)site;
    const lagged *f = (const lagged *)base;
    const frs_task *t = &base->task;
    const frs_scaler *k = &f->scaler;
    FRS_TRY(frs__streams(ctx, &base->task));
    frs__state_start(state, frs__lagged_state_size(base), f->hash);
    float *to = window_of(state) + steps(t) * channels(t);
    for (int i = 0; i < t->n_statics; i++) {
        const float v = (statics[i] - (float)k->st_mean[i]) * (float)(1.0 / k->st_std[i]);
        to[i] = isnan(v) ? 0.0F : v;
    }
    return FRS_OK;
}

/* after: the step lies after the issue time, where no flow upstream is known. */
static void put_weather(const lagged *f, const float *weather, bool after, float *x) {
    const frs_scaler *k = &f->scaler;
    float flags[FRS_MAX_VARS];
    for (int i = 0; i < k->n_inputs; i++)
        x[i] = weather && !(after && frs__is_upstream(&f->base.task, i))
                   ? (weather[i] - (float)k->in_mean[i]) * (float)(1.0 / k->in_std[i])
                   : NAN;
    frs__hide_missing(&f->base.task, 0, x, flags);
}

frs_status frs__lagged_state_step(frs_ctx *ctx, const frs_forecaster *base, void *state,
                                  int64_t time_s, const float *weather, float target) {
    (void)ctx, (void)time_s;
    const lagged *f = (const lagged *)base;
    const frs_task *t = &base->task;
    const int64_t C = channels(t), T = t->seq_length;
    float *x = window_of(state), *last = x + (T - 1) * C;
    memmove(x, x + C, sizeof *x * (size_t)((T - 1) * C));
    put_weather(f, weather, false, last);
    if (t->kind == FRS_FORECAST || t->past_target) {
        const float q =
            (target - (float)f->scaler.target_mean) * (float)(1.0 / f->scaler.target_std);
        last[t->n_inputs] = isnan(q) ? 0.0F : q;
        last[t->n_inputs + 1] = isnan(q) ? 0.0F : 1.0F;
    }
    return FRS_OK;
}

frs_status frs__lagged_state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *state,
                                     const float *future, float *out) {
    const lagged *f = (const lagged *)base;
    const frs_task *t = &base->task;
    const int64_t C = channels(t), n = steps(t) * C + t->n_statics;
    float *x = frs__alloc(ctx, n + f->n_features, sizeof *x);
    if (!x) return FRS_E_NOMEM;
    memcpy(x, (const char *)state + sizeof(frs_state_header), sizeof *x * (size_t)n);
    for (int64_t l = 0; t->kind == FRS_FORECAST && l < t->leads; l++)
        put_weather(f, future ? future + l * t->n_inputs : NULL, true, x + (t->seq_length + l) * C);
    frs__lagged_features(t, C, x, x + steps(t) * C, x + n);
    const frs_status s = f->predict(ctx, f, x + n, 1, out);
    for (int64_t l = 0; l < f->n_leads; l++) out[l] = frs__clip(t, frs__lagged_raw(f, out[l]));
    frs__free(ctx, x);
    return s;
}
