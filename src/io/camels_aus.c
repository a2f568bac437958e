/* CAMELS-AUS: tables of all sites, 03_streamflow/streamflow_mmd.csv and
 * 05_hydrometeorology/GROUP/VARIABLE.csv, or `preprocessed`, one table a site; attributes in the
 * master table. -99.99 is missing.
 * Source: Fowler et al. (2021), doi:10.5194/essd-13-3847-2021. */
#include "io/layout.h"
#include <string.h>

#define MISSING (-99.99)
#define FLOW    "03_streamflow/streamflow_mmd.csv"

static const frs__unit_row units[] = {{"streamflow_mmd", "mm/day", FRS_VAR_MEAN},
                                      {"precipitation", "mm/day", FRS_VAR_SUM},
                                      {"et_", "mm/day", FRS_VAR_SUM},
                                      {"evap", "mm/day", FRS_VAR_SUM},
                                      {"tm", "degC", FRS_VAR_MEAN},
                                      {"vprp", "hPa", FRS_VAR_MEAN},
                                      {"solarrad", "MJ/m2", FRS_VAR_SUM},
                                      {"radiation", "MJ/m2", FRS_VAR_SUM},
                                      {"rh_", "percent", FRS_VAR_MEAN},
                                      {"mslp", "hPa", FRS_VAR_MEAN},
                                      {"vp", "hPa", FRS_VAR_MEAN}};

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__has_file(path, FLOW) ||
          frs__has_file(path, "CAMELS_AUS_Attributes&Indices_MasterTable.csv");
    return FRS_OK;
}

static frs_status open_tables(frs_dataset *d) {
    frs__files tables = {0};
    const char *flow = frs__ds_path(d, NULL, FLOW);
    const char *weather = frs__ds_path(d, NULL, "05_hydrometeorology");
    if (!flow || !weather) return FRS_E_NOMEM;
    if (frs__is_dir(weather))
        FRS_TRY(frs__find_files(d, weather, &(frs__pattern){.end = ".csv"}, &tables));
    const char **paths = frs__arena_alloc(&d->arena, tables.n + 1, sizeof *paths);
    const char **names = frs__arena_alloc(&d->arena, tables.n + 1, sizeof *names);
    if (!paths || !names) return FRS_E_NOMEM;
    int64_t n = 1;
    paths[0] = flow;
    names[0] = "streamflow_mmd";
    for (int64_t i = 0; i < tables.n; i++) {
        if (strcmp(tables.at[i].site, "ClimaticIndices") == 0) continue;
        paths[n] = tables.at[i].path;
        names[n++] = tables.at[i].site; /* the file's name without its ending */
    }
    return frs__wide_set_open(d, paths, names, n);
}

static frs_status open_aus(frs_dataset *d) {
    const char **paths = NULL;
    int64_t n = 0;
    if (!d->opts.has_missing) {
        d->opts.missing = MISSING;
        d->opts.has_missing = true;
    }
    FRS_TRY(frs__preprocessed_open(d));
    if (!d->preprocessed) FRS_TRY(open_tables(d));
    FRS_TRY(frs__list_like(d, d->path, "CAMELS_AUS", "MasterTable.csv", &paths, &n));
    return frs__ds_statics(d, paths, n > 0,
                           &(frs__statics_opts){.site_column = "station_id", .published = true});
}

static frs_status read_aus(frs_dataset *d, int64_t i, frs_series *s) {
    FRS_TRY(d->preprocessed ? frs__read_part_table(d, i, 0, s) : frs__wide_set_read(d, i, s));
    frs__negative_missing(d->ctx, s, frs_series_var(s, "streamflow_mmd"));
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

const frs_layout frs__layout_camels_aus = {.name = "camels_aus",
                                           .title = "CAMELS-AUS",
                                           .sniff = sniff,
                                           .open = open_aus,
                                           .read = read_aus,
                                           .close = frs__wide_set_close};
