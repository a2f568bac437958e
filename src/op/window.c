#include "op/window.h"

int frs__spatial(frs_shape x) {
    return x.rank >= 3 && x.rank <= FRS_SPATIAL + 2 ? x.rank - 2 : 0;
}

/* From the first tap to the last. */
static int64_t reach(const frs_window *w, int axis) {
    return (int64_t)w->dilation[axis] * (w->kernel[axis] - 1) + 1;
}

int64_t frs__window_out(const frs_window *w, int axis, int64_t in) {
    const int64_t room = in + w->pad_lo[axis] + w->pad_hi[axis] - reach(w, axis);
    return in < 1 || room < 0 ? 0 : room / w->stride[axis] + 1;
}

frs_status frs__window_shape(const frs_shape_args *a, const frs_window *w, int64_t channels,
                             frs_shape *out) {
    const frs_shape x = a->in[0];
    const int n = frs__spatial(x);
    if (!n) return frs__shape_fail(a, _("input must be [batch, 1 to 3 spatial axes, channels]"));
    *out = x;
    for (int i = 0; i < n; i++) {
        out->dim[1 + i] = frs__window_out(w, i, x.dim[1 + i]);
        if (out->dim[1 + i] < 1)
            return frs__shape_fail(a, _("a window of %lld along spatial axis %d does not fit"),
                                   (long long)reach(w, i), i);
    }
    out->dim[n + 1] = channels;
    return FRS_OK;
}

/* The number for one axis; 0 after the first axis: as the first; none: `none`. */
static int64_t given(const int *v, int axis, int none) {
    if (!v || (v[0] == 0 && v[axis] == 0)) return none;
    return v[axis] ? v[axis] : v[0];
}

/* TensorFlow's: ceil(in / stride) outputs, the odd one of the padding at the end. */
static void pad_same(frs_window *w, int axis, int64_t in) {
    const int64_t s = w->stride[axis], out = (in + s - 1) / s;
    const int64_t need = (out - 1) * s + reach(w, axis) - in, all = need > 0 ? need : 0;
    w->pad_lo[axis] = (int16_t)(all / 2);
    w->pad_hi[axis] = (int16_t)(all - all / 2);
}

/* One more window where one that begins inside the input or before it would not end. */
static void pad_ceil(frs_window *w, int axis, int64_t in) {
    const int64_t out = frs__window_out(w, axis, in), begin = out * w->stride[axis];
    if (!out || begin >= in + w->pad_lo[axis]) return;
    const int64_t hi = begin + reach(w, axis) - in - w->pad_lo[axis];
    if (hi > w->pad_hi[axis]) w->pad_hi[axis] = (int16_t)hi;
}

static bool small(int64_t v, int64_t least) {
    return v >= least && v <= INT16_MAX / 2;
}

static bool make_axis(frs_window *w, const frs_window_opts *o, int axis, int64_t in) {
    const int64_t kernel = given(o->kernel, axis, 0), stride = given(o->stride, axis, 1);
    const int64_t dilation = given(o->dilation, axis, 1);
    const bool own = o->padding == FRS_EXPLICIT;
    const int64_t lo = own && o->pad_lo ? o->pad_lo[axis] : 0;
    const int64_t hi = own && o->pad_hi ? o->pad_hi[axis] : 0;
    if (!small(kernel, 1) || !small(stride, 1) || !small(dilation, 1) || !small(lo, 0) ||
        !small(hi, 0) || dilation * (kernel - 1) >= INT16_MAX / 2)
        return false;
    w->kernel[axis] = (int16_t)kernel;
    w->stride[axis] = (int16_t)stride;
    w->dilation[axis] = (int16_t)dilation;
    w->pad_lo[axis] = (int16_t)lo;
    w->pad_hi[axis] = (int16_t)hi;
    if (o->padding == FRS_SAME) pad_same(w, axis, in);
    if (o->ceil_mode && o->padding != FRS_SAME) pad_ceil(w, axis, in);
    return true;
}

frs_status frs__window_make(frs_builder *b, const char *layer, frs_shape x,
                            const frs_window_opts *o, frs_window *w) {
    const int n = frs__spatial(x);
    for (int i = 0; i < FRS_SPATIAL; i++) {
        w->kernel[i] = w->stride[i] = w->dilation[i] = 1;
        w->pad_lo[i] = w->pad_hi[i] = 0;
    }
    if (!n)
        return frs__build_fail(
            b, FRS_E_ARG,
            _("%s: input of rank %d; [batch, 1 to 3 spatial axes, channels] expected"), layer,
            x.rank);
    for (int i = 0; i < n; i++)
        if (!make_axis(w, o, i, x.dim[1 + i]))
            return frs__build_fail(
                b, FRS_E_ARG,
                _("%s: kernel, stride and dilation must be 1 to %d, padding 0 to "
                  "%d, along spatial axis %d of %lld"),
                layer, INT16_MAX / 2, INT16_MAX / 2, i, (long long)x.dim[1 + i]);
    return FRS_OK;
}
