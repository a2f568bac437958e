#include "forecaster/blob.h"
#include <math.h>
#include <string.h>

enum { BLOB_VERSION = 4, STATE_VERSION = 3 };
static const char blob_magic[8] = {'F', 'R', 'S', 'F', 'C', 'A', 'S', 'T'};
static const int64_t blob_limit = INT64_C(1) << 33; /* bytes; far above any model */

void frs__blob_put(frs_blob *b, const void *data, int64_t bytes) {
    frs__buf_add_n(&b->buf, data, bytes);
}
void frs__blob_put_int(frs_blob *b, int64_t v) {
    frs__blob_put(b, &v, sizeof v);
}
void frs__blob_put_real(frs_blob *b, double v) {
    frs__blob_put(b, &v, sizeof v);
}

void frs__blob_start(frs_ctx *ctx, const frs_forecaster *f, frs_blob *b) {
    char kind[32] = {0};
    memcpy(kind, f->def->name, strnlen(f->def->name, sizeof kind - 1));
    *b = (frs_blob){.buf = {.ctx = ctx}};
    frs__blob_put(b, blob_magic, sizeof blob_magic);
    frs__blob_put_int(b, BLOB_VERSION);
    frs__blob_put(b, kind, sizeof kind);
    frs__blob_put_int(b, (int64_t)sizeof f->task);
    frs__blob_put(b, &f->task, (int64_t)sizeof f->task);
}

void frs__blob_put_scaler(frs_blob *b, const frs_scaler *s) {
    frs__blob_put_int(b, s->n_inputs);
    frs__blob_put_int(b, s->n_statics);
    frs__blob_put(b, s->in_mean, s->n_inputs * (int64_t)sizeof(double));
    frs__blob_put(b, s->in_std, s->n_inputs * (int64_t)sizeof(double));
    frs__blob_put(b, s->st_mean, s->n_statics * (int64_t)sizeof(double));
    frs__blob_put(b, s->st_std, s->n_statics * (int64_t)sizeof(double));
    frs__blob_put_real(b, s->target_mean);
    frs__blob_put_real(b, s->target_std);
    frs__blob_put_int(b, s->n_sites);
    frs__blob_put(b, s->site_names, s->n_sites * 64);
    frs__blob_put(b, s->site_std, s->n_sites * (int64_t)sizeof(float));
    frs__blob_put_int(b, s->input_climatology != NULL);
    if (s->input_climatology)
        frs__blob_put(b, s->input_climatology,
                      (s->n_sites + 1) * 366 * s->n_inputs * (int64_t)sizeof(float));
}

frs_status frs__blob_put_inner(frs_blob *b, const frs_forecaster *inner, const char *path) {
    frs_ctx *ctx = b->buf.ctx;
    char *bytes = NULL, *file = frs__asprintf(ctx, "%s.inner", path);
    int64_t n = 0;
    frs_status s = file ? inner->def->save(ctx, inner, file) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__read_file(ctx, file, blob_limit, &bytes, &n);
    if (s == FRS_OK) {
        frs__blob_put_int(b, n);
        frs__blob_put(b, bytes, n);
    }
    if (file) frs__remove(file);
    frs__free(ctx, bytes);
    frs__free(ctx, file);
    return s;
}

void frs__blob_put_model(frs_blob *b, const frs_model *m, const frs_history *h) {
    frs__blob_put_int(b, h->n);
    for (int64_t i = 0; i < h->n; i++) {
        frs_epoch e = h->items[i];
        e.seconds = NAN;
        frs__blob_put(b, &e, sizeof e);
    }
    frs__blob_put_int(b, frs_model_flat_count(m));
    frs__blob_put(b, frs_model_weights_get(m), frs_model_flat_count(m) * (int64_t)sizeof(float));
}

frs_status frs__blob_save(frs_blob *b, const char *path) {
    const uint64_t hash = b->buf.failed ? 0 : frs__hash64(b->buf.data, b->buf.n, 0);
    frs__blob_put(b, &hash, sizeof hash);
    frs_status s = frs__buf_status(&b->buf);
    if (s == FRS_OK) s = frs__write_file(b->buf.ctx, path, b->buf.data, b->buf.n);
    frs__buf_free(&b->buf);
    return s;
}

static frs_status broken(const frs_blob_in *b, const char *what) {
    return frs__fail(b->ctx, FRS_E_FORMAT, _("%s: not a usable forecaster file: %s"), b->path,
                     what);
}

static frs_status open_checked(frs_blob_in *b) {
    char magic[8];
    uint64_t hash;
    if (b->n < 64) return broken(b, _("it is too short"));
    memcpy(&hash, b->data + b->n - 8, sizeof hash);
    b->n -= 8;
    frs__blob_get(b, magic, sizeof magic);
    if (memcmp(magic, blob_magic, sizeof magic) != 0) return broken(b, _("it starts otherwise"));
    const int64_t version = frs__blob_get_int(b, 0, INT64_MAX);
    if (version != BLOB_VERSION)
        return frs__fail(b->ctx, FRS_E_FORMAT,
                         _("%s: a file of version %lld, this program reads %d"), b->path,
                         (long long)version, BLOB_VERSION);
    if (frs__hash64(b->data, b->n, 0) != hash)
        return broken(b, _("it is truncated or damaged (its hash does not match)"));
    frs__blob_get(b, b->kind, sizeof b->kind);
    b->kind[sizeof b->kind - 1] = 0;
    if (frs__blob_get_int(b, 0, INT64_MAX) != (int64_t)sizeof b->task)
        return broken(b, _("its task is of another size"));
    frs__blob_get(b, &b->task, (int64_t)sizeof b->task);
    const frs_task *t = &b->task;
    const int named = t->n_statics - t->n_codes;
    if (b->failed || t->n_inputs < 0 || t->n_inputs > FRS_MAX_VARS || t->n_evolving < 0 ||
        t->n_codes < 0 || t->n_statics > FRS_MAX_STATICS || named < t->n_evolving ||
        named > FRS_MAX_VARS || t->n_calendar < 0 || t->n_upstream < 0 ||
        t->n_calendar > t->n_inputs || t->n_upstream > t->n_inputs - t->n_calendar ||
        t->n_groups < 0 || t->n_groups > FRS_MAX_VARS || t->seq_length < 1 || t->leads < 0)
        return broken(b, _("its task makes no sense"));
    return FRS_OK;
}

