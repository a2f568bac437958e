/* Normalisation within a sample. Groups of neighbouring channels over all of the spatial axes of
 * x [B, spatial.., C] (1 group, or C: instance norm), or the last axes of any x (layer norm):
 *     mu = mean x, v = mean (x - mu)^2, r = 1 / sqrt(v + eps), y = gamma (x - mu) r + beta
 * rms: mu = 0 in all of it.
 *   in:  x, gamma, beta: one a channel, or of the shape of the last axes; absent: 1 and 0
 *   out: y; for the gradient: mu and r of every sample's groups
 * A NaN makes its group NaN.
 * Gradient over the n values of a group, with h = dy gamma, s = sum h (rms: 0), q = sum h (x - mu):
 *     dx = r (h - s / n - (x - mu) r^2 q / n), dgamma = sum dy (x - mu) r, dbeta = sum dy
 * Wu & He (2018), doi:10.1007/978-3-030-01261-8_1; Ba et al. (2016), arXiv:1607.06450;
 * Ulyanov et al. (2016), arXiv:1607.08022; Zhang & Sennrich (2019), arXiv:1910.07467. */
#include "op/elementwise.h"
#include "op/norm.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define AFFINE(n)                                                                                  \
    {1, {n}}, {                                                                                    \
        1, {                                                                                       \
            n                                                                                      \
        }                                                                                          \
    }
#define GROUPS(n, ...) .FRS_ATTR(frs_group_norm_attr, .eps = 1e-3, .groups = n, __VA_ARGS__)
#define LAST(n, ...)   .FRS_ATTR(frs_group_norm_attr, .eps = 1e-3, .last = n, __VA_ARGS__)
#define RANGE          .lo = 0.5, .hi = 2
static const frs_op_case cases[] = {
    {.name = "groups", .n_in = 3, .in = {{4, {3, 4, 3, 12}}, AFFINE(12)}, GROUPS(4), RANGE},
    {.name = "one group", .n_in = 3, .in = {{4, {2, 3, 5, 7}}, AFFINE(7)}, GROUPS(1), RANGE},
    {.name = "instances", .n_in = 1, .in = {{4, {2, 5, 6, 19}}}, GROUPS(19), RANGE},
    {.name = "instances of one channel", .n_in = 1, .in = {{3, {3, 37, 1}}}, GROUPS(1), RANGE},
    {.name = "no space", .n_in = 3, .in = {{2, {5, 6}}, AFFINE(6)}, GROUPS(2), RANGE},
    {.name = "groups without mean",
     .n_in = 2,
     .in = {{3, {2, 5, 6}}, {1, {6}}},
     GROUPS(2, .rms = true),
     RANGE},
    {.name = "parts of an image",
     .n_in = 3,
     .in = {{3, {2, 2100, 64}}, AFFINE(64)},
     GROUPS(8),
     RANGE,
     .no_grad = 7},
    {.name = "last axis", .n_in = 3, .in = {{3, {3, 5, 37}}, AFFINE(37)}, LAST(1), RANGE},
    {.name = "last axis, far from 0",
     .n_in = 1,
     .in = {{2, {5, 80}}},
     LAST(1),
     .lo = 99,
     .hi = 101,
     .no_grad = 1},
    {.name = "last axes, no bias",
     .n_in = 2,
     .in = {{4, {2, 3, 4, 5}}, {2, {4, 5}}},
     LAST(2),
     RANGE},
    {.name = "plain", .n_in = 1, .in = {{2, {7, 16}}}, LAST(1), RANGE},
    {.name = "bias alone", .n_in = 3, .in = {{2, {7, 5}}, {.rank = -1}, {1, {5}}}, LAST(1), RANGE},
    {.name = "one value", .n_in = 3, .in = {{2, {7, 1}}, AFFINE(1)}, LAST(1), RANGE, .no_grad = 1},
    {.name = "rms", .n_in = 2, .in = {{2, {9, 17}}, {1, {17}}}, LAST(1, .rms = true), RANGE},
    {.name = "blocks of rows",
     .n_in = 3,
     .in = {{2, {2800, 48}}, AFFINE(48)},
     LAST(1),
     RANGE,
     .no_grad = 7},
    {.name = "empty", .n_in = 3, .in = {{3, {0, 5, 6}}, AFFINE(6)}, GROUPS(2), RANGE},
    {.name = "empty rows", .n_in = 3, .in = {{3, {0, 5, 6}}, AFFINE(6)}, LAST(1), RANGE},
};
/* dy, x, mean, rstd, gamma */
static const frs_op_case grad_cases[] = {
    {.name = "groups alone",
     .n_in = 5,
     .in = {{3, {2, 5, 6}}, {3, {2, 5, 6}}, {1, {4}}, {1, {4}}, {1, {6}}},
     GROUPS(2),
     RANGE},
    {.name = "last axis alone",
     .n_in = 5,
     .in = {{2, {5, 9}}, {2, {5, 9}}, {1, {5}}, {1, {5}}, {1, {9}}},
     LAST(1),
     RANGE},
    {.name = "parts of an image",
     .n_in = 5,
     .in = {{3, {2, 2100, 64}}, {3, {2, 2100, 64}}, {1, {16}}, {1, {16}}, {1, {64}}},
     GROUPS(8),
     RANGE},
    {.name = "blocks of rows",
     .n_in = 5,
     .in = {{2, {2800, 48}}, {2, {2800, 48}}, {1, {2800}}, {1, {2800}}, {1, {48}}},
     LAST(1),
     RANGE},
};
#define GRAD_CASES .cases = grad_cases, .n_cases = (int)FRS_LEN(grad_cases),
#else
#define GRAD_CASES
#endif

