/* What a search found: trials.csv, and tune.html, a page that loads nothing from anywhere. */
#include "report/csv.h"
#include "report/page.h"
#include "run/tune_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 500 };

/* One searched key over the trials of the first rung, which all trials reached. */
typedef struct panel {
    const frs_space *space;
    bool numeric; /* else places 1, 2, ... of the choices */
    double *x;    /* [n] */
    int64_t *group, groups;
    frs_importance measure;
} panel;

typedef struct page {
    frs_page p;
    frs_view view;
    frs_report report;
    frs_tune *t;
    const frs_trial *rows; /* of the first rung */
    int64_t n;
    double *good; /* [n] */
    double *y;    /* [n] scores, NaN: failed */
    panel *panels;
    int64_t n_panels;
    const frs_trial *winner;
    frs_arena memory;
} page;

/* ---- trials.csv */

static frs_status write_csv(const frs_tune *t, const char *path) {
    static const char *const names[] = {"waiting", "running", "done", "failed"};
    const uint64_t seed = (uint64_t)frs_config_int(t->config, "seed");
    const int64_t n_spaces = frs_config_n_spaces(t->config);
    frs_buf b = {.ctx = t->ctx}, value = {.ctx = t->ctx};
    frs__buf_add(&b, "trial,rung,epochs,status,score,pairs,seconds");
    for (int64_t k = 0; k < n_spaces; k++)
        frs__csv_text(&b, false, frs_config_space_at(t->config, k)->key->name);
    frs__buf_add(&b, ",message\n");
    for (int64_t i = 0; i < t->n_trials; i++) {
        const frs_trial *x = &t->trials[i];
        frs__buf_printf(&b, "%lld,%lld,%lld,%s", (long long)x->number, (long long)x->rung,
                        (long long)x->epochs, names[x->status]);
        frs__csv_number(&b, x->score);
        frs__csv_int(&b, x->pairs);
        frs__csv_number(&b, x->seconds);
        for (int64_t k = 0; k < n_spaces; k++) {
            value.n = 0;
            frs__space_value(&value, frs_config_space_at(t->config, k), seed, x->number);
            frs__csv_text(&b, false, value.data ? value.data : "");
        }
        frs__csv_text(&b, false, x->message);
        frs__csv_end(&b);
    }
    frs_status s = frs__buf_status(&value);
    if (s == FRS_OK) s = frs__buf_status(&b);
    if (s == FRS_OK) s = frs__write_file(t->ctx, path, b.data, b.n);
    frs__buf_free(&value);
    frs__buf_free(&b);
    return s;
}

/* ---- what the page is made of */

static bool all_numbers(const frs_space *s) {
    double v;
    for (int64_t i = 0; i < s->n; i++)
        if (!frs__parse_double(s->choices[i], strlen(s->choices[i]), '.', &v)) return false;
    return true;
}

static frs_status fill_panel(page *g, panel *q) {
    const frs_space *s = q->space;
    const uint64_t seed = (uint64_t)frs_config_int(g->t->config, "seed");
    const bool choice = s->draw == FRS_DRAW_CHOICE;
    q->numeric = !choice || all_numbers(s);
    q->x = frs__arena_alloc(&g->memory, g->n, sizeof *q->x);
    q->group = frs__arena_alloc(&g->memory, g->n, sizeof *q->group);
    if (!q->x || !q->group) return FRS_E_NOMEM;
    for (int64_t i = 0; i < g->n; i++) {
        if (!choice) {
            q->x[i] = frs__space_number(s, seed, g->rows[i].number);
            continue;
        }
        const int64_t k = frs__space_choice(s, seed, g->rows[i].number);
        q->group[i] = k;
        q->x[i] = (double)k + 1;
        if (q->numeric) frs__parse_double(s->choices[k], strlen(s->choices[k]), '.', &q->x[i]);
    }
    q->groups = s->n;
    if (!choice) FRS_TRY(frs__equal_groups(g->t->ctx, q->x, g->n, q->group, &q->groups));
    return frs__importance(g->t->ctx, q->group, q->groups, g->good, g->n, &q->measure);
}

