/* What the definitions of layers share. */
#ifndef FRS_NET_LAYER_H
#define FRS_NET_LAYER_H
#include "net/net.h"
#include "op/op.h"

/* A type of that name with .fields, .group, .shapes, .doc, .example, .in, .out and, unless it has
 * one input, .n_in_min and .n_in_max. */
#define FRS_LAYER_TYPE(NAME, BUILD, ...)                                                           \
    const frs_layer_type frs__layer_##NAME = {.name = #NAME, .build = BUILD, __VA_ARGS__}
#define FRS_EXAMPLE(NAME, ...) .example = {.type = #NAME, ##__VA_ARGS__}
/* A builder of one input. */
#define FRS_LAYER_OF_ONE(BUILD, ...)                                                               \
    static frs_tensor *BUILD(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {   \
        (void)l, (void)n;                                                                          \
        return __VA_ARGS__;                                                                        \
    }
/* The window of a layer in the options of a convolution or of pooling. */
#define FRS_LAYER_WINDOW(o, l)                                                                     \
    do {                                                                                           \
        (o).padding = (l)->padding;                                                                \
        memcpy((o).kernel, (l)->kernel, sizeof(o).kernel);                                         \
        memcpy((o).stride, (l)->stride, sizeof(o).stride);                                         \
        memcpy((o).dilation, (l)->dilation, sizeof(o).dilation);                                   \
        memcpy((o).pad_lo, (l)->pad_lo, sizeof(o).pad_lo);                                         \
        memcpy((o).pad_hi, (l)->pad_hi, sizeof(o).pad_hi);                                         \
    } while (0)
/* Of a name such as "he_normal"; NULL: kind ZERO, the layer's own. An unknown name fails. */
frs_init frs__init_named(frs_builder *b, const char *name);
/* Which of the names `mode` is; NULL: the first. Fails where it is none of them. */
int64_t frs__mode_of(frs_builder *b, const char *mode, const char *const *names, int64_t n);
/* The axis that a layer's `axis` means in x; 0: usual. -1 where there is no such axis, which fails.
 */
int frs__axis_of(frs_builder *b, const frs_layer *l, frs_tensor *x, int usual);
#endif
