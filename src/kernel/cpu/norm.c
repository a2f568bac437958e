/* Normalisation by lanes (norm.h): batch norm and group norm. Images are divided into parts of
 * rows, whose sums are joined in order. */
#include "kernel/cpu/norm.h"
#include "kernel/cpu/blocks.h"
#include <math.h>

#define MATH(level)                                                                                \
    {                                                                                              \
        .moments = frs__norm_moments_##level, .apply = frs__norm_apply_##level,                    \
        .grad_sums = frs__norm_grad_sums_##level, .grad_apply = frs__norm_grad_apply_##level,      \
        .rows = frs__norm_rows_##level, .rows_back = frs__norm_rows_back_##level                   \
    }
static const frs_norm_math math[] = {
    [FRS_ISA_SCALAR] = MATH(scalar),
#ifdef FRS_X86
    [FRS_ISA_AVX2] = MATH(avx2),
    [FRS_ISA_AVX512] = MATH(avx512),
#endif
};
const frs_norm_math *frs__norm_math(frs_isa isa) {
    return &math[isa];
}

enum { VECTOR = 16, WIDE = 64, WIDEST = 1024, PARTS = 64 };

static int64_t gcd(int64_t a, int64_t b) {
    return b ? gcd(b, a % b) : a;
}

/* A multiple of C that whole vectors fill, unless that is many. */
static int64_t width_of(int64_t C) {
    const int64_t even = C ? C / gcd(C, VECTOR) * VECTOR : 1;
    return even > WIDEST ? C : even * ((WIDE + even - 1) / even);
}

/* ---- the work, and its scratch */
typedef struct job {
    const frs_kernel_args *a;
    const frs_norm_math *math;
    frs_norm_dims d;
    int64_t width, rows, rest; /* of one image */
    int64_t parts, each;       /* of an image, rows a part */
    double eps;
    bool relu, rms;
    const float *gamma, *beta;
    const float *x, *dy, *y;
    float *out;
    double *sum, *squares;   /* [images, parts, width] */
    double *group[2];        /* [groups] */
    double *channel[4];      /* [C] */
    float *mean, *f, *g, *h; /* [images, width] */
} job;

static job job_of(frs_norm_dims d) {
    job j = {.d = d, .width = width_of(d.C)};
    j.rows = d.rows * d.C / j.width;
    j.rest = d.rows * d.C % j.width;
    const int64_t most = d.images > 0 && d.images < PARTS ? PARTS / d.images : 1;
    const frs_blocks blocks = frs__blocks(j.rows, j.width);
    j.parts = blocks.blocks < 1 ? 1 : blocks.blocks < most ? blocks.blocks : most;
    j.each = (j.rows + j.parts - 1) / j.parts;
    if (j.each > 0) j.parts = (j.rows + j.each - 1) / j.each;
    return j;
}

/* Lays the scratch out; NULL: only counts its bytes. */
static size_t layout(job *j, char *at) {
    const int64_t sums = j->d.images * j->parts * j->width, lanes = j->d.images * j->width;
    double *wide = (double *)(void *)at;
    int64_t n = 0;
#define TAKE(p, count) (p) = at ? wide + n : NULL, n += (count)
    TAKE(j->sum, sums);
    TAKE(j->squares, sums);
    for (int i = 0; i < 2; i++) TAKE(j->group[i], j->d.groups);
    for (int i = 0; i < 4; i++) TAKE(j->channel[i], j->d.C);
#undef TAKE
    float *narrow = at ? (float *)(void *)(wide + n) : NULL;
    j->mean = narrow;
    j->f = at ? narrow + lanes : NULL;
    j->g = at ? narrow + 2 * lanes : NULL;
    j->h = at ? narrow + 3 * lanes : NULL;
    return (size_t)n * sizeof(double) + (size_t)(4 * lanes) * sizeof(float);
}

