/* Samples: which (site, issue time) can be asked, as runs of valid issue times.
 * The rules for training are those of NeuralHydrology 1.11 (datasetzoo/basedataset.py,
 * validate_samples): a complete window of inputs, and at least one target that is not missing. */
#include "data/samples.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

bool frs__excluded(const frs_samples *s, int64_t site, int64_t row) {
    const frs__rows *e = s->sites[site].exclude;
    for (int64_t i = 0; i < s->n_exclude; i++)
        if (row >= e[i].lo && row <= e[i].hi) return true;
    return false;
}

static frs_status unknown_name(frs_ctx *ctx, const frs_store *store, const char *what,
                               const char *name, bool attr) {
    frs_store_info info = frs_store_get_info(store);
    const char *near = NULL;
    int best = 3, n = attr ? info.n_attrs : info.n_vars;
    frs_buf list = {.ctx = ctx};
    frs_var *vars = frs__alloc(ctx, n, sizeof *vars); /* keeps the names that `near` points into */
    if (!vars) return FRS_E_NOMEM;
    for (int i = 0; i < n; i++) {
        if (!attr) vars[i] = frs_store_var(store, i);
        const char *other = attr ? frs_store_attr(store, i) : vars[i].name;
        int d = frs__edit_distance(name, other);
        if (d < best) near = other, best = d;
        frs__buf_printf(&list, "%s%s", i ? ", " : "", other);
    }
    frs_status st = frs__buf_status(&list);
    if (st == FRS_OK && near)
        st = frs__fail(ctx, FRS_E_INPUT, _("%s %s: the data have no such name; did you mean %s?"),
                       what, name, near);
    else if (st == FRS_OK)
        st = frs__fail(ctx, FRS_E_INPUT, _("%s %s: the data have no such name, only %.400s"), what,
                       name, list.data && n ? list.data : _("none"));
    frs__buf_free(&list);
    frs__free(ctx, vars);
    return st;
}

static frs_status find_columns(frs_samples *s) {
    const frs_task *t = &s->task;
    for (int i = 0; i < t->n_inputs; i++) {
        s->inputs[i] = frs_store_find_var(s->store, t->inputs[i]);
        if (s->inputs[i] < 0)
            return unknown_name(s->ctx, s->store, _("input"), t->inputs[i], false);
    }
    for (int i = 0; i < t->n_statics; i++) {
        s->statics[i] = frs_store_find_attr(s->store, t->statics[i]);
        if (s->statics[i] < 0)
            return unknown_name(s->ctx, s->store, _("static attribute"), t->statics[i], true);
    }
    s->target = frs_store_find_var(s->store, t->target);
    if (s->target < 0 && (s->for_training || frs__has_flow(t)))
        return unknown_name(s->ctx, s->store, _("target"), t->target, false);
    return FRS_OK;
}

static frs_status check_task(frs_ctx *ctx, const frs_samples_opts *o) {
    const frs_task *t = o->task;
    const int64_t limit = INT64_C(1) << 30;
    if (t->n_inputs < 0 || t->n_inputs > FRS_MAX_VARS || t->n_statics < 0 ||
        t->n_statics > FRS_MAX_VARS)
        return frs__fail(ctx, FRS_E_ARG, _("more than %d inputs or attributes"), FRS_MAX_VARS);
    if (t->seq_length < 1 || t->seq_length > limit)
        return frs__fail(ctx, FRS_E_INPUT, _("seq_length %" PRId64 ": must be at least 1"),
                         t->seq_length);
    if (t->kind == FRS_FORECAST && (t->leads < 1 || t->leads > limit))
        return frs__fail(ctx, FRS_E_INPUT, _("%" PRId64 " lead times: must be at least 1"),
                         t->leads);
    if (t->kind == FRS_SIMULATION && frs__last_n(t) > t->seq_length)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("predict_last_n %" PRId64 " is more than seq_length %" PRId64),
                         t->predict_last_n, t->seq_length);
    if (o->period.first_s > o->period.last_s)
        return frs__fail(ctx, FRS_E_INPUT, _("a period ends before it starts"));
    if (o->n_sites < 0 || o->n_exclude < 0 || t->predict_last_n < 0)
        return frs__fail(ctx, FRS_E_ARG, _("a negative count"));
    for (int64_t i = 0; i < o->n_exclude; i++)
        if (o->exclude[i].first_s > o->exclude[i].last_s)
            return frs__fail(ctx, FRS_E_INPUT, _("an excluded period ends before it starts"));
    return FRS_OK;
}

