/* Normalisation. */
#include "net/layer.h"

#define GROUP .group = "Normalisation"

static frs_tensor *batch_norm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_batch_norm_opts o = {
        .momentum = l->momentum, .eps = l->eps, .relu = l->activation == FRS_RELU};
    frs_tensor *y = frs_batch_norm(b, in[0], &o);
    return o.relu ? y : frs_activate(b, y, l->activation);
}
FRS_LAYER_TYPE(
    batch_norm, batch_norm, GROUP, .fields = "momentum eps activation", .shapes = "as x [B, .., C]",
    .doc = "weight (x - mean) / sqrt(var + eps) + bias of each channel over the batch in "
           "training, by running values afterwards: running = (1 - momentum) running + "
           "momentum batch's. Ioffe & Szegedy (2015), arXiv:1502.03167",
    FRS_EXAMPLE(batch_norm, .activation = FRS_RELU), .in = {{3, {8, 8, 4}}}, .out = {3, {8, 8, 4}});

FRS_LAYER_OF_ONE(layer_norm,
                 frs_layer_norm(b, in[0], (int)l->size, &(frs_norm_opts){.eps = l->eps}))
FRS_LAYER_TYPE(layer_norm, layer_norm, GROUP, .fields = "size eps", .shapes = "as x",
               .doc = "of each sample over the last `size` axes (1). Ba et al. (2016), "
                      "arXiv:1607.06450",
               FRS_EXAMPLE(layer_norm), .in = {{2, {6, 4}}}, .out = {2, {6, 4}});

FRS_LAYER_OF_ONE(rms_norm, frs_rms_norm(b, in[0], &(frs_norm_opts){.eps = l->eps}))
FRS_LAYER_TYPE(rms_norm, rms_norm, GROUP, .fields = "eps", .shapes = "as x",
               .doc =
                   "weight x / sqrt(mean x^2 + eps) over the last axis. Zhang & Sennrich (2019), "
                   "arXiv:1910.07467",
               FRS_EXAMPLE(rms_norm), .in = {{2, {6, 4}}}, .out = {2, {6, 4}});

FRS_LAYER_OF_ONE(group_norm,
                 frs_group_norm(b, in[0], (int)l->groups, &(frs_norm_opts){.eps = l->eps}))
FRS_LAYER_TYPE(group_norm, group_norm, GROUP, .fields = "groups eps", .shapes = "as x [B, n.., C]",
               .doc = "of each sample, groups of neighbouring channels over all of space. Wu & He "
                      "(2018), arXiv:1803.08494",
               FRS_EXAMPLE(group_norm, .groups = 2), .in = {{3, {8, 8, 4}}}, .out = {3, {8, 8, 4}});

FRS_LAYER_OF_ONE(instance_norm, frs_instance_norm(b, in[0], &(frs_norm_opts){.eps = l->eps}))
FRS_LAYER_TYPE(instance_norm, instance_norm, GROUP, .fields = "eps", .shapes = "as x [B, n.., C]",
               .doc = "of each sample, each channel over all of space, with weight and bias. "
                      "Ulyanov et al. (2016), arXiv:1607.08022",
               FRS_EXAMPLE(instance_norm), .in = {{3, {8, 8, 4}}}, .out = {3, {8, 8, 4}});

FRS_LAYER_OF_ONE(local,
                 frs_lrn(b, in[0],
                         &(frs_lrn_opts){
                             .size = (int)l->size, .alpha = l->alpha, .beta = l->beta, .k = l->k}))
FRS_LAYER_TYPE(local_response_norm, local, GROUP, .fields = "size alpha beta k", .shapes = "as x",
               .doc =
                   "x / (k + alpha mean of the squares of `size` channels around)^beta; 1e-4, "
                   "0.75, 1. Krizhevsky et al. (2012), whose alpha goes with the sum: times size",
               FRS_EXAMPLE(local_response_norm, .size = 5, .alpha = 5e-4, .k = 2),
               .in = {{3, {8, 8, 16}}}, .out = {3, {8, 8, 16}});

FRS_LAYER_OF_ONE(scale_shift, frs_activate(b, frs_scale_shift(b, in[0]), l->activation))
FRS_LAYER_TYPE(scale_shift, scale_shift, GROUP, .fields = "activation", .shapes = "as x [B, .., C]",
               .doc = "weight x + bias of each channel, trained from 1 and 0: behind average_pool "
                      "the sub-sampling of LeCun et al. (1998), doi:10.1109/5.726791",
               FRS_EXAMPLE(scale_shift, .activation = FRS_SCALED_TANH), .in = {{3, {8, 8, 4}}},
               .out = {3, {8, 8, 4}});
