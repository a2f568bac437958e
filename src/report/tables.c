/* The tables: every site, data problems, models, how to reproduce. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void frs__site_name(frs_page *p, int64_t site) {
    if (p->links) {
        frs__buf_add(p->out, "<a href=\"");
        frs__href(p, site);
        frs__buf_add(p->out, "\">");
    }
    frs__html_add(p->out, p->r->sites[site]);
    if (p->links) frs__buf_add(p->out, "</a>");
}

/* A line breaks after a swatch, whatever joins it to the name: it and the first word are one. */
void frs__model_column(frs_page *p, int64_t model, const char *metric) {
    char c[16], word[64] = "";
    const char *title = frs__model_title(p->r, model);
    const size_t n = strcspn(title, " ");
    if (n < sizeof word) memcpy(word, title, n);
    frs__buf_printf(p->out, "<th scope=\"col\"><span class=\"whole\"><span class=\"swatch %s\">",
                    frs__colour(model, c));
    frs__buf_add(p->out, "</span>");
    frs__html_add(p->out, word);
    frs__buf_add(p->out, "</span>");
    frs__html_add(p->out, n < sizeof word ? title + n : title);
    frs__buf_add(p->out, "<span class=\"ci\">");
    frs__html_add(p->out, metric);
    frs__buf_add(p->out, "</span></th>");
}

static void site_row(frs_page *p, int64_t site, const int *metrics, int n) {
    frs__buf_add(p->out, "<tr>");
    frs__buf_add(p->out, "<th scope=\"row\">");
    frs__site_name(p, site);
    frs__buf_add(p->out, "</th>");
    if (p->fold) frs__buf_printf(p->out, "<td>%lld</td>", (long long)p->fold[site]);
    for (int k = 0; k < n; k++)
        for (int64_t i = 0; i < p->r->n_models; i++) {
            char t[40];
            const double x = frs__view_at(p->v, 0, site, 0, p->v->order[i], metrics[k]).value;
            frs__buf_printf(
                p->out, "<td>%s</td>",
                isfinite(x) ? frs__fixed(x, frs__digits(p->v->metrics[metrics[k]], x), t) : "–");
        }
    frs__buf_add(p->out, "</tr>\n");
}

void frs__page_sites(frs_page *p) {
    if (p->r->n_sites < 2 || p->v->main < 0) return;
    int metrics[2] = {p->v->main, frs__view_metric(p->v, "KGE")};
    const int n = metrics[1] >= 0 && metrics[1] != metrics[0] ? 2 : 1;
    frs__section(p, "sites", _("Every catchment"));
    if (p->v->n_leads > 1) {
        char t[40];
        frs__buf_add(p->out, "<p class=\"small\">");
        frs__say(p, _("At lead %s; all leads are in scores.csv."), frs__lead_text(p, 1, t));
        frs__buf_add(p->out, "</p>");
    }
    frs__buf_add(p->out, "<div class=\"scroll tall\"><table class=\"sites\"><thead><tr>");
    frs__tag(p, "th", _("Catchment"));
    if (p->fold) frs__tag(p, "th", _("Fold"));
    for (int k = 0; k < n; k++)
        for (int64_t i = 0; i < p->r->n_models; i++)
            frs__model_column(p, p->v->order[i], p->v->metrics[metrics[k]]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->r->n_sites; i++) site_row(p, i, metrics, n);
    frs__buf_add(p->out, "</tbody></table></div>\n");
    frs__section_end(p);
}

/* ---- data problems */
static const char *severity_text(frs_severity s) {
    return s == FRS_HARD ? _("severe") : s == FRS_WARNING ? _("warning") : _("note");
}

static void finding_row(frs_page *p, const frs_finding *f) {
    static const char *const css[] = {"sev0", "sev1", "sev2"};
    char t[32];
    const int k = f->severity == FRS_HARD ? 2 : f->severity == FRS_WARNING ? 1 : 0;
    frs__buf_printf(p->out, "<tr class=\"%s\">", css[k]);
    frs__tag(p, "td", severity_text(f->severity));
    frs__tag(p, "td", f->site);
    frs__tag(p, "td", f->var);
    frs__tag(p, "td", f->text);
    frs__tag(p, "td", f->action);
    frs__tag(p, "td", f->first_s == INT64_MIN ? "" : frs_date_format(f->first_s, t));
    frs__buf_add(p->out, "</tr>\n");
}

enum { MAX_FINDINGS = 500 }; /* rows in the page; findings.csv has all */

/* A catchment's page lists its own. */
static bool concerns(const frs_page *p, const frs_finding *f) {
    return !p->one_site || strcmp(f->site, p->r->sites[p->v->shown[0]]) == 0;
}

void frs__page_problems(frs_page *p) {
    const frs_findings *f = &p->r->findings;
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) n += concerns(p, &f->items[i]);
    frs__section(p, "problems", _("Data problems"));
    if (n == 0) {
        frs__tag(p, "p", _("None were found."));
        frs__section_end(p);
        return;
    }
    frs__buf_add(p->out, "<div class=\"scroll tall\"><table class=\"text findings\"><thead><tr>");
    const char *heads[] = {_("Severity"),       _("Catchment"),    _("Variable"),
                           _("What was found"), _("What is done"), _("First on")};
    for (int64_t i = 0; i < FRS_LEN(heads); i++) frs__tag(p, "th", heads[i]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    int64_t shown = 0;
    for (int s = FRS_HARD; s >= FRS_NOTE; s--)
        for (int64_t i = 0; i < f->n && shown < MAX_FINDINGS; i++)
            if ((int)f->items[i].severity == s && concerns(p, &f->items[i])) {
                finding_row(p, &f->items[i]);
                shown++;
            }
    frs__buf_add(p->out, "</tbody></table></div>\n");
    if (shown < n) {
        frs__buf_add(p->out, "<p class=\"small\">");
        frs__say(p, _("Rows shown: %lld of %lld; findings.csv has all."), (long long)shown,
                 (long long)n);
        frs__buf_add(p->out, "</p>\n");
    }
    frs__section_end(p);
}

