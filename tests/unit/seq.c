/* The sequence driver and the LSTM cell: kernels against the references in double, references
 * against finite differences, the same bits for any number of threads, vector functions to their
 * stated bounds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/cpu/seq.h"
#include "op/seq_reference.h"

enum { N_IN = 10, N_OUT = 6 };
typedef struct problem {
    int64_t B, T, F, H;
    bool last_only, with_state, with_dstate;
} problem;

/* Everything of one sequence, forward and back, in float or double. */
typedef struct arrays {
    frs_shape in_shape[N_IN], out_shape[N_OUT], grad_shape[N_OUT];
    double *in[N_IN], *out[N_OUT], *grad[N_OUT];
    float *in_f[N_IN], *out_f[N_OUT], *grad_f[N_OUT];
    frs_seq_attr attr;
    problem p;
} arrays;

static frs_shape shape(int rank, int64_t a, int64_t b, int64_t c) {
    return (frs_shape){.rank = rank, .dim = {a, b, c}};
}

static int64_t count(frs_shape s) {
    int64_t n = 1;
    for (int i = 0; i < s.rank; i++) n *= s.dim[i];
    return n;
}

static uint64_t seed(void) {
    const char *s = getenv("SEED");
    return s ? strtoull(s, NULL, 10) : 7;
}

static void make(arrays *a, problem p) {
    *a = (arrays){.p = p, .attr = {.cell = FRS_CELL_LSTM, .last_only = p.last_only}};
    const int64_t G = 4 * p.H;
    const frs_shape y = p.last_only ? shape(2, p.B, p.H, 0) : shape(3, p.B, p.T, p.H);
    const frs_shape state = shape(3, 2, p.B, p.H);
    const frs_shape act = shape(1, frs__seq_kept_act(FRS_CELL_LSTM, p.B, p.T, p.H), 0, 0);
    const frs_shape kept = shape(1, frs__seq_kept_states(FRS_CELL_LSTM, p.B, p.T, p.H), 0, 0);
    const frs_shape in[] = {shape(3, p.B, p.T, p.F),
                            shape(2, G, p.F, 0),
                            shape(2, G, p.H, 0),
                            shape(1, G, 0, 0),
                            shape(1, G, 0, 0),
                            act,
                            kept,
                            state,
                            y,
                            state};
    const frs_shape out[] = {y, state, act, kept};
    const frs_shape grad[] = {in[0], in[1], in[2], in[3], in[4], state};
    for (int i = 0; i < 10; i++) {
        a->in_shape[i] = in[i];
        const size_t n = (size_t)count(in[i]);
        a->in[i] = calloc(n, sizeof(double));
        a->in_f[i] = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
        const double scale = i == 1 || i == 2 ? 1 / sqrt((double)p.H) : 1;
        for (size_t j = 0; j < n; j++) {
            const frs_rng r = {seed(), FRS_RNG_TEST, (uint64_t)i};
            a->in_f[i][j] = (float)(scale * (2 * frs__rng_uniform(r, j) - 1));
            a->in[i][j] = a->in_f[i][j];
        }
    }
    for (int i = 0; i < 6; i++) {
        a->grad_shape[i] = grad[i];
        const size_t n = (size_t)count(grad[i]);
        a->grad[i] = calloc(n, sizeof(double));
        a->grad_f[i] = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);
    }
    for (int i = 0; i < 4; i++) {
        a->out_shape[i] = out[i];
        const size_t n = (size_t)count(out[i]);
        a->out[i] = i < 2 ? calloc(n, sizeof(double)) : a->in[3 + i];
        a->out_f[i] =
            i < 2 ? aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64) : a->in_f[3 + i];
    }
}

static void drop(arrays *a) {
    for (int i = 0; i < 10; i++) free(a->in[i]), free(a->in_f[i]);
    for (int i = 0; i < 6; i++) free(a->grad[i]), free(a->grad_f[i]);
    for (int i = 0; i < 2; i++) free(a->out[i]), free(a->out_f[i]);
}

/* Inputs as ops "seq" and "seq_grad" take them. */
static void inputs(const problem *p, const void *const *all, bool back, const void **in) {
    memcpy(in, all, sizeof(void *) * N_IN);
    const void *state0 = p->with_state ? all[7] : NULL;
    if (!back) in[5] = state0;
    in[7] = state0;
    if (!p->with_dstate) in[9] = NULL;
}

static void reference(arrays *a, bool back) {
    const double *in[N_IN];
    inputs(&a->p, (const void *const *)a->in, false, (const void **)in);
    frs_ref_args r = {.attr = &a->attr,
                      .n_in = 6,
                      .in = in,
                      .out = a->out,
                      .in_shape = a->in_shape,
                      .out_shape = a->out_shape};
    frs__seq_reference(&r);
    inputs(&a->p, (const void *const *)a->in, true, (const void **)in);
    r.n_in = 10;
    r.out = a->grad;
    r.out_shape = a->grad_shape;
    if (back) frs__seq_grad_reference(&r);
}