frs_norm_dims frs__group_norm_dims(const frs_group_norm_attr *t, frs_shape x) {
    frs_norm_dims d = {1, 1, 1, t->last ? 1 : t->groups};
    for (int i = 0; i < x.rank; i++) {
        const bool channel = i >= x.rank - (t->last ? t->last : 1);
        *(channel ? &d.C : i == 0 || t->last ? &d.images : &d.rows) *= x.dim[i];
    }
    return d;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_group_norm_attr *t = a->attr;
    const frs_shape x = a->in[FRS_GN_X];
    const int last = t->last ? t->last : 1;
    if (x.rank < (t->last ? last : 2))
        return frs__shape_fail(a, _("nothing to normalise: too few axes"));
    frs_shape affine = {.rank = last};
    for (int i = 0; i < last; i++) affine.dim[i] = x.dim[x.rank - last + i];
    for (int k = FRS_GN_GAMMA; k < a->n_in; k++) {
        bool fits = a->in[k].rank < 0 || a->in[k].rank == last;
        for (int i = 0; fits && i < a->in[k].rank; i++) fits = a->in[k].dim[i] == affine.dim[i];
        if (!fits) return frs__shape_fail(a, _("weight and bias must be as what is normalised"));
    }
    if (!t->last && (t->groups < 1 || affine.dim[0] < 1 || affine.dim[0] % t->groups != 0))
        return frs__shape_fail(a, _("%lld channels are not %d equal groups"),
                               (long long)affine.dim[0], (int)t->groups);
    const frs_norm_dims d = frs__group_norm_dims(t, x);
    a->out[FRS_GN_Y] = x;
    a->out[FRS_GN_MEAN] = a->out[FRS_GN_RSTD] = (frs_shape){1, {d.images * d.groups}};
    return FRS_OK;
}

/* The values of one group, in order. */
typedef struct group {
    frs_norm_dims d;
    int64_t number, n, wide; /* image times groups + group; values; channels */
} group;

static group group_at(frs_norm_dims d, int64_t number) {
    const int64_t wide = d.C / d.groups;
    return (group){d, number, d.rows * wide, wide};
}

static int64_t channel_of(const group *g, int64_t i) {
    return g->number % g->d.groups * g->wide + i % g->wide;
}

static int64_t element_of(const group *g, int64_t i) {
    const int64_t row = g->number / g->d.groups * g->d.rows + i / g->wide;
    return row * g->d.C + channel_of(g, i);
}

static double factor(const frs_ref_args *a, int input, int64_t c, double absent) {
    return a->n_in > input && a->in[input] ? a->in[input][c] : absent;
}

static void one_group(const frs_ref_args *a, group g) {
    const frs_group_norm_attr *t = a->attr;
    const double *x = a->in[FRS_GN_X];
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < g.n && !t->rms; i++) sum += x[element_of(&g, i)];
    const double n = g.n ? (double)g.n : 1, mean = sum / n;
    for (int64_t i = 0; i < g.n; i++) {
        const double e = x[element_of(&g, i)] - mean;
        squares += e * e;
    }
    const double rstd = 1 / sqrt(squares / n + t->eps);
    for (int64_t i = 0; i < g.n; i++) {
        const int64_t at = element_of(&g, i), c = channel_of(&g, i);
        a->out[FRS_GN_Y][at] =
            factor(a, FRS_GN_GAMMA, c, 1) * (x[at] - mean) * rstd + factor(a, FRS_GN_BETA, c, 0);
    }
    if (a->out[FRS_GN_MEAN]) a->out[FRS_GN_MEAN][g.number] = mean;
    if (a->out[FRS_GN_RSTD]) a->out[FRS_GN_RSTD][g.number] = rstd;
}

