/* Op "seq": a recurrent layer over a whole sequence; which cell is an attribute (equations and
 * gradients: seq_cells.c; the loop over steps: seq_reference.c).
 *   in:  0 x [B,T,F], 1 w_ih [G H,F], 2 w_hh [G H,H], 3 b_ih [G H], 4 b_hh [G H],
 *        5 state0 [S,B,H] (absent: zero); G gates and S states of the cell, state 0 is h,
 *        6 a gate that does not change with time [B,H] (EA-LSTM alone),
 *        7 mask [B,T] (absent: all 1): where it is not above 0 (or is NaN) the state stays as it
 *        was, whatever x is there,
 *        8 constant [B,G H]: what is added to the share of x in the pre-activations at every step,
 *        the static attributes' share (absent: none)
 *   out: 0 y [B,T,H] (last_only: [B,H]), 1 state after the last step [S,B,H];
 *        for the gradient: 2 activations, 3 states, in the layout of whoever computed them, so the
 *        kernel of "seq_grad" must fit wherever that of "seq" does.
 *   reverse: the last time is the first step. y stays in order of time; last_only gives h after all
 *        steps, which is then that of time 0.
 * Op "seq_grad", its gradient:
 *   in:  0-4 as above, 5 activations, 6 states, 7 state0 (absent: zero), 8 dy, 9 d state after the
 *        last step (absent: none), 10 fixed gate, 11 mask
 *   out: 0 dx, 1 dw_ih, 2 dw_hh, 3 db_ih, 4 db_hh, 5 dstate0, 6 d fixed gate (without one: empty),
 *        7 d constant
 */
#include "op/seq.h"

#include "op/seq_reference.h"

static bool is(frs_shape s, frs_shape want) {
    bool same = s.rank == want.rank;
    for (int i = 0; i < want.rank && same; i++) same = s.dim[i] == want.dim[i];
    return same;
}

static bool has(const frs_shape_args *a, int i) {
    return a->n_in > i && a->in[i].rank >= 0;
}

static frs_status check(const frs_shape_args *a, const frs_cell_dims *cell) {
    const frs_shape x = a->in[FRS_SEQ_X], w = a->in[FRS_SEQ_W_IH], r = a->in[FRS_SEQ_W_HH];
    if (x.rank != 3) return frs__shape_fail(a, _("input must be [batch, steps, features]"));
    if (x.dim[1] < 1) return frs__shape_fail(a, _("a sequence needs at least one step"));
    const int64_t H = r.rank == 2 ? r.dim[1] : 0, rows = cell->gates * H;
    if (H < 1 || H > FRS_SEQ_MAX_HIDDEN)
        return frs__shape_fail(a, _("hidden size must be 1 to %d"), FRS_SEQ_MAX_HIDDEN);
    if (!is(r, (frs_shape){2, {rows, H}}))
        return frs__shape_fail(a, _("recurrent weights must be [%d x hidden, hidden]"),
                               cell->gates);
    if (!is(w, (frs_shape){2, {rows, x.dim[2]}}))
        return frs__shape_fail(a, _("input weights must be [%d x hidden, features]"), cell->gates);
    for (int i = FRS_SEQ_B_IH; i <= FRS_SEQ_B_HH; i++)
        if (!is(a->in[i], (frs_shape){1, {rows}}))
            return frs__shape_fail(a, _("biases must be [%d x hidden]"), cell->gates);
    return FRS_OK;
}

