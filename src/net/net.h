/* Networks of layers: what src/net shares. The API is freshet/nn.h. */
#ifndef FRS_NET_NET_H
#define FRS_NET_NET_H
#include "base/base.h"
#include "freshet/config.h"
#include "freshet/nn.h"

/* ---- types of layers: one const definition each, in layer_list.def */
typedef struct frs_layer_type {
    const char *name;
    const char *fields;     /* of frs_layer that it reads, besides type, name, from, share: "a b" */
    int n_in_min, n_in_max; /* 0: 1 */
    frs_tensor *(*build)(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n_in);
    /* docs/layers.md, whose examples are built by a test */
    const char *group, *shapes, *doc;
    frs_layer example;
    frs_shape in[4], out; /* samples of the example's inputs a, b, c, d, and of what it makes */
} frs_layer_type;
const frs_layer_type *frs__layer_type_at(int64_t i); /* NULL behind the last */
const frs_layer_type *frs__layer_type_find(const char *name);
/* `where` stands before what is wrong with l: an unknown type, a field that its type has not. */
frs_status frs__layer_check(frs_ctx *ctx, const frs_layer *l, const char *where);

/* ---- fields of frs_layer by name (field.c) */
typedef enum frs_field_kind {
    FRS_FIELD_TEXT,
    FRS_FIELD_INT,   /* int64_t */
    FRS_FIELD_AXIS,  /* int */
    FRS_FIELD_THREE, /* int[3] */
    FRS_FIELD_NUMBER,
    FRS_FIELD_BOOL,
    FRS_FIELD_PADDING,
    FRS_FIELD_ACTIVATION,
    FRS_FIELD_SHAPE
} frs_field_kind;
typedef struct frs_field {
    const char *name, *doc;
    frs_field_kind kind;
    size_t offset, size; /* in frs_layer */
} frs_field;
const frs_field *frs__field_at(int64_t i); /* NULL behind the last */
const frs_field *frs__field_find(const char *name);
bool frs__field_given(const frs_field *f, const frs_layer *l);
/* A number or a yes, which C and YAML write alike; false: nothing is written, it is another kind.
 */
bool frs__field_put_plain(const frs_field *f, const void *at, frs_buf *b);
const char *frs__padding_name(frs_padding padding); /* "same" */
/* Is `word` one of the words of "a b" or "a, b"? */
bool frs__word_in(const char *words, const char *word);
/* The next word of "a, b" or "a b" into buf (cut at n); *at moves on. False: none is left. */
bool frs__word_next(const char **at, char *buf, size_t n);

/* ---- a net */
typedef enum frs_target_kind {
    FRS_TARGET_VALUES,
    FRS_TARGET_CLASSES,    /* numbers of classes */
    FRS_TARGET_LOGITS,     /* yes or no; the output above 0 says yes */
    FRS_TARGET_PROBABILITY /* the same, above 0.5 */
} frs_target_kind;
typedef struct frs_compiled_loss { /* frs_compile_opts, owned */
    bool there;
    frs_compile_opts o;
    char kinds[FRS_NET_OUTPUTS][32];
    double weights[FRS_NET_OUTPUTS], class_weights[FRS_NET_CLASSES];
    int64_t n_class_weights;
} frs_compiled_loss;
typedef struct frs_net_target {
    char name[64];
    frs_shape shape; /* of one sample */
    frs_target_kind kind;
} frs_net_target;
/* Where layers stand in a file, for messages. */
typedef struct frs_net_places {
    const char *path;     /* NULL: nowhere */
    const int64_t *lines; /* [n_layers]; 0: on the command line */
} frs_net_places;
struct frs_net {
    frs_ctx *ctx;
    frs_arena arena; /* of all texts and layers */
    frs_net_input inputs[FRS_NET_INPUTS];
    int n_inputs;
    frs_layer *layers;
    frs_shape *shapes; /* [n_layers] of the last build, with the batch */
    frs_net_places places;
    int n_layers;
    int64_t steps; /* of the last batch */
    char outputs[FRS_NET_OUTPUTS][64];
    int n_outputs;
    frs_net_opts o; /* build, arg, seed, steps */
    frs_compiled_loss loss;
    frs_net_target targets[FRS_NET_OUTPUTS]; /* known at the first fit or evaluate */
    bool has_targets;
    frs_model *model;
};
/* The place of layer i before what is wrong with it, where it has one. */
frs_status frs__net_at_layer(const frs_net *net, int i, frs_status s);
/* Shape of a sample: without the batch. */
void frs__net_sample_text(frs_shape s, char *buf, size_t n);
/* frs_net_new of layers that stand in a file. errors: FRS_E_INPUT with the place where one is known
 */
frs_status frs__net_new(frs_ctx *ctx, const frs_net_opts *o, const frs_net_places *places,
                        frs_net **net);
/* The net's outputs within a build; frs_net_model's build function calls it. in: tensors in place
 * of the inputs that the net asks for, as many; NULL: these. */
frs_status frs__net_forward(const frs_net *net, frs_builder *b, frs_tensor *const *in,
                            frs_tensor **out);
/* The loss of outputs and targets, inputs of the plan. */
frs_tensor *frs__net_loss(const frs_net *net, frs_builder *b, frs_tensor *const *out);
/* What a loss of this kind is compared with. errors: FRS_E_ARG no such kind */
frs_status frs__loss_kind(frs_ctx *ctx, const char *kind, frs_target_kind *target);
/* Finds the targets of the outputs among the arrays; where they are others than before, the plans
 * are made anew. errors: FRS_E_ARG not compiled, no target */
frs_status frs__net_targets(frs_net *net, const frs_arrays *a);
/* Does each input find an array of its size? errors: FRS_E_ARG */
frs_status frs__net_inputs(const frs_net *net, const frs_arrays *a);
/* Why a loss of classes is NaN: a class that the output has not. */
frs_status frs__net_classes(frs_net *net, const frs_arrays *a);
/* Its weights are there after this. */
frs_status frs__net_make(frs_net *net);
/* A batch of so many with the steps that shapes are told for. */
frs_dims frs__net_dims(const frs_net *net, int64_t batch);
/* A net of layers as YAML, and back; path stands in messages (yaml.c). */
void frs__net_write(const frs_net *net, frs_buf *b);
/* "{type: dense, units: 3}" */
void frs__layer_write(const frs_layer *l, frs_buf *b);
/* docs/layers.md, of the lists of types and fields (describe.c). */
void frs__layers_describe(frs_buf *b);
frs_status frs__net_parse(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                          frs_net **net);
/* A net of a list of layers within a config of a run, inputs and seed of o. A number may be the
 * name of a key of the config that is one. errors: FRS_E_INPUT with the layer's place */
frs_status frs__net_of_part(frs_ctx *ctx, const frs_config *config, const frs_part *layers,
                            const frs_net_opts *o, frs_net **net);
#endif
