/* Networks with the ease of Keras: a list of layers, compile, fit, evaluate, predict, save.
 *
 *     const frs_layer lenet[] = {
 *         {.type = "conv", .filters = 6, .kernel = {5}, .padding = FRS_SAME,
 *          .activation = FRS_TANH},
 *         {.type = "average_pool", .kernel = {2, 2}},
 *         {.type = "conv", .filters = 16, .kernel = {5, 5}, .activation = FRS_TANH},
 *         {.type = "average_pool", .kernel = {2, 2}},
 *         {.type = "flatten"},
 *         {.type = "dense", .units = 120, .activation = FRS_TANH},
 *         {.type = "dense", .units = 84, .activation = FRS_TANH},
 *         {.type = "dense", .units = 10}};
 *     frs_net_new(ctx, &(frs_net_opts){.inputs = {{"x", {3, {28, 28, 1}}}}, FRS_LAYERS(lenet)},
 *                 &net);
 *     frs_net_compile(net, &(frs_compile_opts){.loss = "cross_entropy",
 *                                              .optimiser = {.kind = FRS_OPTIM_ADAM}});
 *     frs_net_fit(net, &digits, &(frs_fit_opts){.epochs = 10, .validation = &held}, &history);
 *     frs_net_evaluate(net, &held, 0, &scores);                  // scores.accuracy
 *
 * The same as YAML (frs_net_read): `layers:` a list whose items have the fields of frs_layer, and
 * `inputs:`. A net of any other kind is a build function of operators (freshet/graph.h) given in
 * frs_net_opts.build, and is used in the same way. Channels last: [B, H, W, C], [B, T, F].
 * Every error names the layer and the shapes it was given. */
