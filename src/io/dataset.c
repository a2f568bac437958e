/* A data set: its layout found, its sites sorted, their records read. The layouts are in
 * dataset_list.def. */
#include "io/layout.h"
#include <math.h>
#include <string.h>

static const frs_layout *const layouts[] = {
#define FRS_LAYOUT(name) &frs__layout_##name,
#include "io/dataset_list.def"
#undef FRS_LAYOUT
};

int64_t frs_n_layouts(void) {
    return FRS_LEN(layouts);
}

const char *frs_layout_name(int64_t i) {
    return i >= 0 && i < FRS_LEN(layouts) ? layouts[i]->name : NULL;
}

const frs_layout *frs__layout_find_name(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(layouts); i++)
        if (strcmp(layouts[i]->name, name) == 0) return layouts[i];
    return NULL;
}

/* ---- options */

/* A copy of a list of texts, in the arena. */
static frs_status copy_texts(frs_dataset *d, const char *const *from, int n,
                             const char *const **to) {
    const char **at = frs__arena_alloc(&d->arena, n, sizeof *at);
    if (!at) return FRS_E_NOMEM;
    for (int i = 0; i < n; i++) {
        at[i] = frs__arena_strdup(&d->arena, from[i]);
        if (!at[i]) return FRS_E_NOMEM;
    }
    *to = at;
    return FRS_OK;
}

static frs_status keep_opts(frs_dataset *d, const frs_read_opts *o) {
    if (!o) return FRS_OK;
    d->opts = *o;
    d->opts.names = d->opts.forcings = d->opts.units = NULL;
    FRS_TRY(copy_texts(d, o->names, o->n_names, &d->opts.names));
    FRS_TRY(copy_texts(d, o->forcings, o->n_forcings, &d->opts.forcings));
    FRS_TRY(copy_texts(d, o->units, o->n_units, &d->opts.units));
    if (!o->format) return FRS_OK;
    d->layout = frs__layout_find_name(o->format);
    if (d->layout) {
        d->opts.format = NULL; /* the layout picks the readers */
        return FRS_OK;
    }
    d->opts.format = frs__arena_strdup(&d->arena, o->format);
    if (!d->opts.format) return FRS_E_NOMEM;
    return frs__find_reader(d->ctx, d->path, &d->opts, &d->format);
}

/* A format of single files leaves the layouts of such files only. */
static bool takes_format(const frs_layout *l) {
    return l == &frs__layout_file || l == &frs__layout_generic || l == &frs__layout_folder;
}

static frs_status find_layout(frs_dataset *d) {
    for (int64_t i = 0; i < FRS_LEN(layouts) && !d->layout; i++) {
        bool is = false;
        if (!layouts[i]->sniff || (d->format && !takes_format(layouts[i]))) continue;
        FRS_TRY(layouts[i]->sniff(d->ctx, d->path, &is));
        if (is) d->layout = layouts[i];
    }
    if (!d->layout) d->layout = &frs__layout_file; /* says what is wrong with it */
    frs__log(d->ctx, FRS_LOG_DEBUG, _("%s: read as %s (%s)"), d->path, d->layout->name,
             _(d->layout->title));
    if (d->opts.n_forcings > 0 && d->layout != &frs__layout_camels_us &&
        d->layout != &frs__layout_hourly_camels_us) /* NeuralHydrology passes over it, too */
        frs__log(d->ctx, FRS_LOG_WARN,
                 _("%s: forcings are of CAMELS-US, not of the layout %s: not used"), d->path,
                 d->layout->name);
    return FRS_OK;
}

/* ---- the data set */

static frs_status open_it(frs_dataset *d, const frs_read_opts *o) {
    if (!d->path) return FRS_E_NOMEM;
    FRS_TRY(keep_opts(d, o));
    FRS_TRY(find_layout(d));
    return d->layout->open(d);
}

frs_status frs_dataset_open(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                            frs_dataset **out) {
    frs_dataset *d = frs__alloc(ctx, 1, sizeof *d);
    if (!d) return FRS_E_NOMEM;
    d->ctx = d->arena.ctx = ctx;
    d->path = frs__arena_strdup(&d->arena, path);
    const frs_status s = open_it(d, o);
    if (s == FRS_OK)
        *out = d;
    else
        frs_dataset_close(d);
    return s;
}

void frs_dataset_close(frs_dataset *d) {
    if (!d) return;
    if (d->layout && d->layout->close) d->layout->close(d);
    frs_statics_free(d->ctx, &d->statics);
    frs__free(d->ctx, d->sites);
    frs__arena_free(&d->arena);
    frs__free(d->ctx, d);
}

int64_t frs_dataset_n_sites(const frs_dataset *d) {
    return d->n;
}

const char *frs_dataset_site(const frs_dataset *d, int64_t i) {
    return i < 0 || i >= d->n ? NULL : d->sites[i].name;
}

const char *frs_dataset_layout(const frs_dataset *d) {
    return d->layout->name;
}

frs_status frs_dataset_read(frs_dataset *d, int64_t i, frs_series *s) {
    if (i < 0 || i >= d->n)
        return frs__fail(d->ctx, FRS_E_ARG, _("%s: site %lld of %lld"), d->path, (long long)i,
                         (long long)d->n);
    frs_series got = {0};
    frs_status st = d->layout->read(d, i, &got);
    if (st == FRS_OK) {
        memcpy(got.site, d->sites[i].name, sizeof got.site); /* whatever the file says of itself */
        st = frs__apply_units(d, &got);
    }
    if (st == FRS_OK)
        *s = got;
    else
        frs_series_free(d->ctx, &got);
    return st;
}

/* ---- attributes */

const frs_statics *frs_dataset_statics(const frs_dataset *d) {
    return d->statics.n_attrs > 0 ? &d->statics : NULL;
}

frs_status frs__ds_statics(frs_dataset *d, const char *const *paths, int64_t n,
                           const frs__statics_opts *o) {
    return n > 0 ? frs__read_statics(d->ctx, paths, n, o, &d->statics) : FRS_OK;
}

double frs__ds_attribute(const frs_dataset *d, const char *site, const char *name) {
    const frs_statics *s = &d->statics;
    for (int k = 0; k < s->n_attrs; k++) {
        if (strcmp(s->names[k], name) != 0) continue;
        for (int64_t i = 0; i < s->n_sites; i++)
            if (strcmp(s->sites[i], site) == 0) return (double)s->values[i * s->n_attrs + k];
    }
    return NAN;
}
