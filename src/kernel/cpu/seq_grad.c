/* The sequence driver, backward (seq.h). A block of rows goes back through the steps in chunks: the
 * gradients of a chunk's pre-activations stay in cache, and when the chunk is done they meet x and
 * h in the weight gradients. Blocks are dealt to a fixed number of groups, each with its own
 * partial sums, which are added in the order of groups: the same bits for any number of threads. */
#include <string.h>

#include "kernel/cpu/seq.h"

#define MAX_GROUPS  16
#define CHUNK_BYTES (512 * 1024) /* about half of the second cache */
#define MIN_CHUNK   8
#define MAX_CHUNK   64

typedef struct backward {
    const frs_kernel_args *a;
    const frs_seq_math *math;
    const frs_cell *cell;
    frs_seq_dims d;
    const float *state0, *fixed, *mask, *dy, *dstate; /* NULL: absent */
    int64_t groups, chunk;
    int64_t d_stride, h_stride; /* floats from step to step, for 32 lanes */
    float *w_hh, *w_ih;         /* packed, transposed: rows are units, inputs */
    float *partial;             /* [groups][rows/4][F + H][4], then [groups][rows] */
    float *scratch;
    int64_t scratch_n; /* floats a worker */
    /* bfloat16: the packed weights, and how a worker's room is laid out */
    frs_bf16 *w_hh16, *w_ih16;
    int64_t rows16, d16_stride, v16_stride; /* bfloat16 from step to step */
} backward;

/* What a worker holds of its block; steps of a chunk are slots 0..chunk-1. */
typedef struct room {
    float *x;        /* [chunk][F][L] in the order of time */
    float *h;        /* [chunk + 1][H][L]: h before each step */
    float *d;        /* [chunk][rows][L]: gradients of the pre-activations */
    float *dx;       /* [chunk][F4][L] */
    float *dh;       /* [H4][L]: of h, all shares */
    float *dstate;   /* [H][L]: of the second state */
    float *state0;   /* [2][H][L]: both states before the first step */
    float *dy;       /* [H][L] */
    float *d_h;      /* [H][L]: share of h that passes no product */
    float *fixed;    /* [2][H][L]: the fixed gate and its gradient */
    float *constant; /* [rows][L]: sum of d over the steps; NULL: not wanted */
    float *old;      /* [2][H][L]: dstate and the fixed gate's gradient before a step, if masked */
    float *act, *kept; /* bfloat16: [A][L]; [2][H][L], the kept state after a step and before it */
    float *product;    /* bfloat16: [H or F, whole tiles][L] */
    frs_bf16 *pairs;   /* of one step's gradients */
    frs_bf16 *d16;     /* [chunk][rows][32] */
    frs_bf16 *v16;     /* [chunk][K16 / 16] tiles of x, then h */
} room;
enum { ROOM_UNITS = 9 }; /* floats a unit and lane beside x, h, d, dx and dh */

bool frs__seq_grad_fits(const frs_kernel_shape *s) {
    return frs__seq_fits(s);
}

/* Steps are read side by side in the weight gradients: a stride of a multiple of 4096 bytes would
 * send them all to the same sets of the first cache. */
