/* The figure of `freshet zoo bench`. */
#include "cmd/zoo.h"
#include "report/svg.h"
#include <math.h>

/* ---- names beside the points of single images, one not over another where there is room */
enum { MOST_NAMES = 128, TRIES = 7 };
typedef struct box {
    double left, right, y;
} box;
static const double letter = 6.5, line = 12; /* of class "tick", in units of the figure */

static bool is_free(const box *boxes, int64_t n, box b) {
    for (int64_t i = 0; i < n; i++)
        if (b.left < boxes[i].right && boxes[i].left < b.right && fabs(b.y - boxes[i].y) < line)
            return false;
    return true;
}

static void name_points(frs_svg *s, const zoo_cost *costs, int64_t n) {
    static const double shifts[TRIES] = {-5, 9, -18, 22, -31, 35, -5};
    box boxes[MOST_NAMES];
    int64_t placed = 0;
    for (int64_t i = 0; i < n && placed < MOST_NAMES; i++) {
        double x, y;
        if (!frs__svg_xy(s, costs[i].operations * 1e-9, costs[i].seconds[0] * 1e3, &x, &y))
            continue;
        const bool left = x > (s->left + s->w - s->right) / 2;
        const double width = letter * (double)frs__utf8_count(costs[i].name);
        box b = {left ? x - 7 - width : x + 7, left ? x - 7 : x + 7 + width, 0};
        for (int k = 0; k < TRIES; k++) {
            b.y = y + shifts[k];
            if (is_free(boxes, placed, b)) break;
        }
        boxes[placed++] = b;
        frs__picture_text(s->picture, "tick", (double[]){left ? b.right : b.left, b.y},
                          left ? "end" : "start", costs[i].name);
    }
}

static void draw_batch(frs_svg *s, const char *css, const zoo_cost *costs, int64_t n, int batch) {
    for (int64_t i = 0; i < n; i++) {
        const double x = costs[i].operations * 1e-9, y = costs[i].seconds[batch] * 1e3;
        frs__svg_points(s, css, &x, &y, 1, 4);
    }
}

frs_status cmd_zoo_figure(cmd *c, const char *folder, const zoo_cost *costs, int64_t n) {
    const char *one = _("one image at a time"), *many = _("16 at a time");
    frs_picture picture = {.ctx = c->ctx};
    frs_svg s = {.picture = &picture,
                 .w = 720,
                 .h = 440,
                 .left = 60,
                 .right = 20,
                 .top = 14,
                 .bottom = 42,
                 .x = frs__axis_empty(FRS_LOG, _("billions of operations an image")),
                 .y = frs__axis_empty(FRS_LOG, _("milliseconds an image"))};
    for (int64_t i = 0; i < n; i++) {
        frs__axis_cover(&s.x, costs[i].operations * 1e-9);
        for (int k = 0; k < ZOO_BATCHES; k++) frs__axis_cover(&s.y, costs[i].seconds[k] * 1e3);
    }
    frs__axis_nice(&s.x);
    frs__axis_nice(&s.y);
    frs__svg_reserve(&s, one);
    frs__svg_reserve(&s, many);
    frs__svg_open(&s, _("Time against operations"), _("One point a net and size of batch."));
    draw_batch(&s, "c0", costs, n, 0);
    draw_batch(&s, "c1", costs, n, 1);
    name_points(&s, costs, n);
    frs__svg_legend(&s, "c0", one);
    frs__svg_legend(&s, "c1", many);
    const frs_status status = frs__picture_save(&picture, folder, "bench", 0);
    frs__picture_free(&picture);
    if (status != FRS_E_UNSUPPORTED) return status;
    term_say(&c->t, _("bench.svg only: %s"), frs_message(c->ctx));
    return FRS_OK;
}
