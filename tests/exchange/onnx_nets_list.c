#include "onnx_nets.h"

#include "base/base.h"
#include "op/op_internal.h"
#include "op/seq.h"

#include <math.h>

static int64_t batch(const frs_builder *b) {
    return frs_build_dims(b).batch;
}
static frs_tensor *image(frs_builder *b, int64_t H, int64_t W, int64_t C) {
    return frs_input(b, "x", (frs_shape){4, {batch(b), H, W, C}});
}
static frs_tensor *sequence(frs_builder *b, int64_t T, int64_t F) {
    return frs_input(b, "x", (frs_shape){3, {batch(b), T, F}});
}
static frs_status done(frs_builder *b, frs_tensor *y) {
    frs_output(b, "y", y);
    return frs_build_done(b, NULL);
}
/* Within a scope of its own. */
#define IN(b, scope, y, expression)                                                                \
    do {                                                                                           \
        frs_scope_push(b, scope);                                                                  \
        y = expression;                                                                            \
        frs_scope_pop(b);                                                                          \
    } while (0)

/* ---- images */

static frs_status lenet(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_pool_opts half = {.kernel = {2}};
    frs_tensor *x = image(b, 28, 28, 1);
    IN(b, "conv1", x,
       frs_conv(b, x,
                &(frs_conv_opts){
                    .filters = 6, .kernel = {5}, .padding = FRS_SAME, .activation = FRS_TANH}));
    x = frs_avg_pool(b, x, &half);
    IN(b, "conv2", x,
       frs_conv(b, x, &(frs_conv_opts){.filters = 16, .kernel = {5}, .activation = FRS_TANH}));
    x = frs_flatten(b, frs_avg_pool(b, x, &half));
    IN(b, "dense1", x, frs_tanh(b, frs_dense(b, x, 120)));
    IN(b, "dense2", x, frs_tanh(b, frs_dense(b, x, 84)));
    IN(b, "dense3", x, frs_dense(b, x, 10));
    return done(b, frs_softmax(b, x, NULL));
}

static frs_tensor *block(frs_builder *b, frs_tensor *x, const char *scope, int64_t filters) {
    frs_scope_push(b, scope);
    x = frs_conv(
        b, x,
        &(frs_conv_opts){.filters = filters, .kernel = {3}, .padding = FRS_SAME, .no_bias = true});
    IN(b, "norm", x, frs_batch_norm(b, x, &(frs_batch_norm_opts){.relu = true}));
    frs_scope_pop(b);
    return x;
}

/* Up by a transposed convolution, then by interpolation, with skips. */
static frs_status unet(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_pool_opts half = {.kernel = {2}};
    frs_tensor *x = image(b, 16, 12, 2);
    frs_tensor *one = block(b, x, "down1", 4);
    frs_tensor *two = block(b, frs_max_pool(b, one, &half), "down2", 8);
    frs_tensor *three = block(b, frs_max_pool(b, two, &half), "bottom", 8);
    IN(b, "up", three,
       frs_conv_transpose(b, three, &(frs_conv_opts){.filters = 8, .kernel = {2}, .stride = {2}}));
    three = block(b, frs_concat(b, (frs_tensor *[]){three, two}, 2, 3), "up1", 4);
    three = frs_upsample(b, three, 2, FRS_RESIZE_LINEAR);
    three = frs_concat(b, (frs_tensor *[]){three, one}, 2, 3);
    IN(b, "last", three, frs_conv(b, three, &(frs_conv_opts){.filters = 1, .kernel = {1}}));
    return done(b, three);
}

