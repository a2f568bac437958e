/* Writing ONNX: what its files share. onnx_write.c has the file and the walk along the graph,
 * onnx_write_graph.c values and nodes, the handlers of onnx_write_list.def (onnx_write_math.c, ..)
 * turn one node of the engine's into nodes of ONNX.
 * Errors stick in frs__ow.status; names are NULL then, and everything takes them.
 * source: docs/IR.md, docs/Operators.md and docs/Changelog.md of ONNX 1.12. */
#ifndef FRS_EXCHANGE_ONNX_WRITE_H
#define FRS_EXCHANGE_ONNX_WRITE_H
#include "base/base.h"
#include "freshet/onnx.h"
#include "graph/walk.h"

#include <onnx.pb-c.h>

/* Orders of axes that a value can be held in; each is made of another only where it is asked for,
 * so that turns cancel out. [B, H, W, C] as the engine's, [B, C, H, W] as ONNX's windows want it,
 * [T, B, F] as ONNX's recurrent layers. What a rank has no other order for, is LAST in all. */
typedef enum frs__ow_form { FRS__OW_LAST, FRS__OW_FIRST, FRS__OW_TIME, FRS__OW_FORMS } frs__ow_form;

typedef struct frs__ow_value {
    const char *name[FRS__OW_FORMS];  /* of a tensor of floats; NULL: not made yet */
    const char *truth[FRS__OW_FORMS]; /* of one of booleans */
    const char *output;               /* what the model calls it; NULL: no output */
    bool used;
} frs__ow_value;

/* Sizes, some of them so many times the batch. */
typedef struct frs__ow_dims {
    int rank;
    int64_t dim[FRS_MAX_RANK];
    int64_t per[FRS_MAX_RANK]; /* of the batch; 0: dim is the size */
} frs__ow_dims;

typedef struct frs__ow_list {
    void **at;
    size_t n, cap;
} frs__ow_list;

typedef struct frs__ow {
    frs_ctx *ctx;
    frs_model *m;
    frs_arena *memory;
    const frs_onnx_save_opts *o;
    frs_status status;
    frs_walk graph, other; /* for two batches; other.n 0: the batch is fixed */
    frs__ow_value *v;
    bool *wanted;      /* nodes that an output needs */
    int64_t at;        /* the node under way */
    int64_t n_names;   /* made so far */
    const char *batch; /* of a tensor [1] of it; NULL: not asked for yet */
    frs__ow_list nodes, initialisers, inputs, outputs;
} frs__ow;

typedef struct frs__ow_call {
    frs__ow *w;
    const frs_walk_node *n;
    const char *onnx; /* the list's operator */
} frs__ow_call;
typedef void (*frs__ow_handler)(frs__ow_call *c);
#define FRS_ONNX_WRITE(op, handler, onnx) void frs__ow_do_##handler(frs__ow_call *c);
#include "exchange/onnx_write_list.def"
#undef FRS_ONNX_WRITE

/* ---- onnx_write_graph.c: axes */
int frs__ow_axis(frs__ow_form f, int rank, int axis);    /* where the engine's axis stands in f */
int frs__ow_axis_of(frs__ow_form f, int rank, int at);   /* the inverse */
frs__ow_dims frs__ow_dims_of(frs__ow *w, int64_t value); /* the engine's order */
bool frs__ow_same(const frs__ow_dims *a, const frs__ow_dims *b);

/* ---- nodes, attributes of the node that was added last, constants */
const char *frs__ow_node(frs__ow *w, const char *op, const char *const *in, int n);
#define FRS__OW(w, op, ...)                                                                        \
    frs__ow_node(w, op, (const char *const[]){__VA_ARGS__},                                        \
                 FRS_LEN(((const char *const[]){__VA_ARGS__})))
const char *frs__ow_more(frs__ow *w); /* one more output of it */
void frs__ow_int(frs__ow *w, const char *name, int64_t v);
void frs__ow_ints(frs__ow *w, const char *name, const int64_t *v, int n);
void frs__ow_float(frs__ow *w, const char *name, double v);
void frs__ow_text(frs__ow *w, const char *name, const char *v);
void frs__ow_texts(frs__ow *w, const char *name, const char *v); /* a list of one */
void frs__ow_tensor(frs__ow *w, const char *name, Onnx__TensorProto *t);
const char *frs__ow_scalar(frs__ow *w, double v);
const char *frs__ow_floats(frs__ow *w, frs_shape s, const float *v); /* copied */
const char *frs__ow_wholes(frs__ow *w, const int64_t *v, int n);     /* [n] */
const char *frs__ow_whole(frs__ow *w, int64_t v);                    /* of no axis */
/* The name that an initialiser of the values (borrowed) gets: `name`, of a parameter, unless others
 * have it already or it is "". */
const char *frs__ow_initialiser(frs__ow *w, const char *name, frs_shape s, const float *v);
/* Sizes as a tensor; infer: one that is of the batch may be -1, which Reshape finds. */
const char *frs__ow_sizes(frs__ow *w, const frs__ow_dims *d, bool infer);

/* ---- a handler's inputs and outputs */
bool frs__ow_has(const frs__ow_call *c, int i);
bool frs__ow_used(const frs__ow_call *c, int k); /* does anybody want output k? */
frs__ow_dims frs__ow_in_dims(frs__ow_call *c, int i);
frs__ow_dims frs__ow_out_dims(frs__ow_call *c, int k);
const char *frs__ow_in(frs__ow_call *c, int i, frs__ow_form f);
/* Beside others of `rank` axes, for an operator that broadcasts; truth: as booleans. */
const char *frs__ow_beside(frs__ow_call *c, int i, frs__ow_form f, int rank, bool truth);
/* The order that most of a node's inputs are in already, for those that work in any. */
frs__ow_form frs__ow_follow(frs__ow_call *c);
void frs__ow_give(frs__ow_call *c, int k, frs__ow_form f, const char *name);
void frs__ow_give_truth(frs__ow_call *c, int k, frs__ow_form f, const char *name);
void frs__ow_alias(frs__ow_call *c); /* output 0 is input 0 */
const char *frs__ow_as(frs__ow *w, int64_t value, frs__ow_form f, bool truth);
/* "node 'lstm.seq': ..", FRS_E_UNSUPPORTED */
void frs__ow_cannot(frs__ow_call *c, const char *fmt, ...) FRS_PRINTF(2, 3);
frs_status frs__ow_fail(frs__ow *w, frs_status s, const char *fmt, ...) FRS_PRINTF(3, 4);
void *frs__ow_alloc(frs__ow *w, int64_t n, size_t size); /* NULL: out of memory, which sticks */
void frs__ow_add(frs__ow *w, frs__ow_list *l, void *item);
/* The values that a recurrent layer asks for: its weights are not among them. */
void frs__ow_recurrent_wants(frs__ow *w, const frs_walk_node *n, int64_t want[4]);
/* Numbers of a parameter as floats; borrowed or in w's memory. */
const float *frs__ow_weights(frs__ow *w, int64_t param);
Onnx__TensorProto *frs__ow_proto(frs__ow *w, const char *name, frs_shape s, const float *v);
#endif
