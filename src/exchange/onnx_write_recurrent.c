/* Recurrent layers as ONNX's LSTM, GRU (linear_before_reset 1) and RNN, one node a layer and
 * direction. ONNX: X [T,B,F], W [1,G H,F], R [1,G H,H], B [1,2 G H], initial_h, initial_c [1,B,H];
 * Y [T,1,B,H], Y_h, Y_c [1,B,H]; gates i o f c (LSTM), z r h (GRU).
 * What ONNX has no place for goes in as more columns of X that are the same at every step:
 *     the static attributes' share w_s s: columns s with weights w_s
 *     EA-LSTM's input gate s(z), an LSTM's whose gate i sees nothing but z: columns z with weights
 * 1 A mask has no form. Weights must be parameters, or parts of some put together. */
#include "exchange/onnx_write.h"
#include "op/activation.h"
#include "op/op_internal.h"
#include "op/seq_attr.h"

#include <stdio.h>
#include <string.h>

enum { GATES = 4, PARTS = 3 };
/* ONNX's gates by the engine's; -1: the one that does not change with time. */
typedef struct cell {
    const char *onnx;
    int gates, from[GATES];
} cell;
static const cell cells[FRS_CELL_COUNT] = {
    [FRS_CELL_LSTM] = {"LSTM", 4, {0, 3, 1, 2}},    [FRS_CELL_GRU] = {"GRU", 3, {1, 0, 2}},
    [FRS_CELL_RNN_TANH] = {"RNN", 1, {0}},          [FRS_CELL_RNN_RELU] = {"RNN", 1, {0}},
    [FRS_CELL_EALSTM] = {"LSTM", 4, {-1, 2, 0, 1}},
};

/* Columns of X and their weights, [gates H][K] in the engine's order; NULL: of the fixed gate. */
typedef struct part {
    const char *x;
    int64_t K;
    const float *w;
} part;
typedef struct layer {
    frs__ow_call *c;
    frs__ow *w;
    const frs_seq_attr *a;
    const cell *cell;
    int64_t T, H;
    part parts[PARTS];
    int n;
    const char *name; /* of the parameter that all weights of X are of; "": of several */
} layer;

static const frs_walk_node *maker(const frs__ow *w, int64_t value) {
    return &w->graph.nodes[value / FRS_OP_MAX_OUT];
}

static bool is(const frs_walk_node *n, const char *op) {
    return n->kind == FRS_WALK_OP && strcmp(n->op->name, op) == 0;
}

static int64_t input(const frs_walk_node *n, int i) {
    return i < n->n_in ? n->in[i] : -1;
}

/* ---- weights that are known */

/* Only what moves numbers, so that they stay the parameters' own. */
static bool moves(const frs_walk_node *n) {
    static const char *const movers[] = {"slice", "reshape", "permute", "concat", "fill"};
    for (int i = 0; i < FRS_LEN(movers); i++)
        if (is(n, movers[i])) return true;
    return false;
}

static const float *narrow(frs__ow *w, const double *v, int64_t n) {
    float *f = frs__ow_alloc(w, n, sizeof *f);
    for (int64_t i = 0; f && i < n; i++) f[i] = (float)v[i];
    return f;
}

static const double *widen(frs__ow *w, const float *v, int64_t n) {
    double *d = frs__ow_alloc(w, n, sizeof *d);
    for (int64_t i = 0; d && i < n; i++) d[i] = (double)v[i];
    return d;
}

