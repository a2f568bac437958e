/* LSTM and EA-LSTM, pointwise (equations and sources: op/seq_cells.c). Gates i f g o; the i of an
 * EA-LSTM does not change with time.
 *     c' = f c + i g,  h' = o tanh(c')
 * and the gradient, dh and dc' given:
 *     dc = dc' + dh o (1 - tanh(c')^2)
 *     da_i = dc g i (1 - i)   da_f = dc c f (1 - f)   da_g = dc i (1 - g^2)
 *     da_o = dh tanh(c') o (1 - o)   d c = dc f       d i = dc g, where i is fixed */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

/* G: gates that change, the last three f g o. */
FRS_INLINE void forward(const frs_cell_step *s, const int G) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const float *a = s->gates[FRS_ROWS_BOTH] + (G * u + G - 3) * L + l;
            const int64_t at = u * L + l;
            vf i = G == 4 ? v_sigmoid(v_load(a - L)) : v_load(s->fixed + at);
            vf f = v_sigmoid(v_load(a));
            vf g = v_tanh(v_load(a + L)), o = v_sigmoid(v_load(a + 2 * L));
            vf c = v_fma(f, v_load(s->state + at), i * g);
            v_store(s->state + at, c);
            v_store(s->h + at, o * v_tanh(c));
            if (!s->kept) continue;
            float *act = s->act + (G * u + G - 3) * L + l;
            if (G == 4) v_keep(act - L, i, s->past_caches);
            v_keep(act, f, s->past_caches);
            v_keep(act + L, g, s->past_caches);
            v_keep(act + 2 * L, o, s->past_caches);
            v_keep(s->kept + at, c, s->past_caches);
        }
    }
}

/* 1 - x^2 without cancellation where x is near 1. */
FRS_INLINE vf one_less_square(vf x) {
    return (1.0f - x) * (1.0f + x);
}

FRS_INLINE void backward(const frs_cell_back *s, const int G) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const int64_t at = u * L + l, first = (G * u + G - 3) * L + l;
            const float *a = s->act + first;
            float *d = s->d_gates[FRS_ROWS_BOTH] + first;
            if (s->soon_act) {
                for (int k = G == 4 ? -1 : 0; k < 3; k++) v_prefetch(s->soon_act + first + k * L);
                v_prefetch(s->soon_kept + at);
            }
            vf i = G == 4 ? v_load(a - L) : v_load(s->fixed + at);
            vf f = v_load(a), g = v_load(a + L), o = v_load(a + 2 * L);
            vf th = v_tanh(v_load(s->kept_out + at)), dh = v_load(s->dh + at);
            vf dc = v_fma(dh * o, one_less_square(th), v_load(s->d_state + at));
            vf h = o * th, dcf = dc * f, dci = dc * i;
            v_store(s->h + at, h);
            v_store(s->d_state + at, dcf);
            if (G == 4)
                v_store(d - L, dci * g * (1.0f - i));
            else
                v_store(s->d_fixed + at, v_fma(dc, g, v_load(s->d_fixed + at)));
            v_store(d, dcf * (1.0f - f) * v_load(s->kept_in + at));
            v_store(d + L, dci * one_less_square(g));
            v_store(d + 2 * L, dh * h * (1.0f - o));
        }
    }
}

FRS_INLINE void output(int64_t units, int64_t lanes, const float *act, const float *kept, float *h,
                       const int G) {
    for (int64_t u = 0; u < units; u++)
        for (int64_t l = 0; l < lanes; l += VL)
            v_store(h + u * lanes + l, v_load(act + (G * u + G - 1) * lanes + l) *
                                           v_tanh(v_load(kept + u * lanes + l)));
}

#define CELL(name, G)                                                                              \
    void FRS_ISA_NAME(frs__##name##_forward)(const frs_cell_step *s) {                             \
        forward(s, G);                                                                             \
    }                                                                                              \
    void FRS_ISA_NAME(frs__##name##_backward)(const frs_cell_back *s) {                            \
        backward(s, G);                                                                            \
    }                                                                                              \
    void FRS_ISA_NAME(frs__##name##_output)(int64_t units, int64_t lanes, const float *act,        \
                                            const float *kept, float *h) {                         \
        output(units, lanes, act, kept, h, G);                                                     \
    }
CELL(lstm, 4)
CELL(ealstm, 3)
