/* The scores: a short leaderboard, a model a row, and under it all of them, a score a row. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *frs__period_title(const char *name) {
    if (!strcmp(name, "test")) return _("Test period");
    if (!strcmp(name, "validation")) return _("Validation period");
    if (!strcmp(name, "train") || !strcmp(name, "training")) return _("Training period");
    if (!strcmp(name, "open_water")) return _("Open-water period");
    return name;
}

static void interval(frs_page *p, const char *name, const frs_value *x) {
    char a[40], b[40];
    if (!isfinite(x->low) || !isfinite(x->high)) return;
    const int digits = frs__digits(name, x->value);
    frs__buf_printf(p->out, "<span class=\"ci\">%s … %s</span>", frs__fixed(x->low, digits, a),
                    frs__fixed(x->high, digits, b));
}

static void cell(frs_page *p, int period, int64_t lead, int64_t model, int metric) {
    const frs_value x = frs__view_median(p->v, period, lead, model, metric, NULL);
    const char *name = p->v->metrics[metric];
    char t[40];
    frs__buf_add(p->out,
                 frs__is_best(p->v, period, lead, model, metric) ? "<td class=\"best\">" : "<td>");
    frs__buf_add(p->out,
                 isfinite(x.value) ? frs__fixed(x.value, frs__digits(name, x.value), t) : "–");
    interval(p, name, &x);
    frs__buf_add(p->out, "</td>");
}

void frs__model_head(frs_page *p, const char *scope, int64_t m) {
    char c[16];
    frs__buf_printf(p->out, "<th scope=\"%s\" class=\"model\"><span class=\"swatch %s\"></span>",
                    scope, frs__colour(m, c));
    frs__html_add(p->out, frs__model_title(p->r, m));
    frs__buf_add(p->out, "</th>");
}

/* "mm", "(mm)²", "%", "steps" or nothing. buf >= 96. */
static const char *unit_text(const frs_page *p, const frs_score *s, char *buf) {
    const char *unit = p->r->unit ? p->r->unit : "";
    if (!s || !strcmp(s->unit, "-")) return "";
    if (!*unit && !strncmp(s->unit, "target", 6)) return ""; /* nobody told it */
    if (!strcmp(s->unit, "step")) return _("steps");
    snprintf(buf, 96, strcmp(s->unit, "target^2") ? "%.80s" : "(%.80s)²",
             strncmp(s->unit, "target", 6) ? s->unit : unit);
    return buf;
}

static bool has_score(const frs_page *p, int period, int64_t lead, int metric) {
    for (int64_t m = 0; m < p->r->n_models && metric >= 0; m++)
        if (isfinite(frs__view_median(p->v, period, lead, m, metric, NULL).value)) return true;
    return false;
}

