/* CAMELS-US as it is published: basin_mean_forcing/PRODUCT/[HUC/]ID_lump_*_forcing_leap.txt,
 * usgs_streamflow/[HUC/]ID_streamflow_qc.txt, camels_attributes_v2.0/camels_*.txt.
 * Names, and flow in mm/day by the area in the forcing file, as NeuralHydrology has them.
 * Source: Newman et al. (2015), doi:10.5194/hess-19-209-2015; Addor et al. (2017),
 * doi:10.5194/hess-21-5293-2017. */
#include "io/camels_us.h"
#include "io/text.h"
#include <math.h>
#include <string.h>

#define M3_PER_FT3   0.028316846592
#define MAX_PRODUCTS 16
#define FLOW_COLUMNS 6 /* site, year, month, day, cubic feet per second, flag */

/* ---- forcings */

/* Lines 1 to 3 of a forcing file: latitude, elevation (m), area (m2). */
static frs_status read_area(frs_ctx *ctx, const char *path, double *m2) {
    frs_map m;
    char buf[64];
    FRS_TRY(frs__map_open(ctx, path, &m));
    frs__lines l = frs__lines_begin((const char *)m.data, m.n);
    bool there = true;
    for (int i = 0; i < 3; i++) there = there && frs__lines_next(&l);
    const frs__cell c = {there ? l.s : "", there ? l.len : 0, false};
    frs_status s = FRS_OK;
    if (!frs__parse_double(c.s, (size_t)c.n, '.', m2) || !(*m2 > 0 && *m2 < 5.2e14))
        s = frs__fail(ctx, FRS_E_FORMAT,
                      _("%s:%lld: expected the catchment's area in m2 (line 3), found '%s'"), path,
                      (long long)l.number, frs__cell_text(&c, buf));
    frs__map_close(&m);
    return s;
}

frs_status frs__camels_us_forcing(frs_dataset *d, int64_t i, int part, frs_series *s) {
    static const frs__unit_row units[] = {
        {"prcp", "mm/day", FRS_VAR_SUM}, {"PRCP", "mm/day", FRS_VAR_SUM},
        {"srad", "W/m2", FRS_VAR_MEAN},  {"SRAD", "W/m2", FRS_VAR_MEAN},
        {"vp", "Pa", FRS_VAR_MEAN},      {"Vp", "Pa", FRS_VAR_MEAN},
        {"swe", "mm", FRS_VAR_INSTANT},  {"SWE", "mm", FRS_VAR_INSTANT},
    };
    double m2 = NAN;
    FRS_TRY(frs__read_part_table(d, i, part, s));
    frs__set_units(s, units, FRS_LEN(units));
    FRS_TRY(read_area(d->ctx, frs__file_of(&d->parts[part], d->sites[i].name), &m2));
    s->area_km2 = m2 / 1e6;
    return FRS_OK;
}

frs_status frs__camels_us_find_product(frs_dataset *d, int part, const char *product) {
    const char *all = frs__ds_path(d, NULL, "basin_mean_forcing");
    const char *dir = all ? frs__ds_path(d, all, product) : NULL;
    if (dir && (strchr(product, '/') || !frs__is_dir(dir)))
        return frs__fail(d->ctx, FRS_E_INPUT, _("%s: no forcing product '%s' in %s"), d->path,
                         product, all);
    return frs__part_find(d, part, dir, &(frs__pattern){.after = "_", .end = "_forcing_leap.txt"});
}

/* None asked for: the only one there is, else Daymet's. */
static frs_status choose_product(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "basin_mean_forcing");
    char **names = NULL;
    int64_t n = 0, n_products = 0, at = 0;
    if (!dir) return FRS_E_NOMEM;
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &n));
    for (int64_t i = 0; i < n; i++) {
        if (names[i][0] == '.' || !frs__has_dir(dir, names[i])) continue;
        if (n_products++ == 0 || strcmp(names[i], "daymet") == 0) at = i;
    }
    const char *product = n_products ? frs__arena_strdup(&d->arena, names[at]) : NULL;
    const char **list = product ? frs__arena_alloc(&d->arena, 1, sizeof *list) : NULL;
    frs__free(d->ctx, names);
    if (!n_products) return frs__fail(d->ctx, FRS_E_NODATA, _("%s: no forcing product in it"), dir);
    if (!list) return FRS_E_NOMEM;
    list[0] = product;
    d->opts.forcings = list;
    d->opts.n_forcings = 1;
    if (n_products == 1) return FRS_OK;
    if (strcmp(product, "daymet") != 0)
        return frs__fail(d->ctx, FRS_E_INPUT,
                         _("%s: %lld forcing products and no daymet: choose by forcings"), dir,
                         (long long)n_products);
    frs__log(d->ctx, FRS_LOG_INFO, _("%s: %lld forcing products; daymet is read (key forcings)"),
             dir, (long long)n_products);
    return FRS_OK;
}

frs_status frs__camels_us_statics(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "camels_attributes_v2.0");
    const char **paths = NULL;
    int64_t n = 0;
    if (!dir) return FRS_E_NOMEM;
    FRS_TRY(frs__list_like(d, dir, "camels_", ".txt", &paths, &n));
    return frs__ds_statics(d, paths, n, &(frs__statics_opts){.published = true});
}

/* ---- flow */

typedef struct flow {
    frs__file_rows rows;
    int64_t n_estimated;
    double mm_per_cfs; /* mm/day of 1 cubic foot per second */
} flow;

