/* Recession: the last known flow, falling on as falling flow does there at that season:
 *     Q(t + k) = Q(t) exp(-c k)
 * c for each lead k and season (DJF, MAM, JJA, SON of the issue time) is the mean of
 * ln(Q(t) / Q(t + k)) / k over the training samples whose readings fall from t - 1 to t + k without
 * a rise; where a site has none, those of all sites count, and with none at all c is 0. Boussinesq
 * (1877), Maillet (1905); Tallaksen (1995), doi:10.1016/0022-1694(94)02540-R */
#include "forecaster/recent.h"
#include <math.h>
#include <string.h>

enum { SEASONS = 4 };
typedef struct recession {
    recent base;
    int64_t n_sites;
    char (*names)[64];
    float *rate; /* [n_sites + 1][SEASONS][leads], a step; the last is of all sites */
} recession;
extern const frs_forecaster_def frs__recession;

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    recession *f = (recession *)base;
    if (!f) return;
    frs__free(ctx, f->names);
    frs__free(ctx, f->rate);
    frs__free(ctx, f);
}

static int season(int64_t time_s) {
    return frs_civil_from_time(time_s).month % 12 / 3;
}

static void flow(const frs_forecaster *base, const char *site, int64_t issue_s, const float *past,
                 float *q) {
    const recession *f = (const recession *)base;
    const int64_t T = base->task.seq_length, L = base->task.leads, age = frs__recent_age(past, T);
    int64_t i = 0;
    while (i < f->n_sites && strcmp(f->names[i], site) != 0) i++;
    for (int64_t l = 0; l < L; l++) {
        if (age < 0) {
            q[l] = NAN;
            continue;
        }
        const double c = (double)f->rate[(i * SEASONS + season(issue_s)) * L + l];
        q[l] = (float)((double)past[T - 1 - age] * exp(-c * (double)(l + 1 + age)));
    }
}

typedef struct falls {
    int64_t T, L, n_sites;
    double *sum, *n; /* [n_sites + 1][SEASONS][leads] */
} falls;

/* As far as the flow falls on from the step before the issue time. */
static void add_falls(void *arg, const frs_recent_sample *r) {
    const falls *a = arg;
    const double before = a->T > 1 ? (double)r->flow[a->T - 2] : NAN;
    const double now = (double)r->flow[a->T - 1];
    if (!(now < before) || !(now > 0)) return;
    double last = now;
    for (int64_t l = 0; l < a->L; l++) {
        const double q = (double)r->y[l];
        if (!(q < last) || !(q > 0)) return;
        last = q;
        const double c = log(now / q) / (double)(l + 1);
        const int64_t sites[2] = {r->site, a->n_sites};
        for (int k = 0; k < 2; k++) {
            const int64_t at = (sites[k] * SEASONS + season(r->issue_s)) * a->L + l;
            a->sum[at] += c;
            a->n[at] += 1;
        }
    }
}

static frs_status fit_rates(frs_ctx *ctx, const frs_samples *s, recession *f) {
    const int64_t L = f->base.base.task.leads, one = SEASONS * L, n = (f->n_sites + 1) * one;
    falls a = {f->base.base.task.seq_length, L, f->n_sites, NULL, NULL};
    a.sum = frs__alloc(ctx, n, sizeof *a.sum);
    a.n = frs__alloc(ctx, n, sizeof *a.n);
    f->names = frs__alloc(ctx, f->n_sites, 64);
    f->rate = frs__alloc(ctx, n, sizeof *f->rate);
    frs_status st = a.sum && a.n && f->names && f->rate ? FRS_OK : FRS_E_NOMEM;
    if (st == FRS_OK) st = frs__recent_each(ctx, s, add_falls, &a);
    for (int64_t i = 0; st == FRS_OK && i < n; i++) {
        const int64_t at = a.n[i] > 0 ? i : f->n_sites * one + i % one;
        f->rate[i] = a.n[at] > 0 ? (float)(a.sum[at] / a.n[at]) : 0;
    }
    for (int64_t i = 0; st == FRS_OK && i < f->n_sites; i++)
        memcpy(f->names[i], frs_samples_site_name(s, i), strlen(frs_samples_site_name(s, i)));
    frs__free(ctx, a.sum);
    frs__free(ctx, a.n);
    return st;
}

static void set_hash(recession *f) {
    const int64_t n = (f->n_sites + 1) * SEASONS * f->base.base.task.leads;
    f->base.hash = frs__hash64(f->rate, n * (int64_t)sizeof *f->rate, 0);
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    recession *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (recent){.base = {&frs__recession, *frs_samples_task(a->training)}, .flow = flow};
    f->n_sites = frs_samples_n_sites(a->training);
    const frs_status s = fit_rates(ctx, a->training, f);
    if (s == FRS_OK) {
        set_hash(f);
        *out = &f->base.base;
    } else {
        free_it(ctx, &f->base.base);
    }
    return s;
}

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const recession *f = (const recession *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__blob_put_int(&b, f->n_sites);
    frs__blob_put(&b, f->names, f->n_sites * 64);
    frs__blob_put(&b, f->rate,
                  (f->n_sites + 1) * SEASONS * base->task.leads * (int64_t)sizeof *f->rate);
    return frs__blob_save(&b, path);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    recession *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    f->base = (recent){.base = {&frs__recession, b.task}, .flow = flow};
    f->n_sites = frs__blob_get_int(&b, 0, INT32_MAX);
    f->names = frs__blob_get_block(&b, f->n_sites, 64);
    for (int64_t i = 0; f->names && i < f->n_sites; i++) f->names[i][63] = 0;
    const bool sane = b.task.leads > 0 && b.task.leads <= INT32_MAX;
    if (!sane) b.failed = true;
    f->rate = frs__blob_get_block(&b, (f->n_sites + 1) * SEASONS,
                                  (size_t)(sane ? b.task.leads : 1) * sizeof(float));
    const frs_status s = frs__blob_end(&b);
    if (s == FRS_OK) {
        set_hash(f);
        *out = &f->base.base;
    } else {
        free_it(ctx, &f->base.base);
    }
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    (void)base;
    *text = frs__strdup(ctx, _("The last known flow, falling exponentially at the mean rate of the "
                               "falling limbs of the training period, by lead and season."));
    return *text ? FRS_OK : FRS_E_NOMEM;
}

const frs_forecaster_def frs__recession = {
    .name = "recession",
    .title = N_("Recession"),
    .baseline = true,
    .serves = frs__recent_serves,
    .fit = fit,
    .predict = frs__recent_predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = frs__recent_state_size,
    .state_init = frs__recent_state_init,
    .state_step = frs__recent_state_step,
    .state_predict = frs__recent_state_predict,
    .free = free_it,
};
