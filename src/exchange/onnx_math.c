/* Operators on each element, products, reductions, shares. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <string.h>

/* ---- one input. Each element by itself, so the order of axes stays as it is. */

typedef frs_tensor *(*unary_fn)(frs_builder *b, frs_tensor *x);

static frs_tensor *number(frs_builder *b, double v) {
    return frs__fill(b, (frs_shape){0}, v);
}

static frs_tensor *reciprocal(frs_builder *b, frs_tensor *x) {
    return frs_div(b, number(b, 1), x);
}

static const struct {
    const char *name;
    unary_fn fn;
} unary[] = {
    {"Abs", frs_abs},         {"Exp", frs_exp},   {"Log", frs_log},
    {"Neg", frs_neg},         {"Relu", frs_relu}, {"Reciprocal", reciprocal},
    {"Sigmoid", frs_sigmoid}, {"Sqrt", frs_sqrt}, {"Softplus", frs_softplus},
    {"Tanh", frs_tanh},
};

frs_status frs__onnx_do_unary(frs__onnx_call *c) {
    const bool last = frs__onnx_is_last(c, 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    for (int64_t i = 0; i < FRS_LEN(unary); i++)
        if (strcmp(unary[i].name, c->node->op_type) == 0)
            return frs__onnx_give_as(c, 0, unary[i].fn(c->b, x), frs__onnx_type(c, 0), last);
    return frs__onnx_cannot(c, _("this operator is not supported"));
}

/* ---- two inputs */

typedef frs_tensor *(*binary_fn)(frs_builder *b, frs_tensor *x, frs_tensor *y);
static const struct {
    const char *name;
    binary_fn fn;
} binary[] = {{"Add", frs_add}, {"Div", frs_div}, {"Mul", frs_mul}, {"Sub", frs_sub}};

/* Before operator set 7 the second input was stretched from a given axis on. */
static frs_tensor *at_axis(frs__onnx_call *c, frs_tensor *y) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_shape s = frs_tensor_shape(y);
    const int64_t axis = frs__onnx_int(c, "axis", x.rank - s.rank);
    const int64_t behind = x.rank - (axis < 0 ? axis + x.rank : axis) - s.rank;
    if (c->opset >= 7 || !frs__onnx_attr(c, "axis") || behind <= 0) return y;
    if (s.rank + behind > FRS_MAX_RANK) {
        frs__onnx_fail(c, _("attribute 'axis' is %lld"), (long long)axis);
        return NULL;
    }
    for (int64_t k = 0; k < behind; k++) s.dim[s.rank++] = 1;
    return frs_reshape(c->b, y, s);
}

/* y in the order channels last, beside an x of `rank` axes. */
static frs_tensor *beside(frs__onnx_call *c, int64_t i, int rank) {
    frs_shape s = frs__onnx_shape(c, i), filled = {.rank = rank};
    if (frs__onnx_is_last(c, i) && s.rank == rank) return frs__onnx_last(c, i);
    for (int k = 0; k < rank; k++)
        filled.dim[k] = k < rank - s.rank ? 1 : s.dim[k - (rank - s.rank)];
    frs__onnx_v v = *c->in[i];
    v.data = NULL;
    v.last = NULL;
    v.logical = frs_reshape(c->b, frs__onnx_t(c, i), filled);
    return v.logical ? frs__onnx_as(c, &v, true) : NULL;
}

/* Channels last where one input is held so and the others are so too or small (a bias). */
static bool keep_last(const frs__onnx_call *c) {
    int rank = 0;
    int64_t most = 0;
    for (int64_t i = 0; i < c->n_in; i++) {
        const frs_shape s = frs__onnx_shape(c, i);
        if (frs__onnx_is_last(c, i) && (rank == 0 || s.rank == rank)) {
            rank = s.rank;
            most = frs_shape_count(s);
        } else if (frs__onnx_is_last(c, i))
            return false;
    }
    for (int64_t i = 0; i < c->n_in && rank; i++) {
        const frs_shape s = frs__onnx_shape(c, i);
        if (s.rank > rank) return false;
        if (!frs__onnx_is_last(c, i) && frs_shape_count(s) > most / 2) return false;
    }
    return rank > 0;
}

static int highest_rank(const frs__onnx_call *c) {
    int rank = 0;
    for (int64_t i = 0; i < c->n_in; i++)
        if (frs__onnx_shape(c, i).rank > rank) rank = frs__onnx_shape(c, i).rank;
    return rank;
}

