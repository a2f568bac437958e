/* What the shape rule of op "seq" and its kernels must agree on: attributes and the size of what is
 * kept for the gradient. A cell's numbers stand here once; its math is in src/op/seq.c (reference,
 * double) and src/kernel/cpu/cell_*.c. */
#ifndef FRS_OP_SEQ_ATTR_H
#define FRS_OP_SEQ_ATTR_H
#include "base/base.h"

typedef enum frs_cell_kind { FRS_CELL_LSTM, FRS_CELL_COUNT } frs_cell_kind;

/* gates: pre-activations a unit; states: carried values a unit, state 0 is h;
 * kept: states a unit that the gradient cannot recompute from the activations (LSTM: c). */
typedef struct frs_cell_dims {
    const char *name;
    int gates, states, kept;
} frs_cell_dims;
const frs_cell_dims *frs__cell_dims(int cell);

typedef struct frs_seq_attr {
    int cell;
    bool last_only;
} frs_seq_attr;

/* Batch rows stand in vector lanes, so they are rounded up to whole vectors of the widest kind;
 * rows of gates to whole panels of four. */
#define FRS_SEQ_LANES      16
#define FRS_SEQ_PANEL      4
#define FRS_SEQ_MAX_HIDDEN 4096 /* the references keep a state on the stack */
/* Elements of output 2 (activations) and 3 (states) for the gradient; the layout is the kernel's
 * own. */
int64_t frs__seq_kept_act(int cell, int64_t B, int64_t T, int64_t H);
int64_t frs__seq_kept_states(int cell, int64_t B, int64_t T, int64_t H);
#endif
