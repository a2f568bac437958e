#include "kernel/onednn/conv_cut.h"

/* A piece of one image, and the rows of x and y that it starts at. */
typedef struct slab {
    frs_conv_piece p;
    int64_t x, y;
} slab;

static int64_t reach(const frs_conv_attr *a, const frs_conv_dims *d) {
    return (d->k[0] - 1) * (int64_t)a->window.dilation[0];
}

static slab whole(const frs_conv_attr *a, const frs_conv_dims *d) {
    const frs_window *w = &a->window;
    return (slab){
        .p = {.in = d->in[0], .out = d->out[0], .pad_lo = w->pad_lo[0], .pad_hi = w->pad_hi[0]}};
}

/* Rows [first, first + n) of the outputs: what they see of the input. */
static slab outputs(const frs_conv_attr *a, const frs_conv_dims *d, int64_t first, int64_t n) {
    const frs_window *w = &a->window;
    const int64_t begin = first * w->stride[0] - w->pad_lo[0];
    const int64_t end = begin + (n - 1) * w->stride[0] + reach(a, d) + 1;
    const int64_t lo = begin < 0 ? 0 : begin, hi = end > d->in[0] ? d->in[0] : end;
    return (slab){.p = {.in = hi - lo, .out = n, .pad_lo = lo - begin, .pad_hi = end - hi},
                  .x = lo,
                  .y = first};
}

/* Rows [first, first + n) of the input: the outputs that see some of them. The padding stands where
 * it makes of n rows that many outputs. */
static slab inputs(const frs_conv_attr *a, const frs_conv_dims *d, int64_t first, int64_t n) {
    const frs_window *w = &a->window;
    const int64_t stride = w->stride[0], before = first + w->pad_lo[0] - reach(a, d);
    const int64_t lo = before > 0 ? (before + stride - 1) / stride : 0;
    const int64_t last = (first + n - 1 + w->pad_lo[0]) / stride;
    const int64_t hi = last < d->out[0] ? last + 1 : d->out[0];
    const int64_t pad_lo = first + w->pad_lo[0] - lo * stride;
    const int64_t pad_hi = (hi - lo - 1) * stride + reach(a, d) + 1 - n - pad_lo;
    return (slab){
        .p = {.in = n, .out = hi - lo, .pad_lo = pad_lo, .pad_hi = pad_hi < 0 ? 0 : pad_hi},
        .x = first,
        .y = lo};
}

static bool same(const frs_conv_piece *p, const frs_conv_piece *q) {
    return p->images == q->images && p->in == q->in && p->out == q->out && p->pad_lo == q->pad_lo &&
           p->pad_hi == q->pad_hi;
}

static bool add(frs_conv_cut *cut, const frs_conv_piece *p, int64_t x, int64_t y) {
    int k = 0;
    while (k < cut->n_shapes && !same(&cut->shapes[k], p)) k++;
    if (k == FRS_CONV_SHAPES) return false;
    if (k == cut->n_shapes) cut->shapes[cut->n_shapes++] = *p;
    if (cut->blocks) cut->blocks[cut->n_blocks] = (frs_conv_block){k, x, y};
    cut->n_blocks++;
    return true;
}

bool frs__conv_cut(const frs_conv_attr *a, const frs_conv_dims *d, const frs_conv_wish *wish,
                   frs_conv_cut *cut) {
    const int64_t x_row = d->in[1] * d->in[2] * d->C, y_row = d->out[1] * d->out[2] * d->O;
    const int64_t total = wish->of_x ? d->in[0] : d->out[0], stride = a->window.stride[0];
    int64_t rows = wish->slabs > 1 ? (total + wish->slabs - 1) / wish->slabs : total;
    if (wish->slabs > 1 && wish->of_x) rows = (rows + stride - 1) / stride * stride;
    cut->n_shapes = 0;
    cut->n_blocks = 0;
    for (int64_t b = 0; b < d->B; b += wish->images)
        for (int64_t first = 0; first < total; first += rows) {
            const int64_t left = total - first, n = left < rows ? left : rows;
            slab s = wish->slabs <= 1 ? whole(a, d)
                     : wish->of_x     ? inputs(a, d, first, n)
                                      : outputs(a, d, first, n);
            /* a slab that sees padding alone, or that no output sees */
            if (wish->slabs > 1 && (s.p.in < 1 || s.p.out < 1 || s.p.pad_lo < 0)) return false;
            s.p.images = d->B - b < wish->images ? d->B - b : wish->images;
            if (!add(cut, &s.p, (b * d->in[0] + s.x) * x_row, (b * d->out[0] + s.y) * y_row))
                return false;
        }
    return true;
}