/* What mattered most comes first. */
static int by_share(const void *a, const void *b) {
    const double x = ((const panel *)a)->measure.share, y = ((const panel *)b)->measure.share;
    if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
    return (x < y) - (x > y);
}

static frs_status gather(page *g) {
    const frs_tune *t = g->t;
    g->rows = t->trials; /* by rung, then number */
    while (g->n < t->n_trials && t->trials[g->n].rung == 0) g->n++;
    g->winner = &t->trials[frs__tune_winner(t)];
    g->n_panels = frs_config_n_spaces(t->config);
    g->good = frs__arena_alloc(&g->memory, g->n, sizeof *g->good);
    g->y = frs__arena_alloc(&g->memory, g->n, sizeof *g->y);
    g->panels = frs__arena_alloc(&g->memory, g->n_panels, sizeof *g->panels);
    if (!g->good || !g->y || !g->panels) return FRS_E_NOMEM;
    for (int64_t i = 0; i < g->n; i++) {
        g->y[i] = g->rows[i].status == FRS_TRIAL_DONE ? g->rows[i].score : (double)NAN;
        g->good[i] = isnan(g->y[i]) ? (double)NAN : frs__goodness(t->score->name, g->y[i]);
    }
    for (int64_t k = 0; k < g->n_panels; k++) {
        g->panels[k].space = frs_config_space_at(t->config, k);
        FRS_TRY(fill_panel(g, &g->panels[k]));
    }
    qsort(g->panels, (size_t)g->n_panels, sizeof *g->panels, by_share);
    return FRS_OK;
}

/* ---- sections */

static void score_text(const page *g, double v, char *buf) {
    frs__prose(&g->p, v, frs__digits(g->t->score->name, v), buf);
}

static void value_of(page *g, const frs_space *s, int64_t trial) {
    frs_buf b = {.ctx = g->t->ctx};
    frs__space_value(&b, s, (uint64_t)frs_config_int(g->t->config, "seed"), trial);
    if (frs__buf_status(&b) == FRS_OK)
        frs__html_add(g->p.out, b.data);
    else
        g->p.status = FRS_E_NOMEM;
    frs__buf_free(&b);
}

/* "8, 16, 32" or "0.001 … 0.03, logarithmic". */
static void range_of(page *g, const frs_space *s) {
    char low[40], high[40];
    if (s->draw == FRS_DRAW_CHOICE) {
        for (int64_t i = 0; i < s->n; i++) {
            if (i) frs__buf_add(g->p.out, ", ");
            frs__html_add(g->p.out, s->choices[i]);
        }
        return;
    }
    frs__buf_printf(g->p.out, "%s … %s", frs__format_double(s->low, low),
                    frs__format_double(s->high, high));
    if (s->draw == FRS_DRAW_LOG) frs__say(&g->p, ", %s", _("log scale"));
}

static void winner_table(page *g) {
    frs__buf_add(g->p.out, "<div class=\"scroll\"><table class=\"text\"><thead><tr>");
    frs__tag(&g->p, "th", _("Key"));
    frs__tag(&g->p, "th", _("Winner's value"));
    frs__tag(&g->p, "th", _("Searched"));
    frs__buf_add(g->p.out, "</tr></thead><tbody>\n");
    for (int64_t k = 0; k < g->n_panels; k++) {
        const frs_space *s = g->panels[k].space;
        frs__buf_add(g->p.out, "<tr><th scope=\"row\">");
        frs__html_add(g->p.out, s->key->name);
        frs__buf_add(g->p.out, "</th><td class=\"best\">");
        value_of(g, s, g->winner->number);
        frs__buf_add(g->p.out, "</td><td>");
        range_of(g, s);
        frs__buf_add(g->p.out, "</td></tr>\n");
    }
    frs__buf_add(g->p.out, "</tbody></table></div>\n");
}

