/* Mean of each window over the spatial axes of x [B, spatial.., C]: of what lies in the input, or,
 * where padding counts, with zeros for the padding (what ceil_mode added never counts: PyTorch's
 * rule). A NaN makes the means that hold it NaN. A window that lies wholly in the padding gives 0.
 * Op "avg_pool_grad", in: dy: dx = sum of dy / divisor over the windows that hold x. */
#include "op/elementwise.h"
#include "op/pool.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    FRS_POOL_CASES,
    {.name = "padding counts",
     FRS_POOL_IN({4, {2, 6, 7, 3}}),
     .FRS_ATTR(frs_pool_attr,
               .w = {.kernel = {3, 3, 1},
                     .stride = {2, 2, 1},
                     .pad_lo = {1, 1, 0},
                     .pad_hi = {2, 1, 0},
                     FRS_PLAIN},
               .uncounted = {1, 0, 0}, .count_padding = true)},
};
static const frs_op_case grad_cases[] = {
    {.name = "alone",
     FRS_POOL_IN({4, {2, 3, 4, 5}}),
     .FRS_ATTR(frs_pool_attr,
               .w = {.kernel = {3, 2, 1}, .stride = {2, 1, 1}, .pad_lo = {1, 0, 0}, FRS_PLAIN},
               .in = {6, 5, 1})},
    {.name = "two blocks",
     FRS_POOL_IN({4, {2, 33, 16, 32}}),
     .FRS_ATTR(frs_pool_attr, .w = {.kernel = {3, 2, 1}, .stride = {2, 2, 1}, FRS_PLAIN},
               .in = {67, 33, 1})},
    {.name = "empty",
     FRS_POOL_IN({4, {0, 2, 2, 5}}),
     .FRS_ATTR(frs_pool_attr, .w = {.kernel = {2, 2, 1}, .stride = {2, 2, 1}, FRS_PLAIN},
               .in = {4, 4, 1})},
};
#define GRAD_CASES .cases = grad_cases, .n_cases = (int)FRS_LEN(grad_cases),
#else
#define GRAD_CASES
#endif

static void zero(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = 0;
}

static void share(const frs_ref_args *a, frs_pool_tap p) {
    a->out[0][p.out] += a->in[0][p.in] / p.divisor;
}

static void reference(const frs_ref_args *a) {
    zero(a);
    frs__pool_each(a->attr, a->in_shape[0], a->out_shape[0], share, a);
}

static void back(const frs_ref_args *a, frs_pool_tap p) {
    a->out[0][p.in] += a->in[0][p.out] / p.divisor;
}

static void grad_reference(const frs_ref_args *a) {
    zero(a);
    frs__pool_each(a->attr, a->out_shape[0], a->in_shape[0], back, a);
}

const frs_op frs__avg_pool_grad_op = {.name = "avg_pool_grad",
                                      .n_in_min = 1,
                                      .n_in_max = 1,
                                      .n_out = 1,
                                      .n_main = 1,
                                      .shape = frs__pool_shape_grad,
                                      .reference = grad_reference,
                                      GRAD_CASES};

static frs_status gradient(const frs_grad_args *g) {
    const frs_pool_attr t = frs__pool_grad_attr(g);
    g->d_in[0] = frs__op_add(g->b, &frs__avg_pool_grad_op, &g->d_out[0], 1, &t, sizeof t);
    return FRS_OK;
}

const frs_op frs__avg_pool_op = {.name = "avg_pool",
                                 .n_in_min = 1,
                                 .n_in_max = 1,
                                 .n_out = 1,
                                 .n_main = 1,
                                 .shape = frs__pool_shape,
                                 .reference = reference,
                                 .gradient = gradient,
                                 FRS_CASES};

frs_tensor *frs__avg_pool(frs_builder *b, frs_tensor *x, const frs_pool_attr *t) {
    return frs__op_add(b, &frs__avg_pool_op, &x, 1, t, sizeof *t);
}
