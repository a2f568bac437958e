/* Yearly maxima and minima: every distribution's curve, the years on probability paper. */
#include "stats/study.h"
#include <math.h>
#include <stdio.h>

enum { TOLD = 9, GRID = 15, N_PERIODS = TOLD + GRID, LONGEST = 2 };
static const double told[TOLD] = {2, 5, 10, 20, 25, 50, 100, 200, 500};

typedef struct side {
    const char *name, *table, *points;
    bool minima;
} side;

/* Return periods even on probability paper, from 1.01 years to twice the record. */
static void fill_periods(double *period, int64_t years) {
    const double lo = frs__normal_quantile(0.01),
                 hi = frs__normal_quantile(1 - 1 / (LONGEST * (double)years));
    for (int i = 0; i < TOLD; i++) period[i] = told[i];
    for (int i = 0; i < GRID; i++)
        period[TOLD + i] = 1 / (1 - frs__normal_cdf(lo + (hi - lo) * i / (GRID - 1) - 1e-12));
}

static frs_status put_parameters(study_work *w, const side *k, const frs_distribution *d,
                                 const frs_frequency *f) {
    char name[40];
    for (int i = 0; i < d->n_par; i++) {
        snprintf(name, sizeof name, "%s %s", d->name, d->par[i]);
        frs_study_row *r = frs__study_row(w, "extremes", k->name, name);
        FRS_TRY(frs__study_unit(r, ""));
        r->value = f->par[i];
    }
    snprintf(name, sizeof name, "%s ppcc", d->name);
    frs_study_row *r = frs__study_row(w, "extremes", k->name, name);
    FRS_TRY(frs__study_unit(r, ""));
    r->value = f->ppcc;
    if (d != &frs__kritsky_menkel) return FRS_OK;
    double cv, cs;
    frs__kritsky_menkel_moments(f->par, &cv, &cs);
    r = frs__study_row(w, "extremes", k->name, "kritsky_menkel Cv");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = cv;
    r = frs__study_row(w, "extremes", k->name, "kritsky_menkel Cs/Cv");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = cs / cv;
    return FRS_OK;
}

static frs_status one_distribution(study_work *w, const side *k, const frs_years *y, int which,
                                   frs_study_table *t) {
    const frs_distribution *d = frs_distribution_at(which);
    double period[N_PERIODS], value[N_PERIODS], low[N_PERIODS], high[N_PERIODS];
    char name[64];
    double least = INFINITY;
    fill_periods(period, y->n - y->n_dropped);
    for (int64_t i = 0; i < y->n; i++) least = fmin(least, y->values[i]); /* passes NaN over */
    const frs_frequency_opts o = {.minima = k->minima,
                                  .seed = w->o->seed,
                                  .resamples = w->o->resamples,
                                  .periods = period,
                                  .n_periods = N_PERIODS};
    frs_frequency f = {.value = value, .low = low, .high = high};
    const double *const from[] = {value, low, high};
    static const char *const suffix[] = {"", " low", " high"};
    for (int c = 0; c < 3; c++) {
        snprintf(name, sizeof name, "%s%s", d->name, suffix[c]);
        frs__study_column(t, 1 + 3 * which + c, name);
    }
    const frs_status s = frs_frequency_curve(w->ctx, y->values, y->n, d, &o, &f);
    snprintf(name, sizeof name, "%.30s T=2", d->name);
    if (s != FRS_OK) return frs__study_note(w, s, "extremes", k->name, name);
    for (int i = 0; least >= 0 && i < N_PERIODS;
         i++) { /* a distribution may reach below 0, flow not */
        value[i] = value[i] < 0 ? 0 : value[i];
        low[i] = low[i] < 0 ? 0 : low[i];
        high[i] = high[i] < 0 ? 0 : high[i];
    }
    for (int i = 0; i < TOLD; i++) {
        if (!isfinite(value[i])) continue;
        snprintf(name, sizeof name, "%.24s T=%d", d->name, (int)period[i]);
        frs_study_row *r = frs__study_row(w, "extremes", k->name, name);
        if (!r) return FRS_E_NOMEM;
        r->value = value[i];
        r->low = low[i];
        r->high = high[i];
    }
    for (int i = 0; i < GRID; i++) {
        frs__study_values(t, 0)[i] = 1 / period[TOLD + i];
        for (int c = 0; c < 3; c++) frs__study_values(t, 1 + 3 * which + c)[i] = from[c][TOLD + i];
    }
    return put_parameters(w, k, d, &f);
}

/* The years at their plotting positions: share of years that are at least as extreme. */
static frs_status put_points(study_work *w, const side *k, const frs_years *y) {
    static const char *const names[] = {"probability", "value", "year"};
    const int64_t full = y->n - y->n_dropped;
    frs_study_table *t = frs__study_table(w, k->points, 3, full);
    if (!t) return FRS_E_NOMEM;
    for (int c = 0; c < 3; c++) frs__study_column(t, c, names[c]);
    int64_t at = 0;
    for (int64_t i = 0; i < y->n; i++) {
        if (!isfinite(y->values[i])) continue;
        double beyond = 0.56; /* itself: rank 1 - 0.44 (Gringorten 1963) */
        for (int64_t j = 0; j < y->n; j++) {
            const double a = y->values[j], b = y->values[i];
            beyond += (k->minima ? a < b : a > b) || (a == b && j < i);
        }
        frs__study_values(t, 0)[at] = beyond / ((double)full + 0.12);
        frs__study_values(t, 1)[at] = y->values[i];
        frs__study_values(t, 2)[at++] = (double)(y->first_year + i);
    }
    return FRS_OK;
}

static frs_status one_side(study_work *w, const side *k, const frs_years *y) {
    frs_study_row *r = frs__study_row(w, "extremes", k->name, "years");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = (double)(y->n - y->n_dropped);
    r = frs__study_row(w, "extremes", k->name, "years dropped");
    FRS_TRY(frs__study_unit(r, ""));
    r->value = (double)y->n_dropped;
    FRS_TRY(put_points(w, k, y));
    frs_study_table *t = frs__study_table(w, k->table, 1 + 3 * (int)frs_n_distributions(), GRID);
    if (!t) return FRS_E_NOMEM;
    frs__study_column(t, 0, "probability");
    for (int i = 0; i < (int)frs_n_distributions(); i++) FRS_TRY(one_distribution(w, k, y, i, t));
    return FRS_OK;
}

frs_status frs__study_extremes(study_work *w) {
    static const side sides[] = {{"maximum", "maxima", "maxima_years", false},
                                 {"7-day minimum", "minima", "minima_years", true}};
    for (int i = 0; i < 2; i++) {
        const frs_yearly_opts o = {.what = sides[i].minima ? FRS_YEARLY_MIN : FRS_YEARLY_MAX,
                                   .first_month = w->s->year_start,
                                   .n_months = 12,
                                   .window_days = sides[i].minima ? 7 : 0};
        frs_years y;
        if (sides[i].minima && w->steps_per_day < 0.9) continue;
        frs_status s = frs_yearly_values(w->ctx, &w->o->flow, &o, &y);
        if (s != FRS_OK) {
            FRS_TRY(frs__study_note(w, s, "extremes", sides[i].name, "years"));
            continue;
        }
        s = one_side(w, &sides[i], &y);
        frs_years_free(w->ctx, &y);
        FRS_TRY(s);
    }
    return FRS_OK;
}
