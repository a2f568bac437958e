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

enum { IN_X, IN_W_IH, IN_W_HH, IN_B_IH, IN_B_HH, IN_ACT, IN_KEPT, IN_STATE0, IN_DY, IN_DSTATE };
enum { OUT_DX, OUT_DW_IH, OUT_DW_HH, OUT_DB_IH, OUT_DB_HH, OUT_DSTATE0 };

typedef struct backward {
    const frs_kernel_args *a;
    const frs_seq_math *math;
    frs_seq_dims d;
    int64_t groups, chunk;
    int64_t d_stride, h_stride; /* floats from step to step, for 32 lanes */
    float *w_hh, *w_ih;         /* packed, transposed: rows are units, inputs */
    float *partial;             /* [groups][R/4][F + H][4], then [groups][R] */
    float *scratch;
    int64_t scratch_n; /* floats a worker */
} backward;

/* What a worker holds of its block; steps of a chunk are slots 0..chunk-1. */
typedef struct room {
    float *x;      /* [chunk][F][L] */
    float *h;      /* [chunk + 1][H][L]: h before each step */
    float *d;      /* [chunk][R][L]: gradients of the pre-activations */
    float *dx;     /* [chunk][F4][L] */
    float *dh;     /* [H4][L]: of h, all shares */
    float *dstate; /* [H][L]: of c */
    float *state0; /* [2][H][L]: h and c before the first step */
    float *dy;     /* [H][L] */
} room;

bool frs__seq_grad_fits(const frs_kernel_shape *s) {
    return frs__seq_fits(s);
}

/* Steps are read side by side in the weight gradients: a stride of a multiple of 4096 bytes would
 * send them all to the same sets of the first cache. */
static int64_t spread(int64_t floats) {
    const int64_t page = 4096 / 4, rest = 1344 / 4;
    return floats + ((rest - floats) % page + page) % page;
}

static backward layout(const frs_kernel_args *a, const void *attr, const frs_shape *in) {
    backward w = {.a = a, .d = frs__seq_dims(attr, &in[IN_X], &in[IN_W_HH])};
    const frs_seq_dims *d = &w.d;
    w.groups = d->blocks < MAX_GROUPS ? d->blocks : MAX_GROUPS;
    w.chunk = CHUNK_BYTES / (FRS_SEQ_BLOCK * 4 * (d->R + d->F + d->H));
    w.chunk = w.chunk < MIN_CHUNK ? MIN_CHUNK : w.chunk > MAX_CHUNK ? MAX_CHUNK : w.chunk;
    if (w.chunk > d->T) w.chunk = d->T;
    w.d_stride = spread(d->R * FRS_SEQ_BLOCK);
    w.h_stride = spread(d->H * FRS_SEQ_BLOCK);
    const int64_t F4 = FRS_UP(d->F, 4), H4 = FRS_UP(d->H, 4);
    w.scratch_n = w.chunk * (w.d_stride + FRS_SEQ_BLOCK * (d->F + F4)) +
                  (w.chunk + 1) * w.h_stride + FRS_SEQ_BLOCK * (H4 + 4 * d->H);
    return w;
}

static int64_t partial_count(const frs_seq_dims *d) {
    return d->R * (d->F + d->H);
}

size_t frs__seq_grad_scratch(const frs_kernel_shape *s, int threads) {
    const backward w = layout(NULL, s->attr, s->in);
    const frs_seq_dims *d = &w.d;
    int64_t n = frs__seq_line(frs__seq_packed_count(d->H, d->R)) +
                frs__seq_line(frs__seq_packed_count(d->F, d->R)) +
                frs__seq_line(w.groups * (partial_count(d) + d->R)) + threads * w.scratch_n;
    return (size_t)n * sizeof(float);
}

/* Rows of the product are the columns of w [G H, n]; its k are gates in [unit][gate] order. */
static void pack(const frs_seq_dims *d, const float *w, int64_t n, float *p) {
    const int64_t rows = FRS_UP(n, 4);
    for (int64_t r = 0; r < rows; r += frs__seq_panel(rows - r)) {
        const int64_t width = frs__seq_panel(rows - r);
        memset(p, 0, (size_t)(width * (1 + d->R)) * sizeof *p);
        p += width;
        for (int64_t k = 0; k < d->R; k++, p += width)
            for (int64_t j = 0; j < width && r + j < n && k < d->rows; j++)
                p[j] = w[(k % d->G * d->H + k / d->G) * n + r + j];
    }
}

