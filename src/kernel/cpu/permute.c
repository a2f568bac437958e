/* Copies whose steps in the input differ from those in the output: permute and flip. Axes that lie
 * together in both are one; what is left is rows, or, where the last axis moves, matrices turned in
 * tiles that stay in the first cache. */
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include "op/op_internal.h"
#include <string.h>

enum { TILE = 16 };
typedef float v4 __attribute__((vector_size(16)));

/* Of each axis of the output: its size, the steps in input and output. */
typedef struct axis {
    int64_t n, from, to;
} axis;
typedef struct walk {
    const float *in;
    float *out;
    int rank; /* of the outer axes, which `at` numbers */
    axis outer[FRS_MAX_RANK];
    axis row, turned; /* turned: the input's last axis, in tiles; n = 0: none */
    frs_blocks blocks;
} walk;

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static void put_tile(const float *in, float *out, int64_t from, int64_t to, int64_t rows,
                     int64_t columns) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) out[j * to + i] = in[i * from + j];
}

/* 4 x 4 in registers. */
static void turn4(const float *in, float *out, int64_t from, int64_t to) {
    v4 a, b, c, d;
    memcpy(&a, in, sizeof a);
    memcpy(&b, in + from, sizeof b);
    memcpy(&c, in + 2 * from, sizeof c);
    memcpy(&d, in + 3 * from, sizeof d);
    const v4 ab0 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    const v4 ab1 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const v4 cd0 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    const v4 cd1 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    const v4 turned[4] = {__builtin_shufflevector(ab0, cd0, 0, 1, 4, 5),
                          __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7),
                          __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5),
                          __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7)};
    for (int k = 0; k < 4; k++) memcpy(out + k * to, &turned[k], sizeof turned[k]);
}

/* out[j to + i] = in[i from + j], i < rows, j < columns */
static void turn(const float *in, float *out, int64_t from, int64_t to, int64_t rows,
                 int64_t columns) {
    const int64_t whole = columns / 4 * 4;
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        for (int64_t j = 0; j < whole; j += 4) turn4(in + i * from + j, out + j * to + i, from, to);
        put_tile(in + i * from + whole, out + whole * to + i, from, to, 4, columns - whole);
    }
    put_tile(in + i * from, out + i, from, to, rows - i, columns);
}

static void one_row(const walk *w, const float *in, float *out) {
    if (w->row.from == 1)
        memcpy(out, in, (size_t)w->row.n * sizeof *out);
    else
        for (int64_t i = 0; i < w->row.n; i++) out[i] = in[i * w->row.from];
}

/* A band of tiles: TILE elements of the input's last axis by all of a row. */
static void one_band(const walk *w, const float *in, float *out, int64_t band) {
    const int64_t first = band * TILE, left = w->turned.n - first;
    in += first;
    out += first * w->turned.to;
    for (int64_t i = 0; i < w->row.n; i += TILE)
        turn(in + i * w->row.from, out + i, w->row.from, w->turned.to,
             w->row.n - i < TILE ? w->row.n - i : TILE, left < TILE ? left : TILE);
}

static void body(void *arg, int64_t block, int worker) {
    const walk *w = arg;
    const int64_t first = frs__block_first(w->blocks, block);
    const int64_t end = frs__block_first(w->blocks, block + 1);
    const int64_t bands = w->turned.n ? (w->turned.n + TILE - 1) / TILE : 1;
    int64_t at[FRS_MAX_RANK] = {0}, band = first % bands, rest = first / bands;
    const float *in = w->in;
    float *out = w->out;
    (void)worker;
    for (int k = w->rank - 1; k >= 0; k--) {
        at[k] = rest % w->outer[k].n;
        rest /= w->outer[k].n;
        in += at[k] * w->outer[k].from;
        out += at[k] * w->outer[k].to;
    }
    for (int64_t i = first; i < end; i++) {
        if (w->turned.n)
            one_band(w, in, out, band);
        else
            one_row(w, in, out);
        if (++band < bands) continue;
        band = 0;
        for (int k = w->rank - 1; k >= 0; k--) { /* the next place of the outer axes */
            in += w->outer[k].from;
            out += w->outer[k].to;
            if (++at[k] < w->outer[k].n) break;
            in -= at[k] * w->outer[k].from;
            out -= at[k] * w->outer[k].to;
            at[k] = 0;
        }
    }
}

/* Axes of 1 fall away, and those that lie together become one. */
static int merge(axis *a, int rank) {
    int n = 0;
    for (int k = 0; k < rank; k++) {
        if (a[k].n == 1) continue;
        if (n && a[n - 1].from == a[k].from * a[k].n) {
            a[n - 1] = (axis){a[n - 1].n * a[k].n, a[k].from, a[k].to};
            continue;
        }
        a[n++] = a[k];
    }
    return n;
}

static void copy(const frs_kernel_args *args, const float *in, axis *a, int rank) {
    walk w = {.in = in, .out = args->out[0], .row = {1, 1, 1}};
    int64_t items = 1;
    if (frs_shape_count(args->out_shape[0]) == 0) return;
    rank = merge(a, rank);
    if (rank) w.row = a[--rank];
    for (int k = 0; k < rank; k++)
        if (w.row.from != 1 && a[k].from == 1 && !w.turned.n)
            w.turned = a[k];
        else {
            items *= a[k].n;
            w.outer[w.rank++] = a[k];
        }
    if (w.turned.n) items *= (w.turned.n + TILE - 1) / TILE;
    w.blocks = frs__blocks(items, w.row.n * (w.turned.n ? TILE : 1));
    frs__parallel(args->ctx, w.blocks.blocks, body, &w);
}

/* Steps of the axes of s in memory. */
static void steps_of(frs_shape s, int64_t *step) {
    int64_t n = 1;
    for (int k = s.rank - 1; k >= 0; k--) {
        step[k] = n;
        n *= s.dim[k];
    }
}

static void run_permute(const frs_kernel_args *args) {
    const frs_permute_attr *t = args->attr;
    const frs_shape in = args->in_shape[0], out = args->out_shape[0];
    int64_t from[FRS_MAX_RANK] = {0}, to[FRS_MAX_RANK] = {0};
    axis a[FRS_MAX_RANK];
    steps_of(in, from);
    steps_of(out, to);
    for (int k = 0; k < out.rank; k++) a[k] = (axis){out.dim[k], from[t->order[k]], to[k]};
    copy(args, args->in[0], a, out.rank);
}

static void run_flip(const frs_kernel_args *args) {
    const frs_axes_attr *t = args->attr;
    const frs_shape s = args->in_shape[0];
    int64_t step[FRS_MAX_RANK] = {0};
    const float *in = args->in[0];
    axis a[FRS_MAX_RANK];
    steps_of(s, step);
    for (int k = 0; k < s.rank; k++) {
        const bool flipped = t->axes >> k & 1;
        a[k] = (axis){s.dim[k], flipped ? -step[k] : step[k], step[k]};
        if (flipped && s.dim[k]) in += (s.dim[k] - 1) * step[k];
    }
    copy(args, in, a, s.rank);
}

const frs_kernel frs__permute_cpu = {
    .op = "permute", .backend = "cpu", .name = "permute", .fits = always, .run = run_permute};
const frs_kernel frs__flip_cpu = {
    .op = "flip", .backend = "cpu", .name = "flip", .fits = always, .run = run_flip};
