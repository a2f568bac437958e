/* A config's data made ready: read once, packed into the run's store, checked. */
#include "run/run_data.h"
#include "base/base.h"
#include "data/data.h"
#include "freshet/io.h"
#include "run/run_internal.h"
#include <stdio.h>
#include <string.h>

static frs_status period_of(frs_ctx *ctx, const frs_config *c, const char *name, frs_period *p) {
    char first[64], last[64], where[512], a[32], b[32];
    snprintf(first, sizeof first, "%s_start_date", name);
    snprintf(last, sizeof last, "%s_end_date", name);
    *p = (frs_period){frs_config_date(c, first), frs_config_date(c, last)};
    const bool none = p->first_s == INT64_MIN, open = p->last_s == INT64_MIN;
    if (none && open) {
        if (strcmp(name, "validation") == 0) return FRS_OK; /* no validation period at all */
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %s is missing"), frs_config_file(c), first);
    }
    if (none || open)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %s is missing"), frs_config_file(c),
                         none ? first : last);
    if (p->first_s > p->last_s)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: the period ends (%s) before it starts (%s)"),
                         frs_config_where(c, first, where), frs_date_format(p->last_s, a),
                         frs_date_format(p->first_s, b));
    return FRS_OK;
}

/* The periods of a part: by site from a file, or one for all. */
static frs_status periods_of(frs_ctx *ctx, const frs_config *c, const char *name, frs_period *p,
                             frs__period_table *t) {
    char key[64], where[512];
    snprintf(key, sizeof key, "per_basin_%s_periods_file", name);
    if (!frs_config_has(c, key)) return period_of(ctx, c, name, p);
    char *path = frs_config_path(c, key);
    if (!path) return FRS_E_NOMEM;
    frs_status s = FRS_OK;
    if (!frs__exists(path))
        s = frs__fail(ctx, FRS_E_IO, _("%s: %s is not there"), frs_config_where(c, key, where),
                      path);
    if (s == FRS_OK) s = frs__read_periods(ctx, path, t);
    frs_text_free(ctx, path);
    FRS_TRY(s);
    *p = t->at[0];
    for (int64_t i = 1; i < t->n; i++) {
        if (t->at[i].first_s < p->first_s) p->first_s = t->at[i].first_s;
        if (t->at[i].last_s > p->last_s) p->last_s = t->at[i].last_s;
    }
    return FRS_OK;
}

/* exclude_periods: ["1985-10-01/1986-09-30", ...] */
static frs_status excluded(frs_ctx *ctx, const frs_config *c, frs_run_data *d) {
    char where[512];
    const int64_t n = frs_config_list_count(c, "exclude_periods");
    if (n == 0) return FRS_OK;
    d->exclude = frs__alloc(ctx, n, sizeof *d->exclude);
    if (!d->exclude) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const char *text = frs_config_list_at(c, "exclude_periods", i);
        const char *slash = strchr(text, '/');
        frs_period *p = &d->exclude[i];
        if (!slash || frs_date_parse(text, (size_t)(slash - text), &p->first_s) != FRS_OK ||
            frs_date_parse(slash + 1, strlen(slash + 1), &p->last_s) != FRS_OK ||
            p->first_s > p->last_s)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: expected FIRST/LAST, two ISO dates, found '%s'"),
                             frs_config_where(c, "exclude_periods", where), text);
    }
    d->n_exclude = n;
    return FRS_OK;
}

/* ---- who takes part */

typedef struct names {
    int64_t n;
    char (*at)[64];
} names;

static frs_status from_list_key(frs_ctx *ctx, const frs_config *c, names *out) {
    const int64_t n = frs_config_list_count(c, "sites");
    out->at = frs__alloc(ctx, n, 64);
    if (!out->at) return FRS_E_NOMEM;
    for (; out->n < n; out->n++)
        FRS_TRY(frs__run_name(ctx, c, "sites", frs_config_list_at(c, "sites", out->n),
                              out->at[out->n]));
    return FRS_OK;
}

/* The key that names a part's sites. key holds 64 bytes. */
static const char *key_of(const frs_config *c, const char *part, char *key) {
    snprintf(key, 64, "%s_basin_file", part);
    return frs_config_has(c, key) ? key : "sites";
}

