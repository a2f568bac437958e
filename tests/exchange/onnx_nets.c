/* Nets of all kinds, written as ONNX, read and run again: the same values, for another batch than
 * the file was written by. usage: onnx_nets FOLDER [NAME..]: each net goes to FOLDER/NAME, as
 * model.onnx and values.txt, for other programs (onnxruntime.mjs); onnx_nets net FILE: a net of
 * layers, saved. Exit status 1: one is wrong. */
#include "onnx_nets.h"
#include "base/base.h"
#include "freshet/onnx.h"
#include "onnx_values.h"

#include <math.h>
#include <string.h>

enum { BATCH = 3, MAX_VALUES = 16 };

typedef struct trial {
    frs_ctx *ctx;
    const onnx_net *net;
    char folder[512], path[600];
    frs_model *m;
    frs_plan *plan;
    frs_onnx *again;
    float *in[MAX_VALUES]; /* in the order of axes of the file */
    frs_shape shape[MAX_VALUES];
    FILE *values;
} trial;

/* ---- numbers */

static double uniform(uint64_t key, int64_t i) {
    return frs__rng_uniform((frs_rng){7, FRS_RNG_TEST, 0}, key * 1000003 + (uint64_t)i);
}

/* Weights away from their first values, which are often 0 or 1. */
static void stir(frs_model *m) {
    float *w = frs_model_weights(m);
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        const bool positive = strstr(p.name, "running_var") != NULL;
        for (int64_t k = 0; k < frs_shape_count(p.shape); k++) {
            const double r = uniform((uint64_t)i, k);
            w[p.offset + k] =
                positive ? (float)(0.5 + r) : w[p.offset + k] + (float)(0.4 * r - 0.2);
        }
    }
}

/* By the input's name: "index..": whole numbers, "gappy..": some missing, "mask..": 0 and 1. */
static float number(const char *name, int64_t i) {
    const double r = uniform(frs__hash64(name, (int64_t)strlen(name), 1) % 1000, i);
    if (strncmp(name, "index", 5) == 0) return (float)floor(r * ONNX_NETS_INDEX);
    if (strncmp(name, "mask", 4) == 0) return r < 0.6 ? 1.0F : 0.0F;
    if (strncmp(name, "gappy", 5) == 0 && r < 0.2) return NAN;
    return (float)(2 * uniform(frs__hash64(name, (int64_t)strlen(name), 2) % 1000, i) - 1);
}

/* Element i of an array laid out [B, C, ..] in the same laid out [B, .., C]. */
static int64_t turned(frs_shape s, int64_t i) {
    int64_t at[FRS_MAX_RANK], to = 0;
    for (int k = s.rank; k-- > 0; i /= s.dim[k]) at[k] = i % s.dim[k];
    for (int k = 0; k < s.rank; k++) {
        const int from = k == 0 ? 0 : k == s.rank - 1 ? 1 : k + 1;
        to = to * s.dim[from] + at[from];
    }
    return to;
}

static bool is_turned(const trial *t, frs_shape s) {
    return t->net->o.channels_first && s.rank >= 4;
}

/* ---- there and back */

static frs_status write(trial *t) {
    const frs_model_opts o = {.build = t->net->build, .seed = 3};
    const int64_t steps = t->net->o.steps ? t->net->o.steps : 1;
    FRS_TRY(frs_model_new(t->ctx, &o, &t->m));
    FRS_TRY(frs_model_compile(
        t->m, FRS_INFER, (frs_dims){t->net->o.batch ? t->net->o.batch : BATCH, steps}, &t->plan));
    stir(t->m);
    return frs_onnx_save(t->m, t->path, &t->net->o);
}

static frs_status feed(trial *t, int i) {
    const frs_onnx_value v = frs_onnx_input(t->again, i);
    t->shape[i].rank = v.rank;
    for (int k = 0; k < v.rank; k++) t->shape[i].dim[k] = v.dim[k] < 0 ? BATCH : v.dim[k];
    const int64_t n = frs_shape_count(t->shape[i]);
    float *ours = frs__alloc(t->ctx, n, sizeof *ours);
    t->in[i] = frs__alloc(t->ctx, n, sizeof *t->in[i]);
    if (!ours || !t->in[i]) return FRS_E_NOMEM;
    for (int64_t k = 0; k < n; k++) {
        t->in[i][k] = number(v.name, k);
        ours[is_turned(t, t->shape[i]) ? turned(t->shape[i], k) : k] = t->in[i][k];
    }
    const frs_status s = frs_plan_feed(t->plan, v.name, ours, n);
    frs__free(t->ctx, ours);
    values_put(t->values, "in", v.name, t->shape[i], t->in[i]);
    return s;
}

