/* The run folder: chosen, locked, never written over. */
#include "config/config_internal.h"
#include "freshet/exchange.h"
#include "run/run_internal.h"
#include <string.h>
#include <unistd.h>

static char *new_name(frs_ctx *ctx, const frs_config *c) {
    const char *root = frs_config_text(c, "run_dir"), *name = frs_config_text(c, "experiment_name");
    const frs_civil t = frs_civil_from_time(frs__wall_time_s());
    return frs__asprintf(ctx, "%s/%s_%04d-%02d-%02d_%02d%02d%02d", root ? root : "runs",
                         name ? name : "run", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

char *frs__run_path(const frs_job *j, const char *name) {
    return frs__path_join(j->ctx, j->dir, name);
}

static frs_status not_taken(frs_job *j) {
    char *config = frs__run_path(j, "config.yml");
    if (!config) return FRS_E_NOMEM;
    const bool taken = frs__exists(config);
    frs__free(j->ctx, config);
    const bool fitting = j->o->stages & FRS_STAGE_FIT;
    if (taken && fitting && !j->o->resume)
        return frs__fail(
            j->ctx, FRS_E_INPUT,
            _("%s: holds a run already; go on with it by --resume %s, or choose another "
              "folder by --out"),
            j->dir, j->dir);
    if (!taken && !j->o->config)
        return frs__fail(j->ctx, FRS_E_INPUT, _("%s: not a run folder: it has no config.yml"),
                         j->dir);
    return FRS_OK;
}

/* What a killed process left half-written: "NAME.tmp-PROCESS". */
static frs_status sweep_one(frs_ctx *ctx, const char *folder) {
    char **names = NULL;
    int64_t n = 0;
    FRS_TRY(frs__list_dir(ctx, folder, &names, &n));
    for (int64_t i = 0; i < n; i++) {
        const char *tmp = strstr(names[i], ".tmp-");
        if (!tmp || !tmp[5] || tmp[5 + strspn(tmp + 5, "0123456789")]) continue;
        char *path = frs__path_join(ctx, folder, names[i]);
        if (path) frs__remove(path);
        frs__free(ctx, path);
    }
    frs__free(ctx, names);
    return FRS_OK;
}

frs_status frs__sweep(frs_ctx *ctx, const char *folder) {
    static const char *const parts[] = {"models", "figures", "site"};
    FRS_TRY(sweep_one(ctx, folder));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *part = frs__path_join(ctx, folder, parts[i]);
        if (!part) return FRS_E_NOMEM;
        const frs_status s = frs__is_dir(part) ? sweep_one(ctx, part) : FRS_OK;
        frs__free(ctx, part);
        FRS_TRY(s);
    }
    return FRS_OK;
}

frs_status frs__run_folder(frs_job *j) {
    j->dir = j->o->run_dir ? frs__strdup(j->ctx, j->o->run_dir) : new_name(j->ctx, j->o->config);
    if (!j->dir) return FRS_E_NOMEM;
    if (!j->o->config && !frs__is_dir(j->dir))
        return frs__fail(j->ctx, FRS_E_INPUT, _("%s: no such run folder"), j->dir);
    j->made = !frs__is_dir(j->dir);
    FRS_TRY(frs__mkdirs(j->ctx, j->dir));
    FRS_TRY(frs__lock_dir(j->ctx, j->dir, &j->lock));
    j->locked = true;
    FRS_TRY(not_taken(j));
    char *models = frs__run_path(j, "models");
    if (!models) return FRS_E_NOMEM;
    const frs_status s = frs__mkdirs(j->ctx, models);
    frs__free(j->ctx, models);
    FRS_TRY(s);
    return frs__sweep(j->ctx, j->dir);
}

/* A run of NeuralHydrology names the basin files of the machine that it was trained on. Where those
 * of training and validation are not here, the sites of the test stand for them: "key=value" for
 * each, in memory. */
static frs_status missing_lists(frs_job *j, const char **sets, int64_t *n) {
    static const char *const keys[] = {"train_basin_file", "validation_basin_file"};
    const frs_config *c = j->own_config;
    const char *test = frs_config_text(c, "test_basin_file");
    for (int i = 0; i < 2 && test; i++) {
        char *path = frs_config_path(c, keys[i]);
        const bool lacking = path && !frs__exists(path);
        if (lacking)
            frs__log(j->ctx, FRS_LOG_WARN,
                     _("%s: %s is not there; the sites of test_basin_file stand for it"), keys[i],
                     path);
        frs_text_free(j->ctx, path);
        if (!lacking) continue;
        frs_buf b = {.ctx = j->ctx};
        frs__buf_printf(&b, "%s=", keys[i]);
        frs__config_put_scalar(&b, test, false);
        const char *set = b.failed ? NULL : frs__arena_strdup(&j->memory, b.data);
        frs__buf_free(&b);
        if (!set) return FRS_E_NOMEM;
        sets[(*n)++] = set;
    }
    return FRS_OK;
}

/* Keys of a run of NeuralHydrology that have done their work with its training, supported or not.
 */
static const char *const done[] = {
    "base_run_dir=",        "checkpoint_path=",      "continue_from_epoch=", "early_stopping=",
    "finetune_modules=",    "is_continue_training=", "is_finetuning=",       "regularization=",
    "target_loss_weights=", "target_noise_std=",     "train_data_file="};

static frs_status foreign_config(frs_job *j, const char *path) {
    const char **sets =
        frs__arena_alloc(&j->memory, FRS_LEN(done) + j->o->n_sets + 2, sizeof *sets);
    int64_t n = 0, before;
    if (!sets) return FRS_E_NOMEM;
    for (int64_t i = 0; i < FRS_LEN(done); i++) sets[n++] = done[i];
    for (int64_t i = 0; i < j->o->n_sets; i++) sets[n++] = j->o->sets[i];
    FRS_TRY(frs_config_load(j->ctx, path, sets, n, &j->own_config));
    before = n;
    FRS_TRY(missing_lists(j, sets, &n));
    if (n == before) return FRS_OK;
    frs_config_free(j->own_config);
    j->own_config = NULL;
    return frs_config_load(j->ctx, path, sets, n, &j->own_config);
}

static frs_status own_config(frs_job *j, const char *path) {
    return frs_nh_is_run(j->ctx, j->dir)
               ? foreign_config(j, path)
               : frs_config_load(j->ctx, path, j->o->sets, j->o->n_sets, &j->own_config);
}

/* The config in force: the caller's, else the folder's own. Written as used when it is new. */
frs_status frs__run_config(frs_job *j) {
    char *path = frs__run_path(j, "config.yml");
    if (!path) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (j->o->config && !frs__exists(path)) {
        j->fresh = true;
        char *yaml = NULL;
        s = frs_config_write(j->o->config, &yaml);
        if (s == FRS_OK) s = frs__write_file(j->ctx, path, yaml, (int64_t)strlen(yaml));
        frs_text_free(j->ctx, yaml);
    }
    if (s == FRS_OK && j->o->config)
        j->config = j->o->config;
    else if (s == FRS_OK) {
        s = own_config(j, path);
        j->config = j->own_config;
    }
    frs__free(j->ctx, path);
    return s;
}

void frs__run_undo(frs_job *j) {
    static const char *const files[] = {"config.yml", "data.frs", "log.txt", ".lock"};
    for (int i = 0; i < 4; i++) {
        char *path = frs__run_path(j, files[i]);
        if (path) frs__remove(path);
        frs__free(j->ctx, path);
    }
    char *models = frs__run_path(j, "models");
    if (models) rmdir(models);
    frs__free(j->ctx, models);
    if (j->made) rmdir(j->dir); /* not if findings.csv is in it */
}
