/* Mean of a loss of each value, over the targets that are there; none: 0. d = sim - obs:
 *
 * - Huber: d^2 / 2 where |d| <= a, else a (|d| - a / 2). Huber (1964),
 *   doi:10.1214/aoms/1177703732
 * - pinball: max(-a d, (1 - a) d), a the quantile. Koenker & Bassett (1978), doi:10.2307/1913643
 * - peaks: (1 + a max(0, obs)) d^2: a reading above the mean (0) weighs more
 * - focal: tanh(a |d| / 2)^b d^2: small errors weigh less. Yang et al. (2021), arXiv:2102.09554,
 *   after Lin et al. (2017), arXiv:1708.02002
 * - MAE: |d|
 * - log-cosh: ln cosh d, as |d| + ln(1 + exp(-2 |d|)) - ln 2. Of RainNet: Ayzel et al. (2020),
 *   doi:10.5194/gmd-13-2631-2020
 * and of a target y = obs that is 0 or 1 (or a share), with x = sim:
 * - BCE: -a y ln x - (1 - y) ln(1 - x), x a probability, taken into [1e-7, 1 - 1e-7] first; a: how
 *   much more a 1 weighs
 * - BCE of logits: the same of 1 / (1 + exp(-x)): (1 - y) x + (1 + (a - 1) y) ln(1 + exp(-x))
 * - binary focal, of logits, p = 1 / (1 + exp(-x)): -a y (1 - p)^b ln p - (1 - a) (1 - y) p^b
 *   ln(1 - p). Lin et al. (2017), arXiv:1708.02002
 * - hinge: max(0, 1 - s x), s = 1 where obs is above 0, else -1; squared hinge: its square
 *
 * Inputs sim, obs of one shape; a NaN in obs does not count. d_sim = slope / n dy; obs gets none.
 */
#include "op/elementwise.h"
#include "op/loss.h"
#include <math.h>

/* Small errors weigh less. */
static frs_loss_at focal(double a, double b, double d) {
    const double size = fabs(d), sign = d < 0 ? -1 : 1;
    if (size == 0) return (frs_loss_at){0, 0};
    const double t = tanh(a * size / 2), w = pow(t, b);
    const double rise = t > 0 ? b * w / t * (a / 2) * (1 - t * t) : 0;
    return (frs_loss_at){w * d * d, sign * (rise * d * d + 2 * w * size)};
}

static frs_loss_at log_cosh(double d) {
    const double size = fabs(d);
    return (frs_loss_at){size + log1p(exp(-2 * size)) - M_LN2, tanh(d)};
}

static frs_loss_at bce(double a, double x, double y) {
    const double p = x < FRS_LEAST_SHARE       ? FRS_LEAST_SHARE
                     : x > 1 - FRS_LEAST_SHARE ? 1 - FRS_LEAST_SHARE
                                               : x;
    return (frs_loss_at){-a * y * log(p) - (1 - y) * log1p(-p), -a * y / p + (1 - y) / (1 - p)};
}

/* ln(1 + exp(x)) */
static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static frs_loss_at bce_logits(double a, double x, double y) {
    const double w = 1 + (a - 1) * y;
    return (frs_loss_at){(1 - y) * x + w * softplus(-x), (1 - y) - w / (1 + exp(x))};
}

/* d / dx p = p (1 - p): slope of (1 - p)^b ln p, and of p^b ln(1 - p) */
static frs_loss_at focal_binary(double a, double b, double x, double y) {
    const double log_p = -softplus(-x), log_q = -softplus(x), p = exp(log_p), q = exp(log_q);
    const double one = a * y * exp(b * log_q), zero = (1 - a) * (1 - y) * exp(b * log_p);
    return (frs_loss_at){-one * log_p - zero * log_q,
                         one * (b * p * log_p - q) + zero * (p - b * q * log_q)};
}

static frs_loss_at hinge(double x, double y, bool squared) {
    const double s = y > 0 ? 1 : -1, short_of = 1 - s * x;
    if (short_of <= 0) return (frs_loss_at){0, 0};
    return squared ? (frs_loss_at){short_of * short_of, -2 * s * short_of}
                   : (frs_loss_at){short_of, -s};
}