/* The scores that tell most, each of something else: fit, balance, low flow, error, volume. */
static void short_table(frs_page *p, int period) {
    const int metrics[] = {p->v->main,
                           frs__view_metric(p->v, "NSE"),
                           frs__view_metric(p->v, "KGE"),
                           frs__view_metric(p->v, "log-NSE"),
                           frs__view_metric(p->v, "RMSE"),
                           frs__view_metric(p->v, "PBIAS"),
                           frs__view_metric(p->v, "skill")};
    int shown[FRS_LEN(metrics)], n = 0;
    for (int k = 0; k < FRS_LEN(metrics); k++)
        if ((k != 1 || metrics[1] != metrics[0]) && has_score(p, period, 0, metrics[k]))
            shown[n++] = metrics[k];
    frs__buf_add(p->out, "<div class=\"scroll\"><table><thead><tr>");
    frs__tag(p, "th", _("Model"));
    for (int k = 0; k < n; k++) {
        char t[96];
        const frs_score *s = frs_score_find(p->v->metrics[shown[k]]);
        frs__buf_add(p->out, "<th scope=\"col\">");
        frs__html_add(p->out, p->v->metrics[shown[k]]);
        frs__buf_add(p->out, "<span class=\"ci\">");
        frs__html_add(p->out, unit_text(p, s, t));
        frs__buf_add(p->out, "</span></th>");
    }
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->r->n_models; i++) {
        frs__buf_add(p->out, "<tr>");
        frs__model_head(p, "row", p->v->order[i]);
        for (int k = 0; k < n; k++) cell(p, period, 0, p->v->order[i], shown[k]);
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

static void metric_name(frs_page *p, int metric) {
    const frs_score *s = frs_score_find(p->v->metrics[metric]);
    char t[96];
    const char *unit = unit_text(p, s, t);
    frs__buf_add(p->out, "<th scope=\"row\">");
    frs__html_add(p->out, p->v->metrics[metric]);
    if (*unit) {
        frs__buf_add(p->out, ", ");
        frs__html_add(p->out, unit);
    }
    frs__buf_add(p->out, "<span class=\"ci\">");
    if (s) frs__html_add(p->out, _(s->title));
    frs__buf_add(p->out, "</span></th>");
}

/* A score that no model has (the skill of a simulation) is left out. */
static void full_table(frs_page *p, int period, int64_t lead) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"scores\"><thead><tr>");
    frs__tag(p, "th", _("Score"));
    for (int64_t i = 0; i < p->r->n_models; i++) frs__model_head(p, "col", p->v->order[i]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int k = 0; k < p->v->n_metrics; k++) {
        if (!has_score(p, period, lead, k)) continue;
        frs__buf_add(p->out, "<tr>");
        metric_name(p, k);
        for (int64_t i = 0; i < p->r->n_models; i++) cell(p, period, lead, p->v->order[i], k);
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

static void note(frs_page *p) {
    frs__buf_add(p->out, "<p class=\"small\">");
    if (p->r->n_sites > 1)
        frs__say(p, _("Median over catchments; small: quartiles over catchments. Best in bold."));
    else
        frs__say(
            p,
            _("Small: 95 %% interval, from drawing whole hydrological years anew. Best in bold."));
    frs__buf_add(p->out, " ");
    frs__say(p, _("A dash: the score is not defined here."));
    frs__buf_add(p->out, "</p>\n");
}

/* All scores of a period at a lead, folded away but for the first table of a forecast. */
static void details(frs_page *p, int period, int64_t lead) {
    char t[40];
    frs__buf_add(p->out, p->v->n_leads > 1 && period == 0 && lead == 0 ? "<details open><summary>"
                                                                       : "<details><summary>");
    if (p->v->n_leads > 1)
        frs__say(p, _("Lead %s"), frs__lead_text(p, lead + 1, t));
    else
        frs__html_add(p->out, _("All scores"));
    frs__buf_add(p->out, "</summary>");
    full_table(p, period, lead);
    frs__buf_add(p->out, "</details>\n");
}

static bool any_score(const frs_page *p, int period, int64_t lead) {
    for (int k = 0; k < p->v->n_metrics; k++)
        if (has_score(p, period, lead, k)) return true;
    return false;
}

void frs__page_leaderboard(frs_page *p) {
    if (p->v->n_metrics == 0 || p->r->n_models == 0) return;
    frs__section(p, "leaderboard", p->v->n_leads > 1 ? _("All scores") : _("Leaderboard"));
    note(p);
    for (int period = 0; period < p->v->n_periods; period++) {
        if (p->v->n_periods > 1) frs__tag(p, "h3", frs__period_title(p->v->periods[period]));
        if (p->v->n_leads == 1 && any_score(p, period, 0)) short_table(p, period);
        for (int64_t l = 0; l < p->v->n_leads; l++)
            if (any_score(p, period, l))
                details(p, period, l);
            else if (p->v->n_leads == 1)
                frs__tag(p, "p", _("No score is defined here."));
    }
    frs__section_end(p);
}