static frs_status take_flow(flow *f, const frs__lines *l) {
    frs_ctx *ctx = f->rows.ctx;
    frs__cell c[FRS_TEXT_COLUMNS];
    int64_t time_s;
    char decimal = '.', buf[64];
    double cfs = NAN;
    FRS_TRY(frs__split_all(ctx, f->rows.path, l, ' ', FLOW_COLUMNS, c));
    const frs__cell *flag = &c[5], date = {c[1].s, c[3].s + c[3].n - c[1].s, false};
    if (!frs__text_ymd(&c[1], &time_s))
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a date (as 2001-02-28), found '%s'"), f->rows.path,
                         (long long)l->number, frs__cell_text(&date, buf));
    const frs__cell_kind kind = frs__cell_read(&c[4], &decimal, &cfs);
    if (kind == FRS_CELL_TEXT || (kind == FRS_CELL_NUMBER && !(fabs(cfs) < 1e12)))
        return frs__fail(ctx, FRS_E_FORMAT, _("%s:%lld: column '%s': expected %s, found '%s'"),
                         f->rows.path, (long long)l->number, "QObs", _("a number"),
                         frs__cell_text(&c[4], buf));
    float *row = frs__file_rows_add(&f->rows, time_s, l->number);
    if (!row) return FRS_E_NOMEM;
    if (kind != FRS_CELL_NUMBER || cfs < 0) return FRS_OK;
    row[0] = (float)(cfs * f->mm_per_cfs);
    f->n_estimated += flag->n >= 2 && memcmp(flag->s + flag->n - 2, ":e", 2) == 0;
    return FRS_OK;
}

static frs_status read_flow(frs_dataset *d, const char *path, double area_km2, frs_series *s) {
    static const frs_var var = {.name = "QObs(mm/d)", .unit = "mm/day", .kind = FRS_VAR_MEAN};
    char *text = NULL, site[64];
    int64_t n = 0;
    flow f = {.rows = {.ctx = d->ctx, .path = path, .n_vars = 1},
              .mm_per_cfs = M3_PER_FT3 * 86400 * 1000 / (area_km2 * 1e6)};
    FRS_TRY(frs__site_of_path(d->ctx, path, site));
    FRS_TRY(frs__text_read(d->ctx, path, FRS_TEXT_BYTES, &text, &n));
    frs__lines l = frs__lines_begin(text, n);
    frs_status st = FRS_OK;
    while (st == FRS_OK && frs__lines_next(&l)) st = take_flow(&f, &l);
    if (st == FRS_OK) st = frs__file_rows_series(&f.rows, site, &var, s);
    frs__file_rows_free(&f.rows);
    frs__free(d->ctx, text);
    FRS_TRY(st);
    s->source = frs__strdup(d->ctx, path);
    if (!s->source) return FRS_E_NOMEM;
    s->n_estimated = f.n_estimated;
    return FRS_OK;
}

/* ---- the layout: parts are the products, then flow */

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__has_dir(path, "basin_mean_forcing") && frs__has_dir(path, "usgs_streamflow");
    return FRS_OK;
}

static frs_status open_us(frs_dataset *d) {
    bool is = false;
    FRS_TRY(sniff(d->ctx, d->path, &is));
    if (!is)
        return frs__fail(d->ctx, FRS_E_INPUT,
                         _("%s: not CAMELS-US: expected the folders basin_mean_forcing and "
                           "usgs_streamflow in it"),
                         d->path);
    if (d->opts.n_forcings == 0) FRS_TRY(choose_product(d));
    const int n = d->opts.n_forcings;
    if (n > MAX_PRODUCTS)
        return frs__fail(d->ctx, FRS_E_INPUT, _("%s: %d forcing products; at most %d"), d->path, n,
                         MAX_PRODUCTS);
    FRS_TRY(frs__parts_new(d, n + 1));
    for (int k = 0; k < n; k++) FRS_TRY(frs__camels_us_find_product(d, k, d->opts.forcings[k]));
    FRS_TRY(frs__part_find(d, n, frs__ds_path(d, NULL, "usgs_streamflow"),
                           &(frs__pattern){.end = "_streamflow_qc.txt"}));
    FRS_TRY(frs__sites_of_parts(d, n + 1));
    return frs__camels_us_statics(d);
}

static frs_status read_us(frs_dataset *d, int64_t i, frs_series *s) {
    const int n = d->opts.n_forcings;
    frs_series part[MAX_PRODUCTS + 1] = {0};
    frs_status st = FRS_OK;
    for (int k = 0; k < n && st == FRS_OK; k++) {
        st = frs__camels_us_forcing(d, i, k, &part[k]);
        for (int v = 0; n > 1 && v < part[k].n_vars && st == FRS_OK; v++)
            st = frs__suffix_var(d->ctx, &part[k], v, d->opts.forcings[k]);
    }
    const double area_km2 = part[n - 1].area_km2; /* of the last product, as NeuralHydrology */
    if (st == FRS_OK)
        st = read_flow(d, frs__file_of(&d->parts[n], d->sites[i].name), area_km2, &part[n]);
    if (st == FRS_OK) st = frs__join(d->ctx, part, n + 1, false, s);
    if (st == FRS_OK) s->area_km2 = area_km2;
    for (int k = 0; k <= n; k++) frs_series_free(d->ctx, &part[k]);
    return st;
}

const frs_layout frs__layout_camels_us = {.name = "camels_us",
                                          .title = N_("CAMELS-US, daily"),
                                          .sniff = sniff,
                                          .open = open_us,
                                          .read = read_us};
