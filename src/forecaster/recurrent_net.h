/* The net of a recurrent forecaster, apart from files and streaming.
 *
 * Parameters, in PyTorch's and NeuralHydrology's terms. CELL is lstm, gru, rnn_tanh or ealstm; H
 * hidden size, F channels + statics (ealstm: channels alone), S statics; gates as torch's: i f g o
 * (lstm), r z n (gru), one (rnn_tanh), f g o (ealstm): ours                       shape
 * NeuralHydrology's state_dict CELL.weight_ih_l0          [G H, F]   lstm.weight_ih_l0,
 * gru.weight_ih_l0: columns are the dynamic inputs in config order, then the attributes sorted by
 * name CELL.weight_hh_l0          [G H, H]   the same with weight_hh CELL.bias_ih_l0, bias_hh_l0 [G
 * H]     the same ealstm.input_gate.weight   [H, S]     input_gate.weight ealstm.input_gate.bias
 * [H]        input_gate.bias ealstm.weight_ih_l0        [3 H, F]   weight_ih [F, 3 H] transposed,
 * its gates f o g -> f g o ealstm.weight_hh_l0        [3 H, H]   weight_hh, in the same way
 *   ealstm.bias_ih_l0          [3 H]      bias, gates f o g -> f g o; bias_hh_l0 is then 0
 *   head.weight, head.bias     [1, H], [1] head.net.0.weight, head.net.0.bias */
#ifndef FRS_FORECASTER_RECURRENT_NET_H
#define FRS_FORECASTER_RECURRENT_NET_H
#include "forecaster/input_net.h"
#include "forecaster/window_net.h"
#include "op/seq_attr.h"

/* All that the build function depends on; saved with the model. */
typedef struct frs_recurrent_net {
    int64_t cell;     /* frs_cell_kind: LSTM, GRU, RNN_TANH, EALSTM */
    int64_t channels; /* that change with time */
    int64_t statics, hidden, layers;
    int64_t outputs; /* K: the last K steps are predicted (predict_last_n, or the leads) */
    double forget_bias, dropout;
    frs_net_loss loss;
    int64_t activation;
    int64_t bfloat16; /* 1: in training */
    int64_t skip;     /* 1: the outputs are added to the last known flow, input q0 */
    frs_input_net input;
} frs_recurrent_net;

/* Inputs x [B, W, channels] and, if any, statics [B, statics]; those of the input net; when
 * training y [B, K] and std [B]; when inferring h0 and, where the cell has it, c0 [layers, B, H];
 * with a skip q0 [B, 1]. Outputs: sim [B, min(K, W)], and when inferring h_n, c_n. arg is a
 * frs_recurrent_net.
 */
frs_status frs__recurrent_net_build(frs_builder *b, const void *arg);

/* In the place of inputs of these names. */
typedef struct frs_recurrent_in {
    frs_tensor *x, *statics, *q0; /* NULL: an input */
    bool from_zero;               /* no h0 and c0: the state begins as 0 */
} frs_recurrent_in;
/* sim, within another build function; for inference also outputs h_n and c_n. */
frs_tensor *frs__recurrent_net_sim(frs_builder *b, const frs_recurrent_net *net,
                                   const frs_recurrent_in *in);
#endif
