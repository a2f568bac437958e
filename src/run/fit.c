/* Fitting every forecaster that the config names; else the baselines, ridge regression, the net
 * that `model` names and ESP, as far as they serve the task. */
#include "forecaster/ensemble.h"
#include "forecaster/forecaster.h"
#include "freshet/exchange.h"
#include "run/run_internal.h"
#include <string.h>

static bool by_default(const frs_config *c, frs_candidate k) {
    static const char *const always[] = {"ridge", "esp"};
    const bool many = frs_config_int(c, "ensemble_members") > 1;
    const char *model = frs__candidate_model(c).name;
    const bool of_nets = !frs_forecaster_find(k.name) && strcmp(k.name, model) != 0;
    for (int64_t i = 0; i < FRS_LEN(always); i++)
        if (strcmp(k.name, always[i]) == 0) return true;
    return k.def->baseline || of_nets || strcmp(k.name, many ? "ensemble" : model) == 0;
}

bool frs__run_takes_part(const frs_config *c, frs_candidate k) {
    const int64_t n = frs_config_list_count(c, "forecasters");
    for (int64_t i = 0; i < n; i++)
        if (strcmp(frs_config_list_at(c, "forecasters", i), k.name) == 0) return true;
    return n == 0 && by_default(c, k);
}

/* Named in the config and of no use there: said, not passed over in silence. */
static bool chosen(const frs_job *j, frs_candidate k) {
    const bool takes_part = frs__run_takes_part(j->config, k),
               serves = k.def->serves(&j->data.task);
    if (takes_part && !serves && frs_config_list_count(j->config, "forecasters") > 0)
        frs__log(j->ctx, FRS_LOG_WARN, _("%s does not serve this task and is left out"),
                 _(k.def->title));
    return serves && takes_part;
}

static char *model_path(const frs_job *j, const char *model) {
    char name[96];
    snprintf(name, sizeof name, "models/%s.frs", model);
    return frs__run_path(j, name);
}

/* A fitted forecaster, and its members behind it. */
static frs_status take(frs_job *j, frs_forecaster *f, double seconds) {
    const int64_t first = j->n_models, n = frs__ensemble_members(f);
    if (first + 1 + n > FRS_MAX_MODELS) {
        frs_forecaster_free(j->ctx, f);
        return frs__fail(j->ctx, FRS_E_INPUT, _("more than %d models in one run"), FRS_MAX_MODELS);
    }
    j->models[first] = f;
    j->fit_s[first] = seconds;
    snprintf(j->names[first], sizeof j->names[first], "%s", frs_forecaster_name(f));
    for (int64_t i = 0; i < n; i++) {
        const int64_t m = first + 1 + i;
        j->models[m] = frs__ensemble_member(f, i);
        j->ensemble[m] = first + 1;
        snprintf(j->names[m], sizeof j->names[m], "%.30s_%d", frs_forecaster_name(j->models[m]),
                 (int)i + 1);
    }
    j->n_models += 1 + n;
    return FRS_OK;
}

static frs_status fit_one(frs_job *j, frs_candidate k, const frs_fit_args *a) {
    char *path = model_path(j, k.name);
    if (!path) return FRS_E_NOMEM;
    const double start = frs__now_s();
    frs_forecaster *f = NULL;
    frs_status s;
    j->started = true;
    if (a->resume && frs__exists(path))
        s = frs_forecaster_load(j->ctx, path, &f);
    else {
        frs__log(j->ctx, FRS_LOG_INFO, _("fitting: %s"), frs__candidate_title(k));
        s = frs__candidate_fit(j->ctx, k, a, &f);
        if (s == FRS_OK) s = k.def->save(j->ctx, f, path);
        if (s != FRS_OK) frs_forecaster_free(j->ctx, f), f = NULL;
    }
    if (f) s = take(j, f, frs__now_s() - start);
    frs__free(j->ctx, path);
    return s;
}

frs_status frs__run_samples(frs_ctx *ctx, const frs_run_data *d, bool training, frs_samples **s) {
    const frs_sites *sites = training ? &d->training_sites : &d->validation_sites;
    const frs_samples_opts o = {.store = d->store,
                                .task = &d->task,
                                .period = training ? d->training : d->validation,
                                .sites = sites->index,
                                .n_sites = sites->n,
                                .site_periods = sites->periods,
                                .for_training = true,
                                .exclude = d->exclude,
                                .n_exclude = d->n_exclude};
    return frs_samples_new(ctx, &o, s);
}

