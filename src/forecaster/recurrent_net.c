#include "forecaster/recurrent_net.h"

static frs_shape shape3(int64_t a, int64_t b, int64_t c) {
    return (frs_shape){3, {a, b, c}};
}

/* An EA-LSTM takes the static attributes into its input gate, the others beside the inputs. */
static frs_tensor *layer(frs_builder *b, const frs_recurrent_net *net, frs_tensor *x,
                         frs_recurrent_opts *o) {
    frs_tensor *statics = o->statics, *h = NULL;
    frs_scope_push(b, frs__cell_dims((int)net->cell)->name);
    switch ((frs_cell_kind)net->cell) {
    case FRS_CELL_GRU:
        h = frs_gru(b, x, o);
        break;
    case FRS_CELL_RNN_TANH:
        h = frs_rnn(b, x, o);
        break;
    case FRS_CELL_EALSTM:
        o->statics = NULL;
        h = frs_ealstm(b, x, statics, o);
        break;
    default:
        h = frs_lstm(b, x, o);
    }
    frs_scope_pop(b);
    return h;
}

static frs_tensor *input(frs_builder *b, frs_tensor *given, const char *name, frs_shape shape) {
    return given ? given : frs_input(b, name, shape);
}

static frs_window_end end_of(const frs_recurrent_net *net) {
    return (frs_window_end){net->outputs, net->skip != 0, (frs_output_activation)net->activation,
                            &net->loss};
}

/* The order of nodes keys dropout: a net that is trained on must keep it. */
frs_tensor *frs__recurrent_net_sim(frs_builder *b, const frs_recurrent_net *net,
                                   const frs_recurrent_in *in) {
    const frs_dims d = frs_build_dims(b);
    const int64_t K = net->outputs < d.steps ? net->outputs : d.steps;
    frs_tensor *x = input(b, in->x, "x", shape3(d.batch, d.steps, net->channels));
    frs_recurrent_opts o = {.hidden = net->hidden,
                            .layers = (int)net->layers,
                            .forget_bias = net->forget_bias,
                            .bfloat16 = net->bfloat16 != 0,
                            .last_only = K == 1};
    if (net->statics)
        o.statics = input(b, in->statics, "statics", (frs_shape){2, {d.batch, net->statics}});
    o.statics = frs__input_net_statics(b, &net->input, o.statics);
    x = frs__input_net_build(b, &net->input, x, o.statics);
    if (frs_build_mode(b) == FRS_INFER && !in->from_zero) {
        o.h0 = frs_input(b, "h0", shape3(net->layers, d.batch, net->hidden));
        if (frs__cell_dims((int)net->cell)->states > 1)
            o.c0 = frs_input(b, "c0", shape3(net->layers, d.batch, net->hidden));
    }
    frs_tensor *h = layer(b, net, x, &o);
    if (K > 1) h = frs_last_steps(b, h, K);
    h = frs_dropout(b, h, net->dropout);
    frs_scope_push(b, "head");
    frs_tensor *sim = frs_dense(b, h, 1);
    frs_scope_pop(b);
    sim = frs_reshape(b, sim, (frs_shape){2, {d.batch, K}});
    const frs_window_end end = end_of(net);
    return frs__window_sim(b, &end, in->q0, sim);
}

frs_status frs__recurrent_net_build(frs_builder *b, const void *arg) {
    const frs_recurrent_net *net = arg;
    const frs_window_end end = end_of(net);
    return frs__window_end(b, &end, frs__recurrent_net_sim(b, net, &(frs_recurrent_in){0}));
}
