/* forecast.nc from the archives and back. */
#include <math.h>
#include <string.h>

#include "freshet/io.h"
#include "report/csv.h"
#include "report/files.h"
#include "report/view.h"

/* The file's axes; names of models borrow from r, those of sites are mended to UTF-8. */
typedef struct axes {
    const char **models, **sites;
    frs_arena arena;
    int64_t n_models;
    int64_t *issue_s, *leads;
} axes;

static const char *utf8(axes *x, const char *name) {
    frs_buf b = {.ctx = x->arena.ctx};
    while (*name) {
        char c[5];
        name = frs__utf8_char(name, c);
        frs__buf_add(&b, c);
    }
    char *copy = b.failed ? NULL : frs__arena_strdup(&x->arena, b.data ? b.data : "");
    frs__buf_free(&b);
    return copy;
}

static frs_status make_axes(frs_ctx *ctx, const frs_report *r, axes *x) {
    const frs_archive *o = &r->observed;
    x->arena.ctx = ctx;
    x->models = frs__arena_alloc(&x->arena, r->n_models, sizeof *x->models);
    x->sites = frs__arena_alloc(&x->arena, r->n_sites, sizeof *x->sites);
    x->issue_s = frs__arena_alloc(&x->arena, o->n_issues, sizeof *x->issue_s);
    x->leads = frs__arena_alloc(&x->arena, o->n_leads, sizeof *x->leads);
    if (!x->models || !x->sites || !x->issue_s || !x->leads) return FRS_E_NOMEM;
    for (int64_t m = 0; m < r->n_models; m++)
        if (r->models[m].archive.values) x->models[x->n_models++] = r->models[m].name;
    for (int64_t i = 0; i < r->n_sites; i++)
        if (!(x->sites[i] = utf8(x, r->sites[i]))) return FRS_E_NOMEM;
    for (int64_t i = 0; i < o->n_issues; i++)
        x->issue_s[i] = frs_step_add(o->step, o->first_issue_s, i);
    for (int64_t l = 0; l < o->n_leads; l++) x->leads[l] = r->leads > 0 ? l + 1 : 0;
    return FRS_OK;
}

static frs_status put_all(frs_forecast_nc *f, const frs_report *r) {
    const int64_t size = r->observed.n_issues * r->observed.n_leads;
    for (int64_t s = 0; s < r->n_sites; s++)
        FRS_TRY(frs_forecast_nc_put(f, -1, s, r->observed.values + s * size));
    int64_t k = 0;
    for (int64_t m = 0; m < r->n_models; m++) {
        const float *values = r->models[m].archive.values;
        for (int64_t s = 0; values && s < r->n_sites; s++)
            FRS_TRY(frs_forecast_nc_put(f, k, s, values + s * size));
        k += values != NULL;
    }
    return FRS_OK;
}

frs_status frs_report_save_forecast(frs_ctx *ctx, const frs_report *r, const char *run_dir) {
    const frs_archive *o = &r->observed;
    if (!o->values)
        return frs__fail(ctx, FRS_E_NODATA, _("no predictions to write to forecast.nc"));
    FRS_TRY(frs__check_geometry(ctx, r));
    axes x = {0};
    frs_forecast_nc *f = NULL;
    char *path = frs__path_join(ctx, run_dir, "forecast.nc");
    frs_status s = path ? make_axes(ctx, r, &x) : FRS_E_NOMEM;
    const frs_forecast_nc_opts opts = {.models = x.models,
                                       .n_models = x.n_models,
                                       .sites = x.sites,
                                       .n_sites = r->n_sites,
                                       .issue_s = x.issue_s,
                                       .n_issues = o->n_issues,
                                       .leads = x.leads,
                                       .n_leads = o->n_leads,
                                       .step_s =
                                           o->step.unit == FRS_STEP_SECOND ? o->step.count : 0,
                                       .target = r->target ? r->target : "flow",
                                       .unit = r->unit ? r->unit : "",
                                       .title = r->title ? r->title : "",
                                       .history = r->command ? r->command : ""};
    if (s == FRS_OK) s = frs_forecast_nc_create(ctx, path, &opts, &f);
    if (s == FRS_OK) {
        s = put_all(f, r);
        if (s == FRS_OK)
            s = frs_forecast_nc_close(f);
        else
            frs_forecast_nc_abort(f);
    }
    frs__arena_free(&x.arena);
    frs__free(ctx, path);
    return s;
}

