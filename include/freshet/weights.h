/* Weights of other programs for nets of the same shape: PyTorch's state_dicts (.pt) and HDF5 files
 * of Keras 2 (.h5).
 *
 *     frs_net_read(ctx, "lenet.yml", &net);
 *     frs_net_load_pytorch(net, "lenet.pt", NULL);
 *
 * What is matched with what, and how each layer's weights are turned: docs/weights.md. */
#ifndef FRESHET_WEIGHTS_H
#define FRESHET_WEIGHTS_H
#include "freshet/nn.h"
#ifdef __cplusplus
extern "C" {
#endif

/* NULL for the options: all of them 0. */
typedef struct frs_weights_opts {
    bool partial; /* what the file has not, or of another shape, stays; what it has too much is
                     left. At least one layer must be there */
    /* PyTorch flattens images as [C, H, W], we as [H, W, C]: the columns of a dense layer behind a
     * flatten are put into the other order, found from the net's list of layers. true: they stay as
     * they are (the file is of a net with channels last). */
    bool keep_columns;
} frs_weights_opts;

/* A state_dict into a net: layers by name where the file has one of the same name ("conv1" of
 * "conv1.weight"), the others in order, each the first of its kind and shape that is left. Counts
 * of batches (num_batches_tracked) are no weights. float16, bfloat16 and double become float.
 * errors: FRS_E_INPUT a layer that the file has not or that has another shape, one of the file that
 *         the net has not, a number that is not finite; FRS_E_FORMAT a damaged or hostile file;
 *         FRS_E_UNSUPPORTED integer tensors, built without libzip. On error the net is as before.
 */
frs_status frs_net_load_pytorch(frs_net *net, const char *path, const frs_weights_opts *o);
/* A state_dict that torch.load reads: the parameters under our names, laid out as PyTorch's.
 * partial is not looked at. */
frs_status frs_net_save_pytorch(frs_net *net, const char *path, const frs_weights_opts *o);

/* Weights of Keras 2 (save_weights or save, .h5) into a net: layers matched as above.
 * keep_columns is not looked at: Keras' order is ours.
 * errors: as above; FRS_E_UNSUPPORTED weights of a layer that we have not, built without HDF5 */
frs_status frs_net_load_keras(frs_net *net, const char *path, const frs_weights_opts *o);
/* The net of a model that Keras 2 saved whole (model.save("x.h5"): Sequential and Functional,
 * channels last), with its weights. Layers have Keras' names; an activation "softmax" is a layer of
 * its own behind it, "NAME_softmax".
 * owns:   *net by frs_net_free
 * errors: FRS_E_UNSUPPORTED a layer or a setting of one that we have not (the text names both) */
frs_status frs_net_read_keras(frs_ctx *ctx, const char *path, frs_net **net);

#ifdef __cplusplus
}
#endif
#endif
