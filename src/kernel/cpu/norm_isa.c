/* Stretches of rows that have lanes of channels (norm.h). Sums are in float over a few rows, then
 * in double. */
#include "kernel/cpu/norm.h"
#include "kernel/cpu/vec.h"

enum { ROWS = 32, NV = 4 }; /* rows summed in float; vectors at a time */

/* A tile: rows from x on, n lanes (whole: nv vectors of them). */
typedef struct tile {
    const frs_norm_span *s;
    int64_t first, rows, lane, n;
} tile;

FRS_INLINE vf load(const float *p, int64_t n, const bool whole) {
    return whole ? v_load(p) : v_load_part(p, n);
}
FRS_INLINE void store(float *p, vf v, int64_t n, const bool whole) {
    if (whole)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}
FRS_INLINE vf load_at(const float *p, const tile *t, int64_t row, int i, const bool whole) {
    return load(p + (t->first + row) * t->s->width + t->lane + i * VL, t->n, whole);
}

/* ---- moments: about the mean of the tile's own rows, then joined to what was before (Chan et al.
 * 1983, doi:10.1080/00031305.1983.10483115) */
FRS_INLINE void join(const tile *t, int nv, const vf *m, const vf *e, const vf *q) {
    float near[NV * VL] = {0}, off[NV * VL] = {0}, square[NV * VL] = {0};
    const int64_t lanes = nv == 1 ? t->n : nv * VL;
    const double n = (double)t->rows, before = (double)t->first, share = n / (n + before);
    double *mean = t->s->sum + t->lane, *squares = t->s->squares + t->lane;
    for (int i = 0; i < nv; i++) {
        v_store(near + i * VL, m[i]);
        v_store(off + i * VL, e[i]);
        v_store(square + i * VL, q[i]);
    }
    for (int64_t j = 0; j < lanes; j++) {
        const double own = (double)near[j] + (double)off[j] / n, far = own - mean[j];
        mean[j] += far * share;
        squares[j] += (double)square[j] - (double)off[j] * (double)off[j] / n;
        squares[j] += far * far * before * share;
    }
}

FRS_INLINE void moments_tile(const tile *t, const int nv, const bool whole) {
    vf m[NV] = {{0}}, e[NV] = {{0}}, q[NV] = {{0}};
    for (int64_t r = 0; r < t->rows; r++)
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) m[i] += load_at(t->s->x, t, r, i, whole);
    for (int i = 0; i < nv; i++) m[i] *= v_set(1 / (float)t->rows);
    for (int64_t r = 0; r < t->rows; r++)
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) {
            const vf d = load_at(t->s->x, t, r, i, whole) - m[i];
            e[i] += d;
            q[i] = v_fma(d, d, q[i]);
        }
    join(t, nv, m, e, q);
}

/* ---- sums of the gradient */
FRS_INLINE void add(double *to, const vf *v, int nv, int64_t n) {
    float one[NV * VL] = {0};
    for (int i = 0; i < nv; i++) v_store(one + i * VL, v[i]);
    for (int64_t j = 0; j < (nv == 1 ? n : nv * VL); j++) to[j] += (double)one[j];
}

FRS_INLINE vf d_at(const tile *t, int64_t r, int i, const bool whole) {
    const vf d = load_at(t->s->dy, t, r, i, whole);
    if (!t->s->y) return d;
    return v_pick(load_at(t->s->y, t, r, i, whole) <= (vf){0}, (vf){0}, d);
}

FRS_INLINE void sums_tile(const tile *t, const int nv, const bool whole) {
    vf sum[NV] = {{0}}, q[NV] = {{0}}, mean[NV];
    for (int i = 0; i < nv; i++) mean[i] = load(t->s->mean + t->lane + i * VL, t->n, whole);
    for (int64_t r = 0; r < t->rows; r++)
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) {
            const vf d = d_at(t, r, i, whole);
            sum[i] += d;
            q[i] = v_fma(d, load_at(t->s->x, t, r, i, whole) - mean[i], q[i]);
        }
    add(t->s->sum + t->lane, sum, nv, t->n);
    add(t->s->squares + t->lane, q, nv, t->n);
}

