/* Operators on each element of one tensor. The order of its axes stays as it is. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <math.h>
#include <string.h>

typedef frs_tensor *(*unary_fn)(frs_builder *b, frs_tensor *x);
static const struct {
    const char *name;
    unary_fn fn;
    bool logical; /* the result is boolean */
} unary[] = {
    {"Abs", frs_abs, false},
    {"Acos", frs_acos, false},
    {"Acosh", frs_acosh, false},
    {"Asin", frs_asin, false},
    {"Asinh", frs_asinh, false},
    {"Atan", frs_atan, false},
    {"Atanh", frs_atanh, false},
    {"Ceil", frs_ceil, false},
    {"Cos", frs_cos, false},
    {"Cosh", frs_cosh, false},
    {"Erf", frs_erf, false},
    {"Exp", frs_exp, false},
    {"Floor", frs_floor, false},
    {"IsNaN", frs_isnan, true},
    {"Log", frs_log, false},
    {"Neg", frs_neg, false},
    {"Not", frs_not, true},
    {"Reciprocal", frs_reciprocal, false},
    {"Relu", frs_relu, false},
    {"Round", frs_round, false},
    {"Sigmoid", frs_sigmoid, false},
    {"Sign", frs_sign, false},
    {"Sin", frs_sin, false},
    {"Sinh", frs_sinh, false},
    {"Softplus", frs_softplus, false},
    {"Sqrt", frs_sqrt, false},
    {"Tan", frs_tan, false},
    {"Tanh", frs_tanh, false},
};

static frs_tensor *input(frs__onnx_call *c, bool *last) {
    *last = frs__onnx_is_last(c, 0);
    return *last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
}

frs_status frs__onnx_do_unary(frs__onnx_call *c) {
    bool last;
    frs_tensor *x = input(c, &last);
    int64_t i = 0;
    while (i < FRS_LEN(unary) && strcmp(unary[i].name, c->node->op_type) != 0) i++;
    if (i == FRS_LEN(unary)) return frs__onnx_cannot(c, _("this operator is not supported"));
    const int type = unary[i].logical ? FRS__ONNX_BOOL : frs__onnx_type(c, 0);
    return frs__onnx_give_as(c, 0, unary[i].fn(c->b, x), type, last);
}

/* ---- with numbers of the node */

static const struct {
    const char *name;
    frs_activation kind;
    const char *alpha, *beta; /* attributes; NULL: the number behind */
    double a, b;
} activations[] = {
    {"Celu", FRS_CELU, "alpha", NULL, 1, 0},
    {"Elu", FRS_ELU, "alpha", NULL, 1, 0},
    {"HardSigmoid", FRS_HARD_SIGMOID, "alpha", "beta", 0.2, 0.5},
    {"HardSwish", FRS_HARD_SWISH, NULL, NULL, 1.0 / 6, 0.5},
    {"LeakyRelu", FRS_LEAKY_RELU, "alpha", NULL, 0.01, 0},
    {"Selu", FRS_SELU, "alpha", "gamma", 1.67326319217681884765625, 1.05070102214813232421875},
    {"Shrink", FRS_SHRINK, "lambd", "bias", 0.5, 0},
    {"Softsign", FRS_SOFTSIGN, NULL, NULL, 0, 0},
    {"ThresholdedRelu", FRS_THRESHOLDED_RELU, "alpha", NULL, 1, 0},
};

