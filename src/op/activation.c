/* y = f(x), f by the attribute's kind, with its alpha and beta: activation_list.def.
 *     dx = dy f'(x), one pass (activation_grad), f' from y where that is as good, so that x need
 * not be kept, else from x A NaN stays NaN, in y and in dx, and none is made of finite numbers. */
#include "op/activation.h"
#include "op/elementwise.h"
#include <math.h>
#include <string.h>

#define INV_SQRT_2PI 0.39894228040143267794
#define SQRT_2_PI    0.79788456080286535588
#define SQRT_1_2     0.70710678118654752440
#define GELU_CUBE    0.044715

static double within(double x, double lo, double hi) {
    return x < lo ? lo : x > hi ? hi : x;
}
static double logistic(double x) {
    return 1 / (1 + exp(-x));
}
static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}
static double normal_share(double x) {
    return erfc(-x * SQRT_1_2) / 2;
}
static double gelu_cubic(double x) {
    return SQRT_2_PI * (x + GELU_CUBE * x * x * x);
}
/* Of x logistic(u): x_du is x times du / dx. */
static double swish_slope(double u, double x_du) {
    return logistic(u) * (1 + x_du * logistic(-u));
}

double frs__activation_value(const frs_activation_attr *t, double x) {
    const double a = t->alpha, b = t->beta;
    if (isnan(x)) return x;
    switch ((frs_activation)t->kind) {
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    case FRS_##KIND:                                                                               \
        return VALUE;
#include "op/activation_list.def"
#undef FRS_ACTIVATION
    case FRS_LINEAR:
        break;
    }
    return x;
}

static double slope(const frs_activation_attr *t, double v) {
    const double a = t->alpha, b = t->beta;
    if (isnan(v)) return v;
    switch ((frs_activation)t->kind) {
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    case FRS_##KIND:                                                                               \
        return SLOPE;
#include "op/activation_list.def"
#undef FRS_ACTIVATION
    case FRS_LINEAR:
        break;
    }
    return 1;
}

