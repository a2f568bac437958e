/* Climatology: the mean flow of the day of the year over the training period, in a circular window
 * of 15 days centred on the day. 29 February has a place of its own (day 59 of a leap year), so the
 * days after it keep their place in every year. A site that was not in training gets the mean of
 * the training sites' climatologies. */
#include "data/data.h"
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"
#include <math.h>
#include <string.h>

enum { DAYS = 366, HALF_WINDOW = 7 };

typedef struct climatology {
    frs_forecaster base;
    frs_step step;
    int64_t n_sites;
    char (*names)[64];
    float *mean; /* [n_sites + 1][DAYS]; the last is the mean of all sites */
} climatology;
extern const frs_forecaster_def frs__climatology;

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    climatology *f = (climatology *)base;
    if (!f) return;
    frs__free(ctx, f->names);
    frs__free(ctx, f->mean);
    frs__free(ctx, f);
}

static int64_t valid_time(const climatology *f, int64_t issue_s, int64_t k) {
    return f->base.task.kind == FRS_FORECAST ? frs_step_add(f->step, issue_s, k + 1) : issue_s;
}

/* ---- fit */

typedef struct day_sums {
    double sum[DAYS], n[DAYS];
} day_sums;

/* Means in a growing circular window: 15 days, wider only where those hold nothing. */
static void smooth(const day_sums *d, float *mean) {
    for (int day = 0; day < DAYS; day++) {
        double sum = 0, n = 0;
        for (int half = HALF_WINDOW; half <= DAYS / 2 && n == 0; half++) {
            sum = 0;
            for (int k = day - half; k <= day + half; k++) {
                sum += d->sum[(k + DAYS) % DAYS];
                n += d->n[(k + DAYS) % DAYS];
            }
        }
        mean[day] = n > 0 ? (float)(sum / n) : NAN;
    }
}

/* Every reading once, though a forecast's targets overlap. Samples come by site, then by time. */
static void add_samples(const climatology *f, const frs_samples *s, day_sums *sums, float *y) {
    const int64_t K = frs_samples_n_targets(s), L = frs__n_leads(&f->base.task);
    int64_t site = -1, seen = INT64_MIN;
    for (int64_t i = 0; i < frs_samples_count(s); i++) {
        const frs_sample_id id = frs_samples_id(s, i);
        if (id.site != site) site = id.site, seen = INT64_MIN;
        frs_samples_target(s, i, y);
        for (int64_t k = 0; k < L; k++) {
            const float q = y[K - L + k];
            const int64_t t = valid_time(f, id.issue_s, k);
            if (t <= seen) continue;
            seen = t;
            if (isnan(q)) continue;
            const int day = frs__day_of_year(t);
            sums[site].sum[day] += q;
            sums[site].n[day] += 1;
        }
    }
}

static void mean_of_sites(climatology *f) {
    float *all = f->mean + f->n_sites * DAYS;
    for (int day = 0; day < DAYS; day++) {
        double sum = 0, n = 0;
        for (int64_t i = 0; i < f->n_sites; i++) {
            const float v = f->mean[i * DAYS + day];
            if (!isnan(v)) sum += v, n += 1;
        }
        all[day] = n > 0 ? (float)(sum / n) : NAN;
    }
}

static frs_status fit_sites(frs_ctx *ctx, climatology *f, const frs_samples *s) {
    f->names = frs__alloc(ctx, f->n_sites, sizeof *f->names);
    f->mean = frs__alloc(ctx, (f->n_sites + 1) * DAYS, sizeof *f->mean);
    day_sums *sums = frs__alloc(ctx, f->n_sites, sizeof *sums);
    float *y = frs__alloc(ctx, frs_samples_n_targets(s), sizeof *y);
    const bool ok = f->names && f->mean && sums && y;
    if (ok) {
        add_samples(f, s, sums, y);
        for (int64_t i = 0; i < f->n_sites; i++) {
            memcpy(f->names[i], frs_samples_site_name(s, i), strlen(frs_samples_site_name(s, i)));
            smooth(&sums[i], f->mean + i * DAYS);
        }
        mean_of_sites(f);
    }
    frs__free(ctx, sums);
    frs__free(ctx, y);
    return ok ? FRS_OK : FRS_E_NOMEM;
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    climatology *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){&frs__climatology, *frs_samples_task(a->training)};
    f->step = frs_samples_step(a->training);
    f->n_sites = frs_samples_n_sites(a->training);
    const frs_status s = fit_sites(ctx, f, a->training);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

