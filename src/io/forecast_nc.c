/* forecast.nc: forecasts of several models for several sites, CF-1.8, NetCDF-4.
 *
 * A slab [n_issues][n_leads] of one model and site is stored in chunks of its own, so that any
 * order of puts touches a chunk once. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "freshet/io.h"
#include "io/netcdf_lib.h"

#define CHUNK_VALUES (INT64_C(1) << 18) /* at most: 1 MiB of floats */
#define MAX_LENGTH   (INT64_C(1) << 31) /* of one dimension */

struct frs_forecast_nc {
    frs_ctx *ctx;
    char *path;
    frs__nc_out out;
    int64_t n_models, n_sites, n_issues, n_leads;
    int forecast, observed; /* variable ids */
};

/* The unit in which leads are told, and how many seconds it has; a simulation or a step of months
 * counts steps. */
static const char *lead_unit(int64_t step_s, int64_t *unit_s) {
    *unit_s = step_s <= 0 ? 0 : step_s % FRS_DAY_S == 0 ? FRS_DAY_S : step_s % 3600 == 0 ? 3600 : 1;
    return *unit_s == 0 ? "1" : *unit_s == 1 ? "seconds" : *unit_s == 3600 ? "hours" : "days";
}

static void put_names(frs__nc_out *out, int var, const char *const *names, int64_t n) {
    for (size_t i = 0; i < (size_t)n && !out->code; i++) {
        const size_t one = 1;
        const char *name = names[i];
        out->code = out->nc->put_vara_string(out->id, var, &i, &one, &name);
    }
}

static void names_var(frs__nc_out *out, const char *name, const char *title, int dim,
                      const char *const *names, int64_t n) {
    const int var = frs__nc_var(out, name, FRS__NC_STRING, 1, &dim);
    frs__nc_att(out, var, "long_name", title);
    put_names(out, var, names, n);
}

static void lead_var(frs__nc_out *out, frs_ctx *ctx, int dim, const frs_forecast_nc_opts *o) {
    const size_t start = 0, count = (size_t)o->n_leads;
    int64_t unit_s;
    const char *unit = lead_unit(o->step_s, &unit_s);
    const int var = frs__nc_var(out, "lead", FRS__NC_INT, 1, &dim);
    frs__nc_att(out, var, "standard_name", unit_s ? "forecast_period" : "");
    frs__nc_att(out, var, "long_name", "time from the issue to the valid time");
    frs__nc_att(out, var, "units", unit);
    const double step_s = (double)o->step_s;
    if (unit_s && !out->code)
        out->code = out->nc->put_att_double(out->id, var, "step_s", FRS__NC_INT, 1, &step_s);
    int *lead = out->code ? NULL : frs__alloc(ctx, o->n_leads, sizeof *lead);
    if (!lead) {
        if (!out->code) out->code = FRS__NC_E_NOMEM;
        return;
    }
    const int64_t factor = unit_s ? o->step_s / unit_s : 1;
    for (int64_t i = 0; i < o->n_leads; i++) lead[i] = (int)(o->leads[i] * factor);
    out->code = out->nc->put_vara_int(out->id, var, &start, &count, lead);
    frs__free(ctx, lead);
}

/* A float variable over the last n_dims of the dimensions (model, site, issue_time, lead). */
static int values_var(frs__nc_out *out, const char *name, const char *title, int n_dims,
                      const int *dims, const frs_forecast_nc_opts *o) {
    int64_t rows = CHUNK_VALUES / o->n_leads;
    if (rows < 1) rows = 1;
    if (rows > o->n_issues) rows = o->n_issues;
    const size_t chunk[4] = {1, 1, (size_t)rows, (size_t)o->n_leads};
    const int var = frs__nc_var(out, name, FRS__NC_FLOAT, n_dims, dims + 4 - n_dims);
    frs__nc_att(out, var, "long_name", title);
    frs__nc_att(out, var, "units", o->unit);
    frs__nc_float_layout(out, var, chunk + 4 - n_dims);
    return var;
}

static void define(frs_forecast_nc *f, const frs_forecast_nc_opts *o) {
    frs__nc_out *out = &f->out;
    const int dims[4] = {
        frs__nc_dim(out, "model", o->n_models), frs__nc_dim(out, "site", o->n_sites),
        frs__nc_dim(out, "issue_time", o->n_issues), frs__nc_dim(out, "lead", o->n_leads)};
    const char *target = o->target && o->target[0] ? o->target : "value";
    char *forecast = frs__asprintf(f->ctx, "%s, forecast", target);
    char *observed = frs__asprintf(f->ctx, "%s, observed at the valid time", target);
    if (!forecast || !observed) out->code = FRS__NC_E_NOMEM;
    frs__nc_att(out, FRS__NC_GLOBAL, "Conventions", "CF-1.8");
    frs__nc_att(out, FRS__NC_GLOBAL, "title", o->title);
    frs__nc_att(out, FRS__NC_GLOBAL, "history", o->history);
    frs__nc_att(out, FRS__NC_GLOBAL, "source", "Freshet " FRS_VERSION);
    frs__nc_att(out, FRS__NC_GLOBAL, "target", target);
    names_var(out, "model", "forecasting model", dims[0], o->models, o->n_models);
    names_var(out, "site", "name of the gauge", dims[1], o->sites, o->n_sites);
    const int issue = frs__nc_time_var(out, "issue_time", dims[2], o->issue_s, o->n_issues);
    frs__nc_att(out, issue, "long_name", "time of issue: nothing later is known to the model");
    frs__nc_put_time(out, issue, o->issue_s, o->n_issues);
    lead_var(out, f->ctx, dims[3], o);
    f->forecast = values_var(out, "forecast", forecast, 4, dims, o);
    f->observed = values_var(out, "observed", observed, 3, dims, o);
    frs__free(f->ctx, forecast);
    frs__free(f->ctx, observed);
}

