/* The dense table behind the page. */
#include "report/view.h"
#include "report/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_CELLS = 1 << 24
}; /* 6,000 catchments x 7 leads x 8 models x 20 scores x 2 periods; 400 MB */
static const frs_value undefined = {NAN, NAN, NAN};

static int compare_doubles(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void frs__sort(double *a, int64_t n) {
    qsort(a, (size_t)n, sizeof *a, compare_doubles);
}

double frs__quantile(const double *sorted, int64_t n, double q) {
    if (n <= 0) return NAN;
    const double h = q * (double)(n - 1);
    const int64_t i = (int64_t)floor(h);
    if (i + 1 >= n) return sorted[n - 1];
    return sorted[i] + (h - (double)i) * (sorted[i + 1] - sorted[i]);
}

double frs__goodness(const char *metric, double value) {
    const frs_score *s = frs_score_find(metric);
    if (!s || s->better > 0) return value;
    if (s->better < 0) return -value;
    return -fabs(value - s->best);
}

int64_t frs__view_winner(const frs_view *v) {
    return v->chosen >= 0 ? v->chosen : v->best;
}

bool frs__is_efficiency(const char *metric) {
    const frs_score *s = frs_score_find(metric);
    return s && s->better > 0 && s->best == 1 && strcmp(s->unit, "-") == 0;
}

int frs__digits(const char *metric, double v) {
    const frs_score *s = frs_score_find(metric);
    if (s && !strcmp(s->unit, "%")) return 1;
    if ((s && strcmp(s->unit, "-") != 0) || fabs(v) >= 100)
        return fabs(v) >= 100 ? 0 : fabs(v) >= 10 ? 1 : fabs(v) >= 1 ? 2 : 3;
    return 3;
}

bool frs__is_best(const frs_view *v, int period, int64_t lead, int64_t model, int metric) {
    char mine[40], other[40];
    const double value = frs__view_median(v, period, lead, model, metric, NULL).value;
    const char *name = v->metrics[metric];
    if (!isfinite(value)) return false;
    for (int64_t m = 0; m < v->r->n_models; m++) {
        const double x = frs__view_median(v, period, lead, m, metric, NULL).value;
        if (!isfinite(x) || !(frs__goodness(name, x) > frs__goodness(name, value))) continue;
        if (strcmp(frs__fixed(x, frs__digits(name, x), other),
                   frs__fixed(value, frs__digits(name, value), mine)) != 0)
            return false;
    }
    return true;
}

const char *frs__model_title(const frs_report *r, int64_t model) {
    return r->models[model].title ? r->models[model].title : r->models[model].name;
}

int frs__view_metric(const frs_view *v, const char *name) {
    for (int i = 0; i < v->n_metrics; i++)
        if (!strcmp(v->metrics[i], name)) return i;
    return -1;
}

static int64_t place(const frs_view *v, int period, int64_t site, int64_t lead, int64_t model,
                     int metric) {
    return (((period * v->r->n_sites + site) * v->n_leads + lead) * v->r->n_models + model) *
               v->n_metrics +
           metric;
}

frs_value frs__view_at(const frs_view *v, int period, int64_t site, int64_t lead, int64_t model,
                       int metric) {
    if (metric < 0 || period >= v->n_periods) return undefined;
    return v->table[place(v, period, site, lead, model, metric)];
}

/* Index of name in list[n][size], added when there is room; -1: no room. */
static int intern(char *list, int *n, int limit, size_t size, const char *name) {
    for (int i = 0; i < *n; i++)
        if (!strcmp(list + (size_t)i * size, name)) return i;
    if (*n >= limit) return -1;
    const size_t len = strnlen(name, size - 1);
    memcpy(list + (size_t)*n * size, name, len);
    list[(size_t)*n * size + len] = 0;
    return (*n)++;
}

static bool usable(const frs_view *v, const frs_report_score *s) {
    const int64_t lead = v->r->leads > 0 ? s->lead - 1 : s->lead;
    return s->site >= 0 && s->site < v->r->n_sites && s->model >= 0 && s->model < v->r->n_models &&
           lead >= 0 && lead < v->n_leads;
}

static frs_status fill_table(frs_view *v) {
    const frs_report *r = v->r;
    for (int64_t i = 0; i < r->n_scores; i++)
        if (!*r->scores[i].subset && !strcmp(r->scores[i].period, "test")) {
            intern(v->periods[0], &v->n_periods, FRS_MAX_PERIODS, sizeof v->periods[0], "test");
            break;
        }
    for (int64_t i = 0; i < r->n_scores; i++) {
        if (*r->scores[i].subset) continue; /* efficiency.c */
        intern(v->periods[0], &v->n_periods, FRS_MAX_PERIODS, sizeof v->periods[0],
               r->scores[i].period);
        intern(v->metrics[0], &v->n_metrics, FRS_MAX_METRICS, sizeof v->metrics[0],
               r->scores[i].metric);
    }
    int64_t n = (int64_t)v->n_metrics * v->n_periods;
    if (__builtin_mul_overflow(n, r->n_sites, &n) || __builtin_mul_overflow(n, v->n_leads, &n) ||
        __builtin_mul_overflow(n, r->n_models, &n) || n > MAX_CELLS)
        return frs__fail(
            v->ctx, FRS_E_ARG,
            _("report: %lld sites, %lld leads, %lld models and %d scores are more than "
              "a page can hold"),
            (long long)r->n_sites, (long long)v->n_leads, (long long)r->n_models, v->n_metrics);
    v->table = frs__alloc(v->ctx, n, sizeof *v->table);
    if (!v->table) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) v->table[i] = undefined;
    for (int64_t i = 0; i < r->n_scores; i++) {
        const frs_report_score *s = &r->scores[i];
        if (*s->subset) continue;
        const int p =
            intern(v->periods[0], &v->n_periods, FRS_MAX_PERIODS, sizeof v->periods[0], s->period);
        const int m =
            intern(v->metrics[0], &v->n_metrics, FRS_MAX_METRICS, sizeof v->metrics[0], s->metric);
        if (p < 0 || m < 0 || !usable(v, s)) continue;
        v->table[place(v, p, s->site, r->leads > 0 ? s->lead - 1 : s->lead, s->model, m)] =
            (frs_value){s->value, s->low, s->high};
    }
    v->main = frs__view_metric(v, r->main_metric ? r->main_metric : "NSE");
    return FRS_OK;
}