static void warnings(page *g) {
    int64_t failed = 0;
    bool same = true;
    for (int64_t i = 0; i < g->n; i++) {
        failed += g->rows[i].status == FRS_TRIAL_FAILED;
        same &= isnan(g->y[i]) || g->rows[i].pairs == g->winner->pairs;
    }
    if (failed) {
        frs__buf_add(g->p.out, "<p class=\"note\">");
        frs__say(&g->p,
                 _("Trials that could not be trained or scored: %lld of %lld; the table says why. "
                   "They count as worse than any other."),
                 (long long)failed, (long long)g->n);
        frs__buf_add(g->p.out, "</p>\n");
    }
    if (!same) {
        frs__buf_add(g->p.out, "<p class=\"note\">");
        frs__say(&g->p, _("Not all trials were scored on the same number of observations (a longer "
                          "window needs more days without a gap): small differences of their "
                          "scores say little."));
        frs__buf_add(g->p.out, "</p>\n");
    }
}

static void section_winner(page *g) {
    char score[40];
    score_text(g, g->winner->score, score);
    frs__section(&g->p, "winner", _("Winner"));
    frs__buf_add(g->p.out, "<p class=\"verdict\">");
    frs__say(&g->p, _("Trial %lld: %s %s in the validation period"), (long long)g->winner->number,
             g->t->score->name, score);
    frs__buf_add(g->p.out, "</p>\n");
    winner_table(g);
    frs__buf_add(g->p.out, "<p>");
    frs__say(&g->p, _("The test period was not opened during the search. The winner was trained "
                      "anew and scored on it once, in an ordinary run:"));
    frs__buf_add(g->p.out, " <a href=\"winner/report.html\">winner/report.html</a></p>\n");
    warnings(g);
    frs__section_end(&g->p);
}

static frs_svg figure_of(const page *g) {
    frs_svg s = {.w = 420, .h = 270, .left = 54, .right = 14, .top = 14, .bottom = 42};
    s.y = frs__axis_empty(FRS_LINEAR, g->t->score->name);
    for (int64_t i = 0; i < g->t->n_trials; i++)
        if (g->t->trials[i].status == FRS_TRIAL_DONE) frs__axis_cover(&s.y, g->t->trials[i].score);
    return s;
}

static const char *const cut_text = N_("What lies below −1 is drawn at the border.");

/* Points of a rung; x, y in memory of the page. */
static void draw_rung(page *g, frs_svg *s, int64_t rung, double *x, double *y) {
    char c[16], css[32];
    int64_t n = 0;
    for (int64_t i = 0; i < g->t->n_trials; i++) {
        const frs_trial *r = &g->t->trials[i];
        if (r->rung != rung || r->status != FRS_TRIAL_DONE) continue;
        x[n] = (double)r->number;
        y[n++] = r->score;
    }
    snprintf(css, sizeof css, "%s", frs__colour(rung, c));
    frs__svg_points(s, css, x, y, n, 3);
}

static void draw_best(page *g, frs_svg *s, double *x, double *y) {
    double best = NAN;
    int64_t n = 0;
    for (int64_t i = 0; i < g->n; i++) {
        if (frs__tune_better(g->t, g->y[i], best)) best = g->y[i];
        x[n] = (double)g->rows[i].number;
        y[n++] = best;
        if (i + 1 == g->n) break;
        x[n] = (double)g->rows[i + 1].number; /* a step, not a slope */
        y[n++] = best;
    }
    frs__svg_line(s, "c0", x, y, n);
}

static void epochs_text(const page *g, int64_t rung, char *buf, size_t size) {
    snprintf(buf, size, _("after %lld epochs"), (long long)g->t->plan.epochs[rung]);
}

