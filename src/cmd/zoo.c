/* zoo: named nets; which there are, and their layers. */
#include "freshet/zoo.h"
#include "cmd/zoo.h"
#include <string.h>

static frs_status list(cmd *c) {
    term_table tab = {.memory = {.ctx = c->ctx},
                      .name = "net",
                      .n_columns = 5,
                      .columns = {{"name", _("Name"), false},
                                  {"title", _("Net"), false},
                                  {"year", _("Year"), true},
                                  {"parameters", _("Parameters"), true},
                                  {"source", _("Source"), false}}};
    for (int64_t i = 0; frs_zoo_list(i); i++) {
        const frs_zoo_net *z = frs_zoo_list(i);
        char year[16], parameters[32];
        snprintf(year, sizeof year, "%d", z->year);
        snprintf(parameters, sizeof parameters, "%lld", (long long)z->parameters);
        const char *cells[] = {z->name, z->title, year, parameters, z->source};
        term_row(&tab, cells);
    }
    return term_table_print(&c->t, &tab, c->o->csv);
}

static frs_status show(cmd *c, const char *name) {
    const frs_zoo_opts o = {.height = c->o->size > 0 ? c->o->size : 0,
                            .width = c->o->size > 0 ? c->o->size : 0};
    frs_net *net = NULL;
    char *text = NULL;
    FRS_TRY(frs_zoo_new(c->ctx, name, &o, &net));
    const frs_zoo_net *z = frs_zoo_find(name);
    frs_status s = frs_net_summary(net, c->o->batch > 0 ? c->o->batch : 1, &text);
    if (s == FRS_OK) {
        const term_fact facts[] = {{"title", _("Net"), z->title},
                                   {"source", _("Source"), z->source}};
        term_facts(&c->t, "net", facts, 2);
        term_text(&c->t, "layers", text);
    }
    frs_text_free(c->ctx, text);
    frs_net_free(net);
    return s;
}

/* Options that `action` has no use for are not passed over in silence. */
static frs_status fits(cmd *c, const char *action) {
    const cmd_options *o = c->o;
    const bool train = strcmp(action, "train") == 0, list_them = strcmp(action, "list") == 0;
    const struct {
        const char *name;
        bool given, goes;
    } options[] = {
        {"out", o->out != NULL, train || strcmp(action, "bench") == 0},
        {"csv", o->csv, strcmp(action, "show") != 0},
        {"size", o->size >= 0, !list_them},
        {"batch", o->batch >= 0, train || strcmp(action, "show") == 0},
        {"force", o->force, train},
        {"seed", o->seed >= 0, train},
        {"data", o->data != NULL, train},
        {"seeds", o->seeds >= 0, train},
        {"epochs", o->epochs >= 0, train},
        {"rate", o->rate != NULL, train},
        {"augment", o->augment, train},
        {"test", o->test >= 0, train},
        {"validation", o->validation >= 0, train},
        {"samples", o->samples >= 0, train},
    };
    for (int64_t i = 0; i < FRS_LEN(options); i++)
        if (options[i].given && !options[i].goes)
            return frs__fail(c->ctx, FRS_E_ARG, _("`freshet zoo %s` has no option --%s"), action,
                             options[i].name);
    return FRS_OK;
}

frs_status cmd_zoo(cmd *c) {
    static const struct {
        const char *name;
        int64_t least, most; /* nets named */
    } actions[] = {{"list", 0, 0}, {"show", 1, 1}, {"bench", 0, 98}, {"train", 1, 1}};
    const cmd_list *a = &c->o->args;
    int which = -1;
    for (int i = 0; i < (int)FRS_LEN(actions); i++)
        if (strcmp(a->at[0], actions[i].name) == 0) which = i;
    if (which < 0)
        return frs__fail(c->ctx, FRS_E_ARG,
                         _("freshet zoo: expected list, show, bench or train, found '%.40s'"),
                         a->at[0]);
    FRS_TRY(fits(c, a->at[0]));
    if (a->n - 1 < actions[which].least || a->n - 1 > actions[which].most)
        return frs__fail(c->ctx, FRS_E_ARG,
                         actions[which].most
                             ? _("freshet zoo %s: which net? `freshet zoo list` names them")
                             : _("freshet zoo %s takes no net"),
                         a->at[0]);
    if (which == 0) return list(c);
    if (which == 1) return show(c, a->at[1]);
    if (which == 2) return cmd_zoo_bench(c, a->at + 1, a->n - 1);
    return cmd_zoo_train(c, a->at[1]);
}