/* Strides, dilation, groups, depthwise, other norms, a residual sum, pooling to one pixel. */
static frs_status residual(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = image(b, 21, 18, 3), *y;
    IN(b, "stem", x,
       frs_conv(
           b, x,
           &(frs_conv_opts){.filters = 8, .kernel = {5, 3}, .stride = {2}, .padding = FRS_SAME}));
    x = frs_max_pool(b, frs_relu(b, x),
                     &(frs_pool_opts){.kernel = {3}, .stride = {2}, .ceil_mode = true});
    IN(b, "deep", y,
       frs_separable_conv(b, x,
                          &(frs_conv_opts){.filters = 8, .kernel = {3}, .padding = FRS_SAME}));
    IN(b, "group", y, frs_group_norm(b, y, 2, NULL));
    IN(b, "grouped", y,
       frs_conv(b, y,
                &(frs_conv_opts){.filters = 8,
                                 .kernel = {3},
                                 .dilation = {2},
                                 .groups = 4,
                                 .padding = FRS_EXPLICIT,
                                 .pad_lo = {2, 2},
                                 .pad_hi = {2, 2}}));
    IN(b, "instance", y, frs_instance_norm(b, y, NULL));
    x = frs_activate(b, frs_add(b, x, y), FRS_SILU);
    x = frs_lrn(b, x, &(frs_lrn_opts){.size = 3});
    frs_output(b, "pooled",
               frs_avg_pool(b, x,
                            &(frs_pool_opts){.kernel = {2},
                                             .stride = {2},
                                             .padding = FRS_EXPLICIT,
                                             .pad_lo = {1, 1},
                                             .pad_hi = {0, 1},
                                             .count_padding = true}));
    frs_output(b, "largest", frs_global_pool(b, x, FRS_POOL_MAX));
    IN(b, "head", x, frs_dense(b, frs_global_pool(b, x, FRS_POOL_AVG), 4));
    return done(b, x);
}

static frs_status moved(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = image(b, 6, 8, 4);
    frs_pad_opts p = {.lo = {0, 1, 2}, .hi = {0, 2, 1}, .mode = FRS_PAD_REFLECT};
    frs_tensor *y = frs_pad(b, x, &p);
    IN(b, "conv", y, frs_conv(b, y, &(frs_conv_opts){.filters = 4, .kernel = {3}}));
    p.mode = FRS_PAD_EDGE;
    y = frs_crop(b, frs_pad(b, y, &p), (const int64_t[]){0, 1, 1, 0},
                 (const int64_t[]){0, 1, 0, 0});
    frs_output(b, "nearest", frs_upsample(b, y, 3, FRS_RESIZE_NEAREST));
    frs_output(b, "resized",
               frs_resize(b, y,
                          &(frs_resize_opts){.size = {5, 7},
                                             .mode = FRS_RESIZE_LINEAR,
                                             .at = FRS_AT_ALIGN_CORNERS}));
    frs_output(b, "depth", frs_depth_to_space(b, x, 2));
    frs_output(b, "space", frs_space_to_depth(b, x, 2));
    frs_output(b, "adaptive", frs_adaptive_pool(b, x, FRS_POOL_AVG, (const int[]){3, 4, 1}));
    frs_output(b, "turned", frs_permute(b, y, (const int[]){0, 3, 1, 2}));
    frs_output(b, "flipped", frs_flip(b, y, 6));
    frs_output(b, "tiled", frs_tile(b, y, (const int64_t[]){1, 2, 1, 1}));
    frs_output(b, "sum", frs_reduce_sum(b, y, 6));
    frs_output(b, "most", frs_argmax(b, y, 3));
    return done(b, frs_cumsum(b, frs_softmax_axis(b, y, NULL, 1), 2, NULL));
}

static frs_status volume(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){5, {batch(b), 5, 6, 4, 2}});
    IN(b, "conv", x,
       frs_conv(b, x, &(frs_conv_opts){.filters = 3, .kernel = {3, 2, 1}, .padding = FRS_SAME}));
    x = frs_max_pool(b, x, &(frs_pool_opts){.kernel = {2}});
    IN(b, "up", x,
       frs_conv_transpose(
           b, x,
           &(frs_conv_opts){.filters = 2, .kernel = {3}, .stride = {2}, .padding = FRS_SAME}));
    return done(b, x);
}

