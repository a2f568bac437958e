/* The products of the sequence driver (seq.h). Batch rows are lanes: a register tile is 12 rows of
 * weights by 32 lanes (AVX-512), each weight spread over the lanes from memory. */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

#define NV 2 /* vectors of lanes in a tile */
#if VL == 16
#define MR 12
#define KR 6
#else
#define MR 6
#define KR 3
#endif

/* acc = bias or start; acc += W v. mr, nv are constants after inlining; the panel is `width` rows
 * wide. */
FRS_INLINE void tile(const frs_product *p, const float *w, int64_t lane, float *out, const int mr,
                     const int nv, const int64_t width) {
    vf acc[MR][NV];
    const float *start = p->start ? p->start + (out - p->out) + lane : NULL;
#pragma GCC unroll 12
    for (int j = 0; j < mr; j++)
#pragma GCC unroll 2
        for (int i = 0; i < nv; i++)
            acc[j][i] = start ? v_load(start + j * p->lanes + i * VL) : v_set(w[j]);
    w += width;
#pragma GCC unroll 2
    for (int s = 0; s < 2; s++) {
        const float *v = p->v[s] + lane;
        for (int64_t k = p->n[s]; k > 0; k--, w += width, v += p->lanes) {
            vf b[NV];
#pragma GCC unroll 2
            for (int i = 0; i < nv; i++) b[i] = v_load(v + i * VL);
#pragma GCC unroll 12
            for (int j = 0; j < mr; j++) {
                vf a = v_set(w[j]);
#pragma GCC unroll 2
                for (int i = 0; i < nv; i++) acc[j][i] = v_fma(a, b[i], acc[j][i]);
            }
        }
    }
#pragma GCC unroll 12
    for (int j = 0; j < mr; j++)
#pragma GCC unroll 2
        for (int i = 0; i < nv; i++) v_store(out + j * p->lanes + lane + i * VL, acc[j][i]);
}

FRS_INLINE void panel(const frs_product *p, const float *w, float *out, const int width) {
#if VL == 16
    if (p->lanes == 32)
        tile(p, w, 0, out, width, 2, width);
    else
        tile(p, w, 0, out, width, 1, width);
#else
    for (int64_t lane = 0; lane < p->lanes; lane += NV * VL) {
        if (width == 12) {
            tile(p, w, lane, out, 6, NV, width);
            tile(p, w + 6, lane, out + 6 * p->lanes, 6, NV, width);
        } else {
            for (int j = 0; j < width; j += 4)
                tile(p, w + j, lane, out + j * p->lanes, 4, NV, width);
        }
    }
#endif
}

void FRS_ISA_NAME(frs__seq_product)(const frs_product *p) {
    const float *w = p->packed;
    float *out = p->out;
    int64_t k = 1 + p->n[0] + p->n[1], r = p->rows;
    for (; r >= 12; r -= 12, w += 12 * k, out += 12 * p->lanes) panel(p, w, out, 12);
    if (r == 8)
        panel(p, w, out, 8);
    else if (r == 4)
        panel(p, w, out, 4);
}

/* 4 rows of d by kr of v over all steps and lanes. */
FRS_INLINE void grad_tile(const frs_weight_grad *p, int64_t r, int64_t k, float *out,
                          const int kr) {
    vf acc[KR][4] = {{{0}}};
    const float *d = p->d + r * p->lanes, *v = p->v + k * p->lanes;
    for (int64_t s = 0; s < p->steps; s++, d += p->d_stride, v += p->v_stride) {
        for (int64_t lane = 0; lane < p->lanes; lane += VL) {
            vf a[4];
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) a[j] = v_load(d + j * p->lanes + lane);
#pragma GCC unroll 6
            for (int i = 0; i < kr; i++) {
                vf b = v_load(v + i * p->lanes + lane);
#pragma GCC unroll 4
                for (int j = 0; j < 4; j++) acc[i][j] = v_fma(a[j], b, acc[i][j]);
            }
        }
    }
#pragma GCC unroll 6
    for (int i = 0; i < kr; i++) {
        vf4 sum = v_sum4(acc[i][0], acc[i][1], acc[i][2], acc[i][3]), old;
        memcpy(&old, out + i * 4, sizeof old);
        old += sum;
        memcpy(out + i * 4, &old, sizeof old);
    }
}

