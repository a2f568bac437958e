/* Writing the packed store, site by site. In the file: header, values of each site as it comes,
 * tables at the end; the header is filled in last and the file renamed into place. */
#include "data/data.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct frs_store_writer {
    frs_ctx *ctx;
    frs_writer *file;
    char *path;
    int64_t at; /* bytes written so far */
    frs_step step;
    frs__store_var *vars; /* of the first site */
    uint32_t n_vars, n_attrs;
    char (*attrs)[64];
    frs_statics statics; /* copy of the names and values; rows are picked as sites come */
    frs__store_site_record *sites;
    float *rows; /* [cap][n_attrs] */
    int64_t n_sites, cap;
};

static frs_status put(frs_store_writer *w, const void *data, int64_t n) {
    FRS_TRY(frs__writer_put(w->file, data, n));
    w->at += n;
    return FRS_OK;
}

static frs_status put_padding(frs_store_writer *w) {
    static const unsigned char zeros[FRS_STORE_ALIGN];
    int64_t n = (FRS_STORE_ALIGN - w->at % FRS_STORE_ALIGN) % FRS_STORE_ALIGN;
    return n ? put(w, zeros, n) : FRS_OK;
}

static void free_writer(frs_store_writer *w) {
    frs__free(w->ctx, w->path);
    frs__free(w->ctx, w->vars);
    frs__free(w->ctx, w->attrs);
    frs__free(w->ctx, w->statics.sites);
    frs__free(w->ctx, w->statics.values);
    frs__free(w->ctx, w->sites);
    frs__free(w->ctx, w->rows);
    frs__free(w->ctx, w);
}

static frs_status copy_statics(frs_store_writer *w, const frs_statics *s) {
    if (!s || s->n_attrs == 0) return FRS_OK;
    if (s->n_attrs < 0 || s->n_attrs > (int)FRS_STORE_MAX_VARS || s->n_sites < 0)
        return frs__fail(w->ctx, FRS_E_INPUT, _("%d attributes: a store holds up to %u"),
                         s->n_attrs, FRS_STORE_MAX_VARS);
    w->n_attrs = (uint32_t)s->n_attrs;
    w->statics.n_sites = s->n_sites;
    w->attrs = frs__alloc(w->ctx, s->n_attrs, sizeof *w->attrs);
    if (!w->attrs) return FRS_E_NOMEM;
    w->statics.sites = frs__alloc(w->ctx, s->n_sites, sizeof *w->statics.sites);
    if (!w->statics.sites) return FRS_E_NOMEM;
    w->statics.values = frs__alloc(w->ctx, s->n_sites * s->n_attrs, sizeof(float));
    if (!w->statics.values) return FRS_E_NOMEM;
    for (int i = 0; i < s->n_attrs; i++)
        FRS_TRY(frs__name_copy(w->ctx, w->attrs[i], sizeof w->attrs[i], s->names[i]));
    for (int64_t i = 0; i < s->n_sites * s->n_attrs; i++)
        if (isinf(s->values[i]))
            return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: attribute %s is infinite"),
                             s->sites[i / s->n_attrs], s->names[i % s->n_attrs]);
    for (int64_t i = 0; i < s->n_sites; i++)
        memcpy(w->statics.sites[i], s->sites[i], sizeof w->statics.sites[i]);
    memcpy(w->statics.values, s->values, (size_t)s->n_sites * (size_t)s->n_attrs * sizeof(float));
    return FRS_OK;
}

frs_status frs_store_create(frs_ctx *ctx, const char *path, const frs_statics *statics,
                            frs_store_writer **out) {
    frs_store_writer *w = frs__alloc(ctx, 1, sizeof *w);
    if (!w) return FRS_E_NOMEM;
    w->ctx = ctx;
    w->path = frs__strdup(ctx, path);
    frs_status st = w->path ? copy_statics(w, statics) : FRS_E_NOMEM;
    if (st == FRS_OK) st = frs__writer_open(ctx, path, &w->file);
    if (st == FRS_OK) {
        const frs__store_header empty = {0};
        st = put(w, &empty, sizeof empty);
    }
    if (st == FRS_OK)
        *out = w;
    else
        frs_store_abort(w);
    return st;
}

void frs_store_abort(frs_store_writer *w) {
    if (!w) return;
    frs__writer_abort(w->file);
    free_writer(w);
}

