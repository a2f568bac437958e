/* A data set: a store, one file, or a folder of files, one a site. In a folder of NeuralHydrology's
 * generic layout the records are in time_series/; the attributes are in attributes/, or in
 * attributes.csv, wherever the records are. */
#include "io/io_internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    char site[64];
    char *path; /* in the arena */
    const frs_reader *reader;
} entry;

struct frs_dataset {
    frs_ctx *ctx;
    frs_arena arena;
    char *path;
    frs_read_opts opts;
    const frs_reader *format; /* asked for, or NULL */
    frs_store *store;
    entry *entries; /* sorted by site */
    int64_t n, cap;
    frs_statics statics;
};

static frs_status keep_opts(frs_dataset *d, const frs_read_opts *o) {
    if (!o) return FRS_OK;
    d->opts = *o;
    d->opts.names = NULL;
    if (o->format) {
        d->opts.format = frs__arena_strdup(&d->arena, o->format);
        if (!d->opts.format) return FRS_E_NOMEM;
        FRS_TRY(frs__find_reader(d->ctx, d->path, &d->opts, &d->format));
    }
    if (o->n_names <= 0) return FRS_OK;
    const char **names = frs__arena_alloc(&d->arena, o->n_names, sizeof *names);
    if (!names) return FRS_E_NOMEM;
    for (int i = 0; i < o->n_names; i++) {
        names[i] = frs__arena_strdup(&d->arena, o->names[i]);
        if (!names[i]) return FRS_E_NOMEM;
    }
    d->opts.names = names;
    return FRS_OK;
}

static frs_status add(frs_dataset *d, const char *path, const frs_reader *r) {
    if (d->n == d->cap) {
        const int64_t cap = d->cap ? 2 * d->cap : 64;
        void *p = frs__realloc(d->ctx, d->entries, d->n, cap, sizeof *d->entries);
        if (!p) return FRS_E_NOMEM;
        d->entries = p;
        d->cap = cap;
    }
    entry *e = &d->entries[d->n];
    *e = (entry){.path = frs__arena_strdup(&d->arena, path), .reader = r};
    if (!e->path) return FRS_E_NOMEM;
    FRS_TRY(frs__site_of_path(d->ctx, path, e->site));
    d->n++;
    return FRS_OK;
}

/* ---- folders */

static const frs_reader *by_ending(const frs_dataset *d, const char *path) {
    for (int64_t i = 0; i < frs_n_readers(); i++) {
        const frs_reader *r = frs_reader_at(i);
        if (frs__has_extension(path, r->extensions) && (!d->format || d->format == r)) return r;
    }
    return NULL;
}

/* In a folder made for records the name's ending decides, so that a broken file is told and not
 * passed over; in any other folder a file is looked at. */
static const frs_reader *reader_of(const frs_dataset *d, const char *path, bool by_name) {
    if (by_name) return by_ending(d, path);
    if (d->format) return frs__sniff_as(d->ctx, path, d->format) ? d->format : NULL;
    return frs__sniff(d->ctx, path);
}

static frs_status look_at(frs_dataset *d, const char *dir, const char *name, bool by_name) {
    if (name[0] == '.' || strcmp(name, "attributes.csv") == 0) return FRS_OK;
    char *path = frs__path_join(d->ctx, dir, name);
    if (!path) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (!frs__is_dir(path)) {
        const frs_reader *r = reader_of(d, path, by_name);
        /* .txt may be a README or a list of sites */
        const bool named = by_ending(d, path) && !frs__has_extension(path, "txt");
        if (r)
            s = add(d, path, r);
        else
            frs__log(d->ctx, named ? FRS_LOG_WARN : FRS_LOG_DEBUG,
                     _("%s: not a record, passed over"), path);
    }
    frs__free(d->ctx, path);
    return s;
}

/* No record at all: what is wrong with the first file that is called like one, if there is one. */
static frs_status none_readable(frs_dataset *d, const char *dir, char **names, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        const frs_reader *r = by_ending(d, names[i]);
        if (!r || strcmp(names[i], "attributes.csv") == 0) continue;
        frs_series series = {0};
        char *path = frs__path_join(d->ctx, dir, names[i]);
        const frs_status s = path ? r->read(d->ctx, path, &d->opts, &series) : FRS_E_NOMEM;
        frs_series_free(d->ctx, &series);
        frs__free(d->ctx, path);
        FRS_TRY(s);
    }
    return frs__fail(d->ctx, FRS_E_NODATA,
                     _("%s: none of the %lld files in this folder is a record that can be read"),
                     dir, (long long)n);
}

static frs_status gather(frs_dataset *d, const char *dir, bool by_name) {
    char **names = NULL;
    int64_t n = 0;
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &n));
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < n; i++) s = look_at(d, dir, names[i], by_name);
    if (s == FRS_OK && d->n == 0) s = none_readable(d, dir, names, n);
    frs__free(d->ctx, names);
    return s;
}

static int by_site(const void *a, const void *b) {
    return strcmp(((const entry *)a)->site, ((const entry *)b)->site);
}

/* Sorts, and refuses what cannot be one data set. */
static frs_status settle(frs_dataset *d) {
    qsort(d->entries, (size_t)d->n, sizeof *d->entries, by_site);
    for (int64_t i = 1; i < d->n; i++) {
        const entry *a = &d->entries[i - 1], *b = &d->entries[i];
        if (strcmp(a->site, b->site) == 0)
            return frs__fail(d->ctx, FRS_E_INPUT, _("site %s has two files: %s and %s"), a->site,
                             a->path, b->path);
        if (a->reader != b->reader)
            return frs__fail(d->ctx, FRS_E_INPUT,
                             _("files of different formats in one folder: %s (%s) and %s (%s)"),
                             a->path, a->reader->name, b->path, b->reader->name);
    }
    return FRS_OK;
}

