/* The packed store read as a record: one site of it becomes a series again. */
#include "data/data.h"
#include "io/io_internal.h"
#include <string.h>

frs_status frs__store_series(frs_ctx *ctx, const frs_store *store, int64_t i, const char *path,
                             frs_series *s) {
    const frs_store_info info = frs_store_get_info(store);
    const frs_store_site site = frs_store_get_site(store, i);
    frs_series r = {0};
    FRS_TRY(frs_series_new(ctx, site.name, site.start_s, info.step, site.n, info.n_vars, &r));
    for (int v = 0; v < info.n_vars; v++) {
        r.vars[v] = frs_store_var(store, v);
        for (int64_t t = 0; t < site.n; t++) r.values[v][t] = site.values[t * info.n_vars + v];
    }
    r.source = frs__strdup(ctx, path);
    if (!r.source) {
        frs_series_free(ctx, &r);
        return FRS_E_NOMEM;
    }
    *s = r;
    return FRS_OK;
}

static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    (void)path;
    const int64_t magic = (int64_t)strlen(FRS_STORE_MAGIC);
    return n >= magic && memcmp(head, FRS_STORE_MAGIC, (size_t)magic) == 0;
}

static frs_status read_store(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                             frs_series *s) {
    (void)o;
    frs_store *store = NULL;
    FRS_TRY(frs_store_open(ctx, path, &store));
    const int64_t n = frs_store_get_info(store).n_sites;
    frs_status st = n == 1 ? frs__store_series(ctx, store, 0, path, s)
                           : frs__fail(ctx, FRS_E_INPUT,
                                       _("%s: a store of %lld sites: open it as a data set to pick "
                                         "one"),
                                       path, (long long)n);
    frs_store_close(store);
    return st;
}

const frs_reader frs__reader_store = {.name = "store",
                                      .title = N_("Freshet's packed store"),
                                      .extensions = "frs;store",
                                      .sniff = sniff,
                                      .read = read_store};
