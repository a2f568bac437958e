/* A config's data made ready: read once, packed into the run's store, checked. */
#include "base/base.h"
#include "data/data.h"
#include "freshet/io.h"
#include "run/run_internal.h"
#include <stdio.h>
#include <string.h>

static frs_status copy_name(frs_ctx *ctx, const frs_config *c, const char *key, const char *text,
                            char out[64]) {
    char where[512];
    const size_t n = strlen(text);
    if (n >= 64)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: name '%.40s...' is longer than 63 characters"),
                         frs_config_where(c, key, where), text);
    memcpy(out, text, n + 1);
    return FRS_OK;
}

static frs_status copy_names(frs_ctx *ctx, const frs_config *c, const char *key,
                             char out[FRS_MAX_VARS][64], int *count) {
    char where[512];
    const int64_t n = frs_config_list_count(c, key);
    if (n > FRS_MAX_VARS)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld names, at most %d are supported"),
                         frs_config_where(c, key, where), (long long)n, FRS_MAX_VARS);
    for (int64_t i = 0; i < n; i++)
        FRS_TRY(copy_name(ctx, c, key, frs_config_list_at(c, key, i), out[i]));
    *count = (int)n;
    return FRS_OK;
}

static void sort_names(char names[FRS_MAX_VARS][64], int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            char t[64];
            memcpy(t, names[j], 64);
            memcpy(names[j], names[j - 1], 64);
            memcpy(names[j - 1], t, 64);
        }
}

static bool listed(const frs_config *c, const char *key, const char *name) {
    for (int64_t i = 0; i < frs_config_list_count(c, key); i++)
        if (strcmp(frs_config_list_at(c, key, i), name) == 0) return true;
    return false;
}

static frs_future future_of(const char *text) {
    if (strcmp(text, "observed") == 0) return FRS_FUTURE_OBSERVED;
    if (strcmp(text, "climatology") == 0) return FRS_FUTURE_CLIMATOLOGY;
    if (strcmp(text, "esp") == 0) return FRS_FUTURE_ESP;
    return FRS_FUTURE_NONE;
}

static frs_status task_of(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    char where[512];
    *t = (frs_task){0};
    t->kind = strcmp(frs_config_text(c, "task"), "forecast") == 0 ? FRS_FORECAST : FRS_SIMULATION;
    FRS_TRY(copy_names(ctx, c, "dynamic_inputs", t->inputs, &t->n_inputs));
    FRS_TRY(copy_names(ctx, c, "static_attributes", t->statics, &t->n_statics));
    sort_names(t->statics, t->n_statics);
    if (frs_config_list_count(c, "target_variables") != 1)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: exactly one target is supported, found %lld"),
                         frs_config_where(c, "target_variables", where),
                         (long long)frs_config_list_count(c, "target_variables"));
    FRS_TRY(copy_name(ctx, c, "target_variables", frs_config_list_at(c, "target_variables", 0),
                      t->target));
    t->clip_to_zero = listed(c, "clip_targets_to_zero", t->target);
    t->seq_length = frs_config_int(c, "seq_length");
    t->predict_last_n = frs_config_int(c, "predict_last_n");
    t->future = future_of(frs_config_text(c, "future_weather"));
    if (t->kind == FRS_FORECAST) {
        t->leads = frs_config_int(c, "leads");
        t->past_target = true;
        t->predict_last_n = 1;
    } else if (t->n_inputs == 0)
        return frs__fail(
            ctx, FRS_E_INPUT,
            _("%s: a simulation needs weather inputs; flow alone needs task: forecast"),
            frs_config_where(c, "dynamic_inputs", where));
    if (t->predict_last_n > t->seq_length)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld is more than seq_length, %lld"),
                         frs_config_where(c, "predict_last_n", where), (long long)t->predict_last_n,
                         (long long)t->seq_length);
    return FRS_OK;
}

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
        FRS_TRY(
            copy_name(ctx, c, "sites", frs_config_list_at(c, "sites", out->n), out->at[out->n]));
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
    frs_dataset *ds;
    const parts *p;
    bool mend_dates;
} source;

static frs_status pack_site(frs_ctx *ctx, const source *from, int64_t i, frs_store_writer *w,
                            frs_findings *findings) {
    frs_series s = {0};
    frs_status status = frs_dataset_read(from->ds, i, &s);
    if (status == FRS_OK) status = frs_check_series(ctx, &s, from->mend_dates, findings);
    if (status == FRS_OK) status = frs_store_add(w, &s);
    frs_series_free(ctx, &s);
    return status;
}

