/* From fitted models to the folder's files: both periods evaluated, everything saved, the page
 * made. */
#include "forecaster/ensemble.h"
#include "freshet/io.h"
#include "run/run_internal.h"
#include <dnnl_version.h>
#include <math.h>
#include <string.h>

/* What the report borrows while it is made. */
typedef struct finish {
    frs_eval test, validation;
    frs_subsets subsets;
    frs_scores scores;
    frs_report_test *tests;
    int64_t n_tests, best; /* best: the model that the validation period chooses, -1: none */
    frs_report_model models[FRS_MAX_MODELS + 1]; /* one more: the mean of the members' scores */
    int64_t n_models;
    char titles[FRS_MAX_MODELS + 1][96];
    char *describe[FRS_MAX_MODELS];
    const char **sites;
    int64_t *site_of;
    int64_t *n_common;
    float *precipitation;
    frs_report_place *places;
    char hash[2][20];
    char oneapi[32];
    char *config_text;
} finish;

static frs_status map_sites(const frs_job *j, finish *f) {
    const int64_t n = frs_samples_n_sites(f->test.samples);
    const int64_t nv = f->validation.samples ? frs_samples_n_sites(f->validation.samples) : 0;
    f->sites = frs__alloc(j->ctx, n, sizeof *f->sites);
    f->site_of = frs__alloc(j->ctx, n + nv, sizeof *f->site_of);
    f->n_common = frs__alloc(j->ctx, 2 * f->test.observed.n_leads, sizeof *f->n_common);
    if (!f->sites || !f->site_of || !f->n_common) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        f->sites[i] = frs_samples_site_name(f->test.samples, i);
        f->site_of[i] = i;
    }
    for (int64_t v = 0; v < nv; v++) {
        f->site_of[n + v] = -1;
        for (int64_t i = 0; i < n; i++)
            if (strcmp(f->sites[i], frs_samples_site_name(f->validation.samples, v)) == 0)
                f->site_of[n + v] = i;
    }
    return FRS_OK;
}

static frs_scoring test_scoring(const frs_job *j, finish *f) {
    const frs_step step = frs_store_get_info(j->data.store).step;
    return (frs_scoring){.ctx = j->ctx,
                         .e = &f->test,
                         .models = j->models,
                         .names = j->names,
                         .site_of = f->site_of,
                         .n_common = f->n_common,
                         .steps_per_day = step.unit == FRS_STEP_SECOND
                                              ? (double)FRS_DAY_S / (double)step.count
                                              : 1.0 / 30.4375,
                         .year_start = (int)frs_config_int(j->config, "water_year_start"),
                         .intervals = true,
                         .seed = (uint64_t)frs_config_int(j->config, "seed"),
                         .out = &f->scores,
                         .data = &j->data,
                         .ensemble = j->ensemble,
                         .subsets = &f->subsets};
}

static frs_status score_both(frs_job *j, finish *f) {
    frs_scoring w = test_scoring(j, f);
    FRS_TRY(frs__eval_score(&w));
    if (!f->validation.samples) return FRS_OK;
    w.e = &f->validation;
    w.site_of = f->site_of + frs_samples_n_sites(f->test.samples);
    w.n_common = f->n_common + f->test.observed.n_leads;
    w.intervals = false;
    w.subsets = NULL;
    return frs__eval_score(&w);
}

/* The choice of a model is never made on the test period. A member is a part of its ensemble: to
 * choose the luckiest seed would be no choice of a model. */
static frs_status best_on_validation(const frs_job *j, finish *f) {
    double top = -INFINITY;
    double *room = frs__alloc(j->ctx, f->scores.n, sizeof *room);
    if (!room) return FRS_E_NOMEM;
    f->best = -1;
    for (int64_t m = 0; m < j->n_models; m++) {
        int64_t leads;
        if (j->ensemble[m]) continue;
        const double v = frs__choice_score(&f->scores, "NSE", m, room, &leads);
        if (v > top) top = v, f->best = m;
    }
    frs__free(j->ctx, room);
    return FRS_OK;
}

