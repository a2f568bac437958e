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
    int64_t steps;                /* of x in lanes at once */
    float *packed[FRS_ROW_KINDS]; /* weights of the rows of each kind */
    frs_bf16 *packed16; /* bfloat16: all rows by X16 and H, and their biases 16 times over */
    float *bias16;
    float *scratch;
    int64_t scratch_n; /* floats a worker */
} forward;

static const float *optional(const frs_kernel_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
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

/* Values that the rows of a kind meet: of x and of h. */
static int64_t of_x(const frs_seq_dims *d, int kind) {
    return kind == FRS_ROWS_H ? 0 : d->F;
}
static int64_t of_h(const frs_seq_dims *d, int kind) {
    return kind == FRS_ROWS_X ? 0 : d->H;
}

static int64_t packed_count(const frs_seq_dims *d, int kind) {
    return frs__seq_line(frs__seq_packed_count(d->R[kind], of_x(d, kind) + of_h(d, kind)));
}

static int64_t rows16(const frs_seq_dims *d) {
    return FRS_AMX_UP(d->rows, FRS_AMX_ROWS);
}

static int64_t gate_rows(const frs_seq_dims *d) {
    return d->n[0] + d->n[1] + d->n[2];
}

/* Of a block: x, h before and after, the second state, one state of old, the fixed gate, gates,
 * what the pre-activations start from.
 * A series alone needs less: all gates of a unit, its states and its fixed gate. */
static int64_t worker_floats(const frs_seq_dims *d) {
    const int64_t gates = UNITS * gate_rows(d) + FRS_ROW_KINDS * FRS_SEQ_PANEL;
    int64_t n = FRS_SEQ_BLOCK * (input_steps(d) * d->F + 5 * d->H + gates + rows16(d));
    if (d->bfloat16) /* all gates at once, pairs, what is kept of a step */
        n += FRS_SEQ_BLOCK * (rows16(d) + FRS_AMX_UP(d->K16, FRS_AMX_K) / 2 + d->A + d->H);
    return n;
}

static int64_t bfloat16_floats(const frs_seq_dims *d) {
    if (!d->bfloat16) return 0;
    return frs__seq_line(frs__amx_packed_count(d->rows, d->K16) / 2) + rows16(d) * FRS_AMX_ROWS;
}

size_t frs__seq_scratch(const frs_kernel_shape *s, int threads) {
    frs_seq_dims d = frs__seq_dims(s->attr, &s->in[FRS_SEQ_X], &s->in[FRS_SEQ_W_HH], true);
    int64_t n = threads * frs__seq_line(worker_floats(&d));
    for (int k = 0; k < FRS_ROW_KINDS; k++) n += packed_count(&d, k);
    return (size_t)(n + bfloat16_floats(&d)) * sizeof(float);
}

/* Panels of the rows of a kind: biases summed, then w_ih, then w_hh, k by k. */
static void pack(const forward *f, int kind) {
    const frs_seq_dims *d = &f->d;
    const float *const *in = f->a->in;
    const int64_t nx = of_x(d, kind), nh = of_h(d, kind), rows = d->R[kind];
    int64_t first = 0;
    for (int k = 0; k < kind; k++) first += d->R[k];
    float *p = f->packed[kind];
    for (int64_t r = 0; r < rows; r += frs__seq_panel(rows - r)) {
        const int64_t width = frs__seq_panel(rows - r);
        for (int64_t j = 0; j < width; j++) {
            const int64_t row = frs__seq_weight_row(d, first + r + j);
            const bool real = row >= 0;
            float *to = p + j;
            *to = 0;
            if (real && nx) *to += in[FRS_SEQ_B_IH][row];
            if (real && nh) *to += in[FRS_SEQ_B_HH][row];
            for (int64_t k = 0; k < nx; k++)
                *(to += width) = real ? in[FRS_SEQ_W_IH][row * nx + k] : 0.0f;
            for (int64_t k = 0; k < nh; k++)
                *(to += width) = real ? in[FRS_SEQ_W_HH][row * nh + k] : 0.0f;
        }
        p += width * (1 + nx + nh);
    }
}

/* Of an inner row. */
static float bias_of(const forward *f, int64_t r) {
    const frs_seq_dims *d = &f->d;
    const int64_t row = r < d->rows ? frs__seq_weight_row(d, r) : -1;
    float sum = 0;
    if (row >= 0 && r < frs__seq_x_rows(d)) sum += f->a->in[FRS_SEQ_B_IH][row];
    if (row >= 0 && r >= d->R[0]) sum += f->a->in[FRS_SEQ_B_HH][row];
    return sum;
}

/* All rows at once; what a row does not meet is 0. */
static void pack16(const forward *f) {
    const frs_seq_dims *d = &f->d;
    const float *const *in = f->a->in;
    memset(f->packed16, 0, (size_t)frs__amx_packed_count(d->rows, d->K16) * sizeof *f->packed16);
    for (int64_t r = 0; r < rows16(d); r++) {
        const int64_t row = r < d->rows ? frs__seq_weight_row(d, r) : -1;
        const bool x = row >= 0 && r < frs__seq_x_rows(d), h = row >= 0 && r >= d->R[0];
        if (x) frs__amx_pack_row(in[FRS_SEQ_W_IH] + row * d->F, d->F, r, d->K16, 0, f->packed16);
        if (h)
            frs__amx_pack_row(in[FRS_SEQ_W_HH] + row * d->H, d->H, r, d->K16, d->X16, f->packed16);
        for (int k = 0; k < FRS_AMX_ROWS; k++) f->bias16[r * FRS_AMX_ROWS + k] = bias_of(f, r);
    }
}

/* What a worker holds of its block. act, kept, gates16, pairs: bfloat16 alone. */
typedef struct room {
    float *x, *h, *h_next, *carried, *old, *fixed, *gates, *gates16, *act, *kept;
    float *start; /* [rows][L]: biases and the constant share; NULL: none */
    frs_bf16 *pairs;
} room;

static room rooms(const forward *f, int worker, int64_t L) {
    const frs_seq_dims *d = &f->d;
    float *p = f->scratch + worker * f->scratch_n;
    room r = {0};
    r.x = frs__seq_carve(&p, f->steps * d->F * L);
    r.h = frs__seq_carve(&p, d->H * L);
    r.h_next = frs__seq_carve(&p, d->H * L);
    r.carried = frs__seq_carve(&p, d->H * L);
    r.old = frs__seq_carve(&p, d->H * L);
    r.fixed = frs__seq_carve(&p, d->H * L);
    r.gates = frs__seq_carve(&p, (UNITS * gate_rows(d) + FRS_ROW_KINDS * FRS_SEQ_PANEL) * L);
    if (optional(f->a, FRS_SEQ_CONSTANT)) r.start = frs__seq_carve(&p, rows16(d) * L);
    if (!d->bfloat16) return r;
    r.gates16 = frs__seq_carve(&p, rows16(d) * L);
    r.act = frs__seq_carve(&p, d->A * L);
    r.kept = frs__seq_carve(&p, d->H * L);
    r.pairs = (frs_bf16 *)p;
    memset(r.pairs, 0, (size_t)(FRS_AMX_UP(d->K16, FRS_AMX_K) * L) * sizeof *r.pairs);
    return r;
}

/* One step of a block: the gates of a few units at a time, activated while in the first cache. */
static void step(const forward *f, const room *r, const float *x, frs_cell_step c) {
    const frs_seq_dims *d = &f->d;
    const int64_t L = c.lanes;
    for (int64_t u = 0; u < d->H; u += UNITS) {
        float *gates = r->gates;
        const float *start = r->start;
        c.units = d->H - u < UNITS ? d->H - u : UNITS;
        for (int k = 0; k < FRS_ROW_KINDS; k++) {
            if (!d->n[k]) continue;
            const int64_t nx = of_x(d, k), nh = of_h(d, k), K = 1 + nx + nh;
            const frs_product p = {.packed = f->packed[k] + u * d->n[k] * K,
                                   .rows = FRS_UP(c.units * d->n[k], FRS_SEQ_PANEL),
                                   .lanes = L,
                                   .v = {x, r->h},
                                   .n = {nx, nh},
                                   .start = start ? start + u * d->n[k] * L : NULL,
                                   .out = gates};
            f->math->product(&p);
            c.gates[k] = gates;
            gates += p.rows * L;
            if (start) start += d->R[k] * L;
        }
        f->math->cell[d->kind].forward(&c);
        c.state += UNITS * L;
        c.h_in += UNITS * L;
        c.h += UNITS * L;
        if (c.fixed) c.fixed += UNITS * L;
        if (!c.kept) continue;
        c.act += UNITS * d->cell->acts * L;
        c.kept += UNITS * L;
    }
}

/* The same with all gates by one product. */
static void step16(const forward *f, const room *r, const float *x, frs_cell_step c) {
    const frs_seq_dims *d = &f->d;
    float *gates = r->gates16;
    frs__amx_pairs(x, d->F, c.lanes, 0, r->pairs);
    frs__amx_pairs(r->h, d->H, c.lanes, d->X16, r->pairs);
    frs__amx_product(&(frs_amx_product){.packed = f->packed16,
                                        .pairs = r->pairs,
                                        .start = r->start ? r->start : f->bias16,
                                        .start_lanes = r->start ? c.lanes : FRS_AMX_ROWS,
                                        .rows = d->rows,
                                        .n = d->K16,
                                        .lanes = c.lanes,
                                        .out = gates});
    c.units = d->H;
    for (int k = 0; k < FRS_ROW_KINDS; k++) {
        c.gates[k] = gates;
        gates += d->R[k] * c.lanes;
    }
    f->math->cell[d->kind].forward(&c);
}

/* state_n of one state: lanes to [B, H], or the reverse (NULL: zero). */
static void load_state(const forward *f, int s, const frs_seq_block *b, float *lanes) {
    const frs_seq_dims *d = &f->d;
    const float *from = optional(f->a, FRS_SEQ_STATE0);
    if (from)
        frs__to_lanes(from + (s * d->B + b->first) * d->H, d->H, d->H, b, lanes);
    else
        memset(lanes, 0, (size_t)(d->H * b->lanes) * sizeof *lanes);
}

static void save_state(const forward *f, int s, const frs_seq_block *b, const float *lanes) {
    const frs_seq_dims *d = &f->d;
    float *to = f->a->out[FRS_SEQ_STATE];
    if (to) frs__from_lanes(lanes, d->H, b, to + (s * d->B + b->first) * d->H, d->H);
}

static void save_y(const forward *f, int64_t s, const frs_seq_block *b, const float *h) {
    const frs_seq_dims *d = &f->d;
    float *y = f->a->out[FRS_SEQ_Y];
    if (!y) return;
    if (!d->last_only)
        frs__from_lanes(h, d->H, b, y + (b->first * d->T + frs__seq_time(d, s)) * d->H,
                        d->T * d->H);
    else if (s == d->T - 1)
        frs__from_lanes(h, d->H, b, y + b->first * d->H, d->H);
}

/* The next steps of x, in the order of time, and a hint for those after them. */
static void load_x(const forward *f, const frs_seq_block *b, int64_t s, float *x) {
    const frs_seq_dims *d = &f->d;
    const int64_t ld = d->T * d->F, left = d->T - s, n = left < f->steps ? left : f->steps;
    const int64_t soon = left - n < f->steps ? left - n : f->steps;
    const float *from = f->a->in[FRS_SEQ_X] + b->first * ld;
    const int64_t at = d->reverse ? left - n : s;
    frs__to_lanes(from + at * d->F, ld, n * d->F, b, x);
    frs__fetch_rows(from + (d->reverse ? at - soon : at + n) * d->F, ld, soon * d->F, b);
}

/* x of a step among those that load_x took in last. */
static const float *x_of(const forward *f, int64_t s, int64_t L, const float *x) {
    const int64_t K = f->steps, slot = s % K, left = f->d.T - (s - slot);
    const int64_t n = left < K ? left : K;
    return x + (f->d.reverse ? n - 1 - slot : slot) * f->d.F * L;
}

/* Where a step's mask is 0 the states stay, in what is kept as well. h is kept, too, then. */
static void hold(const forward *f, const frs_seq_block *b, int64_t s, const room *r,
                 const frs_cell_step *c) {
    const frs_seq_dims *d = &f->d;
    const frs_seq_mask m = {b, f->a->in[FRS_SEQ_MASK], d->T, frs__seq_time(d, s)};
    const int64_t n = d->H * b->lanes;
    if (frs__seq_hold(&m, d->H, r->h_next, r->h) && d->S > 1)
        frs__seq_hold(&m, d->H, r->carried, r->old);
    if (!c->kept) return;
    memcpy(c->kept, d->cell->kept == 0 ? r->h_next : r->carried, (size_t)n * sizeof(float));
    memcpy(c->act + d->cell->acts * n, r->h_next, (size_t)n * sizeof(float));
}

/* Biases and, where x has a share, the constant. */
static void load_constant(const forward *f, const frs_seq_block *b, float *start) {
    const frs_seq_dims *d = &f->d;
    const int64_t G = d->cell->gates * d->H;
    const float *constant = f->a->in[FRS_SEQ_CONSTANT] + b->first * G;
    for (int64_t r = 0; r < rows16(d); r++, start += b->lanes) {
        const int64_t row = r < frs__seq_x_rows(d) ? frs__seq_weight_row(d, r) : -1;
        for (int64_t lane = 0; lane < b->lanes; lane++) start[lane] = bias_of(f, r);
        for (int64_t lane = 0; lane < b->valid && row >= 0; lane++)
            start[lane] += constant[lane * G + row];
    }
}

static void start(const forward *f, const frs_seq_block *b, const room *r) {
    const frs_seq_dims *d = &f->d;
    load_state(f, 0, b, r->h);
    if (d->S > 1) load_state(f, 1, b, r->carried);
    if (d->cell->fixed)
        frs__to_lanes(f->a->in[FRS_SEQ_FIXED] + b->first * d->H, d->H, d->H, b, r->fixed);
    if (r->start) load_constant(f, b, r->start);
}

static void block(void *arg, int64_t index, int worker) {
    const forward *f = arg;
    const frs_seq_dims *d = &f->d;
    const frs_seq_block b = frs__seq_block(d, index);
    const int64_t L = b.lanes;
    room r = rooms(f, worker, L);
    float *kept = f->a->out[FRS_SEQ_KEPT];
    frs_bf16 *act16 = (frs_bf16 *)f->a->out[FRS_SEQ_ACT], *kept16 = (frs_bf16 *)kept;
    start(f, &b, &r);
    frs_cell_step c = {.lanes = L, .state = r.carried, .fixed = d->cell->fixed ? r.fixed : NULL};
    if (kept) {
        c.act = f->a->out[FRS_SEQ_ACT] + b.first * d->T * d->A;
        c.kept = kept + b.first * d->T * d->H;
        c.past_caches = !d->bfloat16 && !d->masked;
    }
    if (d->bfloat16) {
        c.act = r.act, c.kept = r.kept;
        act16 += b.first * d->T * d->A, kept16 += b.first * d->T * d->H;
        frs__amx_begin();
    }
    for (int64_t s = 0; s < d->T; s++) {
        if (s % f->steps == 0) load_x(f, &b, s, r.x);
        if (d->masked && d->S > 1) memcpy(r.old, r.carried, (size_t)(d->H * L) * sizeof(float));
        c.h_in = r.h;
        c.h = r.h_next;
        if (d->bfloat16)
            step16(f, &r, x_of(f, s, L, r.x), c);
        else
            step(f, &r, x_of(f, s, L, r.x), c);
        if (d->masked) hold(f, &b, s, &r, &c);
        if (d->bfloat16) {
            frs__amx_narrow(r.act, d->A * L, act16 + s * d->A * L);
            frs__amx_narrow(r.kept, d->H * L, kept16 + s * d->H * L);
        } else if (kept)
            c.act += d->A * L, c.kept += d->H * L;
        float *swap = r.h;
        r.h = r.h_next;
        r.h_next = swap;
        save_y(f, s, &b, r.h);
    }
    save_state(f, 0, &b, r.h);
    if (d->S > 1) save_state(f, 1, &b, r.carried);
    if (d->bfloat16) frs__amx_end();
    atomic_thread_fence(memory_order_seq_cst); /* the activations went past the caches */
}

/* Pre-activations of one series at one time: gates[kind] [gates of the kind][L]. b_ih: with the
 * constant share. */
static void thin_gates(const forward *f, int64_t row, const float *h, const float *b_ih,
                       float *const *gates, int64_t L) {
    const frs_seq_dims *d = &f->d;
    const float *const *in = f->a->in;
    const int64_t H = d->H;
    for (int k = 0; k < FRS_ROW_KINDS; k++)
        for (int64_t g = 0; g < d->n[k]; g++) {
            const int64_t first = (d->cell->first[k] + g) * H;
            frs_thin t = {.rows = H, .out = gates[k] + g * L};
            if (of_x(d, k)) {
                t.wa = in[FRS_SEQ_W_IH] + first * d->F;
                t.bias_a = b_ih + first;
                t.a = in[FRS_SEQ_X] + row * d->F;
                t.na = d->F;
            }
            if (of_h(d, k)) {
                t.wb = in[FRS_SEQ_W_HH] + first * H;
                t.bias_b = in[FRS_SEQ_B_HH] + first;
                t.b = h;
                t.nb = H;
            }
            f->math->thin(&t);
        }
}

/* One series alone: dot products with the weights as they stand. The gates of all units are one
 * "unit" whose lanes are the units, so the same cell serves. */
static void series(void *arg, int64_t index, int worker) {
    const forward *f = arg;
    const frs_seq_dims *d = &f->d;
    const float *start = optional(f->a, FRS_SEQ_STATE0), *mask = optional(f->a, FRS_SEQ_MASK);
    const float *constant = optional(f->a, FRS_SEQ_CONSTANT), *b_ih = f->a->in[FRS_SEQ_B_IH];
    const int64_t H = d->H, L = FRS_UP(H, FRS_SEQ_LANES), n_gates = gate_rows(d);
    const size_t bytes = (size_t)H * sizeof(float);
    float *all = f->scratch + worker * f->scratch_n, *h = all + n_gates * L;
    float *fixed = h + d->S * L, *bias = fixed + L, *y = f->a->out[FRS_SEQ_Y],
          *state_n = f->a->out[FRS_SEQ_STATE];
    float *gates[FRS_ROW_KINDS] = {all, all + d->n[0] * L, all + (d->n[0] + d->n[1]) * L};
    memset(all, 0, (size_t)((n_gates + d->S + 1) * L) * sizeof *all);
    for (int64_t s = 0; s < d->S && start; s++)
        memcpy(h + s * L, start + (s * d->B + index) * H, bytes);
    if (d->cell->fixed) memcpy(fixed, f->a->in[FRS_SEQ_FIXED] + index * H, bytes);
    if (constant) {
        const int64_t G = d->cell->gates * H;
        for (int64_t i = 0; i < G; i++) bias[i] = b_ih[i] + constant[index * G + i];
        b_ih = bias;
    }
    const frs_cell_step c = {.units = 1,
                             .lanes = L,
                             .gates = {gates[0], gates[1], gates[2]},
                             .fixed = fixed,
                             .h_in = h,
                             .state = h + L,
                             .h = h};
    for (int64_t s = 0; s < d->T; s++) {
        const int64_t row = index * d->T + frs__seq_time(d, s);
        if (!mask || mask[row] > 0) {
            thin_gates(f, row, h, b_ih, gates, L);
            f->math->cell[d->kind].forward(&c);
        }
        if (y && !d->last_only) memcpy(y + row * H, h, bytes);
    }
    if (y && d->last_only) memcpy(y + index * H, h, bytes);
    for (int64_t s = 0; s < d->S && state_n; s++)
        memcpy(state_n + (s * d->B + index) * H, h + s * L, bytes);
}

void frs__seq_run(const frs_kernel_args *a) {
    forward f = {.a = a, .math = frs__seq_math(a->isa)};
    f.d = frs__seq_dims(a->attr, &a->in_shape[FRS_SEQ_X], &a->in_shape[FRS_SEQ_W_HH],
                        optional(a, FRS_SEQ_MASK) != NULL);
    f.steps = input_steps(&f.d);
    float *p = a->scratch;
    for (int k = 0; k < FRS_ROW_KINDS; k++) f.packed[k] = frs__seq_carve(&p, packed_count(&f.d, k));
    if (f.d.bfloat16) {
        f.packed16 = (frs_bf16 *)frs__seq_carve(&p, frs__amx_packed_count(f.d.rows, f.d.K16) / 2);
        f.bias16 = frs__seq_carve(&p, rows16(&f.d) * FRS_AMX_ROWS);
    }
    f.scratch = p;
    f.scratch_n = frs__seq_line(worker_floats(&f.d));
    if (thin(&f.d, a->out[FRS_SEQ_KEPT] != NULL)) {
        frs__parallel(a->ctx, f.d.B, series, &f);
        return;
    }
    for (int k = 0; k < FRS_ROW_KINDS && !f.d.bfloat16; k++) pack(&f, k);
    if (f.d.bfloat16) pack16(&f);
    frs__parallel(a->ctx, f.d.blocks, block, &f);
}
