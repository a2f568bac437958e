/* A folder of images by class: files .png, .jpg, .jpeg in PATH/CLASS; classes and files sorted by
 * name, all images brought to one size. */
#include "io/arrays_format.h"
#include "io/io_internal.h"
#include "io/picture.h"
#include <math.h>
#include <string.h>

static const char extensions[] = "png;jpg;jpeg";
enum { MAX_SIDE = 1 << 15 };

typedef struct item {
    const char *path; /* in the arena */
    int class;
} item;
typedef struct folder {
    frs_ctx *ctx;
    frs_arena arena;
    item *items;
    int64_t n, cap;
    const char **classes; /* [FRS__MAX_CLASSES] in the arena */
    int n_classes;
} folder;

static void folder_free(folder *f) {
    frs__free(f->ctx, f->items);
    frs__arena_free(&f->arena);
}

static bool is_image(const char *name) {
    return name[0] != '.' && frs__has_extension(name, extensions);
}

/* ---- what is there */

static const char *in_arena(folder *f, const char *a, const char *b) {
    char *joined = frs__path_join(f->ctx, a, b);
    const char *kept = joined ? frs__arena_strdup(&f->arena, joined) : NULL;
    frs__free(f->ctx, joined);
    return kept;
}

static frs_status add_image(folder *f, const char *path, const char *name) {
    if (f->n == f->cap) {
        const int64_t cap = f->cap ? 2 * f->cap : 256;
        item *more = frs__realloc(f->ctx, f->items, f->n, cap, sizeof *more);
        if (!more) return FRS_E_NOMEM;
        f->items = more;
        f->cap = cap;
    }
    const char *kept = in_arena(f, path, name);
    if (!kept) return FRS_E_NOMEM;
    f->items[f->n++] = (item){kept, f->n_classes};
    return FRS_OK;
}

static frs_status add_class(folder *f, const char *path, const char *name) {
    const char *kept = frs__arena_strdup(&f->arena, name), *inside = in_arena(f, path, name);
    char **files;
    int64_t n, passed_over = 0;
    const int64_t before = f->n;
    if (!kept || !inside) return FRS_E_NOMEM;
    FRS_TRY(frs__list_dir(f->ctx, inside, &files, &n));
    frs_status s = FRS_OK;
    for (int64_t i = 0; i < n && s == FRS_OK; i++) {
        if (is_image(files[i]))
            s = add_image(f, inside, files[i]);
        else
            passed_over++;
    }
    frs__free(f->ctx, files);
    FRS_TRY(s);
    if (passed_over)
        frs__log(f->ctx, FRS_LOG_DEBUG, _("%s: %lld files that are no PNG or JPEG passed over"),
                 inside, (long long)passed_over);
    if (f->n == before) return FRS_OK; /* no image, no class */
    if (f->n_classes == FRS__MAX_CLASSES)
        return frs__fail(f->ctx, FRS_E_INPUT, _("%s: more than %d classes"), path,
                         FRS__MAX_CLASSES);
    f->classes[f->n_classes++] = kept;
    return FRS_OK;
}

/* look: only whether there is any image. */
static frs_status list(folder *f, const char *path, bool look) {
    char **names;
    int64_t n;
    f->classes = frs__arena_alloc(&f->arena, FRS__MAX_CLASSES, sizeof *f->classes);
    if (!f->classes) return FRS_E_NOMEM;
    FRS_TRY(frs__list_dir(f->ctx, path, &names, &n));
    frs_status s = FRS_OK;
    for (int64_t i = 0; i < n && s == FRS_OK && !(look && f->n > 0); i++) {
        if (names[i][0] == '.') continue;
        const char *inside = in_arena(f, path, names[i]);
        if (!inside)
            s = FRS_E_NOMEM;
        else if (frs__is_dir(inside))
            s = add_class(f, path, names[i]);
    }
    frs__free(f->ctx, names);
    return s;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    if (!frs__is_dir(path)) return FRS_OK;
    folder f = {.ctx = ctx, .arena = {.ctx = ctx}};
    const frs_status s = list(&f, path, true);
    *is = f.n > 0;
    folder_free(&f);
    return s;
}

/* ---- reading */

/* Height and width that were not asked for are those of the first image. */
static frs_status choose_size(const folder *f, const frs_arrays_opts *o, frs__picture_size *size) {
    *size = (frs__picture_size){o->height, o->width, o->channels ? o->channels : 3};
    if (size->height < 0 || size->height > MAX_SIDE || size->width < 0 || size->width > MAX_SIDE ||
        (size->channels != 1 && size->channels != 3))
        return frs__fail(f->ctx, FRS_E_ARG,
                         _("images of %lld x %lld pixels in %d channels; expected 1 or 3, at most "
                           "%d pixels a side"),
                         (long long)size->height, (long long)size->width, size->channels, MAX_SIDE);
    if (size->height && size->width) return FRS_OK;
    frs__picture first;
    FRS_TRY(frs__picture_read(f->ctx, f->items[0].path, &first));
    frs__free(f->ctx, first.rgb);
    if (!size->height) size->height = first.height;
    if (!size->width) size->width = first.width;
    return FRS_OK;
}

static frs_status read_image(const folder *f, int64_t i, const frs__picture_size *size,
                             float divisor, frs_arrays *a) {
    frs__picture p;
    FRS_TRY(frs__picture_read(f->ctx, f->items[i].path, &p));
    float *to = frs__own(a, 0) + i * size->height * size->width * size->channels;
    const frs_status s = frs__picture_resize(f->ctx, &p, size, divisor, to);
    frs__free(f->ctx, p.rgb);
    frs__own(a, 1)[i] = (float)f->items[i].class;
    frs__progress(f->ctx, &(frs_progress_info){.stage = _("reading images"),
                                               .done = i + 1,
                                               .total = f->n,
                                               .value = (double)NAN,
                                               .eta_s = (double)NAN});
    return s;
}

static frs_status read_all(const folder *f, const frs_arrays_opts *o, frs_arrays *a) {
    frs__picture_size size;
    FRS_TRY(choose_size(f, o, &size));
    const frs_array two[] = {{.name = "x", .shape = {3, {size.height, size.width, size.channels}}},
                             {.name = "y", .target = true}};
    FRS_TRY(frs__arrays_new(f->ctx, f->n, two, 2, a));
    FRS_TRY(frs_arrays_set_classes(f->ctx, a, f->classes, f->n_classes));
    for (int64_t i = 0; i < f->n; i++) {
        if (frs__cancelled(f->ctx)) return frs__fail(f->ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(read_image(f, i, &size, o->raw ? 1 : 255, a));
    }
    return FRS_OK;
}

static frs_status open_images(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                              frs_arrays *a) {
    folder f = {.ctx = ctx, .arena = {.ctx = ctx}};
    frs_status s = list(&f, path, false);
    if (s == FRS_OK && f.n == 0)
        s = frs__fail(ctx, FRS_E_NODATA,
                      _("%s: expected a folder for each class with PNG or JPEG images in it"),
                      path);
    if (s == FRS_OK) s = read_all(&f, o, a);
    folder_free(&f);
    return s;
}

const frs_arrays_reader frs__arrays_images = {
    .name = "images", .sniff = sniff, .open = open_images};
