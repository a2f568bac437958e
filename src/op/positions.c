/* y[t, 2i] = sin(t / 10000^(2i/D)), y[t, 2i + 1] = cos(t / 10000^(2i/D)); no input, no gradient.
 * Vaswani et al. (2017), arXiv:1706.03762, 3.5 */
#include "op/elementwise.h"
#include "op/op_internal.h"
#include <math.h>

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "even", .FRS_ATTR(frs_positions_attr, 9, 8)},
    {.name = "odd", .FRS_ATTR(frs_positions_attr, 5, 7)},
    {.name = "no step", .FRS_ATTR(frs_positions_attr, 0, 4)},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_positions_attr *t = a->attr;
    a->out[0] = (frs_shape){2, {t->steps, t->units}};
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_positions_attr *p = a->attr;
    for (int64_t t = 0; t < p->steps; t++)
        for (int64_t k = 0; k < p->units; k++) {
            const double angle = (double)t * pow(1e4, -(double)(k - k % 2) / (double)p->units);
            a->out[0][t * p->units + k] = k % 2 ? cos(angle) : sin(angle);
        }
}

const frs_op frs__positions_op = {.name = "positions",
                                  .n_in_min = 0,
                                  .n_in_max = 0,
                                  .n_out = 1,
                                  .n_main = 1,
                                  .shape = shape,
                                  .reference = reference,
                                  FRS_CASES};

frs_tensor *frs_positions(frs_builder *b, int64_t steps, int64_t units) {
    if (!frs__shape_kept(b, "positions", (frs_shape){2, {steps, units}})) return NULL;
    const frs_positions_attr attr = {(int32_t)steps, (int32_t)units};
    return frs__op_add(b, &frs__positions_op, NULL, 0, &attr, sizeof attr);
}
