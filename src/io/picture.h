/* One picture of a file, PNG or JPEG, as bytes; and brought to the size of a data set. The
 * libraries are opened at first use. */
#ifndef FRS_IO_PICTURE_H
#define FRS_IO_PICTURE_H
#include "base/base.h"

typedef struct frs__picture {
    int64_t height, width;
    unsigned char *rgb; /* [height, width, 3]; freed by frs__free */
} frs__picture;
/* By the file's first bytes, whatever its name. errors: FRS_E_FORMAT neither of them, damaged,
 * truncated, larger than 2^26 pixels or than its bytes can hold; FRS_E_UNSUPPORTED built without
 * the library. */
frs_status frs__picture_read(frs_ctx *ctx, const char *path, frs__picture *p);

/* As read: to [height, width, channels], 1 (grey: 0.299 R + 0.587 G + 0.114 B, ITU-R BT.601) or 3.
 * By `divisor`. An axis that shrinks is averaged over the area, one that grows is linear between
 * the pixels' middles; one that stays is copied. */
typedef struct frs__picture_size {
    int64_t height, width;
    int channels;
} frs__picture_size;
frs_status frs__picture_resize(frs_ctx *ctx, const frs__picture *p, const frs__picture_size *s,
                               float divisor, float *to);

/* ---- png.c, jpeg.c: a file that begins as theirs do. */
frs_status frs__png_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p);
frs_status frs__jpeg_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p);
/* Room for a picture of that size; refuses what the file cannot hold. */
frs_status frs__picture_room(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p);
frs_status frs__picture_damaged(frs_ctx *ctx, const char *path, const char *format,
                                const char *why);
/* NULL: built with it; else the library that is missing. */
const char *frs__png_missing(void);
const char *frs__jpeg_missing(void);
#endif
