/* Forecasters on lags: features of a window, standardised, and one function from them to the flow
 * at every lead. What they share: gathering, predicting, streaming. */
#ifndef FRS_FORECASTER_LAGGED_H
#define FRS_FORECASTER_LAGGED_H
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"

enum { LAGGED_LAGS = 31, LAGGED_SUMS = 4, LAGGED_CHUNK = 4096 };
typedef struct lagged { /* first member of each of them */
    frs_forecaster base;
    frs_scaler scaler;
    int64_t n_features, n_leads;
    uint64_t hash; /* of what was learnt, for streaming states */
    /* z [n][n_features] -> q [n][n_leads], standardised; n up to LAGGED_CHUNK */
    frs_status (*predict)(frs_ctx *ctx, const struct lagged *f, const float *z, int64_t n,
                          float *q);
} lagged;
/* All but the scaler and the hash. */
void frs__lagged_init(lagged *f, const frs_forecaster_def *def, const frs_task *t);
static inline float frs__lagged_raw(const lagged *f, float q) {
    return (float)(q * f->scaler.target_std + f->scaler.target_mean);
}

/* Features in order: 1; of each input, then of the flow, 31 lags and 4 means; the weather after the
 * issue time where the task shows it; the static attributes. */
int64_t frs__lagged_n_features(const frs_task *t);
int64_t frs__lagged_n_past(const frs_task *t);    /* those of the past, from feature 1 on */
int64_t frs__lagged_last_flow(const frs_task *t); /* the feature that is the last flow; -1: none */
/* z [n_features] from one standardised window x [W][C], missing 0. */
void frs__lagged_features(const frs_task *t, int64_t channels, const float *x, const float *statics,
                          float *z);

/* Features (and targets) of many samples by all threads. */
typedef struct lagged_gather {
    const lagged *f;
    const frs_samples *s;
    const int64_t *index; /* NULL: first, first + 1, ... */
    int64_t first, n;
    float *window;  /* scratch [worker][W][C] */
    float *z;       /* [n][n_features] */
    float *y, *std; /* [n][K], [n], or NULL */
} lagged_gather;
/* With the scratch; with room (z, and y when targets) for LAGGED_CHUNK samples if `chunks`. */
frs_status frs__lagged_gather_new(frs_ctx *ctx, const lagged *f, const frs_samples *s, bool chunks,
                                  bool targets, lagged_gather *g);
void frs__lagged_gather_free(frs_ctx *ctx, lagged_gather *g, bool chunks);
void frs__lagged_gather_run(frs_ctx *ctx, lagged_gather *g);
bool frs__lagged_gather_next(frs_ctx *ctx, lagged_gather *g); /* false: no more chunks */

frs_status frs__lagged_predict(frs_ctx *ctx, const frs_forecaster *f, const frs_samples *s,
                               const frs_sink *sink);
bool frs__lagged_serves(const frs_task *t); /* every task */
/* The scaler, then the number of features and leads; a file of other numbers fails. */
void frs__lagged_put(frs_blob *b, const lagged *f);
void frs__lagged_get(frs_blob_in *b, lagged *f);

/* One of them from a file, or made by `fit`. */
typedef struct lagged_kind {
    lagged *(*make)(frs_ctx *ctx, const frs_task *t);            /* NULL: no memory */
    frs_status (*rest)(frs_ctx *ctx, frs_blob_in *b, lagged *f); /* all of the file; closes it */
    void (*set_hash)(lagged *f);
} lagged_kind;
frs_status frs__lagged_load(frs_ctx *ctx, const char *path, const lagged_kind *k,
                            frs_forecaster **out);
/* Hands f out when all went well, else frees it; returns s. */
frs_status frs__lagged_done(frs_ctx *ctx, const lagged_kind *k, frs_status s, lagged *f,
                            frs_forecaster **out);

size_t frs__lagged_state_size(const frs_forecaster *f);
frs_status frs__lagged_state_init(frs_ctx *ctx, const frs_forecaster *f, const char *site,
                                  const float *statics, void *state);
frs_status frs__lagged_state_step(frs_ctx *ctx, const frs_forecaster *f, void *state,
                                  int64_t time_s, const float *weather, float target);
frs_status frs__lagged_state_predict(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                                     const float *future, float *out);
#endif