static frs_status set_sites(frs_samples *s, const frs_samples_opts *o) {
    frs_store_info info = frs_store_get_info(s->store);
    s->sites = frs__alloc(s->ctx, o->n_sites, sizeof *s->sites);
    if (!s->sites) return FRS_E_NOMEM;
    s->exclude = frs__alloc(s->ctx, o->n_sites * o->n_exclude, sizeof *s->exclude);
    if (!s->exclude) return FRS_E_NOMEM;
    s->n_sites = o->n_sites;
    s->n_exclude = o->n_exclude;
    for (int64_t i = 0; i < o->n_sites; i++) {
        if (o->sites[i] < 0 || o->sites[i] >= info.n_sites)
            return frs__fail(s->ctx, FRS_E_ARG, _("site %" PRId64 " of a store of %" PRId64),
                             o->sites[i], info.n_sites);
        frs__sample_site *site = &s->sites[i];
        site->at = frs_store_get_site(s->store, o->sites[i]);
        site->period = frs__period_rows(s->step, site->at.start_s, o->period);
        frs__rows *exclude = s->exclude + i * o->n_exclude;
        for (int64_t e = 0; e < o->n_exclude; e++)
            exclude[e] = frs__period_rows(s->step, site->at.start_s, o->exclude[e]);
        site->exclude = exclude;
    }
    return FRS_OK;
}

/* Makes issue row `row` of a site a sample: longer last run or a new one. */
static frs_status add_sample(frs_samples *s, int64_t site, int64_t row) {
    frs__run *last = s->n_runs ? &s->runs[s->n_runs - 1] : NULL;
    bool follows = last && last->site == site && last->first_row + (s->count - last->before) == row;
    if (!follows) {
        if (s->n_runs == s->cap_runs) {
            int64_t cap = s->cap_runs ? 2 * s->cap_runs : 64;
            void *p = frs__realloc(s->ctx, s->runs, s->n_runs, cap, sizeof *s->runs);
            if (!p) return FRS_E_NOMEM;
            s->runs = p;
            s->cap_runs = cap;
        }
        s->runs[s->n_runs++] = (frs__run){site, row, s->count};
    }
    s->count++;
    return FRS_OK;
}

static bool row_has_gap(const frs_samples *s, const float *row) {
    for (int i = 0; i < s->task.n_inputs; i++)
        if (isnan(row[s->inputs[i]])) return true;
    return false;
}

static bool window_excluded(const frs_samples *s, int64_t site, int64_t first, int64_t last) {
    const frs__rows *e = s->sites[site].exclude;
    for (int64_t i = 0; i < s->n_exclude; i++)
        if (first <= e[i].hi && last >= e[i].lo) return true;
    return false;
}

static bool statics_complete(const frs_samples *s, int64_t site) {
    const float *v = s->sites[site].at.statics;
    for (int i = 0; i < s->task.n_statics; i++) {
        if (!isnan(v[s->statics[i]])) continue;
        frs__log(s->ctx, FRS_LOG_WARN, _("site %s: attribute %s is missing: the site is left out"),
                 s->sites[site].at.name, s->task.statics[i]);
        return false;
    }
    return true;
}

/* Issue rows that may be samples, before their data are looked at. */
static frs__rows issue_rows(const frs_samples *s, const frs__sample_site *site) {
    const frs_task *t = &s->task;
    int64_t leads = frs__leads(t);
    frs__rows r = site->period;
    if (s->for_training) {
        r.hi -= leads;
        if (t->kind == FRS_SIMULATION) r.lo += frs__last_n(t) - 1;
    }
    if (r.lo < t->seq_length - 1) r.lo = t->seq_length - 1;
    bool observed = leads && t->future == FRS_FUTURE_OBSERVED && t->n_inputs;
    int64_t end = site->at.n - 1 - (observed ? leads : 0);
    if (r.hi > end) r.hi = end;
    return r;
}

/* Walks the record once: the last row with a gap in the inputs and the last row with a target are
 * remembered, so every issue row costs one look ahead. */
static frs_status scan_site(frs_samples *s, int64_t i) {
    const frs__sample_site *site = &s->sites[i];
    const frs_task *t = &s->task;
    const float *v = site->at.values;
    const int64_t none = -1, n_vars = s->n_vars, leads = frs__leads(t), T = t->seq_length;
    const bool observed = leads && t->future == FRS_FUTURE_OBSERVED;
    const frs__rows issue = issue_rows(s, site);
    if (issue.lo > issue.hi || !statics_complete(s, i)) return FRS_OK;
    int64_t last_gap = none, last_target = none;
    int64_t next_in = issue.lo - T + 1, next_target = leads ? issue.lo + 1 : next_in;
    for (int64_t r = issue.lo; r <= issue.hi; r++) {
        for (int64_t end = r + (observed ? leads : 0); next_in <= end; next_in++)
            if (row_has_gap(s, v + next_in * n_vars)) last_gap = next_in;
        if (last_gap >= r - T + 1) continue;
        if (s->for_training) {
            int64_t end = r + leads < site->at.n ? r + leads : site->at.n - 1;
            for (; next_target <= end; next_target++)
                if (!isnan(v[next_target * n_vars + s->target])) last_target = next_target;
            int64_t first = leads ? r + 1 : r - frs__last_n(t) + 1;
            if (last_target < first || window_excluded(s, i, r - T + 1, r + leads)) continue;
        }
        FRS_TRY(add_sample(s, i, r));
    }
    return FRS_OK;
}

