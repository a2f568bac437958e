/* A net of layers of a config (nn.h's YAML) as a net on windows: from layers and task to a graph.
 *
 * Inputs of the layers: "x" [W, C + S], the channels of each step and the attributes beside them as
 * NeuralHydrology has it; "dynamic" [W, C], the channels alone; with attributes "static" [S]. The
 * first layer reads x unless it says otherwise.
 *
 * The end: [K] of a sample (K leads, or predict_last_n) is the flow as it is; so is [T, 1], its
 * last K steps. What is neither gets a head, as the LSTM has one: of [T, N] a dense layer of 1 on
 * each of the last K steps, of [N] one of K. A recurrent layer always gets it; a dense layer of
 * another width is a mistake. */
#ifndef FRS_FORECASTER_LAYERED_NET_H
#define FRS_FORECASTER_LAYERED_NET_H
#include "forecaster/window_net.h"
#include "freshet/nn.h"

/* All that the build function depends on but the layers; saved with the model. */
typedef struct frs_layered_sizes {
    int64_t channels, statics, outputs, steps; /* steps: W */
    int64_t skip, activation;
    double dropout; /* before a head */
    frs_net_loss loss;
} frs_layered_sizes;
bool frs__layered_sane(const frs_layered_sizes *s);
/* Without the loss. */
frs_layered_sizes frs__layered_sizes(const frs_config *c, const frs_task *t);

/* The layers that a config has by this name; NULL or "net": those that `model` is or names. *name
 * is theirs then, borrowed from the config. errors: FRS_E_INPUT with the place in the file */
frs_status frs__layered_read(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                             const char **name, frs_net **layers);
/* A model whose weights are there; the layers are borrowed. errors: FRS_E_INPUT, FRS_E_ARG layers
 * that do not fit each other or the task: which, where, and the shapes */
frs_status frs__layered_model(frs_ctx *ctx, const frs_net *layers, const frs_layered_sizes *s,
                              uint64_t seed, frs_model **m);
#endif
