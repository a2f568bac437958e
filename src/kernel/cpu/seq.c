/* The sequence driver, forward (seq.h). */
#include "kernel/cpu/seq.h"

#include <stdatomic.h>
#include <string.h>

#define UNITS        12 /* units whose gates are computed and activated together: first cache */
#define INPUT_FLOATS 96 /* values of x a lane that are turned into lanes at once */
#define THIN_ROWS    4  /* up to so many series are stepped one by one, without packing */

typedef struct forward {
    const frs_kernel_args *a;
    const frs_seq_math *math;
    frs_seq_dims d;
    int64_t steps; /* of x in lanes at once */
    float *packed, *scratch;
    int64_t scratch_n; /* floats a worker */
} forward;

enum { IN_X, IN_W_IH, IN_W_HH, IN_B_IH, IN_B_HH, IN_STATE0 };
enum { OUT_Y, OUT_STATE, OUT_ACT, OUT_KEPT };

static const float *state0(const frs_kernel_args *a) {
    return a->n_in > IN_STATE0 ? a->in[IN_STATE0] : NULL;
}

bool frs__seq_fits(const frs_kernel_shape *s) {
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < s->in[i].rank; j++)
            if (s->in[i].dim[j] < 1) return false;
    return true;
}

static bool thin(const frs_seq_dims *d, bool keep) {
    return !keep && d->B <= THIN_ROWS;
}

static int64_t input_steps(const frs_seq_dims *d) {
    int64_t n = INPUT_FLOATS / d->F;
    return n < 1 ? 1 : n > d->T ? d->T : n;
}

/* Of a block; a series alone needs less: (G + S) H. */
static int64_t worker_floats(const frs_seq_dims *d) {
    return FRS_SEQ_BLOCK * (input_steps(d) * d->F + (d->S + 1) * d->H + UNITS * d->G + 4);
}

size_t frs__seq_scratch(const frs_kernel_shape *s, int threads) {
    frs_seq_dims d = frs__seq_dims(s->attr, &s->in[IN_X], &s->in[IN_W_HH]);
    int64_t n = frs__seq_line(frs__seq_packed_count(d.R, d.F + d.H)) +
                threads * frs__seq_line(worker_floats(&d));
    return (size_t)n * sizeof(float);
}

/* Panels of rows [unit][gate]: the two biases summed, then w_ih, then w_hh, k by k. */
static void pack(const forward *f) {
    const frs_seq_dims *d = &f->d;
    const float *const *in = f->a->in;
    float *p = f->packed;
    for (int64_t r = 0; r < d->R; r += frs__seq_panel(d->R - r)) {
        const int64_t width = frs__seq_panel(d->R - r);
        for (int64_t j = 0; j < width; j++) {
            const int64_t row = (r + j) % d->G * d->H + (r + j) / d->G;
            const bool real = r + j < d->rows;
            float *to = p + j;
            *to = real ? in[IN_B_IH][row] + in[IN_B_HH][row] : 0.0f;
            for (int64_t k = 0; k < d->F; k++)
                *(to += width) = real ? in[IN_W_IH][row * d->F + k] : 0.0f;
            for (int64_t k = 0; k < d->H; k++)
                *(to += width) = real ? in[IN_W_HH][row * d->H + k] : 0.0f;
        }
        p += width * (1 + d->F + d->H);
    }
}

/* One step of a block: the gates of a few units at a time, activated while in the first cache. */
static void step(const forward *f, frs_product p, frs_cell_step c, float *gates) {
    const frs_seq_dims *d = &f->d;
    const int64_t L = p.lanes, K = 1 + d->F + d->H;
    const frs_cell *cell = &f->math->cell[d->cell];
    p.out = gates;
    c.gates = gates;
    for (int64_t u = 0; u < d->H; u += UNITS) {
        c.units = d->H - u < UNITS ? d->H - u : UNITS;
        p.rows = FRS_UP(c.units * d->G, FRS_SEQ_PANEL);
        f->math->product(&p);
        cell->forward(&c);
        p.packed += UNITS * d->G * K;
        c.state += UNITS * L;
        c.h += UNITS * L;
        if (!c.act) continue;
        c.act += UNITS * d->G * L;
        c.kept += UNITS * L;
    }
}

/* state_n of one state: lanes to [B, H], or the reverse (NULL: zero). */
static void load_state(const forward *f, int s, const frs_seq_block *b, float *lanes) {
    const frs_seq_dims *d = &f->d;
    const float *from = state0(f->a);
    if (from)
        frs__to_lanes(from + (s * d->B + b->first) * d->H, d->H, d->H, b, lanes);
    else
        memset(lanes, 0, (size_t)(d->H * b->lanes) * sizeof *lanes);
}

static void save_state(const forward *f, int s, const frs_seq_block *b, const float *lanes) {
    const frs_seq_dims *d = &f->d;
    float *to = f->a->out[OUT_STATE];
    if (to) frs__from_lanes(lanes, d->H, b, to + (s * d->B + b->first) * d->H, d->H);
}

static void save_y(const forward *f, int64_t t, const frs_seq_block *b, const float *h) {
    const frs_seq_dims *d = &f->d;
    float *y = f->a->out[OUT_Y];
    if (!y) return;
    if (!d->last_only)
        frs__from_lanes(h, d->H, b, y + (b->first * d->T + t) * d->H, d->T * d->H);
    else if (t == d->T - 1)
        frs__from_lanes(h, d->H, b, y + b->first * d->H, d->H);
}