/* ---- parts to threads */
static frs_norm_span span_of(const job *j, int64_t block) {
    const int64_t image = block / j->parts, part = block % j->parts, first = part * j->each;
    const bool last = part == j->parts - 1;
    const int64_t at = image * j->d.rows * j->d.C + first * j->width, lanes = image * j->width;
    return (frs_norm_span){.x = j->x + at,
                           .dy = j->dy ? j->dy + at : NULL,
                           .y = j->y ? j->y + at : NULL,
                           .out = j->out ? j->out + at : NULL,
                           .width = j->width,
                           .rows = last ? j->rows - first : j->each,
                           .rest = last ? j->rest : 0,
                           .mean = j->mean + lanes,
                           .a = j->f + lanes,
                           .b = j->g + lanes,
                           .c = j->h + lanes,
                           .relu = j->relu,
                           .sum = j->sum + block * j->width,
                           .squares = j->squares + block * j->width};
}

#define BODY(NAME)                                                                                 \
    static void NAME##_body(void *arg, int64_t block, int worker) {                                \
        const job *j = arg;                                                                        \
        const frs_norm_span s = span_of(j, block);                                                 \
        (void)worker;                                                                              \
        j->math->NAME(&s);                                                                         \
    }
BODY(moments)
BODY(apply)
BODY(grad_sums)
BODY(grad_apply)

static void share(job *j, frs_body body) {
    frs__parallel(j->a->ctx, j->d.images * j->parts, body, j);
}

/* ---- lanes of an image folded, and spread out again */

/* Values that a lane of a part has. */
static double count_of(const job *j, int64_t part, int64_t lane) {
    const bool last = part == j->parts - 1;
    const int64_t rows = last ? j->rows - part * j->each : j->each;
    return (double)(rows + (last && lane < j->rest));
}

/* Neighbouring lanes of a part of an image that belong to one group. */
typedef struct stretch {
    int64_t part, first, end;
    const double *mean, *squares; /* of the part */
} stretch;

static double sum_of(const job *j, const stretch *of) {
    double sum = 0;
    for (int64_t k = of->first; k < of->end; k++) sum += count_of(j, of->part, k) * of->mean[k];
    return sum;
}

static double squares_about(const job *j, const stretch *of, double mean) {
    double sum = 0;
    for (int64_t k = of->first; k < of->end; k++) {
        const double far = of->mean[k] - mean;
        sum += of->squares[k] + count_of(j, of->part, k) * far * far;
    }
    return sum;
}

static stretch stretch_at(const job *j, int64_t image, int64_t part, int64_t lane) {
    const int64_t at = (image * j->parts + part) * j->width;
    return (stretch){part, lane, lane + j->d.C / j->d.groups, j->sum + at, j->squares + at};
}

/* Mean and variance of the groups of an image -> group[0], group[1]. */
static void fold_moments(const job *j, int64_t image) {
    const int64_t wide = j->d.C / j->d.groups;
    const double n = j->d.rows ? (double)(j->d.rows * wide) : 1;
    double *mean = j->group[0], *var = j->group[1];
    for (int64_t g = 0; g < j->d.groups; g++) mean[g] = var[g] = 0;
    for (int64_t p = 0; p < j->parts && !j->rms; p++)
        for (int64_t l = 0; l < j->width; l += wide) {
            const stretch of = stretch_at(j, image, p, l);
            mean[l % j->d.C / wide] += sum_of(j, &of) / n;
        }
    for (int64_t p = 0; p < j->parts; p++)
        for (int64_t l = 0; l < j->width; l += wide) {
            const stretch of = stretch_at(j, image, p, l);
            const int64_t g = l % j->d.C / wide;
            var[g] += squares_about(j, &of, mean[g]) / n;
        }
    for (int64_t g = 0; g < j->d.groups; g++)
        if (var[g] < 0) var[g] = 0; /* a rounding of 0 */
}

