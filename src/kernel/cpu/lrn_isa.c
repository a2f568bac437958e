/* Rows of local response normalisation (lrn.h): plain loops, which the compiler makes vectors of.
 */
#include "kernel/cpu/lrn.h"
#include "kernel/cpu/vec.h"
#include <math.h>

/* p = s^-beta. The usual exponents by roots. */
static void power(float *restrict p, const float *restrict s, int64_t n, double beta) {
    const float b = (float)-beta;
    if (beta == 0.75) {
        for (int64_t c = 0; c < n; c++) {
            const float r = 1 / sqrtf(s[c]);
            p[c] = r * sqrtf(r);
        }
    } else if (beta == 0.5) {
        for (int64_t c = 0; c < n; c++) p[c] = 1 / sqrtf(s[c]);
    } else if (beta == 1) {
        for (int64_t c = 0; c < n; c++) p[c] = 1 / s[c];
    } else {
        for (int64_t c = 0; c < n; c++) p[c] = powf(s[c], b);
    }
}

/* sum_c = v_c + .. + v_(c + size - 1) */
static void windows(float *restrict sum, const float *restrict v, int64_t n, int64_t size) {
    for (int64_t c = 0; c < n; c++) sum[c] = v[c];
    for (int64_t j = 1; j < size; j++)
        for (int64_t c = 0; c < n; c++) sum[c] += v[c + j];
}

void FRS_ISA_NAME(frs__lrn_rows)(const frs_lrn_rows *r) {
    const int64_t C = r->C, size = r->attr->size, before = size / 2;
    const float k = (float)r->attr->k, scale = (float)(r->attr->alpha / (double)size);
    float *const squares = r->scratch, *const sum = squares + C + size;
    memset(squares, 0, (size_t)(C + size) * sizeof(float)); /* what stays 0 stands outside */
    for (int64_t row = r->first; row < r->end; row++) {
        const float *restrict x = r->x + row * C;
        float *restrict y = r->out + row * C;
        for (int64_t c = 0; c < C; c++) squares[before + c] = x[c] * x[c];
        windows(sum, squares, C, size);
        for (int64_t c = 0; c < C; c++) sum[c] = k + scale * sum[c];
        if (r->s) memcpy(r->s + row * C, sum, (size_t)C * sizeof(float));
        power(y, sum, C, r->attr->beta);
        for (int64_t c = 0; c < C; c++) y[c] *= x[c];
    }
}

void FRS_ISA_NAME(frs__lrn_back)(const frs_lrn_rows *r) {
    const int64_t C = r->C, size = r->attr->size, before = (size - 1) / 2;
    const float scale = (float)(2 * r->attr->alpha * r->attr->beta / (double)size);
    float *const term = r->scratch, *const sum = term + C + size;
    memset(term, 0, (size_t)(C + size) * sizeof(float));
    for (int64_t row = r->first; row < r->end; row++) {
        const float *restrict x = r->x + row * C, *restrict dy = r->dy + row * C;
        const float *restrict s = r->s_in + row * C;
        float *restrict dx = r->out + row * C, *restrict t = term + before;
        power(dx, s, C, r->attr->beta);
        for (int64_t c = 0; c < C; c++) {
            dx[c] *= dy[c];
            t[c] = dx[c] * x[c] / s[c];
        }
        windows(sum, term, C, size);
        for (int64_t c = 0; c < C; c++) dx[c] -= scale * x[c] * sum[c];
    }
}
