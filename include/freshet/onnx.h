/* Models in ONNX files, operator sets 6 to 17 of the domain ai.onnx: float inference of what other
 * programs trained, and their weights as a start for training here; and the way back, nets of ours
 * for other programs (frs_onnx_save).
 *
 *     frs_onnx *net;
 *     frs_onnx_open(ctx, "net.onnx", &net);
 *     frs_onnx_compile(net, &(frs_onnx_given){.shape = {4, {1, 3, 64, 64}}});
 *     frs_onnx_run(net, (const float *const[]){image});
 *     frs_onnx_result(net, 0, &shape, &values);
 *
 * Axes are in ONNX's order (images [B,C,H,W]) outside; how a net holds them inside is its own
 * affair. Plans have fixed shapes: what decides a shape (the target of a Reshape) must be
 * computable from constants and shapes, or be given when compiling. Such arithmetic is done in
 * int64 and double. Integers and booleans that are only known when running are carried as floats:
 * exact up to 2^24. Float initialisers are the model's parameters under their ONNX names, so that
 * they can be trained on; other constants are not. Not read: external data, sparse and string
 * tensors, functions of a model's own, other domains. errors of all: FRS_E_UNSUPPORTED built
 * without ONNX, an operator or attribute that is not supported; FRS_E_FORMAT a damaged or hostile
 * file; FRS_E_ARG shapes that do not fit. The text names file, node and operator. */
#ifndef FRESHET_ONNX_H
#define FRESHET_ONNX_H
#include "freshet/forecaster.h"
#include "freshet/nn.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_onnx frs_onnx;

/* An input or an output as the file describes it. */
typedef struct frs_onnx_value {
    const char *name;
    int type; /* ONNX's number: 1 float, 7 int64, 9 bool, 11 double, ...; 0 not said */
    int rank; /* -1: not said */
    int64_t dim[FRS_MAX_RANK];          /* -1: free */
    const char *dim_name[FRS_MAX_RANK]; /* of a free axis, such as "batch"; NULL: it has none */
    bool decides_shapes;                /* an input whose values are wanted when compiling */
} frs_onnx_value;

/* What a compile is for. values NULL: fed at each run; else they are constants of the plan, copied.
 */
typedef struct frs_onnx_given {
    frs_shape shape;
    const double *values;
} frs_onnx_given;

/* owns: *net by frs_onnx_free, before the context. The file is not needed after the call. */
frs_status frs_onnx_open(frs_ctx *ctx, const char *path, frs_onnx **net);
/* NULL is fine. */
void frs_onnx_free(frs_onnx *net);
/* Inputs without those that have a default (an initialiser of the same name). Names are borrowed.
 */
int frs_onnx_n_inputs(const frs_onnx *net);
frs_onnx_value frs_onnx_input(const frs_onnx *net, int i);
int frs_onnx_n_outputs(const frs_onnx *net);
frs_onnx_value frs_onnx_output(const frs_onnx *net, int i);

/* given [n_inputs]; sizes may differ from those in the file, which are often only the exporter's
 * example. Weights that were changed since (frs_onnx_model) stay as they are. */
frs_status frs_onnx_compile(frs_onnx *net, const frs_onnx_given *given);
/* inputs [n_inputs], each of the shape compiled for; NULL for those given as constants. */
frs_status frs_onnx_run(frs_onnx *net, const float *const *inputs);
/* Output i of the last run: borrowed until the next run or compile. Integers beyond 2^24 are
 * rounded. */
frs_status frs_onnx_result(frs_onnx *net, int i, frs_shape *shape, const float **values);
/* Model and plan of the last compile, borrowed until the next one; NULL before it. */
frs_model *frs_onnx_model(frs_onnx *net);
frs_plan *frs_onnx_plan(frs_onnx *net);

/* The graph inside a build function, to train on it or to put a head on it. inputs [n_inputs] in
 * ONNX's order of axes; outputs [n_outputs]. One graph at a time: a second build forgets the first.
 * A build argument holds the pointer `net`, which outlives the model. */
frs_status frs_onnx_build(frs_builder *b, frs_onnx *net, frs_tensor *const *inputs,
                          frs_tensor **outputs);
/* The file's weights into a model whose build function called frs_onnx_build in `scope` ("": in
 * none), after its first compile. */
frs_status frs_onnx_load(frs_onnx *net, frs_model *m, const char *scope);

/* ---- writing */
typedef struct frs_onnx_note { /* metadata_props of the file */
    const char *key, *value;
} frs_onnx_note;
/* An input that is no input of the file: its values stand in it. */
typedef struct frs_onnx_constant {
    const char *input;
    const float *values; /* as many as the input has */
} frs_onnx_constant;
typedef struct frs_onnx_save_opts {
    int opset;           /* 13 to 17; 0: 17 */
    int64_t batch;       /* 0: any, the axis is named "batch" in the file */
    int64_t steps;       /* frs_dims.steps of the build function; 0: 1 */
    bool channels_first; /* images and volumes go in and come out as [B, C, H, W] */
    const char *outputs; /* "a, b"; NULL: all that the build function names but the loss */
    const frs_onnx_constant *constants;
    int n_constants;
    const frs_onnx_note *notes;
    int n_notes;
} frs_onnx_save_opts;
/* The model's graph for inference, with its weights as initialisers under their own names (those of
 * recurrent layers in ONNX's order of gates, as [1, G H, ..]; both biases of a layer as one, named
 * "a+b"). Inputs and outputs are named and, but with channels_first, laid out as in the build
 * function. o NULL: defaults. The file appears whole or not at all.
 * in:     a build function that makes the same graph for any batch, unless o->batch says which
 * errors: FRS_E_UNSUPPORTED a node that ONNX, or this operator set, has no form for (named), more
 *         than 2 GiB, built without ONNX; FRS_E_ARG no such output or input, a graph that depends
 * on the batch. docs/onnx.md has the table of operators. */
frs_status frs_onnx_save(frs_model *m, const char *path, const frs_onnx_save_opts *o);

/* The same of a net: its own outputs, unless o says which. errors: FRS_E_ARG it takes sequences of
 * any length and o->steps does not say which. */
frs_status frs_onnx_save_net(frs_net *net, const char *path, const frs_onnx_save_opts *o);

/* Writes an LSTM, GRU, RNN or EA-LSTM as an ONNX model that takes and gives physical units: the
 * standardisation is part of it. docs/onnx.md says what its inputs are; its metadata_props name the
 * variables in their order. notes go with these.
 * errors: as frs_onnx_save's; FRS_E_UNSUPPORTED another kind of forecaster. */
typedef struct frs_export_onnx_opts {
    int opset; /* 13 to 17; 0: 17 */
    const frs_onnx_note *notes;
    int n_notes;
} frs_export_onnx_opts;
frs_status frs_export_onnx(frs_ctx *ctx, const frs_forecaster *f, const char *path,
                           const frs_export_onnx_opts *o);

#ifdef __cplusplus
}
#endif
#endif
