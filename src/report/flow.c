/* Observed against predicted: scatter and flow-duration curves, on the samples that all models
 * share. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>

enum {
    MAX_POINTS = 1500,
    FLOODS = 40,
    WIDE = 60,
    CURVE = 200,
    MAX_SCATTER_MODELS = 3,
    MAX_CURVES = 3
};

typedef struct points {
    double obs[MAX_POINTS + FLOODS], sim[MAX_POINTS + FLOODS], sorted[MAX_POINTS + FLOODS];
} points;

/* Walks over the common pairs of the shown sites at a lead; false: there are no more. */
typedef struct pairs {
    const frs_page *p;
    int64_t model, lead, site, issue;
} pairs;

static bool next_pair(pairs *x, double *obs, double *sim) {
    const frs_view *v = x->p->v;
    const frs_archive *o = &x->p->r->observed;
    for (; x->site < v->n_shown; x->site++, x->issue = 0)
        while (x->issue < o->n_issues) {
            const int64_t at = x->issue++ * o->n_leads + x->lead, site = v->shown[x->site];
            if (!v->common[site * o->n_issues * o->n_leads + at]) continue;
            *obs = (double)frs__site_values(v, -1, site)[at];
            *sim = (double)frs__site_values(v, x->model, site)[at];
            return true;
        }
    return false;
}

/* The common pairs of the shown sites, thinned evenly to about MAX_POINTS, but every flood stays:
 * the FLOODS greatest observations and predictions. */
static int64_t scatter_pairs(const frs_page *p, int64_t model, int64_t lead, points *out) {
    const frs_archive *o = &p->r->observed;
    double *x = frs__alloc(p->ctx, p->v->n_shown * o->n_issues, sizeof *x), obs, sim;
    if (!x) return -1;
    int64_t total = 0, seen = 0, n = 0;
    for (pairs k = {p, model, lead, 0, 0}; next_pair(&k, &obs, &sim);) x[total++] = fmax(obs, sim);
    frs__sort(x, total);
    const double flood = total > FLOODS ? x[total - FLOODS] : 0;
    const int64_t stride = (total + MAX_POINTS - 1) / MAX_POINTS;
    for (pairs k = {p, model, lead, 0, 0}; next_pair(&k, &obs, &sim);)
        if ((seen++ % stride == 0 || fmax(obs, sim) > flood) && n < MAX_POINTS + FLOODS) {
            out->obs[n] = obs;
            out->sim[n++] = sim;
        }
    frs__free(p->ctx, x);
    return n;
}

/* One axis for both; logarithmic where rivers of very different size, or great floods, would leave
 * the rest in a corner. */
static frs_axis flow_axis(points *x, int64_t n) {
    frs_axis a = frs__axis_empty(FRS_LINEAR, NULL);
    for (int64_t i = 0; i < n; i++) {
        frs__axis_cover(&a, x->obs[i]);
        frs__axis_cover(&a, x->sim[i]);
        x->sorted[i] = x->obs[i];
    }
    frs__sort(x->sorted, n);
    const double median = frs__quantile(x->sorted, n, 0.5);
    if (median > 0 && a.hi > WIDE * median) {
        a.scale = FRS_LOG;
        a.lo = fmax(a.lo, median / WIDE);
    } else if (a.lo > 0)
        a.lo = 0;
    frs__axis_nice(&a);
    return a;
}

static void scatter(frs_page *p, int64_t model, int64_t lead, points *buf) {
    const int64_t n = scatter_pairs(p, model, lead, buf);
    const double *obs = buf->obs, *sim = buf->sim;
    if (n < 0) p->status = FRS_E_NOMEM;
    if (n <= 0) return;
    frs_svg s = {.w = 360, .h = 360, .left = 56, .right = 20, .top = 12, .bottom = 42};
    frs_axis both = flow_axis(buf, n);
    for (int64_t i = 0; both.scale == FRS_LOG && i < n; i++) {
        buf->obs[i] = fmax(obs[i], both.lo);
        buf->sim[i] = fmax(sim[i], both.lo);
    }
    s.x = s.y = both;
    s.x.label = _("observed");
    s.y.label = _("predicted");
    char title[200], c[16], css[24], t[40];
    if (p->v->n_leads > 1)
        snprintf(title, sizeof title, _("%.100s, lead %s"), frs__model_title(p->r, model),
                 frs__lead_text(p, lead + 1, t));
    else
        snprintf(title, sizeof title, "%.100s", frs__model_title(p->r, model));
    frs__figure(
        p, &s, title,
        _("Each point is one time step; on the diagonal the prediction equals the observation."));
    snprintf(css, sizeof css, "%s faint", frs__colour(model, c));
    frs__svg_points(&s, css, obs, sim, n, 1.7);
    frs__svg_segment(&s, "one", (double[]){both.lo, both.lo}, (double[]){both.hi, both.hi});
    frs__figure_end(p, &s, title);
}

