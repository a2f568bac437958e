/* Is the model that the validation period chose better than each reference? Tests on the samples
 * that were scored, which allow for what is not independent in them: one catchment, whole water
 * years drawn anew; many, signed ranks of their scores; forecasts, squared errors with their
 * autocorrelation. */
#include "freshet/verify.h"
#include "run/run_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Years are drawn anew for so few catchments; signed ranks show nothing below LEAST_RANKED. */
enum { MOST_BY_YEARS = 12, LEAST_RANKED = 6 };
static const char metric[] = "NSE";
static const double level = 0.05;

typedef struct comparing {
    const frs_scoring *w;
    int64_t winner, n_leads, n_sites, n_models;
    bool *is_reference; /* [n_models] */
    double *nse;        /* [site][lead][model] of the test period; NaN: none */
    double *scratch;    /* [n_sites] */
    frs_report_test *out;
    int64_t n, cap;
} comparing;

static frs_status put(comparing *k, frs_report_test row) {
    if (k->n == k->cap) {
        const int64_t cap = k->cap ? 2 * k->cap : 64;
        frs_report_test *grown = frs__realloc(k->w->ctx, k->out, k->n, cap, sizeof *grown);
        if (!grown) return FRS_E_NOMEM;
        k->out = grown;
        k->cap = cap;
    }
    k->out[k->n++] = row;
    return FRS_OK;
}

/* A test that could not be made is a row that says why; anything else is an error. */
static frs_status add(comparing *k, frs_report_test row, const frs_test *t, frs_status s) {
    static const frs_test_note few[] = {[FRS_BOOTSTRAP_YEARS] = FRS_NOTE_FEW_YEARS,
                                        [FRS_WILCOXON] = FRS_NOTE_FEW_CATCHMENTS,
                                        [FRS_DIEBOLD_MARIANO] = FRS_NOTE_FEW_STEPS};
    if (s != FRS_OK && s != FRS_E_NODATA && s != FRS_E_UNDEFINED) return s;
    if (s == FRS_E_NODATA) row.note = few[row.method];
    if (s == FRS_E_UNDEFINED) row.note = FRS_NOTE_UNDEFINED;
    row.winner = k->winner;
    row.difference = t->difference;
    row.low = t->low;
    row.high = t->high;
    row.statistic = t->statistic;
    row.p = t->p;
    row.p_holm = NAN;
    row.n = t->n;
    snprintf(row.metric, sizeof row.metric, "%s",
             row.method == FRS_DIEBOLD_MARIANO ? "MSE" : metric);
    return put(k, row);
}

static double *nse_at(const comparing *k, int64_t site, int64_t lead_index, int64_t model) {
    return &k->nse[(site * k->n_leads + lead_index) * k->n_models + model];
}

static void gather_scores(comparing *k) {
    const bool simulation = k->w->e->observed.simulation;
    for (int64_t i = 0; i < k->n_sites * k->n_leads * k->n_models; i++) k->nse[i] = NAN;
    for (int64_t i = 0; i < k->w->out->n; i++) {
        const frs_report_score *s = &k->w->out->items[i];
        if (strcmp(s->period, k->w->e->period) == 0 && !*s->subset &&
            strcmp(s->metric, metric) == 0)
            *nse_at(k, s->site, simulation ? 0 : s->lead - 1, s->model) = s->value;
    }
}

/* Signed ranks over the sites, beside the median difference with its interval. */
static frs_status over_sites(comparing *k, int64_t lead_index, frs_report_test row) {
    frs_test t, median;
    for (int64_t i = 0; i < k->n_sites; i++)
        k->scratch[i] =
            *nse_at(k, i, lead_index, k->winner) - *nse_at(k, i, lead_index, row.reference);
    FRS_TRY(frs_median_interval(k->w->ctx, k->scratch, k->n_sites, k->w->seed, &median));
    const frs_status s = frs_wilcoxon(k->w->ctx, k->scratch, k->n_sites, &t);
    t.difference = median.difference;
    t.low = median.low;
    t.high = median.high;
    row.site = -1;
    row.method = FRS_WILCOXON;
    return add(k, row, &t, s == FRS_OK && t.n < LEAST_RANKED ? FRS_E_NODATA : s);
}

static frs_status at_site(comparing *k, const frs_column *c, frs_report_test row) {
    const frs_scoring *w = k->w;
    const frs_rivals r = {c->sim[k->winner], c->sim[row.reference], c->obs, c->n};
    frs_test t;
    if (k->n_sites <= MOST_BY_YEARS) {
        const frs_score_years years = {c->time, w->year_start, w->seed};
        row.method = FRS_BOOTSTRAP_YEARS;
        const frs_status s = frs_score_difference(w->ctx, frs_score_find(metric), &r, &years, &t);
        FRS_TRY(add(k, row, &t, s));
    }
    if (row.lead == 0) return FRS_OK;
    row.method = FRS_DIEBOLD_MARIANO;
    const frs_status s = frs_diebold_mariano(w->ctx, &r, row.lead, &t);
    return add(k, row, &t, s);
}

