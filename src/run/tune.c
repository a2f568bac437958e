/* Tuning from config to winner: the folder, the rungs, the work on trials, the choice. */
#include "report/view.h"
#include "run/several.h"
#include "run/tune_internal.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

char *frs__tune_path(const frs_tune *t, const char *name) {
    return frs__path_join(t->ctx, t->folder, name);
}

/* ---- what is asked */

static bool searched(const frs_config *c, const char *key) {
    for (int64_t i = 0; i < frs_config_n_spaces(c); i++)
        if (strcmp(frs_config_space_at(c, i)->key->name, key) == 0) return true;
    return false;
}

static frs_status no_such(frs_ctx *ctx, const frs_config *c, const char *key, bool score) {
    char where[512];
    frs_buf b = {.ctx = ctx};
    for (int64_t i = 0; score && i < frs_n_scores(); i++)
        frs__buf_printf(&b, "%s%s", i ? ", " : "", frs_score_at(i)->name);
    if (!score) frs__candidate_names(c, &b);
    const frs_status s =
        frs__fail(ctx, FRS_E_INPUT, _("%s: there is no '%.60s'; there are: %s"),
                  frs_config_where(c, key, where), frs_config_text(c, key), b.data ? b.data : "");
    frs__buf_free(&b);
    return s;
}

frs_status frs__tune_check(frs_ctx *ctx, const frs_config *c, frs_candidate *tuned,
                           const frs_score **score) {
    char where[512];
    if (frs_config_n_spaces(c) == 0)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: tune.search is missing: which keys shall be searched?"),
                         frs_config_file(c));
    if (frs__run_is_several(c))
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: a search is of one run: leave out site_folds (or give site_fold) "
                           "and learning_curve_years"),
                         frs_config_file(c));
    *score = frs_score_find(frs_config_text(c, "tune.metric"));
    if (!*score) return no_such(ctx, c, "tune.metric", true);
    *tuned = frs_config_has(c, "tune.forecaster")
                 ? frs__candidate_find(c, frs_config_text(c, "tune.forecaster"))
                 : frs__candidate_model(c);
    if (!tuned->def) return no_such(ctx, c, "tune.forecaster", false);
    if (strcmp(frs_config_text(c, "tune.method"), "halving") != 0) return FRS_OK;
    if (searched(c, "epochs"))
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: halving compares trials after so many epochs: leave epochs out of "
                           "tune.search, or take method: random"),
                         frs_config_where(c, "tune.search", where));
    if (!tuned->def->history)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: halving needs a forecaster that learns by epochs, and %s does not"),
                         frs_config_where(c, "tune.method", where), tuned->name);
    return FRS_OK;
}

/* ---- the folder */

static frs_status save_findings(const frs_tune *t, const frs_findings *f) {
    char *path = frs__tune_path(t, "findings.csv");
    if (!path) return FRS_E_NOMEM;
    const frs_report r = {.findings = *f};
    const frs_status s = frs_report_write_findings(t->ctx, &r, path);
    frs__free(t->ctx, path);
    return s;
}

/* The data read, checked and packed, once for all trials. */
static frs_status pack(const frs_tune *t, const frs_config *c) {
    char *store = frs__tune_path(t, "data.frs");
    frs_run_data d = {0};
    frs_findings f = {0};
    if (!store) return FRS_E_NOMEM;
    frs__remove(store); /* of a start that came to nothing */
    frs_status s = frs_run_data_open(t->ctx, c, store, &d, &f);
    if (s == FRS_OK) s = save_findings(t, &f);
    for (int64_t i = 0; s == FRS_OK && i < f.n; i++)
        frs__log(t->ctx, f.items[i].severity == FRS_NOTE ? FRS_LOG_DEBUG : FRS_LOG_WARN,
                 "%s: %s (%s)", f.items[i].site, f.items[i].text, f.items[i].action);
    if (s == FRS_OK) s = frs_findings_verdict(t->ctx, &f);
    if (s == FRS_OK && d.validation.first_s == INT64_MIN)
        s = frs__fail(t->ctx, FRS_E_INPUT,
                      _("%s: validation_start_date is missing: a search chooses on the validation "
                        "period"),
                      frs_config_file(c));
    if (s == FRS_OK && !t->tuned.def->serves(&d.task))
        s = frs__fail(t->ctx, FRS_E_INPUT, _("%s: %s does not serve this task"), frs_config_file(c),
                      t->tuned.name);
    frs_run_data_close(t->ctx, &d);
    frs_findings_free(t->ctx, &f);
    if (s != FRS_OK) frs__remove(store);
    frs__free(t->ctx, store);
    return s;
}

