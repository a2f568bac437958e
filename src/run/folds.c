/* Cross-validation over sites: the sites are dealt into k parts by a permutation of the seed, and
 * each part in its turn is the test of models that were trained, and chosen, on the others: what
 * the models are worth at an ungauged site. Periods hold as ever, so a test may lie in other years
 * and at other sites, or at other sites alone. */
#include "run/run_data.h"
#include "run/several.h"
#include <string.h>

/* The fold, from 1, of site i of n. */
static int64_t fold_of(const frs_config *c, int64_t n, int64_t i) {
    const frs_rng rng = {(uint64_t)frs_config_int(c, "seed"), FRS_RNG_SELECT, 0};
    return frs__rng_permute(rng, n, i) % frs_config_int(c, "site_folds") + 1;
}

static frs_status check_folds(frs_ctx *ctx, const frs_config *c, int64_t n_sites) {
    static const char *const lists[] = {"validation_basin_file", "test_basin_file"};
    const int64_t folds = frs_config_int(c, "site_folds"), fold = frs_config_int(c, "site_fold");
    char where[512];
    if (fold > folds)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: there are %lld folds (site_folds)"),
                         frs_config_where(c, "site_fold", where), (long long)folds);
    if (folds == 0) return FRS_OK;
    if (folds < 2 || folds > n_sites)
        return frs__fail(
            ctx, FRS_E_INPUT, _("%s: expected from 2 to %lld, the number of sites, found %lld"),
            frs_config_where(c, "site_folds", where), (long long)n_sites, (long long)folds);
    for (int i = 0; i < 2; i++)
        if (frs_config_has(c, lists[i]))
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: site_folds says itself which sites are the test: leave this "
                               "list out"),
                             frs_config_where(c, lists[i], where));
    return FRS_OK;
}

static frs_status keep(frs_ctx *ctx, const frs_config *c, const frs_sites *all, bool test,
                       frs_sites *out) {
    const int64_t fold = frs_config_int(c, "site_fold");
    int64_t *index = frs__alloc(ctx, all->n, sizeof *index);
    if (!index) return FRS_E_NOMEM;
    frs__free(ctx, out->index);
    out->index = index;
    out->n = 0;
    for (int64_t i = 0; i < all->n; i++)
        if ((fold_of(c, all->n, i) == fold) == test) index[out->n++] = all->index[i];
    return FRS_OK;
}

frs_status frs__run_fold(frs_ctx *ctx, const frs_config *c, frs_run_data *d) {
    FRS_TRY(check_folds(ctx, c, d->training_sites.n));
    if (frs_config_int(c, "site_fold") == 0) return FRS_OK;
    const frs_sites all = d->training_sites;
    d->training_sites.index = NULL;
    frs_status s = keep(ctx, c, &all, false, &d->training_sites);
    if (s == FRS_OK) s = keep(ctx, c, &all, false, &d->validation_sites);
    if (s == FRS_OK) s = keep(ctx, c, &all, true, &d->test_sites);
    frs__free(ctx, all.index);
    return s;
}

/* ---- all folds */

static frs_status add_fold(frs_job *j, int64_t fold, frs_buf *scores, frs_buf *folds) {
    char folder[40], last[64] = "", *f[FRS_SCORE_FIELDS];
    frs_csv csv = {0};
    bool more = true;
    snprintf(folder, sizeof folder, "fold-%lld", (long long)fold);
    frs_status s = frs__part_scores(j, folder, &csv);
    while (s == FRS_OK && more) {
        s = frs__part_score(&csv, f, &more);
        if (s != FRS_OK || !more) break;
        frs__put_fields(scores, f);
        if (strcmp(last, f[0]) == 0) continue;
        snprintf(last, sizeof last, "%.63s", f[0]);
        frs__csv_text(folds, true, f[0]);
        frs__csv_int(folds, fold);
        frs__csv_end(folds);
    }
    frs__csv_close(&csv);
    return s;
}

static frs_status join(frs_job *j, int64_t n) {
    frs_buf scores = {.ctx = j->ctx}, folds = {.ctx = j->ctx};
    frs_status s = FRS_OK;
    frs__buf_add(&scores, FRS_SCORES_HEADER FRS_SUBSET_COLUMN "\n");
    frs__buf_add(&folds, "site,fold\n");
    for (int64_t i = 1; i <= n && s == FRS_OK; i++) s = add_fold(j, i, &scores, &folds);
    if (s == FRS_OK) s = frs__run_save(j, "scores.csv", &scores);
    if (s == FRS_OK) s = frs__run_save(j, "folds.csv", &folds);
    frs__buf_free(&scores);
    frs__buf_free(&folds);
    return s;
}

static frs_status page(frs_job *j, int64_t n) {
    frs__joint_part *parts = frs__alloc(j->ctx, n, sizeof *parts);
    if (!parts) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        parts[i].number = i + 1;
        snprintf(parts[i].folder, sizeof parts[i].folder, "fold-%lld", (long long)i + 1);
    }
    const frs_status s = frs__run_joint(j, parts, n, frs__joint_folds);
    frs__free(j->ctx, parts);
    return s;
}

frs_status frs__run_folds(frs_job *j, frs__runner run) {
    const int64_t n = frs_config_int(j->config, "site_folds");
    char set[40];
    for (int64_t i = 1; i <= n; i++) {
        frs__part part = {.sets = {set}, .n_sets = 1};
        snprintf(part.folder, sizeof part.folder, "fold-%lld", (long long)i);
        snprintf(part.title, sizeof part.title, _("fold %lld of %lld"), (long long)i, (long long)n);
        snprintf(set, sizeof set, "site_fold=%lld", (long long)i);
        FRS_TRY(frs__run_part(j, &part, run));
    }
    if (j->o->stages & FRS_STAGE_EVALUATE) FRS_TRY(join(j, n));
    return j->o->stages & FRS_STAGE_REPORT ? page(j, n) : FRS_OK;
}