/* No winner without a validation period, and nothing to test: the test period must not choose one.
 */
static frs_status test_winner(const frs_job *j, finish *f) {
    FRS_TRY(best_on_validation(j, f));
    const frs_scoring w = test_scoring(j, f);
    if (f->best < 0) return FRS_OK;
    return frs__eval_tests(&w, j->config, f->best, &f->tests, &f->n_tests);
}

static frs_status rain(const frs_job *j, finish *f) {
    const frs_archive *o = &f->test.observed;
    const int var = frs_store_find_var(j->data.store, j->data.precipitation);
    if (!j->data.precipitation[0] || var < 0) return FRS_OK;
    f->precipitation = frs__alloc(j->ctx, o->n_sites * o->n_issues, sizeof(float));
    if (!f->precipitation) return FRS_E_NOMEM;
    const frs_store_info info = frs_store_get_info(j->data.store);
    for (int64_t s = 0; s < o->n_sites; s++) {
        const frs_store_site site = frs_store_get_site(j->data.store, j->data.test_sites.index[s]);
        int64_t row = 0;
        for (int64_t i = 0; i < o->n_issues; i++) {
            const int64_t t = frs_step_add(o->step, o->first_issue_s, i);
            while (row < site.n && frs_step_add(info.step, site.start_s, row) < t) row++;
            const bool there = row < site.n && frs_step_add(info.step, site.start_s, row) == t;
            f->precipitation[s * o->n_issues + i] =
                there ? site.values[row * info.n_vars + var] : NAN;
        }
    }
    return FRS_OK;
}

static const char *title_of(const frs_job *j, finish *f, int64_t m) {
    const char *title = frs_forecaster_title(j->models[m]);
    if (!j->ensemble[m]) return title;
    snprintf(f->titles[m], sizeof f->titles[m], "%.60s, %lld", title,
             (long long)(m - j->ensemble[m] + 1));
    return f->titles[m];
}

static frs_status add_score(frs_job *j, finish *f, const frs_report_score *row) {
    frs_scores *t = &f->scores;
    if (t->n == t->cap) {
        frs_report_score *grown = frs__realloc(j->ctx, t->items, t->n, 2 * t->cap, sizeof *grown);
        if (!grown) return FRS_E_NOMEM;
        t->items = grown;
        t->cap *= 2;
    }
    t->items[t->n++] = *row;
    return FRS_OK;
}

/* The mean over an ensemble's members of each score, as a model of its own: what one member is
 * worth, beside the score of the members' mean. Scores stand (period, site, lead, model, metric) in
 * that order, so a member's are a fixed number of rows behind the first's. */
static frs_status mean_of_members(frs_job *j, finish *f) {
    int64_t first = 0, n = 0;
    for (int64_t m = 0; m < j->n_models; m++)
        if (j->ensemble[m]) first = n ? first : m, n++;
    f->n_models = j->n_models;
    if (n == 0) return FRS_OK;
    const int64_t rows = f->scores.n;
    for (int64_t i = 0; i < rows; i++) {
        frs_report_score mean = f->scores.items[i];
        if (mean.model != first) continue;
        double sum = 0;
        int64_t found = 0;
        for (int64_t k = i; k < rows && found < n; k++) {
            const frs_report_score *s = &f->scores.items[k];
            if (s->model != first + found || s->site != mean.site || s->lead != mean.lead ||
                strcmp(s->metric, mean.metric) != 0 || strcmp(s->period, mean.period) != 0 ||
                strcmp(s->subset, mean.subset) != 0)
                continue;
            sum += s->value;
            found++;
        }
        mean.model = j->n_models;
        mean.value = found == n ? sum / (double)n : (double)NAN;
        mean.low = mean.high = NAN;
        FRS_TRY(add_score(j, f, &mean));
    }
    snprintf(f->titles[j->n_models], sizeof f->titles[0],
             _("%s: mean of the scores of %lld members"), frs_forecaster_title(j->models[first]),
             (long long)n);
    f->models[f->n_models++] = (frs_report_model){
        .name = "members_mean", .title = f->titles[j->n_models], .fit_s = NAN, .predict_s = NAN};
    return FRS_OK;
}

