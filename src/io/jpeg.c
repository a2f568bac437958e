/* JPEG by libturbojpeg, without the turn that a camera may have noted beside it. */
#include "io/picture.h"

#ifdef FRS_TURBOJPEG_SO
#include <string.h>
#include <turbojpeg.h>

#define FUNCTIONS(X)                                                                               \
    X(InitDecompress)                                                                              \
    X(DecompressHeader3)                                                                           \
    X(Decompress2)                                                                                 \
    X(GetErrorStr2)                                                                                \
    X(Destroy)
#define NAME(name)   "tj" #name,
#define MEMBER(name) __typeof__(tj##name) *name;
static const char *const names[] = {FUNCTIONS(NAME)};
typedef struct library {
    FUNCTIONS(MEMBER)
} library;
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

const char *frs__jpeg_missing(void) {
    return NULL;
}

/* A warning, of a truncated file say, is an error; and so are more scans than any picture needs,
 * each of which costs as much as a picture. */
static frs_status decode(frs_ctx *ctx, const library *lib, tjhandle h, const char *path,
                         const frs_map *file, frs__picture *p) {
    int width = 0, height = 0, subsampling, colours; /* a file of tables alone sets none */
    const unsigned long n = (unsigned long)file->n;
    if (lib->DecompressHeader3(h, file->data, n, &width, &height, &subsampling, &colours) != 0)
        return frs__picture_damaged(ctx, path, "JPEG", lib->GetErrorStr2(h));
    if (width < 1 || height < 1)
        return frs__picture_damaged(ctx, path, "JPEG", _("no image in it"));
    p->height = height, p->width = width;
    FRS_TRY(frs__picture_room(ctx, path, file, p));
    if (lib->Decompress2(h, file->data, n, p->rgb, width, 0, height, TJPF_RGB,
                         TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS) != 0)
        return frs__picture_damaged(ctx, path, "JPEG", lib->GetErrorStr2(h));
    return FRS_OK;
}

frs_status frs__jpeg_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p) {
    void *fns[FRS_LEN(names)];
    library lib;
    FRS_TRY(frs__dl_open(ctx, "libturbojpeg", FRS_TURBOJPEG_SO, names, fns, FRS_LEN(names)));
    memcpy(&lib, fns, sizeof lib);
    tjhandle h = lib.InitDecompress();
    if (!h) return frs__fail(ctx, FRS_E_NOMEM, _("%s: out of memory"), path);
    const frs_status s = decode(ctx, &lib, h, path, file, p);
    lib.Destroy(h);
    return s;
}

#else
const char *frs__jpeg_missing(void) {
    return "libturbojpeg";
}
frs_status frs__jpeg_decode(frs_ctx *ctx, const char *path, const frs_map *file, frs__picture *p) {
    (void)file, (void)p;
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: built without %s"), path, frs__jpeg_missing());
}
#endif
