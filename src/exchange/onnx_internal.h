/* ONNX import, shared by its files. onnx_read.c reads the file, onnx_graph.c replays its nodes, the
 * handlers of onnx_list.def (onnx_math.c, onnx_shape.c, ...) turn one node into the engine's
 * operators.
 * source: docs/IR.md and docs/Operators.md of ONNX 1.12. */
#ifndef FRS_EXCHANGE_ONNX_INTERNAL_H
#define FRS_EXCHANGE_ONNX_INTERNAL_H
#include "base/base.h"
#include "freshet/onnx.h"

#include <onnx.pb-c.h>

typedef Onnx__NodeProto frs__onnx_node;
enum { /* data types, as ONNX numbers them */
       FRS__ONNX_FLOAT = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT,
       FRS__ONNX_INT64 = ONNX__TENSOR_PROTO__DATA_TYPE__INT64,
       FRS__ONNX_BOOL = ONNX__TENSOR_PROTO__DATA_TYPE__BOOL
};
bool frs__onnx_is_real(int type); /* float, double and the halves; not the complex ones */

/* Numbers that are known when compiling. */
typedef struct frs__onnx_data {
    int type;
    frs_shape shape;
    int64_t n;
    const float *f; /* one of the three: */
    const double *d;
    const int64_t *i;
} frs__onnx_data;
double frs__onnx_real(const frs__onnx_data *d, int64_t i);
int64_t frs__onnx_whole(const frs__onnx_data *d, int64_t i); /* reals are cut, and held in range */
/* Room for n = count of the shape; doubles or int64 by type. errors: FRS_E_NOMEM, FRS_E_ARG too
 * large to be computed when compiling. */
frs_status frs__onnx_data_new(frs_arena *memory, int type, frs_shape shape, frs__onnx_data **d);
/* v rounded to the type, as element i of data just made. */
void frs__onnx_data_set(frs__onnx_data *d, int64_t i, double v);
/* A tensor of the file; `what` names it. Floats are borrowed from it. */
frs_status frs__onnx_data_read(frs_arena *memory, const char *what, const Onnx__TensorProto *t,
                               frs__onnx_data **d);

/* A value of the graph: known when compiling (data), or a tensor of the builder in one or both of
 * two orders of axes, each made from the other when somebody asks. */
typedef struct frs__onnx_v {
    const char *name;
    bool set;
    bool trained; /* data is a float initialiser: a parameter where a tensor is wanted */
    int type;
    const frs__onnx_data *data;
    const frs__onnx_node *from; /* data on demand: a node of known values, some of them trained */
    frs_tensor *logical;        /* ONNX's order: [B,C,H,W] */
    frs_tensor *last;           /* ours: [B,H,W,C] */
} frs__onnx_v;

/* Values by name. */
typedef struct frs__onnx_table {
    frs__onnx_v *v;
    int64_t n, *slot, n_slots;
} frs__onnx_table;
frs_status frs__onnx_table_new(frs_arena *memory, int64_t most, frs__onnx_table *t);
/* The value of this name, made empty where there is none; NULL: the table is full. */
frs__onnx_v *frs__onnx_find(frs__onnx_table *t, const char *name);

/* Which parameters of a model get which numbers. */
typedef struct frs__onnx_load {
    const char *param;
    const frs__onnx_data *data;
} frs__onnx_load;

/* One replay of the graph in a builder. */
typedef struct frs__onnx_replay {
    frs_ctx *ctx;
    frs_builder *b;
    frs_arena *memory; /* of all that lives as long as the replay's plan */
    const char *path;
    int64_t opset;
    frs__onnx_table table;
    frs__onnx_load *loads;
    int64_t n_loads, cap_loads;
    int64_t computed; /* elements of constants so far */
} frs__onnx_replay;

enum { FRS__ONNX_MAX_ARGS = 1024 }; /* inputs, and outputs, of one node */
/* One node and what stands at its inputs. */
typedef struct frs__onnx_call {
    frs__onnx_replay *r;
    frs_builder *b;
    const frs__onnx_node *node;
    int64_t opset;
    int64_t n_in, n_out;
    frs__onnx_v **in, **out; /* NULL: absent */
} frs__onnx_call;
typedef frs_status (*frs__onnx_handler)(frs__onnx_call *c);
typedef struct frs__onnx_op {
    const char *name;
    frs__onnx_handler handler;
    unsigned known;   /* bit i: input i must be known when compiling */
    bool only_shapes; /* looks at no values */
    bool graphs;      /* has graphs of its own, which are replayed in this one's place */
} frs__onnx_op;
const frs__onnx_op *frs__onnx_op_find(const frs__onnx_node *node); /* NULL: none */
#define FRS_ONNX(op, handler, known)        frs_status frs__onnx_do_##handler(frs__onnx_call *c);
#define FRS_ONNX_SHAPES(op, handler)        FRS_ONNX(op, handler, 0)
#define FRS_ONNX_GRAPHS(op, handler, known) FRS_ONNX(op, handler, known)
#include "exchange/onnx_list.def"
#undef FRS_ONNX
#undef FRS_ONNX_SHAPES
#undef FRS_ONNX_GRAPHS