/* ---- flow-duration curve */
static int64_t sorted_flow(const frs_page *p, int64_t model, int64_t site, int64_t lead,
                           double *x) {
    const frs_archive *o = &p->r->observed;
    const float *values = frs__site_values(p->v, model, site);
    int64_t n = 0;
    for (int64_t i = 0; values && i < o->n_issues; i++) {
        const int64_t at = i * o->n_leads + lead;
        if (p->v->common[site * o->n_issues * o->n_leads + at]) x[n++] = (double)values[at];
    }
    frs__sort(x, n);
    return n;
}

static void duration_line(frs_svg *s, int64_t model, const double *sorted, int64_t n) {
    double x[CURVE], y[CURVE];
    char c[16];
    for (int i = 0; i < CURVE; i++) {
        /* more points at both ends, where floods and low flow are */
        const double t = 0.5 - 0.5 * cos(M_PI * i / (CURVE - 1.0));
        x[i] = 100 * t;
        y[i] = frs__quantile(sorted, n, 1 - t);
    }
    frs__svg_line(s, frs__colour(model, c), x, y, CURVE);
}

static void duration(frs_page *p, int64_t site, int64_t lead, double *x) {
    const int64_t n = sorted_flow(p, -1, site, lead, x);
    char title[200], t[40], label[128];
    if (n < 2) return;
    frs_svg s = {.w = 420, .h = 290, .left = 58, .right = 14, .top = 14, .bottom = 42};
    s.x = (frs_axis){0, 100, FRS_LINEAR, _("share of time exceeded, %")};
    s.y = frs__axis_empty(FRS_LOG, frs__target_text(p, label, sizeof label));
    for (int64_t i = 0; i < n; i++) frs__axis_cover(&s.y, x[i]);
    /* Three decades below the median show low flow; a prediction of almost zero must not flatten
     * the rest. */
    const double least = frs__quantile(x, n, 0.5) * 1e-3;
    if (s.y.lo < least) s.y.lo = least;
    frs__axis_nice(&s.y);
    if (p->v->n_leads > 1)
        snprintf(title, sizeof title, _("%.100s, lead %s"), p->r->sites[site],
                 frs__lead_text(p, lead + 1, t));
    else
        snprintf(title, sizeof title, "%.100s", p->r->sites[site]);
    frs__reserve_keys(p, &s, true);
    frs__figure(p, &s, title,
                _("Flow against the share of time in which it is exceeded, logarithmic."));
    duration_line(&s, -1, x, n);
    for (int64_t i = p->r->n_models - 1; i >= 0; i--) {
        const int64_t m = p->v->order[i];
        const int64_t k = sorted_flow(p, m, site, lead, x);
        if (k >= 2) duration_line(&s, m, x, k);
    }
    frs__keys(p, &s, true);
    frs__figure_end(p, &s, title);
}

static void all_scatter(frs_page *p, points *buf) {
    const int64_t last = p->v->n_leads - 1;
    frs__section(p, "scatter", _("Observed and predicted"));
    if (p->r->n_sites > 1 && !p->one_site) {
        frs__buf_add(p->out, "<p class=\"small\">");
        frs__say(p, _("Catchments in these figures: %lld of %lld (those of the hydrographs)."),
                 (long long)p->v->n_shown, (long long)p->r->n_sites);
        frs__buf_add(p->out, "</p>");
    }
    frs__buf_add(p->out,
                 last > 0 ? "<div class=\"grid narrow pairs\">" : "<div class=\"grid narrow\">");
    int64_t done = 0;
    for (int64_t i = 0; i < p->r->n_models && done < MAX_SCATTER_MODELS; i++) {
        const int64_t m = p->v->order[i];
        if (!p->r->models[m].archive.values) continue;
        scatter(p, m, 0, buf);
        if (last > 0) scatter(p, m, last, buf);
        done++;
    }
    frs__buf_add(p->out, "</div>");
    frs__section_end(p);
}

static void all_durations(frs_page *p, double *x) {
    const int64_t n = p->v->n_shown < MAX_CURVES ? p->v->n_shown : MAX_CURVES;
    frs__section(p, "duration", _("Flow-duration curves"));
    if (p->r->n_sites > n && !p->one_site) {
        frs__buf_add(p->out, "<p class=\"small\">");
        frs__say(p, p->r->n_sites > FRS_MAX_SHOWN
                        ? _("The best, the middle and the worst catchment.")
                        : _("The first, the middle and the last catchment."));
        frs__buf_add(p->out, "</p>");
    }
    frs__buf_add(p->out, "<div class=\"grid\">");
    for (int64_t k = 0; k < n; k++)
        duration(p, p->v->shown[n == 1 ? 0 : k * (p->v->n_shown - 1) / (n - 1)], p->v->n_leads - 1,
                 x);
    frs__buf_add(p->out, "</div>");
    frs__section_end(p);
}

void frs__page_flow(frs_page *p) {
    const int64_t issues = p->r->observed.n_issues;
    if (!p->v->common || p->v->n_shown == 0 || p->r->n_models == 0 || issues == 0) return;
    points *buf = frs__alloc(p->ctx, 1, sizeof *buf);
    double *sorted = frs__alloc(p->ctx, issues, sizeof *sorted);
    if (buf && sorted) {
        all_scatter(p, buf);
        all_durations(p, sorted);
    } else
        p->status = FRS_E_NOMEM;
    frs__free(p->ctx, buf);
    frs__free(p->ctx, sorted);
}
