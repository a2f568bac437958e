/* Normalisation, up-sampling, padding; embedding and attention. */
#include "net/layer.h"
#include <string.h>

static frs_tensor *batch_norm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const frs_batch_norm_opts o = {
        .momentum = l->momentum, .eps = l->eps, .relu = l->activation == FRS_RELU};
    frs_tensor *y = frs_batch_norm(b, in[0], &o);
    return o.relu ? y : frs_activate(b, y, l->activation);
}
static frs_tensor *layer_norm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_layer_norm(b, in[0], (int)l->size, &(frs_norm_opts){.eps = l->eps});
}
static frs_tensor *group_norm(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_group_norm(b, in[0], (int)l->groups, &(frs_norm_opts){.eps = l->eps});
}
static frs_tensor *local(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_lrn(b, in[0], &(frs_lrn_opts){.size = (int)l->size, .alpha = l->alpha});
}
FRS_LAYER_TYPE(batch_norm, "momentum eps activation", 1, 1, batch_norm);
FRS_LAYER_TYPE(layer_norm, "size eps", 1, 1, layer_norm);
FRS_LAYER_TYPE(group_norm, "groups eps", 1, 1, group_norm);
FRS_LAYER_TYPE(local_response_norm, "size alpha", 1, 1, local);

/* size: how many times larger */
static frs_tensor *upsample(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    const bool linear = l->mode && strcmp(l->mode, "bilinear") == 0;
    if (l->mode && !linear && strcmp(l->mode, "nearest") != 0)
        frs__build_fail(b, FRS_E_ARG, _("upsample: mode nearest or bilinear, found '%.60s'"),
                        l->mode);
    return frs_upsample(b, in[0], l->size, linear ? FRS_RESIZE_LINEAR : FRS_RESIZE_NEAREST);
}
FRS_LAYER_TYPE(upsample, "size mode", 1, 1, upsample);

/* Of the spatial axes. */
static frs_tensor *crop(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    int64_t lo[FRS_MAX_RANK] = {0}, hi[FRS_MAX_RANK] = {0};
    for (int i = 0; i < 3; i++) {
        lo[i + 1] = l->pad_lo[i];
        hi[i + 1] = l->pad_hi[i];
    }
    return frs_crop(b, in[0], lo, hi);
}
FRS_LAYER_TYPE(crop, "pad_lo pad_hi", 1, 1, crop);

static frs_tensor *pad(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    static const struct {
        const char *name;
        frs_pad_mode mode;
    } modes[] = {
        {"zero", FRS_PAD_CONSTANT}, {"reflect", FRS_PAD_REFLECT}, {"replicate", FRS_PAD_EDGE}};
    frs_pad_opts o = {.mode = FRS_PAD_CONSTANT};
    bool known = !l->mode;
    for (int64_t i = 0; i < FRS_LEN(modes) && !known; i++)
        if (strcmp(modes[i].name, l->mode) == 0) {
            o.mode = modes[i].mode;
            known = true;
        }
    if (!known)
        frs__build_fail(b, FRS_E_ARG, _("pad: mode zero, reflect or replicate, found '%.60s'"),
                        l->mode);
    for (int i = 0; i < 3; i++) {
        o.lo[i + 1] = l->pad_lo[i];
        o.hi[i + 1] = l->pad_hi[i];
    }
    return frs_pad(b, in[0], &o);
}
FRS_LAYER_TYPE(pad, "pad_lo pad_hi mode", 1, 1, pad);

/* ---- of sequences. size: words in the table */
static frs_tensor *embedding(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)n;
    return frs_embed(b, in[0], l->size, l->units);
}
/* Of one input to itself, or of queries, keys and values. */
static frs_tensor *attention(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    const frs_attention_opts o = {.heads = l->heads, .causal = l->causal, .dropout = l->rate};
    return frs_attention(b, in[0], in[n > 1], in[n > 2 ? 2 : n - 1], &o);
}
static frs_tensor *positions(frs_builder *b, const frs_layer *l, frs_tensor *const *in, int n) {
    (void)l, (void)n;
    const frs_shape s = frs_tensor_shape(in[0]);
    return s.rank == 3 ? frs_add(b, in[0], frs_positions(b, s.dim[1], s.dim[2]))
                       : frs_add(b, in[0], frs_positions(b, 0, 0));
}
FRS_LAYER_TYPE(embedding, "size units", 1, 1, embedding);
FRS_LAYER_TYPE(attention, "heads causal rate", 1, 3, attention);
FRS_LAYER_TYPE(positional_encoding, "", 1, 1, positions);
