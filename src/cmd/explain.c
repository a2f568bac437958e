/* --explain: which kernel computes which node of each net of the run. */
#include "cmd/cmd.h"
#include "freshet/forecaster.h"

frs_status cmd_explain(cmd *c, const char *folder) {
    for (int64_t k = 0; k < frs_n_forecasters(); k++) {
        const frs_forecaster_def *def = frs_forecaster_at(k);
        frs_forecaster *f = NULL;
        char *text = NULL, *path = frs__asprintf(c->ctx, "%s/models/%s.frs", folder, def->name);
        if (!path) return FRS_E_NOMEM;
        frs_status s = FRS_OK;
        if (def->explain && frs__exists(path)) s = frs_forecaster_load(c->ctx, path, &f);
        if (s == FRS_OK && f) s = def->explain(c->ctx, f, &text);
        if (s == FRS_OK && text) term_text(&c->t, "explain", text);
        frs_text_free(c->ctx, text);
        frs_forecaster_free(c->ctx, f);
        frs__free(c->ctx, path);
        FRS_TRY(s);
    }
    return FRS_OK;
}
