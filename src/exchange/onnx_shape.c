/* Operators that move elements or tell shapes. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <math.h>
#include <string.h>

/* ---- constants */

static frs_status list(frs__onnx_call *c, int type, int64_t n, frs__onnx_data **d, int rank) {
    return frs__onnx_data_new(c->r->memory, type, (frs_shape){rank, {n}}, d);
}

frs_status frs__onnx_do_constant(frs__onnx_call *c) {
    const Onnx__AttributeProto *a;
    frs__onnx_data *d;
    if ((a = frs__onnx_attr(c, "value")) && a->t) {
        FRS_TRY(frs__onnx_data_read(c->r->memory, "value", a->t, &d));
        return frs__onnx_give_data(c, 0, d);
    }
    if ((a = frs__onnx_attr(c, "value_int")) || (a = frs__onnx_attr(c, "value_ints"))) {
        const bool one = a->has_i;
        const int64_t n = one ? 1 : (int64_t)a->n_ints;
        FRS_TRY(list(c, FRS__ONNX_INT64, n, &d, one ? 0 : 1));
        for (int64_t i = 0; i < n; i++) ((int64_t *)d->i)[i] = one ? a->i : a->ints[i];
        return frs__onnx_give_data(c, 0, d);
    }
    if ((a = frs__onnx_attr(c, "value_float")) || (a = frs__onnx_attr(c, "value_floats"))) {
        const bool one = a->has_f;
        const int64_t n = one ? 1 : (int64_t)a->n_floats;
        FRS_TRY(list(c, FRS__ONNX_FLOAT, n, &d, one ? 0 : 1));
        for (int64_t i = 0; i < n; i++)
            frs__onnx_data_set(d, i, (double)(one ? a->f : a->floats[i]));
        return frs__onnx_give_data(c, 0, d);
    }
    return frs__onnx_cannot(c, _("a constant of texts or sparse numbers is not supported"));
}

static frs_status shape_of(frs__onnx_call *c, int64_t i, frs_shape *s) {
    int64_t n;
    FRS_TRY(frs__onnx_wholes(c, i, FRS_MAX_RANK, s->dim, &n));
    s->rank = (int)n;
    for (int k = 0; k < n; k++) /* the engine's operators keep sizes in so many bits */
        if (s->dim[k] > INT32_MAX)
            return frs__onnx_fail(c, _("axis %d cannot be %lld"), k, (long long)s->dim[k]);
    return FRS_OK;
}

frs_status frs__onnx_do_constant_of_shape(frs__onnx_call *c) {
    const Onnx__AttributeProto *a = frs__onnx_attr(c, "value");
    frs__onnx_data *v = NULL;
    frs_shape s;
    FRS_TRY(shape_of(c, 0, &s));
    if (a && a->t) FRS_TRY(frs__onnx_data_read(c->r->memory, "value", a->t, &v));
    const double value = v && v->n ? frs__onnx_real(v, 0) : 0;
    return frs__onnx_give(c, 0, frs__fill(c->b, s, value), v ? v->type : FRS__ONNX_FLOAT);
}

frs_status frs__onnx_do_range(frs__onnx_call *c) {
    double v[3];
    frs__onnx_data *d;
    for (int i = 0; i < 3; i++) {
        const frs__onnx_data *in;
        FRS_TRY(frs__onnx_known(c, i, &in));
        if (in->n != 1) return frs__onnx_fail(c, _("input %d must be one number"), i);
        v[i] = frs__onnx_real(in, 0);
    }
    const double n = ceil((v[1] - v[0]) / v[2]);
    if (!(fabs(n) < 1e9)) return frs__onnx_fail(c, _("a range of %g numbers"), n);
    FRS_TRY(list(c, frs__onnx_type(c, 0), n > 0 ? (int64_t)n : 0, &d, 1));
    for (int64_t i = 0; i < d->n; i++) frs__onnx_data_set(d, i, v[0] + (double)i * v[2]);
    return frs__onnx_give_data(c, 0, d);
}

