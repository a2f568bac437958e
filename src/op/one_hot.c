/* y[.., j] = 1 where the index (as in gather) is j, else 0; all 0 for one out of range, all NaN for
 * NaN. No gradient. */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, LO, HI, N, ...)                                                                 \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{__VA_ARGS__}}, .lo = LO, .hi = HI, .no_grad = 1,          \
        .FRS_ATTR(frs_gather_attr, .n = N)                                                         \
    }
static const frs_op_case cases[] = {
    CASE("classes", -0.49, 6.49, 7, 1, {9}), CASE("from the end", -3.49, 2.49, 3, 2, {3, 5}),
    CASE("out of range", -4, 4, 2, 1, {17}), CASE("one", 0, 4.49, 5, 0, {0}),
    CASE("empty", 0, 1, 3, 2, {0, 4}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_gather_attr *t = a->attr;
    frs_shape out = a->in[0];
    if (out.rank == FRS_MAX_RANK || t->n < 1)
        return frs__shape_fail(a, _("%lld classes on %d axes: at least 1, on fewer than %d"),
                               (long long)t->n, out.rank, FRS_MAX_RANK);
    out.dim[out.rank++] = t->n;
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_gather_attr *t = a->attr;
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const double index = a->in[0][i];
        const int64_t at = frs__index_of(index, t->n);
        for (int64_t j = 0; j < t->n; j++) a->out[0][i * t->n + j] = isnan(index) ? NAN : j == at;
    }
}

const frs_op frs__one_hot_op = {.name = "one_hot",
                                .n_in_min = 1,
                                .n_in_max = 1,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                FRS_CASES};

frs_tensor *frs_one_hot(frs_builder *b, frs_tensor *index, int64_t n) {
    const frs_gather_attr attr = {.n = n};
    return frs__op_add(b, &frs__one_hot_op, &index, 1, &attr, sizeof attr);
}
