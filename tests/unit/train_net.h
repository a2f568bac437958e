/* A small recurrent net with dropout and its samples, for the tests of training and of model files.
 */
#ifndef FRS_TEST_TRAIN_NET_H
#define FRS_TEST_TRAIN_NET_H
#include "support.h"

#include "freshet/trainer.h"

#include <math.h>

enum { NET_STEPS = 6, NET_FEATURES = 3 };
typedef struct small_net {
    int64_t hidden;
    double dropout;
    enum { NET_LSTM, NET_GRU, NET_RNN, NET_EALSTM, NET_BOTH, NET_CELLS } cell; /* BOTH: ways */
} small_net;

static inline frs_tensor *small_net_cell(frs_builder *b, const small_net *n, frs_tensor *x) {
    const frs_recurrent_opts o = {
        .hidden = n->hidden, .last_only = true, .bidirectional = n->cell == NET_BOTH};
    switch (n->cell) {
    case NET_GRU:
        return frs_gru(b, x, &o);
    case NET_RNN:
        return frs_rnn(b, x, &o);
    case NET_EALSTM:
        return frs_ealstm(b, x, frs_last_step(b, x), &o);
    default:
        return frs_lstm(b, x, &o);
    }
}

static inline frs_status small_net_build(frs_builder *b, const void *arg) {
    const small_net *n = arg;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, NET_FEATURES}});
    frs_scope_push(b, "lstm");
    frs_tensor *h = small_net_cell(b, n, x);
    frs_scope_pop(b);
    frs_scope_push(b, "head");
    frs_tensor *sim = frs_dense(b, frs_dropout(b, h, n->dropout), 1);
    frs_scope_pop(b);
    frs_output(b, "sim", sim);
    frs_tensor *y = frs_input(b, "y", (frs_shape){2, {d.batch, 1}});
    return frs_build_done(b, frs_loss_mse(b, sim, y));
}

/* The model, not yet compiled. */
static inline frs_model *small_net_new(frs_ctx *ctx, const small_net *n) {
    frs_model *m = NULL;
    assert_ok(ctx, frs_model_new(
                       ctx,
                       &(frs_model_opts){
                           .build = small_net_build, .arg = n, .arg_size = sizeof *n, .seed = 3},
                       &m));
    return m;
}

static inline float sample_value(int64_t sample, int k) {
    const frs_rng r = {1, FRS_RNG_TEST, (uint64_t)k};
    return (float)(2 * frs__rng_uniform(r, (uint64_t)sample) - 1);
}

/* What a feed saw, if somebody wants to know. */
typedef struct feed_log {
    frs_ctx *ctx;
    int64_t calls, visits[1024], sizes[64],
        allocs[64];                      /* by call: batch size, allocations so far */
    int64_t nan_from, nan_to, nan_every; /* calls that get a NaN */
} feed_log;

static inline frs_status small_net_feed(const void *arg, frs_plan *plan, const int64_t *index,
                                        int64_t n) {
    feed_log *log = (feed_log *)(uintptr_t)arg;
    float *x = NULL, *y = NULL;
    int64_t nx = 0, ny = 0;
    FRS_TRY(frs_plan_input(plan, "x", &x, &nx));
    FRS_TRY(frs_plan_input(plan, "y", &y, &ny));
    assert_int_equal(ny, n);
    for (int64_t i = 0; i < n; i++) {
        const int size = NET_STEPS * NET_FEATURES;
        for (int k = 0; k < size; k++) x[i * size + k] = sample_value(index[i], k);
        y[i] = sample_value(index[i], size - 1) + sample_value(index[i], 0) / 2;
        if (log) log->visits[index[i]]++;
    }
    if (!log) return FRS_OK;
    if (log->calls >= log->nan_from && log->calls < log->nan_to) x[0] = NAN;
    if (log->nan_every && log->calls % log->nan_every == 0) x[0] = NAN;
    if (log->calls < 64) log->sizes[log->calls] = n;
    if (log->ctx && log->calls < 64) log->allocs[log->calls] = frs_ctx_alloc_count(log->ctx);
    log->calls++;
    return FRS_OK;
}

static inline double falling_rate(const void *arg, int64_t epoch, const frs_history *h) {
    (void)h;
    (void)arg;
    return epoch < 2 ? 0.01 : 0.002;
}

/* Four epochs of 22 samples in batches of 8: 8, 8 and 6. */
static inline frs_trainer_opts small_training(frs_model *m, feed_log *log) {
    return (frs_trainer_opts){.model = m,
                              .optimiser = {.kind = FRS_OPTIM_ADAM},
                              .rate = falling_rate,
                              .clip_norm = 0.5,
                              .training = {22, NET_STEPS, small_net_feed, log},
                              .batch_size = 8,
                              .epochs = 4,
                              .seed = 11};
}
#endif
