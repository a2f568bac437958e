/* What a net is compared with: loss and targets settled, plans made anew when they change. */
#include "graph/graph_internal.h"
#include "net/net.h"
#include "op/elementwise.h"
#include <stdio.h>
#include <string.h>

frs_status frs_net_compile(frs_net *net, const frs_compile_opts *o) {
    const char *at = o->loss ? o->loss : "";
    frs_compiled_loss l = {.there = true, .o = *o};
    frs_target_kind kind;
    int n = 0;
    while (n < net->n_outputs && frs__word_next(&at, l.kinds[n], sizeof l.kinds[n])) n++;
    if (n == 0 && !o->loss) snprintf(l.kinds[n++], sizeof l.kinds[0], "mse");
    for (int i = n; i < net->n_outputs && n == 1; i++)
        memcpy(l.kinds[i], l.kinds[0], sizeof l.kinds[0]);
    if ((n != 1 && n != net->n_outputs) || at[strspn(at, ", ")])
        return frs__fail(net->ctx, FRS_E_ARG,
                         _("loss '%.100s': one, or one for each of %d outputs"), o->loss,
                         net->n_outputs);
    for (int i = 0; i < net->n_outputs; i++) {
        FRS_TRY(frs__loss_kind(net->ctx, l.kinds[i], &kind));
        l.weights[i] = o->loss_weights ? o->loss_weights[i] : 1;
    }
    if (o->n_class_weights < 0 || o->n_class_weights > FRS_NET_CLASSES)
        return frs__fail(net->ctx, FRS_E_ARG, _("%lld weights of classes; there are up to %d"),
                         (long long)o->n_class_weights, FRS_NET_CLASSES);
    for (int64_t i = 0; i < o->n_class_weights && o->class_weights; i++)
        l.class_weights[l.n_class_weights++] = o->class_weights[i];
    if (l.o.learning_rate <= 0) l.o.learning_rate = 1e-3;
    net->loss = l;
    net->has_targets = false;
    frs_model_forget_plans(net->model);
    return FRS_OK;
}

/* The array that output i is compared with: of its name, or the only target there is. */
static int target_of(const frs_net *net, const frs_arrays *a, int i) {
    int found = frs_arrays_find(a, net->outputs[i]), n = 0, only = -1;
    if (found >= 0 || net->n_outputs > 1) return found;
    for (int k = 0; k < a->n_arrays; k++)
        if (a->arrays[k].target) n++, only = k;
    return n == 1 ? only : -1;
}

frs_status frs__net_targets(frs_net *net, const frs_arrays *a) {
    frs_net_target found[FRS_NET_OUTPUTS] = {0};
    bool changed = !net->has_targets;
    if (!net->loss.there)
        return frs__fail(net->ctx, FRS_E_ARG, _("the net has no loss yet: compile it first"));
    for (int i = 0; i < net->n_outputs; i++) {
        const int k = target_of(net, a, i);
        if (k < 0)
            return frs__fail(net->ctx, FRS_E_ARG, _("output '%s': the data has no target for it"),
                             net->outputs[i]);
        snprintf(found[i].name, sizeof found[i].name, "%s", a->arrays[k].name);
        found[i].shape = a->arrays[k].shape;
        FRS_TRY(frs__loss_kind(net->ctx, net->loss.kinds[i], &found[i].kind));
        changed = changed || strcmp(found[i].name, net->targets[i].name) != 0 ||
                  !frs__shape_equal(found[i].shape, net->targets[i].shape);
    }
    if (!changed) return FRS_OK;
    memcpy(net->targets, found, sizeof found);
    net->has_targets = true;
    frs_model_forget_plans(net->model);
    return FRS_OK;
}

/* ---- does the data fit? */
static frs_status missing(const frs_net *net, const frs_arrays *a, const char *input) {
    frs_buf all = {.ctx = net->ctx};
    for (int i = 0; i < a->n_arrays; i++)
        frs__buf_printf(&all, "%s%s", i ? ", " : "", a->arrays[i].name);
    const frs_status s = frs__buf_status(&all);
    if (s == FRS_OK)
        frs__fail(net->ctx, FRS_E_ARG,
                  _("input '%s': the data has no array of that name; it has: "
                    "%s"),
                  input, all.data ? all.data : "-");
    frs__buf_free(&all);
    return s == FRS_OK ? FRS_E_ARG : s;
}

frs_status frs__net_inputs(const frs_net *net, const frs_arrays *a) {
    char wanted[160], found[160];
    for (int i = 0; i < net->n_inputs; i++) {
        const frs_net_input *in = &net->inputs[i];
        const int k = frs_arrays_find(a, in->name);
        const int64_t n = frs_shape_count(in->shape); /* 0: as many steps as there are */
        if (k < 0) return missing(net, a, in->name);
        if (n == 0 || n == frs_shape_count(a->arrays[k].shape)) continue;
        frs__shape_text(in->shape, wanted, sizeof wanted);
        frs__shape_text(a->arrays[k].shape, found, sizeof found);
        return frs__fail(net->ctx, FRS_E_ARG, _("input '%s': a sample is %s; the data has %s"),
                         in->name, wanted, found);
    }
    return FRS_OK;
}

/* The first class that an output has not, among the numbers of a target. */
static frs_status classes_of(frs_net *net, const frs_arrays *a, int output) {
    frs_shape y;
    const int k = frs_arrays_find(a, net->targets[output].name);
    FRS_TRY(frs_net_output_shape(net, net->outputs[output], &y));
    const int64_t n = frs_shape_count(net->targets[output].shape);
    const int64_t K = y.rank ? y.dim[y.rank - 1] : 0;
    if (k < 0 || y.rank != net->targets[output].shape.rank + 1) return FRS_OK;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t j = 0; j < n; j++) {
            const float v = frs_arrays_get(a, k, i)[j];
            if (v < 0 || v >= (float)K)
                return frs__fail(net->ctx, FRS_E_ARG,
                                 _("output '%s' has the classes 0 to %lld; sample %lld is of class "
                                   "%g"),
                                 net->outputs[output], (long long)K - 1, (long long)i, (double)v);
        }
    return FRS_OK;
}

frs_status frs__net_classes(frs_net *net, const frs_arrays *a) {
    for (int i = 0; i < net->n_outputs; i++)
        if (net->targets[i].kind == FRS_TARGET_CLASSES && !net->loss.o.loss_fn)
            FRS_TRY(classes_of(net, a, i));
    return FRS_OK;
}
