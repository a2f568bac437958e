/* The loops of row_list.def, and sums of columns. The compiler makes vectors of the former: a step
 * that it knows. */
#include "kernel/cpu/row.h"
#include "kernel/cpu/vec.h"
#include <math.h>

#define START                                                                                      \
    const int64_t n = r->n;                                                                        \
    const float a = r->a, c = r->c;                                                                \
    float *restrict out = r->out;                                                                  \
    (void)a, (void)c;

#define FRS_ROW0(name, work, VALUE)                                                                \
    void FRS_ISA_NAME(frs__row_##name)(const frs_row *r) {                                         \
        START                                                                                      \
        for (int64_t i = 0; i < n; i++) out[i] = (VALUE);                                          \
    }

#define FRS_ROW1(name, work, VALUE)                                                                \
    FRS_INLINE void name##_row(const frs_row *r, int64_t dx) {                                     \
        START                                                                                      \
        const float *restrict px = r->in[0];                                                       \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const float x = px[i * dx];                                                            \
            out[i] = (VALUE);                                                                      \
        }                                                                                          \
    }                                                                                              \
    void FRS_ISA_NAME(frs__row_##name)(const frs_row *r) {                                         \
        if (r->step[0])                                                                            \
            name##_row(r, 1);                                                                      \
        else                                                                                       \
            name##_row(r, 0);                                                                      \
    }

#define FRS_ROW2(name, work, VALUE)                                                                \
    FRS_INLINE void name##_row(const frs_row *r, int64_t dx, int64_t dy) {                         \
        START                                                                                      \
        const float *restrict px = r->in[0], *restrict py = r->in[1];                              \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const float x = px[i * dx], y = py[i * dy];                                            \
            out[i] = (VALUE);                                                                      \
        }                                                                                          \
    }                                                                                              \
    void FRS_ISA_NAME(frs__row_##name)(const frs_row *r) {                                         \
        if (r->step[0] && r->step[1])                                                              \
            name##_row(r, 1, 1);                                                                   \
        else if (r->step[0])                                                                       \
            name##_row(r, 1, 0);                                                                   \
        else                                                                                       \
            name##_row(r, 0, r->step[1]);                                                          \
    }

#define FRS_ROW3(name, work, VALUE)                                                                \
    FRS_INLINE void name##_row(const frs_row *r, int64_t dx, int64_t dy, int64_t dz) {             \
        START                                                                                      \
        const float *restrict px = r->in[0], *restrict py = r->in[1], *restrict pz = r->in[2];     \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const float x = px[i * dx], y = py[i * dy], z = pz[i * dz];                            \
            out[i] = (VALUE);                                                                      \
        }                                                                                          \
    }                                                                                              \
    void FRS_ISA_NAME(frs__row_##name)(const frs_row *r) {                                         \
        if (r->step[0] && r->step[1] && r->step[2])                                                \
            name##_row(r, 1, 1, 1);                                                                \
        else                                                                                       \
            name##_row(r, r->step[0], r->step[1], r->step[2]);                                     \
    }
#define FRS_ROW1_SCALED FRS_ROW1
#include "kernel/cpu/row_list.def"

void FRS_ISA_NAME(frs__sum_columns)(const frs_columns *c, double *acc) {
    for (int64_t first = 0; first < c->n_rows; first += FRS_SUM_ROWS) {
        const int64_t end = first + FRS_SUM_ROWS < c->n_rows ? first + FRS_SUM_ROWS : c->n_rows;
        for (int64_t i = 0; i < c->width; i += VL) {
            const int64_t left = c->width - i;
            float sum[VL];
            vf s = v_set(0);
            for (int64_t row = first; row < end; row++)
                s += v_load_some(c->x + row * c->stride + i, left);
            v_store(sum, s);
            for (int64_t k = 0; k < left && k < VL; k++) acc[i + k] += (double)sum[k];
        }
    }
}
