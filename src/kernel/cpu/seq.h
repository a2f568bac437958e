/* The sequence driver: one driver, many cells. It owns row blocks, the time loop, packing, carried
 * state and the weight-gradient products; a cell is a const struct with its pointwise math.
 *
 * Axes outside are [B, T, F]. Inside, batch rows stand in vector lanes: every array of a block is
 * [value][L], L = 16 or 32 rows, so hidden sizes need no padding and the recurrent product needs no
 * transposed weights: it reads a weight, spreads it over the lanes and multiplies. Each block of
 * rows goes through all the steps with the packed weights in cache, no barrier between steps.
 * Blocks are a function of shapes only, so bits do not depend on the number of threads.
 *
 * Pre-activations are of three kinds (seq_attr.h): of x alone, of x and h, of h alone. Rows of a
 * kind are ordered [unit][gate] inside (a unit's gates stand together) and rounded up to whole
 * panels of 4; the kinds follow each other, so that what meets x, and what meets h, are each one
 * stretch. Kept for the gradient: activations [block][step][A H][L], the cell's kept state
 * [block][step][H][L].
 *
 * The gradient of an LSTM recomputes h from what is kept (o tanh(c)): cheaper than the memory
 * traffic. Other cells keep h itself.
 */
#ifndef FRS_KERNEL_CPU_SEQ_H
#define FRS_KERNEL_CPU_SEQ_H
#include "kernel/cpu/seq_amx.h"
#include "kernel/kernel.h"
#include "op/seq_attr.h"

/* Pointwise part of a cell for `units` units and `lanes` batch rows at one step. Arrays of units
 * are [units][lanes], of gates [units][gates of the kind][lanes]. */
typedef struct frs_cell_step {
    int64_t units, lanes;
    const float *gates[FRS_ROW_KINDS]; /* pre-activations */
    const float *fixed;                /* a gate that does not change; NULL: the cell has none */
    const float *h_in;                 /* h before the step; may be h itself */
    float *state;                      /* the second state, before the step; after it */
    float *h;                          /* out: h after the step */
    float *act, *kept; /* out, for the gradient: activations, kept state; NULL: inference */
    bool past_caches;  /* they are read again only after all other steps */
} frs_cell_step;
typedef struct frs_cell_back {
    int64_t units, lanes;
    const float *act, *kept_in, *kept_out; /* as kept by forward, the state also before the step */
    const float *fixed;
    const float *dh;               /* d loss / d h after the step, all shares summed */
    float *d_state;                /* in: of the second state after the step; out: before it */
    float *d_gates[FRS_ROW_KINDS]; /* out: of the pre-activations */
    float *d_h;                    /* out, where the cell has it: share of h before the step that
                                      does not pass through a product */
    float *d_fixed;                /* added to */
    float *h;                      /* out: h after the step */
    const float *soon_act, *soon_kept; /* read by the next call: worth fetching; or NULL */
} frs_cell_back;
typedef struct frs_cell {
    void (*forward)(const frs_cell_step *s);
    void (*backward)(const frs_cell_back *s);
    /* h after a step from what is kept: [units][lanes]. */
    void (*output)(int64_t units, int64_t lanes, const float *act, const float *kept, float *h);
    bool leaks; /* writes d_h */
} frs_cell;

/* out[rows][lanes] = bias + W v, v = two stacked arrays [n[i]][lanes]. The packed weights: panels
 * of 12 rows (the last 12, 8 or 4), each bias[p] and then [n0 + n1][p]. */
typedef struct frs_product {
    const float *packed;
    int64_t rows, lanes; /* rows: a multiple of 4; a call may start at any panel */
    const float *v[2];
    int64_t n[2];
    const float *start; /* [rows][lanes], in place of the biases; or NULL */
    float *out;
} frs_product;
/* sum over steps s and lanes of d[s][r][lane] v[s][k][lane], added to out[r/4][k][r%4]. */
typedef struct frs_weight_grad {
    const float *d, *v;
    int64_t d_stride, v_stride; /* floats from step to step */
    int64_t rows, n, steps, lanes;
    float *out;
    int64_t out_stride; /* floats from panel to panel: 4 times the whole number of k */
} frs_weight_grad;
/* One series, row-major weights as they are: out[i] = bias_a[i] + W_a[i] a + bias_b[i] + W_b[i] b.
 * Without a: wa and bias_a NULL; without b likewise. */
typedef struct frs_thin {
    const float *wa, *wb, *bias_a, *bias_b, *a, *b;
    int64_t rows, na, nb;
    float *out;
} frs_thin;

typedef struct frs_seq_math { /* one table an ISA level */
    void (*product)(const frs_product *p);
    void (*weight_grad)(const frs_weight_grad *p);
    /* sum over steps and lanes of d[s][r][lane], added to out[r]. */
    void (*row_sums)(const frs_weight_grad *p);
    /* sum over steps of d[s][r][lane], added to out[r][lane]. */
    void (*lane_sums)(const frs_weight_grad *p);
    void (*thin)(const frs_thin *p);
    frs_cell cell[FRS_CELL_COUNT];
} frs_seq_math;
const frs_seq_math *frs__seq_math(frs_isa isa);
#define FRS_CELL_DECLARE(cell, level)                                                              \
    void frs__##cell##_forward_##level(const frs_cell_step *s);                                    \
    void frs__##cell##_backward_##level(const frs_cell_back *s);                                   \
    void frs__##cell##_output_##level(int64_t units, int64_t lanes, const float *act,              \
                                      const float *kept, float *h);
