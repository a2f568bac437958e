#include "forecaster/window_state.h"
#include "data/samples.h"
#include "forecaster/forecaster.h"
#include <math.h>
#include <string.h>

/* [seq_length][C], then the attributes */
static int64_t floats(const frs_task *t) {
    return t->seq_length * frs__channels(t) + t->n_statics;
}

size_t frs__window_state_size(const frs_task *t) {
    return sizeof(frs_state_header) + (size_t)floats(t) * sizeof(float);
}

void frs__step_statics(const frs_scaler *k, const float *statics, float *to) {
    for (int i = 0; i < k->n_statics; i++) {
        const float v = (statics[i] - (float)k->st_mean[i]) * (float)(1.0 / k->st_std[i]);
        to[i] = isnan(v) ? 0.0F : v;
    }
}

void frs__step_channels(const frs_window_state *w, const float *weather, float target, int64_t lead,
                        float *x) {
    const frs_scaler *k = w->scaler;
    const frs_task *t = w->task;
    float *o = x;
    for (int i = 0; i < k->n_inputs; i++)
        *o++ = weather && !(lead > 0 && frs__is_upstream(t, i))
                   ? (weather[i] - (float)k->in_mean[i]) * (float)(1.0 / k->in_std[i])
                   : NAN;
    if (frs__has_flow(t)) {
        const float q = (target - (float)k->target_mean) * (float)(1.0 / k->target_std);
        *o++ = isnan(q) ? 0.0F : q;
        *o++ = isnan(q) ? 0.0F : 1.0F;
    }
    if (t->kind == FRS_FORECAST) *o++ = t->count_leads ? (float)lead : (float)(lead > 0);
    frs__hide_missing(t, 0, x, o);
}

frs_status frs__window_state_init(frs_ctx *ctx, const frs_window_state *w, const float *statics,
                                  void *state) {
    const frs_task *t = w->task;
    FRS_TRY(frs__streams(ctx, t));
    frs__state_start(state, frs__window_state_size(t), w->hash);
    float *x = (float *)((char *)state + sizeof(frs_state_header));
    frs__step_statics(w->scaler, statics, x + t->seq_length * frs__channels(t));
    return FRS_OK;
}

void frs__window_state_step(const frs_window_state *w, void *state, const float *weather,
                            float target) {
    const int64_t C = frs__channels(w->task), before = (w->task->seq_length - 1) * C;
    float *x = (float *)((char *)state + sizeof(frs_state_header));
    memmove(x, x + C, sizeof *x * (size_t)before);
    frs__step_channels(w, weather, target, 0, x + before);
}

void frs__window_state_get(const frs_window_state *w, const void *state, const float *future,
                           float *x, float *statics) {
    const frs_task *t = w->task;
    const int64_t C = frs__channels(t), n = t->seq_length * C;
    const float *from = (const float *)((const char *)state + sizeof(frs_state_header));
    memcpy(x, from, sizeof *x * (size_t)n);
    if (t->n_statics) memcpy(statics, from + n, sizeof *x * (size_t)t->n_statics);
    for (int64_t l = 0; l < frs__leads(t); l++)
        frs__step_channels(w, future ? future + l * t->n_inputs : NULL, NAN, l + 1, x + n + l * C);
}
