/* Static figures of the scores by lead time, and the learning curve. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FEW_EPOCHS = 40 };

static frs_svg small_figure(void) {
    return (frs_svg){.w = 420, .h = 270, .left = 54, .right = 14, .top = 14, .bottom = 42};
}

bool frs__bound_efficiency(frs_axis *y, const char *metric) {
    const frs_score *s = frs_score_find(metric);
    if ((s && (s->better <= 0 || s->best != 1)) || !(y->lo < -1)) return false;
    y->lo = -1;
    if (y->hi < y->lo) y->hi = y->lo + 1;
    return true;
}

static void draw_by_lead(frs_page *p, frs_svg *s, int metric) {
    const int64_t n = p->v->n_leads;
    double *x = frs__alloc(p->ctx, n, sizeof *x), *y = frs__alloc(p->ctx, n, sizeof *y);
    if (!x || !y) p->status = FRS_E_NOMEM;
    for (int64_t m = 0; x && y && m < p->r->n_models; m++) {
        char c[16];
        for (int64_t l = 0; l < n; l++) {
            x[l] = (double)(l + 1);
            y[l] = frs__view_median(p->v, 0, l, m, metric, NULL).value;
        }
        frs__svg_line(s, frs__colour(m, c), x, y, n);
        frs__svg_points(s, c, x, y, n, 3);
    }
    frs__free(p->ctx, x);
    frs__free(p->ctx, y);
}

static void lead_figure(frs_page *p, int metric) {
    const char *name = p->v->metrics[metric];
    frs_svg s = small_figure();
    const bool skill = strcmp(name, "skill") == 0;
    char title[128], caption[256];
    s.integer_x = true;
    s.x = (frs_axis){0.8, (double)p->v->n_leads + 0.2, FRS_LINEAR, frs__lead_label(p)};
    s.y = frs__axis_empty(FRS_LINEAR, skill ? _("skill") : name);
    for (int64_t m = 0; m < p->r->n_models; m++)
        for (int64_t l = 0; l < p->v->n_leads; l++)
            frs__axis_cover(&s.y, frs__view_median(p->v, 0, l, m, metric, NULL).value);
    const bool cut = frs__bound_efficiency(&s.y, name);
    frs__axis_nice(&s.y);
    snprintf(caption, sizeof caption, "%s%s%s",
             skill ? _("skill against the better of persistence and climatology") : name,
             cut ? ". " : "", cut ? _("What lies below −1 is drawn at the border.") : "");
    snprintf(title, sizeof title, _("%s by lead time"), name);
    frs__reserve_keys(p, &s, false);
    frs__figure(p, &s, title, _("One line a model; the table beside it has the numbers."));
    draw_by_lead(p, &s, metric);
    frs__keys(p, &s, false);
    frs__figure_end(p, &s, caption);
}

static void lead_table(frs_page *p, int metric) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table><thead><tr>");
    frs__tag(p, "th", p->v->metrics[metric]);
    for (int64_t l = 0; l < p->v->n_leads; l++) {
        char t[40];
        frs__tag(p, "th", frs__lead_text(p, l + 1, t));
    }
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->r->n_models; i++) {
        const int64_t m = p->v->order[i];
        char c[16], t[40];
        frs__buf_printf(p->out,
                        "<tr><th scope=\"row\" class=\"model\"><span class=\"swatch %s\"></span>",
                        frs__colour(m, c));
        frs__html_add(p->out, frs__model_title(p->r, m));
        frs__buf_add(p->out, "</th>");
        for (int64_t l = 0; l < p->v->n_leads; l++) {
            const double x = frs__view_median(p->v, 0, l, m, metric, NULL).value;
            const bool best = frs__is_best(p->v, 0, l, m, metric);
            frs__buf_printf(p->out, best ? "<td class=\"best\">%s</td>" : "<td>%s</td>",
                            isfinite(x) ? frs__fixed(x, frs__digits(p->v->metrics[metric], x), t)
                                        : "–");
        }
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

void frs__page_leads(frs_page *p) {
    if (p->v->n_leads < 2 || p->v->main < 0) return;
    const int skill = frs__view_metric(p->v, "skill");
    frs__section(p, "leads", _("Scores by lead time"));
    if (p->r->future == FRS_FUTURE_OBSERVED) {
        frs__buf_add(p->out, "<p class=\"note\">");
        frs__say(p, _("Upper bound: made with observed future weather."));
        frs__buf_add(p->out, "</p>");
    }
    frs__buf_add(p->out, "<div class=\"grid\">");
    lead_figure(p, p->v->main);
    if (skill >= 0) lead_figure(p, skill);
    frs__buf_add(p->out, "</div>");
    lead_table(p, p->v->main);
    if (skill >= 0) lead_table(p, skill);
    frs__section_end(p);
}

/* ---- learning curve */
static void learning_figure(frs_page *p, int64_t m, double *buf) {
    const frs_report_model *model = &p->r->models[m];
    const int64_t n = model->n_epochs;
    double *x = buf, *train = buf + n, *valid = buf + 2 * n;
    bool any_valid = false;
    frs_svg s = small_figure();
    s.integer_x = true;
    s.x = frs__axis_empty(FRS_LINEAR, _("epoch"));
    s.y = frs__axis_empty(FRS_LINEAR, _("loss"));
    for (int64_t i = 0; i < n; i++) {
        x[i] = (double)model->epochs[i].epoch;
        train[i] = model->epochs[i].training_loss;
        valid[i] = model->epochs[i].validation_loss;
        any_valid |= isfinite(valid[i]) != 0;
        frs__axis_cover(&s.x, x[i]);
        frs__axis_cover(&s.y, train[i]);
        frs__axis_cover(&s.y, valid[i]);
    }
    if (s.y.lo > 0 && s.y.hi / s.y.lo > 20)
        s.y.scale = FRS_LOG;
    else if (s.y.lo > 0 && s.y.lo < 0.5 * s.y.hi)
        s.y.lo = 0;
    s.x.lo -= 0.5;
    s.x.hi += 0.5;
    frs__axis_nice(&s.y);
    char title[160], c[16], dash[32];
    snprintf(title, sizeof title, _("Learning curve: %.100s"), frs__model_title(p->r, m));
    snprintf(dash, sizeof dash, "%s dash", frs__colour(m, c));
    frs__svg_reserve(&s, _("training"));
    if (any_valid) frs__svg_reserve(&s, _("validation"));
    frs__figure(p, &s, title,
                _("Loss after each epoch, in the training period and in the validation period."));
    frs__svg_line(&s, c, x, train, n);
    if (n <= FEW_EPOCHS) frs__svg_points(&s, c, x, train, n, 2.5);
    frs__svg_legend(&s, c, _("training"));
    if (any_valid) {
        int64_t k = 0; /* epochs without validation are stepped over, not a gap */
        for (int64_t i = 0; i < n; i++)
            if (isfinite(valid[i])) {
                x[k] = x[i];
                valid[k++] = valid[i];
            }
        frs__svg_line(&s, dash, x, valid, k);
        if (k <= FEW_EPOCHS) frs__svg_points(&s, c, x, valid, k, 2.5);
        frs__svg_legend(&s, dash, _("validation"));
    }
    frs__figure_end(p, &s, title);
}

void frs__page_learning(frs_page *p) {
    int64_t longest = 0;
    for (int64_t m = 0; m < p->r->n_models; m++)
        if (p->r->models[m].n_epochs > longest) longest = p->r->models[m].n_epochs;
    if (longest == 0) return;
    double *buf = frs__alloc(p->ctx, longest * 3, sizeof *buf);
    if (!buf) {
        p->status = FRS_E_NOMEM;
        return;
    }
    frs__section(p, "learning", _("Learning curve"));
    frs__buf_add(p->out, "<div class=\"grid\">");
    for (int64_t m = 0; m < p->r->n_models; m++)
        if (p->r->models[m].n_epochs > 0) learning_figure(p, m, buf);
    frs__buf_add(p->out, "</div>");
    frs__section_end(p);
    frs__free(p->ctx, buf);
}
