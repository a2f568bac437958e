/* NetCDF in NeuralHydrology's `generic` layout: one file a site, the coordinate `date` in CF time
 * units, numeric variables over it.
 * https://neuralhydrology.readthedocs.io/en/latest/api/neuralhydrology.datasetzoo.genericdataset.html
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/cf_time.h"
#include "io/io_internal.h"
#include "io/netcdf_lib.h"

#define MAX_ROWS    INT64_C(100000000) /* minutes of 190 years */
#define MAX_COLUMNS 4096               /* as in the store */
#define MAX_CHUNK   (INT64_C(1) << 28) /* bytes that HDF5 may have to unpack at once */
#define BLOCK_ROWS  (INT64_C(1) << 20) /* read at once */
#define MAX_MISSING 4

/* One variable of the file: value = scale * stored + add. */
typedef struct column {
    int id;
    int n_dims;      /* 2: over (date) and the sites */
    bool site_first; /* (site, date) */
    bool is_float;   /* compared as float: -999.9 in double is another number */
    double scale, add, missing[MAX_MISSING];
    int n_missing;
} column;

typedef struct table {
    frs__nc_in in;
    int date, dim; /* ids */
    int site_dim;  /* id of the dimension of sites; -1: the file is of one */
    int64_t site;  /* which of them */
    int64_t n;     /* rows */
    frs__cf_time time;
    column *columns; /* [n_columns]; column 0 is `date`, var i belongs to column i + 1 */
    frs_var *vars;
    int n_vars;
    const frs_read_opts *opts;
    frs__file_rows rows;
    double *block; /* [min(n, BLOCK_ROWS)] */
} table;

static bool is_number(int type) {
    return type >= FRS__NC_BYTE && type < FRS__NC_STRING && type != FRS__NC_CHAR;
}

static const char *type_name(int type) {
    return type == FRS__NC_CHAR     ? _("characters")
           : type == FRS__NC_STRING ? _("text")
                                    : _("user-defined");
}

/* ---- what is in the file */
static frs_status no_date(const frs__nc_in *in) {
    int n_dims = 0;
    frs_buf list = {.ctx = in->ctx};
    in->nc->inq(in->id, &n_dims, NULL, NULL, NULL);
    for (int i = 0; i < n_dims && i < 8; i++) {
        char name[FRS__NC_MAX_NAME + 1] = "";
        size_t n = 0;
        if (!in->nc->inq_dim(in->id, i, name, &n))
            frs__buf_printf(&list, "%s%s(%zu)", i ? ", " : "", name, n);
    }
    frs_status s = frs__buf_status(&list);
    if (s == FRS_OK)
        s = frs__fail(in->ctx, FRS_E_FORMAT,
                      _("%s: no coordinate variable \"date\"; the file's dimensions are: %s"),
                      in->path, list.n ? list.data : _("none"));
    frs__buf_free(&list);
    return s;
}

/* Fill values and packing; a number that netCDF itself writes for `nothing here` counts as well. */
static void describe(const frs__nc_in *in, int id, int type, column *c) {
    static const struct {
        int type;
        double fill;
    } defaults[] = {{FRS__NC_FLOAT, 9.9692099683868690e+36},
                    {FRS__NC_DOUBLE, 9.9692099683868690e+36},
                    {FRS__NC_INT, -2147483647},
                    {FRS__NC_SHORT, -32767}};
    *c = (column){.id = id, .n_dims = 1, .is_float = type == FRS__NC_FLOAT, .scale = 1};
    frs__nc_number(in, id, "scale_factor", &c->scale);
    frs__nc_number(in, id, "add_offset", &c->add);
    if (frs__nc_number(in, id, "_FillValue", &c->missing[c->n_missing])) c->n_missing++;
    for (int64_t i = 0; !c->n_missing && i < FRS_LEN(defaults); i++)
        if (defaults[i].type == type) c->missing[c->n_missing++] = defaults[i].fill;
    if (frs__nc_number(in, id, "missing_value", &c->missing[c->n_missing])) c->n_missing++;
}