frs_status frs__onnx_do_activation(frs__onnx_call *c) {
    bool last;
    frs_tensor *x = input(c, &last);
    int64_t i = 0;
    while (i < FRS_LEN(activations) && strcmp(activations[i].name, c->node->op_type) != 0) i++;
    if (i == FRS_LEN(activations)) return frs__onnx_cannot(c, _("this operator is not supported"));
    double a = activations[i].a, b = activations[i].b;
    if (activations[i].alpha) a = frs__onnx_float(c, activations[i].alpha, a);
    if (activations[i].beta) b = frs__onnx_float(c, activations[i].beta, b);
    frs_tensor *y = frs_activate_with(c->b, x, activations[i].kind, a, b);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

/* One bound: an attribute before operator set 11, then an input, which may come when running. */
static frs_status bound(frs__onnx_call *c, int64_t i, const char *name, double *v, frs_tensor **t) {
    const frs__onnx_data *d;
    *t = NULL;
    if (c->opset < 11) {
        *v = frs__onnx_float(c, name, *v);
        return FRS_OK;
    }
    if (!frs__onnx_has(c, i)) return FRS_OK;
    if (!c->in[i]->data || c->in[i]->trained) {
        *t = frs__onnx_t(c, i);
        return FRS_OK;
    }
    FRS_TRY(frs__onnx_known(c, i, &d));
    if (d->n != 1) return frs__onnx_fail(c, _("input %d must be one number"), (int)i);
    *v = frs__onnx_real(d, 0);
    return FRS_OK;
}

frs_status frs__onnx_do_clip(frs__onnx_call *c) {
    bool last;
    frs_tensor *y = input(c, &last), *low, *high;
    double lo = -INFINITY, hi = INFINITY;
    FRS_TRY(bound(c, 1, "min", &lo, &low));
    FRS_TRY(bound(c, 2, "max", &hi, &high));
    if (low) y = frs_max(c->b, y, low);
    if (high) y = frs_min(c->b, y, high);
    if (isfinite(lo) || isfinite(hi)) y = frs_clip(c->b, y, lo, hi);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

frs_status frs__onnx_do_is_inf(frs__onnx_call *c) {
    bool last;
    frs_tensor *x = input(c, &last), *y = frs_isinf(c->b, x);
    const bool below = frs__onnx_int(c, "detect_negative", 1) != 0;
    const bool above = frs__onnx_int(c, "detect_positive", 1) != 0;
    frs_tensor *zero = frs__fill(c->b, (frs_shape){0}, 0);
    if (!below) y = frs_and(c->b, y, frs_greater(c->b, x, zero));
    if (!above) y = frs_and(c->b, y, frs_less(c->b, x, zero));
    return frs__onnx_give_as(c, 0, y, FRS__ONNX_BOOL, last);
}

/* ---- types */

frs_tensor *frs__onnx_cut(frs_builder *b, frs_tensor *x) {
    return frs_mul(b, frs_sign(b, x), frs_floor(b, frs_abs(b, x)));
}

static frs_status cast_data(frs__onnx_call *c, int type) {
    frs__onnx_data *d;
    const frs__onnx_data *from = c->in[0]->data;
    FRS_TRY(frs__onnx_data_new(c->r->memory, type, from->shape, &d));
    for (int64_t i = 0; i < from->n; i++) frs__onnx_data_set(d, i, frs__onnx_real(from, i));
    return frs__onnx_give_data(c, 0, d);
}

/* Integers are floats here that have no fraction, so most casts change nothing. */
frs_status frs__onnx_do_cast(frs__onnx_call *c) {
    const bool like = strcmp(c->node->op_type, "CastLike") == 0;
    const int64_t to = like ? frs__onnx_type(c, 1) : frs__onnx_int(c, "to", FRS__ONNX_FLOAT);
    const bool from_real = frs__onnx_is_real(frs__onnx_type(c, 0));
    bool last;
    if (to < 1 || to > ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
        to == ONNX__TENSOR_PROTO__DATA_TYPE__STRING)
        return frs__onnx_cannot(c, _("a cast to type %lld is not supported"), (long long)to);
    if (to == ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16)
        return frs__onnx_cannot(c, _("rounding to bfloat16 is not supported"));
    if (frs__onnx_has(c, 0) && c->in[0]->data && !c->in[0]->trained) return cast_data(c, (int)to);
    frs_tensor *x = input(c, &last);
    if (to == FRS__ONNX_BOOL)
        x = frs_not(c->b, frs_equal(c->b, x, frs__fill(c->b, (frs_shape){0}, 0)));
    else if (from_real && !frs__onnx_is_real((int)to))
        x = frs__onnx_cut(c->b, x);
    return frs__onnx_give_as(c, 0, x, (int)to, last);
}

/* Nothing happens when inferring. */
frs_status frs__onnx_do_dropout(frs__onnx_call *c) {
    double ratio = frs__onnx_float(c, "ratio", 0.5);
    const frs__onnx_data *d;
    bool training = false, last;
    frs_tensor *x = input(c, &last);
    if (c->opset >= 12 && frs__onnx_has(c, 1)) {
        FRS_TRY(frs__onnx_known(c, 1, &d));
        ratio = d->n ? frs__onnx_real(d, 0) : ratio;
    }
    if (c->opset >= 12 && frs__onnx_has(c, 2)) {
        FRS_TRY(frs__onnx_known(c, 2, &d));
        training = d->n && frs__onnx_whole(d, 0) != 0;
    }
    if (training && ratio > 0 && frs_build_mode(c->b) == FRS_INFER)
        return frs__onnx_cannot(c, _("dropout that acts when inferring is not supported"));
    FRS_TRY(frs__onnx_give_as(c, 0, frs_dropout(c->b, x, ratio), frs__onnx_type(c, 0), last));
    return frs__onnx_give(c, 1, frs__fill(c->b, frs__onnx_shape(c, 0), 1), FRS__ONNX_BOOL);
}
