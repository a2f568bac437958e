/* Evaluation: every forecaster on the same samples, scored on the pairs that all of them have. */
#include "freshet/verify.h"
#include "run/run_internal.h"
#include <math.h>
#include <string.h>

/* One period's observations and every model's predictions, in one geometry. */
static frs_status predict_all(frs_ctx *ctx, const frs_eval *e, frs_forecaster *const *models,
                              int64_t n) {
    for (int64_t m = 0; m < n; m++) {
        FRS_TRY(frs_archive_new(ctx, e->samples, &e->archives[m]));
        const double start = frs__now_s();
        frs_sink sink = frs_archive_sink(&e->archives[m]);
        FRS_TRY(models[m]->def->predict(ctx, models[m], e->samples, &sink));
        e->predict_s[m] = frs__now_s() - start;
    }
    return FRS_OK;
}

frs_status frs__eval_new(frs_ctx *ctx, const frs_run_data *d, bool test,
                         frs_forecaster *const *models, int64_t n, frs_eval *e) {
    const frs_sites *sites = test ? &d->test_sites : &d->validation_sites;
    frs_samples_opts so = {.store = d->store,
                           .task = &d->task,
                           .period = test ? d->test : d->validation,
                           .sites = sites->index,
                           .n_sites = sites->n,
                           .site_periods = sites->periods};
    *e = (frs_eval){.period = test ? "test" : "validation", .n_models = n};
    e->archives = frs__alloc(ctx, n, sizeof *e->archives);
    e->predict_s = frs__alloc(ctx, n, sizeof *e->predict_s);
    frs_status s = e->archives && e->predict_s ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs_samples_new(ctx, &so, &e->samples);
    if (s == FRS_OK && frs_samples_count(e->samples) == 0)
        s = frs__fail(ctx, FRS_E_NODATA,
                      _("%s period: no sample at all: no complete window of %lld steps of inputs"),
                      e->period, (long long)d->task.seq_length);
    if (s == FRS_OK) s = frs_archive_observed(ctx, e->samples, &e->observed);
    if (s == FRS_OK) s = predict_all(ctx, e, models, n);
    if (s != FRS_OK) frs__eval_free(ctx, e);
    return s;
}

void frs__eval_free(frs_ctx *ctx, frs_eval *e) {
    for (int64_t m = 0; e->archives && m < e->n_models; m++) frs_archive_free(ctx, &e->archives[m]);
    frs__free(ctx, e->archives);
    frs__free(ctx, e->predict_s);
    frs_archive_free(ctx, &e->observed);
    frs_samples_free(e->samples);
    *e = (frs_eval){0};
}

/* ---- one (site, lead): columns cut out of the archives, NaN where any of them is missing */

typedef struct column {
    int64_t n;
    float *obs;
    float **sim;   /* [n_models] */
    int64_t *time; /* valid times */
    int64_t n_common;
    double *scores; /* [3 * frs_n_scores()]: value, low, high */
} column;

static void column_free(frs_ctx *ctx, column *c, int64_t n_models) {
    for (int64_t m = 0; c->sim && m < n_models; m++) frs__free(ctx, c->sim[m]);
    frs__free(ctx, c->sim);
    frs__free(ctx, c->obs);
    frs__free(ctx, c->time);
    frs__free(ctx, c->scores);
}

static frs_status column_new(frs_ctx *ctx, const frs_eval *e, column *c) {
    const int64_t n = e->observed.n_issues;
    *c = (column){.n = n,
                  .obs = frs__alloc(ctx, n, sizeof(float)),
                  .sim = frs__alloc(ctx, e->n_models, sizeof(float *)),
                  .time = frs__alloc(ctx, n, sizeof(int64_t)),
                  .scores = frs__alloc(ctx, 3 * frs_n_scores(), sizeof(double))};
    bool ok = c->obs && c->sim && c->time && c->scores;
    for (int64_t m = 0; ok && m < e->n_models; m++) {
        c->sim[m] = frs__alloc(ctx, n, sizeof(float));
        ok = c->sim[m] != NULL;
    }
    return ok ? FRS_OK : FRS_E_NOMEM;
}

