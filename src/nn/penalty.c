/* Penalties on weights, to be added to a loss. */
#include "freshet/graph.h"

static frs_tensor *total(frs_builder *b, frs_tensor *x, double factor) {
    const frs_shape scalar = {0};
    return frs_scale(b, frs_reshape(b, frs_reduce_sum(b, x, ~0U), scalar), factor, 0);
}

frs_tensor *frs_penalty(frs_builder *b, frs_tensor *w, double l1, double l2) {
    if (!w) return NULL;
    frs_tensor *a = l1 != 0 ? total(b, frs_abs(b, w), l1) : NULL;
    if (a && l2 == 0) return a;
    frs_tensor *s = total(b, frs_square(b, w), l2);
    return a ? frs_add(b, a, s) : s;
}