/* config.yml is written last: a folder that has one has everything before it. */
static frs_status begin(frs_tune *t, const frs_config *c, const char *path) {
    char *yaml = NULL;
    if (frs__exists(path))
        return frs__fail(t->ctx, FRS_E_INPUT,
                         _("%s: holds a tuning or a run already; go on with it by --resume %s, or "
                           "choose another folder by --out"),
                         t->folder, t->folder);
    FRS_TRY(pack(t, c));
    frs_status s = frs_config_write(c, &yaml);
    if (s == FRS_OK) s = frs__write_file(t->ctx, path, yaml, (int64_t)strlen(yaml));
    frs_text_free(t->ctx, yaml);
    return s;
}

/* The folder's own config and registry: what every process of the search works from. */
static frs_status open_folder(frs_tune *t, const char *config) {
    if (!frs__exists(config))
        return frs__fail(t->ctx, FRS_E_INPUT,
                         _("%s: not a folder of a tuning: it has no config.yml"), t->folder);
    FRS_TRY(frs_config_load(t->ctx, config, NULL, 0, &t->config));
    FRS_TRY(frs__tune_check(t->ctx, t->config, &t->tuned, &t->score));
    t->plan = frs__tune_plan(t->config);
    return frs__registry_open(t->ctx, t->folder, frs_config_hash(t->config), &t->registry);
}

static frs_status lock_folder(frs_tune *t, bool *made) {
    frs__sql sql;
    FRS_TRY(frs__sql_load(t->ctx, &sql)); /* said before anything is made */
    *made = !frs__is_dir(t->folder);
    FRS_TRY(frs__mkdirs(t->ctx, t->folder));
    FRS_TRY(frs__lock_dir(t->ctx, t->folder, &t->lock));
    t->locked = true;
    return FRS_OK;
}

/* Nothing of a refused start stays but findings.csv, which says why. */
static void undo(frs_tune *t, bool made) {
    char *lock = frs__tune_path(t, ".lock");
    if (lock) frs__remove(lock);
    frs__free(t->ctx, lock);
    if (made) rmdir(t->folder);
}

static frs_status start(frs_tune *t, const frs_tune_opts *o) {
    char *config = frs__tune_path(t, "config.yml");
    bool made = false;
    if (!config) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (o->config) s = frs__tune_check(t->ctx, o->config, &t->tuned, &t->score);
    if (s == FRS_OK && !o->config && !frs__is_dir(t->folder))
        s = frs__fail(t->ctx, FRS_E_INPUT, _("%s: no such folder"), t->folder);
    if (s == FRS_OK) s = lock_folder(t, &made);
    if (s == FRS_OK && o->config) {
        s = begin(t, o->config, config);
        if (s != FRS_OK && !frs__exists(config)) undo(t, made);
    }
    if (s == FRS_OK) s = frs__sweep(t->ctx, t->folder);
    if (s == FRS_OK) s = open_folder(t, config);
    frs__free(t->ctx, config);
    return s;
}

