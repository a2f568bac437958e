/* Windows over images, resizing and normalisation, in ONNX: channels stand second there. */
#include "exchange/onnx_write.h"
#include "op/conv.h"
#include "op/lrn.h"
#include "op/norm.h"
#include "op/op_internal.h"
#include "op/pool.h"

#include <math.h>
#include <string.h>

static void window_attributes(frs__ow *w, const frs_window *k, int n, const int64_t *hi) {
    int64_t kernel[FRS_SPATIAL] = {0}, stride[FRS_SPATIAL] = {0}, dilation[FRS_SPATIAL] = {0};
    int64_t pads[2 * FRS_SPATIAL] = {0};
    for (int i = 0; i < n; i++) {
        kernel[i] = k->kernel[i];
        stride[i] = k->stride[i];
        dilation[i] = k->dilation[i];
        pads[i] = k->pad_lo[i];
        pads[n + i] = hi[i];
    }
    frs__ow_ints(w, "kernel_shape", kernel, n);
    frs__ow_ints(w, "strides", stride, n);
    frs__ow_ints(w, "pads", pads, 2 * n);
    for (int i = 0; i < n; i++)
        if (dilation[i] != 1) {
            frs__ow_ints(w, "dilations", dilation, n);
            break;
        }
}

static const char *weighted(frs__ow_call *c, const char *op) {
    const char *x = frs__ow_in(c, 0, FRS__OW_FIRST), *k = frs__ow_in(c, 1, FRS__OW_LAST);
    return frs__ow_has(c, 2) ? FRS__OW(c->w, op, x, k, frs__ow_in(c, 2, FRS__OW_LAST))
                             : FRS__OW(c->w, op, x, k);
}

