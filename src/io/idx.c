/* IDX, the format of MNIST and its kin (LeCun, Cortes & Burges, 1998, yann.lecun.com/exdb/mnist):
 * 0, 0, type, rank; rank sizes of 32 bits, slowest first; the values. All big-endian. The file of
 * images `A-images-idx3-ubyte` has its labels in `A-labels-idx1-ubyte`, either of them as .gz, too.
 */
#include "io/arrays_format.h"
#include <math.h>
#include <string.h>

enum { MAX_PATH = 4096 };

typedef struct idx {
    frs_ctx *ctx;
    const char *path;
    frs_map file;
    unsigned char *unpacked; /* of a .gz; NULL: the file as it is */
    int type;
    int64_t n;       /* the first size */
    frs_shape shape; /* the others */
    const unsigned char *values;
} idx;

/* Bytes of a value; 0: no such type. */
static int type_bytes(int type) {
    switch (type) {
    case 0x08: /* unsigned byte */
    case 0x09:
        return 1;
    case 0x0B:
        return 2;
    case 0x0C: /* int */
    case 0x0D:
        return 4;
    case 0x0E:
        return 8;
    default:
        return 0;
    }
}

static uint64_t big_endian(const unsigned char *p, int bytes) {
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | p[i];
    return v;
}

static float value(int type, const unsigned char *p) {
    float f;
    double d;
    const uint32_t four = type == 0x0D ? (uint32_t)big_endian(p, 4) : 0;
    const uint64_t eight = type == 0x0E ? big_endian(p, 8) : 0;
    switch (type) {
    case 0x08:
        return (float)p[0];
    case 0x09:
        return (float)(int8_t)p[0];
    case 0x0B:
        return (float)(int16_t)big_endian(p, 2);
    case 0x0C:
        return (float)(int32_t)big_endian(p, 4);
    case 0x0D:
        memcpy(&f, &four, 4);
        return f;
    default:
        memcpy(&d, &eight, 8);
        return (float)d;
    }
}

/* ---- one file */

/* Sizes that the rest of the file, `left` bytes, has exactly the values of. */
static frs_status sizes(idx *x, const unsigned char *p, int rank, int64_t left) {
    const int64_t bytes = type_bytes(x->type);
    int64_t need = bytes;
    for (int i = 0; i < rank; i++) {
        const int64_t size = (int64_t)big_endian(p + 4 * i, 4);
        if (size < 1 || size > left / need)
            return frs__fail(x->ctx, FRS_E_FORMAT,
                             _("%s: size %d is %lld, and %lld bytes of values follow"), x->path,
                             i + 1, (long long)size, (long long)left);
        need *= size;
        if (i == 0)
            x->n = size;
        else
            x->shape.dim[x->shape.rank++] = size;
    }
    if (need == left) return FRS_OK;
    return frs__fail(x->ctx, FRS_E_FORMAT, _("%s: expected %lld bytes of values, found %lld"),
                     x->path, (long long)need, (long long)left);
}

static frs_status parse(idx *x, const unsigned char *p, int64_t n) {
    if (n < 4 || p[0] != 0 || p[1] != 0 || type_bytes(p[2]) == 0)
        return frs__fail(x->ctx, FRS_E_FORMAT,
                         _("%s: not an IDX file: it begins with 0, 0 and a known type"), x->path);
    const int rank = p[3];
    if (rank < 1 || rank > FRS_MAX_RANK - 1)
        return frs__fail(x->ctx, FRS_E_FORMAT, _("%s: %d sizes; expected 1 to %d"), x->path, rank,
                         FRS_MAX_RANK - 1);
    const int64_t head = 4 + 4 * (int64_t)rank;
    if (n < head)
        return frs__fail(x->ctx, FRS_E_FORMAT, _("%s: expected a head of %lld bytes, found %lld"),
                         x->path, (long long)head, (long long)n);
    x->type = p[2];
    x->values = p + head;
    return sizes(x, p + 4, rank, n - head);
}

static void idx_close(idx *x) {
    frs__free(x->ctx, x->unpacked);
    frs__map_close(&x->file);
}

static frs_status idx_open(frs_ctx *ctx, const char *path, idx *x) {
    *x = (idx){.ctx = ctx, .path = path};
    FRS_TRY(frs__map_open(ctx, path, &x->file));
    int64_t n = x->file.n;
    frs_status s = FRS_OK;
    if (frs__gzip_magic(&x->file)) s = frs__gunzip(ctx, path, &x->file, &x->unpacked, &n);
    if (s == FRS_OK) s = parse(x, x->unpacked ? x->unpacked : x->file.data, n);
    if (s != FRS_OK) idx_close(x);
    return s;
}

static void read_values(const idx *x, int64_t n, float divisor, float *to) {
    const int bytes = type_bytes(x->type);
    for (int64_t i = 0; i < n; i++) to[i] = value(x->type, x->values + i * bytes) / divisor;
}

/* ---- images and labels */

/* [n, H, W] are images of one channel. */
static frs_array images_of(const idx *x) {
    frs_array a = {.name = "x", .shape = x->shape};
    if (a.shape.rank == 2) a.shape.dim[a.shape.rank++] = 1;
    return a;
}

/* Whole numbers from 0 on are classes. */
static frs_status name_classes(const idx *labels, frs_arrays *a) {
    const float *y = frs__own(a, 1);
    float most = 0;
    if (labels->shape.rank > 0 || labels->type >= 0x0D) return FRS_OK;
    for (int64_t i = 0; i < a->n; i++) {
        if (y[i] < 0 || y[i] >= (float)FRS__MAX_CLASSES) return FRS_OK;
        most = fmaxf(most, y[i]);
    }
    return frs__number_classes(labels->ctx, a, (int)most + 1);
}

