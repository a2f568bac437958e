/* Loading libnetcdf, its lock, and what every reader of a NetCDF file needs. */
#include "io/netcdf_lib.h"
#include "io/hdf5_lib.h"

#include <string.h>

#ifdef FRS_NETCDF_SO
#include <netcdf.h>
#include <netcdf_mem.h>

/* Our declarations against the library's own. */
#define SAME(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME(FRS__NC_BYTE, NC_BYTE);
SAME(FRS__NC_STRING, NC_STRING);
SAME(FRS__NC_GLOBAL, NC_GLOBAL);
SAME(FRS__NC_NOWRITE, NC_NOWRITE);
SAME(FRS__NC_NETCDF4, NC_NETCDF4);
SAME(FRS__NC_MAX_NAME, NC_MAX_NAME);
SAME(FRS__NC_MAX_DIMS, NC_MAX_DIMS);
SAME(FRS__NC_CHUNKED, NC_CHUNKED);
SAME(FRS__NC_E_NOMEM, NC_ENOMEM);
SAME(sizeof(frs__nc_memory), sizeof(NC_memio));
static const char *const soname = FRS_NETCDF_SO;
#else
static const char *const soname = NULL;
#endif

#define NAME(result, name, parameters) "nc_" #name,
static const char *const names[] = {FRS__NC_FUNCTIONS(NAME)};
_Static_assert(sizeof(frs__nc) == sizeof names, "one slot a function");

static frs__nc loaded; /* the functions, found once; HDF5's lock guards them */

frs_status frs__nc_begin(frs_ctx *ctx, const frs__nc **nc) {
    frs__hdf5_lock();
    frs_status s = FRS_OK;
    if (!loaded.open_mem) {
        void *fns[FRS_LEN(names)];
        s = frs__dl_open(ctx, "NetCDF", soname, names, fns, FRS_LEN(names));
        if (s == FRS_OK) memcpy(&loaded, fns, sizeof loaded);
    }
    *nc = &loaded;
    if (s != FRS_OK) frs__hdf5_unlock();
    return s;
}

void frs__nc_end(void) {
    frs__hdf5_unlock();
}

const char *frs__nc_missing(void) {
    return soname ? NULL : "NetCDF";
}

/* ---- reading */
bool frs__nc_magic(const unsigned char *head, int64_t n) {
    if (n >= 8 && memcmp(head, "\x89HDF\r\n\x1a\n", 8) == 0) return true;
    return n >= 4 && memcmp(head, "CDF", 3) == 0 && (head[3] == 1 || head[3] == 2 || head[3] == 5);
}

static frs_status open_map(frs__nc_in *in) {
    if (!in->map.n) return frs__fail(in->ctx, FRS_E_FORMAT, _("%s: the file is empty"), in->path);
    if (!frs__nc_magic(in->map.data, in->map.n))
        return frs__fail(in->ctx, FRS_E_FORMAT, _("%s: not a NetCDF file"), in->path);
    const int code = in->nc->open_mem("record.nc", FRS__NC_NOWRITE, (size_t)in->map.n,
                                      (void *)(uintptr_t)in->map.data, &in->id);
    return code ? frs__nc_damaged(in, _("its header"), code) : FRS_OK;
}

frs_status frs__nc_open(frs_ctx *ctx, const frs__nc *nc, const char *path, frs__nc_in *in) {
    *in = (frs__nc_in){.nc = nc, .ctx = ctx, .path = path};
    FRS_TRY(frs__map_open(ctx, path, &in->map));
    const frs_status s = open_map(in);
    if (s != FRS_OK) frs__map_close(&in->map);
    return s;
}

void frs__nc_close(frs__nc_in *in) {
    in->nc->close(in->id);
    frs__map_close(&in->map);
}

frs_status frs__nc_damaged(const frs__nc_in *in, const char *what, int code) {
    if (code == FRS__NC_E_NOMEM)
        return frs__fail(in->ctx, FRS_E_NOMEM, _("%s: out of memory reading %s"), in->path, what);
    return frs__fail(in->ctx, FRS_E_FORMAT,
                     _("%s: %s cannot be read: the file is truncated or damaged (%s)"), in->path,
                     what, in->nc->strerror(code));
}

static void copy_text(char *to, size_t size, const char *from, size_t n) {
    if (n >= size) n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
}

void frs__nc_text(const frs__nc_in *in, int var, const char *name, char *text, size_t size) {
    int type;
    size_t n;
    char buffer[1024] = "", *string = NULL;
    text[0] = 0;
    if (in->nc->inq_att(in->id, var, name, &type, &n)) return;
    if (type == FRS__NC_CHAR && n < sizeof buffer) {
        if (in->nc->get_att_text(in->id, var, name, buffer)) return;
        copy_text(text, size, buffer, strlen(buffer));
    } else if (type == FRS__NC_STRING && n == 1) {
        if (in->nc->get_att_string(in->id, var, name, &string)) return;
        if (string) copy_text(text, size, string, strlen(string));
        in->nc->free_string(1, &string);
    }
}

bool frs__nc_number(const frs__nc_in *in, int var, const char *name, double *v) {
    int type;
    size_t n;
    double all[16];
    if (in->nc->inq_att(in->id, var, name, &type, &n)) return false;
    if (type == FRS__NC_CHAR || type >= FRS__NC_STRING || n < 1 || n > FRS_LEN(all)) return false;
    if (in->nc->get_att_double(in->id, var, name, all)) return false;
    *v = all[0];
    return true;
}
