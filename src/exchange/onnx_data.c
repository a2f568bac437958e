/* Numbers of an ONNX model that are known when compiling: initialisers, attributes, shapes. */
#include "exchange/onnx_internal.h"

#include <math.h>
#include <string.h>

/* What is computed when compiling is of the size of shapes and tables, not of data. */
#define MAX_COMPUTED (INT64_C(1) << 22)
#define MAX_COUNT    (INT64_C(1) << 31) /* of a tensor in a file */

#define TYPE(name) ONNX__TENSOR_PROTO__DATA_TYPE__##name

bool frs__onnx_is_real(int type) {
    return type == TYPE(FLOAT) || type == TYPE(DOUBLE) || type == TYPE(FLOAT16) ||
           type == TYPE(BFLOAT16);
}

/* Bytes of an element in raw_data; 0: a type that is not read. */
static size_t bytes_of(int type) {
    switch (type) {
    case TYPE(BOOL):
    case TYPE(INT8):
    case TYPE(UINT8):
        return 1;
    case TYPE(INT16):
    case TYPE(UINT16):
    case TYPE(FLOAT16):
    case TYPE(BFLOAT16):
        return 2;
    case TYPE(FLOAT):
    case TYPE(INT32):
    case TYPE(UINT32):
        return 4;
    case TYPE(DOUBLE):
    case TYPE(INT64):
    case TYPE(UINT64):
        return 8;
    default:
        return 0;
    }
}

double frs__onnx_real(const frs__onnx_data *d, int64_t i) {
    return d->f ? (double)d->f[i] : d->d ? d->d[i] : (double)d->i[i];
}

static int64_t cut(double v) {
    if (isnan(v)) return 0;
    if (v >= 0x1p63) return INT64_MAX;
    return v <= -0x1p63 ? INT64_MIN : (int64_t)v;
}

int64_t frs__onnx_whole(const frs__onnx_data *d, int64_t i) {
    return d->i ? d->i[i] : cut(frs__onnx_real(d, i));
}

static frs_status too_large(frs_ctx *ctx) {
    return frs__fail(ctx, FRS_E_UNSUPPORTED,
                     _("constants of at most %lld elements are computed when compiling"),
                     (long long)MAX_COMPUTED);
}

static frs_status room(frs_arena *memory, int type, frs_shape shape, int64_t n,
                       frs__onnx_data **d) {
    *d = frs__arena_alloc(memory, 1, sizeof **d);
    void *values = frs__arena_alloc(memory, n, 8);
    if (!*d || !values) return FRS_E_NOMEM;
    **d = (frs__onnx_data){.type = type, .shape = shape, .n = n};
    if (frs__onnx_is_real(type))
        (*d)->d = values;
    else
        (*d)->i = values;
    return FRS_OK;
}

frs_status frs__onnx_data_new(frs_arena *memory, int type, frs_shape shape, frs__onnx_data **d) {
    int64_t n = 1;
    for (int k = 0; k < shape.rank; k++)
        if (shape.dim[k] < 0 || __builtin_mul_overflow(n, shape.dim[k], &n))
            return too_large(memory->ctx);
    return n > MAX_COMPUTED ? too_large(memory->ctx) : room(memory, type, shape, n, d);
}

void frs__onnx_data_set(frs__onnx_data *d, int64_t i, double v) {
    if (d->d)
        ((double *)d->d)[i] = d->type == TYPE(FLOAT) ? (double)(float)v : v;
    else
        ((int64_t *)d->i)[i] = d->type == TYPE(BOOL) ? !(v == 0) : cut(v);
}

/* ---- tensors of the file */

static double half(uint16_t h) {
    const int exponent = h >> 10 & 31, mantissa = h & 1023;
    double v = exponent == 0 ? ldexp(mantissa, -24) : ldexp(1024 + mantissa, exponent - 25);
    if (exponent == 31) v = mantissa ? (double)NAN : (double)INFINITY;
    return h & 0x8000 ? -v : v;
}

