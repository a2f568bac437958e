/* The other way through a convolution, from its outputs to its inputs: the gradient of conv by x,
 * and a layer of its own, the transposed convolution:
 *     x[b, i, g C/G + c] = sum over (o, k, m) that meet i, m in group g: y[b, o, m] w[m, c, k]
 *     dy = conv(dx, w);  dw = conv_weights(dx, y)
 * in: y [B, spatial.., O], w [O, C/G, k..] (PyTorch's of ConvTranspose); the spatial axes of x in
 * the attributes, since several have the same outputs
 * source: Zeiler et al. (2010), doi:10.1109/CVPR.2010.5539957 */
#include "op/conv.h"
#include "op/elementwise.h"
#include <string.h>

#ifdef FRS_OP_CASES
#define PLANE(k, s, d, lo, hi) .window = {{k, k, 1}, {s, s, 1}, {d, d, 1}, {lo, lo}, {hi, hi}}
#define CASE(title, ...)                                                                           \
    { .name = title, .n_in = 2, .lo = -1, .hi = 1, .no_nan = 2, __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("plane", .in = {{4, {2, 5, 7, 4}}, {4, {4, 3, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .size = {5, 7})),
    CASE("twice the size", .in = {{4, {3, 4, 3, 5}}, {4, {5, 2, 2, 2}}},
         .FRS_ATTR(frs_conv_attr, PLANE(2, 2, 1, 0, 0), .groups = 1, .size = {8, 6})),
    CASE("a row that no output sees", .in = {{4, {1, 3, 3, 2}}, {4, {2, 3, 2, 2}}},
         .FRS_ATTR(frs_conv_attr, PLANE(2, 3, 1, 0, 0), .groups = 1, .size = {9, 10})),
    CASE("groups", .in = {{4, {2, 4, 4, 4}}, {4, {4, 3, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 2, .size = {4, 4})),
    CASE("depthwise", .in = {{4, {2, 5, 5, 6}}, {4, {6, 1, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 3, .size = {5, 5})),
    CASE("steps", .in = {{3, {3, 6, 4}}, {3, {4, 5, 3}}},
         .FRS_ATTR(frs_conv_attr, .window = {{3, 1, 1}, {2, 1, 1}, {1, 1, 1}, {1}, {1}},
                   .groups = 1, .size = {11})),
    CASE("volume", .in = {{5, {1, 3, 2, 4, 3}}, {5, {3, 2, 2, 2, 2}}},
         .FRS_ATTR(frs_conv_attr, .window = {{2, 2, 2}, {1, 2, 1}, {1, 1, 1}, {0}, {0}},
                   .groups = 1, .size = {4, 4, 5})),
    CASE("one image in slabs", .in = {{4, {1, 24, 25, 32}}, {4, {32, 32, 3, 3}}}, .no_grad = 3,
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .size = {24, 25})),
    CASE("slabs, twice the size", .in = {{4, {1, 21, 20, 32}}, {4, {32, 48, 4, 4}}}, .no_grad = 3,
         .FRS_ATTR(frs_conv_attr, PLANE(4, 2, 1, 1, 1), .groups = 1, .size = {42, 40})),
    CASE("slabs, rows that no output sees", .in = {{4, {1, 15, 30, 32}}, {4, {32, 64, 2, 3}}},
         .no_grad = 3,
         .FRS_ATTR(frs_conv_attr, .window = {{2, 3, 1}, {3, 2, 1}, {1, 1, 1}, {0, 1}, {1, 1}},
                   .groups = 1, .size = {45, 60})),
    CASE("slabs, dilation", .in = {{4, {2, 24, 25, 32}}, {4, {32, 32, 3, 3}}}, .no_grad = 3,
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 3, 3, 3), .groups = 1, .size = {24, 25})),
    CASE("no image", .in = {{4, {0, 5, 7, 4}}, {4, {4, 3, 3, 3}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1, .size = {5, 7})),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_conv_attr *t = a->attr;
    const frs_shape y = a->in[0], w = a->in[1];
    const int n = frs__spatial(y);
    if (!n || w.rank != y.rank || y.dim[n + 1] != w.dim[0])
        return frs__shape_fail(a,
                               _("input must be [batch, spatial.., channels], weights [channels, "
                                 "filters / groups, kernel..]"));
    frs_shape x = y;
    for (int i = 0; i < n; i++) {
        x.dim[1 + i] = t->size[i];
        if (frs__window_out(&t->window, i, t->size[i]) != y.dim[1 + i])
            return frs__shape_fail(a, _("no convolution of size %d has these outputs on axis %d"),
                                   t->size[i], i);
    }
    x.dim[n + 1] = w.dim[1] * t->groups;
    a->out[0] = x;
    return frs__conv_check(a, t, w, x.dim[n + 1]);
}

typedef struct sums {
    frs_conv_dims d;
    const double *y, *w;
    double *x;
    int64_t taps;
} sums;

static void visit(void *arg, int64_t x_at, int64_t y_at, int64_t tap) {
    const sums *s = arg;
    const int64_t c_group = s->d.C / s->d.G, o_group = s->d.O / s->d.G;
    for (int64_t m = 0; m < s->d.O; m++)
        for (int64_t c = 0; c < c_group; c++)
            s->x[x_at * s->d.C + m / o_group * c_group + c] +=
                s->y[y_at * s->d.O + m] * s->w[(m * c_group + c) * s->taps + tap];
}

static void reference(const frs_ref_args *a) {
    sums s = {.d = frs__conv_dims(a->attr, a->out_shape[0], a->in_shape[1], a->in_shape[0]),
              .y = a->in[0],
              .w = a->in[1],
              .x = a->out[0]};
    s.taps = s.d.k[0] * s.d.k[1] * s.d.k[2];
    for (int64_t i = 0; i < frs_shape_count(a->out_shape[0]); i++) s.x[i] = 0;
    frs__conv_walk(a->attr, &s.d, visit, &s);
}

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] = frs__conv(g->b, g->d_out[0], g->in[1], NULL, g->attr);
    g->d_in[1] = frs__conv_weights(g->b, g->d_out[0], g->in[0], g->attr);
    return FRS_OK;
}

static double operations(const frs_shape_args *a) {
    return 2 * (double)frs_shape_count(a->in[0]) * (double)frs_shape_count(a->in[1]) /
           (double)a->in[1].dim[0];
}

const frs_op frs__conv_data_op = {.name = "conv_data",
                                  .n_in_min = 2,
                                  .n_in_max = 2,
                                  .n_out = 1,
                                  .n_main = 1,
                                  .shape = shape,
                                  .reference = reference,
                                  .operations = operations,
                                  .gradient = gradient,
                                  FRS_CASES};

frs_tensor *frs__conv_data(frs_builder *b, frs_tensor *y, frs_tensor *w, const int64_t *size,
                           const frs_conv_attr *a) {
    frs_conv_attr attr = *a;
    frs_tensor *in[] = {y, w};
    const int n = frs__spatial(frs_tensor_shape(y));
    frs_shape spatial = {.rank = n};
    memcpy(spatial.dim, size, (size_t)n * sizeof *size);
    if (!frs__shape_kept(b, "conv_data", spatial)) return NULL;
    for (int i = 0; i < n; i++) attr.size[i] = (int32_t)size[i];
    return frs__op_add(b, &frs__conv_data_op, in, 2, &attr, sizeof attr);
}
