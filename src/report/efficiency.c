/* Is the winner better? What the tests say of the model that the validation period chose, against
 * each reference: in the summary in a line, in a section of its own in full. */
#include "report/page.h"
#include "report/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_VERDICTS = FRS_WORSE + 1 };

static const char *method_title(frs_test_method m) {
    static const char *const titles[] = {
        [FRS_BOOTSTRAP_YEARS] = N_("Whole hydrological years drawn anew"),
        [FRS_WILCOXON] = N_("Wilcoxon's signed ranks over catchments"),
        [FRS_DIEBOLD_MARIANO] = N_("Diebold and Mariano's test of squared errors")};
    return _(titles[m]);
}

/* A page may be made of a file of another hand. */
static bool usable(const frs_report *r, const frs_report_test *t) {
    return t->winner >= 0 && t->winner < r->n_models && t->reference >= 0 &&
           t->reference < r->n_models && t->site < r->n_sites;
}

static void seeds_note(frs_page *p) {
    frs_buf names = {.ctx = p->ctx};
    if (frs__few_seeds(p->r, &names)) {
        frs__buf_add(p->out, " ");
        frs__say(p,
                 _("Trained from fewer than %d seeds: %s. What the tests say holds for these "
                   "trainings, not for the method."),
                 FRS_CLAIM_SEEDS, names.data);
    }
    if (names.failed) p->status = FRS_E_NOMEM;
    frs__buf_free(&names);
}

void frs__page_verdict(frs_page *p) {
    int64_t n[N_VERDICTS] = {0}, all = 0;
    const frs_test_method method = frs__main_method(p->r);
    for (int64_t i = 0; i < p->r->n_tests; i++) {
        if (p->r->tests[i].method != method) continue;
        n[p->r->tests[i].verdict]++;
        all++;
    }
    if (all == 0 || p->v->chosen < 0) return;
    frs__buf_add(p->out, "<p>");
    frs__say(p,
             _("Tests of %s, which the validation period chose, against each reference and lead: "
               "%lld. Better: %lld, worse: %lld, no difference shown: %lld, too little data: "
               "%lld."),
             frs__model_title(p->r, p->v->chosen), (long long)all, (long long)n[FRS_BETTER],
             (long long)n[FRS_WORSE], (long long)n[FRS_UNPROVEN], (long long)n[FRS_UNTESTED]);
    frs__buf_add(p->out, " <a href=\"#tests\">");
    frs__say(p, _("Is the winner better?"));
    frs__buf_add(p->out, "</a>");
    seeds_note(p);
    frs__buf_add(p->out, "</p>\n");
}

/* "0.012", "< 0.001"; buf >= 48. */
static const char *p_text(double v, char *buf) {
    char t[40];
    if (!isfinite(v)) return "–";
    const bool tiny = v < 0.001;
    snprintf(buf, 48, "%s%s", tiny ? "< " : "", frs__fixed(tiny ? 0.001 : v, 3, t));
    return buf;
}

static void lead_cell(frs_page *p, int64_t lead) {
    char t[40];
    if (p->r->leads > 0) frs__tag(p, "td", frs__lead_text(p, lead, t));
}

static void test_row(frs_page *p, const frs_report_test *t) {
    char a[48], b[40];
    const int digits = frs__digits(t->metric, t->difference);
    frs__buf_add(p->out, "<tr>");
    frs__model_head(p, "row", t->reference);
    lead_cell(p, t->lead);
    frs__buf_printf(p->out, "<td class=\"%s\">", t->verdict == FRS_BETTER ? "best" : "plain");
    frs__html_add(p->out, frs__verdict_text(t));
    frs__buf_printf(p->out, "</td><td>%s",
                    isfinite(t->difference) ? frs__fixed(t->difference, digits, a) : "–");
    if (isfinite(t->low) && isfinite(t->high))
        frs__buf_printf(p->out, "<span class=\"ci\">%s … %s</span>", frs__fixed(t->low, digits, a),
                        frs__fixed(t->high, digits, b));
    frs__buf_add(p->out, "</td>");
    frs__tag(p, "td", t->metric);
    frs__tag(p, "td", p_text(t->p_holm, a));
    frs__buf_printf(p->out, "<td>%lld</td>", (long long)t->n);
    frs__buf_add(p->out, "</tr>\n");
}

static const char *n_title(frs_test_method m) {
    return m == FRS_BOOTSTRAP_YEARS ? _("Years") : m == FRS_WILCOXON ? _("Catchments") : _("Steps");
}

