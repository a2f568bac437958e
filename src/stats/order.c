/* Values that are there, in order. */
#include "stats/stats.h"
#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void frs__ascending(double *a, int64_t n) {
    qsort(a, (size_t)n, sizeof *a, compare);
}

frs_status frs__present(frs_ctx *ctx, const double *x, int64_t n, bool sorted, double **out,
                        int64_t *m) {
    *m = 0;
    *out = frs__alloc(ctx, n, sizeof **out);
    if (!*out) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) (*out)[(*m)++] = x[i];
    if (sorted) frs__ascending(*out, *m);
    return FRS_OK;
}

double frs__order_quantile(const double *sorted, int64_t n, double q) {
    const double h = q * (double)(n - 1);
    const int64_t i = (int64_t)floor(h);
    if (i + 1 >= n) return sorted[n - 1];
    return sorted[i] + (h - (double)i) * (sorted[i + 1] - sorted[i]);
}

double frs__mean(const double *x, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}