static frs_status pack_all(frs_ctx *ctx, const source *from, const char *store_path,
                           frs_findings *findings) {
    frs_store_writer *w = NULL;
    FRS_TRY(frs_store_create(ctx, store_path, frs_dataset_statics(from->ds), &w));
    const int64_t n = frs_dataset_n_sites(from->ds);
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

static frs_read_opts read_opts(const frs_config *c) {
    const char *set = frs_config_text(c, "dataset");
    const bool named = set && (strcmp(set, "csv") == 0 || strcmp(set, "mopex") == 0);
    return (frs_read_opts){.format = named ? set : NULL};
}

static bool is_store(frs_ctx *ctx, const char *path) {
    frs_map m;
    if (frs__is_dir(path) || frs__map_open(ctx, path, &m) != FRS_OK) return false;
    const int64_t n = (int64_t)strlen(FRS_STORE_MAGIC);
    const bool is = m.n >= n && memcmp(m.data, FRS_STORE_MAGIC, (size_t)n) == 0;
    frs__map_close(&m);
    return is;
}

static frs_status read_data(frs_ctx *ctx, const frs_config *c, const parts *p,
                            const char *store_path, frs_run_data *d, frs_findings *findings) {
    char *dir = frs_config_path(c, "data_dir");
    if (!dir && frs_config_text(c, "data_dir")) return FRS_E_NOMEM;
    if (!dir)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: data_dir is missing: where are the records?"),
                         frs_config_file(c));
    source from = {.p = p, .mend_dates = frs_config_bool(c, "mend_dates")};
    frs_read_opts o = read_opts(c);
    frs_status s = FRS_OK;
    char where[512];
    if (!frs__exists(dir))
        s = frs__fail(ctx, FRS_E_IO, _("%s: %s is not there"),
                      frs_config_where(c, "data_dir", where), dir);
    else if (is_store(ctx, dir))
        s = frs_store_open(ctx, dir, &d->store);
    else {
        s = frs_dataset_open(ctx, dir, &o, &from.ds);
        if (s == FRS_OK) s = all_present(ctx, c, from.ds, p, dir);
        if (s == FRS_OK) s = pack_all(ctx, &from, store_path, findings);
        if (s == FRS_OK) s = frs_store_open(ctx, store_path, &d->store);
        frs_dataset_close(from.ds);
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

/* Each input, the target and each attribute must be known, with a guess where one is misspelt. */
static frs_status known_variables(frs_ctx *ctx, const frs_config *c, const frs_run_data *d) {
    char where[512];
    const frs_task *t = &d->task;
    for (int i = 0; i <= t->n_inputs; i++) {
        const char *name = i < t->n_inputs ? t->inputs[i] : t->target;
        const char *key = i < t->n_inputs ? "dynamic_inputs" : "target_variables";
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
    for (int i = 0; i < t->n_statics; i++)
        if (frs_store_find_attr(d->store, t->statics[i]) < 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: no attribute '%s' in the data"),
                             frs_config_where(c, "static_attributes", where), t->statics[i]);
    return FRS_OK;
}

static frs_status known_forecasters(frs_ctx *ctx, const frs_config *c) {
    char where[512];
    for (int64_t i = 0; i < frs_config_list_count(c, "forecasters"); i++) {
        const char *name = frs_config_list_at(c, "forecasters", i);
        if (frs_forecaster_find(name)) continue;
        frs_buf b = {.ctx = ctx};
        for (int64_t k = 0; k < frs_n_forecasters(); k++)
            frs__buf_printf(&b, "%s%s", k ? ", " : "", frs_forecaster_at(k)->name);
        frs_status s =
            frs__fail(ctx, FRS_E_INPUT, _("%s: no forecaster '%s'; there are: %s"),
                      frs_config_where(c, "forecasters", where), name, b.data ? b.data : "");
        frs__buf_free(&b);
        return s;
    }
    return FRS_OK;
}

static void find_precipitation(const frs_config *c, frs_run_data *d) {
    static const char *const usual[] = {"prcp", "precipitation",           "P",           "p", "pr",
                                        "rain", "total_precipitation_sum", "prcp(mm/day)"};
    const char *named = frs_config_text(c, "precipitation");
    if (named && frs_store_find_var(d->store, named) >= 0) {
        snprintf(d->precipitation, sizeof d->precipitation, "%s", named);
        return;
    }
    for (int64_t i = 0; i < FRS_LEN(usual) && !d->precipitation[0]; i++)
        if (frs_store_find_var(d->store, usual[i]) >= 0)
            snprintf(d->precipitation, sizeof d->precipitation, "%s", usual[i]);
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
                            frs_findings *f) {
    const int64_t n = frs_store_get_info(d->store).n_sites;
    const frs_period whole = {d->training.first_s, d->test.last_s};
    frs_check_opts o = {.precipitation = d->precipitation[0] ? d->precipitation : NULL,
                        .target = d->task.target,
                        .task = &d->task,
                        .period = whole,
                        .training = d->training,
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
    FRS_TRY(task_of(ctx, c, &d->task));
    FRS_TRY(period_of(ctx, c, "train", &d->training));
    FRS_TRY(period_of(ctx, c, "validation", &d->validation));
    FRS_TRY(period_of(ctx, c, "test", &d->test));
    FRS_TRY(excluded(ctx, c, d));
    FRS_TRY(known_forecasters(ctx, c));
    for (int k = 0; k < 3; k++) FRS_TRY(sites_of(ctx, c, part_names[k], &p->part[k]));
    if (frs__exists(store_path))
        FRS_TRY(frs_store_open(ctx, store_path, &d->store));
    else
        FRS_TRY(read_data(ctx, c, p, store_path, d, findings));
    frs_sites *out[3] = {&d->training_sites, &d->validation_sites, &d->test_sites};
    for (int k = 0; k < 3; k++)
        FRS_TRY(resolve(ctx, c, &p->part[k], part_names[k], d->store, out[k]));
    FRS_TRY(known_variables(ctx, c, d));
    find_precipitation(c, d);
    return check_all(ctx, c, d, findings);
}

frs_status frs_run_data_open(frs_ctx *ctx, const frs_config *c, const char *store_path,
                             frs_run_data *d, frs_findings *findings) {
    parts p = {0};
    *d = (frs_run_data){0};
    frs_status s = open_with(ctx, c, store_path, &p, d, findings);
    for (int k = 0; k < 3; k++) frs__free(ctx, p.part[k].at);
    if (s != FRS_OK) frs_run_data_close(ctx, d);
    return s;
}

void frs_run_data_close(frs_ctx *ctx, frs_run_data *d) {
    frs_store_close(d->store);
    frs__free(ctx, d->training_sites.index);
    frs__free(ctx, d->validation_sites.index);
    frs__free(ctx, d->test_sites.index);
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
