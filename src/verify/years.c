/* Sums a water year, and drawing whole years anew: flows of neighbouring days are far from
 * independent, water years nearly are.
 * source: block bootstrap of Kuensch (1989), doi:10.1214/aos/1176347265 */
#include "verify/years.h"
#include <math.h>

/* End of the run of times from i on that lie in one water year, which starts in month `start`. */
static int64_t year_end(const int64_t *time_s, int64_t n, int64_t i, int start) {
    const frs_civil c = frs_civil_from_time(time_s[i]);
    const frs_civil next = {.year = c.year + (c.month >= start), .month = start, .day = 1};
    const int64_t next_s = frs_time_from_civil(next);
    do i++;
    while (i < n && time_s[i] < next_s);
    return i;
}

frs_status frs__years_gather(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                             frs_pairs **years, int64_t *n_years) {
    int64_t n = 0;
    *n_years = 0;
    *years = NULL;
    if (y->start_month < 1 || y->start_month > 12)
        return frs__fail(ctx, FRS_E_ARG, _("a water year starts in month 1 to 12, not %d"),
                         y->start_month);
    for (int64_t i = 0; i < d->n; n++) i = year_end(y->time_s, d->n, i, y->start_month);
    *years = frs__alloc(ctx, n, sizeof **years);
    if (!*years) return FRS_E_NOMEM;
    const double eps = frs__log_eps(d->sim, d->obs, d->n);
    for (int64_t i = 0, end; i < d->n; i = end) {
        end = year_end(y->time_s, d->n, i, y->start_month);
        frs_pairs *p = &(*years)[*n_years];
        *p = (frs_pairs){.log_eps = eps};
        frs_pairs_add(p, d->sim + i, d->obs + i, end - i);
        *n_years += p->n > 0;
    }
    return FRS_OK;
}

frs_pairs frs__years_draw(const frs_pairs *years, int64_t n_years, uint64_t seed,
                          int64_t resample) {
    const frs_rng rng = {seed, FRS_RNG_BOOTSTRAP, (uint64_t)resample};
    frs_pairs p = {0};
    uint32_t u[4] = {0};
    for (int64_t i = 0; i < n_years; i++) {
        if (i % 4 == 0) frs__rng_u32x4(rng, (uint64_t)i / 4, u);
        frs_pairs_merge(&p, &years[((uint64_t)u[i % 4] * (uint64_t)n_years) >> 32]);
    }
    return p;
}

/* Moves the k-th smallest of a[n] to a[k], nothing larger before it, nothing smaller after it.
 * source: Hoare (1961), doi:10.1145/366622.366647 */
static double select_kth(double *a, int64_t n, int64_t k) {
    for (int64_t from = 0, to = n - 1; from < to;) {
        const double pivot = a[from + (to - from) / 2];
        int64_t i = from, j = to;
        while (i <= j) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i > j) break;
            const double swap = a[i];
            a[i++] = a[j];
            a[j--] = swap;
        }
        if (k <= j)
            to = j;
        else if (k >= i)
            from = i;
        else
            break;
    }
    return a[k];
}

double frs__quantile_of(double *a, int64_t n, double q) {
    const double h = q * (double)(n - 1);
    const int64_t k = (int64_t)h;
    const double at = select_kth(a, n, k);
    double after = k + 1 < n ? a[k + 1] : at;
    for (int64_t i = k + 2; i < n; i++)
        if (a[i] < after) after = a[i];
    return at + (h - (double)k) * (after - at);
}
