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
    const int attrs = frs__n_attrs(t);
    for (int i = 0; i < attrs; i++) {
        s->statics[i] = frs_store_find_attr(s->store, t->statics[i]);
        if (s->statics[i] < 0)
            return unknown_name(s->ctx, s->store, _("static attribute"), t->statics[i], true);
    }
    for (int i = attrs; i < attrs + t->n_evolving; i++) {
        s->statics[i] = frs_store_find_var(s->store, t->statics[i]);
        if (s->statics[i] < 0)
            return unknown_name(s->ctx, s->store, _("evolving attribute"), t->statics[i], false);
    }
    s->target = frs_store_find_var(s->store, t->target);
    if (s->target < 0 && (s->for_training || frs__has_flow(t)))
        return unknown_name(s->ctx, s->store, _("target"), t->target, false);
    return FRS_OK;
}

static frs_status check_task(frs_ctx *ctx, const frs_samples_opts *o) {
    const frs_task *t = o->task;
    const int64_t limit = INT64_C(1) << 30;
    if (t->n_inputs < 0 || t->n_inputs > FRS_MAX_VARS || t->n_evolving < 0 || t->n_codes < 0 ||
        frs__n_attrs(t) < 0 || t->n_statics - t->n_codes > FRS_MAX_VARS ||
        t->n_statics > FRS_MAX_STATICS || t->n_calendar < 0 || t->n_upstream < 0 ||
        frs__n_weather(t) < 0)
        return frs__fail(ctx, FRS_E_ARG, _("more than %d inputs or attributes"), FRS_MAX_VARS);
    for (int i = 0; i < t->n_inputs && t->mask == FRS_MASK_GROUPS; i++)
        if (t->group[i] >= t->n_groups || t->n_groups > FRS_MAX_VARS)
            return frs__fail(ctx, FRS_E_ARG, _("an input of no group"));
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
    if (!o->site_periods && o->period.first_s > o->period.last_s)
        return frs__fail(ctx, FRS_E_INPUT, _("a period ends before it starts"));
    if (o->n_sites < 0 || o->n_exclude < 0 || t->predict_last_n < 0)
        return frs__fail(ctx, FRS_E_ARG, _("a negative count"));
    for (int64_t i = 0; i < o->n_exclude; i++)
        if (o->exclude[i].first_s > o->exclude[i].last_s)
            return frs__fail(ctx, FRS_E_INPUT, _("an excluded period ends before it starts"));
    return FRS_OK;
}

/* The periods of a site, or the one of all. */
static frs_periods periods_of(const frs_samples_opts *o, int64_t site) {
    return o->site_periods ? o->site_periods[site] : (frs_periods){1, &o->period};
}

static frs_status set_periods(frs_samples *s, frs__sample_site *site, frs_periods p,
                              frs__rows *rows) {
    site->periods = rows;
    site->n_periods = p.n;
    for (int64_t i = 0; i < p.n; i++) {
        if (p.at[i].first_s > p.at[i].last_s || (i && p.at[i].first_s <= p.at[i - 1].last_s))
            return frs__fail(s->ctx, FRS_E_ARG,
                             _("site %s: its periods are not one after the other"), site->at.name);
        rows[i] = frs__period_rows(s->step, site->at.start_s, p.at[i]);
    }
    return FRS_OK;
}

