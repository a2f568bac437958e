/* Where the elements of a padded axis come from, for pad, its gradient and their kernels. */
#ifndef FRS_OP_PAD_H
#define FRS_OP_PAD_H
#include "op/op_internal.h"

/* Element i of a padded axis in the axis of n before it; -1: the constant. */
static inline int64_t frs__pad_from(const frs_pad_attr *t, int axis, int64_t n, int64_t i) {
    const int64_t at = i - t->lo[axis];
    if (at >= 0 && at < n) return at;
    switch ((frs_pad_mode)t->mode) {
    case FRS_PAD_REFLECT:
        return at < 0 ? -at : 2 * (n - 1) - at;
    case FRS_PAD_EDGE:
        return at < 0 ? 0 : n - 1;
    case FRS_PAD_CONSTANT:
        break;
    }
    return -1;
}
extern const frs_op frs__pad_grad_op;
#endif
