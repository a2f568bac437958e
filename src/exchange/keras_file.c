#include "exchange/keras_file.h"
#include "io/hdf5_lib.h"
#include <stdio.h>
#include <string.h>

void frs__keras_file_free(frs__keras_file *f) {
    frs__arena_free(&f->memory);
    *f = (frs__keras_file){0};
}

#ifdef FRS_HDF5_SO
enum {
    READ_ONLY = 0, /* H5F_ACC_RDONLY, which calls the library by its linked name */
    MAX_LAYERS = 4096,
    MAX_WEIGHTS = 4096, /* of a layer */
    MAX_CHUNKS = 1024,
    MAX_NAME = 512,
    MAX_CONFIG = 1 << 24,
    MOST_PACKED = 1100 /* bytes that one byte of deflate may become */
};

typedef struct reading {
    frs_ctx *ctx;
    const char *path;
    const frs__hdf5 *h;
    frs__keras_file *f;
    uint64_t bytes; /* of the file */
} reading;

static frs_status wrong(const reading *r, const char *where, const char *what) {
    return frs__fail(r->ctx, FRS_E_FORMAT, _("%s: '%.120s': %s"), r->path, where, what);
}

/* ---- attributes of texts */

typedef struct texts {
    const char **at;
    int64_t n;
} texts;

/* n bytes, perhaps with NULs behind the text. */
static const char *text_of(reading *r, const char *from, size_t n) {
    const size_t length = strnlen(from, n);
    char *s = frs__arena_alloc(&r->f->memory, (int64_t)length + 1, 1);
    if (s) memcpy(s, from, length);
    return s;
}

static frs_status append(reading *r, texts *list, const char *s) {
    if (!s) return FRS_E_NOMEM;
    if ((list->n & (list->n - 1)) == 0) { /* full at each power of two */
        const char **grown =
            frs__arena_alloc(&r->f->memory, list->n ? 2 * list->n : 1, sizeof(char *));
        if (!grown) return FRS_E_NOMEM;
        if (list->n) memcpy(grown, list->at, (size_t)list->n * sizeof(char *));
        list->at = grown;
    }
    list->at[list->n++] = s;
    return FRS_OK;
}

/* Texts that lie elsewhere in the file: the library allocates each. */
static frs_status read_variable(reading *r, hid_t attribute, hid_t type, int64_t n, texts *list) {
    const frs__hdf5 *h = r->h;
    char **at = frs__alloc(r->ctx, n, sizeof *at);
    if (!at) return FRS_E_NOMEM;
    const hid_t space = h->H5Aget_space(attribute);
    frs_status s = FRS_OK;
    if (h->H5Aread(attribute, type, at) < 0) s = wrong(r, "attribute", _("it cannot be read"));
    for (int64_t i = 0; i < n && s == FRS_OK; i++)
        s = append(r, list, text_of(r, at[i] ? at[i] : "", at[i] ? MAX_CONFIG : 0));
    h->H5Dvlen_reclaim(type, space, H5P_DEFAULT, at);
    h->H5Sclose(space);
    frs__free(r->ctx, at);
    return s;
}

static frs_status read_fixed(reading *r, hid_t attribute, hid_t type, int64_t n, texts *list) {
    const size_t size = r->h->H5Tget_size(type);
    if (size < 1 || size > MAX_CONFIG || (n > 1 && size > MAX_NAME * 8))
        return wrong(r, "attribute", _("texts that are too long"));
    char *bytes = frs__alloc(r->ctx, n, size);
    if (!bytes) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (r->h->H5Aread(attribute, type, bytes) < 0)
        s = wrong(r, "attribute", _("it cannot be read"));
    for (int64_t i = 0; i < n && s == FRS_OK; i++)
        s = append(r, list, text_of(r, bytes + (size_t)i * size, size));
    frs__free(r->ctx, bytes);
    return s;
}

/* An empty list has another type: Keras does not say of which type nothing is. */
static frs_status read_texts(reading *r, hid_t attribute, const char *name, texts *list) {
    const frs__hdf5 *h = r->h;
    const hid_t type = h->H5Aget_type(attribute), space = h->H5Aget_space(attribute);
    const hssize_t n = space >= 0 ? h->H5Sget_simple_extent_npoints(space) : -1;
    frs_status s = FRS_OK;
    if (n < 0 || n > MAX_LAYERS + MAX_WEIGHTS)
        s = wrong(r, name, _("an attribute of too many texts, or damaged"));
    else if (n > 0 && (type < 0 || h->H5Tget_class(type) != H5T_STRING))
        s = wrong(r, name, _("an attribute that is no text"));
    else if (n > 0)
        s = h->H5Tis_variable_str(type) > 0 ? read_variable(r, attribute, type, n, list)
                                            : read_fixed(r, attribute, type, n, list);
    if (type >= 0) h->H5Tclose(type);
    if (space >= 0) h->H5Sclose(space);
    return s;
}

