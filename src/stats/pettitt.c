/* Pettitt's test for one break:
 *     U_t = sum_{i<=t} sum_{j>t} sgn(x_i - x_j),   K = max |U_t|,
 *     p = 2 exp(-6 K^2 / (n^2 + n^3)).
 * source: Pettitt (1979), doi:10.2307/2346729 */
#include "stats/breaks.h"
#include <math.h>

frs_status frs_pettitt(frs_ctx *ctx, const double *x, int64_t n, frs_break *b) {
    double *v = NULL, u = 0, most = -1;
    int64_t k = 1;
    FRS_TRY(frs__break_begin(ctx, x, n, &v, b));
    for (int64_t t = 0; t < b->n - 1; t++) {
        for (int64_t j = 0; j < b->n; j++) u += v[t] > v[j] ? 1 : v[t] < v[j] ? -1 : 0;
        if (fabs(u) > most) {
            most = fabs(u);
            k = t + 1;
        }
    }
    frs__free(ctx, v);
    const double m = (double)b->n;
    frs__break_at(x, n, k, b);
    b->statistic = most;
    b->p = fmin(1, 2 * exp(-6 * most * most / (m * m + m * m * m)));
    return FRS_OK;
}
