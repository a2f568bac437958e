/* One (site, lead): columns cut out of the archives, NaN where any of them is missing. */
#include "freshet/verify.h"
#include "run/run_internal.h"
#include <math.h>

void frs__column_free(frs_ctx *ctx, frs_column *c, int64_t n_models) {
    for (int64_t m = 0; c->sim && m < n_models; m++) frs__free(ctx, c->sim[m]);
    frs__free(ctx, c->sim);
    frs__free(ctx, c->obs);
    frs__free(ctx, c->part);
    frs__free(ctx, c->month);
    frs__free(ctx, c->time);
    frs__free(ctx, c->scores);
}

frs_status frs__column_new(frs_ctx *ctx, const frs_eval *e, frs_column *c) {
    const int64_t n = e->observed.n_issues;
    *c = (frs_column){.n = n,
                      .obs = frs__alloc(ctx, n, sizeof(float)),
                      .part = frs__alloc(ctx, n, sizeof(float)),
                      .month = frs__alloc(ctx, n, 1),
                      .sim = frs__alloc(ctx, e->n_models, sizeof(float *)),
                      .time = frs__alloc(ctx, n, sizeof(int64_t)),
                      .scores = frs__alloc(ctx, 3 * frs_n_scores(), sizeof(double))};
    bool ok = c->obs && c->part && c->month && c->sim && c->time && c->scores;
    for (int64_t m = 0; ok && m < e->n_models; m++) {
        c->sim[m] = frs__alloc(ctx, n, sizeof(float));
        ok = c->sim[m] != NULL;
    }
    return ok ? FRS_OK : FRS_E_NOMEM;
}

void frs__column_cut(const frs_eval *e, int64_t site, int64_t lead_index, frs_column *c) {
    const frs_archive *o = &e->observed;
    const int64_t lead = o->simulation ? 0 : lead_index + 1;
    const int64_t base = site * o->n_issues * o->n_leads + lead_index;
    c->n_common = 0;
    for (int64_t i = 0; i < c->n; i++) {
        const int64_t at = base + i * o->n_leads;
        bool all = !isnan(o->values[at]);
        for (int64_t m = 0; m < e->n_models; m++) all &= !isnan(e->archives[m].values[at]);
        c->obs[i] = all ? o->values[at] : NAN;
        for (int64_t m = 0; m < e->n_models; m++)
            c->sim[m][i] = all ? e->archives[m].values[at] : NAN;
        c->time[i] = frs_step_add(o->step, o->first_issue_s, i + lead);
        c->month[i] = (unsigned char)frs_civil_from_time(c->time[i]).month;
        c->n_common += all;
    }
}
