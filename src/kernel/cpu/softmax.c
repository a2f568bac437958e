/* Softmax and its logarithm: rows, or columns of a matrix, shared out among threads. */
#include "kernel/cpu/softmax.h"
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/rows.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <math.h>

typedef void (*part_fn)(const frs_softmax_part *p);
static const struct {
    part_fn row, columns;
} parts[] = {
    [FRS_ISA_SCALAR] = {frs__softmax_row_scalar, frs__softmax_columns_scalar},
#ifdef FRS_X86
    [FRS_ISA_AVX2] = {frs__softmax_row_avx2, frs__softmax_columns_avx2},
    [FRS_ISA_AVX512] = {frs__softmax_row_avx512, frs__softmax_columns_avx512},
#endif
};

typedef struct job {
    const frs_kernel_args *a;
    const float *mask; /* NULL: none */
    int64_t n, inner;
    frs_rows rows; /* of the mask */
    frs_blocks blocks;
    bool log;
} job;

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static bool counts(const job *j, int64_t at) {
    return j->mask[frs__broadcast_at(j->rows.out, j->rows.in, at)] > 0;
}

/* With a mask, along another axis than the last. */
static void masked(const job *j, int64_t first) {
    const int64_t end = first + j->n * j->inner;
    const float *x = j->a->in[0];
    float *y = j->a->out[0], most = -INFINITY, sum = 0;
    for (int64_t at = first; at < end; at += j->inner)
        if (counts(j, at) && x[at] > most) most = x[at];
    for (int64_t at = first; at < end; at += j->inner) {
        y[at] = counts(j, at) ? expf(x[at] - most) : 0;
        sum += y[at];
    }
    for (int64_t at = first; at < end; at += j->inner)
        if (counts(j, at)) y[at] /= sum;
}

static void one(const job *j, int64_t item) {
    const int64_t first = item * j->n * j->inner;
    frs_softmax_part p = {.x = j->a->in[0] + first,
                          .y = j->a->out[0] + first,
                          .n = j->n,
                          .inner = j->inner,
                          .columns = j->inner,
                          .log = j->log};
    if (j->inner > 1 && j->mask) {
        for (int64_t k = 0; k < j->inner; k++) masked(j, first + k);
        return;
    }
    if (j->mask) {
        p.mask = j->mask + frs__row_at(&j->rows, item);
        p.mask_step = j->rows.stride;
    }
    if (j->inner > 1)
        parts[j->a->isa].columns(&p);
    else
        parts[j->a->isa].row(&p);
}

static void body(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    (void)worker;
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) one(j, i);
}

static void share_out(const frs_kernel_args *a, bool log) {
    const frs_shape s = a->in_shape[0];
    const int axis = s.rank - 1 - ((const frs_softmax_attr *)a->attr)->back;
    job j = {.a = a, .mask = a->n_in > 1 ? a->in[1] : NULL, .n = s.dim[axis], .log = log};
    int64_t outer;
    frs__around(s, axis, &outer, &j.inner);
    if (frs_shape_count(s) == 0) return;
    if (j.mask) j.rows = frs__rows_of(s, a->in_shape[1]);
    j.blocks = frs__blocks(outer, j.n * j.inner * 8); /* 8: an exponential among them */
    frs__parallel(a->ctx, j.blocks.blocks, body, &j);
}

static void run_softmax(const frs_kernel_args *a) {
    share_out(a, false);
}
static void run_log_softmax(const frs_kernel_args *a) {
    share_out(a, true);
}

const frs_kernel frs__softmax_cpu = {
    .op = "softmax", .backend = "cpu", .name = "softmax", .fits = always, .run = run_softmax};
const frs_kernel frs__log_softmax_cpu = {.op = "log_softmax",
                                         .backend = "cpu",
                                         .name = "log_softmax",
                                         .fits = always,
                                         .run = run_log_softmax};
