/* A static figure as a list of shapes, and the canvases that it can be drawn on: SVG in a page, an
 * SVG file, PNG and PDF by Cairo. One table a canvas; a figure is made once and drawn on each of
 * them. */
#ifndef FRS_REPORT_PICTURE_H
#define FRS_REPORT_PICTURE_H

#include "base/base.h"

typedef enum frs_shape_kind {
    FRS_SHAPE_LINE, /* points joined; a point that is NaN lifts the pen */
    FRS_SHAPE_DOTS, /* round points of `width` */
    FRS_SHAPE_AREA, /* a filled polygon */
    FRS_SHAPE_TEXT  /* at its one point */
} frs_shape_kind;
typedef struct frs_shape {
    frs_shape_kind kind;
    char css[24];       /* classes of page.css: "c3 dash"; frs__style reads the same */
    double width;       /* of dots */
    int64_t first, n;   /* points */
    int64_t text;       /* offset in texts */
    const char *anchor; /* "start", "middle", "end" */
    bool upright;       /* text read from below */
} frs_shape;

typedef struct frs_picture {
    frs_ctx *ctx;
    frs_shape *shapes;
    double (*points)[2];
    int64_t n, cap, n_points, cap_points;
    frs_buf texts;
    int64_t title, desc; /* offsets in texts */
    double w, h;
    int id;
    bool failed; /* out of memory */
} frs_picture;

/* {.ctx = ctx} is an empty one. Text is copied; what is not UTF-8 counts as Latin-1. */
void frs__picture_begin(frs_picture *p, double w, double h, const char *title, const char *desc);
void frs__picture_add(frs_picture *p, frs_shape_kind kind, const char *css); /* points follow */
void frs__picture_point(frs_picture *p, double x, double y);
void frs__picture_text(frs_picture *p, const char *css, const double at[2], const char *anchor,
                       const char *text);
void frs__picture_free(frs_picture *p);

/* How a class looks on paper: the light colours of page.css, which a test compares. */
typedef struct frs_style {
    unsigned rgb;
    double alpha, width; /* width: of a line, or the size of text */
    bool dashed, butt;   /* butt: ends of lines are cut, not round */
} frs_style;
frs_style frs__style(const frs_shape *s);

/* `to` is the canvas's own. */
typedef struct frs_canvas {
    void (*begin)(void *to, const frs_picture *p);
    void (*shape)(void *to, const frs_picture *p, const frs_shape *s);
    void (*end)(void *to, const frs_picture *p);
} frs_canvas;
void frs__picture_draw(const frs_picture *p, const frs_canvas *c, void *to);

/* SVG. `to`: frs_svg_out. paper: a file of its own, with colours in it; else inline, with classes.
 */
typedef struct frs_svg_out {
    frs_buf *out;
    bool paper;
} frs_svg_out;
extern const frs_canvas frs__canvas_svg;

/* NAME.svg, and NAME.png and NAME.pdf by Cairo, in dir. created_s: the date inside the PDF.
 * FRS_E_UNSUPPORTED: the SVG is there, but Cairo is not (what is missing is in the message). */
frs_status frs__picture_save(const frs_picture *p, const char *dir, const char *name,
                             int64_t created_s);
#endif
