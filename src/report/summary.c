/* The summary in plain words: who won, by how much against which reference, on how many samples,
 * when - and as plainly when a simple baseline wins or the difference may be chance. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct number {
    char t[40];
} number; /* by value, so that one sentence can hold several */

static number score_text(const frs_page *p, double value) {
    number n;
    frs__prose(p, value, frs__digits(p->v->metrics[p->v->main], value), n.t);
    return n;
}

static const char *metric(const frs_page *p) {
    return p->v->metrics[p->v->main];
}

static void headline(frs_page *p) {
    const frs_view *v = p->v;
    frs__buf_add(p->out, "<p class=\"verdict\">");
    if (v->best < 0)
        frs__say(p, _("No model could be ranked: no score is defined in the test period."));
    else if (p->r->models[v->best].baseline && p->r->n_models > 1)
        frs__say(p, _("A simple baseline wins: %s."), frs__model_title(p->r, v->best));
    else
        frs__say(p, _("Best in the test period: %s."), frs__model_title(p->r, v->best));
    frs__buf_add(p->out, "</p>\n");
    /* The test period names a winner only afterwards: the choice that could be made before it is
     * told too. */
    if (v->chosen >= 0 && v->best >= 0 && v->chosen != v->best) {
        frs__buf_add(p->out, "<p class=\"note\">");
        frs__say(p,
                 _("The validation period would have chosen another model: %s (%s in the test "
                   "period: %s)."),
                 frs__model_title(p->r, v->chosen), metric(p),
                 score_text(p, frs__view_overall(v, v->chosen, v->main)).t);
        frs__buf_add(p->out, "</p>\n");
    }
    if (p->r->task == FRS_FORECAST && p->r->future == FRS_FUTURE_OBSERVED) {
        frs__buf_add(p->out, "<p class=\"note\">");
        frs__say(p, _("Upper bound: the models were given the observed weather of the days to "
                      "come. A real forecast, "
                      "which has only a weather forecast, will be worse."));
        frs__buf_add(p->out, "</p>\n");
    }
}

static void period_line(frs_page *p) {
    for (int64_t i = 0; i < p->r->n_spans; i++) {
        const frs_report_span *s = &p->r->spans[i];
        if (!s->name || strcmp(s->name, "test") != 0) continue;
        char a[32], b[32];
        frs__say(p, _("Test period: %s to %s."), frs_date_format(s->period.first_s, a),
                 frs_date_format(s->period.last_s, b));
        frs__buf_add(p->out, " ");
    }
}

/* On how many samples everybody was compared. */
static void common_line(frs_page *p) {
    const int64_t first = p->v->n_common[0], last = p->v->n_common[p->v->n_leads - 1];
    char a[40], b[40];
    if (first <= 0 && last <= 0) return;
    const frs_step step = p->r->observed.step;
    const bool days = step.unit == FRS_STEP_SECOND && step.count == FRS_DAY_S;
    frs__say(p, days ? _("Every model is scored on the same days, those with an observation and a "
                         "prediction of each model.")
                     : _("Every model is scored on the same time steps, those with an observation "
                         "and a prediction of each model."));
    frs__buf_add(p->out, " ");
    if (p->v->n_leads == 1)
        frs__say(p,
                 p->r->n_sites > 1 ? _("Their number over all catchments: %lld.")
                                   : _("Their number: %lld."),
                 (long long)first);
    else
        frs__say(p, _("Their number: %lld at lead %s, %lld at lead %s."), (long long)first,
                 frs__lead_text(p, 1, a), (long long)last, frs__lead_text(p, p->v->n_leads, b));
}

static void score_line(frs_page *p, int64_t lead, int64_t model) {
    int64_t n;
    const frs_value s = frs__view_median(p->v, 0, lead, model, p->v->main, &n);
    const char *title = frs__model_title(p->r, model);
    if (p->r->n_sites > 1)
        frs__say(p, _("%s: median %s over %lld catchments %s; half of them lie between %s and %s."),
                 title, metric(p), (long long)n, score_text(p, s.value).t, score_text(p, s.low).t,
                 score_text(p, s.high).t);
    else if (isfinite(s.low) && isfinite(s.high))
        frs__say(p, _("%s: %s %s (95 %% interval %s to %s)."), title, metric(p),
                 score_text(p, s.value).t, score_text(p, s.low).t, score_text(p, s.high).t);
    else
        frs__say(p, _("%s: %s %s."), title, metric(p), score_text(p, s.value).t);
}