static frs_status set_sites(frs_samples *s, const frs_samples_opts *o) {
    frs_store_info info = frs_store_get_info(s->store);
    int64_t n_periods = 0;
    for (int64_t i = 0; i < o->n_sites; i++) n_periods += periods_of(o, i).n;
    s->sites = frs__alloc(s->ctx, o->n_sites, sizeof *s->sites);
    if (!s->sites) return FRS_E_NOMEM;
    s->exclude = frs__alloc(s->ctx, o->n_sites * o->n_exclude, sizeof *s->exclude);
    if (!s->exclude) return FRS_E_NOMEM;
    s->periods = frs__alloc(s->ctx, n_periods, sizeof *s->periods);
    if (!s->periods) return FRS_E_NOMEM;
    s->n_sites = o->n_sites;
    s->n_exclude = o->n_exclude;
    frs__rows *periods = s->periods;
    for (int64_t i = 0; i < o->n_sites; i++) {
        if (o->sites[i] < 0 || o->sites[i] >= info.n_sites)
            return frs__fail(s->ctx, FRS_E_ARG, _("site %" PRId64 " of a store of %" PRId64),
                             o->sites[i], info.n_sites);
        frs__sample_site *site = &s->sites[i];
        site->at = frs_store_get_site(s->store, o->sites[i]);
        FRS_TRY(set_periods(s, site, periods_of(o, i), periods));
        periods += site->n_periods;
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

static bool window_excluded(const frs_samples *s, int64_t site, int64_t first, int64_t last) {
    const frs__rows *e = s->sites[site].exclude;
    for (int64_t i = 0; i < s->n_exclude; i++)
        if (first <= e[i].hi && last >= e[i].lo) return true;
    return false;
}

static bool statics_complete(const frs_samples *s, int64_t site) {
    const float *v = s->sites[site].at.statics;
    for (int i = 0; i < frs__n_attrs(&s->task); i++) {
        if (!isnan(v[s->statics[i]])) continue;
        frs__log(s->ctx, FRS_LOG_WARN, _("site %s: attribute %s is missing: the site is left out"),
                 s->sites[site].at.name, s->task.statics[i]);
        return false;
    }
    return true;
}

/* Issue rows of a period that may be samples, before their data are looked at. */
static frs__rows issue_rows(const frs_samples *s, const frs__sample_site *site, frs__rows r) {
    const frs_task *t = &s->task;
    int64_t leads = frs__leads(t);
    if (s->for_training) {
        r.hi -= leads;
        if (t->kind == FRS_SIMULATION) r.lo += frs__last_n(t) - 1;
    }
    if (r.lo < t->seq_length - 1) r.lo = t->seq_length - 1;
    bool observed = leads && t->future == FRS_FUTURE_OBSERVED && t->n_inputs > t->n_upstream;
    int64_t end = site->at.n - 1 - (observed ? leads : 0);
    if (r.hi > end) r.hi = end;
    return r;
}

/* A walk through the record: what the rows before next_in told of the inputs first .. first + n -
 * 1, those before next_target of the target. Each row is looked at once. */
typedef struct walk {
    const frs_samples *s;
    const frs__sample_site *site;
    int first, n;
    int64_t ahead; /* rows after the issue time that a window shows of them */
    int64_t next_in, next_target;
    int64_t last_gap, last_target;
    int64_t last_seen;         /* row with some input */
    int64_t gap[FRS_MAX_VARS]; /* missing steps of an input in a row up to here */
} walk;

/* Every input is missing at a row, as the record is known so far. */
static bool blank(const walk *w, int64_t row) {
    const frs_samples *s = w->s;
    const frs_task *t = &s->task;
    const float *values = w->site->at.values;
    if (t->gaps == FRS_GAPS_CLIMATOLOGY || w->n == 0) return false;
    for (int i = 0; i < w->n; i++) {
        const frs__gappy g = {values + s->inputs[w->first + i], s->n_vars, w->site->at.n,
                              t->max_gap};
        if (!isnan(g.v[row * g.stride])) return false;
        if (t->gaps == FRS_GAPS_LINEAR && !isnan(frs__gap_value(&g, row, w->next_in - 1)))
            return false;
    }
    return true;
}

/* A gap has just become longer than the task fills: its first rows, which could be filled as long
 * as nobody knew, are missing after all. Without a mask no window can hold them without this row.
 */
static void too_long(walk *w, int64_t row) {
    const frs_task *t = &w->s->task;
    for (int64_t r = row - t->max_gap > 0 ? row - t->max_gap : 0; r <= row; r++)
        if (t->mask == FRS_MASK_GROUPS && blank(w, r)) w->last_gap = r;
    if (t->mask != FRS_MASK_INPUTS) return;
    while (w->last_seen >= 0 && w->last_seen > row - t->seq_length && blank(w, w->last_seen))
        w->last_seen--;
}

static void look_at_inputs(walk *w) {
    const frs_samples *s = w->s;
    const frs_task *t = &s->task;
    const int64_t row = w->next_in++;
    const float *v = w->site->at.values + row * s->n_vars;
    const int n = w->n;
    int missing = 0;
    bool just_too_long = false;
    for (int i = 0; i < n; i++) {
        if (!isnan(v[s->inputs[w->first + i]])) {
            w->gap[i] = 0;
            continue;
        }
        w->gap[i]++;
        missing +=
            t->gaps == FRS_GAPS_LEAVE || (t->gaps == FRS_GAPS_LINEAR && w->gap[i] > t->max_gap);
        just_too_long |= t->gaps == FRS_GAPS_LINEAR && w->gap[i] == t->max_gap + 1;
    }
    const bool all = missing == n && n > 0;
    if (!all) w->last_seen = row;
    if (t->mask == FRS_MASK_NONE ? missing > 0 : t->mask == FRS_MASK_GROUPS && all)
        w->last_gap = row;
    if (just_too_long && t->mask != FRS_MASK_NONE) too_long(w, row);
}

static bool evolving_known(const frs_samples *s, const frs__sample_site *site, int64_t row) {
    const int attrs = frs__n_attrs(&s->task);
    for (int i = attrs; i < attrs + s->task.n_evolving; i++)
        if (isnan(site->at.values[row * s->n_vars + s->statics[i]])) return false;
    return true;
}

static bool inputs_known(walk *w, int64_t row) {
    const frs_task *t = &w->s->task;
    const int64_t T = t->seq_length;
    while (w->next_in <= row + w->ahead) look_at_inputs(w);
    if (w->last_gap >= row - T + 1) return false;
    return t->mask != FRS_MASK_INPUTS || row - w->last_seen <= T / 2;
}

static bool target_known(walk *w, int64_t row) {
    const frs_samples *s = w->s;
    const int64_t leads = frs__leads(&s->task), n = w->site->at.n;
    const int64_t end = row + leads < n ? row + leads : n - 1;
    for (; w->next_target <= end; w->next_target++)
        if (!isnan(w->site->at.values[w->next_target * s->n_vars + s->target]))
            w->last_target = w->next_target;
    return w->last_target >= (leads ? row + 1 : row - frs__last_n(&s->task) + 1);
}

/* Starts so far before the first window that a gap which reaches into it is known to its length;
 * before the record lies nothing that could fill one. */
static void walk_begin(walk *w, const frs_samples *s, const frs__sample_site *site, bool upstream,
                       int64_t first) {
    const frs_task *t = &s->task;
    const int n_weather = frs__n_weather(t);
    const int64_t back = t->gaps == FRS_GAPS_LINEAR ? t->max_gap + 1 : 0;
    const int64_t window = first - t->seq_length + 1;
    *w = (walk){.s = s,
                .site = site,
                .first = upstream ? n_weather : 0,
                .n = upstream ? t->n_upstream : n_weather,
                .ahead = upstream || t->future != FRS_FUTURE_OBSERVED ? 0 : frs__leads(t),
                .next_in = window > back ? window - back : 0,
                .next_target = frs__leads(t) ? first + 1 : window,
                .last_gap = -1,
                .last_target = -1,
                .last_seen = INT64_MIN / 2};
    for (int i = 0; i < w->n && w->next_in == 0; i++) w->gap[i] = t->max_gap;
}

static frs_status scan_period(frs_samples *s, int64_t i, frs__rows period) {
    const frs__sample_site *site = &s->sites[i];
    const int64_t leads = frs__leads(&s->task), T = s->task.seq_length;
    const frs__rows issue = issue_rows(s, site, period);
    if (issue.lo > issue.hi) return FRS_OK;
    walk w, upstream;
    walk_begin(&w, s, site, false, issue.lo);
    walk_begin(&upstream, s, site, true, issue.lo);
    for (int64_t r = issue.lo; r <= issue.hi; r++) {
        if (!inputs_known(&w, r)) continue;
        if (s->task.mask == FRS_MASK_NONE && !inputs_known(&upstream, r)) continue;
        if (s->for_training &&
            (!target_known(&w, r) || window_excluded(s, i, r - T + 1, r + leads)))
            continue;
        if (evolving_known(s, site, r)) FRS_TRY(add_sample(s, i, r));
    }
    return FRS_OK;
}

static frs_status scan_site(frs_samples *s, int64_t i) {
    const frs__sample_site *site = &s->sites[i];
    if (site->n_periods == 0 || !statics_complete(s, i)) return FRS_OK;
    for (int64_t p = 0; p < site->n_periods; p++) FRS_TRY(scan_period(s, i, site->periods[p]));
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

/* From the first to the last day of all periods. */
static frs_period periods_hull(const frs_samples_opts *o) {
    frs_period all = o->period;
    bool first = o->site_periods != NULL;
    for (int64_t i = 0; i < o->n_sites && o->site_periods; i++) {
        const frs_periods p = o->site_periods[i];
        if (p.n == 0) continue;
        if (first || p.at[0].first_s < all.first_s) all.first_s = p.at[0].first_s;
        if (first || p.at[p.n - 1].last_s > all.last_s) all.last_s = p.at[p.n - 1].last_s;
        first = false;
    }
    return all;
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
    return s->count == 0 && s->for_training ? no_training_sample(s, periods_hull(o)) : FRS_OK;
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
    int64_t n_periods = 0;
    for (int64_t i = 0; i < n; i++) n_periods += from->sites[i].n_periods;
    FRS_TRY(find_columns(s));
    s->sites = frs__alloc(s->ctx, n, sizeof *s->sites);
    s->exclude = frs__alloc(s->ctx, n * e, sizeof *s->exclude);
    s->periods = frs__alloc(s->ctx, n_periods, sizeof *s->periods);
    if (!s->sites || !s->exclude || !s->periods) return FRS_E_NOMEM;
    s->n_sites = n;
    s->n_exclude = e;
    memcpy(s->periods, from->periods, sizeof *s->periods * (size_t)n_periods);
    memcpy(s->sites, from->sites, sizeof *s->sites * (size_t)n);
    if (e) memcpy(s->exclude, from->exclude, sizeof *s->exclude * (size_t)(n * e));
    for (int64_t i = 0; i < n; i++) {
        s->sites[i].periods = s->periods + (from->sites[i].periods - from->periods);
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
    frs__free(s->ctx, s->periods);
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
    return frs__window(&s->task);
}

int64_t frs_samples_channels(const frs_samples *s) {
    return frs__channels(&s->task);
}

int64_t frs_samples_n_targets(const frs_samples *s) {
    return frs__n_targets(&s->task);
}