#ifndef FRESHET_NN_H
#define FRESHET_NN_H
#include "freshet/arrays.h"
#include "freshet/history.h"
#ifdef __cplusplus
extern "C" {
#endif

/* A layer; what its type has no use for must be 0, and 0 is the default. Types, and what their
 * fields mean: docs/layers.md. */
typedef frs_tensor *(*frs_layer_build)(frs_builder *b, frs_tensor *const *in, int n_in,
                                       const void *arg);
typedef struct frs_layer {
    const char *type;  /* "conv", "dense", .. */
    const char *name;  /* NULL: its type and number among those of the type, "conv_1" */
    const char *from;  /* "a, b": layers or inputs by name; NULL: the layer before, or the input */
    const char *share; /* the weights are those of this earlier layer of the same type */
    const char *of;    /* "time_distributed": the type of the layer on each step, which the other
                          fields are for */
    int64_t units;     /* of a dense or recurrent layer, of attention, embedding */
    int64_t filters;   /* of a convolution */
    int kernel[3], stride[3], dilation[3]; /* of 1 to 3 spatial axes; 0 after the first: as it */
    frs_padding padding;
    int pad_lo[3], pad_hi[3]; /* FRS_EXPLICIT; also of "pad" and "crop" */
    int64_t groups;
    const char *table; /* of "table_conv": the channels that a filter sees, "0 1 2; 1 2 3" */
    bool no_bias;
    frs_activation activation;
    double alpha, beta, k; /* of an activation, of local response normalisation, of "rescale" */
    const char *init; /* of the weights: "glorot_uniform", "he_normal", ..; NULL: the layer's */
    double rate;      /* of a dropout */
    double eps, momentum;
    int64_t size; /* of what is normalised, looked up, repeated, cut out: see the type */
    int64_t first;
    int64_t heads;
    int axis;        /* of "concat", "softmax", "reduce", ..; the batch is 0, the last one -1; 0:
                        the type's own */
    frs_shape shape; /* of one sample: "reshape"; of the spatial axes: adaptive pooling */
    frs_shape order; /* "permute": axes of a sample, the first is 1 */
    const char *mode;
    bool sequences; /* recurrent: all steps, not the last alone */
    bool bidirectional, causal, norm_first;
    double forget_bias;
    frs_layer_build build; /* of type "custom" */
    const void *arg;       /* its own, borrowed */
} frs_layer;
#define FRS_LAYERS(list) .layers = (list), .n_layers = (int)(sizeof(list) / sizeof((list)[0]))

enum { FRS_NET_INPUTS = 8, FRS_NET_OUTPUTS = 8, FRS_NET_CLASSES = 64 };
typedef struct frs_net_input {
    const char *name;
    frs_shape shape; /* of one sample; an axis of 0: the number of steps that a batch has */
} frs_net_input;
typedef struct frs_net_opts {
    frs_net_input inputs[FRS_NET_INPUTS]; /* up to the first without a name */
    int64_t steps; /* that shapes are told for, and that a net from a file is made for, where an
                      input has an axis of 0; 0: those of the last batch, or 1 */
    const frs_layer *layers; /* copied */
    int n_layers;
    const char *outputs; /* "a, b": names of layers; NULL: the last layer */
    /* In place of layers: out[i] is the output outputs names i-th ("y" if it names none). */
    frs_status (*build)(frs_builder *b, frs_tensor *const *in, frs_tensor **out, const void *arg);
    const void *arg; /* build's own, borrowed */
    uint64_t seed;
} frs_net_opts;
typedef struct frs_net frs_net;
/* errors: FRS_E_ARG an unknown type (with the nearest one), a field that the type has not, a name
 * that is not there. Shapes are looked at when the net is first compiled for a batch. */
frs_status frs_net_new(frs_ctx *ctx, const frs_net_opts *o, frs_net **net);
/* The same of YAML text or file. errors: FRS_E_INPUT, naming the line. */
frs_status frs_net_read(frs_ctx *ctx, const char *path, frs_net **net);
void frs_net_free(frs_net *net);
frs_model *frs_net_model(frs_net *net); /* weights, plans: freshet/graph.h */
/* Table of layers for a batch: the shape of what each makes, its parameters, its operations
 * (multiplications and additions of products); then totals and memory. Of a net by a build
 * function: the scopes of its parameters. Caller frees by frs_text_free. */
frs_status frs_net_summary(frs_net *net, int64_t batch, char **text);
/* Weights of layers named `scope` (or within it; "": of all), running values left out. Makes no
 * weights. */
frs_status frs_net_count(frs_net *net, const char *scope, int64_t *n);
/* Weights of layers named `scope` (or within it) are trained no more, or again. */
frs_status frs_net_freeze(frs_net *net, const char *scope, bool frozen);

/* ---- training */
typedef struct frs_compile_opts {
    /* Of values: "mse", "rmse", "mae", "huber", "log_cosh", "kl". Of classes, the target is the
     * class's number: "cross_entropy" and "focal" of logits, "nll" of probabilities. Of yes and
     * no, the target is 1 or 0: "binary_cross_entropy", "binary_focal", "hinge", "squared_hinge"
     * of logits, "binary_nll" of probabilities. NULL: "mse". Of several outputs the losses are
     * added up: "mse, cross_entropy" in their order. */
    const char *loss;
    const double *loss_weights;  /* one an output; NULL: 1; copied */
    const double *class_weights; /* one a class, of losses of classes; NULL: 1; copied */
    int64_t n_class_weights;     /* up to FRS_NET_CLASSES */
    /* In place of loss: a scalar of the output and its target. */
    frs_tensor *(*loss_fn)(frs_builder *b, frs_tensor *output, frs_tensor *target, const void *arg);
    const void *loss_arg;
    frs_optim_opts optimiser;
    double learning_rate; /* 0: 1e-3 */
    double clip_norm;     /* 0: none */
    double l1, l2;        /* times the sum of |w|, of w^2 of the weights (of rank 2 and more) */
} frs_compile_opts;
/* Target of output `y` is the array `y`; of several, the array of the output's name; of one, also
 * the only target that the arrays have. */
frs_status frs_net_compile(frs_net *net, const frs_compile_opts *o);

typedef struct frs_net_scores {
    double loss;
    double accuracy; /* share of the largest output at the class, of right yes and no; NaN: no
                        classes */
    double top5;
    double mae, rmse; /* NaN: classes, yes and no */
    int64_t n;        /* samples */
} frs_net_scores;

typedef struct frs_fit_opts {
    int64_t epochs;               /* 0: 1 */
    int64_t batch;                /* 0: 32 */
    const frs_arrays *validation; /* NULL: none */
    const frs_augment *augment;
    bool early_stopping;    /* on the validation loss; the best weights stay */
    int64_t patience;       /* of early stopping and plateau; 0: 5 */
    double plateau;         /* the rate times this when validation gets no better; 0: not */
    bool cosine;            /* the rate falls to 0 over the epochs */
    const char *checkpoint; /* written after each epoch; NULL: none */
    bool resume;            /* go on from it */
    const char *csv_log; /* epoch, loss, validation loss, scores, rate, seconds, written after each
                            epoch; with resume behind the epochs before; NULL: none */
    /* After each epoch; false: stop here. */
    bool (*after_epoch)(void *arg, const frs_epoch *epoch, const frs_net_scores *validation);
    void *callback_arg;
} frs_fit_opts;
/* history: caller frees by frs_history_free; NULL: not wanted. Progress and cancel are the
 * context's. errors: those of frs_train; FRS_E_ARG not compiled, arrays that do not fit. */
frs_status frs_net_fit(frs_net *net, const frs_arrays *training, const frs_fit_opts *o,
                       frs_history *history);
frs_status frs_net_evaluate(frs_net *net, const frs_arrays *a, int64_t batch,
                            frs_net_scores *scores);
/* out [n of a, output's shape]; output NULL: the first. batch 0: 32. */
frs_status frs_net_predict(frs_net *net, const frs_arrays *a, const char *output, int64_t batch,
                           float *out, int64_t n_out);
/* Elements of one sample of an output. */
frs_status frs_net_output_shape(frs_net *net, const char *output, frs_shape *shape);

/* ---- files: the weights, and of a net of layers the layers themselves, so that load needs
 * nothing else. */
frs_status frs_net_save(frs_net *net, const char *path);
frs_status frs_net_load(frs_ctx *ctx, const char *path, frs_net **net);
/* Into a net of the same shape. */
frs_status frs_net_load_weights(frs_net *net, const char *path);

#ifdef __cplusplus
}
#endif
#endif
