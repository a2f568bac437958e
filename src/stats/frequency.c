/* Frequency of yearly extremes: a fitted distribution, its quantiles, and their intervals from
 * parametric resamples (Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 6). */
#include "stats/stats.h"
#include <math.h>
#include <string.h>

enum { MIN_YEARS = 10, RESAMPLES = 1000, TABLE = 1201 };
static const double longest = 2;   /* return periods, in lengths of the record */
static const double table_end = 6; /* of the normal variate */

static const frs_distribution *const list[] = {&frs__gev, &frs__gumbel, &frs__pearson3,
                                               &frs__log_pearson3, &frs__kritsky_menkel};

int64_t frs_n_distributions(void) {
    return FRS_LEN(list);
}

const frs_distribution *frs_distribution_at(int64_t i) {
    return i >= 0 && i < FRS_LEN(list) ? list[i] : NULL;
}

const frs_distribution *frs_distribution_find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(list); i++)
        if (strcmp(list[i]->name, name) == 0) return list[i];
    return NULL;
}

typedef struct job {
    const frs_distribution *d;
    const frs_frequency_opts *o;
    bool mirror;
    const double *par;
    int64_t n;
    double *table;   /* [TABLE] the fitted quantiles at normal variates from -6 to 6 */
    double *scratch; /* [threads][n] */
    double *drawn;   /* [n_periods][resamples] */
    int resamples;
} job;

/* Flow of a return period. */
static double flow_of(const job *j, const double *par, double period) {
    const double rare = 1 / period;
    if (j->mirror) return -j->d->quantile(par, 1 - rare);
    return j->d->quantile(par, j->o->minima ? rare : 1 - rare);
}

/* A value of the fitted distribution: a normal variate, looked up. The error of the linear
 * interpolation is below 1e-5 of the spread. */
static double draw(const job *j, frs_rng rng, int64_t i) {
    const double at = (frs__rng_normal(rng, (uint64_t)i) / table_end + 1) * (TABLE - 1) / 2;
    const double in = at < 0 ? 0 : at > TABLE - 1.001 ? TABLE - 1.001 : at;
    const int64_t k = (int64_t)in;
    return j->table[k] + (in - (double)k) * (j->table[k + 1] - j->table[k]);
}

static void resample(void *arg, int64_t block, int worker) {
    const job *j = arg;
    double *x = j->scratch + (int64_t)worker * j->n, par[3];
    const frs_rng rng = {j->o->seed, FRS_RNG_BOOTSTRAP, (uint64_t)block};
    for (int64_t i = 0; i < j->n; i++) x[i] = draw(j, rng, i);
    frs__ascending(x, j->n);
    const bool good = j->d->fit(x, j->n, par) == FRS_OK;
    for (int64_t k = 0; k < j->o->n_periods; k++)
        j->drawn[k * j->resamples + block] = good && j->o->periods[k] <= longest * (double)j->n
                                                 ? flow_of(j, par, j->o->periods[k])
                                                 : NAN;
}

static void interval(double *v, int64_t n, double *low, double *high) {
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(v[i])) v[m++] = v[i];
    if (m < n - n / 10) return; /* too many could not be fitted */
    frs__ascending(v, m);
    *low = frs__order_quantile(v, m, 0.025);
    *high = frs__order_quantile(v, m, 0.975);
}

static double plotting_correlation(const job *j, const double *sorted) {
    const double n = (double)j->n, mean = frs__mean(sorted, j->n);
    double sx = 0, sq = 0, so = 0, xy = 0, oo = 0;
    for (int64_t i = 0; i < j->n; i++) {
        const double q = j->d->quantile(j->par, ((double)i + 0.56) / (n + 0.12));
        const double o = sorted[i] - mean;
        sx += q;
        sq += q * q;
        so += o;
        xy += q * o;
        oo += o * o;
    }
    return (xy - sx * so / n) / sqrt((sq - sx * sx / n) * oo);
}

static frs_status curve(frs_ctx *ctx, job *j, double *sorted, frs_frequency *f) {
    if (j->d->fit(sorted, j->n, f->par) != FRS_OK)
        return frs__fail(ctx, FRS_E_UNDEFINED, _("%s: cannot hold these values"), j->d->name);
    j->par = f->par;
    f->ppcc = plotting_correlation(j, sorted);
    j->scratch = frs__alloc(ctx, j->n * frs_ctx_threads(ctx), sizeof *j->scratch);
    j->drawn = frs__alloc(ctx, j->o->n_periods * j->resamples, sizeof *j->drawn);
    j->table = frs__alloc(ctx, TABLE, sizeof *j->table);
    const bool ready = j->scratch && j->drawn && j->table;
    for (int i = 0; ready && i < TABLE; i++)
        j->table[i] =
            j->d->quantile(j->par, frs__normal_cdf(table_end * (2.0 * i / (TABLE - 1) - 1)));
    if (ready) frs__parallel(ctx, j->resamples, resample, j);
    for (int64_t k = 0; ready && k < j->o->n_periods; k++) {
        if (!(j->o->periods[k] <= longest * (double)j->n)) continue;
        f->value[k] = flow_of(j, f->par, j->o->periods[k]);
        interval(j->drawn + k * j->resamples, j->resamples, &f->low[k], &f->high[k]);
    }
    frs__free(ctx, j->scratch);
    frs__free(ctx, j->drawn);
    frs__free(ctx, j->table);
    return ready ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs_frequency_curve(frs_ctx *ctx, const double *years, int64_t n,
                               const frs_distribution *d, const frs_frequency_opts *o,
                               frs_frequency *f) {
    double *v = NULL;
    int64_t m;
    f->ppcc = f->par[0] = f->par[1] = f->par[2] = NAN;
    f->n = 0;
    for (int64_t k = 0; k < o->n_periods; k++) {
        f->value[k] = f->low[k] = f->high[k] = NAN;
        if (!(o->periods[k] > 1))
            return frs__fail(ctx, FRS_E_ARG, _("a return period is longer than a year"));
    }
    FRS_TRY(frs__present(ctx, years, n, true, &v, &m));
    f->n = m;
    job j = {.d = d, .o = o, .n = m, .resamples = o->resamples > 0 ? o->resamples : RESAMPLES};
    j.mirror = o->minima && d->mirrored;
    frs_status s = FRS_OK;
    if (m < MIN_YEARS)
        s = frs__fail(ctx, FRS_E_NODATA, _("extremes need %d full years, found %lld"), MIN_YEARS,
                      (long long)m);
    for (int64_t i = 0; j.mirror && i < m; i++) v[i] = -v[i];
    if (j.mirror) frs__ascending(v, m);
    if (s == FRS_OK) s = curve(ctx, &j, v, f);
    frs__free(ctx, v);
    return s;
}