/* The sites of a part: its basin file, else `sites`, else nothing (the caller takes all). */
static frs_status sites_of(frs_ctx *ctx, const frs_config *c, const char *part, names *out) {
    char key[64];
    snprintf(key, sizeof key, "%s_basin_file", part);
    char *path = frs_config_path(c, key);
    if (!path && frs_config_text(c, key)) return FRS_E_NOMEM;
    if (!path) return frs_config_has(c, "sites") ? from_list_key(ctx, c, out) : FRS_OK;
    frs_status s = frs_read_site_list(ctx, path, &out->at, &out->n);
    frs_text_free(ctx, path);
    return s;
}

typedef struct parts {
    names part[3]; /* training, validation, test */
    frs__period_table periods[3];
    frs__preparation preparation;
    frs__upstream upstream;
    frs_period training; /* without a table */
} parts;
static const char *const part_names[3] = {"train", "validation", "test"};

static bool wanted(const parts *p, const char *site) {
    bool any = false;
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < p->part[k].n; i++)
            if (strcmp(p->part[k].at[i], site) == 0) return true;
        any |= p->part[k].n > 0;
    }
    return !any;
}

/* Where the records come from, while they are packed. */
typedef struct source {
    const frs_config *c;
    frs_dataset *ds;
    const parts *p;
    bool mend_dates;
    bool *told; /* [sites of ds]: its own turn says what is wrong with its record, or has said it */
} source;

static bool in_list(const names *list, const char *site) {
    for (int64_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i], site) == 0) return true;
    return list->n == 0;
}

static frs_status prepare(frs_ctx *ctx, const source *from, frs_series *s, frs_findings *findings) {
    const parts *p = from->p;
    const frs_periods training =
        p->periods[0].n ? frs__periods_of(&p->periods[0], s->site) : (frs_periods){1, &p->training};
    FRS_TRY(frs_prepare_series(ctx, &p->preparation.p, training, in_list(&p->part[0], s->site), s,
                               findings));
    return frs__upstream_add(ctx,
                             &(frs__upstream_args){.c = from->c,
                                                   .u = &p->upstream,
                                                   .ds = from->ds,
                                                   .p = &p->preparation.p,
                                                   .training = training,
                                                   .mend_dates = from->mend_dates,
                                                   .told = from->told,
                                                   .findings = findings},
                             s);
}

static frs_status pack_site(frs_ctx *ctx, const source *from, int64_t i, frs_store_writer *w,
                            frs_findings *findings) {
    frs_series s = {0};
    frs_status status = frs_dataset_read(from->ds, i, &s);
    if (status == FRS_OK) status = frs_check_series(ctx, &s, from->mend_dates, findings);
    if (status == FRS_OK) status = prepare(ctx, from, &s, findings);
    if (status == FRS_OK) status = frs_store_add(w, &s);
    frs_series_free(ctx, &s);
    return status;
}

static frs_status pack_all(frs_ctx *ctx, source *from, const char *store_path,
                           frs_findings *findings) {
    frs_store_writer *w = NULL;
    const int64_t n = frs_dataset_n_sites(from->ds);
    from->told = frs__alloc(ctx, n, sizeof *from->told);
    if (!from->told) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) from->told[i] = wanted(from->p, frs_dataset_site(from->ds, i));
    FRS_TRY(frs_store_create(ctx, store_path, frs_dataset_statics(from->ds), &w));
    for (int64_t i = 0; i < n; i++) {
        if (!wanted(from->p, frs_dataset_site(from->ds, i))) continue;
        frs_status s = frs__cancelled(ctx) ? frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"))
                                           : pack_site(ctx, from, i, w, findings);
        if (s != FRS_OK) {
            frs_store_abort(w);
            return s;
        }
        frs__progress(ctx, &(frs_progress_info){.stage = _("reading records"),
                                                .done = i + 1,
                                                .total = n,
                                                .value = __builtin_nan(""),
                                                .eta_s = __builtin_nan("")});
    }
    return frs_store_finish(w);
}

/* Every site that a basin file names must be there, said before the long work starts. */
static frs_status all_present(frs_ctx *ctx, const frs_config *c, const frs_dataset *ds,
                              const parts *p, const char *dir) {
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < p->part[k].n; i++) {
            bool found = false;
            for (int64_t j = 0; j < frs_dataset_n_sites(ds) && !found; j++)
                found = strcmp(frs_dataset_site(ds, j), p->part[k].at[i]) == 0;
            char key[64], where[512];
            if (!found)
                return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s has no record in %s"),
                                 frs_config_where(c, key_of(c, part_names[k], key), where),
                                 p->part[k].at[i], dir);
        }
    return FRS_OK;
}

