/* Periodogram: P(f) = 2 / n |sum (x_t - mean) exp(-2 pi i f t)|^2 at f = j / m (half of that at 0
 * and 1/2), m the power of two from n on; n counts what is there.
 * source: Schuster (1898), doi:10.1029/TM003i001p00013; transform: Cooley & Tukey (1965),
 * doi:10.1090/S0025-5718-1965-0178586-1 */
#include "stats/stats.h"
#include <math.h>

/* In place; re, im [m], m a power of two. */
static void transform(double *re, double *im, int64_t m) {
    for (int64_t i = 1, j = 0; i < m; i++) { /* bits reversed */
        int64_t bit = m >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            const double a = re[i], b = im[i];
            re[i] = re[j], im[i] = im[j];
            re[j] = a, im[j] = b;
        }
    }
    for (int64_t half = 1; half < m; half *= 2)
        for (int64_t k = 0; k < half; k++) {
            const double angle = -M_PI * (double)k / (double)half, c = cos(angle), s = sin(angle);
            for (int64_t i = k; i < m; i += 2 * half) {
                const double a = re[i + half] * c - im[i + half] * s,
                             b = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - a, im[i + half] = im[i] - b;
                re[i] += a, im[i] += b;
            }
        }
}

frs_status frs_periodogram(frs_ctx *ctx, const double *x, int64_t n, double *frequency,
                           double *power, int64_t *size) {
    int64_t m = 2, count = 0;
    double sum = 0;
    while (m < n) m *= 2;
    *size = m / 2 + 1;
    if (!frequency) return FRS_OK;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            count++;
        }
    for (int64_t i = 0; i < *size; i++) {
        frequency[i] = (double)i / (double)m;
        power[i] = NAN;
    }
    if (count < 4) return frs__fail(ctx, FRS_E_NODATA, _("periodogram: fewer than 4 values"));
    double *re = frs__alloc(ctx, 2 * m, sizeof *re);
    if (!re) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) re[i] = isfinite(x[i]) ? x[i] - sum / (double)count : 0;
    transform(re, re + m, m);
    for (int64_t i = 0; i < *size; i++) {
        const double sides = i == 0 || i == m / 2 ? 1 : 2;
        power[i] = sides / (double)count * (re[i] * re[i] + re[m + i] * re[m + i]);
    }
    frs__free(ctx, re);
    return FRS_OK;
}
