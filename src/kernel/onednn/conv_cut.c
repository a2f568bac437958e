#include "kernel/onednn/conv_cut.h"

/* Rows [first, first + n) of the outputs: what they see of the input. */
static frs_conv_piece slab(const frs_conv_attr *a, const frs_conv_dims *d, int64_t first, int64_t n,
                           int64_t *row) {
    const frs_window *w = &a->window;
    const int64_t begin = first * w->stride[0] - w->pad_lo[0];
    const int64_t end =
        begin + (n - 1) * w->stride[0] + (d->k[0] - 1) * (int64_t)w->dilation[0] + 1;
    const int64_t lo = begin < 0 ? 0 : begin, hi = end > d->in[0] ? d->in[0] : end;
    *row = lo;
    return (frs_conv_piece){.in = hi - lo, .out = n, .pad_lo = lo - begin, .pad_hi = end - hi};
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

bool frs__conv_cut(const frs_conv_attr *a, const frs_conv_dims *d, int64_t images, int64_t slabs,
                   frs_conv_cut *cut) {
    const int64_t x_row = d->in[1] * d->in[2] * d->C, y_row = d->out[1] * d->out[2] * d->O;
    const int64_t rows = slabs > 1 ? (d->out[0] + slabs - 1) / slabs : d->out[0];
    cut->n_shapes = 0;
    cut->n_blocks = 0;
    for (int64_t b = 0; b < d->B; b += images)
        for (int64_t first = 0; first < d->out[0]; first += rows) {
            const int64_t left = d->out[0] - first, n = left < rows ? left : rows;
            int64_t row = 0;
            frs_conv_piece p = {.in = d->in[0],
                                .out = n,
                                .pad_lo = a->window.pad_lo[0],
                                .pad_hi = a->window.pad_hi[0]};
            if (slabs > 1) p = slab(a, d, first, n, &row);
            p.images = d->B - b < images ? d->B - b : images;
            if (p.in < 1) return false; /* a slab that sees padding alone */
            if (!add(cut, &p, (b * d->in[0] + row) * x_row, (b * d->out[0] + first) * y_row))
                return false;
        }
    return true;
}
