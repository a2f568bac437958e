/* Slices by index, and their sums. */
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/rows.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <math.h>
#include <string.h>

enum { COLUMNS = 64 }; /* of scatter_add, in an item */

typedef struct job {
    const frs_kernel_args *a;
    const frs_gather_attr *t;
    int64_t n, count, inner; /* of the axis; indices; elements of a slice */
    int64_t parts;           /* a slice in parts of COLUMNS */
    frs_blocks blocks;
} job;

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static void gather_some(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const float none = j->t->zero ? 0 : NAN;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) {
        const int64_t at = frs__index_of((double)j->a->in[1][i % j->count], j->n);
        float *to = j->a->out[0] + i * j->inner;
        if (at >= 0)
            memcpy(to, j->a->in[0] + (i / j->count * j->n + at) * j->inner,
                   (size_t)j->inner * sizeof *to);
        else
            for (int64_t k = 0; k < j->inner; k++) to[k] = none;
    }
}

static void run_gather(const frs_kernel_args *a) {
    job j = {.a = a, .t = a->attr, .count = frs_shape_count(a->in_shape[1])};
    int64_t outer;
    frs__around(a->in_shape[0], j.t->axis, &outer, &j.inner);
    j.n = a->in_shape[0].dim[j.t->axis];
    if (frs_shape_count(a->out_shape[0]) == 0) return;
    j.blocks = frs__blocks(outer * j.count, j.inner);
    frs__parallel(a->ctx, j.blocks.blocks, gather_some, &j);
}

/* An item is some columns of the slices: each sums all of its indices, in their order. */
static void scatter_one(const job *j, int64_t item) {
    const int64_t outer = item / j->parts, first = item % j->parts * COLUMNS;
    const int64_t width = j->inner - first < COLUMNS ? j->inner - first : COLUMNS;
    const float *from = j->a->in[0] + outer * j->count * j->inner + first;
    float *to = j->a->out[0] + outer * j->n * j->inner + first;
    for (int64_t i = 0; i < j->n; i++) memset(to + i * j->inner, 0, (size_t)width * sizeof *to);
    for (int64_t i = 0; i < j->count; i++, from += j->inner) {
        const int64_t at = frs__index_of((double)j->a->in[1][i], j->n);
        for (int64_t k = 0; k < width && at >= 0; k++) to[at * j->inner + k] += from[k];
    }
}

static void scatter_some(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) scatter_one(j, i);
}

static void run_scatter_add(const frs_kernel_args *a) {
    job j = {.a = a, .t = a->attr, .count = frs_shape_count(a->in_shape[1])};
    int64_t outer;
    frs__around(a->out_shape[0], j.t->axis, &outer, &j.inner);
    j.n = j.t->n;
    j.parts = (j.inner + COLUMNS - 1) / COLUMNS;
    if (frs_shape_count(a->out_shape[0]) == 0) return;
    j.blocks =
        frs__blocks(outer * j.parts, (j.count + j.n) * (j.inner < COLUMNS ? j.inner : COLUMNS));
    frs__parallel(a->ctx, j.blocks.blocks, scatter_some, &j);
}

static void run_one_hot(const frs_kernel_args *a) {
    const int64_t n = ((const frs_gather_attr *)a->attr)->n;
    const int64_t count = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < count; i++) {
        const float index = a->in[0][i];
        const int64_t at = frs__index_of((double)index, n);
        float *y = a->out[0] + i * n;
        for (int64_t k = 0; k < n; k++) y[k] = isnan(index) ? index : 0;
        if (at >= 0) y[at] = 1;
    }
}

const frs_kernel frs__gather_cpu = {
    .op = "gather", .backend = "cpu", .name = "gather", .fits = always, .run = run_gather};
const frs_kernel frs__scatter_add_cpu = {.op = "scatter_add",
                                         .backend = "cpu",
                                         .name = "scatter_add",
                                         .fits = always,
                                         .run = run_scatter_add};
const frs_kernel frs__one_hot_cpu = {
    .op = "one_hot", .backend = "cpu", .name = "one_hot", .fits = always, .run = run_one_hot};
