/* The cells of op "seq" in double, straight from their equations: the oracle of the kernels. */
#ifndef FRS_OP_SEQ_CELLS_H
#define FRS_OP_SEQ_CELLS_H
#include "op/seq_attr.h"

/* One step of one batch row. Of gates: [gates][H], PyTorch's order; of activations [acts][H]. */
typedef struct frs_ref_step {
    int64_t H;
    const double *ax, *ah; /* parts of the pre-activations: W_ih x + b_ih, W_hh h + b_hh */
    const double *fixed;
    double *h, *c; /* before the step; after it. c: the second state, where there is one */
    double *act;   /* out */
} frs_ref_step;
typedef struct frs_ref_back {
    int64_t H;
    const double *act, *fixed, *h_old, *h_new, *c_old, *c_new;
    double *dh, *dc;   /* in: of the state after the step; out: of that before it, where it does not
                          pass through ah */
    double *dax, *dah; /* out */
    double *dfixed;    /* added to; may be NULL */
} frs_ref_back;
typedef struct frs_ref_cell {
    void (*forward)(const frs_ref_step *s);
    void (*backward)(const frs_ref_back *b);
} frs_ref_cell;
const frs_ref_cell *frs__ref_cell(int cell);
#endif
