/* Optimiser steps over the flat buffer, in fixed blocks: one pass for the norm, one for the step.
 */
#include "train/optim.h"
#include "freshet/train.h"
#include <math.h>

enum { BLOCK = 4096 }; /* elements; the number of blocks depends on the model alone */

static int64_t n_blocks(const frs_optim *o) {
    return (o->n + BLOCK - 1) / BLOCK;
}

frs_status frs__need_weights(frs_ctx *ctx, const frs_model *m) {
    if (frs_model_weights_get(m) && frs_model_dtype(m) == FRS_F32) return FRS_OK;
    return frs__fail(ctx, FRS_E_ARG, _("the model has no float32 weights: compile it first"));
}

/* Without momentum SGD and RMSprop keep no direction: of a large net that is as much as its
 * weights.
 */
static bool has_first(const frs_optim_opts *o) {
    return o->momentum != 0 || o->kind == FRS_OPTIM_ADAM || o->kind == FRS_OPTIM_ADAMW;
}

frs_status frs_optim_new(frs_ctx *ctx, frs_model *m, const frs_optim_opts *opts, frs_optim **out) {
    FRS_TRY(frs__need_weights(ctx, m));
    frs_optim *o = frs__alloc(ctx, 1, sizeof *o);
    if (!o) return FRS_E_NOMEM;
    *o = (frs_optim){.ctx = ctx, .model = m, .o = *opts, .n = frs_model_flat_count(m)};
    if (o->o.beta1 <= 0) o->o.beta1 = 0.9;
    if (o->o.beta2 <= 0) o->o.beta2 = 0.999;
    if (o->o.eps <= 0) o->o.eps = 1e-8;
    if (o->o.alpha <= 0) o->o.alpha = 0.99;
    if (o->o.weight_decay <= 0) o->o.weight_decay = 0.01;
    const bool first = has_first(&o->o), second = o->o.kind != FRS_OPTIM_SGD;
    if (first) o->first = frs__alloc(ctx, o->n, sizeof(float));
    if (second) o->second = frs__alloc(ctx, o->n, sizeof(float));
    o->sums = frs__alloc(ctx, n_blocks(o), sizeof(double));
    o->spans = frs__alloc(ctx, frs_model_n_params(m), sizeof *o->spans);
    if ((first && !o->first) || (second && !o->second) || !o->sums || !o->spans) {
        frs_optim_free(o);
        return FRS_E_NOMEM;
    }
    *out = o;
    return FRS_OK;
}

void frs_optim_free(frs_optim *o) {
    if (!o) return;
    frs__free(o->ctx, o->first);
    frs__free(o->ctx, o->second);
    frs__free(o->ctx, o->sums);
    frs__free(o->ctx, o->spans);
    frs__free(o->ctx, o);
}

/* What the bodies see of one step. */
typedef struct pass {
    frs_optim *o;
    float *w;
    const float *g;
    float scale; /* of the gradients: clipping */
    float rate, beta1, beta2, step_size, root_correction, eps, momentum, alpha;
    float keep; /* share of a weight that its decay leaves */
} pass;

static void norm_block(void *arg, int64_t block, int worker) {
    (void)worker;
    const pass *p = arg;
    const int64_t first = block * BLOCK, left = p->o->n - first, n = left < BLOCK ? left : BLOCK;
    double sum[4] = {0};
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int k = 0; k < 4; k++) sum[k] += (double)p->g[first + i + k] * p->g[first + i + k];
    for (; i < n; i++) sum[0] += (double)p->g[first + i] * p->g[first + i];
    p->o->sums[block] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= rate / (1 - b1^t) m / (sqrt(v / (1 - b2^t))
 * + eps); before that AdamW shrinks w by rate x decay */
static void adam_range(const pass *p, int64_t first, int64_t n) {
    float *restrict w = p->w + first, *restrict m = p->o->first + first;
    float *restrict v = p->o->second + first;
    const float *restrict g = p->g + first;
    for (int64_t i = 0; i < n; i++) {
        const float d = g[i] * p->scale;
        m[i] = m[i] + (d - m[i]) * (1 - p->beta1);
        v[i] = v[i] * p->beta2 + d * d * (1 - p->beta2);
        w[i] = w[i] * p->keep - p->step_size * m[i] / (sqrtf(v[i]) / p->root_correction + p->eps);
    }
}

