/* Batch normalisation in training: each channel (last axis) over all N values of the batch.
 *     mu = mean x, v = mean (x - mu)^2, y = gamma (x - mu) / sqrt(v + eps) + beta; relu: max(y, 0)
 *     new running mean = (1 - m) running mean + m mu
 *     new running var  = (1 - m) running var  + m v N / (N - 1)     (N = 1: v)
 *   in:  x [.., C], gamma, beta, running mean, running var, each [C]
 *   out: y, new running mean, new running var; for the gradient: mu, r = 1 / sqrt(v + eps)
 * Without any value (N = 0) the running values stay. A NaN makes its channel NaN.
 * Gradient, with d = dy (relu: 0 where y <= 0), s = sum d, q = sum d (x - mu):
 *     dx = gamma r (d - s / N - (x - mu) r^2 q / N) + m dmean / N + 2 m dvar (x - mu) / (N - 1)
 *     dgamma = r q, dbeta = s, and (1 - m) of what comes for the new running values
 * Ioffe & Szegedy (2015), Proc. ICML 37; m, and the two variances, as torch.nn.BatchNorm2d. */
#include "op/elementwise.h"
#include "op/norm.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define C_(n)                                                                                      \
    {1, {n}}, {1, {n}}, {1, {n}}, {                                                                \
        1, {                                                                                       \
            n                                                                                      \
        }                                                                                          \
    }
#define PLAIN .n_in = 5, .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-3, .momentum = 0.1)
static const frs_op_case cases[] = {
    {.name = "images", PLAIN, .in = {{4, {3, 4, 5, 19}}, C_(19)}, .lo = 0.5, .hi = 2},
    {.name = "images of 64", PLAIN, .in = {{4, {2, 2, 3, 64}}, C_(64)}, .lo = 0.5, .hi = 2},
    {.name = "one channel", PLAIN, .in = {{4, {2, 7, 9, 1}}, C_(1)}, .lo = -1, .hi = 3},
    {.name = "three channels", PLAIN, .in = {{3, {3, 29, 3}}, C_(3)}, .lo = -1, .hi = 3},
    {.name = "rows", PLAIN, .in = {{2, {7, 5}}, C_(5)}, .lo = -1, .hi = 1},
    {.name = "one row", PLAIN, .in = {{2, {1, 5}}, C_(5)}, .lo = -1, .hi = 1, .no_grad = 1},
    {.name = "far from 0",
     PLAIN,
     .in = {{3, {2, 40, 6}}, C_(6)},
     .lo = 99,
     .hi = 101,
     .no_grad = 31},
    {.name = "relu",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-5, .momentum = 0.3, .relu = true),
     .in = {{4, {2, 5, 6, 17}}, C_(17)},
     .lo = -1,
     .hi = 1},
    {.name = "two blocks",
     PLAIN,
     .in = {{3, {3, 720, 64}}, C_(64)},
     .lo = -1,
     .hi = 2,
     .no_grad = 31},
    {.name = "empty", PLAIN, .in = {{4, {0, 4, 5, 3}}, C_(3)}, .lo = -1, .hi = 2},
};
/* dy, x, gamma, mean, rstd, y, dmean, dvar */
static const frs_op_case grad_cases[] = {
    {.name = "alone",
     .n_in = 8,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-5, .momentum = 0.3, .relu = true),
     .in = {{3, {2, 5, 6}},
            {3, {2, 5, 6}},
            {1, {6}},
            {1, {6}},
            {1, {6}},
            {3, {2, 5, 6}},
            {1, {6}},
            {1, {6}}},
     .lo = -1,
     .hi = 1},
    {.name = "two blocks",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-5, .momentum = 0.3),
     .in = {{3, {3, 720, 64}}, {3, {3, 720, 64}}, {1, {64}}, {1, {64}}, {1, {64}}},
     .lo = -1,
     .hi = 1},
};
#define GRAD_CASES .cases = grad_cases, .n_cases = (int)FRS_LEN(grad_cases),
#else
#define GRAD_CASES
#endif

