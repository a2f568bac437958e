/* Caravan: timeseries/netcdf/SET/SET_ID.nc, or timeseries/csv/SET/SET_ID.csv where there is no
 * NetCDF (in the folder or in this build); attributes/SET/NAME.csv, the same attributes for every
 * set. Source: Kratzert et al. (2023), doi:10.1038/s41597-023-01975-w. */
#include "io/layout.h"
#include <string.h>

static const frs__unit_row units[] = {{"streamflow", "mm/day", FRS_VAR_MEAN},
                                      {"total_precipitation", "mm/day", FRS_VAR_SUM},
                                      {"potential_evaporation", "mm/day", FRS_VAR_SUM},
                                      {"temperature_2m", "degC", FRS_VAR_MEAN},
                                      {"snow_depth_water_equivalent", "mm", FRS_VAR_INSTANT},
                                      {"surface_pressure", "kPa", FRS_VAR_MEAN},
                                      {"surface_net_", "W/m2", FRS_VAR_MEAN},
                                      {"u_component_of_wind", "m/s", FRS_VAR_MEAN},
                                      {"v_component_of_wind", "m/s", FRS_VAR_MEAN},
                                      {"volumetric_soil_water", "m3/m3", FRS_VAR_MEAN}};

static const char *timeseries(frs_dataset *d, bool *netcdf) {
    const char *all = frs__ds_path(d, NULL, "timeseries");
    if (!all) return NULL;
    *netcdf = frs__has_dir(all, "netcdf") &&
              (!frs__reader_netcdf.built_without() || !frs__has_dir(all, "csv"));
    return frs__ds_path(d, all, *netcdf ? "netcdf" : "csv");
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__has_dir(path, "timeseries/netcdf") || frs__has_dir(path, "timeseries/csv");
    return FRS_OK;
}

/* The files of attributes/SET/, of every set. */
static frs_status statics(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "attributes");
    const char **paths = NULL;
    char **sets = NULL;
    int64_t n_sets = 0, n = 0, cap = 0;
    if (!dir) return FRS_E_NOMEM;
    if (!frs__is_dir(dir)) return FRS_OK;
    FRS_TRY(frs__list_dir(d->ctx, dir, &sets, &n_sets));
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < n_sets; i++) {
        const char *set = frs__ds_path(d, dir, sets[i]), **more = NULL;
        int64_t k = 0;
        s = set ? frs__list_like(d, set, "", ".csv", &more, &k) : FRS_E_NOMEM;
        if (s != FRS_OK || k == 0) continue;
        if (n + k > cap) {
            cap = 2 * (n + k);
            const char **grown = frs__arena_alloc(&d->arena, cap, sizeof *grown);
            if (grown && n) memcpy(grown, paths, (size_t)n * sizeof *grown);
            paths = grown;
        }
        if (!paths)
            s = FRS_E_NOMEM;
        else
            memcpy(paths + n, more, (size_t)k * sizeof *paths);
        n += k;
    }
    frs__free(d->ctx, sets);
    FRS_TRY(s);
    return frs__ds_statics(d, paths, n,
                           &(frs__statics_opts){.site_column = "gauge_id", .published = true});
}

static frs_status open_caravan(frs_dataset *d) {
    bool netcdf = false;
    const char *dir = timeseries(d, &netcdf);
    FRS_TRY(frs__parts_new(d, 1));
    FRS_TRY(frs__part_find(d, 0, dir, &(frs__pattern){.end = netcdf ? ".nc" : ".csv"}));
    FRS_TRY(frs__sites_of_parts(d, 1));
    return statics(d);
}

static frs_status read_caravan(frs_dataset *d, int64_t i, frs_series *s) {
    const char *path = frs__file_of(&d->parts[0], d->sites[i].name);
    frs_read_opts o = d->opts;
    o.format = "netcdf";
    if (frs__has_extension(path, "nc"))
        FRS_TRY(frs_read_series(d->ctx, path, &o, s));
    else
        FRS_TRY(frs__read_table(d, path, s));
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

const frs_layout frs__layout_caravan = {.name = "caravan",
                                        .title = "Caravan",
                                        .sniff = sniff,
                                        .open = open_caravan,
                                        .read = read_caravan};