/* keep: with activations and the gradient; else inference. */
static void kernel(arrays *a, frs_ctx *ctx, frs_isa isa, bool keep) {
    const float *in[N_IN];
    const int threads = frs_ctx_threads(ctx);
    inputs(&a->p, (const void *const *)a->in_f, false, (const void **)in);
    frs_kernel_shape s = {.attr = &a->attr, .n_in = 6, .in = a->in_shape, .isa = isa};
    float *out[N_OUT] = {a->out_f[0], a->out_f[1], keep ? a->out_f[2] : NULL,
                         keep ? a->out_f[3] : NULL};
    assert_true(frs__seq_fits(&s));
    void *scratch = aligned_alloc(64, frs__seq_scratch(&s, threads));
    frs_kernel_args k = {.ctx = ctx,
                         .attr = &a->attr,
                         .in = in,
                         .out = out,
                         .in_shape = a->in_shape,
                         .out_shape = a->out_shape,
                         .n_in = 6,
                         .n_out = 4,
                         .scratch = scratch,
                         .isa = isa};
    frs__seq_run(&k);
    free(scratch);
    if (!keep) return;
    inputs(&a->p, (const void *const *)a->in_f, true, (const void **)in);
    k.n_in = 10;
    k.scratch = aligned_alloc(64, frs__seq_grad_scratch(&s, threads));
    k.out = a->grad_f;
    k.out_shape = a->grad_shape;
    frs__seq_grad_run(&k);
    free(k.scratch);
}

/* |x - ref| / |ref| of a tensor, in the 2-norm; NaN anywhere gives NaN. */
static double distance(const float *x, const double *ref, frs_shape s) {
    double d = 0, n = 1e-30;
    for (int64_t i = 0; i < count(s); i++) {
        d += (x[i] - ref[i]) * (x[i] - ref[i]);
        n += ref[i] * ref[i];
    }
    return sqrt(d / n);
}

static void check(const arrays *a, bool keep, const char *what) {
    const double limit = 1e-5;
    for (int i = 0; i < 2; i++) {
        const double d = distance(a->out_f[i], a->out[i], a->out_shape[i]);
        if (!(d <= limit))
            fail_msg("%s: B %d T %d F %d H %d output %d: relative distance %g", what, (int)a->p.B,
                     (int)a->p.T, (int)a->p.F, (int)a->p.H, i, d);
    }
    for (int i = 0; i < 6 && keep; i++) {
        const double d = distance(a->grad_f[i], a->grad[i], a->grad_shape[i]);
        if (!(d <= limit))
            fail_msg("%s: B %d T %d F %d H %d gradient %d: relative distance %g", what, (int)a->p.B,
                     (int)a->p.T, (int)a->p.F, (int)a->p.H, i, d);
    }
}

static const problem problems[] = {
    {1, 1, 1, 1, false, false, false},   {1, 3, 4, 7, false, true, true},
    {2, 3, 33, 8, true, true, false},    {5, 50, 4, 20, true, false, false},
    {5, 3, 1, 64, false, true, true},    {17, 50, 5, 20, false, true, true},
    {17, 3, 33, 100, true, false, true}, {33, 7, 4, 13, false, false, false},
    {70, 50, 5, 9, true, true, true},    {256, 3, 4, 20, false, false, false},
    {600, 2, 3, 5, true, true, true},    {16, 90, 7, 33, false, true, false},
};

static frs_ctx *context(const char *isa, int threads) {
    frs_ctx *ctx;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.isa = isa, .threads = threads}, &ctx), FRS_OK);
    return ctx;
}

static void against_reference(void **state) {
    (void)state;
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    frs_ctx *best = context(NULL, 2);
    print_message("seed %llu\n", (unsigned long long)seed());
    for (int i = 0; i < FRS_LEN(problems); i++) {
        arrays a;
        make(&a, problems[i]);
        reference(&a, true);
        for (int isa = FRS_ISA_SCALAR; isa <= (int)frs__isa(best); isa++) {
            kernel(&a, best, (frs_isa)isa, true);
            check(&a, true, names[isa]);
            kernel(&a, best, (frs_isa)isa, false);
            check(&a, false, names[isa]);
        }
        drop(&a);
    }
    frs_ctx_free(best);
}

/* d of sum(y w_y) + sum(state w_s): the reference's gradient against central differences. */
static double objective(arrays *a) {
    reference(a, false);
    double s = 0;
    for (int64_t i = 0; i < count(a->out_shape[0]); i++) s += a->out[0][i] * a->in[8][i];
    for (int64_t i = 0; i < count(a->out_shape[1]); i++) s += a->out[1][i] * a->in[9][i];
    return s;
}

