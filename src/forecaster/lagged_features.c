/* What the forecasters on lags (ridge regression, trees, perceptron, autoencoder) see of a window:
 * of each weather variable and of the past flow the last 31 steps and the means of the last 60, 90,
 * 180 and 365; the weather after the issue time where the task gives it; the static attributes.
 * Each is standardised, a missing value is the mean; a missing flow is the last one known before
 * it. */
#include "forecaster/lagged.h"
#include <string.h>

static const int64_t sum_steps[LAGGED_SUMS] = {60, 90, 180, 365};

/* The LSTM sees nothing after the issue time but this, so neither do these. */
static int64_t future_steps(const frs_task *t) {
    return t->kind == FRS_FORECAST && frs_future_shown(t) ? t->leads : 0;
}
static bool has_flow(const frs_task *t) {
    return t->kind == FRS_FORECAST || t->past_target;
}

int64_t frs__lagged_n_features(const frs_task *t) {
    const int64_t past = t->n_inputs + has_flow(t);
    return 1 + past * (LAGGED_LAGS + LAGGED_SUMS) + future_steps(t) * t->n_inputs + t->n_statics;
}

int64_t frs__lagged_n_past(const frs_task *t) {
    return (t->n_inputs + has_flow(t)) * (LAGGED_LAGS + LAGGED_SUMS);
}

int64_t frs__lagged_last_flow(const frs_task *t) {
    return has_flow(t) ? 1 + t->n_inputs * (LAGGED_LAGS + LAGGED_SUMS) : -1;
}

/* 31 lags and 4 means of one channel; x at the window's first step, C apart. T may be short: what
 * would lie before the window is 0. */
static float *past_of(const float *x, int64_t C, int64_t T, float *z) {
    for (int64_t k = 0; k < LAGGED_LAGS; k++) *z++ = k < T ? x[(T - 1 - k) * C] : 0.0F;
    double sum = 0;
    int64_t k = 0;
    for (int i = 0; i < LAGGED_SUMS; i++) {
        for (; k < sum_steps[i] && k < T; k++) sum += x[(T - 1 - k) * C];
        *z++ = (float)(sum / (double)sum_steps[i]);
    }
    return z;
}

/* The same of the flow, x at its channel: the flag beside it says where it is known. */
static float *past_flow(const float *x, int64_t C, int64_t T, float *z) {
    float lag[366];
    const int64_t n = T < 365 ? T : 365;
    float last = 0;
    for (int64_t w = T - n; w < T; w++) {
        if (x[w * C + 1] != 0) last = x[w * C];
        lag[w - (T - n)] = last;
    }
    return past_of(lag, 1, n, z);
}

void frs__lagged_features(const frs_task *t, int64_t C, const float *x, const float *statics,
                          float *z) {
    const int64_t T = t->seq_length;
    *z++ = 1;
    for (int i = 0; i < t->n_inputs; i++) z = past_of(x + i, C, T, z);
    if (has_flow(t)) z = past_flow(x + t->n_inputs, C, T, z);
    for (int64_t k = 0; k < future_steps(t); k++, z += t->n_inputs)
        memcpy(z, x + (T + k) * C, sizeof *z * (size_t)t->n_inputs);
    if (t->n_statics) memcpy(z, statics, sizeof *z * (size_t)t->n_statics);
}
