/* Holm's step-down correction: the chance that any of m claims is false stays below the level.
 *     p sorted ascending: p'_(k) = max over j <= k of min(1, (m - j + 1) p_(j)), j from 1
 * source: Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70,
 * https://www.jstor.org/stable/4615733 */
#include "verify/score.h"
#include <math.h>
#include <stdlib.h>

typedef struct claim {
    double p;
    int64_t at;
} claim;

static int by_p(const void *a, const void *b) {
    const claim *x = a, *y = b;
    if (x->p < y->p || x->p > y->p) return x->p < y->p ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

frs_status frs_holm(frs_ctx *ctx, const double *p, int64_t n, double *adjusted) {
    claim *c = frs__alloc(ctx, n, sizeof *c);
    if (!c) return FRS_E_NOMEM;
    int64_t m = 0;
    double least = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isnan(p[i])) c[m++] = (claim){p[i], i};
        adjusted[i] = (double)NAN;
    }
    qsort(c, (size_t)m, sizeof *c, by_p);
    for (int64_t k = 0; k < m; k++) {
        least = fmax(least, fmin(1, (double)(m - k) * c[k].p));
        adjusted[c[k].at] = least;
    }
    frs__free(ctx, c);
    return FRS_OK;
}