#define FRS_SEQ_DECLARE(level)                                                                     \
    void frs__seq_product_##level(const frs_product *p);                                           \
    void frs__seq_weight_grad_##level(const frs_weight_grad *p);                                   \
    void frs__seq_row_sums_##level(const frs_weight_grad *p);                                      \
    void frs__seq_lane_sums_##level(const frs_weight_grad *p);                                     \
    void frs__seq_thin_##level(const frs_thin *p);                                                 \
    void frs__seq_curve_##level(int curve, int64_t n, const float *x, float *y);                   \
    FRS_CELL_DECLARE(lstm, level)                                                                  \
    FRS_CELL_DECLARE(ealstm, level)                                                                \
    FRS_CELL_DECLARE(gru, level)                                                                   \
    FRS_CELL_DECLARE(rnn_tanh, level)                                                              \
    FRS_CELL_DECLARE(rnn_relu, level)
FRS_SEQ_DECLARE(scalar)
FRS_SEQ_DECLARE(avx2)
FRS_SEQ_DECLARE(avx512)

/* ---- shared by seq.c and seq_grad.c */
typedef struct frs_seq_dims {
    int64_t B, T, F, H;
    int64_t S;                /* states a unit */
    int n[FRS_ROW_KINDS];     /* rows a unit of each kind */
    int64_t R[FRS_ROW_KINDS]; /* rows of each kind, rounded up to whole panels */
    int64_t rows;             /* of all kinds */
    int64_t A;                /* activations kept a step */
    int64_t blocks;           /* of up to 32 batch rows */
    bool last_only, reverse, masked, bfloat16;
    int64_t X16, K16; /* bfloat16: x and, behind it, h, each rounded up to whole tiles */
    const frs_cell_dims *cell;
    int kind; /* of the cell */
} frs_seq_dims;
#define FRS_SEQ_BLOCK 32
frs_seq_dims frs__seq_dims(const frs_seq_attr *attr, const frs_shape *x, const frs_shape *w_hh,
                           bool masked);
/* First row, valid rows and lanes (16 or 32) of a block. */
typedef struct frs_seq_block {
    int64_t first, valid, lanes;
} frs_seq_block;
/* Rows that meet x are 0 .. R[0] + R[1] - 1, those that meet h from R[0] on. */
int64_t frs__seq_x_rows(const frs_seq_dims *d);
int64_t frs__seq_h_rows(const frs_seq_dims *d);
/* Row of w_ih, w_hh and biases that an inner row takes; -1: padding. */
int64_t frs__seq_weight_row(const frs_seq_dims *d, int64_t row);
/* Time of a step. */
int64_t frs__seq_time(const frs_seq_dims *d, int64_t step);
/* What the mask [B,T] says of a block's rows at one time. */
typedef struct frs_seq_mask {
    const frs_seq_block *block;
    const float *mask;
    int64_t T, time;
} frs_seq_mask;
/* In the lanes that are skipped `now` [n][lanes] becomes `before` (NULL: 0). Says whether there is
 * such a lane. */
bool frs__seq_hold(const frs_seq_mask *m, int64_t n, float *now, const float *before);
frs_seq_block frs__seq_block(const frs_seq_dims *d, int64_t block);
/* dst[i][lane] = src[lane][i], 0 in lanes beyond `valid`; and back. Rows of src, dst are ld apart.
 */
void frs__to_lanes(const float *src, int64_t ld, int64_t n, const frs_seq_block *b, float *dst);
/* n floats of each valid row will be read soon: rows are far apart, which processors do not
 * foresee. */
void frs__fetch_rows(const float *src, int64_t ld, int64_t n, const frs_seq_block *b);
void frs__from_lanes(const float *src, int64_t n, const frs_seq_block *b, float *dst, int64_t ld);
/* Panels of a product: 12 rows wide, the last 12, 8 or 4; rows must be a multiple of 4. */
int64_t frs__seq_panel(int64_t rows_left);
int64_t frs__seq_packed_count(int64_t rows, int64_t n);
/* Carves *p (64-byte aligned) by n floats, rounded up to whole cache lines. */
float *frs__seq_carve(float **p, int64_t n);
int64_t frs__seq_line(int64_t n); /* n floats rounded up to whole cache lines */
#define FRS_UP(n, m) (((n) + (m)-1) / (m) * (m))

bool frs__seq_fits(const frs_kernel_shape *s);
size_t frs__seq_scratch(const frs_kernel_shape *s, int threads);
void frs__seq_run(const frs_kernel_args *a);
bool frs__seq_grad_fits(const frs_kernel_shape *s);
size_t frs__seq_grad_scratch(const frs_kernel_shape *s, int threads);
void frs__seq_grad_run(const frs_kernel_args *a);
#endif
