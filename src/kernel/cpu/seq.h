/* The sequence driver: one driver, many cells. It owns row blocks, the time loop, packing, carried
 * state and the weight-gradient products; a cell is a const struct with its pointwise math.
 *
 * Axes outside are [B, T, F]. Inside, batch rows stand in vector lanes: every array of a block is
 * [value][L], L = 16 or 32 rows, so hidden sizes need no padding and the recurrent product needs no
 * transposed weights: it reads a weight, spreads it over the lanes and multiplies. Each block of
 * rows goes through all the steps with the packed weights in cache, no barrier between steps.
 * Blocks are a function of shapes only, so bits do not depend on the number of threads.
 *
 * Rows of gates are ordered [unit][gate] inside (a unit's gates stand together), R = G H rounded up
 * to whole panels of 4. Kept for the gradient: activations [block][T][R][L], states
 * [block][T][H][L].
 *
 * The gradient recomputes h from what is kept (LSTM: o tanh(c)): cheaper than the memory traffic.
 */
#ifndef FRS_KERNEL_CPU_SEQ_H
#define FRS_KERNEL_CPU_SEQ_H
#include "kernel/kernel.h"
#include "op/seq_attr.h"

/* Pointwise part of a cell for `units` units and `lanes` batch rows at one step. Arrays of units
 * are [units][lanes], of gates [units][gates][lanes]. `state` is the kept state (LSTM: c). */
typedef struct frs_cell_step {
    int64_t units, lanes;
    const float *gates; /* forward: pre-activations */
    float *state;       /* before the step; after it */
    float *h;           /* out: h after the step */
    float *act,
        *kept; /* out, for the gradient: activations, state after the step; NULL: inference */
} frs_cell_step;
typedef struct frs_cell_back {
    int64_t units, lanes;
    const float *act, *state_in, *state_out; /* as kept by forward */
    const float *dh;                         /* d loss / d h after the step, all shares summed */
    float *d_state;                          /* in: of state_out; out: of state_in */
    float *d_gates;                          /* out: of the pre-activations */
    float *h;                                /* out: h after the step */
    const float *soon_act, *soon_state;      /* read by the next call: worth fetching; or NULL */
} frs_cell_back;
typedef struct frs_cell {
    void (*forward)(const frs_cell_step *s);
    void (*backward)(const frs_cell_back *s);
    /* h after a step from what is kept: [units][lanes]. */
    void (*output)(int64_t units, int64_t lanes, const float *act, const float *state, float *h);
} frs_cell;

/* out[rows][lanes] = bias + W v, v = two stacked arrays [n[i]][lanes]. The packed weights: panels
 * of 12 rows (the last 12, 8 or 4), each bias[p] and then [n0 + n1][p]. */
typedef struct frs_product {
    const float *packed;
    int64_t rows, lanes; /* rows: a multiple of 4; a call may start at any panel */
    const float *v[2];
    int64_t n[2];
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
/* One series, row-major weights as they are: out[i] = bias_a[i] + bias_b[i] + W_a[i] a + W_b[i] b.
 */
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
    void (*thin)(const frs_thin *p);
    frs_cell cell[FRS_CELL_COUNT];
} frs_seq_math;
const frs_seq_math *frs__seq_math(frs_isa isa);
#define FRS_SEQ_DECLARE(level)                                                                     \
    void frs__seq_product_##level(const frs_product *p);                                           \
    void frs__seq_weight_grad_##level(const frs_weight_grad *p);                                   \
    void frs__seq_row_sums_##level(const frs_weight_grad *p);                                      \
    void frs__seq_thin_##level(const frs_thin *p);                                                 \
    void frs__lstm_forward_##level(const frs_cell_step *s);                                        \
    void frs__lstm_backward_##level(const frs_cell_back *s);                                       \
    void frs__lstm_output_##level(int64_t units, int64_t lanes, const float *act,                  \
                                  const float *state, float *h);                                   \
    void frs__seq_curve_##level(int curve, int64_t n, const float *x, float *y);
FRS_SEQ_DECLARE(scalar)
FRS_SEQ_DECLARE(avx2)
FRS_SEQ_DECLARE(avx512)

/* ---- shared by seq.c and seq_grad.c */
typedef struct frs_seq_dims {
    int64_t B, T, F, H;
    int64_t G, S;    /* gates, states a unit */
    int64_t rows, R; /* G H, and rounded up to whole panels */
    int64_t blocks;  /* of up to 32 batch rows */
    bool last_only;
    int cell;
} frs_seq_dims;
#define FRS_SEQ_BLOCK 32
frs_seq_dims frs__seq_dims(const frs_seq_attr *attr, const frs_shape *x, const frs_shape *w_hh);
/* First row, valid rows and lanes (16 or 32) of a block. */
typedef struct frs_seq_block {
    int64_t first, valid, lanes;
} frs_seq_block;
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
