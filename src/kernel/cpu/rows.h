/* Broadcasting a row (the last axis) at a time: where a row begins is found once. */
#ifndef FRS_KERNEL_CPU_ROWS_H
#define FRS_KERNEL_CPU_ROWS_H
#include "op/elementwise.h"

static inline int64_t frs__last_axis(frs_shape s) {
    return s.rank ? s.dim[s.rank - 1] : 1;
}

/* Where the rows of `out` lie in `in`: from row to row `step` further, in a row `stride`, 0 or 1.
 */
typedef struct frs_rows {
    frs_shape out, in;
    int64_t row, step, stride; /* step -1: each has to be looked for */
} frs_rows;

static inline frs_rows frs__rows_of(frs_shape out, frs_shape in) {
    const int64_t n = frs_shape_count(in), row = frs__last_axis(out), last = frs__last_axis(in);
    const bool equal = n == frs_shape_count(out),
               column = last == 1 && n * row == frs_shape_count(out);
    return (frs_rows){out, in, row, equal ? row : column ? 1 : n == last ? 0 : -1, last > 1};
}

static inline int64_t frs__row_at(const frs_rows *r, int64_t number) {
    return r->step < 0 ? frs__broadcast_at(r->out, r->in, number * r->row) : number * r->step;
}

/* Elements before and after an axis. */
static inline void frs__around(frs_shape s, int axis, int64_t *outer, int64_t *inner) {
    *outer = *inner = 1;
    for (int k = 0; k < s.rank; k++)
        if (k != axis) *(k < axis ? outer : inner) *= s.dim[k];
}
#endif
