/* Linear trend: the last known flow, moved on along the line through the readings of the last n
 * steps (least squares). n is chosen for each lead among 1 (no slope: persistence), 2, 3, 5, 7 and
 * 14 by the error on the training period. Where a winter record is interpolated, tomorrow's reading
 * is inside today's: a straight line is what a net must beat there. */
#include "forecaster/recent.h"
#include <math.h>

static const int64_t lengths[] = {1, 2, 3, 5, 7, 14};
enum { N_LENGTHS = FRS_LEN(lengths) };
typedef struct trend {
    recent base;
    int64_t *length; /* [leads]: index in lengths */
} trend;
extern const frs_forecaster_def frs__trend;

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    trend *f = (trend *)base;
    if (!f) return;
    frs__free(ctx, f->length);
    frs__free(ctx, f);
}

/* Slope a step of the readings among the last n steps; fewer than 2: 0. */
static double slope(const float *flow, int64_t T, int64_t n) {
    double count = 0, t = 0, q = 0, tt = 0, tq = 0;
    for (int64_t i = T > n ? T - n : 0; i < T; i++) {
        if (isnan(flow[i])) continue;
        const double x = (double)(i - T);
        count += 1;
        t += x;
        q += flow[i];
        tt += x * x;
        tq += x * flow[i];
    }
    const double spread = count * tt - t * t;
    return spread > 0 ? (count * tq - t * q) / spread : 0;
}

static void flow(const frs_forecaster *base, const char *site, int64_t issue_s, const float *past,
                 float *q) {
    (void)site, (void)issue_s;
    const trend *f = (const trend *)base;
    const int64_t T = base->task.seq_length, age = frs__recent_age(past, T);
    for (int64_t l = 0; l < base->task.leads; l++)
        q[l] = age < 0 ? (float)NAN
                       : (float)((double)past[T - 1 - age] +
                                 slope(past, T, lengths[f->length[l]]) * (double)(l + 1 + age));
}

static trend *new_trend(frs_ctx *ctx, const frs_task *t) {
    trend *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return NULL;
    f->base = (recent){.base = {&frs__trend, *t}, .flow = flow};
    f->length = frs__alloc(ctx, t->leads, sizeof *f->length);
    if (f->length) return f;
    free_it(ctx, &f->base.base);
    return NULL;
}

static void set_hash(trend *f) {
    f->base.hash = frs__hash64(f->length, f->base.base.task.leads * (int64_t)sizeof *f->length, 0);
}

typedef struct errors {
    const frs_task *t;
    double *sum; /* [leads][N_LENGTHS] */
} errors;

static void add_errors(void *arg, const frs_recent_sample *r) {
    const errors *e = arg;
    const int64_t T = e->t->seq_length, age = frs__recent_age(r->flow, T);
    if (age < 0) return;
    for (int64_t k = 0; k < N_LENGTHS; k++) {
        const double b = slope(r->flow, T, lengths[k]);
        for (int64_t l = 0; l < e->t->leads; l++) {
            const double d =
                (double)r->flow[T - 1 - age] + b * (double)(l + 1 + age) - (double)r->y[l];
            if (!isnan(d)) e->sum[l * N_LENGTHS + k] += d * d;
        }
    }
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    const frs_task *t = frs_samples_task(a->training);
    trend *f = new_trend(ctx, t);
    const errors e = {t, frs__alloc(ctx, t->leads * N_LENGTHS, sizeof(double))};
    frs_status s = f && e.sum ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__recent_each(ctx, a->training, add_errors, (void *)&e);
    for (int64_t l = 0; s == FRS_OK && l < t->leads; l++)
        for (int64_t k = 1; k < N_LENGTHS; k++)
            if (e.sum[l * N_LENGTHS + k] < e.sum[l * N_LENGTHS + f->length[l]]) f->length[l] = k;
    frs__free(ctx, e.sum);
    if (s == FRS_OK) {
        set_hash(f);
        *out = &f->base.base;
    } else {
        free_it(ctx, (frs_forecaster *)f);
    }
    return s;
}

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    for (int64_t l = 0; l < base->task.leads; l++)
        frs__blob_put_int(&b, ((const trend *)base)->length[l]);
    return frs__blob_save(&b, path);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    const int64_t room = (b.n - b.at) / (int64_t)sizeof(int64_t);
    trend *f = b.task.leads > 0 && b.task.leads <= room ? new_trend(ctx, &b.task) : NULL;
    if (!f) {
        const frs_status s = b.task.leads > 0 && b.task.leads <= room ? FRS_E_NOMEM : FRS_E_FORMAT;
        b.failed = true;
        const frs_status told = frs__blob_end(&b);
        return s == FRS_E_NOMEM ? s : told;
    }
    for (int64_t l = 0; l < b.task.leads; l++)
        f->length[l] = frs__blob_get_int(&b, 0, N_LENGTHS - 1);
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
    const trend *f = (const trend *)base;
    *text = frs__asprintf(
        ctx,
        _("The last known flow moved on along the line through the last readings; "
          "%lld steps of them at the first lead, %lld at the last, chosen on the "
          "training period (1: no slope)."),
        (long long)lengths[f->length[0]], (long long)lengths[f->length[base->task.leads - 1]]);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

const frs_forecaster_def frs__trend = {
    .name = "trend",
    .title = N_("Linear trend"),
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
