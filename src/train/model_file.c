/* Weights and checkpoints on disk. Little endian:
 *   8 bytes "FRSMODEL"; i64 version; i64 number of parameters;
 *   each: 64 bytes name, i64 rank, i64 dim[6], then its float32 values;
 *   i64 bytes of text, the text;
 *   i64 1 with an optimiser, else 0; with one: i64 kind, step, count, float32 first[count],
 * second[count], i64 epoch, u64 seed, i64 bytes of blob, the blob; u64 hash of everything before
 * it. */
#include "train/optim.h"
#include <string.h>

enum { VERSION = 1, NAME = 64 };
static const int64_t file_limit = INT64_C(1) << 34;

typedef struct out {
    frs_buf buf;
} out;

static void put(out *o, const void *data, int64_t n) {
    frs__buf_add_n(&o->buf, data, n);
}
static void put_int(out *o, int64_t v) {
    put(o, &v, sizeof v);
}

/* NULL: zeros, where an optimiser has no such values. */
static void put_values(out *o, const float *v, int64_t n) {
    static const float zeros[4096];
    if (v) put(o, v, n * (int64_t)sizeof *v);
    for (int64_t left = v ? 0 : n; left > 0; left -= FRS_LEN(zeros))
        put(o, zeros, (left < FRS_LEN(zeros) ? left : FRS_LEN(zeros)) * (int64_t)sizeof *zeros);
}

static void put_model(out *o, const frs_model *m, const char *text) {
    const float *w = frs_model_weights_get(m);
    put(o, "FRSMODEL", 8);
    put_int(o, VERSION);
    put_int(o, frs_model_n_params(m));
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        char name[NAME] = {0};
        memcpy(name, p.name, strnlen(p.name, NAME - 1));
        put(o, name, NAME);
        put_int(o, p.shape.rank);
        for (int k = 0; k < FRS_MAX_RANK; k++) put_int(o, k < p.shape.rank ? p.shape.dim[k] : 0);
        put(o, w + p.offset, frs_shape_count(p.shape) * (int64_t)sizeof *w);
    }
    put_int(o, (int64_t)strlen(text));
    put(o, text, (int64_t)strlen(text));
}

static frs_status finish(out *o, const char *path) {
    const uint64_t hash = o->buf.failed ? 0 : frs__hash64(o->buf.data, o->buf.n, 0);
    put(o, &hash, sizeof hash);
    frs_status s = frs__buf_status(&o->buf);
    if (s == FRS_OK) s = frs__write_file(o->buf.ctx, path, o->buf.data, o->buf.n);
    frs__buf_free(&o->buf);
    return s;
}

frs_status frs_weights_save(frs_ctx *ctx, const frs_model *m, const char *path, const char *text) {
    FRS_TRY(frs__need_weights(ctx, m));
    out o = {{.ctx = ctx}};
    put_model(&o, m, text);
    put_int(&o, 0);
    return finish(&o, path);
}

frs_status frs_checkpoint_save(frs_ctx *ctx, const char *path, const frs_model *m,
                               const frs_optim *optim, const frs_checkpoint *c) {
    FRS_TRY(frs__need_weights(ctx, m));
    out o = {{.ctx = ctx}};
    put_model(&o, m, "{}");
    put_int(&o, 1);
    put_int(&o, optim->o.kind);
    put_int(&o, optim->step);
    put_int(&o, optim->n);
    put_values(&o, optim->first, optim->n);
    put_values(&o, optim->second, optim->n);
    put_int(&o, c->epoch);
    put(&o, &c->seed, sizeof c->seed);
    put_int(&o, c->blob_bytes);
    put(&o, c->blob, c->blob_bytes);
    return finish(&o, path);
}

/* ---- reading: two passes over the same bytes, first all checks, then the values are taken, so
 * that a file that is refused has changed nothing. */
typedef struct in {
    frs_ctx *ctx;
    const char *path;
    const char *data;
    int64_t n, at;
    bool take; /* second pass */
} in;

static frs_status broken(const in *f, const char *what) {
    return frs__fail(f->ctx, FRS_E_FORMAT,
                     _("%s: not a usable model file: %s (at byte %lld of %lld)"), f->path, what,
                     (long long)f->at, (long long)f->n);
}

static frs_status get(in *f, void *to, int64_t n) {
    if (n < 0 || n > f->n - f->at) return broken(f, _("it ends too early"));
    if (to) memcpy(to, f->data + f->at, (size_t)n);
    f->at += n;
    return FRS_OK;
}

static frs_status get_int(in *f, int64_t *v) {
    return get(f, v, sizeof *v);
}

static frs_status get_param(in *f, frs_model *m, int64_t i) {
    const frs_param_info p = frs_model_param(m, i);
    char name[NAME];
    int64_t rank, dim[FRS_MAX_RANK];
    FRS_TRY(get(f, name, NAME));
    name[NAME - 1] = 0;
    FRS_TRY(get_int(f, &rank));
    FRS_TRY(get(f, dim, sizeof dim));
    bool same = strncmp(name, p.name, NAME - 1) == 0 && rank == p.shape.rank;
    for (int k = 0; same && k < p.shape.rank; k++) same = dim[k] == p.shape.dim[k];
    if (!same)
        return frs__fail(
            f->ctx, FRS_E_INPUT,
            _("%s: parameter %lld is '%s' with first size %lld; the model expects '%s' with "
              "first size %lld"),
            f->path, (long long)i + 1, name, (long long)dim[0], p.name, (long long)p.shape.dim[0]);
    float *w = frs_model_weights(m);
    return get(f, f->take ? w + p.offset : NULL, frs_shape_count(p.shape) * (int64_t)sizeof *w);
}

