#include "io/picture.h"
#include <string.h>

enum { MAX_PIXELS = 1 << 26, MAX_SIDE = 1 << 16 };
/* A byte of deflated rows of one bit holds at most 8 * 1032 pixels (zlib's limit), a byte of a JPEG
 * fewer: whoever claims more has not got them. */
enum { PIXELS_A_BYTE = 8 * 1032 };

frs_status frs__picture_room(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p) {
    const int64_t h = p->height, w = p->width;
    if (h < 1 || w < 1 || h > MAX_SIDE || w > MAX_SIDE || h * w > MAX_PIXELS)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: %lld x %lld pixels; at most %d are read"), path,
                         (long long)h, (long long)w, MAX_PIXELS);
    if (h * w / PIXELS_A_BYTE > file->n)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: %lld x %lld pixels cannot be in %lld bytes"),
                         path, (long long)h, (long long)w, (long long)file->n);
    p->rgb = frs__alloc(ctx, h * w, 3);
    return p->rgb ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs__picture_damaged(frs_ctx *ctx, const char *path, const char *format,
                                const char *why) {
    return frs__fail(ctx, FRS_E_FORMAT, _("%s: a damaged or truncated %s: %.200s"), path, format,
                     why);
}

static bool begins(const frs_map *m, const char *magic, int64_t n) {
    return m->n >= n && memcmp(m->data, magic, (size_t)n) == 0;
}

frs_status frs__picture_read(frs_ctx *ctx, const char *path, frs__picture *out) {
    frs_map m;
    frs__picture p = {0};
    FRS_TRY(frs__map_open(ctx, path, &m));
    frs_status s;
    if (begins(&m, "\x89PNG\r\n\x1a\n", 8))
        s = frs__png_decode(ctx, path, &m, &p);
    else if (begins(&m, "\xff\xd8\xff", 3))
        s = frs__jpeg_decode(ctx, path, &m, &p);
    else
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: expected a PNG or a JPEG, found neither"), path);
    frs__map_close(&m);
    if (s == FRS_OK)
        *out = p;
    else
        frs__free(ctx, p.rgb);
    return s;
}
