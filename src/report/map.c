/* The map of the catchments: where they are, coloured by the winner's score. An interactive one by
 * Leaflet without tiles (a graticule and the coast), and a static one for paper. Without
 * coordinates there is none. The coast is coast.txt, made by tools/coast.py: a line a polyline,
 * tenths of a degree, first a point and then steps. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/assets.h"

enum { CLASSES = 6, MAX_ROWS = 12 };

typedef struct map {
    int64_t model, n; /* n: catchments with coordinates */
    double bound[CLASSES - 1];
    bool better_high;
} map;

static bool has_place(const frs_page *p, int64_t site) {
    const frs_report_place *x = p->r->places ? &p->r->places[site] : NULL;
    return x && fabs(x->latitude) <= 90 && fabs(x->longitude) <= 360;
}

static double longitude(const frs_page *p, int64_t site) {
    const double x = p->r->places[site].longitude;
    return x > 180 ? x - 360 : x;
}

static double score_at(const frs_page *p, const map *m, int64_t site) {
    return frs__view_at(p->v, 0, site, 0, m->model, p->v->main).value;
}

/* Class 0 is the worst; -1: no score. */
static int class_of(const frs_page *p, const map *m, int64_t site) {
    const double x = score_at(p, m, site);
    int k = 0;
    if (isnan(x)) return -1;
    while (k < CLASSES - 1 && x >= m->bound[k]) k++;
    return m->better_high ? k : CLASSES - 1 - k;
}

/* Efficiencies have bounds that mean something; other scores are parted into equal numbers. */
static bool make_classes(frs_page *p, map *m) {
    static const double efficiency[CLASSES - 1] = {0, 0.3, 0.5, 0.7, 0.85};
    const char *name = p->v->metrics[p->v->main];
    m->better_high = frs__goodness(name, 1) > frs__goodness(name, 0);
    memcpy(m->bound, efficiency, sizeof efficiency);
    if (frs__is_efficiency(name)) return true;
    double *x = frs__alloc(p->ctx, p->r->n_sites, sizeof *x);
    int64_t n = 0;
    if (!x) return false;
    for (int64_t i = 0; i < p->r->n_sites; i++)
        if (isfinite(score_at(p, m, i))) x[n++] = score_at(p, m, i);
    frs__sort(x, n);
    for (int k = 0; k < CLASSES - 1; k++) m->bound[k] = frs__quantile(x, n, (k + 1.0) / CLASSES);
    frs__free(p->ctx, x);
    return true;
}

/* "0.5 – 0.7", "< 0", "≥ 0.85" for a class. buf >= 96. */
static const char *class_text(const frs_page *p, const map *m, int class, char *buf) {
    const char *name = p->v->metrics[p->v->main];
    const int k = m->better_high ? class : CLASSES - 1 - class;
    const int digits = frs__is_efficiency(name) ? 2 : frs__digits(name, m->bound[0]);
    char a[40], b[40];
    if (k == 0)
        snprintf(buf, 96, "< %s", frs__fixed(m->bound[0], digits, a));
    else if (k == CLASSES - 1)
        snprintf(buf, 96, "≥ %s", frs__fixed(m->bound[k - 1], digits, a));
    else
        snprintf(buf, 96, "%s – %s", frs__fixed(m->bound[k - 1], digits, a),
                 frs__fixed(m->bound[k], digits, b));
    return buf;
}

/* ---- on paper */

/* The part of a segment that lies within the axes (Liang and Barsky 1984,
 * doi:10.1145/357332.357333). */