frs_status frs__onnx_do_binary(frs__onnx_call *c) {
    if (!frs__onnx_has(c, 0) || !frs__onnx_has(c, 1))
        return frs__onnx_fail(c, _("it needs two inputs"));
    const bool last = keep_last(c) && c->opset >= 7;
    const int rank = highest_rank(c);
    frs_tensor *x = last ? beside(c, 0, rank) : frs__onnx_t(c, 0);
    frs_tensor *y = last ? beside(c, 1, rank) : at_axis(c, frs__onnx_t(c, 1));
    for (int64_t i = 0; i < FRS_LEN(binary); i++)
        if (strcmp(binary[i].name, c->node->op_type) == 0)
            return frs__onnx_give_as(c, 0, binary[i].fn(c->b, x, y), frs__onnx_type(c, 0), last);
    return frs__onnx_cannot(c, _("this operator is not supported"));
}

/* Any number of inputs. */
frs_status frs__onnx_do_variadic(frs__onnx_call *c) {
    const bool last = keep_last(c), mean = strcmp(c->node->op_type, "Mean") == 0;
    const int rank = highest_rank(c);
    frs_tensor *y = NULL;
    for (int64_t i = 0; i < c->n_in; i++) {
        if (!frs__onnx_has(c, i)) return frs__onnx_fail(c, _("input %lld is missing"), (long long)i);
        frs_tensor *x = last ? beside(c, i, rank) : frs__onnx_t(c, i);
        y = i ? frs_add(c->b, y, x) : x;
    }
    if (y && mean) y = frs_scale(c->b, y, 1 / (double)c->n_in, 0);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

/* ---- products */

frs_status frs__onnx_do_gemm(frs__onnx_call *c) {
    const double alpha = frs__onnx_float(c, "alpha", 1), beta = frs__onnx_float(c, "beta", 1);
    frs_tensor *y = frs_matmul(c->b, frs__onnx_t(c, 0), frs__onnx_t(c, 1),
                               frs__onnx_int(c, "transA", 0) != 0,
                               frs__onnx_int(c, "transB", 0) != 0);
    if (y && alpha != 1) y = frs_scale(c->b, y, alpha, 0);
    if (y && frs__onnx_has(c, 2)) {
        frs_tensor *bias = frs__onnx_t(c, 2);
        y = frs_add(c->b, y, beta != 1 ? frs_scale(c->b, bias, beta, 0) : bias);
    }
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* A vector counts as a row on the left and as a column on the right; that axis then goes. */
frs_status frs__onnx_do_matmul(frs__onnx_call *c) {
    frs_tensor *x = frs__onnx_t(c, 0), *y = frs__onnx_t(c, 1);
    const frs_shape a = frs_tensor_shape(x), b = frs_tensor_shape(y);
    if (x && a.rank == 1) x = frs_reshape(c->b, x, (frs_shape){2, {1, a.dim[0]}});
    if (y && b.rank == 1) y = frs_reshape(c->b, y, (frs_shape){2, {b.dim[0], 1}});
    frs_tensor *z = frs_matmul(c->b, x, y, false, false);
    if (z && (a.rank == 1 || b.rank == 1)) {
        const frs_shape s = frs_tensor_shape(z);
        frs_shape to = {0};
        for (int k = 0; k < s.rank; k++)
            if (!(a.rank == 1 && k == s.rank - 2) && !(b.rank == 1 && k == s.rank - 1))
                to.dim[to.rank++] = s.dim[k];
        z = frs_reshape(c->b, z, to);
    }
    return frs__onnx_give(c, 0, z, frs__onnx_type(c, 0));
}

/* ---- reductions */

static frs_tensor *least(frs_builder *b, frs_tensor *x, uint32_t axes) {
    return frs_neg(b, frs_reduce_max(b, frs_neg(b, x), axes));
}

/* log sum exp(x), from the largest on: exp of it alone does not overflow. */
static frs_tensor *log_sum_exp(frs_builder *b, frs_tensor *x, uint32_t axes) {
    frs_tensor *most = frs_reduce_max(b, x, axes);
    frs_tensor *sum = frs_reduce_sum(b, frs_exp(b, frs_sub(b, x, most)), axes);
    return frs_add(b, frs_log(b, sum), most);
}

typedef frs_tensor *(*reduce_fn)(frs_builder *b, frs_tensor *x, uint32_t axes);
static const struct {
    const char *name;
    unary_fn before, after; /* NULL: nothing */
    reduce_fn fn;
} reductions[] = {
    {"ReduceL1", frs_abs, NULL, frs_reduce_sum},
    {"ReduceL2", frs_square, frs_sqrt, frs_reduce_sum},
    {"ReduceLogSum", NULL, frs_log, frs_reduce_sum},
    {"ReduceLogSumExp", NULL, NULL, log_sum_exp},
    {"ReduceMax", NULL, NULL, frs_reduce_max},
    {"ReduceMean", NULL, NULL, frs_reduce_mean},
    {"ReduceMin", NULL, NULL, least},
    {"ReduceSum", NULL, NULL, frs_reduce_sum},
    {"ReduceSumSquare", frs_square, NULL, frs_reduce_sum},
};

static frs_status reduce(frs__onnx_call *c, int64_t which, uint32_t axes) {
    frs_tensor *x = frs__onnx_t(c, 0);
    const frs_shape in = frs_tensor_shape(x);
    if (reductions[which].before) x = reductions[which].before(c->b, x);
    frs_tensor *y = reductions[which].fn(c->b, x, axes);
    if (reductions[which].after) y = reductions[which].after(c->b, y);
    if (y && !frs__onnx_int(c, "keepdims", 1)) {
        frs_shape to = {0};
        for (int k = 0; k < in.rank; k++)
            if (!(axes >> k & 1)) to.dim[to.rank++] = in.dim[k];
        y = frs_reshape(c->b, y, to);
    }
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_reduce(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank;
    const bool sum = strcmp(c->node->op_type, "ReduceSum") == 0;
    int list[FRS_MAX_RANK], n;
    uint32_t axes = 0;
    FRS_TRY(frs__onnx_axes(c, sum ? 13 : 18, 1, rank, list, &n));
    if (n <= 0 && frs__onnx_int(c, "noop_with_empty_axes", 0))
        return frs__onnx_give(c, 0, frs__onnx_t(c, 0), frs__onnx_type(c, 0));
    for (int k = 0; k < n; k++) axes |= 1U << list[k];
    if (n <= 0) axes = (1U << rank) - 1;
    for (int64_t i = 0; i < FRS_LEN(reductions); i++)
        if (strcmp(reductions[i].name, c->node->op_type) == 0) return reduce(c, i, axes);
    return frs__onnx_cannot(c, _("this operator is not supported"));
}

/* ---- shares */

/* Before operator set 13 the tensor counted as a matrix whose columns begin at the axis. */
frs_status frs__onnx_do_softmax(frs__onnx_call *c) {
    const bool old = c->opset < 13;
    frs_tensor *x = frs__onnx_t(c, 0);
    const frs_shape s = frs_tensor_shape(x);
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", old ? 1 : -1, s.rank, &axis));
    uint32_t axes = 0;
    for (int k = axis; k < (old ? s.rank : axis + 1); k++) axes |= 1U << k;
    frs_tensor *below = frs_sub(c->b, x, frs_reduce_max(c->b, x, axes));
    frs_tensor *y, *e = frs_exp(c->b, below), *sum = frs_reduce_sum(c->b, e, axes);
    if (strcmp(c->node->op_type, "LogSoftmax") == 0)
        y = frs_sub(c->b, below, frs_log(c->b, sum));
    else
        y = frs_div(c->b, e, sum);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- types */

/* Integers are floats here that have no fraction; which need a node are those that lose one. */
frs_status frs__onnx_do_cast(frs__onnx_call *c) {
    const int64_t to = strcmp(c->node->op_type, "CastLike") == 0
                           ? frs__onnx_type(c, 1)
                           : frs__onnx_int(c, "to", FRS__ONNX_FLOAT);
    const bool last = frs__onnx_is_last(c, 0), real = frs__onnx_is_real((int)to);
    if (to < 1 || to > ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
        to == ONNX__TENSOR_PROTO__DATA_TYPE__STRING)
        return frs__onnx_cannot(c, _("a cast to type %lld is not supported"), (long long)to);
    if (frs__onnx_has(c, 0) && c->in[0]->data && !c->in[0]->trained) {
        frs__onnx_data *d;
        const frs__onnx_data *from = c->in[0]->data;
        FRS_TRY(frs__onnx_data_new(c->r->memory, (int)to, from->shape, &d));
        for (int64_t i = 0; i < from->n; i++) frs__onnx_data_set(d, i, frs__onnx_real(from, i));
        return frs__onnx_give_data(c, 0, d);
    }
    if (to == ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16)
        return frs__onnx_cannot(c, _("rounding to bfloat16 is not supported"));
    if (!real && (frs__onnx_is_real(frs__onnx_type(c, 0)) || to == FRS__ONNX_BOOL))
        return frs__onnx_cannot(c, _("a cast to integers when running is not supported"));
    return frs__onnx_give_as(c, 0, last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0), (int)to, last);
}

/* Nothing happens when inferring. */
frs_status frs__onnx_do_dropout(frs__onnx_call *c) {
    const bool last = frs__onnx_is_last(c, 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    double ratio = frs__onnx_float(c, "ratio", 0.5);
    const frs__onnx_data *d;
    bool training = false;
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
