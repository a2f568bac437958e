/* Speed of whole steps of nets of convolutions: LeNet-5, AlexNet (one tower), ResNet-18, RainNet,
 * the same nets as bench/peers/torch_conv.py. Lines of CSV: who, net, what, isa, threads, images,
 * ms (median), ms (least), GF/s of the products, MB of the step arena, most MB that the process
 * held (VmHWM: one job a process, so run one at a time), ms of all threads' processor time (mean).
 *     bench_conv THREADS [JOBS, as 0123 [REPEATS]]
 *     bench_conv THREADS JOB explain: what runs where */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "freshet/graph.h"
#include "freshet/train.h"

typedef frs_tensor *(*net_fn)(frs_builder *b, frs_tensor *x);
typedef struct job {
    const char *net;
    net_fn build;
    int64_t batch, rows, channels; /* square images */
    int64_t classes;               /* 0: the target is an image */
    bool train;
    int repeat;
} job;

/* ---- layers in scopes of their own */
static frs_tensor *conv(frs_builder *b, const char *name, frs_tensor *x, frs_conv_opts o) {
    o.padding = FRS_EXPLICIT;
    for (int i = 1; i < 3; i++) o.pad_lo[i] = o.pad_hi[i] = o.pad_lo[0];
    o.pad_hi[0] = o.pad_lo[0];
    frs_scope_push(b, name);
    x = frs_conv(b, x, &o);
    frs_scope_pop(b);
    return x;
}

static frs_tensor *dense(frs_builder *b, const char *name, frs_tensor *x, int64_t units,
                         frs_activation activation) {
    frs_scope_push(b, name);
    x = frs_dense_with(b, x, &(frs_dense_opts){.units = units, .activation = activation});
    frs_scope_pop(b);
    return x;
}

static frs_tensor *pool(frs_builder *b, frs_tensor *x, int kernel, int stride, int pad) {
    return frs_max_pool(b, x,
                        &(frs_pool_opts){.kernel = {kernel},
                                         .stride = {stride},
                                         .padding = FRS_EXPLICIT,
                                         .pad_lo = {pad, pad},
                                         .pad_hi = {pad, pad}});
}

/* LeCun et al. (1998), doi:10.1109/5.726791 */
static frs_tensor *lenet(frs_builder *b, frs_tensor *x) {
    const frs_pool_opts half = {.kernel = {2}};
    x = conv(b, "c1", x,
             (frs_conv_opts){.filters = 6, .kernel = {5}, .pad_lo = {2}, .activation = FRS_TANH});
    x = frs_avg_pool(b, x, &half);
    x = conv(b, "c3", x, (frs_conv_opts){.filters = 16, .kernel = {5}, .activation = FRS_TANH});
    x = frs_flatten(b, frs_avg_pool(b, x, &half));
    x = dense(b, "f5", x, 120, FRS_TANH);
    return dense(b, "f7", dense(b, "f6", x, 84, FRS_TANH), 10, FRS_LINEAR);
}

/* Krizhevsky (2014), arXiv:1404.5997 */
static frs_tensor *alexnet(frs_builder *b, frs_tensor *x) {
    static const frs_conv_opts layers[] = {
        {.filters = 64, .kernel = {11}, .stride = {4}, .pad_lo = {2}},
        {.filters = 192, .kernel = {5}, .pad_lo = {2}},
        {.filters = 384, .kernel = {3}, .pad_lo = {1}},
        {.filters = 256, .kernel = {3}, .pad_lo = {1}},
        {.filters = 256, .kernel = {3}, .pad_lo = {1}}};
    char name[16];
    for (int i = 0; i < FRS_LEN(layers); i++) {
        frs_conv_opts o = layers[i];
        o.activation = FRS_RELU;
        snprintf(name, sizeof name, "conv%d", i + 1);
        x = conv(b, name, x, o);
        if (i < 2 || i == 4) x = pool(b, x, 3, 2, 0);
    }
    x = dense(b, "fc6", frs_flatten(b, x), 4096, FRS_RELU);
    return dense(b, "fc8", dense(b, "fc7", x, 4096, FRS_RELU), 1000, FRS_LINEAR);
}

/* He et al. (2016), doi:10.1109/CVPR.2016.90 */
static frs_tensor *conv_norm(frs_builder *b, const char *name, frs_tensor *x, frs_conv_opts o,
                             bool relu) {
    o.no_bias = true;
    x = conv(b, name, x, o);
    char norm[32];
    snprintf(norm, sizeof norm, "%s_norm", name);
    frs_scope_push(b, norm);
    x = frs_batch_norm(b, x, &(frs_batch_norm_opts){.relu = relu});
    frs_scope_pop(b);
    return x;
}

