/* run.json: what was run, with what, how long it took and who won. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/csv.h"
#include "report/files.h"
#include "report/view.h"

enum { MAX_MODELS = 256, MAX_LEADS = 4096, MAX_STEP = 366 * 86400 };
static const int64_t limit_bytes = INT64_C(256) << 20;
static const char *const futures[] = {[FRS_FUTURE_NONE] = "none",
                                      [FRS_FUTURE_CLIMATOLOGY] = "climatology",
                                      [FRS_FUTURE_OBSERVED] = "observed",
                                      [FRS_FUTURE_ESP] = "esp"};

/* ---- writing. NULL is what jansson gives when memory is out, and it takes NULL as a value: it
 * then fails too, which `set` sees. */
static json_t *text(const char *s) {
    if (!s) return json_null();
    json_t *j = json_string(s);
    if (j) return j;
    frs_buf b = {0}; /* not UTF-8: mended, in the C library's memory like all of jansson's */
    while (*s) {
        char c[5];
        s = frs__utf8_char(s, c);
        frs__buf_add(&b, c);
    }
    j = b.failed ? NULL : json_string(b.data);
    frs__buf_free(&b);
    return j;
}

/* NULL when some could not be added. */
static json_t *whole(json_t *a, int64_t n) {
    if ((int64_t)json_array_size(a) == n) return a;
    json_decref(a);
    return NULL;
}

