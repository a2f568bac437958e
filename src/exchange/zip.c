#include "exchange/zip.h"

#include <string.h>

enum { MAX_ENTRIES = 4096, MAX_NAME = 512 };

#ifdef FRS_ZIP_SO
#include <zip.h>

#define FUNCTIONS(X)                                                                               \
    X(error_init)                                                                                  \
    X(error_fini)                                                                                  \
    X(error_strerror)                                                                              \
    X(source_buffer_create)                                                                        \
    X(source_free)                                                                                 \
    X(source_keep)                                                                                 \
    X(source_open)                                                                                 \
    X(source_read)                                                                                 \
    X(source_stat)                                                                                 \
    X(source_close)                                                                                \
    X(open_from_source)                                                                            \
    X(get_num_entries)                                                                             \
    X(stat_index)                                                                                  \
    X(fopen_index)                                                                                 \
    X(fread)                                                                                       \
    X(fclose)                                                                                      \
    X(file_add)                                                                                    \
    X(set_file_compression)                                                                        \
    X(file_set_dostime)                                                                            \
    X(strerror)                                                                                    \
    X(discard)                                                                                     \
    X(close)

#define NAME(name)   "zip_" #name,
#define MEMBER(name) __typeof__(zip_##name) *name;
static const char *const names[] = {FUNCTIONS(NAME)};
typedef struct library {
    FUNCTIONS(MEMBER)
} library;
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

static frs_status load(frs_ctx *ctx, library **lib) {
    void *fns[FRS_LEN(names)];
    FRS_TRY(frs__dl_open(ctx, "libzip", FRS_ZIP_SO, names, fns, FRS_LEN(names)));
    *lib = frs__alloc(ctx, 1, sizeof **lib);
    if (!*lib) return FRS_E_NOMEM;
    memcpy(*lib, fns, sizeof **lib);
    return FRS_OK;
}

const char *frs__zip_missing(void) {
    return NULL;
}

/* ---- reading */

static frs_status bad(const frs__zip *z, const char *name, const char *what) {
    return frs__fail(z->ctx, FRS_E_FORMAT, _("%s: entry '%.80s': %s"), z->path, name, what);
}

/* Every part a name of its own: no root, no drive, no "..", nothing empty but the end of a folder.
 */
static bool stays_inside(const char *name) {
    if (strpbrk(name, "\\:")) return false;
    for (const char *p = name; *p;) {
        const size_t n = strcspn(p, "/");
        if (n == 0 || (n <= 2 && strncmp(p, "..", n) == 0)) return false;
        p += n + (p[n] == '/');
    }
    return true;
}

/* What may hurt whoever takes the archive at its word is refused, used or not. */
static frs_status check_entry(const frs__zip *z, const zip_stat_t *s) {
    const char *name = s->name;
    const zip_uint64_t need =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((s->valid & need) != need || !name[0] || strlen(name) > MAX_NAME)
        return bad(z, name ? name : "", _("it has no usable name or size"));
    if (!stays_inside(name)) return bad(z, name, _("a path that leads out of the archive"));
    if ((s->valid & ZIP_STAT_ENCRYPTION_METHOD) && s->encryption_method != ZIP_EM_NONE)
        return bad(z, name, _("encrypted"));
    if (s->comp_method != ZIP_CM_STORE || s->size != s->comp_size)
        return bad(z, name, _("compressed; PyTorch stores entries as they are"));
    if (s->size > (zip_uint64_t)z->map.n) return bad(z, name, _("larger than the whole file"));
    return FRS_OK;
}

