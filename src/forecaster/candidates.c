/* The forecasters that a config can name. */
#include "forecaster/forecaster.h"
#include "forecaster/layered_net.h"
#include <string.h>

extern const frs_forecaster_def frs__net;

static int64_t n_nets(const frs_config *c) {
    const frs_part *nets = frs_config_part(c, "nets");
    return nets && frs_part_form(nets) == FRS_FORM_MAP ? frs_part_count(nets) : 0;
}

int64_t frs__n_candidates(const frs_config *c) {
    return frs_n_forecasters() + n_nets(c);
}

frs_candidate frs__candidate_at(const frs_config *c, int64_t i) {
    const int64_t n = frs_n_forecasters();
    if (i < n) return (frs_candidate){frs_forecaster_at(i), frs_forecaster_at(i)->name};
    return (frs_candidate){&frs__net, frs_part_name(frs_config_part(c, "nets"), i - n)};
}

frs_candidate frs__candidate_find(const frs_config *c, const char *name) {
    for (int64_t i = 0; i < frs__n_candidates(c); i++) {
        const frs_candidate k = frs__candidate_at(c, i);
        if (strcmp(k.name, name) == 0) return k;
    }
    return (frs_candidate){0};
}

/* NeuralHydrology has two names for the LSTM. */
frs_candidate frs__candidate_model(const frs_config *c) {
    const frs_part *p = frs_config_part(c, "model");
    if (p && frs_part_form(p) == FRS_FORM_LIST) return (frs_candidate){&frs__net, frs__net.name};
    const frs_candidate named = frs__candidate_find(c, frs_config_text(c, "model"));
    return named.def ? named : frs__candidate_find(c, "lstm");
}

/* ---- nets */

/* "cnn_2" beside "cnn": the name of a member, were that an ensemble. */
static bool like_member(const frs_config *c, const char *name) {
    const char *end = strrchr(name, '_');
    char whose[FRS_NET_NAME + 1] = "";
    if (!end || !end[1] || end[1 + strspn(end + 1, "0123456789")]) return false;
    memcpy(whose, name, (size_t)(end - name));
    return frs__candidate_find(c, whose).def;
}

static frs_status good_name(frs_ctx *ctx, const frs_config *c, const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    char where[512];
    const size_t n = strlen(name);
    if (n < 1 || n > FRS_NET_NAME || strspn(name, allowed) != n)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: '%.60s': a name has 1 to %d letters, digits, '_' or '-'"),
                         frs_config_where(c, "nets", where), name, FRS_NET_NAME);
    if (like_member(c, name))
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: '%s' is what a member of an ensemble is called; name it otherwise"),
                         frs_config_where(c, "nets", where), name);
    if (!frs_forecaster_find(name) && strcmp(name, "members_mean") != 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT, _("%s: there is a forecaster '%s' already"),
                     frs_config_where(c, "nets", where), name);
}

/* shapes: whether they fit each other, too */
static frs_status check_net(frs_ctx *ctx, const frs_config *c, const char *name, const frs_task *t,
                            bool shapes) {
    const frs_layered_sizes sizes = frs__layered_sizes(c, t);
    frs_net *layers = NULL;
    frs_model *m = NULL;
    frs_status s = frs__layered_read(ctx, c, t, &name, &layers);
    if (s == FRS_OK && shapes) s = frs__layered_model(ctx, layers, &sizes, 0, &m);
    frs_model_free(m);
    frs_net_free(layers);
    return s;
}

frs_status frs__nets_check(frs_ctx *ctx, const frs_config *c, const frs_task *t) {
    const frs_part *nets = frs_config_part(c, "nets");
    char where[512];
    if (nets && frs_part_form(nets) != FRS_FORM_MAP)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: expected {name: [layers]}, found '%.80s'"),
                         frs_config_where(c, "nets", where), frs_part_text(nets));
    for (int64_t i = 0; i < n_nets(c); i++) {
        FRS_TRY(good_name(ctx, c, frs_part_name(nets, i)));
        FRS_TRY(check_net(ctx, c, frs_part_name(nets, i), t, false));
    }
    const bool own = frs__candidate_model(c).def == &frs__net;
    return own ? check_net(ctx, c, NULL, t, false) : FRS_OK;
}

frs_status frs__candidate_check(frs_ctx *ctx, const frs_config *c, frs_candidate k,
                                const frs_task *t) {
    return k.def == &frs__net ? check_net(ctx, c, k.name, t, true) : FRS_OK;
}

frs_status frs__candidate_fit(frs_ctx *ctx, frs_candidate k, const frs_fit_args *a,
                              frs_forecaster **f) {
    frs_fit_args own = *a;
    own.name = k.name;
    return k.def->fit(ctx, &own, f);
}

const char *frs__candidate_title(frs_candidate k) {
    return strcmp(k.name, k.def->name) == 0 ? _(k.def->title) : k.name;
}

void frs__candidate_names(const frs_config *c, frs_buf *b) {
    for (int64_t i = 0; i < frs__n_candidates(c); i++)
        frs__buf_printf(b, "%s%s", i ? ", " : "", frs__candidate_at(c, i).name);
}