static void column_cut(const frs_eval *e, int64_t site, int64_t lead_index, column *c) {
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
        c->n_common += all;
    }
}

static double mse(const column *c, const float *sim) {
    frs_pairs p = {0};
    frs_pairs_add(&p, sim, c->obs, c->n);
    return p.n > 0 ? p.sum_sq / (double)p.n : NAN;
}

/* The better of persistence and climatology on this column; NULL: neither is there. */
static const float *reference_of(const column *c, const frs_scoring *w) {
    const float *best = NULL;
    double least = INFINITY;
    for (int64_t m = 0; m < w->e->n_models; m++) {
        const double v = w->models[m]->def->baseline ? mse(c, c->sim[m]) : NAN;
        if (v < least) least = v, best = c->sim[m];
    }
    return best;
}

static frs_status put(const frs_scoring *w, frs_report_score row) {
    frs_scores *t = w->out;
    if (t->n == t->cap) {
        const int64_t cap = t->cap ? 2 * t->cap : 256;
        frs_report_score *grown = frs__realloc(w->ctx, t->items, t->n, cap, sizeof *grown);
        if (!grown) return FRS_E_NOMEM;
        t->items = grown;
        t->cap = cap;
    }
    t->items[t->n++] = row;
    return FRS_OK;
}

/* Undefined or too little data is a row without a value; anything else is an error. */
static frs_status settle(frs_status s, double *value) {
    if (s == FRS_OK) return FRS_OK;
    *value = NAN;
    return s == FRS_E_UNDEFINED || s == FRS_E_NODATA ? FRS_OK : s;
}

static frs_status score_model(const frs_scoring *w, const column *c, frs_report_score row) {
    const frs_score_series d = {c->sim[row.model], c->obs, c->n, w->steps_per_day};
    const frs_score_years years = {c->time, w->year_start, w->seed};
    const int64_t n = frs_n_scores();
    double *value = c->scores, *low = value + n, *high = low + n;
    FRS_TRY(frs_score_all(w->ctx, &d, w->intervals ? &years : NULL, value, low, high));
    for (int64_t k = 0; k < n; k++) {
        row.value = value[k];
        row.low = low[k];
        row.high = high[k];
        snprintf(row.metric, sizeof row.metric, "%s", frs_score_at(k)->name);
        FRS_TRY(put(w, row));
    }
    const float *ref = reference_of(c, w);
    row.low = row.high = row.value = NAN;
    snprintf(row.metric, sizeof row.metric, "skill");
    if (ref) FRS_TRY(settle(frs_skill(d.sim, ref, c->obs, c->n, &row.value), &row.value));
    return ref ? put(w, row) : FRS_OK;
}

static frs_status score_column(const frs_scoring *w, column *c, int64_t site, int64_t lead_index) {
    if (w->site_of[site] < 0) return FRS_OK;
    column_cut(w->e, site, lead_index, c);
    w->n_common[lead_index] += c->n_common;
    frs_report_score row = {.site = w->site_of[site],
                            .lead = w->e->observed.simulation ? 0 : lead_index + 1};
    snprintf(row.period, sizeof row.period, "%s", w->e->period);
    for (row.model = 0; row.model < w->e->n_models; row.model++) FRS_TRY(score_model(w, c, row));
    return FRS_OK;
}

frs_status frs__eval_score(const frs_scoring *w) {
    const frs_archive *o = &w->e->observed;
    column c;
    frs_status s = column_new(w->ctx, w->e, &c);
    for (int64_t site = 0; site < o->n_sites && s == FRS_OK; site++)
        for (int64_t l = 0; l < o->n_leads && s == FRS_OK; l++) {
            if (frs__cancelled(w->ctx))
                s = frs__fail(w->ctx, FRS_E_CANCELLED, _("interrupted"));
            else
                s = score_column(w, &c, site, l);
        }
    column_free(w->ctx, &c, w->e->n_models);
    return s;
}
