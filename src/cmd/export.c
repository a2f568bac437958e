/* export FOLDER: a net of the run as a file of another program. */
#include "cmd/cmd.h"
#include "exchange/nh_names.h"
#include "freshet/exchange.h"
#include <string.h>

/* The net asked for, or the only one there is; *path: frs__free. */
static frs_status find_net(const cmd *c, char **path) {
    const cmd_options *o = c->o;
    const char *folder = o->args.at[0];
    int64_t found = 0;
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        const char *name = frs_forecaster_at(k)->name;
        if (!frs__nh_model_of(name) || (o->model && strcmp(o->model, name) != 0)) continue;
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

static frs_status export_net(const cmd *c, const char *from) {
    frs_forecaster *f = NULL;
    FRS_TRY(frs_forecaster_load(c->ctx, from, &f));
    const frs_status s = frs_export_pytorch(c->ctx, f, c->o->out);
    frs_forecaster_free(c->ctx, f);
    return s;
}

frs_status cmd_export(cmd *c) {
    const cmd_options *o = c->o;
    char *from = NULL;
    if (!o->out) return frs__fail(c->ctx, FRS_E_ARG, _("--out is missing: where shall it go?"));
    if (o->to && strcmp(o->to, "pytorch") != 0)
        return frs__fail(c->ctx, FRS_E_ARG, _("--to %s is for records: freshet convert"), o->to);
    FRS_TRY(cmd_may_write(c, o->out));
    frs_status s = find_net(c, &from);
    if (s == FRS_OK) s = export_net(c, from);
    frs__free(c->ctx, from);
    FRS_TRY(s);
    const term_fact facts[] = {{"path", _("To"), o->out}};
    term_facts(&c->t, "done", facts, 1);
    return FRS_OK;
}
