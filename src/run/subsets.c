/* Which parts of the test period are scored apart: seasons, classes of flow, floods. Thresholds
 * come from the flow of the training period: nothing is chosen by looking at the test period. */
#include "run/subsets.h"
#include "freshet/stats.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const frs_subsets usual = {.n_seasons = 4,
                                  .season = {{12, 2}, {3, 5}, {6, 8}, {9, 11}},
                                  .n_classes = 2,
                                  .class_q = {0.3, 0.7},
                                  .n_events = 2,
                                  .event_q = {0.9, 0.98}};

static frs_status too_many(frs_ctx *ctx, const frs_config *c, const char *key, int64_t n) {
    char where[512];
    if (n <= FRS_MAX_SUBSETS) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld values, at most %d are supported"),
                     frs_config_where(c, key, where), (long long)n, FRS_MAX_SUBSETS);
}

static frs_status seasons(frs_ctx *ctx, const frs_config *c, frs_subsets *s) {
    char where[512];
    const int64_t n = frs_config_list_count(c, "seasons");
    FRS_TRY(too_many(ctx, c, "seasons", n));
    for (s->n_seasons = 0; s->n_seasons < n; s->n_seasons++) {
        frs_season season;
        const frs_status st =
            frs_season_parse(ctx, frs_config_list_at(c, "seasons", s->n_seasons), &season);
        if (st != FRS_OK) return frs__fail_in(ctx, st, "%s", frs_config_where(c, "seasons", where));
        s->season[s->n_seasons][0] = season.first_month;
        s->season[s->n_seasons][1] = (season.first_month + season.n_months - 2) % 12 + 1;
    }
    return FRS_OK;
}

static frs_status quantiles(frs_ctx *ctx, const frs_config *c, const char *key, double *q, int *n) {
    char where[512];
    const int64_t count = frs_config_list_count(c, key);
    FRS_TRY(too_many(ctx, c, key, count));
    for (*n = 0; *n < count; (*n)++) {
        const char *text = frs_config_list_at(c, key, *n);
        if (!frs__parse_double(text, strlen(text), '.', &q[*n]) ||
            !(q[*n] > (*n > 0 ? q[*n - 1] : 0)) || !(q[*n] < 1))
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: expected numbers between 0 and 1, each above the one before, "
                               "found '%.40s'"),
                             frs_config_where(c, key, where), text);
    }
    return FRS_OK;
}

frs_status frs__subsets_of(frs_ctx *ctx, const frs_config *c, frs_subsets *s) {
    *s = usual;
    if (frs_config_has(c, "seasons")) FRS_TRY(seasons(ctx, c, s));
    if (frs_config_has(c, "flow_quantiles"))
        FRS_TRY(quantiles(ctx, c, "flow_quantiles", s->class_q, &s->n_classes));
    if (frs_config_has(c, "event_quantiles"))
        FRS_TRY(quantiles(ctx, c, "event_quantiles", s->event_q, &s->n_events));
    return FRS_OK;
}

/* ---- what the training period says of one site's flow */

static bool within(const frs_period *p, int64_t time_s) {
    return time_s >= p->first_s && time_s <= p->last_s;
}

/* Trained on, or nothing may be taken from it. */
static bool in_training(const frs_run_data *d, int64_t time_s) {
    for (int64_t i = 0; i < d->n_exclude; i++)
        if (within(&d->exclude[i], time_s)) return false;
    return within(&d->training, time_s) && !within(&d->test, time_s);
}

/* Too little flow there leaves NaN: then no class, no flood. */
static frs_status thresholds(frs_ctx *ctx, const frs_subsets *s, frs_site_norm *k) {
    frs_status status =
        frs_flow_quantiles(ctx, k->flow, k->n, s->class_q, s->n_classes, k->class_at);
    if (status == FRS_OK)
        status = frs_flow_quantiles(ctx, k->flow, k->n, s->event_q, s->n_events, k->event_at);
    for (int i = 0; status == FRS_E_NODATA && i < FRS_MAX_SUBSETS; i++)
        k->class_at[i] = k->event_at[i] = NAN;
    return status == FRS_E_NODATA ? FRS_OK : status;
}

frs_status frs__norm_new(frs_ctx *ctx, const frs_run_data *d, int64_t site, const frs_subsets *s,
                         frs_site_norm *k) {
    const frs_store_info info = frs_store_get_info(d->store);
    const frs_store_site at = frs_store_get_site(d->store, site);
    const int target = frs_store_find_var(d->store, d->task.target);
    *k = (frs_site_norm){.n = at.n,
                         .flow = frs__alloc(ctx, at.n, sizeof(float)),
                         .season = frs__alloc(ctx, at.n, sizeof(float)),
                         .month = frs__alloc(ctx, at.n, 1)};
    if (!k->flow || !k->season || !k->month) return FRS_E_NOMEM;
    for (int64_t i = 0; i < at.n; i++) {
        const int64_t time_s = frs_step_add(info.step, at.start_s, i);
        const bool used = in_training(d, time_s);
        k->month[i] = (unsigned char)frs_civil_from_time(time_s).month;
        k->flow[i] = used ? at.values[i * info.n_vars + target] : NAN;
    }
    return thresholds(ctx, s, k);
}

