/* The flow in time: dependence, response to the inputs, stationarity, shape, rhythm. */
#include "stats/bins.h"
#include "stats/study.h"
#include <math.h>
#include <stdio.h>

enum { HARMONICS = 4, MAX_LAGS = 240, MONTHS = 12, PEAKS = 3 };
static const double lag_days = 60, eps_share = 0.01;

static int64_t lags_of(const study_work *w) {
    int64_t lags = (int64_t)(lag_days * w->steps_per_day);
    if (lags < 24) lags = 24;
    if (lags > MAX_LAGS) lags = MAX_LAGS;
    return lags < w->s->n / 4 ? lags : w->s->n / 4;
}

/* What is left without the yearly cycle, where the record is long enough for one. */
static frs_status without_cycle(study_work *w, const double *x, double *out, double *share) {
    const frs_record r = {x, w->s->n, w->o->flow.start_s, w->o->flow.step};
    const frs_status s = frs_yearly_cycle(w->ctx, &r, HARMONICS, out, share);
    if (s == FRS_E_NOMEM) return s;
    for (int64_t i = 0; i < w->s->n; i++) out[i] = s == FRS_OK ? x[i] - out[i] : x[i];
    return FRS_OK;
}

static frs_status correlogram(study_work *w, int64_t lags) {
    static const char *const names[] = {"lag", "acf", "acf_bound", "pacf", "pacf_bound"};
    frs_study_table *t = frs__study_table(w, "acf", 5, lags + 1);
    if (!t) return FRS_E_NOMEM;
    for (int k = 0; k < 5; k++) frs__study_column(t, k, names[k]);
    frs_correlogram c = {frs__study_values(t, 1), frs__study_values(t, 2), frs__study_values(t, 3),
                         0};
    const frs_status s = frs_acf(w->ctx, w->o->flow.x, w->s->n, lags, &c);
    for (int64_t k = 0; k <= lags; k++) {
        frs__study_values(t, 0)[k] = (double)k / w->steps_per_day;
        frs__study_values(t, 4)[k] = c.pacf_bound;
    }
    if (s != FRS_OK) return frs__study_note(w, s, "acf", "flow", "lag 1");
    frs_study_row *r = frs__study_row(w, "acf", "flow", "lag 1");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = lags > 0 ? c.acf[1] : NAN;
    int64_t last = 0; /* lags in a row, from 1 on, that are significant */
    while (last < lags && fabs(c.pacf[last + 1]) > c.pacf_bound) last++;
    r = frs__study_row(w, "acf", "flow", "partial order");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = (double)last;
    return FRS_OK;
}

static frs_status response(study_work *w, int input, double *column, int64_t lags) {
    const frs_study_input *in = &w->o->inputs[input];
    FRS_TRY(without_cycle(w, in->x, w->scratch, NULL));
    const frs_record x = {w->scratch, w->s->n, w->o->flow.start_s, w->o->flow.step};
    frs_cross c = {.r = column};
    const frs_status s = frs_ccf(w->ctx, &x, w->anomaly, lags, &c);
    if (s != FRS_OK) return frs__study_note(w, s, "ccf", in->name, "response time");
    frs_study_row *r = frs__study_row(w, "ccf", in->name, "response time");
    const bool hours = w->steps_per_day > 1.5;
    FRS_TRY(frs__study_unit(r, hours ? "h" : "d"));
    r->value = (double)c.response / w->steps_per_day * (hours ? 24 : 1);
    if (c.response == lags)
        snprintf(r->note, sizeof r->note, "%s", _("the longest lag looked at"));
    else if (!(c.r[c.response] > c.bound))
        snprintf(r->note, sizeof r->note, "%s", _("within the bound of chance"));
    r = frs__study_row(w, "ccf", in->name, "greatest correlation");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = c.r[c.response];
    return FRS_OK;
}

frs_status frs__study_dependence(study_work *w) {
    const int64_t lags = lags_of(w);
    double share;
    FRS_TRY(without_cycle(w, w->o->flow.x, w->anomaly, &share));
    frs_study_row *r = frs__study_row(w, "yearly_cycle", "flow", "share of variance");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = share;
    FRS_TRY(correlogram(w, lags));
    if (w->o->n_inputs == 0) return FRS_OK;
    frs_study_table *t = frs__study_table(w, "ccf", 1 + w->o->n_inputs, lags + 1);
    if (!t) return FRS_E_NOMEM;
    frs__study_column(t, 0, "lag");
    for (int64_t k = 0; k <= lags; k++) frs__study_values(t, 0)[k] = (double)k / w->steps_per_day;
    for (int i = 0; i < w->o->n_inputs; i++) {
        frs__study_column(t, 1 + i, w->o->inputs[i].name);
        FRS_TRY(response(w, i, frs__study_values(t, 1 + i), lags));
    }
    return FRS_OK;
}

/* ---- stationarity, of the logarithm of daily flow without its yearly cycle */