/* A list key as texts, borrowed from the config; NULL: out of memory. */
static const char **texts_of(frs_ctx *ctx, const frs_config *c, const char *key, int *n) {
    *n = (int)frs_config_list_count(c, key);
    const char **at = frs__alloc(ctx, *n, sizeof *at);
    for (int i = 0; at && i < *n; i++) at[i] = frs_config_list_at(c, key, i);
    return at;
}

static frs_status open_dataset(frs_ctx *ctx, const frs_config *c, const char *dir,
                               frs_dataset **ds) {
    const char *set = frs_config_text(c, "dataset");
    const bool look = !set || strcmp(set, "auto") == 0 || strcmp(set, "store") == 0;
    frs_read_opts o = {.format = look ? NULL : set};
    const char **forcings = texts_of(ctx, c, "forcings", &o.n_forcings);
    const char **units = texts_of(ctx, c, "units", &o.n_units);
    o.forcings = forcings;
    o.units = units;
    const frs_status s = forcings && units ? frs_dataset_open(ctx, dir, &o, ds) : FRS_E_NOMEM;
    frs__free(ctx, forcings);
    frs__free(ctx, units);
    return s;
}

static bool is_store(frs_ctx *ctx, const char *path) {
    frs_map m;
    if (frs__is_dir(path) || frs__map_open(ctx, path, &m) != FRS_OK) return false;
    const int64_t n = (int64_t)strlen(FRS_STORE_MAGIC);
    const bool is = m.n >= n && memcmp(m.data, FRS_STORE_MAGIC, (size_t)n) == 0;
    frs__map_close(&m);
    return is;
}

frs_status frs__run_data_packed(frs_ctx *ctx, const frs_config *c, bool *packed) {
    char *dir = frs_config_path(c, "data_dir");
    if (!dir && frs_config_text(c, "data_dir")) return FRS_E_NOMEM;
    *packed = dir && frs__exists(dir) && is_store(ctx, dir);
    frs_text_free(ctx, dir);
    return FRS_OK;
}

static frs_status read_data(frs_ctx *ctx, const frs_config *c, const parts *p,
                            const char *store_path, frs_run_data *d, frs_findings *findings) {
    char *dir = frs_config_path(c, "data_dir");
    if (!dir && frs_config_text(c, "data_dir")) return FRS_E_NOMEM;
    if (!dir)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: data_dir is missing: where are the records?"),
                         frs_config_file(c));
    source from = {.c = c, .p = p, .mend_dates = frs_config_bool(c, "mend_dates")};
    frs_status s = FRS_OK;
    char where[512];
    if (!frs__exists(dir))
        s = frs__fail(ctx, FRS_E_IO, _("%s: %s is not there"),
                      frs_config_where(c, "data_dir", where), dir);
    else if (is_store(ctx, dir) && frs_config_list_count(c, "units") == 0 &&
             frs__preparation_empty(&p->preparation) && p->upstream.n_columns == 0)
        s = frs_store_open(ctx, dir, &d->store);
    else {
        s = open_dataset(ctx, c, dir, &from.ds);
        if (s == FRS_OK) s = all_present(ctx, c, from.ds, p, dir);
        if (s == FRS_OK) s = frs__upstream_known(ctx, c, &p->upstream, from.ds, dir);
        if (s == FRS_OK) s = pack_all(ctx, &from, store_path, findings);
        if (s == FRS_OK) s = frs_store_open(ctx, store_path, &d->store);
        frs_dataset_close(from.ds);
        frs__free(ctx, from.told);
    }
    frs_text_free(ctx, dir);
    return s;
}

static frs_status resolve(frs_ctx *ctx, const frs_config *c, const names *list, const char *part,
                          const frs_store *store, frs_sites *out) {
    const int64_t all = frs_store_get_info(store).n_sites, n = list->n ? list->n : all;
    char key[64], where[512];
    out->index = frs__alloc(ctx, n, sizeof *out->index);
    if (!out->index) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        out->index[i] = list->n ? frs_store_find_site(store, list->at[i]) : i;
        if (out->index[i] < 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: site %s is not in the store"),
                             frs_config_where(c, key_of(c, part, key), where), list->at[i]);
    }
    out->n = n;
    return FRS_OK;
}

