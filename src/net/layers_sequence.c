/* Layers over the steps of [B, T, F]. */
#include "net/layer.h"
#include <string.h>

#define GROUP .group = "Sequences"

static frs_recurrent_opts opts_of(const frs_layer *l) {
    return (frs_recurrent_opts){.hidden = l->units,
                                .last_only = !l->sequences,
                                .bidirectional = l->bidirectional,
                                .forget_bias = l->forget_bias,
                                .relu = l->activation == FRS_RELU};
}
#define RECURRENT(NAME, FIELDS, ...)                                                               \
    static frs_tensor *NAME(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {    \
        frs_recurrent_opts o = opts_of(l);                                                         \
        if (n > 1) o.mask = in[1];                                                                 \
        return frs_##NAME(b, in[0], &o);                                                           \
    }                                                                                              \
    FRS_LAYER_TYPE(NAME, NAME, GROUP, .fields = "units sequences bidirectional" FIELDS,            \
                   .n_in_min = 1, .n_in_max = 2, __VA_ARGS__)
RECURRENT(lstm, " forget_bias", .shapes = "[B, T, F] -> [B, units]; sequences: [B, T, units]",
          .doc = "a second input [B, T] is a mask: where it is 0 the state stays. Hochreiter & "
                 "Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735",
          FRS_EXAMPLE(lstm, .units = 32, .sequences = true), .in = {{2, {6, 4}}},
          .out = {2, {6, 32}});
RECURRENT(gru, "", .shapes = "as `lstm`",
          .doc = "likewise, r and z as PyTorch's and Keras' `reset_after`. Cho et al. (2014), "
                 "arXiv:1406.1078",
          FRS_EXAMPLE(gru, .units = 16, .bidirectional = true), .in = {{2, {6, 4}}},
          .out = {1, {32}});
RECURRENT(rnn, " activation", .shapes = "as `lstm`",
          .doc = "h = tanh(W x + U h + bias), or relu. Elman (1990), "
                 "doi:10.1207/s15516709cog1402_1",
          FRS_EXAMPLE(rnn, .units = 16), .in = {{2, {6, 4}}}, .out = {1, {16}});

static frs_tensor *ealstm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_recurrent_opts o = opts_of(l);
    return frs_ealstm(b, in[0], in[1], &o);
}
FRS_LAYER_TYPE(ealstm, ealstm, GROUP, .fields = "units sequences forget_bias", .n_in_min = 2,
               .n_in_max = 2, .shapes = "[B, T, F], [B, S] -> as `lstm`",
               .doc = "its input gate is made of the second input, static attributes, alone. "
                      "Kratzert et al. (2019), doi:10.5194/hess-23-5089-2019",
               FRS_EXAMPLE(ealstm, .from = "a, b", .units = 16), .in = {{2, {6, 4}}, {1, {3}}},
               .out = {1, {16}});

/* ---- a layer on each step */
static frs_tensor *inner(frs_builder *b, frs_tensor *x, const void *arg) {
    const frs_layer *l = arg;
    return frs__layer_type_find(l->of)->build(b, l, &x, 1);
}
FRS_LAYER_OF_ONE(time_distributed, frs_each_step(b, in[0], inner, l))
FRS_LAYER_TYPE(time_distributed, time_distributed, GROUP, .fields = "of",
               .shapes = "[B, T, ..] -> [B, T, what the layer makes of ..]",
               .doc = "a layer of type `of`, whose fields stand beside it, on each step, with the "
                      "same weights",
               FRS_EXAMPLE(time_distributed, .of = "conv", .filters = 3, .kernel = {3}),
               .in = {{4, {5, 8, 8, 1}}}, .out = {4, {5, 6, 6, 3}});

/* ---- words and places */
FRS_LAYER_OF_ONE(embedding, frs_embed(b, in[0], l->size, l->units))
FRS_LAYER_TYPE(embedding, embedding, GROUP, .fields = "size units",
               .shapes = "[B, ..] -> [B, .., units]",
               .doc = "the row of a learned table of `size` rows that each number names; NaN where "
                      "there is none",
               FRS_EXAMPLE(embedding, .size = 100, .units = 8), .in = {{1, {6}}},
               .out = {2, {6, 8}});

static frs_tensor *positions(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_shape s = frs_tensor_shape(in[0]);
    if (in[0] && s.rank != 3)
        frs__build_fail(b, FRS_E_ARG, _("%s: input of rank %d; [batch, steps, features] expected"),
                        l->type, s.rank);
    return s.rank == 3 ? frs_add(b, in[0], frs_positions(b, s.dim[1], s.dim[2])) : NULL;
}
FRS_LAYER_TYPE(positional_encoding, positions, GROUP, .fields = "", .shapes = "as x [B, T, D]",
               .doc = "x + sin(t / 10000^(2i/D)) at feature 2i, the cosine at 2i + 1. Vaswani et "
                      "al. (2017), arXiv:1706.03762, 3.5",
               FRS_EXAMPLE(positional_encoding), .in = {{2, {6, 8}}}, .out = {2, {6, 8}});