static int64_t spread(int64_t floats) {
    const int64_t page = 4096 / 4, rest = 1344 / 4;
    return floats + ((rest - floats) % page + page) % page;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static void layout16(backward *w) {
    const frs_seq_dims *d = &w->d;
    w->rows16 = FRS_AMX_UP(d->rows, FRS_AMX_ROWS);
    w->d16_stride = w->rows16 * FRS_AMX_K;
    w->v16_stride = d->K16 * FRS_AMX_K;
    w->scratch_n +=
        FRS_SEQ_BLOCK * (d->A + 2 * d->H + FRS_AMX_UP(larger(d->H, d->F), FRS_AMX_ROWS) +
                         FRS_AMX_UP(d->rows, FRS_AMX_K) / 2) +
        w->chunk * frs__seq_line((w->d16_stride + w->v16_stride) / 2) + 8 * 16;
}

static backward layout(const void *attr, const frs_shape *in, bool masked) {
    backward w = {.d = frs__seq_dims(attr, &in[FRS_SEQ_X], &in[FRS_SEQ_W_HH], masked)};
    const frs_seq_dims *d = &w.d;
    w.groups = d->blocks < MAX_GROUPS ? d->blocks : MAX_GROUPS;
    w.chunk = CHUNK_BYTES / (FRS_SEQ_BLOCK * 4 * (d->rows + d->F + d->H));
    w.chunk = w.chunk < MIN_CHUNK ? MIN_CHUNK : w.chunk > MAX_CHUNK ? MAX_CHUNK : w.chunk;
    if (w.chunk > d->T) w.chunk = d->T;
    w.d_stride = spread(d->rows * FRS_SEQ_BLOCK);
    w.h_stride = spread(d->H * FRS_SEQ_BLOCK);
    const int64_t F4 = FRS_UP(d->F, 4), H4 = FRS_UP(d->H, 4);
    w.scratch_n = w.chunk * (w.d_stride + FRS_SEQ_BLOCK * (d->F + F4)) +
                  (w.chunk + 1) * w.h_stride + FRS_SEQ_BLOCK * (H4 + ROOM_UNITS * d->H + d->rows);
    if (d->bfloat16) layout16(&w);
    return w;
}

/* bfloat16: whole tiles of rows and of columns. */
static int64_t partial_count(const frs_seq_dims *d) {
    if (d->bfloat16) return FRS_AMX_UP(d->rows, FRS_AMX_ROWS) * d->K16;
    return d->rows * (d->F + d->H);
}

static int64_t packed16_floats(const frs_seq_dims *d) {
    if (!d->bfloat16) return 0;
    return frs__seq_line(frs__amx_packed_count(d->H, d->rows) / 2) +
           frs__seq_line(frs__amx_packed_count(d->F, d->rows) / 2);
}

size_t frs__seq_grad_scratch(const frs_kernel_shape *s, int threads) {
    const backward w = layout(s->attr, s->in, true);
    const frs_seq_dims *d = &w.d;
    int64_t n = frs__seq_line(frs__seq_packed_count(d->H, frs__seq_h_rows(d))) +
                frs__seq_line(frs__seq_packed_count(d->F, frs__seq_x_rows(d))) +
                frs__seq_line(w.groups * (partial_count(d) + d->rows)) + packed16_floats(d) +
                threads * w.scratch_n;
    return (size_t)n * sizeof(float);
}

/* Rows of the product are the columns of w [G H, n]; its k are the inner rows first ..
 * first+count-1. */
static void pack(const frs_seq_dims *d, const float *w, int64_t n, int64_t first, int64_t count,
                 float *p) {
    const int64_t rows = FRS_UP(n, 4);
    for (int64_t r = 0; r < rows; r += frs__seq_panel(rows - r)) {
        const int64_t width = frs__seq_panel(rows - r);
        memset(p, 0, (size_t)(width * (1 + count)) * sizeof *p);
        p += width;
        for (int64_t k = 0; k < count; k++, p += width) {
            const int64_t row = frs__seq_weight_row(d, first + k);
            for (int64_t j = 0; j < width && r + j < n && row >= 0; j++) p[j] = w[row * n + r + j];
        }
    }
}

/* The same for bfloat16: a row a column of w, its k the inner rows first .. end-1. */
static void pack16(const frs_seq_dims *d, const float *w, int64_t n, const int64_t range[2],
                   frs_bf16 *p) {
    memset(p, 0, (size_t)frs__amx_packed_count(n, d->rows) * sizeof *p);
    for (int64_t k = range[0]; k < range[1]; k++) {
        const int64_t row = frs__seq_weight_row(d, k);
        for (int64_t j = 0; j < n && row >= 0; j++)
            frs__amx_pack_row(w + row * n + j, 1, j, d->rows, k, p);
    }
}

static void rooms16(const backward *w, float *p, int64_t L, room *r) {
    const frs_seq_dims *d = &w->d;
    r->act = frs__seq_carve(&p, d->A * L);
    r->kept = frs__seq_carve(&p, 2 * d->H * L);
    r->product = frs__seq_carve(&p, FRS_AMX_UP(larger(d->H, d->F), FRS_AMX_ROWS) * L);
    r->pairs = (frs_bf16 *)frs__seq_carve(&p, FRS_AMX_UP(d->rows, FRS_AMX_K) * L / 2);
    r->d16 = (frs_bf16 *)frs__seq_carve(&p, w->chunk * w->d16_stride / 2);
    r->v16 = (frs_bf16 *)p;
}

static room rooms(const backward *w, float *p, int64_t L) {
    const frs_seq_dims *d = &w->d;
    const int64_t C = w->chunk;
    room r = {0};
    r.x = frs__seq_carve(&p, C * d->F * L);
    r.h = frs__seq_carve(&p, (C + 1) * w->h_stride);
    r.d = frs__seq_carve(&p, C * w->d_stride);
    r.dx = frs__seq_carve(&p, C * FRS_UP(d->F, 4) * L);
    r.dh = frs__seq_carve(&p, FRS_UP(d->H, 4) * L);
    r.dstate = frs__seq_carve(&p, d->H * L);
    r.state0 = frs__seq_carve(&p, 2 * d->H * L);
    r.dy = frs__seq_carve(&p, d->H * L);
    r.d_h = frs__seq_carve(&p, d->H * L);
    r.fixed = frs__seq_carve(&p, 2 * d->H * L);
    r.old = frs__seq_carve(&p, 2 * d->H * L);
    float *sums = frs__seq_carve(&p, d->rows * L);
    r.constant = w->a->out[FRS_SEQ_DCONSTANT] ? sums : NULL;
    if (d->bfloat16) rooms16(w, p, L, &r);
    return r;
}

/* [S, B, H] of state s, or zero, to lanes. */
static void load_state(const frs_seq_dims *d, const float *from, int s, const frs_seq_block *b,
                       float *to) {
    if (from)
        frs__to_lanes(from + (s * d->B + b->first) * d->H, d->H, d->H, b, to);
    else
        memset(to, 0, (size_t)(d->H * b->lanes) * sizeof *to);
}

static void add(float *to, const float *from, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += from[i];
}

/* dh += gradient of the step's own output. */
static void add_dy(const backward *w, const frs_seq_block *b, int64_t s, const room *r) {
    const frs_seq_dims *d = &w->d;
    if (!w->dy || (d->last_only && s != d->T - 1)) return;
    if (d->last_only)
        frs__to_lanes(w->dy + b->first * d->H, d->H, d->H, b, r->dy);
    else
        frs__to_lanes(w->dy + (b->first * d->T + frs__seq_time(d, s)) * d->H, d->T * d->H, d->H, b,
                      r->dy);
    add(r->dh, r->dy, d->H * b->lanes);
}

/* What is kept of a step; before the first one, of the state there. bfloat16: widened to r->act and
 * to one of the two places of r->kept. */
static const float *act_of(const backward *w, const frs_seq_block *b, int64_t s, const room *r) {
    const int64_t at = b->first * w->d.T * w->d.A + s * w->d.A * b->lanes;
    if (!w->d.bfloat16) return w->a->in[FRS_SEQ_G_ACT] + at;
    frs__amx_widen((const frs_bf16 *)w->a->in[FRS_SEQ_G_ACT] + at, w->d.A * b->lanes, r->act);
    return r->act;
}
static const float *kept_of(const backward *w, const frs_seq_block *b, int64_t s, const room *r) {
    const int64_t HL = w->d.H * b->lanes, at = b->first * w->d.T * w->d.H + s * HL;
    if (s < 0) return r->state0 + w->d.cell->kept * HL;
    if (!w->d.bfloat16) return w->a->in[FRS_SEQ_G_KEPT] + at;
    float *to = r->kept + s % 2 * HL;
    frs__amx_widen((const frs_bf16 *)w->a->in[FRS_SEQ_G_KEPT] + at, HL, to);
    return to;
}

/* Lanes whose mask is 0 hand on what they got: nothing to the weights, dh and dstate as they were.
 */
static bool hold(const backward *w, const frs_seq_block *b, int64_t s, int64_t slot,
                 const room *r) {
    const frs_seq_dims *d = &w->d;
    const frs_seq_mask m = {b, w->mask, d->T, frs__seq_time(d, s)};
    const int64_t HL = d->H * b->lanes;
    memcpy(r->h + (slot + 1) * w->h_stride, act_of(w, b, s, r) + d->cell->acts * HL,
           (size_t)HL * sizeof(float));
    if (!frs__seq_hold(&m, d->rows, r->d + slot * w->d_stride, NULL)) return false;
    frs__seq_hold(&m, d->H, r->dstate, r->old);
    frs__seq_hold(&m, d->H, r->fixed + HL, r->old + HL);
    if (!w->cell->leaks) memset(r->d_h, 0, (size_t)HL * sizeof(float));
    frs__seq_hold(&m, d->H, r->d_h, r->dh);
    return true;
}

/* The cell's part of one step back; whether h before the step has a share in d_h. */
static bool cell(const backward *w, const frs_seq_block *b, int64_t s, int64_t slot,
                 const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes, HL = d->H * L;
    float *dg = r->d + slot * w->d_stride;
    if (w->mask) {
        memcpy(r->old, r->dstate, (size_t)HL * sizeof(float));
        memcpy(r->old + HL, r->fixed + HL, (size_t)HL * sizeof(float));
    }
    w->cell->backward(
        &(frs_cell_back){.units = d->H,
                         .lanes = L,
                         .act = act_of(w, b, s, r),
                         .kept_in = kept_of(w, b, s - 1, r),
                         .kept_out = kept_of(w, b, s, r),
                         .fixed = r->fixed,
                         .dh = r->dh,
                         .d_state = r->dstate,
                         .d_gates = {dg, dg + d->R[0] * L, dg + (d->R[0] + d->R[1]) * L},
                         .d_h = r->d_h,
                         .d_fixed = r->fixed + HL,
                         .h = r->h + (slot + 1) * w->h_stride,
                         .soon_act = s > 0 && !d->bfloat16 ? act_of(w, b, s - 1, r) : NULL,
                         .soon_kept = kept_of(w, b, s > 1 && !d->bfloat16 ? s - 2 : -1, r)});
    const bool held = w->mask && hold(w, b, s, slot, r);
    return held || w->cell->leaks;
}

/* The products of one step in bfloat16, and its gradients as the weights' will need them. */
static void step16(const backward *w, const float *dg, int64_t L, int64_t slot, const room *r) {
    const frs_seq_dims *d = &w->d;
    frs__amx_rows(dg, d->rows, L, r->d16 + slot * w->d16_stride);
    frs__amx_pairs(dg, d->rows, L, 0, r->pairs);
    frs_amx_product p = {.packed = w->w_hh16,
                         .pairs = r->pairs,
                         .rows = d->H,
                         .n = d->rows,
                         .lanes = L,
                         .out = r->product};
    frs__amx_product(&p);
    memcpy(r->dh, r->product, (size_t)(d->H * L) * sizeof(float));
    if (!w->a->out[FRS_SEQ_DX]) return;
    p.packed = w->w_ih16;
    p.rows = d->F;
    frs__amx_product(&p);
    memcpy(r->dx + slot * FRS_UP(d->F, 4) * L, r->product, (size_t)(d->F * L) * sizeof(float));
}

/* One step back: gates, then the shares of h before the step and of x. */
static void step(const backward *w, const frs_seq_block *b, int64_t s, int64_t slot,
                 const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes;
    float *dg = r->d + slot * w->d_stride;
    add_dy(w, b, s, r);
    const bool leaks = cell(w, b, s, slot, r);
    if (d->bfloat16) {
        step16(w, dg, L, slot, r);
        if (leaks) add(r->dh, r->d_h, d->H * L);
        return;
    }
    frs_product p = {.packed = w->w_hh,
                     .rows = FRS_UP(d->H, 4),
                     .lanes = L,
                     .v = {dg + d->R[0] * L, dg},
                     .n = {frs__seq_h_rows(d), 0},
                     .out = r->dh};
    w->math->product(&p);
    if (leaks) add(r->dh, r->d_h, d->H * L);
    if (!w->a->out[FRS_SEQ_DX]) return;
    p.packed = w->w_ih;
    p.rows = FRS_UP(d->F, 4);
    p.v[0] = dg;
    p.n[0] = frs__seq_x_rows(d);
    p.out = r->dx + slot * p.rows * L;
    w->math->product(&p);
}

/* The first time of the steps first .. first+n-1. */
static int64_t first_time(const frs_seq_dims *d, int64_t first, int64_t n) {
    return d->reverse ? d->T - first - n : first;
}

/* x of a chunk, 0 where it is masked (it may be NaN there), and a hint for that of the next. */
static void load_x(const backward *w, const frs_seq_block *b, int64_t first, int64_t n,
                   const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t soon = first < w->chunk ? first : w->chunk;
    const float *x = w->a->in[FRS_SEQ_X] + b->first * d->T * d->F;
    frs__to_lanes(x + first_time(d, first, n) * d->F, d->T * d->F, n * d->F, b, r->x);
    for (int64_t i = 0; w->mask && i < n; i++)
        frs__seq_hold(&(frs_seq_mask){b, w->mask, d->T, first_time(d, first, n) + i}, d->F,
                      r->x + i * d->F * b->lanes, NULL);
    frs__fetch_rows(x + first_time(d, first - soon, soon) * d->F, d->T * d->F, soon * d->F, b);
}

/* h before the first step of a chunk. */
static void load_h(const backward *w, const frs_seq_block *b, int64_t first, const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes;
    const size_t bytes = (size_t)(d->H * L) * sizeof(float);
    if (first == 0)
        memcpy(r->h, r->state0, bytes);
    else if (w->mask)
        memcpy(r->h, act_of(w, b, first - 1, r) + d->cell->acts * d->H * L, bytes);
    else
        w->cell->output(d->H, L, act_of(w, b, first - 1, r), kept_of(w, b, first - 1, r), r->h);
}

static void weights_h(const backward *w, frs_weight_grad g, float *partial, const room *r) {
    const frs_seq_dims *d = &w->d;
    g.d = r->d + d->R[0] * g.lanes;
    g.v = r->h;
    g.v_stride = w->h_stride;
    g.rows = frs__seq_h_rows(d);
    g.n = d->H;
    g.out = partial + d->R[0] / 4 * g.out_stride + 4 * d->F;
    w->math->weight_grad(&g);
}

static void weights16(const backward *w, const frs_seq_block *b, int64_t n, float *partial,
                      const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes;
    for (int64_t slot = 0; slot < n; slot++) {
        frs_bf16 *to = r->v16 + slot * w->v16_stride;
        const int64_t x = d->reverse ? n - 1 - slot : slot;
        frs__amx_columns(r->x + x * d->F * L, d->F, L, 0, to);
        frs__amx_columns(r->h + slot * w->h_stride, d->H, L, d->X16, to);
    }
    frs__amx_weight_grad(&(frs_amx_grad){.d = r->d16,
                                         .v = r->v16,
                                         .d_stride = w->d16_stride,
                                         .v_stride = w->v16_stride,
                                         .rows = d->rows,
                                         .end_k = d->K16,
                                         .steps = n,
                                         .out = partial,
                                         .out_ld = d->K16});
}

/* The chunk's gradients meet x and h. */
static void weights(const backward *w, const frs_seq_block *b, int64_t n, float *partial,
                    float *bias, const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes, stride = 4 * (d->F + d->H), xL = d->F * L;
    frs_weight_grad g = {.d = r->d,
                         .v = d->reverse ? r->x + (n - 1) * xL : r->x,
                         .d_stride = w->d_stride,
                         .v_stride = d->reverse ? -xL : xL,
                         .rows = frs__seq_x_rows(d),
                         .n = d->F,
                         .steps = n,
                         .lanes = L,
                         .out = partial,
                         .out_stride = stride};
    if (d->bfloat16) {
        weights16(w, b, n, partial, r);
    } else {
        w->math->weight_grad(&g);
        weights_h(w, g, partial, r);
    }
    g.d = r->d;
    g.rows = d->rows;
    g.out = bias;
    w->math->row_sums(&g);
    g.out = r->constant;
    if (g.out) w->math->lane_sums(&g);
}

static void chunk(const backward *w, const frs_seq_block *b, int64_t first, int64_t n,
                  const room *r) {
    const frs_seq_dims *d = &w->d;
    float *dx = w->a->out[FRS_SEQ_DX];
    load_x(w, b, first, n, r);
    load_h(w, b, first, r);
    for (int64_t slot = n - 1; slot >= 0; slot--) step(w, b, first + slot, slot, r);
    for (int64_t slot = 0; slot < n && dx; slot++)
        frs__from_lanes(r->dx + slot * FRS_UP(d->F, 4) * b->lanes, d->F, b,
                        dx + (b->first * d->T + frs__seq_time(d, first + slot)) * d->F,
                        d->T * d->F);
}

static void save_state(const backward *w, const frs_seq_block *b, int s, const float *from) {
    const frs_seq_dims *d = &w->d;
    float *to = w->a->out[FRS_SEQ_DSTATE0];
    if (to) frs__from_lanes(from, d->H, b, to + (s * d->B + b->first) * d->H, d->H);
}

static void start(const backward *w, const frs_seq_block *b, const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t HL = d->H * b->lanes;
    memset(r->d, 0, (size_t)(w->chunk * w->d_stride) * sizeof(float));
    if (d->bfloat16) {
        memset(r->pairs, 0, (size_t)(FRS_AMX_UP(d->rows, FRS_AMX_K) * b->lanes) * sizeof *r->pairs);
        memset(r->d16, 0, (size_t)(w->chunk * w->d16_stride) * sizeof *r->d16);
    }
    memset(r->fixed + HL, 0, (size_t)HL * sizeof(float));
    if (r->constant) memset(r->constant, 0, (size_t)(d->rows * b->lanes) * sizeof(float));
    load_state(d, w->dstate, 0, b, r->dh);
    load_state(d, w->state0, 0, b, r->state0);
    if (w->fixed) load_state(d, w->fixed, 0, b, r->fixed);
    if (d->S < 2) return;
    load_state(d, w->dstate, 1, b, r->dstate);
    load_state(d, w->state0, 1, b, r->state0 + HL);
}

static void save_constant(const backward *w, const frs_seq_block *b, const float *sums) {
    const frs_seq_dims *d = &w->d;
    const int64_t G = d->cell->gates * d->H;
    float *to = w->a->out[FRS_SEQ_DCONSTANT] + b->first * G;
    for (int64_t r = 0; r < frs__seq_x_rows(d); r++, sums += b->lanes) {
        const int64_t row = frs__seq_weight_row(d, r);
        for (int64_t lane = 0; lane < b->valid && row >= 0; lane++) to[lane * G + row] = sums[lane];
    }
}

static void finish(const backward *w, const frs_seq_block *b, const room *r) {
    const frs_seq_dims *d = &w->d;
    float *to = w->a->out[FRS_SEQ_DFIXED];
    save_state(w, b, 0, r->dh);
    if (d->S > 1) save_state(w, b, 1, r->dstate);
    if (w->fixed && to)
        frs__from_lanes(r->fixed + d->H * b->lanes, d->H, b, to + b->first * d->H, d->H);
    if (r->constant) save_constant(w, b, r->constant);
}

static void group(void *arg, int64_t index, int worker) {
    const backward *w = arg;
    const frs_seq_dims *d = &w->d;
    float *partial = w->partial + index * partial_count(d);
    float *bias = w->partial + w->groups * partial_count(d) + index * d->rows;
    memset(partial, 0, (size_t)partial_count(d) * sizeof *partial);
    memset(bias, 0, (size_t)d->rows * sizeof *bias);
    if (d->bfloat16) frs__amx_begin();
    for (int64_t i = index; i < d->blocks; i += w->groups) {
        const frs_seq_block b = frs__seq_block(d, i);
        const room r = rooms(w, w->scratch + worker * w->scratch_n, b.lanes);
        start(w, &b, &r);
        for (int64_t end = d->T; end > 0;) {
            const int64_t n = end < w->chunk ? end : w->chunk;
            end -= n;
            chunk(w, &b, end, n, &r);
            weights(w, &b, n, partial, bias, &r);
        }
        finish(w, &b, &r);
    }
    if (d->bfloat16) frs__amx_end();
}

/* Sum over the groups, in their order. */
static float total(const backward *w, const float *first, int64_t stride) {
    float sum = 0;
    for (int64_t g = 0; g < w->groups; g++) sum += first[g * stride];
    return sum;
}

/* n columns of one row of gates, `apart` from each other: `to` in PyTorch's order; NULL: not
 * wanted.
 */
static void reduce_row(const backward *w, const float *from, int64_t apart, int64_t n, float *to) {
    for (int64_t k = 0; to && k < n; k++) to[k] = total(w, from + apart * k, partial_count(&w->d));
}

/* Four rows of gates. */
static void reduce(void *arg, int64_t index, int worker) {
    (void)worker;
    const backward *w = arg;
    const frs_seq_dims *d = &w->d;
    float *const *out = w->a->out;
    const float *biases = w->partial + w->groups * partial_count(d);
    for (int64_t j = 0; j < 4; j++) {
        const int64_t r = index * 4 + j, row = frs__seq_weight_row(d, r);
        const float *x = w->partial + index * 4 * (d->F + d->H) + j, *h = x + 4 * d->F;
        if (d->bfloat16) x = w->partial + r * d->K16, h = x + d->X16;
        const int64_t apart = d->bfloat16 ? 1 : 4;
        if (row < 0) continue;
        if (r < frs__seq_x_rows(d)) {
            reduce_row(w, x, apart, d->F,
                       out[FRS_SEQ_DW_IH] ? out[FRS_SEQ_DW_IH] + row * d->F : NULL);
            if (out[FRS_SEQ_DB_IH]) out[FRS_SEQ_DB_IH][row] = total(w, biases + r, d->rows);
        }
        if (r >= d->R[0]) {
            reduce_row(w, h, apart, d->H,
                       out[FRS_SEQ_DW_HH] ? out[FRS_SEQ_DW_HH] + row * d->H : NULL);
            if (out[FRS_SEQ_DB_HH]) out[FRS_SEQ_DB_HH][row] = total(w, biases + r, d->rows);
        }
    }
}

static const float *optional(const frs_kernel_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
}

void frs__seq_grad_run(const frs_kernel_args *a) {
    const float *mask = optional(a, FRS_SEQ_G_MASK);
    backward w = layout(a->attr, a->in_shape, mask != NULL);
    const frs_seq_dims *d = &w.d;
    w.a = a;
    w.math = frs__seq_math(a->isa);
    w.cell = &w.math->cell[d->kind];
    w.state0 = optional(a, FRS_SEQ_G_STATE0);
    w.fixed = optional(a, FRS_SEQ_G_FIXED);
    w.mask = mask;
    w.dy = optional(a, FRS_SEQ_G_DY);
    w.dstate = optional(a, FRS_SEQ_G_DSTATE);
    const int64_t x_rows = frs__seq_x_rows(d), h_rows = frs__seq_h_rows(d);
    float *p = a->scratch;
    w.w_hh = frs__seq_carve(&p, frs__seq_packed_count(d->H, h_rows));
    w.w_ih = frs__seq_carve(&p, frs__seq_packed_count(d->F, x_rows));
    w.partial = frs__seq_carve(&p, w.groups * (partial_count(d) + d->rows));
    if (d->bfloat16) {
        w.w_hh16 = (frs_bf16 *)frs__seq_carve(&p, frs__amx_packed_count(d->H, d->rows) / 2);
        w.w_ih16 = (frs_bf16 *)frs__seq_carve(&p, frs__amx_packed_count(d->F, d->rows) / 2);
        pack16(d, a->in[FRS_SEQ_W_HH], d->H, (int64_t[]){d->R[0], d->rows}, w.w_hh16);
        pack16(d, a->in[FRS_SEQ_W_IH], d->F, (int64_t[]){0, x_rows}, w.w_ih16);
    } else {
        pack(d, a->in[FRS_SEQ_W_HH], d->H, d->R[0], h_rows, w.w_hh);
    }
    w.scratch = p;
    if (a->out[FRS_SEQ_DX] && !d->bfloat16) pack(d, a->in[FRS_SEQ_W_IH], d->F, 0, x_rows, w.w_ih);
    frs__parallel(a->ctx, w.groups, group, &w);
    frs__parallel(a->ctx, d->rows / 4, reduce, &w);
}
