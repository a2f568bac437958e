/* One stateful pass through the record beside exact windows. */
#include "freshet/verify.h"
#include "run/run_internal.h"
#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double frs__median(double *v, int64_t n) {
    qsort(v, (size_t)n, sizeof *v, ascending);
    return n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : (double)NAN;
}

/* NSE of each site's predictions; those of a site lie together. */
static double median_nse(const frs_archive *sim, const frs_archive *obs, double *room) {
    const int64_t n = obs->n_issues * obs->n_leads;
    int64_t defined = 0;
    for (int64_t s = 0; s < obs->n_sites; s++) {
        frs_pairs p = {0};
        frs_pairs_add(&p, sim->values + s * n, obs->values + s * n, n);
        if (frs_score_find("NSE")->pair(&p, &room[defined]) == FRS_OK) defined++;
    }
    return frs__median(room, defined);
}

static void differences(const frs_archive *a, const frs_archive *b, frs_report_pass *p) {
    double sum = 0;
    for (int64_t i = 0; i < a->n_sites * a->n_issues * a->n_leads; i++) {
        const double d = fabs((double)a->values[i] - (double)b->values[i]);
        if (isnan(d)) continue;
        sum += d * d;
        if (d > p->largest) p->largest = d;
        p->n++;
    }
    p->rms = p->n ? sqrt(sum / (double)p->n) : 0;
}

frs_status frs__eval_pass(frs_ctx *ctx, const frs_eval *e, const frs_forecaster *model, int64_t m,
                          frs_report_pass *p) {
    frs_archive streamed;
    FRS_TRY(frs_archive_new(ctx, e->samples, &streamed));
    const frs_sink sink = frs_archive_sink(&streamed);
    double *room = frs__alloc(ctx, streamed.n_sites, sizeof *room);
    frs_status s = room ? frs_forecaster_stream(ctx, model, e->samples, &sink) : FRS_E_NOMEM;
    if (s == FRS_OK) {
        differences(&e->archives[m], &streamed, p);
        p->windows = median_nse(&e->archives[m], &e->observed, room);
        p->pass = median_nse(&streamed, &e->observed, room);
    }
    frs__free(ctx, room);
    frs_archive_free(ctx, &streamed);
    return s == FRS_E_UNSUPPORTED ? FRS_OK : s;
}