static int64_t within(int64_t v, int64_t lo, int64_t hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

/* Shape and Size. */
frs_status frs__onnx_do_shape(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    frs__onnx_data *d;
    if (strcmp(c->node->op_type, "Size") == 0) {
        FRS_TRY(list(c, FRS__ONNX_INT64, 1, &d, 0));
        frs__onnx_data_set(d, 0, (double)frs_shape_count(s));
        return frs__onnx_give_data(c, 0, d);
    }
    int64_t from = frs__onnx_int(c, "start", 0), to = frs__onnx_int(c, "end", s.rank);
    from = within(from < 0 ? from + s.rank : from, 0, s.rank);
    to = within(to < 0 ? to + s.rank : to, 0, s.rank);
    FRS_TRY(list(c, FRS__ONNX_INT64, to > from ? to - from : 0, &d, 1));
    for (int64_t k = 0; k < d->n; k++) frs__onnx_data_set(d, k, (double)s.dim[from + k]);
    return frs__onnx_give_data(c, 0, d);
}

/* ---- the same elements in another shape */

static frs_status reshaped(frs__onnx_call *c, frs_shape s) {
    return frs__onnx_give(c, 0, frs_reshape(c->b, frs__onnx_t(c, 0), s), frs__onnx_type(c, 0));
}

/* 0: as before (unless allowzero); one -1: what is left. */
frs_status frs__onnx_do_reshape(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_shape s;
    int open = -1;
    int64_t n = 1;
    FRS_TRY(shape_of(c, 1, &s));
    for (int k = 0; k < s.rank; k++) {
        if (s.dim[k] == 0 && !frs__onnx_int(c, "allowzero", 0)) {
            if (k >= x.rank) return frs__onnx_fail(c, _("no axis %d to be copied"), k);
            s.dim[k] = x.dim[k];
        }
        if (s.dim[k] == -1 && open < 0)
            open = k;
        else if (s.dim[k] < 0 || __builtin_mul_overflow(n, s.dim[k], &n))
            return frs__onnx_fail(c, _("axis %d cannot be %lld"), k, (long long)s.dim[k]);
    }
    if (open >= 0) s.dim[open] = n ? frs_shape_count(x) / n : 0;
    return reshaped(c, s);
}

frs_status frs__onnx_do_flatten(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    const int64_t given = frs__onnx_int(c, "axis", 1), axis = given < 0 ? given + x.rank : given;
    frs_shape s = {2, {1, 1}};
    if (axis < 0 || axis > x.rank)
        return frs__onnx_fail(c, _("axis %lld of a tensor of %d axes"), (long long)given, x.rank);
    for (int k = 0; k < x.rank; k++) s.dim[k >= axis] *= x.dim[k];
    return reshaped(c, s);
}

frs_status frs__onnx_do_squeeze(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_shape s = {0};
    int axes[FRS_MAX_RANK], n;
    unsigned gone = 0;
    FRS_TRY(frs__onnx_axes(c, 13, 1, x.rank, axes, &n));
    for (int k = 0; k < n; k++) gone |= 1U << axes[k];
    for (int k = 0; k < x.rank; k++) {
        const bool go = n < 0 ? x.dim[k] == 1 : gone >> k & 1;
        if (go && x.dim[k] != 1)
            return frs__onnx_fail(c, _("axis %d has %lld elements, expected 1"), k,
                                  (long long)x.dim[k]);
        if (!go) s.dim[s.rank++] = x.dim[k];
    }
    return reshaped(c, s);
}

frs_status frs__onnx_do_unsqueeze(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    int64_t raw[FRS_MAX_RANK], n = -1;
    int axes[FRS_MAX_RANK], count;
    frs_shape s = {0};
    unsigned new = 0;
    if (c->opset < 13)
        FRS_TRY(frs__onnx_ints(c, "axes", FRS_MAX_RANK, raw, &n));
    else
        FRS_TRY(frs__onnx_wholes(c, 1, FRS_MAX_RANK, raw, &n));
    s.rank = x.rank + (int)(n > 0 ? n : 0);
    if (s.rank > FRS_MAX_RANK)
        return frs__onnx_cannot(c, _("a tensor of %d axes; at most %d"), s.rank, FRS_MAX_RANK);
    FRS_TRY(frs__onnx_axes(c, 13, 1, s.rank, axes, &count));
    for (int k = 0; k < count; k++) new |= 1U << axes[k];
    for (int k = 0, from = 0; k < s.rank; k++) s.dim[k] = new >> k & 1 ? 1 : x.dim[from++];
    return reshaped(c, s);
}

frs_status frs__onnx_do_identity(frs__onnx_call *c) {
    const bool last = frs__onnx_is_last(c, 0);
    if (!frs__onnx_has(c, 0)) return frs__onnx_fail(c, _("input %d is missing"), 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    return frs__onnx_give_as(c, 0, x, frs__onnx_type(c, 0), last);
}

/* Both are stretched to each other. */
frs_status frs__onnx_do_expand(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    frs_shape want, s;
    FRS_TRY(shape_of(c, 1, &want));
    s.rank = want.rank > x.rank ? want.rank : x.rank;
    for (int k = 1; k <= s.rank; k++) {
        const int64_t a = k <= x.rank ? x.dim[x.rank - k] : 1;
        const int64_t b = k <= want.rank ? want.dim[want.rank - k] : 1;
        s.dim[s.rank - k] = a == 1 ? b : a;
        if (a != 1 && b != 1 && a != b)
            return frs__onnx_fail(c, _("%lld elements cannot become %lld"), (long long)a,
                                  (long long)b);
    }
    frs_tensor *y = frs_expand(c->b, frs__onnx_t(c, 0), s);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- parts */

static frs_tensor *join(frs_builder *b, frs_tensor **t, int64_t n, int axis) {
    while (n > 1) { /* an operator takes so many at a time */
        int64_t out = 0;
        for (int64_t i = 0; i < n; i += FRS_OP_MAX_IN) {
            const int64_t k = n - i < FRS_OP_MAX_IN ? n - i : FRS_OP_MAX_IN;
            t[out++] = k == 1 ? t[i] : frs_concat(b, t + i, (int)k, axis);
        }
        n = out;
    }
    return t[0];
}

frs_status frs__onnx_do_concat(frs__onnx_call *c) {
    bool last = c->n_in > 0;
    int axis;
    const int rank = frs__onnx_shape(c, 0).rank;
    frs_tensor **t = frs__arena_alloc(c->r->memory, c->n_in + 1, sizeof *t);
    if (!t) return FRS_E_NOMEM;
    for (int64_t i = 0; i < c->n_in; i++) last &= frs__onnx_is_last(c, i);
    FRS_TRY(frs__onnx_axis(c, "axis", 1, rank, &axis));
    for (int64_t i = 0; i < c->n_in; i++) {
        t[i] = last ? frs__onnx_last(c, i) : frs__onnx_t(c, i);
        if (!t[i]) return frs__onnx_give(c, 0, NULL, 0);
    }
    frs_tensor *y = join(c->b, t, c->n_in, last ? frs__onnx_last_axis(axis, rank) : axis);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

typedef struct cut {
    int n, axes[FRS_MAX_RANK];
    int64_t start[FRS_MAX_RANK], end[FRS_MAX_RANK], step[FRS_MAX_RANK];
} cut;

static frs_status read_cut(frs__onnx_call *c, int rank, cut *k) {
    int64_t n, ends, steps = -1;
    if (c->opset < 10) {
        FRS_TRY(frs__onnx_ints(c, "starts", FRS_MAX_RANK, k->start, &n));
        FRS_TRY(frs__onnx_ints(c, "ends", FRS_MAX_RANK, k->end, &ends));
    } else {
        FRS_TRY(frs__onnx_wholes(c, 1, FRS_MAX_RANK, k->start, &n));
        FRS_TRY(frs__onnx_wholes(c, 2, FRS_MAX_RANK, k->end, &ends));
        if (frs__onnx_has(c, 4)) FRS_TRY(frs__onnx_wholes(c, 4, FRS_MAX_RANK, k->step, &steps));
    }
    FRS_TRY(frs__onnx_axes(c, 10, 3, rank, k->axes, &k->n));
    if (k->n < 0) {
        k->n = (int)n;
        for (int i = 0; i < n; i++) k->axes[i] = i;
    }
    for (int i = 0; i < k->n && steps < 0; i++) k->step[i] = 1;
    if (n != k->n || ends != k->n || (steps >= 0 && steps != k->n) || k->n > rank)
        return frs__onnx_fail(c, _("starts, ends, axes and steps are not of one number"));
    return FRS_OK;
}

/* Places from the end on count from there; what lies outside is pulled to the edge. */
static int64_t resolve(int64_t v, int64_t size, int64_t lo, int64_t hi) {
    return within(v < 0 ? (v < -size ? -1 : v + size) : v, lo, hi);
}

/* Every step-th element of an axis, backwards for a step below 0. */
static frs_status stepped(frs__onnx_call *c, frs_tensor **x, const cut *k, int i, int axis) {
    const int64_t size = frs_tensor_shape(*x).dim[axis], step = k->step[i];
    if (step == 0 || step < -INT32_MAX || step > INT32_MAX)
        return frs__onnx_fail(c, _("a step of %lld"), (long long)step);
    const int64_t lo = step < 0 ? -1 : 0, hi = step < 0 ? size - 1 : size;
    const int64_t from = resolve(k->start[i], size, lo, hi), to = resolve(k->end[i], size, lo, hi);
    const int64_t way = step < 0 ? from - to : to - from, each = step < 0 ? -step : step;
    const int64_t n = way > 0 ? (way + each - 1) / each : 0;
    if (step == 1) {
        *x = frs_slice(c->b, *x, axis, from, n);
        return FRS_OK;
    }
    frs__onnx_data *index;
    FRS_TRY(frs__onnx_data_new(c->r->memory, FRS__ONNX_INT64, (frs_shape){1, {n}}, &index));
    for (int64_t j = 0; j < n; j++) frs__onnx_data_set(index, j, (double)(from + j * step));
    *x = frs_gather(c->b, *x, frs__onnx_tensor(c, index), axis);
    return FRS_OK;
}

frs_status frs__onnx_do_slice(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    const bool last = frs__onnx_is_last(c, 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    cut k;
    FRS_TRY(read_cut(c, s.rank, &k));
    for (int i = 0; i < k.n && x; i++)
        FRS_TRY(stepped(c, &x, &k, i, last ? frs__onnx_last_axis(k.axes[i], s.rank) : k.axes[i]));
    return frs__onnx_give_as(c, 0, x, frs__onnx_type(c, 0), last);
}

/* How many elements each part has. */
static frs_status read_parts(frs__onnx_call *c, int64_t size, int64_t *parts) {
    int64_t n = -1;
    if (c->opset < 13)
        FRS_TRY(frs__onnx_ints(c, "split", c->n_out, parts, &n));
    else if (frs__onnx_has(c, 1))
        FRS_TRY(frs__onnx_wholes(c, 1, c->n_out, parts, &n));
    if (n >= 0 && n != c->n_out)
        return frs__onnx_fail(c, _("%lld sizes for %lld parts"), (long long)n, (long long)c->n_out);
    const int64_t each = (size + c->n_out - 1) / c->n_out;
    for (int64_t i = 0, left = size; i < c->n_out && n < 0; i++, left -= each)
        parts[i] = within(left, 0, each);
    return FRS_OK;
}

frs_status frs__onnx_do_split(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    const bool last = frs__onnx_is_last(c, 0);
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    int axis;
    int64_t first = 0;
    if (c->n_out < 1) return frs__onnx_fail(c, _("it has no outputs"));
    int64_t *parts = frs__arena_alloc(c->r->memory, c->n_out, sizeof *parts);
    if (!parts) return FRS_E_NOMEM;
    FRS_TRY(frs__onnx_axis(c, "axis", 0, s.rank, &axis));
    FRS_TRY(read_parts(c, s.dim[axis], parts));
    for (int64_t i = 0; i < c->n_out; first += parts[i++]) {
        if (parts[i] < 0 || parts[i] > s.dim[axis] - first)
            return frs__onnx_fail(c, _("the parts are larger than the whole"));
        const int at = last ? frs__onnx_last_axis(axis, s.rank) : axis;
        FRS_TRY(frs__onnx_give_as(c, i, frs_slice(c->b, x, at, first, parts[i]),
                                  frs__onnx_type(c, 0), last));
    }
    return first == s.dim[axis] ? FRS_OK
                                : frs__onnx_fail(c, _("the parts are smaller than the whole"));
}

static bool as_they_are(const int *order, int rank) {
    for (int k = 0; k < rank; k++)
        if (order[k] != k) return false;
    return true;
}

/* The result in ONNX's order, or channels last, may be what the input is held as: then nothing
 * moves. */
frs_status frs__onnx_do_transpose(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank;
    const bool last = frs__onnx_is_last(c, 0);
    int64_t perm[FRS_MAX_RANK], n;
    int order[FRS_MAX_RANK], order_last[FRS_MAX_RANK];
    unsigned seen = 0;
    FRS_TRY(frs__onnx_ints(c, "perm", FRS_MAX_RANK, perm, &n));
    for (int k = 0; k < rank && n < 0; k++) perm[k] = rank - 1 - k;
    for (int k = 0; k < rank && (n < 0 || n == rank); k++)
        if (perm[k] >= 0 && perm[k] < rank) seen |= 1U << perm[k];
    if (seen != (1U << rank) - 1)
        return frs__onnx_fail(c, _("attribute '%s' is no order of %d axes"), "perm", rank);
    for (int k = 0; k < rank; k++)
        order[k] = last ? frs__onnx_last_axis((int)perm[k], rank) : (int)perm[k];
    for (int k = 0; k < rank; k++) order_last[frs__onnx_last_axis(k, rank)] = order[k];
    frs_tensor *x = last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0);
    const int type = frs__onnx_type(c, 0);
    if (as_they_are(order, rank)) return frs__onnx_give(c, 0, x, type);
    if (as_they_are(order_last, rank)) return frs__onnx_give_last(c, 0, x, type);
    return frs__onnx_give(c, 0, frs_permute(c->b, x, order), type);
}
