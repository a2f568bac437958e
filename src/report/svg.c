/* Static figures: axes, ticks, lines, points, a legend, as shapes of a picture. */
#include "report/svg.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"

enum { MAX_TICKS = 16 };
/* Mean widths of the page's figure font at a phone's 13 units, for the legend's rows; letters
 * beyond ASCII (Cyrillic) are wider. */
static const double char_width = 7.2, wide_char = 8.4;

static const char *html_name(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void frs__html_add(frs_buf *b, const char *text) {
    while (text && *text) {
        char c[5];
        text = frs__utf8_char(text, c);
        const char *name = html_name(*c);
        if (name)
            frs__buf_add(b, name);
        else if ((unsigned char)*c >= 32 || *c == '\n' || *c == '\t')
            frs__buf_add(b, c);
    }
}

int64_t frs__utf8_count(const char *text) {
    int64_t n = 0;
    for (; text && *text; text++) n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Decimal text by whole numbers, so that no locale can put a comma into a figure. */
char *frs__fixed(double v, int digits, char *buf) {
    static const double power[] = {1, 10, 100, 1e3, 1e4, 1e5, 1e6};
    if (digits < 0) digits = 0;
    if (digits > 6) digits = 6;
    if (!isfinite(v) || fabs(v) >= 1e12) return frs__format_double(v, buf);
    const long long scaled = llround(v * power[digits]), unit = (long long)power[digits];
    const long long a = scaled < 0 ? -scaled : scaled;
    const char *sign = scaled < 0 ? "-" : "";
    if (digits == 0)
        snprintf(buf, 40, "%s%lld", sign, a);
    else
        snprintf(buf, 40, "%s%lld.%0*d", sign, a / unit, digits, (int)(a % unit));
    return buf;
}

frs_axis frs__axis_empty(frs_scale scale, const char *label) {
    return (frs_axis){.lo = INFINITY, .hi = -INFINITY, .scale = scale, .label = label};
}

void frs__axis_cover(frs_axis *a, double v) {
    if (!(fabs(v) < 1e100) || (a->scale == FRS_LOG && v <= 0)) return; /* no range overflows */
    if (v < a->lo) a->lo = v;
    if (v > a->hi) a->hi = v;
}

/* 1, 2 or 5 times a power of ten, giving about n intervals. */
static double nice_step(double range, int n) {
    const double raw = range / n, base = pow(10, floor(log10(raw))), f = raw / base;
    return base * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10);
}

void frs__axis_nice(frs_axis *a) {
    if (!(a->lo <= a->hi)) {
        a->lo = a->scale == FRS_LOG ? 0.1 : 0;
        a->hi = 1;
    }
    if (a->scale == FRS_LOG) {
        a->lo = pow(10, floor(log10(a->lo) + 1e-9));
        a->hi = pow(10, ceil(log10(a->hi) - 1e-9));
        if (!(a->lo < a->hi)) a->hi = a->lo * 10;
        if (a->hi / a->lo > 1e8) a->lo = a->hi / 1e8;
        return;
    }
    if (!(a->hi - a->lo > fabs(a->hi) * 1e-12)) {
        const double d = a->lo != 0 ? fabs(a->lo) * 0.1 : 0.5;
        a->lo -= d;
        a->hi += d;
    }
    if (a->scale == FRS_TIME) return;
    const double step = nice_step(a->hi - a->lo, 5);
    a->lo = floor(a->lo / step + 1e-9) * step;
    a->hi = ceil(a->hi / step - 1e-9) * step;
}

static double fraction(const frs_axis *a, double v) {
    if (a->scale == FRS_LOG) return (log10(v) - log10(a->lo)) / (log10(a->hi) - log10(a->lo));
    return (v - a->lo) / (a->hi - a->lo);
}

bool frs__svg_xy(const frs_svg *s, double x, double y, double *px, double *py) {
    if ((s->x.scale == FRS_LOG && !(x > 0)) || (s->y.scale == FRS_LOG && !(y > 0))) return false;
    double fx = fraction(&s->x, x), fy = fraction(&s->y, y);
    if (!isfinite(fx) || !isfinite(fy)) return false;
    /* What lies outside stays on the border: a clipped line must not leave the figure. */
    fx = fx < 0 ? 0 : fx > 1 ? 1 : fx;
    fy = fy < 0 ? 0 : fy > 1 ? 1 : fy;
    *px = s->left + fx * (s->w - s->left - s->right);
    *py = s->h - s->bottom - fy * (s->h - s->top - s->bottom);
    return true;
}

/* ---- ticks */
typedef struct tick {
    double v;
    char text[40];
} tick;

static int ticks_linear(const frs_axis *a, bool integer, int wanted, tick *t) {
    double step = nice_step(a->hi - a->lo, wanted);
    if (integer && step < 1) step = 1;
    const int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    int n = 0;
    for (double k = ceil(a->lo / step - 1e-9); n < MAX_TICKS && k * step <= a->hi + step * 1e-9;
         k++) {
        t[n].v = k * step;
        frs__fixed(t[n].v, digits, t[n].text);
        n++;
    }
    return n;
}

static int ticks_log(const frs_axis *a, tick *t) {
    int n = 0;
    for (int e = (int)lround(ceil(log10(a->lo) - 1e-9)); n < MAX_TICKS; e++) {
        const double v = pow(10, e);
        if (v > a->hi * (1 + 1e-9)) break;
        t[n].v = v;
        if (e >= -4 && e <= 5)
            frs__fixed(v, e < 0 ? -e : 0, t[n].text);
        else
            snprintf(t[n].text, sizeof t[n].text, "1e%d", e);
        n++;
    }
    return n;
}

static frs_civil next_tick(frs_civil c, int months) {
    c.month += months;
    c.year += (c.month - 1) / 12;
    c.month = (c.month - 1) % 12 + 1;
    return c;
}

/* Years when there are several, else months, else days. */
static int ticks_time(const frs_axis *a, int wanted, tick *t) {
    const double days = (a->hi - a->lo) / (double)FRS_DAY_S;
    const double months = days / 30.44;
    int step = 0, n = 0;
    static const int choice[] = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600};
    for (int64_t i = 0; i < FRS_LEN(choice) && !step; i++)
        if (months / choice[i] <= wanted) step = choice[i];
    if (!step) step = 1200;
    if (months < 2) { /* whole days */
        const double d = fmax(1, ceil(days / wanted)) * (double)FRS_DAY_S;
        for (double v = ceil(a->lo / (double)FRS_DAY_S) * (double)FRS_DAY_S;
             v <= a->hi && n < MAX_TICKS; v += d, n++) {
            t[n].v = v;
            frs_date_format((int64_t)v, t[n].text);
        }
        return n;
    }
    frs_civil c = frs_civil_from_time((int64_t)a->lo);
    c = (frs_civil){
        .year = step >= 12 ? c.year / (step / 12) * (step / 12) : c.year, .month = 1, .day = 1};
    for (int guard = 0; guard < 2400 && n < MAX_TICKS; guard++, c = next_tick(c, step)) {
        const double v = (double)frs_time_from_civil(c);
        if (v > a->hi) break;
        if (v < a->lo) continue;
        t[n].v = v;
        if (step >= 12)
            snprintf(t[n].text, sizeof t[n].text, "%d", c.year);
        else
            snprintf(t[n].text, sizeof t[n].text, "%d-%02d", c.year, c.month);
        n++;
    }
    return n;
}