/* From the static attributes, by the names that data sets give them; NULL: not known. */
static frs_status places(frs_job *j, finish *f) {
    static const char *const names[][2] = {{"gauge_lat", "gauge_lon"},
                                           {"latitude", "longitude"},
                                           {"lat", "lon"},
                                           {"lat", "lng"},
                                           {"lat", "long"},
                                           {"lat_outlet", "long_outlet"}};
    int lat = -1, lon = -1;
    for (int64_t k = 0; k < FRS_LEN(names) && (lat < 0 || lon < 0); k++) {
        lat = frs_store_find_attr(j->data.store, names[k][0]);
        lon = frs_store_find_attr(j->data.store, names[k][1]);
    }
    if (lat < 0 || lon < 0) return FRS_OK;
    f->places = frs__alloc(j->ctx, f->test.observed.n_sites, sizeof *f->places);
    if (!f->places) return FRS_E_NOMEM;
    for (int64_t s = 0; s < f->test.observed.n_sites; s++) {
        const float *at = frs_store_get_site(j->data.store, j->data.test_sites.index[s]).statics;
        const bool there = fabsf(at[lat]) <= 90 && fabsf(at[lon]) <= 360;
        /* five decimals are a metre, which a float's own digits would only pretend to know */
        f->places[s] = there ? (frs_report_place){round(1e5 * (double)at[lat]) / 1e5,
                                                  round(1e5 * (double)at[lon]) / 1e5}
                             : (frs_report_place){NAN, NAN};
    }
    return FRS_OK;
}

static frs_status describe_models(frs_job *j, finish *f) {
    for (int64_t m = 0; m < j->n_models; m++) {
        const frs_forecaster *model = j->models[m];
        FRS_TRY(model->def->describe(j->ctx, model, &f->describe[m]));
        const int64_t members = frs__ensemble_members(model);
        const frs_history *h = model->def->history ? model->def->history(model) : NULL;
        frs_report_pass pass = {0};
        if (h) FRS_TRY(frs__eval_pass(j->ctx, &f->test, model, m, &pass));
        f->models[m] = (frs_report_model){.name = j->names[m],
                                          .title = title_of(j, f, m),
                                          .describe = f->describe[m],
                                          .baseline = model->def->baseline,
                                          .archive = f->test.archives[m],
                                          .epochs = h ? h->items : NULL,
                                          .n_epochs = h ? h->n : 0,
                                          .fit_s = j->fit_s[m],
                                          .predict_s = f->test.predict_s[m],
                                          .pass = pass,
                                          .seeds = members ? members
                                                   : h     ? 1
                                                           : 0};
    }
    return FRS_OK;
}

static frs_status save_all(frs_job *j, frs_report *r) {
    const double start = frs__now_s();
    frs_status s = frs_report_save_forecast(j->ctx, r, j->dir);
    if (s == FRS_E_UNSUPPORTED) {
        frs__log(j->ctx, FRS_LOG_WARN, _("forecast.nc is not written: %s"), frs_message(j->ctx));
        s = FRS_OK;
    }
    FRS_TRY(s);
    frs__run_stage(j, N_("saving"), start);
    r->n_stages = j->n_stages;
    r->finished_s = frs__wall_time_s();
    s = frs_report_save(j->ctx, r, j->dir);
    if (s == FRS_OK) s = frs_report_make(j->ctx, r, j->dir);
    return s;
}

