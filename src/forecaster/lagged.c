#include "forecaster/lagged.h"
#include <math.h>

enum { SAMPLES_A_BLOCK = 64 };

bool frs__lagged_serves(const frs_task *t) {
    (void)t;
    return true;
}

void frs__lagged_init(lagged *f, const frs_forecaster_def *def, const frs_task *t) {
    f->base = (frs_forecaster){def, *t};
    f->n_features = frs__lagged_n_features(t);
    f->n_leads = frs__n_leads(t);
}

/* ---- features of many samples at once */

static void gather_block(void *arg, int64_t block, int worker) {
    const lagged_gather *a = arg;
    const int64_t C = frs_samples_channels(a->s), size = frs_samples_window(a->s) * C;
    const int64_t K = frs_samples_n_targets(a->s);
    float *x = a->window + worker * size, statics[FRS_MAX_STATICS];
    for (int64_t i = block * SAMPLES_A_BLOCK; i < a->n && i < (block + 1) * SAMPLES_A_BLOCK; i++) {
        const int64_t index = a->index ? a->index[i] : a->first + i;
        const frs_batch to = {.x = x,
                              .statics = statics,
                              .y = a->y ? a->y + i * K : NULL,
                              .site_std = a->std ? a->std + i : NULL};
        frs_samples_gather(a->s, &a->f->scaler, &index, 1, &to);
        frs__lagged_features(&a->f->base.task, C, x, statics, a->z + i * a->f->n_features);
    }
}

frs_status frs__lagged_gather_new(frs_ctx *ctx, const lagged *f, const frs_samples *s, bool chunks,
                                  bool targets, lagged_gather *a) {
    const int64_t K = frs_samples_n_targets(s);
    *a = (lagged_gather){.f = f, .s = s};
    a->window =
        frs__alloc(ctx, frs_ctx_threads(ctx),
                   (size_t)(frs_samples_window(s) * frs_samples_channels(s)) * sizeof(float));
    if (chunks) a->z = frs__alloc(ctx, LAGGED_CHUNK * f->n_features, sizeof(float));
    if (chunks && targets) a->y = frs__alloc(ctx, LAGGED_CHUNK * K, sizeof(float));
    const bool ok = a->window && (!chunks || (a->z && (a->y || !targets)));
    return ok ? FRS_OK : FRS_E_NOMEM;
}

void frs__lagged_gather_free(frs_ctx *ctx, lagged_gather *a, bool chunks) {
    frs__free(ctx, a->window);
    if (!chunks) return;
    frs__free(ctx, a->z);
    frs__free(ctx, a->y);
}

void frs__lagged_gather_run(frs_ctx *ctx, lagged_gather *a) {
    frs__parallel(ctx, (a->n + SAMPLES_A_BLOCK - 1) / SAMPLES_A_BLOCK, gather_block, a);
}

bool frs__lagged_gather_next(frs_ctx *ctx, lagged_gather *a) {
    const int64_t left = frs_samples_count(a->s) - (a->first + a->n);
    a->first += a->n;
    a->n = left < LAGGED_CHUNK ? left : LAGGED_CHUNK;
    if (a->n > 0) frs__lagged_gather_run(ctx, a);
    return a->n > 0;
}

/* ---- predict */

static frs_status put_chunk(const lagged_gather *a, float *q, const frs_sink *sink) {
    const lagged *f = a->f;
    for (int64_t i = 0; i < a->n; i++) {
        float *own = q + i * f->n_leads;
        for (int64_t l = 0; l < f->n_leads; l++) own[l] = frs__lagged_raw(f, own[l]);
        FRS_TRY(frs__put_forecast(&f->base.task, frs_samples_id(a->s, a->first + i), own, sink));
    }
    return FRS_OK;
}

frs_status frs__lagged_predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                               const frs_sink *sink) {
    const lagged *f = (const lagged *)base;
    if (frs__lagged_n_features(frs_samples_task(s)) != f->n_features)
        return frs__fail(ctx, FRS_E_ARG, _("%s: the samples are of another task than the model's"),
                         _(base->def->title));
    lagged_gather a;
    frs_status st = frs__lagged_gather_new(ctx, f, s, true, false, &a);
    float *q = frs__alloc(ctx, LAGGED_CHUNK * f->n_leads, sizeof *q);
    if (!q) st = FRS_E_NOMEM;
    while (st == FRS_OK && frs__lagged_gather_next(ctx, &a)) {
        if (frs__cancelled(ctx)) st = frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        if (st == FRS_OK) st = f->predict(ctx, f, a.z, a.n, q);
        if (st == FRS_OK) st = put_chunk(&a, q, sink);
    }
    frs__free(ctx, q);
    frs__lagged_gather_free(ctx, &a, true);
    return st;
}

/* ---- files */

void frs__lagged_put(frs_blob *b, const lagged *f) {
    frs__blob_put_scaler(b, &f->scaler);
    frs__blob_put_int(b, f->n_features);
    frs__blob_put_int(b, f->n_leads);
}

void frs__lagged_get(frs_blob_in *b, lagged *f) {
    const int64_t p = f->n_features, n = f->n_leads;
    frs__blob_get_scaler(b, &f->scaler);
    frs__blob_get_int(b, p, p);
    frs__blob_get_int(b, n, n);
    if (f->scaler.n_inputs != b->task.n_inputs ||
        f->scaler.n_statics != b->task.n_statics - b->task.n_codes)
        b->failed = true;
}

frs_status frs__lagged_done(frs_ctx *ctx, const lagged_kind *k, frs_status s, lagged *f,
                            frs_forecaster **out) {
    if (s != FRS_OK) {
        f->base.def->free(ctx, &f->base);
        return s;
    }
    k->set_hash(f);
    *out = &f->base;
    return FRS_OK;
}

frs_status frs__lagged_load(frs_ctx *ctx, const char *path, const lagged_kind *k,
                            frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    lagged *f = k->make(ctx, &b.task);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    return frs__lagged_done(ctx, k, k->rest(ctx, &b, f), f, out);
}
