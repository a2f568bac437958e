/* The yearly cycle by least squares:
 *     x_t = a_0 + sum_j a_j cos(2 pi j t / 365.2425 d) + b_j sin(2 pi j t / 365.2425 d)
 * t counts from 1970-01-01. source: Wilks (2011), Statistical Methods in the Atmospheric Sciences,
 * 9.4 */
#include "stats/cholesky.h"
#include "stats/stats.h"
#include <math.h>

enum { MAX_HARMONICS = 8, MAX_TERMS = 2 * MAX_HARMONICS + 1 };
static const double year_s = 365.2425 * 86400;

static void terms(const frs_record *r, int64_t i, int harmonics, double *f) {
    const double t = (double)frs_step_add(r->step, r->start_s, i) / year_s;
    const double angle = 2 * M_PI * (t - floor(t)), c = cos(angle), s = sin(angle);
    f[0] = 1;
    double cj = 1, sj = 0; /* cos, sin of j angle by rotation */
    for (int j = 1; j <= harmonics; j++) {
        const double next = cj * c - sj * s;
        sj = sj * c + cj * s;
        cj = next;
        f[2 * j - 1] = cj;
        f[2 * j] = sj;
    }
}

frs_status frs_yearly_cycle(frs_ctx *ctx, const frs_record *r, int harmonics, double *cycle,
                            double *share) {
    double a[MAX_TERMS * MAX_TERMS] = {0}, b[MAX_TERMS] = {0}, f[MAX_TERMS];
    const int k = 2 * harmonics + 1;
    int64_t m = 0;
    if (share) *share = NAN;
    for (int64_t i = 0; i < r->n; i++) cycle[i] = NAN;
    if (harmonics < 1 || harmonics > MAX_HARMONICS)
        return frs__fail(ctx, FRS_E_ARG, _("%d harmonics: expected 1 to %d"), harmonics,
                         MAX_HARMONICS);
    for (int64_t i = 0; i < r->n; i++) {
        if (!isfinite(r->x[i])) continue;
        terms(r, i, harmonics, f);
        for (int p = 0; p < k; p++) {
            for (int q = 0; q <= p; q++) a[p * k + q] += f[p] * f[q];
            b[p] += f[p] * r->x[i];
        }
        m++;
    }
    if (m <= k || !frs__cholesky(a, k))
        return frs__fail(ctx, FRS_E_NODATA, _("too few values for a yearly cycle"));
    frs__forward(a, k, b);
    frs__backward(a, k, b);
    double sum = 0, sq = 0, left = 0;
    for (int64_t i = 0; i < r->n; i++) {
        terms(r, i, harmonics, f);
        cycle[i] = 0;
        for (int p = 0; p < k; p++) cycle[i] += b[p] * f[p];
        if (!isfinite(r->x[i])) continue;
        sum += r->x[i];
        sq += r->x[i] * r->x[i];
        left += (r->x[i] - cycle[i]) * (r->x[i] - cycle[i]);
    }
    const double all = sq - sum * sum / (double)m;
    if (share && all > 0) *share = 1 - left / all;
    return FRS_OK;
}
