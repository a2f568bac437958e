/* The page of a learning curve by training years: what another year of records is worth. */
#include "report/joint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PARTS = 100 };
typedef struct frs__joint_views {
    frs_view at[MAX_PARTS]; /* of each part; models in its own order, by name in another's */
} views;

static int64_t model_in(const frs_page *p, int64_t part, int64_t model) {
    const frs_report *r = &p->joint->parts[part].r;
    for (int64_t m = 0; m < r->n_models; m++)
        if (strcmp(r->models[m].name, p->r->models[model].name) == 0) return m;
    return -1;
}

/* Median and quartiles over the sites; of one site, the score and its interval. */
static frs_value value_at(const frs_page *p, int64_t part, int64_t lead, int64_t model) {
    const frs_view *v = &p->views->at[part];
    const int64_t m = model_in(p, part, model);
    if (m < 0 || v->main < 0 || lead >= v->n_leads) return (frs_value){NAN, NAN, NAN};
    return frs__view_median(v, 0, lead, m, v->main, NULL);
}

/* ---- the figure: years on a logarithmic axis, the spread of each point as a line through it */
static void draw(frs_page *p, frs_svg *s, int64_t lead) {
    const int64_t n = p->joint->n;
    double x[MAX_PARTS], y[MAX_PARTS];
    char c[16], thin[24];
    for (int64_t k = p->r->n_models - 1; k >= 0; k--) { /* the best last, over the others */
        const int64_t m = p->v->order[k];
        /* side by side, so that no spread hides another */
        const double aside =
            0.012 * ((double)k - 0.5 * (double)(p->r->n_models - 1)) * log(s->x.hi / s->x.lo);
        snprintf(thin, sizeof thin, "%s thin", frs__colour(m, c));
        for (int64_t i = 0; i < n; i++) {
            const frs_value v = value_at(p, i, lead, m);
            x[i] = (double)p->joint->parts[i].number * exp(aside);
            y[i] = v.value;
            if (isfinite(v.low) && isfinite(v.high))
                frs__svg_segment(s, thin, (double[]){x[i], v.low}, (double[]){x[i], v.high});
        }
        frs__svg_line(s, c, x, y, n);
        frs__svg_points(s, c, x, y, n, 3);
    }
}

static void axes(frs_page *p, frs_svg *s, int64_t lead, frs_mark *marks, char (*text)[24]) {
    const int64_t n = p->joint->n;
    for (int64_t i = 0; i < n; i++) {
        snprintf(text[i], sizeof text[i], "%lld", (long long)p->joint->parts[i].number);
        marks[i] = (frs_mark){(double)p->joint->parts[i].number, text[i]};
        for (int64_t m = 0; m < p->r->n_models; m++) {
            const frs_value v = value_at(p, i, lead, m);
            frs__axis_cover(&s->y, v.value);
            frs__axis_cover(&s->y, v.low);
            frs__axis_cover(&s->y, v.high);
        }
    }
    s->x.lo = marks[0].at / 1.25;
    s->x.hi = marks[n - 1].at * 1.25;
    s->marks_x = marks;
    s->n_marks_x = (int)n;
}

static void figure(frs_page *p, int64_t lead) {
    const char *name = p->v->metrics[p->v->main];
    frs_mark marks[MAX_PARTS];
    char text[MAX_PARTS][24], title[160], caption[512], t[40];
    frs_svg s = {.w = 420, .h = 270, .left = 54, .right = 14, .top = 14, .bottom = 42};
    s.x = (frs_axis){.scale = FRS_LOG, .label = _("years of training")};
    s.y = frs__axis_empty(FRS_LINEAR, name);
    axes(p, &s, lead, marks, text);
    const bool cut = frs__bound_efficiency(&s.y, name);
    frs__axis_nice(&s.y);
    if (p->v->n_leads > 1)
        snprintf(title, sizeof title, _("%s by years of training, lead %s"), name,
                 frs__lead_text(p, lead + 1, t));
    else
        snprintf(title, sizeof title, _("%s by years of training"), name);
    snprintf(caption, sizeof caption, "%s. %s%s%s", title,
             p->r->n_sites > 1 ? _("Median over catchments; thin: quartiles over catchments.")
                               : _("Thin: 95-percent interval."),
             cut ? " " : "", cut ? _("What lies below −1 is drawn at the border.") : "");
    frs__reserve_keys(p, &s, false);
    frs__figure(p, &s, title, _("One line a model; the table beside it has the numbers."));
    draw(p, &s, lead);
    frs__keys(p, &s, false);
    frs__figure_end(p, &s, caption);
}

