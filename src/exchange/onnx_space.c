/* Operators that change the extent: padding, tiling, resizing, channels into space and back. */
#include "exchange/onnx_internal.h"

#include "op/op.h"

#include <math.h>
#include <string.h>

/* ---- padding */

static frs_status read_pads(frs__onnx_call *c, int rank, int64_t *pads, double *value) {
    int64_t n;
    const frs__onnx_data *v;
    *value = 0;
    if (c->opset < 11) {
        FRS_TRY(frs__onnx_ints(c, "pads", 2 * FRS_MAX_RANK, pads, &n));
        *value = frs__onnx_float(c, "value", 0);
    } else {
        FRS_TRY(frs__onnx_wholes(c, 1, 2 * FRS_MAX_RANK, pads, &n));
        if (frs__onnx_has(c, 2)) {
            FRS_TRY(frs__onnx_known(c, 2, &v));
            *value = v->n ? frs__onnx_real(v, 0) : 0;
        }
    }
    return n == 2 * rank
               ? FRS_OK
               : frs__onnx_fail(c, _("%lld pads for a tensor of %d axes"), (long long)n, rank);
}

/* Negative pads cut off. */
frs_status frs__onnx_do_pad(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank;
    const bool last = frs__onnx_is_last(c, 0);
    int64_t pads[2 * FRS_MAX_RANK], cut_lo[FRS_MAX_RANK] = {0}, cut_hi[FRS_MAX_RANK] = {0};
    frs_pad_opts o = {.mode = FRS_PAD_CONSTANT};
    bool cuts = false;
    FRS_TRY(read_pads(c, rank, pads, &o.value));
    if (frs__onnx_is(c, "mode", "reflect", false))
        o.mode = FRS_PAD_REFLECT;
    else if (frs__onnx_is(c, "mode", "edge", false))
        o.mode = FRS_PAD_EDGE;
    else if (!frs__onnx_is(c, "mode", "constant", true))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "mode");
    for (int k = 0; k < rank; k++) {
        const int at = last ? frs__onnx_last_axis(k, rank) : k;
        const int64_t lo = pads[k], hi = pads[rank + k];
        if (lo < -INT32_MAX || hi < -INT32_MAX)
            return frs__onnx_fail(c, _("a pad of %lld"), (long long)(lo < hi ? lo : hi));
        o.lo[at] = lo > 0 ? lo : 0;
        o.hi[at] = hi > 0 ? hi : 0;
        cut_lo[at] = lo < 0 ? -lo : 0;
        cut_hi[at] = hi < 0 ? -hi : 0;
        cuts |= lo < 0 || hi < 0;
    }
    frs_tensor *y = frs_pad(c->b, last ? frs__onnx_last(c, 0) : frs__onnx_t(c, 0), &o);
    if (cuts) y = frs_crop(c->b, y, cut_lo, cut_hi);
    return frs__onnx_give_as(c, 0, y, frs__onnx_type(c, 0), last);
}