static frs_status check(frs_ctx *ctx, const char *path, const frs_forecast_nc_opts *o) {
    const int64_t n[] = {o->n_models, o->n_sites, o->n_issues, o->n_leads};
    static const char *const names[] = {"models", "sites", "issue times", "leads"};
    for (int i = 0; i < 4; i++)
        if (n[i] < 1 || n[i] > MAX_LENGTH)
            return frs__fail(ctx, FRS_E_ARG, _("%s: %" PRId64 " %s"), path, n[i], names[i]);
    if (o->step_s > INT32_MAX)
        return frs__fail(ctx, FRS_E_ARG, _("%s: step of %" PRId64 " s"), path, o->step_s);
    int64_t unit_s;
    lead_unit(o->step_s, &unit_s);
    const int64_t factor = unit_s ? o->step_s / unit_s : 1;
    for (int64_t i = 0; i < o->n_leads; i++)
        if (o->leads[i] < 0 || o->leads[i] > INT32_MAX / factor)
            return frs__fail(ctx, FRS_E_ARG, _("%s: lead %" PRId64 " steps"), path, o->leads[i]);
    return FRS_OK;
}

static int64_t value_bytes(const frs_forecast_nc_opts *o) {
    const double n = (double)o->n_sites * (double)o->n_issues * (double)o->n_leads;
    return (int64_t)fmin((double)(o->n_models + 1) * n * sizeof(float), 1e18);
}

static void release(frs_forecast_nc *f) {
    frs_ctx *ctx = f->ctx;
    frs__free(ctx, f->path);
    frs__free(ctx, f);
}

frs_status frs_forecast_nc_create(frs_ctx *ctx, const char *path, const frs_forecast_nc_opts *o,
                                  frs_forecast_nc **out) {
    const frs__nc *nc;
    FRS_TRY(check(ctx, path, o));
    frs_forecast_nc *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    *f = (frs_forecast_nc){.ctx = ctx,
                           .path = frs__strdup(ctx, path),
                           .n_models = o->n_models,
                           .n_sites = o->n_sites,
                           .n_issues = o->n_issues,
                           .n_leads = o->n_leads};
    frs_status s = f->path ? frs__nc_begin(ctx, &nc) : FRS_E_NOMEM;
    if (s == FRS_OK) {
        s = frs__nc_create(ctx, nc, f->path, value_bytes(o), &f->out);
        if (s == FRS_OK) {
            define(f, o);
            s = frs__nc_status(&f->out);
            if (s != FRS_OK) frs__nc_discard(&f->out);
        }
        frs__nc_end();
    }
    if (s != FRS_OK)
        release(f);
    else
        *out = f;
    return s;
}

frs_status frs_forecast_nc_put(frs_forecast_nc *f, int64_t model, int64_t site,
                               const float *values) {
    if (model < -1 || model >= f->n_models || site < 0 || site >= f->n_sites)
        return frs__fail(f->ctx, FRS_E_ARG, _("%s: no model %" PRId64 " or no site %" PRId64),
                         f->path, model, site);
    const bool observed = model < 0;
    const size_t start[4] = {observed ? 0 : (size_t)model, (size_t)site, 0, 0};
    const size_t count[4] = {1, 1, (size_t)f->n_issues, (size_t)f->n_leads};
    const frs__nc *nc;
    FRS_TRY(frs__nc_begin(f->ctx, &nc));
    if (!f->out.code)
        f->out.code = nc->put_vara_float(f->out.id, observed ? f->observed : f->forecast,
                                         start + observed, count + observed, values);
    const frs_status s = frs__nc_status(&f->out);
    frs__nc_end();
    return s;
}

frs_status frs_forecast_nc_close(frs_forecast_nc *f) {
    const frs__nc *nc;
    frs_status s = frs__nc_begin(f->ctx, &nc);
    if (s == FRS_OK) {
        s = frs__nc_commit(&f->out);
        frs__nc_end();
    }
    release(f);
    return s;
}

void frs_forecast_nc_abort(frs_forecast_nc *f) {
    const frs__nc *nc;
    if (!f) return;
    if (frs__nc_begin(f->ctx, &nc) == FRS_OK) {
        frs__nc_discard(&f->out);
        frs__nc_end();
    }
    release(f);
}
