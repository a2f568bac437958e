#include "exchange/pt.h"
#include "exchange/zip.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "storages are read as they lie");

enum { MAX_PICKLE = 1 << 20 };

typedef struct reading {
    frs_ctx *ctx;
    const char *path;
    frs__zip zip;
    char folder[256]; /* of all entries, without the slash */
    frs__pt *pt;
    int64_t bytes; /* of all values so far */
} reading;

/* ---- reading */

/* Before 1.6 torch.save wrote pickles one after another; the first is this number. */
static frs_status not_legacy(frs_ctx *ctx, const char *path) {
    static const unsigned char magic[] = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                          0x46, 0xf9, 0x20, 0x6a, 0xa8};
    frs_map m;
    FRS_TRY(frs__map_open(ctx, path, &m));
    const bool old = m.n >= 2 + (int64_t)sizeof magic && m.data[0] == 0x80 &&
                     memcmp(m.data + 2, magic, sizeof magic) == 0;
    const bool zip = m.n >= 4 && memcmp(m.data, "PK\003\004", 4) == 0;
    frs__map_close(&m);
    if (old)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("%s: saved in PyTorch's format before 1.6; load it there and torch.save "
                           "it again"),
                         path);
    return zip ? FRS_OK
               : frs__fail(ctx, FRS_E_FORMAT, _("%s: not a PyTorch file: it is no zip archive"),
                           path);
}

static frs_status find_folder(reading *r) {
    static const char end[] = "/data.pkl";
    const char *name = NULL;
    for (int64_t i = 0; i < r->zip.n && !name; i++) {
        const char *slash = strchr(r->zip.entries[i].name, '/');
        if (slash && strcmp(slash, end) == 0) name = r->zip.entries[i].name;
    }
    const size_t n = name ? strlen(name) - strlen(end) : 0;
    if (!name || n >= sizeof r->folder)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s: not a PyTorch file: it has no FOLDER/data.pkl"), r->path);
    memcpy(r->folder, name, n);
    for (int64_t i = 0; i < r->zip.n; i++)
        if (strncmp(r->zip.entries[i].name, r->folder, n) != 0 || r->zip.entries[i].name[n] != '/')
            return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: entry '%.80s' is not in its folder %s"),
                             r->path, r->zip.entries[i].name, r->folder);
    return FRS_OK;
}

static const frs__zip_entry *entry(const reading *r, const char *folder, const char *name) {
    char full[400];
    snprintf(full, sizeof full, "%s/%s%s", r->folder, folder, name);
    return frs__zip_find(&r->zip, full);
}

/* Newer files say their byte order; older ones are of this one. */
static frs_status byte_order(reading *r) {
    const frs__zip_entry *e = entry(r, "", "byteorder");
    char text[8] = "";
    if (!e) return FRS_OK;
    if (e->size == 6) FRS_TRY(frs__zip_read(&r->zip, e, text));
    if (strcmp(text, "little") == 0) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_UNSUPPORTED,
                     _("%s: byte order '%s'; only files of little endian machines are read"),
                     r->path, text);
}

static frs_status wrong(const reading *r, const frs__pickled *t, const char *what) {
    return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: tensor '%.80s': %s"), r->path, t->name, what);
}

/* *count: elements of the tensor. Nothing in t has been believed yet: every product and sum stays
 * below the storage's count, which is known to lie in the file. */
static frs_status check_extents(const reading *r, const frs__pickled *t, int64_t *count) {
    int64_t n = 1, last = t->offset;
    *count = 0;
    for (int i = 0; i < t->rank; i++) {
        if (t->dim[i] == 0) n = 0;
        if (n > 0 && t->dim[i] > t->stored / n)
            return wrong(r, t, _("it has more elements than its storage"));
        n *= n > 0 ? t->dim[i] : 1;
    }
    *count = n;
    if (n == 0) return FRS_OK;
    if (t->offset >= t->stored) return wrong(r, t, _("it reaches beyond its storage"));
    for (int i = 0; i < t->rank; i++) {
        const int64_t steps = t->dim[i] - 1;
        if (steps > 0 && t->stride[i] > t->stored / steps)
            return wrong(r, t, _("its strides lead out of its storage"));
        last += steps * t->stride[i];
        if (last >= t->stored) break;
    }
    return last < t->stored ? FRS_OK : wrong(r, t, _("it reaches beyond its storage"));
}

