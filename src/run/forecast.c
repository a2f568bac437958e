/* An operational forecast: the run's models on the newest window of each record. */
#include "data/data.h"
#include "run/run_internal.h"
#include <math.h>
#include <string.h>

typedef struct now {
    frs_ctx *ctx;
    const frs_forecast_opts *o;
    frs_config *config;
    frs_run_data data;
    frs_forecaster *models[FRS_MAX_MODELS];
    int64_t n_models;
    frs_status (*row)(void *arg, const frs_forecast_row *r);
    void *arg;
    frs_forecast_row filled; /* site, model, unit of the slice under way */
} now;

/* An input has a value at a row, its own or what the task puts there as far as is known. */
typedef struct spot {
    int column, n_vars;
    int64_t row, known;
} spot;
static bool there(const frs_task *t, const frs_store_site *site, const spot *at) {
    const frs__gappy g = {site->values + at->column, at->n_vars, site->n, t->max_gap};
    if (!isnan(g.v[at->row * g.stride]) || t->gaps == FRS_GAPS_CLIMATOLOGY) return true;
    return t->gaps == FRS_GAPS_LINEAR && !isnan(frs__gap_value(&g, at->row, at->known));
}

/* Which input of the window is missing, and when: the reason why there is no sample. */
static frs_status explain_missing(const now *w, int64_t site_index, int64_t issue_s) {
    const frs_store_info info = frs_store_get_info(w->data.store);
    const frs_store_site site = frs_store_get_site(w->data.store, site_index);
    const frs_task *t = &w->data.task;
    char date[32], issue[32];
    int64_t row = 0;
    while (row < site.n && frs_step_add(info.step, site.start_s, row) < issue_s) row++;
    frs_date_format(issue_s, issue);
    if (row >= site.n || row + 1 < t->seq_length)
        return frs__fail(
            w->ctx, FRS_E_INPUT,
            _("%s: no forecast on %s: the record (%lld steps from %s) has not the %lld "
              "steps up to it"),
            site.name, issue, (long long)site.n, frs_date_format(site.start_s, date),
            (long long)t->seq_length);
    const int64_t ahead = t->future == FRS_FUTURE_OBSERVED ? t->leads : 0;
    if (t->mask != FRS_MASK_NONE)
        return frs__fail(w->ctx, FRS_E_INPUT,
                         _("%s: no forecast on %s: too many inputs of the window are missing"),
                         site.name, issue);
    for (int64_t r = row + 1 - t->seq_length; r <= row + ahead; r++)
        for (int i = 0; i < t->n_inputs; i++) {
            const int v = frs_store_find_var(w->data.store, t->inputs[i]);
            const int64_t known = frs__is_upstream(t, i) ? row : row + ahead;
            if (r > known) continue;
            if (r < site.n && there(t, &site, &(spot){v, info.n_vars, r, known})) continue;
            return frs__fail(
                w->ctx, FRS_E_INPUT,
                _("%s: no forecast on %s: %s is missing on %s, and the models need every "
                  "input of the window"),
                site.name, issue, t->inputs[i],
                frs_date_format(frs_step_add(info.step, site.start_s, r), date));
        }
    return frs__fail(w->ctx, FRS_E_INPUT, _("%s: no forecast on %s: a static attribute is missing"),
                     site.name, issue);
}

static frs_status put_slice(void *arg, const frs_forecast_slice *s) {
    now *w = arg;
    frs_forecast_row r = w->filled;
    if (s->kind != FRS_VALUE) return FRS_OK; /* members are not told one by one */
    r.issue_s = s->issue_s;
    r.lead = s->lead;
    r.valid_s = frs_step_add(frs_store_get_info(w->data.store).step, s->issue_s, s->lead);
    r.value = s->values[0];
    return w->row(w->arg, &r);
}

