/* Resizing and its gradient: tables of where each element comes from are made at compile. */
#include "kernel/cpu/resize.h"
#include "kernel/cpu/blocks.h"
#include "kernel/kernel.h"
#include <string.h>

enum { CHANNELS = 64 }; /* of an item of the gradient: it goes through all of an image */

typedef struct math {
    void (*mix)(const frs_resize_rows *r, int64_t small);
    void (*unmix)(const frs_resize_rows *r, int64_t small, float *const to[4]);
    void (*spread)(const frs_resize_rows *r, float *to);
    void (*gather)(const frs_resize_rows *r, const float *from);
} math;
#define MATH(level)                                                                                \
    {                                                                                              \
        frs__resize_mix_##level, frs__resize_unmix_##level, frs__resize_spread_##level,            \
            frs__resize_gather_##level                                                             \
    }
static const math levels[] = {
    [FRS_ISA_SCALAR] = MATH(scalar),
#ifdef FRS_X86
    [FRS_ISA_AVX2] = MATH(avx2),
    [FRS_ISA_AVX512] = MATH(avx512),
#endif
};

/* Made at compile. Axes D, H, W: those that are not there come first and are 1. */
typedef struct tables {
    int64_t B, C, small[3], large[3];
    bool nearest;
    const frs_resize_from *axis[3];
    frs_resize_from place[];
} tables;

typedef struct job {
    const frs_kernel_args *a;
    const tables *t;
    int64_t parts; /* of the channels, in the gradient */
    frs_blocks blocks;
} job;

static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static frs_status prepare(frs_ctx *ctx, const frs_kernel_shape *s, void **state) {
    const frs_resize_attr *t = s->attr;
    const int axes = s->in[0].rank - 2, shift = 3 - axes;
    int64_t n = 3;
    for (int k = 0; k < axes; k++) n += t->to[k];
    tables *p = frs__alloc(ctx, 1, sizeof *p + (size_t)n * sizeof *p->place);
    if (!p) return FRS_E_NOMEM;
    p->B = s->in[0].dim[0];
    p->C = s->in[0].dim[axes + 1];
    p->nearest = t->mode == FRS_RESIZE_NEAREST;
    frs_resize_from *at = p->place;
    for (int k = 0; k < 3; k++) {
        const bool there = k >= shift;
        p->small[k] = there ? t->from[k - shift] : 1;
        p->large[k] = there ? t->to[k - shift] : 1;
        p->axis[k] = at;
        for (int64_t i = 0; i < p->large[k]; i++)
            *at++ = there ? frs__resize_from(t, k - shift, i) : (frs_resize_from){{0, 0}, 0};
    }
    *state = p;
    return FRS_OK;
}

static void release(frs_ctx *ctx, void *state) {
    frs__free(ctx, state);
}

/* A packed row a thread. */
static int64_t packed_bytes(int64_t W, int64_t C) {
    return (W * C * (int64_t)sizeof(float) + 63) & ~INT64_C(63);
}
static size_t scratch_bytes(const frs_kernel_shape *s, int threads) {
    const frs_resize_attr *t = s->attr;
    const int axes = s->in[0].rank - 2;
    return (size_t)packed_bytes(t->from[axes - 1], s->in[0].dim[axes + 1]) * (size_t)threads;
}

/* The small rows that large row (d, h) of an image is mixed from: their numbers and shares. */
static int sources(const tables *t, int64_t d, int64_t h, int64_t row[4], float share[4]) {
    const frs_resize_from *a = &t->axis[0][d], *b = &t->axis[1][h];
    int n = 0;
    for (int i = 0; i < (a->at[0] == a->at[1] ? 1 : 2); i++)
        for (int j = 0; j < (b->at[0] == b->at[1] ? 1 : 2); j++) {
            const double x = a->at[0] == a->at[1] ? 1 : i ? a->share : 1 - a->share;
            const double y = b->at[0] == b->at[1] ? 1 : j ? b->share : 1 - b->share;
            row[n] = a->at[i] * t->small[1] + b->at[j];
            share[n++] = (float)(x * y);
        }
    return n;
}

static void nearest_row(const tables *t, const float *from, float *to) {
    for (int64_t w = 0; w < t->large[2]; w++)
        memcpy(to + w * t->C, from + t->axis[2][w].at[0] * t->C, (size_t)t->C * sizeof *to);
}

