/* Standardisation from training data only, as NeuralHydrology 1.11 does it
 * (datasetzoo/basedataset.py).
 *
 * Inputs: mean and std (ddof 0) over all sites' rows from the first step that a training window
 * reaches (period start - warm-up) to the period's end, missing values skipped.
 *
 * Target: the same over the period itself, never the warm-up. Site std: of the raw target over the
 * period (ddof 0), with more than one reading.
 *
 * Attributes: mean and std (ddof 1) over the training sites; evolving ones as inputs.
 *
 * Rows inside excluded periods are left out of all of these. With several periods at a site no row
 * counts twice, whatever their warm-ups share. The task may ask for another centre (median, least
 * value, 0) or scale (range, 1) of an input or the target. */
#include "data/samples.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Count, mean and sum of squared deviations; groups are merged as in Chan, Golub & LeVeque (1983),
 * The American Statistician 37(3), doi:10.1080/00031305.1983.10483115. */
typedef struct moments {
    double n, mean, m2;
} moments;

static moments merge(moments a, moments b) {
    if (a.n == 0) return b;
    if (b.n == 0) return a;
    double n = a.n + b.n, d = b.mean - a.mean;
    return (moments){n, a.mean + d * b.n / n, a.m2 + b.m2 + d * d * a.n * b.n / n};
}

/* The i-th period of a site with `before` rows of warm-up, inside the record; no row of an earlier
 * one. */
static frs__rows period_rows(const frs__sample_site *p, int64_t i, int64_t before) {
    frs__rows r = {p->periods[i].lo - before, p->periods[i].hi};
    if (i && r.lo <= p->periods[i - 1].hi) r.lo = p->periods[i - 1].hi + 1;
    if (r.lo < 0) r.lo = 0;
    if (r.hi >= p->at.n) r.hi = p->at.n - 1;
    return r;
}

static moments rows_moments(const frs_samples *s, int64_t site, int column, frs__rows rows) {
    const frs__sample_site *p = &s->sites[site];
    moments m = {0};
    double sum = 0;
    for (int64_t r = rows.lo; r <= rows.hi; r++) {
        float v = p->at.values[r * s->n_vars + column];
        if (isnan(v) || frs__excluded(s, site, r)) continue;
        sum += v;
        m.n += 1;
    }
    if (m.n == 0) return m;
    m.mean = sum / m.n;
    for (int64_t r = rows.lo; r <= rows.hi; r++) {
        float v = p->at.values[r * s->n_vars + column];
        if (isnan(v) || frs__excluded(s, site, r)) continue;
        m.m2 += (v - m.mean) * (v - m.mean);
    }
    return m;
}

static moments periods_moments(const frs_samples *s, int64_t site, int column, int64_t before) {
    const frs__sample_site *p = &s->sites[site];
    moments m = {0};
    for (int64_t i = 0; i < p->n_periods; i++)
        m = merge(m, rows_moments(s, site, column, period_rows(p, i, before)));
    return m;
}

static int64_t warm_up(const frs_task *t) {
    return t->seq_length - (t->kind == FRS_FORECAST ? 1 : frs__last_n(t));
}

/* One variable over all sites: what is standardised, by which rule, and what comes of it. */
typedef struct variable {
    const char *name;
    int column;     /* of the store's rows */
    int64_t before; /* rows of warm-up that count */
    frs_norm norm;
    double *mean, *std;
} variable;

/* Its values in the training period: the count, and into v unless NULL. */
static int64_t collect(const frs_samples *s, const variable *k, float *v) {
    int64_t n = 0;
    for (int64_t i = 0; i < s->n_sites; i++)
        for (int64_t p = 0; p < s->sites[i].n_periods; p++) {
            const frs__rows rows = period_rows(&s->sites[i], p, k->before);
            for (int64_t r = rows.lo; r <= rows.hi; r++) {
                const float x = s->sites[i].at.values[r * s->n_vars + k->column];
                if (isnan(x) || frs__excluded(s, i, r)) continue;
                if (v) v[n] = x;
                n++;
            }
        }
    return n;
}

