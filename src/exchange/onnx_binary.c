/* Operators on each element of two and more tensors, with NumPy's broadcasting. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <string.h>

/* ---- orders of axes */

/* Before operator set 7 the second input was stretched from a given axis on; slopes were the
 * channels'. */
static frs_tensor *at_axis(frs__onnx_call *c, frs_tensor *y) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_shape s = frs_tensor_shape(y);
    const bool slopes = strcmp(c->node->op_type, "PRelu") == 0 && s.rank == 1 && s.dim[0] > 1;
    const int64_t axis = frs__onnx_int(c, "axis", slopes ? 1 : x.rank - s.rank);
    const int64_t behind = x.rank - (axis < 0 ? axis + x.rank : axis) - s.rank;
    if (c->opset >= 7 || behind <= 0) return y;
    if (s.rank + behind > FRS_MAX_RANK) {
        frs__onnx_fail(c, _("attribute 'axis' is %lld"), (long long)axis);
        return NULL;
    }
    for (int64_t k = 0; k < behind; k++) s.dim[s.rank++] = 1;
    return frs_reshape(c->b, y, s);
}

/* Input i channels last beside others of `rank` axes. */
static frs_tensor *beside(frs__onnx_call *c, int64_t i, int rank) {
    const frs_shape s = frs__onnx_shape(c, i);
    frs_shape filled = {.rank = rank};
    if (frs__onnx_is_last(c, i) && s.rank == rank) return frs__onnx_last(c, i);
    for (int k = 0; k < rank; k++)
        filled.dim[k] = k < rank - s.rank ? 1 : s.dim[k - (rank - s.rank)];
    frs__onnx_v v = {.logical = frs_reshape(c->b, frs__onnx_t(c, i), filled)};
    return v.logical ? frs__onnx_as(c, &v, true) : NULL;
}

/* Channels last where an input is held so, and each of the others is so too or small (a bias). */
static bool keep_last(const frs__onnx_call *c, int rank) {
    int64_t most = 0;
    for (int64_t i = 0; i < c->n_in; i++) {
        const frs_shape s = frs__onnx_shape(c, i);
        if (frs__onnx_is_last(c, i) && s.rank == rank) most = frs_shape_count(s);
    }
    for (int64_t i = 0; i < c->n_in && most; i++) {
        const frs_shape s = frs__onnx_shape(c, i);
        const bool so = frs__onnx_is_last(c, i) && s.rank == rank;
        if (!so && frs_shape_count(s) > most / 2) return false;
    }
    return most > 0 && c->opset >= 7;
}

static int highest_rank(const frs__onnx_call *c) {
    int rank = 0;
    for (int64_t i = 0; i < c->n_in; i++)
        if (frs__onnx_shape(c, i).rank > rank) rank = frs__onnx_shape(c, i).rank;
    return rank;
}

/* ---- two inputs */

/* Integers keep none of their quotient's fraction. */
static frs_tensor *divide(frs__onnx_call *c, frs_tensor *x, frs_tensor *y) {
    frs_tensor *z = frs_div(c->b, x, y);
    return frs__onnx_is_real(frs__onnx_type(c, 0)) ? z : frs__onnx_cut(c->b, z);
}

static frs_tensor *power(frs__onnx_call *c, frs_tensor *x, frs_tensor *y) {
    frs_tensor *z = frs_pow(c->b, x, y);
    return frs__onnx_is_real(frs__onnx_type(c, 0)) ? z : frs_round(c->b, z);
}

static frs_tensor *modulo(frs__onnx_call *c, frs_tensor *x, frs_tensor *y) {
    return frs__onnx_int(c, "fmod", 0) ? frs_fmod(c->b, x, y) : frs_mod(c->b, x, y);
}

/* max(x, 0) - slope max(-x, 0) */
static frs_tensor *prelu(frs__onnx_call *c, frs_tensor *x, frs_tensor *slope) {
    frs_tensor *below = frs_mul(c->b, slope, frs_relu(c->b, frs_neg(c->b, x)));
    return frs_sub(c->b, frs_relu(c->b, x), below);
}

