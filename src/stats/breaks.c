/* What the tests for one break share. */
#include "stats/breaks.h"
#include <math.h>

frs_status frs__break_begin(frs_ctx *ctx, const double *x, int64_t n, double **v, frs_break *b) {
    *b = (frs_break){.at = -1, .statistic = NAN, .p = NAN, .before = NAN, .after = NAN};
    FRS_TRY(frs__present(ctx, x, n, false, v, &b->n));
    if (b->n >= 5) return FRS_OK;
    frs__free(ctx, *v);
    *v = NULL;
    return frs__fail(ctx, FRS_E_NODATA, _("a test for a break needs 5 values, found %lld"),
                     (long long)b->n);
}

void frs__break_at(const double *x, int64_t n, int64_t k, frs_break *b) {
    double sum[2] = {0};
    int64_t seen = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        if (seen == k) b->at = i;
        sum[seen++ >= k] += x[i];
    }
    b->before = sum[0] / (double)k;
    b->after = sum[1] / (double)(seen - k);
}
