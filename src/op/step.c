/* y = 1 where x > 0, else 0; NaN stays NaN; its gradient is 0 */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "vector", .n_in = 1, .in = {{1, {17}}}, .lo = -2, .hi = 2, .no_grad = 1},
    {.name = "tail", .n_in = 1, .in = {{2, {3, 11}}}, .lo = -2, .hi = 2, .no_grad = 1},
    {.name = "zeros", .n_in = 1, .in = {{1, {7}}}, .no_grad = 1},
    {.name = "empty", .n_in = 1, .in = {{1, {0}}}, .no_grad = 1},
    {.name = "missing",
     .n_in = 1,
     .in = {{1, {31}}},
     .lo = -2,
     .hi = 2,
     .no_grad = 1,
     .nan_share = 0.2},
};
#endif

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const double x = a->in[0][i];
        a->out[0][i] = isnan(x) ? x : x > 0;
    }
}

const frs_op frs__step_op = {.name = "step",
                             .n_in_min = 1,
                             .n_in_max = 1,
                             .n_out = 1,
                             .n_main = 1,
                             .shape = frs__shape_same,
                             .reference = reference,
                             FRS_CASES};

frs_tensor *frs__step(frs_builder *b, frs_tensor *x) {
    return frs__op_add(b, &frs__step_op, &x, 1, NULL, 0);
}
