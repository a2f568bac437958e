/* What the shape rule of op "seq" and its kernels must agree on: attributes, the numbers of a cell
 * and the size of what is kept for the gradient. A cell's numbers stand here once; its math is in
 * src/op/seq_cells.c (reference, double) and src/kernel/cpu/cell_*.c. */
#ifndef FRS_OP_SEQ_ATTR_H
#define FRS_OP_SEQ_ATTR_H
#include "base/base.h"

typedef enum frs_cell_kind {
    FRS_CELL_LSTM,
    FRS_CELL_GRU,
    FRS_CELL_RNN_TANH,
    FRS_CELL_RNN_RELU,
    FRS_CELL_EALSTM,
    FRS_CELL_COUNT
} frs_cell_kind;

/* Inputs and outputs of the two operators, documented in seq.c. */
enum {
    FRS_SEQ_X,
    FRS_SEQ_W_IH,
    FRS_SEQ_W_HH,
    FRS_SEQ_B_IH,
    FRS_SEQ_B_HH,
    FRS_SEQ_STATE0,
    FRS_SEQ_FIXED,
    FRS_SEQ_MASK,
    FRS_SEQ_CONSTANT,
    FRS_SEQ_N_IN
};
enum { FRS_SEQ_Y, FRS_SEQ_STATE, FRS_SEQ_ACT, FRS_SEQ_KEPT, FRS_SEQ_N_OUT };
enum { /* of "seq_grad"; the first five as above */
       FRS_SEQ_G_ACT = FRS_SEQ_STATE0,
       FRS_SEQ_G_KEPT,
       FRS_SEQ_G_STATE0,
       FRS_SEQ_G_DY,
       FRS_SEQ_G_DSTATE,
       FRS_SEQ_G_FIXED,
       FRS_SEQ_G_MASK,
       FRS_SEQ_G_N_IN
};
enum {
    FRS_SEQ_DX,
    FRS_SEQ_DW_IH,
    FRS_SEQ_DW_HH,
    FRS_SEQ_DB_IH,
    FRS_SEQ_DB_HH,
    FRS_SEQ_DSTATE0,
    FRS_SEQ_DFIXED,
    FRS_SEQ_DCONSTANT,
    FRS_SEQ_G_N_OUT
};

/* Pre-activations are of three kinds: of x alone, of x and h, of h alone (the new state of a GRU
 * has a part of each of the outer kinds, which meet in the cell). */
enum { FRS_ROWS_X, FRS_ROWS_BOTH, FRS_ROWS_H, FRS_ROW_KINDS };
typedef struct frs_cell_dims {
    const char *name;
    int gates;                /* blocks of H rows in w_ih, w_hh and biases */
    int rows[FRS_ROW_KINDS];  /* pre-activations a unit, by kind */
    int first[FRS_ROW_KINDS]; /* and the gate whose weights the first of each kind takes */
    int states;               /* carried values a unit, state 0 is h */
    int acts;                 /* activations a unit that the gradient needs */
    int kept;                 /* the state that it needs beside them */
    bool fixed;               /* takes a gate that does not change with time */
} frs_cell_dims;
const frs_cell_dims *frs__cell_dims(int cell);

typedef struct frs_seq_attr {
    int cell;
    bool last_only, reverse;
    bool bfloat16; /* products and what is kept for the gradient */
} frs_seq_attr;

/* Batch rows stand in vector lanes, so they are rounded up to whole vectors of the widest kind;
 * rows of gates to whole panels of four. */
#define FRS_SEQ_LANES      16
#define FRS_SEQ_PANEL      4
#define FRS_SEQ_MAX_HIDDEN 4096 /* the references keep a state on the stack */
/* Activations kept a unit and step; with a mask also h, which a masked step does not change. */
int frs__seq_acts(int cell, bool masked);
/* Elements of output 2 (activations) and 3 (states) for the gradient; the layout is the kernel's
 * own. */
int64_t frs__seq_kept_act(const frs_seq_attr *attr, bool masked, int64_t B, int64_t T, int64_t H);
int64_t frs__seq_kept_states(const frs_seq_attr *attr, int64_t B, int64_t T, int64_t H);
#endif