static void section_course(page *g) {
    double *x = frs__arena_alloc(&g->memory, 2 * g->n, sizeof *x);
    double *y = frs__arena_alloc(&g->memory, 2 * g->n, sizeof *y);
    if (!x || !y) {
        g->p.status = FRS_E_NOMEM;
        return;
    }
    frs_svg s = figure_of(g);
    char text[128], c[16], caption[512];
    const int64_t last = g->t->trials[g->t->n_trials - 1].rung;
    const bool cut = frs__bound_efficiency(&s.y, g->t->score->name);
    frs__axis_nice(&s.y);
    s.x = (frs_axis){-0.5, (double)g->n - 0.5, FRS_LINEAR, _("trial")};
    s.integer_x = true;
    frs__section(&g->p, "course", _("Course of the search"));
    frs__svg_reserve(&s, _("best so far"));
    for (int64_t k = 0; k <= last; k++) {
        epochs_text(g, k, text, sizeof text);
        frs__svg_reserve(&s, text);
    }
    frs__figure(&g->p, &s, _("Score by trial"), _("A point a trial; the line is the best so far."));
    draw_best(g, &s, x, y);
    for (int64_t k = 0; k <= last; k++) draw_rung(g, &s, k, x, y);
    frs__svg_legend(&s, "c0", _("best so far"));
    for (int64_t k = 0; k <= last; k++) {
        epochs_text(g, k, text, sizeof text);
        frs__svg_legend(&s, frs__colour(k, c), text);
    }
    snprintf(caption, sizeof caption, "%s%s%s",
             last > 0 ? _("The line: the best so far of the first rung.")
                      : _("Trials are independent of each other: their order means nothing."),
             cut ? " " : "", cut ? _(cut_text) : "");
    frs__figure_end(&g->p, &s, caption);
    frs__section_end(&g->p);
}

/* ---- what mattered */

static void measure_row(page *g, const panel *q) {
    char share[40], p[40];
    const bool tiny = q->measure.p < 0.001;
    frs__buf_add(g->p.out, "<tr><th scope=\"row\">");
    frs__html_add(g->p.out, q->space->key->name);
    frs__buf_printf(g->p.out, "</th><td>%s%s</td><td>%s%s</td><td>%lld</td></tr>\n",
                    frs__prose(&g->p, 100 * q->measure.share, 0, share),
                    isnan(q->measure.share) ? "" : " %", tiny ? "&lt; " : "",
                    frs__prose(&g->p, tiny ? 0.001 : q->measure.p, 3, p), (long long)q->groups);
}

static void measures(page *g) {
    frs__buf_add(g->p.out, "<div class=\"scroll\"><table><thead><tr>");
    frs__tag(&g->p, "th", _("Key"));
    frs__tag(&g->p, "th", _("Share of rank variance"));
    frs__tag(&g->p, "th", _("p by chance"));
    frs__tag(&g->p, "th", _("Groups"));
    frs__buf_add(g->p.out, "</tr></thead><tbody>\n");
    for (int64_t k = 0; k < g->n_panels; k++) measure_row(g, &g->panels[k]);
    frs__buf_add(g->p.out, "</tbody></table></div>\n<p class=\"small\">");
    frs__say(
        &g->p,
        _("The share of the variance of the trials' ranks that a key explains alone: trials "
          "are put in groups by its value (numbers in up to 5 groups of equal size), H is the "
          "statistic of Kruskal and Wallis (1952) over k groups of n trials, the share is "
          "(H − k + 1) / (n − k) (Tomczak and Tomczak 2014), p the probability of such an H by "
          "chance. What keys do only together is not in it."));
    frs__buf_add(g->p.out, "</p>\n");
}

/* The median of each group, over the group's width. */
static frs_status draw_groups(page *g, frs_svg *s, const panel *q) {
    double *y = frs__alloc(g->t->ctx, g->n, sizeof *y);
    if (!y) return FRS_E_NOMEM;
    for (int64_t k = 0; k < q->groups; k++) {
        double lo = INFINITY, hi = -INFINITY;
        int64_t n = 0;
        for (int64_t i = 0; i < g->n; i++) {
            if (q->group[i] != k || isnan(g->y[i])) continue;
            lo = q->x[i] < lo ? q->x[i] : lo;
            hi = q->x[i] > hi ? q->x[i] : hi;
            y[n++] = g->y[i];
        }
        const double median = frs__median(y, n), half = (s->x.hi - s->x.lo) / 40;
        if (lo == hi && s->x.scale == FRS_LINEAR) lo -= half, hi += half;
        frs__svg_segment(s, "c2", (double[2]){lo, median}, (double[2]){hi, median});
    }
    frs__free(g->t->ctx, y);
    return FRS_OK;
}

