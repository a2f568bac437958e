/* The hydrograph: an interactive one by dygraphs with its data, and a static one for print and for
 * a browser without scripts. Data go as comma-separated text of 4 significant digits inside JSON.
 */
#include "report/assets.h"
#include "report/csv.h"
#include "report/files.h"
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_NUMBERS = 700 * 1000, /* about 4 MB of page */
    MAX_STATIC = 3,
    STATIC_COLUMNS = 800
};

/* What is embedded, after cutting to the budget: leads first, then sites, then the oldest steps. */
typedef struct plan {
    int64_t sites[FRS_MAX_SHOWN], n_sites;
    int64_t leads[3], n_leads; /* indices; n_leads 0: all */
    int64_t first, n;          /* issue times */
} plan;

static int64_t plan_leads(const frs_page *p, const plan *x) {
    return x->n_leads > 0 ? x->n_leads : p->v->n_leads;
}

static int64_t plan_numbers(const frs_page *p, const plan *x) {
    return x->n_sites * x->n * (2 + p->r->n_models * plan_leads(p, x));
}

static plan make_plan(const frs_page *p) {
    const frs_view *v = p->v;
    const int64_t most = p->one_site ? MAX_NUMBERS / FRS_MAX_SHOWN : MAX_NUMBERS;
    plan x = {.n_sites = v->n_shown, .n = p->r->observed.n_issues};
    memcpy(x.sites, v->shown, sizeof x.sites);
    if (v->n_leads > 3 && plan_numbers(p, &x) > most) {
        x.n_leads = 3;
        x.leads[0] = 0;
        x.leads[1] = v->n_leads / 2;
        x.leads[2] = v->n_leads - 1;
    }
    while (x.n_sites > 3 && plan_numbers(p, &x) > most) {
        const int64_t n = x.n_sites / 2 < 3 ? 3 : x.n_sites / 2;
        for (int64_t k = 0; k < n; k++) x.sites[k] = v->shown[k * (v->n_shown - 1) / (n - 1)];
        x.n_sites = n;
    }
    const int64_t limit = most / (x.n_sites * (2 + p->r->n_models * plan_leads(p, &x)));
    if (x.n > limit) {
        x.first = x.n - limit;
        x.n = limit;
    }
    return x;
}

/* ---- JSON inside a script element: '<' must never appear, whatever the text */
void frs__json_text(frs_buf *b, const char *text) {
    frs__buf_add(b, "\"");
    while (text && *text) {
        char c[5];
        text = frs__utf8_char(text, c);
        if (*c == '"' || *c == '\\')
            frs__buf_printf(b, "\\%c", *c);
        else if ((unsigned char)*c < 32 || *c == '<' || *c == '>' || *c == '&')
            frs__buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            frs__buf_add(b, c);
    }
    frs__buf_add(b, "\"");
}

/* 4 significant digits, as "%.4g" writes them, but fast where flow and rain are: a page is mostly
 * these. */
static void add_flow(frs_buf *b, double v) {
    static const double power[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};
    char t[24];
    int at = (int)sizeof t, digits = v < 10 ? 3 : v < 100 ? 2 : v < 1000 ? 1 : 0;
    if (!(v >= 1e-3 && v < 9999)) {
        frs__buf_printf(b, "%.4g", v);
        return;
    }
    for (double x = v; x < 1; x *= 10) digits++;
    unsigned long u = (unsigned long)lrint(v * power[digits]);
    for (; digits > 0 && u % 10 == 0; digits--) u /= 10;
    for (; digits > 0; digits--, u /= 10) {
        t[--at] = (char)('0' + u % 10);
        if (digits == 1) t[--at] = '.';
    }
    do t[--at] = (char)('0' + u % 10);
    while (u /= 10);
    frs__buf_add_n(b, t + at, (int64_t)sizeof t - at);
}

static void json_numbers(frs_buf *b, const float *values, int64_t n, int64_t stride) {
    frs__buf_add(b, "\"");
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) frs__buf_add(b, ",");
        if (isfinite(values[i * stride])) add_flow(b, (double)values[i * stride]);
    }
    frs__buf_add(b, "\"");
}

/* Observations by valid time: first issue + its first lead onwards. */
static void json_observed(frs_page *p, const plan *x, int64_t site) {
    const frs_archive *o = &p->r->observed;
    const float *values = frs__site_values(p->v, -1, site);
    const int64_t n = x->n + o->n_leads - 1;
    float *line = frs__alloc(p->ctx, n, sizeof *line);
    if (!line) {
        p->status = FRS_E_NOMEM;
        return;
    }
    for (int64_t t = 0; t < n; t++) {
        line[t] = NAN;
        for (int64_t l = 0; l < o->n_leads && isnan(line[t]); l++)
            if (t - l >= 0 && t - l < x->n) line[t] = values[(x->first + t - l) * o->n_leads + l];
    }
    json_numbers(p->out, line, n, 1);
    frs__free(p->ctx, line);
}

