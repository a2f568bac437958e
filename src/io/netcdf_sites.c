/* The sites of a NetCDF file of many: the variable `basin`, text or characters. */
#include "io/io_internal.h"
#include "io/netcdf_lib.h"
#include <stdlib.h>
#include <string.h>

#define MAX_SITES INT64_C(1000000)
#define VARIABLE  "basin"

typedef struct names {
    int var, type, dim;
    int64_t n;
    size_t width; /* of characters */
} names;

static frs_status find(const frs__nc_in *in, names *v) {
    int n_dims = 0, dims[FRS__NC_MAX_DIMS];
    size_t n = 0;
    if (in->nc->inq_varid(in->id, VARIABLE, &v->var))
        return frs__fail(in->ctx, FRS_E_FORMAT, _("%s: no variable \"%s\" with the sites"),
                         in->path, VARIABLE);
    int code = in->nc->inq_var(in->id, v->var, NULL, &v->type, &n_dims, dims, NULL);
    if (!code && n_dims > 0) code = in->nc->inq_dim(in->id, dims[0], NULL, &n);
    if (!code && n_dims == 2) code = in->nc->inq_dim(in->id, dims[1], NULL, &v->width);
    if (code) return frs__nc_damaged(in, VARIABLE, code);
    const bool text = v->type == FRS__NC_STRING && n_dims == 1;
    const bool chars = v->type == FRS__NC_CHAR && n_dims == 2 && v->width < 64;
    if ((!text && !chars) || n < 1 || n > (size_t)MAX_SITES)
        return frs__fail(
            in->ctx, FRS_E_FORMAT,
            _("%s: variable \"%s\": expected 1 to %lld names of at most 63 characters"), in->path,
            VARIABLE, (long long)MAX_SITES);
    v->dim = dims[0];
    v->n = (int64_t)n;
    return FRS_OK;
}

static frs_status read_name(const frs__nc_in *in, const names *v, int64_t i, char site[64]) {
    const size_t start[2] = {(size_t)i, 0}, count[2] = {1, v->width};
    char *text = NULL;
    memset(site, 0, 64);
    const int code = v->type == FRS__NC_CHAR
                         ? in->nc->get_vara_text(in->id, v->var, start, count, site)
                         : in->nc->get_vara_string(in->id, v->var, start, count, &text);
    if (code) return frs__nc_damaged(in, VARIABLE, code);
    const size_t n = text ? strlen(text) : strlen(site);
    if (text && n < 64) memcpy(site, text, n);
    if (text) in->nc->free_string(1, &text);
    if (n > 0 && n < 64) return FRS_OK;
    return frs__fail(in->ctx, FRS_E_FORMAT,
                     _("%s: variable \"%s\": expected 1 to %lld names of at most 63 characters"),
                     in->path, VARIABLE, (long long)MAX_SITES);
}

frs_status frs__nc_find_site(const frs__nc_in *in, const char *site, int *dim, int64_t *index) {
    names v = {0};
    char name[64];
    FRS_TRY(find(in, &v));
    for (int64_t i = 0; i < v.n; i++) {
        FRS_TRY(read_name(in, &v, i, name));
        if (strcmp(name, site) != 0) continue;
        *dim = v.dim;
        *index = i;
        return FRS_OK;
    }
    return frs__fail(in->ctx, FRS_E_INPUT, _("%s: no site %s in it"), in->path, site);
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static frs_status read_all(const frs__nc_in *in, char (**sites)[64], int64_t *n) {
    names v = {0};
    FRS_TRY(find(in, &v));
    *sites = frs__alloc(in->ctx, v.n, sizeof **sites);
    if (!*sites) return FRS_E_NOMEM;
    for (int64_t i = 0; i < v.n; i++) FRS_TRY(read_name(in, &v, i, (*sites)[i]));
    qsort(*sites, (size_t)v.n, sizeof **sites, by_name);
    *n = v.n;
    return FRS_OK;
}

frs_status frs__netcdf_sites(frs_ctx *ctx, const char *path, char (**sites)[64], int64_t *n) {
    const frs__nc *nc;
    frs__nc_in in;
    char(*got)[64] = NULL;
    FRS_TRY(frs__nc_begin(ctx, &nc));
    frs_status s = frs__nc_open(ctx, nc, path, &in);
    if (s == FRS_OK) {
        s = read_all(&in, &got, n);
        frs__nc_close(&in);
    }
    frs__nc_end();
    if (s == FRS_OK)
        *sites = got;
    else
        frs__free(ctx, got);
    return s;
}
