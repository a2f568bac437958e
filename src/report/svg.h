/* A small writer of static figures (report/picture.h): axes with nice ticks (linear, logarithmic,
 * time), lines, points, bars, a legend. Colours come from the page's CSS variables, so a figure
 * follows light, dark and print by itself. A coordinate that is not finite is never written: a line
 * breaks there. */
#ifndef FRS_REPORT_SVG_H
#define FRS_REPORT_SVG_H

#include "report/picture.h"

typedef enum frs_scale { FRS_LINEAR, FRS_LOG, FRS_TIME /* int64 seconds as double */ } frs_scale;
/* A tick of one's own: months of a year, probabilities on their paper. */
typedef struct frs_mark {
    double at;
    const char *text; /* under 40 bytes */
} frs_mark;
typedef struct frs_axis {
    double lo, hi; /* lo < hi after frs__axis_nice */
    frs_scale scale;
    const char *label; /* plain text, escaped here */
} frs_axis;

typedef struct frs_svg {
    frs_picture *picture;
    double w, h, left, right, top, bottom; /* size and margins in user units */
    frs_axis x, y;
    bool integer_x;          /* leads, epochs: ticks at whole numbers only */
    const frs_mark *marks_x; /* NULL: the scale's own ticks; ascending; those that fit are drawn */
    int n_marks_x;
    double legend_x, legend_y;
} frs_svg;

/* Widens lo..hi to round numbers (linear), decades (log); mends an empty or not finite range. */
void frs__axis_nice(frs_axis *a);
void frs__axis_cover(frs_axis *a, double v); /* grows lo..hi by v if it is finite (log: if v > 0) */
frs_axis frs__axis_empty(frs_scale scale, const char *label);

/* Begins the figure: title and desc for screen readers, grid, ticks, labels. */
void frs__svg_open(frs_svg *s, const char *title, const char *desc);
bool frs__svg_xy(const frs_svg *s, double x, double y, double *px,
                 double *py); /* false: cannot be drawn */
/* css is a class list of ours ("c0", "c3 dash"), under 24 bytes; never text from users. */
void frs__svg_line(frs_svg *s, const char *css, const double *x, const double *y, int64_t n);
void frs__svg_points(frs_svg *s, const char *css, const double *x, const double *y, int64_t n,
                     double radius);
/* The area between lo and hi, filled; gaps part it. */
void frs__svg_band(frs_svg *s, const char *css, const double *x, const double *lo, const double *hi,
                   int64_t n);
void frs__svg_segment(frs_svg *s, const char *css, const double from[2], const double to[2]);
void frs__svg_box(frs_svg *s, const char *css, const double from[2],
                  const double to[2]); /* filled */
/* The legend stands above the plot, one entry after another in as many rows as it takes: before
 * frs__svg_open reserve each entry, in the same order, which makes the figure higher where needed.
 */
void frs__svg_reserve(frs_svg *s, const char *text);
void frs__svg_legend(frs_svg *s, const char *css, const char *text);

/* Adds text with & < > " ' escaped and control characters dropped. */
void frs__html_add(frs_buf *b, const char *text);
/* Number of the form 0.1234 with the given digits after the point, never "-0.00". buf >= 40. */
char *frs__fixed(double v, int digits, char *buf);
/* Characters (not bytes) of UTF-8 text. */
int64_t frs__utf8_count(const char *text);
#endif
