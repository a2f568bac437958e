/* Reading the packed store: one memory map, every count, length and offset checked before use. The
 * values themselves are not touched, so opening takes the same time for 2 MB and 2 GB. */
#include "data/data.h"
#include <inttypes.h>
#include <string.h>

struct frs_store {
    frs_ctx *ctx;
    frs_map map; /* data NULL: the bytes are borrowed */
    char *path;
    const unsigned char *data;
    frs__store_header head;
    const frs__store_var *vars;
    const char (*attrs)[64];
    const frs__store_site_record *sites;
    const float *statics;
};

static frs_status broken(frs_ctx *ctx, const char *path, const char *what) {
    return frs__fail(ctx, FRS_E_FORMAT, _("%s: damaged store: %s"), path, what);
}

/* A text field of a record must end inside it and hold something. */
static bool text_ok(const char *s, size_t size, bool may_be_empty) {
    return memchr(s, 0, size) && (may_be_empty || s[0]);
}

/* n records of `size` bytes at offset lie between the header and the end of the file. */
static bool table_ok(const frs__store_header *h, uint64_t offset, uint64_t n, uint64_t size) {
    uint64_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) return false;
    return offset % FRS_STORE_ALIGN == 0 && offset >= h->header_size && offset <= h->file_size &&
           bytes <= h->file_size - offset;
}

static frs_status check_identity(frs_ctx *ctx, const char *path, const void *data, int64_t n) {
    const frs__store_header *h = data;
    if (n < 24 || memcmp(h->magic, FRS_STORE_MAGIC, sizeof h->magic) != 0)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: not a Freshet store"), path);
    if (h->endian != FRS_STORE_ENDIAN)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: store written on a machine of another byte order; pack it here "
                           "from the source files"),
                         path);
    if (h->version != FRS_STORE_VERSION)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: store of version %" PRIu32 ", this program reads %u"), path,
                         h->version, FRS_STORE_VERSION);
    if (n < (int64_t)sizeof *h)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: truncated: a store's header has %zu bytes, found %" PRId64), path,
                         sizeof *h, n);
    return FRS_OK;
}

static frs_status check_header(frs_ctx *ctx, const char *path, const frs__store_header *h,
                               int64_t n) {
    if (h->kind == FRS_STORE_GRID)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: store of grids: not supported"), path);
    if (h->kind != FRS_STORE_SERIES) return broken(ctx, path, _("unknown kind"));
    if (h->dtype == FRS_STORE_I16 || h->dtype == FRS_STORE_U8)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: store of scaled integers: not supported"),
                         path);
    if (h->dtype != FRS_STORE_F32) return broken(ctx, path, _("unknown type of values"));
    if (h->header_size != sizeof *h) return broken(ctx, path, _("header size"));
    if (h->file_size > INT64_MAX) return broken(ctx, path, _("file size"));
    if ((int64_t)h->file_size != n)
        return frs__fail(
            ctx, FRS_E_FORMAT, _("%s: %s: %" PRIu64 " bytes expected, %" PRId64 " found"), path,
            (int64_t)h->file_size > n ? _("truncated") : _("too long"), h->file_size, n);
    if (h->step_unit > FRS_STEP_MONTH || h->step_count < 1 || h->step_count > INT64_C(1) << 40)
        return broken(ctx, path, _("time step"));
    if (h->n_sites < 1 || h->n_sites > FRS_STORE_MAX_SITES)
        return broken(ctx, path, _("number of sites"));
    if (h->n_vars < 1 || h->n_vars > FRS_STORE_MAX_VARS || h->n_attrs > FRS_STORE_MAX_VARS)
        return broken(ctx, path, _("number of variables or attributes"));
    uint64_t sites = (uint64_t)h->n_sites;
    if (!table_ok(h, h->vars_offset, h->n_vars, sizeof(frs__store_var)) ||
        !table_ok(h, h->attrs_offset, h->n_attrs, 64) ||
        !table_ok(h, h->sites_offset, sites, sizeof(frs__store_site_record)) ||
        !table_ok(h, h->statics_offset, sites, sizeof(float) * h->n_attrs) ||
        !table_ok(h, h->values_offset, 0, 1))
        return broken(ctx, path, _("a table lies outside the file"));
    return FRS_OK;
}

/* The record's end is a time that can be computed with: within 35 million years. */
static bool span_ok(const frs__store_header *h, int64_t n) {
    int64_t unit = h->step_unit == FRS_STEP_MONTH ? 31 * FRS_DAY_S : 1, seconds;
    return !__builtin_mul_overflow(h->step_count, unit, &seconds) &&
           !__builtin_mul_overflow(seconds, n, &seconds) && seconds < INT64_C(1) << 50;
}

static frs_status check_site(frs_ctx *ctx, const frs_store *s, int64_t i) {
    const frs__store_site_record *r = &s->sites[i];
    const frs__store_header *h = &s->head;
    if (!text_ok(r->name, sizeof r->name, false)) return broken(ctx, s->path, _("name of a site"));
    uint64_t row = sizeof(float) * h->n_vars;
    bool sane = r->n >= 0 && r->n <= FRS_STORE_MAX_STEPS && r->offset >= h->values_offset &&
                table_ok(h, r->offset, (uint64_t)r->n, row) && span_ok(h, r->n) &&
                r->start_s > -(INT64_C(1) << 40) && r->start_s < INT64_C(1) << 40;
    if (sane) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT,
                     _("%s: damaged store: site %s: %" PRId64 " steps at byte %" PRIu64
                       " of a file of %" PRIu64 " bytes"),
                     s->path, r->name, r->n, r->offset, h->file_size);
}

