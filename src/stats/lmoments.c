/* Sample L-moments from probability-weighted moments,
 *     b_r = 1/n sum_j C(j-1, r) / C(n-1, r) x_j,   l1 = b0, l2 = 2 b1 - b0, l3 = 6 b2 - 6 b1 + b0,
 *     l4 = 20 b3 - 30 b2 + 12 b1 - b0;   ratios t3 = l3 / l2, t4 = l4 / l2.
 * source: Hosking (1990), doi:10.1111/j.2517-6161.1990.tb01775.x */
#include "stats/stats.h"
#include <math.h>

void frs__l_moments(const double *sorted, int64_t n, double l[4]) {
    double b[4] = {0};
    for (int64_t j = 0; j < n; j++) {
        double w = 1;
        for (int r = 0; r < 4; r++) {
            b[r] += w * sorted[j] / (double)n;
            w *= (double)(j - r) / (double)(n - 1 - r);
        }
    }
    const double l2 = 2 * b[1] - b[0];
    l[0] = b[0];
    l[1] = l2;
    l[2] = l2 > 0 ? (6 * b[2] - 6 * b[1] + b[0]) / l2 : NAN;
    l[3] = l2 > 0 ? (20 * b[3] - 30 * b[2] + 12 * b[1] - b[0]) / l2 : NAN;
}

frs_status frs_l_moments(frs_ctx *ctx, const double *x, int64_t n, double l[4]) {
    double *v = NULL;
    int64_t m;
    for (int i = 0; i < 4; i++) l[i] = NAN;
    FRS_TRY(frs__present(ctx, x, n, true, &v, &m));
    if (m >= 4) frs__l_moments(v, m, l);
    frs__free(ctx, v);
    return m >= 4 ? FRS_OK : frs__fail(ctx, FRS_E_NODATA, _("L-moments: fewer than 4 values"));
}
