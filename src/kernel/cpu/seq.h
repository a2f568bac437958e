/* The sequence driver: one driver, many cells. It owns row blocks, the time loop, packing, carried
 * state and the large weight-gradient products; a cell is a const struct with its pointwise math.
 *
 * Axes outside [B, T, F]; inside [block][T][row][gate]. All input projections of a sequence in one
 * product; then each block of batch rows goes through all the steps with the recurrent weights
 * packed and in cache, no barrier between steps. Blocks are a function of shapes only, so bits do not
 * depend on the number of threads. */
#ifndef FRS_KERNEL_CPU_SEQ_H
#define FRS_KERNEL_CPU_SEQ_H
#include "kernel/kernel.h"

/* Pointwise part of a cell for `rows` batch rows at one step; each array is [rows][width].
 * forward:  gates [rows][gates*H] pre-activations in, activations out; state_in -> state_out
 *           ([rows][states*H]; state 0 is h, fed back through the recurrent product).
 * backward: activations, state_in, state_out and d_state (d_h from above and from the next step summed in state 0,
 *           d_c.. carried) -> d_gates (pre-activation; may overlay the activations), d_state_in without the recurrent
 *           product's share (the driver adds W_hh' d_gates to state 0). */
typedef struct frs_cell {
    const char *name; /* "lstm" */
    int gates, states;
    void (*forward)(int64_t rows, int64_t H, float *gates, const float *state_in, float *state_out);
    void (*backward)(int64_t rows, int64_t H, const float *act, const float *state_in, const float *state_out,
                     const float *d_state, float *d_gates, float *d_state_in);
} frs_cell;

/* Op "seq": inputs x [B,T,F], w_ih [G H,F], w_hh [G H,H], b_ih [G H], b_hh [G H], state0 [S,B,H] (NULL: zero).
 * outputs: 0 y [B,T,H] (last_only: [B,H]), 1 state_n [S,B,H], and for the gradient 2 act (activations kept, the kernel's own
 * layout; its element count is frs__seq_kept), 3 states kept likewise.
 * Op "seq_grad": inputs x, w_ih, w_hh, b_ih, b_hh, state0, y-grad, state_n-grad (NULL: none), act, states ->
 * d_x (NULL unless wanted), d_w_ih, d_w_hh, d_b_ih (= d_b_hh), d_state0. */
typedef struct frs_seq_attr { int cell; bool last_only; } frs_seq_attr;
#endif