/* HDF5 unpacks a chunk as a whole; its size is a number in the file. Of at most two dimensions. */
static frs_status check_chunk(const frs__nc_in *in, int id, const char *name) {
    int storage;
    const size_t most = (size_t)MAX_CHUNK / sizeof(double);
    size_t sizes[2] = {1, 1};
    if (in->nc->inq_var_chunking(in->id, id, &storage, sizes)) return FRS_OK; /* classic format */
    const size_t chunk = sizes[0] <= most && sizes[1] <= most ? sizes[0] * sizes[1] : SIZE_MAX;
    if (storage != FRS__NC_CHUNKED || chunk <= most) return FRS_OK;
    return frs__fail(
        in->ctx, FRS_E_FORMAT,
        _("%s: variable \"%s\" is stored in chunks of %zu values; at most %" PRId64 " are allowed"),
        in->path, name, chunk, MAX_CHUNK / (int64_t)sizeof(double));
}

static frs_status find_date(table *t) {
    const frs__nc_in *in = &t->in;
    char units[128], calendar[64];
    int type, n_dims, dims[FRS__NC_MAX_DIMS];
    size_t n;
    if (in->nc->inq_varid(in->id, "date", &t->date)) return no_date(in);
    int code = in->nc->inq_var(in->id, t->date, NULL, &type, &n_dims, dims, NULL);
    if (!code && n_dims == 1) code = in->nc->inq_dim(in->id, dims[0], NULL, &n);
    if (code) return frs__nc_damaged(in, "date", code);
    if (n_dims != 1)
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: variable \"date\" has %d dimensions; expected one"), in->path,
                         n_dims);
    if (!is_number(type))
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: variable \"date\" is of type %s; expected numbers in units such as "
                           "\"days since 1970-01-01\""),
                         in->path, type_name(type));
    if (n > (size_t)MAX_ROWS)
        return frs__fail(
            in->ctx, FRS_E_FORMAT,
            _("%s: dimension \"date\" has %zu entries; at most %" PRId64 " are allowed"), in->path,
            n, MAX_ROWS);
    t->dim = dims[0];
    t->n = (int64_t)n;
    describe(in, t->date, type, &t->columns[0]);
    frs__nc_text(in, t->date, "units", units, sizeof units);
    frs__nc_text(in, t->date, "calendar", calendar, sizeof calendar);
    FRS_TRY(check_chunk(in, t->date, "date"));
    const frs_status s = frs__cf_time_parse(in->ctx, units, calendar, &t->time);
    return s == FRS_OK ? s : frs__fail_in(in->ctx, s, _("%s: variable \"date\""), in->path);
}

static frs_var_kind kind_of(const frs__nc_in *in, int id) {
    char text[64];
    frs__nc_text(in, id, "cell_methods", text, sizeof text);
    return strstr(text, ": sum")     ? FRS_VAR_SUM
           : strstr(text, ": mean")  ? FRS_VAR_MEAN
           : strstr(text, ": point") ? FRS_VAR_INSTANT
                                     : FRS_VAR_UNKNOWN;
}

/* A name that had slashes in it, which NetCDF does not allow: the long name is the same but for
 * them. */
static void restore_name(const frs__nc_in *in, int id, char name[64]) {
    char was[64], plain[64];
    frs__nc_text(in, id, "long_name", was, sizeof was);
    memcpy(plain, was, sizeof plain);
    for (char *p = plain; *p; p++)
        if (*p == '/') *p = '_';
    if (strcmp(plain, name) == 0) memcpy(name, was, sizeof was);
}

