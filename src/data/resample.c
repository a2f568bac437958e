/* A record on a coarser step. Intervals of seconds are counted from 1970-01-01 00:00 UTC, months
 * from January; a value belongs to the interval in which its own begins, so readings that are
 * labelled by their end come out right. */
#include "data/prepare.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int64_t interval_of(frs_step step, int64_t time_s) {
    if (step.unit == FRS_STEP_SECOND) return floor_div(time_s, step.count);
    const frs_civil c = frs_civil_from_time(time_s);
    return floor_div(INT64_C(12) * c.year + c.month - 1, step.count);
}

static int64_t begin_of(frs_step step, int64_t interval) {
    if (step.unit == FRS_STEP_SECOND) return interval * step.count;
    const int64_t months = interval * step.count, year = floor_div(months, 12);
    return frs_time_from_civil(
        (frs_civil){.year = (int)year, .month = (int)(months - 12 * year) + 1, .day = 1});
}

/* Steps of the record in an interval. */
static int64_t steps_in(frs_step from, frs_step to, int64_t interval) {
    if (from.unit == FRS_STEP_MONTH) return to.count / from.count;
    return (begin_of(to, interval + 1) - begin_of(to, interval)) / from.count;
}

static bool fits(frs_step from, frs_step to) {
    if (from.unit == to.unit) return to.count > from.count && to.count % from.count == 0;
    return from.unit == FRS_STEP_SECOND && FRS_DAY_S % from.count == 0;
}

static frs_status not_a_multiple(const frs__preparing *k) {
    return frs__fail(k->ctx, FRS_E_INPUT,
                     _("site %s: resample_to: the record's step, %" PRId64 " %s, does not fit into "
                       "the new one a whole number of times"),
                     k->s->site, k->s->step.count,
                     k->s->step.unit == FRS_STEP_MONTH ? _("months") : _("seconds"));
}

/* A rate or a state can only be a mean. Millimetres alone may be either a sum or a level. */
static bool is_mean(const char *unit) {
    static const char *const states[] = {"K", "C", "%", "hPa", "kPa", "Pa", "degC", "deg_C"};
    for (int64_t i = 0; i < FRS_LEN(states); i++)
        if (strcmp(unit, states[i]) == 0) return true;
    return strchr(unit, '/') || strstr(unit, "-1") || strstr(unit, "\u00b0");
}

static frs_status kind_of(const frs__preparing *k, const frs_var *v, frs_var_kind *kind) {
    *kind = v->kind == FRS_VAR_INSTANT ? FRS_VAR_MEAN : v->kind;
    for (int64_t i = 0; i < k->p->n_kinds; i++)
        if (strcmp(k->p->kinds[i].name, v->name) == 0) *kind = k->p->kinds[i].kind;
    if (*kind == FRS_VAR_UNKNOWN && is_mean(v->unit)) *kind = FRS_VAR_MEAN;
    if (*kind != FRS_VAR_UNKNOWN) return FRS_OK;
    return frs__fail(k->ctx, FRS_E_INPUT,
                     _("site %s: is %s [%s] a mean or a sum over its step? Say so: "
                       "resample_kinds: {%s: mean} or {%s: sum}"),
                     k->s->site, v->name, v->unit, v->name, v->name);
}

typedef struct target {
    frs_step step;
    int64_t first; /* interval of row 0 */
    int64_t n;
    double missing_share;
} target;

/* sum, n: scratch [t->n]. */
static void gather(const frs_series *s, int v, frs_var_kind kind, const target *t, double *sum,
                   float *out) {
    const int64_t back = s->vars[v].label_end ? -1 : 0;
    double *n = sum + t->n;
    memset(sum, 0, 2 * (size_t)t->n * sizeof *sum);
    for (int64_t r = 0; r < s->n; r++) {
        if (isnan(s->values[v][r])) continue;
        const int64_t i =
            interval_of(t->step, frs_step_add(s->step, s->start_s, r + back)) - t->first;
        sum[i] += s->values[v][r];
        n[i] += 1;
    }
    for (int64_t i = 0; i < t->n; i++) {
        const double all = (double)steps_in(s->step, t->step, t->first + i);
        const bool enough = n[i] > 0 && all - n[i] <= t->missing_share * all;
        const double mean = sum[i] / n[i];
        out[i] = !enough ? NAN : (float)(kind == FRS_VAR_SUM ? mean * all : mean);
    }
}

static frs_status gather_all(const frs__preparing *k, const target *t, double *sum,
                             frs_series *out) {
    for (int v = 0; v < k->s->n_vars; v++) {
        frs_var_kind kind;
        FRS_TRY(kind_of(k, &k->s->vars[v], &kind));
        gather(k->s, v, kind, t, sum, out->values[v]);
        out->vars[v] = k->s->vars[v];
        out->vars[v].kind = kind;
        out->vars[v].label_end = false;
    }
    return FRS_OK;
}

/* What the reader had to say goes on with the record. */
static void replace(frs_ctx *ctx, frs_series *s, frs_series *by) {
    by->source = s->source;
    by->n_duplicate_dates = s->n_duplicate_dates;
    by->n_unordered_dates = s->n_unordered_dates;
    by->n_gap_steps = s->n_gap_steps;
    by->first_trouble_line = s->first_trouble_line;
    by->first_trouble_s = s->first_trouble_s;
    s->source = NULL;
    frs_series_free(ctx, s);
    *s = *by;
}

/* When the interval of a row begins: of the variable with the earliest, or the latest. */
static int64_t begin_of_row(const frs_series *s, int64_t row, bool earliest) {
    bool some = false, all = s->n_vars > 0;
    for (int v = 0; v < s->n_vars; v++) {
        some |= s->vars[v].label_end;
        all &= s->vars[v].label_end;
    }
    return frs_step_add(s->step, s->start_s, row - ((earliest ? some : all) ? 1 : 0));
}

frs_status frs__resample(const frs__preparing *k) {
    frs_series *s = k->s;
    const frs_step to = k->p->resample;
    if (to.count == 0 || (to.count == s->step.count && to.unit == s->step.unit)) return FRS_OK;
    if (!fits(s->step, to)) return not_a_multiple(k);
    if (s->n == 0) return FRS_OK;
    const int64_t first = interval_of(to, begin_of_row(s, 0, true));
    const int64_t last = interval_of(to, begin_of_row(s, s->n - 1, false));
    const target t = {to, first, last - first + 1, k->p->missing_share};
    frs_series out = {0};
    double *sum = frs__alloc(k->ctx, 2 * t.n, sizeof *sum);
    frs_status st =
        sum ? frs_series_new(k->ctx, s->site, begin_of(to, first), to, t.n, s->n_vars, &out)
            : FRS_E_NOMEM;
    if (st == FRS_OK) st = gather_all(k, &t, sum, &out);
    if (st == FRS_OK)
        replace(k->ctx, s, &out);
    else
        frs_series_free(k->ctx, &out);
    frs__free(k->ctx, sum);
    return st;
}
