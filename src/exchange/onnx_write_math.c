/* What works on each value, reductions and products, in ONNX. */
#include "exchange/onnx_write.h"
#include "op/activation.h"
#include "op/op_internal.h"

#include <float.h>
#include <string.h>

void frs__ow_do_unary(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    frs__ow_give(c, 0, f, FRS__OW(c->w, c->onnx, frs__ow_in(c, 0, f)));
}

void frs__ow_do_test(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    frs__ow_give_truth(c, 0, f, FRS__OW(c->w, c->onnx, frs__ow_in(c, 0, f)));
}

/* Both inputs as the operator wants them. */
typedef struct pair {
    frs__ow_form f;
    const char *x, *y;
} pair;

static pair both(frs__ow_call *c, bool truth) {
    const int rank = frs__ow_out_dims(c, 0).rank;
    pair p = {.f = frs__ow_follow(c)};
    p.x = frs__ow_beside(c, 0, p.f, rank, truth);
    p.y = frs__ow_beside(c, 1, p.f, rank, truth);
    return p;
}

void frs__ow_do_binary(frs__ow_call *c) {
    const pair p = both(c, false);
    frs__ow_give(c, 0, p.f, FRS__OW(c->w, c->onnx, p.x, p.y));
}

void frs__ow_do_compare(frs__ow_call *c) {
    const pair p = both(c, false);
    frs__ow_give_truth(c, 0, p.f, FRS__OW(c->w, c->onnx, p.x, p.y));
}

void frs__ow_do_logic(frs__ow_call *c) {
    const pair p = both(c, true);
    frs__ow_give_truth(c, 0, p.f, FRS__OW(c->w, c->onnx, p.x, p.y));
}

void frs__ow_do_where(frs__ow_call *c) {
    const int rank = frs__ow_out_dims(c, 0).rank;
    const frs__ow_form f = frs__ow_follow(c);
    const char *cond = frs__ow_beside(c, 0, f, rank, true);
    const char *x = frs__ow_beside(c, 1, f, rank, false), *y = frs__ow_beside(c, 2, f, rank, false);
    frs__ow_give(c, 0, f, FRS__OW(c->w, "Where", cond, x, y));
}

/* ONNX's Mod of floats is C's fmod; with the sign of y: x - y floor(x / y). */
void frs__ow_do_mod(frs__ow_call *c) {
    const pair p = both(c, false);
    frs__ow *w = c->w;
    const char *times = FRS__OW(w, "Floor", FRS__OW(w, "Div", p.x, p.y));
    frs__ow_give(c, 0, p.f, FRS__OW(w, "Sub", p.x, FRS__OW(w, "Mul", p.y, times)));
}

void frs__ow_do_fmod(frs__ow_call *c) {
    const pair p = both(c, false);
    const char *z = FRS__OW(c->w, "Mod", p.x, p.y);
    frs__ow_int(c->w, "fmod", 1);
    frs__ow_give(c, 0, p.f, z);
}

void frs__ow_do_square(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    const char *x = frs__ow_in(c, 0, f);
    frs__ow_give(c, 0, f, FRS__OW(c->w, "Mul", x, x));
}

void frs__ow_do_scale(frs__ow_call *c) {
    const frs_scale_attr *a = (const void *)c->n->attr;
    const frs__ow_form f = frs__ow_follow(c);
    const char *x = frs__ow_in(c, 0, f);
    if (a->a == -1 && a->c == 0)
        x = FRS__OW(c->w, "Neg", x);
    else if (a->a != 1 || a->c == 0)
        x = FRS__OW(c->w, "Mul", x, frs__ow_scalar(c->w, a->a));
    if (a->c != 0) x = FRS__OW(c->w, "Add", x, frs__ow_scalar(c->w, a->c));
    frs__ow_give(c, 0, f, x);
}

void frs__ow_do_not(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    frs__ow_give(c, 0, f, FRS__OW(c->w, "Sub", frs__ow_scalar(c->w, 1), frs__ow_in(c, 0, f)));
}

void frs__ow_do_log1p(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    const char *x = FRS__OW(c->w, "Add", frs__ow_in(c, 0, f), frs__ow_scalar(c->w, 1));
    frs__ow_give(c, 0, f, FRS__OW(c->w, "Log", x));
}

void frs__ow_do_expm1(frs__ow_call *c) {
    const frs__ow_form f = frs__ow_follow(c);
    const char *x = FRS__OW(c->w, "Exp", frs__ow_in(c, 0, f));
    frs__ow_give(c, 0, f, FRS__OW(c->w, "Sub", x, frs__ow_scalar(c->w, 1)));
}

/* ---- activations */

/* ONNX's operator, and what it calls alpha and beta; NULL: it has none. Those that are not here are
 * written out. */