static int ascending(const void *a, const void *b) {
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Median and range need the values themselves, in order. */
static frs_status by_order(frs_ctx *ctx, const frs_samples *s, const variable *k) {
    if (k->norm.centre == FRS_CENTRE_NONE) *k->mean = 0;
    if (k->norm.scaling == FRS_SCALING_NONE) *k->std = 1;
    const bool ordered = k->norm.centre == FRS_CENTRE_MEDIAN || k->norm.centre == FRS_CENTRE_MIN ||
                         k->norm.scaling == FRS_SCALING_MINMAX;
    if (!ordered) return FRS_OK;
    const int64_t n = collect(s, k, NULL);
    float *v = frs__alloc(ctx, n, sizeof *v);
    if (!v) return FRS_E_NOMEM;
    collect(s, k, v);
    qsort(v, (size_t)n, sizeof *v, ascending);
    if (k->norm.centre == FRS_CENTRE_MEDIAN) *k->mean = ((double)v[(n - 1) / 2] + v[n / 2]) / 2;
    if (k->norm.centre == FRS_CENTRE_MIN) *k->mean = v[0];
    if (k->norm.scaling == FRS_SCALING_MINMAX && v[n - 1] > v[0]) *k->std = (double)v[n - 1] - v[0];
    frs__free(ctx, v);
    return FRS_OK;
}

/* mean and std of one name; a std of 0 (or undefined) becomes 1 with a warning. */
static frs_status finish(frs_ctx *ctx, moments m, double ddof, const char *name, double *mean,
                         double *std) {
    if (m.n == 0)
        return frs__fail(ctx, FRS_E_NODATA, _("%s: no value in the training period"), name);
    double var = m.n > ddof ? m.m2 / (m.n - ddof) : 0;
    *mean = m.mean;
    *std = sqrt(var);
    /* Rounding of a constant float leaves a spread below its own precision. */
    if (!(*std > 1e-7 * fabs(m.mean)) || *std == 0) {
        *std = 1;
        frs__log(ctx, FRS_LOG_WARN, _("%s is constant in the training data: it is only shifted"),
                 name);
    }
    return FRS_OK;
}

/* Moments of every variable at every site: m [n_sites][n]. */
typedef struct all_moments {
    const frs_samples *s;
    const variable *of;
    int n;
    moments *m;
} all_moments;

static void site_moments(void *arg, int64_t site, int worker) {
    const all_moments *a = arg;
    (void)worker;
    for (int c = 0; c < a->n; c++)
        a->m[site * a->n + c] = periods_moments(a->s, site, a->of[c].column, a->of[c].before);
}

/* Over the sites in their order, whatever the number of threads. */
static frs_status finish_all(frs_ctx *ctx, const all_moments *a) {
    for (int c = 0; c < a->n; c++) {
        const variable *k = &a->of[c];
        moments all = {0};
        for (int64_t i = 0; i < a->s->n_sites; i++) all = merge(all, a->m[i * a->n + c]);
        FRS_TRY(finish(ctx, all, 0, k->name, k->mean, k->std));
        FRS_TRY(by_order(ctx, a->s, k));
    }
    return FRS_OK;
}

/* The inputs, the evolving attributes and, last, the target. */
static int variables_of(const frs_samples *s, frs_scaler *k, variable *v) {
    const frs_task *t = &s->task;
    const int64_t before = warm_up(t);
    const int attrs = frs__n_attrs(t);
    int n = 0;
    for (int c = 0; c < t->n_inputs; c++)
        v[n++] = (variable){t->inputs[c],  s->inputs[c],   before,
                            t->in_norm[c], &k->in_mean[c], &k->in_std[c]};
    for (int c = attrs; c < attrs + t->n_evolving; c++)
        v[n++] = (variable){t->statics[c], s->statics[c],  before,
                            t->st_norm[c], &k->st_mean[c], &k->st_std[c]};
    v[n++] = (variable){t->target, s->target, 0, t->target_norm, &k->target_mean, &k->target_std};
    return n;
}

static frs_status fit_series(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    variable of[2 * FRS_MAX_VARS + 1];
    all_moments a = {.s = s, .of = of, .n = variables_of(s, k, of)};
    a.m = frs__alloc(ctx, s->n_sites * a.n, sizeof(moments));
    if (!a.m) return FRS_E_NOMEM;
    frs__parallel(ctx, s->n_sites, site_moments, &a);
    k->n_inputs = s->task.n_inputs;
    const frs_status st = finish_all(ctx, &a);
    for (int64_t i = 0; i < s->n_sites; i++) {
        moments m = a.m[i * a.n + a.n - 1];
        k->site_std[i] = m.n > 1 ? (float)sqrt(m.m2 / m.n) : NAN;
        memcpy(k->site_names[i], s->sites[i].at.name, sizeof k->site_names[i]);
    }
    frs__free(ctx, a.m);
    return st;
}

static frs_status fit_statics(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    const frs_task *t = &s->task;
    k->n_statics = t->n_statics - t->n_codes;
    for (int c = 0; c < frs__n_attrs(t); c++) {
        moments all = {0};
        for (int64_t i = 0; i < s->n_sites; i++) {
            float v = s->sites[i].at.statics[s->statics[c]];
            if (!isnan(v)) all = merge(all, (moments){1, v, 0});
        }
        FRS_TRY(finish(ctx, all, 1, t->statics[c], &k->st_mean[c], &k->st_std[c]));
    }
    return FRS_OK;
}

/* A day of the year without any value takes the nearest day's. day [366][n_inputs] */
static void fill_days(const double *n, float *day, int n_inputs) {
    for (int c = 0; c < n_inputs; c++) {
        for (int d = 0; d < 366; d++) {
            for (int k = 0; k <= 183; k++) {
                int before = (d - k + 366) % 366, after = (d + k) % 366;
                int from = n[before * n_inputs + c] > 0 ? before : after;
                if (!(n[from * n_inputs + c] > 0)) continue;
                day[d * n_inputs + c] = day[from * n_inputs + c];
                break;
            }
        }
    }
}

/* Mean of each input by day of the year over one site's training period. sum, n [366][n_inputs] */
static void site_climatology(const frs_samples *s, int64_t site, double *sum, double *n,
                             float *day) {
    const frs__sample_site *p = &s->sites[site];
    const int n_inputs = s->task.n_inputs;
    memset(sum, 0, sizeof *sum * 366 * (size_t)n_inputs);
    memset(n, 0, sizeof *n * 366 * (size_t)n_inputs);
    for (int64_t i = 0; i < p->n_periods; i++) {
        const frs__rows rows = period_rows(p, i, 0);
        for (int64_t r = rows.lo; r <= rows.hi; r++) {
            if (frs__excluded(s, site, r)) continue;
            int d = frs__day_of_year(frs_step_add(s->step, p->at.start_s, r));
            for (int c = 0; c < n_inputs; c++) {
                float v = p->at.values[r * s->n_vars + s->inputs[c]];
                if (isnan(v)) continue;
                sum[d * n_inputs + c] += v;
                n[d * n_inputs + c] += 1;
            }
        }
    }
    for (int i = 0; i < 366 * n_inputs; i++) day[i] = n[i] > 0 ? (float)(sum[i] / n[i]) : NAN;
    fill_days(n, day, n_inputs);
}

/* day [n_sites + 1][size]: the last becomes the mean of the others. */
static void mean_climatology(float *day, int64_t n_sites, int64_t size) {
    for (int64_t j = 0; j < size; j++) {
        double sum = 0, n = 0;
        for (int64_t i = 0; i < n_sites; i++) {
            const float v = day[i * size + j];
            if (!isnan(v)) sum += v, n += 1;
        }
        day[n_sites * size + j] = n > 0 ? (float)(sum / n) : NAN;
    }
}

static frs_status fit_climatology(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    const frs_task *t = &s->task;
    const bool future = t->kind == FRS_FORECAST && t->future == FRS_FUTURE_CLIMATOLOGY;
    if ((!future && t->gaps != FRS_GAPS_CLIMATOLOGY) || t->n_inputs == 0) return FRS_OK;
    int64_t size = INT64_C(366) * t->n_inputs;
    k->input_climatology = frs__alloc(ctx, (s->n_sites + 1) * size, sizeof *k->input_climatology);
    double *work = frs__alloc(ctx, 2 * size, sizeof *work);
    if (work && k->input_climatology) {
        for (int64_t i = 0; i < s->n_sites; i++)
            site_climatology(s, i, work, work + size, k->input_climatology + i * size);
        mean_climatology(k->input_climatology, s->n_sites, size);
    }
    bool ok = work && k->input_climatology;
    frs__free(ctx, work);
    return ok ? FRS_OK : FRS_E_NOMEM;
}

static frs_status fit(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    k->n_sites = s->n_sites;
    k->site_names = frs__alloc(ctx, s->n_sites, sizeof *k->site_names);
    if (!k->site_names) return FRS_E_NOMEM;
    k->site_std = frs__alloc(ctx, s->n_sites, sizeof *k->site_std);
    if (!k->site_std) return FRS_E_NOMEM;
    FRS_TRY(fit_series(ctx, s, k));
    FRS_TRY(fit_statics(ctx, s, k));
    return fit_climatology(ctx, s, k);
}

frs_status frs_scaler_fit(frs_ctx *ctx, const frs_samples *training, frs_scaler *out) {
    if (!training->for_training)
        return frs__fail(ctx, FRS_E_ARG, _("a scaler is fitted on training samples only"));
    frs_scaler k = {0};
    frs_status st = fit(ctx, training, &k);
    if (st == FRS_OK)
        *out = k;
    else
        frs_scaler_free(ctx, &k);
    return st;
}

void frs_scaler_free(frs_ctx *ctx, frs_scaler *s) {
    if (!s) return;
    frs__free(ctx, s->site_names);
    frs__free(ctx, s->site_std);
    frs__free(ctx, s->input_climatology);
    *s = (frs_scaler){0};
}
