/* HDF5 files of Keras 2: what save_weights and save write, as plain data. Attribute layer_names of
 * the root, or of the group model_weights beside the attribute model_config; a group a layer with
 * the attribute weight_names; datasets under those names. Attributes too large for HDF5 are cut
 * into layer_names0, layer_names1, ..
 * source: keras/saving/hdf5_format.py of Keras 2.10 */
#ifndef FRS_EXCHANGE_KERAS_FILE_H
#define FRS_EXCHANGE_KERAS_FILE_H
#include "exchange/match.h"

typedef struct frs__keras_weight {
    const char *name; /* "conv2d/kernel:0" */
    int rank;
    int64_t dim[FRS__GIVEN_RANK], n;
    const float *values; /* [n]; NULL only where n is 0 */
} frs__keras_weight;
typedef struct frs__keras_layer {
    const char *name;
    frs__keras_weight *weights;
    int64_t n;
} frs__keras_layer;
typedef struct frs__keras_file {
    frs_arena memory;   /* of everything here */
    const char *config; /* JSON; NULL: weights alone */
    frs__keras_layer *layers;
    int64_t n;
} frs__keras_file;
/* errors: FRS_E_FORMAT with the file and what is wrong where; FRS_E_UNSUPPORTED another version of
 * Keras, weights that are no floats or lie in other files, built without HDF5 */
frs_status frs__keras_file_read(frs_ctx *ctx, const char *path, frs__keras_file *f);
void frs__keras_file_free(frs__keras_file *f);

/* ---- keras_weights.c */
frs_status frs__keras_take(frs_net *net, const char *path, frs__keras_file *f, bool partial);
/* A name of Keras as one of a layer here: no point, comma, blank. */
const char *frs__keras_name(frs_arena *memory, const char *name);

/* ---- keras_model.c: the net of f->config, without weights. */
frs_status frs__keras_net(frs_ctx *ctx, const char *path, frs__keras_file *f, frs_net **net);
#endif
