/* An ONNX file into the structures of protobuf-c. protobuf-c believes the file: it follows nested
 * messages as deep as they go and allocates for each of them, so the file is walked once before,
 * along the same descriptors, and refused if it nests too deeply or holds too many parts. */
#include "exchange/onnx_internal.h"

#include <string.h>

#define MAX_FILE     INT64_C(0x7fffffff) /* protobuf's own limit */
#define MAX_DEPTH    64
#define MAX_MESSAGES (INT64_C(1) << 20) /* a few hundred bytes each */
#define MAX_FIELDS   (INT64_C(1) << 24) /* 40 bytes each while they are parsed */
#define MIN_OPSET    6
#define MAX_OPSET    17

typedef struct walk {
    int64_t messages, fields;
    const char *wrong;
} walk;

static bool refuse(walk *w, const char *wrong) {
    w->wrong = wrong;
    return false;
}

static bool varint(const uint8_t **at, const uint8_t *end, uint64_t *v) {
    *v = 0;
    for (int shift = 0; shift < 70 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        if (shift < 64) *v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return true;
    }
    return false;
}

/* The bytes of one field's value; *length: of a field that says it. */
static bool value_bytes(walk *w, const uint8_t **at, const uint8_t *end, uint64_t key,
                        uint64_t *length) {
    uint64_t skipped;
    switch (key & 7) {
    case 0:
        *length = 0;
        return varint(at, end, &skipped) || refuse(w, N_("a number is cut off"));
    case 1:
        *length = 8;
        break;
    case 5:
        *length = 4;
        break;
    case 2:
        if (!varint(at, end, length)) return refuse(w, N_("a length is cut off"));
        break;
    default:
        return refuse(w, N_("a field of an unknown kind"));
    }
    return *length <= (uint64_t)(end - *at) || refuse(w, N_("a field reaches beyond the end"));
}

static bool walk_message(walk *w, const ProtobufCMessageDescriptor *d, const uint8_t *at,
                         const uint8_t *end, int depth) {
    if (depth > MAX_DEPTH) return refuse(w, N_("it nests too deeply"));
    if (++w->messages > MAX_MESSAGES) return refuse(w, N_("it has too many parts"));
    while (at < end) {
        uint64_t key, length;
        if (++w->fields > MAX_FIELDS) return refuse(w, N_("it has too many parts"));
        if (!varint(&at, end, &key)) return refuse(w, N_("a field is cut off"));
        if (!value_bytes(w, &at, end, key, &length)) return false;
        const ProtobufCFieldDescriptor *f =
            key >> 3 > UINT32_MAX
                ? NULL
                : protobuf_c_message_descriptor_get_field(d, (unsigned)(key >> 3));
        if (f && f->type == PROTOBUF_C_TYPE_MESSAGE && (key & 7) == 2 &&
            !walk_message(w, f->descriptor, at, at + length, depth + 1))
            return false;
        at += length;
    }
    return true;
}

typedef struct heap {
    frs_ctx *ctx;
    bool failed;
} heap;

static void *take(void *user, size_t size) {
    heap *h = user;
    void *p = frs__alloc(h->ctx, (int64_t)size, 1);
    h->failed |= !p;
    return p;
}

static void give_back(void *user, void *p) {
    frs__free(((heap *)user)->ctx, p);
}

