/* The references of ops "seq" and "seq_grad" (seq.c), in double: the loop over rows and steps that
 * all cells share; their equations are in seq_cells.c. Kept by the reference, at the start of
 * outputs 2 and 3: activations [B,T,acts,H] (with a mask h after them), the kept state [B,T,H].
 *
 * Step s of a sequence is time s, reversed T-1-s. A step whose mask is not above 0 leaves the state
 * as it was. */
#include "op/seq_reference.h"

#include <math.h>
#include <string.h>

#include "op/seq_cells.h"

enum { MAX_H = FRS_SEQ_MAX_HIDDEN, MAX_GATES = 4 };
typedef struct problem {
    const frs_ref_args *a;
    const frs_seq_attr *attr;
    const frs_cell_dims *cell;
    const frs_ref_cell *math;
    int64_t B, T, F, H, G;      /* G: gates times H */
    int acts;                   /* with the mask's h */
    const double *fixed, *mask; /* or NULL */
    const double *constant;     /* or NULL; the gradient does not need it */
    const double *state0;
} problem;

static const double *optional(const frs_ref_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
}

static problem problem_of(const frs_ref_args *a, bool back) {
    const frs_seq_attr *attr = a->attr;
    const int64_t *x = a->in_shape[FRS_SEQ_X].dim;
    problem p = {.a = a,
                 .attr = attr,
                 .cell = frs__cell_dims(attr->cell),
                 .math = frs__ref_cell(attr->cell),
                 .B = x[0],
                 .T = x[1],
                 .F = x[2],
                 .H = a->in_shape[FRS_SEQ_W_HH].dim[1],
                 .fixed = optional(a, back ? FRS_SEQ_G_FIXED : FRS_SEQ_FIXED),
                 .mask = optional(a, back ? FRS_SEQ_G_MASK : FRS_SEQ_MASK),
                 .constant = back ? NULL : optional(a, FRS_SEQ_CONSTANT),
                 .state0 = optional(a, back ? FRS_SEQ_G_STATE0 : FRS_SEQ_STATE0)};
    p.G = p.cell->gates * p.H;
    p.acts = frs__seq_acts(attr->cell, p.mask != NULL);
    return p;
}

static int64_t time_of(const problem *p, int64_t step) {
    return p->attr->reverse ? p->T - 1 - step : step;
}

static bool masked(const problem *p, int64_t b, int64_t step) {
    return p->mask && !(p->mask[b * p->T + time_of(p, step)] > 0);
}

/* The weights of x or of h are as wide as these; biases stand two inputs after their weights. */
static int64_t width(const problem *p, int w) {
    return w == FRS_SEQ_W_IH ? p->F : p->H;
}
enum { BIAS_OF = FRS_SEQ_B_IH - FRS_SEQ_W_IH };

/* out[G] = b + W v */
static void product(const problem *p, int w, const double *v, double *out) {
    const double *const *in = p->a->in;
    const int64_t n = width(p, w);
    for (int64_t row = 0; row < p->G; row++) {
        out[row] = in[w + BIAS_OF][row];
        for (int64_t k = 0; k < n; k++) out[row] += in[w][row * n + k] * v[k];
    }
}

/* The states before the first step: h, c [H]. */
static void first_state(const problem *p, int64_t b, double *h, double *c) {
    for (int64_t u = 0; u < p->H; u++) {
        h[u] = p->state0 ? p->state0[b * p->H + u] : 0;
        c[u] = p->state0 && p->cell->states > 1 ? p->state0[(p->B + b) * p->H + u] : 0;
    }
}

/* One step of one row, what it changes and, where they are not NULL, what it keeps: act [acts][H],
 * kept [H]. */
typedef struct place {
    int64_t b, step;
    double *h, *c, *act, *kept;
} place;