static void json_site(frs_page *p, const plan *x, int64_t site) {
    frs_buf *b = p->out;
    const frs_archive *o = &p->r->observed;
    char label[160], t[40];
    const double score =
        p->v->best < 0 ? (double)NAN : frs__view_at(p->v, 0, site, 0, p->v->best, p->v->main).value;
    snprintf(label, sizeof label, isfinite(score) ? "%.80s (%.31s %s)" : "%.80s", p->r->sites[site],
             p->v->main < 0 ? "" : p->v->metrics[p->v->main], frs__fixed(score, 2, t));
    frs__buf_add(b, "{\"name\":");
    frs__json_text(b, label);
    frs__buf_add(b, ",\"obs\":");
    json_observed(p, x, site);
    /* A catchment's page has the rain that the folder's files have: made again it is the same. */
    if (p->r->precipitation && (!p->one_site || frs__rain_everywhere(p->r))) {
        frs__buf_add(b, ",\"p\":");
        json_numbers(b, p->r->precipitation + site * o->n_issues + x->first, x->n, 1);
    }
    frs__buf_add(b, ",\"m\":[");
    for (int64_t m = 0; m < p->r->n_models; m++) {
        const float *values = frs__site_values(p->v, m, site);
        frs__buf_add(b, m > 0 ? ",[" : "[");
        for (int64_t k = 0; values && k < plan_leads(p, x); k++) {
            if (k > 0) frs__buf_add(b, ",");
            json_numbers(b, values + x->first * o->n_leads + (x->n_leads > 0 ? x->leads[k] : k),
                         x->n, o->n_leads);
        }
        frs__buf_add(b, "]");
    }
    frs__buf_add(b, "]}");
}

static void json_data(frs_page *p, const plan *x) {
    frs_buf *b = p->out;
    const frs_archive *o = &p->r->observed;
    char label[160], t[40];
    frs__buf_printf(
        b,
        "<script type=\"application/json\" "
        "id=\"frs-data\">{\"start\":%lld,\"count\":%lld,\"month\":%s,\"year\":%d,\"leads\":[",
        (long long)frs_step_add(o->step, o->first_issue_s, x->first), (long long)o->step.count,
        o->step.unit == FRS_STEP_MONTH ? "true" : "false",
        p->r->year_start > 0 ? p->r->year_start : 10);
    for (int64_t k = 0; k < plan_leads(p, x); k++) {
        const int64_t lead = (x->n_leads > 0 ? x->leads[k] : k) + (p->r->leads > 0);
        frs__buf_printf(b, "%s{\"steps\":%lld,\"text\":", k > 0 ? "," : "", (long long)lead);
        frs__json_text(b, lead > 0 ? frs__lead_text(p, lead, t) : "");
        frs__buf_add(b, "}");
    }
    frs__buf_add(b, "],\"target\":");
    frs__json_text(b, frs__target_text(p, label, sizeof label));
    frs__buf_add(b, ",\"observed\":");
    frs__json_text(b, _("observed"));
    frs__buf_add(b, ",\"precipitation\":");
    snprintf(label, sizeof label, _("precipitation, %.60s"),
             p->r->precipitation_unit ? p->r->precipitation_unit : "mm");
    frs__json_text(b, label);
    frs__buf_printf(b, ",\"offset\":%d,\"models\":[", p->r->leads > 0 ? 1 : 0);
    for (int64_t m = 0; m < p->r->n_models; m++) {
        if (m > 0) frs__buf_add(b, ",");
        frs__json_text(b, frs__model_title(p->r, m));
    }
    frs__buf_add(b, "],\"sites\":[\n");
    for (int64_t k = 0; k < x->n_sites; k++) {
        if (k > 0) frs__buf_add(b, ",\n");
        json_site(p, x, x->sites[k]);
    }
    frs__buf_add(b, "]}</script>\n");
}

/* ---- the static hydrograph: at most two points a column (least and greatest), so that no peak is
 * lost */
typedef struct columns {
    double x[2 * STATIC_COLUMNS], y[2 * STATIC_COLUMNS];
    int64_t n;
} columns;

