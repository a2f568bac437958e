/* Convolutions, recurrent ones too. */
#include "net/layer.h"
#include <string.h>

#define GROUP  .group = "Convolutions"
#define WINDOW "kernel stride padding pad_lo pad_hi"
#define CONV   "filters " WINDOW " dilation no_bias activation init"

static frs_conv_opts opts_of(frs_builder *b, const frs_layer *l) {
    frs_conv_opts o = {.filters = l->filters,
                       .groups = l->groups,
                       .no_bias = l->no_bias,
                       .activation = l->activation,
                       .init = frs__init_named(b, l->init)};
    FRS_LAYER_WINDOW(o, l);
    return o;
}

#define CONV_LAYER(NAME, ...)                                                                      \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        (void)n;                                                                                   \
        const frs_conv_opts o = opts_of(b, l);                                                     \
        return frs_##NAME(b, in[0], &o);                                                           \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, NAME, GROUP, __VA_ARGS__)
CONV_LAYER(
    conv, .fields = CONV " groups",
    .shapes = "[B, n.., C] -> [B, (n + lo + hi - dilation (kernel - 1) - 1) / stride + 1 .., "
              "filters]",
    .doc = "over 1 to 3 spatial axes, as many as x has; weight [filters, C / groups, "
           "kernel..]. LeCun et al. (1998), doi:10.1109/5.726791",
    FRS_EXAMPLE(conv, .filters = 6, .kernel = {5}, .padding = FRS_SAME, .activation = FRS_TANH),
    .in = {{3, {28, 28, 1}}}, .out = {3, {28, 28, 6}});
CONV_LAYER(depthwise_conv, .fields = CONV, .shapes = "as `conv`",
           .doc = "each channel by itself, groups = C; filters a multiple of C, 0: C",
           FRS_EXAMPLE(depthwise_conv, .kernel = {3}, .stride = {2}, .padding = FRS_SAME),
           .in = {{3, {8, 8, 4}}}, .out = {3, {4, 4, 4}});
CONV_LAYER(separable_conv, .fields = CONV, .shapes = "as `conv`",
           .doc = "depthwise, then kernel 1 to the filters. Chollet (2017), "
                  "doi:10.1109/CVPR.2017.195",
           FRS_EXAMPLE(separable_conv, .filters = 8, .kernel = {3, 5}), .in = {{3, {8, 8, 4}}},
           .out = {3, {6, 4, 8}});
CONV_LAYER(conv_transpose, .fields = CONV " groups",
           .shapes = "[B, n.., C] -> [B, (n - 1) stride - lo - hi + dilation (kernel - 1) + 1 .., "
                     "filters]; `same`: n stride",
           .doc = "the convolution the other way; weight [C, filters / groups, kernel..]. Dumoulin "
                  "& Visin (2016), arXiv:1603.07285",
           FRS_EXAMPLE(conv_transpose, .filters = 2, .kernel = {2}, .stride = {2}),
           .in = {{3, {8, 8, 4}}}, .out = {3, {16, 16, 2}});

static frs_tensor *table(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_conv_opts o = opts_of(b, l);
    return frs_table_conv(b, in[0], l->table, &o);
}
FRS_LAYER_TYPE(table_conv, table, GROUP,
               .fields = "table " WINDOW " dilation no_bias activation init",
               .shapes = "as `conv`, a filter a row of the table",
               .doc = "each filter sees the channels that its row of the table names. LeCun et al. "
                      "(1998), table I",
               FRS_EXAMPLE(table_conv, .table = "0 1 2; 1 2 3; 0 3", .kernel = {5}),
               .in = {{3, {8, 8, 4}}}, .out = {3, {4, 4, 3}});

/* filters: hidden channels; over the steps of [B, T, H, W, C] */
static frs_conv_cell_opts cell_of(frs_builder *b, const frs_layer *l) {
    static const char *const gates[] = {"sigmoid", "hard_sigmoid"};
    return (frs_conv_cell_opts){.conv = opts_of(b, l),
                                .sequences = l->sequences,
                                .bidirectional = l->bidirectional,
                                .hard_gates = frs__mode_of(b, l->mode, gates, 2) == 1};
}
#define CELL_LAYER(NAME, ...)                                                                      \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        (void)n;                                                                                   \
        const frs_conv_cell_opts o = cell_of(b, l);                                                \
        return frs_##NAME(b, in[0], &o);                                                           \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, NAME, GROUP,                                                              \
                   .fields = "filters kernel dilation init sequences bidirectional mode",          \
                   __VA_ARGS__)
CELL_LAYER(conv_lstm,
           .shapes = "[B, T, n.., C] -> [B, n.., filters]; sequences: [B, T, n.., filters]",
           .doc = "an LSTM whose products are convolutions over 1 or 2 spatial axes, padding "
                  "`same`, up to 64 steps; mode of the gates: `sigmoid` (Keras 3) or "
                  "`hard_sigmoid` (Keras 2). Shi et al. (2015), arXiv:1506.04214",
           FRS_EXAMPLE(conv_lstm, .filters = 3, .kernel = {3}, .sequences = true),
           .in = {{4, {5, 8, 8, 1}}}, .out = {4, {5, 8, 8, 3}});
CELL_LAYER(conv_gru, .shapes = "as `conv_lstm`",
           .doc = "likewise a GRU. Ballas et al. (2016), arXiv:1511.06432",
           FRS_EXAMPLE(conv_gru, .filters = 3, .kernel = {3}, .bidirectional = true),
           .in = {{4, {5, 8, 8, 1}}}, .out = {3, {8, 8, 6}});
