#include "forecaster/lstm_net.h"

static frs_shape shape3(int64_t a, int64_t b, int64_t c) {
    return (frs_shape){3, {a, b, c}};
}

/* As NeuralHydrology's: MSE and RMSE carry a factor 1/2 there, which matters with clipping. */
static frs_tensor *loss_of(frs_builder *b, const frs_lstm_net *net, frs_tensor *sim) {
    const int64_t B = frs_build_dims(b).batch;
    frs_tensor *obs = frs_input(b, "y", (frs_shape){2, {B, net->outputs}});
    switch ((frs_lstm_loss)net->loss) {
    case FRS_LSTM_NSE:
        return frs_loss_nse(b, sim, obs, frs_input(b, "std", (frs_shape){1, {B}}));
    case FRS_LSTM_RMSE:
        return frs_scale(b, frs_loss_rmse(b, sim, obs), 0.70710678118654752, 0);
    case FRS_LSTM_MSE:
        break;
    }
    return frs_scale(b, frs_loss_mse(b, sim, obs), 0.5, 0);
}

static frs_tensor *activate(frs_builder *b, const frs_lstm_net *net, frs_tensor *x) {
    switch ((frs_lstm_activation)net->activation) {
    case FRS_LSTM_RELU:
        return frs_relu(b, x);
    case FRS_LSTM_SOFTPLUS:
        return frs_softplus(b, x);
    case FRS_LSTM_LINEAR:
        break;
    }
    return x;
}

frs_status frs__lstm_net_build(frs_builder *b, const void *arg) {
    const frs_lstm_net *net = arg;
    const frs_dims d = frs_build_dims(b);
    const bool training = frs_build_mode(b) == FRS_TRAIN;
    const int64_t K = net->outputs < d.steps ? net->outputs : d.steps;
    frs_tensor *x = frs_input(b, "x", shape3(d.batch, d.steps, net->channels));
    frs_lstm_opts o = {.hidden = net->hidden,
                       .layers = (int)net->layers,
                       .forget_bias = net->forget_bias,
                       .bfloat16 = net->bfloat16 != 0,
                       .last_only = K == 1};
    if (net->statics) o.statics = frs_input(b, "statics", (frs_shape){2, {d.batch, net->statics}});
    if (!training) {
        o.h0 = frs_input(b, "h0", shape3(net->layers, d.batch, net->hidden));
        o.c0 = frs_input(b, "c0", shape3(net->layers, d.batch, net->hidden));
    }
    frs_scope_push(b, "lstm");
    frs_tensor *h = frs_lstm(b, x, &o);
    frs_scope_pop(b);
    if (K > 1) h = frs_last_steps(b, h, K);
    h = frs_dropout(b, h, net->dropout);
    frs_scope_push(b, "head");
    frs_tensor *sim = frs_dense(b, h, 1);
    frs_scope_pop(b);
    sim = frs_reshape(b, sim, (frs_shape){2, {d.batch, K}});
    if (net->skip) sim = frs_add(b, sim, frs_input(b, "q0", (frs_shape){2, {d.batch, 1}}));
    sim = activate(b, net, sim);
    frs_output(b, "sim", sim);
    return frs_build_done(b, training ? loss_of(b, net, sim) : NULL);
}