static void thin(const frs_page *p, const float *values, int64_t lead, columns *c) {
    const frs_archive *o = &p->r->observed;
    const int64_t n = o->n_issues, per = (n + STATIC_COLUMNS - 1) / STATIC_COLUMNS;
    c->n = 0;
    for (int64_t i = 0; i < n; i += per) {
        int64_t least = -1, most = -1;
        for (int64_t k = i; k < i + per && k < n; k++) {
            const float value = values[k * o->n_leads + lead];
            if (!isfinite(value)) continue;
            if (least < 0 || value < values[least * o->n_leads + lead]) least = k;
            if (most < 0 || value > values[most * o->n_leads + lead]) most = k;
        }
        const int64_t a = least < most ? least : most, b = least < most ? most : least;
        for (int64_t k = 0; k < (a != b ? 2 : 1); k++) {
            const int64_t at = k == 0 ? a : b;
            c->x[c->n] = (double)frs__valid_time(p->v, at < 0 ? i : at, lead);
            c->y[c->n++] = at < 0 ? NAN : (double)values[at * o->n_leads + lead];
        }
    }
}

static double greatest_rain(const frs_page *p, int64_t site) {
    const int64_t n = p->r->observed.n_issues;
    double most = 0;
    for (int64_t i = 0; p->r->precipitation && i < n; i++) {
        const float rain = p->r->precipitation[site * n + i];
        if (isfinite(rain) && (double)rain > most) most = (double)rain;
    }
    return most;
}

/* Each bar is the greatest rain of its column, at the time of issue. */
static void rain_bars(frs_page *p, frs_svg *s, int64_t site, double most) {
    const frs_archive *o = &p->r->observed;
    const int64_t n = o->n_issues, per = (n + STATIC_COLUMNS - 1) / STATIC_COLUMNS;
    const float *rain = p->r->precipitation + site * n;
    const double room = 0.28 * (s->y.hi - s->y.lo);
    for (int64_t i = 0; i < n; i += per) {
        double top = 0;
        for (int64_t k = i; k < i + per && k < n; k++)
            if (isfinite(rain[k]) && (double)rain[k] > top) top = (double)rain[k];
        const double t = (double)frs_step_add(o->step, o->first_issue_s, i);
        if (top > 0 && t >= s->x.lo)
            frs__svg_segment(s, "rain", (double[]){t, s->y.hi},
                             (double[]){t, s->y.hi - room * top / most});
    }
}

static void static_figure(frs_page *p, int64_t site, columns *c) {
    const int64_t lead = p->v->n_leads - 1, n = p->r->observed.n_issues;
    const double most = greatest_rain(p, site);
    char label[160], title[200], rain[160], t[40], css[24];
    frs_svg s = {.w = 900, .h = 320, .left = 62, .right = 14, .top = 14, .bottom = 24};
    s.x = (frs_axis){(double)frs__valid_time(p->v, 0, lead),
                     (double)frs__valid_time(p->v, n > 1 ? n - 1 : 1, lead), FRS_TIME, NULL};
    s.y = frs__axis_empty(FRS_LINEAR, frs__target_text(p, label, sizeof label));
    for (int64_t m = -1; m < p->r->n_models; m++) {
        const float *values = frs__site_values(p->v, m, site);
        for (int64_t i = 0; values && i < n; i++)
            frs__axis_cover(&s.y, (double)values[i * p->r->observed.n_leads + lead]);
    }
    if (s.y.lo > 0) s.y.lo = 0;
    if (most > 0 && s.y.hi > s.y.lo)
        s.y.hi += 0.4 * (s.y.hi - s.y.lo); /* the rain hangs from the top */
    frs__axis_nice(&s.y);
    if (p->v->n_leads > 1)
        snprintf(title, sizeof title, _("%.100s, lead %s"), p->r->sites[site],
                 frs__lead_text(p, lead + 1, t));
    else
        snprintf(title, sizeof title, "%.100s", p->r->sites[site]);
    frs__reserve_keys(p, &s, true);
    snprintf(rain, sizeof rain, _("precipitation, greatest %s %.60s"), frs__fixed(most, 1, t),
             p->r->precipitation_unit ? p->r->precipitation_unit : "mm");
    if (most > 0) frs__svg_reserve(&s, rain);
    frs__figure(p, &s, title, _("Observed and predicted flow over time."));
    for (int64_t i = p->r->n_models; i >= 0;
         i--) { /* observed first, a thick line; the best last, over the others */
        const int64_t m = i == p->r->n_models ? -1 : p->v->order[i];
        const float *values = frs__site_values(p->v, m, site);
        if (!values) continue;
        thin(p, values, lead, c);
        snprintf(css, sizeof css, "%s thin", frs__colour(m, t));
        frs__svg_line(&s, css, c->x, c->y, c->n);
    }
    frs__keys(p, &s, true);
    if (most > 0) {
        rain_bars(p, &s, site, most);
        frs__svg_legend(&s, "rain", rain);
    }
    frs__figure_end(p, &s, title);
}