static double bfloat(uint16_t h) {
    const uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

#define ELEMENT(ctype, v)                                                                          \
    {                                                                                              \
        ctype v;                                                                                   \
        memcpy(&v, raw + (size_t)i * sizeof v, sizeof v);                                          \
        ((int64_t *)d->i)[i] = (int64_t)v;                                                         \
        break;                                                                                     \
    }

static void whole_of_raw(frs__onnx_data *d, const uint8_t *raw, int64_t i) {
    switch (d->type) {
    case TYPE(BOOL):
        ((int64_t *)d->i)[i] = raw[i] != 0;
        break;
    case TYPE(INT8):
        ELEMENT(int8_t, v)
    case TYPE(UINT8):
        ELEMENT(uint8_t, v)
    case TYPE(INT16):
        ELEMENT(int16_t, v)
    case TYPE(UINT16):
        ELEMENT(uint16_t, v)
    case TYPE(INT32):
        ELEMENT(int32_t, v)
    case TYPE(UINT32):
        ELEMENT(uint32_t, v)
    default: /* uint64 above 2^63 is of no use to a shape */
        ELEMENT(int64_t, v)
    }
}

static double real_of_raw(int type, const uint8_t *raw, int64_t i) {
    uint16_t bits;
    double v;
    if (type == TYPE(DOUBLE)) {
        memcpy(&v, raw + (size_t)i * sizeof v, sizeof v);
        return v;
    }
    memcpy(&bits, raw + (size_t)i * sizeof bits, sizeof bits);
    return type == TYPE(FLOAT16) ? half(bits) : bfloat(bits);
}

/* Element i where the file has it in a list of its type. */
static double real_of_list(const Onnx__TensorProto *t, int64_t i) {
    if (t->data_type == TYPE(DOUBLE)) return t->double_data[i];
    const uint16_t bits = (uint16_t)t->int32_data[i];
    return t->data_type == TYPE(FLOAT16) ? half(bits) : bfloat(bits);
}

static int64_t whole_of_list(const Onnx__TensorProto *t, int64_t i) {
    if (t->data_type == TYPE(INT64)) return t->int64_data[i];
    if (t->data_type == TYPE(UINT64) || t->data_type == TYPE(UINT32))
        return (int64_t)t->uint64_data[i];
    return t->data_type == TYPE(BOOL) ? t->int32_data[i] != 0 : t->int32_data[i];
}

static int64_t list_length(const Onnx__TensorProto *t) {
    switch (t->data_type) {
    case TYPE(FLOAT):
        return (int64_t)t->n_float_data;
    case TYPE(DOUBLE):
        return (int64_t)t->n_double_data;
    case TYPE(INT64):
        return (int64_t)t->n_int64_data;
    case TYPE(UINT64):
    case TYPE(UINT32):
        return (int64_t)t->n_uint64_data;
    default:
        return (int64_t)t->n_int32_data;
    }
}

static frs_status check(frs_ctx *ctx, const char *what, const Onnx__TensorProto *t,
                        frs_shape *shape) {
    int64_t n = 1;
    const size_t bytes = bytes_of(t->data_type);
    if (t->n_external_data > 0 || (t->has_data_location && t->data_location))
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("%s: its data are in another file; save the model as one file"), what);
    if (t->segment || !bytes)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: tensors of type %d are not read"), what,
                         t->data_type);
    if (t->n_dims > FRS_MAX_RANK)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s: a tensor of %zu axes; at most %d"), what,
                         t->n_dims, FRS_MAX_RANK);
    shape->rank = (int)t->n_dims;
    for (int k = 0; k < shape->rank; k++) {
        shape->dim[k] = t->dims[k];
        if (t->dims[k] < 0 || __builtin_mul_overflow(n, t->dims[k], &n) || n > MAX_COUNT)
            return frs__fail(ctx, FRS_E_FORMAT, _("%s: a tensor cannot have axis %d of size %lld"),
                             what, k, (long long)t->dims[k]);
    }
    if (t->has_raw_data && t->raw_data.len != (size_t)n * bytes)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: %zu bytes of data, expected %lld"), what,
                         t->raw_data.len, (long long)n * (long long)bytes);
    if (!t->has_raw_data && list_length(t) != n)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: %lld elements, expected %lld"), what,
                         (long long)list_length(t), (long long)n);
    return FRS_OK;
}

frs_status frs__onnx_data_read(frs_arena *memory, const char *what, const Onnx__TensorProto *t,
                               frs__onnx_data **out) {
    frs_shape shape = {0};
    FRS_TRY(check(memory->ctx, what, t, &shape));
    const int64_t n = frs_shape_count(shape);
    const uint8_t *raw = t->has_raw_data ? t->raw_data.data : NULL;
    if (t->data_type == TYPE(FLOAT)) {
        *out = frs__arena_alloc(memory, 1, sizeof **out);
        if (!*out) return FRS_E_NOMEM;
        static const float none[1];
        const float *f = raw ? (const float *)(const void *)raw : t->float_data;
        **out = (frs__onnx_data){.type = TYPE(FLOAT), .shape = shape, .n = n, .f = n ? f : none};
        return FRS_OK;
    }
    FRS_TRY(room(memory, t->data_type, shape, n, out));
    frs__onnx_data *d = *out;
    for (int64_t i = 0; i < n; i++) {
        if (d->d)
            ((double *)d->d)[i] = raw ? real_of_raw(d->type, raw, i) : real_of_list(t, i);
        else if (raw)
            whole_of_raw(d, raw, i);
        else
            ((int64_t *)d->i)[i] = whole_of_list(t, i);
    }
    return FRS_OK;
}