static void clipped(frs_svg *s, const double a[2], const double b[2]) {
    const double d[2] = {b[0] - a[0], b[1] - a[1]}, lo[2] = {s->x.lo, s->y.lo},
                 hi[2] = {s->x.hi, s->y.hi};
    double from = 0, to = 1;
    for (int k = 0; k < 4; k++) {
        const int axis = k / 2;
        const double step = k % 2 ? d[axis] : -d[axis],
                     room = k % 2 ? hi[axis] - a[axis] : a[axis] - lo[axis];
        if (step == 0 && room < 0) return;
        if (step < 0) from = fmax(from, room / step);
        if (step > 0) to = fmin(to, room / step);
    }
    if (from < to)
        frs__svg_segment(s, "coast", (double[]){a[0] + from * d[0], a[1] + from * d[1]},
                         (double[]){a[0] + to * d[0], a[1] + to * d[1]});
}

static void coast(frs_svg *s) {
    double at[2] = {0, 0}, next[2];
    int64_t k = 0; /* numbers of this line so far */
    for (const char *c = frs__asset_coast; *c;) {
        const size_t n = strcspn(c, " \n");
        int64_t v;
        if (n > 0 && frs__parse_int(c, n, &v)) {
            next[k % 2] = (double)v / 10 + (k < 2 ? 0 : at[k % 2]);
            if (k % 2 && k > 2) clipped(s, at, next);
            if (k % 2) memcpy(at, next, sizeof at);
            k++;
        }
        c += n;
        if (*c == '\n') k = 0;
        if (*c) c++;
    }
}

/* Axes around the points with a margin; degrees of equal length in both, at the middle latitude. */
static frs_svg frame(const frs_page *p) {
    frs_svg s = {.w = 620, .left = 46, .right = 14, .top = 14, .bottom = 42};
    s.x = frs__axis_empty(FRS_LINEAR, _("longitude, °"));
    s.y = frs__axis_empty(FRS_LINEAR, _("latitude, °"));
    for (int64_t i = 0; i < p->r->n_sites; i++)
        if (has_place(p, i)) {
            frs__axis_cover(&s.x, longitude(p, i));
            frs__axis_cover(&s.y, p->r->places[i].latitude);
        }
    const double shrink = fmax(0.1, cos((s.y.lo + s.y.hi) / 2 * M_PI / 180));
    double high = fmax(s.y.hi - s.y.lo, 0.5), wide = fmax((s.x.hi - s.x.lo) * shrink, 0.5);
    high = fmax(high * 1.15, wide * 0.35);
    wide = fmax(wide * 1.15, high * 1.5);
    const double x = (s.x.lo + s.x.hi) / 2, y = (s.y.lo + s.y.hi) / 2;
    s.x.lo = x - wide / 2 / shrink;
    s.x.hi = x + wide / 2 / shrink;
    s.y.lo = y - high / 2;
    s.y.hi = y + high / 2;
    s.h = s.top + s.bottom + (s.w - s.left - s.right) * high / wide;
    return s;
}

static void static_map(frs_page *p, const map *m) {
    char title[160], t[96], css[8];
    frs_svg s = frame(p);
    snprintf(title, sizeof title, _("%s of %.80s by catchment"), p->v->metrics[p->v->main],
             frs__model_title(p->r, m->model));
    for (int k = CLASSES - 1; k >= 0; k--) frs__svg_reserve(&s, class_text(p, m, k, t));
    frs__buf_add(p->out, "<div class=\"map-static\">");
    frs__figure(p, &s, title,
                _("Each point is a catchment; its colour is the class of its score."));
    coast(&s);
    for (int k = CLASSES - 1; k >= -1; k--) /* the worst last, over the others */
        for (int64_t i = 0; i < p->r->n_sites; i++) {
            if (!has_place(p, i) || class_of(p, m, i) != k) continue;
            const double x = longitude(p, i), y = p->r->places[i].latitude;
            snprintf(css, sizeof css, k < 0 ? "one" : "m%d", k);
            frs__svg_points(&s, css, &x, &y, 1, 4);
        }
    for (int k = CLASSES - 1; k >= 0; k--) {
        snprintf(css, sizeof css, "m%d", k);
        frs__svg_legend(&s, css, class_text(p, m, k, t));
    }
    frs__figure_end(p, &s, title);
    frs__buf_add(p->out, "</div>\n");
}