/* Gives each site its periods, and keeps them. A day's last reading belongs to the day. */
static frs_status resolve_periods(frs_ctx *ctx, const frs_config *c, int part, frs__period_table *t,
                                  frs_run_data *d) {
    frs_sites *sites[3] = {&d->training_sites, &d->validation_sites, &d->test_sites};
    char key[64], where[512];
    if (t->n == 0) return FRS_OK;
    frs_sites *to = sites[part];
    to->periods = frs__alloc(ctx, to->n, sizeof *to->periods);
    if (!to->periods) return FRS_E_NOMEM;
    for (int64_t i = 0; i < to->n; i++) {
        const char *site = frs_store_get_site(d->store, to->index[i]).name;
        to->periods[i] = frs__periods_of(t, site);
        if (to->periods[i].n) continue;
        snprintf(key, sizeof key, "per_basin_%s_periods_file", part_names[part]);
        return frs__fail(ctx, FRS_E_INPUT, _("%s: no period of site %s in it"),
                         frs_config_where(c, key, where), site);
    }
    d->site_periods[part] = t->at; /* taken over */
    t->at = NULL;
    return FRS_OK;
}

/* A period's last day is meant whole: with steps of hours to its last hour. */
static void whole_days(frs_run_data *d, const parts *p) {
    const frs_step step = frs_store_get_info(d->store).step;
    const int64_t more = FRS_DAY_S - step.count;
    if (step.unit != FRS_STEP_SECOND || more <= 0) return;
    frs_period *const one[3] = {&d->training, &d->validation, &d->test};
    for (int k = 0; k < 3; k++) {
        if (one[k]->last_s != INT64_MIN && one[k]->last_s % FRS_DAY_S == 0) one[k]->last_s += more;
        for (int64_t i = 0; d->site_periods[k] && i < p->periods[k].n; i++)
            if (d->site_periods[k][i].last_s % FRS_DAY_S == 0) d->site_periods[k][i].last_s += more;
    }
    for (int64_t i = 0; i < d->n_exclude; i++)
        if (d->exclude[i].last_s % FRS_DAY_S == 0) d->exclude[i].last_s += more;
}

/* use_basin_id_encoding: a number of the attributes for each training site. */
static frs_status site_codes(frs_ctx *ctx, const frs_config *c, frs_run_data *d) {
    static const char key[] = "use_basin_id_encoding";
    const frs_sites *others[2] = {&d->validation_sites, &d->test_sites};
    char where[512];
    if (!frs_config_bool(c, key)) return FRS_OK;
    if (d->task.n_statics + d->training_sites.n > FRS_MAX_STATICS)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld training sites, at most %d"),
                         frs_config_where(c, key, where), (long long)d->training_sites.n,
                         FRS_MAX_STATICS - d->task.n_statics);
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < others[k]->n; i++) {
            bool known = false;
            for (int64_t j = 0; j < d->training_sites.n && !known; j++)
                known = d->training_sites.index[j] == others[k]->index[i];
            if (!known)
                return frs__fail(ctx, FRS_E_INPUT,
                                 _("%s: site %s is not among the training sites: a model that "
                                   "knows sites by their number knows nothing of it"),
                                 frs_config_where(c, key, where),
                                 frs_store_get_site(d->store, others[k]->index[i]).name);
        }
    d->task.n_codes = (int)d->training_sites.n;
    d->task.n_statics += d->task.n_codes;
    return FRS_OK;
}

/* Each input, the target and each attribute must be known, with a guess where one is misspelt. */
static frs_status known_variables(frs_ctx *ctx, const frs_config *c, const frs_run_data *d) {
    char where[512];
    const frs_task *t = &d->task;
    const int n = t->n_inputs, attrs = t->n_statics - t->n_evolving - t->n_codes;
    for (int i = 0; i <= n + t->n_evolving; i++) {
        const char *name = i < n                   ? t->inputs[i]
                           : i < n + t->n_evolving ? t->statics[attrs + i - n]
                                                   : t->target;
        const char *key = i < n                   ? "dynamic_inputs"
                          : i < n + t->n_evolving ? "evolving_attributes"
                                                  : "target_variables";
        if (frs_store_find_var(d->store, name) >= 0) continue;
        frs_buf b = {.ctx = ctx};
        for (int v = 0; v < frs_store_get_info(d->store).n_vars; v++)
            frs__buf_printf(&b, "%s%s", v ? ", " : "", frs_store_var(d->store, v).name);
        frs_status s =
            frs__fail(ctx, FRS_E_INPUT, _("%s: no variable '%s' in the data, which has: %s"),
                      frs_config_where(c, key, where), name, b.data ? b.data : "");
        frs__buf_free(&b);
        return s;
    }
    for (int i = 0; i < attrs; i++)
        if (frs_store_find_attr(d->store, t->statics[i]) < 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: no attribute '%s' in the data"),
                             frs_config_where(c, "static_attributes", where), t->statics[i]);
    return FRS_OK;
}