static const struct one {
    const char *onnx, *alpha, *beta;
} ones[] = {
    [FRS_LINEAR] = {"Identity", NULL, NULL},
    [FRS_RELU] = {"Relu", NULL, NULL},
    [FRS_LEAKY_RELU] = {"LeakyRelu", "alpha", NULL},
    [FRS_ELU] = {"Elu", "alpha", NULL},
    [FRS_CELU] = {"Celu", "alpha", NULL},
    [FRS_SELU] = {"Selu", "alpha", "gamma"},
    [FRS_HARD_SIGMOID] = {"HardSigmoid", "alpha", "beta"},
    [FRS_SOFTSIGN] = {"Softsign", NULL, NULL},
    [FRS_SOFTPLUS] = {"Softplus", NULL, NULL},
    [FRS_THRESHOLDED_RELU] = {"ThresholdedRelu", "alpha", NULL},
    [FRS_SHRINK] = {"Shrink", "lambd", "bias"},
    [FRS_SIGMOID] = {"Sigmoid", NULL, NULL},
    [FRS_TANH] = {"Tanh", NULL, NULL},
};

static const char *single(frs__ow *w, const struct one *k, const frs_activation_attr *a,
                          const char *x) {
    const char *y = FRS__OW(w, k->onnx, x);
    if (k->alpha) frs__ow_float(w, k->alpha, a->alpha);
    if (k->beta) frs__ow_float(w, k->beta, a->beta);
    return y;
}

/* x (1 + f(..)) / 2 */
static const char *half_of(frs__ow *w, const char *x, const char *y) {
    const char *share = FRS__OW(w, "Add", y, frs__ow_scalar(w, 1));
    return FRS__OW(w, "Mul", FRS__OW(w, "Mul", x, share), frs__ow_scalar(w, 0.5));
}

static const char *gelu(frs__ow *w, const char *x) {
    const char *scaled = FRS__OW(w, "Mul", x, frs__ow_scalar(w, 0.70710678118654752440));
    return half_of(w, x, FRS__OW(w, "Erf", scaled));
}

static const char *gelu_tanh(frs__ow *w, const char *x) {
    const char *cube = FRS__OW(w, "Mul", FRS__OW(w, "Mul", x, x), x);
    const char *bent = FRS__OW(w, "Mul", cube, frs__ow_scalar(w, 0.044715));
    const char *sum = FRS__OW(w, "Add", x, bent);
    const char *scaled = FRS__OW(w, "Mul", sum, frs__ow_scalar(w, 0.79788456080286535588));
    return half_of(w, x, FRS__OW(w, "Tanh", scaled));
}

static const char *scaled_tanh(frs__ow *w, const frs_activation_attr *a, const char *x) {
    const char *inner = FRS__OW(w, "Mul", x, frs__ow_scalar(w, a->beta));
    return FRS__OW(w, "Mul", FRS__OW(w, "Tanh", inner), frs__ow_scalar(w, a->alpha));
}

static const char *written_out(frs__ow *w, const frs_activation_attr *a, const char *x) {
    switch ((frs_activation)a->kind) {
    case FRS_GELU:
        return gelu(w, x);
    case FRS_GELU_TANH:
        return gelu_tanh(w, x);
    case FRS_SILU:
        return FRS__OW(w, "Mul", x, FRS__OW(w, "Sigmoid", x));
    case FRS_MISH:
        return FRS__OW(w, "Mul", x, FRS__OW(w, "Tanh", FRS__OW(w, "Softplus", x)));
    case FRS_SCALED_TANH:
        return scaled_tanh(w, a, x);
    case FRS_HARD_SWISH:
        return FRS__OW(w, "Mul", x, single(w, &ones[FRS_HARD_SIGMOID], a, x));
    case FRS_RELU6:
        return FRS__OW(w, "Clip", x, frs__ow_scalar(w, a->alpha), frs__ow_scalar(w, a->beta));
    default:
        return NULL;
    }
}

void frs__ow_do_activation(frs__ow_call *c) {
    const frs_activation_attr *a = (const void *)c->n->attr;
    const frs__ow_form f = frs__ow_follow(c);
    const char *x = frs__ow_in(c, 0, f), *name = frs_activation_name((frs_activation)a->kind);
    const bool one = a->kind >= 0 && a->kind < FRS_LEN(ones) && ones[a->kind].onnx;
    const char *y = one ? single(c->w, &ones[a->kind], a, x) : written_out(c->w, a, x);
    if (!y) frs__ow_cannot(c, _("ONNX has no form for '%s'"), name ? name : "?");
    frs__ow_give(c, 0, f, y);
}

