/* Zip archives by libzip, opened at first use. Only what PyTorch writes is read: entries that are
 * stored as they are, each once, under plain names. Nothing is ever unpacked to a disk. */
#ifndef FRS_EXCHANGE_ZIP_H
#define FRS_EXCHANGE_ZIP_H
#include "base/base.h"

typedef struct frs__zip_entry {
    const char *name;
    int64_t size;
} frs__zip_entry;
typedef struct frs__zip {
    frs_ctx *ctx;
    const char *path; /* borrowed */
    frs_map map;
    frs_arena memory;
    frs__zip_entry *entries; /* [n] as in the archive's directory */
    int64_t n;
    void *lib, *handle;
} frs__zip;
/* errors: FRS_E_UNSUPPORTED built without libzip; FRS_E_FORMAT not a zip, damaged, or with entries
 * as above forbids: compressed or encrypted ones, names that leave the archive's folder or come
 * twice, more bytes than the file has. */
frs_status frs__zip_open(frs_ctx *ctx, const char *path, frs__zip *z);
void frs__zip_close(frs__zip *z);
const frs__zip_entry *frs__zip_find(const frs__zip *z, const char *name); /* NULL: none */
/* All of an entry, whose checksum must be right; to [e->size]. */
frs_status frs__zip_read(frs__zip *z, const frs__zip_entry *e, void *to);

typedef struct frs__zip_part {
    const char *name;
    const void *data;
    int64_t n;
} frs__zip_part;
/* A new archive of stored entries, whole or not at all. */
frs_status frs__zip_write(frs_ctx *ctx, const char *path, const frs__zip_part *parts, int64_t n);
/* NULL: built with libzip; else what is missing. */
const char *frs__zip_missing(void);
#endif
