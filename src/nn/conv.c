/* Convolutional layers: parameters named, shaped and first drawn as PyTorch's. */
#include "op/conv.h"
#include <math.h>
#include <string.h>

typedef struct layer {
    frs_conv_attr attr;
    int64_t channels, filters; /* of x, of y */
    frs_init weight, bias;
} layer;

static frs_status prepare(frs_builder *b, const char *name, frs_tensor *x, const frs_conv_opts *o,
                          layer *l) {
    const frs_shape s = frs_tensor_shape(x);
    const frs_window_opts w = {o->kernel, o->stride, o->dilation, o->padding,
                               o->pad_lo, o->pad_hi, false};
    FRS_TRY(frs__window_make(b, name, s, &w, &l->attr.window));
    l->channels = s.dim[s.rank - 1];
    l->filters = o->filters;
    l->attr.groups = (int32_t)(o->groups ? o->groups : 1);
    if (o->filters < 1 || o->groups < 0 || l->channels % l->attr.groups ||
        l->filters % l->attr.groups)
        return frs__build_fail(b, FRS_E_ARG,
                               _("%s: %lld filters in %d groups on %lld channels; the groups must "
                                 "divide both"),
                               name, (long long)o->filters, l->attr.groups, (long long)l->channels);
    return FRS_OK;
}

/* PyTorch's fan: what one output sees, of weights [m, n, k..] n times k. */
static void draws(layer *l, const frs_conv_opts *o, int64_t n) {
    for (int i = 0; i < FRS_SPATIAL; i++) n *= l->attr.window.kernel[i];
    l->bias = (frs_init){FRS_INIT_UNIFORM, 1 / sqrt((double)n), 0};
    l->weight = o->init.kind == FRS_INIT_ZERO ? l->bias : o->init;
}

static frs_tensor *weight(frs_builder *b, const layer *l, int n, int64_t first, int64_t second) {
    frs_shape s = {.rank = n + 2, .dim = {first, second}};
    for (int i = 0; i < n; i++) s.dim[2 + i] = l->attr.window.kernel[i];
    return frs_param(b, "weight", s, l->weight);
}

static frs_tensor *bias(frs_builder *b, const layer *l, const frs_conv_opts *o) {
    return o->no_bias ? NULL : frs_param(b, "bias", (frs_shape){1, {l->filters}}, l->bias);
}

frs_tensor *frs_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o) {
    layer l = {0};
    if (!x || prepare(b, "conv", x, o, &l) != FRS_OK) return NULL;
    draws(&l, o, l.channels / l.attr.groups);
    const int n = frs__spatial(frs_tensor_shape(x));
    frs_tensor *w = weight(b, &l, n, l.filters, l.channels / l.attr.groups);
    return frs_activate(b, frs__conv(b, x, w, bias(b, &l, o), &l.attr), o->activation);
}

frs_tensor *frs_depthwise_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o) {
    if (!x) return NULL;
    const frs_shape s = frs_tensor_shape(x);
    frs_conv_opts each = *o;
    each.groups = s.rank ? s.dim[s.rank - 1] : 0;
    if (!each.filters) each.filters = each.groups;
    return frs_conv(b, x, &each);
}

frs_tensor *frs_separable_conv(frs_builder *b, frs_tensor *x, const frs_conv_opts *o) {
    frs_conv_opts each = *o;
    const frs_conv_opts point = {.filters = o->filters,
                                 .kernel = {1},
                                 .no_bias = o->no_bias,
                                 .activation = o->activation,
                                 .init = o->init};
    each.filters = 0;
    each.no_bias = true;
    each.activation = FRS_LINEAR;
    frs_scope_push(b, "depthwise");
    x = frs_depthwise_conv(b, x, &each);
    frs_scope_pop(b);
    frs_scope_push(b, "pointwise");
    x = frs_conv(b, x, &point);
    frs_scope_pop(b);
    return x;
}

/* What a transposed convolution makes of an axis. SAME: as the convolution over n stride inputs
 * that has n outputs, TensorFlow's. */
static void enlarge(layer *l, const frs_conv_opts *o, int axis, int64_t n, int64_t *size) {
    frs_window *w = &l->attr.window;
    const int64_t reach = (int64_t)w->dilation[axis] * (w->kernel[axis] - 1) + 1;
    if (o->padding == FRS_SAME) {
        const int64_t need = reach - w->stride[axis], all = need > 0 ? need : 0;
        w->pad_lo[axis] = (int16_t)(all / 2);
        w->pad_hi[axis] = (int16_t)(all - all / 2);
        *size = n * w->stride[axis];
    } else
        *size = (n - 1) * w->stride[axis] + reach - w->pad_lo[axis] - w->pad_hi[axis];
}

frs_tensor *frs_conv_transpose(frs_builder *b, frs_tensor *x, const frs_conv_opts *o) {
    layer l = {0};
    if (!x || prepare(b, "conv_transpose", x, o, &l) != FRS_OK) return NULL;
    const frs_shape s = frs_tensor_shape(x);
    const int n = frs__spatial(s);
    int64_t size[FRS_SPATIAL];
    draws(&l, o, l.filters / l.attr.groups);
    for (int i = 0; i < n; i++) enlarge(&l, o, i, s.dim[1 + i], &size[i]);
    frs_tensor *w = weight(b, &l, n, l.channels, l.filters / l.attr.groups);
    frs_tensor *y = frs__conv_data(b, x, w, size, &l.attr);
    return frs_activate(b, o->no_bias ? y : frs_add(b, y, bias(b, &l, o)), o->activation);
}

frs_tensor *frs_flatten(frs_builder *b, frs_tensor *x) {
    const frs_shape s = frs_tensor_shape(x);
    int64_t n = 1;
    for (int i = 1; i < s.rank; i++) n *= s.dim[i];
    return frs_reshape(b, x, (frs_shape){2, {s.rank ? s.dim[0] : 0, n}});
}
