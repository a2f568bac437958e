/* Figures as PNG and PDF by Cairo (https://cairographics.org), a library opened at first use. */
#include "report/picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifdef FRS_CAIRO_SO
#include <cairo-pdf.h>
#define CHECK(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs)
static const char *const soname = FRS_CAIRO_SO;
#else
#define CHECK(ours, theirs) _Static_assert(1, #theirs)
static const char *const soname = NULL;
#endif

/* Declared here, so that this file is the same with and without the headers. */
enum { CAP_BUTT = 0, CAP_ROUND = 1, JOIN_ROUND = 1, RGB24 = 1, WEIGHT_NORMAL = 0, CREATED = 5 };
CHECK(CAP_BUTT, CAIRO_LINE_CAP_BUTT);
CHECK(CAP_ROUND, CAIRO_LINE_CAP_ROUND);
CHECK(JOIN_ROUND, CAIRO_LINE_JOIN_ROUND);
CHECK(RGB24, CAIRO_FORMAT_RGB24);
CHECK(CREATED, CAIRO_PDF_METADATA_CREATE_DATE);
CHECK(sizeof(double) * 6, sizeof(cairo_text_extents_t));
typedef int (*put_bytes)(void *to, const unsigned char *data, unsigned n);
typedef struct extents {
    double x_bearing, y_bearing, width, height, x_advance, y_advance;
} extents;

#define FUNCTIONS(X)                                                                               \
    X(void *, image_surface_create, (int format, int w, int h))                                    \
    X(int, surface_write_to_png_stream, (void *surface, put_bytes put, void *to))                  \
    X(void *, pdf_surface_create_for_stream, (put_bytes put, void *to, double w, double h))        \
    X(void, pdf_surface_set_metadata, (void *surface, int what, const char *text))                 \
    X(void, surface_finish, (void *surface))                                                       \
    X(int, surface_status, (void *surface))                                                        \
    X(void, surface_destroy, (void *surface))                                                      \
    X(void *, create, (void *surface))                                                             \
    X(void, destroy, (void *cr))                                                                   \
    X(int, status, (void *cr))                                                                     \
    X(void, scale, (void *cr, double x, double y))                                                 \
    X(void, set_source_rgba, (void *cr, double r, double g, double b, double a))                   \
    X(void, paint, (void *cr))                                                                     \
    X(void, set_line_width, (void *cr, double w))                                                  \
    X(void, set_line_cap, (void *cr, int cap))                                                     \
    X(void, set_line_join, (void *cr, int join))                                                   \
    X(void, set_dash, (void *cr, const double *dashes, int n, double offset))                      \
    X(void, move_to, (void *cr, double x, double y))                                               \
    X(void, line_to, (void *cr, double x, double y))                                               \
    X(void, close_path, (void *cr))                                                                \
    X(void, new_path, (void *cr))                                                                  \
    X(void, stroke, (void *cr))                                                                    \
    X(void, fill, (void *cr))                                                                      \
    X(void, save, (void *cr))                                                                      \
    X(void, restore, (void *cr))                                                                   \
    X(void, translate, (void *cr, double x, double y))                                             \
    X(void, rotate, (void *cr, double angle))                                                      \
    X(void, select_font_face, (void *cr, const char *family, int slant, int weight))               \
    X(void, set_font_size, (void *cr, double size))                                                \
    X(void, text_extents, (void *cr, const char *text, extents *e))                                \
    X(void, show_text, (void *cr, const char *text))

#define MEMBER(result, name, parameters) result(*name) parameters;
#define NAME(result, name, parameters)   "cairo_" #name,
typedef struct library {
    FUNCTIONS(MEMBER)
} library;
static const char *const names[] = {FUNCTIONS(NAME)};
_Static_assert(sizeof(library) == sizeof names, "one slot a function");

typedef struct drawing {
    const library *lib;
    void *cr;
} drawing;

static void begin(void *to, const frs_picture *p) {
    (void)p;
    const drawing *d = to;
    d->lib->set_source_rgba(d->cr, 1, 1, 1, 1);
    d->lib->paint(d->cr);
    d->lib->set_line_join(d->cr, JOIN_ROUND);
    d->lib->select_font_face(d->cr, "sans-serif", 0, WEIGHT_NORMAL);
}

static void text(const drawing *d, const frs_picture *p, const frs_shape *s, double size) {
    const library *c = d->lib;
    const char *t = p->texts.data + s->text;
    extents e;
    c->set_font_size(d->cr, size);
    c->text_extents(d->cr, t, &e);
    const double before = *s->anchor == 's' ? 0 : *s->anchor == 'm' ? e.x_advance / 2 : e.x_advance;
    c->save(d->cr);
    c->translate(d->cr, p->points[s->first][0], p->points[s->first][1]);
    if (s->upright) c->rotate(d->cr, -M_PI / 2);
    c->move_to(d->cr, -before, 0);
    c->show_text(d->cr, t);
    c->restore(d->cr);
}

