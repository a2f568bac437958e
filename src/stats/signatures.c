/* The signatures of NeuralHydrology 1.x, by its rules: thresholds 9 times the median and 0.2 of the
 * mean; yearly counts over whole calendar years, half-flow and elasticity over years from 1
 * October; such a year counts when the record goes on after it. Where values are missing: shares
 * are of what is there, means of flow and precipitation over the steps that have both, and a year
 * with over 10 % missing does not count. source: Addor et al. (2018), doi:10.1029/2018WR022606;
 * Clausen & Biggs (2000), doi:10.1016/S0022-1694(00)00306-1; Olden & Poff (2003),
 * doi:10.1002/rra.700; Court (1962), doi:10.1029/JZ067i011p04335; Sawicz et al. (2011),
 * doi:10.5194/hess-15-2895-2011; Sankarasubramanian et al. (2001), doi:10.1029/2000WR900330 */
#include "data/data.h"
#include "stats/stats.h"
#include <math.h>

enum {
    HIGH_FREQ,
    HIGH_DUR,
    LOW_FREQ,
    LOW_DUR,
    ZERO_FREQ,
    Q95,
    Q5,
    Q_MEAN,
    HFD_MEAN,
    BASEFLOW,
    SLOPE,
    ELASTICITY,
    RUNOFF
};
static const double high_threshold = 9, low_threshold = 0.2, most_missing = 0.1;
static const double lower_share = 0.33, upper_share = 0.66, tiny = 1e-8;

static const struct {
    const char *name, *title;
} list[FRS_N_SIGNATURES] = {
    {"high_q_freq", N_("steps a year above 9 medians")},
    {"high_q_dur", N_("mean duration above 9 medians, steps")},
    {"low_q_freq", N_("steps a year below 0.2 of the mean")},
    {"low_q_dur", N_("mean duration below 0.2 of the mean, steps")},
    {"zero_q_freq", N_("share of steps without flow")},
    {"q95", N_("flow exceeded 5 percent of the time")},
    {"q5", N_("flow exceeded 95 percent of the time")},
    {"q_mean", N_("mean flow")},
    {"hfd_mean", N_("step from 1 October on which half of the year's flow has passed")},
    {"baseflow_index", N_("share of baseflow (Lyne-Hollick, 0.98)")},
    {"slope_fdc", N_("slope of the flow-duration curve between 33 and 66 %")},
    {"stream_elas", N_("elasticity of flow to precipitation")},
    {"runoff_ratio", N_("runoff ratio")}};

const char *frs_signature_name(int i) {
    return i >= 0 && i < FRS_N_SIGNATURES ? list[i].name : NULL;
}

const char *frs_signature_title(int i) {
    return i >= 0 && i < FRS_N_SIGNATURES ? list[i].title : NULL;
}

/* Mean length of the runs in which x > limit (or < with below). */
static double mean_run(const double *x, int64_t n, double limit, bool below) {
    int64_t steps = 0, runs = 0;
    bool in = false;
    for (int64_t i = 0; i < n; i++) {
        const bool now = below ? x[i] < limit : x[i] > limit;
        steps += now;
        runs += now && !in;
        in = now;
    }
    return runs > 0 ? (double)steps / (double)runs : NAN;
}

/* Rows of the k-th whole year from 1 January (1) or October (10); false: there are no more. */
static bool whole_year(const frs_record *r, int month, int k, frs__rows *rows) {
    const frs_civil first = frs_civil_from_time(r->start_s);
    const int64_t last_s = frs_step_add(r->step, r->start_s, r->n - 1);
    int year = first.year;
    if (frs_time_from_civil((frs_civil){.year = year, .month = month, .day = 1}) < r->start_s)
        year++;
    const int64_t from =
        frs_time_from_civil((frs_civil){.year = year + k, .month = month, .day = 1});
    const int64_t to =
        frs_time_from_civil((frs_civil){.year = year + k + 1, .month = month, .day = 1}) - 1;
    if (to >= last_s) return false;
    *rows = frs__period_rows(r->step, r->start_s, (frs_period){from, to});
    return true;
}

static bool full(const double *x, frs__rows w) {
    int64_t missing = 0;
    for (int64_t i = w.lo; i <= w.hi; i++) missing += !isfinite(x[i]);
    return (double)missing <= most_missing * (double)(w.hi - w.lo + 1);
}

static void yearly_counts(const frs_record *r, double high, double low, double *value) {
    double above = 0, below = 0;
    int64_t years = 0;
    frs__rows w;
    for (int k = 0; whole_year(r, 1, k, &w); k++) {
        if (!full(r->x, w)) continue;
        years++;
        for (int64_t i = w.lo; i <= w.hi; i++) {
            above += r->x[i] > high;
            below += r->x[i] < low;
        }
    }
    if (years == 0) return;
    value[HIGH_FREQ] = above / (double)years;
    value[LOW_FREQ] = below / (double)years;
}

