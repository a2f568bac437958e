/* What both directions of the sequence driver share (seq.h): blocks, layouts, the table of the ISA
 * level. */
#include <string.h>

#include "kernel/cpu/seq.h"

#define CELL(name, level)                                                                          \
    frs__##name##_forward_##level, frs__##name##_backward_##level, frs__##name##_output_##level
#define MATH(level)                                                                                \
    {                                                                                              \
        .product = frs__seq_product_##level, .weight_grad = frs__seq_weight_grad_##level,          \
        .row_sums = frs__seq_row_sums_##level, .lane_sums = frs__seq_lane_sums_##level,            \
        .thin = frs__seq_thin_##level,                                                             \
        .cell = {[FRS_CELL_LSTM] = {CELL(lstm, level), false},                                     \
                 [FRS_CELL_GRU] = {CELL(gru, level), true},                                        \
                 [FRS_CELL_RNN_TANH] = {CELL(rnn_tanh, level), false},                             \
                 [FRS_CELL_RNN_RELU] = {CELL(rnn_relu, level), false},                             \
                 [FRS_CELL_EALSTM] = {CELL(ealstm, level), false}},                                \
    }
static const frs_seq_math math[] = {
    [FRS_ISA_SCALAR] = MATH(scalar),
#ifdef FRS_X86
    [FRS_ISA_AVX2] = MATH(avx2),
    [FRS_ISA_AVX512] = MATH(avx512),
#endif
};
const frs_seq_math *frs__seq_math(frs_isa isa) {
    return &math[isa];
}

frs_seq_dims frs__seq_dims(const frs_seq_attr *attr, const frs_shape *x, const frs_shape *w_hh,
                           bool masked) {
    const frs_cell_dims *c = frs__cell_dims(attr->cell);
    frs_seq_dims d = {.B = x->dim[0], .T = x->dim[1], .F = x->dim[2], .H = w_hh->dim[1]};
    d.S = c->states;
    for (int k = 0; k < FRS_ROW_KINDS; k++) {
        d.n[k] = c->rows[k];
        d.R[k] = FRS_UP(c->rows[k] * d.H, FRS_SEQ_PANEL);
        d.rows += d.R[k];
    }
    d.A = frs__seq_acts(attr->cell, masked) * d.H;
    d.blocks = FRS_UP(d.B, FRS_SEQ_BLOCK) / FRS_SEQ_BLOCK;
    d.last_only = attr->last_only;
    d.reverse = attr->reverse;
    d.masked = masked;
    d.bfloat16 = attr->bfloat16;
    d.X16 = FRS_UP(d.F, FRS_AMX_ROWS);
    d.K16 = d.X16 + FRS_UP(d.H, FRS_AMX_ROWS);
    d.cell = c;
    d.kind = attr->cell;
    return d;
}

int64_t frs__seq_x_rows(const frs_seq_dims *d) {
    return d->R[FRS_ROWS_X] + d->R[FRS_ROWS_BOTH];
}
int64_t frs__seq_h_rows(const frs_seq_dims *d) {
    return d->R[FRS_ROWS_BOTH] + d->R[FRS_ROWS_H];
}

int64_t frs__seq_weight_row(const frs_seq_dims *d, int64_t row) {
    int k = 0;
    while (row >= d->R[k]) row -= d->R[k++];
    if (row >= d->n[k] * d->H) return -1;
    return (d->cell->first[k] + row % d->n[k]) * d->H + row / d->n[k];
}

int64_t frs__seq_time(const frs_seq_dims *d, int64_t step) {
    return d->reverse ? d->T - 1 - step : step;
}

bool frs__seq_hold(const frs_seq_mask *m, int64_t n, float *now, const float *before) {
    const frs_seq_block *b = m->block;
    bool any = false;
    for (int64_t lane = 0; lane < b->valid; lane++) {
        if (m->mask[(b->first + lane) * m->T + m->time] > 0) continue;
        any = true;
        for (int64_t i = lane; i < n * b->lanes; i += b->lanes) now[i] = before ? before[i] : 0;
    }
    return any;
}

frs_seq_block frs__seq_block(const frs_seq_dims *d, int64_t block) {
    frs_seq_block b = {.first = block * FRS_SEQ_BLOCK};
    b.valid = d->B - b.first < FRS_SEQ_BLOCK ? d->B - b.first : FRS_SEQ_BLOCK;
    b.lanes = FRS_UP(b.valid, FRS_SEQ_LANES);
    return b;
}

/* 4 x 4 in the vector registers that every target has. */
typedef float quad __attribute__((vector_size(16)));
static inline __attribute__((always_inline)) void transpose4(const float *src, int64_t ld,
                                                             float *dst, int64_t dst_ld) {
    quad r[4];
    for (int j = 0; j < 4; j++) memcpy(&r[j], src + j * ld, sizeof r[j]);
    quad a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
    quad b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
    quad c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
    quad e = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
    r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    r[2] = __builtin_shufflevector(b, e, 0, 1, 4, 5);
    r[3] = __builtin_shufflevector(b, e, 2, 3, 6, 7);
    for (int j = 0; j < 4; j++) memcpy(dst + j * dst_ld, &r[j], sizeof r[j]);
}

void frs__to_lanes(const float *src, int64_t ld, int64_t n, const frs_seq_block *b, float *dst) {
    const int64_t L = b->lanes;
    int64_t lane = 0;
    for (; lane + 4 <= b->valid; lane += 4) {
        const float *s = src + lane * ld;
        int64_t i = 0;
        for (; i + 4 <= n; i += 4) transpose4(s + i, ld, dst + i * L + lane, L);
        for (; i < n; i++)
            for (int j = 0; j < 4; j++) dst[i * L + lane + j] = s[j * ld + i];
    }
    for (; lane < L; lane++)
        for (int64_t i = 0; i < n; i++)
            dst[i * L + lane] = lane < b->valid ? src[lane * ld + i] : 0.0f;
}

void frs__fetch_rows(const float *src, int64_t ld, int64_t n, const frs_seq_block *b) {
    for (int64_t row = 0; row < b->valid; row++)
        for (int64_t i = 0; i < n; i += 16) __builtin_prefetch(src + row * ld + i, 0, 2);
}

void frs__from_lanes(const float *src, int64_t n, const frs_seq_block *b, float *dst, int64_t ld) {
    const int64_t L = b->lanes;
    int64_t lane = 0;
    for (; lane + 4 <= b->valid; lane += 4) {
        float *to = dst + lane * ld;
        int64_t i = 0;
        for (; i + 4 <= n; i += 4) transpose4(src + i * L + lane, L, to + i, ld);
        for (; i < n; i++)
            for (int j = 0; j < 4; j++) to[j * ld + i] = src[i * L + lane + j];
    }
    for (; lane < b->valid; lane++)
        for (int64_t i = 0; i < n; i++) dst[lane * ld + i] = src[i * L + lane];
}

int64_t frs__seq_panel(int64_t rows_left) {
    return rows_left < 12 ? rows_left : 12;
}
int64_t frs__seq_packed_count(int64_t rows, int64_t n) {
    return FRS_UP(rows, 4) * (1 + n);
}
int64_t frs__seq_line(int64_t n) {
    return FRS_UP(n, 16);
}

float *frs__seq_carve(float **p, int64_t n) {
    float *at = *p;
    *p += frs__seq_line(n);
    return at;
}
