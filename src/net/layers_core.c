/* Dense layers, activations, dropout, functions of the user; first weights and other names. */
#include "net/layer.h"
#include <string.h>

#define GROUP .group = "Dense layers, activations, dropout"

static frs_tensor *dense(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_dense_with(b, in[0],
                          &(frs_dense_opts){.units = l->units,
                                            .no_bias = l->no_bias,
                                            .activation = l->activation,
                                            .init = frs__init_named(b, l->init)});
}
FRS_LAYER_TYPE(dense, dense, GROUP, .fields = "units no_bias activation init",
               .shapes = "[B, .., F] -> [B, .., units]",
               .doc = "y = activation(W x + bias), W [units, F]",
               FRS_EXAMPLE(dense, .units = 64, .activation = FRS_RELU), .in = {{1, {10}}},
               .out = {1, {64}});

static frs_tensor *activation(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return l->alpha != 0 || l->beta != 0
               ? frs_activate_with(b, in[0], l->activation, l->alpha, l->beta)
               : frs_activate(b, in[0], l->activation);
}
FRS_LAYER_TYPE(activation, activation, GROUP, .fields = "activation alpha beta", .shapes = "as x",
               .doc = "of each value; formulas, alpha and beta: `frs_activation` in "
                      "`freshet/graph.h`",
               FRS_EXAMPLE(activation, .activation = FRS_LEAKY_RELU, .alpha = 0.1),
               .in = {{1, {10}}}, .out = {1, {10}});

static frs_tensor *prelu(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_shape s = frs_tensor_shape(in[0]);
    const frs_init slope = {FRS_INIT_CONST, l->alpha != 0 ? l->alpha : 0.25, 0};
    const int64_t C = s.rank ? s.dim[s.rank - 1] : 0;
    return frs_prelu(b, in[0], frs_param(b, "weight", (frs_shape){1, {C}}, slope));
}
FRS_LAYER_TYPE(prelu, prelu, GROUP, .fields = "alpha", .shapes = "as x",
               .doc = "x, below 0 a x; a [C] is learned and starts as alpha (0.25). He et al. "
                      "(2015), doi:10.1109/ICCV.2015.123",
               FRS_EXAMPLE(prelu), .in = {{3, {8, 8, 4}}}, .out = {3, {8, 8, 4}});

static frs_tensor *softmax(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    static const char *const modes[] = {"shares", "log"};
    (void)n;
    const int axis = frs__axis_of(b, l, in[0], -1);
    return frs__mode_of(b, l->mode, modes, 2) == 1 ? frs_log_softmax(b, in[0], axis)
                                                   : frs_softmax_axis(b, in[0], NULL, axis);
}
FRS_LAYER_TYPE(softmax, softmax, GROUP, .fields = "axis mode", .shapes = "as x",
               .doc = "exp(x) / sum exp(x) along the axis (the last); mode `log`: its logarithm. "
                      "The losses of classes want logits, before it",
               FRS_EXAMPLE(softmax), .in = {{1, {10}}}, .out = {1, {10}});

FRS_LAYER_OF_ONE(rescale, frs_scale(b, in[0], l->alpha != 0 ? l->alpha : 1, l->beta))
FRS_LAYER_TYPE(rescale, rescale, GROUP, .fields = "alpha beta", .shapes = "as x",
               .doc = "alpha x + beta, alpha 1 unless given",
               FRS_EXAMPLE(rescale, .alpha = 2, .beta = -1), .in = {{3, {8, 8, 1}}},
               .out = {3, {8, 8, 1}});

FRS_LAYER_OF_ONE(dropout, frs_dropout(b, in[0], l->rate))
FRS_LAYER_OF_ONE(spatial, frs_spatial_dropout(b, in[0], l->rate))
FRS_LAYER_TYPE(dropout, dropout, GROUP, .fields = "rate", .shapes = "as x",
               .doc = "in training each value is 0 with probability rate, else x / (1 - rate). "
                      "Srivastava et al. (2014), JMLR 15",
               FRS_EXAMPLE(dropout, .rate = 0.5), .in = {{1, {10}}}, .out = {1, {10}});
FRS_LAYER_TYPE(spatial_dropout, spatial, GROUP, .fields = "rate", .shapes = "as x",
               .doc = "the same, whole channels of a sample at once. Tompson et al. (2015), "
                      "doi:10.1109/CVPR.2015.7298664",
               FRS_EXAMPLE(spatial_dropout, .rate = 0.2), .in = {{3, {8, 8, 4}}},
               .out = {3, {8, 8, 4}});

static frs_tensor *custom(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    return l->build(b, in, n, l->arg);
}
FRS_LAYER_TYPE(custom, custom, GROUP, .fields = "", .n_in_min = 1, .n_in_max = FRS_OP_MAX_IN,
               .shapes = "its function's",
               .doc = "a function of your own over the operators of `freshet/graph.h`, in the C "
                      "fields `build` and `arg`; not from YAML, not in files");

/* ---- names */
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
    {"truncated_normal", {FRS_INIT_TRUNCATED_NORMAL, 0.05, 0}}, /* 0.05: Keras' */
    {"normal", {FRS_INIT_NORMAL, 0.05, 0}},
    {"uniform", {FRS_INIT_UNIFORM, 0.05, 0}},
    {"zeros", {FRS_INIT_CONST, 0, 0}},
};

frs_init frs__init_named(frs_builder *b, const char *name) {
    for (int64_t i = 0; name && i < FRS_LEN(inits); i++)
        if (strcmp(inits[i].name, name) == 0) return inits[i].init;
    if (name) frs__build_fail(b, FRS_E_ARG, _("no first weights named '%.60s'"), name);
    return (frs_init){FRS_INIT_ZERO, 0, 0};
}

int64_t frs__mode_of(frs_builder *b, const char *mode, const char *const *names, int64_t n) {
    char all[160] = "";
    for (int64_t i = 0; i < n; i++) {
        if (!mode || strcmp(mode, names[i]) == 0) return i;
        strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
        strncat(all, names[i], sizeof all - strlen(all) - 1);
    }
    frs__build_fail(b, FRS_E_ARG, _("mode '%.60s'; there are: %s"), mode, all);
    return 0;
}

int frs__axis_of(frs_builder *b, const frs_layer *l, frs_tensor *x, int usual) {
    const int rank = frs_tensor_shape(x).rank, given = l->axis ? l->axis : usual;
    const int axis = given < 0 ? given + rank : given;
    if (!x || (axis > 0 && axis < rank)) return axis;
    frs__build_fail(b, FRS_E_ARG, _("%s: axis %d of an input of %d axes; the batch is 0 and stays"),
                    l->type, given, rank);
    return -1;
}