static void difference_line(frs_page *p, int64_t lead, int64_t model, int64_t reference) {
    frs_difference d;
    if (frs__compare(p->v, model, reference, lead, &d) != FRS_OK) p->status = FRS_E_NOMEM;
    if (!isfinite(d.value)) return;
    const double ref = frs__view_median(p->v, 0, lead, reference, p->v->main, NULL).value;
    const char *title = frs__model_title(p->r, reference);
    frs__buf_add(p->out, " ");
    frs__say(p,
             p->r->models[reference].baseline ? _("The best baseline is %s: %s %s.")
                                              : _("The next model is %s: %s %s."),
             title, metric(p), score_text(p, ref).t);
    frs__buf_add(p->out, " ");
    if (!isfinite(d.low))
        frs__say(p, _("The difference is %s; there is too little data for its interval."),
                 score_text(p, d.value).t);
    else
        frs__say(p, _("The difference is %s (95 %% interval %s to %s)."), score_text(p, d.value).t,
                 score_text(p, d.low).t, score_text(p, d.high).t);
    if (isfinite(d.low)) {
        frs__buf_add(p->out, " ");
        frs__say(p, d.low <= 0 && d.high >= 0 ? _("The interval includes zero: it may be chance.")
                                              : _("The interval excludes zero."));
    }
    if (p->r->n_sites > 1) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("Higher score at %lld of %lld catchments."), (long long)d.wins,
                 (long long)d.sites);
    }
}

/* The best baseline, or -1 when the winner itself is the only one. */
static int64_t reference_for(const frs_page *p, int64_t lead, int64_t model) {
    const int64_t ref = frs__view_best_at(p->v, lead, true);
    if (ref != model) return ref;
    double top = NAN; /* a baseline won: the next model in line is what it is compared with */
    int64_t next = -1;
    for (int64_t m = 0; m < p->r->n_models; m++) {
        const double g =
            frs__goodness(metric(p), frs__view_median(p->v, 0, lead, m, p->v->main, NULL).value);
        if (m == model || isnan(g) || (next >= 0 && !(g > top))) continue;
        next = m;
        top = g;
    }
    return next;
}

static void at_lead(frs_page *p, int64_t lead) {
    const int64_t best = p->v->n_leads > 1 ? frs__view_best_at(p->v, lead, false) : p->v->best;
    if (best < 0) return;
    frs__buf_add(p->out, "<p>");
    if (p->v->n_leads > 1) {
        char t[40];
        frs__say(p, _("Lead %s, best:"), frs__lead_text(p, lead + 1, t));
        frs__buf_add(p->out, " ");
    }
    score_line(p, lead, best);
    const int64_t ref = reference_for(p, lead, best);
    if (ref >= 0)
        difference_line(p, lead, best, ref);
    else if (p->r->n_models > 1) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("There is no baseline with a score to compare with."));
    }
    frs__buf_add(p->out, "</p>\n");
}

static void explain_metric(frs_page *p) {
    const frs_score *s = frs_score_find(metric(p));
    if (strcmp(metric(p), "NSE") == 0)
        frs__say(p, _("NSE (Nash-Sutcliffe efficiency): 1 is perfect, 0 is no better than the mean "
                      "of the observations."));
    else if (s)
        frs__say(p, "%s: %s.", s->name, _(s->title));
    frs__buf_add(p->out, " ");
    if (p->v->n_leads > 1) {
        frs__say(p, _("Best is the model with the best mean over the leads."));
        frs__buf_add(p->out, " ");
    }
    if (p->r->n_sites > 1)
        frs__say(p, _("The interval of a difference comes from drawing catchments anew 1000 times; "
                      "the difference is the median "
                      "over catchments of the differences within each."));
    else
        frs__say(p, _("Intervals come from drawing whole hydrological years anew, the same years "
                      "for both models."));
}

static void problems_line(frs_page *p) {
    int64_t n[3] = {0};
    for (int64_t i = 0; i < p->r->findings.n; i++) {
        const int s = (int)p->r->findings.items[i].severity;
        if (s >= 0 && s < 3) n[s]++;
    }
    if (n[1] + n[2] == 0) return;
    frs__buf_add(p->out, "<p><a href=\"#problems\">");
    frs__say(p, _("Problems found in the data: %lld, of them severe: %lld."),
             (long long)(n[1] + n[2]), (long long)n[2]);
    frs__buf_add(p->out, "</a></p>\n");
}

void frs__page_summary(frs_page *p) {
    frs__section(p, "summary", _("Summary"));
    headline(p);
    frs__buf_add(p->out, "<p>");
    period_line(p);
    common_line(p);
    frs__buf_add(p->out, "</p>\n");
    if (p->v->best >= 0) {
        at_lead(p, 0);
        if (p->v->n_leads > 1) at_lead(p, p->v->n_leads - 1);
        frs__page_verdict(p);
        frs__page_worst(p);
        frs__buf_add(p->out, "<p class=\"small\">");
        explain_metric(p);
        frs__buf_add(p->out, "</p>\n");
    }
    problems_line(p);
    frs__section_end(p);
}
