/* Batch normalisation by given means and variances, one a channel (last axis): when inferring, or
 * when a trained layer must stay as it is.
 *     y = gamma (x - mean) / sqrt(var + eps) + beta; relu: max(y, 0)
 *   in: x [.., C], gamma, beta, mean, var, each [C]. NaN goes through.
 * With d = dy (relu: times 1 where y > 0), r = 1 / sqrt(var + eps): dx = gamma r d,
 * dgamma = sum d (x - mean) r, dbeta = sum d; mean and var get none.
 * Source: see batch_norm.c. */
#include "op/activation.h"
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
static const frs_op_case cases[] = {
    {.name = "images",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-3),
     .in = {{4, {3, 4, 5, 19}}, C_(19)},
     .lo = 0.5,
     .hi = 2,
     .no_grad = 24},
    {.name = "relu, three channels",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 2, .relu = true),
     .in = {{3, {3, 17, 3}}, C_(3)},
     .lo = -1,
     .hi = 1,
     .no_grad = 24},
    {.name = "two blocks",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 2),
     .in = {{3, {3, 720, 64}}, C_(64)},
     .lo = -1,
     .hi = 1,
     .no_grad = 31},
    {.name = "empty",
     .n_in = 5,
     .FRS_ATTR(frs_batch_norm_attr, .eps = 1e-3),
     .in = {{4, {0, 4, 5, 3}}, C_(3)},
     .lo = 0.5,
     .hi = 2,
     .no_grad = 24},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_shape x = a->in[FRS_BN_X];
    if (x.rank < 2) return frs__shape_fail(a, _("input must be [batch, .., channels]"));
    for (int i = FRS_BN_GAMMA; i < a->n_in; i++)
        if (a->in[i].rank != 1 || a->in[i].dim[0] != x.dim[x.rank - 1])
            return frs__shape_fail(a,
                                   _("weight, bias and running values need one value a channel"));
    a->out[0] = x;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_batch_norm_attr *t = a->attr;
    const frs_norm_dims d = frs__batch_norm_dims(a->in_shape[FRS_BN_X]);
    for (int64_t i = 0; i < d.rows * d.C; i++) {
        const int64_t c = i % d.C;
        const double e = a->in[FRS_BN_X][i] - a->in[FRS_BN_RUN_MEAN][c];
        const double r = 1 / sqrt(a->in[FRS_BN_RUN_VAR][c] + t->eps);
        const double y = a->in[FRS_BN_GAMMA][c] * e * r + a->in[FRS_BN_BETA][c];
        a->out[0][i] = t->relu && y < 0 ? 0 : y;
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_batch_norm_attr *t = g->attr;
    frs_builder *b = g->b;
    frs_tensor *const *in = g->in, *d = g->d_out[0];
    const frs_shape each = frs_tensor_shape(in[FRS_BN_GAMMA]);
    if (t->relu) {
        const frs_activation_attr relu = {.kind = FRS_RELU};
        frs_tensor *both[] = {g->out[0], d};
        d = frs__op_add(b, &frs__activation_grad_op, both, 2, &relu, sizeof relu);
    }
    frs_tensor *r =
        frs_div(b, frs__fill(b, each, 1), frs_sqrt(b, frs_scale(b, in[FRS_BN_RUN_VAR], 1, t->eps)));
    frs_tensor *e = frs_mul(b, frs_sub(b, in[FRS_BN_X], in[FRS_BN_RUN_MEAN]), r);
    g->d_in[FRS_BN_X] = frs_mul(b, d, frs_mul(b, in[FRS_BN_GAMMA], r));
    g->d_in[FRS_BN_GAMMA] = frs__sum_to(b, frs_mul(b, d, e), each);
    g->d_in[FRS_BN_BETA] = frs__sum_to(b, d, each);
    return FRS_OK;
}

const frs_op frs__batch_norm_infer_op = {.name = "batch_norm_infer",
                                         .n_in_min = FRS_BN_N_IN,
                                         .n_in_max = FRS_BN_N_IN,
                                         .n_out = 1,
                                         .n_main = 1,
                                         .shape = shape,
                                         .reference = reference,
                                         .gradient = gradient,
                                         FRS_CASES};

frs_tensor *frs__batch_norm_infer(frs_builder *b, frs_tensor *const in[FRS_BN_N_IN],
                                  frs_batch_norm_attr t) {
    return frs__op_add(b, &frs__batch_norm_infer_op, in, FRS_BN_N_IN, &t, sizeof t);
}
