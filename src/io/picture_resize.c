#include "io/picture.h"
#include <math.h>

/* The pixels of an axis that a pixel of the result is made of, and the shares of the first, of
 * those between and of the last. */
typedef struct span {
    int64_t first, n;
    float share_first, share, share_last;
} span;

/* Pixel i of `to` is the part [i, i+1) from/to of the axis; shares are how much of it each holds.
 */
static span shrink(int64_t from, int64_t to, int64_t i) {
    const int64_t begin = i * from, end = begin + from; /* in 1/to of a pixel: exact */
    const int64_t first = begin / to, last = (end - 1) / to;
    const double whole = (double)from;
    return (span){.first = first,
                  .n = last - first + 1,
                  .share_first = (float)((double)((first + 1) * to - begin) / whole),
                  .share = (float)((double)to / whole),
                  .share_last = (float)((double)(end - last * to) / whole)};
}

/* Linear between the middles of pixels; beyond the outermost it stays. */
static span grow(int64_t from, int64_t to, int64_t i) {
    const double at = ((double)i + 0.5) * (double)from / (double)to - 0.5, left = floor(at);
    if (at <= 0) return (span){.n = 1, .share_first = 1};
    if (at >= (double)(from - 1)) return (span){.first = from - 1, .n = 1, .share_first = 1};
    return (span){.first = (int64_t)left,
                  .n = 2,
                  .share_first = (float)(1 - (at - left)),
                  .share_last = (float)(at - left)};
}

static span span_of(int64_t from, int64_t to, int64_t i) {
    if (from == to) return (span){.first = i, .n = 1, .share_first = 1};
    return from > to ? shrink(from, to, i) : grow(from, to, i);
}

static float share_of(const span *s, int64_t k) {
    return k == 0 ? s->share_first : k == s->n - 1 ? s->share_last : s->share;
}

static void pixel(const frs__picture *p, const span *y, const span *x, float rgb[3]) {
    rgb[0] = rgb[1] = rgb[2] = 0;
    for (int64_t i = 0; i < y->n; i++) {
        const unsigned char *row = p->rgb + ((y->first + i) * p->width + x->first) * 3;
        const float down = share_of(y, i);
        for (int64_t j = 0; j < x->n; j++) {
            const float share = down * share_of(x, j);
            for (int c = 0; c < 3; c++) rgb[c] += share * (float)row[j * 3 + c];
        }
    }
}

/* Written so that grey stays what it is, to the bit. */
static float grey(const float rgb[3]) {
    return rgb[1] + 0.299F * (rgb[0] - rgb[1]) + 0.114F * (rgb[2] - rgb[1]);
}

frs_status frs__picture_resize(frs_ctx *ctx, const frs__picture *p, const frs__picture_size *s,
                               float divisor, float *to) {
    span *columns = frs__alloc(ctx, s->width, sizeof *columns);
    if (!columns) return FRS_E_NOMEM;
    for (int64_t j = 0; j < s->width; j++) columns[j] = span_of(p->width, s->width, j);
    for (int64_t i = 0; i < s->height; i++) {
        const span row = span_of(p->height, s->height, i);
        for (int64_t j = 0; j < s->width; j++) {
            float rgb[3];
            pixel(p, &row, &columns[j], rgb);
            if (s->channels == 1)
                *to++ = grey(rgb) / divisor;
            else
                for (int c = 0; c < 3; c++) *to++ = rgb[c] / divisor;
        }
    }
    frs__free(ctx, columns);
    return FRS_OK;
}
