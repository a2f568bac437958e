/* First weights: a function of (seed, parameter, element) alone. */
#include "graph/graph_internal.h"
#include <math.h>

/* fan in and out of a matrix [out, in]; a vector counts as [n, 1]. */
static void fans(frs_shape s, double *in, double *out) {
    *out = s.rank > 0 ? (double)s.dim[0] : 1;
    *in = s.rank > 1 ? (double)(frs_shape_count(s) / (s.dim[0] > 0 ? s.dim[0] : 1)) : 1;
}

static double draw(const frs_param_entry *p, frs_rng r, int64_t i) {
    const int64_t n = frs_shape_count(p->shape);
    double in, out;
    fans(p->shape, &in, &out);
    switch (p->init.kind) {
    case FRS_INIT_ZERO:
        return 0;
    case FRS_INIT_CONST:
        return p->init.a;
    case FRS_INIT_UNIFORM:
        break;
    case FRS_INIT_NORMAL:
        return p->init.a * frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_GLOROT_UNIFORM: /* Glorot & Bengio (2010) */
        return sqrt(6 / (in + out)) * (2 * frs__rng_uniform(r, (uint64_t)i) - 1);
    case FRS_INIT_HE_NORMAL: /* He et al. (2015), doi:10.1109/ICCV.2015.123 */
        return sqrt(2 / in) * frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_LSTM_FORGET:
        if (i >= n / 4 && i < n / 2) return p->init.b;
        break;
    case FRS_INIT_EALSTM_FORGET:
        if (i < n / 3) return p->init.b;
        break;
    }
    return p->init.a * (2 * frs__rng_uniform(r, (uint64_t)i) - 1);
}

void frs__init_param(const frs_model *m, int64_t index) {
    const frs_param_entry *p = &m->params[index];
    const frs_rng r = {m->o.seed, FRS_RNG_INIT, (uint64_t)index};
    const int64_t n = frs_shape_count(p->shape);
    for (int64_t i = 0; i < n; i++) {
        const float v = (float)draw(p, r, i);
        if (m->o.dtype == FRS_F64)
            ((double *)m->weights)[p->offset + i] = (double)v;
        else
            ((float *)m->weights)[p->offset + i] = v;
    }
}
