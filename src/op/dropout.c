/* y = x m / (1 - rate), m = 1 where u >= rate, u uniform by Philox(seed, DROPOUT, step) at (key,
 * element), or at (key, channel of the sample) where whole channels of [B, .., C] go. dx = dy m /
 * (1 - rate): the same operator on dy, the mask drawn again and never stored. Srivastava et al.
 * (2014), J. Mach. Learn. Res. 15. When inferring the constructor gives x itself.
 */
#include "op/elementwise.h"
#include "op/op_internal.h"

#ifdef FRS_OP_CASES
static const frs_op_case cases[] = {
    {.name = "tail",
     .n_in = 1,
     .in = {{1, {33}}},
     .attr = {[6] = 0xD0, [7] = 0x3F, [8] = 1},
     .lo = -1,
     .hi = 1,
     .training = true},
    {.name = "empty",
     .n_in = 1,
     .in = {{2, {0, 3}}},
     .attr = {[6] = 0xE0, [7] = 0x3F},
     .lo = -1,
     .hi = 1,
     .training = true},
    {.name = "half",
     .n_in = 1,
     .in = {{2, {7, 9}}},
     .attr = {[6] = 0xE0, [7] = 0x3F, [8] = 3},
     .lo = -1,
     .hi = 1,
     .training = true},
    {.name = "channels",
     .n_in = 1,
     .in = {{4, {3, 4, 2, 5}}},
     .FRS_ATTR(frs_dropout_attr, .rate = 0.5, .key = 3, .channels = true),
     .lo = -1,
     .hi = 1,
     .training = true},
    {.name = "channels, empty",
     .n_in = 1,
     .in = {{3, {0, 4, 5}}},
     .FRS_ATTR(frs_dropout_attr, .rate = 0.5, .channels = true),
     .lo = -1,
     .hi = 1,
     .training = true},
};
#endif

static void reference(const frs_ref_args *a) {
    const frs_dropout_attr *d = a->attr;
    const frs_rng r = {a->run.seed, FRS_RNG_DROPOUT, a->run.step};
    const int64_t n = frs_shape_count(a->in_shape[0]);
    for (int64_t i = 0; i < n; i++) {
        const bool keep =
            frs__rng_uniform(r, d->key << 40 | frs__dropout_draw(d, a->in_shape[0], i)) >= d->rate;
        a->out[0][i] = keep ? a->in[0][i] / (1 - d->rate) : 0;
    }
}

static frs_status gradient(const frs_grad_args *g);

const frs_op frs__dropout_op = {.name = "dropout",
                                .n_in_min = 1,
                                .n_in_max = 1,
                                .n_out = 1,
                                .n_main = 1,
                                .shape = frs__shape_same,
                                .reference = reference,
                                .gradient = gradient,
                                FRS_CASES};

static frs_status gradient(const frs_grad_args *g) {
    g->d_in[0] =
        frs__op_add(g->b, &frs__dropout_op, &g->d_out[0], 1, g->attr, sizeof(frs_dropout_attr));
    return FRS_OK;
}

static frs_tensor *dropout(frs_builder *b, frs_tensor *x, double rate, bool channels) {
    if (rate <= 0 || frs_build_mode(b) == FRS_INFER) return x;
    const frs_dropout_attr attr = {rate, frs__build_position(b), channels};
    return frs__op_add(b, &frs__dropout_op, &x, 1, &attr, sizeof attr);
}

frs_tensor *frs_dropout(frs_builder *b, frs_tensor *x, double rate) {
    return dropout(b, x, rate, false);
}

frs_tensor *frs_spatial_dropout(frs_builder *b, frs_tensor *x, double rate) {
    if (x && frs_tensor_shape(x).rank < 2) {
        frs__build_fail(b, FRS_E_ARG, _("spatial dropout: input of rank %d, at least 2 expected"),
                        frs_tensor_shape(x).rank);
        return NULL;
    }
    return dropout(b, x, rate, true);
}