static frs_status series(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = sequence(b, 20, 3);
    IN(b, "conv", x,
       frs_conv(b, x, &(frs_conv_opts){.filters = 6, .kernel = {4}, .padding = FRS_SAME}));
    IN(b, "norm", x, frs_batch_norm(b, x, NULL));
    x = frs_avg_pool(b, x, &(frs_pool_opts){.kernel = {2}});
    IN(b, "up", x,
       frs_conv_transpose(b, x, &(frs_conv_opts){.filters = 2, .kernel = {3}, .stride = {2}}));
    return done(b, x);
}

/* ---- sequences */

static frs_status lstm(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_recurrent_opts o = {.hidden = 6, .layers = 2, .bidirectional = true};
    frs_tensor *x = sequence(b, 7, 5);
    IN(b, "lstm", x, frs_lstm(b, x, &o));
    IN(b, "head", x, frs_dense(b, frs_last_step(b, x), 2));
    return done(b, x);
}

static frs_status gru(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = sequence(b, 7, 5);
    const frs_recurrent_opts o = {
        .hidden = 4, .layers = 2, .h0 = frs_input(b, "h0", (frs_shape){3, {2, batch(b), 4}})};
    IN(b, "gru", x, frs_gru(b, x, &o));
    return done(b, x);
}

static frs_status rnn(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = sequence(b, 5, 3), *y, *z;
    IN(b, "tanh", y,
       frs_rnn(b, x, &(frs_recurrent_opts){.hidden = 4, .last_only = true, .bidirectional = true}));
    frs_output(b, "z", y);
    frs_scope_push(b, "relu");
    z = frs_param(b, "w", (frs_shape){2, {3, 3}}, (frs_init){FRS_INIT_UNIFORM, 0.5, 0});
    const frs_seq_in in = {
        .x = x,
        .w_ih = z,
        .w_hh = frs_param(b, "r", (frs_shape){2, {3, 3}}, (frs_init){FRS_INIT_UNIFORM, 0.5, 0}),
        .b_ih = frs__fill(b, (frs_shape){1, {3}}, 0.1),
        .b_hh = frs__fill(b, (frs_shape){1, {3}}, 0)};
    z = frs__seq(b, &in, (frs_seq_attr){.cell = FRS_CELL_RNN_RELU, .reverse = true});
    frs_scope_pop(b);
    return done(b, z);
}

/* Attributes beside the inputs, both initial states. */
static frs_status with_statics(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = sequence(b, 6, 3);
    const frs_shape state = {3, {1, batch(b), 5}};
    const frs_recurrent_opts o = {.hidden = 5,
                                  .last_only = true,
                                  .statics = frs_input(b, "s", (frs_shape){2, {batch(b), 4}}),
                                  .h0 = frs_input(b, "h0", state),
                                  .c0 = frs_input(b, "c0", state)};
    IN(b, "lstm", x, frs_lstm(b, x, &o));
    return done(b, x);
}

static frs_status ealstm(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = sequence(b, 6, 3), *s = frs_input(b, "s", (frs_shape){2, {batch(b), 4}});
    IN(b, "ealstm", x, frs_ealstm(b, x, s, &(frs_recurrent_opts){.hidden = 5}));
    return done(b, x);
}

static frs_status conv_lstm(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_conv_cell_opts o = {.conv = {.filters = 3, .kernel = {3}}, .sequences = true};
    frs_tensor *x = frs_input(b, "x", (frs_shape){5, {batch(b), 3, 6, 5, 2}}), *y;
    IN(b, "lstm", y, frs_conv_lstm(b, x, &o));
    frs_output(b, "z", y);
    IN(b, "gru", y, frs_conv_gru(b, x, &(frs_conv_cell_opts){.conv = o.conv}));
    return done(b, y);
}

