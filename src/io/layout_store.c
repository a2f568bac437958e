/* The packed store as a data set. */
#include "data/data.h"
#include "io/layout.h"
#include <string.h>

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    *is = !frs__is_dir(path) && frs__exists(path) && frs__sniff_as(ctx, path, &frs__reader_store);
    return FRS_OK;
}

static frs_status statics(frs_dataset *d, const frs_store *store) {
    const frs_store_info info = frs_store_get_info(store);
    frs_statics *s = &d->statics;
    if (info.n_attrs == 0) return FRS_OK;
    *s = (frs_statics){.n_sites = info.n_sites, .n_attrs = info.n_attrs};
    s->sites = frs__alloc(d->ctx, info.n_sites, sizeof *s->sites);
    s->names = frs__alloc(d->ctx, info.n_attrs, sizeof *s->names);
    s->values = frs__alloc(d->ctx, info.n_sites * info.n_attrs, sizeof *s->values);
    s->source = frs__strdup(d->ctx, d->path);
    if (!s->sites || !s->names || !s->values || !s->source) return FRS_E_NOMEM;
    for (int k = 0; k < info.n_attrs; k++)
        memcpy(s->names[k], frs_store_attr(store, k), sizeof *s->names);
    for (int64_t i = 0; i < info.n_sites; i++) {
        const frs_store_site site = frs_store_get_site(store, i);
        memcpy(s->sites[i], site.name, strlen(site.name) + 1);
        memcpy(s->values + i * info.n_attrs, site.statics,
               (size_t)info.n_attrs * sizeof *s->values);
    }
    return FRS_OK;
}

static frs_status open_store(frs_dataset *d) {
    frs_store *store = NULL;
    FRS_TRY(frs_store_open(d->ctx, d->path, &store));
    d->own = store;
    for (int64_t i = 0; i < frs_store_get_info(store).n_sites; i++) {
        frs__site *site = NULL;
        FRS_TRY(frs__add_site(d, frs_store_get_site(store, i).name, &site));
        site->column = i;
    }
    return statics(d, store);
}

static frs_status read_store(frs_dataset *d, int64_t i, frs_series *s) {
    return frs__store_series(d->ctx, d->own, d->sites[i].column, d->path, s);
}

static void close_store(frs_dataset *d) {
    frs_store_close(d->own);
}

const frs_layout frs__layout_store = {.name = "store",
                                      .title = N_("Freshet's packed store"),
                                      .sniff = sniff,
                                      .open = open_store,
                                      .read = read_store,
                                      .close = close_store};