frs_loss_at frs__loss_point(int kind, double a, double b, double sim, double obs) {
    const double d = sim - obs, size = fabs(d), sign = (d > 0) - (d < 0);
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
        return focal(a, b, d);
    case FRS_POINT_MAE:
        return (frs_loss_at){size, sign};
    case FRS_POINT_LOG_COSH:
        return log_cosh(d);
    case FRS_POINT_BCE:
        return bce(a, sim, obs);
    case FRS_POINT_BCE_LOGITS:
        return bce_logits(a, sim, obs);
    case FRS_POINT_FOCAL_BINARY:
        return focal_binary(a, b, sim, obs);
    case FRS_POINT_HINGE:
        return hinge(sim, obs, false);
    case FRS_POINT_SQUARED_HINGE:
        break;
    }
    return hinge(sim, obs, true);
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
#define POINT(NAME, GAPS, LO, HI, ...)                                                             \
    {                                                                                              \
        .name = NAME, .n_in = 2, .in = {{2, {7, 3}}, {2, {7, 3}}},                                 \
        .FRS_ATTR(frs_point_attr, __VA_ARGS__), .lo = LO, .hi = HI, .no_grad = 2,                  \
        .nan_share = GAPS, .nan_in = 1                                                             \
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
    POINT("mae", 0, -2, 2, .kind = FRS_POINT_MAE),
    POINT("mae, gaps", 0.4, -2, 2, .kind = FRS_POINT_MAE),
    POINT("log-cosh", 0.2, -2, 2, .kind = FRS_POINT_LOG_COSH),
    POINT("log-cosh, far", 0, -90, 90, .kind = FRS_POINT_LOG_COSH),
    POINT("probabilities", 0.2, 0.05, 0.95, .kind = FRS_POINT_BCE, .a = 1),
    POINT("probabilities, a 1 weighs more", 0, 0.05, 0.95, .kind = FRS_POINT_BCE, .a = 3),
    POINT("logits", 0.2, -2, 2, .kind = FRS_POINT_BCE_LOGITS, .a = 1),
    POINT("logits, a 1 weighs more", 0, 0, 1, .kind = FRS_POINT_BCE_LOGITS, .a = 2.5),
    POINT("logits, far", 0, -90, 90, .kind = FRS_POINT_BCE_LOGITS, .a = 1),
    POINT("binary focal", 0.2, 0, 1, .kind = FRS_POINT_FOCAL_BINARY, .a = 0.25, .b = 2),
    POINT("binary focal, far", 0, -60, 60, .kind = FRS_POINT_FOCAL_BINARY, .a = 0.5, .b = 0.5),
    POINT("hinge", 0.2, -2, 2, .kind = FRS_POINT_HINGE),
    POINT("squared hinge", 0.2, -2, 2, .kind = FRS_POINT_SQUARED_HINGE),
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
        sum += frs__loss_point(t->kind, t->a, t->b, a->in[0][i], obs).value;
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
        a->out[0][i] = isnan(obs) ? 0
                                  : frs__loss_point(t->kind, t->a, t->b, a->in[0][i], obs).slope *
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

frs_tensor *frs_loss_mae(frs_builder *b, frs_tensor *sim, frs_tensor *obs) {
    return loss(b, sim, obs, (frs_point_attr){.kind = FRS_POINT_MAE});
}

frs_tensor *frs_loss_log_cosh(frs_builder *b, frs_tensor *sim, frs_tensor *obs) {
    return loss(b, sim, obs, (frs_point_attr){.kind = FRS_POINT_LOG_COSH});
}

frs_tensor *frs_loss_bce(frs_builder *b, frs_tensor *p, frs_tensor *target, double of_ones) {
    return loss(b, p, target, (frs_point_attr){FRS_POINT_BCE, of_ones, 0});
}

frs_tensor *frs_loss_bce_logits(frs_builder *b, frs_tensor *x, frs_tensor *target, double of_ones) {
    return loss(b, x, target, (frs_point_attr){FRS_POINT_BCE_LOGITS, of_ones, 0});
}

frs_tensor *frs_loss_focal_binary(frs_builder *b, frs_tensor *x, frs_tensor *target, double alpha,
                                  double gamma) {
    return loss(b, x, target, (frs_point_attr){FRS_POINT_FOCAL_BINARY, alpha, gamma});
}

frs_tensor *frs_loss_hinge(frs_builder *b, frs_tensor *x, frs_tensor *target) {
    return loss(b, x, target, (frs_point_attr){.kind = FRS_POINT_HINGE});
}

frs_tensor *frs_loss_squared_hinge(frs_builder *b, frs_tensor *x, frs_tensor *target) {
    return loss(b, x, target, (frs_point_attr){.kind = FRS_POINT_SQUARED_HINGE});
}