/* Channel values of an image to its lanes. */
static void spread(const job *j, int64_t image, float *to, const double *channel) {
    float *lanes = to + image * j->width;
    for (int64_t l = 0; l < j->width; l += j->d.C)
        for (int64_t c = 0; c < j->d.C; c++) lanes[l + c] = (float)channel[c];
}

static double gamma_of(const job *j, int64_t c) {
    return j->gamma ? (double)j->gamma[c] : 1;
}

/* (x - mean) f + g for an image, from group[0] (mean) and group[1] (1 / standard deviation). */
static void affine_of(const job *j, int64_t image) {
    const int64_t wide = j->d.C / j->d.groups;
    for (int64_t c = 0; c < j->d.C; c++) {
        j->channel[0][c] = j->group[0][c / wide];
        j->channel[1][c] = gamma_of(j, c) * j->group[1][c / wide];
        j->channel[2][c] = j->beta ? (double)j->beta[c] : 0;
    }
    spread(j, image, j->mean, j->channel[0]);
    spread(j, image, j->f, j->channel[1]);
    spread(j, image, j->g, j->channel[2]);
}

static void to_rstd(const job *j) {
    for (int64_t g = 0; g < j->d.groups; g++) j->group[1][g] = 1 / sqrt(j->group[1][g] + j->eps);
}

static void keep(float *to, const double *v, int64_t n) {
    for (int64_t i = 0; to && i < n; i++) to[i] = (float)v[i];
}

/* ---- forward */
static void run_group_norm(const frs_kernel_args *a) {
    const frs_group_norm_attr *t = a->attr;
    job j = job_of(frs__group_norm_dims(t, a->in_shape[FRS_GN_X]));
    layout(&j, a->scratch);
    j.a = a;
    j.math = frs__norm_math(a->isa);
    j.eps = t->eps;
    j.rms = t->rms;
    j.x = a->in[FRS_GN_X];
    j.gamma = a->n_in > FRS_GN_GAMMA ? a->in[FRS_GN_GAMMA] : NULL;
    j.beta = a->n_in > FRS_GN_BETA ? a->in[FRS_GN_BETA] : NULL;
    j.out = a->out[FRS_GN_Y];
    if (!j.d.C) return;
    share(&j, moments_body);
    for (int64_t i = 0; i < j.d.images; i++) {
        fold_moments(&j, i);
        to_rstd(&j);
        affine_of(&j, i);
        for (int k = 0; k < 2; k++)
            if (a->out[FRS_GN_MEAN + k])
                keep(a->out[FRS_GN_MEAN + k] + i * j.d.groups, j.group[k], j.d.groups);
    }
    share(&j, apply_body);
}

static job batch_job(const frs_kernel_args *a) {
    const frs_batch_norm_attr *t = a->attr;
    job j = job_of(frs__batch_norm_dims(a->in_shape[FRS_BN_X]));
    layout(&j, a->scratch);
    j.a = a;
    j.math = frs__norm_math(a->isa);
    j.eps = t->eps;
    j.relu = t->relu;
    j.x = a->in[FRS_BN_X];
    j.gamma = a->in[FRS_BN_GAMMA];
    j.beta = a->in[FRS_BN_BETA];
    j.out = a->out[FRS_BN_Y];
    return j;
}

/* old (1 - m) + now m */
static void run_on(float *to, const float *old, const double *now, double m, int64_t n) {
    for (int64_t c = 0; to && c < n; c++) to[c] = (float)((1 - m) * (double)old[c] + m * now[c]);
}

static void run_batch_norm(const frs_kernel_args *a) {
    job j = batch_job(a);
    const int64_t C = j.d.C, N = j.d.rows;
    const double m = N ? ((const frs_batch_norm_attr *)a->attr)->momentum : 0;
    if (!C) return;
    share(&j, moments_body);
    fold_moments(&j, 0);
    for (int64_t c = 0; c < C; c++)
        j.channel[3][c] = N > 1 ? j.group[1][c] * (double)N / (double)(N - 1) : j.group[1][c];
    run_on(a->out[FRS_BN_NEW_MEAN], a->in[FRS_BN_RUN_MEAN], j.group[0], m, C);
    run_on(a->out[FRS_BN_NEW_VAR], a->in[FRS_BN_RUN_VAR], j.channel[3], m, C);
    to_rstd(&j);
    keep(a->out[FRS_BN_MEAN], j.group[0], C);
    keep(a->out[FRS_BN_RSTD], j.group[1], C);
    affine_of(&j, 0);
    share(&j, apply_body);
}

