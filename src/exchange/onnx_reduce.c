/* Along axes: reductions, shares, sums so far, places of extremes. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <string.h>

typedef frs_tensor *(*unary_fn)(frs_builder *b, frs_tensor *x);
typedef frs_tensor *(*reduce_fn)(frs_builder *b, frs_tensor *x, uint32_t axes);

/* log sum exp(x), from the largest on: exp of it alone does not overflow. */
static frs_tensor *log_sum_exp(frs_builder *b, frs_tensor *x, uint32_t axes) {
    frs_tensor *most = frs_reduce_max(b, x, axes);
    frs_tensor *sum = frs_reduce_sum(b, frs_exp(b, frs_sub(b, x, most)), axes);
    return frs_add(b, frs_log(b, sum), most);
}

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
    {"ReduceMin", NULL, NULL, frs_reduce_min},
    {"ReduceProd", NULL, NULL, frs_reduce_prod},
    {"ReduceSum", NULL, NULL, frs_reduce_sum},
    {"ReduceSumSquare", frs_square, NULL, frs_reduce_sum},
};

/* y without the axes, which are 1. */
static frs_tensor *without(frs_builder *b, frs_tensor *y, uint32_t axes) {
    const frs_shape s = frs_tensor_shape(y);
    frs_shape to = {0};
    for (int k = 0; k < s.rank; k++)
        if (!(axes >> k & 1)) to.dim[to.rank++] = s.dim[k];
    return frs_reshape(b, y, to);
}

/* Channels last stay so where all axes stay. */
static frs_status reduce(frs__onnx_call *c, int64_t which, uint32_t axes) {
    const bool keep = frs__onnx_int(c, "keepdims", 1) != 0;
    const bool last = keep && frs__onnx_is_last(c, 0);
    const int rank = frs__onnx_shape(c, 0).rank;
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    uint32_t own = 0;
    for (int k = 0; k < rank; k++)
        if (axes >> k & 1) own |= 1U << (last ? frs__onnx_last_axis(k, rank) : k);
    if (reductions[which].before) x = reductions[which].before(c->b, x);
    frs_tensor *y = reductions[which].fn(c->b, x, own);
    if (reductions[which].after) y = reductions[which].after(c->b, y);
    if (!keep) y = without(c->b, y, own);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
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

/* ---- shares. Before operator set 13 the tensor counted as a matrix whose columns begin at the
 * axis. */

static frs_shape matrix(frs_shape s, int axis) {
    frs_shape m = {2, {1, 1}};
    for (int k = 0; k < s.rank; k++) m.dim[k >= axis] *= s.dim[k];
    return m;
}

frs_status frs__onnx_do_softmax(frs__onnx_call *c) {
    const bool old = c->opset < 13, logs = strcmp(c->node->op_type, "LogSoftmax") == 0;
    const bool last = !old && frs__onnx_is_last(c, 0);
    const frs_shape s = frs__onnx_shape(c, 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", old ? 1 : -1, s.rank, &axis));
    if (old) x = frs_reshape(c->b, x, matrix(s, axis));
    const int own = old ? 1 : last ? frs__onnx_last_axis(axis, s.rank) : axis;
    frs_tensor *y = logs ? frs_log_softmax(c->b, x, own) : frs_softmax_axis(c->b, x, NULL, own);
    if (old) y = frs_reshape(c->b, y, s);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

/* ---- places */

static frs_tensor *place(frs__onnx_call *c, frs_tensor *x, int axis) {
    const bool least = strcmp(c->node->op_type, "ArgMin") == 0;
    return least ? frs_argmin(c->b, x, axis) : frs_argmax(c->b, x, axis);
}

frs_status frs__onnx_do_argmax(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    frs_tensor *x = frs__onnx_t(c, 0);
    const bool from_end = frs__onnx_int(c, "select_last_index", 0) != 0;
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", 0, s.rank, &axis));
    if (from_end) x = frs_flip(c->b, x, 1U << axis);
    frs_tensor *y = place(c, x, axis);
    if (from_end) y = frs_scale(c->b, y, -1, (double)(s.dim[axis] - 1));
    if (!frs__onnx_int(c, "keepdims", 1)) y = without(c->b, y, 1U << axis);
    return frs__onnx_give(c, 0, y, FRS__ONNX_INT64);
}

/* 1 at the first of the largest; as for softmax before operator set 13. */
frs_status frs__onnx_do_hardmax(frs__onnx_call *c) {
    const bool old = c->opset < 13;
    const frs_shape s = frs__onnx_shape(c, 0);
    frs_tensor *x = frs__onnx_t(c, 0);
    int axis, order[FRS_MAX_RANK];
    FRS_TRY(frs__onnx_axis(c, "axis", old ? 1 : -1, s.rank, &axis));
    const frs_shape of = old ? matrix(s, axis) : s;
    if (old) x = frs_reshape(c->b, x, of);
    const int own = old ? 1 : axis;
    frs_tensor *at = without(c->b, frs_argmax(c->b, x, own), 1U << own);
    frs_tensor *y = frs_one_hot(c->b, at, of.dim[own]);
    for (int k = 0; k < of.rank; k++) order[k] = k < own ? k : k == own ? of.rank - 1 : k - 1;
    y = frs_permute(c->b, y, order);
    return frs__onnx_give(c, 0, old ? frs_reshape(c->b, y, s) : y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_cumsum(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank;
    const frs_cumsum_opts o = {.exclusive = frs__onnx_int(c, "exclusive", 0) != 0,
                               .reverse = frs__onnx_int(c, "reverse", 0) != 0};
    int64_t axis, n;
    FRS_TRY(frs__onnx_wholes(c, 1, 1, &axis, &n));
    if (n != 1 || axis < -rank || axis >= rank)
        return frs__onnx_fail(c, _("axis %lld of a tensor of %d axes"), (long long)axis, rank);
    frs_tensor *y = frs_cumsum(c->b, frs__onnx_t(c, 0), (int)(axis < 0 ? axis + rank : axis), &o);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}
