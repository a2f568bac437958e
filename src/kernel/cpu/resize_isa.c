/* Linear resizing (source: op/resize.c): down the rows first, then across, so that each large row
 * mixes its two (in a volume four) small ones once. */
#include "kernel/cpu/resize.h"
#include "kernel/cpu/vec.h"

/* Channels behind each other wherever they are all of them: one long row. */
FRS_INLINE void as_one(const frs_resize_rows *r, int64_t small, int64_t *pixels, int64_t *n) {
    const bool whole = r->n == r->far;
    *pixels = whole ? 1 : small;
    *n = whole ? small * r->n : r->n;
}

void FRS_ISA_NAME(frs__resize_mix)(const frs_resize_rows *r, int64_t small) {
    int64_t pixels, n;
    as_one(r, small, &pixels, &n);
    for (int64_t p = 0; p < pixels; p++) {
        float *restrict to = r->packed + p * n;
        for (int k = 0; k < r->n_in; k++) {
            const float *restrict from = r->in[k] + p * r->far, share = r->share[k];
            for (int64_t i = 0; i < n; i++) to[i] = (k ? to[i] : 0) + share * from[i];
        }
    }
}

void FRS_ISA_NAME(frs__resize_unmix)(const frs_resize_rows *r, int64_t small, float *const to[4]) {
    int64_t pixels, n;
    as_one(r, small, &pixels, &n);
    for (int64_t p = 0; p < pixels; p++) {
        const float *restrict from = r->packed + p * n;
        for (int k = 0; k < r->n_in; k++) {
            float *restrict put = to[k] + p * r->far;
            for (int64_t i = 0; i < n; i++) put[i] += r->share[k] * from[i];
        }
    }
}

void FRS_ISA_NAME(frs__resize_spread)(const frs_resize_rows *r, float *to) {
    for (int64_t w = 0; w < r->W; w++) {
        const frs_resize_from *f = &r->across[w];
        const float *restrict x = r->packed + f->at[0] * r->n, *restrict y =
                                                                   r->packed + f->at[1] * r->n;
        const float share = (float)f->share;
        float *restrict z = to + w * r->far;
        for (int64_t i = 0; i < r->n; i++) z[i] = (1 - share) * x[i] + share * y[i];
    }
}

void FRS_ISA_NAME(frs__resize_gather)(const frs_resize_rows *r, const float *from) {
    for (int64_t w = 0; w < r->W; w++) {
        const frs_resize_from *f = &r->across[w];
        const float share = (float)f->share;
        const float *restrict d = from + w * r->far;
        float *x = r->packed + f->at[0] * r->n, *y = r->packed + f->at[1] * r->n;
        for (int64_t i = 0; i < r->n; i++) x[i] += (1 - share) * d[i];
        for (int64_t i = 0; i < r->n; i++) y[i] += share * d[i];
    }
}
