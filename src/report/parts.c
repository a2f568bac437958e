/* Scores of parts of the test period: by season, by class of flow, of floods; and the admissible
 * error. Medians over catchments where there are several. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 48, MAX_PART_METRICS = 16, TEXT = 96 };

/* A value and where it stands, as one number that sorts: part, metric, lead, model. */
typedef struct part_value {
    uint64_t key;
    double value;
} part_value;

typedef struct parts {
    int n_parts, n_metrics;
    char part[MAX_PARTS][24], metric[MAX_PART_METRICS][32];
    part_value *values; /* sorted by key, then value; NaN left out */
    int64_t n;
} parts;

static int find(const char *list, int n, size_t size, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(list + (size_t)i * size, name) == 0) return i;
    return -1;
}

/* Index of name, added when there is room; -1: no room. */
static int intern(char *list, int *n, int limit, size_t size, const char *name) {
    const int i = find(list, *n, size, name);
    if (i >= 0 || *n == limit) return i;
    snprintf(list + (size_t)*n * size, size, "%s", name);
    return (*n)++;
}

static uint64_t key_of(int part, int metric, int64_t lead, int64_t model) {
    return (uint64_t)part << 56 | (uint64_t)metric << 48 | (uint64_t)lead << 16 | (uint64_t)model;
}

