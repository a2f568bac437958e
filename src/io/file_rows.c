/* Rows in any order become the regular record of a site. */
#include "data/data.h"
#include "io/io_internal.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A mistyped year must not become a record of centuries: at most so many steps for n rows. */
#define MAX_STEPS(n) (INT64_C(200000) + 100 * (n))

float *frs__file_rows_add(frs__file_rows *r, int64_t time_s, int64_t line) {
    if (r->n == r->cap) {
        const int64_t cap = r->cap ? 2 * r->cap : 1024;
        void *t = frs__realloc(r->ctx, r->time_s, r->n, cap, sizeof *r->time_s);
        if (t) r->time_s = t;
        void *l = t ? frs__realloc(r->ctx, r->line, r->n, cap, sizeof *r->line) : NULL;
        if (l) r->line = l;
        void *v = l ? frs__realloc(r->ctx, r->values, r->n * r->n_vars, cap * r->n_vars,
                                   sizeof *r->values)
                    : NULL;
        if (!v) return NULL;
        r->values = v;
        r->cap = cap;
    }
    float *row = r->values + r->n * r->n_vars;
    for (int v = 0; v < r->n_vars; v++) row[v] = NAN;
    r->time_s[r->n] = time_s;
    r->line[r->n++] = line;
    return row;
}

void frs__file_rows_free(frs__file_rows *r) {
    frs__free(r->ctx, r->time_s);
    frs__free(r->ctx, r->line);
    frs__free(r->ctx, r->values);
    *r = (frs__file_rows){.ctx = r->ctx};
}

/* ---- the time step */

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        const int64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

typedef struct stamp {
    int64_t time_s, row;
} stamp;

