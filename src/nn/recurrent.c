/* Recurrent layers over the sequence operator: RNN, LSTM, GRU, EA-LSTM; equations and sources in
 * op/seq_cells.c. Parameters, gate order and first weights as torch.nn's; EA-LSTM's first weights
 * as its authors'. */
#include "base/base.h"
#include "freshet/graph.h"
#include "kernel/cpu/seq_amx.h"
#include "op/seq.h"
#include <math.h>
#include <stdio.h>

enum { MAX_STATES = FRS_OP_MAX_IN }; /* of all layers and directions: they go through one concat */

/* What stays the same for all layers. */
typedef struct stack {
    frs_builder *b;
    const frs_recurrent_opts *o;
    int cell, layers, directions;
    bool bfloat16;
    frs_tensor *fixed; /* EA-LSTM's input gate */
    frs_tensor *states[MAX_STATES];
} stack;

static frs_tensor *param(const stack *s, const char *name, int layer, int direction,
                         frs_shape shape, frs_init init) {
    char full[48];
    snprintf(full, sizeof full, "%s_l%d%s", name, layer, direction ? "_reverse" : "");
    return frs_param(s->b, full, shape, init);
}

/* The part of h0 and c0 that is this layer's and direction's, as the operator's [S, B, H]. */
static frs_tensor *state_of(const stack *s, int index) {
    const bool two = frs__cell_dims(s->cell)->states > 1;
    if (!s->o->h0 || (two && !s->o->c0)) return NULL;
    frs_tensor *h = frs_slice(s->b, s->o->h0, 0, index, 1);
    if (!two) return h;
    frs_tensor *both[] = {h, frs_slice(s->b, s->o->c0, 0, index, 1)};
    return frs_concat(s->b, both, 2, 0);
}

static frs_init hidden_bias(const stack *s, frs_init usual) {
    if (s->cell == FRS_CELL_EALSTM) return (frs_init){FRS_INIT_EALSTM_FORGET, 0, s->o->forget_bias};
    if (s->cell == FRS_CELL_LSTM && s->o->forget_bias != 0)
        return (frs_init){FRS_INIT_LSTM_FORGET, usual.a, s->o->forget_bias};
    return usual;
}

/* What the static attributes add at every step; w [G H, F + S] becomes that of x alone. */
static frs_tensor *constant_of(const stack *s, int64_t F, frs_tensor **w) {
    frs_tensor *statics = s->o->statics;
    const int64_t S = frs_tensor_shape(statics).dim[1];
    frs_tensor *of_statics = frs_slice(s->b, *w, 1, F, S);
    *w = frs_slice(s->b, *w, 1, 0, F);
    return frs_matmul(s->b, statics, of_statics, false, true);
}

static frs_tensor *one(stack *s, frs_tensor *x, int layer, int direction) {
    const bool statics = s->o->statics && layer == 0;
    const int64_t H = s->o->hidden, F = frs_tensor_shape(x).dim[2];
    const int64_t wide = statics ? F + frs_tensor_shape(s->o->statics).dim[1] : F;
    const int64_t G = frs__cell_dims(s->cell)->gates * H;
    const int index = layer * s->directions + direction;
    const bool ea = s->cell == FRS_CELL_EALSTM;
    const frs_init init = {FRS_INIT_UNIFORM, 1 / sqrt((double)H), 0}, zero = {0};
    const frs_init ih = {FRS_INIT_ORTHOGONAL, 0, 0}, hh = {FRS_INIT_IDENTITIES, 0, 0};
    frs_seq_in in = {
        .x = x,
        .w_ih = param(s, "weight_ih", layer, direction, (frs_shape){2, {G, wide}}, ea ? ih : init),
        .w_hh = param(s, "weight_hh", layer, direction, (frs_shape){2, {G, H}}, ea ? hh : init),
        .b_ih = param(s, "bias_ih", layer, direction, (frs_shape){1, {G}}, ea ? zero : init),
        .b_hh = param(s, "bias_hh", layer, direction, (frs_shape){1, {G}}, hidden_bias(s, init)),
        .state0 = state_of(s, index),
        .fixed = s->fixed,
        .mask = s->o->mask,
    };
    if (statics) in.constant = constant_of(s, F, &in.w_ih);
    const frs_seq_attr attr = {.cell = s->cell,
                               .last_only = s->o->last_only && layer == s->layers - 1,
                               .reverse = direction == 1,
                               .bfloat16 = s->bfloat16};
    frs_tensor *y = frs__seq(s->b, &in, attr);
    if (y) s->states[index] = frs__op_out(y, FRS_SEQ_STATE);
    return y;
}