static json_t *number(double v) {
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *day(int64_t time_s) {
    char t[32];
    return time_s == INT64_MIN ? json_null() : json_string(frs_date_format(time_s, t));
}

static json_t *facts(const frs_report_fact *f, int64_t n) {
    json_t *o = json_object();
    for (int64_t i = 0; i < n; i++) json_object_set_new(o, f[i].name, text(f[i].value));
    return o;
}

static json_t *stages(const frs_report *r) {
    json_t *o = json_object();
    for (int64_t i = 0; i < r->n_stages; i++)
        json_object_set_new(o, r->stages[i].name, number(round(r->stages[i].seconds * 1e4) / 1e4));
    return o;
}

static json_t *spans(const frs_report *r) {
    json_t *o = json_object();
    for (int64_t i = 0; i < r->n_spans; i++)
        json_object_set_new(o, r->spans[i].name,
                            json_pack("{s:o,s:o}", "from", day(r->spans[i].period.first_s), "to",
                                      day(r->spans[i].period.last_s)));
    return o;
}

static json_t *pass(const frs_report_pass *p) {
    if (p->n == 0) return json_null();
    return json_pack("{s:I,s:o,s:o,s:o,s:o}", "n", (json_int_t)p->n, "nse_windows",
                     number(p->windows), "nse_pass", number(p->pass), "rms", number(p->rms),
                     "largest", number(p->largest));
}

static json_t *models(const frs_report *r) {
    json_t *a = json_array();
    for (int64_t i = 0; i < r->n_models; i++) {
        const frs_report_model *m = &r->models[i];
        json_array_append_new(
            a, json_pack("{s:o,s:o,s:o,s:b,s:o,s:o,s:o,s:I}", "name", text(m->name), "title",
                         text(m->title), "describe", text(m->describe), "baseline", m->baseline,
                         "fit_s", number(m->fit_s), "predict_s", number(m->predict_s),
                         "stateful_pass", pass(&m->pass), "seeds", (json_int_t)m->seeds));
    }
    return whole(a, r->n_models);
}

static json_t *names(const char *const *s, int64_t n) {
    json_t *a = json_array();
    for (int64_t i = 0; i < n; i++) json_array_append_new(a, text(s[i]));
    return whole(a, n);
}

static json_t *counts(const int64_t *v, int64_t n) {
    json_t *a = json_array();
    for (int64_t i = 0; i < n; i++) json_array_append_new(a, json_integer(v[i]));
    return whole(a, n);
}

static int set(json_t *o, const char *key, json_t *value) {
    return json_object_set_new(o, key, value);
}

static int put_run(json_t *o, const frs_report *r) {
    int bad = 0;
    bad |= set(o, "freshet", text(r->version ? r->version : FRS_VERSION));
    bad |= set(o, "title", text(r->title));
    bad |= set(o, "lang", text(r->lang));
    bad |= set(o, "command", text(r->command));
    bad |= set(o, "data", text(r->data_path));
    bad |= set(o, "seed", json_integer((json_int_t)r->seed));
    bad |= set(o, "isa", text(r->isa));
    bad |= set(o, "threads", json_integer(r->threads));
    bad |= set(o, "finished", r->finished_s > 0 ? day(r->finished_s) : json_null());
    bad |= set(o, "versions", facts(r->versions, r->n_versions));
    bad |= set(o, "hashes", facts(r->hashes, r->n_hashes));
    bad |= set(o, "times_s", stages(r));
    return bad;
}

static int put_task(json_t *o, const frs_view *v) {
    const frs_report *r = v->r;
    const frs_step step = r->observed.step;
    int bad = 0;
    bad |= set(o, "task", json_string(r->task == FRS_FORECAST ? "forecast" : "simulation"));
    bad |= set(o, "future_weather", json_string(futures[r->future]));
    bad |= set(o, "leads", json_integer(r->leads));
    bad |= set(o, "target", text(r->target));
    bad |= set(o, "unit", text(r->unit));
    bad |= set(o, "precipitation_unit", text(r->precipitation_unit));
    bad |= set(o, "step",
               json_pack("{s:I,s:s}", "count", (json_int_t)step.count, "unit",
                         step.unit == FRS_STEP_MONTH ? "month" : "second"));
    bad |= set(o, "year_start", json_integer(r->year_start));
    bad |= set(o, "main_metric", text(r->main_metric));
    bad |= set(o, "periods", spans(r));
    bad |= set(o, "common_samples", counts(v->n_common, v->n_leads));
    bad |= set(o, "forecasters", models(r));
    bad |= set(o, "best", v->best < 0 ? json_null() : text(r->models[v->best].name));
    bad |= set(o, "chosen_on_validation", text(r->best));
    bad |= set(o, "sites", names(r->sites, r->n_sites));
    bad |= set(o, "config", text(r->config_text));
    return bad;
}

static int collect(const char *piece, size_t n, void *buf) {
    frs__buf_add_n(buf, piece, (int64_t)n);
    return 0;
}

frs_status frs_report_write_run_json(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    json_t *o = json_object();
    int failed = put_run(o, r) | put_task(o, &v);
    frs__view_free(&v);
    frs_buf b = {.ctx = ctx};
    failed |= json_dump_callback(o, collect, &b, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    json_decref(o);
    frs__buf_add(&b, "\n");
    frs_status s = frs__buf_status(&b);
    if (s == FRS_OK && failed)
        s = frs__fail(ctx, FRS_E_NOMEM, _("out of memory while writing %s"), path);
    if (s == FRS_OK) s = frs__write_file(ctx, path, b.data, b.n);
    frs__buf_free(&b);
    return s;
}

/* ---- reading: a member that is absent or of another type is as if it were null */
static char *copy(frs_report_memory *a, const char *s) {
    char *t = frs__arena_strdup(&a->arena, s);
    a->failed |= !t;
    return t;
}

static void *array(frs_report_memory *a, size_t n, size_t size) {
    void *p = frs__arena_alloc(&a->arena, (int64_t)n + 1, size);
    a->failed |= !p;
    return p;
}

static const char *get_text(frs_report_memory *a, const json_t *o, const char *key) {
    const char *s = json_string_value(json_object_get(o, key));
    return s ? copy(a, s) : NULL;
}

static double get_number(const json_t *o, const char *key) {
    const json_t *v = json_object_get(o, key);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

static int64_t get_int(const json_t *o, const char *key) {
    return (int64_t)json_integer_value(json_object_get(o, key));
}

static int64_t get_day(const json_t *o, const char *key) {
    const char *s = json_string_value(json_object_get(o, key));
    int64_t t;
    return s && frs_date_parse(s, strlen(s), &t) == FRS_OK ? t : INT64_MIN;
}

static const frs_report_fact *get_facts(frs_report_memory *a, const json_t *o, const char *key,
                                        int64_t *n) {
    json_t *all = json_object_get(o, key), *value;
    const char *name;
    frs_report_fact *f = array(a, json_object_size(all), sizeof *f);
    *n = 0;
    if (f) json_object_foreach(all, name, value) {
            const char *s = json_string_value(value);
            f[*n] = (frs_report_fact){copy(a, name), s ? copy(a, s) : NULL};
            (*n)++;
        }
    return f;
}

static void get_stages(frs_report_memory *a, const json_t *o, frs_report *r) {
    json_t *all = json_object_get(o, "times_s"), *value;
    const char *name;
    frs_report_stage *s = array(a, json_object_size(all), sizeof *s);
    r->stages = s;
    if (s)
        json_object_foreach(all, name, value) s[r->n_stages++] = (frs_report_stage){
            copy(a, name), json_is_number(value) ? json_number_value(value) : (double)NAN};
}

static void get_spans(frs_report_memory *a, const json_t *o, frs_report *r) {
    json_t *all = json_object_get(o, "periods"), *value;
    const char *name;
    frs_report_span *s = array(a, json_object_size(all), sizeof *s);
    r->spans = s;
    if (s)
        json_object_foreach(all, name, value) s[r->n_spans++] =
            (frs_report_span){copy(a, name), {get_day(value, "from"), get_day(value, "to")}};
}

static frs_report_pass get_pass(const json_t *o) {
    const json_t *n = json_object_get(o, "n");
    if (!json_is_integer(n) || json_integer_value(n) < 1) return (frs_report_pass){0};
    return (frs_report_pass){.n = json_integer_value(n),
                             .windows = get_number(o, "nse_windows"),
                             .pass = get_number(o, "nse_pass"),
                             .rms = get_number(o, "rms"),
                             .largest = get_number(o, "largest")};
}

static void get_models(frs_report_memory *a, const json_t *o, frs_report *r) {
    const json_t *all = json_object_get(o, "forecasters");
    const size_t n = json_array_size(all);
    frs_report_model *m = array(a, n, sizeof *m);
    r->models = m;
    for (size_t i = 0; m && i < n; i++) {
        const json_t *x = json_array_get(all, i);
        const char *name = get_text(a, x, "name");
        if (!name) continue;
        m[r->n_models++] =
            (frs_report_model){.name = name,
                               .title = get_text(a, x, "title"),
                               .describe = get_text(a, x, "describe"),
                               .baseline = json_is_true(json_object_get(x, "baseline")),
                               .fit_s = get_number(x, "fit_s"),
                               .predict_s = get_number(x, "predict_s"),
                               .pass = get_pass(json_object_get(x, "stateful_pass")),
                               .seeds = get_int(x, "seeds")};
    }
}

static void get_sites(frs_report_memory *a, const json_t *o, frs_report *r) {
    const json_t *all = json_object_get(o, "sites");
    const size_t n = json_array_size(all);
    const char **s = array(a, n, sizeof *s);
    r->sites = s;
    for (size_t i = 0; s && i < n; i++) {
        const char *name = json_string_value(json_array_get(all, i));
        s[r->n_sites++] = copy(a, name ? name : "");
    }
}

static void get_common(frs_report_memory *a, const json_t *o, frs_report *r) {
    const json_t *all = json_object_get(o, "common_samples");
    const int64_t n = r->leads > 0 ? r->leads : 1;
    if ((int64_t)json_array_size(all) != n) return;
    int64_t *v = array(a, (size_t)n, sizeof *v);
    r->n_common = v;
    for (int64_t i = 0; v && i < n; i++)
        v[i] = (int64_t)json_integer_value(json_array_get(all, (size_t)i));
}

static void get_run(frs_report_memory *a, const json_t *o, frs_report *r) {
    r->version = get_text(a, o, "freshet");
    r->title = get_text(a, o, "title");
    r->lang = get_text(a, o, "lang");
    r->command = get_text(a, o, "command");
    r->data_path = get_text(a, o, "data");
    r->seed = (uint64_t)get_int(o, "seed");
    r->isa = get_text(a, o, "isa");
    r->threads = (int)get_int(o, "threads");
    r->finished_s = get_day(o, "finished");
    r->versions = get_facts(a, o, "versions", &r->n_versions);
    r->hashes = get_facts(a, o, "hashes", &r->n_hashes);
    get_stages(a, o, r);
}

static void get_task(frs_report_memory *a, const json_t *o, frs_report *r) {
    const char *task = json_string_value(json_object_get(o, "task")),
               *future = json_string_value(json_object_get(o, "future_weather"));
    const json_t *step = json_object_get(o, "step");
    const char *unit = json_string_value(json_object_get(step, "unit"));
    r->task = task && !strcmp(task, "forecast") ? FRS_FORECAST : FRS_SIMULATION;
    for (int i = 0; future && i < FRS_LEN(futures); i++)
        if (!strcmp(future, futures[i])) r->future = (frs_future)i;
    r->leads = get_int(o, "leads");
    r->observed.step = (frs_step){
        get_int(step, "count"), unit && !strcmp(unit, "month") ? FRS_STEP_MONTH : FRS_STEP_SECOND};
    r->year_start = (int)get_int(o, "year_start");
    r->target = get_text(a, o, "target");
    r->unit = get_text(a, o, "unit");
    r->precipitation_unit = get_text(a, o, "precipitation_unit");
    r->main_metric = get_text(a, o, "main_metric");
    r->best = get_text(a, o, "chosen_on_validation");
    r->config_text = get_text(a, o, "config");
    get_spans(a, o, r);
    get_models(a, o, r);
    get_sites(a, o, r);
}

/* What later code multiplies, or adds to a time. */
static frs_status check_task(frs_ctx *ctx, const char *path, const frs_report *r) {
    if (r->leads < 0 || r->leads > MAX_LEADS || r->n_models > MAX_MODELS)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: %lld leads and %lld forecasters; at most %d and %d are allowed"),
                         path, (long long)r->leads, (long long)r->n_models, MAX_LEADS, MAX_MODELS);
    if (r->observed.step.count < 0 || r->observed.step.count > MAX_STEP)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: \"step\" has a count of %lld, expected 1 to %d"),
                         path, (long long)r->observed.step.count, MAX_STEP);
    if (r->year_start < 0 || r->year_start > 12)
        return frs__fail(ctx, FRS_E_FORMAT,
                         _("%s: \"year_start\" is %d, expected a month, 1 to 12"), path,
                         r->year_start);
    return FRS_OK;
}

frs_status frs__read_run_json(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r) {
    char *bytes;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, limit_bytes, &bytes, &n));
    json_error_t e;
    json_t *o = json_loadb(bytes, (size_t)n, JSON_REJECT_DUPLICATES, &e);
    frs__free(ctx, bytes);
    if (!o) return frs__fail(ctx, FRS_E_FORMAT, "%s:%d: %s", path, e.line, e.text);
    get_run(m, o, r);
    get_task(m, o, r);
    frs_status s = check_task(ctx, path, r);
    if (s == FRS_OK && !json_is_object(json_object_get(o, "step")))
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: no \"step\": not the run.json of a run"), path);
    if (s == FRS_OK) get_common(m, o, r);
    json_decref(o);
    return m->failed ? FRS_E_NOMEM : s;
}