/* The next steps of x, and a hint for those after them. */
static void load_x(const forward *f, const frs_seq_block *b, int64_t t, float *x) {
    const frs_seq_dims *d = &f->d;
    const int64_t ld = d->T * d->F, left = (d->T - t) * d->F, n = f->steps * d->F;
    const float *from = f->a->in[IN_X] + b->first * ld + t * d->F;
    frs__to_lanes(from, ld, left < n ? left : n, b, x);
    if (left > n) frs__fetch_rows(from + n, ld, left - n < n ? left - n : n, b);
}

static void block(void *arg, int64_t index, int worker) {
    const forward *f = arg;
    const frs_seq_dims *d = &f->d;
    const frs_seq_block b = frs__seq_block(d, index);
    const int64_t L = b.lanes, K = f->steps;
    float *p = f->scratch + worker * f->scratch_n;
    float *x = frs__seq_carve(&p, K * d->F * L), *h = frs__seq_carve(&p, d->H * L);
    float *h_next = frs__seq_carve(&p, d->H * L),
          *carried = frs__seq_carve(&p, (d->S - 1) * d->H * L);
    float *gates = p, *act = f->a->out[OUT_ACT], *kept = f->a->out[OUT_KEPT];
    load_state(f, 0, &b, h);
    if (d->S > 1) load_state(f, 1, &b, carried);
    frs_product product = {.packed = f->packed, .lanes = L, .n = {d->F, d->H}};
    frs_cell_step cell = {.lanes = L, .state = carried};
    if (act && kept)
        cell.act = act + b.first * d->T * d->R, cell.kept = kept + b.first * d->T * d->H;
    for (int64_t t = 0; t < d->T; t++) {
        if (t % K == 0) load_x(f, &b, t, x);
        product.v[0] = x + t % K * d->F * L;
        product.v[1] = h;
        cell.h = h_next;
        step(f, product, cell, gates);
        if (cell.act) cell.act += d->R * L, cell.kept += d->H * L;
        float *swap = h;
        h = h_next;
        h_next = swap;
        save_y(f, t, &b, h);
    }
    save_state(f, 0, &b, h);
    if (d->S > 1) save_state(f, 1, &b, carried);
    atomic_thread_fence(memory_order_seq_cst); /* the activations went past the caches */
}

/* One series alone: dot products with the weights as they stand. The gates of all units are one
 * "unit" whose lanes are the units, so the same cell serves. */
static void series(void *arg, int64_t index, int worker) {
    const forward *f = arg;
    const frs_seq_dims *d = &f->d;
    const float *const *in = f->a->in, *start = state0(f->a);
    const int64_t H = d->H, L = FRS_UP(H, FRS_SEQ_LANES);
    float *gates = f->scratch + worker * f->scratch_n, *h = gates + d->G * L, *state = h + L;
    float *y = f->a->out[OUT_Y], *state_n = f->a->out[OUT_STATE];
    memset(gates, 0, (size_t)((d->G + d->S) * L) * sizeof *gates);
    for (int64_t s = 0; s < d->S && start; s++)
        memcpy(h + s * L, start + (s * d->B + index) * H, (size_t)H * sizeof *h);
    for (int64_t t = 0; t < d->T; t++) {
        for (int64_t g = 0; g < d->G; g++)
            f->math->thin(&(frs_thin){.wa = in[IN_W_IH] + g * H * d->F,
                                      .wb = in[IN_W_HH] + g * H * H,
                                      .bias_a = in[IN_B_IH] + g * H,
                                      .bias_b = in[IN_B_HH] + g * H,
                                      .a = in[IN_X] + (index * d->T + t) * d->F,
                                      .b = h,
                                      .rows = H,
                                      .na = d->F,
                                      .nb = H,
                                      .out = gates + g * L});
        f->math->cell[d->cell].forward(
            &(frs_cell_step){.units = 1, .lanes = L, .gates = gates, .state = state, .h = h});
        if (y && !d->last_only) memcpy(y + (index * d->T + t) * H, h, (size_t)H * sizeof *h);
    }
    if (y && d->last_only) memcpy(y + index * H, h, (size_t)H * sizeof *h);
    for (int64_t s = 0; s < d->S && state_n; s++)
        memcpy(state_n + (s * d->B + index) * H, h + s * L, (size_t)H * sizeof *h);
}

void frs__seq_run(const frs_kernel_args *a) {
    forward f = {.a = a, .math = frs__seq_math(a->isa)};
    f.d = frs__seq_dims(a->attr, &a->in_shape[IN_X], &a->in_shape[IN_W_HH]);
    f.steps = input_steps(&f.d);
    float *p = a->scratch;
    f.packed = frs__seq_carve(&p, frs__seq_packed_count(f.d.R, f.d.F + f.d.H));
    f.scratch = p;
    f.scratch_n = frs__seq_line(worker_floats(&f.d));
    if (thin(&f.d, a->out[OUT_ACT])) {
        frs__parallel(a->ctx, f.d.B, series, &f);
    } else {
        pack(&f);
        frs__parallel(a->ctx, f.d.blocks, block, &f);
    }
}
