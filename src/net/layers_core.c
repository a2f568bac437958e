/* Dense layers, activations, dropout, shapes, several inputs made one, functions of the user. */
#include "net/layer.h"
#include <string.h>

static frs_tensor *dense(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_dense_with(b, in[0],
                          &(frs_dense_opts){.units = l->units,
                                            .no_bias = l->no_bias,
                                            .activation = l->activation,
                                            .init = frs__init_named(b, l->init)});
}
FRS_LAYER_TYPE(dense, "units no_bias activation init", 1, 1, dense);

static frs_tensor *activation(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return l->alpha != 0 ? frs_activate_with(b, in[0], l->activation, l->alpha, 0)
                         : frs_activate(b, in[0], l->activation);
}
FRS_LAYER_TYPE(activation, "activation alpha", 1, 1, activation);

static frs_tensor *dropout(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_dropout(b, in[0], l->rate);
}
static frs_tensor *spatial(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_spatial_dropout(b, in[0], l->rate);
}
FRS_LAYER_TYPE(dropout, "rate", 1, 1, dropout);
FRS_LAYER_TYPE(spatial_dropout, "rate", 1, 1, spatial);

/* ---- shapes */
static frs_tensor *flatten(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)l, (void)n;
    return frs_flatten(b, in[0]);
}
static frs_tensor *reshape(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_shape x = frs_tensor_shape(in[0]);
    frs_shape s = {.rank = l->shape.rank + 1, .dim = {x.rank ? x.dim[0] : 0}};
    for (int i = 0; i < l->shape.rank && i + 1 < FRS_MAX_RANK; i++) s.dim[i + 1] = l->shape.dim[i];
    return frs_reshape(b, in[0], s);
}
FRS_LAYER_TYPE(flatten, "", 1, 1, flatten);
FRS_LAYER_TYPE(reshape, "shape", 1, 1, reshape);

/* ---- several inputs */
static frs_tensor *add(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    frs_tensor *y = in[0];
    for (int i = 1; i < n; i++) y = frs_add(b, y, in[i]);
    return frs_activate(b, y, l->activation);
}
static frs_tensor *multiply(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    frs_tensor *y = in[0];
    for (int i = 1; i < n; i++) y = frs_mul(b, y, in[i]);
    return frs_activate(b, y, l->activation);
}
static frs_tensor *concat(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    return frs_concat(b, in, n, l->axis ? l->axis : frs_tensor_shape(in[0]).rank - 1);
}
FRS_LAYER_TYPE(add, "activation", 2, FRS_OP_MAX_IN, add);
FRS_LAYER_TYPE(multiply, "activation", 2, FRS_OP_MAX_IN, multiply);
FRS_LAYER_TYPE(concat, "axis", 2, FRS_OP_MAX_IN, concat);

static frs_tensor *custom(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    return l->build(b, in, n, l->arg);
}
FRS_LAYER_TYPE(custom, "", 1, FRS_OP_MAX_IN, custom);

/* ---- first weights */
static const struct {
    const char *name;
    frs_init init;
} inits[] = {
    {"glorot_uniform", {FRS_INIT_GLOROT_UNIFORM, 0, 0}},
    {"glorot_normal", {FRS_INIT_GLOROT_NORMAL, 0, 0}},
    {"he_uniform", {FRS_INIT_HE_UNIFORM, 0, 0}},
    {"he_normal", {FRS_INIT_HE_NORMAL, 0, 0}},
    {"lecun_uniform", {FRS_INIT_LECUN_UNIFORM, 0, 0}},
    {"lecun_normal", {FRS_INIT_LECUN_NORMAL, 0, 0}},
    {"orthogonal", {FRS_INIT_ORTHOGONAL, 0, 0}},
};

frs_init frs__init_named(frs_builder *b, const char *name) {
    for (int64_t i = 0; name && i < FRS_LEN(inits); i++)
        if (strcmp(inits[i].name, name) == 0) return inits[i].init;
    if (name) frs__build_fail(b, FRS_E_ARG, _("no first weights named '%.60s'"), name);
    return (frs_init){FRS_INIT_ZERO, 0, 0};
}
