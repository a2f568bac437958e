/* A net of frs_net_new as ONNX: its own outputs, its inputs' lengths. */
#include "exchange/onnx_write.h"
#include "net/net.h"

static bool any_length(const frs_net *net) {
    for (int i = 0; i < net->n_inputs; i++)
        for (int k = 0; k < net->inputs[i].shape.rank; k++)
            if (net->inputs[i].shape.dim[k] == 0) return true;
    return false;
}

frs_status frs_onnx_save_net(frs_net *net, const char *path, const frs_onnx_save_opts *opts) {
    frs_onnx_save_opts o = opts ? *opts : (frs_onnx_save_opts){0};
    frs_buf names = {.ctx = net->ctx};
    if (!o.steps && any_length(net))
        return frs__fail(net->ctx, FRS_E_ARG,
                         _("%s: the net takes sequences of any length; say which the file shall "
                           "be for"),
                         path);
    for (int i = 0; i < net->n_outputs; i++)
        frs__buf_printf(&names, "%s%s", i ? ", " : "", net->outputs[i]);
    frs_status s = frs__buf_status(&names);
    if (!o.outputs) o.outputs = names.data;
    if (s == FRS_OK) s = frs_onnx_save(net->model, path, &o);
    frs__buf_free(&names);
    return s;
}