/* Those inputs that may be absent. */
static frs_status check_rest(const frs_shape_args *a, const frs_cell_dims *cell) {
    const int64_t B = a->in[FRS_SEQ_X].dim[0], T = a->in[FRS_SEQ_X].dim[1];
    const int64_t H = a->in[FRS_SEQ_W_HH].dim[1];
    if (has(a, FRS_SEQ_STATE0) && !is(a->in[FRS_SEQ_STATE0], (frs_shape){3, {cell->states, B, H}}))
        return frs__shape_fail(a, _("initial state must be [%d, batch, hidden]"), cell->states);
    if (has(a, FRS_SEQ_FIXED) != cell->fixed ||
        (cell->fixed && !is(a->in[FRS_SEQ_FIXED], (frs_shape){2, {B, H}})))
        return frs__shape_fail(a, _("an input gate [batch, hidden] goes with EA-LSTM, and only "
                                    "with it"));
    if (has(a, FRS_SEQ_MASK) && !is(a->in[FRS_SEQ_MASK], (frs_shape){2, {B, T}}))
        return frs__shape_fail(a, _("the mask must be [batch, steps]"));
    if (has(a, FRS_SEQ_CONSTANT) &&
        !is(a->in[FRS_SEQ_CONSTANT], (frs_shape){2, {B, cell->gates * H}}))
        return frs__shape_fail(a, _("the constant share must be [batch, %d x hidden]"),
                               cell->gates);
    return FRS_OK;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_seq_attr *attr = a->attr;
    const frs_cell_dims *cell = frs__cell_dims(attr->cell);
    FRS_TRY(check(a, cell));
    FRS_TRY(check_rest(a, cell));
    const int64_t B = a->in[FRS_SEQ_X].dim[0], T = a->in[FRS_SEQ_X].dim[1];
    const int64_t H = a->in[FRS_SEQ_W_HH].dim[1];
    const int64_t acts = frs__seq_kept_act(attr, has(a, FRS_SEQ_MASK), B, T, H);
    a->out[FRS_SEQ_Y] = attr->last_only ? (frs_shape){2, {B, H}} : (frs_shape){3, {B, T, H}};
    a->out[FRS_SEQ_STATE] = (frs_shape){3, {cell->states, B, H}};
    a->out[FRS_SEQ_ACT] = (frs_shape){1, {acts}};
    a->out[FRS_SEQ_KEPT] = (frs_shape){1, {frs__seq_kept_states(attr, B, T, H)}};
    return FRS_OK;
}

static frs_status shape_grad(const frs_shape_args *a) {
    const frs_seq_attr *attr = a->attr;
    const frs_cell_dims *cell = frs__cell_dims(attr->cell);
    FRS_TRY(check(a, cell));
    const int64_t B = a->in[FRS_SEQ_X].dim[0], H = a->in[FRS_SEQ_W_HH].dim[1];
    for (int i = FRS_SEQ_X; i <= FRS_SEQ_B_HH; i++) a->out[i] = a->in[i];
    a->out[FRS_SEQ_DSTATE0] = (frs_shape){3, {cell->states, B, H}};
    a->out[FRS_SEQ_DFIXED] = cell->fixed ? (frs_shape){2, {B, H}} : (frs_shape){1, {0}};
    a->out[FRS_SEQ_DCONSTANT] = (frs_shape){2, {B, cell->gates * H}};
    return FRS_OK;
}

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[FRS_SEQ_G_N_IN] = {[FRS_SEQ_G_ACT] = g->out[FRS_SEQ_ACT],
                                      [FRS_SEQ_G_KEPT] = g->out[FRS_SEQ_KEPT],
                                      [FRS_SEQ_G_DY] = g->d_out[FRS_SEQ_Y],
                                      [FRS_SEQ_G_DSTATE] = g->d_out[FRS_SEQ_STATE]};
    static const int from[][2] = {{FRS_SEQ_STATE0, FRS_SEQ_G_STATE0},
                                  {FRS_SEQ_FIXED, FRS_SEQ_G_FIXED},
                                  {FRS_SEQ_MASK, FRS_SEQ_G_MASK}};
    for (int i = FRS_SEQ_X; i <= FRS_SEQ_B_HH; i++) in[i] = g->in[i];
    for (int i = 0; i < FRS_LEN(from); i++)
        if (g->n_in > from[i][0]) in[from[i][1]] = g->in[from[i][0]];
    frs_tensor *d =
        frs__op_add(g->b, &frs__seq_grad_op, in, FRS_SEQ_G_N_IN, g->attr, sizeof(frs_seq_attr));
    for (int i = FRS_SEQ_X; i <= FRS_SEQ_B_HH; i++) g->d_in[i] = frs__op_out(d, i);
    if (in[FRS_SEQ_G_STATE0]) g->d_in[FRS_SEQ_STATE0] = frs__op_out(d, FRS_SEQ_DSTATE0);
    if (in[FRS_SEQ_G_FIXED]) g->d_in[FRS_SEQ_FIXED] = frs__op_out(d, FRS_SEQ_DFIXED);
    if (g->n_in > FRS_SEQ_CONSTANT && g->in[FRS_SEQ_CONSTANT])
        g->d_in[FRS_SEQ_CONSTANT] = frs__op_out(d, FRS_SEQ_DCONSTANT);
    return FRS_OK;
}

