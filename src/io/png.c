/* PNG by libpng's simplified interface, 8 bits in sRGB; what is transparent stands on white. */
#include "io/picture.h"

#ifdef FRS_PNG_SO
#include <png.h>
#include <string.h>

#define FUNCTIONS(X)                                                                               \
    X(begin_read_from_memory)                                                                      \
    X(finish_read)                                                                                 \
    X(free)
#define NAME(name)   "png_image_" #name,
#define MEMBER(name) __typeof__(png_image_##name) *name;
static const char *const names[] = {FUNCTIONS(NAME)};
typedef struct library {
    FUNCTIONS(MEMBER)
} library;
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

const char *frs__png_missing(void) {
    return NULL;
}

frs_status frs__png_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p) {
    void *fns[FRS_LEN(names)];
    library lib;
    FRS_TRY(frs__dl_open(ctx, "libpng", FRS_PNG_SO, names, fns, FRS_LEN(names)));
    memcpy(&lib, fns, sizeof lib);
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!lib.begin_read_from_memory(&image, file->data, (size_t)file->n))
        return frs__picture_damaged(ctx, path, "PNG", image.message);
    p->height = image.height, p->width = image.width;
    const frs_status s = frs__picture_room(ctx, path, file, p);
    image.format = PNG_FORMAT_RGB;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB; /* else libpng takes 16 bits for linear light */
    const png_color white = {255, 255, 255};
    if (s == FRS_OK && !lib.finish_read(&image, &white, p->rgb, 0, NULL))
        return frs__picture_damaged(ctx, path, "PNG", image.message); /* freed by it */
    lib.free(&image);
    return s;
}

#else
const char *frs__png_missing(void) {
    return "libpng";
}
frs_status frs__png_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p) {
    (void)file, (void)p;
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: built without %s"), path, frs__png_missing());
}
#endif
