/* A NetCDF-4 file, used by the record and the forecasts. HDF5 may crash when its disk is full, so a
 * file is made in memory and written in one piece; a large one, which would take the memory of
 * the forecasts once more, by the library, aside, where there is room on the disk. */
#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#include "io/netcdf_lib.h"

enum { FIRST_BYTES = 1 << 16, IN_MEMORY = 1 << 26 };

/* Room for `bytes` in the folder of path? Where that cannot be told the write itself tells. */
static bool has_room(int64_t bytes, const char *path) {
    struct statvfs v;
    if (statvfs(path, &v) != 0) return true;
    return (double)v.f_bavail * (double)v.f_frsize > 1.1 * (double)bytes;
}

static frs_status create_aside(int64_t bytes, frs__nc_out *out) {
    const char *aside = frs__writer_aside(out->w);
    if (!aside)
        return frs__fail(out->ctx, FRS_E_IO, _("cannot write %s: not a regular file"), out->path);
    if (!has_room(bytes, aside))
        return frs__fail(out->ctx, FRS_E_IO, _("cannot write %s: no space left for %.0f MB"),
                         out->path, (double)bytes / 1e6);
    out->code = out->nc->create(aside, FRS__NC_NETCDF4, &out->id);
    return FRS_OK;
}

frs_status frs__nc_create(frs_ctx *ctx, const frs__nc *nc, const char *path, int64_t bytes,
                          frs__nc_out *out) {
    *out = (frs__nc_out){.nc = nc, .ctx = ctx, .path = path, .in_memory = bytes <= IN_MEMORY};
    FRS_TRY(frs__writer_open(ctx, path, &out->w));
    frs_status s = FRS_OK;
    if (out->in_memory)
        out->code = nc->create_mem("record.nc", FRS__NC_NETCDF4, FIRST_BYTES, &out->id);
    else
        s = create_aside(bytes, out);
    if (s != FRS_OK) frs__writer_abort(out->w);
    out->open = s == FRS_OK && !out->code;
    return s;
}

int frs__nc_dim(frs__nc_out *out, const char *name, int64_t n) {
    int dim = -1;
    if (!out->code) out->code = out->nc->def_dim(out->id, name, (size_t)n, &dim);
    return dim;
}

int frs__nc_var(frs__nc_out *out, const char *name, int type, int n_dims, const int *dims) {
    int var = -1;
    if (!out->code) out->code = out->nc->def_var(out->id, name, type, n_dims, dims, &var);
    return var;
}

void frs__nc_att(frs__nc_out *out, int var, const char *name, const char *text) {
    if (!out->code && text && text[0])
        out->code = out->nc->put_att_text(out->id, var, name, strlen(text), text);
}

void frs__nc_float_layout(frs__nc_out *out, int var, const size_t *chunk) {
    const float missing = NAN;
    if (!out->code) out->code = out->nc->def_var_fill(out->id, var, 0, &missing);
    if (!out->code) out->code = out->nc->def_var_chunking(out->id, var, FRS__NC_CHUNKED, chunk);
    if (!out->code) out->code = out->nc->def_var_deflate(out->id, var, 1, 1, 1);
}

static bool whole_days(const int64_t *time_s, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (time_s[i] % FRS_DAY_S != 0) return false;
    return true;
}

int frs__nc_time_var(frs__nc_out *out, const char *name, int dim, const int64_t *time_s,
                     int64_t n) {
    const bool days = whole_days(time_s, n);
    const int var = frs__nc_var(out, name, days ? FRS__NC_INT : FRS__NC_DOUBLE, 1, &dim);
    frs__nc_att(out, var, "standard_name", "time");
    frs__nc_att(out, var, "units",
                days ? "days since 1970-01-01" : "seconds since 1970-01-01 00:00:00");
    frs__nc_att(out, var, "calendar", "proleptic_gregorian");
    frs__nc_att(out, var, "axis", "T");
    return var;
}

void frs__nc_put_time(frs__nc_out *out, int var, const int64_t *time_s, int64_t n) {
    const size_t start = 0, count = (size_t)n;
    const bool days = whole_days(time_s, n);
    double *t = out->code ? NULL : frs__alloc(out->ctx, n, sizeof *t);
    if (!t) {
        if (!out->code) out->code = FRS__NC_E_NOMEM;
        return;
    }
    for (int64_t i = 0; i < n; i++) t[i] = (double)(days ? time_s[i] / FRS_DAY_S : time_s[i]);
    out->code = out->nc->put_vara_double(out->id, var, &start, &count, t);
    frs__free(out->ctx, t);
}

frs_status frs__nc_status(const frs__nc_out *out) {
    if (!out->code) return FRS_OK;
    if (out->code == FRS__NC_E_NOMEM)
        return frs__fail(out->ctx, FRS_E_NOMEM, _("out of memory writing %s"), out->path);
    return frs__fail(out->ctx, FRS_E_IO, _("cannot write %s: %s"), out->path,
                     out->nc->strerror(out->code));
}

/* The file in memory; the library allocated it, so the library frees it. */
static frs__nc_memory close_file(frs__nc_out *out) {
    frs__nc_memory m = {0};
    int code = 0;
    if (out->open)
        code = out->in_memory ? out->nc->close_memio(out->id, &m) : out->nc->close(out->id);
    if (!out->code) out->code = code;
    out->open = false;
    return m;
}

static void free_file(const frs__nc_out *out, frs__nc_memory m) {
    char *block = m.memory;
    if (block) out->nc->free_string(1, &block);
}

frs_status frs__nc_commit(frs__nc_out *out) {
    const frs__nc_memory m = close_file(out);
    frs_status s = frs__nc_status(out);
    if (s == FRS_OK) s = frs__writer_put(out->w, m.memory, (int64_t)m.size);
    free_file(out, m);
    if (s == FRS_OK) return frs__writer_commit(out->w);
    frs__writer_abort(out->w);
    return s;
}

void frs__nc_discard(frs__nc_out *out) {
    free_file(out, close_file(out));
    frs__writer_abort(out->w);
}
