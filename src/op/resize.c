/* y = x [B, .., C] at other sizes of the one to three axes between batch and channels, axis by
 * axis. Element i of an axis of m lies in the axis of n before it, with s = m / n (or as given), at
 *     half pixel           (i + 1/2) / s - 1/2
 *     PyTorch's half pixel the same; 0 where m = 1
 *     align corners        i (n - 1) / (m - 1); 0 where m = 1
 *     asymmetric           i / s
 * linear: between the two elements beside it, of which those beyond the ends are the end; nearest:
 * rounded to the nearest (halves down or up), down, or up. Source of the names: ONNX, Resize.
 *     dx_j = sum over the y_i that x_j had a share in, of share dy_i (resize_grad)
 * A NaN goes to all that lie beside it, also with a share of 0. */
#include "op/resize.h"
#include "op/elementwise.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, RANK, DIMS, FROM, TO, ...)                                                      \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{RANK, DIMS}}, .lo = -1, .hi = 1,                          \
        .FRS_ATTR(frs_resize_attr, .from = FROM, .to = TO, __VA_ARGS__)                            \
    }
#define L(...)                                                                                     \
    { __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("twice", 4, L(2, 3, 4, 5), L(3, 4, 1), L(6, 8, 1), .mode = FRS_RESIZE_NEAREST,
         .at = FRS_AT_ASYMMETRIC, .round = FRS_ROUND_FLOOR, .scale = L(2, 2, 1)),
    CASE("nearest, half pixel", 4, L(1, 5, 4, 17), L(5, 4, 1), L(7, 3, 1),
         .mode = FRS_RESIZE_NEAREST, .scale = L(1.4, 0.75, 1)),
    CASE("nearest, up", 3, L(2, 5, 3), L(5, 1, 1), L(8, 1, 1), .mode = FRS_RESIZE_NEAREST,
         .at = FRS_AT_ALIGN_CORNERS, .round = FRS_ROUND_CEIL, .scale = L(1.6, 1, 1)),
    CASE("nearest, halves up", 3, L(2, 4, 1), L(4, 1, 1), L(2, 1, 1), .mode = FRS_RESIZE_NEAREST,
         .round = FRS_ROUND_PREFER_CEIL, .scale = L(0.5, 1, 1)),
    CASE("linear, twice", 4, L(2, 3, 4, 5), L(3, 4, 1), L(6, 8, 1), .mode = FRS_RESIZE_LINEAR,
         .scale = L(2, 2, 1)),
    CASE("linear, smaller", 4, L(2, 7, 5, 1), L(7, 5, 1), L(3, 2, 1), .mode = FRS_RESIZE_LINEAR,
         .at = FRS_AT_ASYMMETRIC, .scale = L(3. / 7, 0.4, 1)),
    CASE("linear, corners", 4, L(1, 4, 5, 16), L(4, 5, 1), L(7, 1, 1), .mode = FRS_RESIZE_LINEAR,
         .at = FRS_AT_ALIGN_CORNERS, .scale = L(1.75, 0.2, 1)),
    CASE("linear, steps", 3, L(3, 5, 2), L(5, 1, 1), L(9, 1, 1), .mode = FRS_RESIZE_LINEAR,
         .at = FRS_AT_PYTORCH_HALF_PIXEL, .scale = L(1.8, 1, 1)),
    CASE("linear, a volume", 5, L(2, 2, 3, 4, 3), L(2, 3, 4), L(4, 3, 5), .mode = FRS_RESIZE_LINEAR,
         .scale = L(2, 1, 1.25)),
    CASE("empty", 3, L(0, 5, 2), L(5, 1, 1), L(9, 1, 1), .mode = FRS_RESIZE_LINEAR,
         .scale = L(1.8, 1, 1)),
};
#endif

void frs__resize_axes(frs_shape s, int64_t axes[5]) {
    for (int k = 0; k < 5; k++) axes[k] = k < s.rank - 1 ? s.dim[k] : 1;
    axes[4] = s.dim[s.rank - 1];
}

static double place(const frs_resize_attr *t, int k, int64_t i) {
    const double n = t->from[k], m = t->to[k], x = (double)i;
    switch ((frs_resize_at)t->at) {
    case FRS_AT_PYTORCH_HALF_PIXEL:
        if (m <= 1) return 0;
        break;
    case FRS_AT_HALF_PIXEL:
        break;
    case FRS_AT_ALIGN_CORNERS:
        return m <= 1 ? 0 : x * (n - 1) / (m - 1);
    case FRS_AT_ASYMMETRIC:
        return x / t->scale[k];
    }
    return (x + 0.5) / t->scale[k] - 0.5;
}

static double rounded(const frs_resize_attr *t, double x) {
    switch ((frs_resize_round)t->round) {
    case FRS_ROUND_PREFER_FLOOR:
        return ceil(x - 0.5);
    case FRS_ROUND_PREFER_CEIL:
        return floor(x + 0.5);
    case FRS_ROUND_FLOOR:
        return floor(x);
    case FRS_ROUND_CEIL:
        break;
    }
    return ceil(x);
}

static int64_t inside(double x, int64_t n) {
    return x < 0 ? 0 : x > (double)(n - 1) ? n - 1 : (int64_t)x;
}

frs_resize_from frs__resize_from(const frs_resize_attr *t, int k, int64_t i) {
    const double at = place(t, k, i);
    const int64_t n = t->from[k];
    if (t->mode == FRS_RESIZE_NEAREST) {
        const int64_t nearest = inside(rounded(t, at), n);
        return (frs_resize_from){{nearest, nearest}, 0};
    }
    const double low = floor(at);
    return (frs_resize_from){{inside(low, n), inside(low + 1, n)}, at - low};
}