/* ---- attributes */

static frs_status attributes_in(frs_dataset *d, const char *dir) {
    char **names = NULL;
    int64_t n = 0, k = 0;
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &n));
    const char **paths = frs__arena_alloc(&d->arena, n, sizeof *paths);
    frs_status s = paths ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; s == FRS_OK && i < n; i++) {
        if (names[i][0] == '.' || !frs__has_extension(names[i], "csv;tsv;txt")) continue;
        char *path = frs__path_join(d->ctx, dir, names[i]);
        paths[k] = path ? frs__arena_strdup(&d->arena, path) : NULL;
        if (!paths[k++]) s = FRS_E_NOMEM;
        frs__free(d->ctx, path);
    }
    frs__free(d->ctx, names);
    if (s == FRS_OK && k > 0) s = frs_read_statics(d->ctx, paths, k, &d->statics);
    return s;
}

static frs_status attributes(frs_dataset *d) {
    char *dir = frs__path_join(d->ctx, d->path, "attributes");
    char *file = dir ? frs__path_join(d->ctx, d->path, "attributes.csv") : NULL;
    frs_status s = file ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK && frs__is_dir(dir))
        s = attributes_in(d, dir);
    else if (s == FRS_OK && frs__exists(file))
        s = frs_read_statics(d->ctx, (const char *const[]){file}, 1, &d->statics);
    frs__free(d->ctx, file);
    frs__free(d->ctx, dir);
    return s;
}

static frs_status open_folder(frs_dataset *d) {
    char *records = frs__path_join(d->ctx, d->path, "time_series");
    if (!records) return FRS_E_NOMEM;
    const bool generic = frs__is_dir(records);
    frs_status s = gather(d, generic ? records : d->path, generic);
    frs__free(d->ctx, records);
    if (s == FRS_OK) s = settle(d);
    return s == FRS_OK ? attributes(d) : s;
}

/* ---- a store */

static frs_status store_statics(frs_dataset *d) {
    const frs_store_info info = frs_store_get_info(d->store);
    frs_statics *s = &d->statics;
    if (info.n_attrs == 0) return FRS_OK;
    *s = (frs_statics){.n_sites = info.n_sites, .n_attrs = info.n_attrs};
    s->sites = frs__alloc(d->ctx, info.n_sites, sizeof *s->sites);
    s->names = frs__alloc(d->ctx, info.n_attrs, sizeof *s->names);
    s->values = frs__alloc(d->ctx, info.n_sites * info.n_attrs, sizeof *s->values);
    s->source = frs__strdup(d->ctx, d->path);
    if (!s->sites || !s->names || !s->values || !s->source) return FRS_E_NOMEM;
    for (int k = 0; k < info.n_attrs; k++)
        memcpy(s->names[k], frs_store_attr(d->store, k), sizeof *s->names);
    for (int64_t i = 0; i < info.n_sites; i++) {
        const frs_store_site site = frs_store_get_site(d->store, i);
        memcpy(s->sites[i], site.name, strlen(site.name) + 1);
        memcpy(s->values + i * info.n_attrs, site.statics,
               (size_t)info.n_attrs * sizeof *s->values);
    }
    return FRS_OK;
}

static frs_status open_file(frs_dataset *d) {
    const frs_reader *r = NULL;
    FRS_TRY(frs__find_reader(d->ctx, d->path, &d->opts, &r));
    if (r != &frs__reader_store) return add(d, d->path, r);
    FRS_TRY(frs_store_open(d->ctx, d->path, &d->store));
    d->n = frs_store_get_info(d->store).n_sites;
    return store_statics(d);
}

frs_status frs_dataset_open(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                            frs_dataset **out) {
    frs_dataset *d = frs__alloc(ctx, 1, sizeof *d);
    if (!d) return FRS_E_NOMEM;
    d->ctx = d->arena.ctx = ctx;
    d->path = frs__arena_strdup(&d->arena, path);
    frs_status s = d->path ? keep_opts(d, o) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__is_dir(path) ? open_folder(d) : open_file(d);
    if (s == FRS_OK)
        *out = d;
    else
        frs_dataset_close(d);
    return s;
}

void frs_dataset_close(frs_dataset *d) {
    if (!d) return;
    frs_store_close(d->store);
    frs_statics_free(d->ctx, &d->statics);
    frs__free(d->ctx, d->entries);
    frs__arena_free(&d->arena);
    frs__free(d->ctx, d);
}

int64_t frs_dataset_n_sites(const frs_dataset *d) {
    return d->n;
}

const char *frs_dataset_site(const frs_dataset *d, int64_t i) {
    if (i < 0 || i >= d->n) return NULL;
    return d->store ? frs_store_get_site(d->store, i).name : d->entries[i].site;
}

frs_status frs_dataset_read(frs_dataset *d, int64_t i, frs_series *s) {
    if (i < 0 || i >= d->n)
        return frs__fail(d->ctx, FRS_E_ARG, _("%s: site %lld of %lld"), d->path, (long long)i,
                         (long long)d->n);
    if (d->store) return frs__store_series(d->ctx, d->store, i, d->path, s);
    FRS_TRY(frs_read_series(d->ctx, d->entries[i].path, &d->opts, s));
    memcpy(s->site, d->entries[i].site, sizeof s->site); /* whatever the file says of itself */
    return FRS_OK;
}

const frs_statics *frs_dataset_statics(const frs_dataset *d) {
    return d->statics.n_attrs > 0 ? &d->statics : NULL;
}