static int ticks_of(const frs_axis *a, bool integer, int wanted, tick *t) {
    switch (a->scale) {
    case FRS_LOG:
        return ticks_log(a, t);
    case FRS_TIME:
        return ticks_time(a, wanted, t);
    default:
        return ticks_linear(a, integer, wanted, t);
    }
}

/* Own ticks, without those whose text would run into the one before. */
static int ticks_marked(const frs_svg *s, double width, tick *t) {
    int n = 0;
    for (int i = 0; i < s->n_marks_x && n < MAX_TICKS; i++) {
        const frs_mark *m = &s->marks_x[i];
        if (m->at < s->x.lo || m->at > s->x.hi) continue;
        const int64_t chars =
            frs__utf8_count(m->text) + (n > 0 ? frs__utf8_count(t[n - 1].text) : 0);
        const double apart =
            n > 0 ? (fraction(&s->x, m->at) - fraction(&s->x, t[n - 1].v)) * width : width;
        if (apart < 0.5 * wide_char * (double)chars + 5) continue;
        t[n].v = m->at;
        snprintf(t[n++].text, sizeof t[0].text, "%s", m->text);
    }
    return n;
}

static int ticks_y(const frs_svg *s, tick *t) {
    const int wanted = (int)((s->h - s->bottom - s->top) / 42);
    return ticks_of(&s->y, false, wanted < 2 ? 2 : wanted, t);
}

