/* Convolutions and pooling. They run channels last. */
#include "exchange/onnx_internal.h"

#include "op/conv.h"

#include <string.h>

typedef struct window {
    int n; /* spatial axes */
    int64_t kernel[FRS_SPATIAL], stride[FRS_SPATIAL], dilation[FRS_SPATIAL];
    int64_t lo[FRS_SPATIAL], hi[FRS_SPATIAL], extra[FRS_SPATIAL];
} window;

/* One number a spatial axis; `otherwise` where the node has none. */
static frs_status per_axis(frs__onnx_call *c, const char *name, int n, int64_t otherwise,
                           int64_t *to) {
    int64_t count;
    FRS_TRY(frs__onnx_ints(c, name, FRS_SPATIAL, to, &count));
    for (int i = 0; i < n && count < 0; i++) to[i] = otherwise;
    if (count >= 0 && count != n)
        return frs__onnx_fail(c, _("attribute '%s' has %lld elements, expected %d"), name,
                              (long long)count, n);
    return FRS_OK;
}

static int64_t reach(const window *w, int i) {
    return (w->kernel[i] - 1) * w->dilation[i] + 1;
}

static bool sizes_possible(const window *w) {
    const int64_t most = INT16_MAX / 2;
    for (int i = 0; i < w->n; i++) {
        const int64_t v[] = {w->kernel[i], w->stride[i], w->dilation[i]};
        for (int k = 0; k < 3; k++)
            if (v[k] < 1 || v[k] > most) return false;
        const int64_t p[] = {w->lo[i], w->hi[i], w->extra[i]};
        for (int k = 0; k < 3; k++)
            if (p[k] < 0 || p[k] > most) return false;
        if (reach(w, i) > most) return false;
    }
    return true;
}

/* kernel: its shape where the node does not say it. auto_pad is the caller's. */
static frs_status read_window(frs__onnx_call *c, const int64_t *kernel, window *w) {
    int64_t pads[2 * FRS_SPATIAL] = {0}, count;
    const frs_shape x = frs__onnx_shape(c, 0);
    *w = (window){.n = x.rank - 2};
    if (w->n < 1 || w->n > FRS_SPATIAL)
        return frs__onnx_cannot(c, _("an input of %d axes; 3 to 5 are supported"), x.rank);
    FRS_TRY(per_axis(c, "kernel_shape", w->n, 1, w->kernel));
    for (int i = 0; i < w->n && kernel; i++) w->kernel[i] = kernel[i];
    FRS_TRY(per_axis(c, "strides", w->n, 1, w->stride));
    FRS_TRY(per_axis(c, "dilations", w->n, 1, w->dilation));
    FRS_TRY(per_axis(c, "output_padding", w->n, 0, w->extra));
    FRS_TRY(frs__onnx_ints(c, "pads", 2 * FRS_SPATIAL, pads, &count));
    if (count >= 0 && count != 2 * w->n)
        return frs__onnx_fail(c, _("attribute '%s' has %lld elements, expected %d"), "pads",
                              (long long)count, 2 * w->n);
    for (int i = 0; i < w->n; i++) {
        w->lo[i] = pads[i];
        w->hi[i] = pads[w->n + i];
    }
    return sizes_possible(w) ? FRS_OK
                             : frs__onnx_fail(c, _("kernel, strides, dilations or pads are out of "
                                                   "range"));
}

static bool same_pad(const frs__onnx_call *c, bool *upper) {
    *upper = frs__onnx_is(c, "auto_pad", "SAME_UPPER", false);
    return *upper || frs__onnx_is(c, "auto_pad", "SAME_LOWER", false);
}

static void share(window *w, int i, int64_t all, bool more_behind) {
    if (all < 0) all = 0;
    w->lo[i] = more_behind ? all / 2 : all - all / 2;
    w->hi[i] = all - w->lo[i];
}

/* ceil(in / stride) outputs. */
static void pad_same(frs__onnx_call *c, window *w) {
    const frs_shape x = frs__onnx_shape(c, 0);
    bool upper;
    if (!same_pad(c, &upper)) return;
    for (int i = 0; i < w->n; i++) {
        const int64_t in = x.dim[2 + i], out = (in + w->stride[i] - 1) / w->stride[i];
        share(w, i, (out - 1) * w->stride[i] + reach(w, i) - in, upper);
    }
}

static frs_window as_window(const window *w) {
    frs_window to;
    for (int i = 0; i < FRS_SPATIAL; i++) {
        const bool here = i < w->n;
        to.kernel[i] = (int16_t)(here ? w->kernel[i] : 1);
        to.stride[i] = (int16_t)(here ? w->stride[i] : 1);
        to.dilation[i] = (int16_t)(here ? w->dilation[i] : 1);
        to.pad_lo[i] = (int16_t)(here ? w->lo[i] : 0);
        to.pad_hi[i] = (int16_t)(here ? w->hi[i] : 0);
    }
    return to;
}

