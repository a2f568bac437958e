#include "data/check.h"
#include "freshet/exchange.h"
#include "report/files.h"
#include "run/several.h"
#include <string.h>

void frs__run_stage(frs_job *j, const char *name, double since_s) {
    if (j->n_stages < FRS_MAX_STAGES)
        j->stages[j->n_stages++] = (frs_report_stage){name, frs__now_s() - since_s};
}

static void tell_findings(frs_job *j) {
    for (int64_t i = 0; i < j->findings.n; i++) {
        const frs_finding *f = &j->findings.items[i];
        frs__log(j->ctx, f->severity == FRS_NOTE ? FRS_LOG_DEBUG : FRS_LOG_WARN, "%s: %s (%s)",
                 f->site, f->text, f->action);
    }
}

static frs_status save_findings(frs_job *j) {
    char *path = frs__run_path(j, "findings.csv");
    if (!path) return FRS_E_NOMEM;
    const frs_report r = {.findings = j->findings};
    frs_status s = frs_report_write_findings(j->ctx, &r, path);
    frs__free(j->ctx, path);
    return s;
}

static bool seen_by_reader(const frs_finding *f) {
    return strcmp(f->code, "dates") == 0 || strcmp(f->code, "absent_dates") == 0 ||
           strcmp(f->code, "outlier") == 0;
}

/* Once the records are packed, what only their reader saw stands in findings.csv alone. */
static frs_status keep_findings(frs_job *j, const char *store) {
    char *path = frs__run_path(j, "findings.csv");
    if (!path) return FRS_E_NOMEM;
    frs_report_memory m = {.arena = {.ctx = j->ctx}};
    frs_report r = {0};
    frs_status s = FRS_OK;
    if (frs__exists(store)) s = frs__read_findings(j->ctx, &m, path, &r);
    for (int64_t i = 0; i < r.findings.n && s == FRS_OK; i++) {
        const frs_finding *old = &r.findings.items[i];
        if (!seen_by_reader(old)) continue;
        frs_finding *f = frs__finding_new(j->ctx, &j->findings, old->severity, old->code);
        if (f)
            *f = *old;
        else
            s = FRS_E_NOMEM;
    }
    frs__arena_free(&m.arena);
    frs__free(j->ctx, path);
    return s;
}

/* Records named by --set take the place of those that the folder packed before. */
static void forget_data(const frs_job *j, const char *store) {
    if (!j->own_config || !frs_config_has(j->config, "data_dir") ||
        frs_config_line(j->config, "data_dir") > 0)
        return;
    char *dir = frs_config_path(j->config, "data_dir");
    if (dir && frs__exists(dir)) frs__remove(store);
    frs_text_free(j->ctx, dir);
}

static frs_status open_data(frs_job *j) {
    const double start = frs__now_s();
    char *store = frs__run_path(j, "data.frs");
    if (!store) return FRS_E_NOMEM;
    forget_data(j, store);
    frs_status s = keep_findings(j, store);
    if (s == FRS_OK) s = frs_run_data_open(j->ctx, j->config, store, &j->data, &j->findings);
    frs__free(j->ctx, store);
    FRS_TRY(s);
    frs__run_stage(j, N_("reading and checking"), start);
    tell_findings(j);
    FRS_TRY(save_findings(j));
    return frs_findings_verdict(j->ctx, &j->findings);
}

void frs__run_speak(frs_report *r) {
    frs_report_model *models = (frs_report_model *)r->models; /* load made them */
    r->lang = _("en");
    for (int64_t i = 0; i < r->n_models; i++) {
        const frs_forecaster_def *def = frs_forecaster_find(models[i].name);
        if (def) models[i].title = _(def->title);
    }
}

static frs_status remake_report(frs_job *j) {
    frs_report r;
    frs_status s = frs_report_load(j->ctx, j->dir, &r);
    if (s == FRS_OK) {
        frs__run_speak(&r);
        s = frs__run_study_again(j, &r);
        if (s == FRS_OK) s = frs_report_make(j->ctx, &r, j->dir);
        frs_report_free(j->ctx, &r);
    }
    return s;
}

static frs_status start_log(frs_job *j) {
    char *path = frs__run_path(j, "log.txt");
    if (!path) return FRS_E_NOMEM;
    frs_status s = frs__log_to(j->ctx, path);
    frs__free(j->ctx, path);
    frs__log(j->ctx, FRS_LOG_INFO, "Freshet %s, %s, %d threads", FRS_VERSION, frs_ctx_isa(j->ctx),
             frs_ctx_threads(j->ctx));
    return s;
}

static frs_status stages(frs_job *j) {
    const unsigned todo = j->o->stages;
    FRS_TRY(frs__run_folder(j));
    if (todo != FRS_STAGE_REPORT) FRS_TRY(start_log(j));
    FRS_TRY(frs__run_config(j));
    if (frs__run_is_several(j->config)) return frs__run_several(j, frs_run);
    if (todo == FRS_STAGE_REPORT) return remake_report(j);
    FRS_TRY(open_data(j));
    if (todo & FRS_STAGE_FIT) {
        const double start = frs__now_s();
        FRS_TRY(frs__run_fit(j));
        frs__run_stage(j, N_("fitting"), start);
    }
    if (!(todo & FRS_STAGE_EVALUATE)) return FRS_OK;
    if (!(todo & FRS_STAGE_FIT)) FRS_TRY(frs__run_load_models(j));
    return frs__run_evaluate(j);
}

frs_status frs_run(frs_ctx *ctx, const frs_run_opts *o, char **run_dir) {
    *run_dir = NULL;
    if (!o->config && !o->run_dir)
        return frs__fail(ctx, FRS_E_ARG, _("neither a config nor a run folder was given"));
    frs_job *j = frs__alloc(ctx, 1, sizeof *j);
    if (!j) return FRS_E_NOMEM;
    j->ctx = ctx;
    j->o = o;
    j->memory.ctx = ctx;
    frs_status s = stages(j);
    if (s != FRS_OK) frs__log(ctx, FRS_LOG_DEBUG, "%s: %s", frs_status_name(s), frs_message(ctx));
    frs__log_to(ctx, NULL);
    frs__run_free_models(j);
    frs_findings_free(ctx, &j->findings);
    frs_run_data_close(ctx, &j->data);
    if (s != FRS_OK && j->fresh && !j->started) frs__run_undo(j);
    frs_config_free(j->own_config);
    frs__arena_free(&j->memory);
    if (j->locked) frs__unlock_dir(&j->lock);
    *run_dir = j->dir;
    frs__free(ctx, j);
    return s;
}
