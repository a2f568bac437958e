/* Standardisation from training data only, as NeuralHydrology 1.11 does it
 * (datasetzoo/basedataset.py).
 *
 * Inputs: mean and std (ddof 0) over all sites' rows from the first step that a training window
 * reaches (period start - warm-up) to the period's end, missing values skipped.
 *
 * Target: the same over the period itself, never the warm-up. Site std: of the raw target over the
 * period (ddof 0), with more than one reading.
 *
 * Attributes: mean and std (ddof 1) over the training sites.
 *
 * Rows inside excluded periods are left out of all of these. */
#include "data/samples.h"
#include <math.h>
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

static moments rows_moments(const frs_samples *s, int64_t site, int column, frs__rows rows) {
    const frs__sample_site *p = &s->sites[site];
    int64_t lo = rows.lo > 0 ? rows.lo : 0, hi = rows.hi < p->at.n ? rows.hi : p->at.n - 1;
    moments m = {0};
    double sum = 0;
    for (int64_t r = lo; r <= hi; r++) {
        float v = p->at.values[r * s->n_vars + column];
        if (isnan(v) || frs__excluded(s, site, r)) continue;
        sum += v;
        m.n += 1;
    }
    if (m.n == 0) return m;
    m.mean = sum / m.n;
    for (int64_t r = lo; r <= hi; r++) {
        float v = p->at.values[r * s->n_vars + column];
        if (isnan(v) || frs__excluded(s, site, r)) continue;
        m.m2 += (v - m.mean) * (v - m.mean);
    }
    return m;
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

/* Moments of every input and, last, of the target: m [n_sites][n_inputs + 1]. */
typedef struct all_moments {
    const frs_samples *s;
    moments *m;
} all_moments;

static void site_moments(void *arg, int64_t site, int worker) {
    const all_moments *a = arg;
    const frs_task *t = &a->s->task;
    moments *m = a->m + site * (t->n_inputs + 1);
    frs__rows period = a->s->sites[site].period, with_warm_up = period;
    with_warm_up.lo -= t->seq_length - (t->kind == FRS_FORECAST ? 1 : frs__last_n(t));
    (void)worker;
    for (int c = 0; c < t->n_inputs; c++)
        m[c] = rows_moments(a->s, site, a->s->inputs[c], with_warm_up);
    m[t->n_inputs] = rows_moments(a->s, site, a->s->target, period);
}

/* Over the sites in their order, whatever the number of threads. */
static moments merge_sites(const all_moments *a, int column) {
    moments all = {0};
    for (int64_t i = 0; i < a->s->n_sites; i++)
        all = merge(all, a->m[i * (a->s->task.n_inputs + 1) + column]);
    return all;
}

static frs_status fit_series(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    const frs_task *t = &s->task;
    const int target = t->n_inputs;
    all_moments a = {.s = s, .m = frs__alloc(ctx, s->n_sites * (target + 1), sizeof(moments))};
    if (!a.m) return FRS_E_NOMEM;
    frs__parallel(ctx, s->n_sites, site_moments, &a);
    frs_status st = FRS_OK;
    k->n_inputs = t->n_inputs;
    for (int c = 0; c < target && st == FRS_OK; c++)
        st = finish(ctx, merge_sites(&a, c), 0, t->inputs[c], &k->in_mean[c], &k->in_std[c]);
    if (st == FRS_OK)
        st = finish(ctx, merge_sites(&a, target), 0, t->target, &k->target_mean, &k->target_std);
    for (int64_t i = 0; i < s->n_sites; i++) {
        moments m = a.m[i * (target + 1) + target];
        k->site_std[i] = m.n > 1 ? (float)sqrt(m.m2 / m.n) : NAN;
        memcpy(k->site_names[i], s->sites[i].at.name, sizeof k->site_names[i]);
    }
    frs__free(ctx, a.m);
    return st;
}

static frs_status fit_statics(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    const frs_task *t = &s->task;
    k->n_statics = t->n_statics;
    for (int c = 0; c < t->n_statics; c++) {
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
    int64_t lo = p->period.lo > 0 ? p->period.lo : 0;
    for (int64_t r = lo; r <= p->period.hi && r < p->at.n; r++) {
        if (frs__excluded(s, site, r)) continue;
        int d = frs__day_of_year(frs_step_add(s->step, p->at.start_s, r));
        for (int c = 0; c < n_inputs; c++) {
            float v = p->at.values[r * s->n_vars + s->inputs[c]];
            if (isnan(v)) continue;
            sum[d * n_inputs + c] += v;
            n[d * n_inputs + c] += 1;
        }
    }
    for (int i = 0; i < 366 * n_inputs; i++) day[i] = n[i] > 0 ? (float)(sum[i] / n[i]) : NAN;
    fill_days(n, day, n_inputs);
}

static frs_status fit_climatology(frs_ctx *ctx, const frs_samples *s, frs_scaler *k) {
    const frs_task *t = &s->task;
    if (t->kind != FRS_FORECAST || t->future != FRS_FUTURE_CLIMATOLOGY || t->n_inputs == 0)
        return FRS_OK;
    int64_t size = INT64_C(366) * t->n_inputs;
    k->input_climatology = frs__alloc(ctx, s->n_sites * size, sizeof *k->input_climatology);
    double *work = frs__alloc(ctx, 2 * size, sizeof *work);
    if (work && k->input_climatology)
        for (int64_t i = 0; i < s->n_sites; i++)
            site_climatology(s, i, work, work + size, k->input_climatology + i * size);
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
