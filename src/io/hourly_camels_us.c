/* Hourly CAMELS-US: the folder `hourly` inside CAMELS-US, with usgs-streamflow-PRODUCT.nc (all
 * sites, forcings and flow), or PRODUCT/...ID....csv and usgs_streamflow/...ID-usgs-hourly.csv,
 * where PRODUCT ends in _hourly. Daily products asked for beside it hold through the hours of their
 * day. Times are UTC as in the files; a day of a daily product is taken from 00:00 UTC, as
 * NeuralHydrology does. Source: Gauch et al. (2021), doi:10.5194/hess-25-2045-2021. */
#include "io/camels_us.h"
#include "io/netcdf_lib.h"
#include <math.h>
#include <string.h>

#define MAX_PRODUCTS 16
#define DEFAULT      "nldas_hourly"

static const frs__unit_row units[] = {{"QObs", "mm/h", FRS_VAR_MEAN},
                                      {"qobs", "mm/h", FRS_VAR_MEAN},
                                      {"total_precipitation", "mm/h", FRS_VAR_SUM}};

static bool is_hourly(const char *product) {
    const size_t n = strlen(product);
    return n > 7 && strcmp(product + n - 7, "_hourly") == 0;
}

static bool is_hourly_part(const char *name) {
    return is_hourly(name) || strncmp(name, "usgs-streamflow", 15) == 0 ||
           strncmp(name, "usgs_streamflow", 15) == 0;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    char *dir = frs__path_join(ctx, path, "hourly");
    if (!dir) return FRS_E_NOMEM;
    const frs_status s = frs__has_like(ctx, dir, is_hourly_part, is);
    frs__free(ctx, dir);
    return s;
}

/* ---- where things are: part 2 k is product k, part 2 k + 1 the flow beside it */

static const char *netcdf_of(frs_dataset *d, const char *product) {
    char *name = frs__asprintf(d->ctx, "hourly/usgs-streamflow-%s.nc", product);
    const char *path = name ? frs__ds_path(d, NULL, name) : NULL;
    frs__free(d->ctx, name);
    return path;
}

static frs_status find_in_netcdf(frs_dataset *d, const char *path, frs__files *f) {
    char(*sites)[64] = NULL;
    int64_t n = 0;
    f->what = path;
    FRS_TRY(frs__netcdf_sites(d->ctx, path, &sites, &n));
    f->at = frs__arena_alloc(&d->arena, n, sizeof *f->at);
    if (f->at)
        for (; f->n < n; f->n++) {
            memcpy(f->at[f->n].site, sites[f->n], sizeof *sites);
            f->at[f->n].path = path;
        }
    frs__free(d->ctx, sites);
    return f->at ? FRS_OK : FRS_E_NOMEM;
}

static frs_status find_csv(frs_dataset *d, int k, const char *product) {
    const char *hourly = frs__ds_path(d, NULL, "hourly");
    const char *dir = hourly ? frs__ds_path(d, hourly, product) : NULL;
    if (!dir) return FRS_E_NOMEM;
    if (strchr(product, '/') || !frs__is_dir(dir))
        return frs__fail(
            d->ctx, FRS_E_INPUT,
            _("%s: no forcing product '%s': neither usgs-streamflow-%s.nc nor a folder "
              "%s"),
            hourly, product, product, product);
    FRS_TRY(frs__part_find(d, 2 * k, dir, &(frs__pattern){.digits = true, .end = ".csv"}));
    const bool dash = !frs__has_dir(hourly, "usgs_streamflow");
    return frs__part_find(d, 2 * k + 1,
                          frs__ds_path(d, hourly, dash ? "usgs-streamflow" : "usgs_streamflow"),
                          &(frs__pattern){.digits = true, .end = "usgs-hourly.csv"});
}

static frs_status find_product(frs_dataset *d, int k) {
    const char *product = d->opts.forcings[k];
    if (!is_hourly(product)) {
        FRS_TRY(frs__camels_us_find_product(d, 2 * k, product));
        d->parts[2 * k + 1] = d->parts[2 * k]; /* no flow of its own */
        return FRS_OK;
    }
    const char *nc = netcdf_of(d, product);
    if (!nc) return FRS_E_NOMEM;
    if (!frs__exists(nc)) return find_csv(d, k, product);
    FRS_TRY(find_in_netcdf(d, nc, &d->parts[2 * k]));
    d->parts[2 * k + 1] = d->parts[2 * k];
    return FRS_OK;
}