/* Element i in C's order lies at this place of the storage. */
static int64_t place(const frs__pickled *t, int64_t i) {
    int64_t at = t->offset;
    for (int k = t->rank - 1; k >= 0; k--) {
        at += i % t->dim[k] * t->stride[k];
        i /= t->dim[k];
    }
    return at;
}

static float half(uint16_t h) {
    const uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    const int exponent = h >> 10 & 31;
    const float v = exponent == 31  ? (h & 1023 ? NAN : INFINITY)
                    : exponent == 0 ? ldexpf((float)(h & 1023), -24)
                                    : ldexpf((float)(1024 | (h & 1023)), exponent - 25);
    return sign ? -v : v;
}

static float bfloat16(uint16_t b) {
    const uint32_t bits = (uint32_t)b << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static int64_t bytes_of(frs__pickled_type type) {
    return type == FRS__PICKLED_DOUBLE ? 8 : type == FRS__PICKLED_FLOAT ? 4 : 2;
}

static float value(const void *storage, frs__pickled_type type, int64_t at) {
    switch (type) {
    case FRS__PICKLED_DOUBLE:
        return (float)((const double *)storage)[at];
    case FRS__PICKLED_HALF:
        return half(((const uint16_t *)storage)[at]);
    case FRS__PICKLED_BFLOAT16:
        return bfloat16(((const uint16_t *)storage)[at]);
    default:
        return ((const float *)storage)[at];
    }
}

static frs_status gather(reading *r, const frs__pickled *t, const void *storage, int64_t n,
                         float **out) {
    *out = frs__arena_alloc(&r->pt->memory, n, sizeof **out);
    if (!*out) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) (*out)[i] = value(storage, t->type, place(t, i));
    return FRS_OK;
}

static frs_status read_tensor(reading *r, const frs__pickled *t, frs__pt_tensor *to) {
    const int64_t size = bytes_of(t->type);
    int64_t n;
    if (t->type == FRS__PICKLED_WHOLE)
        return frs__fail(r->ctx, FRS_E_UNSUPPORTED,
                         _("%s: tensor '%.80s' is in a %s; floating-point numbers are read"),
                         r->path, t->name, t->type_name);
    const frs__zip_entry *e = entry(r, "data/", t->key);
    if (!e) return wrong(r, t, _("its storage is not in the file"));
    if (e->size % size || e->size / size != t->stored)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s: tensor '%.80s': its storage has %lld bytes, expected %lld elements "
                           "of %lld"),
                         r->path, t->name, (long long)e->size, (long long)t->stored,
                         (long long)size);
    FRS_TRY(check_extents(r, t, &n));
    r->bytes += n * size;
    if (r->bytes > r->zip.map.n) return wrong(r, t, _("the tensors hold more than the file"));
    void *storage = frs__alloc(r->ctx, e->size, 1);
    if (!storage) return FRS_E_NOMEM;
    float *values = NULL;
    frs_status s = frs__zip_read(&r->zip, e, storage);
    if (s == FRS_OK) s = gather(r, t, storage, n, &values);
    frs__free(r->ctx, storage);
    *to = (frs__pt_tensor){.name = t->name, .rank = t->rank, .n = n, .values = values};
    memcpy(to->dim, t->dim, sizeof to->dim);
    return s;
}

static frs_status read_pickle(reading *r, frs__pickled **tensors, int64_t *count) {
    const frs__zip_entry *e = entry(r, "", "data.pkl");
    if (e->size > MAX_PICKLE)
        return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: data.pkl of %lld bytes; at most %d are read"),
                         r->path, (long long)e->size, MAX_PICKLE);
    unsigned char *bytes = frs__alloc(r->ctx, e->size, 1);
    if (!bytes) return FRS_E_NOMEM;
    frs_status s = frs__zip_read(&r->zip, e, bytes);
    if (s == FRS_OK) s = frs__pickle_read(&r->pt->memory, r->path, bytes, e->size, tensors, count);
    frs__free(r->ctx, bytes);
    return s;
}

