/* out = x where cond is above 0, else y; cond, x and y are broadcast. A NaN in cond counts as 0; of
 * x and y each NaN that is chosen stays. dx = dout where cond is above 0, else 0; dy the other way
 * round; cond has no gradient */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, ...)                                                                            \
    { .name = NAME, .n_in = 3, .in = {__VA_ARGS__}, .lo = -2, .hi = 2, .no_grad = 1 }
static const frs_op_case cases[] = {
    CASE("vector", {1, {33}}, {1, {33}}, {1, {33}}),
    CASE("rows", {2, {5, 7}}, {2, {5, 7}}, {1, {7}}),
    CASE("of a column", {2, {5, 1}}, {2, {5, 7}}, {0, {0}}),
    CASE("all three stretched", {3, {2, 1, 1}}, {2, {3, 1}}, {1, {5}}),
    CASE("a mask of pixels", {4, {2, 3, 4, 1}}, {4, {2, 3, 4, 2}}, {4, {2, 1, 1, 2}}),
    CASE("one", {0, {0}}, {0, {0}}, {0, {0}}),
    CASE("empty", {2, {0, 3}}, {2, {0, 3}}, {1, {3}}),
};
#endif

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const bool first = a->in[0][frs__broadcast_at(a->out_shape[0], a->in_shape[0], i)] > 0;
        const int of = first ? 1 : 2;
        a->out[0][i] = a->in[of][frs__broadcast_at(a->out_shape[0], a->in_shape[of], i)];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    frs_builder *b = g->b;
    frs_tensor *zero = frs__fill(b, (frs_shape){0}, 0), *cond = g->in[0], *d = g->d_out[0];
    g->d_in[1] = frs__sum_to(b, frs_where(b, cond, d, zero), frs_tensor_shape(g->in[1]));
    g->d_in[2] = frs__sum_to(b, frs_where(b, cond, zero, d), frs_tensor_shape(g->in[2]));
    return FRS_OK;
}

const frs_op frs__where_op = {.name = "where",
                              .n_in_min = 3,
                              .n_in_max = 3,
                              .n_out = 1,
                              .n_main = 1,
                              .shape = frs__shape_broadcast,
                              .reference = reference,
                              .gradient = gradient,
                              FRS_CASES};

frs_tensor *frs_where(frs_builder *b, frs_tensor *cond, frs_tensor *x, frs_tensor *y) {
    frs_tensor *in[] = {cond, x, y};
    return frs__op_add(b, &frs__where_op, in, 3, NULL, 0);
}
