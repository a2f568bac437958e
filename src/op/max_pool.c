/* Largest value of each window over the spatial axes of x [B, spatial.., C]; padding never counts.
 * NaN wins (as in PyTorch). A window that lies wholly in the padding gives -infinity.
 * Second output, for the gradient: the number of the tap in its window whose value it is; of equal
 * ones the first.
 * Op "max_pool_grad", in: dy, that number: dx = sum of dy over those windows whose value x is. */
#include "op/elementwise.h"
#include "op/pool.h"
#include <math.h>

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {FRS_POOL_CASES};
/* dy 1, and every value is that of tap 1 */
static const frs_op_case grad_cases[] = {
    {.name = "two blocks",
     .n_in = 2,
     .in = {{4, {2, 66, 32, 8}}, {4, {2, 66, 32, 8}}},
     .FRS_ATTR(frs_pool_attr, .w = {.kernel = {3, 2, 1}, .stride = {2, 2, 1}, FRS_PLAIN},
               .in = {133, 65, 1}),
     .lo = 1,
     .hi = 1},
};
#define GRAD_CASES .cases = grad_cases, .n_cases = (int)FRS_LEN(grad_cases),
#else
#define GRAD_CASES
#endif

static frs_status shape(const frs_shape_args *a) {
    FRS_TRY(frs__pool_shape(a));
    a->out[1] = a->out[0];
    return FRS_OK;
}

static void largest(const frs_ref_args *a, frs_pool_tap p) {
    const double x = a->in[0][p.in];
    double *at = a->out[1] ? &a->out[1][p.out] : NULL;
    if (at && *at < 0) *at = p.number;
    if (!(x > a->out[0][p.out] || isnan(x))) return;
    a->out[0][p.out] = x;
    if (at) *at = p.number;
}

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        a->out[0][i] = -INFINITY;
        if (a->out[1]) a->out[1][i] = -1;
    }
    frs__pool_each(a->attr, a->in_shape[0], a->out_shape[0], largest, a);
}

static void back(const frs_ref_args *a, frs_pool_tap p) {
    if (a->in[1][p.out] == p.number) a->out[0][p.in] += a->in[0][p.out];
}

static void grad_reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = 0;
    frs__pool_each(a->attr, a->out_shape[0], a->in_shape[0], back, a);
}

const frs_op frs__max_pool_grad_op = {.name = "max_pool_grad",
                                      .n_in_min = 2,
                                      .n_in_max = 2,
                                      .n_out = 1,
                                      .n_main = 1,
                                      .shape = frs__pool_shape_grad,
                                      .reference = grad_reference,
                                      GRAD_CASES};

static frs_status gradient(const frs_grad_args *g) {
    const frs_pool_attr t = frs__pool_grad_attr(g);
    frs_tensor *in[] = {g->d_out[0], g->out[1]};
    g->d_in[0] = frs__op_add(g->b, &frs__max_pool_grad_op, in, 2, &t, sizeof t);
    return FRS_OK;
}

const frs_op frs__max_pool_op = {.name = "max_pool",
                                 .n_in_min = 1,
                                 .n_in_max = 1,
                                 .n_out = 2,
                                 .n_main = 1,
                                 .shape = shape,
                                 .reference = reference,
                                 .gradient = gradient,
                                 FRS_CASES};

frs_tensor *frs__max_pool(frs_builder *b, frs_tensor *x, const frs_pool_attr *t) {
    return frs__op_add(b, &frs__max_pool_op, &x, 1, t, sizeof *t);
}