static frs_status run(trial *t) {
    frs_onnx_given given[MAX_VALUES] = {0};
    FRS_TRY(frs_onnx_open(t->ctx, t->path, &t->again));
    for (int i = 0; i < frs_onnx_n_inputs(t->again); i++) {
        FRS_TRY(feed(t, i));
        given[i].shape = t->shape[i];
    }
    for (int i = 0; i < t->net->o.n_constants; i++) {
        const frs_onnx_constant *k = &t->net->o.constants[i];
        FRS_TRY(frs_plan_feed(t->plan, k->input, k->values, 3));
    }
    FRS_TRY(frs_plan_run(t->plan, 0));
    FRS_TRY(frs_onnx_compile(t->again, given));
    return frs_onnx_run(t->again, (const float *const *)t->in);
}

static bool close_to(double is, double want, double most) {
    return isnan(want) ? isnan(is)
                       : is == want || fabs(is - want) <= 1e-6 * fabs(want) + 2e-6 * most;
}

static frs_status compare(trial *t, int i, bool *same) {
    const char *name = frs_onnx_output(t->again, i).name;
    const float *is, *want;
    frs_shape s;
    int64_t n;
    double most = 0;
    FRS_TRY(frs_onnx_result(t->again, i, &s, &is));
    FRS_TRY(frs_plan_output_f32(t->plan, name, &want, &n));
    float *ours = frs__alloc(t->ctx, n, sizeof *ours);
    if (!ours) return FRS_E_NOMEM;
    *same &= n == frs_shape_count(s) && n > 0;
    for (int64_t k = 0; k < n && *same; k++) {
        ours[k] = want[is_turned(t, s) ? turned(s, k) : k];
        if (isfinite(ours[k])) most = fmax(most, fabs((double)ours[k]));
    }
    for (int64_t k = 0; k < n && *same; k++) {
        *same = close_to((double)is[k], (double)ours[k], most);
        if (!*same)
            printf("%s[%lld] is %.9g, expected %.9g\n", name, (long long)k, (double)is[k],
                   (double)ours[k]);
    }
    values_put(t->values, "out", name, s, ours);
    frs__free(t->ctx, ours);
    return FRS_OK;
}

static frs_status try_all(trial *t, bool *same) {
    char path[600];
    FRS_TRY(frs__mkdirs(t->ctx, t->folder));
    snprintf(t->path, sizeof t->path, "%s/model.onnx", t->folder);
    snprintf(path, sizeof path, "%s/values.txt", t->folder);
    t->values = fopen(path, "w");
    if (!t->values) return FRS_E_IO;
    FRS_TRY(write(t));
    FRS_TRY(run(t));
    for (int i = 0; i < frs_onnx_n_outputs(t->again); i++) FRS_TRY(compare(t, i, same));
    return FRS_OK;
}

static bool try_net(frs_ctx *ctx, const char *root, const onnx_net *net) {
    trial t = {.ctx = ctx, .net = net};
    bool same = true;
    snprintf(t.folder, sizeof t.folder, "%s/%s", root, net->name);
    const frs_status s = try_all(&t, &same);
    if (s != FRS_OK) printf("%s\n", frs_message(ctx));
    if (t.values) fclose(t.values);
    frs_onnx_free(t.again);
    for (int i = 0; i < MAX_VALUES; i++) frs__free(ctx, t.in[i]);
    frs_model_free(t.m);
    printf("%s: %s\n", net->name, s == FRS_OK && same ? "passed" : "FAILED");
    return s == FRS_OK && same;
}

static bool wanted(int argc, char **argv, const char *name) {
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], name) == 0) return true;
    return argc <= 2;
}

/* A net of layers in a file of its own, for who reads such. */
static bool save_net(frs_ctx *ctx, const char *path) {
    static const frs_layer layers[] = {
        {.type = "conv", .filters = 3, .kernel = {3}, .activation = FRS_RELU},
        {.type = "global_average_pool"},
        {.type = "dense", .units = 2}};
    frs_net *net = NULL;
    const frs_net_opts o = {.inputs = {{"x", {3, {8, 8, 2}}}}, FRS_LAYERS(layers)};
    frs_status s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK) s = frs_net_save(net, path);
    frs_net_free(net);
    return s == FRS_OK;
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    bool passed = argc > 1;
    if (!passed || frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx) != FRS_OK) return 1;
    if (strcmp(argv[1], "net") == 0) {
        passed = argc == 3 && save_net(ctx, argv[2]);
        frs_ctx_free(ctx);
        return !passed;
    }
    for (int i = 0; i < onnx_n_nets; i++)
        if (wanted(argc, argv, onnx_nets[i].name)) passed &= try_net(ctx, argv[1], &onnx_nets[i]);
    frs_ctx_free(ctx);
    return !passed;
}
