/* Streaming: the state is the window itself. */
#include "data/samples.h"
#include "forecaster/lagged.h"
#include "forecaster/window_state.h"

static frs_window_state window_of(const frs_forecaster *base) {
    const lagged *f = (const lagged *)base;
    return (frs_window_state){&base->task, &f->scaler, f->hash};
}

size_t frs__lagged_state_size(const frs_forecaster *base) {
    return frs__window_state_size(&base->task);
}

frs_status frs__lagged_state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                                  const float *statics, void *state) {
    (void)site;
    const frs_window_state w = window_of(base);
    return frs__window_state_init(ctx, &w, statics, state);
}

frs_status frs__lagged_state_step(frs_ctx *ctx, const frs_forecaster *base, void *state,
                                  int64_t time_s, const float *weather, float target) {
    (void)ctx, (void)time_s;
    const frs_window_state w = window_of(base);
    frs__window_state_step(&w, state, weather, target);
    return FRS_OK;
}

frs_status frs__lagged_state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *state,
                                     const float *future, float *out) {
    const lagged *f = (const lagged *)base;
    const frs_task *t = &base->task;
    const frs_window_state w = window_of(base);
    const int64_t C = frs__channels(t), n = frs__window(t) * C;
    float *x = frs__alloc(ctx, n + t->n_statics + f->n_features, sizeof *x);
    if (!x) return FRS_E_NOMEM;
    float *statics = x + n, *z = statics + t->n_statics;
    frs__window_state_get(&w, state, future, x, statics);
    frs__lagged_features(t, C, x, statics, z);
    const frs_status s = f->predict(ctx, f, z, 1, out);
    for (int64_t l = 0; l < f->n_leads; l++) out[l] = frs__clip(t, frs__lagged_raw(f, out[l]));
    frs__free(ctx, x);
    return s;
}