static frs_tensor *one_layer(stack *s, frs_tensor *x, int layer) {
    frs_tensor *y[2] = {one(s, x, layer, 0)};
    if (s->directions == 1 || !y[0]) return y[0];
    y[1] = one(s, x, layer, 1);
    return y[1] ? frs_concat(s->b, y, 2, frs_tensor_shape(y[0]).rank - 1) : NULL;
}

/* The carried state after the last step: outputs "h_n" and "c_n" [layers x directions, B, H]. */
static void put_states(const stack *s) {
    static const char *const names[2] = {"h_n", "c_n"};
    const int n = s->layers * s->directions;
    frs_tensor *part[MAX_STATES];
    for (int k = 0; k < frs__cell_dims(s->cell)->states; k++) {
        for (int i = 0; i < n; i++) part[i] = frs_slice(s->b, s->states[i], 0, k, 1);
        frs_output(s->b, names[k], n == 1 ? part[0] : frs_concat(s->b, part, n, 0));
    }
}

static frs_tensor *recurrent(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *o, int cell,
                             frs_tensor *fixed) {
    frs_ctx *kernels = frs__build_kernels(b);
    stack s = {.b = b,
               .o = o,
               .cell = cell,
               .layers = o->layers > 0 ? o->layers : 1,
               .directions = o->bidirectional ? 2 : 1,
               .bfloat16 = o->bfloat16 && kernels && frs_build_mode(b) == FRS_TRAIN,
               .fixed = fixed};
    if (!x) return NULL;
    if (o->statics && frs_tensor_shape(o->statics).rank != 2) {
        frs__build_fail(b, FRS_E_ARG, _("recurrent layer: statics must be [batch, attributes]"));
        return NULL;
    }
    if (s.layers * s.directions > MAX_STATES || o->hidden < 1 || o->hidden > FRS_SEQ_MAX_HIDDEN) {
        frs__build_fail(
            b, FRS_E_ARG, _("recurrent layer: %d layers of hidden size %lld; 1 to %d of 1 to %d"),
            s.layers, (long long)o->hidden, MAX_STATES / s.directions, FRS_SEQ_MAX_HIDDEN);
        return NULL;
    }
    if (s.bfloat16 && (frs__isa(kernels) != FRS_ISA_AVX512 || !frs__amx_here())) {
        frs__build_fail(b, FRS_E_UNSUPPORTED,
                        _("bfloat16: this processor, or the chosen instruction set, has no matrix "
                          "products in it (AMX)"));
        return NULL;
    }
    for (int l = 0; l < s.layers && x; l++) {
        if (l > 0 && o->dropout > 0) x = frs_dropout(b, x, o->dropout);
        x = one_layer(&s, x, l);
    }
    if (x && frs_build_mode(b) == FRS_INFER) put_states(&s);
    return x;
}

frs_tensor *frs_lstm(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *o) {
    return recurrent(b, x, o, FRS_CELL_LSTM, NULL);
}

frs_tensor *frs_gru(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *o) {
    return recurrent(b, x, o, FRS_CELL_GRU, NULL);
}

frs_tensor *frs_rnn(frs_builder *b, frs_tensor *x, const frs_recurrent_opts *o) {
    return recurrent(b, x, o, o->relu ? FRS_CELL_RNN_RELU : FRS_CELL_RNN_TANH, NULL);
}

frs_tensor *frs_ealstm(frs_builder *b, frs_tensor *x, frs_tensor *statics,
                       const frs_recurrent_opts *o) {
    if (!x || !statics) return NULL;
    if (o->layers > 1 || o->bidirectional) {
        frs__build_fail(b, FRS_E_ARG, _("EA-LSTM: one layer in one direction"));
        return NULL;
    }
    frs_scope_push(b, "input_gate");
    frs_tensor *gate = frs_sigmoid(b, frs_dense(b, statics, o->hidden));
    frs_scope_pop(b);
    return recurrent(b, x, o, FRS_CELL_EALSTM, gate);
}