/* NULL: not known. *name: of the parameter, or "" of several; NULL before the first. */
static const float *known(frs__ow *w, int64_t value, const char **name, int depth) {
    enum { DEEPEST = 16 };
    const frs_walk_node *n = maker(w, value);
    frs_shape in_shape[FRS_OP_MAX_IN];
    const double *in[FRS_OP_MAX_IN];
    if (n->kind == FRS_WALK_PARAM) {
        *name = !*name || strcmp(*name, n->name) == 0 ? n->name : "";
        return frs__ow_weights(w, n->param);
    }
    if (!moves(n) || depth == DEEPEST) return NULL;
    for (int i = 0; i < n->n_in; i++) {
        const float *v = known(w, n->in[i], name, depth + 1);
        in_shape[i] = maker(w, n->in[i])->out[n->in[i] % FRS_OP_MAX_OUT];
        in[i] = v ? widen(w, v, frs_shape_count(in_shape[i])) : NULL;
        if (!in[i]) return NULL;
    }
    const int64_t count = frs_shape_count(n->out[0]);
    double *out = frs__ow_alloc(w, count, sizeof *out);
    if (!out) return NULL;
    n->op->reference(&(frs_ref_args){.attr = n->attr,
                                     .n_in = n->n_in,
                                     .in = in,
                                     .out = (double *const[]){out},
                                     .in_shape = in_shape,
                                     .out_shape = n->out});
    return narrow(w, out, count);
}

static const float *weights(layer *l, int64_t value, const char **name) {
    const float *v = known(l->w, value, name, 0);
    if (!v) frs__ow_cannot(l->c, _("weights that are computed when running have no form in ONNX"));
    return v;
}

/* ---- what stands beside x */

/* The product of the static attributes is taken apart into these and their weights. */
static bool is_product(frs__ow *w, int64_t value) {
    const frs_walk_node *n = maker(w, value);
    const char *name = NULL;
    if (!is(n, "matmul")) return false;
    const frs_matmul_attr *a = (const void *)n->attr;
    return !a->trans_x && a->trans_y && known(w, n->in[1], &name, 0);
}

static bool is_sigmoid(const frs_walk_node *n) {
    return is(n, "activation") &&
           ((const frs_activation_attr *)(const void *)n->attr)->kind == FRS_SIGMOID;
}

void frs__ow_recurrent_wants(frs__ow *w, const frs_walk_node *n, int64_t want[4]) {
    const int64_t constant = input(n, FRS_SEQ_CONSTANT), fixed = input(n, FRS_SEQ_FIXED);
    want[0] = n->in[FRS_SEQ_X];
    want[1] = input(n, FRS_SEQ_STATE0);
    want[2] = constant >= 0 && is_product(w, constant) ? maker(w, constant)->in[0] : constant;
    want[3] = fixed >= 0 && is_sigmoid(maker(w, fixed)) ? maker(w, fixed)->in[0] : fixed;
}

/* [B, K] at every step: [T, B, K] */
static const char *at_each_step(layer *l, const char *x) {
    const int64_t sizes[] = {l->T, 1, 1};
    return FRS__OW(l->w, "Expand", x, frs__ow_wholes(l->w, sizes, 3));
}

static const float *unit_matrix(frs__ow *w, int64_t n) {
    float *v = frs__ow_alloc(w, n * n, sizeof *v);
    for (int64_t i = 0; v && i < n; i++) v[i * n + i] = 1;
    return v;
}

static void add_constant(layer *l, int64_t value) {
    frs__ow *w = l->w;
    const frs_walk_node *n = maker(w, value);
    const bool product = is_product(w, value);
    const int64_t from = product ? n->in[0] : value;
    part p = {.K = frs__ow_dims_of(w, from).dim[1]};
    p.x = at_each_step(l, frs__ow_as(w, from, FRS__OW_LAST, false));
    p.w = product ? known(w, n->in[1], &l->name, 0) : unit_matrix(w, p.K);
    if (!product) l->name = "";
    l->parts[l->n++] = p;
}

/* z of the gate s(z) */
static void add_fixed(layer *l, int64_t value) {
    frs__ow *w = l->w;
    const bool sigmoid = is_sigmoid(maker(w, value));
    const char *z = frs__ow_as(w, sigmoid ? maker(w, value)->in[0] : value, FRS__OW_LAST, false);
    if (!sigmoid) {
        const char *rest = FRS__OW(w, "Sub", frs__ow_scalar(w, 1), z);
        z = FRS__OW(w, "Log", FRS__OW(w, "Div", z, rest));
    }
    l->parts[l->n++] = (part){at_each_step(l, z), l->H, NULL};
}

