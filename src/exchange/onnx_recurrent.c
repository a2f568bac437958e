/* LSTM, GRU and RNN by the engine's sequence operator. ONNX: X [T,B,F] (layout 1: [B,T,F]), W [D,G
 * H,F], R [D,G H,H], B [D,2 G H], sequence_lens [B], initial_h and initial_c [D,B,H] (layout 1:
 * [B,D,H]), D directions; Y [T,D,B,H] (layout 1: [B,T,D,H]). Beyond a sequence's own length Y is 0.
 * A GRU whose reset gate acts before the recurrent product (linear_before_reset 0) is another cell
 * than the engine's and is written out step by step. */
#include "exchange/onnx_internal.h"

#include "op/op.h"
#include "op/seq.h"

#include <string.h>

enum { MAX_STEPS = 64 }; /* of a cell that is written out */

typedef struct layer {
    frs__onnx_call *c;
    frs_builder *b;
    int cell, gates, directions;
    int64_t T, B, F, H;
    bool batch_first, reverse_first, before; /* before: the GRU that is written out */
    const int *order;                        /* ONNX's gate at each place of the engine's */
    frs_tensor *x, *mask;                    /* [B,T,F], [B,T] */
} layer;

static bool is_text(const ProtobufCBinaryData *s, const char *want) {
    return s->len == strlen(want) && memcmp(s->data, want, s->len) == 0;
}

/* Of an RNN, for all its directions. */
static bool says_relu(const frs__onnx_call *c) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, "activations");
    return a && a->n_strings > 0 && is_text(&a->strings[0], "Relu");
}

static frs_status check_attributes(frs__onnx_call *c) {
    static const char *const defaults[] = {"Sigmoid", "Tanh", "Tanh"};
    const bool lstm = strcmp(c->node->op_type, "LSTM") == 0;
    const bool rnn = strcmp(c->node->op_type, "RNN") == 0;
    const size_t each = lstm ? 3 : rnn ? 1 : 2;
    const Onnx__AttributeProto *a = frs__onnx_attr(c, "activations");
    for (size_t i = 0; a && i < a->n_strings; i++) {
        const char *want = !rnn ? defaults[i % each] : says_relu(c) ? "Relu" : "Tanh";
        if (!is_text(&a->strings[i], want))
            return frs__onnx_cannot(c,
                                    _("other activations than the usual ones are not supported"));
    }
    if (frs__onnx_attr(c, "clip"))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "clip");
    if (frs__onnx_int(c, "input_forget", 0))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "input_forget");
    if (frs__onnx_has(c, 7)) return frs__onnx_cannot(c, _("peepholes are not supported"));
    return FRS_OK;
}

static frs_tensor *turned(frs_builder *b, frs_tensor *x, int a0, int a1, int a2) {
    return frs_permute(b, x, (const int[]){a0, a1, a2});
}

/* 1 at steps within a sequence's length. */
static frs_status length_mask(layer *l) {
    frs__onnx_call *c = l->c;
    frs_shape s = {2, {l->B, l->T}};
    frs__onnx_data *d;
    int64_t *n = frs__arena_alloc(c->r->memory, l->B, sizeof *n), count;
    if (!n) return FRS_E_NOMEM;
    FRS_TRY(frs__onnx_wholes(c, 4, l->B, n, &count));
    if (count != l->B)
        return frs__onnx_fail(c, _("%lld sequence lengths for a batch of %lld"), (long long)count,
                              (long long)l->B);
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_FLOAT, s, &d));
    for (int64_t i = 0; i < d->n; i++) frs__onnx_data_set(d, i, i % l->T < n[i / l->T]);
    l->mask = frs__onnx_tensor(c, d);
    return frs_build_done(l->b, NULL);
}