/* The first site decides which variables the store has, in which order. */
static frs_status take_vars(frs_store_writer *w, const frs_series *s) {
    if (s->n_vars < 1 || s->n_vars > (int)FRS_STORE_MAX_VARS)
        return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: %d variables: a store holds 1 to %u"),
                         s->site, s->n_vars, FRS_STORE_MAX_VARS);
    if (s->step.count < 1)
        return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: time step %" PRId64), s->site,
                         s->step.count);
    frs__free(w->ctx, w->vars); /* left by a first site that was refused */
    w->vars = frs__alloc(w->ctx, s->n_vars, sizeof *w->vars);
    if (!w->vars) return FRS_E_NOMEM;
    for (int i = 0; i < s->n_vars; i++) {
        frs__store_var *v = &w->vars[i];
        FRS_TRY(frs__name_copy(w->ctx, v->name, sizeof v->name, s->vars[i].name));
        if (frs_series_var(s, v->name) != i)
            return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: two variables named %s"), s->site,
                             v->name);
        memcpy(v->unit, s->vars[i].unit, sizeof v->unit);
        v->unit[sizeof v->unit - 1] = 0;
        v->kind = s->vars[i].kind;
        v->label_end = s->vars[i].label_end;
    }
    w->step = s->step;
    w->n_vars = (uint32_t)s->n_vars;
    return FRS_OK;
}

/* columns[i]: where the store's variable i is in the series. */
static frs_status match_vars(frs_store_writer *w, const frs_series *s, int *columns) {
    if (s->step.count != w->step.count || s->step.unit != w->step.unit)
        return frs__fail(w->ctx, FRS_E_INPUT,
                         _("site %s: its time step differs from that of site %s: all sites of a "
                           "store have the same"),
                         s->site, w->sites[0].name);
    for (uint32_t i = 0; i < w->n_vars; i++) {
        const frs__store_var *v = &w->vars[i];
        columns[i] = frs_series_var(s, v->name);
        if (columns[i] < 0)
            return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: no variable %s, which site %s has"),
                             s->site, v->name, w->sites[0].name);
        const frs_var *other = &s->vars[columns[i]];
        if (strncmp(v->unit, other->unit, sizeof v->unit) != 0)
            return frs__fail(w->ctx, FRS_E_INPUT,
                             _("site %s: %s is in \"%s\", at site %s in \"%s\""), s->site, v->name,
                             other->unit, w->sites[0].name, v->unit);
    }
    return FRS_OK;
}

static frs_status infinite(frs_ctx *ctx, const frs_series *s, int var, int64_t row) {
    char date[32];
    frs_date_format(frs_step_add(s->step, s->start_s, row), date);
    return frs__fail(ctx, FRS_E_INPUT, _("site %s: %s is infinite on %s"), s->site,
                     s->vars[var].name, date);
}

/* [n_vars][n] -> [n][n_vars] in the store's order of variables. */
static frs_status interleave(frs_store_writer *w, const frs_series *s, const int *columns,
                             float *to) {
    int64_t n_vars = w->n_vars;
    for (int64_t v = 0; v < n_vars; v++) {
        const float *from = s->values[columns[v]];
        for (int64_t t = 0; t < s->n; t++) {
            if (isinf(from[t])) return infinite(w->ctx, s, columns[v], t);
            to[t * n_vars + v] = from[t];
        }
    }
    return FRS_OK;
}

static frs_status grow(frs_store_writer *w) {
    if (w->n_sites < w->cap) return FRS_OK;
    int64_t cap = w->cap ? 2 * w->cap : 16;
    void *sites = frs__realloc(w->ctx, w->sites, w->n_sites, cap, sizeof *w->sites);
    if (!sites) return FRS_E_NOMEM;
    w->sites = sites;
    void *rows =
        frs__realloc(w->ctx, w->rows, w->n_sites * w->n_attrs, cap * w->n_attrs, sizeof(float));
    if (!rows) return FRS_E_NOMEM;
    w->rows = rows;
    w->cap = cap;
    return FRS_OK;
}

static void pick_statics(frs_store_writer *w, const char *site, float *row) {
    if (w->n_attrs == 0) return;
    for (int64_t i = 0; i < w->statics.n_sites; i++) {
        if (strcmp(w->statics.sites[i], site) != 0) continue;
        memcpy(row, w->statics.values + i * w->n_attrs, w->n_attrs * sizeof(float));
        return;
    }
    for (uint32_t i = 0; i < w->n_attrs; i++) row[i] = NAN;
    frs__log(w->ctx, FRS_LOG_WARN, _("site %s has no row in the attributes: all missing"), site);
}

