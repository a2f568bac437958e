/* y = x where lo <= column - row <= hi in its last two axes, else 0 (also in place of NaN);
 *     dx = the same of dy */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, LO, HI, ...)                                                                    \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{__VA_ARGS__}}, .lo = -1, .hi = 1,                         \
        .FRS_ATTR(frs_band_attr, LO, HI)                                                           \
    }
static const frs_op_case cases[] = {
    CASE("below", INT64_MIN, 0, 2, {5, 5}),
    CASE("above", 0, INT64_MAX, 2, {5, 7}),
    CASE("strictly above", 1, INT64_MAX, 3, {3, 4, 17}),
    CASE("around", -1, 1, 4, {2, 2, 7, 3}),
    CASE("nothing", 9, INT64_MAX, 2, {3, 4}),
    CASE("empty", 0, 0, 3, {0, 3, 3}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    a->out[0] = a->in[0];
    if (a->in[0].rank < 2) return frs__shape_fail(a, _("a diagonal needs two axes"));
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_band_attr *t = a->attr;
    const frs_shape s = a->in_shape[0];
    const int64_t n = frs_shape_count(s), H = s.dim[s.rank - 2], W = s.dim[s.rank - 1];
    for (int64_t i = 0; i < n; i++) {
        const int64_t k = i % W - i / W % H;
        a->out[0][i] = k >= t->lo && k <= t->hi ? a->in[0][i] : 0;
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_band_attr *t = g->attr;
    g->d_in[0] = frs__band(g->b, g->d_out[0], t->lo, t->hi);
    return FRS_OK;
}

const frs_op frs__band_op = {.name = "band",
                             .n_in_min = 1,
                             .n_in_max = 1,
                             .n_out = 1,
                             .n_main = 1,
                             .shape = shape,
                             .reference = reference,
                             .gradient = gradient,
                             FRS_CASES};

frs_tensor *frs__band(frs_builder *b, frs_tensor *x, int64_t lo, int64_t hi) {
    const frs_band_attr attr = {lo, hi};
    return frs__op_add(b, &frs__band_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_triu(frs_builder *b, frs_tensor *x, int64_t k) {
    return frs__band(b, x, k, INT64_MAX);
}

frs_tensor *frs_tril(frs_builder *b, frs_tensor *x, int64_t k) {
    return frs__band(b, x, INT64_MIN, k);
}