static void reference(const frs_ref_args *a) {
    const frs_norm_dims d = frs__group_norm_dims(a->attr, a->in_shape[FRS_GN_X]);
    for (int64_t k = 0; k < d.images * d.groups; k++) one_group(a, group_at(d, k));
}

/* ---- gradient */
static frs_status shape_grad(const frs_shape_args *a) {
    const frs_group_norm_attr *t = a->attr;
    const frs_shape x = a->in[FRS_GN_G_X];
    frs_shape affine = {.rank = t->last ? t->last : 1};
    for (int i = 0; i < affine.rank; i++) affine.dim[i] = x.dim[x.rank - affine.rank + i];
    a->out[FRS_NORM_DX] = x;
    a->out[FRS_NORM_DGAMMA] = a->out[FRS_NORM_DBETA] = affine;
    return FRS_OK;
}

static void one_group_grad(const frs_ref_args *a, group g) {
    const frs_group_norm_attr *t = a->attr;
    const double *x = a->in[FRS_GN_G_X], *dy = a->in[FRS_GN_G_DY];
    const double mu = t->rms ? 0 : a->in[FRS_GN_G_MEAN][g.number];
    const double r = a->in[FRS_GN_G_RSTD][g.number], n = (double)g.n;
    double s = 0, q = 0;
    for (int64_t i = 0; i < g.n; i++) {
        const int64_t at = element_of(&g, i), c = channel_of(&g, i);
        const double h = dy[at] * factor(a, FRS_GN_G_GAMMA, c, 1);
        s += t->rms ? 0 : h;
        q += h * (x[at] - mu);
        if (a->out[FRS_NORM_DGAMMA]) a->out[FRS_NORM_DGAMMA][c] += dy[at] * (x[at] - mu) * r;
        if (a->out[FRS_NORM_DBETA]) a->out[FRS_NORM_DBETA][c] += dy[at];
    }
    for (int64_t i = 0; a->out[FRS_NORM_DX] && i < g.n; i++) {
        const int64_t at = element_of(&g, i), c = channel_of(&g, i);
        const double h = dy[at] * factor(a, FRS_GN_G_GAMMA, c, 1);
        a->out[FRS_NORM_DX][at] = r * (h - s / n - (x[at] - mu) * r * r * q / n);
    }
}

static void grad_reference(const frs_ref_args *a) {
    const frs_norm_dims d = frs__group_norm_dims(a->attr, a->in_shape[FRS_GN_G_X]);
    for (int k = FRS_NORM_DGAMMA; k <= FRS_NORM_DBETA; k++)
        for (int64_t c = 0; a->out[k] && c < d.C; c++) a->out[k][c] = 0;
    for (int64_t k = 0; k < d.images * d.groups; k++) one_group_grad(a, group_at(d, k));
}

const frs_op frs__group_norm_grad_op = {.name = "group_norm_grad",
                                        .n_in_min = FRS_GN_G_GAMMA,
                                        .n_in_max = FRS_GN_G_N_IN,
                                        .n_out = FRS_NORM_G_N_OUT,
                                        .n_main = FRS_NORM_G_N_OUT,
                                        .shape = shape_grad,
                                        .reference = grad_reference,
                                        GRAD_CASES};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *gamma = g->n_in > FRS_GN_GAMMA ? g->in[FRS_GN_GAMMA] : NULL;
    frs_tensor *in[FRS_GN_G_N_IN] = {[FRS_GN_G_DY] = g->d_out[FRS_GN_Y],
                                     [FRS_GN_G_X] = g->in[FRS_GN_X],
                                     [FRS_GN_G_MEAN] = g->out[FRS_GN_MEAN],
                                     [FRS_GN_G_RSTD] = g->out[FRS_GN_RSTD],
                                     [FRS_GN_G_GAMMA] = gamma};
    frs_tensor *out = frs__op_add(g->b, &frs__group_norm_grad_op, in, FRS_GN_G_N_IN, g->attr,
                                  sizeof(frs_group_norm_attr));
    for (int i = 0; i < g->n_in; i++)
        if (g->in[i]) g->d_in[i] = frs__op_out(out, i);
    return FRS_OK;
}

const frs_op frs__group_norm_op = {.name = "group_norm",
                                   .n_in_min = 1,
                                   .n_in_max = FRS_GN_N_IN,
                                   .n_out = FRS_GN_N_OUT,
                                   .n_main = 1,
                                   .shape = shape,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

frs_tensor *frs__group_norm(frs_builder *b, frs_tensor *const in[FRS_GN_N_IN],
                            frs_group_norm_attr t) {
    return frs__op_add(b, &frs__group_norm_op, in, FRS_GN_N_IN, &t, sizeof t);
}
