/* The winner of a search as an ordinary run, whose test period is scored there for the first time.
 */
#include "run/tune_internal.h"
#include <string.h>
#include <unistd.h>

/* A file of the folder also under winner/: the same file where the file system can, else the run
 * makes its own. */
static frs_status share(const frs_tune *t, const char *winner, const char *name) {
    char *from = frs__tune_path(t, name), *to = frs__path_join(t->ctx, winner, name);
    const frs_status s = from && to ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK && !frs__exists(to) && link(from, to) != 0)
        frs__log(t->ctx, FRS_LOG_DEBUG, "%s: no link to %s", to, from);
    frs__free(t->ctx, from);
    frs__free(t->ctx, to);
    return s;
}

/* Does this forecaster stand beside the tuned one? Those of the config; where it names none, the
 * baselines. */
static bool beside(const frs_tune *t, frs_candidate k) {
    const int64_t n = frs_config_list_count(t->config, "forecasters");
    const bool forecast = strcmp(frs_config_text(t->config, "task"), "forecast") == 0;
    const frs_task task = {.kind = forecast ? FRS_FORECAST : FRS_SIMULATION,
                           .past_target = forecast};
    for (int64_t i = 0; i < n; i++)
        if (strcmp(frs_config_list_at(t->config, "forecasters", i), k.name) == 0) return true;
    return n == 0 && k.def->baseline && k.def->serves(&task);
}

/* The winner's forecasters, the tuned one among them. NULL: the config says nothing of them, and
 * the net that it names is the tuned one. */
static frs_status forecasters(const frs_tune *t, char **set) {
    frs_buf b = {.ctx = t->ctx};
    *set = NULL;
    if (!frs_config_has(t->config, "forecasters") && !frs_config_has(t->config, "tune.forecaster"))
        return FRS_OK;
    frs__buf_printf(&b, "forecasters=[%s", t->tuned.name);
    for (int64_t i = 0; i < frs__n_candidates(t->config); i++) {
        const frs_candidate k = frs__candidate_at(t->config, i);
        if (strcmp(k.name, t->tuned.name) != 0 && beside(t, k)) frs__buf_printf(&b, ", %s", k.name);
    }
    frs__buf_add(&b, "]");
    const frs_status s = frs__buf_status(&b);
    if (s == FRS_OK)
        *set = b.data;
    else
        frs__buf_free(&b);
    return s;
}

/* The config of the winner: its values, and nothing of the search. */
static frs_status winner_config(frs_tune *t, int64_t number, frs_config **c) {
    const char *more[] = {"tune.search=",     "tune.trials=", "tune.method=",
                          "tune.metric=",     "tune.eta=",    "tune.min_epochs=",
                          "tune.forecaster=", NULL,           NULL};
    frs_arena memory = {.ctx = t->ctx};
    const char **sets;
    char *list = NULL;
    int64_t n;
    frs_status s = forecasters(t, &list);
    more[FRS_LEN(more) - 2] = list;
    if (s == FRS_OK) s = frs__trial_sets(&memory, t->config, number, more, &sets, &n);
    if (s == FRS_OK) s = frs_config_load(t->ctx, frs_config_file(t->config), sets, n, c);
    frs_text_free(t->ctx, list);
    frs__arena_free(&memory);
    return s;
}

static frs_status run_winner(frs_tune *t, const frs_config *c, const char *dir) {
    char *command = frs__asprintf(t->ctx, "freshet run %s/config.yml", dir);
    char *folder = NULL;
    if (!command) return FRS_E_NOMEM;
    const frs_run_opts o = {
        .config = c, .run_dir = dir, .resume = true, .stages = FRS_STAGE_ALL, .command = command};
    const frs_status s = frs_run(t->ctx, &o, &folder);
    frs_text_free(t->ctx, folder);
    frs__free(t->ctx, command);
    return s;
}

static frs_status make_winner(frs_tune *t, int64_t number) {
    char *dir = frs__tune_path(t, "winner");
    char *made = dir ? frs__path_join(t->ctx, dir, "report.html") : NULL;
    frs_config *c = NULL;
    frs_status s = made ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK && !frs__exists(made)) { /* the test period is scored once */
        s = frs__mkdirs(t->ctx, dir);
        if (s == FRS_OK) s = share(t, dir, "data.frs");
        if (s == FRS_OK) s = share(t, dir, "findings.csv");
        if (s == FRS_OK) s = winner_config(t, number, &c);
        if (s == FRS_OK) s = run_winner(t, c, dir);
    }
    frs_config_free(c);
    frs__free(t->ctx, made);
    frs__free(t->ctx, dir);
    return s;
}

/* Every trial failed: why the first did. */
static frs_status none(const frs_tune *t) {
    for (int64_t i = 0; i < t->n_trials; i++)
        if (t->trials[i].status == FRS_TRIAL_FAILED)
            return frs__fail(t->ctx, FRS_E_INPUT,
                             _("%s: no trial could be trained and scored; trial %lld: %s"),
                             t->folder, (long long)t->trials[i].number, t->trials[i].message);
    return frs__fail(t->ctx, FRS_E_INPUT, _("%s: no trial is done"), t->folder);
}

frs_status frs_tune_finish(frs_tune *t) {
    int64_t left;
    FRS_TRY(frs_tune_next(t, &left));
    if (left > 0)
        return frs__fail(t->ctx, FRS_E_ARG, _("%s: the search is not over: %lld trials are left"),
                         t->folder, (long long)left);
    const int64_t w = frs__tune_winner(t);
    if (w < 0) return none(t);
    FRS_TRY(make_winner(t, t->trials[w].number));
    return frs__tune_page(t);
}
