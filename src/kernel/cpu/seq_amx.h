/* Products of the sequence driver in bfloat16 on AMX tiles (Intel, from Sapphire Rapids on): inputs
 * rounded to 8 bits of significand, sums in float. Only for training, and only when asked for
 * (frs_recurrent_opts.bfloat16).
 *
 * A tile is 16 rows of 64 bytes. Sizes are rounded up to whole tiles; what is beyond is 0. */
#ifndef FRS_KERNEL_CPU_SEQ_AMX_H
#define FRS_KERNEL_CPU_SEQ_AMX_H
#include "base/base.h"

typedef uint16_t frs_bf16;
#define FRS_AMX_ROWS     16 /* rows of a tile, and its columns of float */
#define FRS_AMX_K        32 /* its columns of bfloat16 */
#define FRS_AMX_UP(n, m) (((n) + (m)-1) / (m) * (m))

/* Whether the processor has them and the system lets this process use them. */
bool frs__amx_here(void);
/* Around all use in one thread, once a body. */
void frs__amx_begin(void);
void frs__amx_end(void);

/* out[r][lane] = start[r][lane] + sum over k of w[r][k] v[k][lane]; out has room for whole tiles of
 * rows. packed: [row tile][k tile][16][32]; start [rows][start_lanes] (NULL: 0), where 16 lanes
 * serve all others as well; pairs: [k / 2][lanes][2]. */
typedef struct frs_amx_product {
    const frs_bf16 *packed, *pairs;
    const float *start;
    int64_t start_lanes;
    int64_t rows, n, lanes;
    float *out;
} frs_amx_product;
int64_t frs__amx_packed_count(int64_t rows, int64_t n);
/* One row of w, n values from k = first_k on, into its place. */
void frs__amx_pack_row(const float *w, int64_t n, int64_t row, int64_t n_all, int64_t first_k,
                       frs_bf16 *packed);
void frs__amx_product(const frs_amx_product *p);
/* v [n][lanes] to pairs, n of them from k = first on (even); an odd last one is paired with 0. */
void frs__amx_pairs(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *pairs);

/* out[r][k] += sum over steps and lanes of d[s][r][lane] v[s][k][lane].
 * d: [step][row][32], lanes beyond 0; v: [step][k tile of 16][16 pairs of lanes][16 k][2]. */
typedef struct frs_amx_grad {
    const frs_bf16 *d, *v;
    int64_t d_stride, v_stride; /* from step to step */
    int64_t rows, first_k, end_k, steps;
    float *out;
    int64_t out_ld;
} frs_amx_grad;
void frs__amx_weight_grad(const frs_amx_grad *p);
/* [n][lanes] in float to rows of 32 in bfloat16. */
void frs__amx_rows(const float *v, int64_t n, int64_t lanes, frs_bf16 *to);
/* [n][lanes] in float, k = first (a multiple of 16) on, to the tiles of v of one step. */
void frs__amx_columns(const float *v, int64_t n, int64_t lanes, int64_t first, frs_bf16 *to);
/* n floats to bfloat16 and back; n a multiple of 16. */
void frs__amx_narrow(const float *v, int64_t n, frs_bf16 *to);
void frs__amx_widen(const frs_bf16 *v, int64_t n, float *to);
#endif
