/* A .gz file by zlib (RFC 1952), one member, checksum verified. */
#include "io/arrays_format.h"

bool frs__gzip_magic(const frs_map *file) {
    return file->n >= 18 && file->data[0] == 0x1f && file->data[1] == 0x8b;
}

#ifdef FRS_Z_SO
#include <string.h>
#include <zlib.h>

/* Deflate makes at most 1032 bytes of one. */
enum { MOST_OF_A_BYTE = 1032 };
static const int64_t limit_bytes = INT64_C(1) << 31;

typedef struct library {
    __typeof__(inflateInit2_) *init;
    __typeof__(inflate) *inflate;
    __typeof__(inflateEnd) *end;
} library;
static const char *const names[] = {"inflateInit2_", "inflate", "inflateEnd"};
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

const char *frs__gzip_missing(void) {
    return NULL;
}

static void *take(void *ctx, unsigned n, unsigned size) {
    return frs__alloc(ctx, n, size);
}
static void give(void *ctx, void *p) {
    frs__free(ctx, p);
}

/* The size that the file's last four bytes promise; nothing is taken for true but how much room is
 * made, and no more than its bytes can become. */
static int64_t promised(const frs_map *file) {
    const unsigned char *end = file->data + file->n - 4;
    return (int64_t)((uint32_t)end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 |
                     (uint32_t)end[3] << 24);
}

/* n bytes at once, no more and no less. */
static frs_status unpack(frs_ctx *ctx, const library *lib, const char *path, const frs_map *file,
                         unsigned char *to, int64_t n) {
    z_stream z = {.zalloc = take,
                  .zfree = give,
                  .opaque = ctx,
                  .next_in = (unsigned char *)(uintptr_t)file->data,
                  .avail_in = (uInt)file->n,
                  .next_out = to,
                  .avail_out = (uInt)n};
    const int gzip_only = 15 + 16;
    int code = lib->init(&z, gzip_only, ZLIB_VERSION, (int)sizeof z);
    if (code == Z_OK) {
        code = lib->inflate(&z, Z_FINISH);
        lib->end(&z);
    }
    if (code == Z_MEM_ERROR) return frs__fail(ctx, FRS_E_NOMEM, _("%s: out of memory"), path);
    if (code == Z_STREAM_END && z.avail_out == 0 && z.avail_in == 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_FORMAT, _("%s: the gzip data are damaged or truncated"), path);
}

frs_status frs__gunzip(frs_ctx *ctx, const char *path, const frs_map *file, unsigned char **data,
                       int64_t *n) {
    void *fns[FRS_LEN(names)];
    library lib;
    FRS_TRY(frs__dl_open(ctx, "zlib", FRS_Z_SO, names, fns, FRS_LEN(names)));
    memcpy(&lib, fns, sizeof lib);
    const int64_t size = promised(file);
    if (size > limit_bytes || file->n > limit_bytes)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: more than 2 GiB unpacked"), path);
    if (size / MOST_OF_A_BYTE > file->n)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: the gzip data are damaged or truncated"), path);
    unsigned char *to = frs__alloc(ctx, size, 1);
    if (!to) return FRS_E_NOMEM;
    const frs_status s = unpack(ctx, &lib, path, file, to, size);
    if (s == FRS_OK)
        *data = to, *n = size;
    else
        frs__free(ctx, to);
    return s;
}

#else
const char *frs__gzip_missing(void) {
    return "zlib";
}
frs_status frs__gunzip(frs_ctx *ctx, const char *path, const frs_map *file, unsigned char **data,
                       int64_t *n) {
    (void)file, (void)data, (void)n;
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: built without %s"), path, frs__gzip_missing());
}
#endif
