/* Rows normalised each by itself (norm.h): layer norm and RMS norm. */
#include "kernel/cpu/norm.h"
#include "kernel/cpu/vec.h"
#include <math.h>

enum { NV = 4, LONG = 4096, ROWS = 64 }; /* sums in float over so many values, so many rows */

FRS_INLINE vf load(const float *p, int64_t n) {
    return n >= VL ? v_load(p) : v_load_part(p, n);
}
FRS_INLINE void store(float *p, vf v, int64_t n) {
    if (n >= VL)
        v_store(p, v);
    else
        v_store_part(p, v, n);
}

FRS_INLINE double total(const vf *sum) {
    const vf4 s = v_sum4(sum[0], sum[1], sum[2], sum[3]);
    return ((double)s[0] + (double)s[1]) + ((double)s[2] + (double)s[3]);
}

/* x - by in the first n lanes, 0 in the others. */
FRS_INLINE vf off(const float *x, vf by, int64_t n) {
    vf d = load(x, n) - by;
    if (n < VL) {
        float lanes[VL] = {0};
        v_store_part(lanes, d, n);
        d = v_load(lanes);
    }
    return d;
}

/* The two sums of a stretch, each in NV vectors. */
typedef struct sums {
    vf one[NV], two[NV];
} sums;

/* STEP(sums *s, int i, int64_t k, int64_t n): the values k .. of a stretch, n or VL of them. */
#define EACH_VECTOR(s, first, end, STEP, ...)                                                      \
    {                                                                                              \
        int64_t k_ = first;                                                                        \
        for (; k_ + NV * VL <= end; k_ += NV * VL)                                                 \
            _Pragma("GCC unroll 4") for (int i_ = 0; i_ < NV; i_++)                                \
                STEP(s, i_, k_ + i_ * VL, VL, __VA_ARGS__);                                        \
        for (; k_ < end; k_ += VL) STEP(s, 0, k_, end - k_, __VA_ARGS__);                          \
    }

FRS_INLINE void sum_step(sums *s, int i, int64_t k, int64_t n, const float *x) {
    s->one[i] += load(x + k, n);
}

static double sum_of(const float *x, int64_t n) {
    double sum = 0;
    for (int64_t first = 0; first < n; first += LONG) {
        const int64_t end = first + LONG < n ? first + LONG : n;
        sums s = {{{0}}, {{0}}};
        EACH_VECTOR(&s, first, end, sum_step, x)
        sum += total(s.one);
    }
    return sum;
}

FRS_INLINE void about_step(sums *s, int i, int64_t k, int64_t n, const float *x, vf by) {
    const vf d = off(x + k, by, n);
    s->one[i] += d;
    s->two[i] = v_fma(d, d, s->two[i]);
}

/* Sums of x - m and of its squares. */
static void sums_about(const float *x, float m, int64_t n, double *e, double *q) {
    const vf by = v_set(m);
    *e = *q = 0;
    for (int64_t first = 0; first < n; first += LONG) {
        const int64_t end = first + LONG < n ? first + LONG : n;
        sums s = {{{0}}, {{0}}};
        EACH_VECTOR(&s, first, end, about_step, x, by)
        *e += total(s.one);
        *q += total(s.two);
    }
}

static void one_row(const frs_norm_rows *p, int64_t row) {
    const int64_t K = p->K;
    const float *x = p->x + row * K;
    const double n = (double)K, near = p->rms ? 0 : sum_of(x, K) / n;
    double e, q;
    sums_about(x, (float)near, K, &e, &q);
    if (p->rms) e = 0;
    const double mean = p->rms ? 0 : (double)(float)near + e / n, var = (q - e * e / n) / n;
    const float rstd = (float)(1 / sqrt((var < 0 ? 0 : var) + p->eps));
    const vf by = v_set((float)mean), scale = v_set(rstd);
    for (int64_t k = 0; k < K; k += VL) {
        vf y = (load(x + k, K - k) - by) * scale;
        if (p->gamma) y *= load(p->gamma + k, K - k);
        if (p->beta) y += load(p->beta + k, K - k);
        store(p->out + row * K + k, y, K - k);
    }
    if (p->mean) p->mean[row] = (float)mean;
    if (p->rstd) p->rstd[row] = rstd;
}

void FRS_ISA_NAME(frs__norm_rows)(const frs_norm_rows *p) {
    for (int64_t row = p->first; row < p->end; row++) one_row(p, row);
}

/* ---- gradient */

FRS_INLINE void back_step(sums *s, int i, int64_t k, int64_t n, const frs_norm_rows *p,
                          int64_t row) {
    const int64_t K = p->K;
    const vf by = v_set(p->rms ? 0 : p->mean_in[row]), rstd = v_set(p->rstd_in[row]);
    const vf d = load(p->dy + row * K + k, n), e = load(p->x + row * K + k, n) - by;
    const vf h = p->gamma ? d * load(p->gamma + k, n) : d; /* 0 beyond the row */
    s->one[i] += h;
    s->two[i] = v_fma(h, e, s->two[i]);
    store(p->some + k, v_fma(d, e * rstd, load(p->some + k, n)), n);
    store(p->some + K + k, d + load(p->some + K + k, n), n);
}

/* sum = sum h, q = sum h (x - mean); and the row's share of the weights' gradients. */
static void row_sums(const frs_norm_rows *p, int64_t row, double *sum, double *q) {
    *sum = *q = 0;
    for (int64_t first = 0; first < p->K; first += LONG) {
        const int64_t end = first + LONG < p->K ? first + LONG : p->K;
        sums s = {{{0}}, {{0}}};
        EACH_VECTOR(&s, first, end, back_step, p, row)
        *sum += total(s.one);
        *q += total(s.two);
    }
}

static void row_back(const frs_norm_rows *p, int64_t row) {
    const int64_t K = p->K;
    double s, q;
    row_sums(p, row, &s, &q);
    if (!p->out) return;
    const float *x = p->x + row * K, *dy = p->dy + row * K;
    const double n = (double)K, r = p->rstd_in[row];
    const vf by = v_set(p->rms ? 0 : p->mean_in[row]), scale = v_set((float)r);
    const vf b = v_set((float)(-r * r * r * q / n)), c = v_set(p->rms ? 0 : (float)(-r * s / n));
    for (int64_t k = 0; k < K; k += VL) {
        const vf d = load(dy + k, K - k), h = p->gamma ? d * load(p->gamma + k, K - k) : d;
        const vf e = load(x + k, K - k) - by;
        store(p->out + row * K + k, v_fma(h, scale, v_fma(e, b, c)), K - k);
    }
}

static void flush(const frs_norm_rows *p) {
    for (int64_t k = 0; k < p->K; k++) {
        p->dgamma[k] += (double)p->some[k];
        p->dbeta[k] += (double)p->some[p->K + k];
    }
    memset(p->some, 0, (size_t)(2 * p->K) * sizeof(float));
}

void FRS_ISA_NAME(frs__norm_rows_back)(const frs_norm_rows *p) {
    memset(p->some, 0, (size_t)(2 * p->K) * sizeof(float));
    for (int64_t k = 0; k < p->K; k++) p->dgamma[k] = p->dbeta[k] = 0;
    for (int64_t row = p->first; row < p->end; row++) {
        row_back(p, row);
        if ((row - p->first) % ROWS == ROWS - 1) flush(p);
    }
    flush(p);
}
