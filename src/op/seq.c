/* Op "seq": a recurrent layer over a whole sequence; which cell is an attribute (today: LSTM, whose
 * equations and gradient stand in seq_reference.c).
 *   in:  0 x [B,T,F], 1 w_ih [G H,F], 2 w_hh [G H,H], 3 b_ih [G H], 4 b_hh [G H],
 *        5 state0 [S,B,H] (absent: zero); G gates and S states of the cell, state 0 is h
 *   out: 0 y [B,T,H] (last_only: [B,H]), 1 state after the last step [S,B,H];
 *        for the gradient: 2 activations, 3 states, in the layout of whoever computed them, so the
 *        kernel of "seq_grad" must fit wherever that of "seq" does.
 * Op "seq_grad", its gradient:
 *   in:  0-4 as above, 5 activations, 6 states, 7 state0 (absent: zero), 8 dy, 9 d state after the
 *        last step (absent: none)
 *   out: 0 dx, 1 dw_ih, 2 dw_hh, 3 db_ih, 4 db_hh (the same numbers), 5 dstate0 */
#include "op/seq.h"

#include "op/seq_reference.h"

enum { X, W_IH, W_HH, B_IH, B_HH, STATE0 };
enum { ACT = 5, KEPT, STATE_BEFORE, DY, DSTATE };

static bool is(frs_shape s, frs_shape want) {
    bool same = s.rank == want.rank;
    for (int i = 0; i < want.rank && same; i++) same = s.dim[i] == want.dim[i];
    return same;
}

static frs_status check(const frs_shape_args *a, const frs_cell_dims *cell) {
    const frs_shape x = a->in[X], w = a->in[W_IH], r = a->in[W_HH];
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
    for (int i = B_IH; i <= B_HH; i++)
        if (!is(a->in[i], (frs_shape){1, {rows}}))
            return frs__shape_fail(a, _("biases must be [%d x hidden]"), cell->gates);
    return FRS_OK;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_seq_attr *attr = a->attr;
    const frs_cell_dims *cell = frs__cell_dims(attr->cell);
    FRS_TRY(check(a, cell));
    const int64_t B = a->in[X].dim[0], T = a->in[X].dim[1], H = a->in[W_HH].dim[1];
    const frs_shape state = {3, {cell->states, B, H}};
    if (a->n_in > STATE0 && a->in[STATE0].rank > 0 && !is(a->in[STATE0], state))
        return frs__shape_fail(a, _("initial state must be [%d, batch, hidden]"), cell->states);
    a->out[0] = attr->last_only ? (frs_shape){2, {B, H}} : (frs_shape){3, {B, T, H}};
    a->out[1] = state;
    a->out[2] = (frs_shape){1, {frs__seq_kept_act(attr->cell, B, T, H)}};
    a->out[3] = (frs_shape){1, {frs__seq_kept_states(attr->cell, B, T, H)}};
    return FRS_OK;
}

static frs_status shape_grad(const frs_shape_args *a) {
    const frs_seq_attr *attr = a->attr;
    const frs_cell_dims *cell = frs__cell_dims(attr->cell);
    FRS_TRY(check(a, cell));
    for (int i = X; i <= B_HH; i++) a->out[i] = a->in[i];
    a->out[5] = (frs_shape){3, {cell->states, a->in[X].dim[0], a->in[W_HH].dim[1]}};
    return FRS_OK;
}

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[10] = {
        [ACT] = g->out[2], [KEPT] = g->out[3], [DY] = g->d_out[0], [DSTATE] = g->d_out[1]};
    for (int i = X; i <= B_HH; i++) in[i] = g->in[i];
    in[STATE_BEFORE] = g->n_in > STATE0 ? g->in[STATE0] : NULL;
    frs_tensor *d = frs__op_add(g->b, &frs__seq_grad_op, in, 10, g->attr, sizeof(frs_seq_attr));
    for (int i = X; i <= B_HH; i++) g->d_in[i] = frs__op_out(d, i);
    if (in[STATE_BEFORE]) g->d_in[STATE0] = frs__op_out(d, 5);
    return FRS_OK;
}

frs_tensor *frs__seq(frs_builder *b, const frs_seq_in *in, frs_seq_attr attr) {
    frs_tensor *const all[] = {in->x, in->w_ih, in->w_hh, in->b_ih, in->b_hh, in->state0};
    return frs__op_add(b, &frs__seq_op, all, in->state0 ? 6 : 5, &attr, sizeof attr);
}

#ifdef FRS_OP_CASES
/* Attributes as bytes: {cell, last_only}. */
#define LAST                                                                                       \
    { [offsetof(frs_seq_attr, last_only)] = 1 }
#define WEIGHTS(F, H)                                                                              \
    {2, {4 * H, F}}, {2, {4 * H, H}}, {1, {4 * H}}, {                                              \
        1, {                                                                                       \
            4 * H                                                                                  \
        }                                                                                          \
    }
static const frs_op_case cases[] = {
    {.name = "one of each", .n_in = 5, .in = {{3, {1, 1, 1}}, WEIGHTS(1, 1)}, .lo = -1, .hi = 1},
    {.name = "odd sizes", .n_in = 5, .in = {{3, {5, 4, 3}}, WEIGHTS(3, 7)}, .lo = -1, .hi = 1},
    {.name = "state",
     .n_in = 6,
     .in = {{3, {3, 5, 2}}, WEIGHTS(2, 4), {3, {2, 3, 4}}},
     .lo = -1,
     .hi = 1},
    {.name = "last step",
     .n_in = 5,
     .in = {{3, {17, 6, 4}}, WEIGHTS(4, 13)},
     .attr = LAST,
     .lo = -0.5,
     .hi = 0.5},
    {.name = "two blocks",
     .n_in = 6,
     .in = {{3, {35, 3, 5}}, WEIGHTS(5, 9), {3, {2, 35, 9}}},
     .attr = LAST,
     .lo = -0.5,
     .hi = 0.5},
    {.name = "empty", .n_in = 5, .in = {{3, {0, 3, 2}}, WEIGHTS(2, 4)}, .lo = -1, .hi = 1},
};
#define CASES .cases = cases, .n_cases = (int)FRS_LEN(cases)
#else
#define CASES .cases = NULL
#endif

const frs_op frs__seq_op = {.name = "seq",
                            .n_in_min = 5,
                            .n_in_max = 6,
                            .n_out = 4,
                            .n_main = 2,
                            .shape = shape,
                            .reference = frs__seq_reference,
                            .gradient = gradient,
                            CASES};
const frs_op frs__seq_grad_op = {.name = "seq_grad",
                                 .n_in_min = 7,
                                 .n_in_max = 10,
                                 .n_out = 6,
                                 .n_main = 6,
                                 .shape = shape_grad,
                                 .reference = frs__seq_grad_reference};
