/* Losses of a net by name, and penalties on its weights. */
#include "net/net.h"
#include "op/op.h"
#include <string.h>

typedef frs_tensor *(*loss_fn)(frs_builder *b, frs_tensor *y, frs_tensor *target);
static frs_tensor *mae(frs_builder *b, frs_tensor *y, frs_tensor *target) {
    return frs_loss_mae(b, y, target);
}
static frs_tensor *huber(frs_builder *b, frs_tensor *y, frs_tensor *target) {
    return frs_loss_huber(b, y, target, 1);
}
static frs_tensor *cross_entropy(frs_builder *b, frs_tensor *y, frs_tensor *target) {
    return frs_loss_cross_entropy(b, y, target, NULL, 0);
}
static frs_tensor *binary(frs_builder *b, frs_tensor *y, frs_tensor *target) {
    return frs_loss_bce_logits(b, y, target, 1);
}

static const struct kind {
    const char *name;
    bool classes; /* the target is the number of a class, without the outputs' last axis */
    loss_fn fn;
} kinds[] = {
    {"mse", false, frs_loss_mse},
    {"rmse", false, frs_loss_rmse},
    {"mae", false, mae},
    {"huber", false, huber},
    {"log_cosh", false, frs_loss_log_cosh},
    {"cross_entropy", true, cross_entropy},
    {"binary_cross_entropy", false, binary},
    {"hinge", false, frs_loss_hinge},
    {"kl", false, frs_loss_kl},
};

static const struct kind *kind_of(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}

frs_status frs__loss_kind(frs_ctx *ctx, const char *name, bool *classes) {
    const struct kind *k = kind_of(name);
    if (k) *classes = k->classes;
    if (k) return FRS_OK;
    frs_buf all = {.ctx = ctx};
    for (int64_t i = 0; i < FRS_LEN(kinds); i++)
        frs__buf_printf(&all, "%s%s", i ? ", " : "", kinds[i].name);
    const frs_status s = frs__buf_status(&all);
    if (s == FRS_OK) frs__fail(ctx, FRS_E_ARG, _("no loss '%.60s'; there are: %s"), name, all.data);
    frs__buf_free(&all);
    return s == FRS_OK ? FRS_E_ARG : s;
}

/* l1 sum |w| + l2 sum w^2 over the weights that have rank 2 and more: biases and scales stay free.
 */
static frs_tensor *penalty(const frs_net *net, frs_builder *b, frs_tensor *loss) {
    const frs_compile_opts *o = &net->loss.o;
    const uint64_t n = frs__build_position(b);
    for (uint64_t i = 0; i < n && (o->l1 > 0 || o->l2 > 0); i++) {
        frs_tensor *w = frs__build_param(b, i);
        if (!w || frs_tensor_shape(w).rank < 2) continue;
        loss = frs_add(b, loss, frs_penalty(b, w, o->l1, o->l2));
    }
    return loss;
}

frs_tensor *frs__net_loss(const frs_net *net, frs_builder *b, frs_tensor *const *out) {
    const frs_compile_opts *o = &net->loss.o;
    frs_tensor *sum = NULL;
    for (int i = 0; i < net->n_outputs; i++) {
        const frs_net_target *t = &net->targets[i];
        frs_shape s = {.rank = t->shape.rank + 1, .dim = {frs_build_dims(b).batch}};
        for (int k = 0; k < t->shape.rank; k++) s.dim[k + 1] = t->shape.dim[k];
        frs_tensor *target = frs_input(b, t->name, s), *y = out[i];
        /* [B, 1] beside numbers [B] */
        if (!t->classes && !o->loss_fn && y && target &&
            frs_shape_count(s) == frs_shape_count(frs_tensor_shape(y)))
            y = frs_reshape(b, y, s);
        frs_tensor *loss = o->loss_fn ? o->loss_fn(b, y, target, o->loss_arg)
                                      : kind_of(net->loss.kinds[i])->fn(b, y, target);
        if (net->loss.weights[i] != 1) loss = frs_scale(b, loss, net->loss.weights[i], 0);
        sum = sum ? frs_add(b, sum, loss) : loss;
    }
    return frs_build_mode(b) == FRS_TRAIN ? penalty(net, b, sum) : sum;
}
