/* A part of a run of several, and what is read from it afterwards. */
#include "run/several.h"
#include <string.h>
#include <unistd.h>

/* ---- one part */

/* The part's own run wrote its own log; the whole's goes on. */
static void log_again(frs_job *j) {
    char *path = frs__run_path(j, "log.txt");
    if (path && frs__exists(path)) frs__log_to(j->ctx, path);
    frs__free(j->ctx, path);
}

/* begun: the folder has a config already. */
static frs_status do_part(frs_job *j, const frs__part *part, const char *dir, bool begun,
                          frs__runner run) {
    char *made = NULL;
    frs_config *c = NULL;
    if (!begun) FRS_TRY(frs_config_with(j->config, part->sets, part->n_sets, &c));
    frs__log(j->ctx, FRS_LOG_INFO, "%s", part->title);
    const frs_run_opts o = {.config = c,
                            .run_dir = dir,
                            .resume = j->o->resume && begun,
                            .stages = j->o->stages,
                            .command = j->o->command,
                            .sets = j->o->sets,
                            .n_sets = begun ? j->o->n_sets : 0};
    frs_status s = run(j->ctx, &o, &made);
    if (s != FRS_OK) s = frs__fail_in(j->ctx, s, "%s", part->title);
    log_again(j);
    frs_text_free(j->ctx, made);
    frs_config_free(c);
    return s;
}

frs_status frs__run_part(frs_job *j, const frs__part *part, frs__runner run) {
    char *dir = frs__run_path(j, part->folder),
         *done = dir ? frs__path_join(j->ctx, dir, "scores.csv") : NULL,
         *config = dir ? frs__path_join(j->ctx, dir, "config.yml") : NULL;
    frs_status s = done && config ? FRS_OK : FRS_E_NOMEM;
    const bool begun = s == FRS_OK && frs__exists(config);
    const bool finished = s == FRS_OK && begun && frs__exists(done);
    if (s == FRS_OK && !(j->o->resume && finished)) s = do_part(j, part, dir, begun, run);
    if (config && frs__exists(config)) j->started = true; /* a refused run leaves none */
    frs__free(j->ctx, config);
    frs__free(j->ctx, done);
    frs__free(j->ctx, dir);
    return s;
}

/* ---- all of them */

static bool by_years(const frs_config *c) {
    return frs_config_list_count(c, "learning_curve_years") > 0;
}

static bool by_folds(const frs_config *c) {
    return frs_config_int(c, "site_folds") > 0 && frs_config_int(c, "site_fold") == 0;
}

bool frs__run_is_several(const frs_config *c) {
    return by_years(c) || by_folds(c);
}

frs_status frs__run_several(frs_job *j, frs__runner run) {
    char where[512];
    if (by_years(j->config) && by_folds(j->config))
        return frs__fail(j->ctx, FRS_E_INPUT,
                         _("%s: not together with site_folds; site_fold makes it of one fold"),
                         frs_config_where(j->config, "learning_curve_years", where));
    char *models = frs__run_path(j, "models"); /* each part has its own */
    if (models) rmdir(models);
    frs__free(j->ctx, models);
    return by_years(j->config) ? frs__run_years(j, run) : frs__run_folds(j, run);
}

/* ---- scores */

frs_status frs__part_scores(frs_job *j, const char *folder, frs_csv *csv) {
    const int64_t room = (int64_t)(strlen(j->dir) + strlen(folder)) + 16;
    char *path = frs__arena_alloc(&j->memory, room, 1), *f[FRS_SCORE_FIELDS];
    bool there = false, more = true;
    if (!path) return FRS_E_NOMEM;
    snprintf(path, (size_t)room, "%s/%s/scores.csv", j->dir, folder);
    frs_status s = frs__csv_open(j->ctx, path, FRS_SCORES_HEADER, &there, csv);
    if (s == FRS_OK && !there)
        s = frs__fail(j->ctx, FRS_E_IO, _("%s: there is no such file"), path);
    return s == FRS_OK ? frs__csv_row(csv, f, FRS_SCORE_FIELDS, &more) : s; /* the header */
}

frs_status frs__part_score(frs_csv *csv, char **f, bool *more) {
    do FRS_TRY(frs__csv_row(csv, f, FRS_SCORE_FIELDS, more));
    while (*more && strcmp(f[3], "test") != 0);
    return FRS_OK;
}

void frs__put_fields(frs_buf *b, char *const *f) {
    for (int i = 0; i < FRS_SCORE_FIELDS; i++) frs__csv_text(b, i == 0, f[i]);
    frs__csv_end(b);
}

frs_status frs__run_save(frs_job *j, const char *name, frs_buf *b) {
    char *path = frs__run_path(j, name);
    frs_status s = path ? frs__buf_status(b) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_file(j->ctx, path, b->data, b->n);
    frs__free(j->ctx, path);
    return s;
}
