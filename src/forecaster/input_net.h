/* What stands between the channels of a window and a recurrent net: embedding nets of the inputs
 * and the attributes, and how groups of inputs that may be missing become one vector a step.
 * NeuralHydrology's InputLayer; parameters have its names and shapes (docs/neuralhydrology.md).
 *
 * Channels are weather, others (calendar, past flow, its flag, the flag of leads), flags of missing
 * inputs. Only weather and flags are embedded; the others stand behind the embedding as they are.
 *   PLAIN      e(weather, flags, position), e the embedding net, or nothing
 *   MEAN       the mean of e_g(inputs of g, position) over the groups g that are there
 *   ATTENTION  one head: the query is an embedding of attributes, position and flags, keys and
 *              values are the e_g(inputs of g) that are there. Vaswani et al. (2017),
 *              arXiv:1706.03762
 * Where no group is there (a forecast without future weather) the mean is 0. A group that is not
 * there changes nothing, and gets no gradient. */
#ifndef FRS_FORECASTER_INPUT_NET_H
#define FRS_FORECASTER_INPUT_NET_H
#include "freshet/config.h"
#include "freshet/data.h"
#include "op/op.h"

enum { FRS_EMBEDDING_LAYERS = 8, FRS_INPUT_GROUPS = FRS_OP_MAX_IN };
typedef enum frs_embedding_activation {
    FRS_EMBEDDING_TANH,
    FRS_EMBEDDING_SIGMOID,
    FRS_EMBEDDING_RELU,
    FRS_EMBEDDING_LINEAR
} frs_embedding_activation;
/* Dense layers, the activation and dropout behind each but the last. */
typedef struct frs_embedding {
    int64_t n; /* layers; 0: there is none */
    int64_t units[FRS_EMBEDDING_LAYERS];
    int64_t activation; /* frs_embedding_activation */
    double dropout;
} frs_embedding;

typedef enum frs_input_method {
    FRS_INPUT_PLAIN,
    FRS_INPUT_MEAN,
    FRS_INPUT_ATTENTION
} frs_input_method;
/* Saved with the model. {0}: the channels are the net's inputs. */
typedef struct frs_input_net {
    int64_t method;         /* frs_input_method */
    int64_t weather, flags; /* the first and the last channels; flags: a group each but in PLAIN */
    int64_t groups, size[FRS_INPUT_GROUPS]; /* of the weather, in order; 0 in PLAIN */
    int64_t positions, span; /* numbers that tell of a step's place; half their base */
    frs_embedding dynamics, statics;
} frs_input_net;

/* Of nan_handling_method, nan_handling_pos_encoding_size, statics_embedding, dynamics_embedding.
 * errors: FRS_E_INPUT one of them is wrong or does not fit the task, with its place. */
frs_status frs__input_net_of(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                             frs_input_net *n);
bool frs__input_net_sane(const frs_input_net *n, int64_t channels);
/* statics [B, S] -> [B, S'] */
frs_tensor *frs__input_net_statics(frs_builder *b, const frs_input_net *n, frs_tensor *statics);
/* x [B, T, channels] -> [B, T, F]; statics as they come out of the above; NULL: none. With
 * positions an input "position" [1, T, positions]. */
frs_tensor *frs__input_net_build(frs_builder *b, const frs_input_net *n, frs_tensor *x,
                                 frs_tensor *statics);
/* [steps][positions] */
void frs__input_net_positions(const frs_input_net *n, int64_t steps, float *to);
/* Fills "position" of a plan of so many steps. */
frs_status frs__input_net_feed(const frs_input_net *n, frs_plan *plan, int64_t steps);
#endif