frs_value frs__view_median(const frs_view *v, int period, int64_t lead, int64_t model, int metric,
                           int64_t *n) {
    if (n) *n = 0;
    if (metric < 0) return undefined;
    if (v->r->n_sites == 1) {
        const frs_value one = frs__view_at(v, period, 0, lead, model, metric);
        if (n) *n = !isnan(one.value);
        return one;
    }
    double *sorted = v->scratch;
    int64_t k = 0;
    for (int64_t i = 0; i < v->r->n_sites; i++) {
        const double x = frs__view_at(v, period, i, lead, model, metric).value;
        if (!isnan(x)) sorted[k++] = x;
    }
    frs__sort(sorted, k);
    const frs_value m = {frs__quantile(sorted, k, 0.5), frs__quantile(sorted, k, 0.25),
                         frs__quantile(sorted, k, 0.75)};
    if (n) *n = k;
    return m;
}

double frs__view_overall(const frs_view *v, int64_t model, int metric) {
    double sum = 0;
    for (int64_t l = 0; l < v->n_leads; l++)
        sum += frs__view_median(v, 0, l, model, metric, NULL).value;
    return sum / (double)v->n_leads;
}

int64_t frs__view_best_at(const frs_view *v, int64_t lead, bool baselines_only) {
    int64_t best = -1;
    double top = NAN;
    if (v->main < 0) return -1;
    for (int64_t m = 0; m < v->r->n_models; m++) {
        if (baselines_only && !v->r->models[m].baseline) continue;
        const double g = frs__goodness(v->metrics[v->main],
                                       frs__view_median(v, 0, lead, m, v->main, NULL).value);
        if (isnan(g) || (best >= 0 && !(g > top))) continue;
        best = m;
        top = g;
    }
    return best;
}

/* Insertion sort: a handful of models; stable, so that ties keep the order of the config. */
static frs_status sort_models(frs_view *v) {
    const int64_t n = v->r->n_models;
    double *g = frs__alloc(v->ctx, n, sizeof *g);
    v->order = frs__alloc(v->ctx, n, sizeof *v->order);
    if (!g || !v->order) {
        frs__free(v->ctx, g);
        return FRS_E_NOMEM;
    }
    for (int64_t i = 0; i < n; i++) {
        g[i] = v->main < 0 ? NAN
                           : frs__goodness(v->metrics[v->main], frs__view_overall(v, i, v->main));
        int64_t k = i;
        for (; k > 0 && !isnan(g[i]) && !(g[v->order[k - 1]] >= g[i]); k--)
            v->order[k] = v->order[k - 1];
        v->order[k] = i;
    }
    v->best = n > 0 && !isnan(g[v->order[0]]) ? v->order[0] : -1;
    for (int64_t i = 0; v->r->best && i < n; i++)
        if (v->r->models[i].name && !strcmp(v->r->models[i].name, v->r->best)) v->chosen = i;
    frs__free(v->ctx, g);
    return FRS_OK;
}

const float *frs__site_values(const frs_view *v, int64_t model, int64_t site) {
    const frs_archive *a = model < 0 ? &v->r->observed : &v->r->models[model].archive;
    return a->values ? a->values + site * a->n_issues * a->n_leads : NULL;
}

int64_t frs__valid_time(const frs_view *v, int64_t issue, int64_t lead) {
    const frs_archive *a = &v->r->observed;
    return frs_step_add(a->step, a->first_issue_s, issue + (v->r->leads > 0 ? lead + 1 : 0));
}

