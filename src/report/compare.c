/* Is the winner really better? The difference of two models on the same samples, with an interval
 * (freshet/verify.h): one catchment by whole water years, several by catchments. */
#include "report/view.h"

#include <math.h>

/* Columns of one site and lead, cut out of the archives. */
static frs_status one_site(const frs_view *v, int64_t ma, int64_t mb, int64_t lead,
                           frs_difference *d) {
    const frs_archive *o = &v->r->observed;
    const frs_score *s = frs_score_find(v->metrics[v->main]);
    const float *pa = frs__site_values(v, ma, 0), *pb = frs__site_values(v, mb, 0),
                *po = frs__site_values(v, -1, 0);
    const int64_t n = o->n_issues;
    if (!v->common || !s || !s->pair || n < 1 || !pa || !pb) return FRS_OK;
    float *a = frs__alloc(v->ctx, 3 * n, sizeof *a);
    int64_t *time_s = frs__alloc(v->ctx, n, sizeof *time_s);
    frs_test t = {.low = NAN, .high = NAN};
    frs_status status = a && time_s ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; status == FRS_OK && i < n; i++) {
        const int64_t k = i * o->n_leads + lead;
        a[i] = pa[k];
        a[n + i] = pb[k];
        a[2 * n + i] = v->common[k] ? po[k] : NAN;
        time_s[i] = frs__valid_time(v, i, lead);
    }
    if (status == FRS_OK) {
        const frs_rivals rivals = {a, a + n, a + 2 * n, n};
        const int start = v->r->year_start > 0 ? v->r->year_start : 10;
        const frs_score_years years = {time_s, start, v->r->seed};
        status = frs_score_difference(v->ctx, s, &rivals, &years, &t);
    }
    d->low = t.low;
    d->high = t.high;
    frs__free(v->ctx, a);
    frs__free(v->ctx, time_s);
    return status == FRS_E_NOMEM ? status : FRS_OK; /* too few years: no interval */
}

static frs_status many_sites(const frs_view *v, int64_t ma, int64_t mb, int64_t lead,
                             frs_difference *d) {
    const char *metric = v->metrics[v->main];
    double *diff = v->scratch;
    for (int64_t i = 0; i < v->r->n_sites; i++) {
        const double x = frs__view_at(v, 0, i, lead, ma, v->main).value,
                     y = frs__view_at(v, 0, i, lead, mb, v->main).value;
        diff[i] = x - y;
        d->wins += frs__goodness(metric, x) > frs__goodness(metric, y);
    }
    frs_test t;
    FRS_TRY(frs_median_interval(v->ctx, diff, v->r->n_sites, v->r->seed, &t));
    *d = (frs_difference){t.difference, t.low, t.high, d->wins, t.n};
    return FRS_OK;
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
