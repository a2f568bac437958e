/* Recurrent layers: op "seq". Documented in seq.c. */
#ifndef FRS_OP_SEQ_H
#define FRS_OP_SEQ_H
#include "op/op.h"
#include "op/seq_attr.h"

/* state0, mask, constant and (but for a cell that takes it) fixed may be NULL. */
typedef struct frs_seq_in {
    frs_tensor *x, *w_ih, *w_hh, *b_ih, *b_hh, *state0, *fixed, *mask, *constant;
} frs_seq_in;
/* y [B,T,H], or [B,H] when last_only; frs__op_out(y, 1) is the state after the last step [S,B,H].
 */
frs_tensor *frs__seq(frs_builder *b, const frs_seq_in *in, frs_seq_attr attr);
extern const frs_op frs__seq_op, frs__seq_grad_op;
#endif