frs_norm_dims frs__batch_norm_dims(frs_shape x) {
    const int64_t C = x.dim[x.rank - 1], n = frs_shape_count(x);
    return (frs_norm_dims){1, C ? n / C : 0, C, C};
}

static frs_status shape(const frs_shape_args *a) {
    const frs_shape x = a->in[FRS_BN_X];
    if (x.rank < 2) return frs__shape_fail(a, _("input must be [batch, .., channels]"));
    const frs_shape each = {1, {x.dim[x.rank - 1]}};
    for (int i = FRS_BN_GAMMA; i < a->n_in; i++)
        if (a->in[i].rank != 1 || a->in[i].dim[0] != each.dim[0])
            return frs__shape_fail(a,
                                   _("weight, bias and running values need one value a channel"));
    a->out[FRS_BN_Y] = x;
    for (int i = FRS_BN_NEW_MEAN; i < FRS_BN_N_OUT; i++) a->out[i] = each;
    return FRS_OK;
}

static void moments(const double *x, frs_norm_dims d, int64_t c, double *mean, double *var) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < d.rows; i++) sum += x[i * d.C + c];
    *mean = d.rows ? sum / (double)d.rows : 0;
    for (int64_t i = 0; i < d.rows; i++) {
        const double e = x[i * d.C + c] - *mean;
        squares += e * e;
    }
    *var = d.rows ? squares / (double)d.rows : 0;
}

static void put(double *out, int64_t c, double v) {
    if (out) out[c] = v;
}

static void reference(const frs_ref_args *a) {
    const frs_batch_norm_attr *t = a->attr;
    const frs_norm_dims d = frs__batch_norm_dims(a->in_shape[FRS_BN_X]);
    const double N = (double)d.rows, m = d.rows ? t->momentum : 0;
    for (int64_t c = 0; c < d.C; c++) {
        double mean, var;
        moments(a->in[FRS_BN_X], d, c, &mean, &var);
        const double rstd = 1 / sqrt(var + t->eps), unbiased = N > 1 ? var * N / (N - 1) : var;
        for (int64_t i = c; i < d.rows * d.C; i += d.C) {
            const double y =
                a->in[FRS_BN_GAMMA][c] * (a->in[FRS_BN_X][i] - mean) * rstd + a->in[FRS_BN_BETA][c];
            a->out[FRS_BN_Y][i] = t->relu && y < 0 ? 0 : y;
        }
        put(a->out[FRS_BN_NEW_MEAN], c, (1 - m) * a->in[FRS_BN_RUN_MEAN][c] + m * mean);
        put(a->out[FRS_BN_NEW_VAR], c, (1 - m) * a->in[FRS_BN_RUN_VAR][c] + m * unbiased);
        put(a->out[FRS_BN_MEAN], c, mean);
        put(a->out[FRS_BN_RSTD], c, rstd);
    }
}

/* ---- gradient */
static frs_status shape_grad(const frs_shape_args *a) {
    a->out[FRS_NORM_DX] = a->in[FRS_BN_G_X];
    a->out[FRS_NORM_DGAMMA] = a->out[FRS_NORM_DBETA] = a->in[FRS_BN_G_GAMMA];
    return FRS_OK;
}

static double of(const frs_ref_args *a, int input, int64_t c) {
    return a->n_in > input && a->in[input] ? a->in[input][c] : 0;
}

static double d_of(const frs_ref_args *a, int64_t i) {
    const bool relu = ((const frs_batch_norm_attr *)a->attr)->relu;
    return relu && a->in[FRS_BN_G_Y][i] <= 0 ? 0 : a->in[FRS_BN_G_DY][i];
}