static frs_status list_entries(frs__zip *z, const library *lib) {
    const zip_int64_t n = lib->get_num_entries(z->handle, 0);
    if (n < 0 || n > MAX_ENTRIES)
        return frs__fail(z->ctx, FRS_E_FORMAT, _("%s: %lld entries; at most %d are read"), z->path,
                         (long long)n, MAX_ENTRIES);
    z->entries = frs__arena_alloc(&z->memory, n, sizeof *z->entries);
    if (!z->entries) return FRS_E_NOMEM;
    int64_t total = 0;
    for (; z->n < n; z->n++) {
        zip_stat_t s;
        if (lib->stat_index(z->handle, (zip_uint64_t)z->n, ZIP_FL_ENC_RAW, &s) != 0)
            return frs__fail(z->ctx, FRS_E_FORMAT, _("%s: entry %lld is damaged"), z->path,
                             (long long)z->n);
        FRS_TRY(check_entry(z, &s));
        if (frs__zip_find(z, s.name)) return bad(z, s.name, _("it is there twice"));
        total += (int64_t)s.size;
        if (total > z->map.n) return bad(z, s.name, _("entries lie upon each other"));
        const char *name = frs__arena_strdup(&z->memory, s.name);
        if (!name) return FRS_E_NOMEM;
        z->entries[z->n] = (frs__zip_entry){name, (int64_t)s.size};
    }
    return FRS_OK;
}

static frs_status open_archive(frs__zip *z) {
    library *lib;
    zip_error_t e;
    FRS_TRY(load(z->ctx, &lib));
    z->lib = lib;
    lib->error_init(&e);
    zip_source_t *source = lib->source_buffer_create(z->map.data, (zip_uint64_t)z->map.n, 0, &e);
    z->handle = source ? lib->open_from_source(source, ZIP_RDONLY, &e) : NULL;
    frs_status s = FRS_OK;
    if (!z->handle) {
        s = frs__fail(z->ctx, FRS_E_FORMAT, _("%s: not a zip archive that can be read: %s"),
                      z->path, lib->error_strerror(&e));
        lib->source_free(source);
    }
    lib->error_fini(&e);
    return s == FRS_OK ? list_entries(z, lib) : s;
}

frs_status frs__zip_open(frs_ctx *ctx, const char *path, frs__zip *z) {
    *z = (frs__zip){.ctx = ctx, .path = path, .memory = {.ctx = ctx}};
    FRS_TRY(frs__map_open(ctx, path, &z->map));
    const frs_status s = open_archive(z);
    if (s != FRS_OK) frs__zip_close(z);
    return s;
}

void frs__zip_close(frs__zip *z) {
    library *lib = z->lib;
    if (z->handle) lib->discard(z->handle);
    frs__free(z->ctx, lib);
    frs__arena_free(&z->memory);
    frs__map_close(&z->map);
    z->handle = z->lib = NULL;
    z->n = 0;
}

frs_status frs__zip_read(frs__zip *z, const frs__zip_entry *e, void *to) {
    const library *lib = z->lib;
    zip_file_t *f = lib->fopen_index(z->handle, (zip_uint64_t)(e - z->entries), 0);
    if (!f) return bad(z, e->name, lib->strerror(z->handle));
    int64_t done = 0;
    char rest;
    while (done < e->size) {
        const zip_int64_t got = lib->fread(f, (char *)to + done, (zip_uint64_t)(e->size - done));
        if (got <= 0) break;
        done += got;
    }
    const bool whole = done == e->size && lib->fread(f, &rest, 1) == 0; /* checks the checksum */
    lib->fclose(f);
    return whole ? FRS_OK : bad(z, e->name, _("truncated, or its checksum is wrong"));
}

/* ---- writing */

typedef struct output {
    frs_ctx *ctx;
    const library *lib;
    zip_t *archive;
    const char *path;
} output;

static frs_status add(const output *o, const frs__zip_part *p) {
    zip_error_t e;
    o->lib->error_init(&e);
    zip_source_t *data = o->lib->source_buffer_create(p->data, (zip_uint64_t)p->n, 0, &e);
    o->lib->error_fini(&e);
    const zip_int64_t at =
        data ? o->lib->file_add(o->archive, p->name, data, ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
        o->lib->source_free(data);
        return frs__fail(o->ctx, FRS_E_IO, _("%s: entry %s cannot be written"), o->path, p->name);
    }
    /* The same weights give the same file: 1980-01-01, the first day that a zip knows. */
    if (o->lib->set_file_compression(o->archive, (zip_uint64_t)at, ZIP_CM_STORE, 0) != 0 ||
        o->lib->file_set_dostime(o->archive, (zip_uint64_t)at, 0, 0x21, 0) != 0)
        return frs__fail(o->ctx, FRS_E_IO, _("%s: entry %s cannot be written"), o->path, p->name);
    return FRS_OK;
}

