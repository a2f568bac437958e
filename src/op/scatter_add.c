/* y[o, j, r] = sum over the i.. with index[i..] = j of x[o, i.., r], in the order of the indices:
 * the same bits on any number of threads. An index as in gather; one that is NaN or out of range is
 * dropped.
 *     dx = dy gathered at the indices, 0 for one that was dropped;  the index has no gradient */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, X, I, LO, HI, ...)                                                              \
    {                                                                                              \
        .name = NAME, .n_in = 2, .in = {X, I}, .lo = LO, .hi = HI, .no_grad = 2,                   \
        .FRS_ATTR(frs_gather_attr, __VA_ARGS__)                                                    \
    }
#define S(...)                                                                                     \
    { __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("rows", S(2, {9, 7}), S(1, {9}), -4.4, 4.4, .axis = 0, .n = 4),
    CASE("two axes of indices", S(4, {2, 3, 4, 5}), S(2, {3, 4}), -2.4, 2.4, .axis = 1, .n = 3),
    CASE("columns", S(2, {3, 19}), S(1, {19}), -4.4, 4.4, .axis = 1, .n = 5),
    CASE("one", S(2, {3, 70}), S(0, {0}), 0, 1.4, .axis = 1, .n = 2),
    CASE("some out of range", S(2, {9, 65}), S(1, {9}), -6, 6, .axis = 0, .n = 3),
    CASE("nothing to add", S(2, {0, 7}), S(1, {0}), 0, 1, .axis = 0, .n = 4),
    CASE("to nowhere", S(2, {4, 7}), S(1, {4}), 0, 1, .axis = 0, .n = 0),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_gather_attr *t = a->attr;
    const frs_shape x = a->in[0], index = a->in[1];
    frs_shape out = {.rank = x.rank - index.rank + 1};
    bool fits = t->axis >= 0 && t->axis + index.rank <= x.rank && out.rank <= FRS_MAX_RANK;
    for (int k = 0; fits && k < index.rank; k++) fits = x.dim[t->axis + k] == index.dim[k];
    if (!fits)
        return frs__shape_fail(a, _("the axes from %d on are not the index's"), (int)t->axis);
    for (int k = 0; k < t->axis; k++) out.dim[k] = x.dim[k];
    out.dim[t->axis] = t->n;
    for (int k = t->axis + 1; k < out.rank; k++) out.dim[k] = x.dim[k - 1 + index.rank];
    a->out[0] = out;
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_gather_attr *t = a->attr;
    const frs_shape out = a->out_shape[0];
    const int64_t total = frs_shape_count(out), count = frs_shape_count(a->in_shape[1]);
    int64_t outer = 1, inner = 1;
    for (int k = 0; k < out.rank; k++)
        if (k != t->axis) *(k < t->axis ? &outer : &inner) *= out.dim[k];
    for (int64_t i = 0; i < total; i++) a->out[0][i] = 0;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < count; i++) {
            const int64_t at = frs__index_of(a->in[1][i], t->n);
            for (int64_t r = 0; r < inner && at >= 0; r++)
                a->out[0][(o * t->n + at) * inner + r] += a->in[0][(o * count + i) * inner + r];
        }
}

extern const frs_op frs__gather_op;
static frs_status gradient(const frs_grad_args *g) {
    const frs_gather_attr attr = {.axis = ((const frs_gather_attr *)g->attr)->axis, .zero = true};
    frs_tensor *in[] = {g->d_out[0], g->in[1]};
    g->d_in[0] = frs__op_add(g->b, &frs__gather_op, in, 2, &attr, sizeof attr);
    return FRS_OK;
}

const frs_op frs__scatter_add_op = {.name = "scatter_add",
                                    .n_in_min = 2,
                                    .n_in_max = 2,
                                    .n_out = 1,
                                    .n_main = 1,
                                    .shape = shape,
                                    .reference = reference,
                                    .gradient = gradient,
                                    FRS_CASES};

frs_tensor *frs_scatter_add(frs_builder *b, frs_tensor *x, frs_tensor *index, int axis, int64_t n) {
    const frs_gather_attr attr = {.axis = axis, .n = n};
    frs_tensor *in[] = {x, index};
    return frs__op_add(b, &frs__scatter_add_op, in, 2, &attr, sizeof attr);
}
