/* Losses of classes (formulas: op/loss_classes.c): rows in float, over fixed blocks of them; sums
 * in double, added in the order of the blocks. */
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include "op/loss.h"
#include <math.h>

enum { WORK = 16 }; /* of one class, beside a sum of two floats */

typedef struct job {
    const frs_kernel_args *a;
    const frs_classes_attr *t;
    const float *weights; /* NULL: 1 */
    int64_t K;
    bool numbers;
    frs_blocks blocks;
    double (*partial)[2]; /* loss and D of a block */
    double scale;
} job;

static frs_blocks blocks_of(const frs_shape *in) {
    const int64_t K = in[0].dim[in[0].rank - 1];
    return frs__blocks(K ? frs_shape_count(in[0]) / K : 0, K * WORK);
}

static job job_of(const frs_kernel_args *a, int weights) {
    return (job){.a = a,
                 .t = a->attr,
                 .weights = weights < a->n_in ? a->in[weights] : NULL,
                 .K = a->in_shape[0].dim[a->in_shape[0].rank - 1],
                 .numbers = a->in_shape[1].rank < a->in_shape[0].rank,
                 .blocks = blocks_of(a->in_shape)};
}

/* ---- one row: its target, and what its logits are less to be logarithms of shares */
typedef struct row {
    const float *x, *target;
    int64_t number; /* of the class; -1: none such, or the target gives shares */
    float less;
} row;

static row row_at(const job *j, int64_t i) {
    row r = {.x = j->a->in[0] + i * j->K, .number = -1};
    r.target = j->a->in[1] + (j->numbers ? i : i * j->K);
    if (j->numbers && r.target[0] >= 0 && r.target[0] < (float)j->K)
        r.number = (int64_t)r.target[0];
    if (j->t->probabilities) return r;
    float most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < j->K; k++) most = r.x[k] > most ? r.x[k] : most;
    for (int64_t k = 0; k < j->K; k++) sum += expf(r.x[k] - most);
    r.less = most + logf(sum);
    return r;
}

static bool counts(const job *j, const row *r) {
    for (int64_t k = 0; k < (j->numbers ? 1 : j->K); k++)
        if (isnan(r->target[k])) return false;
    return true;
}

static float log_share(const job *j, const row *r, int64_t k) {
    if (!j->t->probabilities) return r->x[k] - r->less;
    return logf(r->x[k] < (float)FRS_LEAST_SHARE ? (float)FRS_LEAST_SHARE : r->x[k]);
}

static float share(const job *j, const row *r, int64_t k) {
    const float s = (float)j->t->smoothing;
    float t = j->numbers ? (float)(k == r->number) : r->target[k];
    if (j->numbers && r->number < 0) t = NAN;
    return (1 - s) * t + s / (float)j->K;
}

static float class_weight(const job *j, int64_t k) {
    return j->weights ? j->weights[k] : 1;
}

static double row_loss(const job *j, const row *r) {
    const float gamma = (float)j->t->gamma;
    double loss = 0;
    for (int64_t k = 0; k < j->K; k++) {
        const float t = share(j, r, k), c = class_weight(j, k) * t;
        if (j->t->entropy && t > 0) loss += (double)(t * logf(t));
        if (c == 0) continue;
        const float log_p = log_share(j, r, k);
        loss -= (double)(gamma > 0 ? c * powf(-expm1f(log_p), gamma) * log_p : c * log_p);
    }
    return loss;
}

static void values(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    const bool by_weight = j->numbers && j->weights && !(j->t->gamma > 0);
    double loss = 0, D = 0;
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) {
        const row r = row_at(j, i);
        if (!counts(j, &r)) continue;
        loss += row_loss(j, &r);
        D += by_weight && r.number >= 0 ? (double)j->weights[r.number] : 1;
    }
    j->partial[block][0] = loss;
    j->partial[block][1] = D;
}

static size_t scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return (size_t)blocks_of(s->in).blocks * 2 * sizeof(double);
}

static void run_values(const frs_kernel_args *a) {
    job j = job_of(a, 2);
    double loss = 0, D = 0;
    j.partial = a->scratch;
    frs__parallel(a->ctx, j.blocks.blocks, values, &j);
    for (int64_t k = 0; k < j.blocks.blocks; k++) {
        loss += j.partial[k][0];
        D += j.partial[k][1];
    }
    a->out[0][0] = D == 0 && !isnan(loss) ? 0 : (float)(loss / D);
    if (a->out[1]) a->out[1][0] = (float)D;
}

/* ---- gradient */
static float slope(const job *j, const row *r, int64_t k) {
    const float c = class_weight(j, k) * share(j, r, k), gamma = (float)j->t->gamma;
    if (!(gamma > 0)) return -c;
    const float log_p = log_share(j, r, k), q = -expm1f(log_p);
    if (q <= 0) return 0;
    return c * (gamma * expf(log_p) * powf(q, gamma - 1) * log_p - powf(q, gamma));
}

static void row_slopes(const job *j, const row *r, float *dx) {
    float all = 0;
    for (int64_t k = 0; k < j->K; k++) {
        dx[k] = slope(j, r, k);
        all += dx[k];
    }
    for (int64_t k = 0; k < j->K; k++) {
        const float p = expf(log_share(j, r, k));
        dx[k] = (float)j->scale * (j->t->probabilities ? dx[k] / p : dx[k] - p * all);
    }
}

static void slopes(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) {
        const row r = row_at(j, i);
        float *dx = j->a->out[0] + i * j->K;
        if (counts(j, &r) && j->scale != 0)
            row_slopes(j, &r, dx);
        else
            for (int64_t k = 0; k < j->K; k++) dx[k] = 0;
    }
}

static void run_slopes(const frs_kernel_args *a) {
    job j = job_of(a, 4);
    const double D = (double)a->in[2][0];
    j.scale = D != 0 ? (double)a->in[3][0] / D : 0;
    frs__parallel(a->ctx, j.blocks.blocks, slopes, &j);
}

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}
const frs_kernel frs__loss_classes_cpu = {.op = "loss_classes",
                                          .backend = "cpu",
                                          .name = "loss_classes",
                                          .fits = always,
                                          .scratch_bytes = scratch,
                                          .run = run_values};
const frs_kernel frs__loss_classes_grad_cpu = {.op = "loss_classes_grad",
                                               .backend = "cpu",
                                               .name = "loss_classes_grad",
                                               .fits = always,
                                               .run = run_slopes};
