/* export FOLDER|FILE: a net of a run, or a saved one, as a file of another program. */
#include "cmd/cmd.h"
#include "exchange/nh_names.h"
#include "freshet/exchange.h"
#include "freshet/io.h"
#include "freshet/onnx.h"
#include "freshet/weights.h"
#include "net/net.h"
#include "train/optim.h"
#include <string.h>

/* 0: as the file's own default */
static int64_t number(int64_t given) {
    return given < 0 ? 0 : given;
}

static bool to_onnx(const cmd_options *o) {
    const size_t n = strlen(o->out);
    return o->to ? strcmp(o->to, "onnx") == 0 : n > 5 && strcmp(o->out + n - 5, ".onnx") == 0;
}

static bool exported(const cmd_options *o, const char *name) {
    return frs__nh_model_of(name) || (to_onnx(o) && strcmp(name, "rnn") == 0);
}

/* The net asked for, or the only one there is; *path: frs__free. */
static frs_status find_net(const cmd *c, char **path) {
    const cmd_options *o = c->o;
    const char *folder = o->args.at[0];
    int64_t found = 0;
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        const char *name = frs_forecaster_at(k)->name;
        if (!exported(o, name) || (o->model && strcmp(o->model, name) != 0)) continue;
        char *one = frs__asprintf(c->ctx, "%s/models/%s.frs", folder, name);
        if (!one) return FRS_E_NOMEM;
        if (frs__exists(one) && found++ == 0)
            *path = one;
        else
            frs__free(c->ctx, one);
    }
    if (found == 1) return FRS_OK;
    if (found > 1)
        return frs__fail(c->ctx, FRS_E_ARG, _("%s: several nets; which one? --model NAME"), folder);
    return frs__fail(c->ctx, FRS_E_INPUT, _("%s: no fitted LSTM, GRU or EA-LSTM in it"), folder);
}

/* ---- ONNX */

/* "prcp [mm], q [mm]" of the run's records, as far as they are known. */
static frs_status tell_units(const cmd *c, frs_buf *units, frs_buf *step) {
    char *path = frs__path_join(c->ctx, c->o->args.at[0], "data.frs");
    frs_store *store = NULL;
    if (!path) return FRS_E_NOMEM;
    const frs_status s = frs__exists(path) ? frs_store_open(c->ctx, path, &store) : FRS_OK;
    frs__free(c->ctx, path);
    FRS_TRY(s);
    if (!store) return FRS_OK;
    const frs_store_info info = frs_store_get_info(store);
    for (int i = 0; i < info.n_vars; i++) {
        const frs_var v = frs_store_var(store, i);
        if (v.unit[0]) frs__buf_printf(units, "%s%s [%s]", units->n ? ", " : "", v.name, v.unit);
    }
    frs__buf_printf(step, "%lld %s", (long long)info.step.count,
                    info.step.unit == FRS_STEP_MONTH ? "month" : "second");
    frs_store_close(store);
    return FRS_OK;
}

static frs_status export_forecaster(const cmd *c, const char *from) {
    frs_forecaster *f = NULL;
    frs_buf units = {.ctx = c->ctx}, step = {.ctx = c->ctx};
    frs_status s = frs_forecaster_load(c->ctx, from, &f);
    if (s == FRS_OK && !to_onnx(c->o))
        s = frs_export_pytorch(c->ctx, f, c->o->out);
    else if (s == FRS_OK) {
        frs_onnx_note notes[2];
        frs_export_onnx_opts o = {.opset = (int)number(c->o->opset), .notes = notes};
        s = tell_units(c, &units, &step);
        if (units.n) notes[o.n_notes++] = (frs_onnx_note){"units", units.data};
        if (step.n) notes[o.n_notes++] = (frs_onnx_note){"time_step", step.data};
        if (s == FRS_OK) s = frs__buf_status(&units);
        if (s == FRS_OK) s = frs__buf_status(&step);
        if (s == FRS_OK) s = frs_export_onnx(c->ctx, f, c->o->out, &o);
    }
    frs__buf_free(&units);
    frs__buf_free(&step);
    frs_forecaster_free(c->ctx, f);
    return s;
}

/* A file of frs_net_save has the net of layers as its text. */
static bool is_net(const cmd *c, const char *path) {
    char *text = NULL;
    const bool net =
        frs__weights_text(c->ctx, path, &text) == FRS_OK && strncmp(text, "inputs:", 7) == 0;
    frs__free(c->ctx, text);
    return net;
}

static frs_status export_net(const cmd *c, const char *from) {
    frs_net *net = NULL;
    const frs_onnx_save_opts o = {.opset = (int)number(c->o->opset),
                                  .steps = number(c->o->steps),
                                  .channels_first = c->o->channels_first};
    FRS_TRY(frs_net_load(c->ctx, from, &net));
    const frs_status s = to_onnx(c->o) ? frs_onnx_save_net(net, c->o->out, &o)
                                       : frs_net_save_pytorch(net, c->o->out, NULL);
    frs_net_free(net);
    return s;
}

static frs_status export_one(const cmd *c) {
    const char *from = c->o->args.at[0];
    char *path = NULL;
    if (!frs__is_dir(from) && frs__exists(from))
        return is_net(c, from) ? export_net(c, from) : export_forecaster(c, from);
    FRS_TRY(find_net(c, &path));
    const frs_status s = export_forecaster(c, path);
    frs__free(c->ctx, path);
    return s;
}

frs_status cmd_export(cmd *c) {
    const cmd_options *o = c->o;
    if (!o->out) return frs__fail(c->ctx, FRS_E_ARG, _("--out is missing: where shall it go?"));
    if (o->to && strcmp(o->to, "pytorch") != 0 && strcmp(o->to, "onnx") != 0)
        return frs__fail(c->ctx, FRS_E_ARG, _("--to %s is for records: freshet convert"), o->to);
    FRS_TRY(cmd_may_write(c, o->out));
    FRS_TRY(export_one(c));
    const term_fact facts[] = {{"path", _("To"), o->out}};
    term_facts(&c->t, "done", facts, 1);
    return FRS_OK;
}
