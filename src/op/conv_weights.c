/* The gradient of a convolution by its weights:
 *     w[m, c, k] = sum over (b, o) and the i that meet in k: x[b, i, g C/G + c] y[b, o, m]
 * It has no gradient of its own: nothing here differentiates twice.
 * in: x [B, spatial.., C], y [B, spatial.., O] -> [O, C/G, k..] */
#include "op/conv.h"
#include "op/elementwise.h"

#ifdef FRS_OP_CASES
#define PLANE(k, s, d, lo, hi) .window = {{k, k, 1}, {s, s, 1}, {d, d, 1}, {lo, lo}, {hi, hi}}
#define CASE(title, ...)                                                                           \
    { .name = title, .n_in = 2, .lo = -1, .hi = 1, __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("plane", .in = {{4, {2, 5, 7, 3}}, {4, {2, 5, 7, 4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
    CASE("one image in slabs", .in = {{4, {1, 24, 25, 32}}, {4, {1, 24, 25, 32}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
    CASE("many images", .in = {{4, {19, 6, 6, 3}}, {4, {19, 4, 4, 2}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 0, 0), .groups = 1)),
    CASE("many filters", .in = {{4, {2, 5, 7, 19}}, {4, {2, 3, 5, 128}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 0, 0), .groups = 1)),
    CASE("groups", .in = {{4, {2, 4, 4, 6}}, {4, {2, 4, 4, 4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 2)),
    CASE("no image", .in = {{4, {0, 5, 7, 3}}, {4, {0, 5, 7, 4}}},
         .FRS_ATTR(frs_conv_attr, PLANE(3, 1, 1, 1, 1), .groups = 1)),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_conv_attr *t = a->attr;
    const frs_shape x = a->in[0], y = a->in[1];
    const int n = frs__spatial(x);
    frs_shape w = {.rank = x.rank}, expected;
    FRS_TRY(frs__window_shape(a, &t->window, y.rank > 0 ? y.dim[y.rank - 1] : 0, &expected));
    bool fits = y.rank == x.rank && t->groups >= 1 && x.dim[n + 1] % t->groups == 0;
    for (int i = 0; fits && i < x.rank; i++) fits = y.dim[i] == expected.dim[i];
    if (!fits) return frs__shape_fail(a, _("these are not the outputs of such a convolution"));
    w.dim[0] = y.dim[n + 1];
    w.dim[1] = x.dim[n + 1] / t->groups;
    for (int i = 0; i < n; i++) w.dim[2 + i] = t->window.kernel[i];
    a->out[0] = w;
    return frs__conv_check(a, t, w, x.dim[n + 1]);
}

typedef struct sums {
    frs_conv_dims d;
    const double *x, *y;
    double *w;
    int64_t taps;
} sums;

static void visit(void *arg, int64_t x_at, int64_t y_at, int64_t tap) {
    const sums *s = arg;
    const int64_t c_group = s->d.C / s->d.G, o_group = s->d.O / s->d.G;
    for (int64_t m = 0; m < s->d.O; m++)
        for (int64_t c = 0; c < c_group; c++)
            s->w[(m * c_group + c) * s->taps + tap] +=
                s->y[y_at * s->d.O + m] * s->x[x_at * s->d.C + m / o_group * c_group + c];
}

static void reference(const frs_ref_args *a) {
    sums s = {.d = frs__conv_dims(a->attr, a->in_shape[0], a->out_shape[0], a->in_shape[1]),
              .x = a->in[0],
              .y = a->in[1],
              .w = a->out[0]};
    s.taps = s.d.k[0] * s.d.k[1] * s.d.k[2];
    for (int64_t i = 0; i < frs_shape_count(a->out_shape[0]); i++) s.w[i] = 0;
    frs__conv_walk(a->attr, &s.d, visit, &s);
}

static double operations(const frs_shape_args *a) {
    return 2 * (double)frs_shape_count(a->in[1]) * (double)frs_shape_count(a->out[0]) /
           (double)a->out[0].dim[0];
}

const frs_op frs__conv_weights_op = {.name = "conv_weights",
                                     .n_in_min = 2,
                                     .n_in_max = 2,
                                     .n_out = 1,
                                     .n_main = 1,
                                     .shape = shape,
                                     .reference = reference,
                                     .operations = operations,
                                     FRS_CASES};

frs_tensor *frs__conv_weights(frs_builder *b, frs_tensor *x, frs_tensor *y,
                              const frs_conv_attr *a) {
    frs_tensor *in[] = {x, y};
    return frs__op_add(b, &frs__conv_weights_op, in, 2, a, sizeof *a);
}