static void grad_reference(const frs_ref_args *a) {
    const frs_norm_dims d = frs__batch_norm_dims(a->in_shape[FRS_BN_G_X]);
    const double N = (double)d.rows, m = ((const frs_batch_norm_attr *)a->attr)->momentum;
    const double *x = a->in[FRS_BN_G_X];
    for (int64_t c = 0; c < d.C; c++) {
        const double mu = a->in[FRS_BN_G_MEAN][c], r = a->in[FRS_BN_G_RSTD][c];
        const double k = a->in[FRS_BN_G_GAMMA][c] * r;
        double s = 0, q = 0;
        for (int64_t i = c; i < d.rows * d.C; i += d.C) {
            s += d_of(a, i);
            q += d_of(a, i) * (x[i] - mu);
        }
        const double of_mean = m * of(a, FRS_BN_G_DNEW_MEAN, c) / N;
        const double of_var = 2 * m * of(a, FRS_BN_G_DNEW_VAR, c) / (N > 1 ? N - 1 : 1);
        for (int64_t i = c; a->out[FRS_NORM_DX] && i < d.rows * d.C; i += d.C)
            a->out[FRS_NORM_DX][i] = k * (d_of(a, i) - s / N - (x[i] - mu) * r * r * q / N) +
                                     of_mean + of_var * (x[i] - mu);
        put(a->out[FRS_NORM_DGAMMA], c, r * q);
        put(a->out[FRS_NORM_DBETA], c, s);
    }
}

const frs_op frs__batch_norm_grad_op = {.name = "batch_norm_grad",
                                        .n_in_min = FRS_BN_G_Y,
                                        .n_in_max = FRS_BN_G_N_IN,
                                        .n_out = FRS_NORM_G_N_OUT,
                                        .n_main = FRS_NORM_G_N_OUT,
                                        .shape = shape_grad,
                                        .reference = grad_reference,
                                        GRAD_CASES};

static frs_status gradient(const frs_grad_args *g) {
    const frs_batch_norm_attr *t = g->attr;
    frs_tensor *const *d = g->d_out;
    frs_tensor *dy =
        d[FRS_BN_Y] ? d[FRS_BN_Y] : frs__fill(g->b, frs_tensor_shape(g->out[FRS_BN_Y]), 0);
    frs_tensor *in[FRS_BN_G_N_IN] = {[FRS_BN_G_DY] = dy,
                                     [FRS_BN_G_X] = g->in[FRS_BN_X],
                                     [FRS_BN_G_GAMMA] = g->in[FRS_BN_GAMMA],
                                     [FRS_BN_G_MEAN] = g->out[FRS_BN_MEAN],
                                     [FRS_BN_G_RSTD] = g->out[FRS_BN_RSTD],
                                     [FRS_BN_G_Y] = t->relu ? g->out[FRS_BN_Y] : NULL,
                                     [FRS_BN_G_DNEW_MEAN] = d[FRS_BN_NEW_MEAN],
                                     [FRS_BN_G_DNEW_VAR] = d[FRS_BN_NEW_VAR]};
    frs_tensor *out = frs__op_add(g->b, &frs__batch_norm_grad_op, in, FRS_BN_G_N_IN, t, sizeof *t);
    for (int i = 0; i < FRS_NORM_G_N_OUT; i++) g->d_in[FRS_BN_X + i] = frs__op_out(out, i);
    const double stays = frs_shape_count(frs_tensor_shape(dy)) ? 1 - t->momentum : 1;
    for (int i = 0; i < 2; i++)
        if (d[FRS_BN_NEW_MEAN + i])
            g->d_in[FRS_BN_RUN_MEAN + i] = frs_scale(g->b, d[FRS_BN_NEW_MEAN + i], stays, 0);
    return FRS_OK;
}

const frs_op frs__batch_norm_op = {.name = "batch_norm",
                                   .n_in_min = FRS_BN_N_IN,
                                   .n_in_max = FRS_BN_N_IN,
                                   .n_out = FRS_BN_N_OUT,
                                   .n_main = FRS_BN_MEAN,
                                   .shape = shape,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

frs_tensor *frs__batch_norm(frs_builder *b, frs_tensor *const in[FRS_BN_N_IN],
                            frs_batch_norm_attr t) {
    return frs__op_add(b, &frs__batch_norm_op, in, FRS_BN_N_IN, &t, sizeof t);
}