static int by_key_and_value(const void *x, const void *y) {
    const part_value *a = x, *b = y;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static bool gather(frs_page *p, parts *t) {
    const frs_report *r = p->r;
    int64_t n = 0;
    for (int64_t i = 0; i < r->n_scores; i++) n += *r->scores[i].subset != 0;
    t->values = frs__alloc(p->ctx, n, sizeof *t->values);
    if (!t->values) p->status = FRS_E_NOMEM;
    for (int64_t i = 0; i < r->n_scores && t->values && n > 0; i++) {
        const frs_report_score *s = &r->scores[i];
        const int64_t lead = r->leads > 0 ? s->lead - 1 : s->lead;
        if (!*s->subset || strcmp(s->period, "test") != 0 || lead < 0 || lead >= p->v->n_leads ||
            s->model < 0 || s->model >= r->n_models)
            continue;
        const int part = intern(t->part[0], &t->n_parts, MAX_PARTS, sizeof t->part[0], s->subset);
        const int metric =
            intern(t->metric[0], &t->n_metrics, MAX_PART_METRICS, sizeof t->metric[0], s->metric);
        if (part >= 0 && metric >= 0 && isfinite(s->value))
            t->values[t->n++] = (part_value){key_of(part, metric, lead, s->model), s->value};
    }
    if (t->values) qsort(t->values, (size_t)t->n, sizeof *t->values, by_key_and_value);
    return t->n > 0;
}

static int64_t first_of(const parts *t, uint64_t key) {
    int64_t lo = 0, hi = t->n;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (t->values[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static double median(const parts *t, int part, const char *metric, int64_t lead, int64_t model) {
    const int m = find(t->metric[0], t->n_metrics, sizeof t->metric[0], metric);
    if (m < 0) return NAN;
    const uint64_t key = key_of(part, m, lead, model);
    const int64_t from = first_of(t, key), n = first_of(t, key + 1) - from;
    if (n == 0) return NAN;
    return (t->values[from + (n - 1) / 2].value + t->values[from + n / 2].value) / 2;
}

/* ---- names of the parts */

static const char *month_name(double m) {
    static const char *const names[] = {N_("January"), N_("February"), N_("March"),
                                        N_("April"),   N_("May"),      N_("June"),
                                        N_("July"),    N_("August"),   N_("September"),
                                        N_("October"), N_("November"), N_("December")};
    return m >= 1 && m < 13 ? _(names[(int)m - 1]) : "?";
}

/* The two numbers of "A-B"; without '-' both are A. */
static bool two_numbers(const char *text, double *a, double *b) {
    const char *dash = strchr(text, '-');
    const size_t n = dash ? (size_t)(dash - text) : strlen(text);
    if (!frs__parse_double(text, n, '.', a)) return false;
    *b = *a;
    return !dash || frs__parse_double(dash + 1, strlen(dash + 1), '.', b);
}

static const char *percent(const frs_page *p, double q, char *buf) {
    const double v = 100 * q;
    return frs__prose(p, v, fabs(v - round(v)) < 1e-6 ? 0 : 1, buf);
}

static void part_title(const frs_page *p, const char *name, char out[TEXT]) {
    const char *rest = strchr(name, '_');
    double a, b;
    char x[40], y[40];
    if (!rest || !two_numbers(rest + 1, &a, &b))
        snprintf(out, TEXT, "%s", name);
    else if (!strncmp(name, "months_", 7) && !(a < b) && !(b < a))
        snprintf(out, TEXT, "%s", month_name(a));
    else if (!strncmp(name, "months_", 7))
        snprintf(out, TEXT, "%s – %s", month_name(a), month_name(b));
    else if (!strncmp(name, "events_", 7))
        snprintf(out, TEXT, _("above the %s %% quantile"), percent(p, a, x));
    else if (!(a > 0))
        snprintf(out, TEXT, _("lowest %s %%"), percent(p, b, x));
    else if (!(b < 1))
        snprintf(out, TEXT, _("highest %s %%"), percent(p, 1 - a, x));
    else
        snprintf(out, TEXT, _("%s to %s %%"), percent(p, a, x), percent(p, b, y));
}

/* ---- tables */

typedef struct kind {
    const char *prefix, *title, *corner, *main, *small[2];
} kind;

static const char *number(const char *metric, double v, char *buf) {
    return isfinite(v) ? frs__fixed(v, frs__digits(metric, v), buf) : "–";
}

static bool is_best(const frs_page *p, const parts *t, int part, const char *metric, int64_t lead,
                    int64_t model) {
    const double mine = frs__goodness(metric, median(t, part, metric, lead, model));
    for (int64_t m = 0; m < p->r->n_models; m++)
        if (frs__goodness(metric, median(t, part, metric, lead, m)) > mine) return false;
    return isfinite(mine);
}

static void cell(frs_page *p, const parts *t, int part, const kind *k, int64_t lead,
                 int64_t model) {
    char a[40];
    frs__buf_add(p->out,
                 is_best(p, t, part, k->main, lead, model) ? "<td class=\"best\">" : "<td>");
    frs__buf_add(p->out, number(k->main, median(t, part, k->main, lead, model), a));
    for (int i = 0; i < 2 && k->small[i]; i++) {
        frs__buf_add(p->out, i ? " / " : "<span class=\"ci\">");
        frs__buf_add(p->out, number(k->small[i], median(t, part, k->small[i], lead, model), a));
    }
    frs__buf_add(p->out, "</span></td>");
}

static bool is_of(const char *part, const kind *k) {
    return strncmp(part, k->prefix, strlen(k->prefix)) == 0;
}

static void head(frs_page *p, const parts *t, const kind *k) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"parts\"><thead><tr>");
    frs__tag(p, "th", _(k->corner));
    for (int i = 0; i < t->n_parts; i++) {
        char title[TEXT];
        if (!is_of(t->part[i], k)) continue;
        part_title(p, t->part[i], title);
        frs__tag(p, "th", title);
    }
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
}

static void table(frs_page *p, const parts *t, const kind *k, int64_t lead) {
    bool any = false;
    const bool scored = find(t->metric[0], t->n_metrics, sizeof t->metric[0], k->main) >= 0;
    for (int i = 0; i < t->n_parts; i++) any |= is_of(t->part[i], k);
    if (!any || !scored) return;
    frs__tag(p, "h3", _(k->title));
    head(p, t, k);
    for (int64_t i = 0; i < p->r->n_models; i++) {
        const int64_t m = p->v->order[i];
        frs__buf_add(p->out, "<tr>");
        frs__model_head(p, "row", m);
        for (int part = 0; part < t->n_parts; part++)
            if (is_of(t->part[part], k)) cell(p, t, part, k, lead, m);
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

/* How many floods were observed above each threshold: the same for every model. */
static void flood_counts(frs_page *p, const parts *t, int64_t lead) {
    const kind events = {.prefix = "events_"};
    bool any = false;
    for (int i = 0; i < t->n_parts; i++) {
        char title[TEXT], n[40];
        const double count = median(t, i, "events", lead, 0);
        if (!is_of(t->part[i], &events) || !isfinite(count)) continue;
        part_title(p, t->part[i], title);
        frs__buf_add(p->out, any ? " " : "<p class=\"small\">");
        frs__say(p,
                 p->r->n_sites > 1 ? _("Floods observed %s: %s, median over catchments.")
                                   : _("Floods observed %s: %s."),
                 title, frs__prose(p, count, 0, n));
        any = true;
    }
    if (any) frs__buf_add(p->out, "</p>\n");
}

static void tables(frs_page *p, const parts *t, int64_t lead) {
    static const kind kinds[] = {
        {"months_", N_("Seasons"), N_("NSE; small: PBIAS, %"), "NSE", {"PBIAS"}},
        {"months_",
         N_("The criterion S/σ by season"),
         N_("S/σ; small: within, %"),
         "S/sigma",
         {"within-admissible"}},
        {"months_",
         N_("The criterion S/σ by season"),
         N_("S/σΔ; small: within, %"),
         "S/sigma-delta",
         {"within-admissible"}},
        {"flow_", N_("Classes of observed flow"), N_("RMSE; small: PBIAS, %"), "RMSE", {"PBIAS"}},
        {"events_", N_("Floods"), N_("CSI; small: POD / FAR"), "CSI", {"POD", "FAR"}},
    };
    for (int64_t k = 0; k < FRS_LEN(kinds); k++) table(p, t, &kinds[k], lead);
    flood_counts(p, t, lead);
}

void frs__page_parts(frs_page *p) {
    parts *t = frs__alloc(p->ctx, 1, sizeof *t);
    if (!t) {
        p->status = FRS_E_NOMEM;
        return;
    }
    if (gather(p, t)) {
        frs__section(p, "parts", _("By season, flow and flood"));
        frs__buf_add(p->out, "<p class=\"small\">");
        frs__say(p, _("Classes and thresholds are quantiles of the flow of the training period. A "
                      "flood is a stretch above the threshold; the model has it when its peak is "
                      "within a day of the observed one. POD: share of the floods that the model "
                      "has; FAR: share of the model's floods that never were; CSI: hits among all "
                      "floods of either."));
        frs__buf_add(p->out, "</p>\n");
        for (int64_t l = 0; l < p->v->n_leads; l++) {
            char lead[40];
            if (p->v->n_leads > 1) {
                frs__buf_add(p->out, l == 0 ? "<details open><summary>" : "<details><summary>");
                frs__say(p, _("Lead %s"), frs__lead_text(p, l + 1, lead));
                frs__buf_add(p->out, "</summary>");
            }
            tables(p, t, l);
            if (p->v->n_leads > 1) frs__buf_add(p->out, "</details>\n");
        }
        frs__section_end(p);
    }
    frs__free(p->ctx, t->values);
    frs__free(p->ctx, t);
}

/* ---- the admissible error */

static const char *quality(double ratio) {
    return ratio <= 0.5 ? _("good") : ratio <= 0.8 ? _("satisfactory") : _("unsatisfactory");
}

static void admissible_cell(frs_page *p, int64_t lead, int64_t model, int ratio, int share) {
    char a[40], b[40];
    const double x = frs__view_median(p->v, 0, lead, model, ratio, NULL).value,
                 y = frs__view_median(p->v, 0, lead, model, share, NULL).value;
    if (!isfinite(x)) {
        frs__buf_add(p->out, "<td>–</td>");
        return;
    }
    frs__buf_printf(p->out, "<td>%s<span class=\"ci\">%s %%</span><span class=\"ci\">",
                    frs__fixed(x, 2, a), isfinite(y) ? frs__fixed(y, 0, b) : "–");
    frs__html_add(p->out, quality(x));
    frs__buf_add(p->out, "</span></td>");
}

static void admissible_models(frs_page *p, int ratio, int share) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table><thead><tr>");
    frs__tag(p, "th", _("Model"));
    frs__tag(p, "th", "S/σ");
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->r->n_models; i++) {
        frs__buf_add(p->out, "<tr>");
        frs__model_head(p, "row", p->v->order[i]);
        admissible_cell(p, 0, p->v->order[i], ratio, share);
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

/* A lead a row: so many words of judgement beside one another are wider than a sheet of paper. */
static void admissible_leads(frs_page *p, int ratio, int share) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"sites words\"><thead><tr>");
    frs__tag(p, "th", _("Lead time"));
    for (int64_t i = 0; i < p->r->n_models; i++) frs__model_column(p, p->v->order[i], "S/σΔ");
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t l = 0; l < p->v->n_leads; l++) {
        char t[40];
        frs__buf_add(p->out, "<tr><th scope=\"row\">");
        frs__html_add(p->out, frs__lead_text(p, l + 1, t));
        frs__buf_add(p->out, "</th>");
        for (int64_t i = 0; i < p->r->n_models; i++)
            admissible_cell(p, l, p->v->order[i], ratio, share);
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

void frs__page_admissible(frs_page *p) {
    const bool forecast = p->r->leads > 0;
    const int ratio = frs__view_metric(p->v, forecast ? "S/sigma-delta" : "S/sigma"),
              share = frs__view_metric(p->v, "within-admissible");
    if (ratio < 0) return;
    frs__section(p, "admissible", _("The criterion S/σ and the admissible error"));
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p, forecast
                    ? _("S is the root mean square error, σΔ the standard deviation of the change "
                        "of flow within the lead time, in the training period.")
                    : _("S is the root mean square error, σ the standard deviation of flow in "
                        "the training period."));
    frs__buf_add(p->out, " ");
    frs__say(p,
             _("Up to 0.5 is good, up to 0.8 satisfactory. Small: the share of values within the "
               "admissible error, 0.674 of it."));
    frs__buf_add(p->out, "</p>");
    if (forecast)
        admissible_leads(p, ratio, share);
    else
        admissible_models(p, ratio, share);
    frs__section_end(p);
}
