/* --explain: which kernel computes which node of each net of the run. */
#include "cmd/cmd.h"
#include "forecaster/forecaster.h"

static frs_status explain_one(cmd *c, const char *folder, frs_candidate k) {
    frs_forecaster *f = NULL;
    char *text = NULL, *path = frs__asprintf(c->ctx, "%s/models/%s.frs", folder, k.name);
    if (!path) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (k.def->explain && frs__exists(path)) s = frs_forecaster_load(c->ctx, path, &f);
    if (s == FRS_OK && f) s = k.def->explain(c->ctx, f, &text);
    if (s == FRS_OK && text) term_text(&c->t, "explain", text);
    frs_text_free(c->ctx, text);
    frs_forecaster_free(c->ctx, f);
    frs__free(c->ctx, path);
    return s;
}

frs_status cmd_explain(cmd *c, const char *folder) {
    frs_config *config = NULL;
    char *path = frs__path_join(c->ctx, folder, "config.yml");
    if (!path) return FRS_E_NOMEM;
    frs_status s = frs_config_load(c->ctx, path, NULL, 0, &config);
    for (int64_t i = 0; s == FRS_OK && i < frs__n_candidates(config); i++)
        s = explain_one(c, folder, frs__candidate_at(config, i));
    frs_config_free(config);
    frs__free(c->ctx, path);
    return s;
}
