/* A record as a NetCDF file in NeuralHydrology's `generic` layout: one file a site, coordinate
 * `date`, one float variable a column. */
#include <string.h>

#include "freshet/io.h"
#include "io/netcdf_lib.h"

#define CHUNK_STEPS 65536 /* at most, of one variable */

static const char *cell_method(frs_var_kind kind) {
    static const char *const text[] = {[FRS_VAR_UNKNOWN] = "",
                                       [FRS_VAR_INSTANT] = "date: point",
                                       [FRS_VAR_MEAN] = "date: mean",
                                       [FRS_VAR_SUM] = "date: sum"};
    return text[kind];
}

/* NetCDF allows no slash in a name: prcp(mm/day) becomes prcp(mm_day), its long_name says how it
 * was, and the reader takes it from there. */
static void plain_name(const char *name, char out[64]) {
    memcpy(out, name, 64);
    for (char *p = out; *p; p++)
        if (*p == '/') *p = '_';
}

static frs_status put_series(frs__nc_out *out, const frs_series *s, const int64_t *time_s) {
    const size_t start = 0, count = (size_t)s->n, chunk = count < CHUNK_STEPS ? count : CHUNK_STEPS;
    const int dim = frs__nc_dim(out, "date", s->n);
    const int date = frs__nc_time_var(out, "date", dim, time_s, s->n);
    frs__nc_att(out, FRS__NC_GLOBAL, "Conventions", "CF-1.8");
    frs__nc_att(out, FRS__NC_GLOBAL, "title", s->site);
    frs__nc_put_time(out, date, time_s, s->n);
    for (int i = 0; i < s->n_vars && !out->code; i++) {
        char name[64];
        plain_name(s->vars[i].name, name);
        const int var = frs__nc_var(out, name, FRS__NC_FLOAT, 1, &dim);
        if (out->code)
            return frs__fail(out->ctx, FRS_E_INPUT,
                             _("variable \"%s\" cannot be written to NetCDF: %s"), s->vars[i].name,
                             out->nc->strerror(out->code));
        if (strcmp(name, s->vars[i].name) != 0) frs__nc_att(out, var, "long_name", s->vars[i].name);
        frs__nc_att(out, var, "units", s->vars[i].unit);
        frs__nc_att(out, var, "cell_methods", cell_method(s->vars[i].kind));
        frs__nc_att(out, var, "time_label", s->vars[i].label_end ? "end" : "");
        frs__nc_float_layout(out, var, &chunk);
        if (!out->code)
            out->code = out->nc->put_vara_float(out->id, var, &start, &count, s->values[i]);
    }
    return FRS_OK;
}

frs_status frs_write_netcdf(frs_ctx *ctx, const char *path, const frs_series *s) {
    if (s->n < 1) return frs__fail(ctx, FRS_E_NODATA, _("no steps to write to %s"), path);
    const frs__nc *nc;
    int64_t *time_s = frs__alloc(ctx, s->n, sizeof *time_s);
    if (!time_s) return FRS_E_NOMEM;
    for (int64_t i = 0; i < s->n; i++) time_s[i] = frs_step_add(s->step, s->start_s, i);
    frs_status status = frs__nc_begin(ctx, &nc);
    if (status == FRS_OK) {
        frs__nc_out out;
        status = frs__nc_create(ctx, nc, path, s->n * s->n_vars * (int64_t)sizeof(float), &out);
        if (status == FRS_OK) {
            status = put_series(&out, s, time_s);
            if (status == FRS_OK)
                status = frs__nc_commit(&out);
            else
                frs__nc_discard(&out);
        }
        frs__nc_end();
    }
    frs__free(ctx, time_s);
    return status;
}
