/* Reading and writing records. One format a file in src/io + a line in reader_list.def.
 * A count, length or offset found in a file is never trusted. Messages name file, line or variable,
 * date, expected, found. */
#ifndef FRESHET_IO_H
#define FRESHET_IO_H
#include "freshet/data.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef struct frs_read_opts {
    const char *format; /* NULL: detect by looking; else a reader's name or a layout's */
    const char *const *names;
    int n_names;    /* text without a header: column names after the date; NULL: "q" for one column,
                       else c1, c2.. */
    double missing; /* extra missing value; use has_missing */
    bool has_missing;
    bool
        whole_names; /* text: a unit in brackets stays in the variable's name, too; notes on what is
                        passed over go to the debug log (a published set has many files alike) */
    /* Of data sets only. forcings: products of CAMELS-US ("daymet"); with more than one each
     * variable's name ends in _PRODUCT. NULL: the only one there, else daymet. units: "NAME=UNIT",
     * to which variables are converted (flow by the catchment's area). */
    const char *const *forcings;
    int n_forcings;
    const char *const *units;
    int n_units;
} frs_read_opts;
typedef struct frs_reader {
    const char *name; /* "csv", "mopex", "netcdf", "rdb", "grdc", "store" */
    const char *title;
    const char *extensions; /* "csv;txt;tsv" */
    bool (*sniff)(const char *path, const unsigned char *head, int64_t n);
    /* One file, one site (site name = file name without extension unless the file says). */
    frs_status (*read)(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s);
    const char *(*built_without)(void); /* NULL: available; else the library that is missing */
} frs_reader;
int64_t frs_n_readers(void);
const frs_reader *frs_reader_at(int64_t i);
frs_status frs_read_series(frs_ctx *ctx, const char *path, const frs_read_opts *o, frs_series *s);
/* A CSV of attributes: first column the site id; text columns are skipped with a note. Several
 * files are joined. */
frs_status frs_read_statics(frs_ctx *ctx, const char *const *paths, int64_t n, frs_statics *s);
/* A data set: a published one (CAMELS-US and its kin, LamaH, Caravan), a folder of series files
 * (NeuralHydrology's generic layout: time_series/<site>.nc|.nc4, attributes/<any>.csv; or a plain
 * folder of files), one file, or a store. The layout is found by looking at the folder, or named by
 * opts.format; docs/records.md says what each holds. Sites are sorted by name, those of a store as
 * it has them. */
typedef struct frs_dataset frs_dataset;
int64_t frs_n_layouts(void);
const char *frs_layout_name(int64_t i); /* "camels_us", "generic", ... */
frs_status frs_dataset_open(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                            frs_dataset **d);
void frs_dataset_close(frs_dataset *d);
int64_t frs_dataset_n_sites(const frs_dataset *d);
const char *frs_dataset_site(const frs_dataset *d, int64_t i);
const char *frs_dataset_layout(const frs_dataset *d);
frs_status frs_dataset_read(frs_dataset *d, int64_t i, frs_series *s);
const frs_statics *frs_dataset_statics(const frs_dataset *d); /* NULL: none */
frs_status frs_write_csv(frs_ctx *ctx, const char *path, const frs_series *s);
frs_status frs_write_netcdf(frs_ctx *ctx, const char *path,
                            const frs_series *s); /* generic layout: coordinate date, NaN missing */
frs_status frs_write_statics_csv(frs_ctx *ctx, const char *path, const frs_statics *s);
frs_status frs_read_site_list(frs_ctx *ctx, const char *path, char (**sites)[64],
                              int64_t *n); /* one id a line, # comments */

/* Unit conversion through udunits. area_km2 NaN: depth <-> volume refused. value_out = a * value +
 * c. FRS_E_INPUT unknown unit or not convertible. */
frs_status frs_unit_convert(frs_ctx *ctx, const char *from, const char *to, double area_km2,
                            double *a, double *c);

/* CF forecast archive, streamed: dimensions (model, site, issue_time, lead), value f32; observed
 * (site, issue_time, lead). */
typedef struct frs_forecast_nc frs_forecast_nc;
typedef struct frs_forecast_nc_opts {
    const char *const *models;
    int64_t n_models;
    const char *const *sites;
    int64_t n_sites;
    const int64_t *issue_s;
    int64_t n_issues;
    const int64_t *leads;
    int64_t n_leads;
    int64_t step_s; /* leads in steps; 0: simulation */
    const char *target, *unit, *title, *history;
} frs_forecast_nc_opts;
frs_status frs_forecast_nc_create(frs_ctx *ctx, const char *path, const frs_forecast_nc_opts *o,
                                  frs_forecast_nc **f);
/* values [n_issues][n_leads] of one model and site; model -1: the observations. */
frs_status frs_forecast_nc_put(frs_forecast_nc *f, int64_t model, int64_t site,
                               const float *values);
frs_status frs_forecast_nc_close(frs_forecast_nc *f); /* commits (rename); frees in any case */
void frs_forecast_nc_abort(frs_forecast_nc *f);
/* Reads such a file back. info borrows from f until free. FRS_E_UNSUPPORTED: built without NetCDF,
 * or it cannot be loaded. */
typedef struct frs_forecast_nc_reader frs_forecast_nc_reader;
frs_status frs_forecast_nc_open(frs_ctx *ctx, const char *path, frs_forecast_nc_reader **f);
const frs_forecast_nc_opts *frs_forecast_nc_info(const frs_forecast_nc_reader *f);
/* values [n_issues][n_leads] of one model and site, NaN missing; model -1: the observations. */
frs_status frs_forecast_nc_get(frs_forecast_nc_reader *f, int64_t model, int64_t site,
                               float *values);
void frs_forecast_nc_free(frs_forecast_nc_reader *f);

#ifdef __cplusplus
}
#endif
#endif