static void run_batch_norm_infer(const frs_kernel_args *a) {
    job j = batch_job(a);
    if (!j.d.C) return;
    for (int64_t c = 0; c < j.d.C; c++) {
        j.group[0][c] = (double)a->in[FRS_BN_RUN_MEAN][c];
        j.group[1][c] = (double)a->in[FRS_BN_RUN_VAR][c];
    }
    to_rstd(&j);
    affine_of(&j, 0);
    share(&j, apply_body);
}

/* ---- gradient: dx = f dy + (x - mean) g + h */
typedef struct back {
    job j;
    const float *mean, *rstd;    /* [images, groups] */
    const float *d_mean, *d_var; /* of a batch norm's new running values, or NULL */
    double momentum;
} back;

/* The means of all images to lanes: the sums need them. */
static void spread_means(const back *k) {
    const job *j = &k->j;
    const int64_t wide = j->d.C / j->d.groups;
    for (int64_t i = 0; i < j->d.images; i++) {
        for (int64_t c = 0; c < j->d.C; c++)
            j->channel[0][c] = j->rms ? 0 : (double)k->mean[i * j->d.groups + c / wide];
        spread(j, i, j->mean, j->channel[0]);
    }
}

/* Sums of an image's channels -> channel[0], channel[1]. */
static void fold_sums(const job *j, int64_t image) {
    const int64_t C = j->d.C, first = image * j->parts * j->width;
    for (int64_t c = 0; c < C; c++) j->channel[0][c] = j->channel[1][c] = 0;
    for (int64_t l = first; l < first + j->parts * j->width; l += C)
        for (int64_t c = 0; c < C; c++) {
            j->channel[0][c] += j->sum[l + c];
            j->channel[1][c] += j->squares[l + c];
        }
}

/* f, g, h of one channel, given the sums of its group over n values. */
static void factors(const back *k, int64_t image, int64_t c, const double *of_group) {
    const job *j = &k->j;
    const int64_t wide = j->d.C / j->d.groups, N = j->d.rows;
    const double n = N ? (double)(N * wide) : 1;
    const double r = (double)k->rstd[image * j->d.groups + c / wide];
    double g = -r * r * r * of_group[1] / n, h = j->rms ? 0 : -r * of_group[0] / n;
    if (k->d_mean) h += k->momentum * (double)k->d_mean[c] / n;
    if (k->d_var) g += 2 * k->momentum * (double)k->d_var[c] / (double)(N > 1 ? N - 1 : 1);
    float *const lanes[] = {j->f + image * j->width, j->g + image * j->width,
                            j->h + image * j->width};
    for (int64_t l = c; l < j->width; l += j->d.C) {
        lanes[0][l] = (float)(gamma_of(j, c) * r);
        lanes[1][l] = (float)g;
        lanes[2][l] = (float)h;
    }
}

static void fold_image(const back *k, int64_t image) {
    const job *j = &k->j;
    const int64_t wide = j->d.C / j->d.groups;
    fold_sums(j, image);
    for (int64_t g = 0; g < j->d.groups; g++) {
        double sums[2] = {0};
        for (int64_t c = g * wide; c < (g + 1) * wide; c++)
            for (int i = 0; i < 2; i++) sums[i] += gamma_of(j, c) * j->channel[i][c];
        for (int64_t c = g * wide; c < (g + 1) * wide; c++) {
            factors(k, image, c, sums);
            j->channel[2][c] += j->channel[1][c] * (double)k->rstd[image * j->d.groups + g];
            j->channel[3][c] += j->channel[0][c];
        }
    }
}

