/* Losses of shares among K classes, the last axis: mean over the rows whose target is there, none:
 * 0.
 *
 *     loss of a row = -sum_k w_k t_k (1 - p_k)^gamma ln p_k
 *
 * p = softmax(x), or x itself (probabilities; 1e-7 where it is less). t: of a target that is the
 * number of a class 1 there, else 0; or given share by share; then (1 - s) t + s / K, s the
 * smoothing. w: weights of the classes [K], or 1. The mean is over weights w of the rows' classes
 * where targets are numbers and gamma is 0 (PyTorch's), else over rows. gamma above 0: focal, Lin
 * et al. (2017), arXiv:1708.02002. With `entropy` sum_k t_k ln t_k is added: the divergence of
 * Kullback & Leibler (1951), doi:10.1214/aoms/1177729694.
 *
 * Inputs x [.., K], target [..] (numbers 0 .. K - 1) or [.., K] (shares), weights [K] or none. A
 * NaN in the target of a row: the row does not count. A number that is no class makes the loss NaN:
 * it is an error in the data.
 *
 *     g_k = w_k t_k (gamma p_k (1 - p_k)^(gamma - 1) ln p_k - (1 - p_k)^gamma),  D: what the mean
 * is over dx_k = (g_k - p_k sum_j g_j) / D dy of logits, g_k / p_k / D dy of probabilities
 *
 * Second output, for the gradient: D. */
#include "op/elementwise.h"
#include "op/loss.h"
#include <math.h>

#ifdef FRS_OP_CASES
#define CASE(NAME, X, TARGET, WEIGHTS, HI, ...)                                                    \
    {                                                                                              \
        .name = NAME, .n_in = 3, .in = {X, TARGET, WEIGHTS}, .lo = 0.05, .hi = (HI), .no_grad = 6, \
        .no_nan = 4, __VA_ARGS__                                                                   \
    }