/* Magic, version and hash, before anything in the file is believed; the hash is cut off. */
static frs_status get_head(in *f) {
    char magic[8];
    int64_t version;
    uint64_t hash;
    if (f->n < 40) return broken(f, _("it is too short"));
    FRS_TRY(get(f, magic, sizeof magic));
    if (memcmp(magic, "FRSMODEL", 8) != 0) return broken(f, _("it does not start with FRSMODEL"));
    FRS_TRY(get_int(f, &version));
    if (version != VERSION)
        return frs__fail(f->ctx, FRS_E_FORMAT,
                         _("%s: a file of version %lld, this program reads %d"), f->path,
                         (long long)version, VERSION);
    f->n -= 8;
    memcpy(&hash, f->data + f->n, sizeof hash);
    if (frs__hash64(f->data, f->n, 0) == hash) return FRS_OK;
    return broken(f, _("it is truncated or damaged: its hash does not match"));
}

static frs_status get_model(in *f, frs_model *m) {
    int64_t n, text;
    FRS_TRY(get_int(f, &n));
    if (n != frs_model_n_params(m))
        return frs__fail(f->ctx, FRS_E_INPUT, _("%s: %lld parameters, the model has %lld"), f->path,
                         (long long)n, (long long)frs_model_n_params(m));
    for (int64_t i = 0; i < n; i++) FRS_TRY(get_param(f, m, i));
    FRS_TRY(get_int(f, &text));
    return get(f, NULL, text);
}

static frs_status get_optim(in *f, frs_optim *o, frs_checkpoint *c) {
    int64_t there = 0, kind = 0, step = 0, n = 0;
    FRS_TRY(get_int(f, &there));
    if (!o) return FRS_OK;
    if (there != 1) return broken(f, _("it holds weights alone, no training state"));
    FRS_TRY(get_int(f, &kind));
    FRS_TRY(get_int(f, &step));
    FRS_TRY(get_int(f, &n));
    if (kind != (int64_t)o->o.kind || n != o->n || step < 0)
        return frs__fail(f->ctx, FRS_E_INPUT, _("%s: made with another optimiser or model"),
                         f->path);
    FRS_TRY(get(f, f->take ? o->first : NULL, n * (int64_t)sizeof(float)));
    FRS_TRY(get(f, f->take ? o->second : NULL, n * (int64_t)sizeof(float)));
    if (f->take) o->step = step;
    FRS_TRY(get_int(f, &c->epoch));
    FRS_TRY(get(f, &c->seed, sizeof c->seed));
    FRS_TRY(get_int(f, &c->blob_bytes));
    return get(f, f->take ? c->blob : NULL, c->blob_bytes);
}

static frs_status two_passes(in *f, frs_model *m, frs_optim *o, frs_checkpoint *c) {
    FRS_TRY(get_head(f));
    const int64_t first = f->at;
    frs_checkpoint found = {0};
    FRS_TRY(get_model(f, m));
    FRS_TRY(get_optim(f, o, &found));
    if (o && !(found.blob = frs__alloc(f->ctx, found.blob_bytes, 1))) return FRS_E_NOMEM;
    f->at = first;
    f->take = true;
    frs_status s = get_model(f, m); /* these two have just passed */
    if (s == FRS_OK) s = get_optim(f, o, &found);
    if (o) *c = found;
    return s;
}

frs_status frs__model_file_parse(frs_ctx *ctx, const char *name, const char *data, int64_t n,
                                 frs_model *m, frs_optim *o, frs_checkpoint *c) {
    FRS_TRY(frs__need_weights(ctx, m));
    in f = {.ctx = ctx, .path = name, .data = data, .n = n};
    return two_passes(&f, m, o, c);
}

frs_status frs_checkpoint_load(frs_ctx *ctx, const char *path, frs_model *m, frs_optim *o,
                               frs_checkpoint *c) {
    char *data;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, file_limit, &data, &n));
    frs_status s = frs__model_file_parse(ctx, path, data, n, m, o, c);
    frs__free(ctx, data);
    return s;
}

frs_status frs_weights_load(frs_ctx *ctx, frs_model *m, const char *path) {
    frs_checkpoint none = {0};
    return frs_checkpoint_load(ctx, path, m, NULL, &none);
}

/* The table is passed over by its own sizes, each of which must end within the file. */
static frs_status pass_param(in *f) {
    int64_t rank, dim[FRS_MAX_RANK], n = 1;
    FRS_TRY(get(f, NULL, NAME));
    FRS_TRY(get_int(f, &rank));
    FRS_TRY(get(f, dim, sizeof dim));
    if (rank < 0 || rank > FRS_MAX_RANK) return broken(f, _("a parameter of no possible rank"));
    for (int64_t k = 0; k < rank; k++)
        if (dim[k] < 0 || __builtin_mul_overflow(n, dim[k], &n) || n > f->n)
            return broken(f, _("a parameter larger than the file"));
    return get(f, NULL, n * (int64_t)sizeof(float));
}

static frs_status find_text(in *f, char **text) {
    int64_t n, bytes;
    FRS_TRY(get_head(f));
    FRS_TRY(get_int(f, &n));
    for (int64_t i = 0; i < n; i++) FRS_TRY(pass_param(f));
    FRS_TRY(get_int(f, &bytes));
    const int64_t at = f->at;
    FRS_TRY(get(f, NULL, bytes));
    *text = frs__strndup(f->ctx, f->data + at, (size_t)bytes);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs__weights_text(frs_ctx *ctx, const char *path, char **text) {
    char *data;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, file_limit, &data, &n));
    in f = {.ctx = ctx, .path = path, .data = data, .n = n};
    const frs_status s = find_text(&f, text);
    frs__free(ctx, data);
    return s;
}
