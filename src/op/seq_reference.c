/* The references of ops "seq" and "seq_grad", in double, straight from the equations of the LSTM
 * (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; forget gate: Gers et al. 2000,
 * doi:10.1162/089976600300015015) with PyTorch's weights, gates i f g o:
 *     a_t = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
 *     i = s(a_i)  f = s(a_f)  g = tanh(a_g)  o = s(a_o)
 *     c_t = f c_(t-1) + i g,  h_t = o tanh(c_t)
 * Kept by the reference: i f g o [B,T,4,H] and c [B,T,H], at the start of outputs 2 and 3. */
#include "op/seq_reference.h"

#include <math.h>
#include <string.h>

#include "op/seq_attr.h"

enum { X, W_IH, W_HH, B_IH, B_HH, STATE0 };       /* of "seq" */
enum { ACT = 5, KEPT, STATE_BEFORE, DY, DSTATE }; /* of "seq_grad", after the first five */
enum { I, F, G, O };

typedef struct sizes {
    int64_t B, T, F, H;
    bool last_only;
} sizes;
static sizes sizes_of(const frs_ref_args *a) {
    const frs_seq_attr *attr = a->attr;
    const int64_t *x = a->in_shape[X].dim;
    return (sizes){x[0], x[1], x[2], a->in_shape[W_HH].dim[1], attr->last_only};
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double pre_activation(const frs_ref_args *a, sizes n, int64_t row, const double *x,
                             const double *h) {
    double s = a->in[B_IH][row] + a->in[B_HH][row];
    for (int64_t k = 0; k < n.F; k++) s += a->in[W_IH][row * n.F + k] * x[k];
    for (int64_t k = 0; k < n.H; k++) s += a->in[W_HH][row * n.H + k] * h[k];
    return s;
}

/* h, c: before the step in, after it out. act [4,H], kept [H] or NULL. */
static void lstm_step(const frs_ref_args *a, sizes n, const double *x, double *h, double *c,
                      double *act, double *kept) {
    double h_new[FRS_SEQ_MAX_HIDDEN];
    for (int64_t u = 0; u < n.H; u++) {
        double g[4];
        for (int k = 0; k < 4; k++) {
            g[k] = pre_activation(a, n, k * n.H + u, x, h);
            g[k] = k == G ? tanh(g[k]) : sigmoid(g[k]);
            if (act) act[k * n.H + u] = g[k];
        }
        c[u] = g[F] * c[u] + g[I] * g[G];
        if (kept) kept[u] = c[u];
        h_new[u] = g[O] * tanh(c[u]);
    }
    memcpy(h, h_new, (size_t)n.H * sizeof *h);
}

static void sequence(const frs_ref_args *a, sizes n, int64_t b) {
    double h[FRS_SEQ_MAX_HIDDEN], c[FRS_SEQ_MAX_HIDDEN];
    double *y = a->out[0], *state_n = a->out[1], *act = a->out[2], *kept = a->out[3];
    const double *state0 = a->n_in > STATE0 ? a->in[STATE0] : NULL;
    const size_t row = (size_t)n.H * sizeof *h;
    for (int64_t u = 0; u < n.H; u++) {
        h[u] = state0 ? state0[b * n.H + u] : 0;
        c[u] = state0 ? state0[(n.B + b) * n.H + u] : 0;
    }
    for (int64_t t = 0; t < n.T; t++) {
        const int64_t at = b * n.T + t;
        lstm_step(a, n, a->in[X] + at * n.F, h, c, act ? act + at * 4 * n.H : NULL,
                  kept ? kept + at * n.H : NULL);
        if (y && !n.last_only) memcpy(y + at * n.H, h, row);
    }
    if (y && n.last_only) memcpy(y + b * n.H, h, row);
    if (!state_n) return;
    memcpy(state_n + b * n.H, h, row);
    memcpy(state_n + (n.B + b) * n.H, c, row);
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
    const sizes n = sizes_of(a);
    clear(a->out[2], a->out_shape[2]); /* larger than what is used */
    clear(a->out[3], a->out_shape[3]);
    for (int64_t b = 0; b < n.B; b++) sequence(a, n, b);
}

typedef struct grads {
    double *x, *w_ih, *w_hh, *b_ih, *b_hh, *state0;
} grads;

/* da, the gradient of one pre-activation, to weights, x and h before the step. */
static void spread(const frs_ref_args *a, const grads *d, int64_t row, double da, const double *x,
                   const double *h, double *dx, double *dh) {
    const int64_t nF = a->in_shape[X].dim[2], nH = a->in_shape[W_HH].dim[1];
    for (int64_t k = 0; k < nF; k++) {
        if (d->w_ih) d->w_ih[row * nF + k] += da * x[k];
        if (dx) dx[k] += da * a->in[W_IH][row * nF + k];
    }
    for (int64_t k = 0; k < nH; k++) {
        if (d->w_hh) d->w_hh[row * nH + k] += da * h[k];
        dh[k] += da * a->in[W_HH][row * nH + k];
    }
    if (d->b_ih) d->b_ih[row] += da;
    if (d->b_hh) d->b_hh[row] += da;
}

/* With dh, dc the gradients of the state after the step (in; out: before it):
 *     dc += dh o (1 - tanh(c')^2)
 *     da_i = dc g i (1-i)  da_f = dc c f (1-f)  da_g = dc i (1-g^2)  da_o = dh tanh(c') o (1-o) */
static void lstm_back(const frs_ref_args *a, const grads *d, int64_t b, int64_t t, double *dh,
                      double *dc) {
    const sizes n = sizes_of(a);
    const int64_t at = b * n.T + t;
    const double *act = a->in[ACT] + at * 4 * n.H, *c_new = a->in[KEPT] + at * n.H;
    const double *state0 = a->in[STATE_BEFORE];
    double h[FRS_SEQ_MAX_HIDDEN], dh_before[FRS_SEQ_MAX_HIDDEN] = {0};
    for (int64_t u = 0; u < n.H; u++)
        h[u] = t > 0    ? act[(O - 4) * n.H + u] * tanh(c_new[u - n.H])
               : state0 ? state0[b * n.H + u]
                        : 0;
    for (int64_t u = 0; u < n.H; u++) {
        const double c = t > 0 ? c_new[u - n.H] : state0 ? state0[(n.B + b) * n.H + u] : 0;
        const double i = act[u], f = act[n.H + u], g = act[2 * n.H + u], o = act[3 * n.H + u];
        const double th = tanh(c_new[u]);
        dc[u] += dh[u] * o * (1 - th * th);
        const double da[4] = {dc[u] * g * i * (1 - i), dc[u] * c * f * (1 - f),
                              dc[u] * i * (1 - g * g), dh[u] * th * o * (1 - o)};
        for (int k = 0; k < 4; k++)
            spread(a, d, k * n.H + u, da[k], a->in[X] + at * n.F, h, d->x ? d->x + at * n.F : NULL,
                   dh_before);
        dc[u] *= f;
    }
    memcpy(dh, dh_before, (size_t)n.H * sizeof *dh);
}

static void sequence_back(const frs_ref_args *a, const grads *d, sizes n, int64_t b) {
    double dh[FRS_SEQ_MAX_HIDDEN], dc[FRS_SEQ_MAX_HIDDEN];
    const double *dy = a->in[DY], *dstate = a->in[DSTATE];
    for (int64_t u = 0; u < n.H; u++) {
        dh[u] = dstate ? dstate[b * n.H + u] : 0;
        dc[u] = dstate ? dstate[(n.B + b) * n.H + u] : 0;
    }
    for (int64_t t = n.T - 1; t >= 0; t--) {
        const double *now = !dy            ? NULL
                            : !n.last_only ? dy + (b * n.T + t) * n.H
                            : t == n.T - 1 ? dy + b * n.H
                                           : NULL;
        for (int64_t u = 0; now && u < n.H; u++) dh[u] += now[u];
        lstm_back(a, d, b, t, dh, dc);
    }
    if (!d->state0) return;
    memcpy(d->state0 + b * n.H, dh, (size_t)n.H * sizeof *dh);
    memcpy(d->state0 + (n.B + b) * n.H, dc, (size_t)n.H * sizeof *dc);
}

void frs__seq_grad_reference(const frs_ref_args *a) {
    const sizes n = sizes_of(a);
    const grads d = {a->out[0], a->out[1], a->out[2], a->out[3], a->out[4], a->out[5]};
    for (int i = 0; i < 6; i++) clear(a->out[i], a->out_shape[i]);
    for (int64_t b = 0; b < n.B; b++) sequence_back(a, &d, n, b);
}
