/* LamaH-CE: X_basins_NAME/2_timeseries/daily/ID_N.csv (weather),
 * D_gauges/2_timeseries/daily/ID_N.csv (flow, m3/s), attributes in 1_attributes of both. Three
 * delineations of the catchments: A (whole), B and C (between gauges). Hourly records are read
 * where there are no daily ones. Flow is brought to depth by the gauge's area (area_gov), as
 * NeuralHydrology does. Source: Klingler et al. (2021), doi:10.5194/essd-13-4529-2021. */
#include "io/layout.h"
#include <math.h>
#include <string.h>

static const char *const folders[] = {"A_basins_total_upstrm", "B_basins_intermediate_all",
                                      "C_basins_intermediate_lowimp"};
static const frs__unit_row units[] = {{"2m_", "degC", FRS_VAR_MEAN},
                                      {"prec", "mm", FRS_VAR_SUM},
                                      {"total_et", "mm", FRS_VAR_SUM},
                                      {"swe", "mm", FRS_VAR_INSTANT},
                                      {"surf_net_solar_rad", "W/m2", FRS_VAR_MEAN},
                                      {"surf_net_therm_rad", "W/m2", FRS_VAR_MEAN},
                                      {"surf_press", "Pa", FRS_VAR_MEAN},
                                      {"10m_wind", "m/s", FRS_VAR_MEAN},
                                      {"lai_", "m2/m2", FRS_VAR_MEAN},
                                      {"volsw_", "m3/m3", FRS_VAR_MEAN}};
enum { WEATHER, GAUGE, N_PARTS };

/* The delineation's folder: the one that the layout's name says, else the first there is. */
static const char *folder_of(const frs_dataset *d) {
    const char letter = d->layout->name[5] ? d->layout->name[6] : 0;
    for (int64_t i = 0; i < FRS_LEN(folders); i++)
        if (letter ? letter == 'a' + (char)i : frs__has_dir(d->path, folders[i])) return folders[i];
    return folders[0];
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = false;
    for (int64_t i = 0; i < FRS_LEN(folders); i++) *is |= frs__has_dir(path, folders[i]);
    *is &= frs__has_dir(path, "D_gauges");
    return FRS_OK;
}

/* top/2_timeseries/daily, or hourly where that is not there. */
static const char *series_dir(frs_dataset *d, const char *top) {
    const char *all = frs__ds_path(d, top, "2_timeseries");
    if (!all) return NULL;
    return frs__ds_path(d, all, frs__has_dir(all, "daily") ? "daily" : "hourly");
}

static frs_status statics(frs_dataset *d, const char *basins, const char *gauges) {
    const char *const all[] = {frs__ds_path(d, basins, "1_attributes/Catchment_attributes.csv"),
                               frs__ds_path(d, gauges, "1_attributes/Gauge_attributes.csv")};
    const char *there[2];
    int64_t n = 0;
    for (int i = 0; i < 2; i++) {
        if (!all[i]) return FRS_E_NOMEM;
        if (frs__exists(all[i])) there[n++] = all[i];
    }
    return frs__ds_statics(d, there, n,
                           &(frs__statics_opts){.site_column = "ID", .published = true});
}

static frs_status open_lamah(frs_dataset *d) {
    static const frs__pattern file = {.before = "ID_", .end = ".csv"};
    const char *basins = frs__ds_path(d, NULL, folder_of(d));
    const char *gauges = frs__ds_path(d, NULL, "D_gauges");
    if (!basins || !gauges) return FRS_E_NOMEM;
    FRS_TRY(frs__parts_new(d, N_PARTS));
    FRS_TRY(frs__part_find(d, WEATHER, series_dir(d, basins), &file));
    FRS_TRY(frs__part_find(d, GAUGE, series_dir(d, gauges), &file));
    FRS_TRY(frs__sites_of_parts(d, N_PARTS));
    return statics(d, basins, gauges);
}

/* m3/s to mm a step. */
static frs_status to_depth(frs_dataset *d, const char *site, frs_series *s) {
    const double area_km2 = frs__ds_attribute(d, site, "area_gov");
    if (s->step.unit != FRS_STEP_SECOND || (s->step.count != FRS_DAY_S && s->step.count != 3600))
        return frs__fail(d->ctx, FRS_E_FORMAT, _("%s: expected a daily or hourly record"),
                         s->source);
    if (!(area_km2 > 0))
        return frs__fail(d->ctx, FRS_E_INPUT,
                         _("%s: no area_gov of site %s in D_gauges/1_attributes/"
                           "Gauge_attributes.csv, by which flow becomes a depth"),
                         d->path, site);
    const double mm = (double)s->step.count * 1000 / (area_km2 * 1e6);
    for (int64_t t = 0; t < s->n; t++) s->values[0][t] = (float)((double)s->values[0][t] * mm);
    const char *unit = s->step.count == FRS_DAY_S ? "mm/day" : "mm/h";
    memcpy(s->vars[0].unit, unit, strlen(unit) + 1);
    s->vars[0].kind = FRS_VAR_MEAN;
    s->area_km2 = area_km2;
    return FRS_OK;
}

static frs_status read_gauge(frs_dataset *d, int64_t i, frs_series *s) {
    FRS_TRY(frs__read_part_table(d, i, GAUGE, s));
    if (frs_series_var(s, "qobs") < 0)
        return frs__fail(d->ctx, FRS_E_FORMAT, _("%s: no column 'qobs'"), s->source);
    while (strcmp(s->vars[0].name, "qobs") != 0) frs__drop_var(d->ctx, s, s->vars[0].name);
    while (s->n_vars > 1) frs__drop_var(d->ctx, s, s->vars[1].name); /* marks of quality */
    frs__negative_missing(d->ctx, s, 0);
    return to_depth(d, d->sites[i].name, s);
}

static frs_status read_lamah(frs_dataset *d, int64_t i, frs_series *s) {
    frs_series part[N_PARTS] = {0};
    frs_status st = frs__read_part_table(d, i, WEATHER, &part[WEATHER]);
    if (st == FRS_OK) {
        frs__drop_var(d->ctx, &part[WEATHER], "mm"); /* minutes of hourly records */
        frs__set_units(&part[WEATHER], units, FRS_LEN(units));
        st = read_gauge(d, i, &part[GAUGE]);
    }
    if (st == FRS_OK) st = frs__join(d->ctx, part, N_PARTS, false, s);
    for (int k = 0; k < N_PARTS; k++) frs_series_free(d->ctx, &part[k]);
    return st;
}

#define LAYOUT(name_, title_, sniff_)                                                              \
    const frs_layout frs__layout_##name_ = {                                                       \
        .name = #name_, .title = title_, .sniff = sniff_, .open = open_lamah, .read = read_lamah}
LAYOUT(lamah, N_("LamaH-CE, the first delineation there is"), sniff);
LAYOUT(lamah_a, N_("LamaH-CE, whole catchments"), NULL);
LAYOUT(lamah_b, N_("LamaH-CE, catchments between gauges"), NULL);
LAYOUT(lamah_c, N_("LamaH-CE, catchments between gauges with little human influence"), NULL);