frs_status frs__blob_open(frs_ctx *ctx, const char *path, frs_blob_in *b) {
    *b = (frs_blob_in){.ctx = ctx, .path = path};
    FRS_TRY(frs__read_file(ctx, path, blob_limit, &b->data, &b->n));
    frs_status s = open_checked(b);
    if (s != FRS_OK) frs__blob_close(b);
    return s;
}

void frs__blob_get(frs_blob_in *b, void *data, int64_t bytes) {
    if (bytes < 0 || bytes > b->n - b->at) b->failed = true;
    if (b->failed) {
        if (bytes > 0) memset(data, 0, (size_t)bytes);
        return;
    }
    memcpy(data, b->data + b->at, (size_t)bytes);
    b->at += bytes;
}

int64_t frs__blob_get_int(frs_blob_in *b, int64_t min, int64_t max) {
    int64_t v = 0;
    frs__blob_get(b, &v, sizeof v);
    if (v >= min && v <= max) return v;
    b->failed = true;
    return min;
}

double frs__blob_get_real(frs_blob_in *b) {
    double v = 0;
    frs__blob_get(b, &v, sizeof v);
    return v;
}

void *frs__blob_get_block(frs_blob_in *b, int64_t n, size_t size) {
    if (n < 0 || n > (b->n - b->at) / (int64_t)size) b->failed = true;
    if (b->failed) return NULL;
    void *p = frs__alloc(b->ctx, n, size);
    if (!p)
        b->failed = b->no_memory = true;
    else
        frs__blob_get(b, p, n * (int64_t)size);
    return p;
}

void frs__blob_get_scaler(frs_blob_in *b, frs_scaler *s) {
    *s = (frs_scaler){0};
    s->n_inputs = (int)frs__blob_get_int(b, 0, FRS_MAX_VARS);
    s->n_statics = (int)frs__blob_get_int(b, 0, FRS_MAX_VARS);
    frs__blob_get(b, s->in_mean, s->n_inputs * (int64_t)sizeof(double));
    frs__blob_get(b, s->in_std, s->n_inputs * (int64_t)sizeof(double));
    frs__blob_get(b, s->st_mean, s->n_statics * (int64_t)sizeof(double));
    frs__blob_get(b, s->st_std, s->n_statics * (int64_t)sizeof(double));
    s->target_mean = frs__blob_get_real(b);
    s->target_std = frs__blob_get_real(b);
    s->n_sites = frs__blob_get_int(b, 0, INT32_MAX);
    s->site_names = frs__blob_get_block(b, s->n_sites, 64);
    for (int64_t i = 0; s->site_names && i < s->n_sites; i++) s->site_names[i][63] = 0;
    s->site_std = frs__blob_get_block(b, s->n_sites, sizeof(float));
    if (frs__blob_get_int(b, 0, 1))
        s->input_climatology =
            frs__blob_get_block(b, (s->n_sites + 1) * 366 * s->n_inputs, sizeof(float));
}

frs_status frs__blob_get_inner(frs_blob_in *b, frs_forecaster **inner) {
    const int64_t n = frs__blob_get_int(b, 0, INT64_MAX);
    char *bytes = frs__blob_get_block(b, n, 1);
    if (!bytes) return b->no_memory ? FRS_E_NOMEM : FRS_OK;
    char *file = frs__asprintf(b->ctx, "%s.inner", b->path);
    frs_status s = file ? frs__write_file(b->ctx, file, bytes, n) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs_forecaster_load(b->ctx, file, inner);
    if (file) frs__remove(file);
    frs__free(b->ctx, file);
    frs__free(b->ctx, bytes);
    return s;
}

void frs__blob_get_model(frs_blob_in *b, frs_model *m, frs_history *h) {
    const int64_t n = frs_model_flat_count(m);
    h->n = frs__blob_get_int(b, 0, INT32_MAX);
    h->items = frs__blob_get_block(b, h->n, sizeof *h->items);
    if (!h->items) h->n = 0;
    if (frs__blob_get_int(b, n, n) == n)
        frs__blob_get(b, frs_model_weights(m), n * (int64_t)sizeof(float));
}

frs_status frs__blob_end(frs_blob_in *b) {
    frs_status s = FRS_OK;
    if (b->no_memory)
        s = FRS_E_NOMEM;
    else if (b->failed)
        s = broken(b, _("something in it is out of range"));
    else if (b->at != b->n)
        s = broken(b, _("it has more in it than it should"));
    frs__blob_close(b);
    return s;
}

void frs__blob_close(frs_blob_in *b) {
    frs__free(b->ctx, b->data);
    b->data = NULL;
}

void frs__state_start(void *state, size_t size, uint64_t model_hash) {
    memset(state, 0, size);
    frs_state_header h = {.version = STATE_VERSION, .size = size, .model_hash = model_hash};
    memcpy(h.magic, "FRSSTATE", 8);
    memcpy(state, &h, sizeof h);
}
