/* torch.nn.TransformerEncoderLayer: attention, then two dense layers, each added to what came in.
 * Vaswani et al. (2017), arXiv:1706.03762; norm_first: Xiong et al. (2020), arXiv:2002.04745 */
#include "op/op.h"

static frs_tensor *normed(frs_builder *b, const char *name, frs_tensor *x,
                          const frs_transformer_opts *o) {
    frs_scope_push(b, name);
    x = frs_layer_norm(b, x, 1, &(frs_norm_opts){.eps = o->eps});
    frs_scope_pop(b);
    return x;
}

static frs_tensor *attended(frs_builder *b, frs_tensor *x, const frs_transformer_opts *o) {
    const frs_attention_opts a = {
        .heads = o->heads, .key_mask = o->key_mask, .causal = o->causal, .dropout = o->dropout};
    frs_scope_push(b, "self_attn");
    x = frs_attention(b, x, x, x, &a);
    frs_scope_pop(b);
    return x ? frs_dropout(b, x, o->dropout) : NULL;
}

static frs_tensor *linear(frs_builder *b, const char *name, frs_tensor *x, int64_t units) {
    frs_scope_push(b, name);
    x = frs_dense(b, x, units);
    frs_scope_pop(b);
    return x;
}

static frs_tensor *fed_forward(frs_builder *b, frs_tensor *x, const frs_transformer_opts *o) {
    const frs_shape s = frs_tensor_shape(x);
    frs_tensor *h = linear(b, "linear1", x, o->hidden);
    h = frs_activate(b, h, o->activation ? o->activation : FRS_RELU);
    if (h) h = linear(b, "linear2", frs_dropout(b, h, o->dropout), s.dim[s.rank - 1]);
    return h ? frs_dropout(b, h, o->dropout) : NULL;
}

frs_tensor *frs_transformer_encoder(frs_builder *b, frs_tensor *x, const frs_transformer_opts *o) {
    if (!x) return NULL;
    if (frs_tensor_shape(x).rank != 3 || o->hidden < 1) {
        frs__build_fail(b, FRS_E_ARG,
                        _("transformer encoder: the input must be [batch, steps, features] and "
                          "the hidden size at least 1"));
        return NULL;
    }
    if (o->norm_first) {
        x = frs_add(b, x, attended(b, normed(b, "norm1", x, o), o));
        return x ? frs_add(b, x, fed_forward(b, normed(b, "norm2", x, o), o)) : NULL;
    }
    x = normed(b, "norm1", frs_add(b, x, attended(b, x, o)), o);
    return x ? normed(b, "norm2", frs_add(b, x, fed_forward(b, x, o)), o) : NULL;
}