static frs_tensor *residual(frs_builder *b, frs_tensor *x, int64_t filters, int stride) {
    const frs_shape s = frs_tensor_shape(x);
    frs_tensor *y = conv_norm(
        b, "a", x,
        (frs_conv_opts){.filters = filters, .kernel = {3}, .stride = {stride}, .pad_lo = {1}},
        true);
    y = conv_norm(b, "c", y, (frs_conv_opts){.filters = filters, .kernel = {3}, .pad_lo = {1}},
                  false);
    if (stride > 1 || (x && s.dim[3] != filters))
        x = conv_norm(b, "shortcut", x,
                      (frs_conv_opts){.filters = filters, .kernel = {1}, .stride = {stride}},
                      false);
    return frs_relu(b, frs_add(b, y, x));
}

static frs_tensor *resnet18(frs_builder *b, frs_tensor *x) {
    char name[16];
    x = conv_norm(b, "stem", x,
                  (frs_conv_opts){.filters = 64, .kernel = {7}, .stride = {2}, .pad_lo = {3}},
                  true);
    x = pool(b, x, 3, 2, 1);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "block%d", i + 1);
        frs_scope_push(b, name);
        x = residual(b, x, INT64_C(64) << i / 2, i > 1 && i % 2 == 0 ? 2 : 1);
        frs_scope_pop(b);
    }
    return dense(b, "fc", frs_global_pool(b, x, FRS_POOL_AVG), 1000, FRS_LINEAR);
}

/* Ayzel et al. (2020), doi:10.5194/gmd-13-2631-2020 */
static frs_tensor *twice(frs_builder *b, const char *name, frs_tensor *x, int64_t filters) {
    const frs_conv_opts o = {
        .filters = filters, .kernel = {3}, .pad_lo = {1}, .activation = FRS_RELU};
    frs_scope_push(b, name);
    x = conv(b, "second", conv(b, "first", x, o), o);
    frs_scope_pop(b);
    return x;
}

static frs_tensor *rainnet(frs_builder *b, frs_tensor *x) {
    char name[16];
    frs_tensor *skip[4];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "down%d", i + 1);
        skip[i] = twice(b, name, x, INT64_C(64) << i);
        x = pool(b, skip[i], 2, 2, 0);
    }
    x = twice(b, "bottom", x, 1024);
    for (int i = 3; i >= 0; i--) {
        frs_tensor *both[] = {frs_upsample(b, x, 2, FRS_RESIZE_NEAREST), skip[i]};
        snprintf(name, sizeof name, "up%d", i + 1);
        x = twice(b, name, frs_concat(b, both, 2, 3), INT64_C(64) << i);
    }
    x = conv(b, "two", x,
             (frs_conv_opts){.filters = 2, .kernel = {3}, .pad_lo = {1}, .activation = FRS_RELU});
    return conv(b, "one", x, (frs_conv_opts){.filters = 1, .kernel = {1}});
}

static frs_status build(frs_builder *b, const void *arg) {
    const job *j = arg;
    const int64_t n = frs_build_dims(b).batch;
    frs_tensor *y =
        j->build(b, frs_input(b, "x", (frs_shape){4, {n, j->rows, j->rows, j->channels}}));
    frs_output(b, "y", y);
    if (!j->train) return frs_build_done(b, NULL);
    if (!j->classes)
        return frs_build_done(b, frs_loss_log_cosh(b, y, frs_input(b, "obs", frs_tensor_shape(y))));
    frs_tensor *class = frs_input(b, "obs", (frs_shape){1, {n}});
    return frs_build_done(b, frs_loss_cross_entropy(b, y, class, NULL, 0));
}

/* ---- timing */
static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static frs_status fill(const job *j, frs_plan *p, const char *input, bool classes) {
    float *x;
    int64_t n;
    FRS_TRY(frs_plan_input(p, input, &x, &n));
    const frs_rng r = {1, FRS_RNG_TEST, 0};
    for (int64_t i = 0; i < n; i++) {
        const double u = frs__rng_uniform(r, (uint64_t)i);
        x[i] = classes ? (float)(int)(u * (double)j->classes) : (float)(2 * u - 1);
    }
    return FRS_OK;
}