/* The archive that libzip made in memory, onto the disk by our own writer. */
static frs_status save(const output *o, zip_source_t *made) {
    zip_stat_t st;
    if (o->lib->source_stat(made, &st) != 0 || !(st.valid & ZIP_STAT_SIZE) ||
        o->lib->source_open(made) != 0)
        return frs__fail(o->ctx, FRS_E_IO, _("%s: the archive cannot be made"), o->path);
    char *data = frs__alloc(o->ctx, (int64_t)st.size, 1);
    frs_status s = data ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK && o->lib->source_read(made, data, st.size) != (zip_int64_t)st.size)
        s = frs__fail(o->ctx, FRS_E_IO, _("%s: the archive cannot be made"), o->path);
    o->lib->source_close(made);
    if (s == FRS_OK) s = frs__write_file(o->ctx, o->path, data, (int64_t)st.size);
    frs__free(o->ctx, data);
    return s;
}

static frs_status write_parts(output *o, const frs__zip_part *parts, int64_t n) {
    zip_error_t e;
    o->lib->error_init(&e);
    zip_source_t *made = o->lib->source_buffer_create(NULL, 0, 0, &e);
    o->archive = made ? o->lib->open_from_source(made, ZIP_TRUNCATE, &e) : NULL;
    o->lib->error_fini(&e);
    if (!o->archive) {
        o->lib->source_free(made);
        return frs__fail(o->ctx, FRS_E_IO, _("%s: the archive cannot be made"), o->path);
    }
    o->lib->source_keep(made); /* beyond close, which writes it */
    frs_status s = FRS_OK;
    for (int64_t i = 0; i < n && s == FRS_OK; i++) s = add(o, &parts[i]);
    if (s == FRS_OK && o->lib->close(o->archive) != 0)
        s = frs__fail(o->ctx, FRS_E_IO, _("%s: the archive cannot be made"), o->path);
    else if (s == FRS_OK)
        o->archive = NULL;
    if (o->archive) o->lib->discard(o->archive);
    if (s == FRS_OK) s = save(o, made);
    o->lib->source_free(made);
    return s;
}

frs_status frs__zip_write(frs_ctx *ctx, const char *path, const frs__zip_part *parts, int64_t n) {
    library *lib;
    FRS_TRY(load(ctx, &lib));
    output o = {.ctx = ctx, .lib = lib, .path = path};
    const frs_status s = write_parts(&o, parts, n);
    frs__free(ctx, lib);
    return s;
}

#else /* built without libzip */

static frs_status without(frs_ctx *ctx) {
    return frs__dl_open(ctx, "libzip", NULL, NULL, NULL, 0);
}
const char *frs__zip_missing(void) {
    return "libzip";
}
frs_status frs__zip_open(frs_ctx *ctx, const char *path, frs__zip *z) {
    (void)path, (void)z;
    return without(ctx);
}
void frs__zip_close(frs__zip *z) {
    (void)z;
}
frs_status frs__zip_read(frs__zip *z, const frs__zip_entry *e, void *to) {
    (void)e, (void)to;
    return without(z->ctx);
}
frs_status frs__zip_write(frs_ctx *ctx, const char *path, const frs__zip_part *parts, int64_t n) {
    (void)path, (void)parts, (void)n;
    return without(ctx);
}
#endif

const frs__zip_entry *frs__zip_find(const frs__zip *z, const char *name) {
    for (int64_t i = 0; i < z->n; i++)
        if (strcmp(z->entries[i].name, name) == 0) return &z->entries[i];
    return NULL;
}
