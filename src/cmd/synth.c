/* synth: the record of a synthetic catchment, and its truth beside it. */
#include "cmd/cmd.h"
#include "freshet/io.h"
#include <string.h>

static frs_status write_one(cmd *c, const char *path, const frs_series *s) {
    FRS_TRY(cmd_may_write(c, path));
    return frs_write_csv(c->ctx, path, s);
}

static frs_status write_both(cmd *c, const char *out, const frs_series *s,
                             const frs_series *truth) {
    char *record = frs__asprintf(c->ctx, "%s/%s.csv", out, s->site);
    char *hidden = frs__asprintf(c->ctx, "%s/truth/%s.csv", out, s->site);
    frs_status status = record && hidden ? FRS_OK : FRS_E_NOMEM;
    if (status == FRS_OK) status = write_one(c, record, s);
    if (status == FRS_OK) status = write_one(c, hidden, truth);
    frs__free(c->ctx, record);
    frs__free(c->ctx, hidden);
    return status;
}

frs_status cmd_synth_write(cmd *c, const frs_synth_opts *o, const char *out, const char *site,
                           cmd_truth *keep) {
    frs_series s = {0}, truth = {0};
    char *folder = frs__path_join(c->ctx, out, "truth");
    frs_status status = folder ? frs__mkdirs(c->ctx, folder) : FRS_E_NOMEM;
    frs__free(c->ctx, folder);
    if (status == FRS_OK) status = frs_synth(c->ctx, o, site, &s, &truth);
    if (status == FRS_OK) status = write_both(c, out, &s, &truth);
    if (status == FRS_OK && keep) {
        *keep = (cmd_truth){s, truth};
        return FRS_OK;
    }
    frs_series_free(c->ctx, &s);
    frs_series_free(c->ctx, &truth);
    return status;
}

frs_status cmd_synth(cmd *c) {
    const cmd_options *o = c->o;
    const char *out = o->out ? o->out : "synthetic";
    const int64_t n = o->catchments < 0 ? 1 : o->catchments;
    const frs_synth_opts so = {.seed = o->seed < 0 ? 0 : (uint64_t)o->seed,
                               .years = o->years < 0 ? 0 : o->years};
    if (n < 1 || n > 10000 || o->years == 0)
        return frs__fail(c->ctx, FRS_E_ARG, _("--%s: expected 1 or more, at most 10000"),
                         o->years == 0 ? "years" : "catchments");
    for (int64_t i = 0; i < n; i++) {
        char site[32];
        snprintf(site, sizeof site, "synthetic-%lld", (long long)(i + 1));
        if (frs__cancelled(c->ctx)) return frs__fail(c->ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(cmd_synth_write(c, &so, out, site, NULL));
    }
    char count[32];
    snprintf(count, sizeof count, "%lld", (long long)n);
    const term_fact facts[] = {{"sites", _("Sites written"), count}, {"path", _("To"), out}};
    term_facts(&c->t, "done", facts, 2);
    return FRS_OK;
}