static void table_head(frs_page *p, const char *const *heads, int64_t n) {
    frs__buf_add(p->out, "<div class=\"scroll tall\"><table class=\"tests\"><thead><tr>");
    frs__tag(p, "th", _("Reference"));
    if (p->r->leads > 0) frs__tag(p, "th", _("Lead"));
    for (int64_t i = 0; i < n; i++) frs__tag(p, "th", heads[i]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
}

/* One line a comparison: all catchments together, or the only one. */
static void whole_table(frs_page *p, frs_test_method method) {
    const char *const heads[] = {_("The chosen model is"), _("Difference"), _("Score"),
                                 _("p, corrected"), n_title(method)};
    bool open = false;
    for (int64_t i = 0; i < p->r->n_tests; i++) {
        const frs_report_test *t = &p->r->tests[i];
        if (t->method != method || !usable(p->r, t)) continue;
        if (!open) {
            frs__tag(p, "h3", method_title(method));
            table_head(p, heads, FRS_LEN(heads));
        }
        open = true;
        test_row(p, t);
    }
    if (open) frs__buf_add(p->out, "</tbody></table></div>\n");
}

/* In how many catchments: lines of one method, lead and reference counted together. */
static void count_row(frs_page *p, const frs_report_test *first) {
    int64_t n[N_VERDICTS] = {0};
    for (int64_t i = 0; i < p->r->n_tests; i++) {
        const frs_report_test *t = &p->r->tests[i];
        if (t->method == first->method && t->lead == first->lead &&
            t->reference == first->reference)
            n[t->verdict]++;
    }
    frs__buf_add(p->out, "<tr>");
    frs__model_head(p, "row", first->reference);
    lead_cell(p, first->lead);
    frs__buf_printf(p->out, "<td>%lld</td><td>%lld</td><td>%lld</td><td>%lld</td></tr>\n",
                    (long long)n[FRS_BETTER], (long long)n[FRS_WORSE], (long long)n[FRS_UNPROVEN],
                    (long long)n[FRS_UNTESTED]);
}

static void count_table(frs_page *p, frs_test_method method) {
    const char *const heads[] = {_("better"), _("worse"), _("no difference shown"),
                                 _("too little data")};
    const frs_report_test *first = NULL;
    for (int64_t i = 0; i < p->r->n_tests; i++) {
        const frs_report_test *t = &p->r->tests[i];
        if (t->method != method || !usable(p->r, t)) continue;
        if (!first) {
            char title[256];
            snprintf(title, sizeof title, _("%s: catchment by catchment"), method_title(method));
            frs__tag(p, "h3", title);
            table_head(p, heads, FRS_LEN(heads));
            first = t;
        }
        if (t->site == first->site) count_row(p, t); /* one catchment has each line once */
    }
    if (first) frs__buf_add(p->out, "</tbody></table></div>\n");
}

static void explain(frs_page *p) {
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(
        p, _("A difference is that of the chosen model less the reference; small: its 95 %% "
             "interval. Better or worse is said where p, corrected by Holm for all comparisons of "
             "one method and catchment, is below 0.05. Of MSE less is better. All comparisons "
             "are in tests.csv."));
    frs__buf_add(p->out, "</p>\n");
}

void frs__page_tests(frs_page *p) {
    if (p->r->n_models < 2 || (p->r->n_tests == 0 && p->v->chosen >= 0)) return;
    frs__section(p, "tests", _("Is the winner better?"));
    if (p->r->n_tests == 0) {
        frs__tag(p, "p",
                 _("No validation period chose a model before the test period was looked at: "
                   "nothing is tested, and nothing is claimed."));
        frs__section_end(p);
        return;
    }
    frs__buf_add(p->out, "<p>");
    if (p->v->chosen >= 0)
        frs__say(p,
                 _("Chosen on the validation period: %s. In the test period it is compared once "
                   "with each reference."),
                 frs__model_title(p->r, p->v->chosen));
    seeds_note(p);
    frs__buf_add(p->out, "</p>\n");
    const bool many = p->r->n_sites > 1;
    whole_table(p, FRS_WILCOXON);
    for (int m = FRS_BOOTSTRAP_YEARS; m <= FRS_DIEBOLD_MARIANO; m++)
        if (m != FRS_WILCOXON) (many ? count_table : whole_table)(p, (frs_test_method)m);
    explain(p);
    frs__section_end(p);
}
