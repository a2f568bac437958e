/* One value a hydrological year or season: mean, maximum, or minimum of a moving mean. */
#include "data/data.h"
#include "stats/stats.h"
#include <math.h>

static const double default_gap = 0.1, month_days = 30.436875;

double frs__steps_per_day(frs_step step) {
    if (step.unit == FRS_STEP_SECOND) return (double)FRS_DAY_S / (double)step.count;
    return 1 / (month_days * (double)step.count);
}

int frs__month_at(const frs_record *r, int64_t i) {
    return frs_civil_from_time(frs_step_add(r->step, r->start_s, i)).month;
}

static double value_of(const double *x, int64_t n, const frs_yearly_opts *o, int64_t window) {
    double sum = 0, best = NAN, total = 0;
    int64_t run = 0, count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            run = 0;
            sum = 0;
            continue;
        }
        total += x[i];
        count++;
        sum += x[i];
        if (++run > window) sum -= x[i - window];
        if (run < window) continue;
        const double v = window == 1 ? x[i] : sum / (double)window;
        if (isnan(best) || (o->what == FRS_YEARLY_MIN ? v < best : v > best)) best = v;
    }
    return o->what == FRS_YEARLY_MEAN ? total / (double)count : best;
}

/* NaN: the year is not full enough. *touched: the record has steps in it. */
static double one_year(const frs_record *r, const frs_yearly_opts *o, int64_t first_s,
                       int64_t last_s, bool *touched) {
    frs__rows rows = frs__period_rows(r->step, r->start_s, (frs_period){first_s, last_s});
    const int64_t expected = rows.hi - rows.lo + 1;
    if (rows.lo < 0) rows.lo = 0;
    if (rows.hi > r->n - 1) rows.hi = r->n - 1;
    *touched = expected > 0 && rows.lo <= rows.hi;
    if (!*touched) return NAN;
    int64_t there = 0;
    for (int64_t i = rows.lo; i <= rows.hi; i++) there += isfinite(r->x[i]) != 0;
    const double gap = o->max_gap > 0 ? o->max_gap : default_gap;
    if (there == 0 || (double)(expected - there) > gap * (double)expected) return NAN;
    const int64_t window = llround(o->window_days * frs__steps_per_day(r->step));
    return value_of(r->x + rows.lo, rows.hi - rows.lo + 1, o, window < 1 ? 1 : window);
}

frs_status frs_yearly_values(frs_ctx *ctx, const frs_record *r, const frs_yearly_opts *o,
                             frs_years *y) {
    *y = (frs_years){0};
    if (o->first_month < 1 || o->first_month > 12 || o->n_months < 1 || o->n_months > 12)
        return frs__fail(ctx, FRS_E_ARG, _("a season of %d months from month %d"), o->n_months,
                         o->first_month);
    const int from = frs_civil_from_time(r->start_s).year - 1;
    const int to = frs_civil_from_time(frs_step_add(r->step, r->start_s, r->n)).year;
    y->values = frs__alloc(ctx, to - from + 1, sizeof *y->values);
    if (!y->values) return FRS_E_NOMEM;
    int64_t full = 0;
    for (int year = from; year <= to; year++) {
        const int end = o->first_month - 1 + o->n_months; /* months from January of `year` */
        const int64_t first =
            frs_time_from_civil((frs_civil){.year = year, .month = o->first_month, .day = 1});
        const int64_t last = frs_time_from_civil((frs_civil){
                                 .year = year + end / 12, .month = end % 12 + 1, .day = 1}) -
                             1;
        bool touched;
        const double v = one_year(r, o, first, last, &touched);
        if (!touched) continue;
        if (y->n == 0) y->first_year = year + (end - 1) / 12;
        y->values[y->n++] = v;
        full += isfinite(v) != 0;
    }
    y->n_dropped = y->n - full;
    if (full > 0) return FRS_OK;
    frs_years_free(ctx, y);
    return frs__fail(ctx, FRS_E_NODATA, _("no year of the record is full enough"));
}

void frs_years_free(frs_ctx *ctx, frs_years *y) {
    frs__free(ctx, y->values);
    *y = (frs_years){0};
}
