/* Nets in files: weights, and in their text the net of layers as YAML. */
#include "net/net.h"
#include "train/optim.h"
#include <string.h>

/* The weights are there from the first compile on; one step of a batch of one makes them. */
frs_status frs__net_make(frs_net *net) {
    frs_plan *plan = NULL;
    if (frs_model_weights_get(net->model)) return FRS_OK;
    return frs_model_compile(net->model, FRS_INFER, frs__net_dims(net, 1), &plan);
}

frs_status frs_net_save(frs_net *net, const char *path) {
    frs_buf text = {.ctx = net->ctx};
    FRS_TRY(frs__net_make(net));
    if (net->n_layers) frs__net_write(net, &text);
    frs_status s = frs__buf_status(&text);
    if (s == FRS_OK) s = frs_weights_save(net->ctx, net->model, path, text.data ? text.data : "{}");
    frs__buf_free(&text);
    return s;
}

frs_status frs_net_load_weights(frs_net *net, const char *path) {
    FRS_TRY(frs__net_make(net));
    return frs_weights_load(net->ctx, net->model, path);
}

frs_status frs_net_load(frs_ctx *ctx, const char *path, frs_net **out) {
    char *text = NULL;
    frs_net *net = NULL;
    FRS_TRY(frs__weights_text(ctx, path, &text));
    frs_status s = FRS_OK;
    if (strncmp(text, "inputs:", 7) != 0)
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: weights alone, no net of layers"), path);
    if (s == FRS_OK) s = frs__net_parse(ctx, path, text, (int64_t)strlen(text), &net);
    if (s == FRS_OK) s = frs_net_load_weights(net, path);
    frs__free(ctx, text);
    if (s != FRS_OK) {
        frs_net_free(net);
        return s;
    }
    *out = net;
    return FRS_OK;
}
