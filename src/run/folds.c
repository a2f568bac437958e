/* Cross-validation over sites: the sites are dealt into k parts by a permutation of the seed, and
 * each part in its turn is the test of models that were trained, and chosen, on the others: what
 * the models are worth at an ungauged site. Periods hold as ever, so a test may lie in other years
 * and at other sites, or at other sites alone. */
#include "report/csv.h"
#include "report/files.h"
#include "run/run_data.h"
#include "run/run_internal.h"
#include <string.h>
#include <unistd.h>

bool frs__run_has_folds(const frs_config *c) {
    return frs_config_int(c, "site_folds") > 0 && frs_config_int(c, "site_fold") == 0;
}

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

enum { COLUMNS = 10 }; /* of FRS_SCORES_HEADER */
/* Test scores of one fold's run at the end of the whole's; sites go into `folds`. */
static frs_status add_scores(frs_job *j, int64_t fold, frs_csv *csv, frs_buf *scores,
                             frs_buf *folds) {
    char *f[COLUMNS], last[64] = "";
    bool more = true;
    frs_status s = frs__csv_row(csv, f, COLUMNS, &more); /* the header */
    while (s == FRS_OK && more) {
        s = frs__csv_row(csv, f, COLUMNS, &more);
        if (s != FRS_OK || !more || strcmp(f[3], "test") != 0) continue;
        for (int i = 0; i < COLUMNS; i++) frs__csv_text(scores, i == 0, f[i]);
        frs__csv_end(scores);
        if (strcmp(last, f[0]) == 0) continue;
        snprintf(last, sizeof last, "%.63s", f[0]);
        frs__csv_text(folds, true, f[0]);
        frs__csv_int(folds, fold);
        frs__csv_end(folds);
    }
    (void)j;
    return s;
}

static frs_status read_fold(frs_job *j, int64_t fold, frs_buf *scores, frs_buf *folds) {
    char *path = frs__asprintf(j->ctx, "%s/fold-%lld/scores.csv", j->dir, (long long)fold);
    frs_csv csv = {0};
    bool there = false;
    if (!path) return FRS_E_NOMEM;
    frs_status s = frs__csv_open(j->ctx, path, FRS_SCORES_HEADER, &there, &csv);
    if (s == FRS_OK && !there)
        s = frs__fail(j->ctx, FRS_E_IO, _("%s: there is no such file"), path);
    if (s == FRS_OK) s = add_scores(j, fold, &csv, scores, folds);
    frs__csv_close(&csv);
    frs__free(j->ctx, path);
    return s;
}

static frs_status save(frs_job *j, const char *name, frs_buf *b) {
    char *path = frs__run_path(j, name);
    frs_status s = path ? frs__buf_status(b) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_file(j->ctx, path, b->data, b->n);
    frs__free(j->ctx, path);
    return s;
}

static frs_status join(frs_job *j, int64_t n) {
    frs_buf scores = {.ctx = j->ctx}, folds = {.ctx = j->ctx};
    frs_status s = FRS_OK;
    frs__buf_add(&scores, FRS_SCORES_HEADER FRS_SUBSET_COLUMN "\n");
    frs__buf_add(&folds, "site,fold\n");
    for (int64_t i = 1; i <= n && s == FRS_OK; i++) s = read_fold(j, i, &scores, &folds);
    if (s == FRS_OK) s = save(j, "scores.csv", &scores);
    if (s == FRS_OK) s = save(j, "folds.csv", &folds);
    frs__buf_free(&scores);
    frs__buf_free(&folds);
    return s;
}

typedef frs_status (*runner)(frs_ctx *, const frs_run_opts *, char **);

/* One fold in its own folder; a resumed run does not do again what is finished. */
static frs_status one_fold(frs_job *j, int64_t fold, runner run) {
    char set[40], *made = NULL;
    char *dir = frs__asprintf(j->ctx, "%s/fold-%lld", j->dir, (long long)fold);
    char *done = dir ? frs__path_join(j->ctx, dir, "scores.csv") : NULL;
    char *begun = dir ? frs__path_join(j->ctx, dir, "config.yml") : NULL;
    frs_config *c = NULL;
    const char *sets[1] = {set};
    snprintf(set, sizeof set, "site_fold=%lld", (long long)fold);
    frs_status s = done && begun ? FRS_OK : FRS_E_NOMEM;
    const bool there = s == FRS_OK && frs__exists(begun);
    const bool skip = j->o->resume && there && frs__exists(done);
    if (s == FRS_OK && !skip) s = frs_config_with(j->config, sets, 1, &c);
    if (s == FRS_OK && !skip) {
        frs__log(j->ctx, FRS_LOG_INFO, _("fold %lld of %lld"), (long long)fold,
                 (long long)frs_config_int(c, "site_folds"));
        const frs_run_opts o = {.config = there ? NULL : c,
                                .run_dir = dir,
                                .resume = j->o->resume && there,
                                .stages = j->o->stages,
                                .command = j->o->command};
        s = run(j->ctx, &o, &made);
        if (s != FRS_OK) s = frs__fail_in(j->ctx, s, _("fold %lld"), (long long)fold);
    }
    if (made && frs__is_dir(made)) j->started = true;
    frs_text_free(j->ctx, made);
    frs_config_free(c);
    frs__free(j->ctx, begun);
    frs__free(j->ctx, done);
    frs__free(j->ctx, dir);
    return s;
}

frs_status frs__run_folds(frs_job *j, runner run) {
    const int64_t n = frs_config_int(j->config, "site_folds");
    char *models = frs__run_path(j, "models"); /* each fold has its own */
    if (models) rmdir(models);
    frs__free(j->ctx, models);
    for (int64_t i = 1; i <= n; i++) FRS_TRY(one_fold(j, i, run));
    return j->o->stages & FRS_STAGE_EVALUATE ? join(j, n) : FRS_OK;
}
