/* The products of the sequence driver (seq.h). Batch rows are lanes: a register tile is 12 rows of
 * weights by 32 lanes (AVX-512), each weight spread over the lanes from memory. */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

#define NV    2   /* vectors of lanes in a tile */
#define PIECE 192 /* values of v a lane that stay in the first cache beside the weights */
#if VL == 16
#define MR 12
#else
#define MR 6
#endif

/* acc = bias, or what is there already; acc += W v. mr, nv, more are constants after inlining; the
 * panel is `width` rows wide. w: where the biases are, or with more the first weights. */
FRS_INLINE void tile(const frs_product *p, const float *w, int64_t lane, float *out, const int mr,
                     const int nv, const int64_t width, const bool more) {
    vf acc[MR][NV];
#pragma GCC unroll 12
    for (int j = 0; j < mr; j++)
#pragma GCC unroll 2
        for (int i = 0; i < nv; i++)
            acc[j][i] = more ? v_load(out + j * p->lanes + lane + i * VL) : v_set(w[j]);
    if (!more) w += width;
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

FRS_INLINE void panel(const frs_product *p, const float *w, float *out, const int width,
                      const bool more) {
#if VL == 16
    if (p->lanes == 32)
        tile(p, w, 0, out, width, 2, width, more);
    else
        tile(p, w, 0, out, width, 1, width, more);
#else
    for (int64_t lane = 0; lane < p->lanes; lane += NV * VL) {
        if (width == 12) {
            tile(p, w, lane, out, 6, NV, width, more);
            tile(p, w + 6, lane, out + 6 * p->lanes, 6, NV, width, more);
        } else {
            for (int j = 0; j < width; j += 4)
                tile(p, w + j, lane, out + j * p->lanes, 4, NV, width, more);
        }
    }
#endif
}

/* All rows; a panel holds K values a row, of which `skip` come before those that are meant. */
FRS_INLINE void panels(const frs_product *p, int64_t K, int64_t skip, const bool more) {
    const float *w = p->packed;
    float *out = p->out;
    int64_t r = p->rows;
    for (; r >= 12; r -= 12, w += 12 * K, out += 12 * p->lanes)
        panel(p, w + 12 * skip, out, 12, more);
    if (r == 8)
        panel(p, w + 8 * skip, out, 8, more);
    else if (r == 4)
        panel(p, w + 4 * skip, out, 4, more);
}

/* A long v is taken piece by piece, so that a piece stays in the first cache for all rows. */
void FRS_ISA_NAME(frs__seq_product)(const frs_product *p) {
    const int64_t K = 1 + p->n[0] + p->n[1];
    if (p->n[1] > 0 || p->n[0] <= PIECE + PIECE / 2) {
        panels(p, K, 0, false);
        return;
    }
    frs_product part = *p;
    for (int64_t k = 0; k < p->n[0]; k += PIECE) {
        part.v[0] = p->v[0] + k * p->lanes;
        part.n[0] = p->n[0] - k < PIECE ? p->n[0] - k : PIECE;
        if (k == 0)
            panels(&part, K, 0, false);
        else
            panels(&part, K, 1 + k, true);
    }
}

/* mr rows of d by nv vectors of columns over all steps and lanes; k: column in its tile. */
FRS_INLINE void grad_tile(const frs_weight_grad *p, int64_t r, const float *v, float *out,
                          const int mr, const int nv) {
    vf acc[MR][NV];
#pragma GCC unroll 12
    for (int j = 0; j < mr; j++)
#pragma GCC unroll 2
        for (int i = 0; i < nv; i++) acc[j][i] = v_load(out + j * p->out_ld + i * VL);
    const int64_t L = p->lanes;
    const float *d = p->d + r * L;
    for (int64_t s = 0; s < p->steps; s++, d += p->d_stride)
        for (int64_t lane = 0; lane < L; lane++, v += FRS_SEQ_TILE) {
            vf b[NV];
#pragma GCC unroll 2
            for (int i = 0; i < nv; i++) b[i] = v_load(v + i * VL);
#pragma GCC unroll 12
            for (int j = 0; j < mr; j++) {
                vf a = v_set(d[j * L + lane]);
#pragma GCC unroll 2
                for (int i = 0; i < nv; i++) acc[j][i] = v_fma(a, b[i], acc[j][i]);
            }
        }
#pragma GCC unroll 12
    for (int j = 0; j < mr; j++)
#pragma GCC unroll 2
        for (int i = 0; i < nv; i++) v_store(out + j * p->out_ld + i * VL, acc[j][i]);
}

/* mr rows: their d stay in the first cache while the columns pass by. */
FRS_INLINE void grad_rows(const frs_weight_grad *p, int64_t r, const int mr) {
    float *out = p->out + r * p->out_ld;
    for (int64_t tile = p->first_k / FRS_SEQ_TILE * FRS_SEQ_TILE; tile < p->end_k;
         tile += FRS_SEQ_TILE) {
        const float *v = p->v + tile / FRS_SEQ_TILE * p->v_tile;
        int64_t k = 0, n = p->end_k - tile < FRS_SEQ_TILE ? p->end_k - tile : FRS_SEQ_TILE;
        for (; k < n; k += NV * VL) {
            if (n - k > VL)
                grad_tile(p, r, v + k, out + tile + k, mr, NV);
            else
                grad_tile(p, r, v + k, out + tile + k, mr, 1);
        }
    }
}

void FRS_ISA_NAME(frs__seq_weight_grad)(const frs_weight_grad *p) {
    int64_t r = 0;
    for (; r + MR <= p->rows; r += MR) grad_rows(p, r, MR);
    for (; r + 4 <= p->rows; r += 4) grad_rows(p, r, 4);
    for (; r < p->rows; r += 2) grad_rows(p, r, 2);
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

/* Four dot products of rows `n` apart with x [n]. */
FRS_INLINE vf4 dot4(const float *w, const float *x, int64_t n) {
    vf acc[4] = {{0}};
    int64_t k = 0;
    for (; k + VL <= n; k += VL) {
        vf b = v_load(x + k);
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) acc[j] = v_fma(v_load(w + j * n + k), b, acc[j]);
    }
    vf4 sum = v_sum4(acc[0], acc[1], acc[2], acc[3]);
    for (; k < n; k++) sum += (vf4){w[k], w[n + k], w[2 * n + k], w[3 * n + k]} * x[k];
    return sum;
}

/* The two parts of a row's sum, either of which may be absent. Four rows; then the last ones alone.
 */
FRS_INLINE vf4 part4(const float *w, const float *bias, const float *v, int64_t r, int64_t n) {
    vf4 sum = {0};
    if (!w) return sum;
    memcpy(&sum, bias + r, sizeof sum);
    return sum + dot4(w + r * n, v, n);
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
        const vf4 sum =
            part4(p->wa, p->bias_a, p->a, r, p->na) + part4(p->wb, p->bias_b, p->b, r, p->nb);
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
