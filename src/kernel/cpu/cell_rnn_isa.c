/* Plain recurrent cell, pointwise (source: op/seq_cells.c): h' = tanh(a) or max(a, 0); its gradient
 * needs h' alone. */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

FRS_INLINE void forward(const frs_cell_step *s, const bool relu) {
    for (int64_t i = 0; i < s->units * s->lanes; i += VL) {
        vf a = v_load(s->gates[FRS_ROWS_BOTH] + i);
        vf h = relu ? v_max(a, v_set(0)) : v_tanh(a);
        v_store(s->h + i, h);
        if (s->kept) v_keep(s->kept + i, h, s->past_caches);
    }
}

FRS_INLINE void backward(const frs_cell_back *s, const bool relu) {
    for (int64_t i = 0; i < s->units * s->lanes; i += VL) {
        if (s->soon_act) v_prefetch(s->soon_kept + i);
        vf h = v_load(s->kept_out + i), dh = v_load(s->dh + i);
        v_store(s->h + i, h);
        v_store(s->d_gates[FRS_ROWS_BOTH] + i,
                relu ? (vf)((vi)dh & (vi)(h > v_set(0))) : dh * (1.0f - h) * (1.0f + h));
    }
}

#define CELL(name, relu)                                                                           \
    void FRS_ISA_NAME(frs__##name##_forward)(const frs_cell_step *s) {                             \
        forward(s, relu);                                                                          \
    }                                                                                              \
    void FRS_ISA_NAME(frs__##name##_backward)(const frs_cell_back *s) {                            \
        backward(s, relu);                                                                         \
    }                                                                                              \
    void FRS_ISA_NAME(frs__##name##_output)(int64_t units, int64_t lanes, const float *act,        \
                                            const float *kept, float *h) {                         \
        (void)act;                                                                                 \
        memcpy(h, kept, (size_t)(units * lanes) * sizeof *h);                                      \
    }
CELL(rnn_tanh, false)
CELL(rnn_relu, true)
