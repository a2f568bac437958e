/* libnetcdf, opened at first use: nothing is linked, and its header is not needed to build.
 *
 * Files are read from a memory map and written to memory, so that paths, disk errors and renaming
 * are ours: HDF5 that meets a full disk crashes when the process ends. */
#ifndef FRS_IO_NETCDF_LIB_H
#define FRS_IO_NETCDF_LIB_H
#include "base/base.h"

/* Of netcdf.h, which netcdf_lib.c compares where it is installed. */
enum frs__nc_type {
    FRS__NC_BYTE = 1,
    FRS__NC_CHAR,
    FRS__NC_SHORT,
    FRS__NC_INT,
    FRS__NC_FLOAT,
    FRS__NC_DOUBLE,
    FRS__NC_UBYTE,
    FRS__NC_USHORT,
    FRS__NC_UINT,
    FRS__NC_INT64,
    FRS__NC_UINT64,
    FRS__NC_STRING
};
enum {
    FRS__NC_GLOBAL = -1,
    FRS__NC_NOWRITE = 0,
    FRS__NC_NETCDF4 = 0x1000,
    FRS__NC_MAX_NAME = 256,
    FRS__NC_MAX_DIMS = 1024,
    FRS__NC_CHUNKED = 0,
    FRS__NC_E_NOMEM = -61
};

typedef struct frs__nc_memory {
    size_t size;
    void *memory;
    int flags;
} frs__nc_memory;

/* X(result, name without nc_, parameters) */
#define FRS__NC_FUNCTIONS(X)                                                                       \
    X(const char *, strerror, (int code))                                                          \
    X(int, open_mem, (const char *name, int mode, size_t n, void *memory, int *id))                \
    X(int, create, (const char *path, int mode, int *id))                                          \
    X(int, create_mem, (const char *name, int mode, size_t n, int *id))                            \
    X(int, close, (int id))                                                                        \
    X(int, close_memio, (int id, frs__nc_memory *memory))                                          \
    X(int, free_string, (size_t n, char **text))                                                   \
    X(int, inq, (int id, int *n_dims, int *n_vars, int *n_atts, int *unlimited))                   \
    X(int, inq_dim, (int id, int dim, char *name, size_t *n))                                      \
    X(int, inq_varid, (int id, const char *name, int *var))                                        \
    X(int, inq_var, (int id, int var, char *name, int *type, int *n_dims, int *dims, int *n_atts)) \
    X(int, inq_var_chunking, (int id, int var, int *storage, size_t *sizes))                       \
    X(int, inq_att, (int id, int var, const char *name, int *type, size_t *n))                     \
    X(int, get_att_text, (int id, int var, const char *name, char *text))                          \
    X(int, get_att_string, (int id, int var, const char *name, char **text))                       \
    X(int, get_att_double, (int id, int var, const char *name, double *v))                         \
    X(int, get_vara_float, (int id, int var, const size_t *start, const size_t *count, float *v))  \
    X(int, get_vara_double,                                                                        \
      (int id, int var, const size_t *start, const size_t *count, double *v))                      \
    X(int, get_vara_text, (int id, int var, const size_t *start, const size_t *count, char *v))    \
    X(int, get_vara_string, (int id, int var, const size_t *start, const size_t *count, char **v)) \
    X(int, def_dim, (int id, const char *name, size_t n, int *dim))                                \
    X(int, def_var, (int id, const char *name, int type, int n_dims, const int *dims, int *var))   \
    X(int, def_var_fill, (int id, int var, int no_fill, const void *value))                        \
    X(int, def_var_chunking, (int id, int var, int storage, const size_t *sizes))                  \
    X(int, def_var_deflate, (int id, int var, int shuffle, int deflate, int level))                \
    X(int, put_att_text, (int id, int var, const char *name, size_t n, const char *text))          \
    X(int, put_att_double,                                                                         \
      (int id, int var, const char *name, int type, size_t n, const double *v))                    \
    X(int, put_vara_int,                                                                           \
      (int id, int var, const size_t *start, const size_t *count, const int *v))                   \
    X(int, put_vara_float,                                                                         \
      (int id, int var, const size_t *start, const size_t *count, const float *v))                 \
    X(int, put_vara_double,                                                                        \
      (int id, int var, const size_t *start, const size_t *count, const double *v))                \
    X(int, put_vara_string,                                                                        \
      (int id, int var, const size_t *start, const size_t *count, const char **v))

