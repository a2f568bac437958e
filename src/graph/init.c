/* First weights: a function of (seed, parameter, element) alone. */
#include "graph/graph_internal.h"
#include <math.h>

/* Fan in and out of a matrix [out, in] and of a convolution's weight [out, in, kernel..], whose
 * kernel counts in both (as Keras and PyTorch have it); a vector counts as [n, 1]. */
static void fans(frs_shape s, double *in, double *out) {
    double kernel = 1;
    for (int k = 2; k < s.rank; k++) kernel *= (double)s.dim[k];
    *out = s.rank > 0 ? (double)s.dim[0] * kernel : 1;
    *in = s.rank > 1 ? (double)s.dim[1] * kernel : 1;
}

/* Normal, and drawn again where it is beyond two standard deviations. */
static double truncated(frs_rng r, int64_t i) {
    for (uint64_t again = 0;; again++) {
        const double v = frs__rng_normal(r, (uint64_t)i | again << 48);
        if (fabs(v) <= 2) return v;
    }
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
    case FRS_INIT_GLOROT_NORMAL:
        return sqrt(2 / (in + out)) * frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_HE_NORMAL: /* He et al. (2015), doi:10.1109/ICCV.2015.123 */
        return sqrt(2 / in) * frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_HE_UNIFORM:
        return sqrt(6 / in) * (2 * frs__rng_uniform(r, (uint64_t)i) - 1);
    case FRS_INIT_LECUN_NORMAL: /* LeCun et al. (1998), doi:10.1007/3-540-49430-8_2 */
        return sqrt(1 / in) * frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_LECUN_UNIFORM:
        return sqrt(3 / in) * (2 * frs__rng_uniform(r, (uint64_t)i) - 1);
    case FRS_INIT_TRUNCATED_NORMAL:
        return p->init.a * truncated(r, i);
    case FRS_INIT_LSTM_FORGET:
        if (i >= n / 4 && i < n / 2) return p->init.b;
        break;
    case FRS_INIT_EALSTM_FORGET:
        return i < n / 3 ? p->init.b : 0;
    case FRS_INIT_ORTHOGONAL:
        return frs__rng_normal(r, (uint64_t)i);
    case FRS_INIT_IDENTITIES: {
        const int64_t columns = p->shape.dim[1];
        return i / columns % columns == i % columns;
    }
    }
    return p->init.a * (2 * frs__rng_uniform(r, (uint64_t)i) - 1);
}

static double get(const frs_model *m, int64_t at) {
    return m->o.dtype == FRS_F64 ? ((double *)m->weights)[at] : (double)((float *)m->weights)[at];
}

static void put(const frs_model *m, int64_t at, double v) {
    if (m->o.dtype == FRS_F64)
        ((double *)m->weights)[at] = v;
    else
        ((float *)m->weights)[at] = (float)v;
}

/* Gram and Schmidt's way on the normal numbers that are there: n vectors of `size` elements,
 * element i of vector k at k * vector + i * element. Saxe et al. (2014), arXiv:1312.6120 */
static void orthogonalise(const frs_model *m, const frs_param_entry *p) {
    const int64_t rows = p->shape.rank ? p->shape.dim[0] : 1;
    const int64_t columns = rows ? frs_shape_count(p->shape) / rows : 0;
    const bool by_row = rows <= columns;
    const int64_t n = by_row ? rows : columns, size = by_row ? columns : rows;
    const int64_t vector = by_row ? columns : 1, element = by_row ? 1 : columns;
    for (int64_t k = 0; k < n; k++) {
        const int64_t own = p->offset + k * vector;
        for (int64_t j = 0; j < 2 * k; j++) { /* twice, for what rounding left */
            const int64_t other = p->offset + j % k * vector;
            double dot = 0;
            for (int64_t i = 0; i < size; i++)
                dot += get(m, own + i * element) * get(m, other + i * element);
            for (int64_t i = 0; i < size; i++)
                put(m, own + i * element,
                    get(m, own + i * element) - dot * get(m, other + i * element));
        }
        double square = 0;
        for (int64_t i = 0; i < size; i++) square += pow(get(m, own + i * element), 2);
        for (int64_t i = 0; i < size; i++)
            put(m, own + i * element, get(m, own + i * element) / sqrt(square));
    }
}

/* A number takes some 30 ns, a dense layer has a hundred million of them: over threads. */
enum { BLOCK = 1 << 14 };
typedef struct drawing {
    const frs_model *m;
    const frs_param_entry *p;
    frs_rng rng;
    int64_t n;
} drawing;

static void draw_block(void *arg, int64_t block, int worker) {
    (void)worker;
    const drawing *d = arg;
    const int64_t end = (block + 1) * BLOCK < d->n ? (block + 1) * BLOCK : d->n;
    for (int64_t i = block * BLOCK; i < end; i++) {
        const float v = (float)draw(d->p, d->rng, i);
        put(d->m, d->p->offset + i, (double)v);
    }
}

void frs__init_param(const frs_model *m, int64_t index) {
    const frs_param_entry *p = &m->params[index];
    const int64_t n = frs_shape_count(p->shape);
    drawing d = {m, p, {m->o.seed, FRS_RNG_INIT, (uint64_t)index}, n};
    frs__parallel(m->ctx, (n + BLOCK - 1) / BLOCK, draw_block, &d);
    if (p->init.kind == FRS_INIT_ORTHOGONAL) orthogonalise(m, p);
}
