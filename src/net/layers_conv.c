/* Convolutions and pooling. */
#include "net/layer.h"
#include <string.h>

#define WINDOW "kernel stride padding pad_lo pad_hi"
#define CONV   "filters " WINDOW " dilation no_bias activation init"

static frs_conv_opts opts_of(frs_builder *b, const frs_layer *l) {
    frs_conv_opts o = {.filters = l->filters,
                       .padding = l->padding,
                       .groups = l->groups,
                       .no_bias = l->no_bias,
                       .activation = l->activation,
                       .init = frs__init_named(b, l->init)};
    memcpy(o.kernel, l->kernel, sizeof o.kernel);
    memcpy(o.stride, l->stride, sizeof o.stride);
    memcpy(o.dilation, l->dilation, sizeof o.dilation);
    memcpy(o.pad_lo, l->pad_lo, sizeof o.pad_lo);
    memcpy(o.pad_hi, l->pad_hi, sizeof o.pad_hi);
    return o;
}

#define CONV_LAYER(NAME, FIELDS)                                                                   \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        (void)n;                                                                                   \
        const frs_conv_opts o = opts_of(b, l);                                                     \
        return frs_##NAME(b, in[0], &o);                                                           \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, FIELDS, 1, 1, NAME)
CONV_LAYER(conv, CONV " groups");
CONV_LAYER(depthwise_conv, CONV);
CONV_LAYER(separable_conv, CONV);
CONV_LAYER(conv_transpose, CONV " groups");

/* filters: hidden channels; over the steps of [B, T, H, W, C] */
static frs_conv_cell_opts cell_of(frs_builder *b, const frs_layer *l) {
    return (frs_conv_cell_opts){.conv = opts_of(b, l), .sequences = l->sequences};
}
static frs_tensor *conv_lstm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_conv_cell_opts o = cell_of(b, l);
    return frs_conv_lstm(b, in[0], &o);
}
static frs_tensor *conv_gru(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_conv_cell_opts o = cell_of(b, l);
    return frs_conv_gru(b, in[0], &o);
}
FRS_LAYER_TYPE(conv_lstm, "filters kernel dilation init sequences", 1, 1, conv_lstm);
FRS_LAYER_TYPE(conv_gru, "filters kernel dilation init sequences", 1, 1, conv_gru);

static frs_pool_opts pool_of(const frs_layer *l) {
    frs_pool_opts o = {.padding = l->padding};
    memcpy(o.kernel, l->kernel, sizeof o.kernel);
    memcpy(o.stride, l->stride, sizeof o.stride);
    memcpy(o.pad_lo, l->pad_lo, sizeof o.pad_lo);
    memcpy(o.pad_hi, l->pad_hi, sizeof o.pad_hi);
    return o;
}
static frs_tensor *max_pool(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_pool_opts o = pool_of(l);
    return frs_max_pool(b, in[0], &o);
}
static frs_tensor *average_pool(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_pool_opts o = pool_of(l);
    return frs_avg_pool(b, in[0], &o);
}
static frs_tensor *global_max(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)l, (void)n;
    return frs_global_pool(b, in[0], FRS_POOL_MAX);
}
static frs_tensor *global_average(frs_builder *b, const frs_layer *l, frs_tensor *const *in,
                                  int n) {
    (void)l, (void)n;
    return frs_global_pool(b, in[0], FRS_POOL_AVG);
}
FRS_LAYER_TYPE(max_pool, WINDOW, 1, 1, max_pool);
FRS_LAYER_TYPE(average_pool, WINDOW, 1, 1, average_pool);
FRS_LAYER_TYPE(global_max_pool, "", 1, 1, global_max);
FRS_LAYER_TYPE(global_average_pool, "", 1, 1, global_average);