static frs_status check_tables(frs_ctx *ctx, frs_store *s) {
    const frs__store_header *h = &s->head;
    s->vars = (const void *)(s->data + h->vars_offset);
    s->attrs = (const void *)(s->data + h->attrs_offset);
    s->sites = (const void *)(s->data + h->sites_offset);
    s->statics = (const void *)(s->data + h->statics_offset);
    for (uint32_t i = 0; i < h->n_vars; i++) {
        const frs__store_var *v = &s->vars[i];
        if (!text_ok(v->name, sizeof v->name, false) || !text_ok(v->unit, sizeof v->unit, true) ||
            v->kind > FRS_VAR_SUM || v->label_end > 1)
            return broken(ctx, s->path, _("record of a variable"));
    }
    for (uint32_t i = 0; i < h->n_attrs; i++)
        if (!text_ok(s->attrs[i], 64, false))
            return broken(ctx, s->path, _("name of an attribute"));
    for (int64_t i = 0; i < h->n_sites; i++) FRS_TRY(check_site(ctx, s, i));
    return FRS_OK;
}

frs_status frs__store_from_memory(frs_ctx *ctx, const char *name, const void *data, int64_t n,
                                  frs_store **out) {
    if ((uintptr_t)data % FRS_STORE_ALIGN != 0)
        return frs__fail(ctx, FRS_E_ARG, _("a store in memory must be aligned to 64 bytes"));
    FRS_TRY(check_identity(ctx, name, data, n));
    FRS_TRY(check_header(ctx, name, data, n));
    frs_store *s = frs__alloc(ctx, 1, sizeof *s);
    if (!s) return FRS_E_NOMEM;
    s->ctx = ctx;
    s->data = data;
    memcpy(&s->head, data, sizeof s->head);
    s->path = frs__strdup(ctx, name);
    frs_status st = s->path ? check_tables(ctx, s) : FRS_E_NOMEM;
    if (st == FRS_OK)
        *out = s;
    else
        frs_store_close(s);
    return st;
}

frs_status frs_store_open(frs_ctx *ctx, const char *path, frs_store **out) {
    frs_map map;
    FRS_TRY(frs__map_open(ctx, path, &map));
    frs_store *s;
    frs_status st = frs__store_from_memory(ctx, path, map.data, map.n, &s);
    if (st != FRS_OK) {
        frs__map_close(&map);
        return st;
    }
    s->map = map;
    *out = s;
    return FRS_OK;
}

void frs_store_close(frs_store *s) {
    if (!s) return;
    if (s->map.data) frs__map_close(&s->map);
    frs__free(s->ctx, s->path);
    frs__free(s->ctx, s);
}

frs_store_info frs_store_get_info(const frs_store *s) {
    const frs__store_header *h = &s->head;
    return (frs_store_info){
        .step = {h->step_count, (frs_step_unit)h->step_unit},
        .n_sites = h->n_sites,
        .n_vars = (int)h->n_vars,
        .n_attrs = (int)h->n_attrs,
        .hash = h->hash,
    };
}

frs_var frs_store_var(const frs_store *s, int i) {
    const frs__store_var *r = &s->vars[i];
    frs_var v = {.kind = (frs_var_kind)r->kind, .label_end = r->label_end != 0};
    memcpy(v.name, r->name, sizeof v.name);
    memcpy(v.unit, r->unit, sizeof v.unit);
    return v;
}

const char *frs_store_attr(const frs_store *s, int i) {
    return s->attrs[i];
}

frs_store_site frs_store_get_site(const frs_store *s, int64_t i) {
    const frs__store_site_record *r = &s->sites[i];
    return (frs_store_site){
        .name = r->name,
        .start_s = r->start_s,
        .n = r->n,
        .values = (const void *)(s->data + r->offset),
        .statics = s->statics + i * (int64_t)s->head.n_attrs,
    };
}

int frs_store_find_var(const frs_store *s, const char *name) {
    for (uint32_t i = 0; i < s->head.n_vars; i++)
        if (strcmp(s->vars[i].name, name) == 0) return (int)i;
    return -1;
}

int frs_store_find_attr(const frs_store *s, const char *name) {
    for (uint32_t i = 0; i < s->head.n_attrs; i++)
        if (strcmp(s->attrs[i], name) == 0) return (int)i;
    return -1;
}

int64_t frs_store_find_site(const frs_store *s, const char *name) {
    for (int64_t i = 0; i < s->head.n_sites; i++)
        if (strcmp(s->sites[i].name, name) == 0) return i;
    return -1;
}

frs_status frs__store_verify(frs_ctx *ctx, const frs_store *s) {
    for (int64_t i = 0; i < s->head.n_sites; i++) {
        const frs__store_site_record *r = &s->sites[i];
        int64_t bytes = r->n * (int64_t)(s->head.n_vars * sizeof(float));
        if (frs__hash64(s->data + r->offset, bytes, 0) != r->hash)
            return frs__fail(ctx, FRS_E_FORMAT, _("%s: values of site %s are damaged"), s->path,
                             r->name);
    }
    return FRS_OK;
}
