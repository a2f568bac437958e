/* What a flatten of channels last does to the order of features, against one of channels first. An
 * order goes with the features through layers that do nothing but to each of them, and ends where
 * they are mixed. */
#include "exchange/match.h"
#include "op/op.h"
#include <string.h>

/* ---- the inputs of a layer */
static int layer_named(const frs_net *net, const char *name, size_t length) {
    for (int i = 0; i < net->n_layers; i++)
        if (strlen(net->layers[i].name) == length &&
            strncmp(net->layers[i].name, name, length) == 0)
            return i;
    return -1;
}

/* Layer numbers into in[at most]; -1: an input of the net, the number of the first in *of_net. */
static int inputs_of(const frs_net *net, int layer, int *in, int most, int *of_net) {
    const char *at = net->layers[layer].from;
    char word[64];
    int n = 0;
    *of_net = 0;
    if (!at) {
        in[0] = layer - 1;
        return 1;
    }
    while (n < most && frs__word_next(&at, word, sizeof word)) {
        in[n] = layer_named(net, word, strlen(word));
        for (int i = 0; i < net->n_inputs && n == 0; i++)
            if (strcmp(net->inputs[i].name, word) == 0) *of_net = i;
        n++;
    }
    return n;
}

/* With the batch. */
static frs_shape shape_of(const frs_net *net, int layer, int of_net) {
    if (layer >= 0) return net->shapes[layer];
    const frs_shape one = net->inputs[of_net].shape;
    frs_shape s = {.rank = one.rank + 1, .dim = {1}};
    for (int i = 0; i < one.rank; i++) s.dim[i + 1] = one.dim[i];
    return s;
}

/* ---- where a flatten's channels stand first in PyTorch */
static bool keeps_axes(const char *type) {
    return frs__word_in(
        "activation prelu softmax rescale dropout spatial_dropout batch_norm pad crop", type);
}

/* Steps [B, T, C] are [B, C, T] there where they come out of a convolution or pooling, and the same
 * as ours out of a recurrent layer. */
static bool channels_first(const frs_net *net, int layer, frs_shape s) {
    int in[1], of_net;
    if (s.rank > 3) return true;
    while (layer >= 0 && keeps_axes(net->layers[layer].type))
        layer = inputs_of(net, layer, in, 1, &of_net) == 1 ? in[0] : -1;
    return s.rank == 3 && layer >= 0 &&
           frs__word_in("conv depthwise_conv separable_conv conv_transpose max_pool average_pool "
                        "adaptive_max_pool adaptive_average_pool upsample group_norm instance_norm "
                        "local_response_norm",
                        net->layers[layer].type);
}

/* Element (p, c) of [spatial.., C] is c P + p of [C, spatial..]. */
static const int64_t *turned(frs_arena *memory, frs_shape s) {
    const int64_t n = frs_shape_count(s) / (s.dim[0] ? s.dim[0] : 1), C = s.dim[s.rank - 1];
    int64_t *order = frs__arena_alloc(memory, n, sizeof *order);
    for (int64_t i = 0; order && i < n; i++) order[i] = i % C * (n / C) + i / C;
    return order;
}

/* ---- one behind the other, as features stand on the last axis */
static frs_status joined(frs_arena *memory, const frs__orders *o, int layer, const int *in, int n) {
    const frs_net *net = o->net;
    const frs_shape all = net->shapes[layer];
    bool any = false;
    for (int i = 0; i < n; i++) any = any || (in[i] >= 0 && o->of_output[in[i]]);
    if (!any || all.rank != 2) return FRS_OK;
    int64_t *order = frs__arena_alloc(memory, all.dim[1], sizeof *order), at = 0;
    if (!order) return FRS_E_NOMEM;
    const char *from = net->layers[layer].from;
    char word[64];
    for (int i = 0; i < n && frs__word_next(&from, word, sizeof word); i++) {
        int64_t size = in[i] >= 0 ? net->shapes[in[i]].dim[1] : 0;
        for (int k = 0; in[i] < 0 && k < net->n_inputs; k++)
            if (strcmp(net->inputs[k].name, word) == 0) size = net->inputs[k].shape.dim[0];
        const int64_t *part = in[i] >= 0 ? o->of_output[in[i]] : NULL;
        for (int64_t k = 0; k < size && at + k < all.dim[1]; k++)
            order[at + k] = at + (part ? part[k] : k);
        at += size;
    }
    o->of_output[layer] = order;
    return FRS_OK;
}

static frs_status one(frs_arena *memory, const frs__orders *o, int layer) {
    const frs_net *net = o->net;
    const char *type = net->layers[layer].type;
    int in[FRS_OP_MAX_IN], of_net;
    const int n = inputs_of(net, layer, in, FRS_OP_MAX_IN, &of_net);
    const frs_shape from = shape_of(net, in[0], of_net), to = net->shapes[layer];
    o->of_input[layer] = n > 0 && in[0] >= 0 ? o->of_output[in[0]] : NULL;
    const bool flat = strcmp(type, "flatten") == 0 || strcmp(type, "reshape") == 0;
    if (flat && to.rank == 2 && from.rank > 2 && from.dim[from.rank - 1] > 1 &&
        channels_first(net, in[0], from)) {
        o->of_output[layer] = turned(memory, from);
        return o->of_output[layer] ? FRS_OK : FRS_E_NOMEM;
    }
    if (strcmp(type, "concat") == 0) return joined(memory, o, layer, in, n);
    const bool same =
        keeps_axes(type) || flat || frs__word_in("layer_norm rms_norm add multiply", type);
    if (same && to.rank == 2) o->of_output[layer] = o->of_input[layer];
    return FRS_OK;
}

frs_status frs__orders_find(frs_arena *memory, const frs_net *net, frs__orders *o) {
    *o = (frs__orders){.net = net};
    o->of_input = frs__arena_alloc(memory, net->n_layers, sizeof *o->of_input);
    o->of_output = frs__arena_alloc(memory, net->n_layers, sizeof *o->of_output);
    if (!o->of_input || !o->of_output) return FRS_E_NOMEM;
    for (int i = 0; i < net->n_layers; i++) FRS_TRY(one(memory, o, i));
    return FRS_OK;
}

const int64_t *frs__orders_of(const frs__orders *o, const char *param) {
    const size_t length = strcspn(param, ".");
    const int layer = o->net ? layer_named(o->net, param, length) : -1;
    if (layer < 0 || !o->of_input[layer]) return NULL;
    const char *leaf = param + length, *type = o->net->layers[layer].type;
    const bool dense = strcmp(type, "dense") == 0 && strcmp(leaf, ".weight") == 0;
    return dense || frs__word_in("batch_norm layer_norm rms_norm prelu", type) ? o->of_input[layer]
                                                                               : NULL;
}