static void one_step(const problem *p, const place *at) {
    const int64_t b = at->b, step = at->step;
    double *h = at->h, *c = at->c, *act = at->act, *kept = at->kept;
    double ax[MAX_GATES * MAX_H], ah[MAX_GATES * MAX_H], none[MAX_GATES * MAX_H];
    const size_t row = (size_t)p->H * sizeof *h;
    const double *x = p->a->in[FRS_SEQ_X] + (b * p->T + time_of(p, step)) * p->F;
    if (!masked(p, b, step)) {
        product(p, FRS_SEQ_W_IH, x, ax);
        for (int64_t i = 0; p->constant && i < p->G; i++) ax[i] += p->constant[b * p->G + i];
        product(p, FRS_SEQ_W_HH, h, ah);
        p->math->forward(&(frs_ref_step){.H = p->H,
                                         .ax = ax,
                                         .ah = ah,
                                         .fixed = p->fixed ? p->fixed + b * p->H : NULL,
                                         .h = h,
                                         .c = c,
                                         .act = act ? act : none});
    }
    if (act && p->mask) memcpy(act + p->cell->acts * p->H, h, row);
    if (kept) memcpy(kept, p->cell->kept == 0 ? h : c, row);
}

static void sequence(const problem *p, int64_t b) {
    double h[MAX_H], c[MAX_H];
    double *const *out = p->a->out;
    double *y = out[FRS_SEQ_Y], *act = out[FRS_SEQ_ACT], *kept = out[FRS_SEQ_KEPT];
    const int64_t H = p->H;
    const size_t row = (size_t)H * sizeof *h;
    first_state(p, b, h, c);
    for (int64_t s = 0; s < p->T; s++) {
        const int64_t at = b * p->T + s;
        one_step(p, &(place){b, s, h, c, act ? act + at * p->acts * H : NULL,
                             kept ? kept + at * H : NULL});
        if (y && !p->attr->last_only) memcpy(y + (b * p->T + time_of(p, s)) * H, h, row);
    }
    if (y && p->attr->last_only) memcpy(y + b * H, h, row);
    if (!out[FRS_SEQ_STATE]) return;
    memcpy(out[FRS_SEQ_STATE] + b * H, h, row);
    if (p->cell->states > 1) memcpy(out[FRS_SEQ_STATE] + (p->B + b) * H, c, row);
}

static int64_t count(frs_shape s) {
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++) n *= s.dim[i];
    return n;
}

static void clear(double *p, frs_shape s) {
    if (p) memset(p, 0, (size_t)count(s) * sizeof *p);
}

void frs__seq_reference(const frs_ref_args *a) {
    const problem p = problem_of(a, false);
    clear(a->out[FRS_SEQ_ACT], a->out_shape[FRS_SEQ_ACT]); /* larger than what is used */
    clear(a->out[FRS_SEQ_KEPT], a->out_shape[FRS_SEQ_KEPT]);
    for (int64_t b = 0; b < p.B; b++) sequence(&p, b);
}

/* h after a step, from what is kept. */
static void h_after(const problem *p, int64_t b, int64_t step, const double *h0, double *h) {
    const int64_t H = p->H, at = step < 0 ? 0 : b * p->T + step;
    const double *act = p->a->in[FRS_SEQ_G_ACT] + at * p->acts * H;
    const double *kept = p->a->in[FRS_SEQ_G_KEPT] + at * H;
    if (step < 0)
        memcpy(h, h0, (size_t)H * sizeof *h);
    else if (p->mask)
        memcpy(h, act + p->cell->acts * H, (size_t)H * sizeof *h);
    else if (p->cell->kept == 0)
        memcpy(h, kept, (size_t)H * sizeof *h);
    else
        for (int64_t u = 0; u < H; u++) h[u] = act[(p->cell->acts - 1) * H + u] * tanh(kept[u]);
}

