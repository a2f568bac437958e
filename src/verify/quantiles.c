/* Quantiles of a record of flow: linear between order statistics (Hyndman & Fan's type 7).
 * source: Hyndman & Fan (1996), doi:10.1080/00031305.1996.10473566 */
#include "verify/years.h"
#include <math.h>

enum { MIN_VALUES = 10 };

frs_status frs_flow_quantiles(frs_ctx *ctx, const float *flow, int64_t n, const double *q,
                              int64_t n_q, double *out) {
    for (int64_t k = 0; k < n_q; k++) out[k] = (double)NAN;
    double *there = frs__alloc(ctx, n, sizeof *there);
    if (!there) return FRS_E_NOMEM;
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (!isnan(flow[i])) there[m++] = (double)flow[i];
    for (int64_t k = 0; k < n_q && m >= MIN_VALUES; k++) out[k] = frs__quantile_of(there, m, q[k]);
    frs__free(ctx, there);
    if (m >= MIN_VALUES) return FRS_OK;
    return frs__fail(ctx, FRS_E_NODATA, _("quantiles of %lld values; %d are needed"), (long long)m,
                     MIN_VALUES);
}