static frs_status open_hourly(frs_dataset *d) {
    static const char *const usual[] = {DEFAULT};
    if (d->opts.n_forcings == 0) {
        d->opts.forcings = usual;
        d->opts.n_forcings = 1;
    }
    const int n = d->opts.n_forcings;
    bool any = false;
    for (int k = 0; k < n; k++) any |= is_hourly(d->opts.forcings[k]);
    if (n > MAX_PRODUCTS || !any)
        return frs__fail(d->ctx, FRS_E_INPUT,
                         _("%s: expected 1 to %d forcing products, at least one that ends in "
                           "_hourly"),
                         d->path, MAX_PRODUCTS);
    FRS_TRY(frs__parts_new(d, 2 * n));
    for (int k = 0; k < n; k++) FRS_TRY(find_product(d, k));
    FRS_TRY(frs__sites_of_parts(d, 2 * n));
    return frs__camels_us_statics(d);
}

/* ---- records */

/* A daily record as an hourly one: each value holds through its day. */
static frs_status to_hours(frs_ctx *ctx, frs_series *s) {
    frs_series h = {0};
    if (s->step.unit != FRS_STEP_SECOND || s->step.count != FRS_DAY_S)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: expected a daily record"), s->source);
    FRS_TRY(frs_series_new(ctx, s->site, s->start_s, (frs_step){3600, FRS_STEP_SECOND}, 24 * s->n,
                           s->n_vars, &h));
    for (int v = 0; v < s->n_vars; v++) {
        h.vars[v] = s->vars[v];
        for (int64_t t = 0; t < h.n; t++) h.values[v][t] = s->values[v][t / 24];
    }
    h.source = s->source;
    s->source = NULL;
    frs_series_free(ctx, s);
    *s = h;
    return FRS_OK;
}

static bool is_flow(const char *name) {
    return strcasestr(name, "qobs") != NULL;
}

/* With several products each variable but flow gets the product's name; flow that an earlier
 * product has brought is not taken twice. */
static frs_status settle(frs_dataset *d, frs_series *s, int k, bool *has_flow) {
    const bool had_flow = *has_flow;
    for (int v = s->n_vars - 1; v >= 0; v--) {
        if (!is_flow(s->vars[v].name)) {
            if (d->opts.n_forcings > 1) FRS_TRY(frs__suffix_var(d->ctx, s, v, d->opts.forcings[k]));
            continue;
        }
        *has_flow = true;
        if (had_flow)
            frs__drop_var(d->ctx, s, s->vars[v].name);
        else
            frs__negative_missing(d->ctx, s, v);
    }
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

static frs_status read_hourly_product(frs_dataset *d, int64_t i, int k, frs_series *s) {
    const char *site = d->sites[i].name, *path = frs__file_of(&d->parts[2 * k], site);
    if (frs__has_extension(path, "nc"))
        return frs__netcdf_read_site(d->ctx, path, site, &d->opts, s);
    frs_series part[2] = {0};
    frs_status st = frs__read_table(d, path, &part[0]);
    if (st == FRS_OK) st = frs__read_part_table(d, i, 2 * k + 1, &part[1]);
    if (st == FRS_OK) st = frs__join(d->ctx, part, 2, false, s);
    frs_series_free(d->ctx, &part[0]);
    frs_series_free(d->ctx, &part[1]);
    return st;
}

static frs_status read_product(frs_dataset *d, int64_t i, int k, frs_series *s) {
    if (is_hourly(d->opts.forcings[k])) return read_hourly_product(d, i, k, s);
    FRS_TRY(frs__camels_us_forcing(d, i, 2 * k, s));
    return to_hours(d->ctx, s);
}

static frs_status read_hourly(frs_dataset *d, int64_t i, frs_series *s) {
    frs_series part[MAX_PRODUCTS] = {0};
    const int n = d->opts.n_forcings;
    bool has_flow = false;
    frs_status st = FRS_OK;
    for (int k = 0; k < n && st == FRS_OK; k++) {
        st = read_product(d, i, k, &part[k]);
        if (st == FRS_OK) st = settle(d, &part[k], k, &has_flow);
    }
    if (st == FRS_OK) st = frs__join(d->ctx, part, n, false, s);
    for (int k = 0; k < n; k++) frs_series_free(d->ctx, &part[k]);
    return st;
}

const frs_layout frs__layout_hourly_camels_us = {.name = "hourly_camels_us",
                                                 .title = N_("CAMELS-US, hourly"),
                                                 .sniff = sniff,
                                                 .open = open_hourly,
                                                 .read = read_hourly};
