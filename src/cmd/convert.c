/* convert and pack: records of any readable format into CSV, generic NetCDF or the store. */
#include "cmd/cmd.h"
#include "freshet/io.h"
#include <math.h>
#include <string.h>

typedef enum target { TO_CSV, TO_NETCDF, TO_STORE } target;
typedef struct convert {
    cmd *c;
    frs_ctx *ctx;
    target to;
    const char *out;
    frs_dataset *data;
    frs_statics own; /* of --attributes */
    const frs_statics *statics;
    char (*only)[64]; /* --sites */
    int64_t n_only;
    frs_store_writer *store;
    int64_t written;
} convert;

frs_status cmd_may_write(cmd *c, const char *path) {
    if (c->o->force || !frs__exists(path)) return FRS_OK;
    return frs__fail(c->ctx, FRS_E_INPUT, _("%s: is there already; --force writes over it"), path);
}

static bool ends_with(const char *text, const char *end) {
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static frs_status choose_target(convert *v) {
    const cmd_options *o = v->c->o;
    static const char *const names[] = {"csv", "netcdf", "store"};
    v->out = o->out;
    if (!v->out) return frs__fail(v->ctx, FRS_E_ARG, _("--out is missing: where shall it go?"));
    if (o->verb == VERB_pack || (!o->to && ends_with(v->out, ".frs"))) {
        v->to = TO_STORE;
        return FRS_OK;
    }
    if (!o->to) return frs__fail(v->ctx, FRS_E_ARG, _("--to is missing: csv, netcdf or store?"));
    for (int i = 0; i < FRS_LEN(names); i++)
        if (strcmp(names[i], o->to) == 0) {
            v->to = (target)i;
            return FRS_OK;
        }
    return frs__fail(v->ctx, FRS_E_ARG, _("--to %s is for nets: freshet export"), o->to);
}

/* A,B,C in parts; NULL: none. */
static frs_status split_list(convert *v, const char *text, const char *const **parts, int *n) {
    if (!text) return FRS_OK;
    int most = 1;
    for (const char *p = text; *p; p++) most += *p == ',';
    const char **at = frs__arena_alloc(v->c->o->memory, most, sizeof *at);
    char *copy = frs__arena_strdup(v->c->o->memory, text);
    if (!at || !copy) return frs__fail(v->ctx, FRS_E_NOMEM, _("out of memory"));
    for (*n = 0; copy; ++*n) {
        at[*n] = copy;
        copy = strchr(copy, ',');
        if (copy) *copy++ = 0;
    }
    *parts = at;
    return FRS_OK;
}

static frs_status open_input(convert *v) {
    const cmd_options *o = v->c->o;
    frs_read_opts r = {.format = o->format, .units = o->unit.at, .n_units = (int)o->unit.n};
    if (o->missing) {
        if (!frs__parse_double(o->missing, strlen(o->missing), '.', &r.missing))
            return frs__fail(v->ctx, FRS_E_ARG, _("--missing: expected a number, found '%.40s'"),
                             o->missing);
        r.has_missing = true;
    }
    FRS_TRY(split_list(v, o->names, &r.names, &r.n_names));
    FRS_TRY(split_list(v, o->forcings, &r.forcings, &r.n_forcings));
    FRS_TRY(frs_dataset_open(v->ctx, o->args.at[0], &r, &v->data));
    v->statics = frs_dataset_statics(v->data);
    if (o->attributes.n) {
        FRS_TRY(frs_read_statics(v->ctx, o->attributes.at, o->attributes.n, &v->own));
        v->statics = &v->own;
    }
    return o->sites ? frs_read_site_list(v->ctx, o->sites, &v->only, &v->n_only) : FRS_OK;
}

static bool chosen(const convert *v, const char *site) {
    if (!v->only) return true;
    for (int64_t i = 0; i < v->n_only; i++)
        if (strcmp(v->only[i], site) == 0) return true;
    return false;
}

static frs_status all_there(const convert *v) {
    for (int64_t i = 0; i < v->n_only; i++) {
        bool there = false;
        for (int64_t k = 0; k < frs_dataset_n_sites(v->data) && !there; k++)
            there = strcmp(frs_dataset_site(v->data, k), v->only[i]) == 0;
        if (!there)
            return frs__fail(v->ctx, FRS_E_INPUT, _("%s: site %s is not in %s"), v->c->o->sites,
                             v->only[i], v->c->o->args.at[0]);
    }
    return FRS_OK;
}

/* The file that a site goes to; frs__free. */
static char *site_path(const convert *v, const char *site) {
    return v->to == TO_CSV ? frs__asprintf(v->ctx, "%s/%s.csv", v->out, site)
                           : frs__asprintf(v->ctx, "%s/time_series/%s.nc", v->out, site);
}

static char *statics_path(const convert *v) {
    return frs__asprintf(v->ctx, "%s/attributes/attributes.csv", v->out);
}

static frs_status may_write_and_free(const convert *v, char *path) {
    if (!path) return FRS_E_NOMEM;
    const frs_status s = cmd_may_write(v->c, path);
    frs__free(v->ctx, path);
    return s;
}

/* Said before the first file is written. */
static frs_status nothing_in_the_way(const convert *v) {
    if (v->to == TO_STORE) return cmd_may_write(v->c, v->out);
    if (v->statics) FRS_TRY(may_write_and_free(v, statics_path(v)));
    for (int64_t i = 0; i < frs_dataset_n_sites(v->data); i++) {
        const char *site = frs_dataset_site(v->data, i);
        if (chosen(v, site)) FRS_TRY(may_write_and_free(v, site_path(v, site)));
    }
    return FRS_OK;
}

static frs_status make_folder(const convert *v, const char *name) {
    char *path = frs__path_join(v->ctx, v->out, name);
    if (!path) return FRS_E_NOMEM;
    const frs_status s = frs__mkdirs(v->ctx, path);
    frs__free(v->ctx, path);
    return s;
}

static frs_status put_series(convert *v, const frs_series *s) {
    if (v->to == TO_STORE) return frs_store_add(v->store, s);
    char *path = site_path(v, s->site);
    if (!path) return FRS_E_NOMEM;
    const frs_status status =
        v->to == TO_CSV ? frs_write_csv(v->ctx, path, s) : frs_write_netcdf(v->ctx, path, s);
    frs__free(v->ctx, path);
    return status;
}

static frs_status put_site(convert *v, int64_t i) {
    frs_series s = {0};
    if (frs__cancelled(v->ctx)) return frs__fail(v->ctx, FRS_E_CANCELLED, _("interrupted"));
    FRS_TRY(frs_dataset_read(v->data, i, &s));
    const frs_status status = put_series(v, &s);
    frs_series_free(v->ctx, &s);
    FRS_TRY(status);
    v->written++;
    frs__progress(v->ctx, &(frs_progress_info){.stage = _("converting"),
                                               .done = i + 1,
                                               .total = frs_dataset_n_sites(v->data),
                                               .value = NAN,
                                               .eta_s = NAN});
    return FRS_OK;
}

static frs_status put_statics(const convert *v) {
    if (!v->statics || v->to == TO_STORE) return FRS_OK;
    char *path = statics_path(v);
    if (!path) return FRS_E_NOMEM;
    frs_status s = make_folder(v, "attributes");
    if (s == FRS_OK) s = frs_write_statics_csv(v->ctx, path, v->statics);
    frs__free(v->ctx, path);
    return s;
}

static frs_status write_all(convert *v) {
    FRS_TRY(choose_target(v));
    FRS_TRY(open_input(v));
    FRS_TRY(all_there(v));
    FRS_TRY(nothing_in_the_way(v));
    if (v->to == TO_STORE)
        FRS_TRY(frs_store_create(v->ctx, v->out, v->statics, &v->store));
    else
        FRS_TRY(make_folder(v, v->to == TO_NETCDF ? "time_series" : "."));
    for (int64_t i = 0; i < frs_dataset_n_sites(v->data); i++)
        if (chosen(v, frs_dataset_site(v->data, i))) FRS_TRY(put_site(v, i));
    if (v->written == 0)
        return frs__fail(v->ctx, FRS_E_NODATA, _("%s: no record in it"), v->c->o->args.at[0]);
    FRS_TRY(put_statics(v));
    frs_store_writer *store = v->store;
    v->store = NULL; /* finish frees it */
    return store ? frs_store_finish(store) : FRS_OK;
}

frs_status cmd_convert(cmd *c) {
    if (c->o->to && strcmp(c->o->to, "net") == 0) return cmd_convert_net(c);
    convert v = {.c = c, .ctx = c->ctx};
    const frs_status s = write_all(&v);
    if (v.store) frs_store_abort(v.store);
    frs_dataset_close(v.data);
    frs_statics_free(c->ctx, &v.own);
    frs__free(c->ctx, v.only);
    FRS_TRY(s);
    char n[32];
    snprintf(n, sizeof n, "%lld", (long long)v.written);
    const term_fact facts[] = {{"sites", _("Sites written"), n}, {"path", _("To"), v.out}};
    term_facts(&c->t, "done", facts, 2);
    return FRS_OK;
}

frs_status cmd_pack(cmd *c) {
    return cmd_convert(c);
}