static frs_status one_site(now *w, int64_t site_index) {
    const frs_store_info info = frs_store_get_info(w->data.store);
    const frs_store_site site = frs_store_get_site(w->data.store, site_index);
    const int64_t issue = w->o->issue_s != INT64_MIN
                              ? w->o->issue_s
                              : frs_step_add(info.step, site.start_s, site.n - 1);
    const frs_samples_opts so = {.store = w->data.store,
                                 .task = &w->data.task,
                                 .period = {issue, issue},
                                 .sites = &site_index,
                                 .n_sites = 1};
    frs_samples *samples = NULL;
    FRS_TRY(frs_samples_new(w->ctx, &so, &samples));
    frs_status s = frs_samples_count(samples) == 1 ? FRS_OK : explain_missing(w, site_index, issue);
    const frs_sink sink = {put_slice, w};
    w->filled.site = site.name;
    for (int64_t m = 0; m < w->n_models && s == FRS_OK; m++) {
        w->filled.model = frs_forecaster_name(w->models[m]);
        s = w->models[m]->def->predict(w->ctx, w->models[m], samples, &sink);
    }
    frs_samples_free(samples);
    return s;
}

static frs_status load_models(now *w) {
    for (int64_t i = 0; i < frs__n_candidates(w->config); i++) {
        const char *name = frs__candidate_at(w->config, i).name;
        if (w->o->model && strcmp(w->o->model, name) != 0) continue;
        char *path = frs__asprintf(w->ctx, "%s/models/%s.frs", w->o->run_dir, name);
        if (!path) return FRS_E_NOMEM;
        frs_status s = FRS_OK;
        if (frs__exists(path)) s = frs_forecaster_load(w->ctx, path, &w->models[w->n_models]);
        if (s == FRS_OK && w->models[w->n_models]) w->n_models++;
        frs__free(w->ctx, path);
        FRS_TRY(s);
    }
    if (w->n_models > 0) return FRS_OK;
    return frs__fail(w->ctx, FRS_E_INPUT, _("%s: no fitted model%s%s in it"), w->o->run_dir,
                     w->o->model ? " " : "", w->o->model ? w->o->model : "");
}

static frs_status open_config(now *w) {
    char *path = frs__path_join(w->ctx, w->o->run_dir, "config.yml");
    char *set = w->o->data_dir ? frs__asprintf(w->ctx, "data_dir=%s", w->o->data_dir) : NULL;
    if (!path || (w->o->data_dir && !set)) {
        frs__free(w->ctx, path);
        return FRS_E_NOMEM;
    }
    const char *sets[1] = {set};
    frs_status s = frs_config_load(w->ctx, path, sets, set ? 1 : 0, &w->config);
    frs__free(w->ctx, path);
    frs__free(w->ctx, set);
    return s;
}

/* The run's own store, or a store of the new data that is gone afterwards. */
static frs_status open_data(now *w) {
    char *store =
        frs__path_join(w->ctx, w->o->run_dir, w->o->data_dir ? "forecast-data.frs" : "data.frs");
    if (!store) return FRS_E_NOMEM;
    if (w->o->data_dir) frs__remove(store);
    frs_findings findings = {0};
    frs_status s = frs_run_data_open(w->ctx, w->config, store, &w->data, &findings);
    frs_findings_free(w->ctx, &findings);
    if (w->o->data_dir) frs__remove(store); /* stays mapped while it is needed */
    frs__free(w->ctx, store);
    return s;
}

frs_status frs_forecast_now(frs_ctx *ctx, const frs_forecast_opts *o,
                            frs_status (*row)(void *arg, const frs_forecast_row *r), void *arg) {
    now *w = frs__alloc(ctx, 1, sizeof *w);
    if (!w) return FRS_E_NOMEM;
    *w = (now){.ctx = ctx, .o = o, .row = row, .arg = arg};
    frs_status s = open_config(w);
    if (s == FRS_OK) s = open_data(w);
    if (s == FRS_OK) s = load_models(w);
    frs_var target = {0};
    if (s == FRS_OK) {
        target =
            frs_store_var(w->data.store, frs_store_find_var(w->data.store, w->data.task.target));
        w->filled.unit = target.unit;
    }
    for (int64_t i = 0; i < w->data.test_sites.n && s == FRS_OK; i++)
        s = one_site(w, w->data.test_sites.index[i]);
    for (int64_t m = 0; m < w->n_models; m++) frs_forecaster_free(ctx, w->models[m]);
    frs_run_data_close(ctx, &w->data);
    frs_config_free(w->config);
    frs__free(ctx, w);
    return s;
}