static void against_differences(void **state) {
    (void)state;
    static const problem small[] = {{2, 3, 3, 4, false, true, true},
                                    {3, 4, 2, 3, true, true, true}};
    static const int input_of[] = {0, 1, 2, 3, 4, 7};
    for (int p = 0; p < 2; p++) {
        arrays a;
        make(&a, small[p]);
        reference(&a, true);
        for (int g = 0; g < 6; g++) {
            double *x = a.in[input_of[g]];
            for (int64_t i = 0; i < count(a.grad_shape[g]); i++) {
                const double old = x[i], step = 1e-5;
                x[i] = old + step;
                const double up = objective(&a);
                x[i] = old - step;
                const double down = objective(&a);
                x[i] = old;
                const double d = fabs((up - down) / (2 * step) - a.grad[g][i]);
                if (!(d <= 1e-8)) fail_msg("gradient %d element %d: off by %g", g, (int)i, d);
            }
        }
        drop(&a);
    }
}

static void same_bits(void **state) {
    (void)state;
    static const problem p[] = {{70, 20, 5, 20, true, true, true},
                                {600, 3, 3, 9, false, true, true},
                                {3, 20, 5, 20, false, false, false}};
    static const int threads[] = {1, 2, 3, 7};
    for (int i = 0; i < FRS_LEN(p); i++) {
        arrays a[4];
        for (int k = 0; k < 4; k++) {
            frs_ctx *ctx = context(NULL, threads[k]);
            make(&a[k], p[i]);
            kernel(&a[k], ctx, frs__isa(ctx), i < 2);
            frs_ctx_free(ctx);
            for (int j = 0; j < 2; j++)
                assert_memory_equal(a[k].out_f[j], a[0].out_f[j],
                                    (size_t)count(a[0].out_shape[j]) * sizeof(float));
            for (int j = 0; j < 6 && i < 2; j++)
                assert_memory_equal(a[k].grad_f[j], a[0].grad_f[j],
                                    (size_t)count(a[0].grad_shape[j]) * sizeof(float));
        }
        for (int k = 0; k < 4; k++) drop(&a[k]);
    }
}

/* A NaN in one row must stay in that row's outputs. */
static void nan_stays_in_its_row(void **state) {
    (void)state;
    frs_ctx *ctx = context(NULL, 1);
    arrays a;
    make(&a, (problem){20, 5, 3, 6, true, false, false});
    a.in_f[0][(7 * 5 + 2) * 3] = NAN;
    kernel(&a, ctx, frs__isa(ctx), true);
    for (int b = 0; b < 20; b++)
        for (int u = 0; u < 6; u++) assert_int_equal(isnan(a.out_f[0][b * 6 + u]) != 0, b == 7);
    drop(&a);
    frs_ctx_free(ctx);
}

static double curve_of(int curve, double x) {
    return curve == 0 ? exp(x) : curve == 1 ? 1 / (1 + exp(-x)) : tanh(x);
}

/* Every 61st float from lo to hi of both signs. */
static double worst(void (*f)(int, int64_t, const float *, float *), int curve, double hi) {
    double most = 0;
    float x[1024], y[1024];
    uint32_t bits = 0x01000000;
    for (bool more = true; more;) {
        for (int i = 0; i < 1024; i += 2, bits += 61) {
            memcpy(&x[i], &bits, 4);
            if (!(x[i] <= hi)) x[i] = (float)hi, more = false;
            x[i + 1] = -x[i];
        }
        f(curve, 1024, x, y);
        for (int i = 0; i < 1024; i++) {
            const double ref = curve_of(curve, x[i]), d = fabs(y[i] - ref) / fabs(ref);
            if (!(d <= most)) most = d;
        }
    }
    return most;
}

static void vector_functions(void **state) {
    (void)state;
    frs_ctx *ctx = context(NULL, 1);
    void (*const f[])(int, int64_t, const float *, float *) = {
        frs__seq_curve_scalar,
#ifdef FRS_X86
        frs__seq_curve_avx2,
        frs__seq_curve_avx512,
#endif
    };
    for (int isa = 0; isa <= (int)frs__isa(ctx); isa++) {
        const double e[3] = {worst(f[isa], 0, 87), worst(f[isa], 1, 87), worst(f[isa], 2, 100)};
        print_message("isa %d: exp %.2g sigmoid %.2g tanh %.2g\n", isa, e[0], e[1], e[2]);
        assert_true(e[0] <= 2e-7);
        assert_true(e[1] <= 2e-7);
        assert_true(e[2] <= 2e-7);
        float x[16] = {NAN, INFINITY, -INFINITY, 0}, y[16];
        for (int c = 0; c < 3; c++) {
            f[isa](c, 16, x, y);
            assert_true(isnan(y[0]) && !isnan(y[1]) && !isnan(y[2]));
        }
        assert_true(y[1] == 1 && y[2] == -1 && y[3] == 0);
    }
    frs_ctx_free(ctx);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_reference), cmocka_unit_test(against_differences),
        cmocka_unit_test(same_bits),         cmocka_unit_test(nan_stays_in_its_row),
        cmocka_unit_test(vector_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