static frs_status step(const job *j, frs_plan *p, frs_optim *o, uint64_t i) {
    FRS_TRY(frs_plan_run(p, i));
    return o ? frs_optim_step(o, j->classes ? 0.01 : 1e-4, 0) : FRS_OK;
}

static double most_mb(void) {
    char line[256];
    double kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0) kb = strtod(line + 6, NULL);
    if (f) fclose(f);
    return kb / 1024;
}

static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static frs_status time_steps(frs_ctx *ctx, const job *j, frs_plan *p, frs_optim *o) {
    double ms[1001], used = 0;
    for (int i = 0; i <= j->repeat; i++) {
        if (i == 1) used = cpu_ms();
        const double start = frs__now_s();
        FRS_TRY(step(j, p, o, (uint64_t)i));
        ms[i] = (frs__now_s() - start) * 1e3;
    }
    used = (cpu_ms() - used) / j->repeat;
    qsort(ms + 1, (size_t)j->repeat, sizeof *ms, ascending);
    const double t = ms[1 + j->repeat / 2];
    printf("freshet,%s,%s,%s,%d,%d,%.4f,%.4f,%.1f,%.1f,%.1f,%.4f\n", j->net,
           j->train ? "train" : "infer", frs_ctx_isa(ctx), frs_ctx_threads(ctx), (int)j->batch, t,
           ms[1], frs_plan_operations(p, "") / t * 1e-6, (double)frs_plan_arena_bytes(p) * 1e-6,
           most_mb(), used);
    fflush(stdout);
    return FRS_OK;
}

static frs_status explain(frs_ctx *ctx, frs_plan *p) {
    char *text;
    FRS_TRY(frs_plan_explain(p, &text));
    fputs(text, stdout);
    frs_text_free(ctx, text);
    return FRS_OK;
}

static frs_status run(frs_ctx *ctx, const job *j, bool explains) {
    frs_model *m = NULL;
    frs_plan *p = NULL;
    frs_optim *o = NULL;
    const frs_optim_opts kind = {.kind = j->classes ? FRS_OPTIM_SGD : FRS_OPTIM_ADAM};
    frs_status s =
        frs_model_new(ctx, &(frs_model_opts){.build = build, .arg = j, .arg_size = sizeof *j}, &m);
    if (!s) s = frs_model_compile(m, j->train ? FRS_TRAIN : FRS_INFER, (frs_dims){j->batch, 1}, &p);
    if (!s && j->train) s = frs_optim_new(ctx, m, &kind, &o);
    if (!s) s = fill(j, p, "x", false);
    if (!s && j->train) s = fill(j, p, "obs", j->classes > 0);
    if (!s) s = explains ? explain(ctx, p) : time_steps(ctx, j, p, o);
    frs_optim_free(o);
    frs_model_free(m);
    return s;
}

int main(int argc, char **argv) {
    static const job jobs[] = {
        {"LeNet-5", lenet, 128, 28, 1, 10, true, 99},
        {"AlexNet", alexnet, 1, 224, 3, 1000, false, 15},
        {"AlexNet", alexnet, 16, 224, 3, 1000, false, 5},
        {"AlexNet", alexnet, 16, 224, 3, 1000, true, 3},
        {"ResNet-18", resnet18, 1, 224, 3, 1000, false, 15},
        {"ResNet-18", resnet18, 16, 224, 3, 1000, false, 3},
        {"ResNet-18", resnet18, 16, 224, 3, 1000, true, 3},
        {"RainNet 256", rainnet, 1, 256, 4, 0, false, 5},
        {"RainNet 928", rainnet, 1, 928, 4, 0, false, 1},
        {"RainNet 256", rainnet, 2, 256, 4, 0, true, 3},
    };
    frs_ctx *ctx;
    if (frs_ctx_new(&(frs_ctx_opts){.threads = argc > 1 ? atoi(argv[1]) : 0}, &ctx)) return 1;
    const bool explains = argc > 3 && strcmp(argv[3], "explain") == 0;
    for (int i = 0; i < FRS_LEN(jobs); i++) {
        if (argc > 2 && !strchr(argv[2], '0' + i)) continue;
        job one = jobs[i];
        if (argc > 3 && atoi(argv[3]) > 0) one.repeat = atoi(argv[3]) < 1000 ? atoi(argv[3]) : 1000;
        if (run(ctx, &one, explains) == FRS_OK) continue;
        fprintf(stderr, "%s\n", frs_message(ctx));
        return 1;
    }
    frs_ctx_free(ctx);
    return 0;
}