static frs_status known_forecasters(frs_ctx *ctx, const frs_config *c, const char *key) {
    char where[512];
    for (int64_t i = 0; i < frs_config_list_count(c, key); i++) {
        const char *name = frs_config_list_at(c, key, i);
        if (frs__candidate_find(c, name).def) continue;
        frs_buf b = {.ctx = ctx};
        frs__candidate_names(c, &b);
        frs_status s = frs__fail(ctx, FRS_E_INPUT, _("%s: no forecaster '%s'; there are: %s"),
                                 frs_config_where(c, key, where), name, b.data ? b.data : "");
        frs__buf_free(&b);
        return s;
    }
    return FRS_OK;
}

/* Nets of own layers that take part: said before the others are trained. */
static frs_status nets_fit(frs_ctx *ctx, const frs_config *c, const frs_task *t) {
    for (int64_t i = 0; i < frs__n_candidates(c); i++) {
        const frs_candidate k = frs__candidate_at(c, i);
        const bool many = strcmp(k.name, "ensemble") == 0;
        if (!frs__run_takes_part(c, k)) continue;
        FRS_TRY(frs__candidate_check(ctx, c, many ? frs__candidate_model(c) : k, t));
    }
    return FRS_OK;
}

/* Of published sets: prcp(mm/day)_daymet, precipitation_AWAP, total_precipitation_sum, ... */
static bool like_precipitation(const char *name) {
    static const char *const begins[] = {"prcp", "prec", "total_prec", "rain"};
    for (int64_t i = 0; i < FRS_LEN(begins); i++)
        if (strncasecmp(name, begins[i], strlen(begins[i])) == 0) return true;
    return false;
}

static void find_precipitation(const frs_config *c, frs_run_data *d) {
    static const char *const usual[] = {"prcp", "precipitation", "P", "p", "pr", "rain"};
    const char *named = frs_config_text(c, "precipitation");
    if (named && frs_store_find_var(d->store, named) >= 0) {
        snprintf(d->precipitation, sizeof d->precipitation, "%s", named);
        return;
    }
    for (int64_t i = 0; i < FRS_LEN(usual) && !d->precipitation[0]; i++)
        if (frs_store_find_var(d->store, usual[i]) >= 0)
            snprintf(d->precipitation, sizeof d->precipitation, "%s", usual[i]);
    for (int i = 0; i < d->task.n_inputs && !d->precipitation[0]; i++)
        if (like_precipitation(d->task.inputs[i]))
            snprintf(d->precipitation, sizeof d->precipitation, "%s", d->task.inputs[i]);
}

/* A store may hold sites that nobody asked for: what is wrong with them stops nothing. */
static bool takes_part(const frs_run_data *d, int64_t site) {
    const frs_sites *parts_of[3] = {&d->training_sites, &d->validation_sites, &d->test_sites};
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < parts_of[k]->n; i++)
            if (parts_of[k]->index[i] == site) return true;
    return false;
}

static frs_status check_all(frs_ctx *ctx, const frs_config *c, const frs_run_data *d,
                            const frs_prepare *prepare, frs_findings *f) {
    const int64_t n = frs_store_get_info(d->store).n_sites;
    const frs_period whole = {d->training.first_s, d->test.last_s};
    frs_check_opts o = {.precipitation = d->precipitation[0] ? d->precipitation : NULL,
                        .target = d->task.target,
                        .task = &d->task,
                        .period = whole,
                        .training = d->training,
                        .test = d->test,
                        .prepare = prepare,
                        .n_allowed = frs_config_list_count(c, "allow_leaks")};
    for (int64_t i = 0; i < n; i++)
        if (takes_part(d, i)) FRS_TRY(frs_check_site(ctx, d->store, i, &o, f));
    const char **allowed = frs__alloc(ctx, o.n_allowed, sizeof *allowed);
    if (!allowed) return FRS_E_NOMEM;
    for (int64_t i = 0; i < o.n_allowed; i++) allowed[i] = frs_config_list_at(c, "allow_leaks", i);
    o.allowed = allowed;
    frs_status s =
        frs_check_statics(ctx, d->store, d->training_sites.index, d->training_sites.n, &o, f);
    frs__free(ctx, allowed);
    return s;
}