/* *there: whether it is; its texts go behind those that the list has. */
static frs_status attribute(reading *r, hid_t of, const char *name, texts *list, bool *there) {
    *there = r->h->H5Aexists(of, name) > 0;
    if (!*there) return FRS_OK;
    const hid_t a = r->h->H5Aopen(of, name, H5P_DEFAULT);
    if (a < 0) return wrong(r, name, _("it cannot be read"));
    const frs_status s = read_texts(r, a, name, list);
    r->h->H5Aclose(a);
    return s;
}

/* NAME, or NAME0, NAME1, .. */
static frs_status list_of(reading *r, hid_t of, const char *name, texts *list, bool *there) {
    char part[64];
    FRS_TRY(attribute(r, of, name, list, there));
    for (int i = 0; !*there || i > 0; i++) {
        bool more = false;
        snprintf(part, sizeof part, "%s%d", name, i);
        if (i < MAX_CHUNKS) FRS_TRY(attribute(r, of, part, list, &more));
        if (!more) break;
        *there = true;
    }
    return FRS_OK;
}

static frs_status one_text(reading *r, hid_t of, const char *name, const char **text) {
    texts list = {0};
    bool there;
    *text = NULL;
    FRS_TRY(attribute(r, of, name, &list, &there));
    if (list.n == 1) *text = list.at[0];
    return FRS_OK;
}

/* ---- weights */

/* Follows the names of a path. A link that only names another place, perhaps in another file, is
 * no part of what Keras writes: only such a link has a value. Negative: it is not there. */
static hid_t open_object(const reading *r, hid_t from, const char *path, bool dataset) {
    const frs__hdf5 *h = r->h;
    char part[MAX_NAME], value[8];
    hid_t at = from;
    while (*path == '/') path++;
    while (*path) {
        const size_t n = strcspn(path, "/");
        if (n >= sizeof part) break;
        memcpy(part, path, n);
        part[n] = 0;
        path += n + strspn(path + n, "/");
        hid_t next = -1;
        if (h->H5Lexists(at, part, H5P_DEFAULT) > 0 &&
            h->H5Lget_val(at, part, value, sizeof value, H5P_DEFAULT) < 0)
            next = *path || !dataset ? h->H5Gopen2(at, part, H5P_DEFAULT)
                                     : h->H5Dopen2(at, part, H5P_DEFAULT);
        if (at != from) h->H5Gclose(at);
        if (next < 0) return -1;
        at = next;
    }
    return at == from || *path ? -1 : at;
}

/* Sizes, and that so many numbers can lie in the file. */
static frs_status extents(const reading *r, hid_t dataset, frs__keras_weight *w) {
    const frs__hdf5 *h = r->h;
    hsize_t dim[H5S_MAX_RANK];
    const hid_t space = h->H5Dget_space(dataset);
    const int rank = space >= 0 ? h->H5Sget_simple_extent_ndims(space) : -1;
    const bool sized = rank >= 0 && rank <= FRS__GIVEN_RANK &&
                       h->H5Sget_simple_extent_dims(space, dim, NULL) == rank;
    if (space >= 0) h->H5Sclose(space);
    if (!sized) return wrong(r, w->name, _("its number of axes is wrong"));
    const uint64_t stored = h->H5Dget_storage_size(dataset);
    const uint64_t most = (stored < r->bytes ? stored : r->bytes) * MOST_PACKED;
    uint64_t n = 1;
    w->rank = rank;
    for (int i = 0; i < rank; i++) {
        if (dim[i] > INT32_MAX || (dim[i] && n > most / dim[i]))
            return wrong(r, w->name, _("more numbers than the file can hold"));
        w->dim[i] = (int64_t)dim[i];
        n *= dim[i];
    }
    if (n > most) return wrong(r, w->name, _("more numbers than the file can hold"));
    w->n = (int64_t)n;
    return FRS_OK;
}

/* Floats, in this file. */
static frs_status check_kind(const reading *r, hid_t dataset, const char *name) {
    const frs__hdf5 *h = r->h;
    const hid_t type = h->H5Dget_type(dataset), made = h->H5Dget_create_plist(dataset);
    const bool floats = type >= 0 && h->H5Tget_class(type) == H5T_FLOAT;
    const H5D_layout_t layout = made >= 0 ? h->H5Pget_layout(made) : H5D_LAYOUT_ERROR;
    const bool here =
        (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED) &&
        h->H5Pget_external_count(made) == 0;
    if (type >= 0) h->H5Tclose(type);
    if (made >= 0) h->H5Pclose(made);
    if (floats && here) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_UNSUPPORTED,
                     floats ? _("%s: '%.120s' lies in another file")
                            : _("%s: '%.120s' is no floating-point numbers"),
                     r->path, name);
}

