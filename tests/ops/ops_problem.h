/* One case of an operator with its inputs, and two arrays compared. */
#ifndef FRS_TEST_OPS_PROBLEM_H
#define FRS_TEST_OPS_PROBLEM_H
#include "support.h"

#include "graph/graph_internal.h"

#include <math.h>

typedef struct problem {
    const frs_op *op;
    const frs_op_case *c;
    _Alignas(16) unsigned char attr[FRS_OP_ATTR];
    frs_shape in_shape[FRS_OP_MAX_IN], out_shape[FRS_OP_MAX_OUT];
    double *in[FRS_OP_MAX_IN], *out[FRS_OP_MAX_OUT]; /* out: by the reference */
    float *in_f[FRS_OP_MAX_IN];    /* the same values; exactly as long as needed */
    float *weight[FRS_OP_MAX_OUT]; /* of each output in the loss of the net */
} problem;

static const frs_run_info test_run = {.seed = 5, .step = 9};

static inline size_t elements(frs_shape s) {
    return s.rank < 0 ? 0 : (size_t)frs_shape_count(s);
}

static inline void *block(size_t bytes) {
    void *p = NULL;
    if (posix_memalign(&p, 64, bytes ? bytes : 1) != 0) abort();
    return p;
}

static inline double drawn(uint64_t purpose, int i, size_t j) {
    static uint64_t seed;
    if (!seed) seed = test_seed();
    return frs__rng_uniform((frs_rng){seed, FRS_RNG_TEST, purpose * 64 + (uint64_t)i}, j);
}

/* Every value is a float, so that float and double see the same. nan_in: this input gets NaNs. */
static inline void draw_input(problem *p, int i, int nan_in) {
    const size_t n = elements(p->in_shape[i]);
    const bool planned = p->c->nan_share > 0 && p->c->nan_in == i;
    const double share = planned ? p->c->nan_share : nan_in == i ? 0.1 : 0;
    p->in[i] = block(n * sizeof(double));
    p->in_f[i] = block(n * sizeof(float));
    for (size_t j = 0; j < n; j++) {
        const double v = p->c->lo + (p->c->hi - p->c->lo) * drawn(1, i, j);
        const bool missing = drawn(2, i, j) < share || (nan_in == i && j == n / 2);
        p->in_f[i][j] = missing ? NAN : (float)v;
        p->in[i][j] = (double)p->in_f[i][j];
    }
}

static inline void problem_make(problem *p, const frs_op *op, const frs_op_case *c, int nan_in) {
    *p = (problem){.op = op, .c = c};
    memcpy(p->in_shape, c->in, sizeof p->in_shape);
    memcpy(p->attr, c->attr, sizeof p->attr);
    if (c->attr_of) memcpy(p->attr, c->attr_of, c->attr_size);
    for (int i = 0; i < c->n_in; i++)
        if (c->in[i].rank >= 0) draw_input(p, i, nan_in);
    frs_ctx *ctx = NULL;
    assert_int_equal(frs_ctx_new(NULL, &ctx), FRS_OK);
    const frs_shape_args a = {
        .ctx = ctx, .attr = p->attr, .n_in = c->n_in, .in = p->in_shape, .out = p->out_shape};
    assert_ok(ctx, op->shape(&a));
    frs_ctx_free(ctx);
    for (int k = 0; k < op->n_out; k++) {
        const size_t n = elements(p->out_shape[k]);
        p->out[k] = block(n * sizeof(double));
        memset(p->out[k], 0xA5, n * sizeof(double));
        p->weight[k] = block(n * sizeof(float));
        for (size_t j = 0; j < n; j++) p->weight[k][j] = (float)(drawn(3, k, j) * 2 - 1);
    }
    const frs_ref_args r = {.attr = p->attr,
                            .n_in = c->n_in,
                            .in = (const double *const *)p->in,
                            .out = p->out,
                            .in_shape = p->in_shape,
                            .out_shape = p->out_shape,
                            .run = test_run};
    op->reference(&r);
}

static inline void problem_free(problem *p) {
    for (int i = 0; i < FRS_OP_MAX_IN; i++) free(p->in[i]), free(p->in_f[i]);
    for (int k = 0; k < FRS_OP_MAX_OUT; k++) free(p->out[k]), free(p->weight[k]);
}

/* |x - ref| / |ref| in the 2-norm; infinite unless both are NaN at the same places. */
static inline double distance(const float *x, const double *ref, size_t n) {
    double d = 0, size = 1e-30;
    for (size_t i = 0; i < n; i++) {
        if ((isnan(x[i]) && isnan(ref[i])) || (isinf(ref[i]) && x[i] == ref[i])) continue;
        if (isnan(x[i]) || isnan(ref[i])) return INFINITY;
        d += ((double)x[i] - ref[i]) * ((double)x[i] - ref[i]);
        size += ref[i] * ref[i];
    }
    return sqrt(d / size);
}
#endif