static frs_status make_report(frs_job *j, finish *f) {
    const frs_task *t = &j->data.task;
    const bool validated = j->data.validation.first_s != INT64_MIN;
    const frs_report_span spans[3] = {
        {"train", j->data.training}, {"test", j->data.test}, {"validation", j->data.validation}};
    snprintf(f->hash[0], sizeof f->hash[0], "%016llx",
             (unsigned long long)frs_config_hash(j->config));
    snprintf(f->hash[1], sizeof f->hash[1], "%016llx",
             (unsigned long long)frs_store_get_info(j->data.store).hash);
    snprintf(f->oneapi, sizeof f->oneapi, "%d.%d.%d", DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR,
             DNNL_VERSION_PATCH);
    const frs_report_fact hashes[2] = {{"config", f->hash[0]}, {"data", f->hash[1]}};
    const frs_report_fact versions[2] = {{"oneDNN", f->oneapi}, {"compiler", __VERSION__}};
    const frs_var target =
        frs_store_var(j->data.store, frs_store_find_var(j->data.store, t->target));
    FRS_TRY(frs_config_write(j->config, &f->config_text));
    frs_report r = {.title = frs_config_text(j->config, "experiment_name"),
                    .lang = _("en"),
                    .config_text = f->config_text,
                    .command = j->o->command,
                    .data_path = frs_config_text(j->config, "data_dir"),
                    .isa = frs_ctx_isa(j->ctx),
                    .threads = frs_ctx_threads(j->ctx),
                    .seed = (uint64_t)frs_config_int(j->config, "seed"),
                    .versions = versions,
                    .n_versions = 2,
                    .hashes = hashes,
                    .n_hashes = 2,
                    .stages = j->stages,
                    .task = t->kind,
                    .future = t->future,
                    .leads = t->leads,
                    .target = t->target,
                    .unit = target.unit,
                    .spans = spans,
                    .n_spans = validated ? 3 : 2,
                    .sites = f->sites,
                    .n_sites = f->test.observed.n_sites,
                    .places = f->places,
                    .models = f->models,
                    .n_models = f->n_models,
                    .observed = f->test.observed,
                    .precipitation = f->precipitation,
                    .scores = f->scores.items,
                    .n_scores = f->scores.n,
                    .tests = f->tests,
                    .n_tests = f->n_tests,
                    .year_start = (int)frs_config_int(j->config, "water_year_start"),
                    .best = f->best < 0 ? NULL : j->names[f->best],
                    .n_common = f->n_common,
                    .findings = j->findings};
    FRS_TRY(frs__run_study(j, &r));
    return save_all(j, &r);
}

static frs_status evaluate(frs_job *j, finish *f) {
    const double start = frs__now_s();
    if (j->data.validation.first_s != INT64_MIN)
        FRS_TRY(frs__eval_new(j->ctx, &j->data, false, j->models, j->n_models, &f->validation));
    FRS_TRY(frs__eval_new(j->ctx, &j->data, true, j->models, j->n_models, &f->test));
    frs__run_stage(j, N_("predicting"), start);
    const double scoring = frs__now_s();
    FRS_TRY(frs__subsets_of(j->ctx, j->config, &f->subsets));
    FRS_TRY(map_sites(j, f));
    FRS_TRY(score_both(j, f));
    FRS_TRY(test_winner(j, f));
    frs__run_stage(j, N_("scoring"), scoring);
    FRS_TRY(rain(j, f));
    FRS_TRY(mean_of_members(j, f));
    FRS_TRY(places(j, f));
    FRS_TRY(describe_models(j, f));
    return make_report(j, f);
}

frs_status frs__run_evaluate(frs_job *j) {
    finish *f = frs__alloc(j->ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    frs_status s = evaluate(j, f);
    frs__eval_free(j->ctx, &f->test);
    frs__eval_free(j->ctx, &f->validation);
    for (int64_t m = 0; m < j->n_models; m++) frs_text_free(j->ctx, f->describe[m]);
    frs_text_free(j->ctx, f->config_text);
    frs__free(j->ctx, f->scores.items);
    frs__free(j->ctx, f->tests);
    frs__free(j->ctx, f->sites);
    frs__free(j->ctx, f->site_of);
    frs__free(j->ctx, f->n_common);
    frs__free(j->ctx, f->precipitation);
    frs__free(j->ctx, f->places);
    frs__free(j->ctx, f);
    return s;
}
