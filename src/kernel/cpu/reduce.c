/* Sums and means over axes: in float over some rows at a time, beyond them in double.
 *
 * The usual ones have the form [A, R, K] -> [A, 1, K] once neighbouring axes are joined: all
 * leading axes (the gradient of a bias, A = 1), the last one (K = 1), the area of images (a
 * channel's mean). Where A gives too few blocks, R is cut into fixed parts, whose sums are added in
 * their order. */
#include "kernel/cpu/blocks.h"
#include "kernel/cpu/row.h"
#include "kernel/kernel.h"

typedef struct sums {
    const frs_kernel_args *a;
    int64_t A, R, K;
    frs_blocks rows;   /* parts of R */
    frs_blocks blocks; /* of A x parts */
    double scale, *partial;
} sums;

/* Says whether the reduction has the form above. */
static bool form(const frs_shape *in, const frs_shape *out, sums *s) {
    enum { FEW = 8 };
    const frs_nest t = frs__nest(*in, out, 1);
    int k = 0;
    *s = (sums){.A = 1, .R = 1, .K = 1};
    if (t.step[0][k] && t.rank > 1) s->K = t.n[k++];
    if (t.step[0][k] == 0) s->R = t.n[k++];
    if (k < t.rank) s->A = t.n[k++];
    s->rows = s->A < FEW ? frs__blocks(s->R, s->K) : (frs_blocks){s->R, 1};
    s->blocks = frs__blocks(s->A * s->rows.blocks, s->R * s->K / s->rows.blocks);
    return k == t.rank && frs_shape_count(*in) > 0;
}

/* acc[i] = sum over n rows of x [.., K] in the columns from `first`, width of them. Rows that are
 * short are taken several at once, so that vectors are full. */
static void columns(frs_columns_fn run, const float *x, int64_t K, int64_t n,
                    double acc[FRS_SUM_COLUMNS], int64_t width) {
    int64_t several = FRS_SUM_COLUMNS / K;
    if (several > n) several = n;
    if (several < 1) several = 1;
    const int64_t wide = several > 1 ? several * K : width, many = n / several;
    for (int64_t i = 0; i < wide; i++) acc[i] = 0;
    run(&(frs_columns){x, several * K, many, wide}, acc);
    for (int64_t i = K; i < wide; i++) acc[i % K] += acc[i];
    run(&(frs_columns){x + many * several * K, K, n - many * several, width}, acc);
}

/* The same where n K is small: what columns() does before and after would take longer. */
static void few(const float *x, int64_t K, int64_t n, double *acc) {
    for (int64_t k = 0; k < K; k++) {
        float sum[4] = {0};
        int64_t i = 0;
        for (; i + 3 < n; i += 4)
            for (int j = 0; j < 4; j++) sum[j] += x[(i + j) * K + k];
        for (; i < n; i++) sum[0] += x[i * K + k];
        acc[k] = (double)((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
}

static const frs_columns_fn levels[] = {
    [FRS_ISA_SCALAR] = frs__sum_columns_scalar,
#ifdef FRS_X86
    [FRS_ISA_AVX2] = frs__sum_columns_avx2,
    [FRS_ISA_AVX512] = frs__sum_columns_avx512,
#endif
};

static void body(void *arg, int64_t block, int worker) {
    const sums *s = arg;
    const int64_t end = frs__block_first(s->blocks, block + 1), parts = s->rows.blocks;
    (void)worker;
    for (int64_t t = frs__block_first(s->blocks, block); t < end; t++) {
        const int64_t first = frs__block_first(s->rows, t % parts);
        const int64_t n = frs__block_first(s->rows, t % parts + 1) - first;
        const float *x = s->a->in[0] + (t / parts * s->R + first) * s->K;
        for (int64_t k = 0; k < s->K; k += FRS_SUM_COLUMNS) {
            const int64_t width = s->K - k < FRS_SUM_COLUMNS ? s->K - k : FRS_SUM_COLUMNS;
            double acc[FRS_SUM_COLUMNS];
            if (n * s->K <= FRS_SUM_COLUMNS)
                few(x, s->K, n, acc);
            else
                columns(levels[s->a->isa], x + k, s->K, n, acc, width);
            for (int64_t i = 0; i < width; i++)
                if (parts > 1)
                    s->partial[t * s->K + k + i] = acc[i];
                else
                    s->a->out[0][t * s->K + k + i] = (float)(acc[i] * s->scale);
        }
    }
}

static void add_parts(const sums *s) {
    const int64_t parts = s->rows.blocks;
    for (int64_t i = 0; i < s->A * s->K; i++) {
        const double *p = s->partial + i / s->K * parts * s->K + i % s->K;
        double sum = 0;
        for (int64_t k = 0; k < parts; k++) sum += p[k * s->K];
        s->a->out[0][i] = (float)(sum * s->scale);
    }
}

/* Any axes: element by element. */
static void any(const frs_kernel_args *a, double scale) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < m; i++) a->out[0][i] = 0;
    if (n > 0) {
        const frs_nest t = frs__nest(a->in_shape[0], a->out_shape, 1);
        frs_walk w = frs__walk_from(&t, 0);
        for (int64_t i = 0; i < n; i += t.n[0], frs__walk_on(&t, &w, t.n[0]))
            for (int64_t k = 0; k < t.n[0]; k++)
                a->out[0][w.at[0] + k * t.step[0][0]] += a->in[0][i + k];
    }
    for (int64_t i = 0; i < m; i++) a->out[0][i] = (float)((double)a->out[0][i] * scale);
}

static void reduce(const frs_kernel_args *a, double scale) {
    sums s;
    if (!form(a->in_shape, a->out_shape, &s)) {
        any(a, scale);
        return;
    }
    s.a = a;
    s.scale = scale;
    s.partial = a->scratch;
    frs__parallel(a->ctx, s.blocks.blocks, body, &s);
    if (s.rows.blocks > 1) add_parts(&s);
}

static void run_sum(const frs_kernel_args *a) {
    reduce(a, 1);
}
static void run_mean(const frs_kernel_args *a) {
    const int64_t m = frs_shape_count(a->out_shape[0]);
    reduce(a, m ? (double)m / (double)frs_shape_count(a->in_shape[0]) : 1);
}

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}
static size_t scratch(const frs_kernel_shape *shape, int threads) {
    sums s;
    (void)threads;
    if (!form(shape->in, shape->out, &s) || s.rows.blocks == 1) return 0;
    return (size_t)(s.A * s.rows.blocks * s.K) * sizeof(double);
}

const frs_kernel frs__reduce_sum_cpu = {.op = "reduce_sum",
                                        .backend = "cpu",
                                        .name = "reduce_sum",
                                        .fits = always,
                                        .scratch_bytes = scratch,
                                        .run = run_sum};
const frs_kernel frs__reduce_mean_cpu = {.op = "reduce_mean",
                                         .backend = "cpu",
                                         .name = "reduce_mean",
                                         .fits = always,
                                         .scratch_bytes = scratch,
                                         .run = run_mean};