/* Room on the left for the label and the widest number of the vertical axis. */
static void make_room(frs_svg *s) {
    tick t[MAX_TICKS];
    for (int i = ticks_y(s, t) - 1; i >= 0; i--) {
        const double room = 25 + char_width * (double)strlen(t[i].text);
        if (room > s->left) s->left = room;
    }
}

static void draw_axes(frs_svg *s) {
    tick t[MAX_TICKS], u[MAX_TICKS];
    frs_picture *p = s->picture;
    const double x0 = s->left, x1 = s->w - s->right, y0 = s->top, y1 = s->h - s->bottom;
    const int wanted_x = (int)((x1 - x0) / 70);
    const int n = s->marks_x ? ticks_marked(s, x1 - x0, t)
                             : ticks_of(&s->x, s->integer_x, wanted_x < 2 ? 2 : wanted_x, t);
    const int m = ticks_y(s, u);
    frs__picture_add(p, FRS_SHAPE_LINE, "grid");
    for (int i = 0; i < n; i++) {
        const double x = x0 + fraction(&s->x, t[i].v) * (x1 - x0);
        frs__picture_point(p, x, y0);
        frs__picture_point(p, x, y1);
        frs__picture_point(p, NAN, NAN);
    }
    for (int i = 0; i < m; i++) {
        const double y = y1 - fraction(&s->y, u[i].v) * (y1 - y0);
        frs__picture_point(p, x0, y);
        frs__picture_point(p, x1, y);
        frs__picture_point(p, NAN, NAN);
    }
    for (int i = 0; i < n; i++)
        frs__picture_text(p, "tick", (double[]){x0 + fraction(&s->x, t[i].v) * (x1 - x0), y1 + 16},
                          "middle", t[i].text);
    for (int i = 0; i < m; i++)
        frs__picture_text(p, "tick",
                          (double[]){x0 - 6, y1 - fraction(&s->y, u[i].v) * (y1 - y0) + 4}, "end",
                          u[i].text);
    if (s->x.label)
        frs__picture_text(p, "", (double[]){(x0 + x1) / 2, s->h - 6}, "middle", s->x.label);
    if (!s->y.label) return;
    frs__picture_text(p, "", (double[]){13, (y0 + y1) / 2}, "middle", s->y.label);
    if (!p->failed) p->shapes[p->n - 1].upright = true;
}

void frs__svg_open(frs_svg *s, const char *title, const char *desc) {
    make_room(s);
    s->legend_y = 0;
    frs__picture_begin(s->picture, s->w, s->h, title, desc);
    draw_axes(s);
}

void frs__svg_line(frs_svg *s, const char *css, const double *x, const double *y, int64_t n) {
    frs__picture_add(s->picture, FRS_SHAPE_LINE, css);
    for (int64_t i = 0; i < n; i++) {
        double px = NAN, py = NAN;
        frs__svg_xy(s, x[i], y[i], &px, &py);
        frs__picture_point(s->picture, px, py);
    }
}

