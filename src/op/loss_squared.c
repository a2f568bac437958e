/* Mean of w (sim - obs)^2 over the targets that are there; root: the square root of it.
 *     w = 1, or per sample 1 / (std + 0.1)^2 (Kratzert et al. 2019, doi:10.5194/hess-23-5089-2019)
 *     inputs sim [B, K], obs [B, K], std [B]; a NaN in obs or std does not count; nothing left: 0.
 * d_sim = 2 w (sim - obs) / n dy; for the root divided by 2 y, and 0 where y is 0. obs and std get
 * none. */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define ROWS                                                                                       \
    {                                                                                              \
        2, {                                                                                       \
            7, 3                                                                                   \
        }                                                                                          \
    }
static const frs_op_case cases[] = {
    {.name = "mse", .n_in = 2, .in = {ROWS, ROWS}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "rmse", .n_in = 2, .in = {ROWS, ROWS}, .attr = {1}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "nse",
     .n_in = 3,
     .in = {ROWS, ROWS, {1, {7}}},
     .attr = {0, 1},
     .lo = 0.2,
     .hi = 2,
     .no_grad = 6},
    {.name = "one", .n_in = 2, .in = {{2, {1, 1}}, {2, {1, 1}}}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "rank 3",
     .n_in = 3,
     .in = {{3, {5, 3, 1}}, {3, {5, 3, 1}}, {1, {5}}},
     .attr = {0, 1},
     .lo = 0.2,
     .hi = 2,
     .no_grad = 6},
    {.name = "weighted root",
     .n_in = 3,
     .in = {ROWS, ROWS, {1, {7}}},
     .attr = {1, 1},
     .lo = 0.2,
     .hi = 2,
     .no_grad = 6},
    {.name = "root with gaps",
     .n_in = 2,
     .in = {ROWS, ROWS},
     .attr = {1},
     .lo = -2,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 0.4,
     .nan_in = 1},
    {.name = "root of nothing",
     .n_in = 2,
     .in = {ROWS, ROWS},
     .attr = {1},
     .lo = -2,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 1,
     .nan_in = 1},
    {.name = "empty", .n_in = 2, .in = {{2, {0, 3}}, {2, {0, 3}}}, .lo = -2, .hi = 2, .no_grad = 2},
    {.name = "gaps",
     .n_in = 2,
     .in = {ROWS, ROWS},
     .lo = -2,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 0.4,
     .nan_in = 1},
    {.name = "no target",
     .n_in = 2,
     .in = {ROWS, ROWS},
     .lo = -2,
     .hi = 2,
     .no_grad = 2,
     .nan_share = 1,
     .nan_in = 1},
    {.name = "no std",
     .n_in = 3,
     .in = {ROWS, ROWS, {1, {7}}},
     .attr = {0, 1},
     .lo = 0.2,
     .hi = 2,
     .no_grad = 6,
     .nan_share = 0.4,
     .nan_in = 2},
};
#endif

static double weight(const frs_ref_args *a, int64_t i) {
    const frs_loss_attr *t = a->attr;
    if (!t->weighted) return 1;
    const int64_t B = a->in_shape[2].dim[0], K = frs_shape_count(a->in_shape[0]) / (B ? B : 1);
    const double s = a->in[2][i / K] + 0.1;
    return 1 / (s * s);
}

/* sum of w d^2 and the number of targets */
static double sum(const frs_ref_args *a, int64_t *count) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    double total = 0;
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = a->in[0][i] - a->in[1][i], w = weight(a, i);
        if (isnan(a->in[1][i]) || isnan(w)) continue;
        total += w * d * d;
        ++*count;
    }
    return total;
}

static double value(const frs_ref_args *a, int64_t *count) {
    const double total = sum(a, count), mean = *count ? total / (double)*count : 0;
    return ((const frs_loss_attr *)a->attr)->root ? sqrt(mean) : mean;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_loss_attr *t = a->attr;
    FRS_TRY(frs__shape_loss(a));
    if (t->weighted && (a->in[2].rank != 1 || a->in[2].dim[0] != a->in[0].dim[0]))
        return frs__shape_fail(a, _("std needs one value per sample"));
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    int64_t count;
    a->out[0][0] = value(a, &count);
}

/* ---- gradient: inputs sim, obs, dy, std */
static void grad_reference(const frs_ref_args *g) {
    const double *in[3] = {g->in[0], g->in[1], g->n_in > 3 ? g->in[3] : NULL};
    const frs_shape shapes[3] = {g->in_shape[0], g->in_shape[1],
                                 g->n_in > 3 ? g->in_shape[3] : (frs_shape){0}};
    const frs_ref_args a = {.attr = g->attr, .n_in = g->n_in - 1, .in = in, .in_shape = shapes};
    const int64_t n = frs_shape_count(g->in_shape[0]);
    int64_t count;
    const double y = value(&a, &count);
    double scale = count ? 2 * g->in[2][0] / (double)count : 0;
    if (((const frs_loss_attr *)g->attr)->root) scale = y > 0 ? scale / (2 * y) : 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = weight(&a, i);
        const bool counts = !isnan(in[1][i]) && !isnan(w);
        g->out[0][i] = counts ? scale * w * (in[0][i] - in[1][i]) : 0;
    }
}

const frs_op frs__loss_squared_grad_op = {.name = "loss_squared_grad",
                                          .n_in_min = 3,
                                          .n_in_max = 4,
                                          .n_out = 1,
                                          .n_main = 1,
                                          .shape = frs__shape_same,
                                          .reference = grad_reference};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {g->in[0], g->in[1], g->d_out[0], g->n_in > 2 ? g->in[2] : NULL};
    g->d_in[0] = frs__op_add(g->b, &frs__loss_squared_grad_op, in, g->n_in + 1, g->attr,
                             sizeof(frs_loss_attr));
    return FRS_OK;
}

const frs_op frs__loss_squared_op = {.name = "loss_squared",
                                     .n_in_min = 2,
                                     .n_in_max = 3,
                                     .n_out = 1,
                                     .n_main = 1,
                                     .shape = shape,
                                     .reference = reference,
                                     .gradient = gradient,
                                     FRS_CASES};

static frs_tensor *loss(frs_builder *b, frs_tensor *const *in, int n, frs_loss_attr attr) {
    for (int i = 0; i < n; i++)
        if (!in[i]) return NULL;
    return frs__op_add(b, &frs__loss_squared_op, in, n, &attr, sizeof attr);
}

frs_tensor *frs_loss_mse(frs_builder *b, frs_tensor *sim, frs_tensor *obs) {
    return loss(b, (frs_tensor *[]){sim, obs}, 2, (frs_loss_attr){0});
}

frs_tensor *frs_loss_rmse(frs_builder *b, frs_tensor *sim, frs_tensor *obs) {
    return loss(b, (frs_tensor *[]){sim, obs}, 2, (frs_loss_attr){.root = true});
}

frs_tensor *frs_loss_nse(frs_builder *b, frs_tensor *sim, frs_tensor *obs, frs_tensor *std) {
    return loss(b, (frs_tensor *[]){sim, obs, std}, 3, (frs_loss_attr){.weighted = true});
}
