/* The sequence driver and its cells: kernels against the references in double, references against
 * finite differences, the same bits for any number of threads, vector functions to their stated
 * bounds. */
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

/* In the order of seq_grad's inputs, the constant share after them; a mask of half the steps. */
enum { CONSTANT = FRS_SEQ_G_N_IN, N_IN, N_OUT = FRS_SEQ_G_N_OUT };
typedef struct problem {
    int64_t B, T, F, H;
    bool last_only, with_state, with_dstate;
    int cell;
    bool reverse, with_mask, with_constant, bfloat16;
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

static void *room(size_t bytes) {
    return aligned_alloc(64, (bytes + 64) / 64 * 64);
}

static double drawn(int input, size_t j, double scale) {
    return scale * (2 * frs__rng_uniform((frs_rng){seed(), FRS_RNG_TEST, (uint64_t)input}, j) - 1);
}

static void make(arrays *a, problem p) {
    *a = (arrays){.p = p, .attr = {.cell = p.cell, .last_only = p.last_only, .reverse = p.reverse}};
    const frs_cell_dims *cell = frs__cell_dims(p.cell);
    const int64_t G = cell->gates * p.H;
    const frs_shape y = p.last_only ? shape(2, p.B, p.H, 0) : shape(3, p.B, p.T, p.H);
    const frs_shape state = shape(3, cell->states, p.B, p.H), fixed = shape(2, p.B, p.H, 0);
    const frs_shape act = shape(1, frs__seq_kept_act(&a->attr, p.with_mask, p.B, p.T, p.H), 0, 0);
    const frs_shape kept = shape(1, frs__seq_kept_states(&a->attr, p.B, p.T, p.H), 0, 0);
    const frs_shape in[N_IN] = {shape(3, p.B, p.T, p.F),
                                shape(2, G, p.F, 0),
                                shape(2, G, p.H, 0),
                                shape(1, G, 0, 0),
                                shape(1, G, 0, 0),
                                act,
                                kept,
                                state,
                                y,
                                state,
                                fixed,
                                shape(2, p.B, p.T, 0),
                                shape(2, p.B, G, 0)};
    const frs_shape out[] = {y, state, act, kept};
    const frs_shape grad[N_OUT] = {
        in[0],       in[1], in[2], in[3], in[4], state, cell->fixed ? fixed : shape(1, 0, 0, 0),
        in[CONSTANT]};
    for (int i = 0; i < N_IN; i++) {
        a->in_shape[i] = in[i];
        const size_t n = (size_t)count(in[i]);
        a->in[i] = calloc(n + 1, sizeof(double));
        a->in_f[i] = room(n * sizeof(float));
        for (size_t j = 0; j < n; j++)
            a->in[i][j] = a->in_f[i][j] =
                (float)drawn(i, j, i == 1 || i == 2 ? 1 / sqrt((double)p.H) : 1);
    }
    for (int i = 0; i < N_OUT; i++) {
        a->grad_shape[i] = grad[i];
        a->grad[i] = calloc((size_t)count(grad[i]) + 1, sizeof(double));
        a->grad_f[i] = room((size_t)count(grad[i]) * sizeof(float));
    }
    for (int i = 0; i < 4; i++) {
        a->out_shape[i] = out[i];
        const size_t n = (size_t)count(out[i]);
        a->out[i] = i < 2 ? calloc(n, sizeof(double)) : a->in[3 + i];
        a->out_f[i] = i < 2 ? room(n * sizeof(float)) : a->in_f[3 + i];
    }
}

static void drop(arrays *a) {
    for (int i = 0; i < N_IN; i++) free(a->in[i]), free(a->in_f[i]);
    for (int i = 0; i < N_OUT; i++) free(a->grad[i]), free(a->grad_f[i]);
    for (int i = 0; i < 2; i++) free(a->out[i]), free(a->out_f[i]);
}

/* Inputs as ops "seq" and "seq_grad" take them. */
static void inputs(const problem *p, const void *const *all, bool back, const void **in) {
    const void *state0 = p->with_state ? all[FRS_SEQ_G_STATE0] : NULL;
    const void *fixed = frs__cell_dims(p->cell)->fixed ? all[FRS_SEQ_G_FIXED] : NULL;
    const void *mask = p->with_mask ? all[FRS_SEQ_G_MASK] : NULL;
    memcpy(in, all, sizeof(void *) * N_IN);
    in[back ? FRS_SEQ_G_STATE0 : FRS_SEQ_STATE0] = state0;
    in[back ? FRS_SEQ_G_FIXED : FRS_SEQ_FIXED] = fixed;
    in[back ? FRS_SEQ_G_MASK : FRS_SEQ_MASK] = mask;
    if (!back) in[FRS_SEQ_CONSTANT] = p->with_constant ? all[CONSTANT] : NULL;
    if (back && !p->with_dstate) in[FRS_SEQ_G_DSTATE] = NULL;
}

static void reference(arrays *a, bool back) {
    const double *in[N_IN];
    inputs(&a->p, (const void *const *)a->in, false, (const void **)in);
    frs_ref_args r = {.attr = &a->attr,
                      .n_in = FRS_SEQ_N_IN,
                      .in = in,
                      .out = a->out,
                      .in_shape = a->in_shape,
                      .out_shape = a->out_shape};
    frs__seq_reference(&r);
    if (!back) return;
    inputs(&a->p, (const void *const *)a->in, true, (const void **)in);
    r.n_in = FRS_SEQ_G_N_IN;
    r.out = a->grad;
    r.out_shape = a->grad_shape;
    frs__seq_grad_reference(&r);
}

/* keep: with activations and the gradient; else inference. */
static void kernel(arrays *a, frs_ctx *ctx, frs_isa isa, bool keep) {
    const float *in[N_IN];
    const int threads = frs_ctx_threads(ctx);
    inputs(&a->p, (const void *const *)a->in_f, false, (const void **)in);
    frs_kernel_shape s = {.attr = &a->attr, .n_in = FRS_SEQ_N_IN, .in = a->in_shape, .isa = isa};
    float *out[4] = {a->out_f[0], a->out_f[1], keep ? a->out_f[2] : NULL,
                     keep ? a->out_f[3] : NULL};
    assert_true(frs__seq_fits(&s));
    void *scratch = aligned_alloc(64, frs__seq_scratch(&s, threads));
    frs_kernel_args k = {.ctx = ctx,
                         .attr = &a->attr,
                         .in = in,
                         .out = out,
                         .in_shape = a->in_shape,
                         .out_shape = a->out_shape,
                         .n_in = FRS_SEQ_N_IN,
                         .n_out = 4,
                         .scratch = scratch,
                         .isa = isa};
    frs__seq_run(&k);
    free(scratch);
    if (!keep) return;
    inputs(&a->p, (const void *const *)a->in_f, true, (const void **)in);
    k.n_in = FRS_SEQ_G_N_IN;
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

static void check_within(const arrays *a, bool keep, const char *what, double limit) {
    for (int i = 0; i < 2; i++) {
        const double d = distance(a->out_f[i], a->out[i], a->out_shape[i]);
        if (!(d <= limit))
            fail_msg("%s, %s: B %d T %d F %d H %d output %d: relative distance %g", what,
                     frs__cell_dims(a->p.cell)->name, (int)a->p.B, (int)a->p.T, (int)a->p.F,
                     (int)a->p.H, i, d);
    }
    for (int i = 0; i < N_OUT && keep; i++) {
        const double d = distance(a->grad_f[i], a->grad[i], a->grad_shape[i]);
        if (!(d <= limit))
            fail_msg("%s, %s: B %d T %d F %d H %d gradient %d: relative distance %g", what,
                     frs__cell_dims(a->p.cell)->name, (int)a->p.B, (int)a->p.T, (int)a->p.F,
                     (int)a->p.H, i, d);
    }
}

static void check(const arrays *a, bool keep, const char *what) {
    check_within(a, keep, what, 1e-5);
}

/* Each is run with every cell, forwards and in reverse, with and without a mask, half
 * of them with a constant share. From the last of
 * 50 steps alone a gradient of 3e-7 is left at the first, whose rounding shows (1.26e-5, the same
 * at every ISA level): such sequences are 30 steps. */
static const problem problems[] = {
    {1, 1, 1, 1, false, false, false, 0, false, false, false, false},
    {1, 3, 4, 7, false, true, true, 0, false, false, false, false},
    {2, 3, 33, 8, true, true, false, 0, false, false, false, false},
    {5, 30, 4, 20, true, false, false, 0, false, false, false, false},
    {5, 3, 1, 64, false, true, true, 0, false, false, false, false},
    {17, 50, 5, 20, false, true, true, 0, false, false, false, false},
    {17, 3, 33, 50, true, false, true, 0, false, false, false, false},
    {33, 7, 4, 13, false, false, false, 0, false, false, false, false},
    {70, 30, 5, 9, true, true, true, 0, false, false, false, false},
    {256, 3, 4, 20, false, false, false, 0, false, false, false, false},
    {600, 2, 3, 5, true, true, true, 0, false, false, false, false},
    {16, 90, 7, 33, false, true, false, 0, false, false, false, false},
};

static frs_ctx *context(const char *isa, int threads) {
    frs_ctx *ctx;
    assert_int_equal(frs_ctx_new(&(frs_ctx_opts){.isa = isa, .threads = threads}, &ctx), FRS_OK);
    return ctx;
}

static void one_against_reference(frs_ctx *best, problem p) {
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    arrays a;
    make(&a, p);
    reference(&a, true);
    for (int isa = FRS_ISA_SCALAR; isa <= (int)frs__isa(best); isa++) {
        kernel(&a, best, (frs_isa)isa, true);
        check(&a, true, names[isa]);
        kernel(&a, best, (frs_isa)isa, false);
        check(&a, false, names[isa]);
    }
    drop(&a);
}

static void against_reference(void **state) {
    (void)state;
    frs_ctx *best = context(NULL, 2);
    print_message("seed %llu\n", (unsigned long long)seed());
    for (int i = 0; i < FRS_LEN(problems); i++)
        for (int k = 0; k < 4 * FRS_CELL_COUNT; k++) {
            problem p = problems[i];
            p.cell = k / 4;
            p.reverse = k & 1;
            p.with_mask = k & 2;
            p.with_constant = (i + k / 4 + k / 2 + k) & 1;
            one_against_reference(best, p);
        }
    frs_ctx_free(best);
}

static bool bfloat16_here(void) {
    frs_ctx *ctx = context(NULL, 1);
    const bool here = frs__isa(ctx) == FRS_ISA_AVX512 && frs__amx_here();
    frs_ctx_free(ctx);
    return here;
}

/* Products and kept values of 8 bits: some hundredths of the whole are lost over 50 steps; more by
 * ReLU, which a rounding lets pass or not. */
static void bfloat16(void **state) {
    (void)state;
    if (!bfloat16_here()) {
        print_message("skipped: this processor has no bfloat16 products\n");
        return;
    }
    frs_ctx *ctx = context(NULL, 2);
    for (int i = 0; i < FRS_LEN(problems); i++)
        for (int k = 0; k < 4 * FRS_CELL_COUNT; k++) {
            problem p = problems[i];
            arrays a;
            p.cell = k / 4;
            p.reverse = k & 1;
            p.with_mask = k & 2;
            p.with_constant = (i + k / 4 + k / 2 + k) & 1;
            make(&a, p);
            reference(&a, true);
            a.attr.bfloat16 = true; /* what is kept needs half the room then */
            kernel(&a, ctx, FRS_ISA_AVX512, true);
            check_within(&a, true, "bfloat16", p.cell == FRS_CELL_RNN_RELU ? 0.1 : 0.05);
            drop(&a);
        }
    frs_ctx_free(ctx);
}

/* One unit, one input; every weight 1, every bias 0, h 0.5 and c 1 before, inputs 1 and then 0, the
 * EA-LSTM's input gate 0.25. With a = x + h each cell is a line of arithmetic: an RNN's first h is
 * tanh(1.5); an LSTM's first c is s(1.5) 1 + s(1.5) tanh(1.5). */
static void by_hand(void **state) {
    (void)state;
    static const double h[FRS_CELL_COUNT][2] = {
        [FRS_CELL_LSTM] = {0.7481058951205449, 0.6128450231882547},
        [FRS_CELL_GRU] = {0.5706417885951913, 0.4906997523674509},
        [FRS_CELL_RNN_TANH] = {0.9051482536448664, 0.7187954120699633},
        [FRS_CELL_RNN_RELU] = {1.5, 1.5},
        [FRS_CELL_EALSTM] = {0.6372243949303014, 0.44284798935813846}};
    static const double start[N_IN] = {0, 1, 1, 0, 0, 0, 0, 0.5, 0, 0, 0.25, 0, 0};
    frs_ctx *ctx = context(NULL, 1);
    for (int cell = 0; cell < FRS_CELL_COUNT; cell++) {
        arrays a;
        make(&a, (problem){1, 2, 1, 1, false, true, false, cell, false, false, false, false});
        for (int i = 0; i < N_IN; i++)
            for (int64_t k = 0; k < count(a.in_shape[i]); k++) a.in[i][k] = start[i];
        a.in[FRS_SEQ_X][0] = 1;
        if (frs__cell_dims(cell)->states > 1) a.in[FRS_SEQ_G_STATE0][1] = 1;
        for (int i = 0; i < N_IN; i++)
            for (int64_t k = 0; k < count(a.in_shape[i]); k++) a.in_f[i][k] = (float)a.in[i][k];
        reference(&a, false);
        kernel(&a, ctx, frs__isa(ctx), false);
        for (int s = 0; s < 2; s++) {
            assert_true(fabs(a.out[0][s] - h[cell][s]) <= 1e-15);
            assert_true(fabs((double)a.out_f[0][s] - h[cell][s]) <= 2e-7);
        }
        drop(&a);
    }
    frs_ctx_free(ctx);
}

/* d of sum(y w_y) + sum(state w_s): the reference's gradient against central differences. */
static double objective(arrays *a) {
    reference(a, false);
    double s = 0;
    for (int64_t i = 0; i < count(a->out_shape[0]); i++) s += a->out[0][i] * a->in[FRS_SEQ_G_DY][i];
    for (int64_t i = 0; i < count(a->out_shape[1]); i++)
        s += a->out[1][i] * a->in[FRS_SEQ_G_DSTATE][i];
    return s;
}

static void one_against_differences(problem p) {
    static const int input_of[N_OUT] = {0, 1, 2, 3, 4, FRS_SEQ_G_STATE0, FRS_SEQ_G_FIXED, CONSTANT};
    arrays a;
    make(&a, p);
    reference(&a, true);
    for (int g = 0; g < N_OUT; g++) {
        double *x = a.in[input_of[g]];
        for (int64_t i = 0; i < count(a.grad_shape[g]); i++) {
            const double old = x[i], step = 1e-5;
            x[i] = old + step;
            const double up = objective(&a);
            x[i] = old - step;
            const double down = objective(&a);
            x[i] = old;
            const double d = fabs((up - down) / (2 * step) - a.grad[g][i]);
            if (!(d <= 1e-8))
                fail_msg("%s: gradient %d element %d: off by %g", frs__cell_dims(p.cell)->name, g,
                         (int)i, d);
        }
    }
    drop(&a);
}

static void against_differences(void **state) {
    (void)state;
    static const problem small[] = {{2, 3, 3, 4, false, true, true, 0, false, false, false, false},
                                    {3, 4, 2, 3, true, true, true, 0, false, false, false, false}};
    for (int k = 0; k < 8 * FRS_CELL_COUNT; k++) {
        problem p = small[k & 1];
        p.cell = k / 8;
        p.reverse = k & 2;
        p.with_mask = k & 4;
        p.with_constant = true;
        one_against_differences(p);
    }
}

static void one_same_bits(problem p, bool keep) {
    static const int threads[] = {1, 2, 3, 7};
    arrays a[4];
    for (int k = 0; k < 4; k++) {
        frs_ctx *ctx = context(NULL, threads[k]);
        make(&a[k], p);
        a[k].attr.bfloat16 = p.bfloat16;
        kernel(&a[k], ctx, frs__isa(ctx), keep);
        frs_ctx_free(ctx);
        for (int j = 0; j < 2; j++)
            assert_memory_equal(a[k].out_f[j], a[0].out_f[j],
                                (size_t)count(a[0].out_shape[j]) * sizeof(float));
        for (int j = 0; j < N_OUT && keep; j++)
            if (count(a[0].grad_shape[j]) > 0)
                assert_memory_equal(a[k].grad_f[j], a[0].grad_f[j],
                                    (size_t)count(a[0].grad_shape[j]) * sizeof(float));
    }
    for (int k = 0; k < 4; k++) drop(&a[k]);
}

static void same_bits(void **state) {
    (void)state;
    static const problem p[] = {{70, 20, 5, 20, true, true, true, 0, false, false, false, false},
                                {600, 3, 3, 9, false, true, true, 0, false, false, false, false},
                                {3, 20, 5, 20, false, false, false, 0, false, false, false, false}};
    const bool here = bfloat16_here();
    for (int cell = 0; cell < FRS_CELL_COUNT; cell++)
        for (int i = 0; i < FRS_LEN(p); i++) {
            problem q = p[i];
            q.cell = cell;
            q.with_mask = i == 1;
            q.with_constant = i != 1;
            one_same_bits(q, i < 2);
            q.bfloat16 = true;
            if (here && i < 2) one_same_bits(q, true);
        }
}

/* A NaN in one row must stay in that row's outputs. */
static void nan_stays_in_its_row(void **state) {
    (void)state;
    frs_ctx *ctx = context(NULL, 1);
    for (int cell = 0; cell < FRS_CELL_COUNT; cell++) {
        arrays a;
        make(&a, (problem){20, 5, 3, 6, true, false, false, cell, false, false, false, false});
        a.in_f[0][(7 * 5 + 2) * 3] = NAN;
        kernel(&a, ctx, frs__isa(ctx), true);
        for (int b = 0; b < 20; b++)
            for (int u = 0; u < 6; u++) assert_int_equal(isnan(a.out_f[0][b * 6 + u]) != 0, b == 7);
        drop(&a);
    }
    frs_ctx_free(ctx);
}

/* Behind a mask a NaN does no harm, forwards and in the gradient. */
static void masked_nan_is_not_seen(void **state) {
    (void)state;
    frs_ctx *ctx = context(NULL, 1);
    for (int cell = 0; cell < FRS_CELL_COUNT; cell++)
        for (int64_t B = 1; B < 40; B += 19) {
            arrays a;
            make(&a, (problem){B, 5, 3, 6, false, true, true, cell, false, true, false, false});
            for (int64_t i = 0; i < B * 5; i++) {
                if (a.in_f[FRS_SEQ_G_MASK][i] > 0) continue;
                for (int k = 0; k < 3; k++) a.in_f[0][i * 3 + k] = NAN;
            }
            reference(&a, true); /* its x has no NaN */
            kernel(&a, ctx, frs__isa(ctx), false);
            check(&a, false, "masked NaN");
            kernel(&a, ctx, frs__isa(ctx), true);
            check(&a, true, "masked NaN");
            drop(&a);
        }
    frs_ctx_free(ctx);
}

static double curve_of(int curve, double x) {
    return curve == 0 ? exp(x) : curve == 1 ? 1 / (1 + exp(-x)) : tanh(x);
}

/* Every 61st float up to hi, of both signs; with EVERY_FLOAT=1 in the environment each. */
static double worst(void (*f)(int, int64_t, const float *, float *), int curve, double hi) {
    double most = 0;
    float x[1024], y[1024];
    const uint32_t apart = getenv("EVERY_FLOAT") ? 1 : 61;
    uint32_t bits = apart == 1 ? 0x00800000 : 0x01000000;
    for (bool more = true; more;) {
        for (int i = 0; i < 1024; i += 2, bits += apart) {
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
        cmocka_unit_test(by_hand),
        cmocka_unit_test(against_reference),
        cmocka_unit_test(against_differences),
        cmocka_unit_test(same_bits),
        cmocka_unit_test(nan_stays_in_its_row),
        cmocka_unit_test(bfloat16),
        cmocka_unit_test(masked_nan_is_not_seen),
        cmocka_unit_test(vector_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