static void collect(layer *l) {
    const frs_walk_node *n = l->c->n;
    const frs__ow_dims x = frs__ow_in_dims(l->c, FRS_SEQ_X);
    l->parts[0] = (part){frs__ow_in(l->c, FRS_SEQ_X, FRS__OW_TIME), x.dim[2],
                         weights(l, n->in[FRS_SEQ_W_IH], &l->name)};
    l->n = 1;
    if (frs__ow_has(l->c, FRS_SEQ_CONSTANT)) add_constant(l, n->in[FRS_SEQ_CONSTANT]);
    if (frs__ow_has(l->c, FRS_SEQ_FIXED)) add_fixed(l, n->in[FRS_SEQ_FIXED]);
}

static const char *inputs(layer *l) {
    const char *x[PARTS];
    for (int i = 0; i < l->n; i++) x[i] = l->parts[i].x;
    if (l->n == 1) return x[0];
    const char *all = frs__ow_node(l->w, "Concat", x, l->n);
    frs__ow_int(l->w, "axis", 2);
    return all;
}

/* ---- W, R and B */

/* The weights of row h of ONNX's gate g for all the columns. */
static void fill_row(const layer *l, int g, int64_t h, float *to) {
    const int from = l->cell->from[g];
    for (int i = 0; i < l->n; i++) {
        const part *p = &l->parts[i];
        if (p->w && from >= 0)
            memcpy(to, p->w + (from * l->H + h) * p->K, (size_t)p->K * sizeof *to);
        if (!p->w && from < 0) to[h] = 1;
        to += p->K;
    }
}

static const char *input_weights(layer *l) {
    int64_t columns = 0;
    for (int i = 0; i < l->n; i++) columns += l->parts[i].K;
    const int64_t rows = l->cell->gates * l->H;
    float *v = frs__ow_alloc(l->w, rows * columns, sizeof *v);
    if (!v) return NULL;
    for (int g = 0; g < l->cell->gates; g++)
        for (int64_t h = 0; h < l->H; h++) fill_row(l, g, h, v + (g * l->H + h) * columns);
    return frs__ow_initialiser(l->w, l->name, (frs_shape){3, {1, rows, columns}}, v);
}

/* Rows of n numbers, H a gate, from the engine's order into ONNX's. */
static void reorder(const layer *l, const float *from, int64_t n, float *to) {
    const size_t gate = (size_t)(l->H * n);
    for (int g = 0; g < l->cell->gates; g++)
        if (l->cell->from[g] >= 0)
            memcpy(to + (size_t)g * gate, from + (size_t)l->cell->from[g] * gate,
                   gate * sizeof *to);
}

static const char *hidden_weights(layer *l) {
    const char *name = NULL;
    const int64_t rows = l->cell->gates * l->H;
    const float *from = weights(l, l->c->n->in[FRS_SEQ_W_HH], &name);
    float *v = frs__ow_alloc(l->w, rows * l->H, sizeof *v);
    if (!from || !v) return NULL;
    reorder(l, from, l->H, v);
    return frs__ow_initialiser(l->w, name, (frs_shape){3, {1, rows, l->H}}, v);
}

static const char *biases(layer *l) {
    const char *name[2] = {NULL, NULL};
    const int64_t rows = l->cell->gates * l->H;
    float *v = frs__ow_alloc(l->w, 2 * rows, sizeof *v);
    for (int i = 0; i < 2; i++) {
        const float *from = weights(l, l->c->n->in[FRS_SEQ_B_IH + i], &name[i]);
        if (!from || !v) return NULL;
        reorder(l, from, 1, v + i * rows);
    }
    const bool one = name[0] && name[1] && strcmp(name[0], name[1]) == 0;
    char both[512];
    snprintf(both, sizeof both, "%.240s+%.240s", name[0] ? name[0] : "", name[1] ? name[1] : "");
    const char *kept = one ? name[0] : frs__arena_strdup(l->w->memory, both);
    return frs__ow_initialiser(l->w, kept, (frs_shape){2, {1, 2 * rows}}, v);
}