void frs__norm_free(frs_ctx *ctx, frs_site_norm *k) {
    frs__free(ctx, k->flow);
    frs__free(ctx, k->season);
    frs__free(ctx, k->month);
}

/* ---- scores of the parts */

static bool in_months(int month, int first, int last) {
    return first <= last ? month >= first && month <= last : month >= first || month <= last;
}

/* The model's values where `in`, NaN elsewhere, into c->part. */
static frs_pairs part(const frs_column *c, int64_t model, const frs_subset *in) {
    for (int64_t i = 0; i < c->n; i++) {
        const double q = (double)c->obs[i];
        const bool season = in_months(c->month[i], in->first, in->last);
        c->part[i] = season && q >= in->least && q < in->below ? c->sim[model][i] : NAN;
    }
    return frs_pairs_of(c->part, c->obs, c->n);
}

static frs_status put(const frs_scoring *w, frs_report_score row, const char *metric,
                      double value) {
    row.value = value;
    row.low = row.high = NAN;
    snprintf(row.metric, sizeof row.metric, "%s", metric);
    return frs__put_score(w, row);
}

static frs_status score_part(const frs_scoring *w, const frs_column *c, frs_report_score row,
                             const frs_subset *in) {
    const frs_pairs p = part(c, row.model, in);
    for (int k = 0; k < 4 && in->metrics[k]; k++) {
        double value;
        frs_score_find(in->metrics[k])->pair(&p, &value);
        FRS_TRY(put(w, row, in->metrics[k], value));
    }
    return FRS_OK;
}

/* sim: the model's values of the part; its sigma is of the same months of the training period. */
static frs_status score_admissible(const frs_scoring *w, const frs_column *c,
                                   const frs_site_norm *k, frs_report_score row, const float *sim,
                                   const float *to) {
    double sigma, ratio, share;
    frs_change_sigma(k->flow, to, k->n, row.lead, &sigma);
    frs_admissible(sim, c->obs, c->n, sigma, &ratio, &share);
    FRS_TRY(put(w, row, row.lead > 0 ? "S/sigma-delta" : "S/sigma", ratio));
    return put(w, row, "within-admissible", share);
}

static frs_status score_seasons(const frs_scoring *w, const frs_column *c, const frs_site_norm *k,
                                frs_report_score row) {
    for (int i = 0; i < w->subsets->n_seasons; i++) {
        const int *season = w->subsets->season[i];
        const frs_subset in = {
            season[0], season[1], -INFINITY, INFINITY, {"NSE", "KGE", "RMSE", "PBIAS"}};
        snprintf(row.subset, sizeof row.subset, "months_%d-%d", season[0], season[1]);
        FRS_TRY(score_part(w, c, row, &in)); /* leaves the model's values in c->part */
        for (int64_t t = 0; t < k->n; t++)
            k->season[t] = in_months(k->month[t], season[0], season[1]) ? k->flow[t] : NAN;
        FRS_TRY(score_admissible(w, c, k, row, c->part, k->season));
    }
    return FRS_OK;
}

/* An efficiency within a class compares with a spread that the class itself has cut: not told. */
static frs_status score_classes(const frs_scoring *w, const frs_column *c, const frs_site_norm *k,
                                frs_report_score row) {
    const frs_subsets *s = w->subsets;
    for (int i = 0; s->n_classes > 0 && i <= s->n_classes; i++) {
        char from[40], to[40];
        const frs_subset in = {1,
                               12,
                               i > 0 ? k->class_at[i - 1] : -INFINITY,
                               i < s->n_classes ? k->class_at[i] : INFINITY,
                               {"RMSE", "MAE", "PBIAS"}};
        snprintf(row.subset, sizeof row.subset, "flow_%.8s-%.8s",
                 frs__format_double(i > 0 ? s->class_q[i - 1] : 0, from),
                 frs__format_double(i < s->n_classes ? s->class_q[i] : 1, to));
        FRS_TRY(score_part(w, c, row, &in));
    }
    return FRS_OK;
}

static frs_status score_events(const frs_scoring *w, const frs_column *c, const frs_site_norm *k,
                               frs_report_score row) {
    const frs_score_series d = {c->sim[row.model], c->obs, c->n, w->steps_per_day};
    for (int i = 0; i < w->subsets->n_events; i++) {
        frs_events e = {.pod = NAN, .far = NAN, .csi = NAN};
        char q[40];
        if (!isnan(k->event_at[i])) FRS_TRY(frs_events_of(w->ctx, &d, k->event_at[i], &e));
        snprintf(row.subset, sizeof row.subset, "events_%.8s",
                 frs__format_double(w->subsets->event_q[i], q));
        FRS_TRY(put(w, row, "POD", e.pod));
        FRS_TRY(put(w, row, "FAR", e.far));
        FRS_TRY(put(w, row, "CSI", e.csi));
        FRS_TRY(put(w, row, "events", (double)(e.hits + e.misses)));
    }
    return FRS_OK;
}

frs_status frs__score_subsets(const frs_scoring *w, const frs_column *c, const frs_site_norm *k,
                              frs_report_score row) {
    FRS_TRY(score_admissible(w, c, k, row, c->sim[row.model], k->flow));
    FRS_TRY(score_seasons(w, c, k, row));
    FRS_TRY(score_classes(w, c, k, row));
    return score_events(w, c, k, row);
}