#define S(rank, ...)                                                                               \
    {                                                                                              \
        rank, {                                                                                    \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define NONE                                                                                       \
    {                                                                                              \
        -1, {                                                                                      \
            0                                                                                      \
        }                                                                                          \
    }
#define ATTR(...) .FRS_ATTR(frs_classes_attr, __VA_ARGS__)
static const frs_op_case cases[] = {
    CASE("numbers", S(2, 7, 3), S(1, 7), NONE, 3, ATTR(0)),
    CASE("numbers, gaps", S(2, 9, 3), S(1, 9), NONE, 3, ATTR(0), .nan_share = 0.4, .nan_in = 1),
    CASE("numbers, weights", S(2, 7, 3), S(1, 7), S(1, 3), 3, ATTR(0)),
    CASE("pixels", S(4, 2, 3, 4, 5), S(3, 2, 3, 4), S(1, 5), 5, ATTR(.smoothing = 0.1)),
    CASE("shares", S(2, 7, 4), S(2, 7, 4), S(1, 4), 1, ATTR(.smoothing = 0.2)),
    CASE("shares, gaps", S(2, 9, 4), S(2, 9, 4), NONE, 1, ATTR(0), .nan_share = 0.1, .nan_in = 1),
    CASE("focal", S(2, 7, 3), S(1, 7), S(1, 3), 3, ATTR(.gamma = 2)),
    CASE("focal by a half", S(3, 2, 3, 4), S(3, 2, 3, 4), NONE, 1, ATTR(.gamma = 0.5)),
    CASE("probabilities", S(2, 7, 1), S(1, 7), NONE, 0.9, ATTR(.probabilities = true)),
    CASE("probabilities, focal", S(2, 7, 3), S(2, 7, 3), S(1, 3), 0.9,
         ATTR(.probabilities = true, .gamma = 2)),
    CASE("divergence", S(2, 7, 3), S(2, 7, 3), NONE, 0.9,
         ATTR(.probabilities = true, .entropy = true)),
    CASE("no target", S(2, 4, 3), S(1, 4), NONE, 3, ATTR(0), .nan_share = 1, .nan_in = 1),
    CASE("far", S(2, 5, 3), S(2, 5, 3), NONE, 300, ATTR(0)),
    CASE("empty", S(2, 0, 3), S(1, 0), NONE, 3, ATTR(0)),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_shape x = a->in[0], y = a->in[1],
                    w = a->n_in > 2 ? a->in[2] : (frs_shape){.rank = -1};
    bool fits = x.rank > 0 && (y.rank == x.rank || y.rank == x.rank - 1);
    for (int k = 0; fits && k < y.rank; k++) fits = x.dim[k] == y.dim[k];
    if (!fits) return frs__shape_fail(a, _("predictions and targets of classes differ in shape"));
    if (w.rank >= 0 && (w.rank != 1 || w.dim[0] != x.dim[x.rank - 1]))
        return frs__shape_fail(a, _("there is not one weight a class"));
    a->out[0] = a->out[1] = (frs_shape){0};
    return FRS_OK;
}

/* ---- one row */
typedef struct row {
    const frs_classes_attr *t;
    const double *x, *target, *weights;
    int64_t K;
    bool numbers;
    double most, sum; /* largest logit, sum of exp(x - most) */
} row;

static row row_at(const frs_ref_args *a, int64_t i) {
    const frs_shape s = a->in_shape[0];
    row r = {.t = a->attr, .K = s.dim[s.rank - 1], .numbers = a->in_shape[1].rank < s.rank};
    r.x = a->in[0] + i * r.K;
    r.target = a->in[1] + i * (r.numbers ? 1 : r.K);
    r.most = -INFINITY;
    for (int64_t k = 0; k < r.K; k++) r.most = r.x[k] > r.most ? r.x[k] : r.most;
    for (int64_t k = 0; k < r.K; k++) r.sum += exp(r.x[k] - r.most);
    return r;
}

static bool counts(const row *r) {
    for (int64_t k = 0; k < (r->numbers ? 1 : r->K); k++)
        if (isnan(r->target[k])) return false;
    return true;
}

/* ln p_k */
static double log_share(const row *r, int64_t k) {
    if (!r->t->probabilities) return r->x[k] - r->most - log(r->sum);
    return log(r->x[k] < FRS_LEAST_SHARE ? FRS_LEAST_SHARE : r->x[k]);
}

/* t_k; NaN: the number is of no class */
static double share(const row *r, int64_t k) {
    double t = r->numbers ? floor(r->target[0]) == (double)k : r->target[k];
    if (r->numbers && !(r->target[0] >= 0 && r->target[0] < (double)r->K)) t = NAN;
    return (1 - r->t->smoothing) * t + r->t->smoothing / (double)r->K;
}

static double class_weight(const row *r, int64_t k) {
    return r->weights ? r->weights[k] : 1;
}

static double row_loss(const row *r) {
    double loss = 0;
    for (int64_t k = 0; k < r->K; k++) {
        const double log_p = log_share(r, k), t = share(r, k);
        const double focus = r->t->gamma > 0 ? pow(-expm1(log_p), r->t->gamma) : 1;
        const double c = class_weight(r, k) * t;
        loss -= c == 0 ? 0 : c * focus * log_p;
        if (r->t->entropy && t > 0) loss += t * log(t);
    }
    return loss;
}

/* What the row adds to D. */
static double row_weight(const row *r) {
    if (!r->numbers || r->t->gamma > 0) return 1;
    double w = 0;
    for (int64_t k = 0; k < r->K; k++)
        w += floor(r->target[0]) == (double)k ? class_weight(r, k) : 0;
    return w;
}

/* g_k */
static double slope(const row *r, int64_t k) {
    const double c = class_weight(r, k) * share(r, k), log_p = log_share(r, k), gamma = r->t->gamma;
    if (!(gamma > 0)) return -c;
    const double p = exp(log_p), q = -expm1(log_p);
    if (q <= 0) return 0;
    return c * (gamma * p * pow(q, gamma - 1) * log_p - pow(q, gamma));
}

static void reference(const frs_ref_args *a) {
    const frs_shape s = a->in_shape[0];
    const int64_t K = s.dim[s.rank - 1], n = K ? frs_shape_count(s) / K : 0;
    double loss = 0, D = 0;
    for (int64_t i = 0; i < n; i++) {
        row r = row_at(a, i);
        r.weights = a->n_in > 2 ? a->in[2] : NULL;
        if (!counts(&r)) continue;
        loss += row_loss(&r);
        D += row_weight(&r);
    }
    a->out[0][0] = D == 0 && !isnan(loss) ? 0 : loss / D;
    if (a->out[1]) a->out[1][0] = D;
}

/* ---- gradient: inputs x, target, D, dy, weights */
static void grad_reference(const frs_ref_args *a) {
    const frs_shape s = a->in_shape[0];
    const int64_t K = s.dim[s.rank - 1], n = K ? frs_shape_count(s) / K : 0;
    const double D = a->in[2][0], dy = a->in[3][0];
    for (int64_t i = 0; i < n; i++) {
        row r = row_at(a, i);
        r.weights = a->n_in > 4 ? a->in[4] : NULL;
        double *dx = a->out[0] + i * K, all = 0;
        const bool there = counts(&r) && D != 0;
        for (int64_t k = 0; k < K; k++) all += slope(&r, k);
        for (int64_t k = 0; k < K; k++) {
            const double p = exp(log_share(&r, k)), g = slope(&r, k);
            const double by_x = r.t->probabilities ? g / p : g - p * all;
            dx[k] = there ? by_x / D * dy : 0;
        }
    }
}

const frs_op frs__loss_classes_grad_op = {.name = "loss_classes_grad",
                                          .n_in_min = 4,
                                          .n_in_max = 5,
                                          .n_out = 1,
                                          .n_main = 1,
                                          .shape = frs__shape_same,
                                          .reference = grad_reference};

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {g->in[0], g->in[1], g->out[1], g->d_out[0], g->n_in > 2 ? g->in[2] : NULL};
    g->d_in[0] =
        frs__op_add(g->b, &frs__loss_classes_grad_op, in, 5, g->attr, sizeof(frs_classes_attr));
    return FRS_OK;
}

const frs_op frs__loss_classes_op = {.name = "loss_classes",
                                     .n_in_min = 2,
                                     .n_in_max = 3,
                                     .n_out = 2,
                                     .n_main = 1,
                                     .shape = shape,
                                     .reference = reference,
                                     .gradient = gradient,
                                     FRS_CASES};

static frs_tensor *loss(frs_builder *b, frs_tensor *x, frs_tensor *target, frs_tensor *weights,
                        frs_classes_attr attr) {
    frs_tensor *in[] = {x, target, weights};
    if (!x || !target) return NULL;
    return frs__op_add(b, &frs__loss_classes_op, in, 3, &attr, sizeof attr);
}

frs_tensor *frs_loss_cross_entropy(frs_builder *b, frs_tensor *x, frs_tensor *target,
                                   frs_tensor *weights, double smoothing) {
    return loss(b, x, target, weights, (frs_classes_attr){.smoothing = smoothing});
}

frs_tensor *frs_loss_nll(frs_builder *b, frs_tensor *p, frs_tensor *target, frs_tensor *weights) {
    return loss(b, p, target, weights, (frs_classes_attr){.probabilities = true});
}

frs_tensor *frs_loss_focal_classes(frs_builder *b, frs_tensor *x, frs_tensor *target,
                                   frs_tensor *weights, double gamma) {
    return loss(b, x, target, weights, (frs_classes_attr){.gamma = gamma});
}

frs_tensor *frs_loss_kl(frs_builder *b, frs_tensor *p, frs_tensor *target) {
    return loss(b, p, target, NULL, (frs_classes_attr){.probabilities = true, .entropy = true});
}
