/* y = x with its axes in another order: axis k of y is axis order[k] of x.
 *     dx = dy in the inverse order */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
#define CASE(NAME, RANK, ORDER, ...)                                                               \
    {                                                                                              \
        .name = NAME, .n_in = 1, .in = {{RANK, __VA_ARGS__}}, .lo = -1, .hi = 1,                   \
        .FRS_ATTR(frs_permute_attr, .order = ORDER)                                                \
    }
#define ORDER(...)                                                                                 \
    { __VA_ARGS__ }
static const frs_op_case cases[] = {
    CASE("a matrix turned", 2, ORDER(1, 0), {5, 7}),
    CASE("a large matrix turned", 2, ORDER(1, 0), {67, 41}),
    CASE("nothing moves", 3, ORDER(0, 1, 2), {2, 3, 5}),
    CASE("heads", 4, ORDER(0, 2, 1, 3), {2, 5, 3, 9}),
    CASE("heads of one", 4, ORDER(0, 2, 1, 3), {2, 5, 3, 1}),
    CASE("channels first", 4, ORDER(0, 3, 1, 2), {2, 3, 7, 18}),
    CASE("channels last", 4, ORDER(0, 2, 3, 1), {2, 17, 3, 7}),
    CASE("backwards", 6, ORDER(5, 4, 3, 2, 1, 0), {2, 3, 2, 4, 1, 5}),
    CASE("six axes", 6, ORDER(0, 1, 3, 5, 2, 4), {1, 2, 3, 2, 3, 2}),
    CASE("one axis", 1, ORDER(0), {7}),
    CASE("a scalar", 0, ORDER(0), {0}),
    CASE("empty", 3, ORDER(2, 0, 1), {3, 0, 2}),
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_permute_attr *t = a->attr;
    const frs_shape in = a->in[0];
    unsigned met = 0;
    a->out[0] = in;
    for (int k = 0; k < in.rank; k++) {
        const int from = t->order[k];
        if (from < 0 || from >= in.rank || met >> from & 1)
            return frs__shape_fail(a, _("no order of %d axes"), in.rank);
        met |= 1U << from;
        a->out[0].dim[k] = in.dim[from];
    }
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_permute_attr *t = a->attr;
    const frs_shape in = a->in_shape[0], out = a->out_shape[0];
    const int64_t n = frs_shape_count(out);
    int64_t step[FRS_MAX_RANK];
    for (int k = 0; k < out.rank; k++) {
        step[k] = 1;
        for (int j = t->order[k] + 1; j < in.rank; j++) step[k] *= in.dim[j];
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t at = 0, rest = i;
        for (int k = out.rank - 1; k >= 0; k--) {
            at += rest % out.dim[k] * step[k];
            rest /= out.dim[k];
        }
        a->out[0][i] = a->in[0][at];
    }
}

static frs_status gradient(const frs_grad_args *g) {
    const frs_permute_attr *t = g->attr;
    int inverse[FRS_MAX_RANK] = {0};
    for (int k = 0; k < frs_tensor_shape(g->in[0]).rank; k++) inverse[t->order[k]] = k;
    g->d_in[0] = frs_permute(g->b, g->d_out[0], inverse);
    return FRS_OK;
}

const frs_op frs__permute_op = {.name = "permute",
                                .n_in_min = 1,
                                .n_in_max = 1,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = shape,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

frs_tensor *frs_permute(frs_builder *b, frs_tensor *x, const int *order) {
    frs_permute_attr attr = {{0}};
    for (int k = 0; k < frs_tensor_shape(x).rank; k++)
        attr.order[k] = (int8_t)(order[k] >= 0 && order[k] < FRS_MAX_RANK ? order[k] : -1);
    return frs__op_add(b, &frs__permute_op, &x, 1, &attr, sizeof attr);
}

/* Of b and b blocks, [B, H, W, b b C] <-> [B, b H, b W, C]; a channel is c + C (column + b row).
 * Shi et al. (2016), doi:10.1109/CVPR.2016.207, in the order of ONNX's mode DCR. */
frs_tensor *frs_depth_to_space(frs_builder *b, frs_tensor *x, int64_t block) {
    const frs_shape s = frs_tensor_shape(x);
    if (!x) return NULL;
    if (s.rank != 4 || block < 1 || s.dim[3] % (block * block) != 0) {
        frs__build_fail(b, FRS_E_ARG,
                        _("depth_to_space: blocks of %lld by %lld need [B, H, W, C] with as many "
                          "channels or a multiple"),
                        (long long)block, (long long)block);
        return NULL;
    }
    const int64_t B = s.dim[0], H = s.dim[1], W = s.dim[2], C = s.dim[3] / (block * block);
    x = frs_reshape(b, x, (frs_shape){6, {B, H, W, block, block, C}});
    x = frs_permute(b, x, (const int[]){0, 1, 3, 2, 4, 5});
    return frs_reshape(b, x, (frs_shape){4, {B, H * block, W * block, C}});
}

frs_tensor *frs_space_to_depth(frs_builder *b, frs_tensor *x, int64_t block) {
    const frs_shape s = frs_tensor_shape(x);
    if (!x) return NULL;
    if (s.rank != 4 || block < 1 || s.dim[1] % block != 0 || s.dim[2] % block != 0) {
        frs__build_fail(b, FRS_E_ARG,
                        _("space_to_depth: blocks of %lld by %lld need [B, H, W, C] whose height "
                          "and width are multiples"),
                        (long long)block, (long long)block);
        return NULL;
    }
    const int64_t B = s.dim[0], H = s.dim[1] / block, W = s.dim[2] / block, C = s.dim[3];
    x = frs_reshape(b, x, (frs_shape){6, {B, H, block, W, block, C}});
    x = frs_permute(b, x, (const int[]){0, 1, 3, 2, 4, 5});
    return frs_reshape(b, x, (frs_shape){4, {B, H, W, block * block * C}});
}
