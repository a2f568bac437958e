/* Convolutional layers, recurrent ones too, beside PyTorch's values and gradients; ConvLSTM and
 * ConvGRU beside replicas of Keras' and the paper's equations, gate by gate. */
#include "golden_net.h"

static frs_tensor *input(frs_builder *b, frs_shape s) {
    return frs_param(b, "x", s, (frs_init){0});
}

#define LAYER(NAME, OF, X, ...)                                                                    \
    static frs_tensor *NAME(frs_builder *b) {                                                      \
        return OF(b, input(b, (frs_shape)X), &(frs_conv_opts){__VA_ARGS__});                       \
    }
#define S(...)                                                                                     \
    { __VA_ARGS__ }
LAYER(conv1d, frs_conv, S(3, {2, 11, 3}), .filters = 4, .kernel = {4}, .stride = {2},
      .dilation = {2})
LAYER(conv_same, frs_conv, S(4, {2, 7, 6, 3}), .filters = 4, .kernel = {3}, .stride = {2},
      .padding = FRS_SAME)
LAYER(conv_explicit, frs_conv, S(4, {2, 5, 6, 2}), .filters = 3, .kernel = {3, 2}, .stride = {2, 1},
      .padding = FRS_EXPLICIT, .pad_lo = {2, 0}, .pad_hi = {0, 1})
LAYER(conv_groups, frs_conv, S(4, {1, 8, 7, 4}), .filters = 6, .kernel = {3}, .dilation = {2, 1},
      .groups = 2, .no_bias = true)
LAYER(conv3d, frs_conv, S(5, {1, 4, 5, 3, 2}), .filters = 3, .kernel = {2, 3, 2},
      .stride = {1, 2, 1}, .padding = FRS_EXPLICIT, .pad_lo = {1, 1, 1}, .pad_hi = {1, 1, 1})
LAYER(depthwise, frs_depthwise_conv, S(4, {2, 6, 5, 3}), .filters = 6, .kernel = {3},
      .padding = FRS_SAME)
LAYER(separable, frs_separable_conv, S(4, {2, 6, 5, 3}), .filters = 5, .kernel = {3},
      .padding = FRS_SAME)
LAYER(transpose, frs_conv_transpose, S(4, {2, 3, 4, 4}), .filters = 6, .kernel = {3}, .stride = {2},
      .groups = 2, .padding = FRS_EXPLICIT, .pad_lo = {1, 1}, .pad_hi = {1, 1})
LAYER(transpose_same, frs_conv_transpose, S(4, {2, 3, 4, 2}), .filters = 3, .kernel = {3},
      .stride = {2}, .padding = FRS_SAME)
LAYER(transpose1d, frs_conv_transpose, S(3, {2, 5, 3}), .filters = 2, .kernel = {3}, .stride = {3},
      .dilation = {2})
LAYER(transpose3d, frs_conv_transpose, S(5, {1, 2, 3, 2, 2}), .filters = 3, .kernel = {2},
      .stride = {2})

#define CELL(NAME, OF, ...)                                                                        \
    static frs_tensor *NAME(frs_builder *b) {                                                      \
        return OF(b, input(b, (frs_shape){5, {2, 3, 4, 5, 2}}),                                    \
                  &(frs_conv_cell_opts){.conv = {.filters = 3, .kernel = {3}}, __VA_ARGS__});      \
    }
CELL(conv_lstm, frs_conv_lstm, .sequences = true)
CELL(conv_lstm_hard, frs_conv_lstm, .hard_gates = true)
CELL(conv_lstm_both, frs_conv_lstm, .bidirectional = true)
CELL(conv_gru, frs_conv_gru, .sequences = true)
CELL(conv_gru_both, frs_conv_gru, .bidirectional = true)

#define NET(NAME)                                                                                  \
    { #NAME, NAME, false }
static const golden_net nets[] = {
    NET(conv1d),         NET(conv_same),      NET(conv_explicit), NET(conv_groups),
    NET(conv3d),         NET(depthwise),      NET(separable),     NET(transpose),
    NET(transpose_same), NET(transpose1d),    NET(transpose3d),   NET(conv_lstm),
    NET(conv_lstm_hard), NET(conv_lstm_both), NET(conv_gru),      NET(conv_gru_both),
};

static void in_double(void **state) {
    (void)state;
    for (int i = 0; i < FRS_LEN(nets); i++) golden_in_double(&nets[i]);
}
static void in_float(void **state) {
    (void)state;
    for (int i = 0; i < FRS_LEN(nets); i++) golden_in_float(&nets[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_double),
        cmocka_unit_test(in_float),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