static frs_status open_with(frs_ctx *ctx, const frs_config *c, const char *store_path, parts *p,
                            frs_run_data *d, frs_findings *findings) {
    FRS_TRY(frs__run_task(ctx, c, &d->task));
    frs_period *const periods[3] = {&d->training, &d->validation, &d->test};
    for (int k = 0; k < 3; k++)
        FRS_TRY(periods_of(ctx, c, part_names[k], periods[k], &p->periods[k]));
    p->training = d->training;
    FRS_TRY(frs__preparation_read(ctx, c, &d->task, &p->preparation));
    FRS_TRY(frs__upstream_read(ctx, c, &d->task, &p->upstream));
    FRS_TRY(excluded(ctx, c, d));
    FRS_TRY(frs__check_years(ctx, c));
    FRS_TRY(frs__nets_check(ctx, c, &d->task));
    FRS_TRY(known_forecasters(ctx, c, "forecasters"));
    FRS_TRY(known_forecasters(ctx, c, "references"));
    FRS_TRY(frs__subsets_of(ctx, c, &(frs_subsets){0})); /* said before the long work */
    for (int k = 0; k < 3; k++) FRS_TRY(sites_of(ctx, c, part_names[k], &p->part[k]));
    frs_findings dropped = {0};
    frs_status s = frs__exists(store_path)
                       ? frs_store_open(ctx, store_path, &d->store)
                       : read_data(ctx, c, p, store_path, d, findings ? findings : &dropped);
    frs_findings_free(ctx, &dropped);
    FRS_TRY(s);
    frs_sites *out[3] = {&d->training_sites, &d->validation_sites, &d->test_sites};
    for (int k = 0; k < 3; k++)
        FRS_TRY(resolve(ctx, c, &p->part[k], part_names[k], d->store, out[k]));
    FRS_TRY(frs__run_fold(ctx, c, d));
    for (int k = 0; k < 3; k++) FRS_TRY(resolve_periods(ctx, c, k, &p->periods[k], d));
    whole_days(d, p);
    FRS_TRY(known_variables(ctx, c, d));
    FRS_TRY(site_codes(ctx, c, d));
    FRS_TRY(nets_fit(ctx, c, &d->task));
    find_precipitation(c, d);
    return findings ? check_all(ctx, c, d, &p->preparation.p, findings) : FRS_OK;
}

frs_status frs_run_data_open(frs_ctx *ctx, const frs_config *c, const char *store_path,
                             frs_run_data *d, frs_findings *findings) {
    parts p = {0};
    *d = (frs_run_data){0};
    frs_status s = open_with(ctx, c, store_path, &p, d, findings);
    for (int k = 0; k < 3; k++) {
        frs__free(ctx, p.part[k].at);
        frs__period_table_free(ctx, &p.periods[k]);
    }
    frs__preparation_free(ctx, &p.preparation);
    if (s != FRS_OK) frs_run_data_close(ctx, d);
    return s;
}

void frs_run_data_close(frs_ctx *ctx, frs_run_data *d) {
    frs_store_close(d->store);
    frs_sites *const sites[3] = {&d->training_sites, &d->validation_sites, &d->test_sites};
    for (int k = 0; k < 3; k++) {
        frs__free(ctx, sites[k]->index);
        frs__free(ctx, sites[k]->periods);
        frs__free(ctx, d->site_periods[k]);
    }
    frs__free(ctx, d->exclude);
    *d = (frs_run_data){0};
}

frs_status frs_findings_verdict(frs_ctx *ctx, const frs_findings *f) {
    const frs_finding *first = NULL;
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) {
        if (f->items[i].severity != FRS_HARD) continue;
        if (!first) first = &f->items[i];
        n++;
    }
    if (!first) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT,
                     _("%lld hard problem(s) in the data; the first: %s: %s (%s)"), (long long)n,
                     first->site, first->text, first->action);
}
