/* References of ops "seq" and "seq_grad". */
#ifndef FRS_OP_SEQ_REFERENCE_H
#define FRS_OP_SEQ_REFERENCE_H
#include "op/op.h"

void frs__seq_reference(const frs_ref_args *a);
void frs__seq_grad_reference(const frs_ref_args *a);
#endif