typedef frs_tensor *(*binary_fn)(frs_builder *b, frs_tensor *x, frs_tensor *y);
typedef frs_tensor *(*node_fn)(frs__onnx_call *c, frs_tensor *x, frs_tensor *y);
static const struct {
    const char *name;
    binary_fn fn;
    node_fn of_node; /* in place of fn */
    bool logical;    /* the result is boolean */
} binary[] = {
    {"Add", frs_add, NULL, false},        {"And", frs_and, NULL, true},
    {"Div", NULL, divide, false},         {"Equal", frs_equal, NULL, true},
    {"Greater", frs_greater, NULL, true}, {"GreaterOrEqual", frs_greater_equal, NULL, true},
    {"Less", frs_less, NULL, true},       {"LessOrEqual", frs_less_equal, NULL, true},
    {"Mod", NULL, modulo, false},         {"Mul", frs_mul, NULL, false},
    {"Or", frs_or, NULL, true},           {"PRelu", NULL, prelu, false},
    {"Pow", NULL, power, false},          {"Sub", frs_sub, NULL, false},
    {"Xor", frs_xor, NULL, true},
};

frs_status frs__onnx_do_binary(frs__onnx_call *c) {
    if (!frs__onnx_has(c, 0) || !frs__onnx_has(c, 1))
        return frs__onnx_fail(c, _("it needs two inputs"));
    const int rank = highest_rank(c);
    const bool last = keep_last(c, rank);
    frs_tensor *x = last ? beside(c, 0, rank) : frs__onnx_t(c, 0);
    frs_tensor *y = last ? beside(c, 1, rank) : at_axis(c, frs__onnx_t(c, 1));
    int64_t i = 0;
    while (i < FRS_LEN(binary) && strcmp(binary[i].name, c->node->op_type) != 0) i++;
    if (i == FRS_LEN(binary)) return frs__onnx_cannot(c, _("this operator is not supported"));
    frs_tensor *z = binary[i].fn ? binary[i].fn(c->b, x, y) : binary[i].of_node(c, x, y);
    const int type = binary[i].logical ? FRS__ONNX_BOOL : frs__onnx_type(c, 0);
    return frs__onnx_give_as(c, 0, z, type, last);
}

/* ---- more of them */

static const struct {
    const char *name;
    binary_fn fn;
} variadic[] = {{"Max", frs_max}, {"Mean", frs_add}, {"Min", frs_min}, {"Sum", frs_add}};

frs_status frs__onnx_do_variadic(frs__onnx_call *c) {
    const int rank = highest_rank(c);
    const bool last = keep_last(c, rank), mean = strcmp(c->node->op_type, "Mean") == 0;
    frs_tensor *y = NULL;
    int64_t f = 0;
    while (f < FRS_LEN(variadic) && strcmp(variadic[f].name, c->node->op_type) != 0) f++;
    if (f == FRS_LEN(variadic)) return frs__onnx_cannot(c, _("this operator is not supported"));
    for (int64_t i = 0; i < c->n_in; i++) {
        if (!frs__onnx_has(c, i)) return frs__onnx_fail(c, _("input %d is missing"), (int)i);
        frs_tensor *x = last ? beside(c, i, rank) : frs__onnx_t(c, i);
        y = i ? variadic[f].fn(c->b, y, x) : x;
    }
    if (y && mean) y = frs_scale(c->b, y, 1 / (double)c->n_in, 0);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

frs_status frs__onnx_do_where(frs__onnx_call *c) {
    const int rank = highest_rank(c);
    const bool last = keep_last(c, rank);
    frs_tensor *t[3];
    for (int i = 0; i < 3; i++) {
        if (!frs__onnx_has(c, i)) return frs__onnx_fail(c, _("input %d is missing"), i);
        t[i] = last ? beside(c, i, rank) : frs__onnx_t(c, i);
    }
    return frs__onnx_give_as(c, 0, frs_where(c->b, t[0], t[1], t[2]), frs__onnx_type(c, 1), last);
}
