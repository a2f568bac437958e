/* The net of the LSTM forecaster, apart from files and streaming. */
#ifndef FRS_FORECASTER_LSTM_NET_H
#define FRS_FORECASTER_LSTM_NET_H
#include "freshet/graph.h"

typedef enum frs_lstm_loss { FRS_LSTM_MSE, FRS_LSTM_RMSE, FRS_LSTM_NSE } frs_lstm_loss;
typedef enum frs_lstm_activation {
    FRS_LSTM_LINEAR,
    FRS_LSTM_RELU,
    FRS_LSTM_SOFTPLUS
} frs_lstm_activation;

/* All that the build function depends on; saved with the model. */
typedef struct frs_lstm_net {
    int64_t channels; /* that change with time */
    int64_t statics, hidden, layers;
    int64_t outputs; /* K: the last K steps are predicted (predict_last_n, or the leads) */
    double forget_bias, dropout;
    int loss, activation;
    int64_t bfloat16; /* 1: in training */
    int64_t skip;     /* 1: the outputs are added to the last known flow, input q0 */
} frs_lstm_net;

/* Inputs x [B, W, channels] and, if any, statics [B, statics]; when training y [B, K] and std [B];
 * when inferring h0, c0 [layers, B, H]; with a skip q0 [B, 1]. Outputs: sim [B, min(K, W)], and
 * when inferring h_n, c_n. arg is a frs_lstm_net.
 */
frs_status frs__lstm_net_build(frs_builder *b, const void *arg);
#endif