frs_status frs__check_geometry(frs_ctx *ctx, const frs_report *r) {
    const frs_archive *o = &r->observed;
    const int64_t n_leads = r->leads > 0 ? r->leads : 1;
    if (o->values && (o->n_sites != r->n_sites || o->n_leads != n_leads))
        return frs__fail(
            ctx, FRS_E_ARG,
            _("report: the observations have %lld sites and %lld leads, expected %lld and %lld"),
            (long long)o->n_sites, (long long)o->n_leads, (long long)r->n_sites,
            (long long)n_leads);
    for (int64_t m = 0; m < r->n_models; m++) {
        const frs_archive *a = &r->models[m].archive;
        if (a->values && (!o->values || a->n_sites != o->n_sites || a->n_issues != o->n_issues ||
                          a->n_leads != o->n_leads || a->first_issue_s != o->first_issue_s))
            return frs__fail(
                ctx, FRS_E_ARG,
                _("report: predictions of %s are of another geometry than the observations"),
                r->models[m].name);
    }
    return FRS_OK;
}

static frs_status mark_common(frs_view *v) {
    const frs_archive *o = &v->r->observed;
    v->n_common = frs__alloc(v->ctx, v->n_leads, sizeof *v->n_common);
    if (!v->n_common) return FRS_E_NOMEM;
    if (v->r->n_common)
        memcpy(v->n_common, v->r->n_common, (size_t)v->n_leads * sizeof *v->n_common);
    if (!o->values) return FRS_OK;
    const int64_t n = o->n_sites * o->n_issues * o->n_leads;
    v->common = frs__alloc(v->ctx, n, 1);
    if (!v->common) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        bool all = isfinite(o->values[i]);
        for (int64_t m = 0; all && m < v->r->n_models; m++) {
            const float *p = v->r->models[m].archive.values;
            all = !p || isfinite(p[i]);
        }
        v->common[i] = all;
        if (!v->r->n_common) v->n_common[i % v->n_leads] += all;
    }
    return FRS_OK;
}

typedef struct site_rank {
    double goodness;
    int64_t site;
} site_rank;

static int compare_ranks(const void *a, const void *b) {
    const site_rank *x = a, *y = b;
    if (x->goodness != y->goodness) return x->goodness > y->goodness ? -1 : 1;
    return x->site < y->site ? -1 : x->site > y->site;
}

/* All sites when they are few; else the best, the middle and the worst four by the winner's score.
 */
static frs_status choose_shown(frs_view *v) {
    const int64_t n = v->r->n_sites, third = FRS_MAX_SHOWN / 3;
    if (n <= FRS_MAX_SHOWN) {
        v->n_shown = n;
        for (int64_t i = 0; i < n; i++) v->shown[i] = i;
        return FRS_OK;
    }
    site_rank *rank = frs__alloc(v->ctx, n, sizeof *rank);
    if (!rank) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const double value = v->best < 0 ? NAN : frs__view_at(v, 0, i, 0, v->best, v->main).value;
        const double g = v->best < 0 ? NAN : frs__goodness(v->metrics[v->main], value);
        rank[i] = (site_rank){isnan(g) ? -INFINITY : g, i};
    }
    qsort(rank, (size_t)n, sizeof *rank, compare_ranks);
    for (int64_t i = 0; i < third; i++) {
        v->shown[i] = rank[i].site;
        v->shown[third + i] = rank[n / 2 - third / 2 + i].site;
        v->shown[2 * third + i] = rank[n - third + i].site;
    }
    v->n_shown = FRS_MAX_SHOWN;
    frs__free(v->ctx, rank);
    return FRS_OK;
}

frs_status frs__view_new(frs_ctx *ctx, const frs_report *r, frs_view *v) {
    *v = (frs_view){.ctx = ctx,
                    .r = r,
                    .n_leads = r->leads > 0 ? r->leads : 1,
                    .main = -1,
                    .best = -1,
                    .chosen = -1};
    v->russian = r->lang && !strncmp(r->lang, "ru", 2);
    frs_status s = frs__check_geometry(ctx, r);
    v->scratch = frs__alloc(ctx, r->n_sites, sizeof *v->scratch);
    if (s == FRS_OK && !v->scratch) s = FRS_E_NOMEM;
    if (s == FRS_OK) s = fill_table(v);
    if (s == FRS_OK) s = sort_models(v);
    if (s == FRS_OK) s = mark_common(v);
    if (s == FRS_OK) s = choose_shown(v);
    if (s != FRS_OK) frs__view_free(v);
    return s;
}

void frs__view_free(frs_view *v) {
    frs__free(v->ctx, v->table);
    frs__free(v->ctx, v->common);
    frs__free(v->ctx, v->n_common);
    frs__free(v->ctx, v->order);
    frs__free(v->ctx, v->scratch);
    v->scratch = NULL;
    v->table = NULL;
    v->common = NULL;
    v->n_common = v->order = NULL;
}

int64_t frs_report_best(frs_ctx *ctx, const frs_report *r) {
    frs_view v;
    if (frs__view_new(ctx, r, &v) != FRS_OK) return -1;
    const int64_t best = v.best;
    frs__view_free(&v);
    return best;
}
