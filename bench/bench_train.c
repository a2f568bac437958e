/* Speed of a whole step through the engine, as a user has it: LSTM, a head of one unit on the last
 * step, mean squared error, Adam; and inference. The same nets as bench/peer_torch.py.
 * Lines of CSV: who, what, isa, threads, B, T, F, H, ms (median), GF/s of the LSTM's products, MB
 * of the step arena.  bench_train [threads [jobs, as 0123 [bfloat16]]], or one training step of any
 * size: bench_train threads B T F H */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "freshet/graph.h"
#include "freshet/train.h"

typedef struct job {
    int64_t B, T, F, H;
    bool train;
    int repeat;
    bool bfloat16;
} job;

static frs_status build(frs_builder *b, const void *arg) {
    const job *j = arg;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *x = frs_input(b, "x", (frs_shape){3, {d.batch, d.steps, j->F}});
    frs_tensor *h = frs_lstm(
        b, x, &(frs_lstm_opts){.hidden = j->H, .last_only = true, .bfloat16 = j->bfloat16});
    frs_tensor *y = frs_dense(b, h, 1);
    frs_output(b, "y", y);
    if (frs_build_mode(b) == FRS_INFER) return frs_build_done(b, NULL);
    frs_tensor *obs = frs_input(b, "obs", (frs_shape){2, {d.batch, 1}});
    return frs_build_done(b, frs_loss_mse(b, y, obs));
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static frs_status fill(frs_plan *p, const char *input) {
    float *x;
    int64_t n;
    FRS_TRY(frs_plan_input(p, input, &x, &n));
    const frs_rng r = {1, FRS_RNG_TEST, 0};
    for (int64_t i = 0; i < n; i++) x[i] = (float)(2 * frs__rng_uniform(r, (uint64_t)i) - 1);
    return FRS_OK;
}

/* A step of one series takes about as long as asking for the time some times over: 100 at once. */
static frs_status time_steps(const job *j, frs_plan *p, frs_optim *o, double *ms) {
    const int at_once = j->B * j->T == 1 ? 100 : 1;
    for (int i = 0; i <= j->repeat; i++) {
        const double start = frs__now_s();
        for (int k = 0; k < at_once; k++) FRS_TRY(frs_plan_run(p, (uint64_t)i));
        if (o) FRS_TRY(frs_optim_step(o, 1e-3, 0));
        ms[i] = (frs__now_s() - start) * 1e3 / at_once;
    }
    qsort(ms + 1, (size_t)j->repeat, sizeof *ms, ascending);
    return FRS_OK;
}

static frs_status run(frs_ctx *ctx, const job *j) {
    frs_model *m = NULL;
    frs_plan *p = NULL;
    frs_optim *o = NULL;
    double ms[1001];
    frs_status s =
        frs_model_new(ctx, &(frs_model_opts){.build = build, .arg = j, .arg_size = sizeof *j}, &m);
    if (!s) s = frs_model_compile(m, j->train ? FRS_TRAIN : FRS_INFER, (frs_dims){j->B, j->T}, &p);
    if (!s && j->train) s = frs_optim_new(ctx, m, &(frs_optim_opts){.kind = FRS_OPTIM_ADAM}, &o);
    if (!s) s = fill(p, "x");
    if (!s && j->train) s = fill(p, "obs");
    if (!s) s = time_steps(j, p, o, ms);
    if (!s) {
        const double t = ms[1 + j->repeat / 2];
        const double flops =
            2.0 * (double)(j->B * j->T * 4 * j->H * (j->F + j->H)) * (j->train ? 3 : 1);
        printf("freshet%s,%s,%s,%d,%d,%d,%d,%d,%.5f,%.1f,%.1f\n", j->bfloat16 ? " bfloat16" : "",
               j->train ? "train" : "infer", frs_ctx_isa(ctx), frs_ctx_threads(ctx), (int)j->B,
               (int)j->T, (int)j->F, (int)j->H, t, flops / t * 1e-6,
               (double)frs_plan_arena_bytes(p) * 1e-6);
        fflush(stdout);
    }
    frs_optim_free(o);
    frs_model_free(m);
    return s;
}

int main(int argc, char **argv) {
    static const job jobs[] = {
        {256, 365, 5, 20, true, 15, false},  {256, 365, 5, 64, true, 9, false},
        {256, 365, 32, 128, true, 5, false}, {256, 365, 32, 256, true, 3, false},
        {256, 365, 5, 64, false, 9, false},  {256, 365, 32, 256, false, 3, false},
        {1, 365, 5, 64, false, 99, false},   {1, 1, 5, 64, false, 999, false},
    };
    frs_ctx *ctx;
    if (frs_ctx_new(&(frs_ctx_opts){.threads = argc > 1 ? atoi(argv[1]) : 0}, &ctx)) return 1;
    if (argc == 6) {
        const job one = {atoll(argv[2]), atoll(argv[3]), atoll(argv[4]), atoll(argv[5]), true, 9,
                         false};
        return run(ctx, &one) != FRS_OK;
    }
    for (int i = 0; i < FRS_LEN(jobs); i++) {
        if (argc > 2 && !strchr(argv[2], '0' + i)) continue;
        job one = jobs[i];
        one.bfloat16 = argc > 3 && strcmp(argv[3], "bfloat16") == 0;
        if (run(ctx, &one) == FRS_OK) continue;
        fprintf(stderr, "%s\n", frs_message(ctx));
        return 1;
    }
    frs_ctx_free(ctx);
    return 0;
}
