/* Tensors of a file of another program into the parameters of a net. The readers of the formats
 * turn what they find into our layouts and names of parameters; which of them is which is decided
 * here. */
#ifndef FRS_EXCHANGE_MATCH_H
#define FRS_EXCHANGE_MATCH_H
#include "freshet/weights.h"
#include "net/net.h"

enum { FRS__GIVEN_RANK = 8 };
typedef struct frs__given {
    const char *key;   /* its name in the file, for messages */
    const char *group; /* its layer there, "conv1" */
    const char *leaf;  /* "weight", "weight_ih_l0" */
    int rank;
    int64_t dim[FRS__GIVEN_RANK], n;
    const float *values; /* [n] in C's order */
} frs__given;
typedef struct frs__file_weights {
    const char *path;
    const frs__given *given; /* [n]; those of a group stand beside each other */
    int64_t n;
    bool columns_turned; /* flattened images are [C, H, W] there */
} frs__file_weights;

/* All of it, or on error nothing. */
frs_status frs__weights_take(frs_net *net, const frs__file_weights *f, bool partial);

/* ---- order.c: in which order the last axis of a parameter of `param` (its name) stands where
 * images are flattened as [C, H, W]: element i of ours is order[i] there. NULL: the same. The
 * arrays lie in `memory`. */
typedef struct frs__orders {
    const frs_net *net;
    const int64_t **of_input; /* [n_layers] of what a layer is given; NULL: the same */
    const int64_t **of_output;
} frs__orders;
frs_status frs__orders_find(frs_arena *memory, const frs_net *net, frs__orders *o);
const int64_t *frs__orders_of(const frs__orders *o, const char *param);
#endif