frs_tensor *frs__seq(frs_builder *b, const frs_seq_in *in, frs_seq_attr attr) {
    frs_tensor *const all[FRS_SEQ_N_IN] = {in->x,      in->w_ih,  in->w_hh, in->b_ih,    in->b_hh,
                                           in->state0, in->fixed, in->mask, in->constant};
    return frs__op_add(b, &frs__seq_op, all, FRS_SEQ_N_IN, &attr, sizeof attr);
}

#ifdef FRS_OP_CASES
/* Attributes as bytes: {cell, last_only, reverse}. */
#define CELL(c) [offsetof(frs_seq_attr, cell)] = c
#define LAST    [offsetof(frs_seq_attr, last_only)] = 1
#define REVERSE [offsetof(frs_seq_attr, reverse)] = 1
#define WEIGHTS(G, F, H)                                                                           \
    {2, {G * H, F}}, {2, {G * H, H}}, {1, {G * H}}, {                                              \
        1, {                                                                                       \
            G *H                                                                                   \
        }                                                                                          \
    }
#define ABSENT                                                                                     \
    { .rank = -1 }
static const frs_op_case cases[] = {
    {.name = "one of each", .n_in = 5, .in = {{3, {1, 1, 1}}, WEIGHTS(4, 1, 1)}, .lo = -1, .hi = 1},
    {.name = "odd sizes", .n_in = 5, .in = {{3, {5, 4, 3}}, WEIGHTS(4, 3, 7)}, .lo = -1, .hi = 1},
    {.name = "state",
     .n_in = 6,
     .in = {{3, {3, 5, 2}}, WEIGHTS(4, 2, 4), {3, {2, 3, 4}}},
     .lo = -1,
     .hi = 1},
    {.name = "last step",
     .n_in = 5,
     .in = {{3, {17, 6, 4}}, WEIGHTS(4, 4, 13)},
     .attr = {LAST},
     .lo = -0.5,
     .hi = 0.5},
    {.name = "two blocks",
     .n_in = 6,
     .in = {{3, {35, 3, 5}}, WEIGHTS(4, 5, 9), {3, {2, 35, 9}}},
     .attr = {LAST},
     .lo = -0.5,
     .hi = 0.5},
    {.name = "reverse",
     .n_in = 6,
     .in = {{3, {5, 7, 3}}, WEIGHTS(4, 3, 5), {3, {2, 5, 5}}},
     .attr = {REVERSE},
     .lo = -1,
     .hi = 1},
    {.name = "gru",
     .n_in = 6,
     .in = {{3, {18, 4, 3}}, WEIGHTS(3, 3, 13), {3, {1, 18, 13}}},
     .attr = {CELL(FRS_CELL_GRU)},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "gru, one series, last step, reverse",
     .n_in = 5,
     .in = {{3, {1, 5, 2}}, WEIGHTS(3, 2, 6)},
     .attr = {CELL(FRS_CELL_GRU), LAST, REVERSE},
     .lo = -1,
     .hi = 1},
    {.name = "rnn, tanh",
     .n_in = 6,
     .in = {{3, {6, 5, 3}}, WEIGHTS(1, 3, 7), {3, {1, 6, 7}}},
     .attr = {CELL(FRS_CELL_RNN_TANH)},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "rnn, relu",
     .n_in = 5,
     .in = {{3, {6, 4, 3}}, WEIGHTS(1, 3, 7)},
     .attr = {CELL(FRS_CELL_RNN_RELU), LAST},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "ealstm",
     .n_in = 7,
     .in = {{3, {17, 4, 3}}, WEIGHTS(3, 3, 5), {3, {2, 17, 5}}, {2, {17, 5}}},
     .attr = {CELL(FRS_CELL_EALSTM)},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "ealstm, no state",
     .n_in = 7,
     .in = {{3, {2, 3, 1}}, WEIGHTS(3, 1, 4), ABSENT, {2, {2, 4}}},
     .attr = {CELL(FRS_CELL_EALSTM), LAST},
     .lo = -1,
     .hi = 1},
    {.name = "mask",
     .n_in = 8,
     .in = {{3, {19, 5, 3}}, WEIGHTS(4, 3, 6), {3, {2, 19, 6}}, ABSENT, {2, {19, 5}}},
     .no_grad = 1U << FRS_SEQ_MASK,
     .lo = -0.7,
     .hi = 0.7},
    {.name = "gru, mask, last step",
     .n_in = 8,
     .in = {{3, {6, 6, 3}}, WEIGHTS(3, 3, 5), {3, {1, 6, 5}}, ABSENT, {2, {6, 6}}},
     .attr = {CELL(FRS_CELL_GRU), LAST},
     .no_grad = 1U << FRS_SEQ_MASK,
     .lo = -0.7,
     .hi = 0.7},
    {.name = "rnn, mask, one series",
     .n_in = 8,
     .in = {{3, {1, 6, 3}}, WEIGHTS(1, 3, 5), ABSENT, ABSENT, {2, {1, 6}}},
     .attr = {CELL(FRS_CELL_RNN_TANH), REVERSE},
     .no_grad = 1U << FRS_SEQ_MASK,
     .lo = -0.7,
     .hi = 0.7},
    {.name = "ealstm, mask",
     .n_in = 8,
     .in = {{3, {4, 5, 2}}, WEIGHTS(3, 2, 5), {3, {2, 4, 5}}, {2, {4, 5}}, {2, {4, 5}}},
     .attr = {CELL(FRS_CELL_EALSTM)},
     .no_grad = 1U << FRS_SEQ_MASK,
     .lo = -0.7,
     .hi = 0.7},
    {.name = "constant",
     .n_in = 9,
     .in = {{3, {35, 4, 3}}, WEIGHTS(4, 3, 7), {3, {2, 35, 7}}, ABSENT, ABSENT, {2, {35, 28}}},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "gru, constant, reverse",
     .n_in = 9,
     .in = {{3, {18, 5, 3}}, WEIGHTS(3, 3, 6), ABSENT, ABSENT, ABSENT, {2, {18, 18}}},
     .attr = {CELL(FRS_CELL_GRU), REVERSE},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "gru, constant, one series",
     .n_in = 9,
     .in = {{3, {1, 5, 2}}, WEIGHTS(3, 2, 5), {3, {1, 1, 5}}, ABSENT, ABSENT, {2, {1, 15}}},
     .attr = {CELL(FRS_CELL_GRU), LAST},
     .lo = -0.7,
     .hi = 0.7},
    {.name = "ealstm, mask, constant",
     .n_in = 9,
     .in = {{3, {4, 5, 2}}, WEIGHTS(3, 2, 5), ABSENT, {2, {4, 5}}, {2, {4, 5}}, {2, {4, 15}}},
     .attr = {CELL(FRS_CELL_EALSTM)},
     .no_grad = 1U << FRS_SEQ_MASK,
     .lo = -0.7,
     .hi = 0.7},
    {.name = "empty", .n_in = 5, .in = {{3, {0, 3, 2}}, WEIGHTS(4, 2, 4)}, .lo = -1, .hi = 1},
};
#define CASES .cases = cases, .n_cases = (int)FRS_LEN(cases)
#else
#define CASES .cases = NULL
#endif

/* Each weight meets each step. */
static double operations(const frs_shape_args *a) {
    const double steps = (double)a->in[0].dim[0] * (double)a->in[0].dim[1];
    return 2 * steps * (double)(frs_shape_count(a->in[1]) + frs_shape_count(a->in[2]));
}

const frs_op frs__seq_op = {.name = "seq",
                            .n_in_min = 5,
                            .n_in_max = FRS_SEQ_N_IN,
                            .n_out = FRS_SEQ_N_OUT,
                            .n_main = 2,
                            .shape = shape,
                            .reference = frs__seq_reference,
                            .operations = operations,
                            .gradient = gradient,
                            CASES};
const frs_op frs__seq_grad_op = {.name = "seq_grad",
                                 .n_in_min = 7,
                                 .n_in_max = FRS_SEQ_G_N_IN,
                                 .n_out = FRS_SEQ_G_N_OUT,
                                 .n_main = FRS_SEQ_G_N_OUT,
                                 .shape = shape_grad,
                                 .reference = frs__seq_grad_reference};