static frs_status transformer(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "index", (frs_shape){2, {batch(b), 6}}), *y;
    const frs_transformer_opts o = {.heads = 2,
                                    .hidden = 12,
                                    .activation = FRS_GELU,
                                    .causal = true,
                                    .key_mask =
                                        frs_input(b, "mask", (frs_shape){2, {batch(b), 6}})};
    IN(b, "embed", x, frs_embed(b, x, ONNX_NETS_INDEX, 8));
    x = frs_add(b, x, frs_positions(b, 6, 8));
    IN(b, "layer", x, frs_transformer_encoder(b, x, &o));
    IN(b, "rms", y, frs_rms_norm(b, x, NULL));
    frs_output(b, "rms", y);
    IN(b, "additive", y, frs_additive_attention(b, x, x, x, 5, NULL));
    return done(b, frs_log_softmax(b, y, 2));
}

/* ---- operators on each value */

static frs_status activations(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_scale(b, frs_input(b, "x", (frs_shape){2, {batch(b), 40}}), 4, 0.01);
    for (int k = FRS_LINEAR; k <= FRS_TANH; k++)
        frs_output(b, frs_activation_name((frs_activation)k),
                   frs_activate(b, x, (frs_activation)k));
    frs_tensor *slope =
        frs_param(b, "slope", (frs_shape){1, {40}}, (frs_init){FRS_INIT_CONST, 0.3, 0});
    return done(b, frs_prelu(b, x, slope));
}

static frs_status unary(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {batch(b), 9}});
    frs_tensor *p = frs_scale(b, x, 0.4, 0.5), *q = frs_scale(b, p, 1, 1);
    frs_tensor *const y[] = {frs_neg(b, x),
                             frs_abs(b, x),
                             frs_sign(b, x),
                             frs_exp(b, x),
                             frs_log(b, p),
                             frs_sqrt(b, p),
                             frs_square(b, x),
                             frs_floor(b, frs_scale(b, x, 5, 0)),
                             frs_ceil(b, frs_scale(b, x, 5, 0)),
                             frs_round(b, frs_scale(b, x, 5, 0)),
                             frs_reciprocal(b, p),
                             frs_erf(b, x)};
    frs_tensor *const z[] = {frs_log1p(b, p), frs_expm1(b, x), frs_sin(b, x),   frs_cos(b, x),
                             frs_tan(b, x),   frs_asin(b, x),  frs_acos(b, x),  frs_atan(b, x),
                             frs_sinh(b, x),  frs_cosh(b, x),  frs_asinh(b, x), frs_acosh(b, q)};
    frs_output(b, "atanh", frs_atanh(b, p));
    frs_output(b, "z", frs_concat(b, z, FRS_LEN(z), 1));
    return done(b, frs_concat(b, y, FRS_LEN(y), 1));
}

static frs_status binary(frs_builder *b, const void *arg) {
    (void)arg;
    const frs_shape s = {3, {batch(b), 4, 5}};
    frs_tensor *x = frs_input(b, "x", s), *y = frs_input(b, "y0", (frs_shape){2, {4, 5}});
    frs_tensor *p = frs_scale(b, y, 0.4, 0.6), *m = frs_input(b, "mask", s);
    frs_tensor *const u[] = {
        frs_sub(b, x, y), frs_mul(b, x, y), frs_div(b, x, p),  frs_min(b, x, y),
        frs_max(b, x, y), frs_mod(b, x, p), frs_fmod(b, x, p), frs_pow(b, frs_expand(b, p, s), x)};
    frs_tensor *const v[] = {frs_greater(b, x, y),
                             frs_less(b, x, y),
                             frs_equal(b, m, frs_round(b, y)),
                             frs_greater_equal(b, x, y),
                             frs_less_equal(b, x, y),
                             frs_and(b, x, m),
                             frs_or(b, x, m),
                             frs_xor(b, x, m),
                             frs_not(b, m),
                             frs_where(b, frs_less(b, x, y), x, m)};
    frs_output(b, "v", frs_concat(b, v, FRS_LEN(v), 2));
    frs_output(b, "clip", frs_clip(b, x, -0.5, 0.4));
    frs_output(b, "shares", frs_softmax(b, x, m));
    frs_output(b, "products", frs_matmul(b, x, y, false, true));
    frs_output(b, "other", frs_matmul(b, y, x, true, false));
    return done(b, frs_concat(b, u, FRS_LEN(u), 2));
}

