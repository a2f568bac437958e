#include "op/elementwise.h"

frs_status frs__shape_same(const frs_shape_args *a) {
    a->out[0] = a->in[0];
    return FRS_OK;
}

bool frs__shape_kept(frs_builder *b, const char *op, frs_shape s) {
    for (int k = 0; k < s.rank; k++)
        if (s.dim[k] < 0 || s.dim[k] > INT32_MAX) {
            frs__build_fail(b, FRS_E_ARG, _("%s: axis %d of %lld; an axis has at most %d"), op, k,
                            (long long)s.dim[k], INT32_MAX);
            return false;
        }
    return true;
}

bool frs__shape_equal(frs_shape x, frs_shape y) {
    bool same = x.rank == y.rank;
    for (int k = 0; same && k < x.rank; k++) same = x.dim[k] == y.dim[k];
    return same;
}

frs_status frs__shape_loss(const frs_shape_args *a) {
    if (!frs__shape_equal(a->in[0], a->in[1]) || a->in[0].rank < 1)
        return frs__shape_fail(a, _("predictions and targets differ in shape"));
    a->out[0] = (frs_shape){0};
    return FRS_OK;
}

frs_status frs__shape_broadcast(const frs_shape_args *a) {
    frs_shape out = a->in[0];
    for (int i = 1; i < a->n_in; i++) {
        const frs_shape x = out, y = a->in[i];
        out = (frs_shape){.rank = x.rank > y.rank ? x.rank : y.rank};
        for (int k = 1; k <= out.rank; k++) { /* from the last axis */
            const int64_t m = k <= x.rank ? x.dim[x.rank - k] : 1;
            const int64_t n = k <= y.rank ? y.dim[y.rank - k] : 1;
            if (m != n && m != 1 && n != 1)
                return frs__shape_fail(a, _("axis %d from the end cannot be broadcast"), k);
            out.dim[out.rank - k] = m == 1 ? n : m;
        }
    }
    a->out[0] = out;
    return FRS_OK;
}

int64_t frs__broadcast_at(frs_shape out, frs_shape in, int64_t i) {
    int64_t at = 0, stride = 1;
    for (int k = 1; k <= out.rank; k++) {
        const int64_t d = out.dim[out.rank - k], index = i % d;
        i /= d;
        if (k > in.rank) continue;
        const int64_t n = in.dim[in.rank - k];
        if (n != 1) at += index * stride;
        stride *= n;
    }
    return at;
}

frs_tensor *frs__sum_to(frs_builder *b, frs_tensor *x, frs_shape shape) {
    if (!x) return NULL;
    const frs_shape from = frs_tensor_shape(x);
    uint32_t axes = 0;
    for (int k = 1; k <= from.rank; k++) {
        const int64_t n = k <= shape.rank ? shape.dim[shape.rank - k] : 1;
        if (n != from.dim[from.rank - k]) axes |= 1U << (from.rank - k);
    }
    if (axes) x = frs_reduce_sum(b, x, axes);
    return from.rank == shape.rank ? x : frs_reshape(b, x, shape);
}

void frs__binary_gradient(const frs_grad_args *g, frs_tensor *dx, frs_tensor *dy) {
    g->d_in[0] = frs__sum_to(g->b, dx, frs_tensor_shape(g->in[0]));
    g->d_in[1] = frs__sum_to(g->b, dy, frs_tensor_shape(g->in[1]));
}
