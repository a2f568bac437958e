/* Shared by the readers: how rows of a file become a regular record, and where a file's site gets
 * its name. */
#ifndef FRS_IO_INTERNAL_H
#define FRS_IO_INTERNAL_H

#include "base/base.h"
#include "freshet/io.h"

#define FRS_READER(name) extern const frs_reader frs__reader_##name;
#include "io/reader_list.def"
#undef FRS_READER

#define FRS_HEAD_BYTES INT64_C(65536) /* what `sniff` gets to see at most */

/* The reader for this file: o->format, else the first that knows its beginning. */
frs_status frs__find_reader(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                            const frs_reader **r);
/* The reader that knows the file's beginning; NULL: none, or the file cannot be read. */
const frs_reader *frs__sniff(frs_ctx *ctx, const char *path);
bool frs__sniff_as(frs_ctx *ctx, const char *path, const frs_reader *r);
/* "dir/01022500.nc" -> "01022500" */
frs_status frs__site_of_path(frs_ctx *ctx, const char *path, char site[64]);
/* True when the name ends in one of "csv;txt" after a dot. */
bool frs__has_extension(const char *name, const char *extensions);

/* Site i of an open store. */
frs_status frs__store_series(frs_ctx *ctx, const frs_store *store, int64_t i, const char *path,
                             frs_series *s);

/* A NetCDF file of many sites: variables over (basin, date) or (date, basin), names in `basin`.
 * sites [n] sorted; frs__free. */
frs_status frs__netcdf_sites(frs_ctx *ctx, const char *path, char (**sites)[64], int64_t *n);
frs_status frs__netcdf_read_site(frs_ctx *ctx, const char *path, const char *site,
                                 const frs_read_opts *o, frs_series *s);

/* Rows as they stand in a file. {.ctx, .path, .n_vars} is empty and valid. */
typedef struct frs__file_rows {
    frs_ctx *ctx;
    const char *path;
    int n_vars;
    int64_t n, cap;
    int64_t *time_s; /* [n] */
    int64_t *line;   /* [n] line or record number, from 1, for messages */
    float *values;   /* [n][n_vars] */
} frs__file_rows;
/* Room for one more row: its values (all missing), or NULL when memory is out. */
float *frs__file_rows_add(frs__file_rows *r, int64_t time_s, int64_t line);
/* The regular record: step inferred, sorted, each date once (the first value that is not missing
 * counts), absent steps NaN; what was mended is counted in s. vars [n_vars]. FRS_E_FORMAT when the
 * times fit no step, FRS_E_NODATA without a row. */
frs_status frs__file_rows_series(frs__file_rows *r, const char *site, const frs_var *vars,
                                 frs_series *s);
void frs__file_rows_free(frs__file_rows *r);

#endif