static frs_status others(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "gappy", (frs_shape){3, {batch(b), 6, 5}});
    frs_tensor *i = frs_input(b, "index", (frs_shape){1, {4}}), *missing = frs_isnan(b, x);
    frs_tensor *y = frs_where(b, missing, frs__fill(b, (frs_shape){0}, 0.25), x);
    frs_output(b, "missing", missing);
    frs_output(b, "infinite", frs_isinf(b, frs_div(b, x, frs_not(b, missing))));
    frs_output(b, "taken", frs_gather(b, y, i, 2));
    frs_output(b, "ones", frs_one_hot(b, i, ONNX_NETS_INDEX));
    frs_output(b, "upper", frs_triu(b, y, 1));
    frs_output(b, "lower", frs_tril(b, y, -1));
    frs_output(b, "mean", frs_reduce_mean(b, y, 2));
    frs_output(b, "max", frs_reduce_max(b, y, 6));
    frs_output(b, "min", frs_reduce_min(b, y, 4));
    frs_output(b, "product", frs_reduce_prod(b, y, 2));
    frs_output(b, "least", frs_argmin(b, y, 1));
    frs_output(b, "late",
               frs_cumsum(b, y, 1, &(frs_cumsum_opts){.exclusive = true, .reverse = true}));
    frs_output(b, "wide", frs__unslice(b, y, 1, 2, 9));
    frs_output(b, "filled", frs__fill(b, (frs_shape){2, {2 * batch(b), 3}}, 1.5));
    frs_output(
        b, "spread",
        frs_expand(b, frs_reshape(b, frs__fill(b, (frs_shape){1, {3}}, 2), (frs_shape){2, {1, 3}}),
                   (frs_shape){2, {batch(b), 3}}));
    return done(b, frs_scatter_add(
                       b, frs_permute(b, y, (const int[]){1, 0, 2}),
                       frs_concat(b, (frs_tensor *[]){i, frs_slice(b, i, 0, 0, 2)}, 2, 0), 0, 7));
}

static const float place[] = {0.5F, -0.25F, 1};
static const frs_onnx_constant places[] = {{"place", place}};

/* An input that stands in the file, an operator set of its own, one output of two. */
static frs_status options(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {batch(b), frs_build_dims(b).steps, 3}});
    frs_tensor *y = frs_add(b, x, frs_input(b, "place", (frs_shape){1, {3}}));
    IN(b, "norm", y, frs_layer_norm(b, y, 1, NULL));
    frs_output(b, "unused", frs_triu(b, y, 0));
    return done(b, y);
}

const onnx_net onnx_nets[] = {
    {"lenet", lenet, {0}},
    {"lenet_first", lenet, {.channels_first = true, .opset = 13}},
    {"unet", unet, {0}},
    {"unet_first", unet, {.channels_first = true, .opset = 13}},
    {"residual", residual, {0}},
    {"residual_first", residual, {.channels_first = true}},
    {"moved", moved, {0}},
    {"moved_one", moved, {.batch = 1}},
    {"volume", volume, {0}},
    {"series", series, {0}},
    {"lstm", lstm, {0}},
    {"gru", gru, {.opset = 14}},
    {"rnn", rnn, {.outputs = "y z"}},
    {"with_statics", with_statics, {.outputs = "y"}},
    {"ealstm", ealstm, {0}},
    {"conv_lstm", conv_lstm, {.channels_first = true}},
    {"transformer", transformer, {0}},
    {"transformer_14", transformer, {.opset = 14}},
    {"activations", activations, {0}},
    {"unary", unary, {0}},
    {"binary", binary, {0}},
    {"others", others, {0}},
    {"options",
     options,
     {.opset = 13, .steps = 4, .outputs = "y", .constants = places, .n_constants = 1}},
};
const int onnx_n_nets = FRS_LEN(onnx_nets);
