/* One trial: its forecaster trained to the epochs of its rung, from the checkpoint of the rung
 * before, and scored on the validation period. */
#include "run/tune_internal.h"
#include <math.h>

/* As a run chooses its model; NaN where a lead has no score. */
static frs_status overall(const frs_tune *t, const frs_scores *all, int64_t leads, double *out) {
    int64_t found;
    double *room = frs__alloc(t->ctx, all->n, sizeof *room);
    if (!room) return FRS_E_NOMEM;
    *out = frs__choice_score(all, t->score->name, 0, room, &found);
    if (found < leads) *out = NAN;
    frs__free(t->ctx, room);
    return FRS_OK;
}

static frs_status score_eval(frs_tune *t, const frs_eval *e, frs_forecaster *model, frs_trial *x) {
    const frs_step step = frs_samples_step(e->samples);
    const int64_t n = e->observed.n_sites, leads = e->observed.n_leads;
    int64_t *site_of = frs__alloc(t->ctx, n, sizeof *site_of);
    int64_t *common = frs__alloc(t->ctx, leads, sizeof *common);
    frs_scores all = {0};
    const frs_scoring w = {.ctx = t->ctx,
                           .e = e,
                           .models = &model,
                           .site_of = site_of,
                           .n_common = common,
                           .steps_per_day = step.unit == FRS_STEP_SECOND
                                                ? (double)FRS_DAY_S / (double)step.count
                                                : 1.0 / 30.4375,
                           .year_start = (int)frs_config_int(t->config, "water_year_start"),
                           .out = &all};
    frs_status s = site_of && common ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; s == FRS_OK && i < n; i++) site_of[i] = i;
    if (s == FRS_OK) s = frs__eval_score(&w);
    if (s == FRS_OK) s = overall(t, &all, leads, &x->score);
    x->pairs = 0;
    for (int64_t l = 0; s == FRS_OK && l < leads; l++) x->pairs += common[l];
    frs__free(t->ctx, all.items);
    frs__free(t->ctx, site_of);
    frs__free(t->ctx, common);
    if (s == FRS_OK && isnan(x->score))
        s = frs__fail(t->ctx, FRS_E_UNDEFINED, _("%s of the validation period is not defined"),
                      t->score->name);
    return s;
}

static frs_status fit_and_score(frs_tune *t, const frs_config *c, const char *dir, frs_trial *x) {
    char *store = frs__tune_path(t, "data.frs");
    frs_run_data d = {0};
    frs_samples *training = NULL, *validation = NULL;
    frs_forecaster *model = NULL;
    frs_eval e = {0};
    frs_status s = store ? frs_run_data_open(t->ctx, c, store, &d, NULL) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__run_samples(t->ctx, &d, true, &training);
    if (s == FRS_OK) s = frs__run_enough(t->ctx, &d, training);
    if (s == FRS_OK) s = frs__run_samples(t->ctx, &d, false, &validation);
    const frs_fit_args a = {.training = training,
                            .validation = validation,
                            .config = c,
                            .run_dir = dir,
                            .resume = true,
                            .seed = (uint64_t)frs_config_int(c, "seed"),
                            .stop_after = x->epochs};
    if (s == FRS_OK) s = frs__candidate_fit(t->ctx, t->tuned, &a, &model);
    if (s == FRS_OK) s = frs__eval_new(t->ctx, &d, false, &model, 1, &e);
    if (s == FRS_OK) s = score_eval(t, &e, model, x);
    frs__eval_free(t->ctx, &e);
    frs_forecaster_free(t->ctx, model);
    frs_samples_free(training);
    frs_samples_free(validation);
    frs_run_data_close(t->ctx, &d);
    frs__free(t->ctx, store);
    return s;
}

/* What other values would not suffer from. */
static bool values_are_to_blame(frs_status s) {
    return s == FRS_E_DIVERGED || s == FRS_E_INPUT || s == FRS_E_NODATA || s == FRS_E_UNDEFINED ||
           s == FRS_E_ARG || s == FRS_E_UNSUPPORTED;
}

static frs_status with_config(frs_tune *t, const char *dir, frs_trial *x) {
    static const char *const more[] = {"save_weights_every=0", NULL};
    frs_arena memory = {.ctx = t->ctx};
    frs_config *c = NULL;
    const char **sets;
    int64_t n;
    frs_status s = frs__trial_sets(&memory, t->config, x->number, more, &sets, &n);
    if (s == FRS_OK) s = frs_config_load(t->ctx, frs_config_file(t->config), sets, n, &c);
    if (s == FRS_OK) s = fit_and_score(t, c, dir, x);
    frs_config_free(c);
    frs__arena_free(&memory);
    return s;
}

frs_status frs__trial_work(frs_tune *t, frs_trial *x) {
    char name[64];
    snprintf(name, sizeof name, "trials/%03lld", (long long)x->number);
    char *dir = frs__tune_path(t, name);
    char *log = dir ? frs__path_join(t->ctx, dir, "log.txt") : NULL;
    const double start = frs__now_s();
    frs_status s = log ? frs__log_to(t->ctx, log) : FRS_E_NOMEM;
    if (s == FRS_OK) s = with_config(t, dir, x);
    x->seconds = frs__now_s() - start;
    x->status = s == FRS_OK ? FRS_TRIAL_DONE : FRS_TRIAL_FAILED;
    if (values_are_to_blame(s)) {
        x->score = (double)NAN;
        snprintf(x->message, sizeof x->message, "%s", frs_message(t->ctx));
        frs__log(t->ctx, FRS_LOG_INFO, "%s", x->message);
        s = FRS_OK;
    }
    frs__log_to(t->ctx, NULL);
    frs__free(t->ctx, log);
    frs__free(t->ctx, dir);
    return s;
}
