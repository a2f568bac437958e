/* forecast.nc back: axes at once, values slab by slab. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "freshet/io.h"
#include "io/cf_time.h"
#include "io/netcdf_lib.h"

#define MAX_NAMES  INT64_C(10000000)  /* models or sites */
#define MAX_ISSUES INT64_C(100000000) /* issue times: minutes of 190 years */
#define MAX_LEADS  INT64_C(1000000)
#define MAX_SLAB   (INT64_C(1) << 31) /* values of one model and site */

struct frs_forecast_nc_reader {
    frs__nc_in in;
    frs_arena arena;
    frs_forecast_nc_opts info;
    int forecast, observed; /* variable ids */
    char target[64], unit[64], title[256], history[1024];
};

/* The variable `name`, of this type, over exactly these dimensions. */
static frs_status find(const frs__nc_in *in, const char *name, int type, int n_dims,
                       const char *const *dims, int *var) {
    int got_type, got_n, ids[FRS__NC_MAX_DIMS];
    if (in->nc->inq_varid(in->id, name, var))
        return frs__fail(in->ctx, FRS_E_FORMAT, _("%s: no variable \"%s\": not a forecast archive"),
                         in->path, name);
    const int code = in->nc->inq_var(in->id, *var, NULL, &got_type, &got_n, ids, NULL);
    if (code) return frs__nc_damaged(in, name, code);
    bool same = got_n == n_dims && (type == 0 || got_type == type);
    for (int i = 0; same && i < n_dims; i++) {
        char dim[FRS__NC_MAX_NAME + 1] = "";
        same = !in->nc->inq_dim(in->id, ids[i], dim, NULL) && strcmp(dim, dims[i]) == 0;
    }
    if (!same)
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: \"%s\" has another type or other dimensions than a forecast "
                           "archive's"),
                         in->path, name);
    return FRS_OK;
}

/* The length of the only dimension of a variable, checked against what this axis may have. */
static frs_status length(const frs__nc_in *in, const char *name, int64_t most, int64_t *n) {
    int var, dim;
    size_t size;
    FRS_TRY(find(in, name, 0, 1, &name, &var));
    int code = in->nc->inq_var(in->id, var, NULL, NULL, NULL, &dim, NULL);
    if (!code) code = in->nc->inq_dim(in->id, dim, NULL, &size);
    if (code) return frs__nc_damaged(in, name, code);
    if (size < 1 || size > (size_t)most)
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: \"%s\" has %zu entries; 1 to %" PRId64 " are allowed"), in->path,
                         name, size, most);
    *n = (int64_t)size;
    return FRS_OK;
}

static frs_status read_names(frs_forecast_nc_reader *f, const char *name, int64_t n,
                             const char *const **out) {
    const frs__nc_in *in = &f->in;
    int var;
    FRS_TRY(find(in, name, FRS__NC_STRING, 1, &name, &var));
    const char **names = frs__arena_alloc(&f->arena, n, sizeof *names);
    if (!names) return FRS_E_NOMEM;
    for (size_t i = 0; i < (size_t)n; i++) {
        const size_t one = 1;
        char *text = NULL;
        const int code = in->nc->get_vara_string(in->id, var, &i, &one, &text);
        if (code) return frs__nc_damaged(in, name, code);
        names[i] = frs__arena_strdup(&f->arena, text ? text : "");
        if (text) in->nc->free_string(1, &text);
        if (!names[i]) return FRS_E_NOMEM;
    }
    *out = names;
    return FRS_OK;
}

/* A whole numeric axis, in the file's own unit. */
static frs_status read_numbers(frs_forecast_nc_reader *f, const char *name, int64_t n, int *var,
                               double **out) {
    const size_t start = 0, count = (size_t)n;
    FRS_TRY(find(&f->in, name, 0, 1, &name, var));
    double *v = frs__arena_alloc(&f->arena, n, sizeof *v);
    if (!v) return FRS_E_NOMEM;
    const int code = f->in.nc->get_vara_double(f->in.id, *var, &start, &count, v);
    *out = v;
    return code ? frs__nc_damaged(&f->in, name, code) : FRS_OK;
}

static frs_status read_issues(frs_forecast_nc_reader *f, int64_t n) {
    char units[128], calendar[64];
    frs__cf_time t;
    int var;
    double *v;
    FRS_TRY(read_numbers(f, "issue_time", n, &var, &v));
    frs__nc_text(&f->in, var, "units", units, sizeof units);
    frs__nc_text(&f->in, var, "calendar", calendar, sizeof calendar);
    const frs_status s = frs__cf_time_parse(f->in.ctx, units, calendar, &t);
    if (s != FRS_OK) return frs__fail_in(f->in.ctx, s, "%s: issue_time", f->in.path);
    int64_t *issue_s = frs__arena_alloc(&f->arena, n, sizeof *issue_s);
    if (!issue_s) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++)
        if (!frs__cf_time_at(&t, v[i], &issue_s[i]))
            return frs__fail(f->in.ctx, FRS_E_FORMAT,
                             _("%s: issue_time %" PRId64 " is missing or not a date"), f->in.path,
                             i + 1);
    f->info.issue_s = issue_s;
    return FRS_OK;
}

