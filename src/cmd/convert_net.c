/* convert FILE --to net: weights of PyTorch or Keras as a saved net. */
#include "cmd/cmd.h"
#include "freshet/weights.h"
#include <string.h>

/* HDF5 is Keras', a zip archive PyTorch's. */
static frs_status is_keras(frs_ctx *ctx, const char *path, bool *keras) {
    frs_map m;
    FRS_TRY(frs__map_open(ctx, path, &m));
    *keras = m.n >= 4 && memcmp(m.data, "\x89HDF", 4) == 0;
    frs__map_close(&m);
    return FRS_OK;
}

static frs_status make_net(const cmd *c, frs_net **net) {
    const cmd_options *o = c->o;
    const char *path = o->args.at[0];
    bool keras;
    FRS_TRY(is_keras(c->ctx, path, &keras));
    if (keras && !o->layers) return frs_net_read_keras(c->ctx, path, net);
    if (!o->layers)
        return frs__fail(c->ctx, FRS_E_ARG,
                         _("--layers is missing: %s has weights, and not how they are connected"),
                         path);
    FRS_TRY(frs_net_read(c->ctx, o->layers, net));
    return keras ? frs_net_load_keras(*net, path, NULL) : frs_net_load_pytorch(*net, path, NULL);
}

static int64_t count_weights(frs_net *net) {
    const frs_model *m = frs_net_model(net);
    int64_t n = 0;
    for (int64_t i = 0; i < frs_model_n_params(m); i++)
        n += frs_shape_count(frs_model_param(m, i).shape);
    return n;
}

frs_status cmd_convert_net(cmd *c) {
    frs_net *net = NULL;
    char n[32] = "";
    if (!c->o->out) return frs__fail(c->ctx, FRS_E_ARG, _("--out is missing: where shall it go?"));
    FRS_TRY(cmd_may_write(c, c->o->out));
    frs_status s = make_net(c, &net);
    if (s == FRS_OK) {
        snprintf(n, sizeof n, "%lld", (long long)count_weights(net));
        s = frs_net_save(net, c->o->out);
    }
    frs_net_free(net);
    FRS_TRY(s);
    const term_fact facts[] = {{"weights", _("Weights"), n}, {"path", _("To"), c->o->out}};
    term_facts(&c->t, "done", facts, 2);
    return FRS_OK;
}
