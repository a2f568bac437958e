/* Is the winner really better? The difference of two models on the same samples, with an interval.
 * Flow of neighbouring days is not independent, so whole hydrological years are drawn (block
 * bootstrap: Kuensch 1989, doi:10.1214/aos/1176347265), and both models always get the same draw
 * (paired). */
#include "report/view.h"

#include <math.h>

enum { RESAMPLES = 1000, MIN_BLOCKS = 3 };

/* Hydrological year of a time; October by default. */
static int64_t water_year(const frs_report *r, int64_t time_s) {
    const frs_civil c = frs_civil_from_time(time_s);
    const int start = r->year_start > 0 ? r->year_start : 10;
    return c.year + (start > 1 && c.month >= start);
}

static int64_t draw(uint64_t seed, int64_t sample, int64_t i, int64_t n) {
    const frs_rng rng = {.seed = seed, .purpose = FRS_RNG_BOOTSTRAP, .step = (uint64_t)sample};
    const int64_t k = (int64_t)(frs__rng_uniform(rng, (uint64_t)i) * (double)n);
    return k < n ? k : n - 1;
}

static void interval(double *sorted, int64_t n, frs_difference *d) {
    if (n < RESAMPLES / 2) return; /* mostly undefined: no interval is honester than a wrong one */
    frs__sort(sorted, n);
    d->low = frs__quantile(sorted, n, 0.025);
    d->high = frs__quantile(sorted, n, 0.975);
}

static double difference_of(const frs_score *s, const frs_pairs *a, const frs_pairs *b) {
    double x, y;
    if (s->pair(a, &x) != FRS_OK || s->pair(b, &y) != FRS_OK) return NAN;
    return x - y;
}

typedef struct blocks {
    frs_pairs *a, *b;
    int64_t n;
} blocks; /* one a year */

static int64_t gather(const frs_view *v, int64_t ma, int64_t mb, int64_t lead, blocks *y) {
    const frs_archive *o = &v->r->observed;
    const float *pa = frs__site_values(v, ma, 0), *pb = frs__site_values(v, mb, 0),
                *po = frs__site_values(v, -1, 0);
    const int64_t first = water_year(v->r, frs__valid_time(v, 0, lead));
    for (int64_t i = 0; i < o->n_issues; i++) {
        const int64_t k = i * o->n_leads + lead,
                      w = water_year(v->r, frs__valid_time(v, i, lead)) - first;
        if (!v->common[k] || w < 0 || w >= y->n) continue;
        frs_pairs_add(&y->a[w], &pa[k], &po[k], 1);
        frs_pairs_add(&y->b[w], &pb[k], &po[k], 1);
    }
    int64_t full = 0; /* years without data are dropped, else they would be drawn too */
    for (int64_t w = 0; w < y->n; w++) {
        if (y->a[w].n == 0) continue;
        y->a[full] = y->a[w];
        y->b[full++] = y->b[w];
    }
    return full;
}

static frs_status one_site(const frs_view *v, int64_t ma, int64_t mb, int64_t lead,
                           frs_difference *d) {
    const frs_archive *o = &v->r->observed;
    const frs_score *s = frs_score_find(v->metrics[v->main]);
    if (!v->common || !s || !s->pair || o->n_issues < 1 || !frs__site_values(v, ma, 0) ||
        !frs__site_values(v, mb, 0))
        return FRS_OK;
    blocks y = {.n = water_year(v->r, frs__valid_time(v, o->n_issues - 1, lead)) -
                     water_year(v->r, frs__valid_time(v, 0, lead)) + 1};
    y.a = frs__alloc(v->ctx, y.n, sizeof *y.a);
    y.b = frs__alloc(v->ctx, y.n, sizeof *y.b);
    double *sorted = frs__alloc(v->ctx, RESAMPLES, sizeof *sorted);
    const bool ready = y.a && y.b && sorted;
    const int64_t n = ready ? gather(v, ma, mb, lead, &y) : 0;
    int64_t k = 0;
    for (int64_t i = 0; n >= MIN_BLOCKS && i < RESAMPLES; i++) {
        frs_pairs a = {0}, b = {0};
        for (int64_t w = 0; w < n; w++) {
            const int64_t j = draw(v->r->seed, i, w, n);
            frs_pairs_merge(&a, &y.a[j]);
            frs_pairs_merge(&b, &y.b[j]);
        }
        sorted[k] = difference_of(s, &a, &b);
        if (isfinite(sorted[k])) k++;
    }
    if (ready) interval(sorted, k, d);
    frs__free(v->ctx, y.a);
    frs__free(v->ctx, y.b);
    frs__free(v->ctx, sorted);
    return ready ? FRS_OK : FRS_E_NOMEM;
}

static double median_of(double *scratch, int64_t n) {
    frs__sort(scratch, n);
    return frs__quantile(scratch, n, 0.5);
}

static frs_status many_sites(const frs_view *v, int64_t ma, int64_t mb, int64_t lead,
                             frs_difference *d) {
    double *diff = frs__alloc(v->ctx, v->r->n_sites, sizeof *diff),
           *scratch = frs__alloc(v->ctx, v->r->n_sites, sizeof *scratch);
    double *sorted = frs__alloc(v->ctx, RESAMPLES, sizeof *sorted);
    const bool ready = diff && scratch && sorted;
    int64_t n = 0;
    for (int64_t i = 0; ready && i < v->r->n_sites; i++) {
        const double x = frs__view_at(v, 0, i, lead, ma, v->main).value,
                     y = frs__view_at(v, 0, i, lead, mb, v->main).value;
        if (!isfinite(x) || !isfinite(y)) continue;
        d->wins += frs__goodness(v->metrics[v->main], x) > frs__goodness(v->metrics[v->main], y);
        scratch[n] = diff[n] = x - y;
        n++;
    }
    d->sites = n;
    d->value = ready ? median_of(scratch, n) : NAN;
    for (int64_t i = 0; n >= MIN_BLOCKS && i < RESAMPLES; i++) {
        for (int64_t k = 0; k < n; k++) scratch[k] = diff[draw(v->r->seed, i, k, n)];
        sorted[i] = median_of(scratch, n);
    }
    if (n >= MIN_BLOCKS) interval(sorted, RESAMPLES, d);
    frs__free(v->ctx, diff);
    frs__free(v->ctx, scratch);
    frs__free(v->ctx, sorted);
    return ready ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs__compare(const frs_view *v, int64_t a, int64_t b, int64_t lead, frs_difference *d) {
    *d = (frs_difference){NAN, NAN, NAN, 0, 0};
    if (v->main < 0) return FRS_OK;
    if (v->r->n_sites > 1) return many_sites(v, a, b, lead, d);
    d->value = frs__view_at(v, 0, 0, lead, a, v->main).value -
               frs__view_at(v, 0, 0, lead, b, v->main).value;
    d->sites = 1;
    return one_site(v, a, b, lead, d);
}