static void run_back(back *k) {
    job *j = &k->j;
    float *const *out = j->a->out;
    if (!j->d.C) return;
    for (int64_t c = 0; c < j->d.C; c++) j->channel[2][c] = j->channel[3][c] = 0;
    spread_means(k);
    share(j, grad_sums_body);
    for (int64_t i = 0; i < j->d.images; i++) fold_image(k, i);
    keep(out[FRS_NORM_DGAMMA], j->channel[2], j->d.C);
    keep(out[FRS_NORM_DBETA], j->channel[3], j->d.C);
    if (j->out) share(j, grad_apply_body);
}

static const float *input(const frs_kernel_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
}

static void run_batch_norm_grad(const frs_kernel_args *a) {
    const frs_batch_norm_attr *t = a->attr;
    back k = {.j = job_of(frs__batch_norm_dims(a->in_shape[FRS_BN_G_X])),
              .mean = a->in[FRS_BN_G_MEAN],
              .rstd = a->in[FRS_BN_G_RSTD],
              .d_mean = input(a, FRS_BN_G_DNEW_MEAN),
              .d_var = input(a, FRS_BN_G_DNEW_VAR),
              .momentum = t->momentum};
    layout(&k.j, a->scratch);
    k.j.a = a;
    k.j.math = frs__norm_math(a->isa);
    k.j.gamma = a->in[FRS_BN_G_GAMMA];
    k.j.x = a->in[FRS_BN_G_X];
    k.j.dy = a->in[FRS_BN_G_DY];
    k.j.y = t->relu ? input(a, FRS_BN_G_Y) : NULL;
    k.j.out = a->out[FRS_NORM_DX];
    run_back(&k);
}

static void run_group_norm_grad(const frs_kernel_args *a) {
    const frs_group_norm_attr *t = a->attr;
    back k = {.j = job_of(frs__group_norm_dims(t, a->in_shape[FRS_GN_G_X])),
              .mean = a->in[FRS_GN_G_MEAN],
              .rstd = a->in[FRS_GN_G_RSTD]};
    layout(&k.j, a->scratch);
    k.j.a = a;
    k.j.math = frs__norm_math(a->isa);
    k.j.rms = t->rms;
    k.j.gamma = input(a, FRS_GN_G_GAMMA);
    k.j.x = a->in[FRS_GN_G_X];
    k.j.dy = a->in[FRS_GN_G_DY];
    k.j.out = a->out[FRS_NORM_DX];
    run_back(&k);
}

/* ---- the table's rows */
static bool always(const frs_kernel_shape *s) {
    (void)s;
    return true;
}

static size_t room(frs_norm_dims d) {
    job j = job_of(d);
    return layout(&j, NULL);
}
static size_t batch_scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return room(frs__batch_norm_dims(s->in[FRS_BN_X]));
}
static size_t batch_grad_scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return room(frs__batch_norm_dims(s->in[FRS_BN_G_X]));
}
static size_t group_scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return room(frs__group_norm_dims(s->attr, s->in[FRS_GN_X]));
}
static size_t group_grad_scratch(const frs_kernel_shape *s, int threads) {
    (void)threads;
    return room(frs__group_norm_dims(s->attr, s->in[FRS_GN_G_X]));
}

#define NORM(NAME, SCRATCH)                                                                        \
    const frs_kernel frs__##NAME##_cpu = {.op = #NAME,                                             \
                                          .backend = "cpu",                                        \
                                          .name = #NAME,                                           \
                                          .fits = always,                                          \
                                          .scratch_bytes = SCRATCH,                                \
                                          .run = run_##NAME};
NORM(batch_norm, batch_scratch)
NORM(batch_norm_infer, batch_scratch)
NORM(batch_norm_grad, batch_grad_scratch)
NORM(group_norm, group_scratch)
NORM(group_norm_grad, group_grad_scratch)
