/* Convolution (cross-correlation, as all the frameworks) over 1 to 3 spatial axes, channels last:
 *     y[b, o, m] = bias[m] + sum_(k, c) x[b, o stride - pad_lo + k dilation, g C/G + c] w[m, c, k]
 * with g = m / (O/G) the group of output channel m; outside of x stands 0. Depthwise: G = C.
 *     dx = conv_data(dy, w);  dw = conv_weights(x, dy);  dbias = sum of dy over all but channels
 * in: x [B, spatial.., C]; w [O, C/G, k..] as PyTorch's; bias [O] or absent
 * What stood behind it in the net becomes part of it at compile (src/graph/fuse.c), in this order:
 *     y := gamma (y - mean) / sqrt(var + eps) + beta;  y := y + add;  y := then(y)
 * each if it is there. gamma, beta, mean, var [O], as batch_norm_infer's, have no gradient; with an
 * activation d below is then's slope, found from y, times dy; dadd = d.
 * missing: a NaN of x reaches every output whose window holds it; one of w all outputs of its
 *     filter, but perhaps not those where it meets what is outside
 * source: LeCun et al. (1998), doi:10.1109/5.726791; Dumoulin & Visin (2016), arXiv:1603.07285 */
#include "op/conv.h"
#include "op/elementwise.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define PLANE(k, s, d, lo, hi) .window = {{k, k, 1}, {s, s, 1}, {d, d, 1}, {lo, lo}, {hi, hi}}
#define CASE(title, n, ...)    FROM(-1, title, n, __VA_ARGS__)
#define FROM(from, title, n, ...)                                                                  \
    { .name = title, .n_in = n, .lo = from, .hi = 1, .no_nan = 2, __VA_ARGS__ }
#define NONE                                                                                       \
    { -1 }