frs_status frs__run_enough(frs_ctx *ctx, const frs_run_data *d, const frs_samples *training) {
    char a[32], b[32];
    if (frs_samples_count(training) > 0) return FRS_OK;
    return frs__fail(
        ctx, FRS_E_NODATA,
        _("training period %s to %s: no sample: seq_length is %lld steps and each needs "
          "complete inputs and a target"),
        frs_date_format(d->training.first_s, a), frs_date_format(d->training.last_s, b),
        (long long)d->task.seq_length);
}

frs_status frs__run_fit(frs_job *j) {
    frs_samples *training = NULL, *validation = NULL;
    frs_status s = frs__run_samples(j->ctx, &j->data, true, &training);
    if (s == FRS_OK) s = frs__run_enough(j->ctx, &j->data, training);
    if (s == FRS_OK && j->data.validation.first_s != INT64_MIN)
        s = frs__run_samples(j->ctx, &j->data, false, &validation);
    const frs_fit_args a = {.training = training,
                            .validation = validation,
                            .config = j->config,
                            .run_dir = j->dir,
                            .resume = j->o->resume,
                            .seed = (uint64_t)frs_config_int(j->config, "seed")};
    for (int64_t i = 0; i < frs__n_candidates(j->config) && s == FRS_OK; i++) {
        const frs_candidate k = frs__candidate_at(j->config, i);
        if (chosen(j, k)) s = fit_one(j, k, &a);
    }
    if (s == FRS_OK && j->n_models == 0)
        s = frs__fail(j->ctx, FRS_E_INPUT, _("none of the forecasters serves this task"));
    frs_samples_free(training);
    frs_samples_free(validation);
    return s;
}

/* There all predict_last_n steps of a window lie in the period: its first days are not scored. */
static void whole_windows(const frs_run_data *d, frs_period *p) {
    const frs_step step = frs_store_get_info(d->store).step;
    if (p->first_s != INT64_MIN)
        p->first_s = frs_step_add(step, p->first_s, d->task.predict_last_n - 1);
}

/* A run of NeuralHydrology: its net becomes a forecaster of ours, kept beside its own files. */
static frs_status import_model(frs_job *j) {
    const frs_nh_opts o = {
        .folder = j->dir, .config = j->config, .task = &j->data.task, .epoch = j->o->epoch};
    frs_forecaster *f;
    FRS_TRY(frs_nh_load(j->ctx, &o, &f));
    FRS_TRY(take(j, f, 0));
    whole_windows(&j->data, &j->data.validation);
    whole_windows(&j->data, &j->data.test);
    char *path = model_path(j, frs_forecaster_name(f));
    if (!path) return FRS_E_NOMEM;
    const frs_status s = f->def->save(j->ctx, f, path);
    frs__free(j->ctx, path);
    return s;
}

frs_status frs__run_load_models(frs_job *j) {
    if (frs_nh_is_run(j->ctx, j->dir)) return import_model(j);
    if (j->o->epoch > 0)
        return frs__fail(j->ctx, FRS_E_INPUT,
                         _("%s: not a run of NeuralHydrology: it has no weights by epoch"), j->dir);
    for (int64_t i = 0; i < frs__n_candidates(j->config); i++) {
        char *path = model_path(j, frs__candidate_at(j->config, i).name);
        if (!path) return FRS_E_NOMEM;
        frs_status s = FRS_OK;
        frs_forecaster *f = NULL;
        if (frs__exists(path)) s = frs_forecaster_load(j->ctx, path, &f);
        if (s == FRS_OK && f) s = take(j, f, 0);
        frs__free(j->ctx, path);
        FRS_TRY(s);
    }
    if (j->n_models > 0) return FRS_OK;
    return frs__fail(j->ctx, FRS_E_INPUT, _("%s: no fitted model in it; run `freshet train` first"),
                     j->dir);
}

void frs__run_free_models(frs_job *j) {
    for (int64_t m = 0; m < j->n_models; m++)
        if (!j->ensemble[m]) frs_forecaster_free(j->ctx, j->models[m]);
    j->n_models = 0;
}