/* ---- on a screen */
static void number(frs_buf *b, double v, int digits) {
    char t[40];
    frs__buf_add(b, isfinite(v) ? frs__fixed(v, digits, t) : "null");
}

/* [latitude, longitude, class, name, page or "", scores by model] */
static void json_point(frs_page *p, const map *m, int64_t site) {
    frs_buf *b = p->out;
    frs__buf_add(b, "[");
    number(b, p->r->places[site].latitude, 5);
    frs__buf_add(b, ",");
    number(b, longitude(p, site), 5);
    frs__buf_printf(b, ",%d,", class_of(p, m, site));
    frs__json_text(b, p->r->sites[site]);
    frs__buf_add(b, ",\"");
    if (p->links) frs__href(p, site);
    frs__buf_add(b, "\",[");
    for (int64_t i = 0; i < p->r->n_models && i < MAX_ROWS; i++) {
        const double x = frs__view_at(p->v, 0, site, 0, p->v->order[i], p->v->main).value;
        if (i > 0) frs__buf_add(b, ",");
        number(b, x, frs__digits(p->v->metrics[p->v->main], x));
    }
    frs__buf_add(b, "]]");
}

static void json_map(frs_page *p, const map *m) {
    frs_buf *b = p->out;
    char t[96];
    frs__buf_add(b, "<script type=\"application/json\" id=\"frs-map-data\">{\"coast\":");
    frs__json_text(b, frs__asset_coast);
    frs__buf_add(b, ",\"metric\":");
    frs__json_text(b, p->v->metrics[p->v->main]);
    frs__buf_add(b, ",\"in\":");
    frs__json_text(b, _("Zoom in"));
    frs__buf_add(b, ",\"out\":");
    frs__json_text(b, _("Zoom out"));
    frs__buf_add(b, ",\"page\":");
    frs__json_text(b, _("Its page"));
    frs__buf_add(b, ",\"classes\":[");
    for (int k = CLASSES - 1; k >= 0; k--) {
        frs__json_text(b, class_text(p, m, k, t));
        if (k > 0) frs__buf_add(b, ",");
    }
    frs__buf_add(b, "],\"models\":[");
    for (int64_t i = 0; i < p->r->n_models && i < MAX_ROWS; i++) {
        if (i > 0) frs__buf_add(b, ",");
        frs__json_text(b, frs__model_title(p->r, p->v->order[i]));
    }
    frs__buf_add(b, "],\"points\":[\n");
    int64_t n = 0;
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        if (!has_place(p, i)) continue;
        if (n++ > 0) frs__buf_add(b, ",\n");
        json_point(p, m, i);
    }
    frs__buf_add(b, "]}</script>\n");
}

void frs__page_map(frs_page *p) {
    map m = {.model = frs__view_winner(p->v)};
    for (int64_t i = 0; i < p->r->n_sites; i++) m.n += has_place(p, i);
    if (m.n < 2 || p->v->main < 0 || m.model < 0) return;
    if (!make_classes(p, &m)) {
        p->status = FRS_E_NOMEM;
        return;
    }
    frs__section(p, "map", _("Map"));
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p, _("Colour: %s of %s."), p->v->metrics[p->v->main], frs__model_title(p->r, m.model));
    frs__buf_add(p->out, " <span class=\"interactive\">");
    frs__say(p, _("A point tells its scores when it is pressed."));
    frs__buf_add(p->out, "</span>");
    if (m.n < p->r->n_sites) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("Catchments without coordinates: %lld."), (long long)(p->r->n_sites - m.n));
    }
    frs__buf_add(p->out, "</p>\n<div id=\"frs-map\" class=\"map\"></div>"
                         "<div id=\"frs-map-keys\" class=\"keys map\"></div>\n");
    if (*frs__asset_leaflet_js) json_map(p, &m);
    p->mapped = *frs__asset_leaflet_js != 0;
    static_map(p, &m);
    frs__section_end(p);
}