/* The file tells leads in a unit of time, this program in steps. */
static frs_status read_leads(frs_forecast_nc_reader *f, int64_t n) {
    double *v;
    int var;
    char unit[32];
    FRS_TRY(read_numbers(f, "lead", n, &var, &v));
    frs__nc_text(&f->in, var, "units", unit, sizeof unit);
    const double unit_s = frs__cf_unit_s(unit);
    double step_s = unit_s;
    frs__nc_number(&f->in, var, "step_s", &step_s);
    if (!(step_s >= 0 && step_s <= INT32_MAX)) step_s = 0;
    int64_t *leads = frs__arena_alloc(&f->arena, n, sizeof *leads);
    if (!leads) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const double lead = unit_s > 0 && step_s > 0 ? v[i] * unit_s / step_s : v[i];
        if (!(lead >= 0 && lead <= INT32_MAX && lead == floor(lead)))
            return frs__fail(f->in.ctx, FRS_E_FORMAT,
                             _("%s: lead %" PRId64 " is not a whole number of steps"), f->in.path,
                             i + 1);
        leads[i] = (int64_t)lead;
    }
    f->info.leads = leads;
    f->info.step_s = (int64_t)step_s;
    return FRS_OK;
}

static frs_status read_axes(frs_forecast_nc_reader *f) {
    static const char *const dims[] = {"model", "site", "issue_time", "lead"};
    const frs__nc_in *in = &f->in;
    frs_forecast_nc_opts *o = &f->info;
    FRS_TRY(find(in, "forecast", FRS__NC_FLOAT, 4, dims, &f->forecast));
    FRS_TRY(find(in, "observed", FRS__NC_FLOAT, 3, dims + 1, &f->observed));
    FRS_TRY(length(in, "model", MAX_NAMES, &o->n_models));
    FRS_TRY(length(in, "site", MAX_NAMES, &o->n_sites));
    FRS_TRY(length(in, "issue_time", MAX_ISSUES, &o->n_issues));
    FRS_TRY(length(in, "lead", MAX_LEADS, &o->n_leads));
    if (o->n_issues > MAX_SLAB / o->n_leads)
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: %" PRId64 " issue times of %" PRId64 " leads are too many"),
                         in->path, o->n_issues, o->n_leads);
    FRS_TRY(read_names(f, "model", o->n_models, &o->models));
    FRS_TRY(read_names(f, "site", o->n_sites, &o->sites));
    FRS_TRY(read_issues(f, o->n_issues));
    FRS_TRY(read_leads(f, o->n_leads));
    frs__nc_text(in, FRS__NC_GLOBAL, "target", f->target, sizeof f->target);
    frs__nc_text(in, FRS__NC_GLOBAL, "title", f->title, sizeof f->title);
    frs__nc_text(in, FRS__NC_GLOBAL, "history", f->history, sizeof f->history);
    frs__nc_text(in, f->forecast, "units", f->unit, sizeof f->unit);
    o->target = f->target;
    o->title = f->title;
    o->history = f->history;
    o->unit = f->unit;
    return FRS_OK;
}

static void release(frs_forecast_nc_reader *f) {
    frs_ctx *ctx = f->arena.ctx;
    frs__arena_free(&f->arena);
    frs__free(ctx, f);
}

/* The path is kept for messages. */
static frs_status open_file(frs_forecast_nc_reader *f, const frs__nc *nc, const char *path) {
    const char *copy = frs__arena_strdup(&f->arena, path);
    if (!copy) return FRS_E_NOMEM;
    FRS_TRY(frs__nc_open(f->arena.ctx, nc, copy, &f->in));
    const frs_status s = read_axes(f);
    if (s != FRS_OK) frs__nc_close(&f->in);
    return s;
}

frs_status frs_forecast_nc_open(frs_ctx *ctx, const char *path, frs_forecast_nc_reader **out) {
    const frs__nc *nc;
    frs_forecast_nc_reader *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->arena.ctx = ctx;
    frs_status s = frs__nc_begin(ctx, &nc);
    if (s == FRS_OK) {
        s = open_file(f, nc, path);
        frs__nc_end();
    }
    if (s != FRS_OK)
        release(f);
    else
        *out = f;
    return s;
}

const frs_forecast_nc_opts *frs_forecast_nc_info(const frs_forecast_nc_reader *f) {
    return &f->info;
}

frs_status frs_forecast_nc_get(frs_forecast_nc_reader *f, int64_t model, int64_t site,
                               float *values) {
    const frs_forecast_nc_opts *o = &f->info;
    const frs__nc_in *in = &f->in;
    if (model < -1 || model >= o->n_models || site < 0 || site >= o->n_sites)
        return frs__fail(in->ctx, FRS_E_ARG, _("%s: no model %" PRId64 " or no site %" PRId64),
                         in->path, model, site);
    const bool observed = model < 0;
    const size_t start[4] = {observed ? 0 : (size_t)model, (size_t)site, 0, 0};
    const size_t count[4] = {1, 1, (size_t)o->n_issues, (size_t)o->n_leads};
    const frs__nc *nc;
    FRS_TRY(frs__nc_begin(in->ctx, &nc));
    const int code = nc->get_vara_float(in->id, observed ? f->observed : f->forecast,
                                        start + observed, count + observed, values);
    frs__nc_end();
    return code ? frs__nc_damaged(in, observed ? "observed" : "forecast", code) : FRS_OK;
}

void frs_forecast_nc_free(frs_forecast_nc_reader *f) {
    const frs__nc *nc;
    if (!f) return;
    if (frs__nc_begin(f->in.ctx, &nc) == FRS_OK) {
        frs__nc_close(&f->in);
        frs__nc_end();
    }
    release(f);
}