static frs_status add_variable(table *t, int id) {
    const frs__nc_in *in = &t->in;
    char name[FRS__NC_MAX_NAME + 1] = "", label[8];
    int type, n_dims, dims[FRS__NC_MAX_DIMS];
    const int code = in->nc->inq_var(in->id, id, name, &type, &n_dims, dims, NULL);
    if (code) return frs__nc_damaged(in, _("a variable"), code);
    if (id == t->date) return FRS_OK;
    const bool two = n_dims == 2 && t->site_dim >= 0 &&
                     ((dims[0] == t->site_dim && dims[1] == t->dim) ||
                      (dims[1] == t->site_dim && dims[0] == t->dim));
    if (!two && (n_dims != 1 || dims[0] != t->dim)) {
        frs__log(in->ctx, FRS_LOG_INFO, _("%s: variable \"%s\" is not over (date): left out"),
                 in->path, name);
        return FRS_OK;
    }
    if (!is_number(type))
        return frs__fail(in->ctx, FRS_E_FORMAT,
                         _("%s: variable \"%s\" is of type %s; expected numbers"), in->path, name,
                         type_name(type));
    frs_var *v = &t->vars[t->n_vars];
    if (strlen(name) >= sizeof v->name)
        return frs__fail(in->ctx, FRS_E_INPUT, _("%s: variable name of more than 63 bytes: %s"),
                         in->path, name);
    memcpy(v->name, name, strlen(name) + 1);
    restore_name(in, id, v->name);
    frs__nc_text(in, id, "units", v->unit, sizeof v->unit);
    frs__nc_text(in, id, "time_label", label, sizeof label);
    v->label_end = strcmp(label, "end") == 0;
    v->kind = kind_of(in, id);
    column *c = &t->columns[++t->n_vars];
    describe(in, id, type, c);
    c->n_dims = n_dims;
    c->site_first = two && dims[0] == t->site_dim;
    return check_chunk(in, id, name);
}

static frs_status find_variables(table *t) {
    const frs__nc_in *in = &t->in;
    int n = 0;
    const int code = in->nc->inq(in->id, NULL, &n, NULL, NULL);
    if (code) return frs__nc_damaged(in, _("its header"), code);
    if (n > MAX_COLUMNS)
        return frs__fail(in->ctx, FRS_E_FORMAT, _("%s: %d variables; at most %d are allowed"),
                         in->path, n, MAX_COLUMNS);
    t->columns = frs__alloc(in->ctx, n + 1, sizeof *t->columns);
    t->vars = frs__alloc(in->ctx, n + 1, sizeof *t->vars);
    if (!t->columns || !t->vars) return FRS_E_NOMEM;
    FRS_TRY(find_date(t));
    for (int i = 0; i < n; i++) FRS_TRY(add_variable(t, i));
    if (t->n_vars == 0)
        return frs__fail(in->ctx, FRS_E_NODATA, _("%s: no numeric variable over (date)"), in->path);
    return FRS_OK;
}

/* ---- values */
static double decode(const column *c, double v) {
    for (int i = 0; i < c->n_missing; i++)
        if (v == c->missing[i] || (c->is_float && (float)v == (float)c->missing[i])) return NAN;
    return c->scale * v + c->add;
}

static frs_status get(table *t, const column *c, const char *name, int64_t first, int64_t n) {
    size_t start[2] = {(size_t)first, (size_t)t->site}, count[2] = {(size_t)n, 1};
    if (c->n_dims == 2 && c->site_first) {
        start[0] = (size_t)t->site, start[1] = (size_t)first;
        count[0] = 1, count[1] = (size_t)n;
    }
    const int code = t->in.nc->get_vara_double(t->in.id, c->id, start, count, t->block);
    if (code) return frs__nc_damaged(&t->in, name, code);
    for (int64_t i = 0; i < n; i++) t->block[i] = decode(c, t->block[i]);
    return FRS_OK;
}

static frs_status read_dates(table *t, int64_t first, int64_t n) {
    FRS_TRY(get(t, &t->columns[0], "date", first, n));
    for (int64_t i = 0; i < n; i++) {
        int64_t time_s;
        if (!frs__cf_time_at(&t->time, t->block[i], &time_s))
            return frs__fail(t->in.ctx, FRS_E_FORMAT,
                             _("%s: date %" PRId64 " is missing or outside the years 1 to 9999"),
                             t->in.path, first + i + 1);
        if (!frs__file_rows_add(&t->rows, time_s, first + i + 1)) return FRS_E_NOMEM;
    }
    return FRS_OK;
}