/* ---- back */
static frs_status check(frs_ctx *ctx, const char *path, const frs_forecast_nc_opts *i,
                        const frs_report *r) {
    const int64_t n_leads = r->leads > 0 ? r->leads : 1;
    if (i->n_sites != r->n_sites || i->n_leads != n_leads || i->n_issues < 1)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: %lld sites and %lld leads, but run.json has %lld and %lld"), path,
                         (long long)i->n_sites, (long long)i->n_leads, (long long)r->n_sites,
                         (long long)n_leads);
    for (int64_t s = 0; s < i->n_sites; s++)
        if (strcmp(i->sites[s], r->sites[s]) != 0)
            return frs__fail(ctx, FRS_E_FORMAT,
                             _("%s: site %lld is \"%.40s\", but \"%.40s\" in run.json"), path,
                             (long long)s, i->sites[s], r->sites[s]);
    for (int64_t k = 0; k < i->n_issues; k++)
        if (i->issue_s[k] != frs_step_add(r->observed.step, i->issue_s[0], k)) {
            char t[32];
            return frs__fail(ctx, FRS_E_FORMAT,
                             _("%s: issue time %s does not follow the step in run.json"), path,
                             frs_date_format(i->issue_s[k], t));
        }
    return FRS_OK;
}

static frs_status get_archive(frs_forecast_nc_reader *f, frs_report_memory *m, int64_t model,
                              const frs_archive *like, frs_archive *a) {
    const int64_t size = like->n_issues * like->n_leads;
    frs_ctx *ctx = m->arena.ctx;
    *a = *like;
    a->values = frs__alloc(ctx, like->n_sites * size, sizeof *a->values);
    if (!a->values) return FRS_E_NOMEM;
    m->archives[m->n_archives++] = a->values;
    for (int64_t s = 0; s < like->n_sites; s++)
        FRS_TRY(frs_forecast_nc_get(f, model, s, a->values + s * size));
    return FRS_OK;
}

static frs_status get_all(frs_forecast_nc_reader *f, frs_ctx *ctx, frs_report_memory *m,
                          const char *path, frs_report *r) {
    const frs_forecast_nc_opts *i = frs_forecast_nc_info(f);
    frs_report_model *models = (frs_report_model *)r->models; /* load made them */
    FRS_TRY(check(ctx, path, i, r));
    m->archives = frs__alloc(ctx, i->n_models + 1, sizeof *m->archives);
    if (!m->archives) return FRS_E_NOMEM;
    const frs_archive like = {.n_sites = i->n_sites,
                              .n_issues = i->n_issues,
                              .n_leads = i->n_leads,
                              .first_issue_s = i->issue_s[0],
                              .step = r->observed.step,
                              .simulation = r->leads == 0};
    FRS_TRY(get_archive(f, m, -1, &like, &r->observed));
    for (int64_t k = 0; k < i->n_models; k++) {
        const int64_t at = frs__find_model(r, i->models[k]);
        if (at < 0)
            return frs__fail(ctx, FRS_E_FORMAT, _("%s: model \"%.40s\" is not in run.json"), path,
                             i->models[k]);
        FRS_TRY(get_archive(f, m, k, &like, &models[at].archive));
    }
    return FRS_OK;
}

frs_status frs__read_forecast(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    frs_forecast_nc_reader *f;
    if (!frs__exists(path)) return FRS_OK;
    FRS_TRY(frs_forecast_nc_open(ctx, path, &f));
    const frs_status s = get_all(f, ctx, m, path, r);
    frs_forecast_nc_free(f);
    return s;
}
