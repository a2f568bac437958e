/* The nets of the forecasters on lags as build functions, for the golden tests as well. */
#ifndef FRS_FORECASTER_LAGGED_NETS_H
#define FRS_FORECASTER_LAGGED_NETS_H
#include "forecaster/net_loss.h"

typedef struct mlp_net { /* all that the build function depends on; saved with the model */
    int64_t features, hidden, outputs;
    int64_t last_flow; /* the feature that the outputs are added to; -1: none */
    double dropout;
    frs_net_loss loss;
} mlp_net;
/* mlp.c. arg: mlp_net. Input z [B, features]; when training y [B, K] and std [B]. Output sim [B,
 * K].
 */
frs_status frs__mlp_build(frs_builder *b, const void *arg);

typedef struct code_net { /* likewise */
    int64_t past, hidden, code;
} code_net;
/* autoencoder.c. arg: code_net. Input z [B, past]; outputs code [B, code] and back [B, past]; loss:
 * mean square of back - z. */
frs_status frs__code_build(frs_builder *b, const void *arg);
#endif
