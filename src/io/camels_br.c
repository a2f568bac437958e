/* CAMELS-BR: a folder a variable, NN_CAMELS_BR_*, in it one table a site (ID_*.txt: year, month,
 * day, the value, flags), or `preprocessed`, one table a site; 01_CAMELS_BR_attributes. Source:
 * Chagas et al. (2020), doi:10.5194/essd-12-2075-2020. */
#include "io/layout.h"
#include <string.h>

#define MAX_FOLDERS 32

static const frs__unit_row units[] = {
    {"streamflow_mm", "mm/day", FRS_VAR_MEAN}, {"streamflow_m3s", "m3/s", FRS_VAR_MEAN},
    {"simulated", "mm/day", FRS_VAR_MEAN},     {"precipitation", "mm/day", FRS_VAR_SUM},
    {"evapotransp", "mm/day", FRS_VAR_SUM},    {"potential_evapotransp", "mm/day", FRS_VAR_SUM},
    {"temperature", "degC", FRS_VAR_MEAN}};

static bool numbered(const char *name) {
    return name[0] >= '0' && name[0] <= '9' && name[1] >= '0' && name[1] <= '9' &&
           strncmp(name + 2, "_CAMELS_BR_", 11) == 0;
}

/* A folder of one variable: 03 (flow of the chosen catchments) and later. */
static bool is_variable(const char *name) {
    return numbered(name) && (name[0] > '0' || name[1] >= '3') && !strstr(name, "attributes") &&
           !strstr(name, "boundaries");
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    return frs__has_like(ctx, path, numbered, is);
}

static frs_status open_folders(frs_dataset *d) {
    char **names = NULL;
    int64_t n = 0;
    int k = 0;
    FRS_TRY(frs__parts_new(d, MAX_FOLDERS));
    FRS_TRY(frs__list_dir(d->ctx, d->path, &names, &n));
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < n && k < MAX_FOLDERS; i++)
        if (is_variable(names[i]) && frs__has_dir(d->path, names[i]))
            s = frs__part_find(d, k++, frs__ds_path(d, NULL, names[i]),
                               &(frs__pattern){.after = "_", .end = ".txt"});
    frs__free(d->ctx, names);
    FRS_TRY(s);
    d->n_parts = k;
    if (k == 0)
        return frs__fail(d->ctx, FRS_E_NODATA,
                         _("%s: no folder NN_CAMELS_BR_* with NN from 03, and no folder "
                           "preprocessed"),
                         d->path);
    return frs__sites_of_parts(d, 1);
}

static frs_status open_br(frs_dataset *d) {
    const char *dir = frs__ds_path(d, NULL, "01_CAMELS_BR_attributes");
    const char **paths = NULL;
    int64_t n = 0;
    if (!dir) return FRS_E_NOMEM;
    FRS_TRY(frs__preprocessed_open(d));
    if (!d->preprocessed) FRS_TRY(open_folders(d));
    FRS_TRY(frs__list_like(d, dir, "camels_br_", ".txt", &paths, &n));
    return frs__ds_statics(d, paths, n,
                           &(frs__statics_opts){.site_column = "gauge_id", .published = true});
}

/* The first column that is no date is the variable; what follows are flags. */
static frs_status read_variable(frs_dataset *d, int64_t i, int k, frs_series *s) {
    FRS_TRY(frs__read_part_table(d, i, k, s));
    while (s->n_vars > 1) frs__drop_var(d->ctx, s, s->vars[s->n_vars - 1].name);
    return FRS_OK;
}

/* Not all sites have a simulation: what is not there is missing, under the name that the folder's
 * first file has for it. */
static frs_status no_variable(frs_dataset *d, const frs_series *like, int k, frs_series *s) {
    frs_series other = {0};
    FRS_TRY(frs__read_table(d, d->parts[k].at[0].path, &other));
    frs_status st = frs_series_new(d->ctx, like->site, like->start_s, like->step, 1, 1, s);
    if (st == FRS_OK) {
        s->vars[0] = other.vars[0];
        s->source = other.source;
        other.source = NULL;
    }
    frs_series_free(d->ctx, &other);
    return st;
}

static frs_status read_folders(frs_dataset *d, int64_t i, frs_series *s) {
    frs_series part[MAX_FOLDERS] = {0};
    int n = 0;
    frs_status st = FRS_OK;
    for (int k = 0; st == FRS_OK && k < d->n_parts; k++) {
        if (d->parts[k].n == 0) continue;
        st = frs__file_of(&d->parts[k], d->sites[i].name) ? read_variable(d, i, k, &part[n++])
                                                          : no_variable(d, &part[0], k, &part[n++]);
    }
    if (st == FRS_OK) st = frs__join(d->ctx, part, n, true, s);
    for (int k = 0; k < n; k++) frs_series_free(d->ctx, &part[k]);
    return st;
}

static frs_status read_br(frs_dataset *d, int64_t i, frs_series *s) {
    FRS_TRY(d->preprocessed ? frs__read_part_table(d, i, 0, s) : read_folders(d, i, s));
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

const frs_layout frs__layout_camels_br = {
    .name = "camels_br", .title = "CAMELS-BR", .sniff = sniff, .open = open_br, .read = read_br};