static void static_figures(frs_page *p) {
    columns *c = frs__alloc(p->ctx, 1, sizeof *c);
    if (!c) {
        p->status = FRS_E_NOMEM;
        return;
    }
    const int64_t n = p->v->n_shown < MAX_STATIC ? p->v->n_shown : MAX_STATIC;
    frs__buf_add(p->out, "<div class=\"static\">");
    for (int64_t k = 0; k < n; k++)
        static_figure(p, p->v->shown[n == 1 ? 0 : k * (p->v->n_shown - 1) / (n - 1)], c);
    frs__buf_add(p->out, "</div>\n");
    frs__free(p->ctx, c);
}

static void what_is_embedded(frs_page *p, const plan *x) {
    frs__buf_add(p->out, "<p class=\"small interactive\">");
    frs__say(p, _("Drag across the figure to zoom, drag the handles below it to move, double-click "
                  "to see all."));
    if (x->n_sites < p->r->n_sites && !p->one_site) {
        frs__buf_add(p->out, " ");
        frs__say(p,
                 _("To keep the page small it holds the hydrographs of the best, the middle and "
                   "the worst catchments: %lld of %lld. "
                   "All are in forecast.nc."),
                 (long long)x->n_sites, (long long)p->r->n_sites);
        if (p->links) {
            frs__buf_add(p->out, " ");
            frs__say(p, _("Every catchment has a page of its own: see the table of all."));
        }
    }
    if (x->n_leads > 0) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("Leads in the page: first, middle, last."));
    }
    if (x->first > 0) {
        char t[32];
        frs__buf_add(p->out, " ");
        frs__say(p, _("To keep the page small it starts at %s."),
                 frs_date_format(frs__valid_time(p->v, x->first, 0), t));
    }
    frs__buf_add(p->out, "</p>\n");
}

static void controls(frs_page *p, const plan *x) {
    frs__buf_add(p->out, p->one_site ? "<div class=\"interactive drawn\"><div class=\"controls\">"
                                     : "<div class=\"interactive\"><div class=\"controls\">");
    if (x->n_sites > 1) {
        frs__buf_add(p->out, "<label>");
        frs__html_add(p->out, _("Catchment"));
        frs__buf_add(p->out, " <select id=\"frs-site\"></select></label>");
    }
    if (plan_leads(p, x) > 1) {
        frs__buf_add(p->out, "<label>");
        frs__html_add(p->out, _("Lead"));
        frs__buf_add(p->out, " <select id=\"frs-lead\"></select></label>");
    }
    frs__buf_add(p->out, "<label>");
    frs__html_add(p->out, _("Years"));
    frs__buf_add(p->out,
                 " <select id=\"frs-years\"><option value=\"-\">–</option><option value=\"\">");
    frs__html_add(p->out, _("all"));
    frs__buf_add(p->out, "</option></select></label><button type=\"button\" id=\"frs-flood\">");
    frs__html_add(p->out, _("Next flood"));
    frs__buf_add(p->out, "</button><label><input type=\"checkbox\" id=\"frs-log\">");
    frs__html_add(p->out, _("logarithmic"));
    frs__buf_add(p->out, "</label>");
    frs__buf_add(p->out, "</div><div id=\"frs-keys\" class=\"keys\"></div>"
                         "<div id=\"frs-hydrograph\" role=\"img\" aria-label=\"");
    frs__html_add(p->out, _("Observed and predicted flow over time."));
    frs__buf_add(p->out, "\"></div></div>\n");
}

void frs__page_hydrograph(frs_page *p) {
    const frs_archive *o = &p->r->observed;
    frs__section(p, "hydrograph", _("Hydrograph"));
    if (!o->values || o->n_issues < 1 || p->v->n_shown < 1) {
        frs__tag(p, "p",
                 _("The predictions are not in this folder (forecast.nc), so there is nothing to "
                   "draw."));
        frs__section_end(p);
        return;
    }
    if (p->r->task == FRS_FORECAST && p->r->future == FRS_FUTURE_OBSERVED) {
        frs__buf_add(p->out, "<p class=\"note\">");
        frs__say(p, _("Upper bound: made with observed future weather."));
        frs__buf_add(p->out, "</p>");
    }
    const plan x = make_plan(p);
    controls(p, &x);
    what_is_embedded(p, &x);
    json_data(p, &x);
    /* A catchment's page prints the interactive one: it would hold its numbers twice. */
    if (!p->one_site || !*frs__asset_dygraph_js) static_figures(p);
    frs__section_end(p);
}
