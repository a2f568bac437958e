/* Formats of array sets. One a file of src/io + a line in arrays_format_list.def. */
#ifndef FRS_IO_ARRAYS_FORMAT_H
#define FRS_IO_ARRAYS_FORMAT_H
#include "data/arrays.h"

typedef struct frs_arrays_reader {
    const char *name;
    /* Whether the file or folder looks like it; names and first bytes only. */
    frs_status (*sniff)(frs_ctx *ctx, const char *path, bool *is);
    /* *a is {0} before. What is in it after an error, the caller frees. */
    frs_status (*open)(frs_ctx *ctx, const char *path, const frs_arrays_opts *o, frs_arrays *a);
} frs_arrays_reader;

#define FRS_ARRAYS_FORMAT(name) extern const frs_arrays_reader frs__arrays_##name;
#include "io/arrays_format_list.def"
#undef FRS_ARRAYS_FORMAT

/* Classes called 0 .. n-1. */
frs_status frs__number_classes(frs_ctx *ctx, frs_arrays *a, int n);

/* ---- gzip.c: all of a .gz file, unpacked; *data by frs__free. errors: FRS_E_FORMAT damaged, or
 * above 2 GiB; FRS_E_UNSUPPORTED built without zlib. */
bool frs__gzip_magic(const frs_map *file);
frs_status frs__gunzip(frs_ctx *ctx, const char *path, const frs_map *file, unsigned char **data,
                       int64_t *n);
const char *frs__gzip_missing(void); /* NULL: built with zlib */

/* ---- mnist_json.c: {"data": [numbers from 0 to 1]}, put behind the *n values in *values; a
 * multiple of 784. */
frs_status frs__mnist_json_read(frs_ctx *ctx, const char *path, float **values, int64_t *n);
#endif