/* ---- the node */

/* State k of the initial ones [S,B,H], as [1,B,H]: what was put together is taken as it was. */
static const char *state(layer *l, int k, int states) {
    frs__ow *w = l->w;
    if (!frs__ow_has(l->c, FRS_SEQ_STATE0)) return "";
    const int64_t value = l->c->n->in[FRS_SEQ_STATE0];
    const frs_walk_node *n = maker(w, value);
    if (states == 1) return frs__ow_as(w, value, FRS__OW_LAST, false);
    if (is(n, "concat") && n->n_in == states) return frs__ow_as(w, n->in[k], FRS__OW_LAST, false);
    const int64_t first = k, end = k + 1, axis = 0;
    return FRS__OW(w, "Slice", frs__ow_as(w, value, FRS__OW_LAST, false),
                   frs__ow_wholes(w, &first, 1), frs__ow_wholes(w, &end, 1),
                   frs__ow_wholes(w, &axis, 1));
}

static void attributes(const layer *l) {
    frs__ow_int(l->w, "hidden_size", l->H);
    if (l->a->reverse) frs__ow_text(l->w, "direction", "reverse");
    if (l->a->cell == FRS_CELL_GRU) frs__ow_int(l->w, "linear_before_reset", 1);
    if (l->a->cell == FRS_CELL_RNN_RELU) frs__ow_texts(l->w, "activations", "Relu");
}

static const char *without_axis(frs__ow *w, const char *x, int64_t axis) {
    return FRS__OW(w, "Squeeze", x, frs__ow_wholes(w, &axis, 1));
}

static void give(layer *l, const char *const y[3], int states) {
    frs__ow_call *c = l->c;
    if (frs__ow_used(c, FRS_SEQ_STATE)) {
        const char *all = y[1];
        if (states == 2) {
            all = FRS__OW(l->w, "Concat", y[1], y[2]);
            frs__ow_int(l->w, "axis", 0);
        }
        frs__ow_give(c, FRS_SEQ_STATE, FRS__OW_LAST, all);
    }
    if (!frs__ow_used(c, FRS_SEQ_Y)) return;
    if (l->a->last_only)
        frs__ow_give(c, FRS_SEQ_Y, FRS__OW_LAST, without_axis(l->w, y[1], 0));
    else
        frs__ow_give(c, FRS_SEQ_Y, FRS__OW_TIME, without_axis(l->w, y[0], 1));
}

void frs__ow_do_recurrent(frs__ow_call *c) {
    const frs_seq_attr *a = (const void *)c->n->attr;
    const frs__ow_dims x = frs__ow_in_dims(c, FRS_SEQ_X), r = frs__ow_in_dims(c, FRS_SEQ_W_HH);
    layer l = {.c = c, .w = c->w, .a = a, .cell = &cells[a->cell], .T = x.dim[1], .H = r.dim[1]};
    if (frs__ow_has(c, FRS_SEQ_MASK) || x.per[1]) {
        frs__ow_cannot(c, _("a mask over steps has no form in ONNX"));
        return;
    }
    collect(&l);
    const int states = frs__cell_dims(a->cell)->states;
    const char *in[] = {inputs(&l),
                        input_weights(&l),
                        hidden_weights(&l),
                        biases(&l),
                        "", /* all sequences are whole */
                        state(&l, 0, states),
                        states == 2 ? state(&l, 1, states) : ""};
    const char *y[3] = {frs__ow_node(c->w, l.cell->onnx, in, states == 2 ? 7 : 6)};
    attributes(&l);
    for (int k = 1; k <= states; k++) y[k] = frs__ow_more(c->w);
    give(&l, y, states);
}
