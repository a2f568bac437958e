/* Operators that look up elements by their indices. Indices known only when running are floats, so
 * that of an array above 2^24 elements none is looked up by its number. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <string.h>

#define MAX_NUMBERED (INT64_C(1) << 24)

/* Indices below 0 count from the end. */
static frs_tensor *wrapped(frs_builder *b, frs_tensor *i, int64_t n) {
    frs_tensor *below = frs_less(b, i, frs__fill(b, (frs_shape){0}, 0));
    return frs_add(b, i, frs_scale(b, below, (double)n, 0));
}

static frs_status check_size(frs__onnx_call *c, frs_shape s) {
    if (frs_shape_count(s) <= MAX_NUMBERED) return FRS_OK;
    return frs__onnx_cannot(c, _("elements of an array of %lld; at most %lld are numbered"),
                            (long long)frs_shape_count(s), (long long)MAX_NUMBERED);
}

frs_status frs__onnx_do_gather(frs__onnx_call *c) {
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", 0, frs__onnx_shape(c, 0).rank, &axis));
    frs_tensor *y = frs_gather(c->b, frs__onnx_t(c, 0), frs__onnx_t(c, 1), axis);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- one index an element: all axes as those of the index but `axis` */

static int64_t stride_of(frs_shape s, int axis) {
    int64_t n = 1;
    for (int k = axis + 1; k < s.rank; k++) n *= s.dim[k];
    return n;
}

/* Numbers in x's flat array of the elements that the index tensor names, [elements]. */
static frs_status numbers(frs__onnx_call *c, int axis, frs_tensor **flat) {
    const frs_shape x = frs__onnx_shape(c, 0), at = frs__onnx_shape(c, 1);
    frs__onnx_data *d;
    FRS_TRY(check_size(c, x));
    if (at.rank != x.rank)
        return frs__onnx_fail(c, _("indices of %d axes for %d"), at.rank, x.rank);
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, at, &d));
    for (int64_t i = 0; i < d->n; i++) {
        int64_t rest = i, sum = 0;
        for (int k = at.rank - 1; k >= 0; k--) {
            if (k != axis) sum += rest % at.dim[k] * stride_of(x, k);
            rest /= at.dim[k];
        }
        frs__onnx_data_set(d, i, (double)sum);
    }
    frs_tensor *index = wrapped(c->b, frs__onnx_t(c, 1), x.dim[axis]);
    index = frs_scale(c->b, index, (double)stride_of(x, axis), 0);
    index = frs_add(c->b, index, frs__onnx_tensor(c, d));
    *flat = frs_reshape(c->b, index, (frs_shape){1, {frs_shape_count(at)}});
    return FRS_OK;
}

static frs_shape flat_shape(frs_shape s) {
    return (frs_shape){1, {frs_shape_count(s)}};
}

frs_status frs__onnx_do_gather_elements(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_tensor *flat;
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", 0, x.rank, &axis));
    FRS_TRY(numbers(c, axis, &flat));
    frs_tensor *y = frs_gather(c->b, frs_reshape(c->b, frs__onnx_t(c, 0), flat_shape(x)), flat, 0);
    return frs__onnx_give(c, 0, frs_reshape(c->b, y, frs__onnx_shape(c, 1)), frs__onnx_type(c, 0));
}

/* x with rows replaced by, or (reduction add) increased by, the updates at their numbers. */
static frs_status scatter(frs__onnx_call *c, frs_shape rows, frs_tensor *updates,
                          frs_tensor *index) {
    frs_builder *b = c->b;
    frs_tensor *x = frs_reshape(b, frs__onnx_t(c, 0), rows), *y;
    frs_tensor *sum = frs_scatter_add(b, updates, index, 0, rows.dim[0]);
    if (frs__onnx_is(c, "reduction", "add", false)) {
        y = frs_add(b, x, sum);
    } else if (frs__onnx_is(c, "reduction", "none", true)) {
        frs_shape marks = {rows.rank, {frs_tensor_shape(index).dim[0], 1}};
        frs_tensor *met = frs_scatter_add(b, frs__fill(b, marks, 1), index, 0, rows.dim[0]);
        y = frs_where(b, met, sum, x);
    } else
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "reduction");
    return frs__onnx_give(c, 0, frs_reshape(b, y, frs__onnx_shape(c, 0)), frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_scatter_elements(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0), at = frs__onnx_shape(c, 1);
    frs_tensor *flat;
    int axis;
    FRS_TRY(frs__onnx_axis(c, "axis", 0, x.rank, &axis));
    FRS_TRY(numbers(c, axis, &flat));
    return scatter(c, flat_shape(x), frs_reshape(c->b, frs__onnx_t(c, 2), flat_shape(at)), flat);
}