static frs_status check_series(frs_store_writer *w, const frs_series *s) {
    if (s->n < 0 || s->n > FRS_STORE_MAX_STEPS)
        return frs__fail(w->ctx, FRS_E_INPUT, _("site %s: %" PRId64 " steps"), s->site, s->n);
    for (int64_t i = 0; i < w->n_sites; i++)
        if (strcmp(w->sites[i].name, s->site) == 0)
            return frs__fail(w->ctx, FRS_E_INPUT, _("site %s comes twice"), s->site);
    return w->n_sites ? FRS_OK : take_vars(w, s);
}

static frs_status write_values(frs_store_writer *w, const frs_series *s,
                               frs__store_site_record *r) {
    frs_ctx *ctx = w->ctx;
    int64_t bytes = s->n * (int64_t)(w->n_vars * sizeof(float));
    int *columns = frs__alloc(ctx, w->n_vars, sizeof *columns);
    float *values = columns ? frs__alloc(ctx, s->n, w->n_vars * sizeof(float)) : NULL;
    frs_status st = values ? match_vars(w, s, columns) : FRS_E_NOMEM;
    if (st == FRS_OK) st = interleave(w, s, columns, values);
    if (st == FRS_OK) st = put_padding(w);
    if (st == FRS_OK) {
        r->offset = (uint64_t)w->at;
        r->hash = frs__hash64(values, bytes, 0);
        st = put(w, values, bytes);
    }
    frs__free(ctx, values);
    frs__free(ctx, columns);
    return st;
}

frs_status frs_store_add(frs_store_writer *w, const frs_series *s) {
    frs__store_site_record r = {.start_s = s->start_s, .n = s->n};
    FRS_TRY(frs__name_copy(w->ctx, r.name, sizeof r.name, s->site));
    FRS_TRY(check_series(w, s));
    FRS_TRY(grow(w));
    FRS_TRY(write_values(w, s, &r));
    w->sites[w->n_sites] = r;
    pick_statics(w, r.name, w->rows + w->n_sites * w->n_attrs);
    w->n_sites++;
    return FRS_OK;
}

/* Pads, writes a table, tells where it starts and adds it to the hash. */
static frs_status put_table(frs_store_writer *w, const void *table, int64_t bytes, uint64_t *offset,
                            uint64_t *hash) {
    FRS_TRY(put_padding(w));
    *offset = (uint64_t)w->at;
    *hash = frs__hash64(table, bytes, *hash);
    return bytes ? put(w, table, bytes) : FRS_OK;
}

static frs_status put_tables_and_header(frs_store_writer *w) {
    if (w->n_sites == 0) return frs__fail(w->ctx, FRS_E_NODATA, _("%s: no site"), w->path);
    frs__store_header h = {
        .version = FRS_STORE_VERSION,
        .endian = FRS_STORE_ENDIAN,
        .kind = FRS_STORE_SERIES,
        .dtype = FRS_STORE_F32,
        .header_size = sizeof h,
        .step_count = w->step.count,
        .step_unit = w->step.unit,
        .n_vars = w->n_vars,
        .n_attrs = w->n_attrs,
        .n_sites = w->n_sites,
        .values_offset = sizeof h,
        .hash = FRS_STORE_VERSION,
    };
    memcpy(h.magic, FRS_STORE_MAGIC, sizeof h.magic);
    int64_t row = (int64_t)(w->n_attrs * sizeof(float));
    FRS_TRY(put_table(w, w->vars, w->n_vars * (int64_t)sizeof *w->vars, &h.vars_offset, &h.hash));
    FRS_TRY(put_table(w, w->attrs, w->n_attrs * INT64_C(64), &h.attrs_offset, &h.hash));
    FRS_TRY(
        put_table(w, w->sites, w->n_sites * (int64_t)sizeof *w->sites, &h.sites_offset, &h.hash));
    FRS_TRY(put_table(w, w->rows, w->n_sites * row, &h.statics_offset, &h.hash));
    h.file_size = (uint64_t)w->at;
    FRS_TRY(frs__writer_seek(w->file, 0));
    return frs__writer_put(w->file, &h, sizeof h);
}

frs_status frs_store_finish(frs_store_writer *w) {
    frs_status st = put_tables_and_header(w);
    if (st != FRS_OK) {
        frs_store_abort(w);
        return st;
    }
    st = frs__writer_commit(w->file);
    free_writer(w);
    return st;
}
