/* Losses of a net by name, and penalties on its weights. */
#include "graph/graph_internal.h"
#include "net/net.h"
#include "op/op.h"
#include <string.h>

/* weights: of the classes [K], NULL: 1 */
typedef frs_tensor *(*loss_fn)(frs_builder *b, frs_tensor *y, frs_tensor *target,
                               frs_tensor *weights);
#define PLAIN(NAME, ...)                                                                           \
    static frs_tensor *NAME(frs_builder *b, frs_tensor *y, frs_tensor *target, frs_tensor *w) {    \
        (void)w;                                                                                   \
        return __VA_ARGS__;                                                                        \
    }
PLAIN(mse, frs_loss_mse(b, y, target))
PLAIN(rmse, frs_loss_rmse(b, y, target))
PLAIN(mae, frs_loss_mae(b, y, target))
PLAIN(huber, frs_loss_huber(b, y, target, 1))
PLAIN(log_cosh, frs_loss_log_cosh(b, y, target))
PLAIN(binary, frs_loss_bce_logits(b, y, target, 1))
PLAIN(of_probability, frs_loss_bce(b, y, target, 1))
PLAIN(binary_focal, frs_loss_focal_binary(b, y, target, 0.25, 2))
PLAIN(hinge, frs_loss_hinge(b, y, target))
PLAIN(squared_hinge, frs_loss_squared_hinge(b, y, target))
PLAIN(kl, frs_loss_kl(b, y, target))
PLAIN(cross_entropy, frs_loss_cross_entropy(b, y, target, w, 0))
PLAIN(focal, frs_loss_focal_classes(b, y, target, w, 2))
PLAIN(nll, frs_loss_nll(b, y, target, w))

/* CLASSES: the target is the number of a class, without the outputs' last axis; LOGITS,
 * PROBABILITY: of yes and no, which is yes above 0, above 0.5. */
static const struct kind {
    const char *name;
    frs_target_kind target;
    loss_fn fn;
} kinds[] = {
    {"mse", FRS_TARGET_VALUES, mse},
    {"rmse", FRS_TARGET_VALUES, rmse},
    {"mae", FRS_TARGET_VALUES, mae},
    {"huber", FRS_TARGET_VALUES, huber},
    {"log_cosh", FRS_TARGET_VALUES, log_cosh},
    {"cross_entropy", FRS_TARGET_CLASSES, cross_entropy},
    {"focal", FRS_TARGET_CLASSES, focal},
    {"nll", FRS_TARGET_CLASSES, nll},
    {"binary_cross_entropy", FRS_TARGET_LOGITS, binary},
    {"binary_nll", FRS_TARGET_PROBABILITY, of_probability},
    {"binary_focal", FRS_TARGET_LOGITS, binary_focal},
    {"hinge", FRS_TARGET_LOGITS, hinge},
    {"squared_hinge", FRS_TARGET_LOGITS, squared_hinge},
    {"kl", FRS_TARGET_VALUES, kl},
};

static const struct kind *kind_of(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
    return NULL;
}

frs_status frs__loss_kind(frs_ctx *ctx, const char *name, frs_target_kind *target) {
    const struct kind *k = kind_of(name);
    if (k) *target = k->target;
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

/* The weights of an output's classes as an array [K]; NULL: none are given. */
static frs_tensor *class_weights(const frs_net *net, frs_builder *b, frs_tensor *y) {
    const frs_compiled_loss *l = &net->loss;
    const frs_shape s = frs_tensor_shape(y), one = {1, {1}};
    frs_tensor *each[FRS_NET_CLASSES];
    if (!y || !l->n_class_weights) return NULL;
    if (s.rank < 1 || s.dim[s.rank - 1] != l->n_class_weights) {
        frs__build_fail(b, FRS_E_ARG, _("%lld weights of classes; the output has %lld classes"),
                        (long long)l->n_class_weights, (long long)(s.rank ? s.dim[s.rank - 1] : 0));
        return NULL;
    }
    for (int64_t i = 0; i < l->n_class_weights; i++)
        each[i] = frs__fill(b, one, l->class_weights[i]);
    return frs_concat(b, each, (int)l->n_class_weights, 0);
}

/* The loss of output i, y. */
static frs_tensor *loss_of(const frs_net *net, frs_builder *b, int i, frs_tensor *y) {
    const frs_compile_opts *o = &net->loss.o;
    const frs_net_target *t = &net->targets[i];
    const bool classes = t->kind == FRS_TARGET_CLASSES, fine = b->status == FRS_OK;
    frs_shape s = {.rank = t->shape.rank + 1, .dim = {frs_build_dims(b).batch}};
    for (int k = 0; k < t->shape.rank; k++) s.dim[k + 1] = t->shape.dim[k];
    frs_tensor *target = frs_input(b, t->name, s);
    if (o->loss_fn) return o->loss_fn(b, y, target, o->loss_arg);
    /* [B, 1] beside numbers [B] */
    if (!classes && y && target && frs_shape_count(s) == frs_shape_count(frs_tensor_shape(y)))
        y = frs_reshape(b, y, s);
    frs_tensor *weights = classes ? class_weights(net, b, y) : NULL;
    frs_tensor *loss = kind_of(net->loss.kinds[i])->fn(b, y, target, weights);
    if (fine && b->status == FRS_E_ARG)
        frs__fail_in(net->ctx, FRS_E_ARG, _("loss '%s' of output '%s'"), net->loss.kinds[i],
                     net->outputs[i]);
    return loss;
}

frs_tensor *frs__net_loss(const frs_net *net, frs_builder *b, frs_tensor *const *out) {
    frs_tensor *sum = NULL;
    for (int i = 0; i < net->n_outputs; i++) {
        frs_tensor *loss = loss_of(net, b, i, out[i]);
        if (net->loss.weights[i] != 1) loss = frs_scale(b, loss, net->loss.weights[i], 0);
        sum = sum ? frs_add(b, sum, loss) : loss;
    }
    return frs_build_mode(b) == FRS_TRAIN ? penalty(net, b, sum) : sum;
}
