/* Speed of the sequence kernels alone: one LSTM, forward and backward to all its weights, and
 * inference. Lines of CSV: what, isa, threads, B, T, F, H, ms (median), GF/s of the products, ms
 * (least), ms of the forward part (median).  bench_seq [threads [jobs, as 0123]] */
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

typedef struct arrays {
    frs_seq_attr attr;
    frs_shape in_shape[10];
    float *in[10], *out[4], *grad[FRS_SEQ_G_N_OUT], *scratch;
} arrays;

/* Forward: x, weights, biases -> y and what the gradient needs. Back: dy -> weights and biases, as
 * the first layer of a net has it. */
static void make(arrays *a, const job *j, const frs_ctx *ctx) {
    const int64_t G = 4 * j->H;
    a->attr = (frs_seq_attr){.cell = FRS_CELL_LSTM, .last_only = j->train};
    *a = (arrays){.attr = a->attr,
                  .in_shape = {{3, {j->B, j->T, j->F}},
                               {2, {G, j->F}},
                               {2, {G, j->H}},
                               {1, {G}},
                               {1, {G}},
                               {1, {frs__seq_kept_act(&a->attr, false, j->B, j->T, j->H)}},
                               {1, {frs__seq_kept_states(&a->attr, j->B, j->T, j->H)}},
                               {3, {2, j->B, j->H}},
                               {3, {j->B, j->T, j->H}}}};
    if (j->train) a->in_shape[8] = (frs_shape){2, {j->B, j->H}};
    for (int i = 0; i < 9; i++)
        if (i < 5 || j->train) a->in[i] = room(frs_shape_count(a->in_shape[i]));
    a->out[0] = room(frs_shape_count(a->in_shape[8]));
    a->out[2] = a->in[5], a->out[3] = a->in[6];
    for (int i = 1; i < 5; i++) a->grad[i] = room(frs_shape_count(a->in_shape[i]));
    const frs_kernel_shape s = {.attr = &a->attr, .n_in = 10, .in = a->in_shape};
    const size_t f = frs__seq_scratch(&s, frs_ctx_threads(ctx));
    const size_t b = frs__seq_grad_scratch(&s, frs_ctx_threads(ctx));
    a->scratch = room((int64_t)((f > b ? f : b) / 4));
}

static void drop(arrays *a) {
    for (int i = 0; i < 10; i++) free(a->in[i]);
    for (int i = 0; i < 6; i++) free(a->grad[i]);
    free(a->out[0]), free(a->scratch);
}

static void run(frs_ctx *ctx, job j) {
    arrays a;
    make(&a, &j, ctx);
    const float *forward[10], *back[10];
    memcpy(forward, a.in, sizeof a.in), memcpy(back, a.in, sizeof a.in);
    back[7] = back[9] = NULL;
    frs_kernel_args k = {.ctx = ctx,
                         .attr = &a.attr,
                         .in_shape = a.in_shape,
                         .scratch = a.scratch,
                         .isa = frs__isa(ctx)};
    double ms[200], ms_forward[200];
    for (int i = 0; i <= j.repeat; i++) {
        const double start = frs__now_s();
        k.in = forward, k.out = a.out, k.n_in = FRS_SEQ_STATE0;
        frs__seq_run(&k);
        ms_forward[i] = (frs__now_s() - start) * 1e3;
        k.in = back, k.out = a.grad, k.n_in = 10;
        if (j.train) frs__seq_grad_run(&k);
        ms[i] = (frs__now_s() - start) * 1e3;
    }
    qsort(ms + 1, (size_t)j.repeat, sizeof *ms, ascending);
    qsort(ms_forward + 1, (size_t)j.repeat, sizeof *ms, ascending);
    const double t = ms[1 + j.repeat / 2];
    const double flops = 2.0 * (double)(j.B * j.T * 4 * j.H * (j.F + j.H)) * (j.train ? 3 : 1);
    printf("%s,%s,%d,%d,%d,%d,%d,%.4f,%.1f,%.4f,%.4f\n", j.train ? "lstm train" : "lstm infer",
           frs_ctx_isa(ctx), frs_ctx_threads(ctx), (int)j.B, (int)j.T, (int)j.F, (int)j.H, t,
           flops / t * 1e-6, ms[1], ms_forward[1 + j.repeat / 2]);
    fflush(stdout);
    drop(&a);
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