static room rooms(const backward *w, float *p, int64_t L) {
    const frs_seq_dims *d = &w->d;
    const int64_t C = w->chunk;
    room r;
    r.x = frs__seq_carve(&p, C * d->F * L);
    r.h = frs__seq_carve(&p, (C + 1) * w->h_stride);
    r.d = frs__seq_carve(&p, C * w->d_stride);
    r.dx = frs__seq_carve(&p, C * FRS_UP(d->F, 4) * L);
    r.dh = frs__seq_carve(&p, FRS_UP(d->H, 4) * L);
    r.dstate = frs__seq_carve(&p, d->H * L);
    r.state0 = frs__seq_carve(&p, 2 * d->H * L);
    r.dy = p;
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

/* dh += gradient of the step's own output. */
static void add_dy(const backward *w, const frs_seq_block *b, int64_t t, const room *r) {
    const frs_seq_dims *d = &w->d;
    const float *dy = w->a->in[IN_DY];
    if (!dy || (d->last_only && t != d->T - 1)) return;
    if (d->last_only)
        frs__to_lanes(dy + b->first * d->H, d->H, d->H, b, r->dy);
    else
        frs__to_lanes(dy + (b->first * d->T + t) * d->H, d->T * d->H, d->H, b, r->dy);
    for (int64_t i = 0; i < d->H * b->lanes; i++) r->dh[i] += r->dy[i];
}

/* One step back: gates, then the shares of h before the step and of x. */
static void step(const backward *w, const frs_seq_block *b, int64_t t, int64_t slot,
                 const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes, HL = d->H * L, at = b->first * d->T;
    const float *kept = w->a->in[IN_KEPT] + at * d->H;
    const float *act = w->a->in[IN_ACT] + at * d->R + t * d->R * L;
    float *dg = r->d + slot * w->d_stride;
    add_dy(w, b, t, r);
    w->math->cell[d->cell].backward(
        &(frs_cell_back){.units = d->H,
                         .lanes = L,
                         .act = act,
                         .state_in = t > 0 ? kept + (t - 1) * HL : r->state0 + HL,
                         .state_out = kept + t * HL,
                         .dh = r->dh,
                         .d_state = r->dstate,
                         .d_gates = dg,
                         .h = r->h + (slot + 1) * w->h_stride,
                         .soon_act = t > 0 ? act - d->R * L : NULL,
                         .soon_state = t > 1 ? kept + (t - 2) * HL : r->state0});
    frs_product p = {.packed = w->w_hh,
                     .rows = FRS_UP(d->H, 4),
                     .lanes = L,
                     .v = {dg, dg},
                     .n = {d->R, 0},
                     .out = r->dh};
    w->math->product(&p);
    if (!w->a->out[OUT_DX]) return;
    p.packed = w->w_ih;
    p.rows = FRS_UP(d->F, 4);
    p.out = r->dx + slot * p.rows * L;
    w->math->product(&p);
}

static void chunk(const backward *w, const frs_seq_block *b, int64_t first, int64_t n,
                  float *partial, float *bias, const room *r) {
    const frs_seq_dims *d = &w->d;
    const int64_t L = b->lanes, HL = d->H * L, at = b->first * d->T, F4 = FRS_UP(d->F, 4);
    const float *x = w->a->in[IN_X] + (at + first) * d->F;
    frs__to_lanes(x, d->T * d->F, n * d->F, b, r->x);
    const int64_t soon = first < w->chunk ? first : w->chunk;
    frs__fetch_rows(x - soon * d->F, d->T * d->F, soon * d->F, b);
    if (first == 0)
        memcpy(r->h, r->state0, (size_t)HL * sizeof(float));
    else
        w->math->cell[d->cell].output(d->H, L,
                                      w->a->in[IN_ACT] + at * d->R + (first - 1) * d->R * L,
                                      w->a->in[IN_KEPT] + at * d->H + (first - 1) * HL, r->h);
    for (int64_t slot = n - 1; slot >= 0; slot--) step(w, b, first + slot, slot, r);
    frs_weight_grad g = {.d = r->d,
                         .v = r->x,
                         .d_stride = w->d_stride,
                         .v_stride = d->F * L,
                         .rows = d->R,
                         .n = d->F,
                         .steps = n,
                         .lanes = L,
                         .out = partial,
                         .out_stride = 4 * (d->F + d->H)};
    w->math->weight_grad(&g);
    g.v = r->h;
    g.v_stride = w->h_stride;
    g.n = d->H;
    g.out += 4 * d->F;
    w->math->weight_grad(&g);
    g.out = bias;
    w->math->row_sums(&g);
    for (int64_t slot = 0; slot < n && w->a->out[OUT_DX]; slot++)
        frs__from_lanes(r->dx + slot * F4 * L, d->F, b,
                        w->a->out[OUT_DX] + (at + first + slot) * d->F, d->T * d->F);
}

static void save_state(const backward *w, const frs_seq_block *b, int s, const float *from) {
    const frs_seq_dims *d = &w->d;
    float *to = w->a->out[OUT_DSTATE0];
    if (to) frs__from_lanes(from, d->H, b, to + (s * d->B + b->first) * d->H, d->H);
}

static void group(void *arg, int64_t index, int worker) {
    const backward *w = arg;
    const frs_seq_dims *d = &w->d;
    float *partial = w->partial + index * partial_count(d);
    float *bias = w->partial + w->groups * partial_count(d) + index * d->R;
    memset(partial, 0, (size_t)partial_count(d) * sizeof *partial);
    memset(bias, 0, (size_t)d->R * sizeof *bias);
    for (int64_t i = index; i < d->blocks; i += w->groups) {
        const frs_seq_block b = frs__seq_block(d, i);
        const room r = rooms(w, w->scratch + worker * w->scratch_n, b.lanes);
        memset(r.d, 0, (size_t)(w->chunk * w->d_stride) * sizeof(float));
        load_state(d, w->a->in[IN_DSTATE], 0, &b, r.dh);
        load_state(d, w->a->in[IN_STATE0], 0, &b, r.state0);
        if (d->S > 1) {
            load_state(d, w->a->in[IN_DSTATE], 1, &b, r.dstate);
            load_state(d, w->a->in[IN_STATE0], 1, &b, r.state0 + d->H * b.lanes);
        }
        for (int64_t end = d->T; end > 0;) {
            const int64_t n = end < w->chunk ? end : w->chunk;
            end -= n;
            chunk(w, &b, end, n, partial, bias, &r);
        }
        save_state(w, &b, 0, r.dh);
        if (d->S > 1) save_state(w, &b, 1, r.dstate);
    }
}

/* Four rows of gates: the groups' partial sums in order, to PyTorch's rows gate H + unit. */
static void reduce(void *arg, int64_t index, int worker) {
    (void)worker;
    const backward *w = arg;
    const frs_seq_dims *d = &w->d;
    const int64_t K = d->F + d->H, n = partial_count(d);
    float *const *out = w->a->out;
    for (int64_t j = 0; j < 4 && index * 4 + j < d->rows; j++) {
        const int64_t r = index * 4 + j, row = r % d->G * d->H + r / d->G;
        for (int64_t k = 0; k < K; k++) {
            float sum = 0;
            for (int64_t g = 0; g < w->groups; g++)
                sum += w->partial[g * n + (index * K + k) * 4 + j];
            float *to = k < d->F ? out[OUT_DW_IH] : out[OUT_DW_HH];
            if (to) to[k < d->F ? row * d->F + k : row * d->H + k - d->F] = sum;
        }
        float sum = 0;
        for (int64_t g = 0; g < w->groups; g++) sum += w->partial[w->groups * n + g * d->R + r];
        if (out[OUT_DB_IH]) out[OUT_DB_IH][row] = sum;
        if (out[OUT_DB_HH]) out[OUT_DB_HH][row] = sum;
    }
}

void frs__seq_grad_run(const frs_kernel_args *a) {
    backward w = layout(a, a->attr, a->in_shape);
    const frs_seq_dims *d = &w.d;
    w.math = frs__seq_math(a->isa);
    float *p = a->scratch;
    w.w_hh = frs__seq_carve(&p, frs__seq_packed_count(d->H, d->R));
    w.w_ih = frs__seq_carve(&p, frs__seq_packed_count(d->F, d->R));
    w.partial = frs__seq_carve(&p, w.groups * (partial_count(d) + d->R));
    w.scratch = p;
    pack(d, a->in[IN_W_HH], d->H, w.w_hh);
    if (a->out[OUT_DX]) pack(d, a->in[IN_W_IH], d->F, w.w_ih);
    frs__parallel(a->ctx, w.groups, group, &w);
    frs__parallel(a->ctx, d->R / 4, reduce, &w);
}
