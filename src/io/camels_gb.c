/* CAMELS-GB: timeseries/CAMELS_GB_hydromet_timeseries_ID_DATES.csv and
 * attributes/NAME_attributes.csv. Source: Coxon et al. (2020), doi:10.5194/essd-12-2459-2020. */
#include "io/layout.h"
#include <string.h>

static const frs__unit_row units[] = {{"precipitation", "mm/day", FRS_VAR_SUM},
                                      {"peti", "mm/day", FRS_VAR_SUM},
                                      {"pet", "mm/day", FRS_VAR_SUM},
                                      {"temperature", "degC", FRS_VAR_MEAN},
                                      {"discharge_spec", "mm/day", FRS_VAR_MEAN},
                                      {"discharge_vol", "m3/s", FRS_VAR_MEAN},
                                      {"humidity", "g/kg", FRS_VAR_MEAN},
                                      {"shortwave_rad", "W/m2", FRS_VAR_MEAN},
                                      {"longwave_rad", "W/m2", FRS_VAR_MEAN},
                                      {"windspeed", "m/s", FRS_VAR_MEAN}};
#define BEGIN "CAMELS_GB_hydromet_timeseries_"

static bool is_record(const char *name) {
    return strncmp(name, BEGIN, strlen(BEGIN)) == 0;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    char *dir = frs__path_join(ctx, path, "timeseries");
    if (!dir) return FRS_E_NOMEM;
    const frs_status s = frs__has_like(ctx, dir, is_record, is);
    frs__free(ctx, dir);
    return s;
}

static frs_status open_gb(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "attributes");
    const char **paths = NULL;
    int64_t n = 0;
    FRS_TRY(frs__parts_new(d, 1));
    FRS_TRY(frs__part_find(d, 0, frs__ds_path(d, NULL, "timeseries"),
                           &(frs__pattern){.before = BEGIN, .after = "_", .end = ".csv"}));
    FRS_TRY(frs__sites_of_parts(d, 1));
    if (!dir) return FRS_E_NOMEM;
    FRS_TRY(frs__list_like(d, dir, "", "_attributes.csv", &paths, &n));
    return frs__ds_statics(d, paths, n,
                           &(frs__statics_opts){.site_column = "gauge_id", .published = true});
}

static frs_status read_gb(frs_dataset *d, int64_t i, frs_series *s) {
    FRS_TRY(frs__read_part_table(d, i, 0, s));
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

const frs_layout frs__layout_camels_gb = {
    .name = "camels_gb", .title = "CAMELS-GB", .sniff = sniff, .open = open_gb, .read = read_gb};