/* ---- attention: of one input to itself; of queries to values; of queries to keys with values; a
 * fourth input [B, S] is a mask of the keys */
typedef struct looking {
    frs_tensor *q, *k, *v, *keys;
} looking;

static looking looking_of(frs_tensor *const *in, int n) {
    return (looking){in[0], in[n > 1], in[n > 2 ? 2 : n > 1], n > 3 ? in[3] : NULL};
}

/* [B, 1, S], [1, T, S] or both broadcast; NULL: none */
static frs_tensor *mask_of(frs_builder *b, const frs_layer *l, const looking *a) {
    const frs_shape q = frs_tensor_shape(a->q), k = frs_tensor_shape(a->k);
    frs_tensor *keys = NULL, *past = NULL;
    if (a->keys) keys = frs_reshape(b, a->keys, (frs_shape){3, {k.dim[0], 1, k.dim[1]}});
    if (l->causal && q.rank == 3)
        past = frs_tril(b, frs__fill(b, (frs_shape){3, {1, q.dim[1], k.dim[1]}}, 1), 0);
    return keys && past ? frs_mul(b, keys, past) : keys ? keys : past;
}

static frs_tensor *dot(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    const looking a = looking_of(in, n);
    return frs_dot_attention(b, a.q, a.k, a.v, mask_of(b, l, &a));
}
static frs_tensor *additive(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    const looking a = looking_of(in, n);
    return frs_additive_attention(b, a.q, a.k, a.v, l->units, mask_of(b, l, &a));
}
static frs_tensor *attention(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    const looking a = looking_of(in, n);
    const frs_attention_opts o = {
        .heads = l->heads, .causal = l->causal, .dropout = l->rate, .key_mask = a.keys};
    return frs_attention(b, a.q, a.k, a.v, &o);
}
#define ATTENTION(NAME, BUILD, FIELDS, ...)                                                        \
    FRS_LAYER_TYPE(NAME, BUILD, GROUP, .fields = FIELDS, .n_in_min = 1, .n_in_max = 4, __VA_ARGS__)
ATTENTION(dot_attention, dot, "causal",
          .shapes = "query [B, T, D], key [B, S, D], value [B, S, E] -> [B, T, E]",
          .doc =
              "softmax(q k' / sqrt(D)) v, without weights. One input: all three; two: query, and "
              "value that is also the key; a fourth, [B, S]: a mask, 0 where a key does not "
              "count. Vaswani et al. (2017)",
          FRS_EXAMPLE(dot_attention, .from = "a, b"), .in = {{2, {6, 8}}, {2, {4, 8}}},
          .out = {2, {6, 8}});
ATTENTION(additive_attention, additive, "units causal",
          .shapes = "query [B, T, D], key [B, S, K], value [B, S, E] -> [B, T, E]",
          .doc = "softmax over s of v' tanh(W q_t + U k_s), times the values; inputs likewise. "
                 "Bahdanau et al. (2015), arXiv:1409.0473",
          FRS_EXAMPLE(additive_attention, .from = "a, b", .units = 16),
          .in = {{2, {6, 8}}, {2, {4, 5}}}, .out = {2, {6, 5}});
ATTENTION(
    attention, attention, "heads causal rate",
    .shapes = "query [B, T, E], key and value [B, S, E] -> [B, T, E]",
    .doc = "of several heads, with projections; inputs likewise. `torch.nn.MultiheadAttention`",
    FRS_EXAMPLE(attention, .heads = 2, .causal = true), .in = {{2, {6, 8}}}, .out = {2, {6, 8}});

static frs_tensor *transformer(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    const frs_transformer_opts o = {.heads = l->heads,
                                    .hidden = l->units,
                                    .activation = l->activation,
                                    .dropout = l->rate,
                                    .eps = l->eps,
                                    .norm_first = l->norm_first,
                                    .causal = l->causal,
                                    .key_mask = n > 1 ? in[1] : NULL};
    return frs_transformer_encoder(b, in[0], &o);
}
FRS_LAYER_TYPE(transformer_encoder, transformer, GROUP,
               .fields = "heads units activation rate eps norm_first causal", .n_in_min = 1,
               .n_in_max = 2, .shapes = "as x [B, T, E]",
               .doc = "attention, then two dense layers (units between them, relu), each added to "
                      "what came in and normalised; a second input [B, T]: a mask of the steps. "
                      "`torch.nn.TransformerEncoderLayer`. Vaswani et al. (2017)",
               FRS_EXAMPLE(transformer_encoder, .heads = 2, .units = 32, .rate = 0.1),
               .in = {{2, {6, 8}}}, .out = {2, {6, 8}});