/* With a mask: what does not count takes the least number there is, then 0. */
void frs__ow_do_softmax(frs__ow_call *c) {
    const int rank = frs__ow_out_dims(c, 0).rank;
    const frs__ow_form f = frs__ow_follow(c);
    const int axis = rank - 1 - ((const frs_softmax_attr *)(const void *)c->n->attr)->back;
    const bool masked = strcmp(c->onnx, "Softmax") == 0 && frs__ow_has(c, 1);
    const char *mask = masked ? frs__ow_beside(c, 1, f, rank, true) : NULL;
    const char *x = frs__ow_in(c, 0, f);
    if (masked) x = FRS__OW(c->w, "Where", mask, x, frs__ow_scalar(c->w, -FLT_MAX));
    const char *y = FRS__OW(c->w, c->onnx, x);
    frs__ow_int(c->w, "axis", frs__ow_axis(f, rank, axis));
    if (masked) y = FRS__OW(c->w, "Where", mask, y, frs__ow_scalar(c->w, 0));
    frs__ow_give(c, 0, f, y);
}

/* ---- reductions */

static int axes_of(uint32_t bits, int rank, frs__ow_form f, int64_t *axes) {
    int n = 0;
    for (int at = 0; at < rank; at++)
        if (bits >> frs__ow_axis_of(f, rank, at) & 1) axes[n++] = at;
    return n;
}

/* ReduceSum takes its axes as an input from operator set 13 on, the others from 18. */
void frs__ow_do_reduce(frs__ow_call *c) {
    const uint32_t bits = ((const frs_axes_attr *)(const void *)c->n->attr)->axes;
    const frs__ow_form f = frs__ow_follow(c);
    int64_t axes[FRS_MAX_RANK];
    const int n = axes_of(bits, frs__ow_out_dims(c, 0).rank, f, axes);
    if (n == 0) { /* ONNX would reduce all */
        frs__ow_alias(c);
        return;
    }
    const char *x = frs__ow_in(c, 0, f), *y;
    if (strcmp(c->onnx, "ReduceSum") == 0)
        y = FRS__OW(c->w, c->onnx, x, frs__ow_wholes(c->w, axes, n));
    else {
        y = FRS__OW(c->w, c->onnx, x);
        frs__ow_ints(c->w, "axes", axes, n);
    }
    frs__ow_int(c->w, "keepdims", 1);
    frs__ow_give(c, 0, f, y);
}

void frs__ow_do_argmax(frs__ow_call *c) {
    const frs_arg_attr *a = (const void *)c->n->attr;
    const frs__ow_form f = frs__ow_follow(c);
    const char *i = FRS__OW(c->w, a->least ? "ArgMin" : "ArgMax", frs__ow_in(c, 0, f));
    frs__ow_int(c->w, "axis", frs__ow_axis(f, frs__ow_out_dims(c, 0).rank, a->axis));
    frs__ow_int(c->w, "keepdims", 1);
    const char *y = FRS__OW(c->w, "Cast", i);
    frs__ow_int(c->w, "to", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    frs__ow_give(c, 0, f, y);
}

void frs__ow_do_cumsum(frs__ow_call *c) {
    const frs_cumsum_attr *a = (const void *)c->n->attr;
    const frs__ow_form f = frs__ow_follow(c);
    const int axis = frs__ow_axis(f, frs__ow_out_dims(c, 0).rank, a->axis);
    const char *y = FRS__OW(c->w, "CumSum", frs__ow_in(c, 0, f), frs__ow_whole(c->w, axis));
    frs__ow_int(c->w, "exclusive", a->exclusive);
    frs__ow_int(c->w, "reverse", a->reverse);
    frs__ow_give(c, 0, f, y);
}

/* ---- products */

static const char *transposed(frs__ow *w, const char *x, int rank) {
    int64_t order[FRS_MAX_RANK];
    for (int k = 0; k < rank; k++) order[k] = k < rank - 2 ? k : 2 * rank - 3 - k;
    const char *y = FRS__OW(w, "Transpose", x);
    frs__ow_ints(w, "perm", order, rank);
    return y;
}

void frs__ow_do_matmul(frs__ow_call *c) {
    const frs_matmul_attr *a = (const void *)c->n->attr;
    const int x_rank = frs__ow_in_dims(c, 0).rank, y_rank = frs__ow_in_dims(c, 1).rank;
    const char *x = frs__ow_in(c, 0, FRS__OW_LAST), *y = frs__ow_in(c, 1, FRS__OW_LAST), *z;
    if (x_rank == 2 && y_rank == 2 && (a->trans_x || a->trans_y)) {
        z = FRS__OW(c->w, "Gemm", x, y);
        frs__ow_int(c->w, "transA", a->trans_x);
        frs__ow_int(c->w, "transB", a->trans_y);
    } else {
        if (a->trans_x) x = transposed(c->w, x, x_rank);
        if (a->trans_y) y = transposed(c->w, y, y_rank);
        z = FRS__OW(c->w, "MatMul", x, y);
    }
    frs__ow_give(c, 0, FRS__OW_LAST, z);
}

void frs__ow_do_identity(frs__ow_call *c) {
    frs__ow_alias(c);
}