/* Every reference at every lead; site -1: over all sites. */
static frs_status each_lead(comparing *k, frs_column *c, int64_t site) {
    const bool simulation = k->w->e->observed.simulation;
    for (int64_t l = 0; l < k->n_leads; l++) {
        if (frs__cancelled(k->w->ctx))
            return frs__fail(k->w->ctx, FRS_E_CANCELLED, _("interrupted"));
        if (site >= 0) frs__column_cut(k->w->e, site, l, c);
        for (int64_t m = 0; m < k->n_models; m++) {
            const frs_report_test row = {
                .site = site, .lead = simulation ? 0 : l + 1, .reference = m};
            if (!k->is_reference[m]) continue;
            FRS_TRY(site >= 0 ? at_site(k, c, row) : over_sites(k, l, row));
        }
    }
    return FRS_OK;
}

static void judge(frs_report_test *t) {
    const bool lower_is_better = t->method == FRS_DIEBOLD_MARIANO;
    if (isnan(t->p_holm) || t->note != FRS_NOTE_NONE)
        t->verdict = FRS_UNTESTED;
    else if (!(t->p_holm < level))
        t->verdict = FRS_UNPROVEN;
    else
        t->verdict = (t->difference > 0) != lower_is_better ? FRS_BETTER : FRS_WORSE;
}

/* Every reference and lead of one site and method is one family; rows of a site stand together. p
 * [end - from]: scratch. */
static frs_status correct_family(comparing *k, int64_t from, int64_t end, double *p) {
    frs_report_test *rows = k->out + from;
    for (int64_t i = 0; i < end - from; i++) /* NaN: of another family */
        p[i] = rows[i].method == rows[0].method ? rows[i].p : (double)NAN;
    FRS_TRY(frs_holm(k->w->ctx, p, end - from, p));
    for (int64_t i = 0; i < end - from; i++) {
        if (rows[i].method != rows[0].method) continue;
        rows[i].p_holm = p[i];
        judge(&rows[i]);
    }
    return FRS_OK;
}

static frs_status correct(comparing *k) {
    double *p = frs__alloc(k->w->ctx, k->n, sizeof *p);
    bool done[FRS_DIEBOLD_MARIANO + 1] = {false};
    frs_status s = p ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0, end; i < k->n && s == FRS_OK; i++) {
        if (i == 0 || k->out[i].site != k->out[i - 1].site) memset(done, 0, sizeof done);
        if (done[k->out[i].method]) continue;
        for (end = i; end < k->n && k->out[end].site == k->out[i].site;) end++;
        s = correct_family(k, i, end, p);
        done[k->out[i].method] = true;
    }
    frs__free(k->w->ctx, p);
    return s;
}

static void find_references(comparing *k, const frs_config *c) {
    const int64_t n = frs_config_list_count(c, "references");
    for (int64_t i = 0; i < n; i++) {
        const char *name = frs_config_list_at(c, "references", i);
        bool there = false;
        for (int64_t m = 0; m < k->n_models; m++) there |= strcmp(k->w->names[m], name) == 0;
        if (!there)
            frs__log(k->w->ctx, FRS_LOG_WARN, _("references: %s takes no part in this run"), name);
    }
    for (int64_t m = 0; m < k->n_models; m++) {
        const char *name = k->w->names[m];
        bool named = n == 0 && !(k->w->ensemble && k->w->ensemble[m]);
        for (int64_t i = 0; i < n; i++)
            named |= strcmp(frs_config_list_at(c, "references", i), name) == 0;
        k->is_reference[m] = named && m != k->winner;
    }
}

static frs_status compare_all(comparing *k, frs_column *c) {
    gather_scores(k);
    if (k->n_sites > 1) FRS_TRY(each_lead(k, c, -1));
    if (k->n_sites <= MOST_BY_YEARS || !k->w->e->observed.simulation)
        for (int64_t site = 0; site < k->n_sites; site++) FRS_TRY(each_lead(k, c, site));
    return correct(k);
}

frs_status frs__eval_tests(const frs_scoring *w, const frs_config *c, int64_t winner,
                           frs_report_test **tests, int64_t *n_tests) {
    const frs_archive *o = &w->e->observed;
    comparing k = {.w = w,
                   .winner = winner,
                   .n_leads = o->n_leads,
                   .n_sites = o->n_sites,
                   .n_models = w->e->n_models};
    frs_column column = {0};
    k.is_reference = frs__alloc(w->ctx, k.n_models, sizeof *k.is_reference);
    k.nse = frs__alloc(w->ctx, k.n_sites * k.n_leads * k.n_models, sizeof *k.nse);
    k.scratch = frs__alloc(w->ctx, k.n_sites, sizeof *k.scratch);
    frs_status s = k.is_reference && k.nse && k.scratch ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) find_references(&k, c);
    if (s == FRS_OK) s = frs__column_new(w->ctx, w->e, &column);
    if (s == FRS_OK) s = compare_all(&k, &column);
    frs__column_free(w->ctx, &column, k.n_models);
    frs__free(w->ctx, k.is_reference);
    frs__free(w->ctx, k.nse);
    frs__free(w->ctx, k.scratch);
    *tests = k.out;
    *n_tests = k.n;
    return s;
}