static const frs_op_case cases[] = {
    CASE("plane", 3, .in = {{4, {2, 5, 7, 3}}, {4, {4, 3, 3, 3}}, {1, {4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
    CASE("stride 2, one channel", 2, .in = {{4, {3, 6, 8, 1}}, {4, {5, 1, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 2, 1, 0, 1), .groups = 1)),
    CASE("kernel 1", 3, .in = {{4, {2, 3, 4, 17}}, {4, {33, 17, 1, 1}}, {1, {33}}},
         .FRS_ATTR(frs_conv_attr, PLANE(1, 1, 1, 0, 0), .groups = 1)),
    CASE("dilation 2", 2, .in = {{4, {1, 7, 6, 2}}, {4, {3, 2, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 2, 2, 2), .groups = 1)),
    CASE("2 groups", 3, .in = {{4, {2, 4, 4, 6}}, {4, {4, 3, 3, 3}}, {1, {4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 2)),
    CASE("depthwise, twice the channels", 3, .in = {{4, {2, 5, 5, 3}}, {4, {6, 1, 3, 3}}, {1, {6}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 3)),
    CASE("uneven window", 2, .in = {{4, {2, 9, 5, 4}}, {4, {3, 4, 4, 2}}},
         .FRS_ATTR(frs_conv_attr, .window = {{4, 2, 1}, {3, 1, 1}, {1, 2, 1}, {2, 0}, {1, 1}},
                   .groups = 1)),
    CASE("steps", 3, .in = {{3, {3, 11, 5}}, {3, {4, 5, 3}}, {1, {4}}},
         .FRS_ATTR(frs_conv_attr, .window = {{3, 1, 1}, {1, 1, 1}, {2, 1, 1}, {4}, {0}},
                   .groups = 1)),
    CASE("volume", 3, .in = {{5, {1, 3, 4, 5, 2}}, {5, {3, 2, 2, 3, 3}}, {1, {3}}},
         .FRS_ATTR(frs_conv_attr, .window = {{2, 3, 3}, {1, 2, 1}, {1, 1, 1}, {1, 1, 1}, {0, 1, 1}},
                   .groups = 1)),
    CASE("one image in slabs", 3, .in = {{4, {1, 24, 25, 32}}, {4, {32, 32, 3, 3}}, {1, {32}}},
         .no_grad = 7, .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
    CASE("many small images", 2, .in = {{4, {70, 5, 5, 2}}, {4, {3, 2, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 0, 0), .groups = 1)),
    CASE("bias and tanh", 3, .in = {{4, {2, 5, 7, 3}}, {4, {4, 3, 3, 3}}, {1, {4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .then = {.kind = FRS_TANH})),
    CASE("residual", 4, .in = {{4, {2, 4, 5, 3}}, {4, {3, 3, 3, 3}}, NONE, {4, {2, 4, 5, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1,
                   .then = {.kind = FRS_ELU, .alpha = 1})),
    CASE("residual in slabs, relu", 4,
         .in = {{4, {1, 24, 25, 32}}, {4, {32, 32, 3, 3}}, {1, {32}}, {4, {1, 24, 25, 32}}},
         .no_grad = 15,
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .then = {.kind = FRS_RELU})),
    CASE("an activation without a slope by its value", 2,
         .in = {{4, {2, 5, 4, 3}}, {4, {4, 3, 3, 3}}}, .no_grad = 3,
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .then = {.kind = FRS_SILU})),
    FROM(0.1, "normalised, relu within 0 and 0.5", 8, .no_grad = 255,
         .in = {{4, {2, 5, 7, 4}},
                {4, {6, 2, 3, 3}},
                {1, {6}},
                NONE,
                {1, {6}},
                {1, {6}},
                {1, {6}},
                {1, {6}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 2,
                   .then = {.kind = FRS_RELU6, .beta = 0.5F}, .eps = 1e-3F)),
    FROM(0.1, "normalised, residual", 8, .no_grad = 255,
         .in = {{3, {3, 9, 2}},
                {3, {5, 2, 3}},
                NONE,
                {3, {3, 7, 5}},
                {1, {5}},
                {1, {5}},
                {1, {5}},
                {1, {5}}},
         .FRS_ATTR(frs_conv_attr, .window = {{3, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0}, {0}},
                   .groups = 1, .eps = 1)),
    CASE("no image, normalised", 8, .no_grad = 255,
         .in = {{4, {0, 5, 5, 2}},
                {4, {3, 2, 3, 3}},
                {1, {3}},
                {4, {0, 5, 5, 3}},
                {1, {3}},
                {1, {3}},
                {1, {3}},
                {1, {3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .eps = 1)),
    CASE("no image", 3, .in = {{4, {0, 5, 5, 2}}, {4, {3, 2, 3, 3}}, {1, {3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
};
#endif

frs_conv_dims frs__conv_dims(const frs_conv_attr *a, frs_shape x, frs_shape w, frs_shape y) {
    frs_conv_dims d = {.B = x.dim[0], .O = w.dim[0], .G = a->groups, .n = frs__spatial(x)};
    d.C = x.dim[d.n + 1];
    for (int i = 0; i < FRS_SPATIAL; i++) {
        d.in[i] = i < d.n ? x.dim[1 + i] : 1;
        d.out[i] = i < d.n ? y.dim[1 + i] : 1;
        d.k[i] = i < d.n ? w.dim[2 + i] : 1;
    }
    return d;
}

/* Number `i` in the box `size` as coordinates. */
static void coordinates(int64_t i, const int64_t *size, int64_t *c) {
    for (int k = FRS_SPATIAL - 1; k >= 0; k--) {
        c[k] = i % size[k];
        i /= size[k];
    }
}

static int64_t product(const int64_t *v) {
    return v[0] * v[1] * v[2];
}

/* The position in x that output o and tap k meet at; -1: outside. */
static int64_t meet(const frs_conv_attr *a, const frs_conv_dims *d, const int64_t *o,
                    const int64_t *k) {
    int64_t at = 0;
    for (int i = 0; i < FRS_SPATIAL; i++) {
        const int64_t x =
            o[i] * a->window.stride[i] - a->window.pad_lo[i] + k[i] * a->window.dilation[i];
        if (x < 0 || x >= d->in[i]) return -1;
        at = at * d->in[i] + x;
    }
    return at;
}

void frs__conv_walk(const frs_conv_attr *a, const frs_conv_dims *d, frs_conv_visit visit,
                    void *arg) {
    const int64_t n_in = product(d->in), n_out = product(d->out), taps = product(d->k);
    int64_t o[FRS_SPATIAL], k[FRS_SPATIAL];
    for (int64_t y = 0; y < d->B * n_out; y++)
        for (int64_t tap = 0; tap < taps; tap++) {
            coordinates(y % n_out, d->out, o);
            coordinates(tap, d->k, k);
            const int64_t x = meet(a, d, o, k);
            if (x >= 0) visit(arg, y / n_out * n_in + x, y, tap);
        }
}

frs_status frs__conv_check(const frs_shape_args *a, const frs_conv_attr *t, frs_shape w,
                           int64_t channels) {
    const int n = w.rank - 2;
    if (t->groups < 1 || n < 1 || n > FRS_SPATIAL || w.dim[0] % t->groups ||
        w.dim[1] * t->groups != channels)
        return frs__shape_fail(
            a, _("weights must be [filters, channels / groups, kernel..] with %d groups"),
            t->groups);
    for (int i = 0; i < n; i++)
        if (w.dim[2 + i] != t->window.kernel[i])
            return frs__shape_fail(a, _("the weights' kernel differs from the window's"));
    return FRS_OK;
}

static frs_status shape(const frs_shape_args *a) {
    const frs_conv_attr *t = a->attr;
    const frs_shape x = a->in[0], w = a->in[1];
    FRS_TRY(frs__window_shape(a, &t->window, w.rank > 0 ? w.dim[0] : 0, &a->out[0]));
    if (w.rank != x.rank) return frs__shape_fail(a, _("input and weights differ in rank"));
    FRS_TRY(frs__conv_check(a, t, w, x.dim[x.rank - 1]));
    for (int i = FRS_CONV_BIAS; i < a->n_in; i++)
        if (i != FRS_CONV_ADD && a->in[i].rank >= 0 &&
            (a->in[i].rank != 1 || a->in[i].dim[0] != w.dim[0]))
            return frs__shape_fail(a, _("the bias must be [filters]"));
    if (a->n_in > FRS_CONV_ADD && a->in[FRS_CONV_ADD].rank >= 0 &&
        !frs__shape_equal(a->in[FRS_CONV_ADD], a->out[0]))
        return frs__shape_fail(a, _("what is added differs from the result in shape"));
    return FRS_OK;
}

/* What the visits of the reference see. */
typedef struct sums {
    frs_conv_dims d;
    const double *x, *w;
    double *y;
    int64_t taps;
} sums;

static void visit(void *arg, int64_t x_at, int64_t y_at, int64_t tap) {
    const sums *s = arg;
    const int64_t c_group = s->d.C / s->d.G, o_group = s->d.O / s->d.G;
    for (int64_t m = 0; m < s->d.O; m++)
        for (int64_t c = 0; c < c_group; c++)
            s->y[y_at * s->d.O + m] += s->x[x_at * s->d.C + m / o_group * c_group + c] *
                                       s->w[(m * c_group + c) * s->taps + tap];
}

static const double *input(const frs_ref_args *a, int i) {
    return a->n_in > i ? a->in[i] : NULL;
}

/* What follows the sums: value y of filter m. */
static double after(const frs_ref_args *a, double y, int64_t i, int64_t m) {
    const frs_conv_attr *t = a->attr;
    const frs_activation_attr then = frs__then(t->then);
    const double *add = input(a, FRS_CONV_ADD);
    if (input(a, FRS_CONV_VAR))
        y = a->in[FRS_CONV_GAMMA][m] * (y - a->in[FRS_CONV_MEAN][m]) /
                sqrt(a->in[FRS_CONV_VAR][m] + (double)t->eps) +
            a->in[FRS_CONV_BETA][m];
    return frs__activation_value(&then, add ? y + add[i] : y);
}

static void reference(const frs_ref_args *a) {
    const double *bias = input(a, FRS_CONV_BIAS);
    sums s = {.d = frs__conv_dims(a->attr, a->in_shape[0], a->in_shape[1], a->out_shape[0]),
              .x = a->in[0],
              .w = a->in[1],
              .y = a->out[0]};
    s.taps = product(s.d.k);
    for (int64_t i = 0; i < frs_shape_count(a->out_shape[0]); i++)
        s.y[i] = bias ? bias[i % s.d.O] : 0;
    frs__conv_walk(a->attr, &s.d, visit, &s);
    for (int64_t i = 0; i < frs_shape_count(a->out_shape[0]); i++)
        s.y[i] = after(a, s.y[i], i, i % s.d.O);
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_conv_attr *t = g->attr;
    if (g->n_in > FRS_CONV_VAR && g->in[FRS_CONV_VAR])
        return frs__build_fail(g->b, FRS_E_UNSUPPORTED,
                               _("a convolution with its normalisation has no gradient"));
    frs_tensor *d = frs__then_gradient(g->b, t->then, g->out[0], g->d_out[0]);
    if (g->n_in > FRS_CONV_ADD && g->in[FRS_CONV_ADD]) g->d_in[FRS_CONV_ADD] = d;
    g->d_in[0] = frs__conv_data(g->b, d, g->in[1], frs_tensor_shape(g->in[0]).dim + 1, g->attr);
    g->d_in[1] = frs__conv_weights(g->b, g->in[0], d, g->attr);
    if (g->n_in > 2 && g->in[2]) g->d_in[2] = frs__sum_to(g->b, d, frs_tensor_shape(g->in[2]));
    return FRS_OK;
}

static double operations(const frs_shape_args *a) {
    return 2 * (double)frs_shape_count(a->out[0]) * (double)frs_shape_count(a->in[1]) /
           (double)a->in[1].dim[0];
}

const frs_op frs__conv_op = {.name = "conv",
                             .n_in_min = 2,
                             .n_in_max = FRS_CONV_N_IN,
                             .n_out = 1,
                             .n_main = 1,
                             .shape = shape,
                             .reference = reference,
                             .operations = operations,
                             .gradient = gradient,
                             FRS_CASES};

frs_tensor *frs__conv(frs_builder *b, frs_tensor *x, frs_tensor *w, frs_tensor *bias,
                      const frs_conv_attr *a) {
    frs_tensor *in[] = {x, w, bias};
    return frs__op_add(b, &frs__conv_op, in, bias ? 3 : 2, a, sizeof *a);
}