static frs_status shape_of(const frs_shape_args *a, const int32_t *here, const int32_t *there) {
    const int axes = a->in[0].rank - 2;
    if (axes < 1 || axes > 3)
        return frs__shape_fail(a, _("resizing needs [batch, one to three axes, channels]"));
    a->out[0] = a->in[0];
    for (int k = 0; k < axes; k++) {
        if (here[k] != a->in[0].dim[k + 1] || here[k] < 1 || there[k] < 1)
            return frs__shape_fail(a, _("axis %d cannot become %d"), k + 1, (int)there[k]);
        a->out[0].dim[k + 1] = there[k];
    }
    return FRS_OK;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_resize_attr *t = a->attr;
    return shape_of(a, t->from, t->to);
}
static frs_status grad_shape(const frs_shape_args *a) {
    const frs_resize_attr *t = a->attr;
    return shape_of(a, t->to, t->from);
}

/* The eight corners around place i of the large axes [D, H, W]: elements of x and their shares. */
static void corners(const frs_resize_attr *t, int64_t i, int64_t at[8], double share[8]) {
    const int64_t W = t->to[2], H = t->to[1];
    const frs_resize_from f[3] = {frs__resize_from(t, 0, i / W / H),
                                  frs__resize_from(t, 1, i / W % H), frs__resize_from(t, 2, i % W)};
    for (int c = 0; c < 8; c++) {
        at[c] = 0;
        share[c] = 1;
        for (int k = 0; k < 3; k++) {
            const int which = c >> (2 - k) & 1;
            at[c] = at[c] * t->from[k] + f[k].at[which];
            share[c] *= which ? f[k].share : 1 - f[k].share;
        }
    }
}

/* Both ways: y from x, or dx from dy. */
static void every_corner(const frs_ref_args *a, bool back) {
    const frs_resize_attr *t = a->attr;
    int64_t x[5], y[5], at[8];
    double share[8];
    frs__resize_axes(back ? a->out_shape[0] : a->in_shape[0], x);
    frs__resize_axes(back ? a->in_shape[0] : a->out_shape[0], y);
    const int64_t n = frs_shape_count(a->out_shape[0]), C = x[4];
    const int64_t small = x[1] * x[2] * x[3], large = y[1] * y[2] * y[3];
    for (int64_t i = 0; i < n; i++) a->out[0][i] = 0;
    for (int64_t b = 0; b < x[0]; b++)
        for (int64_t i = 0; i < large; i++) {
            corners(t, i, at, share);
            const int count = t->mode == FRS_RESIZE_NEAREST ? 1 : 8;
            for (int c = 0; c < count; c++)
                for (int64_t k = 0; k < C; k++) {
                    const int64_t of_x = (b * small + at[c]) * C + k,
                                  of_y = (b * large + i) * C + k;
                    a->out[0][back ? of_x : of_y] += share[c] * a->in[0][back ? of_y : of_x];
                }
        }
}

static void reference(const frs_ref_args *a) {
    every_corner(a, false);
}
static void grad_reference(const frs_ref_args *a) {
    every_corner(a, true);
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] =
        frs__op_add(g->b, &frs__resize_grad_op, &g->d_out[0], 1, g->attr, sizeof(frs_resize_attr));
    return FRS_OK;
}

const frs_op frs__resize_op = {.name = "resize",
                               .n_in_min = 1,
                               .n_in_max = 1,
                               .n_out = 1,
                               .n_main = 1,
                               .shape = shape,
                               .reference = reference,
                               .gradient = gradient,
                               FRS_CASES};

/* Linear in dy: its gradient is resize. */
static frs_status grad_gradient(const frs_grad_args *g) {
    g->d_in[0] =
        frs__op_add(g->b, &frs__resize_op, &g->d_out[0], 1, g->attr, sizeof(frs_resize_attr));
    return FRS_OK;
}

const frs_op frs__resize_grad_op = {.name = "resize_grad",
                                    .n_in_min = 1,
                                    .n_in_max = 1,
                                    .n_out = 1,
                                    .n_main = 1,
                                    .shape = grad_shape,
                                    .reference = grad_reference,
                                    .gradient = grad_gradient};

frs_tensor *frs_resize(frs_builder *b, frs_tensor *x, const frs_resize_opts *o) {
    const frs_shape s = frs_tensor_shape(x);
    frs_resize_attr t = {.mode = (int8_t)o->mode, .at = (int8_t)o->at, .round = (int8_t)o->round};
    for (int k = 0; k < 3; k++) {
        const bool there = k < s.rank - 2;
        const int64_t from = there ? s.dim[k + 1] : 1, to = there ? o->size[k] : 1;
        t.from[k] = from > INT32_MAX ? 0 : (int32_t)from;
        t.to[k] = to > INT32_MAX ? 0 : (int32_t)to;
        t.scale[k] = there && o->scale[k] > 0 ? o->scale[k] : (double)to / (double)from;
    }
    return frs__op_add(b, &frs__resize_op, &x, 1, &t, sizeof t);
}

frs_tensor *frs_upsample(frs_builder *b, frs_tensor *x, int64_t factor, frs_resize_mode mode) {
    frs_resize_opts o = {.mode = mode};
    const frs_shape s = frs_tensor_shape(x);
    if (mode == FRS_RESIZE_NEAREST) {
        o.at = FRS_AT_ASYMMETRIC;
        o.round = FRS_ROUND_FLOOR;
    }
    for (int k = 0; k < 3 && k < s.rank - 2; k++) o.size[k] = s.dim[k + 1] * factor;
    return frs_resize(b, x, &o);
}