/* Batch normalisation's, which nothing is computed with. */
static bool is_count(const frs__pickled *t) {
    static const char end[] = "num_batches_tracked";
    const size_t n = strlen(t->name);
    return t->type == FRS__PICKLED_WHOLE && n >= strlen(end) &&
           strcmp(t->name + n - strlen(end), end) == 0;
}

static frs_status read_all(reading *r) {
    frs__pickled *t;
    int64_t n;
    FRS_TRY(find_folder(r));
    FRS_TRY(byte_order(r));
    FRS_TRY(read_pickle(r, &t, &n));
    r->pt->tensors = frs__arena_alloc(&r->pt->memory, n, sizeof *r->pt->tensors);
    if (!r->pt->tensors) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++)
        if (!is_count(&t[i])) FRS_TRY(read_tensor(r, &t[i], &r->pt->tensors[r->pt->n++]));
    return FRS_OK;
}

frs_status frs__pt_read(frs_ctx *ctx, const char *path, frs__pt *pt) {
    *pt = (frs__pt){.memory = {.ctx = ctx}};
    reading r = {.ctx = ctx, .path = path, .pt = pt};
    FRS_TRY(not_legacy(ctx, path));
    FRS_TRY(frs__zip_open(ctx, path, &r.zip));
    const frs_status s = read_all(&r);
    frs__zip_close(&r.zip);
    if (s != FRS_OK) frs__pt_free(pt);
    return s;
}

void frs__pt_free(frs__pt *pt) {
    frs__arena_free(&pt->memory);
    *pt = (frs__pt){0};
}

const frs__pt_tensor *frs__pt_find(const frs__pt *pt, const char *name) {
    for (int64_t i = 0; i < pt->n; i++)
        if (strcmp(pt->tensors[i].name, name) == 0) return &pt->tensors[i];
    return NULL;
}

/* ---- writing */

static frs_status describe(frs_arena *memory, const frs__pt_tensor *t, int64_t n, frs_buf *pickle) {
    frs__pickled *p = frs__arena_alloc(memory, n, sizeof *p);
    if (!p) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        p[i].name = t[i].name;
        p[i].rank = t[i].rank;
        memcpy(p[i].dim, t[i].dim, sizeof p[i].dim);
    }
    frs__pickle_write(pickle, p, n);
    return frs__buf_status(pickle);
}

static frs_status write_all(frs_arena *memory, const char *path, const frs__pt_tensor *t, int64_t n,
                            frs_buf *pickle) {
    FRS_TRY(describe(memory, t, n, pickle));
    frs__zip_part *parts = frs__arena_alloc(memory, n + 3, sizeof *parts);
    char(*names)[40] = frs__arena_alloc(memory, n, sizeof *names);
    if (!parts || !names) return FRS_E_NOMEM;
    parts[0] = (frs__zip_part){"model/data.pkl", pickle->data, pickle->n};
    parts[1] = (frs__zip_part){"model/byteorder", "little", 6};
    for (int64_t i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "model/data/%lld", (long long)i);
        parts[2 + i] = (frs__zip_part){names[i], t[i].values, t[i].n * (int64_t)sizeof(float)};
    }
    parts[2 + n] = (frs__zip_part){"model/version", "3\n", 2};
    return frs__zip_write(memory->ctx, path, parts, n + 3);
}

frs_status frs__pt_write(frs_ctx *ctx, const char *path, const frs__pt_tensor *tensors, int64_t n) {
    frs_arena memory = {.ctx = ctx};
    frs_buf pickle = {.ctx = ctx};
    const frs_status s = write_all(&memory, path, tensors, n, &pickle);
    frs__buf_free(&pickle);
    frs__arena_free(&memory);
    return s;
}
