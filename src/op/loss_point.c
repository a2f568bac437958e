/* Mean of a loss of each value, over the targets that are there; none: 0. d = sim - obs:
 *
 * - Huber: d^2 / 2 where |d| <= a, else a (|d| - a / 2). Huber (1964),
 *   doi:10.1214/aoms/1177703732
 * - pinball: max(-a d, (1 - a) d), a the quantile. Koenker & Bassett (1978), doi:10.2307/1913643
 * - peaks: (1 + a max(0, obs)) d^2: a reading above the mean (0) weighs more
 * - focal: tanh(a |d| / 2)^b d^2: small errors weigh less. Yang et al. (2021), arXiv:2102.09554,
 *   after Lin et al. (2017), arXiv:1708.02002
 *
 * Inputs sim, obs of one shape; a NaN in obs does not count. d_sim = slope / n dy; obs gets none.
 */
#include "op/elementwise.h"
#include "op/loss.h"
#include <math.h>

frs_loss_at frs__loss_point(int kind, double a, double b, double d, double obs) {
    const double size = fabs(d), sign = d < 0 ? -1 : 1;
    switch ((frs_point_kind)kind) {
    case FRS_POINT_HUBER:
        return size <= a ? (frs_loss_at){d * d / 2, d}
                         : (frs_loss_at){a * (size - a / 2), a * sign};
    case FRS_POINT_PINBALL:
        return d < 0 ? (frs_loss_at){-a * d, -a} : (frs_loss_at){(1 - a) * d, d > 0 ? 1 - a : 0};
    case FRS_POINT_PEAKS: {
        const double w = 1 + a * (obs > 0 ? obs : 0);
        return (frs_loss_at){w * d * d, 2 * w * d};
    }
    case FRS_POINT_FOCAL:
        break;
    }
    if (size == 0) return (frs_loss_at){0, 0};
    const double t = tanh(a * size / 2), w = pow(t, b);
    const double rise = t > 0 ? b * w / t * (a / 2) * (1 - t * t) : 0;
    return (frs_loss_at){w * d * d, sign * (rise * d * d + 2 * w * size)};
}

#ifdef FRS_OP_CASES
/* attr: kind, then a and b as doubles, of which the two highest bytes differ from 0 */
#define ATTR(KIND, A6, A7, B6, B7)                                                                 \
    { [0] = (KIND), [14] = (A6), [15] = (A7), [22] = (B6), [23] = (B7) }
#define CASE(NAME, ATTRS, ...)                                                                     \
    {                                                                                              \
        .name = NAME, .n_in = 2, .in = {{2, {7, 3}}, {2, {7, 3}}}, .attr = ATTRS, .lo = -2,        \
        .hi = 2, .no_grad = 2, __VA_ARGS__                                                         \
    }
#define HUBER   ATTR(FRS_POINT_HUBER, 0xE0, 0x3F, 0, 0)    /* 0.5 */
#define PINBALL ATTR(FRS_POINT_PINBALL, 0xEC, 0x3F, 0, 0)  /* 0.875 */
#define PEAKS   ATTR(FRS_POINT_PEAKS, 0, 0x40, 0, 0)       /* 2 */
#define FOCAL   ATTR(FRS_POINT_FOCAL, 0xF0, 0x3F, 0, 0x40) /* 1 and 2 */
static const frs_op_case cases[] = {
    CASE("huber", HUBER, .nan_in = 1),
    CASE("huber, gaps", HUBER, .nan_share = 0.4, .nan_in = 1),
    CASE("pinball", PINBALL, .nan_in = 1),
    CASE("pinball, no target", PINBALL, .nan_share = 1, .nan_in = 1),
    CASE("peaks", PEAKS, .nan_in = 1),
    CASE("peaks, gaps", PEAKS, .nan_share = 0.4, .nan_in = 1),
    CASE("focal", FOCAL, .nan_in = 1),
    CASE("focal, gaps", FOCAL, .nan_share = 0.4, .nan_in = 1),
    {.name = "one",
     .n_in = 2,
     .in = {{2, {1, 1}}, {2, {1, 1}}},
     .attr = HUBER,
     .lo = -2,
     .hi = 2,
     .no_grad = 2},
    {.name = "empty",
     .n_in = 2,
     .in = {{2, {0, 3}}, {2, {0, 3}}},
     .attr = FOCAL,
     .lo = -2,
     .hi = 2,
     .no_grad = 2},
};
#endif

static double mean(const frs_ref_args *a, int64_t *count) {
    const frs_point_attr *t = a->attr;
    const int64_t n = frs_shape_count(a->in_shape[0]);
    double sum = 0;
    *count = 0;
    for (int64_t i = 0; i < n; i++) {
        const double obs = a->in[1][i];
        if (isnan(obs)) continue;
        sum += frs__loss_point(t->kind, t->a, t->b, a->in[0][i] - obs, obs).value;
        ++*count;
    }
    return *count ? sum / (double)*count : 0;
}

static void reference(const frs_ref_args *a) {
    int64_t count;
    a->out[0][0] = mean(a, &count);
}

/* ---- gradient: inputs sim, obs, dy */
static void grad_reference(const frs_ref_args *a) {
    const frs_point_attr *t = a->attr;
    const int64_t n = frs_shape_count(a->in_shape[0]);
    int64_t count;
    mean(a, &count);
    for (int64_t i = 0; i < n; i++) {
        const double obs = a->in[1][i];
        a->out[0][i] = isnan(obs)
                           ? 0
                           : frs__loss_point(t->kind, t->a, t->b, a->in[0][i] - obs, obs).slope *
                                 a->in[2][0] / (double)count;
    }
}

const frs_op frs__loss_point_grad_op = {.name = "loss_point_grad",
                                        .n_in_min = 3,
                                        .n_in_max = 3,
                                        .n_out = 1,
                                        .n_main = 1,
                                        .shape = frs__shape_same,
                                        .reference = grad_reference};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {g->in[0], g->in[1], g->d_out[0]};
    g->d_in[0] =
        frs__op_add(g->b, &frs__loss_point_grad_op, in, 3, g->attr, sizeof(frs_point_attr));
    return FRS_OK;
}

const frs_op frs__loss_point_op = {.name = "loss_point",
                                   .n_in_min = 2,
                                   .n_in_max = 2,
                                   .n_out = 1,
                                   .n_main = 1,
                                   .shape = frs__shape_loss,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

static frs_tensor *loss(frs_builder *b, frs_tensor *sim, frs_tensor *obs, frs_point_attr attr) {
    frs_tensor *in[] = {sim, obs};
    if (!sim || !obs) return NULL;
    return frs__op_add(b, &frs__loss_point_op, in, 2, &attr, sizeof attr);
}

frs_tensor *frs_loss_huber(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double delta) {
    return loss(b, sim, obs, (frs_point_attr){FRS_POINT_HUBER, delta, 0});
}

frs_tensor *frs_loss_pinball(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double quantile) {
    return loss(b, sim, obs, (frs_point_attr){FRS_POINT_PINBALL, quantile, 0});
}

frs_tensor *frs_loss_peaks(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double weight) {
    return loss(b, sim, obs, (frs_point_attr){FRS_POINT_PEAKS, weight, 0});
}

frs_tensor *frs_loss_focal(frs_builder *b, frs_tensor *sim, frs_tensor *obs, double beta,
                           double gamma) {
    return loss(b, sim, obs, (frs_point_attr){FRS_POINT_FOCAL, beta, gamma});
}
