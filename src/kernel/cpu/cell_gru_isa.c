/* GRU, pointwise, in PyTorch's form (equations and source: op/seq_cells.c). The new state n has a
 * part of x and a part of h, nh, that the reset gate meets:
 *     n = tanh(nx + r nh),  h' = n + z (h - n)
 * and the gradient, dh given:
 *     dnx = dh (1 - z) (1 - n^2)   dnh = dnx r   da_r = dnx nh r (1 - r)
 *     da_z = dh (h - n) z (1 - z)  d h = dh z
 * Kept: r z n nh [unit][4], and h. */
#include "kernel/cpu/seq.h"
#include "kernel/cpu/vec.h"

void FRS_ISA_NAME(frs__gru_forward)(const frs_cell_step *s) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const int64_t at = u * L + l;
            const float *a = s->gates[FRS_ROWS_BOTH] + 2 * u * L + l;
            vf r = v_sigmoid(v_load(a)), z = v_sigmoid(v_load(a + L));
            vf nh = v_load(s->gates[FRS_ROWS_H] + at);
            vf n = v_tanh(v_fma(r, nh, v_load(s->gates[FRS_ROWS_X] + at)));
            vf h = v_fma(z, v_load(s->h_in + at) - n, n);
            v_store(s->h + at, h);
            if (!s->kept) continue;
            float *act = s->act + 4 * u * L + l;
            v_keep(act, r, s->past_caches);
            v_keep(act + L, z, s->past_caches);
            v_keep(act + 2 * L, n, s->past_caches);
            v_keep(act + 3 * L, nh, s->past_caches);
            v_keep(s->kept + at, h, s->past_caches);
        }
    }
}

void FRS_ISA_NAME(frs__gru_backward)(const frs_cell_back *s) {
    const int64_t L = s->lanes;
    for (int64_t u = 0; u < s->units; u++) {
        for (int64_t l = 0; l < L; l += VL) {
            const int64_t at = u * L + l, first = 4 * u * L + l;
            const float *a = s->act + first;
            float *d = s->d_gates[FRS_ROWS_BOTH] + 2 * u * L + l;
            if (s->soon_act) {
                for (int k = 0; k < 4; k++) v_prefetch(s->soon_act + first + k * L);
                v_prefetch(s->soon_kept + at);
            }
            vf r = v_load(a), z = v_load(a + L), n = v_load(a + 2 * L), nh = v_load(a + 3 * L);
            vf dh = v_load(s->dh + at), dhz = dh * z;
            vf dn = dh * (1.0f - z) * (1.0f - n) * (1.0f + n), dnh = dn * r;
            v_store(s->h + at, v_load(s->kept_out + at));
            v_store(s->d_h + at, dhz);
            v_store(s->d_gates[FRS_ROWS_X] + at, dn);
            v_store(s->d_gates[FRS_ROWS_H] + at, dnh);
            v_store(d, dnh * nh * (1.0f - r));
            v_store(d + L, dhz * (1.0f - z) * (v_load(s->kept_in + at) - n));
        }
    }
}

void FRS_ISA_NAME(frs__gru_output)(int64_t units, int64_t lanes, const float *act,
                                   const float *kept, float *h) {
    (void)act;
    memcpy(h, kept, (size_t)(units * lanes) * sizeof *h);
}