/* In place: ln q, or ln(q + mean / 100) where some flow is not above 0. */
static void take_logarithm(double *x, int64_t n) {
    double sum = 0, least = INFINITY;
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            m++;
            least = fmin(least, x[i]);
        }
    const double eps = least > 0 ? 0 : eps_share * sum / (double)m;
    for (int64_t i = 0; i < n; i++) x[i] = eps > 0 || least > 0 ? log(fmax(x[i], 0) + eps) : NAN;
}

static frs_status unit_root(study_work *w, const char *method, const frs_record *r,
                            frs_status (*test)(frs_ctx *, const double *, int64_t,
                                               frs_unit_root *)) {
    frs_unit_root u;
    const frs_status s = test(w->ctx, r->x, r->n, &u);
    if (s != FRS_OK) return frs__study_note(w, s, method, "log flow", "statistic");
    frs_study_row *row = frs__study_row(w, method, "log flow", "statistic");
    FRS_TRY(frs__study_unit(row, ""));
    row->value = u.statistic;
    row->p = u.p;
    if (u.p_least) snprintf(row->note, sizeof row->note, "%s", _("p is less than its table goes"));
    if (u.p_greatest)
        snprintf(row->note, sizeof row->note, "%s", _("p is greater than its table goes"));
    row = frs__study_row(w, method, "log flow", "lags");
    FRS_TRY(frs__study_unit(row, ""));
    row->value = (double)u.lags;
    row = frs__study_row(w, method, "log flow", "critical 5 %");
    FRS_TRY(frs__study_unit(row, ""));
    row->value = u.critical[1];
    return FRS_OK;
}

/* The daily record (or the coarser one) as logarithms without cycle, in memory that the caller
 * frees. */
static frs_status log_anomaly(study_work *w, frs_record *out, double **own) {
    frs_record daily = w->o->flow;
    if (w->steps_per_day > 1) {
        FRS_TRY(frs__bin(w->ctx, &w->o->flow, false, &daily, own));
    } else {
        *own = frs__alloc(w->ctx, daily.n, sizeof **own);
        if (!*own) return FRS_E_NOMEM;
        for (int64_t i = 0; i < daily.n; i++) (*own)[i] = daily.x[i];
    }
    *out = (frs_record){*own, daily.n, daily.start_s, daily.step};
    double *cycle = frs__alloc(w->ctx, daily.n, sizeof *cycle);
    if (!cycle) return FRS_E_NOMEM;
    take_logarithm(*own, daily.n);
    const frs_status s = frs_yearly_cycle(w->ctx, out, HARMONICS, cycle, NULL);
    for (int64_t i = 0; s == FRS_OK && i < daily.n; i++) (*own)[i] -= cycle[i];
    frs__free(w->ctx, cycle);
    return s;
}

frs_status frs__study_stationarity(study_work *w) {
    frs_record r;
    double *own = NULL;
    frs_status s = log_anomaly(w, &r, &own);
    if (s != FRS_OK) {
        frs__free(w->ctx, own);
        return frs__study_note(w, s, "adf", "log flow", "statistic");
    }
    s = unit_root(w, "adf", &r, frs_adf);
    if (s == FRS_OK) s = unit_root(w, "kpss", &r, frs_kpss);
    frs__free(w->ctx, own);
    return s;
}

frs_status frs__study_shape(study_work *w) {
    frs_boxcox b;
    const frs_status s = frs_box_cox(w->ctx, w->o->flow.x, w->s->n, &b);
    if (s != FRS_OK) return frs__study_note(w, s, "box_cox", "flow", "lambda");
    frs_study_row *r = frs__study_row(w, "box_cox", "flow", "lambda");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = b.lambda;
    if (b.n_not_positive > 0)
        snprintf(r->note, sizeof r->note, _("values that are not above 0, left out: %lld"),
                 (long long)b.n_not_positive);
    return FRS_OK;
}

/* ---- rhythm: STL of monthly flow, periodogram */

/* 1 - var(remainder) / var(remainder + part), not below 0 (Wang, Smith & Hyndman 2006). */
static double strength(const double *x, const double *part, const double *other, int64_t n) {
    double s[4] = {0};
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) continue;
        const double r = x[i] - part[i] - other[i], b = x[i] - other[i];
        s[0] += r;
        s[1] += r * r;
        s[2] += b;
        s[3] += b * b;
        m++;
    }
    const double k = (double)m, both = s[3] - s[2] * s[2] / k;
    return both > 0 ? fmax(0, 1 - (s[1] - s[0] * s[0] / k) / both) : NAN;
}

