/* A constant tensor: y = value. */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
/* 1.5 is 3FF8 000000000000 */
static const frs_op_case cases[] = {
    {.name = "scalar", .attr = {[38] = 0xF8, [39] = 0x3F}},
    {.name = "rows", .attr = {2, [4] = 3, [8] = 11, [38] = 0xF8, [39] = 0x3F}},
    {.name = "empty", .attr = {2, [4] = 0, [8] = 11, [38] = 0xF8, [39] = 0x3F}},
};
#endif

static frs_status shape(const frs_shape_args *a) {
    const frs_fill_attr *f = a->attr;
    a->out[0].rank = f->rank;
    for (int k = 0; k < f->rank; k++) a->out[0].dim[k] = f->dim[k];
    return FRS_OK;
}

static void reference(const frs_ref_args *a) {
    const frs_fill_attr *f = a->attr;
    const int64_t n = frs_shape_count(a->out_shape[0]);
    for (int64_t i = 0; i < n; i++) a->out[0][i] = f->value;
}

const frs_op frs__fill_op = {
    .name = "fill", .n_out = 1, .n_main = 1, .shape = shape, .reference = reference, FRS_CASES};

frs_tensor *frs__fill(frs_builder *b, frs_shape s, double value) {
    frs_fill_attr f = {.rank = s.rank, .value = value};
    if (!frs__shape_kept(b, "fill", s)) return NULL;
    for (int k = 0; k < s.rank; k++) f.dim[k] = (int32_t)s.dim[k];
    return frs__op_add(b, &frs__fill_op, NULL, 0, &f, sizeof f);
}
