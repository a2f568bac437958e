/* Speed of the sequence kernels alone: one LSTM, forward and backward to all its weights, and
 * inference. Lines of CSV: what, isa, threads, B, T, F, H, ms (median), GF/s. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/cpu/seq.h"

typedef struct job {
    int64_t B, T, F, H;
    bool train;
    int repeat;
} job;

static float *room(int64_t n) {
    float *p = aligned_alloc(64, (size_t)(n * 4 + 63) / 64 * 64);
    if (!p) exit(1);
    for (int64_t i = 0; i < n; i++) p[i] = (float)((double)(i * 7919 % 1009) / 5045 - 0.1);
    return p;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void run(frs_ctx *ctx, job j) {
    const frs_seq_attr attr = {FRS_CELL_LSTM, j.train};
    const int64_t G = 4 * j.H;
    const frs_shape y = {2, {j.B, j.H}}, ys = {3, {j.B, j.T, j.H}}, state = {3, {2, j.B, j.H}};
    const frs_shape act = {1, {frs__seq_kept_act(0, j.B, j.T, j.H)}};
    const frs_shape kept = {1, {frs__seq_kept_states(0, j.B, j.T, j.H)}};
    const frs_shape in_shape[] = {
        {3, {j.B, j.T, j.F}}, {2, {G, j.F}}, {2, {G, j.H}}, {1, {G}}, {1, {G}}, state,
        j.train ? y : ys,     state,         act,           kept};
    const frs_shape grad_shape[] = {in_shape[0], in_shape[1], in_shape[2], in_shape[3], state};
    float *in[10], *grad[5], *out[4] = {0}, *fwd[10], *bwd[10];
    for (int i = 0; i < 10; i++)
        in[i] = j.train || i < 7 ? room(frs_shape_count(in_shape[i])) : NULL;
    for (int i = 0; i < 5; i++) grad[i] = room(frs_shape_count(grad_shape[i]));
    memcpy(fwd, in, sizeof in), memcpy(bwd, in, sizeof in);
    fwd[5] = bwd[5] = bwd[7] = NULL;
    float *dx = grad[0], *dstate = grad[4];
    grad[0] = grad[4] = NULL; /* as the first layer of a net has it */
    out[0] = room(frs_shape_count(in_shape[6]));
    out[2] = j.train ? in[8] : NULL, out[3] = j.train ? in[9] : NULL;
    const frs_kernel_shape s = {.attr = &attr, .n_in = 10, .in = in_shape, .isa = frs__isa(ctx)};
    const int threads = frs_ctx_threads(ctx);
    const size_t a = frs__seq_scratch(&s, threads), b = frs__seq_grad_scratch(&s, threads);
    float *scratch = room((int64_t)((a > b ? a : b) / 4));
    frs_kernel_args k = {
        .ctx = ctx, .attr = &attr, .in_shape = in_shape, .scratch = scratch, .isa = s.isa};
    double ms[200], ms_f[200];
    for (int i = 0; i <= j.repeat; i++) {
        const double start = frs__now_s();
        k.in = (const float *const *)fwd, k.out = out;
        frs__seq_run(&k);
        ms_f[i] = (frs__now_s() - start) * 1e3;
        k.in = (const float *const *)bwd, k.out = grad;
        if (j.train) frs__seq_grad_run(&k);
        ms[i] = (frs__now_s() - start) * 1e3;
    }
    qsort(ms + 1, (size_t)j.repeat, sizeof *ms, ascending);
    qsort(ms_f + 1, (size_t)j.repeat, sizeof *ms, ascending);
    const double t = ms[1 + j.repeat / 2];
    const double flops = 2.0 * (double)(j.B * j.T * G * (j.F + j.H)) * (j.train ? 3 : 1);
    printf("%s,%s,%d,%d,%d,%d,%d,%.4f,%.1f,forward %.2f,best %.2f\n",
           j.train ? "lstm train" : "lstm infer", frs_ctx_isa(ctx), threads, (int)j.B, (int)j.T,
           (int)j.F, (int)j.H, t, flops / t * 1e-6, ms_f[1 + j.repeat / 2], ms[1]);
    fflush(stdout);
    for (int i = 0; i < 10; i++) free(in[i]);
    for (int i = 0; i < 5; i++) free(grad[i]);
    free(dx), free(dstate), free(out[0]), free(scratch);
}

int main(int argc, char **argv) {
    static const job jobs[] = {
        {256, 365, 5, 20, true, 15},  {256, 365, 5, 64, true, 9},  {256, 365, 32, 128, true, 5},
        {256, 365, 32, 256, true, 3}, {256, 365, 5, 64, false, 9}, {256, 365, 32, 256, false, 3},
        {1, 365, 5, 64, false, 99},   {1, 1, 5, 64, false, 199},
    };
    frs_ctx *ctx;
    if (frs_ctx_new(&(frs_ctx_opts){.threads = argc > 1 ? atoi(argv[1]) : 0}, &ctx)) return 1;
    for (int i = 0; i < FRS_LEN(jobs); i++)
        if (argc < 3 || strchr(argv[2], '0' + i)) run(ctx, jobs[i]);
    frs_ctx_free(ctx);
    return 0;
}
