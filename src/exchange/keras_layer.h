/* A layer of a Keras model's config as a line of a net's YAML. */
#ifndef FRS_EXCHANGE_KERAS_LAYER_H
#define FRS_EXCHANGE_KERAS_LAYER_H
#include "exchange/keras_file.h"
#include <jansson.h>

/* A layer as the config has it. */
typedef struct frs__keras_item {
    const char *name, *kind; /* "conv2d_1", "Conv2D" */
    const json_t *config;
    bool bidirectional; /* kind and config are of the layer within a Bidirectional */
} frs__keras_item;
/* What the layer also is, beside its line. */
typedef struct frs__keras_also {
    bool softmax;    /* its activation, which is a layer of its own */
    int first, axes; /* counted with the batch, 0: not said: axes that are normalised, which must
                        be the last ones; first -1: the last */
} frs__keras_also;
typedef struct frs__keras_writing {
    frs_ctx *ctx;
    const char *path;
    const frs__keras_file *file;
    frs_arena *memory;
    frs_buf *yaml;
} frs__keras_writing;
/* "type: conv, filters: 6, .." behind what is there. errors: FRS_E_UNSUPPORTED, FRS_E_FORMAT, with
 * file, layer and setting */
frs_status frs__keras_put_layer(const frs__keras_writing *w, const frs__keras_item *l,
                                frs__keras_also *also);
frs_status frs__keras_refuse(const frs__keras_writing *w, const frs__keras_item *l, const char *key,
                             const char *what);
#endif
