/* Files of one format, one a site: a plain folder, NeuralHydrology's generic layout (records in
 * time_series/), or one file. The attributes are in attributes/, or in attributes.csv, wherever the
 * records are.
 * https://neuralhydrology.readthedocs.io/en/latest/api/neuralhydrology.datasetzoo.genericdataset.html
 */
#include "io/layout.h"
#include <stdlib.h>
#include <string.h>

static frs_status add(frs_dataset *d, const char *path, const frs_reader *r) {
    char name[64];
    frs__site *site = NULL;
    FRS_TRY(frs__site_of_path(d->ctx, path, name));
    FRS_TRY(frs__add_site(d, name, &site));
    site->reader = r;
    site->path = frs__arena_strdup(&d->arena, path);
    return site->path ? FRS_OK : FRS_E_NOMEM;
}

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
    return strcmp(((const frs__site *)a)->name, ((const frs__site *)b)->name);
}

/* Refuses what cannot be one data set. */
static frs_status settle(frs_dataset *d) {
    qsort(d->sites, (size_t)d->n, sizeof *d->sites, by_site);
    for (int64_t i = 1; i < d->n; i++) {
        const frs__site *a = &d->sites[i - 1], *b = &d->sites[i];
        if (strcmp(a->name, b->name) == 0)
            return frs__fail(d->ctx, FRS_E_INPUT, _("site %s has two files: %s and %s"), a->name,
                             a->path, b->path);
        if (a->reader != b->reader)
            return frs__fail(d->ctx, FRS_E_INPUT,
                             _("files of different formats in one folder: %s (%s) and %s (%s)"),
                             a->path, a->reader->name, b->path, b->reader->name);
    }
    return FRS_OK;
}

static frs_status attributes(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "attributes");
    const char *file = frs__ds_path(d, NULL, "attributes.csv");
    char **names = NULL;
    int64_t n = 0, k = 0;
    if (!dir || !file) return FRS_E_NOMEM;
    const frs__statics_opts plain = {0};
    if (!frs__is_dir(dir)) return frs__ds_statics(d, &file, frs__exists(file), &plain);
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &n));
    const char **paths = frs__arena_alloc(&d->arena, n, sizeof *paths);
    frs_status s = paths ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; s == FRS_OK && i < n; i++) {
        if (names[i][0] == '.' || !frs__has_extension(names[i], "csv;tsv;txt")) continue;
        paths[k] = frs__ds_path(d, dir, names[i]);
        if (!paths[k++]) s = FRS_E_NOMEM;
    }
    frs__free(d->ctx, names);
    return s == FRS_OK ? frs__ds_statics(d, paths, k, &plain) : s;
}

/* ---- the three layouts */

static frs_status sniff_folder(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__is_dir(path);
    return FRS_OK;
}

static frs_status open_folder(frs_dataset *d) {
    FRS_TRY(gather(d, d->path, false));
    FRS_TRY(settle(d));
    return attributes(d);
}

static frs_status sniff_file(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__exists(path) && !frs__is_dir(path);
    return FRS_OK;
}

static frs_status open_file(frs_dataset *d) {
    const frs_reader *r = NULL;
    FRS_TRY(frs__find_reader(d->ctx, d->path, &d->opts, &r));
    return add(d, d->path, r);
}

static frs_status sniff_generic(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__has_dir(path, "time_series");
    return FRS_OK;
}

/* Asked for by name where there is no time_series: what is there is read. */
static frs_status open_generic(frs_dataset *d) {
    const char *records = frs__ds_path(d, NULL, "time_series");
    if (!records) return FRS_E_NOMEM;
    if (!frs__is_dir(records)) return frs__is_dir(d->path) ? open_folder(d) : open_file(d);
    FRS_TRY(gather(d, records, true));
    FRS_TRY(settle(d));
    return attributes(d);
}

static frs_status read_file(frs_dataset *d, int64_t i, frs_series *s) {
    return frs_read_series(d->ctx, d->sites[i].path, &d->opts, s);
}

const frs_layout frs__layout_generic = {.name = "generic",
                                        .title = N_("NeuralHydrology's generic layout"),
                                        .sniff = sniff_generic,
                                        .open = open_generic,
                                        .read = read_file};
const frs_layout frs__layout_folder = {.name = "folder",
                                       .title = N_("a folder of records, one file a site"),
                                       .sniff = sniff_folder,
                                       .open = open_folder,
                                       .read = read_file};
const frs_layout frs__layout_file = {.name = "file",
                                     .title = N_("one record"),
                                     .sniff = sniff_file,
                                     .open = open_file,
                                     .read = read_file};