static double half_flow(const frs_record *r) {
    double steps = 0;
    int64_t years = 0;
    frs__rows w;
    for (int k = 0; whole_year(r, 10, k, &w); k++) {
        double all = 0, sum = 0;
        if (!full(r->x, w)) continue;
        for (int64_t i = w.lo; i <= w.hi; i++) all += isfinite(r->x[i]) ? r->x[i] : 0;
        for (int64_t i = w.lo; i <= w.hi; i++) {
            sum += isfinite(r->x[i]) ? r->x[i] : 0;
            if (!(sum > all / 2)) continue;
            steps += (double)(i - w.lo);
            years++;
            break;
        }
    }
    return years > 0 ? steps / (double)years : NAN;
}

/* Means over the rows that have flow, not negative, and precipitation. */
static bool means(const double *q, const double *p, frs__rows w, double *mean_q, double *mean_p) {
    double sq = 0, sp = 0;
    int64_t n = 0;
    for (int64_t i = w.lo; i <= w.hi; i++)
        if (q[i] >= 0 && isfinite(q[i]) && isfinite(p[i])) {
            sq += q[i];
            sp += p[i];
            n++;
        }
    *mean_q = sq / (double)n;
    *mean_p = sp / (double)n;
    return n > 0;
}

static frs_status with_precipitation(frs_ctx *ctx, const frs_record *r, const double *p,
                                     double *value) {
    double q_all, p_all, q_year, p_year;
    frs__rows w;
    int64_t years = 0;
    if (!means(r->x, p, (frs__rows){0, r->n - 1}, &q_all, &p_all)) return FRS_OK;
    if (p_all > 0) value[RUNOFF] = q_all / p_all;
    while (whole_year(r, 10, (int)years, &w)) years++;
    double *e = frs__alloc(ctx, years, sizeof *e);
    if (!e) return FRS_E_NOMEM;
    int64_t n = 0;
    for (int k = 0; whole_year(r, 10, k, &w); k++)
        if (full(r->x, w) && full(p, w) && means(r->x, p, w, &q_year, &p_year) && p_year != p_all &&
            q_all > 0)
            e[n++] = (q_year - q_all) / (p_year - p_all) * (p_all / q_all);
    frs__ascending(e, n);
    if (n > 0) value[ELASTICITY] = frs__order_quantile(e, n, 0.5);
    frs__free(ctx, e);
    return FRS_OK;
}

static void of_order(const double *sorted, int64_t n, double *value) {
    const double k = (double)n;
    int64_t zeros = 0;
    for (int64_t i = 0; i < n; i++) zeros += sorted[i] == 0;
    value[ZERO_FREQ] = (double)zeros / k;
    value[Q95] = frs__order_quantile(sorted, n, 0.95);
    value[Q5] = frs__order_quantile(sorted, n, 0.05);
    value[Q_MEAN] = frs__mean(sorted, n);
    const int64_t lo = (int64_t)nearbyint(lower_share * k),
                  hi = (int64_t)nearbyint(upper_share * k);
    if (hi >= n || sorted[0] < 0) return;
    const double a = log(sorted[n - 1 - lo] + tiny), b = log(sorted[n - 1 - hi] + tiny);
    value[SLOPE] = (a - b) / (upper_share - lower_share);
}

frs_status frs_signatures(frs_ctx *ctx, const frs_record *flow, const double *prcp, double *value) {
    double *v = NULL;
    int64_t n;
    for (int i = 0; i < FRS_N_SIGNATURES; i++) value[i] = NAN;
    FRS_TRY(frs__present(ctx, flow->x, flow->n, true, &v, &n));
    if (n == 0) {
        frs__free(ctx, v);
        return frs__fail(ctx, FRS_E_NODATA, _("signatures: no flow"));
    }
    of_order(v, n, value);
    const double high = high_threshold * frs__order_quantile(v, n, 0.5),
                 low = low_threshold * value[Q_MEAN];
    value[HIGH_DUR] = mean_run(flow->x, flow->n, high, false);
    value[LOW_DUR] = mean_run(flow->x, flow->n, low, true);
    yearly_counts(flow, high, low, value);
    value[HFD_MEAN] = half_flow(flow);
    frs__free(ctx, v);
    double *base = frs__alloc(ctx, flow->n, sizeof *base);
    if (!base) return FRS_E_NOMEM;
    const bool hourly = flow->step.unit == FRS_STEP_SECOND && flow->step.count < FRS_DAY_S;
    const frs_baseflow_opts o = {.alpha = 0.98, .passes = hourly ? 9 : 3, .all_quick = true};
    frs_status s = frs_baseflow(ctx, flow->x, flow->n, &o, base, &value[BASEFLOW]);
    frs__free(ctx, base);
    if (s == FRS_E_NOMEM) return s;
    return prcp ? with_precipitation(ctx, flow, prcp, value) : FRS_OK;
}