frs_status frs__onnx_do_tile(frs__onnx_call *c) {
    const int rank = frs__onnx_shape(c, 0).rank;
    int64_t times[FRS_MAX_RANK], n;
    FRS_TRY(frs__onnx_wholes(c, 1, FRS_MAX_RANK, times, &n));
    if (n != rank)
        return frs__onnx_fail(c, _("%lld repeats for a tensor of %d axes"), (long long)n, rank);
    frs_tensor *y = frs_tile(c->b, frs__onnx_t(c, 0), times);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- channels and space */

/* A channel's number is [row, column, channel] in DCR, as the engine's, [channel, row, column] in
 * CRD. */
frs_status frs__onnx_do_depth_to_space(frs__onnx_call *c) {
    const int64_t k = frs__onnx_int(c, "blocksize", 0);
    const frs_shape x = frs__onnx_shape(c, 0);
    const bool back = strcmp(c->node->op_type, "SpaceToDepth") == 0;
    if (k < 1 || k > INT16_MAX || x.rank != 4)
        return frs__onnx_fail(c, _("blocks of %lld in a tensor of %d axes"), (long long)k, x.rank);
    if (back || !frs__onnx_is(c, "mode", "CRD", false)) {
        frs_tensor *in = frs__onnx_last(c, 0);
        frs_tensor *y = back ? frs_space_to_depth(c->b, in, k) : frs_depth_to_space(c->b, in, k);
        return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
    }
    const int64_t B = x.dim[0], C = x.dim[1] / (k * k), H = x.dim[2], W = x.dim[3];
    frs_tensor *y = frs_reshape(c->b, frs__onnx_t(c, 0), (frs_shape){6, {B, C, k, k, H, W}});
    y = frs_permute(c->b, y, (const int[]){0, 1, 4, 2, 5, 3});
    y = frs_reshape(c->b, y, (frs_shape){4, {B, C, H * k, W * k}});
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- resizing */

typedef struct choice {
    const char *name;
    int value;
} choice;

static frs_status choose(frs__onnx_call *c, const char *attribute, const choice *from, int n,
                         int *to) {
    for (int i = 0; i < n; i++)
        if (frs__onnx_is(c, attribute, from[i].name, false)) {
            *to = from[i].value;
            return FRS_OK;
        }
    return frs__onnx_attr(c, attribute)
               ? frs__onnx_cannot(c, _("attribute '%s' is not supported"), attribute)
               : FRS_OK;
}

static frs_status read_modes(frs__onnx_call *c, frs_resize_opts *o) {
    static const choice modes[] = {{"nearest", FRS_RESIZE_NEAREST}, {"linear", FRS_RESIZE_LINEAR}};
    static const choice places[] = {{"half_pixel", FRS_AT_HALF_PIXEL},
                                    {"pytorch_half_pixel", FRS_AT_PYTORCH_HALF_PIXEL},
                                    {"align_corners", FRS_AT_ALIGN_CORNERS},
                                    {"asymmetric", FRS_AT_ASYMMETRIC}};
    static const choice rounds[] = {{"round_prefer_floor", FRS_ROUND_PREFER_FLOOR},
                                    {"round_prefer_ceil", FRS_ROUND_PREFER_CEIL},
                                    {"floor", FRS_ROUND_FLOOR},
                                    {"ceil", FRS_ROUND_CEIL}};
    const bool old = c->opset < 11;
    int mode = FRS_RESIZE_NEAREST, at = old ? FRS_AT_ASYMMETRIC : FRS_AT_HALF_PIXEL;
    int round = old ? FRS_ROUND_FLOOR : FRS_ROUND_PREFER_FLOOR;
    FRS_TRY(choose(c, "mode", modes, 2, &mode));
    FRS_TRY(choose(c, "coordinate_transformation_mode", places, 4, &at));
    FRS_TRY(choose(c, "nearest_mode", rounds, 4, &round));
    o->mode = (frs_resize_mode)mode;
    o->at = (frs_resize_at)at;
    o->round = (frs_resize_round)round;
    return FRS_OK;
}

/* Factors of all axes, from scales or from sizes. */
static frs_status read_factors(frs__onnx_call *c, frs_shape x, double *scale, int64_t *size) {
    const bool old = c->opset < 11;
    const frs__onnx_data *d = NULL;
    const Onnx__AttributeProto *a = frs__onnx_attr(c, "scales");
    if (a && c->opset < 9 && a->n_floats == (size_t)x.rank) {
        for (int k = 0; k < x.rank; k++) scale[k] = (double)a->floats[k];
    } else {
        const int64_t scales = old ? 1 : 2;
        if (frs__onnx_has(c, scales)) FRS_TRY(frs__onnx_known(c, scales, &d));
        const bool by_size = (!d || d->n == 0) && frs__onnx_has(c, 3);
        if (by_size) FRS_TRY(frs__onnx_known(c, 3, &d));
        if (!d || d->n != x.rank)
            return frs__onnx_fail(c, _("scales or sizes for %lld axes, expected %d"),
                                  d ? (long long)d->n : 0LL, x.rank);
        for (int k = 0; k < x.rank; k++) {
            const double v = frs__onnx_real(d, k);
            if (by_size) size[k] = frs__onnx_whole(d, k);
            scale[k] = by_size ? v / (double)x.dim[k] : v;
        }
        if (by_size) return FRS_OK;
    }
    for (int k = 0; k < x.rank; k++) {
        const double v = floor((double)x.dim[k] * scale[k]);
        if (!(v >= 0 && v < 0x1p31)) return frs__onnx_fail(c, _("a scale of %g"), scale[k]);
        size[k] = (int64_t)v;
    }
    return FRS_OK;
}

/* Resize and Upsample: of the axes between channels and the end. */
frs_status frs__onnx_do_resize(frs__onnx_call *c) {
    const frs_shape x = frs__onnx_shape(c, 0);
    double scale[FRS_MAX_RANK];
    int64_t size[FRS_MAX_RANK];
    frs_resize_opts o = {0};
    if (x.rank < 3 || x.rank > 5)
        return frs__onnx_cannot(c, _("an input of %d axes; 3 to 5 are supported"), x.rank);
    if (frs__onnx_int(c, "exclude_outside", 0))
        return frs__onnx_cannot(c, _("attribute '%s' is not supported"), "exclude_outside");
    FRS_TRY(read_modes(c, &o));
    FRS_TRY(read_factors(c, x, scale, size));
    if (size[0] != x.dim[0] || size[1] != x.dim[1])
        return frs__onnx_cannot(c, _("resizing along batch or channels is not supported"));
    for (int k = 2; k < x.rank; k++) {
        o.size[k - 2] = size[k];
        o.scale[k - 2] = scale[k];
    }
    frs_tensor *y = frs_resize(c->b, frs__onnx_last(c, 0), &o);
    return frs__onnx_give_last(c, 0, y, frs__onnx_type(c, 0));
}

/* ---- diagonals */

frs_status frs__onnx_do_trilu(frs__onnx_call *c) {
    int64_t k = 0, n;
    if (frs__onnx_has(c, 1)) FRS_TRY(frs__onnx_wholes(c, 1, 1, &k, &n));
    frs_tensor *x = frs__onnx_t(c, 0);
    frs_tensor *y = frs__onnx_int(c, "upper", 1) ? frs_triu(c->b, x, k) : frs_tril(c->b, x, k);
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

frs_status frs__onnx_do_eye_like(frs__onnx_call *c) {
    const frs_shape s = frs__onnx_shape(c, 0);
    const int64_t k = frs__onnx_int(c, "k", 0);
    frs__onnx_data *d;
    if (s.rank != 2) return frs__onnx_fail(c, _("a tensor of %d axes, expected %d"), s.rank, 2);
    const int type = (int)frs__onnx_int(c, "dtype", frs__onnx_type(c, 0));
    FRS_TRY(frs__onnx_data_new(c->r->memory, type, s, &d));
    for (int64_t i = 0; i < d->n; i++) frs__onnx_data_set(d, i, i % s.dim[1] - i / s.dim[1] == k);
    return frs__onnx_give_data(c, 0, d);
}
