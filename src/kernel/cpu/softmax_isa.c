/* Softmax and its logarithm (source: op/softmax.c, op/log_softmax.c), along rows and side by side
 * in columns. */
#include "kernel/cpu/softmax.h"
#include "kernel/cpu/vec.h"
#include <math.h>

FRS_INLINE vf pick(vi which, vf yes, vf no) {
    return (vf)((which & (vi)yes) | (~which & (vi)no));
}

/* Lanes that hold one of the n elements left, and count. */
FRS_INLINE vi counted(const frs_softmax_part *p, int64_t i, int64_t n) {
    static const int32_t numbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    vi lane, there;
    memcpy(&lane, numbers, sizeof lane);
    there = lane < (int32_t)(n < VL ? n : VL) - (vi){0};
    if (!p->mask) return there;
    if (!p->mask_step) return p->mask[0] > 0 ? there : (vi){0};
    return there & (vi)((n < VL ? v_load_part(p->mask + i, n) : v_load(p->mask + i)) > v_set(0));
}

FRS_INLINE vf read(const float *x, int64_t n) {
    return n < VL ? v_load_part(x, n) : v_load(x);
}
FRS_INLINE void write(float *y, vf v, int64_t n) {
    if (n < VL)
        memcpy(y, &v, (size_t)n * sizeof *y);
    else
        v_store(y, v);
}

void FRS_ISA_NAME(frs__softmax_row)(const frs_softmax_part *p) {
    vf large = v_set(-INFINITY), total = {0};
    for (int64_t i = 0; i < p->n; i += VL) { /* a NaN is not larger */
        const vf x = read(p->x + i, p->n - i);
        large = pick(counted(p, i, p->n - i) & (vi)(x > large), x, large);
    }
    float most = large[0], sum = 0;
    for (int k = 1; k < VL; k++) most = large[k] > most ? large[k] : most;
    for (int64_t i = 0; i < p->n; i += VL) {
        const vf e = v_exp(read(p->x + i, p->n - i) - most);
        const vf y = pick(counted(p, i, p->n - i), e, (vf){0});
        total += y;
        if (!p->log) write(p->y + i, y, p->n - i);
    }
    for (int k = 0; k < VL; k++) sum += total[k];
    const float down = p->log ? most + logf(sum) : 0;
    for (int64_t i = 0; i < p->n; i += VL) {
        const vf y = p->log
                         ? read(p->x + i, p->n - i) - down
                         : pick(counted(p, i, p->n - i), read(p->y + i, p->n - i) / sum, (vf){0});
        write(p->y + i, y, p->n - i);
    }
}

/* VL columns, or the w that are left. */
FRS_INLINE void some_columns(const frs_softmax_part *p, int64_t first, int64_t w) {
    vf large = v_set(-INFINITY), sum = {0}, down = {0};
    const float *x = p->x + first;
    float *y = p->y + first;
    for (int64_t i = 0; i < p->n; i++) {
        const vf v = read(x + i * p->inner, w);
        large = pick((vi)(v > large), v, large);
    }
    for (int64_t i = 0; i < p->n; i++) {
        const vf e = v_exp(read(x + i * p->inner, w) - large);
        sum += e;
        if (!p->log) write(y + i * p->inner, e, w);
    }
    for (int k = 0; k < VL && p->log; k++) down[k] = large[k] + logf(sum[k]);
    for (int64_t i = 0; i < p->n; i++)
        write(y + i * p->inner,
              p->log ? read(x + i * p->inner, w) - down : read(y + i * p->inner, w) / sum, w);
}

void FRS_ISA_NAME(frs__softmax_columns)(const frs_softmax_part *p) {
    for (int64_t k = 0; k < p->columns; k += VL) some_columns(p, k, p->columns - k);
}