static frs_status no_training_sample(frs_samples *s, frs_period p) {
    char a[32], b[32];
    frs_date_format(p.first_s, a);
    frs_date_format(p.last_s, b);
    return frs__fail(s->ctx, FRS_E_NODATA,
                     _("no sample between %s and %s at any of %" PRId64 " sites: none has %" PRId64
                       " steps of complete inputs that end at a reading of %s"),
                     a, b, s->n_sites, s->task.seq_length, s->task.target);
}

static frs_status fill(frs_samples *s, const frs_samples_opts *o) {
    s->store = o->store;
    s->task = *o->task;
    s->for_training = o->for_training;
    s->step = frs_store_get_info(o->store).step;
    s->n_vars = frs_store_get_info(o->store).n_vars;
    FRS_TRY(find_columns(s));
    FRS_TRY(set_sites(s, o));
    for (int64_t i = 0; i < s->n_sites; i++) {
        if (frs__cancelled(s->ctx)) return frs__fail(s->ctx, FRS_E_CANCELLED, _("cancelled"));
        FRS_TRY(scan_site(s, i));
    }
    return s->count == 0 && s->for_training ? no_training_sample(s, o->period) : FRS_OK;
}

frs_status frs_samples_new(frs_ctx *ctx, const frs_samples_opts *o, frs_samples **out) {
    FRS_TRY(check_task(ctx, o));
    frs_samples *s = frs__alloc(ctx, 1, sizeof *s);
    if (!s) return FRS_E_NOMEM;
    s->ctx = ctx;
    frs_status st = fill(s, o);
    if (st == FRS_OK)
        *out = s;
    else
        frs_samples_free(s);
    return st;
}

static frs_status fill_like(frs_samples *s, const frs_samples *from) {
    const int64_t n = from->n_sites, e = from->n_exclude;
    FRS_TRY(find_columns(s));
    s->sites = frs__alloc(s->ctx, n, sizeof *s->sites);
    s->exclude = frs__alloc(s->ctx, n * e, sizeof *s->exclude);
    if (!s->sites || !s->exclude) return FRS_E_NOMEM;
    s->n_sites = n;
    s->n_exclude = e;
    memcpy(s->sites, from->sites, sizeof *s->sites * (size_t)n);
    if (e) memcpy(s->exclude, from->exclude, sizeof *s->exclude * (size_t)(n * e));
    for (int64_t i = 0; i < n; i++) {
        s->sites[i].exclude = s->exclude + i * e;
        FRS_TRY(scan_site(s, i));
    }
    return FRS_OK;
}

frs_status frs__samples_like(const frs_samples *from, const frs_task *task, frs_samples **out) {
    frs_samples *s = frs__alloc(from->ctx, 1, sizeof *s);
    if (!s) return FRS_E_NOMEM;
    *s = (frs_samples){.ctx = from->ctx,
                       .store = from->store,
                       .task = *task,
                       .step = from->step,
                       .for_training = from->for_training,
                       .n_vars = from->n_vars};
    const frs_status st = fill_like(s, from);
    if (st == FRS_OK)
        *out = s;
    else
        frs_samples_free(s);
    return st;
}

void frs_samples_free(frs_samples *s) {
    if (!s) return;
    frs__free(s->ctx, s->sites);
    frs__free(s->ctx, s->exclude);
    frs__free(s->ctx, s->runs);
    frs__free(s->ctx, s);
}

int64_t frs_samples_count(const frs_samples *s) {
    return s->count;
}
const frs_task *frs_samples_task(const frs_samples *s) {
    return &s->task;
}
int64_t frs_samples_n_sites(const frs_samples *s) {
    return s->n_sites;
}
frs_step frs_samples_step(const frs_samples *s) {
    return s->step;
}

const char *frs_samples_site_name(const frs_samples *s, int64_t site) {
    return s->sites[site].at.name;
}

frs_sample_id frs_samples_id(const frs_samples *s, int64_t i) {
    int64_t lo = 0, hi = s->n_runs; /* runs[lo].before <= i < runs[hi].before */
    while (hi - lo > 1) {
        int64_t mid = lo + (hi - lo) / 2;
        if (s->runs[mid].before <= i)
            lo = mid;
        else
            hi = mid;
    }
    const frs__run *run = &s->runs[lo];
    int64_t row = run->first_row + (i - run->before);
    return (frs_sample_id){
        .site = run->site,
        .issue_s = frs_step_add(s->step, s->sites[run->site].at.start_s, row),
        .row = row,
    };
}

int64_t frs_samples_window(const frs_samples *s) {
    return s->task.seq_length + frs__leads(&s->task);
}

int64_t frs_samples_channels(const frs_samples *s) {
    const frs_task *t = &s->task;
    return t->n_inputs + (frs__has_flow(t) ? 2 : 0) + (t->kind == FRS_FORECAST);
}

int64_t frs_samples_n_targets(const frs_samples *s) {
    return s->task.kind == FRS_FORECAST ? s->task.leads : frs__last_n(&s->task);
}