FRS_INLINE void grad_tiles(const frs_weight_grad *p, int64_t r, int64_t k) {
    float *out = p->out + r / 4 * p->out_stride + k * 4;
    switch (p->n - k) {
    case 1:
        grad_tile(p, r, k, out, 1);
        break;
#if KR > 2
    case 2:
        grad_tile(p, r, k, out, 2);
        break;
#endif
#if KR > 3
    case 3:
        grad_tile(p, r, k, out, 3);
        break;
    case 4:
        grad_tile(p, r, k, out, 4);
        break;
    case 5:
        grad_tile(p, r, k, out, 5);
        break;
#endif
    default:
        grad_tile(p, r, k, out, KR);
    }
}

/* Groups of rows whose steps fit the first cache beside a tile of v. */
void FRS_ISA_NAME(frs__seq_weight_grad)(const frs_weight_grad *p) {
    int64_t group = 24 * 1024 / (16 * p->lanes * p->steps + 1) * 4;
    if (group < 4) group = 4;
    for (int64_t r0 = 0; r0 < p->rows; r0 += group) {
        int64_t r1 = r0 + group < p->rows ? r0 + group : p->rows;
        for (int64_t k = 0; k < p->n; k += KR)
            for (int64_t r = r0; r < r1; r += 4) grad_tiles(p, r, k);
    }
}

void FRS_ISA_NAME(frs__seq_row_sums)(const frs_weight_grad *p) {
    for (int64_t r = 0; r < p->rows; r += 4) {
        const float *d = p->d + r * p->lanes;
        vf acc[4] = {{0}};
        for (int64_t s = 0; s < p->steps; s++, d += p->d_stride)
            for (int64_t lane = 0; lane < p->lanes; lane += VL)
                for (int j = 0; j < 4; j++) acc[j] += v_load(d + j * p->lanes + lane);
        vf4 sum = v_sum4(acc[0], acc[1], acc[2], acc[3]), old;
        memcpy(&old, p->out + r, sizeof old);
        old += sum;
        memcpy(p->out + r, &old, sizeof old);
    }
}

void FRS_ISA_NAME(frs__seq_lane_sums)(const frs_weight_grad *p) {
    for (int64_t i = 0; i < p->rows * p->lanes; i += VL) {
        vf sum = v_load(p->out + i);
        for (int64_t s = 0; s < p->steps; s++) sum += v_load(p->d + s * p->d_stride + i);
        v_store(p->out + i, sum);
    }
}

/* Four dot products of rows `n` apart with x [n], added to acc lane by lane. */
FRS_INLINE void dot4(const float *w, const float *x, int64_t n, vf acc[4]) {
    int64_t k = 0;
    for (; k + VL <= n; k += VL) {
        vf b = v_load(x + k);
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) acc[j] = v_fma(v_load(w + j * n + k), b, acc[j]);
    }
    if (k == n) return;
    vf b = v_load_part(x + k, n - k);
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) acc[j] = v_fma(v_load_part(w + j * n + k, n - k), b, acc[j]);
}

/* The two parts of a row's sum, either of which may be absent. Four rows; then the last ones alone.
 */
FRS_INLINE vf4 part4(const float *w, const float *bias, const float *v, int64_t r, int64_t n,
                     vf acc[4]) {
    vf4 sum = {0};
    if (!w) return sum;
    dot4(w + r * n, v, n, acc);
    memcpy(&sum, bias + r, sizeof sum);
    return sum;
}
FRS_INLINE float part(const float *w, const float *bias, const float *v, int64_t r, int64_t n) {
    if (!w) return 0;
    float sum = bias[r];
    for (int64_t k = 0; k < n; k++) sum += w[r * n + k] * v[k];
    return sum;
}

void FRS_ISA_NAME(frs__seq_thin)(const frs_thin *p) {
    int64_t r = 0;
    for (; r + 4 <= p->rows; r += 4) {
        vf acc[4] = {{0}};
        vf4 sum = part4(p->wa, p->bias_a, p->a, r, p->na, acc);
        sum += part4(p->wb, p->bias_b, p->b, r, p->nb, acc);
        sum += v_sum4(acc[0], acc[1], acc[2], acc[3]);
        memcpy(p->out + r, &sum, sizeof sum);
    }
    for (; r < p->rows; r++)
        p->out[r] = part(p->wa, p->bias_a, p->a, r, p->na) + part(p->wb, p->bias_b, p->b, r, p->nb);
}

/* The vector functions alone, for their test: curve 0 exp, 1 sigmoid, 2 tanh; n a multiple of 16.
 */
void FRS_ISA_NAME(frs__seq_curve)(int curve, int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += VL) {
        vf v = v_load(x + i);
        v_store(y + i, curve == 0 ? v_exp(v) : curve == 1 ? v_sigmoid(v) : v_tanh(v));
    }
}
