/* Padding and its gradient: a row reaches from the last axis that is padded to the end. */
#include "op/pad.h"
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include <string.h>

/* Small: before padding; large: behind it. */
typedef struct job {
    const frs_pad_attr *t;
    const float *in;
    float *out;
    frs_shape small, large;
    int axis;      /* the last that is padded; 0 where none is */
    int64_t inner; /* elements of the axes behind it */
    frs_blocks blocks;
} job;

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static job job_of(const frs_kernel_args *a, frs_shape small, frs_shape large) {
    job j = {.t = a->attr, .in = a->in[0], .out = a->out[0], .small = small, .large = large};
    if (small.rank == 0) /* as a vector of one */
        j.small = j.large = (frs_shape){1, {1}};
    for (int k = 0; k < j.small.rank; k++)
        if (j.t->lo[k] || j.t->hi[k]) j.axis = k;
    j.inner = 1;
    for (int k = j.axis + 1; k < j.small.rank; k++) j.inner *= j.small.dim[k];
    return j;
}

/* The small row that a large one comes from; -1: none. */
static int64_t row_from(const job *j, int64_t row) {
    int64_t at = 0, stride = 1;
    for (int k = j->axis - 1; k >= 0; k--) {
        const int64_t i = frs__pad_from(j->t, k, j->small.dim[k], row % j->large.dim[k]);
        if (i < 0) return -1;
        at += i * stride;
        row /= j->large.dim[k];
        stride *= j->small.dim[k];
    }
    return at;
}

static void fill(float *to, int64_t n, float v) {
    for (int64_t i = 0; i < n; i++) to[i] = v;
}

/* Elements [first, end) of the padded axis, all outside of the small one. */
static void put_ends(const job *j, const float *from, float *to, int64_t first, int64_t end) {
    for (int64_t i = first; i < end; i++) {
        const int64_t at = frs__pad_from(j->t, j->axis, j->small.dim[j->axis], i);
        if (at < 0)
            fill(to + i * j->inner, j->inner, (float)j->t->value);
        else
            memcpy(to + i * j->inner, from + at * j->inner, (size_t)j->inner * sizeof *to);
    }
}

static void put_rows(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t n = j->small.dim[j->axis], all = j->large.dim[j->axis], lo = j->t->lo[j->axis];
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t row = frs__block_first(j->blocks, block); row < end; row++) {
        float *to = j->out + row * all * j->inner;
        const int64_t source = row_from(j, row);
        if (source < 0) {
            fill(to, all * j->inner, (float)j->t->value);
            continue;
        }
        const float *from = j->in + source * n * j->inner;
        put_ends(j, from, to, 0, lo);
        memcpy(to + lo * j->inner, from, (size_t)(n * j->inner) * sizeof *to);
        put_ends(j, from, to, lo + n, all);
    }
}

static void run_pad(const frs_kernel_args *a) {
    job j = job_of(a, a->in_shape[0], a->out_shape[0]);
    int64_t rows = 1;
    if (frs_shape_count(j.large) == 0) return;
    for (int k = 0; k < j.axis; k++) rows *= j.large.dim[k];
    j.blocks = frs__blocks(rows, j.large.dim[j.axis] * j.inner);
    frs__parallel(a->ctx, j.blocks.blocks, put_rows, &j);
}

/* ---- gradient: all large rows of an item in order, so that sums have one order */
static void add_row(const job *j, const float *from, float *to) {
    const int64_t n = j->small.dim[j->axis], all = j->large.dim[j->axis];
    for (int64_t i = 0; i < all; i++) {
        const int64_t at = frs__pad_from(j->t, j->axis, n, i);
        for (int64_t k = 0; k < j->inner && at >= 0; k++)
            to[at * j->inner + k] += from[i * j->inner + k];
    }
}

static void add_rows(void *arg, int64_t block, int worker) {
    const job *j = arg;
    int64_t large = 1, small = 1; /* rows of an item */
    for (int k = j->blocks.items > 1; k < j->axis; k++) {
        large *= j->large.dim[k];
        small *= j->small.dim[k];
    }
    const int64_t n = j->small.dim[j->axis] * j->inner, all = j->large.dim[j->axis] * j->inner;
    const int64_t first = frs__block_first(j->blocks, block);
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    fill(j->out + first * small * n, (end - first) * small * n, 0);
    for (int64_t row = first * large; row < end * large; row++) {
        const int64_t target = row_from(j, row);
        if (target >= 0) add_row(j, j->in + row * all, j->out + target * n);
    }
}

static void run_pad_grad(const frs_kernel_args *a) {
    job j = job_of(a, a->out_shape[0], a->in_shape[0]);
    const bool batch = j.axis > 0 && !j.t->lo[0] && !j.t->hi[0]; /* axis 0 may be shared out */
    if (frs_shape_count(j.small) == 0) return;
    j.blocks = batch ? frs__blocks(j.small.dim[0], frs_shape_count(j.large) / j.small.dim[0])
                     : (frs_blocks){1, 1};
    frs__parallel(a->ctx, j.blocks.blocks, add_rows, &j);
}

const frs_kernel frs__pad_cpu = {
    .op = "pad", .backend = "cpu", .name = "pad", .fits = always, .run = run_pad};
const frs_kernel frs__pad_grad_cpu = {
    .op = "pad_grad", .backend = "cpu", .name = "pad_grad", .fits = always, .run = run_pad_grad};