/* ---- models */

/* How far one pass through the record is from windows. */
static void pass_line(frs_page *p, const frs_report_pass *s) {
    char a[40], b[40], c[40], d[40];
    if (s->n == 0) return;
    frs__buf_add(p->out, "</p><p>");
    frs__say(
        p,
        _("Scores are of exact windows. Carried through the record in one pass instead, its NSE "
          "is %s in place of %s; the predictions differ by %s %s in the root mean square and by "
          "%s at most."),
        frs__prose(p, s->pass, 3, a), frs__prose(p, s->windows, 3, b), frs__prose(p, s->rms, 3, c),
        p->r->unit ? p->r->unit : "", frs__prose(p, s->largest, 3, d));
}

void frs__page_models(frs_page *p) {
    char t[40];
    if (p->r->n_models == 0) return;
    frs__section(p, "models", _("Models"));
    for (int64_t i = 0; i < p->r->n_models; i++) {
        const frs_report_model *m = &p->r->models[p->v->order[i]];
        char c[16];
        frs__buf_printf(p->out, "<h3><span class=\"swatch %s\"></span>",
                        frs__colour(p->v->order[i], c));
        frs__html_add(p->out, frs__model_title(p->r, p->v->order[i]));
        frs__buf_add(p->out, "</h3><p>");
        frs__html_add(p->out, m->describe ? m->describe : _("No description."));
        if (m->baseline) {
            frs__buf_add(p->out, " ");
            frs__say(p, _("A baseline: what every other model must beat."));
        }
        if (isfinite(m->fit_s) && m->fit_s > 0) {
            frs__buf_add(p->out, " ");
            frs__say(p, _("Time to fit: %s s."), frs__prose(p, m->fit_s, m->fit_s < 10 ? 2 : 0, t));
        }
        pass_line(p, &m->pass);
        frs__buf_add(p->out, "</p>\n");
    }
    frs__section_end(p);
}

/* ---- how to reproduce */
static void fact(frs_page *p, const char *name, const char *value) {
    if (!value || !*value) return;
    frs__buf_add(p->out, "<tr>");
    frs__buf_add(p->out, "<th scope=\"row\">");
    frs__html_add(p->out, name);
    frs__buf_add(p->out, "</th>");
    frs__tag(p, "td", value);
    frs__buf_add(p->out, "</tr>\n");
}

/* The period that begins next after x; those that begin together in the order listed. */
static const frs_report_span *next_span(const frs_report *r, const frs_report_span *x) {
    const frs_report_span *next = NULL;
    for (int64_t i = 0; i < r->n_spans; i++) {
        const frs_report_span *y = &r->spans[i];
        const int64_t a = y->period.first_s, b = x ? x->period.first_s : INT64_MIN;
        if (x && (a < b || (a == b && y <= x))) continue;
        if (!next || a < next->period.first_s) next = y;
    }
    return next;
}

static void facts(frs_page *p) {
    const frs_report *r = p->r;
    char a[32], b[32], t[96];
    for (const frs_report_span *x = NULL; (x = next_span(r, x));) {
        snprintf(t, sizeof t, "%s – %s", frs_date_format(x->period.first_s, a),
                 frs_date_format(x->period.last_s, b));
        fact(p, frs__period_title(x->name ? x->name : ""), t);
    }
    fact(p, _("Data"), r->data_path);
    fact(p, "Freshet", r->version ? r->version : FRS_VERSION);
    for (int64_t i = 0; i < r->n_versions; i++) fact(p, r->versions[i].name, r->versions[i].value);
    snprintf(t, sizeof t, "%llu", (unsigned long long)r->seed);
    fact(p, _("Seed"), t);
    fact(p, _("Instruction set"), r->isa);
    snprintf(t, sizeof t, "%d", r->threads);
    fact(p, _("Threads"), r->threads > 0 ? t : NULL);
    for (int64_t i = 0; i < r->n_stages; i++) {
        char s[40], name[96];
        const char *stage = r->stages[i].name; /* English in run.json; gettext("") is its header */
        snprintf(name, sizeof name, _("Time, s: %s"), stage && *stage ? _(stage) : "");
        fact(p, name, frs__prose(p, r->stages[i].seconds, 2, s));
    }
    for (int64_t i = 0; i < r->n_hashes; i++) {
        char name[96];
        snprintf(name, sizeof name, _("Hash: %s"), r->hashes[i].name ? r->hashes[i].name : "");
        fact(p, name, r->hashes[i].value);
    }
    if (r->finished_s > 0) {
        snprintf(t, sizeof t, "%s UTC", frs_date_format(r->finished_s, a));
        fact(p, _("Finished"), t);
    }
}

void frs__page_reproduce(frs_page *p) {
    frs__section(p, "reproduce", _("How to reproduce"));
    if (p->r->command) {
        frs__buf_add(p->out, "<pre>");
        frs__html_add(p->out, p->r->command);
        frs__buf_add(p->out, "</pre>\n");
    }
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"text\"><tbody>\n");
    facts(p);
    frs__buf_add(p->out, "</tbody></table></div>\n");
    if (p->r->config_text) {
        frs__buf_add(p->out, "<details><summary>");
        frs__html_add(p->out, _("Configuration as used"));
        frs__buf_add(p->out, "</summary><pre>");
        frs__html_add(p->out, p->r->config_text);
        frs__buf_add(p->out, "</pre></details>\n");
    }
    frs__section_end(p);
}