static frs_status make_set(const idx *images, const idx *labels, const frs_arrays_opts *o,
                           frs_arrays *a) {
    if (labels && labels->n != images->n)
        return frs__fail(images->ctx, FRS_E_INPUT,
                         _("%s: expected %lld labels as %s has images, found %lld"), labels->path,
                         (long long)images->n, images->path, (long long)labels->n);
    frs_array two[2] = {images_of(images)};
    if (labels) two[1] = (frs_array){.name = "y", .shape = labels->shape, .target = true};
    FRS_TRY(frs__arrays_new(images->ctx, images->n, two, labels ? 2 : 1, a));
    const float divisor = images->type == 0x08 && !o->raw ? 255 : 1;
    read_values(images, images->n * frs__sample_count(images->shape), divisor, frs__own(a, 0));
    if (!labels) return FRS_OK;
    read_values(labels, labels->n * frs__sample_count(labels->shape), 1, frs__own(a, 1));
    return name_classes(labels, a);
}

/* "t10k-images-idx3-ubyte" -> "t10k-labels-idx1-ubyte"; false: no such name. */
static bool labels_name(const char *images, char to[MAX_PATH]) {
    const char *slash = strrchr(images, '/'), *at = strstr(slash ? slash : images, "images");
    const size_t n = strlen(images);
    if (!at || n >= MAX_PATH - 4) return false;
    memcpy(to, images, n + 1);
    char *name = to + (at - images);
    memcpy(name, "labels", 6);
    char *rank = strstr(name, "idx");
    if (rank && rank[3] >= '1' && rank[3] <= '9') rank[3] = '1';
    return true;
}

/* As they lie beside the images; packed where those are not, or the other way round. */
static bool find_labels(const char *images, char path[MAX_PATH]) {
    if (!labels_name(images, path)) return false;
    if (frs__exists(path)) return true;
    char *end = path + strlen(path);
    if (end - path > 3 && strcmp(end - 3, ".gz") == 0)
        end[-3] = 0;
    else
        memcpy(end, ".gz", 4);
    return frs__exists(path);
}

static frs_status open_pair(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                            frs_arrays *a) {
    idx images, labels;
    char beside[MAX_PATH];
    const bool labelled = find_labels(path, beside);
    FRS_TRY(idx_open(ctx, path, &images));
    frs_status s = labelled ? idx_open(ctx, beside, &labels) : FRS_OK;
    if (s == FRS_OK) {
        s = make_set(&images, labelled ? &labels : NULL, o, a);
        if (labelled) idx_close(&labels);
    }
    idx_close(&images);
    if (s == FRS_OK && !labelled) frs__log(ctx, FRS_LOG_INFO, _("%s: no labels beside it"), path);
    return s;
}

/* ---- a folder of them */

static bool names_images(const char *name) {
    return strstr(name, "images") && strstr(name, "idx");
}

/* `other` is the same file as .gz. */
static bool packed(const char *name, const char *other) {
    const size_t n = strlen(name);
    return strncmp(name, other, n) == 0 && strcmp(other + n, ".gz") == 0;
}

/* Of the names, sorted, that hold `part`, the only one; "": none, *several: more than one. */
static const char *only(char *const *names, int64_t n, const char *part, bool *several) {
    const char *found = NULL;
    *several = false;
    for (int64_t i = 0; i < n; i++) {
        if (!names_images(names[i]) || !strstr(names[i], part)) continue;
        if (found && packed(found, names[i])) continue;
        *several = found;
        if (*several) return NULL;
        found = names[i];
    }
    return found;
}

static frs_status choose(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                         char *const *names, int64_t n, const char **name) {
    bool several, still;
    *name = only(names, n, o->part ? o->part : "", &several);
    if (several && !o->part) *name = only(names, n, "train", &still);
    if (*name) return FRS_OK;
    if (several)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: several files of images: say which part is meant"), path);
    return frs__fail(ctx, FRS_E_NODATA, _("%s: no file named '%s*images*idx*' here"), path,
                     o->part ? o->part : "");
}

static frs_status open_idx(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                           frs_arrays *a) {
    if (!frs__is_dir(path)) return open_pair(ctx, path, o, a);
    char **names, *file = NULL;
    const char *name = NULL;
    int64_t n;
    FRS_TRY(frs__list_dir(ctx, path, &names, &n));
    frs_status s = choose(ctx, path, o, names, n, &name);
    if (s == FRS_OK && !(file = frs__path_join(ctx, path, name))) s = FRS_E_NOMEM;
    if (s == FRS_OK) s = open_pair(ctx, file, o, a);
    frs__free(ctx, file);
    frs__free(ctx, names);
    return s;
}

static frs_status sniff_file(frs_ctx *ctx, const char *path, bool *is) {
    frs_map m;
    FRS_TRY(frs__map_open(ctx, path, &m));
    *is = frs__gzip_magic(&m) ||
          (m.n >= 4 && m.data[0] == 0 && m.data[1] == 0 && type_bytes(m.data[2]) > 0);
    frs__map_close(&m);
    return FRS_OK;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    if (!frs__is_dir(path)) return sniff_file(ctx, path, is);
    char **names;
    int64_t n;
    FRS_TRY(frs__list_dir(ctx, path, &names, &n));
    for (int64_t i = 0; i < n; i++) *is = *is || names_images(names[i]);
    frs__free(ctx, names);
    return FRS_OK;
}

const frs_arrays_reader frs__arrays_idx = {.name = "idx", .sniff = sniff, .open = open_idx};
