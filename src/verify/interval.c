/* Interval of a pair score by drawing whole water years anew: flows of neighbouring days are far
 * from independent, water years nearly are. The draw depends on seed and number of years only, so
 * models scored on the same days get the same years (paired).
 * source: block bootstrap of Kuensch (1989), doi:10.1214/aos/1176347265 */
#include "verify/score.h"
#include <math.h>

enum { RESAMPLES = 1000, MIN_YEARS = 3, MIN_DEFINED = 900 };
static const double lower = 0.025, upper = 0.975;

/* End of the run of times from i on that lie in one water year, which starts in month `start`. */
static int64_t year_end(const int64_t *time_s, int64_t n, int64_t i, int start) {
    const frs_civil c = frs_civil_from_time(time_s[i]);
    const frs_civil next = {.year = c.year + (c.month >= start), .month = start, .day = 1};
    const int64_t next_s = frs_time_from_civil(next);
    do i++;
    while (i < n && time_s[i] < next_s);
    return i;
}

/* One frs_pairs a water year that has any pair; they go to *years. */
static frs_status gather(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                         frs_pairs **years, int64_t *n_years) {
    int64_t n = 0;
    for (int64_t i = 0; i < d->n; n++) i = year_end(y->time_s, d->n, i, y->start_month);
    *n_years = 0;
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

/* As many years as there are, each drawn from all of them. */
static frs_pairs draw(const frs_pairs *years, int64_t n_years, uint64_t seed, int64_t resample) {
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

/* Between the two order statistics around q (n - 1), linearly. */
static double quantile(double *a, int64_t n, double q) {
    const double h = q * (double)(n - 1);
    const int64_t k = (int64_t)h;
    const double at = select_kth(a, n, k);
    double after = k + 1 < n ? a[k + 1] : at;
    for (int64_t i = k + 2; i < n; i++)
        if (a[i] < after) after = a[i];
    return at + (h - (double)k) * (after - at);
}

frs_status frs__score_intervals(frs_ctx *ctx, const frs_score_series *d, const frs_score_years *y,
                                frs__interval *out, int64_t n_out) {
    for (int64_t k = 0; k < n_out; k++) out[k].low = out[k].high = (double)NAN;
    if (y->start_month < 1 || y->start_month > 12)
        return frs__fail(ctx, FRS_E_ARG, _("a water year starts in month 1 to 12, not %d"),
                         y->start_month);
    frs_pairs *years = NULL;
    int64_t n_years = 0;
    frs_status s = gather(ctx, d, y, &years, &n_years);
    double *values = s == FRS_OK ? frs__alloc(ctx, n_out * RESAMPLES, sizeof *values) : NULL;
    if (!values)
        s = FRS_E_NOMEM;
    else if (n_years < MIN_YEARS)
        s = FRS_E_NODATA;
    for (int64_t r = 0; r < RESAMPLES && s == FRS_OK; r++) {
        const frs_pairs p = draw(years, n_years, y->seed, r);
        for (int64_t k = 0; k < n_out; k++)
            if (out[k].score->pair(&p, &values[k * RESAMPLES + out[k].defined]) == FRS_OK)
                out[k].defined++;
    }
    for (int64_t k = 0; k < n_out && s == FRS_OK; k++) {
        if (out[k].defined < MIN_DEFINED) continue;
        out[k].low = quantile(values + k * RESAMPLES, out[k].defined, lower);
        out[k].high = quantile(values + k * RESAMPLES, out[k].defined, upper);
    }
    frs__free(ctx, years);
    frs__free(ctx, values);
    return s;
}

frs_status frs_score_interval(frs_ctx *ctx, const frs_score *s, const frs_score_series *d,
                              const frs_score_years *years, double *low, double *high) {
    *low = *high = (double)NAN;
    if (s->kind != FRS_SCORE_PAIR)
        return frs__fail(ctx, FRS_E_ARG, _("%s is not a score of pairs: it has no interval"),
                         s->name);
    frs__interval i = {.score = s};
    const frs_status status = frs__score_intervals(ctx, d, years, &i, 1);
    if (status == FRS_E_NODATA)
        return frs__fail(ctx, status, _("%s: an interval needs %d water years with data"), s->name,
                         MIN_YEARS);
    FRS_TRY(status);
    *low = i.low;
    *high = i.high;
    if (!isnan(i.low)) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNDEFINED, _("%s is not defined for too many draws of water years"),
                     s->name);
}
