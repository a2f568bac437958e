/* Evaluation: every forecaster on the same samples, scored on the pairs that all of them have. */
#include "freshet/verify.h"
#include "run/subsets.h"
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

static double mse(const frs_column *c, const float *sim) {
    frs_pairs p = {0};
    frs_pairs_add(&p, sim, c->obs, c->n);
    return p.n > 0 ? p.sum_sq / (double)p.n : NAN;
}

/* The better of persistence and climatology on this column; NULL: neither is there. */
static const float *reference_of(const frs_column *c, const frs_scoring *w) {
    const float *best = NULL;
    double least = INFINITY;
    for (int64_t m = 0; m < w->e->n_models; m++) {
        const double v = w->models[m]->def->baseline ? mse(c, c->sim[m]) : NAN;
        if (v < least) least = v, best = c->sim[m];
    }
    return best;
}

frs_status frs__put_score(const frs_scoring *w, frs_report_score row) {
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

static frs_status score_model(const frs_scoring *w, const frs_column *c, frs_report_score row) {
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
        FRS_TRY(frs__put_score(w, row));
    }
    const float *ref = reference_of(c, w);
    row.low = row.high = row.value = NAN;
    snprintf(row.metric, sizeof row.metric, "skill");
    if (ref) FRS_TRY(settle(frs_skill(d.sim, ref, c->obs, c->n, &row.value), &row.value));
    return ref ? frs__put_score(w, row) : FRS_OK;
}

static frs_status score_column(const frs_scoring *w, frs_column *c, const frs_site_norm *k,
                               int64_t site, int64_t lead_index) {
    frs__column_cut(w->e, site, lead_index, c);
    w->n_common[lead_index] += c->n_common;
    frs_report_score row = {.site = w->site_of[site],
                            .lead = w->e->observed.simulation ? 0 : lead_index + 1};
    snprintf(row.period, sizeof row.period, "%s", w->e->period);
    for (row.model = 0; row.model < w->e->n_models; row.model++) {
        FRS_TRY(score_model(w, c, row));
        if (w->subsets) FRS_TRY(frs__score_subsets(w, c, k, row));
    }
    return FRS_OK;
}

static frs_status score_site(const frs_scoring *w, frs_column *c, int64_t site) {
    frs_site_norm k = {0};
    frs_status s = FRS_OK;
    if (w->site_of[site] < 0) return FRS_OK;
    if (w->subsets)
        s = frs__norm_new(w->ctx, w->data, w->data->test_sites.index[site], w->subsets, &k);
    for (int64_t l = 0; l < w->e->observed.n_leads && s == FRS_OK; l++)
        s = frs__cancelled(w->ctx) ? frs__fail(w->ctx, FRS_E_CANCELLED, _("interrupted"))
                                   : score_column(w, c, &k, site, l);
    frs__norm_free(w->ctx, &k);
    return s;
}

frs_status frs__eval_score(const frs_scoring *w) {
    frs_column c = {0};
    frs_status s = frs__column_new(w->ctx, w->e, &c);
    for (int64_t site = 0; site < w->e->observed.n_sites && s == FRS_OK; site++)
        s = score_site(w, &c, site);
    frs__column_free(w->ctx, &c, w->e->n_models);
    return s;
}

double frs__choice_score(const frs_scores *s, const char *metric, int64_t model, double *room,
                         int64_t *leads) {
    int64_t last = 0;
    double sum = 0;
    *leads = 0;
    for (int64_t i = 0; i < s->n; i++)
        if (s->items[i].lead > last) last = s->items[i].lead;
    for (int64_t lead = 0; lead <= last; lead++) {
        int64_t n = 0;
        for (int64_t i = 0; i < s->n; i++) {
            const frs_report_score *k = &s->items[i];
            if (k->model == model && k->lead == lead && strcmp(k->period, "validation") == 0 &&
                strcmp(k->metric, metric) == 0 && !isnan(k->value))
                room[n++] = k->value;
        }
        if (n) sum += frs__median(room, n), ++*leads;
    }
    return *leads ? sum / (double)*leads : (double)NAN;
}
