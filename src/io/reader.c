/* The list of readers, and the choice of one by looking at the file. */
#include "io/io_internal.h"
#include <string.h>
#include <strings.h>

static const frs_reader *const readers[] = {
#define FRS_READER(name) &frs__reader_##name,
#include "io/reader_list.def"
#undef FRS_READER
};

int64_t frs_n_readers(void) {
    return FRS_LEN(readers);
}

const frs_reader *frs_reader_at(int64_t i) {
    return i >= 0 && i < FRS_LEN(readers) ? readers[i] : NULL;
}

bool frs__has_extension(const char *name, const char *extensions) {
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name || !dot[1]) return false;
    const size_t n = strlen(dot + 1);
    for (const char *e = extensions; *e;) {
        const size_t len = strcspn(e, ";");
        if (len == n && strncasecmp(e, dot + 1, n) == 0) return true;
        e += len + (e[len] == ';');
    }
    return false;
}

/* "6335020_Q_Day.Cmd": what GRDC puts behind the station's number, in bytes. */
static size_t grdc_ending(const char *name, size_t n) {
    static const char *const ends[] = {"_Q_Day.Cmd", "_Q_Month", "_Q_Day"};
    for (int64_t i = 0; i < FRS_LEN(ends); i++) {
        const size_t m = strlen(ends[i]);
        if (n > m && strncmp(name + n - m, ends[i], m) == 0) return m;
    }
    return 0;
}

frs_status frs__site_of_path(frs_ctx *ctx, const char *path, char site[64]) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t n = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    n -= grdc_ending(name, n);
    if (n == 0 || n >= 64)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: the file's name is the site's: expected 1 to 63 bytes, found %zu"),
                         path, n);
    memset(site, 0, 64);
    memcpy(site, name, n);
    return FRS_OK;
}

static frs_status by_name(frs_ctx *ctx, const char *name, const frs_reader **r) {
    frs_buf known = {.ctx = ctx};
    for (int64_t i = 0; i < FRS_LEN(readers); i++) {
        if (strcmp(readers[i]->name, name) == 0) {
            *r = readers[i];
            frs__buf_free(&known);
            return FRS_OK;
        }
        frs__buf_printf(&known, "%s%s", i ? ", " : "", readers[i]->name);
    }
    for (int64_t i = 0; i < frs_n_layouts(); i++)
        if (strcmp(frs_layout_name(i), "store") != 0) /* is among the formats */
            frs__buf_printf(&known, ", %s", frs_layout_name(i));
    frs_status s = frs__buf_status(&known);
    if (s == FRS_OK)
        s = frs__fail(ctx, FRS_E_ARG, _("no file format is called '%s'; there are: %s"), name,
                      known.data);
    frs__buf_free(&known);
    return s;
}

static const frs_reader *look(const char *path, const frs_map *m) {
    const int64_t n = m->n < FRS_HEAD_BYTES ? m->n : FRS_HEAD_BYTES;
    for (int64_t i = 0; i < FRS_LEN(readers); i++)
        if (readers[i]->sniff(path, m->data, n)) return readers[i];
    return NULL;
}

const frs_reader *frs__sniff(frs_ctx *ctx, const char *path) {
    frs_map m;
    if (frs__map_open(ctx, path, &m) != FRS_OK) return NULL;
    const frs_reader *r = look(path, &m);
    frs__map_close(&m);
    return r;
}

bool frs__sniff_as(frs_ctx *ctx, const char *path, const frs_reader *r) {
    frs_map m;
    if (frs__map_open(ctx, path, &m) != FRS_OK) return false;
    const bool yes = r->sniff(path, m.data, m.n < FRS_HEAD_BYTES ? m.n : FRS_HEAD_BYTES);
    frs__map_close(&m);
    return yes;
}

/* Nobody knows it: the reader that its extension promises will say best what is wrong. */
static const frs_reader *by_extension(const char *path) {
    for (int64_t i = 0; i < FRS_LEN(readers); i++)
        if (frs__has_extension(path, readers[i]->extensions)) return readers[i];
    return NULL;
}

frs_status frs__find_reader(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                            const frs_reader **r) {
    if (o && o->format) return by_name(ctx, o->format, r);
    frs_map m;
    FRS_TRY(frs__map_open(ctx, path, &m));
    const bool empty = m.n == 0;
    *r = empty ? NULL : look(path, &m);
    frs__map_close(&m);
    if (empty) return frs__fail(ctx, FRS_E_FORMAT, _("%s: the file is empty"), path);
    if (!*r) *r = by_extension(path);
    if (*r) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT, _("%s: no reader knows this kind of file"), path);
}

frs_status frs_read_series(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s) {
    static const frs_read_opts none = {0};
    const frs_reader *r = NULL;
    FRS_TRY(frs__find_reader(ctx, path, o, &r));
    const char *missing = r->built_without ? r->built_without() : NULL;
    if (missing) return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: built without %s"), path, missing);
    frs_series got = {0};
    frs_status st = r->read(ctx, path, o ? o : &none, &got);
    if (st == FRS_OK && !got.source) {
        got.source = frs__strdup(ctx, path);
        if (!got.source) st = FRS_E_NOMEM;
    }
    if (st == FRS_OK)
        *s = got;
    else
        frs_series_free(ctx, &got);
    return st;
}