static frs_status read_values(reading *r, hid_t dataset, frs__keras_weight *w) {
    FRS_TRY(check_kind(r, dataset, w->name));
    FRS_TRY(extents(r, dataset, w));
    float *values = frs__arena_alloc(&r->f->memory, w->n, sizeof *values);
    if (!values) return FRS_E_NOMEM;
    w->values = values;
    if (w->n &&
        r->h->H5Dread(dataset, *r->h->native_float, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
        return wrong(r, w->name, _("it cannot be read: the file is truncated or damaged"));
    return FRS_OK;
}

static frs_status read_weight(reading *r, hid_t group, frs__keras_weight *w) {
    const hid_t dataset = open_object(r, group, w->name, true);
    if (dataset < 0) return wrong(r, w->name, _("it is named, but not in the file"));
    const frs_status s = read_values(r, dataset, w);
    r->h->H5Dclose(dataset);
    return s;
}

static frs_status read_layer(reading *r, hid_t group, frs__keras_layer *l) {
    texts names = {0};
    bool there;
    FRS_TRY(list_of(r, group, "weight_names", &names, &there));
    if (!there) return wrong(r, l->name, _("a layer without its attribute weight_names"));
    if (names.n > MAX_WEIGHTS) return wrong(r, l->name, _("too many weights"));
    l->weights = frs__arena_alloc(&r->f->memory, names.n, sizeof *l->weights);
    if (!l->weights) return FRS_E_NOMEM;
    for (; l->n < names.n; l->n++) {
        l->weights[l->n].name = names.at[l->n];
        FRS_TRY(read_weight(r, group, &l->weights[l->n]));
    }
    return FRS_OK;
}

static frs_status read_layers(reading *r, hid_t weights) {
    texts names = {0};
    const char *backend;
    bool there;
    FRS_TRY(list_of(r, weights, "layer_names", &names, &there));
    if (!there)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s: no weights of Keras 2 (attribute layer_names); files of Keras 3 "
                           "(.weights.h5, .keras) are laid out otherwise: save it as HDF5 by Keras "
                           "2"),
                         r->path);
    FRS_TRY(one_text(r, weights, "backend", &backend));
    if (backend && strcmp(backend, "theano") == 0)
        return frs__fail(r->ctx, FRS_E_UNSUPPORTED,
                         _("%s: saved by Theano, whose convolutions are turned"), r->path);
    if (names.n > MAX_LAYERS) return wrong(r, "layer_names", _("too many layers"));
    r->f->layers = frs__arena_alloc(&r->f->memory, names.n, sizeof *r->f->layers);
    if (!r->f->layers) return FRS_E_NOMEM;
    for (; r->f->n < names.n; r->f->n++) {
        frs__keras_layer *l = &r->f->layers[r->f->n];
        l->name = names.at[r->f->n];
        const hid_t group = open_object(r, weights, l->name, false);
        if (group < 0) return wrong(r, l->name, _("it is named, but not in the file"));
        const frs_status s = read_layer(r, group, l);
        r->h->H5Gclose(group);
        FRS_TRY(s);
    }
    return FRS_OK;
}

static frs_status read_file(reading *r, hid_t file) {
    const hid_t root = r->h->H5Gopen2(file, "/", H5P_DEFAULT);
    if (root < 0) return wrong(r, "/", _("it cannot be read"));
    const hid_t inner = open_object(r, root, "model_weights", false);
    frs_status s = one_text(r, root, "model_config", &r->f->config);
    if (s == FRS_OK) s = read_layers(r, inner >= 0 ? inner : root);
    if (inner >= 0) r->h->H5Gclose(inner);
    r->h->H5Gclose(root);
    return s;
}

/* What is no HDF5 file is told before the library is asked. */
static frs_status check_magic(reading *r) {
    frs_map m;
    FRS_TRY(frs__map_open(r->ctx, r->path, &m));
    r->bytes = (uint64_t)m.n;
    const bool good = m.n >= 8 && memcmp(m.data, "\x89HDF\r\n\x1a\n", 8) == 0;
    frs__map_close(&m);
    return good ? FRS_OK : frs__fail(r->ctx, FRS_E_FORMAT, _("%s: not an HDF5 file"), r->path);
}

static frs_status open_and_read(reading *r) {
    FRS_TRY(frs__hdf5_load(r->ctx, &r->h));
    const hid_t file = r->h->H5Fopen(r->path, READ_ONLY, H5P_DEFAULT);
    if (file < 0)
        return frs__fail(r->ctx, FRS_E_FORMAT,
                         _("%s: HDF5 cannot read it: the file is truncated or damaged"), r->path);
    const frs_status s = read_file(r, file);
    r->h->H5Fclose(file);
    return s;
}

frs_status frs__keras_file_read(frs_ctx *ctx, const char *path, frs__keras_file *f) {
    *f = (frs__keras_file){.memory = {.ctx = ctx}};
    reading r = {.ctx = ctx, .path = path, .f = f};
    FRS_TRY(check_magic(&r));
    frs__hdf5_lock();
    const frs_status s = open_and_read(&r);
    frs__hdf5_unlock();
    if (s != FRS_OK) frs__keras_file_free(f);
    return s;
}
#else
frs_status frs__keras_file_read(frs_ctx *ctx, const char *path, frs__keras_file *f) {
    *f = (frs__keras_file){.memory = {.ctx = ctx}};
    return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: built without %s"), path, frs__hdf5_missing());
}
#endif