/* u = momentum u + g; w -= rate u */
static void sgd_range(const pass *p, int64_t first, int64_t n) {
    float *restrict w = p->w + first;
    const float *restrict g = p->g + first;
    if (!p->o->first) {
        for (int64_t i = 0; i < n; i++) w[i] -= p->rate * (g[i] * p->scale);
        return;
    }
    float *restrict u = p->o->first + first;
    for (int64_t i = 0; i < n; i++) {
        u[i] = p->momentum * u[i] + g[i] * p->scale;
        w[i] -= p->rate * u[i];
    }
}

/* v = a v + (1 - a) g^2; u = momentum u + g / (sqrt(v) + eps); w -= rate u */
static void rmsprop_range(const pass *p, int64_t first, int64_t n) {
    float *restrict w = p->w + first, *restrict v = p->o->second + first;
    float *restrict u = p->o->first ? p->o->first + first : NULL;
    const float *restrict g = p->g + first;
    for (int64_t i = 0; i < n; i++) {
        const float d = g[i] * p->scale;
        v[i] = v[i] * p->alpha + d * d * (1 - p->alpha);
        const float now = d / (sqrtf(v[i]) + p->eps);
        if (u) u[i] = p->momentum * u[i] + now;
        w[i] -= p->rate * (u ? u[i] : now);
    }
}

/* A block's elements that are trained: states and frozen parameters stay. */
static void step_block(void *arg, int64_t block, int worker) {
    (void)worker;
    static void (*const range[])(const pass *p, int64_t first,
                                 int64_t n) = {[FRS_OPTIM_SGD] = sgd_range,
                                               [FRS_OPTIM_ADAM] = adam_range,
                                               [FRS_OPTIM_ADAMW] = adam_range,
                                               [FRS_OPTIM_RMSPROP] = rmsprop_range};
    const pass *p = arg;
    const int64_t begin = block * BLOCK, end = begin + BLOCK;
    for (int64_t k = 0; k < p->o->n_spans && p->o->spans[k].first < end; k++) {
        const frs_span s = p->o->spans[k];
        const int64_t first = s.first > begin ? s.first : begin;
        const int64_t last = s.first + s.n < end ? s.first + s.n : end;
        if (first < last) range[p->o->o.kind](p, first, last - first);
    }
}

/* Neighbours among the trained parameters, with the padding behind them, make one span. */
static void find_spans(frs_optim *o) {
    o->n_spans = 0;
    for (int64_t i = 0; i < frs_model_n_params(o->model); i++) {
        const frs_param_info q = frs_model_param(o->model, i);
        if (q.state || q.frozen) continue;
        const int64_t n = (frs_shape_count(q.shape) + 15) & ~INT64_C(15);
        frs_span *last = o->n_spans ? &o->spans[o->n_spans - 1] : NULL;
        if (last && last->first + last->n == q.offset)
            last->n += n;
        else
            o->spans[o->n_spans++] = (frs_span){q.offset, n};
    }
}

static double norm(frs_optim *o, pass *p) {
    frs__parallel(o->ctx, n_blocks(o), norm_block, p);
    double sum = 0;
    for (int64_t i = 0; i < n_blocks(o); i++) sum += o->sums[i];
    return sqrt(sum);
}

double frs_optim_last_norm(const frs_optim *o) {
    pass p = {.o = (frs_optim *)(uintptr_t)o, .g = frs_model_gradients(o->model)};
    return norm(p.o, &p);
}

frs_status frs_optim_step(frs_optim *o, double learning_rate, double clip_norm) {
    pass p = {.o = o,
              .w = frs_model_weights(o->model),
              .g = frs_model_gradients(o->model),
              .rate = (float)learning_rate,
              .momentum = (float)o->o.momentum,
              .beta1 = (float)o->o.beta1,
              .beta2 = (float)o->o.beta2,
              .alpha = (float)o->o.alpha,
              .eps = (float)o->o.eps};
    const double scale = clip_norm > 0 ? clip_norm / (norm(o, &p) + 1e-6) : 1;
    p.scale = scale < 1 ? (float)scale : 1.0F;
    find_spans(o);
    o->step++;
    const double t = (double)o->step;
    p.step_size = (float)(learning_rate / (1 - pow(o->o.beta1, t)));
    p.root_correction = (float)sqrt(1 - pow(o->o.beta2, t));
    p.keep = o->o.kind == FRS_OPTIM_ADAMW ? (float)(1 - learning_rate * o->o.weight_decay) : 1.0F;
    frs__parallel(o->ctx, n_blocks(o), step_block, &p);
    return FRS_OK;
}