/* ---- predict */

static const float *of_site(const climatology *f, const char *name, int64_t guess) {
    if (guess < f->n_sites && strcmp(f->names[guess], name) == 0) return f->mean + guess * DAYS;
    int64_t i = 0;
    while (i < f->n_sites && strcmp(f->names[i], name) != 0) i++;
    return f->mean + i * DAYS;
}

static frs_status predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                          const frs_sink *sink) {
    const climatology *f = (const climatology *)base;
    const int64_t L = frs__n_leads(&base->task);
    float *q = frs__alloc(ctx, L, sizeof *q);
    frs_status st = q ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; st == FRS_OK && i < frs_samples_count(s); i++) {
        const frs_sample_id id = frs_samples_id(s, i);
        const float *mean = of_site(f, frs_samples_site_name(s, id.site), id.site);
        for (int64_t k = 0; k < L; k++) q[k] = mean[frs__day_of_year(valid_time(f, id.issue_s, k))];
        st = frs__put_forecast(&base->task, id, q, sink);
    }
    frs__free(ctx, q);
    return st;
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const climatology *f = (const climatology *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__blob_put_int(&b, f->step.count);
    frs__blob_put_int(&b, f->step.unit);
    frs__blob_put_int(&b, f->n_sites);
    frs__blob_put(&b, f->names, f->n_sites * 64);
    frs__blob_put(&b, f->mean, (f->n_sites + 1) * DAYS * (int64_t)sizeof *f->mean);
    return frs__blob_save(&b, path);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    climatology *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) {
        frs__blob_close(&b);
        return FRS_E_NOMEM;
    }
    f->base = (frs_forecaster){&frs__climatology, b.task};
    f->step.count = frs__blob_get_int(&b, 1, INT32_MAX);
    f->step.unit = (frs_step_unit)frs__blob_get_int(&b, FRS_STEP_SECOND, FRS_STEP_MONTH);
    f->n_sites = frs__blob_get_int(&b, 0, INT32_MAX);
    f->names = frs__blob_get_block(&b, f->n_sites, 64);
    for (int64_t i = 0; f->names && i < f->n_sites; i++) f->names[i][63] = 0;
    f->mean = frs__blob_get_block(&b, (f->n_sites + 1) * DAYS, sizeof *f->mean);
    const frs_status s = frs__blob_end(&b);
    if (s == FRS_OK)
        *out = &f->base;
    else
        free_it(ctx, &f->base);
    return s;
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    (void)base;
    *text =
        frs__asprintf(ctx,
                      _("Mean flow of the day of the year over the training period, in a window "
                        "of %d days."),
                      2 * HALF_WINDOW + 1);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

/* ---- streaming: which site, and the last step's time */

typedef struct state {
    frs_state_header header;
    char site[64];
    int64_t time_s;
} state;

static size_t state_size(const frs_forecaster *base) {
    (void)base;
    return sizeof(state);
}

static frs_status state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                             const float *statics, void *blob) {
    (void)statics;
    const climatology *f = (const climatology *)base;
    state *s = blob;
    frs__state_start(s, sizeof *s, frs__hash64(f->mean, (f->n_sites + 1) * DAYS * 4, 0));
    s->time_s = INT64_MIN;
    return frs__name_copy(ctx, s->site, sizeof s->site, site);
}

static frs_status state_step(frs_ctx *ctx, const frs_forecaster *base, void *blob, int64_t time_s,
                             const float *weather, float target) {
    (void)ctx, (void)base, (void)weather, (void)target;
    ((state *)blob)->time_s = time_s;
    return FRS_OK;
}

static frs_status state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *blob,
                                const float *future, float *out) {
    (void)ctx, (void)future;
    const climatology *f = (const climatology *)base;
    const state *s = blob;
    const float *mean = of_site(f, s->site, 0);
    for (int64_t k = 0; k < frs__n_leads(&base->task); k++)
        out[k] = s->time_s == INT64_MIN
                     ? (float)NAN
                     : frs__clip(&base->task, mean[frs__day_of_year(valid_time(f, s->time_s, k))]);
    return FRS_OK;
}

const frs_forecaster_def frs__climatology = {
    .name = "climatology",
    .title = N_("Climatology"),
    .baseline = true,
    .serves = serves,
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = state_size,
    .state_init = state_init,
    .state_step = state_step,
    .state_predict = state_predict,
    .free = free_it,
};
