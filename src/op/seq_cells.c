/* The cells in double. With a = W_ih x + b_ih + W_hh h + b_hh, s the logistic function, ' the new:
 *
 * LSTM (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; forget gate: Gers et al.
 * 2000, doi:10.1162/089976600300015015), gates i f g o:
 *     i = s(a_i)  f = s(a_f)  g = tanh(a_g)  o = s(a_o),  c' = f c + i g,  h' = o tanh(c')
 * EA-LSTM (Kratzert et al. 2019, doi:10.5194/hess-23-5089-2019), gates f g o: the same with an i
 * that does not change with time (made from static attributes outside).
 * GRU (Cho et al. 2014, doi:10.3115/v1/D14-1179, in PyTorch's form), gates r z n:
 *     r = s(a_r)  z = s(a_z)  n = tanh(W_in x + b_in + r (W_hn h + b_hn)),  h' = (1 - z) n + z h
 * RNN (Elman 1990, doi:10.1207/s15516709cog1402_1): h' = tanh(a), or max(a, 0) */
#include "op/seq_cells.h"

#include <math.h>

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* gates: f g o from `at` on; i before them, or fixed. */
static void lstm_like(const frs_ref_step *s, int at) {
    const int64_t H = s->H;
    for (int64_t u = 0; u < H; u++) {
        double v[4];
        for (int k = 0; k < 4; k++) {
            const int64_t row = (k - 1 + at) * H + u;
            if (k == 0 && s->fixed) {
                v[0] = s->fixed[u];
                continue;
            }
            const double a = s->ax[row] + s->ah[row];
            v[k] = k == 2 ? tanh(a) : sigmoid(a);
            s->act[row] = v[k];
        }
        s->c[u] = v[1] * s->c[u] + v[0] * v[2];
        s->h[u] = v[3] * tanh(s->c[u]);
    }
}

static void lstm(const frs_ref_step *s) {
    lstm_like(s, 1);
}
static void ealstm(const frs_ref_step *s) {
    lstm_like(s, 0);
}

/*  dc += dh o (1 - tanh(c')^2)
 *  da_i = dc g i (1-i)  da_f = dc c f (1-f)  da_g = dc i (1-g^2)  da_o = dh tanh(c') o (1-o) */
static void lstm_like_back(const frs_ref_back *b, int at) {
    const int64_t H = b->H;
    for (int64_t u = 0; u < H; u++) {
        const double i = b->fixed ? b->fixed[u] : b->act[u], f = b->act[at * H + u];
        const double g = b->act[(at + 1) * H + u], o = b->act[(at + 2) * H + u];
        const double th = tanh(b->c_new[u]), dc = b->dc[u] + b->dh[u] * o * (1 - th * th);
        const double da[4] = {dc * g * i * (1 - i), dc * b->c_old[u] * f * (1 - f),
                              dc * i * (1 - g * g), b->dh[u] * th * o * (1 - o)};
        for (int k = 1 - at; k < 4; k++)
            b->dax[(k - 1 + at) * H + u] = b->dah[(k - 1 + at) * H + u] = da[k];
        if (b->dfixed) b->dfixed[u] += dc * g;
        b->dc[u] = dc * f;
        b->dh[u] = 0;
    }
}

static void lstm_back(const frs_ref_back *b) {
    lstm_like_back(b, 1);
}
static void ealstm_back(const frs_ref_back *b) {
    lstm_like_back(b, 0);
}

/* Kept: r z n and W_hn h + b_hn. */
static void gru(const frs_ref_step *s) {
    const int64_t H = s->H;
    for (int64_t u = 0; u < H; u++) {
        const double r = sigmoid(s->ax[u] + s->ah[u]), z = sigmoid(s->ax[H + u] + s->ah[H + u]);
        const double nh = s->ah[2 * H + u], n = tanh(s->ax[2 * H + u] + r * nh);
        const double act[4] = {r, z, n, nh};
        for (int k = 0; k < 4; k++) s->act[k * H + u] = act[k];
        s->h[u] = (1 - z) * n + z * s->h[u];
    }
}

/*  da_n = dh (1-z) (1-n^2), to x as it is and to h times r
 *  da_r = da_n (W_hn h + b_hn) r (1-r)   da_z = dh (h - n) z (1-z)   dh = dh z */
static void gru_back(const frs_ref_back *b) {
    const int64_t H = b->H;
    for (int64_t u = 0; u < H; u++) {
        const double r = b->act[u], z = b->act[H + u], n = b->act[2 * H + u];
        const double nh = b->act[3 * H + u], dh = b->dh[u];
        const double dn = dh * (1 - z) * (1 - n * n);
        b->dax[u] = b->dah[u] = dn * nh * r * (1 - r);
        b->dax[H + u] = b->dah[H + u] = dh * (b->h_old[u] - n) * z * (1 - z);
        b->dax[2 * H + u] = dn;
        b->dah[2 * H + u] = dn * r;
        b->dh[u] = dh * z;
    }
}

static void rnn_tanh(const frs_ref_step *s) {
    for (int64_t u = 0; u < s->H; u++) s->h[u] = tanh(s->ax[u] + s->ah[u]);
}
static void rnn_tanh_back(const frs_ref_back *b) {
    for (int64_t u = 0; u < b->H; u++) {
        b->dax[u] = b->dah[u] = b->dh[u] * (1 - b->h_new[u] * b->h_new[u]);
        b->dh[u] = 0;
    }
}

/* A NaN is handed on. */
static void rnn_relu(const frs_ref_step *s) {
    for (int64_t u = 0; u < s->H; u++) {
        const double a = s->ax[u] + s->ah[u];
        s->h[u] = a < 0 ? 0 : a;
    }
}
static void rnn_relu_back(const frs_ref_back *b) {
    for (int64_t u = 0; u < b->H; u++) {
        b->dax[u] = b->dah[u] = b->h_new[u] > 0 ? b->dh[u] : 0;
        b->dh[u] = 0;
    }
}

static const frs_ref_cell cells[FRS_CELL_COUNT] = {
    [FRS_CELL_LSTM] = {lstm, lstm_back},
    [FRS_CELL_GRU] = {gru, gru_back},
    [FRS_CELL_RNN_TANH] = {rnn_tanh, rnn_tanh_back},
    [FRS_CELL_RNN_RELU] = {rnn_relu, rnn_relu_back},
    [FRS_CELL_EALSTM] = {ealstm, ealstm_back},
};
const frs_ref_cell *frs__ref_cell(int cell) {
    return &cells[cell];
}