/* ---- one index a slice: the last axis of the indices counts along the first axes of x */

typedef struct slices {
    int n;          /* axes that an index names, after the batch's */
    int batch;      /* axes before them, which x and the indices share */
    int64_t rows;   /* slices of x */
    frs_shape each; /* of one slice */
    int64_t inner;
    frs_tensor *number; /* [indices] */
} slices;

static frs_status read_slices(frs__onnx_call *c, slices *s) {
    const frs_shape x = frs__onnx_shape(c, 0), at = frs__onnx_shape(c, 1);
    const int64_t batch = frs__onnx_int(c, "batch_dims", 0);
    const int64_t n = at.rank ? at.dim[at.rank - 1] : 0;
    *s = (slices){.rows = 1, .inner = 1};
    if (batch < 0 || batch >= at.rank || n < 1 || batch + n > x.rank)
        return frs__onnx_fail(c, _("an index of %lld numbers for a tensor of %d axes"),
                              (long long)n, x.rank);
    for (int k = 0; k < batch; k++)
        if (x.dim[k] != at.dim[k])
            return frs__onnx_fail(c, _("axis %d is %lld and %lld"), k, (long long)x.dim[k],
                                  (long long)at.dim[k]);
    s->n = (int)n;
    s->batch = (int)batch;
    for (int k = 0; k < x.rank; k++) {
        if (k < batch + n) {
            s->rows *= x.dim[k];
            continue;
        }
        s->inner *= x.dim[k];
        s->each.dim[s->each.rank++] = x.dim[k];
    }
    return check_size(c, x);
}

/* Where the slices of each index's batch item begin. */
static frs_status batch_offsets(frs__onnx_call *c, const slices *s, int64_t indices,
                                frs_tensor **t) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs__onnx_data *d;
    int64_t items = 1;
    for (int k = 0; k < s->batch; k++) items *= x.dim[k];
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, (frs_shape){1, {indices}}, &d));
    for (int64_t i = 0; i < d->n; i++)
        frs__onnx_data_set(d, i, (double)(i / (indices / items) * (s->rows / items)));
    *t = frs__onnx_tensor(c, d);
    return FRS_OK;
}

static frs_status number_slices(frs__onnx_call *c, slices *s) {
    const frs_shape x = frs__onnx_shape(c, 0), at = frs__onnx_shape(c, 1);
    const int64_t indices = frs_shape_count(at) / s->n;
    int64_t stride = 1;
    frs_tensor *all = frs_reshape(c->b, frs__onnx_t(c, 1), (frs_shape){2, {indices, s->n}});
    for (int k = s->n - 1; k >= 0; k--) {
        const int64_t size = x.dim[s->batch + k];
        frs_tensor *one =
            frs_reshape(c->b, frs_slice(c->b, all, 1, k, 1), (frs_shape){1, {indices}});
        one = frs_scale(c->b, wrapped(c->b, one, size), (double)stride, 0);
        s->number = s->number ? frs_add(c->b, s->number, one) : one;
        stride *= size;
    }
    if (s->batch == 0 || indices == 0) return FRS_OK;
    frs_tensor *offsets;
    FRS_TRY(batch_offsets(c, s, indices, &offsets));
    s->number = frs_add(c->b, s->number, offsets);
    return FRS_OK;
}

frs_status frs__onnx_do_gather_nd(frs__onnx_call *c) {
    slices s;
    FRS_TRY(read_slices(c, &s));
    FRS_TRY(number_slices(c, &s));
    frs_shape to = frs__onnx_shape(c, 1);
    if (--to.rank + s.each.rank > FRS_MAX_RANK)
        return frs__onnx_cannot(c, _("a tensor of %d axes; at most %d"), to.rank + s.each.rank,
                                FRS_MAX_RANK);
    for (int k = 0; k < s.each.rank; k++) to.dim[to.rank++] = s.each.dim[k];
    frs_tensor *x = frs_reshape(c->b, frs__onnx_t(c, 0), (frs_shape){2, {s.rows, s.inner}});
    frs_tensor *y = frs_reshape(c->b, frs_gather(c->b, x, s.number, 0), to);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_scatter_nd(frs__onnx_call *c) {
    slices s;
    FRS_TRY(read_slices(c, &s));
    FRS_TRY(number_slices(c, &s));
    const int64_t n = frs_shape_count(frs__onnx_shape(c, 1)) / s.n;
    frs_tensor *updates = frs_reshape(c->b, frs__onnx_t(c, 2), (frs_shape){2, {n, s.inner}});
    return scatter(c, (frs_shape){2, {s.rows, s.inner}}, updates, s.number);
}

/* ---- what stands at known places */

/* Elements `index` of the axis, or of the flat tensor (axis -1). */
static frs_status chosen(frs__onnx_call *c, int axis, const frs__onnx_data *index) {
    frs_tensor *x = frs__onnx_t(c, 0);
    if (axis < 0) x = frs_reshape(c->b, x, flat_shape(frs__onnx_shape(c, 0)));
    frs_tensor *y = frs_gather(c->b, x, frs__onnx_tensor(c, index), axis < 0 ? 0 : axis);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_compress(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    const frs__onnx_data *keep;
    frs__onnx_data *index;
    int axis = -1;
    int64_t n = 0;
    if (frs__onnx_attr(c, "axis")) FRS_TRY(frs__onnx_axis(c, "axis", 0, x.rank, &axis));
    FRS_TRY(frs__onnx_known(c, 1, &keep));
    const int64_t size = axis < 0 ? frs_shape_count(x) : x.dim[axis];
    for (int64_t i = 0; i < keep->n && i < size; i++) n += frs__onnx_whole(keep, i) != 0;
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, (frs_shape){1, {n}}, &index));
    for (int64_t i = 0, k = 0; k < n; i++)
        if (frs__onnx_whole(keep, i)) frs__onnx_data_set(index, k++, (double)i);
    return chosen(c, axis, index);
}