static frs_axis value_axis(const page *g, const panel *q) {
    const frs_space *s = q->space;
    frs_axis a = frs__axis_empty(s->draw == FRS_DRAW_LOG ? FRS_LOG : FRS_LINEAR, s->key->name);
    for (int64_t i = 0; i < g->n; i++) frs__axis_cover(&a, q->x[i]);
    if (s->draw != FRS_DRAW_CHOICE) {
        frs__axis_cover(&a, s->low);
        frs__axis_cover(&a, s->high);
    }
    if (!q->numeric) {
        a.lo = 0.5;
        a.hi = (double)s->n + 0.5;
    } else if (s->draw == FRS_DRAW_CHOICE) { /* room for what stands at the ends */
        const double room = (a.hi - a.lo) / 20;
        a.lo -= room;
        a.hi += room;
    }
    const bool decades = a.scale == FRS_LOG && floor(log10(a.hi)) - ceil(log10(a.lo)) >= 1;
    if (decades)
        a.lo *= 0.9, a.hi *= 1.1; /* two ticks at least: no need to go to whole ones */
    else if (s->draw != FRS_DRAW_CHOICE)
        frs__axis_nice(&a);
    if (!(a.lo < a.hi)) frs__axis_nice(&a);
    return a;
}

/* "1 Adam, 2 SGD" where the axis has places instead of numbers. */
static void caption_of(page *g, const panel *q, bool cut, frs_buf *b) {
    char share[40];
    const frs_space *s = q->space;
    for (int64_t i = 0; !q->numeric && i < s->n; i++)
        frs__buf_printf(b, "%s%lld %s", i ? ", " : "", (long long)i + 1, s->choices[i]);
    if (!q->numeric) frs__buf_add(b, ". ");
    if (!isnan(q->measure.share))
        frs__buf_printf(b, _("Explains %s %% of the variance of ranks."),
                        frs__prose(&g->p, 100 * q->measure.share, 0, share));
    if (cut) frs__buf_printf(b, " %s", _(cut_text));
}

static void panel_figure(page *g, const panel *q) {
    frs_svg s = figure_of(g);
    frs_buf caption = {.ctx = g->t->ctx};
    char title[160];
    const bool cut = frs__bound_efficiency(&s.y, g->t->score->name);
    frs__axis_nice(&s.y);
    s.x = value_axis(g, q);
    s.integer_x = !q->numeric || q->space->key->type == FRS_KEY_INT;
    snprintf(title, sizeof title, _("%s by %s"), g->t->score->name, q->space->key->name);
    frs__svg_reserve(&s, _("trials"));
    frs__svg_reserve(&s, _("median of a group"));
    frs__figure(&g->p, &s, title, _("A point a trial; a line for the median of each group."));
    frs__svg_points(&s, "c1", q->x, g->y, g->n, 3);
    if (draw_groups(g, &s, q) != FRS_OK) g->p.status = FRS_E_NOMEM;
    frs__svg_legend(&s, "c1", _("trials"));
    frs__svg_legend(&s, "c2", _("median of a group"));
    caption_of(g, q, cut, &caption);
    if (frs__buf_status(&caption) != FRS_OK) g->p.status = FRS_E_NOMEM;
    frs__figure_end(&g->p, &s, caption.data ? caption.data : "");
    frs__buf_free(&caption);
}

