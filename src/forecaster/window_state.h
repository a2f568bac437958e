/* Streaming of forecasters on windows: the state is the window up to now, standardised, oldest step
 * first, then the static attributes. What came before the first step is missing, that is, the mean.
 */
#ifndef FRS_FORECASTER_WINDOW_STATE_H
#define FRS_FORECASTER_WINDOW_STATE_H
#include "forecaster/blob.h"

typedef struct frs_window_state {
    const frs_task *task;
    const frs_scaler *scaler;
    uint64_t hash; /* of what was learnt */
} frs_window_state;
size_t frs__window_state_size(const frs_task *t);
/* errors: FRS_E_UNSUPPORTED a task that does not stream */
frs_status frs__window_state_init(frs_ctx *ctx, const frs_window_state *w, const float *statics,
                                  void *state);
void frs__window_state_step(const frs_window_state *w, void *state, const float *weather,
                            float target);
/* The whole window x [W][C] and statics [n_statics], as frs_samples_gather gives them; future
 * [L][n_inputs] raw; NULL: none. */
void frs__window_state_get(const frs_window_state *w, const void *state, const float *future,
                           float *x, float *statics);

/* ---- for every streaming state: standardised as in a window */
/* Channels of one step: raw weather (NULL: missing) and target (NaN: not known); lead 0: up to the
 * issue time. */
void frs__step_channels(const frs_window_state *w, const float *weather, float target, int64_t lead,
                        float *x);
void frs__step_statics(const frs_scaler *k, const float *statics, float *to);
#endif