/* ---- all the tiles of a span */
enum { MOMENTS, SUMS };
FRS_INLINE void one_tile(const tile *t, const int kind, const int nv, const bool whole) {
    if (kind == MOMENTS)
        moments_tile(t, nv, whole);
    else
        sums_tile(t, nv, whole);
}

FRS_INLINE void tiles_of(tile t, int64_t lanes, const int kind) {
    for (t.n = VL; t.lane + NV * VL <= lanes; t.lane += NV * VL) one_tile(&t, kind, NV, true);
    for (; t.lane + VL <= lanes; t.lane += VL) one_tile(&t, kind, 1, true);
    t.n = lanes - t.lane;
    if (t.n > 0) one_tile(&t, kind, 1, false);
}

FRS_INLINE void tiles(const frs_norm_span *s, const int kind) {
    for (int64_t j = 0; j < s->width; j++) s->sum[j] = s->squares[j] = 0;
    for (int64_t row = 0; row < s->rows; row += ROWS) {
        const int64_t n = s->rows - row < ROWS ? s->rows - row : ROWS;
        tiles_of((tile){.s = s, .first = row, .rows = n}, s->width, kind);
    }
    if (s->rest) tiles_of((tile){.s = s, .first = s->rows, .rows = 1}, s->rest, kind);
}

void FRS_ISA_NAME(frs__norm_moments)(const frs_norm_span *s) {
    tiles(s, MOMENTS);
}
void FRS_ISA_NAME(frs__norm_grad_sums)(const frs_norm_span *s) {
    tiles(s, SUMS);
}

/* ---- value by value */
FRS_INLINE void apply_part(const frs_norm_span *s, int64_t at, int64_t lane, int64_t n,
                           const bool whole) {
    const vf e = load(s->x + at, n, whole) - load(s->mean + lane, n, whole);
    vf y = v_fma(e, load(s->a + lane, n, whole), load(s->b + lane, n, whole));
    if (s->relu) y = v_max(y, (vf){0});
    store(s->out + at, y, n, whole);
}

FRS_INLINE void grad_part(const frs_norm_span *s, int64_t at, int64_t lane, int64_t n,
                          const bool whole) {
    const vf e = load(s->x + at, n, whole) - load(s->mean + lane, n, whole);
    vf d = load(s->dy + at, n, whole);
    if (s->y) d = v_pick(load(s->y + at, n, whole) <= (vf){0}, (vf){0}, d);
    const vf c = v_fma(e, load(s->b + lane, n, whole), load(s->c + lane, n, whole));
    store(s->out + at, v_fma(d, load(s->a + lane, n, whole), c), n, whole);
}

FRS_INLINE void row_of(const frs_norm_span *s, int64_t row, int64_t lanes, const bool back) {
    const int64_t at = row * s->width;
    int64_t lane = 0;
    for (; lane + VL <= lanes; lane += VL)
        if (back)
            grad_part(s, at + lane, lane, VL, true);
        else
            apply_part(s, at + lane, lane, VL, true);
    if (lane == lanes) return;
    if (back)
        grad_part(s, at + lane, lane, lanes - lane, false);
    else
        apply_part(s, at + lane, lane, lanes - lane, false);
}

FRS_INLINE void rows_of(const frs_norm_span *s, const bool back) {
    for (int64_t row = 0; row < s->rows; row++) row_of(s, row, s->width, back);
    if (s->rest) row_of(s, s->rows, s->rest, back);
}

void FRS_ISA_NAME(frs__norm_apply)(const frs_norm_span *s) {
    rows_of(s, false);
}
void FRS_ISA_NAME(frs__norm_grad_apply)(const frs_norm_span *s) {
    rows_of(s, true);
}