static frs_status begin(layer *l, frs__onnx_call *c) {
    static const int lstm[] = {0, 2, 3, 1}, gru[] = {1, 0, 2}, rnn[] = {0};
    const char *op = c->node->op_type;
    const frs_shape x = frs__onnx_shape(c, 0), r = frs__onnx_shape(c, 2);
    if (x.rank != 3 || r.rank != 3 || !frs__onnx_has(c, 1))
        return frs__onnx_fail(c, _("inputs X, W and R must have 3 axes"));
    *l = (layer){.c = c, .b = c->b, .H = r.dim[2], .directions = (int)r.dim[0]};
    l->batch_first = frs__onnx_int(c, "layout", 0) != 0;
    l->reverse_first = frs__onnx_is(c, "direction", "reverse", false);
    l->cell = op[0] == 'L'   ? FRS_CELL_LSTM
              : op[0] == 'G' ? FRS_CELL_GRU
              : says_relu(c) ? FRS_CELL_RNN_RELU
                             : FRS_CELL_RNN_TANH;
    l->order = op[0] == 'L' ? lstm : op[0] == 'G' ? gru : rnn;
    l->before = op[0] == 'G' && !frs__onnx_int(c, "linear_before_reset", 0);
    l->gates = frs__cell_dims(l->cell)->gates;
    l->T = x.dim[!l->batch_first ? 0 : 1];
    l->B = x.dim[!l->batch_first];
    l->F = x.dim[2];
    const int want = frs__onnx_is(c, "direction", "bidirectional", false) ? 2 : 1;
    if (l->directions != want || r.dim[1] != l->gates * l->H)
        return frs__onnx_fail(c, _("R must be [%d, %d x hidden, hidden]"), want, l->gates);
    FRS_TRY(check_attributes(c));
    l->x = frs__onnx_t(c, 0);
    if (!l->batch_first) l->x = turned(l->b, l->x, 1, 0, 2);
    return frs__onnx_has(c, 4) ? length_mask(l) : FRS_OK;
}

/* The gates of direction d, in the engine's order; w [D, G H, ..] -> [G H, ..]. first: the first
 * row of the gates. */
static frs_tensor *gates_of(const layer *l, frs_tensor *w, int d, int64_t first) {
    frs_tensor *part[4];
    frs_shape s = frs_tensor_shape(w), to = {s.rank - 1, {l->gates * l->H, s.dim[2]}};
    frs_tensor *own = frs_slice(l->b, w, 0, d, 1);
    for (int g = 0; g < l->gates; g++)
        part[g] = frs_slice(l->b, own, 1, first + l->order[g] * l->H, l->H);
    frs_tensor *all = l->gates == 1 ? part[0] : frs_concat(l->b, part, l->gates, 1);
    return frs_reshape(l->b, all, to);
}

/* [D,B,H] -> [1,B,H] of direction d. */
static frs_tensor *state_of(const layer *l, int64_t input, int d) {
    frs_tensor *s = frs__onnx_t(l->c, input);
    if (s && l->batch_first) s = turned(l->b, s, 1, 0, 2);
    return s ? frs_slice(l->b, s, 0, d, 1) : NULL;
}

static frs_tensor *zeros(const layer *l, frs_shape s) {
    return frs__fill(l->b, s, 0);
}

typedef struct direction {
    frs_tensor *y, *h, *c; /* [B,T,H], [1,B,H], [1,B,H] */
} direction;

static frs_seq_in weights_of(const layer *l, int d) {
    const frs_shape bias = {1, {l->gates * l->H}};
    frs_tensor *b = frs__onnx_t(l->c, 3);
    return (frs_seq_in){
        .x = l->x,
        .w_ih = gates_of(l, frs__onnx_t(l->c, 1), d, 0),
        .w_hh = gates_of(l, frs__onnx_t(l->c, 2), d, 0),
        .b_ih = b ? gates_of(l, b, d, 0) : zeros(l, bias),
        .b_hh = b ? gates_of(l, b, d, l->gates * l->H) : zeros(l, bias),
        .mask = l->mask,
    };
}

static direction by_engine(const layer *l, int d, bool reverse) {
    frs_seq_in in = weights_of(l, d);
    frs_tensor *h0 = state_of(l, 5, d), *c0 = state_of(l, 6, d);
    if (l->cell == FRS_CELL_LSTM && (h0 || c0)) {
        const frs_shape s = {3, {1, l->B, l->H}};
        frs_tensor *both[] = {h0 ? h0 : zeros(l, s), c0 ? c0 : zeros(l, s)};
        in.state0 = frs_concat(l->b, both, 2, 0);
    } else
        in.state0 = h0;
    frs_tensor *y = frs__seq(l->b, &in, (frs_seq_attr){.cell = l->cell, .reverse = reverse});
    if (!y) return (direction){0};
    frs_tensor *state = frs__op_out(y, FRS_SEQ_STATE);
    direction to = {y, frs_slice(l->b, state, 0, 0, 1), NULL};
    if (l->cell == FRS_CELL_LSTM) to.c = frs_slice(l->b, state, 0, 1, 1);
    return to;
}