static frs_status new_tune(frs_ctx *ctx, const char *folder, frs_tune **t) {
    *t = frs__alloc(ctx, 1, sizeof **t);
    if (!*t) return FRS_E_NOMEM;
    (*t)->ctx = ctx;
    (*t)->folder = frs__strdup(ctx, folder);
    return (*t)->folder ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs_tune_open(frs_ctx *ctx, const frs_tune_opts *o, frs_tune **out) {
    frs_tune *t = NULL;
    frs_status s = new_tune(ctx, o->folder, &t);
    if (s == FRS_OK) s = start(t, o);
    if (s == FRS_OK)
        *out = t;
    else
        frs_tune_close(t);
    return s;
}

void frs_tune_close(frs_tune *t) {
    if (!t) return;
    frs_ctx *ctx = t->ctx;
    frs__registry_close(&t->registry);
    frs_config_free(t->config);
    if (t->locked) frs__unlock_dir(&t->lock);
    frs__free(ctx, t->trials);
    frs__free(ctx, t->folder);
    frs__free(ctx, t);
}

/* ---- the rungs */

/* The rows as they are now; what stands in the file is not trusted. */
static frs_status look(frs_tune *t) {
    int64_t first = 0;
    frs__free(t->ctx, t->trials);
    t->trials = NULL;
    FRS_TRY(frs__registry_list(&t->registry, &t->trials, &t->n_trials));
    for (int64_t i = 0; i < t->n_trials; i++) {
        const frs_trial *x = &t->trials[i];
        first += x->rung == 0;
        if (x->rung >= t->plan.n || x->number >= t->plan.trials[0] ||
            x->epochs != t->plan.epochs[x->rung])
            return frs__fail(t->ctx, FRS_E_FORMAT, _("%s: trial %lld, rung %lld is not planned"),
                             t->registry.path, (long long)x->number, (long long)x->rung);
    }
    if (t->n_trials == 0 || first == t->plan.trials[0]) return FRS_OK;
    return frs__fail(t->ctx, FRS_E_FORMAT, _("%s: %lld trials, expected %lld"), t->registry.path,
                     (long long)first, (long long)t->plan.trials[0]);
}

static bool over(const frs_trial *x) {
    return x->status == FRS_TRIAL_DONE || x->status == FRS_TRIAL_FAILED;
}

bool frs__tune_better(const frs_tune *t, double a, double b) {
    if (isnan(a)) return false;
    return isnan(b) || frs__goodness(t->score->name, a) > frs__goodness(t->score->name, b);
}

static int64_t last_rung(const frs_tune *t) {
    return t->n_trials ? t->trials[t->n_trials - 1].rung : -1;
}

int64_t frs__tune_winner(const frs_tune *t) {
    int64_t best = -1;
    for (int64_t rung = last_rung(t); rung >= 0 && best < 0; rung--)
        for (int64_t i = 0; i < t->n_trials; i++) {
            const frs_trial *x = &t->trials[i];
            if (x->rung != rung || x->status != FRS_TRIAL_DONE) continue;
            if (best < 0 || frs__tune_better(t, x->score, t->trials[best].score)) best = i;
        }
    return best;
}

/* The rows of a rung: all trials, or the best of the rung before; of equals the lowest number. */
static frs_status rows_of_rung(const frs_tune *t, int64_t rung, frs_trial *rows, int64_t *n) {
    *n = 0;
    if (rung == 0)
        for (; *n < t->plan.trials[0]; ++*n)
            rows[*n] = (frs_trial){.number = *n, .epochs = t->plan.epochs[0]};
    for (int64_t i = 0; rung > 0 && i < t->n_trials; i++) {
        const frs_trial *x = &t->trials[i];
        if (x->rung != rung - 1 || x->status != FRS_TRIAL_DONE) continue;
        int64_t k = (*n)++; /* insertion: after its equals, which have lower numbers */
        for (; k > 0 && frs__tune_better(t, x->score, rows[k - 1].score); k--)
            rows[k] = rows[k - 1];
        rows[k] = *x;
        if (*n > t->plan.trials[rung]) --*n;
    }
    for (int64_t i = 0; rung > 0 && i < *n; i++)
        rows[i] =
            (frs_trial){.number = rows[i].number, .rung = rung, .epochs = t->plan.epochs[rung]};
    return FRS_OK;
}

static frs_status add_rows(frs_tune *t, const frs_trial *rows, int64_t n) {
    char **json = frs__alloc(t->ctx, n, sizeof *json);
    frs_status s = json ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; s == FRS_OK && i < n; i++)
        s = frs__trial_json(t->ctx, t->config, rows[i].number, &json[i]);
    if (s == FRS_OK) s = frs__registry_add(&t->registry, rows, json, n);
    for (int64_t i = 0; json && i < n; i++) frs_text_free(t->ctx, json[i]);
    frs__free(t->ctx, json);
    return s;
}

static frs_status begin_rung(frs_tune *t, int64_t rung, int64_t *n) {
    frs_trial *rows = frs__alloc(t->ctx, t->plan.trials[0] + 1, sizeof *rows);
    if (!rows) return FRS_E_NOMEM;
    frs_status s = rows_of_rung(t, rung, rows, n);
    if (s == FRS_OK && *n) s = add_rows(t, rows, *n);
    frs__free(t->ctx, rows);
    return s == FRS_OK && *n ? look(t) : s;
}

frs_status frs_tune_next(frs_tune *t, int64_t *left) {
    FRS_TRY(look(t));
    *left = 0;
    const int64_t rung = last_rung(t);
    for (int64_t i = 0; i < t->n_trials; i++)
        *left += t->trials[i].rung == rung && !over(&t->trials[i]);
    if (*left > 0 || rung + 1 >= t->plan.n) return FRS_OK;
    return begin_rung(t, rung + 1, left);
}