typedef struct kind_row {
    const char *name;
    double alpha, beta;
} kind_row;
static const kind_row kinds[] = {
    [FRS_LINEAR] = {"linear", 0, 0},
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    [FRS_##KIND] = {NAME, ALPHA, BETA},
#include "op/activation_list.def"
#undef FRS_ACTIVATION
};

#ifdef FRS_OP_CASES
/* Far from 0 their slope 1 - y has no digits left in float. */
#define TO_ONE(kind) ((kind) == FRS_SIGMOID || (kind) == FRS_SCALED_TANH || (kind) == FRS_TANH)
#define CASE(KIND, WHAT, A, B, N, FROM, TO, ...)                                                   \
    {                                                                                              \
        .name = WHAT, .n_in = 1, .in = {{1, {N}}},                                                 \
        .FRS_ATTR(frs_activation_attr, .kind = (KIND), .alpha = (A), .beta = (B)), .lo = FROM,     \
        .hi = TO, __VA_ARGS__                                                                      \
    }
static const frs_op_case cases[] = {
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    CASE(FRS_##KIND, NAME, ALPHA, BETA, 33, -4, 4, .nan_in = 0),                                   \
        CASE(FRS_##KIND, NAME ", far", ALPHA, BETA, 17, -90, 90, .no_grad = TO_ONE(FRS_##KIND)),   \
        CASE(FRS_##KIND, NAME ", missing", ALPHA, BETA, 31, -4, 4, .nan_share = 0.2,               \
             .no_grad = 1),
#include "op/activation_list.def"
#undef FRS_ACTIVATION
    CASE(FRS_LEAKY_RELU, "a leak that rises", -0.5, 0, 31, -4, 4, .nan_in = 0),
    CASE(FRS_ELU, "elu of a quarter", 0.25, 0, 15, -4, 4, .nan_in = 0),
    CASE(FRS_CELU, "celu of two", 2, 0, 15, -4, 4, .nan_in = 0),
    CASE(FRS_HARD_SIGMOID, "hard sigmoid by sixths", 1.0 / 6, 0.5, 31, -8, 8, .nan_in = 0),
    CASE(FRS_RELU6, "within -1 and 2", -1, 2, 31, -4, 4, .nan_in = 0),
    CASE(FRS_RELU6, "bounded above alone", -INFINITY, 1, 31, -4, 4, .nan_in = 0),
    CASE(FRS_SHRINK, "soft shrink", 0.75, 0.75, 31, -4, 4, .nan_in = 0),
    CASE(FRS_SCALED_TANH, "twice as wide", 2, 0.5, 15, -4, 4, .nan_in = 0),
    CASE(FRS_GELU, "one", 0, 0, 1, -4, 4, .nan_in = 0),
    CASE(FRS_TANH, "seven", 0, 0, 7, -4, 4, .nan_in = 0),
    CASE(FRS_RELU, "none", 0, 0, 0, -4, 4, .nan_in = 0),
    {.name = "rank 3",
     .n_in = 1,
     .in = {{3, {2, 3, 5}}},
     .FRS_ATTR(frs_activation_attr, .kind = FRS_SILU),
     .lo = -2,
     .hi = 2},
    {.name = "scalar", .n_in = 1, .FRS_ATTR(frs_activation_attr, .kind = FRS_TANH), .hi = 2},
};
#endif

static void reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = frs__activation_value(a->attr, a->in[0][i]);
}

/* ---- gradient: inputs v (y or x), dy */
static void grad_reference(const frs_ref_args *a) {
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = slope(a->attr, a->in[0][i]) * a->in[1][i];
}

const frs_op frs__activation_grad_op = {.name = "activation_grad",
                                        .n_in_min = 2,
                                        .n_in_max = 2,
                                        .n_out = 1,
                                        .n_main = 1,
                                        .shape = frs__shape_same,
                                        .reference = grad_reference};

bool frs__activation_by_value(const frs_activation_attr *t) {
    const double a = t->alpha, b = t->beta;
    (void)a, (void)b;
    switch ((frs_activation)t->kind) {
#define FRS_ACTIVATION(KIND, NAME, ALPHA, BETA, BY_VALUE, VALUE, SLOPE)                            \
    case FRS_##KIND:                                                                               \
        return BY_VALUE;
#include "op/activation_list.def"
#undef FRS_ACTIVATION
    case FRS_LINEAR:
        break;
    }
    return false;
}

static frs_status gradient(const frs_grad_args *g) {
    frs_tensor *in[] = {frs__activation_by_value(g->attr) ? g->out[0] : g->in[0], g->d_out[0]};
    g->d_in[0] =
        frs__op_add(g->b, &frs__activation_grad_op, in, 2, g->attr, sizeof(frs_activation_attr));
    return FRS_OK;
}

frs_tensor *frs__then_gradient(frs_builder *b, frs_then t, frs_tensor *y, frs_tensor *d) {
    const frs_activation_attr attr = frs__then(t);
    frs_tensor *in[] = {y, d};
    if (attr.kind == FRS_LINEAR) return d;
    return frs__op_add(b, &frs__activation_grad_op, in, 2, &attr, sizeof attr);
}

const frs_op frs__activation_op = {.name = "activation",
                                   .n_in_min = 1,
                                   .n_in_max = 1,
                                   .n_out = 1,
                                   .n_main = 1,
                                   .shape = frs__shape_same,
                                   .reference = reference,
                                   .gradient = gradient,
                                   FRS_CASES};

/* ---- constructors */
frs_tensor *frs_activate_with(frs_builder *b, frs_tensor *x, frs_activation kind, double alpha,
                              double beta) {
    if (!x || kind == FRS_LINEAR) return x;
    if ((int)kind < 0 || (int)kind >= FRS_LEN(kinds)) {
        frs__build_fail(b, FRS_E_ARG, _("there is no activation %d"), (int)kind);
        return NULL;
    }
    const bool exponential = kind == FRS_ELU || kind == FRS_CELU || kind == FRS_SELU;
    if (exponential && !(alpha > 0)) {
        frs__build_fail(b, FRS_E_ARG, _("%s needs an alpha above 0, not %g"), kinds[kind].name,
                        alpha);
        return NULL;
    }
    const frs_activation_attr attr = {(int)kind, alpha, beta};
    return frs__op_add(b, &frs__activation_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_activate(frs_builder *b, frs_tensor *x, frs_activation kind) {
    const bool known = (int)kind >= 0 && (int)kind < FRS_LEN(kinds);
    return frs_activate_with(b, x, kind, known ? kinds[kind].alpha : 0,
                             known ? kinds[kind].beta : 0);
}

const char *frs_activation_name(frs_activation kind) {
    return (int)kind >= 0 && (int)kind < FRS_LEN(kinds) ? kinds[kind].name : NULL;
}

bool frs_activation_find(const char *name, frs_activation *kind) {
    static const struct {
        const char *name;
        frs_activation kind;
    } others[] = {{"swish", FRS_SILU}, {"hard_silu", FRS_HARD_SWISH}};
    for (int i = 0; i < FRS_LEN(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0) return *kind = (frs_activation)i, true;
    for (int i = 0; i < FRS_LEN(others); i++)
        if (strcmp(name, others[i].name) == 0) return *kind = others[i].kind, true;
    return false;
}

frs_tensor *frs_relu(frs_builder *b, frs_tensor *x) {
    return frs_activate(b, x, FRS_RELU);
}
frs_tensor *frs_sigmoid(frs_builder *b, frs_tensor *x) {
    return frs_activate(b, x, FRS_SIGMOID);
}
frs_tensor *frs_tanh(frs_builder *b, frs_tensor *x) {
    return frs_activate(b, x, FRS_TANH);
}
frs_tensor *frs_softplus(frs_builder *b, frs_tensor *x) {
    return frs_activate(b, x, FRS_SOFTPLUS);
}
frs_tensor *frs_clip(frs_builder *b, frs_tensor *x, double lo, double hi) {
    return frs_activate_with(b, x, FRS_RELU6, lo, hi);
}
