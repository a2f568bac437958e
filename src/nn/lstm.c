/* Stacked LSTM layers over the sequence operator. Hochreiter & Schmidhuber (1997),
 * doi:10.1162/neco.1997.9.8.1735; parameters, gate order and first weights as torch.nn.LSTM. */
#include "base/base.h"
#include "freshet/graph.h"
#include "op/seq.h"
#include <math.h>
#include <stdio.h>

enum { MAX_LAYERS = FRS_OP_MAX_IN }; /* their states go through one concat */

static frs_tensor *param(frs_builder *b, const char *name, int layer, frs_shape s, frs_init init) {
    char full[40];
    snprintf(full, sizeof full, "%s_l%d", name, layer);
    return frs_param(b, full, s, init);
}

/* h0 and c0 of one layer as the operator's [2, B, H]. */
static frs_tensor *state_of(frs_builder *b, const frs_lstm_opts *o, int layer) {
    if (!o->h0 || !o->c0) return NULL;
    frs_tensor *both[] = {frs_slice(b, o->h0, 0, layer, 1), frs_slice(b, o->c0, 0, layer, 1)};
    return frs_concat(b, both, 2, 0);
}

static frs_tensor *one_layer(frs_builder *b, frs_tensor *x, const frs_lstm_opts *o, int layer) {
    const int64_t H = o->hidden, F = frs_tensor_shape(x).dim[2];
    const double a = 1 / sqrt((double)H);
    const frs_init init = {FRS_INIT_UNIFORM, a, 0};
    const frs_init hidden_bias =
        o->forget_bias != 0 ? (frs_init){FRS_INIT_LSTM_FORGET, a, o->forget_bias} : init;
    const frs_seq_in in = {
        .x = x,
        .w_ih = param(b, "weight_ih", layer, (frs_shape){2, {4 * H, F}}, init),
        .w_hh = param(b, "weight_hh", layer, (frs_shape){2, {4 * H, H}}, init),
        .b_ih = param(b, "bias_ih", layer, (frs_shape){1, {4 * H}}, init),
        .b_hh = param(b, "bias_hh", layer, (frs_shape){1, {4 * H}}, hidden_bias),
        .state0 = state_of(b, o, layer),
    };
    const int layers = o->layers > 0 ? o->layers : 1;
    const frs_seq_attr attr = {.cell = FRS_CELL_LSTM,
                               .last_only = o->last_only && layer == layers - 1};
    return frs__seq(b, &in, attr);
}

/* The carried state after the last step: outputs "h_n" and "c_n" [layers, B, H]. */
static void put_states(frs_builder *b, frs_tensor *const *states, int n) {
    static const char *const names[2] = {"h_n", "c_n"};
    frs_tensor *part[MAX_LAYERS];
    for (int k = 0; k < 2; k++) {
        for (int l = 0; l < n; l++) part[l] = frs_slice(b, states[l], 0, k, 1);
        frs_output(b, names[k], n == 1 ? part[0] : frs_concat(b, part, n, 0));
    }
}

frs_tensor *frs_lstm(frs_builder *b, frs_tensor *x, const frs_lstm_opts *o) {
    frs_tensor *states[MAX_LAYERS];
    const int layers = o->layers > 0 ? o->layers : 1;
    if (!x) return NULL;
    if (layers > MAX_LAYERS || o->hidden < 1 || o->hidden > FRS_SEQ_MAX_HIDDEN) {
        frs__build_fail(b, FRS_E_ARG, _("LSTM: %d layers of hidden size %lld; 1 to %d of 1 to %d"),
                        layers, (long long)o->hidden, MAX_LAYERS, FRS_SEQ_MAX_HIDDEN);
        return NULL;
    }
    for (int l = 0; l < layers; l++) {
        x = one_layer(b, x, o, l);
        if (!x) return NULL;
        states[l] = frs__op_out(x, 1);
    }
    if (frs_build_mode(b) == FRS_INFER) put_states(b, states, layers);
    return x;
}
