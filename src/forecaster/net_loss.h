/* The losses that `loss` names, for every net of this folder: built into the graph, and summed over
 * a whole validation period. */
#ifndef FRS_FORECASTER_NET_LOSS_H
#define FRS_FORECASTER_NET_LOSS_H
#include "freshet/config.h"
#include "freshet/data.h"
#include "freshet/graph.h"

typedef enum frs_net_loss_kind { /* in the order of the key's choices */
                                 FRS_NET_MSE,
                                 FRS_NET_RMSE,
                                 FRS_NET_NSE,
                                 FRS_NET_KGE,
                                 FRS_NET_HUBER,
                                 FRS_NET_PINBALL,
                                 FRS_NET_PEAKS,
                                 FRS_NET_FOCAL,
                                 FRS_NET_LOSSES
} frs_net_loss_kind;

/* Saved with the model. a, b: Huber's delta; the quantile; the weight of peaks; focal beta and
 * gamma; KGE's shift (mean / std of the target, which makes raw flow of standardised). */
typedef struct frs_net_loss {
    int64_t kind;
    double a, b;
} frs_net_loss;

frs_net_loss frs__net_loss_of(const frs_config *c, const frs_scaler *scaler);
bool frs__net_loss_sane(const frs_net_loss *l);
/* Loss of sim [B, K] against the input "y" [B, K]; NSE: also the input "std" [B]. MSE and RMSE
 * carry NeuralHydrology's factor 1/2, which matters with clipping. */
frs_tensor *frs__net_loss_build(frs_builder *b, const frs_net_loss *l, frs_tensor *sim, int64_t K);

/* The same loss over many batches. */
typedef struct frs_loss_sum {
    double n, sum;                    /* losses of a value */
    double sim, obs, sim2, obs2, cov; /* KGE: sums */
} frs_loss_sum;
/* sim and y [n][K], std [n] or NULL; a NaN in y or std does not count. */
typedef struct frs_loss_batch {
    const float *sim, *y, *std;
    int64_t n, K;
} frs_loss_batch;
void frs__net_loss_add(const frs_net_loss *l, frs_loss_sum *to, const frs_loss_batch *b);
double frs__net_loss_value(const frs_net_loss *l, const frs_loss_sum *s); /* NaN: nothing there */
#endif