static void section_mattered(page *g) {
    frs__section(&g->p, "mattered", _("What mattered"));
    if (g->t->plan.n > 1) {
        char text[64];
        frs__buf_add(g->p.out, "<p>");
        epochs_text(g, 0, text, sizeof text);
        frs__say(&g->p, _("Of all trials, %s: as far as all of them went."), text);
        frs__buf_add(g->p.out, "</p>\n");
    }
    measures(g);
    frs__buf_add(g->p.out, "<div class=\"grid\">");
    for (int64_t k = 0; k < g->n_panels; k++) panel_figure(g, &g->panels[k]);
    frs__buf_add(g->p.out, "</div>\n");
    frs__section_end(&g->p);
}

/* ---- the table of trials, the furthest and best first */

typedef struct ranked {
    const frs_trial *x;
    double good;
} ranked;

static int furthest_best(const void *a, const void *b) {
    const ranked *p = a, *q = b;
    if (p->x->rung != q->x->rung) return p->x->rung > q->x->rung ? -1 : 1;
    if (p->good != q->good) return p->good > q->good ? -1 : 1;
    return (p->x->number > q->x->number) - (p->x->number < q->x->number);
}

/* One row a trial: the last rung that it reached. */
static int64_t rank_trials(page *g, ranked *r) {
    int64_t n = 0;
    for (int64_t i = 0; i < g->t->n_trials; i++) {
        const frs_trial *x = &g->t->trials[i];
        const double good =
            x->status == FRS_TRIAL_DONE ? frs__goodness(g->t->score->name, x->score) : -INFINITY;
        if (x->rung == 0) n++;
        r[x->number] = (ranked){x, good};
    }
    qsort(r, (size_t)n, sizeof *r, furthest_best);
    return n;
}

static void trial_row(page *g, const frs_trial *x) {
    char score[40], seconds[40];
    score_text(g, x->score, score);
    frs__buf_printf(g->p.out,
                    "<tr><th scope=\"row\">%lld</th><td%s>%s</td><td>%lld</td><td>%s</td>",
                    (long long)x->number, x == g->winner ? " class=\"best\"" : "", score,
                    (long long)x->epochs, frs__prose(&g->p, x->seconds, 1, seconds));
    for (int64_t k = 0; k < g->n_panels; k++) {
        frs__buf_add(g->p.out, "<td>");
        value_of(g, g->panels[k].space, x->number);
        frs__buf_add(g->p.out, "</td>");
    }
    frs__buf_add(g->p.out, "<td>");
    frs__html_add(g->p.out, x->message);
    frs__buf_add(g->p.out, "</td></tr>\n");
}

static void section_trials(page *g) {
    ranked *r = frs__arena_alloc(&g->memory, g->n, sizeof *r);
    if (!r) {
        g->p.status = FRS_E_NOMEM;
        return;
    }
    const int64_t n = rank_trials(g, r), shown = n < MAX_ROWS ? n : MAX_ROWS;
    frs__section(&g->p, "trials", _("Trials"));
    if (shown < n) {
        frs__buf_add(g->p.out, "<p>");
        frs__say(&g->p, _("The best %lld of %lld; all are in trials.csv."), (long long)shown,
                 (long long)n);
        frs__buf_add(g->p.out, "</p>\n");
    }
    frs__buf_add(g->p.out, "<div class=\"scroll tall\"><table><thead><tr>");
    frs__tag(&g->p, "th", _("Trial"));
    frs__tag(&g->p, "th", g->t->score->name);
    frs__tag(&g->p, "th", _("Epochs"));
    frs__tag(&g->p, "th", _("Seconds"));
    for (int64_t k = 0; k < g->n_panels; k++) frs__tag(&g->p, "th", g->panels[k].space->key->name);
    frs__buf_add(g->p.out, "<th></th></tr></thead><tbody>\n");
    for (int64_t i = 0; i < shown; i++) trial_row(g, r[i].x);
    frs__buf_add(g->p.out, "</tbody></table></div>\n");
    frs__section_end(&g->p);
}

