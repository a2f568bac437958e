/* Plain loops in float: moved elements, dropout, squared losses. */
#include "op/elementwise.h"
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <math.h>
#include <string.h>

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

#define FRS_CPU(NAME, RUN)                                                                         \
    const frs_kernel frs__##NAME##_cpu = {                                                         \
        .op = #NAME, .backend = "cpu", .name = #NAME, .fits = always, .run = RUN};

/* ---- moving elements */
static void run_reshape(const frs_kernel_args *a) {
    memcpy(a->out[0], a->in[0], (size_t)frs_shape_count(a->in_shape[0]) * sizeof(float));
}
FRS_CPU(reshape, run_reshape)

/* Elements before and after an axis. */
static void around(frs_shape s, int axis, int64_t *outer, int64_t *inner) {
    *outer = *inner = 1;
    for (int k = 0; k < s.rank; k++)
        if (k != axis) *(k < axis ? outer : inner) *= s.dim[k];
}

/* Rows of an axis and what is behind it, shared out among threads. */
typedef struct moving {
    const frs_kernel_args *a;
    frs_blocks blocks; /* of the elements before the axis */
    int64_t inner;
} moving;

static void move(const frs_kernel_args *a, frs_shape whole, frs_body body) {
    const frs_slice_attr *s = a->attr;
    int64_t outer;
    moving m = {.a = a};
    around(whole, s->axis, &outer, &m.inner);
    m.blocks = frs__blocks(outer, m.inner * a->out_shape[0].dim[s->axis]);
    frs__parallel(a->ctx, m.blocks.blocks, body, &m);
}

static void slice_rows(void *arg, int64_t block, int worker) {
    const moving *m = arg;
    const frs_slice_attr *s = m->a->attr;
    const int64_t total = m->a->in_shape[0].dim[s->axis], piece = s->n * m->inner;
    const int64_t end = frs__block_first(m->blocks, block + 1);
    (void)worker;
    for (int64_t o = frs__block_first(m->blocks, block); o < end; o++)
        memcpy(m->a->out[0] + o * piece, m->a->in[0] + (o * total + s->first) * m->inner,
               (size_t)piece * sizeof(float));
}

static void run_slice(const frs_kernel_args *a) {
    move(a, a->in_shape[0], slice_rows);
}
FRS_CPU(slice, run_slice)

static void run_unslice(const frs_kernel_args *a) {
    const frs_slice_attr *s = a->attr;
    int64_t outer, inner;
    around(a->in_shape[0], s->axis, &outer, &inner);
    const int64_t piece = a->in_shape[0].dim[s->axis] * inner;
    memset(a->out[0], 0, (size_t)frs_shape_count(a->out_shape[0]) * sizeof(float));
    for (int64_t o = 0; o < outer; o++)
        memcpy(a->out[0] + (o * s->n + s->first) * inner, a->in[0] + o * piece,
               (size_t)piece * sizeof(float));
}
FRS_CPU(unslice, run_unslice)

static void concat_rows(void *arg, int64_t block, int worker) {
    const moving *m = arg;
    const frs_kernel_args *a = m->a;
    const frs_slice_attr *s = a->attr;
    const int64_t end = frs__block_first(m->blocks, block + 1);
    int64_t o = frs__block_first(m->blocks, block);
    float *to = a->out[0] + o * a->out_shape[0].dim[s->axis] * m->inner;
    (void)worker;
    for (; o < end; o++)
        for (int i = 0; i < a->n_in; i++) {
            const int64_t piece = a->in_shape[i].dim[s->axis] * m->inner;
            memcpy(to, a->in[i] + o * piece, (size_t)piece * sizeof(float));
            to += piece;
        }
}

static void run_concat(const frs_kernel_args *a) {
    move(a, a->out_shape[0], concat_rows);
}
FRS_CPU(concat, run_concat)

/* ---- dropout: a mask drawn anew by element, so blocks know nothing of each other */
typedef struct dropping {
    const frs_kernel_args *a;
    frs_blocks blocks;
} dropping;

static void drop(void *arg, int64_t block, int worker) {
    const dropping *j = arg;
    const frs_kernel_args *a = j->a;
    const frs_dropout_attr *d = a->attr;
    const frs_rng r = {a->run.seed, FRS_RNG_DROPOUT, a->run.step};
    const float scale = (float)(1 / (1 - d->rate));
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) {
        const uint64_t draw = frs__dropout_draw(d, a->in_shape[0], i);
        const bool keep = frs__rng_uniform(r, d->key << 40 | draw) >= d->rate;
        a->out[0][i] = keep ? a->in[0][i] * scale : 0;
    }
}

static void run_dropout(const frs_kernel_args *a) {
    enum { WORK = 32 }; /* of one random number, beside a sum of two floats */
    dropping j = {a, frs__blocks(frs_shape_count(a->in_shape[0]), WORK)};
    frs__parallel(a->ctx, j.blocks.blocks, drop, &j);
}
FRS_CPU(dropout, run_dropout)

/* ---- squared losses */
static double weight(const frs_loss_attr *t, const float *std, int64_t row) {
    const double s = t->weighted ? (double)std[row] + 0.1 : 1;
    return 1 / (s * s);
}

/* Mean of w d^2 over the targets that are there, in double. */
static double mean_squared(const frs_kernel_args *a, const float *std, int64_t *count) {
    const int64_t n = frs_shape_count(a->in_shape[0]), B = a->in_shape[0].dim[0];
    double sum = 0;
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = weight(a->attr, std, i / (n / B));
        const double d = (double)a->in[0][i] - (double)a->in[1][i];
        if (isnan(a->in[1][i]) || isnan(w)) continue;
        sum += w * d * d;
        ++*count;
    }
    return *count ? sum / (double)*count : 0;
}

static void run_loss_squared(const frs_kernel_args *a) {
    int64_t count;
    const double mean = mean_squared(a, a->n_in > 2 ? a->in[2] : NULL, &count);
    a->out[0][0] = (float)(((const frs_loss_attr *)a->attr)->root ? sqrt(mean) : mean);
}
FRS_CPU(loss_squared, run_loss_squared)

static void run_loss_squared_grad(const frs_kernel_args *a) {
    const frs_loss_attr *t = a->attr;
    const float *std = a->n_in > 3 ? a->in[3] : NULL;
    const int64_t n = frs_shape_count(a->in_shape[0]), B = a->in_shape[0].dim[0];
    int64_t count;
    const double mean = mean_squared(a, std, &count);
    double scale = count ? 2 * (double)a->in[2][0] / (double)count : 0;
    if (t->root) scale = mean > 0 ? scale / (2 * sqrt(mean)) : 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = weight(t, std, i / (n / B));
        const bool counts = !isnan(a->in[1][i]) && !isnan(w);
        const double d = (double)a->in[0][i] - (double)a->in[1][i];
        a->out[0][i] = counts ? (float)(scale * w * d) : 0;
    }
}
FRS_CPU(loss_squared_grad, run_loss_squared_grad)