void frs__svg_band(frs_svg *s, const char *css, const double *x, const double *lo, const double *hi,
                   int64_t n) {
    double px, py, unused;
    for (int64_t i = 0, j; i < n; i = j + 1) {
        /* a piece begins with its first point: none, no path */
        for (j = i; j < n && frs__svg_xy(s, x[j], lo[j], &px, &unused) &&
                    frs__svg_xy(s, x[j], hi[j], &px, &py);
             j++) {
            if (j == i) frs__picture_add(s->picture, FRS_SHAPE_AREA, css);
            frs__picture_point(s->picture, px, py);
        }
        for (int64_t k = j - 1; k >= i; k--) {
            frs__svg_xy(s, x[k], lo[k], &px, &py);
            frs__picture_point(s->picture, px, py);
        }
    }
}

void frs__svg_points(frs_svg *s, const char *css, const double *x, const double *y, int64_t n,
                     double radius) {
    frs__picture_add(s->picture, FRS_SHAPE_DOTS, css);
    for (int64_t i = 0; i < n; i++) {
        double px, py;
        if (frs__svg_xy(s, x[i], y[i], &px, &py)) frs__picture_point(s->picture, px, py);
    }
    if (!s->picture->failed) s->picture->shapes[s->picture->n - 1].width = 2 * radius;
}

void frs__svg_segment(frs_svg *s, const char *css, const double from[2], const double to[2]) {
    double ax, ay, bx, by;
    if (!frs__svg_xy(s, from[0], from[1], &ax, &ay) || !frs__svg_xy(s, to[0], to[1], &bx, &by))
        return;
    frs__picture_add(s->picture, FRS_SHAPE_LINE, css);
    frs__picture_point(s->picture, ax, ay);
    frs__picture_point(s->picture, bx, by);
}

void frs__svg_box(frs_svg *s, const char *css, const double from[2], const double to[2]) {
    double ax, ay, bx, by;
    if (!frs__svg_xy(s, from[0], from[1], &ax, &ay) || !frs__svg_xy(s, to[0], to[1], &bx, &by))
        return;
    frs__picture_add(s->picture, FRS_SHAPE_AREA, css);
    frs__picture_point(s->picture, ax, ay);
    frs__picture_point(s->picture, bx, ay);
    frs__picture_point(s->picture, bx, by);
    frs__picture_point(s->picture, ax, by);
}

/* Puts legend_x, legend_y where the next entry goes; returns its width. */
static double legend_place(frs_svg *s, const char *text) {
    const double n = (double)frs__utf8_count(text), bytes = (double)(text ? strlen(text) : 0);
    const double width = 30 + char_width * n + (wide_char - char_width) * (bytes - n);
    if (s->legend_y <= 0) {
        s->legend_x = s->left;
        s->legend_y = 14;
    } else if (s->legend_x > s->left && s->legend_x + width > s->w) {
        s->legend_x = s->left;
        s->legend_y += 17;
    }
    return width;
}

void frs__svg_reserve(frs_svg *s, const char *text) {
    make_room(s);
    s->legend_x += legend_place(s, text) + 8;
    const double more = s->legend_y + 15 - s->top;
    if (more > 0) {
        s->top += more;
        s->h += more;
    }
}

void frs__svg_legend(frs_svg *s, const char *css, const char *text) {
    const double width = legend_place(s, text);
    char key[24];
    snprintf(key, sizeof key, "%.18s key", css);
    frs__picture_add(s->picture, FRS_SHAPE_LINE, key);
    frs__picture_point(s->picture, s->legend_x, s->legend_y - 4);
    frs__picture_point(s->picture, s->legend_x + 16, s->legend_y - 4);
    frs__picture_text(s->picture, "", (double[]){s->legend_x + 21, s->legend_y}, "start", text);
    s->legend_x += width + 8;
}