/* h' = (1 - z) n + z h;  r, z = s(a);  n = tanh(W x + b + R (r h) + b_R) */
static frs_tensor *gru_step(const layer *l, const frs_seq_in *w, frs_tensor *ax, frs_tensor *h) {
    frs_builder *b = l->b;
    const int64_t H = l->H;
    frs_tensor *rz_h = frs_matmul(b, h, frs_slice(b, w->w_hh, 0, 0, 2 * H), false, true);
    frs_tensor *rz = frs_sigmoid(b, frs_add(b, frs_slice(b, ax, 1, 0, 2 * H),
                                            frs_add(b, rz_h, frs_slice(b, w->b_hh, 0, 0, 2 * H))));
    frs_tensor *r = frs_slice(b, rz, 1, 0, H), *z = frs_slice(b, rz, 1, H, H);
    frs_tensor *n_h =
        frs_matmul(b, frs_mul(b, r, h), frs_slice(b, w->w_hh, 0, 2 * H, H), false, true);
    frs_tensor *n = frs_tanh(b, frs_add(b, frs_slice(b, ax, 1, 2 * H, H),
                                        frs_add(b, n_h, frs_slice(b, w->b_hh, 0, 2 * H, H))));
    return frs_add(b, n, frs_mul(b, z, frs_sub(b, h, n)));
}

static direction written_out(const layer *l, int d, bool reverse) {
    frs_builder *b = l->b;
    const frs_seq_in w = weights_of(l, d);
    const frs_shape state = {2, {l->B, l->H}}, step = {3, {l->B, 1, l->H}};
    frs_tensor *y[MAX_STEPS] = {0}, *h0 = state_of(l, 5, d);
    frs_tensor *h = h0 ? frs_reshape(b, h0, state) : zeros(l, state);
    for (int64_t i = 0; i < l->T; i++) {
        const int64_t t = reverse ? l->T - 1 - i : i;
        frs_tensor *x = frs_reshape(b, frs_slice(b, l->x, 1, t, 1), (frs_shape){2, {l->B, l->F}});
        frs_tensor *ax = frs_add(b, frs_matmul(b, x, w.w_ih, false, true), w.b_ih);
        frs_tensor *next = gru_step(l, &w, ax, h);
        if (l->mask) { /* beyond the length the state stays */
            frs_tensor *m = frs_slice(b, l->mask, 1, t, 1);
            next = frs_add(b, h, frs_mul(b, m, frs_sub(b, next, h)));
        }
        h = next;
        y[t] = frs_reshape(b, h, step);
    }
    frs_tensor *all = y[0];
    for (int64_t at = 1; at < l->T;) {
        frs_tensor *part[FRS_OP_MAX_IN] = {all};
        int n = 1;
        while (n < FRS_OP_MAX_IN && at < l->T) part[n++] = y[at++];
        all = frs_concat(b, part, n, 1);
    }
    return (direction){all, frs_reshape(b, h, (frs_shape){3, {1, l->B, l->H}}), NULL};
}

/* States of all directions as [D,B,H] or [B,D,H]. */
static frs_status give_state(const layer *l, int64_t k, frs_tensor *const *s) {
    frs_tensor *all = l->directions == 2 && s[0] && s[1] ? frs_concat(l->b, s, 2, 0) : s[0];
    if (all && l->batch_first) all = turned(l->b, all, 1, 0, 2);
    return frs__onnx_give(l->c, k, all, frs__onnx_type(l->c, 0));
}

static frs_status give_sequence(const layer *l, frs_tensor *const *y) {
    frs_builder *b = l->b;
    const int64_t D = l->directions;
    frs_tensor *all = D == 2 && y[0] && y[1] ? frs_concat(b, y, 2, 2) : y[0]; /* [B,T,D H] */
    if (all && l->mask)
        all = frs_mul(b, all, frs_reshape(b, l->mask, (frs_shape){3, {l->B, l->T, 1}}));
    all = all ? frs_reshape(b, all, (frs_shape){4, {l->B, l->T, D, l->H}}) : NULL;
    if (all && !l->batch_first) all = frs_permute(b, all, (const int[]){1, 2, 0, 3});
    return frs__onnx_give(l->c, 0, all, frs__onnx_type(l->c, 0));
}

frs_status frs__onnx_do_recurrent(frs__onnx_call *c) {
    layer l;
    frs_tensor *y[2] = {0}, *h[2] = {0}, *cell[2] = {0};
    FRS_TRY(begin(&l, c));
    if (l.before && (l.T > MAX_STEPS || l.T < 1))
        return frs__onnx_cannot(
            c, _("linear_before_reset 0 with %lld steps; at most %d are supported"), (long long)l.T,
            MAX_STEPS);
    for (int d = 0; d < l.directions; d++) {
        const bool reverse = d == 1 || l.reverse_first;
        const direction one = l.before ? written_out(&l, d, reverse) : by_engine(&l, d, reverse);
        y[d] = one.y;
        h[d] = one.h;
        cell[d] = one.c;
    }
    FRS_TRY(give_sequence(&l, y));
    FRS_TRY(give_state(&l, 1, h));
    return l.cell == FRS_CELL_LSTM ? give_state(&l, 2, cell) : FRS_OK;
}