/* The first seq_lens[b] steps of each sequence backwards. */
frs_status frs__onnx_do_reverse_sequence(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    const int64_t batch = frs__onnx_int(c, "batch_axis", 1),
                  time = frs__onnx_int(c, "time_axis", 0);
    const frs__onnx_data *n;
    frs__onnx_data *index;
    FRS_TRY(frs__onnx_known(c, 1, &n));
    if (x.rank < 2 || batch + time != 1 || batch * time != 0 || n->n != x.dim[batch])
        return frs__onnx_fail(c,
                              _("time and batch must be the first two axes, and each sequence has "
                                "a length"));
    FRS_TRY(check_size(c, x));
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, flat_shape(x), &index));
    const int64_t inner = stride_of(x, 1), second = x.dim[1];
    for (int64_t i = 0; i < index->n; i++) {
        const int64_t at[2] = {i / (second * inner), i / inner % second};
        const int64_t length = frs__onnx_whole(n, at[batch]), t = at[time];
        const int64_t from = t < length && length <= x.dim[time] ? length - 1 - t : t;
        const int64_t moved = time == 0 ? from * second + at[1] : at[0] * second + from;
        frs__onnx_data_set(index, i, (double)(moved * inner + i % inner));
    }
    frs_tensor *flat = frs_reshape(c->b, frs__onnx_t(c, 0), flat_shape(x));
    frs_tensor *y = frs_gather(c->b, flat, frs__onnx_tensor(c, index), 0);
    return frs__onnx_give(c, 0, frs_reshape(c->b, y, x), frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_non_zero(frs__onnx_call *c) {
    const frs__onnx_data *x;
    frs__onnx_data *d;
    int64_t n = 0;
    FRS_TRY(frs__onnx_known(c, 0, &x));
    for (int64_t i = 0; i < x->n; i++) n += frs__onnx_real(x, i) != 0;
    const frs_shape s = {2, {x->shape.rank, n}};
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, s, &d));
    for (int64_t i = 0, at = 0; i < x->n; i++) {
        if (frs__onnx_real(x, i) == 0) continue;
        int64_t rest = i;
        for (int k = x->shape.rank - 1; k >= 0; k--) {
            frs__onnx_data_set(d, k * n + at, (double)(rest % x->shape.dim[k]));
            rest /= x->shape.dim[k];
        }
        at++;
    }
    return frs__onnx_give_data(c, 0, d);
}

/* depth and the two values are known; the new axis stands at `axis`. */
frs_status frs__onnx_do_one_hot(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank + 1;
    const frs__onnx_data *depth, *v;
    int axis, order[FRS_MAX_RANK];
    if (rank > FRS_MAX_RANK)
        return frs__onnx_cannot(c, _("a tensor of %d axes; at most %d"), rank, FRS_MAX_RANK);
    FRS_TRY(frs__onnx_axis(c, "axis", -1, rank, &axis));
    FRS_TRY(frs__onnx_known(c, 1, &depth));
    FRS_TRY(frs__onnx_known(c, 2, &v));
    if (depth->n != 1 || v->n != 2)
        return frs__onnx_fail(c, _("depth must be one number and values two"));
    const double off = frs__onnx_real(v, 0), on = frs__onnx_real(v, 1);
    frs_tensor *y = frs_one_hot(c->b, frs__onnx_t(c, 0), frs__onnx_whole(depth, 0));
    for (int k = 0; k < rank; k++) order[k] = k < axis ? k : k == axis ? rank - 1 : k - 1;
    y = frs_scale(c->b, frs_permute(c->b, y, order), on - off, off);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 2));
}