/* dv += W^T d (NULL: not wanted); to the gradients of W += d v^T and of its biases += d. */
static void product_back(const problem *p, int w, const double *d, const double *v, double *dv) {
    const double *weights = p->a->in[w];
    double *dw = p->a->out[w], *db = p->a->out[w + BIAS_OF]; /* numbered as the inputs */
    const int64_t n = width(p, w);
    for (int64_t row = 0; row < p->G; row++) {
        if (db) db[row] += d[row];
        for (int64_t k = 0; k < n; k++) {
            if (dw) dw[row * n + k] += d[row] * v[k];
            if (dv) dv[k] += d[row] * weights[row * n + k];
        }
    }
}

/* at: h and c are the states before the first step, of the gradients dh and dc. */
static void step_back(const problem *p, const place *at, double *dh, double *dc) {
    double h_old[MAX_H], h_new[MAX_H], dax[MAX_GATES * MAX_H], dah[MAX_GATES * MAX_H];
    const int64_t H = p->H, b = at->b, row = b * p->T + at->step;
    const int64_t x_at = (b * p->T + time_of(p, at->step)) * p->F;
    const double *const *in = p->a->in;
    double *const *out = p->a->out;
    const double *kept = in[FRS_SEQ_G_KEPT] + row * H;
    if (masked(p, b, at->step)) return;
    h_after(p, b, at->step - 1, at->h, h_old);
    h_after(p, b, at->step, at->h, h_new);
    p->math->backward(&(frs_ref_back){
        .H = H,
        .act = in[FRS_SEQ_G_ACT] + row * p->acts * H,
        .fixed = p->fixed ? p->fixed + b * H : NULL,
        .h_old = h_old,
        .h_new = h_new,
        .c_old = at->step > 0 ? kept - H : at->c,
        .c_new = kept,
        .dh = dh,
        .dc = dc,
        .dax = dax,
        .dah = dah,
        .dfixed = p->fixed && out[FRS_SEQ_DFIXED] ? out[FRS_SEQ_DFIXED] + b * H : NULL});
    for (int64_t i = 0; out[FRS_SEQ_DCONSTANT] && i < p->G; i++)
        out[FRS_SEQ_DCONSTANT][b * p->G + i] += dax[i];
    product_back(p, FRS_SEQ_W_IH, dax, in[FRS_SEQ_X] + x_at,
                 out[FRS_SEQ_DX] ? out[FRS_SEQ_DX] + x_at : NULL);
    product_back(p, FRS_SEQ_W_HH, dah, h_old, dh);
}

static void sequence_back(const problem *p, int64_t b) {
    double dh[MAX_H], dc[MAX_H], h0[MAX_H], c0[MAX_H];
    const double *dy = p->a->in[FRS_SEQ_G_DY], *dstate = p->a->in[FRS_SEQ_G_DSTATE];
    const int64_t H = p->H;
    const bool two = p->cell->states > 1;
    first_state(p, b, h0, c0);
    for (int64_t u = 0; u < H; u++) {
        dh[u] = dstate ? dstate[b * H + u] : 0;
        dc[u] = dstate && two ? dstate[(p->B + b) * H + u] : 0;
    }
    for (int64_t s = p->T - 1; s >= 0; s--) {
        const double *now = !dy                   ? NULL
                            : !p->attr->last_only ? dy + (b * p->T + time_of(p, s)) * H
                            : s == p->T - 1       ? dy + b * H
                                                  : NULL;
        for (int64_t u = 0; now && u < H; u++) dh[u] += now[u];
        step_back(p, &(place){.b = b, .step = s, .h = h0, .c = c0}, dh, dc);
    }
    double *to = p->a->out[FRS_SEQ_DSTATE0];
    if (!to) return;
    memcpy(to + b * H, dh, (size_t)H * sizeof *dh);
    if (two) memcpy(to + (p->B + b) * H, dc, (size_t)H * sizeof *dc);
}

void frs__seq_grad_reference(const frs_ref_args *a) {
    const problem p = problem_of(a, true);
    for (int i = 0; i < FRS_SEQ_G_N_OUT; i++) clear(a->out[i], a->out_shape[i]);
    for (int64_t b = 0; b < p.B; b++) sequence_back(&p, b);
}
