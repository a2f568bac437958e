/* y = x with elements before and behind it on any axes: a constant, x mirrored at its first and
 * last element, or these repeated.
 *     dx_j = sum of dy_i over the i that x_j went to (pad_grad, which has its own reference) */
#include "op/pad.h"
#include "op/elementwise.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, RANK, DIMS, ...)                                                                \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{RANK, DIMS}}, .lo = -1, .hi = 1,                          \
        .FRS_ATTR(frs_pad_attr, __VA_ARGS__)                                                       \
    }
#define L(...)                                                                                     \
    { __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("a frame of zeros", 4, L(2, 3, 4, 5), .lo = L(0, 1, 2), .hi = L(0, 2, 1)),
    CASE("a constant before and behind", 1, L(7), .lo = L(3), .hi = L(2), .value = -1.5),
    CASE("channels", 3, L(2, 3, 17), .lo = L(0, 0, 1), .hi = L(0, 0, 3), .value = 2),
    CASE("mirrored", 4, L(2, 4, 3, 2), .lo = L(0, 3, 1), .hi = L(0, 1, 2), .mode = FRS_PAD_REFLECT),
    CASE("mirrored on the last axis", 2, L(3, 5), .lo = L(1, 4), .hi = L(0, 3),
         .mode = FRS_PAD_REFLECT),
    CASE("edges", 4, L(2, 4, 1, 3), .lo = L(0, 5, 1), .hi = L(0, 1, 2), .mode = FRS_PAD_EDGE),
    CASE("edges of all axes", 2, L(3, 5), .lo = L(1, 4), .hi = L(2, 7), .mode = FRS_PAD_EDGE),
    CASE("nothing around", 2, L(3, 5), .value = 1),
    CASE("around nothing", 2, L(0, 5), .lo = L(2), .hi = L(1), .value = 1),
    CASE("empty", 2, L(0, 5), .lo = L(0, 1)),
    CASE("a scalar", 0, L(0), .value = 1),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_pad_attr *t = a->attr;
    frs_shape out = a->in[0];
    for (int k = 0; k < out.rank; k++) {
        const int64_t n = out.dim[k], most = t->lo[k] > t->hi[k] ? t->lo[k] : t->hi[k];
        if (t->lo[k] < 0 || t->hi[k] < 0)
            return frs__shape_fail(a, _("padding of axis %d is below 0"), k);
        if (most > 0 && (t->mode == FRS_PAD_REFLECT ? most >= n : n == 0) &&
            t->mode != FRS_PAD_CONSTANT)
            return frs__shape_fail(a, _("axis %d is too short for padding of %lld from itself"), k,
                                   (long long)most);
        out.dim[k] += t->lo[k] + t->hi[k];
    }
    a->out[0] = out;
    return FRS_OK;
}

/* Element of the axes before padding that element i behind it comes from; -1: none. */
static int64_t from_element(const frs_pad_attr *t, frs_shape in, frs_shape out, int64_t i) {
    int64_t at = 0, stride = 1;
    for (int k = in.rank - 1; k >= 0; k--) {
        const int64_t j = frs__pad_from(t, k, in.dim[k], i % out.dim[k]);
        if (j < 0) return -1;
        at += j * stride;
        i /= out.dim[k];
        stride *= in.dim[k];
    }
    return at;
}

static void reference(const frs_ref_args *a) {
    const frs_pad_attr *t = a->attr;
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = from_element(t, a->in_shape[0], a->out_shape[0], i);
        a->out[0][i] = at < 0 ? t->value : a->in[0][at];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] =
        frs__op_add(g->b, &frs__pad_grad_op, &g->d_out[0], 1, g->attr, sizeof(frs_pad_attr));
    return FRS_OK;
}

const frs_op frs__pad_op = {.name = "pad",
                            .n_in_min = 1,
                            .n_in_max = 1,
                            .n_out = 1,
                            .n_main = 1,
                            .shape = shape,
                            .reference = reference,
                            .gradient = gradient,
                            FRS_CASES};

/* ---- dx of dy; its gradient is pad again, of zeros where pad put its constant */
static frs_status grad_shape(const frs_shape_args *a) {
    const frs_pad_attr *t = a->attr;
    a->out[0] = a->in[0];
    for (int k = 0; k < a->in[0].rank; k++) a->out[0].dim[k] -= t->lo[k] + t->hi[k];
    return FRS_OK;
}

static void grad_reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]), m = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < m; i++) a->out[0][i] = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = from_element(a->attr, a->out_shape[0], a->in_shape[0], i);
        if (at >= 0) a->out[0][at] += a->in[0][i];
    }
}

static frs_status grad_gradient(const frs_grad_args *g) {
    frs_pad_attr attr = *(const frs_pad_attr *)g->attr;
    attr.value = 0;
    g->d_in[0] = frs__op_add(g->b, &frs__pad_op, &g->d_out[0], 1, &attr, sizeof attr);
    return FRS_OK;
}

const frs_op frs__pad_grad_op = {.name = "pad_grad",
                                 .n_in_min = 1,
                                 .n_in_max = 1,
                                 .n_out = 1,
                                 .n_main = 1,
                                 .shape = grad_shape,
                                 .reference = grad_reference,
                                 .gradient = grad_gradient};

frs_tensor *frs_pad(frs_builder *b, frs_tensor *x, const frs_pad_opts *o) {
    frs_pad_attr attr = {.mode = (int8_t)o->mode, .value = o->value};
    for (int k = 0; k < frs_tensor_shape(x).rank; k++) {
        attr.lo[k] = o->lo[k] > INT32_MAX ? -1 : (int32_t)o->lo[k];
        attr.hi[k] = o->hi[k] > INT32_MAX ? -1 : (int32_t)o->hi[k];
    }
    return frs__op_add(b, &frs__pad_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_crop(frs_builder *b, frs_tensor *x, const int64_t *lo, const int64_t *hi) {
    const frs_shape s = frs_tensor_shape(x);
    for (int k = 0; k < s.rank && x; k++)
        if (lo[k] != 0 || hi[k] != 0) x = frs_slice(b, x, k, lo[k], s.dim[k] - lo[k] - hi[k]);
    return x;
}
