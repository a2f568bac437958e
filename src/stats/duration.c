/* Flow-duration curve: the flow that is exceeded in a share of the time, a quantile of the values
 * that are there, linear between order statistics.
 * source: Vogel & Fennessey (1994), doi:10.1061/(ASCE)0733-9496(1994)120:4(485) */
#include "stats/stats.h"
#include <math.h>

frs_status frs_flow_duration(frs_ctx *ctx, const double *x, int64_t n, const double *exceeded,
                             int64_t m, double *q) {
    double *v = NULL;
    int64_t k = 0;
    for (int64_t i = 0; i < m; i++) {
        q[i] = NAN;
        if (!(exceeded[i] >= 0 && exceeded[i] <= 1))
            return frs__fail(ctx, FRS_E_ARG, _("a share of the time must lie between 0 and 1"));
    }
    FRS_TRY(frs__present(ctx, x, n, true, &v, &k));
    for (int64_t i = 0; k > 0 && i < m; i++) q[i] = frs__order_quantile(v, k, 1 - exceeded[i]);
    frs__free(ctx, v);
    return k > 0 ? FRS_OK : frs__fail(ctx, FRS_E_NODATA, _("no value for a flow-duration curve"));
}