/* ---- the tables */
/* A number of years a row, so that many of them go down a sheet of paper and not out of it. */
static void table(frs_page *p, int64_t lead) {
    char t[40];
    if (p->v->n_leads > 1) {
        frs__buf_add(p->out, "<p>");
        frs__say(p, _("Lead %s"), frs__lead_text(p, lead + 1, t));
        frs__buf_add(p->out, "</p>\n");
    }
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"sites\"><thead><tr>");
    frs__tag(p, "th", _("Years of training"));
    for (int64_t i = 0; i < p->r->n_models; i++)
        frs__model_column(p, p->v->order[i], p->v->metrics[p->v->main]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->joint->n; i++) {
        snprintf(t, sizeof t, "%lld", (long long)p->joint->parts[i].number);
        frs__buf_add(p->out, "<tr><th scope=\"row\">");
        frs__joint_link(p, &p->joint->parts[i], t);
        frs__buf_add(p->out, "</th>");
        for (int64_t m = 0; m < p->r->n_models; m++)
            frs__score_cell(p, p->v->metrics[p->v->main], value_at(p, i, lead, p->v->order[m]));
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

/* From fewest to most, of the best model with most. */
static void headline(frs_page *p) {
    const frs__joint *j = p->joint;
    const char *name = p->v->metrics[p->v->main];
    char a[40], b[40];
    if (p->v->best < 0) return;
    if (p->v->n_leads > 1) {
        frs__buf_add(p->out, "<p>");
        frs__say(p, _("Lead %s"), frs__lead_text(p, 1, a));
        frs__buf_add(p->out, "</p>\n");
    }
    const double from = value_at(p, 0, 0, p->v->best).value,
                 to = value_at(p, j->n - 1, 0, p->v->best).value;
    frs__buf_add(p->out, "<p class=\"verdict\">");
    frs__say(p, _("%s: %s %s → %s (years of training: %lld → %lld)."),
             frs__model_title(p->r, p->v->best), name,
             frs__prose(p, from, frs__digits(name, from), a),
             frs__prose(p, to, frs__digits(name, to), b), (long long)j->parts[0].number,
             (long long)j->parts[j->n - 1].number);
    frs__buf_add(p->out, "</p>\n");
}

static void curve_section(frs_page *p) {
    const int64_t last = p->v->n_leads - 1;
    if (p->v->main < 0) return;
    frs__section(p, "curve", _("Learning curve by years of training"));
    headline(p);
    frs__buf_add(p->out, "<p>");
    frs__say(p, _("The same models, trained on the last hydrological years of the training "
                  "period, and scored in the same test period. A number of years leads to the "
                  "page of its run."));
    frs__buf_add(p->out, "</p>\n<div class=\"grid\">");
    figure(p, 0);
    if (last > 0) figure(p, last);
    frs__buf_add(p->out, "</div>\n");
    table(p, 0);
    if (last > 0) table(p, last);
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p, _("learning_curve.csv has every score of every catchment and lead."));
    frs__buf_add(p->out, "</p>\n");
    frs__section_end(p);
}

static void sections(frs_page *p) {
    curve_section(p);
    frs__page_models(p);
    frs__page_reproduce(p);
}

/* ---- all of it */

/* Each number of years took its own time to fit. */
static const frs_report_model *without_times(frs_arena *a, frs_report *r) {
    frs_report_model *models = frs__arena_alloc(a, r->n_models, sizeof *models);
    for (int64_t m = 0; models && m < r->n_models; m++) {
        models[m] = r->models[m];
        models[m].fit_s = NAN;
        models[m].pass.n = 0;
    }
    return models;
}

static const frs_report_span *without_training(frs_arena *a, frs_report *r) {
    frs_report_span *spans = frs__arena_alloc(a, r->n_spans, sizeof *spans);
    int64_t n = 0;
    for (int64_t i = 0; spans && i < r->n_spans; i++)
        if (strcmp(r->spans[i].name, "train") != 0) spans[n++] = r->spans[i];
    r->n_spans = spans ? n : 0;
    return spans;
}

frs_status frs__joint_years(const frs__joint *j, const char *dir) {
    frs_arena a = {.ctx = j->ctx};
    views *all = frs__arena_alloc(&a, 1, sizeof *all);
    frs_report r = frs__joint_report(j, &j->parts[j->n - 1]);
    int64_t made = 0;
    frs_status s = all && j->n <= MAX_PARTS ? FRS_OK : FRS_E_NOMEM;
    r.spans = without_training(&a, &r);
    r.models = without_times(&a, &r);
    if (!r.spans || !r.models) s = FRS_E_NOMEM;
    for (; s == FRS_OK && made < j->n; made += s == FRS_OK)
        s = frs__view_new(j->ctx, made == j->n - 1 ? &r : &j->parts[made].r, &all->at[made]);
    if (s == FRS_OK) {
        const frs_page p = {.v = &all->at[j->n - 1], .r = &r, .views = all};
        s = frs__joint_write(j, &p, sections, dir);
    }
    for (int64_t i = 0; i < made; i++) frs__view_free(&all->at[i]);
    frs__arena_free(&a);
    return s;
}