static void path(const drawing *d, const frs_picture *p, const frs_shape *s) {
    const library *c = d->lib;
    bool pen = false;
    c->new_path(d->cr);
    for (int64_t i = s->first; i < s->first + s->n; i++) {
        const double x = p->points[i][0], y = p->points[i][1];
        if (isnan(x)) {
            pen = false;
            continue;
        }
        if (!pen) c->move_to(d->cr, x, y);
        if (!pen && s->kind == FRS_SHAPE_AREA)
            pen = true;
        else
            c->line_to(d->cr, x, y); /* from a point to itself: a dot */
        pen = s->kind != FRS_SHAPE_DOTS;
    }
    if (s->kind == FRS_SHAPE_AREA) {
        c->close_path(d->cr);
        c->fill(d->cr);
    } else
        c->stroke(d->cr);
}

static void shape(void *to, const frs_picture *p, const frs_shape *s) {
    static const double dashes[] = {5, 4};
    const drawing *d = to;
    const library *c = d->lib;
    const frs_style y = frs__style(s);
    c->set_source_rgba(d->cr, (y.rgb >> 16) / 255.0, (y.rgb >> 8 & 255) / 255.0,
                       (y.rgb & 255) / 255.0, y.alpha);
    if (s->kind == FRS_SHAPE_TEXT) {
        text(d, p, s, y.width);
        return;
    }
    c->set_line_width(d->cr, y.width);
    c->set_line_cap(d->cr, y.butt ? CAP_BUTT : CAP_ROUND);
    c->set_dash(d->cr, dashes, y.dashed ? FRS_LEN(dashes) : 0, 0);
    path(d, p, s);
}

static void end(void *to, const frs_picture *p) {
    (void)to;
    (void)p;
}

static const frs_canvas canvas = {begin, shape, end};

static int put(void *to, const unsigned char *data, unsigned n) {
    frs_buf *b = to;
    frs__buf_add_n(b, (const char *)data, (int64_t)n);
    return b->failed ? 1 /* out of memory */ : 0;
}

/* Draws on the surface, which is released, and lets it write its last. */
static bool draw(const library *c, const frs_picture *p, void *surface, double scale, bool png,
                 frs_buf *b) {
    drawing d = {c, c->create(surface)};
    c->scale(d.cr, scale, scale);
    frs__picture_draw(p, &canvas, &d);
    bool ok = c->status(d.cr) == 0;
    c->destroy(d.cr);
    if (png) ok = ok && c->surface_write_to_png_stream(surface, put, b) == 0;
    c->surface_finish(surface);
    ok = ok && c->surface_status(surface) == 0;
    c->surface_destroy(surface);
    return ok;
}

static frs_status save(const frs_picture *p, const char *dir, const char *name, const char *ending,
                       frs_buf *b) {
    char file[96];
    frs_status s = frs__buf_status(b);
    snprintf(file, sizeof file, "%.80s.%s", name, ending);
    char *path = s == FRS_OK ? frs__path_join(p->ctx, dir, file) : NULL;
    if (s == FRS_OK) s = path ? frs__write_derived(p->ctx, path, b->data, b->n) : FRS_E_NOMEM;
    frs__free(p->ctx, path);
    b->n = 0;
    return s;
}

static frs_status save_both(const library *c, const frs_picture *p, const char *dir,
                            const char *name, int64_t created_s) {
    static const double sharp = 2; /* pixels a unit */
    frs_buf b = {.ctx = p->ctx};
    char date[40] = "1970-01-01T00:00:00Z", day[32];
    void *png = c->image_surface_create(RGB24, (int)(p->w * sharp), (int)(p->h * sharp));
    bool ok = draw(c, p, png, sharp, true, &b);
    frs_status s = ok || b.failed ? save(p, dir, name, "png", &b) : FRS_E_NOMEM;
    void *pdf = c->pdf_surface_create_for_stream(put, &b, p->w * 0.75, p->h * 0.75);
    if (created_s > 0 && strlen(frs_date_format(created_s, day)) >= 10)
        snprintf(date, sizeof date, "%.10sT00:00:00Z", day);
    c->pdf_surface_set_metadata(pdf, CREATED, date); /* the same run, the same bytes */
    ok = draw(c, p, pdf, 0.75, false, &b) && ok;
    if (s == FRS_OK && (ok || b.failed)) s = save(p, dir, name, "pdf", &b);
    frs__buf_free(&b);
    if (s == FRS_OK && !ok)
        return frs__fail(p->ctx, FRS_E_NOMEM, _("%s/%s: Cairo could not draw it"), dir, name);
    return s;
}

frs_status frs__picture_save(const frs_picture *p, const char *dir, const char *name,
                             int64_t created_s) {
    library lib;
    void *fns[FRS_LEN(names)];
    frs_buf b = {.ctx = p->ctx};
    if (p->failed) return FRS_E_NOMEM;
    frs__picture_draw(p, &frs__canvas_svg, &(frs_svg_out){&b, true});
    const frs_status s = save(p, dir, name, "svg", &b);
    frs__buf_free(&b);
    FRS_TRY(s);
    FRS_TRY(frs__dl_open(p->ctx, "Cairo", soname, names, fns, FRS_LEN(names)));
    memcpy(&lib, fns, sizeof lib);
    return save_both(&lib, p, dir, name, created_s);
}