/* ---- for handlers: onnx_call.c */
frs_status frs__onnx_fail(frs__onnx_call *c, const char *fmt, ...) FRS_PRINTF(2, 3);
frs_status frs__onnx_cannot(frs__onnx_call *c, const char *fmt, ...)
    FRS_PRINTF(2, 3); /* FRS_E_UNSUPPORTED */
bool frs__onnx_has(const frs__onnx_call *c, int64_t i);
/* Input i as a tensor in ONNX's order; NULL: absent, or an error that the builder keeps. */
frs_tensor *frs__onnx_t(frs__onnx_call *c, int64_t i);
frs_tensor *frs__onnx_last(frs__onnx_call *c, int64_t i); /* channels last */
/* The tensor of a value in ONNX's order or channels last. */
frs_tensor *frs__onnx_as(frs__onnx_call *c, frs__onnx_v *v, bool last);
/* A tensor of numbers that the handler made. */
frs_tensor *frs__onnx_tensor(frs__onnx_call *c, const frs__onnx_data *d);
bool frs__onnx_is_last(const frs__onnx_call *c, int64_t i); /* held channels last, and only so */
/* Axis of ONNX's order in the order channels last. */
int frs__onnx_last_axis(int axis, int rank);
frs_shape frs__onnx_shape(const frs__onnx_call *c, int64_t i); /* of input i, in ONNX's order */
/* Input i's numbers. errors: FRS_E_UNSUPPORTED they are only known when running. */
frs_status frs__onnx_known(frs__onnx_call *c, int64_t i, const frs__onnx_data **d);
/* The same as at most `most` whole numbers, for axes, sizes and the like; *n of them. */
frs_status frs__onnx_wholes(frs__onnx_call *c, int64_t i, int64_t most, int64_t *to, int64_t *n);
/* Output k of the type; NULL says that the builder has an error. */
frs_status frs__onnx_give(frs__onnx_call *c, int64_t k, frs_tensor *t, int type);
frs_status frs__onnx_give_last(frs__onnx_call *c, int64_t k, frs_tensor *t, int type);
frs_status frs__onnx_give_as(frs__onnx_call *c, int64_t k, frs_tensor *t, int type, bool last);
frs_status frs__onnx_give_data(frs__onnx_call *c, int64_t k, const frs__onnx_data *d);
int frs__onnx_type(const frs__onnx_call *c, int64_t i); /* of input i */
/* Attributes: their value, or what stands for it where the node has none. */
const Onnx__AttributeProto *frs__onnx_attr(const frs__onnx_call *c, const char *name);
int64_t frs__onnx_int(const frs__onnx_call *c, const char *name, int64_t otherwise);
double frs__onnx_float(const frs__onnx_call *c, const char *name, double otherwise);
bool frs__onnx_is(const frs__onnx_call *c, const char *name, const char *text,
                  bool otherwise); /* is the text attribute this? */
frs_status frs__onnx_ints(frs__onnx_call *c, const char *name, int64_t most, int64_t *to,
                          int64_t *n); /* *n -1: absent */
/* Axes of the attribute or, from operator set `since` on, of input i; counted from 0, each once. *n
 * -1: not given. */
frs_status frs__onnx_axes(frs__onnx_call *c, int64_t since, int64_t i, int rank, int *axes, int *n);
frs_status frs__onnx_axis(frs__onnx_call *c, const char *name, int64_t otherwise, int rank,
                          int *axis);

/* Toward 0, as C cuts a fraction off. */
frs_tensor *frs__onnx_cut(frs_builder *b, frs_tensor *x);

/* ---- onnx_graph.c */
frs_status frs__onnx_replay_graph(frs__onnx_replay *r, const Onnx__GraphProto *g);
/* The numbers of a value whose `from` is set. */
frs_status frs__onnx_on_demand(frs__onnx_call *c, frs__onnx_v *v);
frs_status frs__onnx_load_into(frs_ctx *ctx, frs_model *m, const char *scope,
                               const frs__onnx_load *loads, int64_t n);

/* ---- onnx_read.c */
frs_status frs__onnx_read(frs_ctx *ctx, const char *path, Onnx__ModelProto **m, int64_t *opset);
void frs__onnx_read_free(frs_ctx *ctx, Onnx__ModelProto *m);
/* A TensorProto in a file of its own, as ONNX's tests keep their inputs and outputs. */
frs_status frs__onnx_read_tensor(frs_ctx *ctx, const char *path, frs_arena *memory,
                                 frs__onnx_data **d, const char **name);
#endif
