/* Figures as lists of shapes; SVG out. Cairo is in cairo.c. */
#include "report/picture.h"

#include <math.h>
#include <string.h>

#include "report/csv.h"
#include "report/svg.h"

static int64_t keep(frs_picture *p, const char *text) {
    const int64_t at = p->texts.n;
    while (text && *text) {
        char c[5];
        text = frs__utf8_char(text, c);
        if ((unsigned char)*c >= 32) frs__buf_add(&p->texts, c);
    }
    frs__buf_add_n(&p->texts, "", 1); /* its NUL */
    p->failed |= p->texts.failed;
    return at;
}

void frs__picture_begin(frs_picture *p, double w, double h, const char *title, const char *desc) {
    p->n = p->n_points = p->texts.n = 0;
    p->texts.ctx = p->ctx;
    p->w = w;
    p->h = h;
    p->title = keep(p, title);
    p->desc = keep(p, desc);
}

/* Room for one more of items[n]; false: none. */
static bool grow(frs_picture *p, void **items, int64_t n, int64_t *cap, size_t size) {
    if (n < *cap) return true;
    const int64_t more = *cap > 0 ? 2 * *cap : 256;
    void *grown = frs__realloc(p->ctx, *items, n, more, size);
    if (!grown) {
        p->failed = true;
        return false;
    }
    *items = grown;
    *cap = more;
    return true;
}

void frs__picture_add(frs_picture *p, frs_shape_kind kind, const char *css) {
    if (!grow(p, (void **)&p->shapes, p->n, &p->cap, sizeof *p->shapes)) return;
    frs_shape *s = &p->shapes[p->n++];
    *s = (frs_shape){.kind = kind, .first = p->n_points};
    strncpy(s->css, css, sizeof s->css - 1);
}

void frs__picture_point(frs_picture *p, double x, double y) {
    if (p->failed || !grow(p, (void **)&p->points, p->n_points, &p->cap_points, sizeof *p->points))
        return;
    p->points[p->n_points][0] = x;
    p->points[p->n_points++][1] = y;
    p->shapes[p->n - 1].n++;
}

void frs__picture_text(frs_picture *p, const char *css, const double at[2], const char *anchor,
                       const char *text) {
    frs__picture_add(p, FRS_SHAPE_TEXT, css);
    frs__picture_point(p, at[0], at[1]);
    if (p->failed) return;
    p->shapes[p->n - 1].anchor = anchor;
    p->shapes[p->n - 1].text = keep(p, text);
}

void frs__picture_free(frs_picture *p) {
    frs__free(p->ctx, p->shapes);
    frs__free(p->ctx, p->points);
    frs__buf_free(&p->texts);
    *p = (frs_picture){.ctx = p->ctx};
}

void frs__picture_draw(const frs_picture *p, const frs_canvas *c, void *to) {
    if (p->failed) return;
    c->begin(to, p);
    for (int64_t i = 0; i < p->n; i++) c->shape(to, p, &p->shapes[i]);
    c->end(to, p);
}

/* ---- styles */
static const struct {
    const char *css;
    unsigned rgb;
} colours[] = {{"c0", 0x000000},   {"c1", 0x0072b2},  {"c2", 0xd55e00},   {"c3", 0x009e73},
               {"c4", 0xcc79a7},   {"c5", 0xe69f00},  {"c6", 0x56b4e9},   {"c7", 0x8a7a00},
               {"rain", 0x6ba3d0}, {"one", 0x888888}, {"grid", 0xd7dce1}, {"tick", 0x5a6470},
               {"m0", 0x7a0403},   {"m1", 0xd23105},  {"m2", 0xfb8022},   {"m3", 0xc8b000},
               {"m4", 0x1ba870},   {"m5", 0x4145ab},  {"coast", 0x9aa3ad}};

static bool has(const char *css, const char *word) {
    const size_t n = strlen(word);
    for (const char *p = css; (p = strstr(p, word)); p += n)
        if ((p == css || p[-1] == ' ') && (p[n] == 0 || p[n] == ' ')) return true;
    return false;
}

frs_style frs__style(const frs_shape *s) {
    frs_style y = {.rgb = 0x1b1f24, .alpha = 1, .width = s->kind == FRS_SHAPE_TEXT ? 12 : 1.6};
    for (int64_t i = 0; i < FRS_LEN(colours); i++)
        if (has(s->css, colours[i].css)) y.rgb = colours[i].rgb;
    y.dashed = has(s->css, "dash");
    y.butt = has(s->css, "rain") || has(s->css, "thick");
    if (has(s->css, "one")) y.width = 1.2;
    if (has(s->css, "grid") || has(s->css, "rain") || has(s->css, "coast")) y.width = 1;
    if (has(s->css, "thin")) y.width = 0.9;
    if (has(s->css, "thin") && has(s->css, "c0"))
        y.width = 2; /* the observations, under the others */
    if (has(s->css, "thick")) y.width = 7;
    if (has(s->css, "key")) y.width = 4;
    if (has(s->css, "tick")) y.width = 11;
    if (s->kind == FRS_SHAPE_AREA) y.alpha = 0.2;
    if (has(s->css, "pale")) y.alpha = 0.2;
    if (has(s->css, "many")) y.alpha = 0.35;
    if (has(s->css, "deep")) y.alpha = 0.36;
    if (has(s->css, "faint")) y.alpha = 0.45;
    if (has(s->css, "key") && (has(s->css, "deep") || has(s->css, "pale"))) {
        y.width = 9; /* the legend of a band */
        y.butt = true;
    }
    if (s->kind == FRS_SHAPE_DOTS) y.width = s->width;
    return y;
}