static frs_status unpack(frs_ctx *ctx, const char *path, const ProtobufCMessageDescriptor *d,
                         ProtobufCMessage **message) {
    frs_map m;
    walk w = {0};
    heap h = {ctx, false};
    ProtobufCAllocator allocator = {take, give_back, &h};
    FRS_TRY(frs__map_open(ctx, path, &m));
    frs_status s = FRS_OK;
    if (m.n > MAX_FILE)
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: %lld bytes; an ONNX file has at most 2 GiB"), path,
                      (long long)m.n);
    else if (!walk_message(&w, d, m.data, m.data + m.n, 0))
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: not an ONNX file, or a damaged one: %s"), path,
                      _(w.wrong));
    if (s == FRS_OK) {
        *message = protobuf_c_message_unpack(d, &allocator, (size_t)m.n, m.data);
        if (h.failed) s = FRS_E_NOMEM;
        if (!*message && s == FRS_OK)
            s = frs__fail(ctx, FRS_E_FORMAT,
                          _("%s: not an ONNX file, or a damaged one: a field has another type than "
                            "expected"),
                          path);
    }
    frs__map_close(&m);
    return s;
}

static frs_status opset_of(frs_ctx *ctx, const char *path, const Onnx__ModelProto *m,
                           int64_t *opset) {
    *opset = m->n_opset_import ? 0 : 1;
    for (size_t i = 0; i < m->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *o = m->opset_import[i];
        const char *domain = o->domain ? o->domain : "";
        if (!domain[0] || strcmp(domain, "ai.onnx") == 0) *opset = o->version;
    }
    if (*opset >= MIN_OPSET && *opset <= MAX_OPSET) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNSUPPORTED,
                     _("%s: operator set %lld of ONNX; %d to %d are supported"), path,
                     (long long)*opset, MIN_OPSET, MAX_OPSET);
}

static frs_status check(frs_ctx *ctx, const char *path, const Onnx__ModelProto *m, int64_t *opset) {
    if (!m->graph)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: not an ONNX model: it has no graph"), path);
    if (m->n_functions > 0)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("%s: functions of the model's own ('%.80s') are not supported"), path,
                         m->functions[0]->name ? m->functions[0]->name : "");
    if (m->graph->n_sparse_initializer > 0)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: sparse initialisers are not supported"),
                         path);
    return opset_of(ctx, path, m, opset);
}

frs_status frs__onnx_read(frs_ctx *ctx, const char *path, Onnx__ModelProto **m, int64_t *opset) {
    ProtobufCMessage *message = NULL;
    FRS_TRY(unpack(ctx, path, &onnx__model_proto__descriptor, &message));
    const frs_status s = check(ctx, path, (Onnx__ModelProto *)message, opset);
    if (s == FRS_OK)
        *m = (Onnx__ModelProto *)message;
    else
        frs__onnx_read_free(ctx, (Onnx__ModelProto *)message);
    return s;
}

void frs__onnx_read_free(frs_ctx *ctx, Onnx__ModelProto *m) {
    heap h = {ctx, false};
    ProtobufCAllocator allocator = {take, give_back, &h};
    if (m) onnx__model_proto__free_unpacked(m, &allocator);
}

/* The numbers of floats lie in the message, which is freed here: they are copied. */
static frs_status own(frs_arena *memory, const Onnx__TensorProto *t, const char *path,
                      frs__onnx_data **d, const char **name) {
    FRS_TRY(frs__onnx_data_read(memory, path, t, d));
    *name = frs__arena_strdup(memory, t->name ? t->name : "");
    if (!*name) return FRS_E_NOMEM;
    if (!(*d)->f) return FRS_OK;
    float *f = frs__arena_alloc(memory, (*d)->n, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    memcpy(f, (*d)->f, (size_t)(*d)->n * sizeof *f);
    (*d)->f = f;
    return FRS_OK;
}

frs_status frs__onnx_read_tensor(frs_ctx *ctx, const char *path, frs_arena *memory,
                                 frs__onnx_data **d, const char **name) {
    ProtobufCMessage *message = NULL;
    heap h = {ctx, false};
    ProtobufCAllocator allocator = {take, give_back, &h};
    FRS_TRY(unpack(ctx, path, &onnx__tensor_proto__descriptor, &message));
    const frs_status s = own(memory, (Onnx__TensorProto *)message, path, d, name);
    protobuf_c_message_free_unpacked(message, &allocator);
    return s;
}
