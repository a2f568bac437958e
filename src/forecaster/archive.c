/* The sink that collects one model's predictions of a whole period. */
#include "data/data.h"
#include "forecaster/forecaster.h"
#include <math.h>

frs_status frs_archive_new(frs_ctx *ctx, const frs_samples *s, frs_archive *a) {
    const frs_task *t = frs_samples_task(s);
    const int64_t count = frs_samples_count(s);
    const frs_step step = frs_samples_step(s);
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (int64_t i = 0; i < count; i++) {
        const int64_t issue = frs_samples_id(s, i).issue_s;
        if (issue < first) first = issue;
        if (issue > last) last = issue;
    }
    frs_archive made = {.n_sites = frs_samples_n_sites(s),
                        .n_issues = count ? frs__step_index(step, first, last) + 1 : 0,
                        .n_leads = frs__n_leads(t),
                        .first_issue_s = count ? first : 0,
                        .step = step,
                        .simulation = t->kind == FRS_SIMULATION};
    const int64_t n = made.n_sites * made.n_issues * made.n_leads;
    frs_room room;
    FRS_TRY(frs__room_new(ctx, n, sizeof *made.values, &room));
    made.values = room.data;
    made.mapped = room.mapped;
    for (int64_t i = 0; i < n; i++) made.values[i] = NAN;
    *a = made;
    return FRS_OK;
}

void frs_archive_free(frs_ctx *ctx, frs_archive *a) {
    frs__room_free(ctx, &(frs_room){a->values, a->mapped});
    *a = (frs_archive){0};
}

static float *place(const frs_archive *a, int64_t site, int64_t issue_s, int64_t lead) {
    const int64_t issue = frs__step_index(a->step, a->first_issue_s, issue_s);
    const int64_t k = a->simulation ? 0 : lead - 1;
    if (site < 0 || site >= a->n_sites || issue < 0 || issue >= a->n_issues) return NULL;
    if (k < 0 || k >= a->n_leads) return NULL;
    return a->values + (site * a->n_issues + issue) * a->n_leads + k;
}

/* Members and quantiles are not kept: an archive holds one value a place. */
static frs_status put(void *arg, const frs_forecast_slice *s) {
    frs_archive *a = arg;
    for (int64_t i = 0; i < s->n && s->kind == FRS_VALUE; i++) {
        float *at = place(a, s->first + i, s->issue_s, s->lead);
        if (at) *at = s->values[i];
    }
    return FRS_OK;
}

frs_sink frs_archive_sink(frs_archive *a) {
    return (frs_sink){put, a};
}

frs_status frs_archive_observed(frs_ctx *ctx, const frs_samples *s, frs_archive *a) {
    const frs_task *t = frs_samples_task(s);
    const int64_t K = frs_samples_n_targets(s), n = frs__n_leads(t);
    float *y = frs__alloc(ctx, K, sizeof *y);
    frs_status st = y ? frs_archive_new(ctx, s, a) : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < frs_samples_count(s); i++) {
        const frs_sample_id id = frs_samples_id(s, i);
        frs_samples_target(s, i, y);
        float *to = place(a, id.site, id.issue_s, 1);
        for (int64_t k = 0; to && k < n; k++) to[k] = y[K - n + k]; /* SIMULATION: the last only */
    }
    frs__free(ctx, y);
    return st;
}