#define FRS__NC_MEMBER(result, name, parameters) result(*name) parameters;
typedef struct frs__nc {
    FRS__NC_FUNCTIONS(FRS__NC_MEMBER)
} frs__nc;

/* The library is not safe for threads: everything that calls it stands between these two.
 * begin fails with FRS_E_UNSUPPORTED (and then holds no lock). */
frs_status frs__nc_begin(frs_ctx *ctx, const frs__nc **nc);
void frs__nc_end(void);
/* NULL: built with NetCDF; else what is missing. */
const char *frs__nc_missing(void);

/* ---- a file being read */
typedef struct frs__nc_in {
    const frs__nc *nc;
    frs_ctx *ctx;
    const char *path; /* borrowed */
    frs_map map;
    int id;
} frs__nc_in;
/* FRS_E_FORMAT: empty, not NetCDF, damaged. The caller holds the lock for all of these. */
frs_status frs__nc_open(frs_ctx *ctx, const frs__nc *nc, const char *path, frs__nc_in *in);
void frs__nc_close(frs__nc_in *in);
/* FRS_E_FORMAT with the file's name, what could not be read and the library's reason. */
frs_status frs__nc_damaged(const frs__nc_in *in, const char *what, int code);
/* A text attribute in a field of `size` bytes, cut there; "" when there is none. */
void frs__nc_text(const frs__nc_in *in, int var, const char *name, char *text, size_t size);
/* The first number of a numeric attribute; false when there is none. */
bool frs__nc_number(const frs__nc_in *in, int var, const char *name, double *v);
/* Whether these bytes open a NetCDF file (classic, 64-bit or HDF5). */
bool frs__nc_magic(const unsigned char *head, int64_t n);

/* The dimension of the sites of a file of many, and which of them is this one (variable `basin`).
 */
frs_status frs__nc_find_site(const frs__nc_in *in, const char *site, int *dim, int64_t *index);

/* ---- a file being written: the first error sticks in `code` and later calls do nothing. */
typedef struct frs__nc_out {
    const frs__nc *nc;
    frs_ctx *ctx;
    const char *path; /* borrowed */
    frs_writer *w;
    int id, code;
    bool open, in_memory;
} frs__nc_out;
/* bytes: of all values, before compression. Up to 64 MiB the file is made in memory. */
frs_status frs__nc_create(frs_ctx *ctx, const frs__nc *nc, const char *path, int64_t bytes,
                          frs__nc_out *out);
int frs__nc_dim(frs__nc_out *out, const char *name, int64_t n);
int frs__nc_var(frs__nc_out *out, const char *name, int type, int n_dims, const int *dims);
/* Empty text: no attribute. */
void frs__nc_att(frs__nc_out *out, int var, const char *name, const char *text);
/* float values, NaN where nothing is put, chunks of these sizes, shuffled and lightly deflated */
void frs__nc_float_layout(frs__nc_out *out, int var, const size_t *chunk);
/* A CF time coordinate over one dimension: whole days as int, else seconds as double. */
int frs__nc_time_var(frs__nc_out *out, const char *name, int dim, const int64_t *time_s, int64_t n);
void frs__nc_put_time(frs__nc_out *out, int var, const int64_t *time_s, int64_t n);
/* FRS_OK, or the error that stuck, told with the path. */
frs_status frs__nc_status(const frs__nc_out *out);
/* Closes it; the file is there whole or not at all. Releases out in any case. */
frs_status frs__nc_commit(frs__nc_out *out);
void frs__nc_discard(frs__nc_out *out);
#endif