static frs_status decompose(study_work *w, const frs_record *months) {
    static const char *const names[] = {"time", "flow", "trend", "season", "remainder"};
    const frs_stl_opts o = {.period = MONTHS, .robust = true};
    frs_study_table *t = frs__study_table(w, "stl", 5, months->n);
    if (!t) return FRS_E_NOMEM;
    for (int k = 0; k < 5; k++) frs__study_column(t, k, names[k]);
    double *x = frs__study_values(t, 1), *trend = frs__study_values(t, 2),
           *season = frs__study_values(t, 3);
    bool positive = true;
    for (int64_t i = 0; i < months->n; i++) {
        frs__study_values(t, 0)[i] = (double)frs_step_add(months->step, months->start_s, i);
        if (isfinite(months->x[i])) positive &= months->x[i] > 0;
    }
    for (int64_t i = 0; i < months->n; i++) x[i] = positive ? log(months->x[i]) : months->x[i];
    const frs_status s = frs_stl(w->ctx, x, months->n, &o, (frs_stl_parts){season, trend, NULL});
    if (s == FRS_OK) {
        frs_study_row *r = frs__study_row(w, "stl", "monthly flow", "strength of season");
        FRS_TRY(frs__study_unit(r, ""));
        r->value = strength(x, season, trend, months->n);
        r = frs__study_row(w, "stl", "monthly flow", "strength of trend");
        FRS_TRY(frs__study_unit(r, ""));
        r->value = strength(x, trend, season, months->n);
        r = frs__study_row(w, "stl", "monthly flow", "factors");
        FRS_TRY(frs__study_unit(r, ""));
        r->value = positive;
    }
    for (int64_t i = 0; i < months->n; i++) { /* factors of the trend where logarithms were taken */
        double *left = &frs__study_values(t, 4)[i];
        *left = x[i] - trend[i] - season[i];
        if (!positive) continue;
        x[i] = months->x[i];
        trend[i] = exp(trend[i]);
        season[i] = exp(season[i]);
        *left = exp(*left);
    }
    return frs__study_note(w, s, "stl", "monthly flow", "strength of season");
}

/* The greatest local maxima between two steps and half the record. */
static frs_status spectral_peaks(study_work *w, const double *f, const double *power, int64_t n) {
    int64_t peak[PEAKS];
    int found = 0;
    for (int64_t i = 2; i + 1 < n; i++) {
        if (f[i] * (double)w->s->n < 2 || !(power[i] > power[i - 1] && power[i] >= power[i + 1]))
            continue;
        int k = found < PEAKS ? found++ : PEAKS;
        for (; k > 0 && power[i] > power[peak[k - 1]]; k--)
            if (k < PEAKS) peak[k] = peak[k - 1];
        if (k < PEAKS) peak[k] = i;
    }
    for (int k = 0; k < found; k++) {
        char name[40];
        snprintf(name, sizeof name, "period %d", k + 1);
        frs_study_row *r = frs__study_row(w, "periodogram", "flow", name);
        FRS_TRY(frs__study_unit(r, "d"));
        r->value = 1 / f[peak[k]] / w->steps_per_day;
    }
    return FRS_OK;
}

/* Means over bands of equal width in the logarithm of the period: what the figure shows. */
static frs_status spectrum(study_work *w, const double *f, const double *power, int64_t n) {
    enum { BANDS = 120 };
    frs_study_table *t = frs__study_table(w, "periodogram", 2, BANDS);
    if (!t) return FRS_E_NOMEM;
    frs__study_column(t, 0, "period_days");
    frs__study_column(t, 1, "power");
    const double lo = log(2.0), hi = log((double)w->s->n);
    int64_t count[BANDS] = {0};
    double sum[BANDS] = {0};
    for (int64_t i = 1; i < n; i++) {
        const double at = (-log(f[i]) - lo) / (hi - lo) * BANDS;
        const int k = at < 0 ? 0 : at >= BANDS ? -1 : (int)at;
        if (k < 0) continue;
        sum[k] += power[i];
        count[k]++;
    }
    for (int k = 0; k < BANDS; k++) {
        frs__study_values(t, 0)[k] = exp(lo + (hi - lo) * (k + 0.5) / BANDS) / w->steps_per_day;
        if (count[k]) frs__study_values(t, 1)[k] = sum[k] / (double)count[k] / w->steps_per_day;
    }
    return FRS_OK;
}

static frs_status periodogram(study_work *w) {
    int64_t n;
    FRS_TRY(frs_periodogram(w->ctx, w->o->flow.x, w->s->n, NULL, NULL, &n));
    double *f = frs__alloc(w->ctx, 2 * n, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    frs_status s = frs_periodogram(w->ctx, w->o->flow.x, w->s->n, f, f + n, &n);
    if (s == FRS_OK) {
        s = spectral_peaks(w, f, f + n, n);
        if (s == FRS_OK) s = spectrum(w, f, f + n, n);
    } else
        s = frs__study_note(w, s, "periodogram", "flow", "period 1");
    frs__free(w->ctx, f);
    return s;
}

frs_status frs__study_rhythm(study_work *w) {
    frs_record months = w->o->flow;
    double *own = NULL;
    frs_status s = FRS_OK;
    if (months.step.unit == FRS_STEP_SECOND) s = frs__bin(w->ctx, &w->o->flow, true, &months, &own);
    if (s == FRS_OK) s = decompose(w, &months);
    frs__free(w->ctx, own);
    return s == FRS_OK ? periodogram(w) : s;
}