/* ---- convolutions: weights are in PyTorch's order, which is the engine's */

static frs_status begin_conv(frs__onnx_call *c, window *w, frs_conv_attr *a) {
    const frs_shape x = frs__onnx_shape(c, 0), k = frs__onnx_shape(c, 1);
    const int64_t groups = frs__onnx_int(c, "group", 1);
    if (k.rank != x.rank)
        return frs__onnx_fail(c, _("weights of %d axes beside an input of %d"), k.rank, x.rank);
    if (groups < 1 || groups > INT32_MAX)
        return frs__onnx_fail(c, _("%lld groups"), (long long)groups);
    FRS_TRY(read_window(c, k.dim + 2, w));
    *a = (frs_conv_attr){.groups = (int32_t)groups};
    return FRS_OK;
}

frs_status frs__onnx_do_conv(frs__onnx_call *c) {
    window w;
    frs_conv_attr a;
    FRS_TRY(begin_conv(c, &w, &a));
    pad_same(c, &w);
    a.window = as_window(&w);
    frs_tensor *y = frs__conv(c->b, frs__onnx_last(c, 0), frs__onnx_t(c, 1), frs__onnx_t(c, 2), &a);
    return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
}

/* Sizes and padding of what would be the convolution's input. */
static frs_status transposed_sizes(frs__onnx_call *c, window *w, int64_t *size) {
    const frs_shape x = frs__onnx_shape(c, 0);
    bool upper;
    int64_t n;
    FRS_TRY(frs__onnx_ints(c, "output_shape", FRS_SPATIAL, size, &n));
    const bool same = same_pad(c, &upper);
    if (n >= 0 && n != w->n)
        return frs__onnx_fail(c, _("attribute '%s' has %lld elements, expected %d"), "output_shape",
                              (long long)n, w->n);
    for (int i = 0; i < w->n; i++) {
        const int64_t whole = w->stride[i] * (x.dim[2 + i] - 1) + w->extra[i] + reach(w, i);
        if (n < 0) size[i] = same ? x.dim[2 + i] * w->stride[i] : whole - w->lo[i] - w->hi[i];
        if (n >= 0 || same) share(w, i, whole - size[i], upper);
        if (size[i] < 1 || size[i] > INT32_MAX)
            return frs__onnx_fail(c, _("an output of %lld along axis %d"), (long long)size[i],
                                  2 + i);
    }
    return FRS_OK;
}

frs_status frs__onnx_do_conv_transpose(frs__onnx_call *c) {
    window w;
    frs_conv_attr a;
    int64_t size[FRS_SPATIAL];
    FRS_TRY(begin_conv(c, &w, &a));
    FRS_TRY(transposed_sizes(c, &w, size));
    a.window = as_window(&w);
    frs_tensor *y = frs__conv_data(c->b, frs__onnx_last(c, 0), frs__onnx_t(c, 1), size, &a);
    if (y && frs__onnx_has(c, 2)) y = frs_add(c->b, y, frs__onnx_t(c, 2));
    return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- pooling */

frs_status frs__onnx_do_pool(frs__onnx_call *c) {
    const bool most = strcmp(c->node->op_type, "MaxPool") == 0;
    window w;
    FRS_TRY(read_window(c, NULL, &w));
    pad_same(c, &w);
    frs_pool_opts o = {.padding = FRS_EXPLICIT,
                       .ceil_mode = frs__onnx_int(c, "ceil_mode", 0) != 0,
                       .count_padding = frs__onnx_int(c, "count_include_pad", 0) != 0};
    for (int i = 0; i < w.n; i++) {
        o.kernel[i] = (int)w.kernel[i];
        o.stride[i] = (int)w.stride[i];
        o.dilation[i] = (int)w.dilation[i];
        o.pad_lo[i] = (int)w.lo[i];
        o.pad_hi[i] = (int)w.hi[i];
    }
    if (c->n_out > 1 && c->out[1])
        return frs__onnx_cannot(c, _("the indices of the largest are not supported"));
    frs_tensor *x = frs__onnx_last(c, 0);
    frs_tensor *y = most ? frs_max_pool(c->b, x, &o) : frs_avg_pool(c->b, x, &o);
    return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_global_pool(frs__onnx_call *c) {
    const bool most = strcmp(c->node->op_type, "GlobalMaxPool") == 0;
    frs_shape s = frs__onnx_shape(c, 0);
    frs_tensor *y = frs_global_pool(c->b, frs__onnx_last(c, 0), most ? FRS_POOL_MAX : FRS_POOL_AVG);
    for (int k = 2; k < s.rank; k++) s.dim[k] = 1;
    return frs__onnx_give(c, 0, frs_reshape(c->b, y, s), frs__onnx_type(c, 0));
}
