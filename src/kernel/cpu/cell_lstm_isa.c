/* LSTM, pointwise (Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735; forget gate: Gers
 * et al. 2000, doi:10.1162/089976600300015015), gates i f g o:
 *     i = s(.)  f = s(.)  g = tanh(.)  o = s(.)
 *     c' = f c + i g,  h' = o tanh(c')
 * and its gradient, dh and dc' given:
 *     dc = dc' + dh o (1 - tanh(c')^2)
 *     di = dc g i (1 - i)   df = dc c f (1 - f)   dg = dc i (1 - g^2)   do = dh tanh(c') o (1 - o)
 *     d c = dc f */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

void FRS_ISA_NAME(frs__lstm_forward)(const frs_cell_step *s) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const float *a = s->gates + 4 * u * L + l;
            const int64_t at = u * L + l;
            vf i = v_sigmoid(v_load(a)), f = v_sigmoid(v_load(a + L));
            vf g = v_tanh(v_load(a + 2 * L)), o = v_sigmoid(v_load(a + 3 * L));
            vf c = v_fma(f, v_load(s->state + at), i * g);
            v_store(s->state + at, c);
            v_store(s->h + at, o * v_tanh(c));
            if (!s->act) continue;
            float *act = s->act + 4 * u * L + l;
            v_stream(act, i);
            v_stream(act + L, f);
            v_stream(act + 2 * L, g);
            v_stream(act + 3 * L, o);
            v_stream(s->kept + at, c);
        }
    }
}

/* 1 - x^2 without cancellation where x is near 1. */
FRS_INLINE vf one_less_square(vf x) {
    return (1.0f - x) * (1.0f + x);
}

void FRS_ISA_NAME(frs__lstm_backward)(const frs_cell_back *s) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const float *a = s->act + 4 * u * L + l;
            float *d = s->d_gates + 4 * u * L + l;
            if (s->soon_act) {
                for (int k = 0; k < 4; k++) v_prefetch(s->soon_act + (4 * u + k) * L + l);
                v_prefetch(s->soon_state + u * L + l);
            }
            vf i = v_load(a), f = v_load(a + L), g = v_load(a + 2 * L), o = v_load(a + 3 * L);
            vf th = v_tanh(v_load(s->state_out + u * L + l)), dh = v_load(s->dh + u * L + l);
            vf dc = v_fma(dh * o, one_less_square(th), v_load(s->d_state + u * L + l));
            vf h = o * th, dcf = dc * f, dci = dc * i;
            v_store(s->h + u * L + l, h);
            v_store(s->d_state + u * L + l, dcf);
            v_store(d, dci * g * (1.0f - i));
            v_store(d + L, dcf * (1.0f - f) * v_load(s->state_in + u * L + l));
            v_store(d + 2 * L, dci * one_less_square(g));
            v_store(d + 3 * L, dh * h * (1.0f - o));
        }
    }
}

void FRS_ISA_NAME(frs__lstm_output)(int64_t units, int64_t lanes, const float *act,
                                    const float *state, float *h) {
    for (int64_t u = 0; u < units; u++)
        for (int64_t l = 0; l < lanes; l += VL)
            v_store(h + u * lanes + l,
                    v_load(act + (4 * u + 3) * lanes + l) * v_tanh(v_load(state + u * lanes + l)));
}
