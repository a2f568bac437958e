/* The models compared across catchments: the distribution of the main score, as curves and in
 * numbers. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>

enum { MIN_SITES = 6, LOW = 3 };

static int64_t sorted_scores(const frs_page *p, int64_t model, int64_t lead, double *x) {
    int64_t n = 0;
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        const double value = frs__view_at(p->v, 0, i, lead, model, p->v->main).value;
        if (isfinite(value)) x[n++] = value;
    }
    frs__sort(x, n);
    return n;
}

static void lines(frs_page *p, frs_svg *s, int64_t lead, double *x, double *y) {
    for (int64_t i = p->r->n_models - 1; i >= 0; i--) { /* the best last, over the others */
        char c[16];
        const int64_t m = p->v->order[i], n = sorted_scores(p, m, lead, x);
        if (n == 0) continue;
        for (int64_t k = 0; k < n; k++) y[k] = (double)(k + 1) / (double)n;
        frs__svg_line(s, frs__colour(m, c), x, y, n);
    }
}

static void curves(frs_page *p, int64_t lead, double *x, double *y) {
    const char *name = p->v->metrics[p->v->main];
    char title[128], caption[512], t[40];
    frs_svg s = {.w = 420, .h = 270, .left = 54, .right = 14, .top = 14, .bottom = 42};
    s.x = frs__axis_empty(FRS_LINEAR, name);
    s.y = (frs_axis){0, 1, FRS_LINEAR, _("share of catchments")};
    for (int64_t m = 0; m < p->r->n_models; m++) {
        const int64_t n = sorted_scores(p, m, lead, x);
        if (n > 0) frs__axis_cover(&s.x, x[0]);
        if (n > 0) frs__axis_cover(&s.x, x[n - 1]);
    }
    const bool cut = frs__bound_efficiency(&s.x, name);
    frs__axis_nice(&s.x);
    if (p->v->n_leads > 1)
        snprintf(title, sizeof title, _("%.100s, lead %s"), name, frs__lead_text(p, lead + 1, t));
    else
        snprintf(title, sizeof title, _("%s across catchments"), name);
    frs__reserve_keys(p, &s, false);
    frs__figure(p, &s, title,
                _("For each model, the share of catchments whose score is at most the value on "
                  "the horizontal axis."));
    lines(p, &s, lead, x, y);
    frs__keys(p, &s, false);
    snprintf(caption, sizeof caption, "%s%s%s%s%s", p->v->n_leads > 1 ? title : "",
             p->v->n_leads > 1 ? ". " : "",
             frs__goodness(name, 1) > frs__goodness(name, 0)
                 ? _("Share of catchments with at most this score: a line further to the right is "
                     "better.")
                 : _("Share of catchments with at most this score."),
             cut ? " " : "", cut ? _("What lies below −1 is drawn at the border.") : "");
    frs__figure_end(p, &s, caption);
}

static void number_cell(frs_page *p, double value) {
    char t[40];
    const char *name = p->v->metrics[p->v->main];
    frs__tag(p, "td", isfinite(value) ? frs__fixed(value, frs__digits(name, value), t) : "–");
}

/* Quantiles over the catchments, and at how many a model is no better than the mean of the record.
 */
static void table(frs_page *p, int64_t lead, double *x) {
    static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    const char *name = p->v->metrics[p->v->main];
    const bool efficiency = frs__is_efficiency(name);
    const char *heads[] = {_("Model"), "5 %", "25 %", _("median"), "75 %", "95 %"};
    char t[40];
    frs__buf_add(p->out, "<div class=\"scroll\"><table><thead><tr>");
    for (int64_t i = 0; i < FRS_LEN(heads); i++) frs__tag(p, "th", heads[i]);
    if (efficiency) frs__tag(p, "th", _("below 0, catchments"));
    frs__tag(p, "th", _("catchments"));
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->r->n_models; i++) {
        const int64_t m = p->v->order[i], n = sorted_scores(p, m, lead, x);
        int64_t below = 0;
        while (below < n && x[below] < 0) below++;
        frs__buf_add(p->out, "<tr>");
        frs__buf_printf(p->out,
                        "<th scope=\"row\" class=\"model\"><span class=\"swatch %s\"></span>",
                        frs__colour(m, t));
        frs__html_add(p->out, frs__model_title(p->r, m));
        frs__buf_add(p->out, "</th>");
        for (int64_t k = 0; k < FRS_LEN(shares); k++)
            number_cell(p, frs__quantile(x, n, shares[k]));
        if (efficiency) frs__buf_printf(p->out, "<td>%lld</td>", (long long)below);
        frs__buf_printf(p->out, "<td>%lld</td></tr>\n", (long long)n);
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

void frs__page_across(frs_page *p) {
    if (p->r->n_sites < MIN_SITES || p->v->main < 0) return;
    const int64_t last = p->v->n_leads - 1;
    double *x = frs__alloc(p->ctx, p->r->n_sites, sizeof *x),
           *y = frs__alloc(p->ctx, p->r->n_sites, sizeof *y);
    if (x && y) {
        char title[128];
        snprintf(title, sizeof title, _("%s across catchments"), p->v->metrics[p->v->main]);
        frs__section(p, "across", title);
        frs__buf_add(p->out, "<div class=\"grid\">");
        curves(p, 0, x, y);
        if (last > 0) curves(p, last, x, y);
        frs__buf_add(p->out, "</div>\n");
        for (int64_t lead = 0; lead <= last; lead += last > 0 ? last : 1) {
            char t[40];
            if (last > 0) {
                frs__buf_add(p->out, "<p>");
                frs__say(p, _("Lead %s"), frs__lead_text(p, lead + 1, t));
                frs__buf_add(p->out, "</p>");
            }
            table(p, lead, x);
        }
        frs__section_end(p);
    } else
        p->status = FRS_E_NOMEM;
    frs__free(p->ctx, x);
    frs__free(p->ctx, y);
}

/* The winner's LOW lowest catchments, so that a reader sees at once where not to trust it. */
void frs__page_worst(frs_page *p) {
    const frs_view *v = p->v;
    const int64_t winner = frs__view_winner(v);
    int64_t worst[LOW], n = 0;
    if (p->r->n_sites <= LOW || v->main < 0 || winner < 0) return;
    const char *name = v->metrics[v->main];
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        const double g = frs__goodness(name, frs__view_at(v, 0, i, 0, winner, v->main).value);
        int64_t k = n;
        if (isnan(g)) continue;
        while (k > 0 &&
               g < frs__goodness(name, frs__view_at(v, 0, worst[k - 1], 0, winner, v->main).value))
            k--;
        if (k == LOW) continue;
        if (n < LOW) n++;
        for (int64_t j = n - 1; j > k; j--) worst[j] = worst[j - 1];
        worst[k] = i;
    }
    if (n == 0) return;
    frs__buf_add(p->out, "<p>");
    frs__say(p, _("%s is worst at"), frs__model_title(p->r, winner));
    for (int64_t k = 0; k < n; k++) {
        const double x = frs__view_at(v, 0, worst[k], 0, winner, v->main).value;
        char t[40];
        frs__buf_add(p->out, k > 0 ? ", " : " ");
        frs__site_name(p, worst[k]);
        frs__say(p, " (%s %s)", name, frs__prose(p, x, frs__digits(name, x), t));
    }
    frs__buf_add(p->out, ".</p>\n");
}