static int by_time(const void *a, const void *b) {
    const stamp *x = a, *y = b;
    if (x->time_s != y->time_s) return x->time_s < y->time_s ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_value(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The commonest value of a sorted list, the smallest of several. */
static int64_t mode(const int64_t *v, int64_t n) {
    int64_t best = v[0], most = 0;
    for (int64_t i = 0, run; i < n; i += run) {
        for (run = 1; i + run < n && v[i + run] == v[i];) run++;
        if (run > most) most = run, best = v[i];
    }
    return best;
}

static bool month_end(int64_t time_s) {
    return frs_civil_from_time(time_s + FRS_DAY_S).day == 1;
}

/* All stamps on one day of the month (or its last) and hour, whole months apart: the step in
 * months, else 0. *ends: they are last days of months. */
static int64_t month_step(const stamp *s, int64_t n, bool *ends) {
    const frs_civil a = frs_civil_from_time(s[0].time_s);
    bool same_day = true;
    int64_t step = 0;
    *ends = true;
    for (int64_t i = 0; i < n; i++) {
        const frs_civil c = frs_civil_from_time(s[i].time_s);
        if (c.hour != a.hour || c.minute != a.minute || c.second != a.second) return 0;
        same_day &= c.day == a.day;
        *ends &= month_end(s[i].time_s);
        if (!same_day && !*ends) return 0;
        step = gcd(INT64_C(12) * (c.year - a.year) + c.month - a.month, step);
    }
    *ends &= !same_day || a.day > 28;
    return step;
}

/* A record of month ends is counted from a month of 31 days (from 30 April, May would end on the
 * 30th): goes back by whole steps until there is one. */
static bool back_to_long_month(int64_t *time_s, int64_t months) {
    for (int k = 0; k < 12 && frs_civil_from_time(*time_s).day != 31; k++)
        for (int64_t m = 0; m < months; m++)
            *time_s -= FRS_DAY_S * frs_civil_from_time(*time_s).day;
    return frs_civil_from_time(*time_s).day == 31;
}

typedef struct grid {
    frs_step step;
    int64_t start_s, n;
} grid;

static frs_status off_grid(const frs__file_rows *r, const stamp *s, int64_t n, int64_t step_s) {
    int64_t i = 1;
    while (i < n - 1 && (s[i].time_s - s[0].time_s) % step_s == 0) i++;
    char date[32], first[32];
    return frs__fail(r->ctx, FRS_E_FORMAT,
                     _("%s:%lld: %s is not a whole number of steps of %lld s after the first time, "
                       "%s"),
                     r->path, (long long)r->line[s[i].row], frs_date_format(s[i].time_s, date),
                     (long long)step_s, frs_date_format(s[0].time_s, first));
}

/* Seconds: the greatest common divisor of all distances when it is the usual distance or whole
 * days. One stray 05:59 in an hourly record would else make it a record of minutes. */
static frs_status second_step(const frs__file_rows *r, const stamp *s, int64_t n, int64_t *step_s) {
    int64_t *apart = frs__alloc(r->ctx, n, sizeof *apart), common = 0;
    if (!apart) return FRS_E_NOMEM;
    for (int64_t i = 1; i < n; i++) {
        apart[i - 1] = s[i].time_s - s[i - 1].time_s;
        common = gcd(apart[i - 1], common);
    }
    qsort(apart, (size_t)n - 1, sizeof *apart, by_value);
    const int64_t usual = mode(apart, n - 1);
    frs__free(r->ctx, apart);
    if (common != usual && common % FRS_DAY_S != 0) return off_grid(r, s, n, usual);
    *step_s = common;
    return FRS_OK;
}

/* s [n]: sorted, no time twice. */
static frs_status find_grid(const frs__file_rows *r, const stamp *s, int64_t n, grid *g) {
    *g = (grid){{FRS_DAY_S, FRS_STEP_SECOND}, s[0].time_s, 1};
    if (n == 1) return FRS_OK; /* one row: taken as a day */
    bool ends = false;
    const int64_t months = month_step(s, n, &ends);
    int64_t start_s = s[0].time_s;
    if (months > 0 && (!ends || back_to_long_month(&start_s, months)))
        *g = (grid){{months, FRS_STEP_MONTH}, start_s, 1};
    else
        FRS_TRY(second_step(r, s, n, &g->step.count));
    g->n = frs__step_index(g->step, g->start_s, s[n - 1].time_s) + 1;
    if (g->n <= MAX_STEPS(r->n)) return FRS_OK;
    char first[32], last[32];
    return frs__fail(r->ctx, FRS_E_FORMAT,
                     _("%s:%lld: %lld rows from %s to %s: a date is mistyped, or the record has "
                       "more gaps than can be filled"),
                     r->path, (long long)r->line[s[n - 1].row], (long long)n,
                     frs_date_format(s[0].time_s, first), frs_date_format(s[n - 1].time_s, last));
}

/* ---- order and duplicates */

static void trouble(frs_series *s, const frs__file_rows *r, int64_t row) {
    if (s->first_trouble_line && s->first_trouble_line <= r->line[row]) return;
    s->first_trouble_line = r->line[row];
    s->first_trouble_s = r->time_s[row];
}

static void sort_stamps(const frs__file_rows *r, stamp *at, frs_series *count) {
    for (int64_t i = 0, latest = INT64_MIN; i < r->n; i++) {
        at[i] = (stamp){r->time_s[i], i};
        if (r->time_s[i] < latest) {
            count->n_unordered_dates++;
            trouble(count, r, i);
        } else
            latest = r->time_s[i];
    }
    if (count->n_unordered_dates) qsort(at, (size_t)r->n, sizeof *at, by_time);
}

static void contradiction(const frs__file_rows *r, const char *name, int v, int64_t first,
                          int64_t later) {
    char date[32];
    frs__log(r->ctx, FRS_LOG_WARN,
             _("%s:%lld: '%s' on %s is %g here and %g in line %lld: the first is kept"), r->path,
             (long long)r->line[later], name, frs_date_format(r->time_s[later], date),
             (double)r->values[later * r->n_vars + v], (double)r->values[first * r->n_vars + v],
             (long long)r->line[first]);
}

/* The later row of the same date fills what is missing in the first; where both have a value and
 * they differ, the first stands. Returns the number of such contradictions, the first of the file
 * told in full. */
static int64_t merge(const frs__file_rows *r, const frs_var *vars, int64_t first, int64_t later,
                     bool tell) {
    float *a = r->values + first * r->n_vars;
    const float *b = r->values + later * r->n_vars;
    int64_t n = 0;
    for (int v = 0; v < r->n_vars; v++) {
        if (isnan(a[v])) a[v] = b[v];
        if (isnan(b[v]) || a[v] == b[v]) continue;
        if (tell && n == 0) contradiction(r, vars[v].name, v, first, later);
        n++;
    }
    return n;
}

static int64_t merge_duplicates(const frs__file_rows *r, const frs_var *vars, stamp *at,
                                frs_series *count) {
    int64_t n = 1, contradictions = 0;
    for (int64_t i = 1; i < r->n; i++) {
        if (at[i].time_s != at[n - 1].time_s) {
            at[n++] = at[i];
            continue;
        }
        contradictions += merge(r, vars, at[n - 1].row, at[i].row, contradictions == 0);
        count->n_duplicate_dates++;
        trouble(count, r, at[i].row);
    }
    if (contradictions > 1)
        frs__log(r->ctx, FRS_LOG_WARN,
                 _("%s: %lld values contradict an earlier one of the same date: the first is kept"),
                 r->path, (long long)contradictions);
    return n;
}

static frs_status fill(const frs__file_rows *r, const stamp *at, int64_t n, const char *site,
                       const frs_var *vars, frs_series *count) {
    grid g;
    FRS_TRY(find_grid(r, at, n, &g));
    frs_series s;
    FRS_TRY(frs_series_new(r->ctx, site, g.start_s, g.step, g.n, r->n_vars, &s));
    for (int v = 0; v < r->n_vars; v++) s.vars[v] = vars[v];
    for (int64_t i = 0; i < n; i++) {
        const int64_t t = frs__step_index(g.step, g.start_s, at[i].time_s);
        for (int v = 0; v < r->n_vars; v++) s.values[v][t] = r->values[at[i].row * r->n_vars + v];
    }
    s.n_duplicate_dates = count->n_duplicate_dates;
    s.n_unordered_dates = count->n_unordered_dates;
    s.first_trouble_line = count->first_trouble_line;
    s.first_trouble_s = count->first_trouble_s;
    s.n_gap_steps = g.n - n;
    *count = s;
    return FRS_OK;
}

frs_status frs__file_rows_series(frs__file_rows *r, const char *site, const frs_var *vars,
                                 frs_series *s) {
    if (r->n == 0) return frs__fail(r->ctx, FRS_E_NODATA, _("%s: no row of data"), r->path);
    stamp *at = frs__alloc(r->ctx, r->n, sizeof *at);
    if (!at) return FRS_E_NOMEM;
    frs_series got = {0};
    sort_stamps(r, at, &got);
    const int64_t n = merge_duplicates(r, vars, at, &got);
    frs_status st = fill(r, at, n, site, vars, &got);
    frs__free(r->ctx, at);
    if (st == FRS_OK) *s = got;
    return st;
}