/* Item: a large row of an image. */
static void resize_row(const job *j, int64_t item, int worker) {
    const tables *t = j->t;
    const int64_t rows = t->large[0] * t->large[1], row = item % rows;
    const int64_t length = t->small[2] * t->C;
    const float *image = j->a->in[0] + item / rows * t->small[0] * t->small[1] * length;
    float *to = j->a->out[0] + item * t->large[2] * t->C;
    frs_resize_rows r = {.across = t->axis[2], .W = t->large[2], .n = t->C, .far = t->C};
    int64_t number[4];
    r.n_in = sources(t, row / t->large[1], row % t->large[1], number, r.share);
    if (t->nearest) {
        nearest_row(t, image + number[0] * length, to);
        return;
    }
    for (int k = 0; k < r.n_in; k++) r.in[k] = image + number[k] * length;
    r.packed = (float *)((char *)j->a->scratch + worker * packed_bytes(t->small[2], t->C));
    levels[j->a->isa].mix(&r, t->small[2]);
    levels[j->a->isa].spread(&r, to);
}

static void resize_some(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) resize_row(j, i, worker);
}

static void run_resize(const frs_kernel_args *a) {
    const tables *t = a->state;
    job j = {.a = a, .t = t};
    if (frs_shape_count(a->out_shape[0]) == 0) return;
    j.blocks = frs__blocks(t->B * t->large[0] * t->large[1], t->large[2] * t->C);
    frs__parallel(a->ctx, j.blocks.blocks, resize_some, &j);
}

/* ---- gradient. Item: some channels of an image, all of its rows in order. */
static void back_through(const job *j, int64_t item, int worker) {
    const tables *t = j->t;
    const int64_t first = item % j->parts * CHANNELS, image = item / j->parts;
    const int64_t rows = t->large[0] * t->large[1], length = t->small[2] * t->C;
    const int64_t lines = t->small[0] * t->small[1];
    const float *from = j->a->in[0] + image * rows * t->large[2] * t->C + first;
    float *to = j->a->out[0] + image * lines * length + first, *put[4];
    frs_resize_rows r = {.across = t->axis[2], .W = t->large[2], .far = t->C};
    r.n = t->C - first < CHANNELS ? t->C - first : CHANNELS;
    r.packed = (float *)((char *)j->a->scratch + worker * packed_bytes(t->small[2], t->C));
    for (int64_t i = 0; i < lines * t->small[2]; i++)
        memset(to + i * t->C, 0, (size_t)r.n * sizeof *to);
    for (int64_t row = 0; row < rows; row++, from += t->large[2] * t->C) {
        int64_t number[4];
        r.n_in = sources(t, row / t->large[1], row % t->large[1], number, r.share);
        memset(r.packed, 0, (size_t)(t->small[2] * r.n) * sizeof *r.packed);
        levels[j->a->isa].gather(&r, from);
        for (int k = 0; k < r.n_in; k++) put[k] = to + number[k] * length;
        levels[j->a->isa].unmix(&r, t->small[2], put);
    }
}

static void back_some(void *arg, int64_t block, int worker) {
    const job *j = arg;
    const int64_t end = frs__block_first(j->blocks, block + 1);
    for (int64_t i = frs__block_first(j->blocks, block); i < end; i++) back_through(j, i, worker);
}

static void run_resize_grad(const frs_kernel_args *a) {
    const tables *t = a->state;
    job j = {.a = a, .t = t, .parts = (t->C + CHANNELS - 1) / CHANNELS};
    if (frs_shape_count(a->out_shape[0]) == 0) return;
    j.blocks = frs__blocks(t->B * j.parts, frs_shape_count(a->in_shape[0]) / (t->B * j.parts));
    frs__parallel(a->ctx, j.blocks.blocks, back_some, &j);
}

#define FRS_CPU(NAME)                                                                              \
    const frs_kernel frs__##NAME##_cpu = {.op = #NAME,                                             \
                                          .backend = "cpu",                                        \
                                          .name = #NAME,                                           \
                                          .fits = always,                                          \
                                          .scratch_bytes = scratch_bytes,                          \
                                          .prepare = prepare,                                      \
                                          .release = release,                                      \
                                          .run = run_##NAME};
FRS_CPU(resize)
FRS_CPU(resize_grad)
