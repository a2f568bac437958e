/* What the definitions of layers share. */
#ifndef FRS_NET_LAYER_H
#define FRS_NET_LAYER_H
#include "net/net.h"
#include "op/op.h"

#define FRS_LAYER_TYPE(NAME, FIELDS, MIN, MAX, BUILD)                                              \
    const frs_layer_type frs__layer_##NAME = {                                                     \
        .name = #NAME, .fields = FIELDS, .n_in_min = MIN, .n_in_max = MAX, .build = BUILD}
/* Of a name such as "he_normal"; NULL: kind ZERO, the layer's own. An unknown name fails. */
frs_init frs__init_named(frs_builder *b, const char *name);
#endif
