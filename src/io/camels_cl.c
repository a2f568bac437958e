/* CAMELS-CL: tables of all sites, VARIABLE_day.csv (the edition of January 2022) or
 * N_CAMELScl_VARIABLE.txt (2018), or `preprocessed`, one table a site; attributes in
 * 1_CAMELScl_attributes.txt, a row an attribute.
 * Source: Alvarez-Garreton et al. (2018), doi:10.5194/hess-22-5817-2018. */
#include "io/layout.h"
#include <string.h>

static const frs__unit_row units[] = {{"q_mm", "mm/day", FRS_VAR_MEAN},
                                      {"streamflow_mm", "mm/day", FRS_VAR_MEAN},
                                      {"streamflow_m3s", "m3/s", FRS_VAR_MEAN},
                                      {"precip", "mm/day", FRS_VAR_SUM},
                                      {"pet", "mm/day", FRS_VAR_SUM},
                                      {"tm", "degC", FRS_VAR_MEAN},
                                      {"swe", "mm", FRS_VAR_INSTANT}};

/* What NeuralHydrology takes of the edition of 2022. */
static bool wanted_2022(const char *name) {
    static const char *const parts[] = {"q_mm", "precip", "tmin", "tmax", "tmean", "pet"};
    for (int64_t i = 0; i < FRS_LEN(parts); i++)
        if (strstr(name, parts[i])) return true;
    return false;
}

/* "q_mm_day.csv" -> q_mm, "3_CAMELScl_streamflow_mm.txt" -> streamflow_mm; false: another file. */
static bool variable_of(const char *path, char name[64]) {
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    const char *old = strstr(file, "_CAMELScl_");
    const char *from = old ? old + strlen("_CAMELScl_") : file;
    const char *end = strstr(from, old ? ".txt" : "_day.csv");
    if (!end || end == from || end - from > 63) return false;
    if (old ? strncmp(from, "attributes", 10) == 0 || strncmp(from, "catchment", 9) == 0
            : !wanted_2022(file))
        return false;
    memset(name, 0, 64);
    memcpy(name, from, (size_t)(end - from));
    return true;
}

static frs_status sniff(frs_ctx *ctx, const char *path, bool *is) {
    (void)ctx;
    *is = frs__has_file(path, "1_CAMELScl_attributes.txt") ||
          frs__has_file(path, "3_CAMELScl_streamflow_mm.txt") ||
          frs__has_file(path, "q_mm_day.csv");
    return FRS_OK;
}

/* Flow first: its sites are the set's. */
static bool is_flow(const char *name) {
    return strcmp(name, "q_mm") == 0 || strcmp(name, "streamflow_mm") == 0;
}

static frs_status open_tables(frs_dataset *d) {
    const char **new_paths = NULL, **old_paths = NULL;
    int64_t n_new = 0, n_old = 0, n = 0;
    FRS_TRY(frs__list_like(d, d->path, "", "_day.csv", &new_paths, &n_new));
    FRS_TRY(frs__list_like(d, d->path, "", ".txt", &old_paths, &n_old));
    const char **paths = frs__arena_alloc(&d->arena, n_new + n_old, sizeof *paths);
    const char **names = frs__arena_alloc(&d->arena, n_new + n_old, sizeof *names);
    if (!paths || !names) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n_new + n_old; i++) {
        char name[64];
        const char *path = i < n_new ? new_paths[i] : old_paths[i - n_new];
        if (!variable_of(path, name)) continue;
        paths[n] = path;
        names[n] = frs__arena_strdup(&d->arena, name);
        if (!names[n]) return FRS_E_NOMEM;
        if (is_flow(name)) {
            const char *p = paths[0], *v = names[0];
            paths[0] = path, names[0] = names[n];
            if (n > 0) paths[n] = p, names[n] = v;
        }
        n++;
    }
    if (n == 0)
        return frs__fail(d->ctx, FRS_E_NODATA,
                         _("%s: no table VARIABLE_day.csv or N_CAMELScl_VARIABLE.txt, and no "
                           "folder preprocessed"),
                         d->path);
    return frs__wide_set_open(d, paths, names, n);
}

static frs_status open_cl(frs_dataset *d) {
    const char *path = frs__ds_path(d, NULL, "1_CAMELScl_attributes.txt");
    if (!path) return FRS_E_NOMEM;
    FRS_TRY(frs__preprocessed_open(d));
    if (!d->preprocessed) FRS_TRY(open_tables(d));
    return frs__ds_statics(d, &path, frs__exists(path),
                           &(frs__statics_opts){.turned = true, .published = true});
}

static frs_status read_cl(frs_dataset *d, int64_t i, frs_series *s) {
    FRS_TRY(d->preprocessed ? frs__read_part_table(d, i, 0, s) : frs__wide_set_read(d, i, s));
    frs__set_units(s, units, FRS_LEN(units));
    return FRS_OK;
}

const frs_layout frs__layout_camels_cl = {.name = "camels_cl",
                                          .title = "CAMELS-CL",
                                          .sniff = sniff,
                                          .open = open_cl,
                                          .read = read_cl,
                                          .close = frs__wide_set_close};