static void section_reproduce(page *g) {
    char *yaml = NULL;
    frs__section(&g->p, "reproduce", _("How to reproduce"));
    frs__buf_add(g->p.out, "<p>");
    frs__say(&g->p, _("The values of a trial follow from the config's seed and the trial's number; "
                      "neither the number of processes nor an interruption changes them, nor the "
                      "winner."));
    frs__buf_add(g->p.out, "</p>\n<details><summary>");
    frs__html_add(g->p.out, _("Configuration as used"));
    frs__buf_add(g->p.out, "</summary><pre>");
    if (frs_config_write(g->t->config, &yaml) == FRS_OK)
        frs__html_add(g->p.out, yaml);
    else
        g->p.status = FRS_E_NOMEM;
    frs_text_free(g->t->ctx, yaml);
    frs__buf_add(g->p.out, "</pre></details>\n");
    frs__section_end(&g->p);
}

static void subtitle(page *g) {
    frs__buf_add(g->p.out, "<p class=\"small\">");
    frs__say(&g->p, _("Tuning of %s by %s of the validation period."),
             frs__candidate_title(g->t->tuned), g->t->score->name);
    frs__buf_add(g->p.out, " ");
    if (g->t->plan.n > 1)
        frs__say(&g->p,
                 _("Successive halving: %lld trials, one of %lld goes on to the next of %lld "
                   "rungs."),
                 (long long)g->n, (long long)frs_config_int(g->t->config, "tune.eta"),
                 (long long)g->t->plan.n);
    else
        frs__say(&g->p, _("Random search: %lld trials."), (long long)g->n);
    frs__buf_add(g->p.out, "</p>\n");
}

static frs_status build(page *g, frs_buf *out, frs_buf *body, frs_buf *nav) {
    char title[256];
    g->p.out = body;
    g->p.nav = nav;
    section_winner(g);
    section_course(g);
    section_mattered(g);
    section_trials(g);
    section_reproduce(g);
    g->p.out = out;
    snprintf(title, sizeof title, _("Tuning: %.200s"),
             frs_config_text(g->t->config, "experiment_name"));
    frs__page_open(&g->p, title, false);
    subtitle(g);
    frs__buf_add(out, "<nav>");
    frs__buf_add_n(out, nav->data ? nav->data : "", nav->n);
    frs__buf_add(out, "</nav>\n</header>\n<main>\n");
    frs__buf_add_n(out, body->data ? body->data : "", body->n);
    frs__buf_printf(out, "</main>\n<footer><p>Freshet %s</p></footer>\n</body>\n</html>\n",
                    FRS_VERSION);
    FRS_TRY(g->p.status);
    FRS_TRY(frs__buf_status(nav));
    FRS_TRY(frs__buf_status(body));
    return frs__buf_status(out);
}

static frs_status write_page(page *g, const char *path) {
    frs_buf out = {.ctx = g->t->ctx}, body = {.ctx = g->t->ctx}, nav = {.ctx = g->t->ctx};
    frs_status s = gather(g);
    if (s == FRS_OK) s = build(g, &out, &body, &nav);
    if (s == FRS_OK) s = frs__write_file(g->t->ctx, path, out.data, out.n);
    frs__buf_free(&out);
    frs__buf_free(&body);
    frs__buf_free(&nav);
    return s;
}

frs_status frs__tune_page(frs_tune *t) {
    char *csv = frs__tune_path(t, "trials.csv"), *html = frs__tune_path(t, "tune.html");
    page *g = frs__alloc(t->ctx, 1, sizeof *g);
    frs_status s = csv && html && g ? write_csv(t, csv) : FRS_E_NOMEM;
    if (s == FRS_OK) {
        g->t = t;
        g->memory.ctx = t->ctx;
        g->view = (frs_view){.ctx = t->ctx, .r = &g->report, .russian = strcmp(_("en"), "ru") == 0};
        g->p = (frs_page){.ctx = t->ctx, .v = &g->view, .r = &g->report};
        s = write_page(g, html);
        frs__arena_free(&g->memory);
    }
    frs__free(t->ctx, g);
    frs__free(t->ctx, csv);
    frs__free(t->ctx, html);
    return s;
}