void frs__ow_do_conv(frs__ow_call *c) {
    const frs_conv_attr *a = (const void *)c->n->attr;
    const int n = frs__ow_in_dims(c, 0).rank - 2;
    const char *y = weighted(c, "Conv");
    int64_t hi[FRS_SPATIAL] = {0};
    for (int i = 0; i < n; i++) hi[i] = a->window.pad_hi[i];
    window_attributes(c->w, &a->window, n, hi);
    frs__ow_int(c->w, "group", a->groups);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

/* Of several sizes that the convolution makes the same of, output_padding says which; below the
 * least one more is cut off behind. */
void frs__ow_do_conv_data(frs__ow_call *c) {
    const frs_conv_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    const int n = d.rank - 2;
    int64_t hi[FRS_SPATIAL] = {0}, extra[FRS_SPATIAL] = {0};
    const char *y = weighted(c, "ConvTranspose");
    for (int i = 0; i < n; i++) {
        const frs_window *k = &a->window;
        const int64_t reach = (int64_t)k->dilation[i] * (k->kernel[i] - 1) + 1;
        const int64_t whole = k->stride[i] * (d.dim[1 + i] - 1) + reach;
        const int64_t rest = a->size[i] - (whole - k->pad_lo[i] - k->pad_hi[i]);
        extra[i] = rest > 0 ? rest : 0;
        hi[i] = k->pad_hi[i] + (rest < 0 ? -rest : 0);
    }
    window_attributes(c->w, &a->window, n, hi);
    frs__ow_ints(c->w, "output_padding", extra, n);
    frs__ow_int(c->w, "group", a->groups);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

/* ---- pooling */

/* Windows that are all alike; false: they are not. */
static bool alike(frs_pool_attr *a, const frs__ow_dims *x) {
    for (int i = 0; i < x->rank - 2 && a->adaptive; i++) {
        const int64_t in = x->dim[1 + i], k = in / a->out[i];
        if (in % a->out[i] != 0 || k > INT16_MAX) return false;
        a->w.kernel[i] = a->w.stride[i] = (int16_t)k;
        a->w.dilation[i] = 1;
    }
    return true;
}

static bool global(const frs_pool_attr *a, int n) {
    bool one = a->adaptive;
    for (int i = 0; i < n; i++) one &= a->out[i] == 1;
    return one;
}

static bool dilated(const frs_pool_attr *a, int n) {
    bool any = false;
    for (int i = 0; i < n; i++) any |= a->w.dilation[i] > 1;
    return any;
}

/* What ceil_mode added behind counts in no mean; where padding does, ONNX must know the one from
 * the other. */
static void pool_attributes(frs__ow_call *c, const frs_pool_attr *a, int n, bool mean) {
    int64_t hi[FRS_SPATIAL] = {0};
    bool added = false;
    for (int i = 0; i < n; i++) added |= a->uncounted[i] > 0;
    const bool tell = mean && a->count_padding && added;
    for (int i = 0; i < n; i++) hi[i] = a->w.pad_hi[i] - (tell ? a->uncounted[i] : 0);
    window_attributes(c->w, &a->w, n, hi);
    if (tell) frs__ow_int(c->w, "ceil_mode", 1);
    if (mean && a->count_padding) frs__ow_int(c->w, "count_include_pad", 1);
}

void frs__ow_do_pool(frs__ow_call *c) {
    frs_pool_attr a;
    memcpy(&a, c->n->attr, sizeof a);
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    const int n = d.rank - 2;
    const bool mean = strcmp(c->onnx, "AveragePool") == 0;
    const char *x = frs__ow_in(c, 0, FRS__OW_FIRST), *y;
    if (global(&a, n)) {
        y = FRS__OW(c->w, mean ? "GlobalAveragePool" : "GlobalMaxPool", x);
    } else {
        if (!alike(&a, &d))
            frs__ow_cannot(c, _("adaptive pooling where the outputs do not divide the inputs"));
        if (mean && dilated(&a, n)) frs__ow_cannot(c, _("average pooling with dilation"));
        y = FRS__OW(c->w, c->onnx, x);
        pool_attributes(c, &a, n, mean);
    }
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

/* ---- resizing */

/* scales that make the sizes, in ONNX's order of axes; false: floats do not. */
static bool scales_of(const frs_resize_attr *a, int rank, float *scale) {
    for (int at = 0; at < rank; at++) scale[at] = 1;
    for (int k = 0; k < rank - 2; k++) {
        scale[2 + k] = (float)a->scale[k];
        const float product = (float)a->from[k] * scale[2 + k]; /* others take it in double */
        if (floorf(product) != (float)a->to[k]) return false;
        if (floor((double)a->from[k] * (double)scale[2 + k]) != (double)a->to[k]) return false;
    }
    return true;
}

static bool scales_are_of_sizes(const frs_resize_attr *a, int n) {
    bool same = true;
    for (int k = 0; k < n; k++)
        same &= fabs(a->scale[k] * a->from[k] - a->to[k]) <= 1e-9 * a->to[k];
    return same;
}

static void resize_attributes(frs__ow *w, const frs_resize_attr *a) {
    static const char *const at[] = {[FRS_AT_HALF_PIXEL] = "half_pixel",
                                     [FRS_AT_PYTORCH_HALF_PIXEL] = "pytorch_half_pixel",
                                     [FRS_AT_ALIGN_CORNERS] = "align_corners",
                                     [FRS_AT_ASYMMETRIC] = "asymmetric"};
    static const char *const rounds[] = {[FRS_ROUND_PREFER_FLOOR] = "round_prefer_floor",
                                         [FRS_ROUND_PREFER_CEIL] = "round_prefer_ceil",
                                         [FRS_ROUND_FLOOR] = "floor",
                                         [FRS_ROUND_CEIL] = "ceil"};
    frs__ow_text(w, "mode", a->mode == FRS_RESIZE_LINEAR ? "linear" : "nearest");
    frs__ow_text(w, "coordinate_transformation_mode", at[a->at]);
    if (a->mode == FRS_RESIZE_NEAREST) frs__ow_text(w, "nearest_mode", rounds[a->round]);
}

void frs__ow_do_resize(frs__ow_call *c) {
    const frs_resize_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_out_dims(c, 0);
    frs__ow *w = c->w;
    float scale[FRS_MAX_RANK];
    const char *x = frs__ow_in(c, 0, FRS__OW_FIRST), *y;
    if (scales_of(a, d.rank, scale)) {
        y = FRS__OW(w, "Resize", x, "", frs__ow_floats(w, (frs_shape){1, {d.rank}}, scale));
    } else {
        frs__ow_dims first = {.rank = d.rank};
        if (!scales_are_of_sizes(a, d.rank - 2))
            frs__ow_cannot(c, _("a scale that is not the sizes' and does not make them in float"));
        for (int at = 0; at < d.rank; at++) {
            first.dim[at] = d.dim[frs__ow_axis_of(FRS__OW_FIRST, d.rank, at)];
            first.per[at] = d.per[frs__ow_axis_of(FRS__OW_FIRST, d.rank, at)];
        }
        y = FRS__OW(w, "Resize", x, "", "", frs__ow_sizes(w, &first, false));
    }
    resize_attributes(w, a);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

/* ---- normalisation */

void frs__ow_do_batch_norm(frs__ow_call *c) {
    const frs_batch_norm_attr *a = (const void *)c->n->attr;
    const char *in[FRS_BN_N_IN];
    for (int i = 0; i < FRS_BN_N_IN; i++)
        in[i] = frs__ow_in(c, i, i == FRS_BN_X ? FRS__OW_FIRST : FRS__OW_LAST);
    const char *y = frs__ow_node(c->w, "BatchNormalization", in, FRS_BN_N_IN);
    frs__ow_float(c->w, "epsilon", a->eps);
    if (a->relu) y = FRS__OW(c->w, "Relu", y);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

/* [n] of the value */
static const char *all(frs__ow *w, int64_t n, float value) {
    float *v = frs__ow_alloc(w, n, sizeof *v);
    for (int64_t i = 0; v && i < n; i++) v[i] = value;
    return v ? frs__ow_floats(w, (frs_shape){1, {n}}, v) : NULL;
}

/* Groups of neighbouring channels as the channels of an instance norm, which is then scaled. */
static void groups(frs__ow_call *c, const frs_group_norm_attr *a) {
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    frs__ow *w = c->w;
    const int rank = d.rank;
    frs__ow_dims as_groups = {3, {d.dim[0], a->groups, 1}, {d.per[0]}}, first = {.rank = rank};
    for (int k = 1; k < rank; k++) as_groups.dim[2] *= d.dim[k];
    as_groups.dim[2] /= a->groups;
    for (int at = 0; at < rank; at++) {
        first.dim[at] = d.dim[frs__ow_axis_of(FRS__OW_FIRST, rank, at)];
        first.per[at] = d.per[frs__ow_axis_of(FRS__OW_FIRST, rank, at)];
    }
    const char *x = frs__ow_in(c, 0, FRS__OW_FIRST);
    x = FRS__OW(w, "Reshape", x, frs__ow_sizes(w, &as_groups, true));
    x = FRS__OW(w, "InstanceNormalization", x, all(w, a->groups, 1), all(w, a->groups, 0));
    frs__ow_float(w, "epsilon", a->eps);
    x = FRS__OW(w, "Reshape", x, frs__ow_sizes(w, &first, true));
    if (frs__ow_has(c, FRS_GN_GAMMA))
        x = FRS__OW(w, "Mul", x, frs__ow_beside(c, FRS_GN_GAMMA, FRS__OW_FIRST, rank, false));
    if (frs__ow_has(c, FRS_GN_BETA))
        x = FRS__OW(w, "Add", x, frs__ow_beside(c, FRS_GN_BETA, FRS__OW_FIRST, rank, false));
    frs__ow_give(c, 0, FRS__OW_FIRST, x);
}

static void instance(frs__ow_call *c, const frs_group_norm_attr *a) {
    const bool g = frs__ow_has(c, FRS_GN_GAMMA), b = frs__ow_has(c, FRS_GN_BETA);
    frs__ow *w = c->w;
    const char *x = frs__ow_in(c, 0, FRS__OW_FIRST);
    const char *gamma = g ? frs__ow_in(c, FRS_GN_GAMMA, FRS__OW_LAST) : all(w, a->groups, 1);
    const char *beta = b ? frs__ow_in(c, FRS_GN_BETA, FRS__OW_LAST) : all(w, a->groups, 0);
    const char *y = FRS__OW(w, "InstanceNormalization", x, gamma, beta);
    frs__ow_float(w, "epsilon", a->eps);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}

static const char *mean_over(frs__ow *w, const char *x, const int64_t *axes, int n) {
    const char *y = FRS__OW(w, "ReduceMean", x);
    frs__ow_ints(w, "axes", axes, n);
    frs__ow_int(w, "keepdims", 1);
    return y;
}

/* (x - mu) / sqrt(mean (x - mu)^2 + eps), gamma, beta; rms: mu = 0 */
static void last_axes(frs__ow_call *c, const frs_group_norm_attr *a) {
    frs__ow *w = c->w;
    int64_t axes[FRS_MAX_RANK];
    for (int i = 0; i < a->last; i++) axes[i] = i - a->last;
    const char *x = frs__ow_in(c, 0, FRS__OW_LAST);
    if (!a->rms) x = FRS__OW(w, "Sub", x, mean_over(w, x, axes, a->last));
    const char *var = mean_over(w, FRS__OW(w, "Mul", x, x), axes, a->last);
    var = FRS__OW(w, "Add", var, frs__ow_scalar(w, a->eps));
    x = FRS__OW(w, "Div", x, FRS__OW(w, "Sqrt", var));
    for (int i = FRS_GN_GAMMA; i <= FRS_GN_BETA; i++)
        if (frs__ow_has(c, i))
            x = FRS__OW(w, i == FRS_GN_GAMMA ? "Mul" : "Add", x, frs__ow_in(c, i, FRS__OW_LAST));
    frs__ow_give(c, 0, FRS__OW_LAST, x);
}

static void layer(frs__ow_call *c, const frs_group_norm_attr *a) {
    const char *x = frs__ow_in(c, 0, FRS__OW_LAST), *g = frs__ow_in(c, FRS_GN_GAMMA, FRS__OW_LAST);
    const char *y = frs__ow_has(c, FRS_GN_BETA) ? FRS__OW(c->w, "LayerNormalization", x, g,
                                                          frs__ow_in(c, FRS_GN_BETA, FRS__OW_LAST))
                                                : FRS__OW(c->w, "LayerNormalization", x, g);
    frs__ow_int(c->w, "axis", -a->last);
    frs__ow_float(c->w, "epsilon", a->eps);
    frs__ow_give(c, 0, FRS__OW_LAST, y);
}

void frs__ow_do_group_norm(frs__ow_call *c) {
    const frs_group_norm_attr *a = (const void *)c->n->attr;
    const frs__ow_dims d = frs__ow_in_dims(c, 0);
    if (a->last > 0 && !a->rms && c->w->o->opset >= 17 && frs__ow_has(c, FRS_GN_GAMMA))
        layer(c, a);
    else if (a->last > 0)
        last_axes(c, a);
    else if (a->rms || d.rank < 3)
        frs__ow_cannot(c, _("ONNX has no form for this normalisation"));
    else if (a->groups == d.dim[d.rank - 1])
        instance(c, a);
    else
        groups(c, a);
}

/* With an even size ONNX looks one channel further up where the engine looks one further down. */
void frs__ow_do_lrn(frs__ow_call *c) {
    const frs_lrn_attr *a = (const void *)c->n->attr;
    if (a->size % 2 == 0) {
        frs__ow_cannot(c, _("local response normalisation over an even number of channels"));
        return;
    }
    const char *y = FRS__OW(c->w, "LRN", frs__ow_in(c, 0, FRS__OW_FIRST));
    frs__ow_int(c->w, "size", a->size);
    frs__ow_float(c->w, "alpha", a->alpha);
    frs__ow_float(c->w, "beta", a->beta);
    frs__ow_float(c->w, "bias", a->k);
    frs__ow_give(c, 0, FRS__OW_FIRST, y);
}