/* ---- SVG. One decimal is a tenth of a pixel at most; trailing ".0" is dropped. A figure is mostly
 * such numbers, so they are written digit by digit. */
static void add_number(frs_buf *b, double v) {
    char t[40];
    const long long tenths = llround(v * 10);
    unsigned long long u = (unsigned long long)(tenths < 0 ? -tenths : tenths);
    int at = (int)sizeof t;
    if (u % 10) {
        t[--at] = (char)('0' + u % 10);
        t[--at] = '.';
    }
    u /= 10;
    do t[--at] = (char)('0' + u % 10);
    while (u /= 10);
    if (tenths < 0) t[--at] = '-';
    frs__buf_add_n(b, t + at, (int64_t)sizeof t - at);
}

static void svg_begin(void *to, const frs_picture *p) {
    const frs_svg_out *o = to;
    const char *title = p->texts.data + p->title, *desc = p->texts.data + p->desc;
    if (o->paper)
        frs__buf_printf(o->out,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                        "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\">",
                        (int)p->w, (int)p->h, (int)p->w, (int)p->h);
    else
        frs__buf_printf(
            o->out,
            "<svg class=\"fig\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"f%dt f%dd\">",
            (int)p->w, (int)p->h, p->id, p->id);
    frs__buf_printf(o->out, "<title id=\"f%dt\">", p->id);
    frs__html_add(o->out, title);
    frs__buf_printf(o->out, "</title><desc id=\"f%dd\">", p->id);
    frs__html_add(o->out, desc);
    frs__buf_add(o->out, "</desc>");
    if (o->paper) frs__buf_add(o->out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
}

/* Classes for the page's style sheet, or the style itself. */
static void svg_style(const frs_svg_out *o, const frs_shape *s) {
    static const char *const kinds[] = {"line", "dots", "area", ""};
    const frs_style y = frs__style(s);
    char w[40], a[40];
    if (!o->paper) {
        frs__buf_printf(o->out, " class=\"%s%s%s\"", kinds[s->kind],
                        s->kind == FRS_SHAPE_TEXT ? "" : " ", s->css);
        if (s->kind == FRS_SHAPE_DOTS)
            frs__buf_printf(o->out, " stroke-width=\"%s\"", frs__fixed(s->width, 1, w));
        return;
    }
    frs__fixed(y.width, 1, w);
    frs__fixed(y.alpha, 2, a);
    if (s->kind == FRS_SHAPE_TEXT)
        frs__buf_printf(o->out, " fill=\"#%06x\" font-size=\"%s\"", y.rgb, w);
    else if (s->kind == FRS_SHAPE_AREA)
        frs__buf_printf(o->out, " fill=\"#%06x\" fill-opacity=\"%s\"", y.rgb, a);
    else
        frs__buf_printf(o->out,
                        " fill=\"none\" stroke=\"#%06x\" stroke-width=\"%s\" stroke-opacity=\"%s\" "
                        "stroke-linecap=\"%s\" stroke-linejoin=\"round\"%s",
                        y.rgb, w, a, y.butt ? "butt" : "round",
                        y.dashed ? " stroke-dasharray=\"5 4\"" : "");
}

/* Dots are zero-length strokes with round caps: a tenth of the size of circles. A lone point of a
 * line is one too: else it would be invisible. */
static void svg_path(const frs_svg_out *o, const frs_picture *p, const frs_shape *s) {
    bool pen = false;
    frs__buf_add(o->out, "<path");
    svg_style(o, s);
    frs__buf_add(o->out, " d=\"");
    for (int64_t i = s->first; i < s->first + s->n; i++) {
        if (isnan(p->points[i][0])) {
            pen = false;
            continue;
        }
        frs__buf_add(o->out, pen ? "L" : "M");
        add_number(o->out, p->points[i][0]);
        frs__buf_add(o->out, " ");
        add_number(o->out, p->points[i][1]);
        if (!pen && s->kind != FRS_SHAPE_AREA) frs__buf_add(o->out, "h0");
        pen = s->kind != FRS_SHAPE_DOTS;
    }
    frs__buf_add(o->out, s->kind == FRS_SHAPE_AREA ? "z\"/>" : "\"/>");
}

static void svg_text(const frs_svg_out *o, const frs_picture *p, const frs_shape *s) {
    frs__buf_add(o->out, s->upright ? "<text transform=\"translate(" : "<text x=\"");
    add_number(o->out, p->points[s->first][0]);
    frs__buf_add(o->out, s->upright ? " " : "\" y=\"");
    add_number(o->out, p->points[s->first][1]);
    frs__buf_printf(o->out, "%s text-anchor=\"%s\"", s->upright ? ") rotate(-90)\"" : "\"",
                    s->anchor);
    if (o->paper || *s->css) svg_style(o, s);
    frs__buf_add(o->out, ">");
    frs__html_add(o->out, p->texts.data + s->text);
    frs__buf_add(o->out, "</text>");
}

static void svg_shape(void *to, const frs_picture *p, const frs_shape *s) {
    if (s->kind == FRS_SHAPE_TEXT)
        svg_text(to, p, s);
    else
        svg_path(to, p, s);
}

static void svg_end(void *to, const frs_picture *p) {
    (void)p;
    const frs_svg_out *o = to;
    frs__buf_add(o->out, "</svg>\n");
}

const frs_canvas frs__canvas_svg = {svg_begin, svg_shape, svg_end};