/* ---- the work */

/* Nobody else is at a trial whose folder is ours; a killed process has let go of it. */
static frs_status try_trial(frs_tune *t, frs_trial *x) {
    char name[64];
    frs_lock lock;
    bool mine = false;
    snprintf(name, sizeof name, "trials/%03lld", (long long)x->number);
    char *dir = frs__tune_path(t, name);
    if (!dir) return FRS_E_NOMEM;
    frs_status s = frs__mkdirs(t->ctx, dir);
    if (s == FRS_OK) s = frs__lock_dir(t->ctx, dir, &lock);
    if (s != FRS_OK) {
        frs__free(t->ctx, dir);
        return s == FRS_E_BUSY ? FRS_OK : s;
    }
    s = frs__registry_claim(&t->registry, x, &mine);
    if (s == FRS_OK && mine) {
        s = frs__sweep(t->ctx, dir);
        if (s == FRS_OK) s = frs__trial_work(t, x);
        if (s == FRS_OK) s = frs__registry_put(&t->registry, x);
    }
    frs__unlock_dir(&lock);
    frs__free(t->ctx, dir);
    return s;
}

static frs_status work_on_all(frs_tune *t) {
    FRS_TRY(look(t));
    const int64_t rung = last_rung(t);
    for (int64_t i = 0; i < t->n_trials; i++) {
        frs_trial *x = &t->trials[i];
        if (x->rung != rung || over(x)) continue;
        if (frs__cancelled(t->ctx)) return frs__fail(t->ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(try_trial(t, x));
    }
    return FRS_OK;
}

frs_status frs_tune_work(frs_ctx *ctx, const char *folder) {
    frs_tune *t = NULL;
    frs_status s = new_tune(ctx, folder, &t);
    char *config = s == FRS_OK ? frs__tune_path(t, "config.yml") : NULL;
    if (s == FRS_OK) s = config ? open_folder(t, config) : FRS_E_NOMEM;
    if (s == FRS_OK) s = work_on_all(t);
    frs__free(ctx, config);
    frs_tune_close(t);
    return s;
}

/* ---- what is known */

frs_status frs_tune_trials(frs_tune *t, const frs_trial **trials, int64_t *n) {
    FRS_TRY(look(t));
    *trials = t->trials;
    *n = t->n_trials;
    return FRS_OK;
}

frs_status frs_tune_state_get(frs_tune *t, frs_tune_state *s) {
    double seconds = 0;
    int64_t epochs = 0, all = 0;
    FRS_TRY(look(t));
    *s = (frs_tune_state){.trials = t->plan.trials[0], .epoch_s = NAN, .best = -1, .score = NAN};
    for (int64_t k = 0; k < t->plan.n; k++) {
        s->planned += t->plan.trials[k];
        all += t->plan.trials[k] * (t->plan.epochs[k] - (k ? t->plan.epochs[k - 1] : 0));
    }
    for (int64_t i = 0; i < t->n_trials; i++) {
        const frs_trial *x = &t->trials[i];
        if (!over(x)) continue;
        s->done++;
        s->failed += x->status == FRS_TRIAL_FAILED;
        seconds += isnan(x->seconds) ? 0 : x->seconds;
        epochs += x->epochs - (x->rung ? t->plan.epochs[x->rung - 1] : 0);
    }
    s->epochs_left = all - epochs;
    if (epochs > 0) s->epoch_s = seconds / (double)epochs;
    const int64_t w = frs__tune_winner(t);
    if (w >= 0) s->best = t->trials[w].number, s->score = t->trials[w].score;
    return FRS_OK;
}

const char *frs_tune_metric(const frs_tune *t) {
    return t->score->name;
}

frs_status frs_tune_values(const frs_tune *t, int64_t number, char **text) {
    frs_buf b = {.ctx = t->ctx};
    for (int64_t i = 0; i < frs_config_n_spaces(t->config); i++) {
        const frs_space *s = frs_config_space_at(t->config, i);
        frs__buf_printf(&b, "%s%s ", i ? ", " : "", s->key->name);
        frs__space_value(&b, s, (uint64_t)frs_config_int(t->config, "seed"), number);
    }
    const frs_status s = frs__buf_status(&b);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}