static frs_status read_column(table *t, int var, int64_t first, int64_t n) {
    const frs_read_opts *o = t->opts;
    const char *name = t->vars[var].name;
    FRS_TRY(get(t, &t->columns[var + 1], name, first, n));
    for (int64_t i = 0; i < n; i++) {
        float v = (float)t->block[i];
        if (o->has_missing && v == (float)o->missing) v = NAN;
        if (isinf(v)) {
            char date[32];
            return frs__fail(
                t->in.ctx, FRS_E_INPUT, _("%s: variable \"%s\" on %s is infinite or too large: %g"),
                t->in.path, name, frs_date_format(t->rows.time_s[first + i], date), t->block[i]);
        }
        t->rows.values[(first + i) * t->n_vars + var] = v;
    }
    return FRS_OK;
}

static frs_status read_table(table *t) {
    FRS_TRY(find_variables(t));
    t->rows.n_vars = t->n_vars;
    t->block = frs__alloc(t->in.ctx, t->n < BLOCK_ROWS ? t->n : BLOCK_ROWS, sizeof *t->block);
    if (!t->block) return FRS_E_NOMEM;
    for (int64_t first = 0; first < t->n; first += BLOCK_ROWS) {
        const int64_t n = t->n - first < BLOCK_ROWS ? t->n - first : BLOCK_ROWS;
        FRS_TRY(read_dates(t, first, n));
        for (int v = 0; v < t->n_vars; v++) FRS_TRY(read_column(t, v, first, n));
    }
    return FRS_OK;
}

/* site NULL: a file of one. */
static frs_status read_file(frs_ctx *ctx, const char *path, const char *site, table *t) {
    const frs__nc *nc;
    FRS_TRY(frs__nc_begin(ctx, &nc));
    frs_status s = frs__nc_open(ctx, nc, path, &t->in);
    if (s == FRS_OK) {
        if (site) s = frs__nc_find_site(&t->in, site, &t->site_dim, &t->site);
        if (s == FRS_OK) s = read_table(t);
        frs__nc_close(&t->in);
    }
    frs__nc_end();
    return s;
}

static frs_status read_record(frs_ctx *ctx, const char *path, const char *site,
                              const frs_read_opts *o, frs_series *s) {
    char name[64];
    table t = {.opts = o, .site_dim = -1, .rows = {.ctx = ctx, .path = path}};
    FRS_TRY(frs__site_of_path(ctx, path, name));
    frs_status status = read_file(ctx, path, site, &t);
    if (status == FRS_OK) status = frs__file_rows_series(&t.rows, name, t.vars, s);
    frs__file_rows_free(&t.rows);
    frs__free(ctx, t.block);
    frs__free(ctx, t.columns);
    frs__free(ctx, t.vars);
    return status;
}

static frs_status read_netcdf(frs_ctx *ctx, const char *path, const frs_read_opts *o,
                              frs_series *s) {
    return read_record(ctx, path, NULL, o, s);
}

frs_status frs__netcdf_read_site(frs_ctx *ctx, const char *path, const char *site,
                                 const frs_read_opts *o, frs_series *s) {
    FRS_TRY(read_record(ctx, path, site, o, s));
    s->source = frs__strdup(ctx, path);
    return s->source ? FRS_OK : FRS_E_NOMEM;
}

static bool sniff(const char *path, const unsigned char *head, int64_t n) {
    (void)path;
    return frs__nc_magic(head, n);
}

const frs_reader frs__reader_netcdf = {.name = "netcdf",
                                       .title =
                                           N_("NetCDF record (NeuralHydrology's generic layout)"),
                                       .extensions = "nc;nc4",
                                       .sniff = sniff,
                                       .read = read_netcdf,
                                       .built_without = frs__nc_missing};
