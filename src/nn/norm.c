/* Normalising layers. Parameters as torch.nn's: weight (1 at first), bias (0); of batch norm the
 * states running_mean (0) and running_var (1). */
#include "op/norm.h"
#include <stddef.h>

static frs_tensor *ones(frs_builder *b, frs_shape s) {
    return frs_param(b, "weight", s, (frs_init){FRS_INIT_CONST, 1, 0});
}
static frs_tensor *zeros(frs_builder *b, frs_shape s) {
    return frs_param(b, "bias", s, (frs_init){FRS_INIT_ZERO, 0, 0});
}

static double eps_of(double given) {
    return given != 0 ? given : 1e-5;
}

/* Whether x has so many axes; says so otherwise. */
static bool has_axes(frs_builder *b, frs_tensor *x, const char *layer, int least) {
    if (!x) return false;
    const int rank = frs_tensor_shape(x).rank;
    if (rank >= least) return true;
    frs__build_fail(b, FRS_E_ARG, _("%s: input of rank %d, at least %d expected"), layer, rank,
                    least);
    return false;
}

frs_tensor *frs_batch_norm(frs_builder *b, frs_tensor *x, const frs_batch_norm_opts *opts) {
    const frs_batch_norm_opts o = opts ? *opts : (frs_batch_norm_opts){0};
    if (!has_axes(b, x, "batch_norm", 2)) return NULL;
    const frs_shape s = frs_tensor_shape(x), each = {1, {s.dim[s.rank - 1]}};
    const frs_batch_norm_attr t = {
        .eps = eps_of(o.eps), .momentum = o.momentum != 0 ? o.momentum : 0.1, .relu = o.relu};
    frs_tensor *in[FRS_BN_N_IN] = {[FRS_BN_X] = x};
    in[FRS_BN_GAMMA] = ones(b, each);
    in[FRS_BN_BETA] = zeros(b, each);
    in[FRS_BN_RUN_MEAN] = frs_state(b, "running_mean", each, (frs_init){FRS_INIT_ZERO, 0, 0});
    in[FRS_BN_RUN_VAR] = frs_state(b, "running_var", each, (frs_init){FRS_INIT_CONST, 1, 0});
    const bool frozen =
        !frs__param_trained(in[FRS_BN_GAMMA]) && !frs__param_trained(in[FRS_BN_BETA]);
    if (frs_build_mode(b) == FRS_INFER || o.frozen || frozen)
        return frs__batch_norm_infer(b, in, t);
    frs_tensor *y = frs__batch_norm(b, in, t);
    frs_state_set(b, in[FRS_BN_RUN_MEAN], frs__op_out(y, FRS_BN_NEW_MEAN));
    frs_state_set(b, in[FRS_BN_RUN_VAR], frs__op_out(y, FRS_BN_NEW_VAR));
    return y;
}

static frs_tensor *within(frs_builder *b, frs_tensor *x, frs_group_norm_attr t,
                          const frs_norm_opts *o) {
    const frs_shape s = frs_tensor_shape(x);
    frs_shape affine = {.rank = t.last ? t.last : 1};
    for (int i = 0; i < affine.rank; i++) affine.dim[i] = s.dim[s.rank - affine.rank + i];
    frs_tensor *in[FRS_GN_N_IN] = {[FRS_GN_X] = x};
    t.eps = eps_of(o ? o->eps : 0);
    if (!o || !o->no_affine) in[FRS_GN_GAMMA] = ones(b, affine);
    if (!t.rms && (!o || (!o->no_affine && !o->no_bias))) in[FRS_GN_BETA] = zeros(b, affine);
    return frs__group_norm(b, in, t);
}

frs_tensor *frs_layer_norm(frs_builder *b, frs_tensor *x, int axes, const frs_norm_opts *o) {
    const int last = axes > 0 ? axes : 1;
    if (!has_axes(b, x, "layer_norm", last)) return NULL;
    return within(b, x, (frs_group_norm_attr){.last = last}, o);
}

frs_tensor *frs_rms_norm(frs_builder *b, frs_tensor *x, const frs_norm_opts *o) {
    if (!has_axes(b, x, "rms_norm", 1)) return NULL;
    return within(b, x, (frs_group_norm_attr){.last = 1, .rms = true}, o);
}

frs_tensor *frs_group_norm(frs_builder *b, frs_tensor *x, int groups, const frs_norm_opts *o) {
    if (!has_axes(b, x, "group_norm", 2)) return NULL;
    return within(b, x, (frs_group_norm_attr){.groups = groups}, o);
}

frs_tensor *frs_instance_norm(frs_builder *b, frs_tensor *x, const frs_norm_opts *o) {
    if (!has_axes(b, x, "instance_norm", 3)) return NULL;
    const frs_shape s = frs_tensor_shape(x);
    return within(b, x, (frs_group_norm_attr){.groups = (int32_t)s.dim[s.rank - 1]}, o);
}
